//! Thefts: what somebody tries who owns the desk, the nodes and one person of the house, and may crash the vault, set its
//! clock, and put an older copy of its home in its place. Each is refused by a rule, with its exit code and its words.
#![allow(
    clippy::similar_names,
    clippy::items_after_statements,
    clippy::panic,
    clippy::as_conversions,
    clippy::useless_format,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

use std::collections::BTreeMap;

use strongroom_journal::VaultEntry;
use strongroom_policy::judge::Refusal;
use strongroom_policy::statement_check::{Reading, Terms};
use strongroom_policy::{Book, Genesis, Policy};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Action, Amount, Codec as _, ComparisonCode, Intent, Item, Plan, Request, SignedText, Timestamp,
    Verdict, canonical,
};
use strongroom_signing::{Approved, Chronicle, Review, Rule};
use strongroom_tests::house::{EXCHANGE, Person, SUPPLIER, TestHouse, facts, one_machine, sign_all};

const COIN: u128 = 1_000_000_000_000_000_000;
const HOUR: u64 = 3600;

struct Heist {
    house: TestHouse,
    folder: tempfile::TempDir,
    chronicle: Chronicle,
    clock: Timestamp,
}

impl Heist {
    fn new() -> Self {
        let house = TestHouse::new("eip155:1", |text| text);
        let folder = tempfile::tempdir().unwrap();
        let chronicle = house.chronicle(folder.path());
        let clock = house.start().plus(HOUR);
        Self { house, folder, chronicle, clock }
    }

    /// A plan with two days to live.
    fn plan(&self, intents: Vec<Intent>) -> Plan {
        let not_after = self.house.start().plus(60 * HOUR);
        self.house.plan(intents.into_iter().map(|intent| Intent { not_after, ..intent }).collect())
    }

    fn pay(&self, coins: u128, reference: &str) -> Plan {
        self.plan(vec![self.house.pay(EXCHANGE, coins * COIN, reference)])
    }

    /// The approvals of so many people, given at an instant, for as long as the policy allows.
    fn approvals(&self, plan: &Plan, people: usize, signed_at: Timestamp) -> Vec<SignedText> {
        let reading = Reading::of(plan, &self.house.policy, &self.house.book).unwrap();
        let approve = |person: &Person| {
            let statement = reading.statement(&Terms {
                person: person.name.clone(),
                verdict: Verdict::Approve,
                signed_at,
                valid_until: signed_at.plus(72 * HOUR),
                vaults: BTreeMap::new(),
            });
            person.sign_text(Namespace::Statement, &statement.to_string())
        };
        self.house.approvers[..people].iter().map(approve).collect()
    }

    /// A request for the whole plan from a nonce on, by a desk that knows where the journal stands.
    fn request(&self, plan: &Plan, nonce: u64) -> Request {
        self.knowing(self.house.request(plan, nonce))
    }

    fn knowing(&self, mut request: Request) -> Request {
        let station = self.house.station.public_key().station();
        request.vault_heads = BTreeMap::from([(station, self.chronicle.head())]);
        request
    }

    fn review(&self, request: &Request, approvals: &[SignedText]) -> Result<Review, Refusal> {
        Review::open(&canonical::encode(request), approvals, &self.house.gate(self.clock), &self.chronicle)
    }

    fn refusals(&self, request: &Request, approvals: &[SignedText]) -> Vec<Refusal> {
        match self.review(request, approvals) {
            Ok(review) => review.verdict().refusals().cloned().collect(),
            Err(refusal) => vec![refusal],
        }
    }

    fn approve(&mut self, review: Review) -> Result<Approved, Refusal> {
        let code = ComparisonCode::of(review.plan_id().as_bytes()).to_string();
        let confirmation = review.challenge().clone().meet(&code).unwrap();
        review.approve(&confirmation, &mut self.chronicle).map_err(|error| error.into_refusal().unwrap())
    }

    fn sign(&mut self, request: &Request, approvals: &[SignedText]) -> Result<usize, Refusal> {
        let review = self.review(request, approvals)?;
        let approved = self.approve(review)?;
        let signed = approved.sign(&self.house.codecs, &mut self.house.signer(), false, |_, _| {}).unwrap();
        let count = signed.count();
        signed.reply(self.house.id, &mut self.chronicle).unwrap();
        Ok(count)
    }

    /// Puts another policy in force, as the admins would.
    fn change_policy(&mut self, change: impl Fn(String) -> String) {
        let (_, genesis) = Genesis::open(&self.house.genesis).unwrap();
        let (id, epoch) = (self.house.policy.id(), self.house.policy.epoch());
        let text = self.house.policy_text.text().to_owned();
        let next = format!("epoch = {}\nprevious = \"{id}\"", epoch + 1);
        let text = match self.house.policy.previous() {
            Some(old) => text.replace(&format!("epoch = {epoch}\nprevious = \"{old}\""), &next),
            None => text.replace(&format!("epoch = {epoch}"), &next),
        };
        let signed = sign_all(&self.house.admins, Namespace::Policy, &change(text));
        let policy = Policy::open(&signed, &self.house.id, &genesis, Some(&self.house.policy)).unwrap();
        let entry = VaultEntry::PolicyInstalled { policy: policy.id(), epoch: policy.epoch() };
        self.chronicle.append(self.clock, entry).unwrap();
        self.house.policy_text = signed;
        self.house.policy = policy;
    }

    /// Puts another book in force.
    fn change_book(&mut self, change: impl Fn(String) -> String) {
        let (_, genesis) = Genesis::open(&self.house.genesis).unwrap();
        let entries: Vec<_> = self.house.book.destinations().cloned().collect();
        let text = change(self.house.book.next_draft(&entries).unwrap());
        let signed = sign_all(&self.house.admins, Namespace::Book, &text);
        self.house.book = Book::open(&signed, &self.house.id, &genesis, Some(&self.house.book)).unwrap();
        self.house.book_text = signed;
    }

    /// Crashes the vault and starts it again.
    fn restart(mut self) -> Self {
        drop(self.chronicle);
        self.chronicle =
            Chronicle::open(&self.folder.path().join("journal"), self.house.id, &one_machine, self.clock)
                .unwrap();
        self
    }
}

/// Exactly this rule refuses, with this exit code and these words; nothing else is wrong.
#[track_caller]
fn only(refusals: &[Refusal], rule: Rule, exit: u8, words: &str) {
    assert!(!refusals.is_empty(), "nothing was refused");
    for refusal in refusals {
        assert_eq!((refusal.rule, refusal.exit().code()), (rule, exit), "{refusal}");
        assert!(refusal.words.contains(words), "{refusal}");
    }
}

/// 160 of the day's 200 are signed; then whoever works the vault sets its clock a day ahead, and has it write that down.
fn a_day_ahead() -> Heist {
    let mut heist = Heist::new();
    let start = heist.house.start();
    for (round, nonce) in [(10, 7), (20, 9)] {
        let pay = |n: u32| heist.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"));
        let plan = heist.plan((round..round + 2).map(pay).collect());
        let (request, approvals) = (heist.request(&plan, nonce), heist.approvals(&plan, 3, start));
        assert_eq!(heist.sign(&request, &approvals), Ok(2));
    }
    heist.clock = start.plus(26 * HOUR);
    let refusal = Refusal::new(Rule::Bundle, "nothing that could be read");
    heist.chronicle.refuse(heist.clock, None, &refusal).unwrap();
    heist
}

#[test]
fn a_clock_set_forward_does_not_end_the_day() {
    let mut heist = a_day_ahead();
    let (start, clock) = (heist.house.start(), heist.clock);
    let plan =
        heist.plan((30..32).map(|n| heist.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect());
    let request = heist.request(&plan, 11);
    let approvals = heist.approvals(&plan, 3, start);
    only(
        &heist.refusals(&request, &approvals),
        Rule::DayLimit,
        3,
        "over the limit of 200 COIN for a rolling day",
    );
    // The people's own clocks say when a day is over.
    let approvals = heist.approvals(&plan, 3, clock);
    assert_eq!(heist.sign(&request, &approvals), Ok(2));
}

#[test]
fn a_clock_set_forward_does_not_lower_the_quorum() {
    let heist = a_day_ahead();
    let plan = heist.pay(30, "INV-30");
    let request = heist.request(&plan, 11);
    let approvals = heist.approvals(&plan, 2, heist.house.start());
    only(
        &heist.refusals(&request, &approvals),
        Rule::Quorum,
        3,
        "3 approvals are needed for the amounts of this day",
    );
}

#[test]
fn a_clock_set_forward_does_not_end_a_payee_s_delay() {
    let mut heist = a_day_ahead();
    let begin = heist.house.start().plus(20 * HOUR);
    heist.change_book(|text| {
        text.replacen(
            "\nassets = [\"COIN\"]\n",
            &format!("\nassets = [\"COIN\"]\nnot_before = \"{begin}\"\n"),
            1,
        )
    });
    let plan = heist.plan(vec![heist.house.pay(SUPPLIER, COIN, "INV-30")]);
    let request = heist.request(&plan, 11);
    let approvals = heist.approvals(&plan, 3, heist.house.start());
    only(&heist.refusals(&request, &approvals), Rule::Destination, 3, "is not yet in force");
}

#[test]
fn an_intent_without_payment_is_carried_out_once() {
    let mut heist = Heist::new();
    let spender = SUPPLIER.parse().unwrap();
    let action = Action::Revoke { asset: heist.house.token(), spender };
    let plan = heist.plan(vec![heist.house.intent(action, "cleanup")]);
    let approvals = heist.approvals(&plan, 2, heist.house.start());
    let request = heist.request(&plan, 7);
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
    // A higher fee in the same slot is the same deed.
    let mut bumped = heist.request(&plan, 7);
    bumped.items[0].rungs = vec![heist.house.rung(&plan.intents[0], &facts(7, 40))];
    assert_eq!(heist.sign(&bumped, &approvals), Ok(1));
    // In the next slots it would cost its fee again and again, and people approved it once.
    for nonce in [8, 9] {
        let again = heist.request(&plan, nonce);
        only(&heist.refusals(&again, &approvals), Rule::Reference, 3, "was carried out before");
    }
    let heist = heist.restart();
    let again = heist.request(&plan, 8);
    only(&heist.refusals(&again, &approvals), Rule::Reference, 3, "was carried out before");
}

#[test]
fn a_reference_in_another_dress_is_the_same_reference() {
    let mut heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
    for dressed in [
        "inv-1",
        "Inv 1",
        "INV  -  1",
        "INV/1.",
        "INV\u{2010}1",
        "INV\u{2212}1",
        "\u{ff29}\u{ff2e}\u{ff36}-1",
        "INV-\u{2460}",
        "I\u{338}NV-1",
        "INV\u{2013}1",
    ] {
        let plan = heist.pay(2, dressed);
        let request = heist.request(&plan, 8);
        let approvals = heist.approvals(&plan, 2, heist.house.start());
        only(&heist.refusals(&request, &approvals), Rule::Reference, 3, "already pays this destination");
    }
    for other in ["INV-2", "INV-11", "INV-1-1", "INV1", "\u{2116} 1", "\u{51fa}\u{91d1} 1", "!", "?"] {
        let plan = heist.pay(2, other);
        let (request, approvals) = (heist.request(&plan, 8), heist.approvals(&plan, 2, heist.house.start()));
        assert_eq!(heist.refusals(&request, &approvals), [], "{other}");
    }
}

#[test]
fn a_freeze_during_the_review_holds() {
    let mut heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    let review = heist.review(&request, &approvals).unwrap();
    assert!(review.verdict().passed());
    let entry = VaultEntry::Frozen { by: "bob".parse().unwrap(), reason: "breach".parse().unwrap() };
    let head = heist.chronicle.append(heist.clock, entry).unwrap();
    let refusal = heist.approve(review).err().expect("it was approved");
    only(&[refusal], Rule::VaultHead, 5, "the journal moved on during the review");
    assert_eq!(heist.chronicle.head(), head, "something was claimed");
}

#[test]
fn two_reviews_side_by_side_do_not_both_fit_into_the_day() {
    let mut heist = Heist::new();
    let start = heist.house.start();
    let open = |heist: &Heist, first: u32, nonce| {
        let pay = |n| heist.house.pay(EXCHANGE, 45 * COIN, &format!("INV-{n}"));
        let plan = heist.plan(vec![pay(first)]);
        heist.review(&heist.request(&plan, nonce), &heist.approvals(&plan, 2, start)).unwrap()
    };
    // Each needs two approvals, together they need three.
    let (one, two) = (open(&heist, 1, 7), open(&heist, 2, 8));
    heist.approve(one).unwrap();
    let refusal = heist.approve(two).err().expect("it was approved");
    only(&[refusal], Rule::VaultHead, 5, "review again");
}

#[test]
fn a_plan_is_paid_once_however_often_its_facts_are_refreshed() {
    let mut heist = Heist::new();
    let plan = heist.plan(vec![
        heist.house.pay(EXCHANGE, 2 * COIN, "INV-1"),
        heist.house.pay(EXCHANGE, 2 * COIN, "INV-2"),
    ]);
    let approvals = heist.approvals(&plan, 2, heist.house.start());
    let request = heist.request(&plan, 7);
    assert_eq!(heist.sign(&request, &approvals), Ok(2));
    // The whole again, and each half of it, with slots that the other half had.
    only(&heist.refusals(&heist.request(&plan, 9), &approvals), Rule::Reference, 3, "already pays");
    for (intent, nonce) in [(0u32, 9), (1, 9)] {
        let mut half = heist.request(&plan, 9);
        let rung = heist.house.rung(&plan.intents[usize::try_from(intent).unwrap()], &facts(nonce, 30));
        half.items = vec![Item { intent, rungs: vec![rung] }];
        only(&heist.refusals(&half, &approvals), Rule::Reference, 3, "already pays");
    }
    // The two change places: each slot would carry the same amount to the same payee, and each invoice be paid twice.
    let mut swapped = heist.request(&plan, 9);
    for (item, nonce) in swapped.items.iter_mut().zip([8, 7]) {
        let intent = &plan.intents[usize::try_from(item.intent).unwrap()];
        item.rungs = vec![heist.house.rung(intent, &facts(nonce, 40))];
    }
    only(&heist.refusals(&swapped, &approvals), Rule::Reference, 3, "already pays");
}

#[test]
fn after_a_void_the_invoice_is_still_paid() {
    let mut heist = Heist::new();
    let start = heist.house.start();
    let plan = heist.pay(2, "INV-1");
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, start));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
    let slot = strongroom_evm_codec::slot(&heist.house.chain, &heist.house.accounts[0].address, 7).unwrap();
    // The void rides along with the same invoice in the next slot.
    let void = heist.house.intent(Action::Void { slot }, "void 7");
    let both = heist.plan(vec![void, heist.house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let request = heist.request(&both, 7);
    let approvals = heist.approvals(&both, 2, start);
    let refusals = heist.refusals(&request, &approvals);
    only(&refusals, Rule::Reference, 3, "already pays");
    assert!(refusals.iter().all(|refusal| refusal.intent == Some(1)), "{refusals:?}");
}

/// The second account as a block of the policy's text.
fn second_account(heist: &Heist) -> String {
    let text = heist.house.policy_text.text();
    let from = text.find(&format!("[[account]]\nid = \"{}\"", heist.house.accounts[1].id())).unwrap();
    let until = from + text[from..].find("[[chain]]").unwrap();
    text[from..until].to_owned()
}

#[test]
fn a_payee_that_was_ours_and_is_a_stranger_now_is_paid_once() {
    let mut heist = Heist::new();
    let start = heist.house.start();
    let own = heist.house.accounts[1].address.to_string();
    let plan = heist.plan(vec![heist.house.pay(&own, 2 * COIN, "rent")]);
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, start));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
    let block = second_account(&heist);
    heist.change_policy(|text| text.replace(&block, ""));
    let label = format!("\nlabel = \"Second\"\nclass = \"sold\"\nassets = [\"COIN\"]\n");
    heist.change_book(|text| format!("{text}\n[[destination]]\naddress = \"eip155:1:{own}\"{label}"));
    let again = heist.plan(vec![heist.house.pay(&own, 2 * COIN, "rent")]);
    let approvals = heist.approvals(&again, 2, start);
    only(&heist.refusals(&heist.request(&again, 8), &approvals), Rule::Reference, 3, "already pays");
    // And the other way round.
    let other = heist.plan(vec![heist.house.pay(&own, 3 * COIN, "heating")]);
    let (request, approvals) = (heist.request(&other, 8), heist.approvals(&other, 2, start));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
    heist.change_policy(|text| text.replacen("[[chain]]", &format!("{block}[[chain]]"), 1));
    let again = heist.plan(vec![heist.house.pay(&own, 3 * COIN, "heating")]);
    let approvals = heist.approvals(&again, 2, start);
    only(&heist.refusals(&heist.request(&again, 9), &approvals), Rule::Reference, 3, "already pays");
    // In its own slot it may be repeated, or replaced by any return: one of them lands.
    assert_eq!(heist.refusals(&heist.request(&again, 8), &approvals), []);
}

#[test]
fn a_rung_in_the_middle_that_pays_somebody_else() {
    let heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let approvals = heist.approvals(&plan, 2, heist.house.start());
    let mut request = heist.request(&plan, 7);
    let theft = heist.house.pay(SUPPLIER, 2 * COIN, "INV-1");
    let rung = |intent: &Intent, gwei| heist.house.rung(intent, &facts(7, gwei));
    request.items[0].rungs = vec![rung(&plan.intents[0], 30), rung(&theft, 40), rung(&plan.intents[0], 50)];
    let refusals = heist.refusals(&request, &approvals);
    for rule in [Rule::Rebuild, Rule::Intent, Rule::Ladder] {
        assert!(refusals.iter().any(|refusal| refusal.rule == rule && refusal.exit().code() == 5), "{rule}");
    }
}

#[test]
fn a_copy_of_an_account_with_another_key_or_device() {
    let heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let approvals = heist.approvals(&plan, 2, heist.house.start());
    for change in [
        (|account: &mut Account| account.key.path = "m/44'/60'/0'/0/9".to_owned()) as fn(&mut Account),
        |account| account.key.public_key[5] ^= 1,
        |account| account.address = SUPPLIER.parse().unwrap(),
        |account| account.enrolled_at = account.enrolled_at.plus(1),
    ] {
        let mut request = heist.request(&plan, 7);
        change(&mut request.accounts[0]);
        only(&heist.refusals(&request, &approvals), Rule::Shape, 5, "copies of accounts");
    }
    let mut request = heist.request(&plan, 7);
    request.accounts.clear();
    let refusals = heist.refusals(&request, &approvals);
    assert!(refusals.iter().any(|refusal| refusal.rule == Rule::Account), "{refusals:?}");
}

#[test]
fn an_older_copy_of_the_home_is_noticed_by_whoever_saw_more() {
    let mut heist = Heist::new();
    let start = heist.house.start();
    let copy = tempfile::tempdir().unwrap();
    for file in ["journal", "journal.mark"] {
        std::fs::copy(heist.folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let plan = heist.pay(2, "INV-1");
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, start));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
    let known = heist.request(&plan, 8);
    heist.folder = copy;
    let heist = heist.restart();
    only(&heist.refusals(&known, &approvals), Rule::VaultHead, 5, "older than what others have seen");
}

#[test]
fn going_on_after_a_crash_counts_nothing_twice_and_forgets_nothing() {
    let mut heist = Heist::new();
    let start = heist.house.start();
    let plan = heist.pay(5, "INV-1");
    let request = heist.request(&plan, 7);
    let approvals = heist.approvals(&plan, 2, start);
    let review = heist.review(&request, &approvals).unwrap();
    drop(heist.approve(review).unwrap());
    let claimed = heist.chronicle.head();
    let mut heist = heist.restart();
    assert_eq!(heist.chronicle.head(), claimed);
    // The same again goes on; with somebody else's approval it is another claim of the same payment.
    let review = heist.review(&request, &approvals).unwrap();
    drop(heist.approve(review).unwrap());
    assert_eq!(heist.chronicle.head(), claimed, "the claim was written twice");
    let others = [approvals[0].clone(), heist.approvals(&plan, 3, start)[2].clone()];
    assert_eq!(heist.sign(&request, &others), Ok(1));
    let spent = heist.chronicle.history().spent_since(&heist.house.native(), start);
    assert_eq!(spent, Amount::from(5 * COIN + 60_000 * 30_000_000_000));
    // What was claimed and never signed stands like what was signed.
    let again = heist.request(&plan, 8);
    only(&heist.refusals(&again, &approvals), Rule::Reference, 3, "already pays");
}

#[test]
fn nothing_moved_is_no_payment_and_no_plan() {
    let heist = Heist::new();
    let account = &heist.house.accounts[0];
    for to in [EXCHANGE, account.address.as_str()] {
        let intent = heist.house.pay(to, 0, "nothing");
        assert!(strongroom_evm_codec::EvmCodec.build(account, &intent, &facts(7, 30)).is_err(), "{to}");
    }
    // A void whose bytes are right and whose intent says that it pays nothing to us.
    let slot = strongroom_evm_codec::slot(&heist.house.chain, &account.address, 7).unwrap();
    let void = heist.house.rung(&heist.house.intent(Action::Void { slot }, "void"), &facts(7, 30));
    let own = account.address.to_string();
    let plan = heist.plan(vec![heist.house.pay(&own, 0, "nothing")]);
    let mut request = heist.request(&heist.pay(1, "INV-1"), 7);
    request.plan = heist.house.seal(&plan);
    request.items[0].rungs = vec![void];
    let refusals = heist.refusals(&request, &heist.approvals(&plan, 2, heist.house.start()));
    only(&refusals, Rule::Rebuild, 5, "paying nothing");
}

impl Heist {
    /// One person's rejection of a plan.
    fn rejection(&self, plan: &Plan, person: &Person) -> SignedText {
        let reading = Reading::of(plan, &self.house.policy, &self.house.book).unwrap();
        let signed_at = self.house.start();
        let statement = reading.statement(&Terms {
            person: person.name.clone(),
            verdict: Verdict::Reject,
            signed_at,
            valid_until: signed_at.plus(72 * HOUR),
            vaults: BTreeMap::new(),
        });
        person.sign_text(Namespace::Statement, &statement.to_string())
    }

    /// What `sign` does with statements before it judges.
    fn show(&mut self, statements: &[SignedText]) {
        self.chronicle.reject(self.clock, statements, &self.house.policy, self.house.id).unwrap();
    }
}

#[test]
fn a_rejection_that_is_left_out_the_next_time_is_not_forgotten() {
    let mut heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let rejection = heist.rejection(&plan, &heist.house.approvers[2]);
    heist.show(std::slice::from_ref(&rejection));
    let head = heist.chronicle.head();
    heist.show(&[rejection]);
    assert_eq!(heist.chronicle.head(), head, "it was written twice");
    let mut heist = heist.restart();
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    only(&heist.refusals(&request, &approvals), Rule::Rejection, 3, "grace rejected this plan before");
    let review = heist.review(&request, &approvals).unwrap();
    only(&[heist.approve(review).err().unwrap()], Rule::Rejection, 3, "it stays unsigned");
    // Another plan for the same invoice is another question.
    let again = heist.plan(vec![heist.house.pay(EXCHANGE, COIN, "INV-1")]);
    let (request, approvals) = (heist.request(&again, 7), heist.approvals(&again, 2, heist.house.start()));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_rejection_made_under_an_older_policy_holds_under_the_next() {
    let mut heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let rejection = heist.rejection(&plan, &heist.house.approvers[2]);
    let policy = heist.house.policy.id();
    heist.change_policy(|text| text.replace("statement_hours = 72", "statement_hours = 71"));
    assert_ne!(heist.house.policy.id(), policy);
    let refusals = heist.refusals(&heist.request(&plan, 7), std::slice::from_ref(&rejection));
    assert!(refusals.iter().any(|refusal| refusal.rule == Rule::Rejection), "{refusals:?}");
    heist.show(&[rejection]);
    // Left out, with the plan's own policy back in its place, it is still known.
    let refusals = heist.refusals(&heist.request(&plan, 7), &[]);
    assert!(
        refusals.iter().any(|refusal| refusal.rule == Rule::Rejection
            && refusal.exit().code() == 3
            && refusal.words.contains("grace rejected this plan before")),
        "{refusals:?}"
    );
}

#[test]
fn what_is_no_genuine_rejection_is_not_written_down() {
    let mut heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let head = heist.chronicle.head();
    // Somebody whom the policy does not name, somebody else's name, a changed text, and an approval.
    let stranger = Person::new("grace", 99);
    let genuine = heist.rejection(&plan, &heist.house.approvers[2]);
    let other = heist.house.approvers[0].sign_text(Namespace::Statement, genuine.text());
    let wrong = heist.house.approvers[2].sign_text(Namespace::Thaw, genuine.text());
    let mut statements = vec![heist.rejection(&plan, &stranger), other, wrong];
    statements.extend(heist.approvals(&plan, 2, heist.house.start()));
    heist.show(&statements);
    assert_eq!(heist.chronicle.head(), head);
    // Beside all of these, the genuine one is found.
    statements.push(genuine);
    heist.show(&statements);
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    only(&heist.refusals(&request, &approvals), Rule::Rejection, 3, "grace rejected this plan before");
}

#[test]
fn a_plan_that_cites_a_mandate_is_not_carried_out() {
    let heist = Heist::new();
    let mut plan = heist.pay(2, "INV-1");
    plan.mandate = Some(strongroom_protocol::MandateId::of(b"a breach"));
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    only(
        &heist.refusals(&request, &approvals),
        Rule::Mandate,
        3,
        "mandates are not carried out by this version",
    );
}

#[test]
fn a_thaw_ends_one_freeze_of_two() {
    let mut heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let freeze = |heist: &mut Heist, by: &str| {
        let entry = VaultEntry::Frozen { by: by.parse().unwrap(), reason: "breach".parse().unwrap() };
        heist.chronicle.append(heist.clock, entry).unwrap().hash
    };
    let thaw = |heist: &mut Heist, freeze| {
        heist.chronicle.append(heist.clock, VaultEntry::Thawed { freeze }).unwrap();
    };
    let (one, two) = (freeze(&mut heist, "bob"), freeze(&mut heist, "carol"));
    // The first freeze's thaw, however often, leaves the second one standing.
    for _ in 0..2 {
        thaw(&mut heist, one);
        let request = heist.request(&plan, 7);
        let approvals = heist.approvals(&plan, 2, heist.house.start());
        only(&heist.refusals(&request, &approvals), Rule::State, 3, "the house is frozen");
    }
    let mut heist = heist.restart();
    assert_eq!(heist.chronicle.standing().frozen.iter().map(|open| open.line).collect::<Vec<_>>(), [two]);
    thaw(&mut heist, two);
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    assert_eq!(heist.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_reference_with_characters_that_show_nothing_cannot_be_written() {
    for hidden in [
        "INV-1\u{fe00}",
        "INV-1\u{fe0f}",
        "INV-1\u{e0100}",
        "INV-1\u{e01ef}",
        "I\u{34f}NV-1",
        "IN\u{115f}V-1",
        "IN\u{1160}V-1",
        "IN\u{3164}V-1",
        "IN\u{ffa0}V-1",
        "INV-1\u{2800}",
    ] {
        let refused = hidden.parse::<strongroom_protocol::Text>().unwrap_err();
        assert!(refused.to_string().contains("is not printable"), "{hidden:?}: {refused}");
    }
}

#[test]
fn a_reference_in_the_letters_of_another_alphabet() {
    let mut heist = Heist::new();
    for (nonce, reference) in [(7, "INV-1"), (8, "ABC-1"), (9, "INV-I")] {
        let plan = heist.pay(2, reference);
        let (request, approvals) =
            (heist.request(&plan, nonce), heist.approvals(&plan, 2, heist.house.start()));
        assert_eq!(heist.sign(&request, &approvals), Ok(1));
    }
    let refusals = |reference: &str| {
        let plan = heist.pay(2, reference);
        heist.refusals(&heist.request(&plan, 10), &heist.approvals(&plan, 2, heist.house.start()))
    };
    // A Cyrillic or Greek letter among Latin ones, paid before or not.
    for mixed in ["\u{406}NV-1", "IN\u{474}-7", "\u{399}NV-1", "rent \u{440}ayment"] {
        only(&refusals(mixed), Rule::Reference, 3, "of the reference mixes alphabets");
    }
    // Whole words of Cyrillic that show as the Latin ones.
    for other in ["\u{410}\u{412}\u{421}-1", "INV-\u{406}"] {
        only(&refusals(other), Rule::Reference, 3, "already pays this destination");
    }
    assert_eq!(refusals("\u{441}\u{447}\u{435}\u{442} INV-2"), [], "words of two languages");
}

#[test]
fn what_will_be_asked_for_does_not_follow_from_the_journal() {
    let heist = Heist::new();
    let plan = heist.pay(2, "INV-1");
    let (request, approvals) = (heist.request(&plan, 7), heist.approvals(&plan, 2, heist.house.start()));
    let asked = |seed: [u8; 32]| {
        let gate = strongroom_signing::Gate { challenge_seed: seed, ..heist.house.gate(heist.clock) };
        let bytes = canonical::encode(&request);
        Review::open(&bytes, &approvals, &gate, &heist.chronicle).unwrap().challenge().asked()
    };
    let of_one_head: std::collections::BTreeSet<_> = (0..=255).map(|byte| asked([byte; 32])).collect();
    assert!(of_one_head.len() > 1, "the head alone decides: {of_one_head:?}");
}
