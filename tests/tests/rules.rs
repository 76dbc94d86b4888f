//! Every rule that can refuse, made to refuse: the attack, the rule's name, its exit code and its words.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::items_after_statements,
    clippy::panic,
    clippy::similar_names,
    reason = "tests"
)]

use std::collections::BTreeMap;

use strongroom_policy::judge::Refusal;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Action, Amount, Codec as _, Facts, Head, Intent, JournalHash, Name, Plan, Request, Sealed, SignedText,
    Timestamp, Unsigned, Verdict, canonical,
};
use strongroom_signing::{Chronicle, Review, Rule};
use strongroom_tests::house::{EXCHANGE, Person, STRANGER, SUPPLIER, TOKEN, TestHouse, facts, sign_all};

const COIN: u128 = 1_000_000_000_000_000_000;

struct Bench {
    house: TestHouse,
    _folder: tempfile::TempDir,
    chronicle: Chronicle,
}

impl Bench {
    fn new() -> Self {
        Self::with(|text| text)
    }

    fn with(adjust: impl Fn(String) -> String) -> Self {
        let house = TestHouse::new("eip155:1", adjust);
        let folder = tempfile::tempdir().unwrap();
        let chronicle = house.chronicle(folder.path());
        Self { house, _folder: folder, chronicle }
    }

    fn clock(&self) -> Timestamp {
        self.house.start().plus(3600)
    }

    fn review(&self, request: &Request, approvals: &[SignedText]) -> Result<Review, Refusal> {
        let bytes = canonical::encode(request);
        Review::open(&bytes, approvals, &self.house.gate(self.clock()), &self.chronicle)
    }

    /// Everything that is wrong with a request.
    fn refusals(&self, request: &Request, approvals: &[SignedText]) -> Vec<Refusal> {
        match self.review(request, approvals) {
            Ok(review) => review.verdict().refusals().cloned().collect(),
            Err(refusal) => vec![refusal],
        }
    }

    /// Reviews, confirms, claims, signs, and gives the number of signed items.
    fn sign(&mut self, request: &Request, approvals: &[SignedText]) -> Result<usize, Refusal> {
        let review = self.review(request, approvals)?;
        let code = strongroom_protocol::ComparisonCode::of(review.plan_id().as_bytes()).to_string();
        let confirmation = review.challenge().clone().meet(&code).unwrap();
        let approved = review.approve(&confirmation, &mut self.chronicle)?;
        let mut signer = self.house.signer();
        let signed = approved.sign(&self.house.codecs, &mut signer, false, |_, _| {}).unwrap();
        let count = signed.count();
        let reply = signed.reply(self.house.id, &mut self.chronicle).unwrap();
        assert_eq!(reply.head, self.chronicle.head());
        Ok(count)
    }

    /// The next request must say where the journal stands.
    fn knowing(&self, mut request: Request) -> Request {
        let station = self.house.station.public_key().station();
        request.vault_heads = BTreeMap::from([(station, self.chronicle.head())]);
        request
    }
}

/// Exactly this rule refuses, with this exit code and these words; nothing else is wrong.
#[track_caller]
fn only(refusals: &[Refusal], rule: Rule, exit: u8, words: &str) {
    assert!(!refusals.is_empty(), "nothing was refused");
    for refusal in refusals {
        assert_eq!(refusal.rule, rule, "{refusal}");
        assert_eq!(refusal.exit().code(), exit, "{refusal}");
        assert!(refusal.words.contains(words), "{refusal}");
    }
}

/// This rule refuses among others, with this exit code and these words.
#[track_caller]
fn among(refusals: &[Refusal], rule: Rule, exit: u8, words: &str) {
    let found = refusals.iter().find(|refusal| refusal.rule == rule);
    let found = found.unwrap_or_else(|| panic!("{rule} did not refuse: {refusals:?}"));
    assert_eq!(found.exit().code(), exit, "{found}");
    assert!(found.words.contains(words), "{found}");
}

fn single(bench: &Bench) -> (Plan, Request) {
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    (plan, request)
}

/// The request with its first item's bytes built from another intent: what a hostile desk would do.
fn with_bytes_of(bench: &Bench, mut request: Request, intent: &Intent, facts: &Facts) -> Request {
    request.items[0].rungs[0].unsigned = bench.house.rung(intent, facts).unsigned;
    request
}

#[test]
fn an_honest_request_is_signed() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    assert_eq!(bench.refusals(&request, &bench.house.approvals(&plan)), []);
    let approvals = bench.house.approvals(&plan);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}

#[test]
fn bytes_that_pay_somebody_else() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let theft = bench.house.pay(SUPPLIER, 2 * COIN, "INV-1");
    let request = with_bytes_of(&bench, request, &theft, &facts(7, 30));
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::Rebuild, 5, "not the ones that the intent and the facts give");
    among(
        &refusals,
        Rule::Intent,
        5,
        "pays 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC where the intent says",
    );
}

#[test]
fn an_amount_off_by_one_wei() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let theft = bench.house.pay(EXCHANGE, 2 * COIN + 1, "INV-1");
    let request = with_bytes_of(&bench, request, &theft, &facts(7, 30));
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::Rebuild, 5, "not the ones");
    among(
        &refusals,
        Rule::Intent,
        5,
        "2000000000000000001 base units where the intent says 2000000000000000000",
    );
}

#[test]
fn bytes_for_another_chain() {
    let bench = Bench::new();
    let (plan, mut request) = single(&bench);
    let polygon = TestHouse::new("eip155:137", |text| text);
    let twin = polygon.pay(EXCHANGE, 2 * COIN, "INV-1");
    request.items[0].rungs[0].unsigned = polygon.rung(&twin, &facts(7, 30)).unsigned;
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::Rebuild, 5, "not the ones");
    among(&refusals, Rule::Decode, 5, "137");
}

#[test]
fn a_look_alike_token_and_a_registry_that_does_not_know_it() {
    let bench = Bench::new();
    let fake = strongroom_evm_codec::erc20_asset(
        &bench.house.chain,
        &"0x5FbDB2315678aFecb367f032d93F642f64180aa4".parse().unwrap(),
    );
    // One digit away from the pinned token; its checksum is its own.
    let fake = fake.unwrap_or_else(|_| {
        strongroom_evm_codec::erc20_asset(&bench.house.chain, &STRANGER.parse().unwrap()).unwrap()
    });
    let action =
        Action::Pay { asset: fake, to: EXCHANGE.parse().unwrap(), amount: Amount::from(5_000_000u64) };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    let refusals = bench.refusals(&request, &[]);
    among(&refusals, Rule::Asset, 3, "is not in the pinned registry");
    // Bytes that move it where the intent names the real one are no better.
    let honest = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let plan = bench.house.plan(vec![bench.house.intent(honest, "INV-1")]);
    let mut swapped = bench.house.request(&plan, 7);
    swapped.items[0].rungs[0].unsigned = request.items[0].rungs[0].unsigned.clone();
    among(&bench.refusals(&swapped, &bench.house.approvals(&plan)), Rule::Intent, 5, "moves eip155:1/erc20:");
}

#[test]
fn decimals_are_the_policy_s_alone() {
    // A desk that believes in 18 decimals asks for 5·10¹⁸ base units of a token that has 6: five million millions.
    let bench = Bench::new();
    let action = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5 * COIN),
    };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::ItemLimit, 3, "5000000000000 TKN");
}

#[test]
fn fees_over_each_cap() {
    let bench = Bench::new();
    // Over the intent's own cap.
    let mut intent = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    intent.max_fee = Amount::from(1_000_000_000_000u64);
    let plan = bench.house.plan(vec![intent]);
    let request = bench.house.request(&plan, 7);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeIntent,
        3,
        "over the intent's cap",
    );
    // Over the absolute cap of 0.01: 60 000 gas at 200 gwei are 0.012.
    let mut intent = bench.house.pay(EXCHANGE, 20 * COIN, "INV-1");
    intent.max_fee = Amount::from(COIN);
    let plan = bench.house.plan(vec![intent.clone()]);
    let mut request = bench.house.request(&plan, 7);
    request.items[0].rungs = vec![bench.house.rung(&intent, &facts(7, 200))];
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeAbsolute,
        3,
        "over the chain's cap of 0.01 COIN",
    );
    // Over the relative cap of 5 %: 0.0018 of fee on 0.02.
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, COIN / 50, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeRelative,
        3,
        "over 5% of the 0.02 COIN paid",
    );
    // Over the asset's own cap of 0.005.
    let action = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let intent = bench.house.intent(action, "INV-1");
    let plan = bench.house.plan(vec![intent.clone()]);
    let mut request = bench.house.request(&plan, 7);
    request.items[0].rungs = vec![bench.house.rung(&intent, &facts(7, 100))];
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeAbsolute,
        3,
        "over the asset's cap of 0.005 COIN",
    );
}

#[test]
fn gas_dearer_than_the_policy_allows() {
    let bench = Bench::with(|text| text.replace("max_fee_day", "max_gas_price_gwei = \"29.5\"\nmax_fee_day"));
    let (plan, request) = single(&bench);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeAbsolute,
        3,
        "over the cap of 29500000000",
    );
}

#[test]
fn fees_of_the_day() {
    let mut bench = Bench::with(|text| {
        text.replace("max_fee = \"0.01\"", "max_fee = \"0.002\"")
            .replace("max_fee = \"0.005\"", "max_fee = \"0.002\"")
            .replace("max_fee_day = \"200\"", "max_fee_day = \"0.003\"")
    });
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let request = bench.knowing(bench.house.request(&plan, 8));
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::FeeDay, 3, "0.0036 COIN");
}

#[test]
fn calldata_appended() {
    let bench = Bench::new();
    let action = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let mut request = bench.house.request(&plan, 7);
    let bytes = &mut request.items[0].rungs[0].unsigned.0;
    bytes.push(0);
    among(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Decode, 5, "");
    among(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Rebuild, 5, "not the ones");
}

#[test]
fn a_nonce_that_carries_another_payment() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 3 * COIN, "INV-2")]);
    let request = bench.knowing(bench.house.request(&plan, 7));
    let approvals = bench.house.approvals(&plan);
    only(&bench.refusals(&request, &approvals), Rule::Slot, 3, "already carries another payment");
    // And it stays refused at the moment of claiming.
    let lines = bench.chronicle.head();
    assert_eq!(bench.sign(&request, &approvals).unwrap_err().rule, Rule::Slot);
    assert_eq!(bench.chronicle.head(), lines, "something was claimed");
}

#[test]
fn a_reference_paid_before_by_another_nonce_and_from_another_account() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let again = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let request = bench.knowing(bench.house.request(&again, 8));
    only(
        &bench.refusals(&request, &bench.house.approvals(&again)),
        Rule::Reference,
        3,
        "\"INV-1\" already pays this",
    );
    let mut other = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    other.account = bench.house.accounts[1].id();
    let plan = bench.house.plan(vec![other]);
    let request = bench.knowing(bench.house.request(&plan, 0));
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::Reference,
        3,
        "\"INV-1\" already pays this",
    );
}

#[test]
fn the_same_reference_twice_in_one_request() {
    let bench = Bench::new();
    let plan = bench.house.plan(vec![
        bench.house.pay(EXCHANGE, 2 * COIN, "INV-1"),
        bench.house.pay(EXCHANGE, 2 * COIN, "INV-1"),
    ]);
    let request = bench.house.request(&plan, 7);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::Reference,
        3,
        "already pays this destination",
    );
}

#[test]
fn a_bump_and_a_void_are_the_only_other_uses_of_a_slot() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    // The same plan with fresh facts: its approvals stand.
    let mut bumped = bench.knowing(request);
    bumped.items[0].rungs = vec![bench.house.rung(&plan.intents[0], &facts(7, 40))];
    assert_eq!(bench.sign(&bumped, &approvals), Ok(1));
    let slot = strongroom_evm_codec::slot(&bench.house.chain, &bench.house.accounts[0].address, 7).unwrap();
    let void = bench.house.plan(vec![bench.house.intent(Action::Void { slot }, "void 7")]);
    let mut request = bench.knowing(bench.house.request(&void, 7));
    request.items[0].rungs = vec![bench.house.rung(&void.intents[0], &facts(7, 50))];
    let approvals = bench.house.approvals(&void);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_fee_ladder_rises_in_fees_and_in_nothing_else() {
    let mut bench = Bench::new();
    let (plan, mut request) = single(&bench);
    let intent = &plan.intents[0];
    let approvals = bench.house.approvals(&plan);
    request.items[0].rungs =
        vec![bench.house.rung(intent, &facts(7, 40)), bench.house.rung(intent, &facts(7, 30))];
    only(&bench.refusals(&request, &approvals), Rule::Ladder, 5, "do not rise in fee");
    request.items[0].rungs =
        vec![bench.house.rung(intent, &facts(7, 30)), bench.house.rung(intent, &facts(8, 40))];
    only(&bench.refusals(&request, &approvals), Rule::Ladder, 5, "differ in more than fees");
    request.items[0].rungs =
        vec![bench.house.rung(intent, &facts(7, 30)), bench.house.rung(intent, &facts(7, 40))];
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_destination_outside_the_book_and_an_asset_it_does_not_take() {
    let bench = Bench::new();
    let plan = bench.house.plan(vec![bench.house.pay(STRANGER, 2 * COIN, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    among(&bench.refusals(&request, &[]), Rule::Destination, 3, "is not in the address book");
    let action = Action::Pay {
        asset: bench.house.token(),
        to: SUPPLIER.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    among(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Destination, 3, "does not take");
}

#[test]
fn limits_of_item_request_and_day() {
    let mut bench = Bench::new();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 50 * COIN, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    // 50 are allowed, but the fee counts too.
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::ItemLimit,
        3,
        "over the limit of 50 COIN for one item",
    );
    let three = |first: u32| {
        (first..first + 3).map(|n| bench.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect()
    };
    let plan = bench.house.plan(three(1));
    let all: Vec<_> =
        bench.house.approvers.iter().map(|person| bench.house.approval(&plan, person)).collect();
    only(&bench.refusals(&bench.house.request(&plan, 7), &all), Rule::RequestLimit, 3, "120.0054 COIN");
    // Two requests of 80 and a third of 80: each is under its own limit, the day is not.
    for (round, nonce) in [(10, 7), (20, 9)] {
        let plan = bench.house.plan(
            (round..round + 2).map(|n| bench.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect(),
        );
        let all: Vec<_> =
            bench.house.approvers.iter().map(|person| bench.house.approval(&plan, person)).collect();
        let request = bench.knowing(bench.house.request(&plan, nonce));
        assert_eq!(bench.sign(&request, &all), Ok(2));
    }
    let plan = bench
        .house
        .plan((30..32).map(|n| bench.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect());
    let all: Vec<_> =
        bench.house.approvers.iter().map(|person| bench.house.approval(&plan, person)).collect();
    let request = bench.knowing(bench.house.request(&plan, 11));
    only(&bench.refusals(&request, &all), Rule::DayLimit, 3, "over the limit of 200 COIN for a rolling day");
}

#[test]
fn a_batch_split_to_stay_under_a_tier() {
    let mut bench = Bench::new();
    // 45 and 45: each needs two approvals, together they need three.
    let first = bench.house.plan(vec![bench.house.pay(EXCHANGE, 45 * COIN, "INV-1")]);
    let request = bench.house.request(&first, 7);
    let approvals = bench.house.approvals(&first);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
    let second = bench.house.plan(vec![bench.house.pay(EXCHANGE, 45 * COIN, "INV-2")]);
    let request = bench.knowing(bench.house.request(&second, 8));
    let approvals = bench.house.approvals(&second);
    only(
        &bench.refusals(&request, &approvals),
        Rule::Quorum,
        3,
        "3 approvals are needed for the amounts of this day, 2 are here",
    );
    let all: Vec<_> =
        bench.house.approvers.iter().map(|person| bench.house.approval(&second, person)).collect();
    assert_eq!(bench.sign(&request, &all), Ok(1));
}

#[test]
fn statements_for_something_else() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let person = &bench.house.approvers[1];
    let good = bench.house.approval(&plan, &bench.house.approvers[0]);
    let signed = |text: &str| vec![good.clone(), person.sign_text(Namespace::Statement, text)];
    let text = bench.house.statement(&plan, person, Verdict::Approve).to_string();
    // Other totals.
    let other = text.replace("2000000000000000000", "1000000000000000000");
    assert_ne!(other, text);
    only(&bench.refusals(&request, &signed(&other)), Rule::Statement, 5, "1000000000000000000");
    // Another plan of the same totals.
    let mut twin = plan.clone();
    twin.prepared_at = twin.prepared_at.plus(1);
    only(
        &bench.refusals(&request, &[good.clone(), bench.house.approval(&twin, person)]),
        Rule::Statement,
        5,
        "plan",
    );
    // Another book, another policy.
    let book = bench.house.book.id().to_string();
    let other = text.replace(&book, &"0".repeat(64));
    only(&bench.refusals(&request, &signed(&other)), Rule::Statement, 5, "book");
    // Signed over something else than the text below which it stands.
    let moved = SignedText::with_signatures(text.clone(), good.signatures().to_vec()).unwrap();
    only(&bench.refusals(&request, &[moved]), Rule::Statement, 5, "is signed by bob");
    let wrong =
        SignedText::with_signatures(text.clone(), vec![person.sign(Namespace::Statement, b"other")]).unwrap();
    only(&bench.refusals(&request, &[wrong]), Rule::Statement, 5, "does not verify");
    // By a key of nobody, and for another purpose.
    let eve = Person::new("carol", 99).sign_text(Namespace::Statement, &text);
    only(&bench.refusals(&request, &[eve]), Rule::Statement, 5, "a key of nobody in the policy");
    let other_purpose = person.sign_text(Namespace::Plan, &text);
    only(&bench.refusals(&request, &[other_purpose]), Rule::Statement, 5, "strongroom-plan");
}

#[test]
fn statements_that_ended_or_last_too_long() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let person = &bench.house.approvers[1];
    let good = bench.house.approval(&plan, &bench.house.approvers[0]);
    let mut statement = bench.house.statement(&plan, person, Verdict::Approve);
    statement.valid_until = bench.house.start().plus(60);
    let ended = person.sign_text(Namespace::Statement, &statement.to_string());
    only(
        &bench.refusals(&request, &[good.clone(), ended]),
        Rule::StatementExpiry,
        6,
        "ended at 2026-06-01T00:01:00Z",
    );
    statement.valid_until = bench.house.start().plus(100 * 3600);
    let endless = person.sign_text(Namespace::Statement, &statement.to_string());
    only(
        &bench.refusals(&request, &[good, endless]),
        Rule::StatementExpiry,
        6,
        "longer than the policy's 72 hours",
    );
}

#[test]
fn people_who_may_not_approve() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let good = bench.house.approval(&plan, &bench.house.approvers[0]);
    let by = |person: &Person| vec![good.clone(), bench.house.approval(&plan, person)];
    among(
        &bench.refusals(&request, &by(&bench.house.preparer)),
        Rule::Duties,
        3,
        "alice prepared the plan and cannot approve it",
    );
    among(
        &bench.refusals(&request, &by(&Person::new("dave", 8))),
        Rule::Duties,
        3,
        "dave operates the vault",
    );
    among(&bench.refusals(&request, &by(&bench.house.approvers[0])), Rule::Duties, 3, "bob speaks twice");
    among(
        &bench.refusals(&request, &by(&bench.house.approvers[0])),
        Rule::Quorum,
        3,
        "2 approvals are needed",
    );
    only(&bench.refusals(&request, &[good]), Rule::Quorum, 3, "1 are here (by bob)");
    only(&bench.refusals(&request, &[]), Rule::Quorum, 3, "0 are here (by nobody)");
}

#[test]
fn one_rejection_is_enough() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let mut approvals = bench.house.approvals(&plan);
    let grace = &bench.house.approvers[2];
    let text = bench.house.statement(&plan, grace, Verdict::Reject).to_string();
    approvals.push(grace.sign_text(Namespace::Statement, &text));
    only(&bench.refusals(&request, &approvals), Rule::Rejection, 3, "grace rejected this plan");
}

#[test]
fn an_operator_who_prepared_or_is_none() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.house.operator = "alice".parse::<Name>().unwrap();
    let refusals = bench.refusals(&request, &approvals);
    among(&refusals, Rule::Duties, 3, "alice is not an operator of this station");
    assert!(
        refusals.iter().any(|refusal| refusal.words.contains("alice prepared the plan and cannot operate"))
    );
}

#[test]
fn approvals_survive_fresh_facts_and_nothing_else() {
    let bench = Bench::new();
    let (plan, _) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    let mut refreshed = bench.house.request(&plan, 12);
    refreshed.items[0].rungs = vec![bench.house.rung(&plan.intents[0], &facts(12, 44))];
    assert_eq!(bench.refusals(&refreshed, &approvals), []);
    for (what, change) in [
        (
            "payee",
            Box::new(|intent: &mut Intent| {
                if let Action::Pay { to, .. } = &mut intent.actions[0] {
                    *to = SUPPLIER.parse().unwrap();
                }
            }) as Box<dyn Fn(&mut Intent)>,
        ),
        (
            "amount",
            Box::new(|intent| {
                if let Action::Pay { amount, .. } = &mut intent.actions[0] {
                    *amount = Amount::from(3 * COIN);
                }
            }),
        ),
        ("cap", Box::new(|intent| intent.max_fee = Amount::from(9_000_000_000_000_000u64))),
    ] {
        let mut changed = plan.clone();
        change(&mut changed.intents[0]);
        let request = bench.house.request(&changed, 7);
        let refusals = bench.refusals(&request, &approvals);
        among(&refusals, Rule::Statement, 5, "plan");
        assert!(!refusals.is_empty(), "{what}");
    }
}

#[test]
fn a_plan_of_another_house_policy_or_preparer() {
    let bench = Bench::new();
    let (plan, _) = single(&bench);
    let elsewhere = Plan { house: strongroom_protocol::HouseId::of(b"elsewhere"), ..plan.clone() };
    among(
        &bench.refusals(&bench.house.request(&elsewhere, 7), &[]),
        Rule::House,
        5,
        "the plan belongs to house",
    );
    let older = Plan { policy: strongroom_protocol::PolicyId::of(b"older"), ..plan.clone() };
    among(
        &bench.refusals(&bench.house.request(&older, 7), &[]),
        Rule::PolicyInForce,
        3,
        "was made under policy",
    );
    let by_bob = Plan { prepared_by: "bob".parse().unwrap(), ..plan.clone() };
    among(&bench.refusals(&bench.house.request(&by_bob, 7), &[]), Rule::Preparer, 5, "bob is not a preparer");
    // Signed by somebody else than it says, and altered after it was signed.
    let mut forged = bench.house.request(&plan, 7);
    let bytes = canonical::encode(&plan);
    let signature = bench.house.approvers[0].sign(Namespace::Plan, &bytes);
    forged.plan = Sealed::new(bytes, signature).unwrap();
    among(&bench.refusals(&forged, &bench.house.approvals(&plan)), Rule::Preparer, 5, "not signed by alice");
    let other = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let mut forged = bench.house.request(&plan, 7);
    forged.plan =
        Sealed::new(canonical::encode(&plan), bench.house.seal(&other).signature().clone()).unwrap();
    among(&bench.refusals(&forged, &bench.house.approvals(&plan)), Rule::Preparer, 5, "does not verify");
}

#[test]
fn expired_intents_and_policies() {
    let bench = Bench::new();
    let mut intent = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    intent.not_after = bench.house.start().plus(60);
    let plan = bench.house.plan(vec![intent]);
    let request = bench.house.request(&plan, 7);
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::NotAfter, 6, "the intent ended at");
    let late = Bench::with(|text| text.replace("2027-06-01T00:00:00Z", "2026-06-01T00:30:00Z"));
    let (plan, request) = single(&late);
    only(
        &late.refusals(&request, &late.house.approvals(&plan)),
        Rule::PolicyDates,
        3,
        "was to be reviewed by",
    );
}

#[test]
fn accounts_that_are_not_pinned_or_not_to_be_spent_from() {
    let bench = Bench::new();
    let (plan, mut request) = single(&bench);
    // A record that differs from the pinned one has another id, so no intent names it.
    request.accounts[0].label = "Hot".parse().unwrap();
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Shape, 5, "accounts");
    let mut account = bench.house.accounts[0].clone();
    account.label = "Mine".parse().unwrap();
    let mut intent = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    intent.account = account.id();
    let mut unpinned = bench.house.plan(vec![intent.clone()]);
    unpinned.prepared_at = bench.house.start();
    let mut request = bench.house.request(&plan, 7);
    request.plan = bench.house.seal(&unpinned);
    request.accounts = vec![account];
    among(&bench.refusals(&request, &[]), Rule::Account, 3, "is not pinned by the policy");
    let watch = Bench::with(|text| text.replacen("spend = true", "spend = false", 1));
    let (plan, request) = single(&watch);
    only(&watch.refusals(&request, &watch.house.approvals(&plan)), Rule::Account, 3, "not to be spent from");
}

#[test]
fn a_desk_that_knows_more_than_the_vault_remembers() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let approvals = bench.house.approvals(&plan);
    // Not naming a head is no way around it once something was signed.
    only(
        &bench.refusals(&bench.house.request(&plan, 8), &approvals),
        Rule::VaultHead,
        5,
        "does not name the last head",
    );
    // A head from a future that this home does not remember: it was restored from a copy.
    let mut request = bench.knowing(bench.house.request(&plan, 8));
    let ahead = Head { sequence: 9, hash: JournalHash::of(b"a later line") };
    request.vault_heads.values_mut().for_each(|head| *head = ahead);
    only(
        &bench.refusals(&request, &approvals),
        Rule::VaultHead,
        5,
        "this home is older than what others have seen",
    );
    // The same from an approver's mouth.
    let person = &bench.house.approvers[1];
    let mut statement = bench.house.statement(&plan, person, Verdict::Approve);
    statement.vaults = vec![(bench.house.station.public_key().station(), ahead)];
    let both = [approvals[0].clone(), person.sign_text(Namespace::Statement, &statement.to_string())];
    let request = bench.knowing(bench.house.request(&plan, 8));
    only(&bench.refusals(&request, &both), Rule::VaultHead, 5, "carol knows line 9");
    // An ancestor of the head is accepted: the desk may lag.
    let mut request = bench.house.request(&plan, 8);
    let start = bench.chronicle.start(bench.house.id);
    request.vault_heads = BTreeMap::from([(bench.house.station.public_key().station(), start)]);
    assert_eq!(bench.refusals(&request, &approvals), []);
}

#[test]
fn a_clock_before_what_happened() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let bytes = canonical::encode(&request);
    let early = bench.house.gate(bench.house.start().plus(60));
    let refusal = Review::open(&bytes, &approvals, &early, &bench.chronicle).err().unwrap();
    assert_eq!((refusal.rule, refusal.exit().code()), (Rule::Clock, 8), "{refusal}");
}

#[test]
fn the_code_of_another_plan_confirms_nothing() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let other = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let review = bench.review(&bench.house.request(&other, 7), &[]).unwrap();
    let code = strongroom_protocol::ComparisonCode::of(review.plan_id().as_bytes()).to_string();
    let confirmation = review.challenge().clone().meet(&code).unwrap();
    let review = bench.review(&request, &bench.house.approvals(&plan)).unwrap();
    let Err(refusal) = review.approve(&confirmation, &mut bench.chronicle) else { panic!("it was approved") };
    assert_eq!((refusal.rule, refusal.exit().code()), (Rule::Confirmation, 5));
}

#[test]
fn a_damaged_request_is_no_request() {
    let bench = Bench::new();
    let (_, request) = single(&bench);
    let bytes = canonical::encode(&request);
    for cut in (0..bytes.len()).step_by(7) {
        let Err(refusal) =
            Review::open(&bytes[..cut], &[], &bench.house.gate(bench.clock()), &bench.chronicle)
        else {
            panic!("cut at {cut}, it was read")
        };
        assert_eq!((refusal.rule, refusal.exit().code()), (Rule::Bundle, 9));
    }
}

#[test]
fn an_unsigned_policy_and_an_older_epoch() {
    let house = TestHouse::new("eip155:1", |text| text);
    let (id, genesis) = strongroom_policy::Genesis::open(&house.genesis).unwrap();
    let text = house.policy_text.text().to_owned();
    let open =
        |signed: &SignedText, installed| strongroom_policy::Policy::open(signed, &id, &genesis, installed);
    let unsigned = SignedText::unsigned(text.clone()).unwrap();
    assert!(
        open(&unsigned, None).unwrap_err().to_string().contains("sign"),
        "{}",
        open(&unsigned, None).unwrap_err()
    );
    let one = house.admins[0].sign_text(Namespace::Policy, &text);
    assert!(open(&one, None).is_err());
    let next = text.replace("epoch = 1", &format!("epoch = 2\nprevious = \"{}\"", house.policy.id()));
    let next = open(&sign_all(&house.admins, Namespace::Policy, &next), Some(&house.policy)).unwrap();
    let back = open(&house.policy_text, Some(&next)).unwrap_err();
    assert!(back.to_string().contains("epoch"), "{back}");
}

#[test]
fn a_frozen_house_signs_only_voids_and_returns() {
    let mut bench = Bench::new();
    let by = "bob".parse().unwrap();
    let reason = "drill".parse().unwrap();
    bench
        .chronicle
        .append(bench.house.start(), strongroom_journal::VaultEntry::Frozen { by, reason })
        .unwrap();
    let (plan, request) = single(&bench);
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::State, 3, "the house is frozen");
    let own = bench.house.accounts[1].address.to_string();
    let home = bench.house.plan(vec![bench.house.pay(&own, 2 * COIN, "home")]);
    let request = bench.house.request(&home, 7);
    let approvals = bench.house.approvals(&home);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_signer_that_lies_is_not_believed() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    let review = bench.review(&request, &approvals).unwrap();
    let code = strongroom_protocol::ComparisonCode::of(review.plan_id().as_bytes()).to_string();
    let confirmation = review.challenge().clone().meet(&code).unwrap();
    let approved = review.approve(&confirmation, &mut bench.chronicle).unwrap();
    struct Liar(strongroom_tests::house::MemorySigner);
    impl strongroom_signing::Signer for Liar {
        fn serves(&self, account: &strongroom_protocol::Account) -> bool {
            self.0.serves(account)
        }
        fn public_key(
            &mut self,
            account: &strongroom_protocol::Account,
        ) -> Result<Vec<u8>, strongroom_signing::SignerError> {
            self.0.public_key(account)
        }
        fn sign(
            &mut self,
            task: &strongroom_signing::ApprovedTask<'_>,
        ) -> Result<strongroom_signing::Answer, strongroom_signing::SignerError> {
            let mut answer = self.0.sign(task)?;
            answer.0.0[40] ^= 1;
            Ok(answer)
        }
    }
    let mut liar = Liar(bench.house.signer());
    let error = approved.sign(&bench.house.codecs, &mut liar, false, |_, _| {}).err().unwrap();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn unsigned_bytes_are_read_by_the_codec_and_nothing_else() {
    // The token's address as a payee of itself is refused when building and when reading.
    let bench = Bench::new();
    let action = Action::Pay {
        asset: bench.house.token(),
        to: TOKEN.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let intent = bench.house.intent(action, "INV-1");
    let built = strongroom_evm_codec::EvmCodec.build(&bench.house.accounts[0], &intent, &facts(7, 30));
    assert!(built.is_err());
    let nothing = strongroom_evm_codec::EvmCodec.decode(&bench.house.accounts[0], &Unsigned(Vec::new()));
    assert!(nothing.is_err());
}
