//! Two vaults of one house: what one signed counts at the other, and nobody can hide it, forge it or split it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::format_collect,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use std::cell::Cell;
use std::collections::BTreeMap;

use strongroom_journal::{Convoy, Line, VaultEntry, VaultExport};
use strongroom_policy::Policy;
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Amount, BookId, Bundle, Claim, Head, HouseId, Intent, JournalHash, Payment, PlanId, PolicyId,
    Reply, Request, RequestId, Sealed, SshSignature, StationId, Warmth, canonical,
};
use strongroom_signing::{Chronicle, ChronicleError};

use support::house::{
    Asked, COIN, EXCHANGE, House, STRANGER, SUPPLIER, found, founded, house as house_id, policy_text, public,
    read_account, sign, signature,
};
use support::{ADDRESS, Bench, KEY_PASS, Run, STATION_PASS, WORDS};

const OTHER_WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const LEARN: &str = "bring it with `strongroom journal export --vault vault-one`";

/// Two vaults under one policy.
struct Pair {
    one: House,
    two: House,
    /// The first one's head, as the desk knows it from its last reply.
    known: Cell<Head>,
}

fn second_station(station: &str, account: Option<&Account>) -> String {
    let mut text =
        format!("[[station]]\nname = \"vault-two\"\nkey = \"{station}\"\noperators = [\"dave\"]\n\n");
    if let Some(account) = account {
        text += &format!(
            "[[account]]\nid = \"{}\"\nlabel = \"Second\"\nchain = \"eip155:1\"\naddress = \"{}\"\nclass = \"cold\"\n\
             station = \"vault-two\"\nspend = true\n\n",
            account.id(),
            account.address
        );
    }
    text + "[[chain]]"
}

impl Pair {
    fn new() -> Self {
        Self::with(|policy| policy)
    }

    /// With another policy text.
    fn with(adjust: impl Fn(String) -> String) -> Self {
        let (bench, station) = founded();
        bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
        let enroll =
            ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@a.account"];
        bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
        let other = Bench::new();
        // Another run of the machine's randomness: another station key.
        other.run(&["selftest"]).ok();
        let second = found(&other);
        assert_ne!(second, station);
        other.run_secrets(&["key", "restore", "treasury"], &[OTHER_WORDS, KEY_PASS]).ok();
        let enroll =
            ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Second", "-o", "@a.account"];
        other.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
        let [first, theirs] = [&bench, &other].map(|bench| read_account(bench, "a.account").value().clone());
        let text = policy_text(&station, &[first]);
        let text = text.replacen("[[chain]]", &second_station(&second.to_string(), Some(&theirs)), 1);
        let text = adjust(text);
        let rules = || (|_: String| text.clone(), |book: String| book);
        let one = House::ruled(bench, station, &["a.account"], rules());
        let two = House::ruled(other, second, &["a.account"], rules());
        Self { one, two, known: Cell::new(Head::start(house_id())) }
    }

    /// What a desk that took in these replies of the first vault exports.
    fn export(&self, replies: &[&str]) -> VaultExport {
        export_of(&self.one, replies)
    }

    fn import(&self, export: &VaultExport) -> Run {
        import(&self.two, export)
    }

    /// A request to the second vault by a desk that knows this head of the first.
    fn knowing(&self, request: Request, head: Head) -> Asked {
        let mut request = request;
        request.vault_heads.insert(self.one.station_id(), head);
        self.two.asked(request)
    }

    fn honest(&self, request: Request) -> Asked {
        self.knowing(request, self.one.head())
    }

    /// The first vault pays, and the desk has its reply.
    fn first_pays(&self, coins: u128, reference: &str, nonce: u64, reply: &str) {
        self.first_signs(vec![self.one.pay(EXCHANGE, coins * COIN, reference)], nonce, reply);
        self.known.set(self.one.reply(reply).head);
    }

    fn first_signs(&self, intents: Vec<Intent>, nonce: u64, reply: &str) {
        let mut request = self.one.request(intents, nonce);
        request.vault_heads.insert(self.one.station_id(), self.known.get());
        self.one.sign(&self.one.asked(request), &format!("@{reply}")).ok();
    }

    fn second(&self, coins: u128, reference: &str, nonce: u64) -> Request {
        let mut request = self.two.request(vec![self.two.pay(EXCHANGE, coins * COIN, reference)], nonce);
        // By a desk that took in no reply of the second vault yet.
        request.vault_heads.insert(self.two.station_id(), Head::start(house_id()));
        request
    }
}

fn export_of(house: &House, replies: &[&str]) -> VaultExport {
    let replies = replies.iter().map(|name| {
        let sealed: Sealed<Reply> = Bundle::read(&house.bench.read(name)).unwrap();
        canonical::encode(&sealed).into()
    });
    VaultExport {
        house: house_id(),
        station: house.station_id(),
        replies: replies.collect(),
        policies: Vec::new(),
        books: Vec::new(),
        accounts: Vec::new(),
    }
}

fn import(house: &House, export: &VaultExport) -> Run {
    house.bench.write("other.export", Bundle::write(export));
    house.bench.run(&["--output", "json", "journal", "import", "@other.export"])
}

fn convoy(house: &House, asked: &Asked, exports: Vec<VaultExport>) {
    let approvals = asked.approvals.iter().map(ToString::to_string).collect();
    let pack = Pack { request: canonical::encode(&asked.request), approvals };
    house.bench.write("sign.pack", Bundle::write(&Convoy { pack, exports }));
}

/// Signs what came with exports of other vaults.
fn sign_convoy(house: &House, asked: &Asked, exports: Vec<VaultExport>, out: &str) -> Run {
    convoy(house, asked, exports);
    let args = ["sign", "@sign.pack", "--confirm", &asked.code, "-o", out];
    house.bench.run_secrets(&args, &[STATION_PASS, KEY_PASS])
}

#[test]
fn a_reference_pays_once_at_whichever_station() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    let again = pair.honest(pair.second(1, "inv/1", 0));
    pair.two.sign(&again, "@a.reply").refused(5, LEARN);
    let run = pair.import(&pair.export(&["1.reply"])).ok().json();
    assert_eq!(run["data"]["learned"]["claims"], 1);
    assert_eq!(run["data"]["name"], "vault-one");
    pair.two.sign(&again, "@a.reply").refused(3, "reference \"inv/1\" already pays this destination");
    // Twice is once, and another reference is paid.
    let run = pair.import(&pair.export(&["1.reply"])).ok().json();
    assert_eq!(run["data"]["learned"]["lines"], 0);
    pair.two.sign(&pair.honest(pair.second(1, "INV-2", 0)), "@b.reply").ok();
    assert!(!pair.two.bench.path("a.reply").exists());
    pair.two.bench.run(&["journal", "verify"]).ok();
    pair.two.bench.run(&["journal", "show"]).ok().says("up to its line").says("1 claim(s)");
}

#[test]
fn what_the_pack_brings_is_learned_before_anything_is_judged() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    let export = pair.export(&["1.reply"]);
    let again = pair.honest(pair.second(1, "INV-1", 0));
    // A review says the same and changes nothing.
    convoy(&pair.two, &again, vec![export.clone()]);
    let before = pair.two.bench.read("home/journal");
    pair.two
        .bench
        .run(&["review", "@sign.pack"])
        .refused(3, "already pays")
        .says("vault-one: learned up to line");
    assert_eq!(pair.two.bench.read("home/journal"), before);
    sign_convoy(&pair.two, &again, vec![export.clone()], "@a.reply").refused(3, "already pays");
    let events = pair.two.bench.events();
    assert_eq!(events[events.len() - 2..], ["learned", "refused"]);
    // It counts also when it is left out the next time, whatever that desk says it knows.
    let ignorant = pair.knowing(pair.second(1, "INV-1", 0), Head::start(house_id()));
    pair.two.sign(&ignorant, "@a.reply").refused(3, "already pays");
    let other = pair.honest(pair.second(1, "INV-2", 0));
    let own = export_of(&pair.two, &[]);
    sign_convoy(&pair.two, &other, vec![export, own], "@b.reply").ok();
    pair.two.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_day_split_over_two_stations_is_one_day() {
    let text = |text: String| {
        let text = text.replacen("max_day = \"500\"", "max_day = \"60\"", 1);
        text.replacen("max_request = \"400\"", "max_request = \"60\"", 1)
    };
    let pair = Pair::with(text);
    pair.first_pays(40, "INV-1", 7, "1.reply");
    pair.import(&pair.export(&["1.reply"])).ok();
    let rest = pair.honest(pair.second(40, "INV-2", 0));
    pair.two.sign(&rest, "@a.reply").refused(3, "over the limit of 60 ETH for a rolling day");
    pair.two.sign(&pair.honest(pair.second(19, "INV-2", 0)), "@a.reply").ok();
    // A day later it is another day.
    pair.two.bench.later(86_401);
    pair.two.sign(&pair.honest(pair.second(40, "INV-3", 1)), "@b.reply").ok();
}

#[test]
fn a_tier_split_over_two_stations_is_one_tier() {
    let tier = "max_day = \"500\"\n\n[[asset.tier]]\nabove = \"60\"\napprovals = 3\n";
    let pair = Pair::with(|text| text.replacen("max_day = \"500\"\n", tier, 1));
    pair.first_pays(40, "INV-1", 7, "1.reply");
    pair.import(&pair.export(&["1.reply"])).ok();
    let mut rest = pair.honest(pair.second(40, "INV-2", 0));
    pair.two
        .sign(&rest, "@a.reply")
        .refused(3, "3 approvals are needed for the amounts of this day, 2 are here");
    rest.approvals.push(pair.two.approval(&rest.request, "judy"));
    pair.two.sign(&rest, "@a.reply").ok();
}

#[test]
fn fees_of_both_stations_are_one_days_fees() {
    // One payment costs at most 0.0018.
    let pair = Pair::with(|text| {
        let text = text.replacen("max_fee_day = \"5\"", "max_fee_day = \"0.003\"", 1);
        text.replacen("max_fee = \"0.05\"", "max_fee = \"0.002\"", 1)
    });
    pair.first_pays(1, "INV-1", 7, "1.reply");
    pair.import(&pair.export(&["1.reply"])).ok();
    let second = pair.honest(pair.second(1, "INV-2", 0));
    pair.two.sign(&second, "@a.reply").refused(3, "for fees in a rolling day");
}

#[test]
fn a_desk_cannot_leave_the_other_station_out() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    let mut silent = pair.second(1, "INV-1", 0);
    silent.vault_heads.remove(&pair.one.station_id());
    pair.two
        .sign(&pair.two.asked(silent.clone()), "@a.reply")
        .refused(5, "the request names no head of the journal of station vault-one");
    // An approver who was shown no head of it approves nothing here.
    let mut asked = pair.honest(pair.second(1, "INV-1", 0));
    asked.approvals[0] = pair.two.approval(&silent, "bob");
    pair.import(&pair.export(&["1.reply"])).ok();
    let run = pair.two.sign(&asked, "@a.reply");
    run.refused(5, "the statement of bob names no head of the journal of station vault-one");
    assert_eq!(pair.two.bench.events().last().unwrap(), "refused");
}

#[test]
fn a_desk_that_names_an_old_head_is_contradicted_by_one_approver() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    let request = pair.second(1, "INV-1", 0);
    assert_eq!(request.vault_heads[&pair.one.station_id()], Head::start(house_id()));
    let mut asked = pair.two.asked(request.clone());
    // Carol's station has taken the reply in.
    let mut knowing = request;
    knowing.vault_heads.insert(pair.one.station_id(), pair.one.head());
    asked.approvals[1] = pair.two.approval(&knowing, "carol");
    let run = pair.two.sign(&asked, "@a.reply").refused(5, "the statement of carol knows line");
    run.says(LEARN);
    pair.import(&pair.export(&["1.reply"])).ok();
    pair.two.sign(&asked, "@a.reply").refused(3, "already pays");
}

#[test]
fn a_head_that_contradicts_what_was_learned_is_refused() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    pair.import(&pair.export(&["1.reply"])).ok();
    let head = Head { hash: JournalHash::of(b"another"), ..pair.one.head() };
    let lied = pair.knowing(pair.second(1, "INV-2", 0), head);
    pair.two.sign(&lied, "@a.reply").refused(5, "knows another line");
    let lied = pair.knowing(pair.second(1, "INV-2", 0), Head { sequence: 0, ..head });
    pair.two.sign(&lied, "@a.reply").refused(5, "knows another line 0");
    // One that nobody has learned yet is simply missing.
    let ahead = pair.knowing(pair.second(1, "INV-2", 0), Head { sequence: head.sequence + 1, ..head });
    pair.two.sign(&ahead, "@a.reply").refused(5, LEARN);
    pair.two.sign(&pair.honest(pair.second(1, "INV-2", 0)), "@a.reply").ok();
}

#[test]
fn what_the_other_vault_did_not_seal_is_not_learned() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    pair.first_pays(1, "INV-2", 8, "2.reply");
    let right = pair.export(&["1.reply", "2.reply"]);
    let before = pair.two.bench.read("home/journal");
    let sealed: Sealed<Reply> = canonical::decode(&right.replies[0]).unwrap();
    let bytes = sealed.bytes().to_vec();
    let other_key =
        Sealed::<Reply>::new(bytes.clone(), signature("mallory", Namespace::Reply, &bytes)).unwrap();
    // The reply's key is right, but it was given for something else.
    let other_purpose =
        Sealed::<Reply>::new(bytes.clone(), signature("bob", Namespace::Plan, &bytes)).unwrap();
    let under_the_seal = |change: &dyn Fn(&mut Reply)| {
        let mut reply = sealed.value().clone();
        change(&mut reply);
        Sealed::<Reply>::new(canonical::encode(&reply), SshSignature::clone(sealed.signature())).unwrap()
    };
    let cut = under_the_seal(&|reply| drop(reply.lines.pop()));
    let extended = under_the_seal(&|reply| reply.lines.push(reply.lines[0].clone()));
    let reordered = under_the_seal(&|reply| reply.lines.reverse());
    let elsewhere = under_the_seal(&|reply| reply.house = HouseId::of(b"another"));
    for bad in [other_key, other_purpose, cut, extended, reordered, elsewhere] {
        let bad = VaultExport { replies: vec![canonical::encode(&bad).into()], ..right.clone() };
        pair.import(&bad).refused(5, "is not sealed by that station");
        let asked = pair.honest(pair.second(1, "INV-9", 0));
        let run = sign_convoy(&pair.two, &asked, vec![bad], "@a.reply");
        run.refused(5, "what the pack brings of other vaults is refused: station vault-one");
        assert_eq!(pair.two.bench.events().last().unwrap(), "refused");
    }
    pair.import(&VaultExport { house: HouseId::of(b"another"), ..right.clone() })
        .refused(5, "it is of house");
    let stranger = VaultExport { station: StationId::of(b"another"), ..right.clone() };
    pair.import(&stranger).refused(5, "nor one that the policy pins");
    let asked = pair.honest(pair.second(1, "INV-9", 0));
    sign_convoy(&pair.two, &asked, vec![stranger], "@a.reply").refused(5, "pins no station");
    let noise = VaultExport { replies: vec![vec![1, 2, 3].into()], ..right.clone() };
    pair.import(&noise).refused(9, "cannot be read");
    // The first reply is held back: the lines would not join.
    pair.import(&pair.export(&["2.reply"])).refused(8, "begin after line");
    assert!(!pair.two.bench.events().contains(&"learned".to_owned()));
    assert!(pair.two.bench.read("home/journal").starts_with(&before));
    // In any order, and from where it was left.
    pair.import(&pair.export(&["2.reply", "1.reply"])).ok();
    pair.first_pays(1, "INV-3", 9, "3.reply");
    let run = pair.import(&pair.export(&["3.reply"])).ok().json();
    assert_eq!(run["data"]["learned"]["claims"], 1);
    pair.two.sign(&pair.honest(pair.second(1, "INV-3", 0)), "@a.reply").refused(3, "already pays");
    pair.two.bench.run(&["journal", "verify"]).ok();
}

/// The first vault's home was copied, and both copies sign.
fn forked() -> Pair {
    let pair = Pair::new();
    pair.one.bench.copy("home", "backup");
    pair.first_signs(vec![pair.one.pay(EXCHANGE, COIN, "INV-1")], 7, "1.reply");
    pair.one.bench.restore("backup", "home");
    pair.one.bench.blind_to_recorded();
    pair.first_signs(vec![pair.one.pay(SUPPLIER, COIN, "INV-8")], 7, "fork.reply");
    pair
}

#[test]
fn a_vault_that_was_copied_stops_the_house() {
    let pair = forked();
    let before = pair.one.reply("1.reply").head;
    pair.import(&pair.export(&["1.reply"])).ok();
    pair.two.sign(&pair.knowing(pair.second(1, "INV-2", 0), before), "@a.reply").ok();
    pair.import(&pair.export(&["fork.reply"])).refused(5, "somebody copied that vault");
    assert_eq!(pair.two.bench.events().last().unwrap(), "forked");
    // It is remembered: nothing is paid, whatever head is named.
    for head in [before, pair.one.head(), Head::start(house_id())] {
        let asked = pair.knowing(pair.second(1, "INV-3", 1), head);
        pair.two.sign(&asked, "@b.reply").refused(5, "station vault-one has sealed two different lines");
    }
    // The way out to our own accounts stays open.
    let home = pair.two.request(vec![pair.two.pay(ADDRESS, COIN, "HOME-1")], 1);
    pair.two.sign(&pair.knowing(home, before), "@c.reply").ok();
    // And the admins take the station out.
    let text = policy_text(&pair.two.station, &pair.two.accounts);
    let next = format!("epoch = 2\nprevious = \"{}\"\n", pair.two.policy.id());
    let text = text.replacen("epoch = 1\n", &next, 1);
    pair.two.bench.write("policy-2.txt", sign(&["erin", "frank"], Namespace::Policy, &text).to_string());
    pair.two.bench.run(&["policy", "install", "@policy-2.txt"]).ok();
    let two = House { policy: Policy::unsigned(&text).unwrap(), ..pair.two };
    let request = two.request(vec![two.pay(EXCHANGE, COIN, "INV-3")], 2);
    two.sign(&two.asked(request), "@d.reply").ok();
    // What was learned of it still counts.
    let request = two.request(vec![two.pay(EXCHANGE, COIN, "INV-1")], 3);
    two.sign(&two.asked(request), "@e.reply").refused(3, "already pays");
    two.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_fork_is_seen_within_one_export_and_in_a_pack() {
    let pair = forked();
    let both = pair.export(&["1.reply", "fork.reply"]);
    let asked = pair.honest(pair.second(1, "INV-2", 0));
    convoy(&pair.two, &asked, vec![both.clone()]);
    pair.two.bench.run(&["review", "@sign.pack"]).refused(5, "somebody copied that vault");
    assert!(!pair.two.bench.events().contains(&"forked".to_owned()));
    sign_convoy(&pair.two, &asked, vec![both], "@a.reply").refused(5, "somebody copied that vault");
    let events = pair.two.bench.events();
    assert_eq!(events[events.len() - 2..], ["forked", "refused"]);
    pair.import(&pair.export(&["1.reply"])).ok();
    pair.two.sign(&asked, "@a.reply").refused(5, "sealed two different lines");
    pair.two.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn both_stations_work_in_turn() {
    let pair = Pair::new();
    let mut known = BTreeMap::from([
        (pair.one.station_id(), Head::start(house_id())),
        (pair.two.station_id(), Head::start(house_id())),
    ]);
    let mut exports: BTreeMap<StationId, Vec<String>> = BTreeMap::new();
    for round in 0..3u64 {
        for (house, other) in [(&pair.one, &pair.two), (&pair.two, &pair.one)] {
            let reference = format!("INV-{round}-{}", house.station_id());
            let mut request = house.request(vec![house.pay(EXCHANGE, COIN, &reference[..20])], round);
            request.vault_heads = known.clone();
            let asked = house.asked(request);
            let names = exports.entry(other.station_id()).or_default();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let out = format!("{round}.reply");
            sign_convoy(house, &asked, vec![export_of(other, &names)], &format!("@{out}")).ok();
            known.insert(house.station_id(), house.reply(&out).head);
            exports.entry(house.station_id()).or_default().push(out);
        }
    }
    for house in [&pair.one, &pair.two] {
        house.bench.run(&["journal", "verify"]).ok();
    }
}

#[test]
fn each_station_signs_its_part_of_one_request() {
    let pair = Pair::new();
    let accounts: Vec<_> = [&pair.one, &pair.two].iter().map(|house| house.accounts[0].clone()).collect();
    let mut theirs = pair.one.pay(EXCHANGE, COIN, "PART-2");
    theirs.account = accounts[1].id();
    let intents = vec![pair.one.pay(EXCHANGE, COIN, "PART-1"), theirs];
    let Pair { one, two, .. } = pair;
    let one = House { accounts, ..one };
    let mut request = one.request(intents, 4);
    request.vault_heads = BTreeMap::from([
        (one.station_id(), Head::start(house_id())),
        (two.station_id(), Head::start(house_id())),
    ]);
    let asked = one.asked(request);
    one.sign(&asked, "@1.reply").ok();
    // The second learns that the first claimed the whole of it, and signs its own part all the same, in any slot.
    sign_convoy(&two, &asked, vec![export_of(&one, &["1.reply"])], "@2.reply").ok();
    let run = import(&one, &export_of(&two, &["2.reply"])).ok().json();
    assert_eq!(run["data"]["learned"]["claims"], 1);
    for house in [&one, &two] {
        house.bench.run(&["journal", "verify"]).ok();
    }
    // What each paid is paid for the other.
    let mut again = one.request(vec![one.pay(EXCHANGE, COIN, "PART-2")], 9);
    again.vault_heads.insert(two.station_id(), two.head());
    one.sign(&one.asked(again), "@3.reply").refused(3, "already pays");
}

#[test]
fn a_rejection_that_one_vault_saw_holds_at_the_other() {
    let pair = Pair::new();
    let mut asked = pair.two.asked(pair.second(1, "INV-1", 0));
    let rejection = pair.two.statement(&asked.request, "judy", strongroom_protocol::Verdict::Reject);
    let rejected =
        Asked { approvals: vec![sign(&["judy"], Namespace::Statement, &rejection)], ..asked.clone() };
    pair.one.sign(&rejected, "@a.reply").refused(3, "judy rejected this plan");
    pair.first_pays(1, "INV-2", 7, "1.reply");
    asked.request.vault_heads.insert(pair.one.station_id(), pair.one.head());
    let asked = pair.two.asked(asked.request);
    let run = sign_convoy(&pair.two, &asked, vec![pair.export(&["1.reply"])], "@b.reply");
    run.refused(3, "judy rejected this plan before");
}

#[test]
fn a_recovering_home_learns_nothing_and_gets_back_what_it_had_learned() {
    let pair = Pair::new();
    pair.two.bench.copy("home", "backup");
    pair.first_pays(1, "INV-1", 7, "1.reply");
    pair.import(&pair.export(&["1.reply"])).ok();
    pair.two.sign(&pair.honest(pair.second(1, "INV-2", 0)), "@2.reply").ok();
    pair.two.bench.restore("backup", "home");
    pair.import(&pair.export(&["1.reply"])).refused(3, "recovering");
    let asked = pair.honest(pair.second(1, "INV-3", 0));
    sign_convoy(&pair.two, &asked, vec![pair.export(&["1.reply"])], "@a.reply").refused(3, "recovering");
    import(&pair.two, &export_of(&pair.two, &["2.reply"])).ok();
    let bench = &pair.two.bench;
    bench.run(&["recover", "draft", "--reason", "the disk broke", "-o", "@draft.txt"]).ok();
    let text = String::from_utf8(bench.read("draft.txt")).unwrap();
    bench.write("recovery.txt", sign(&["erin", "frank"], Namespace::Recovery, &text).to_string());
    bench.run(&["recover", "@recovery.txt"]).ok();
    pair.two.sign(&pair.honest(pair.second(1, "INV-1", 1)), "@b.reply").refused(3, "already pays");
    pair.two.sign(&pair.honest(pair.second(1, "INV-3", 1)), "@b.reply").ok();
    bench.run(&["journal", "verify"]).ok();
}

#[test]
fn what_was_only_supposed_is_never_written_down() {
    let pair = Pair::new();
    pair.first_pays(1, "INV-1", 7, "1.reply");
    let path = pair.two.bench.path("home/journal");
    let find = |path: &std::path::Path| {
        let found = strongroom_vault::find_place(path)?;
        Ok(strongroom_journal::Place { machine: Some(1), ..found })
    };
    let open = || Chronicle::open(&path, house_id(), &find, pair.two.now()).unwrap();
    let before = std::fs::read(&path).unwrap();
    let mut chronicle = open();
    let export = pair.export(&["1.reply"]);
    let lesson = chronicle.lesson(&export, &pair.two.policy, house_id()).unwrap();
    chronicle.suppose(&lesson).unwrap();
    let entry = VaultEntry::TornTail { bytes: 1 };
    assert!(matches!(chronicle.append(pair.two.now(), entry), Err(ChronicleError::Supposing)));
    // A lesson counts once.
    assert!(matches!(chronicle.learn(pair.two.now(), lesson), Err(ChronicleError::Foreign)));
    drop(chronicle);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(open().others().is_empty());
}

/// A line of a vault whose key is in these tests' hands.
fn line(entry: VaultEntry, after: Head, at: strongroom_protocol::Timestamp) -> (Vec<u8>, Head) {
    let line = Line { sequence: after.sequence + 1, previous: after.hash, at, entry };
    let bytes = canonical::encode(&line);
    let head = Head { sequence: line.sequence, hash: JournalHash::of(&bytes) };
    (bytes, head)
}

fn claim(number: u32) -> Claim {
    let asset: strongroom_protocol::AssetId = "eip155:1/slip44:60".parse().unwrap();
    Claim {
        intent: number,
        account: strongroom_protocol::AccountId::of(b"theirs"),
        slots: vec![format!("eip155:1:{STRANGER}/{number}").parse().unwrap()],
        until: None,
        payments: vec![Payment {
            asset: asset.clone(),
            to: EXCHANGE.parse().unwrap(),
            amount: Amount::from(1u64),
            own: false,
        }],
        fee_cap: Amount::from(1u64),
        fee_asset: asset,
        reference: format!("PAYROLL-{number}").parse().unwrap(),
    }
}

/// The most memory that this process ever held, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_batch_of_a_hundred_thousand_is_learned_within_reason() {
    const LINES: u32 = 100_000;
    let house = House::with(|text| {
        text.replacen("[[chain]]", &second_station(&public("station-two").to_string(), None), 1)
    });
    let (station, at) = (public("station-two").station(), house.now());
    let request = |reference| house.request(vec![house.pay(EXCHANGE, COIN, reference)], 7);
    let (repeated, another) = (request("PAYROLL-99999"), request("PAYROLL-100000"));
    let request = RequestId::of(b"batch");
    let opened = VaultEntry::Opened { house: house_id(), station, place: None };
    let claimed = VaultEntry::Claimed {
        request,
        plan: PlanId::of(b"batch"),
        policy: PolicyId::of(b"policy"),
        book: BookId::of(b"book"),
        operator: "dave".parse().unwrap(),
        approvers: Vec::new(),
        claims: (0..LINES).map(claim).collect(),
    };
    let (first, head) = line(opened, Head::start(house_id()), at);
    let (second, head) = line(claimed, head, at);
    let told = second.len();
    let reply = Reply {
        house: house_id(),
        station,
        request,
        plan: PlanId::of(b"batch"),
        items: Vec::new(),
        since: Head::start(house_id()),
        lines: vec![first.into(), second.into()],
        head,
        signed_at: at,
        machine: Warmth::Cold,
    };
    let bytes = canonical::encode(&reply);
    drop(reply);
    let seal = signature("station-two", Namespace::Reply, &bytes);
    let sealed = Sealed::<Reply>::new(bytes, seal).unwrap();
    let replies = vec![canonical::encode(&sealed).into()];
    let empty = (Vec::new(), Vec::new(), Vec::new());
    let (policies, books, accounts) = empty;
    let export = VaultExport { house: house_id(), station, replies, policies, books, accounts };
    let before = std::fs::metadata(house.bench.path("home/journal")).unwrap().len();
    let run = import(&house, &export).ok().json();
    assert_eq!(run["data"]["learned"]["claims"], LINES);
    drop(export);
    // The journal holds what was told, and not more.
    let grown = std::fs::metadata(house.bench.path("home/journal")).unwrap().len() - before;
    assert!(grown < u64::try_from(told).unwrap() + 1000, "{grown} bytes for {told}");
    // With the other vault's batch in these hands four times over, and once in its memory as digests.
    let peak = peak();
    assert!(peak < 600_000, "{peak} kB");
    let asked = |mut request: Request| {
        request.vault_heads.insert(station, head);
        house.asked(request)
    };
    house.sign(&asked(repeated), "@a.reply").refused(3, "already pays");
    house.sign(&asked(another), "@a.reply").ok();
    eprintln!("{grown} bytes of journal, {peak} kB at most");
}
