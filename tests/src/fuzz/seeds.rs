//! What each target starts from: small files, made from real objects of the house.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a fixture"
)]

use std::collections::BTreeMap;

use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use strongroom_evm_codec::{EvmCodec, NETWORKS, erc20_asset, native_asset, slot};
use strongroom_journal::{Convoy, DeskEntry, Entry, LearnedClaims, Line, VaultEntry, VaultExport};
use strongroom_ledger::{Channel, frames};
use strongroom_policy::Thaw;
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::canonical::Document;
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Action, Amount, Bundle, Claim, Codec as _, EvmFacts, EvmFees, Facts, Head, Intent, JournalHash,
    KeyProvenance, Payment, Plan, Reply, Request, Sealed, Signature, SignedItem, Timestamp, Unsigned,
    Verdict, canonical,
};

use super::targets;
use crate::house::{EXCHANGE, Person, SUPPLIER, TestHouse, facts};

const COIN: u128 = 1_000_000_000_000_000_000;

/// One file of the corpus.
pub struct Seed {
    /// Whose corpus it belongs to.
    pub target: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

#[derive(Default)]
struct Corpus(Vec<Seed>);

impl Corpus {
    fn add(&mut self, target: &'static str, name: &'static str, bytes: impl Into<Vec<u8>>) {
        self.0.push(Seed { target, name, bytes: bytes.into() });
    }

    /// A document, alone and in its bundle.
    fn document(&mut self, target: &'static str, name: &'static str, document: &impl Document) {
        self.add(target, name, canonical::encode(document));
        self.add("bundle", name, Bundle::write(document));
    }
}

/// Every seed, always the same.
pub fn seeds() -> Vec<Seed> {
    let house = TestHouse::new("eip155:1", |text| text);
    let mut corpus = Corpus::default();
    documents(&mut corpus, &house);
    transactions(&mut corpus);
    texts(&mut corpus, &house);
    lines(&mut corpus, &house);
    journals(&mut corpus);
    words(&mut corpus, &house);
    desks(&mut corpus);
    ledgers(&mut corpus, &house);
    corpus.0
}

/// A plan with each kind of action.
fn plan(house: &TestHouse) -> Plan {
    let amount = Amount::from(5_000_000u64);
    let pay = Action::Pay { asset: house.token(), to: EXCHANGE.parse().unwrap(), amount };
    let revoke = Action::Revoke { asset: house.token(), spender: SUPPLIER.parse().unwrap() };
    let void = Action::Void { slot: slot(&house.chain, &house.accounts[0].address, 10).unwrap() };
    let reason = Some("Überweisung für 出金".parse().unwrap());
    house.plan(vec![
        Intent { reason, ..house.pay(EXCHANGE, 2 * COIN, "INV-1") },
        house.intent(pay, "Invoice 2026/117"),
        house.intent(revoke, "clean up"),
        house.intent(void, "void 10"),
    ])
}

fn seal<T: Sealable>(person: &Person, value: &T) -> Sealed<T> {
    let bytes = canonical::encode(value);
    let signature = person.sign(T::NAMESPACE, &bytes);
    Sealed::new(bytes, signature).unwrap()
}

fn documents(corpus: &mut Corpus, house: &TestHouse) {
    let plan = plan(house);
    let small = house.plan(vec![house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let station = house.station.public_key().station();
    let head = Head { sequence: 17, hash: JournalHash::of(b"line 17") };
    let account = &house.accounts[0];
    corpus.document("account", "account", account);
    corpus.document("account", "account-record", &seal(&house.station, account));
    corpus.document("plan", "plan", &plan);
    corpus.document("plan", "prepared-plan", &house.seal(&small));
    corpus.add("planted-spelling", "plan", canonical::encode(&plan));
    let mut request = house.request(&plan, 7);
    request.vault_heads = BTreeMap::from([(station, head)]);
    request.items[0].rungs.push(house.rung(&plan.intents[0], &facts(7, 40)));
    corpus.document("request", "request", &request);
    let request = house.request(&small, 7);
    corpus.document("request", "small-request", &request);
    let approvals = house.approvals(&small).iter().map(ToString::to_string).collect();
    let pack = Pack { request: canonical::encode(&request), approvals };
    corpus.document("pack", "pack", &pack);
    let reply = reply(house, &request, &small);
    corpus.document("reply", "reply", &reply);
    let sealed = seal(&house.station, &reply);
    corpus.document("reply", "sealed-reply", &sealed);
    let export = VaultExport {
        house: house.id,
        station,
        replies: vec![canonical::encode(&sealed).into()],
        policies: vec!["a policy".to_owned()],
        books: Vec::new(),
        accounts: vec![canonical::encode(&seal(&house.station, account)).into()],
    };
    corpus.document("vault-export", "export", &export);
    let exports = vec![VaultExport { policies: Vec::new(), accounts: Vec::new(), ..export }];
    corpus.document("vault-export", "convoy", &Convoy { pack, exports });
}

/// The reply of a vault whose journal began with this request.
fn reply(house: &TestHouse, request: &Request, plan: &Plan) -> Reply {
    let tx = EvmCodec.decode(&house.accounts[0], &request.items[0].rungs[0].unsigned).unwrap();
    let signature: k256::ecdsa::Signature = house.keys[0].sign_prehash(&tx.tasks()[0].digest).unwrap();
    let station = house.station.public_key().station();
    let signatures = JournalHash::of(b"signatures");
    let signed = VaultEntry::Signed { request: request.id(), signatures, machine: house.machine };
    let since = Head { sequence: 0, hash: JournalHash::from_bytes(*house.id.as_bytes()) };
    let lines = chain(since, vec![claimed(house, request, plan), signed]);
    let bytes: Vec<_> = lines.iter().map(canonical::encode).collect();
    let head = Head { sequence: 2, hash: JournalHash::of(&bytes[1]) };
    let rungs = vec![vec![Signature(signature.to_bytes().to_vec())]];
    Reply {
        house: house.id,
        station,
        request: request.id(),
        plan: plan.id(),
        items: vec![SignedItem { intent: 0, rungs, blind: false }],
        since,
        lines: bytes.into_iter().map(Into::into).collect(),
        head,
        signed_at: house.start().plus(3600),
        machine: house.machine,
    }
}

fn claimed(house: &TestHouse, request: &Request, plan: &Plan) -> VaultEntry {
    let account = &house.accounts[0];
    let to = EXCHANGE.parse().unwrap();
    let claim = Claim {
        intent: 0,
        account: account.id(),
        slots: vec![slot(&house.chain, &account.address, 7).unwrap()],
        until: None,
        payments: vec![Payment { asset: house.native(), to, amount: Amount::from(2 * COIN), own: false }],
        fee_cap: Amount::from(1_800_000_000_000_000u64),
        fee_asset: house.native(),
        reference: "INV-1".parse().unwrap(),
    };
    VaultEntry::Claimed {
        request: request.id(),
        plan: plan.id(),
        policy: house.policy.id(),
        book: house.book.id(),
        operator: house.operator.clone(),
        approvers: house.approvers[..2].iter().map(|person| person.name.clone()).collect(),
        claims: vec![claim],
    }
}

/// What another vault would learn of that.
fn learned(house: &TestHouse, request: &Request, plan: &Plan) -> VaultEntry {
    let VaultEntry::Claimed { claims, .. } = claimed(house, request, plan) else {
        return VaultEntry::TornTail { bytes: 0 };
    };
    let at = Timestamp::from_unix(1_800_000_000);
    VaultEntry::Learned {
        station: house.station.public_key().station(),
        after: Head { sequence: 16, hash: JournalHash::of(b"line 16") },
        lines: vec![JournalHash::of(b"line 17"), JournalHash::of(b"line 18")],
        claimed: vec![LearnedClaims { at, plan: plan.id(), claims }],
        rejected: vec![(plan.id(), house.approvers[0].name.clone())],
    }
}

/// Lines that follow one another.
fn chain<E: Entry>(since: Head, entries: Vec<E>) -> Vec<Line<E>> {
    let mut at = since;
    let mut lines = Vec::new();
    for entry in entries {
        let sequence = at.sequence + 1;
        let line = Line { sequence, previous: at.hash, at: Timestamp::from_unix(1_800_000_000), entry };
        at = Head { sequence, hash: JournalHash::of(&canonical::encode(&line)) };
        lines.push(line);
    }
    lines
}

fn transactions(corpus: &mut Corpus) {
    for (number, name) in (0u8..).zip(["ethereum", "polygon", "amoy", "sepolia"]) {
        let account = targets::account(number).unwrap();
        assert_eq!(account.chain.as_str(), NETWORKS[usize::from(number)].chain);
        let native = native_asset(&account.chain).unwrap();
        let token = erc20_asset(&account.chain, &crate::house::TOKEN.parse().unwrap()).unwrap();
        let to = EXCHANGE.parse().unwrap();
        let action = match number {
            0 => Action::Pay { asset: native, to, amount: Amount::from(2 * COIN) },
            1 => Action::Pay { asset: token, to, amount: Amount::MAX },
            2 => Action::Revoke { asset: token, spender: to },
            _ => Action::Void { slot: slot(&account.chain, &account.address, 7).unwrap() },
        };
        let legacy = EvmFacts {
            nonce: 7,
            gas_limit: 21_000,
            fees: EvmFees::Legacy { gas_price: Amount::from(20_000_000_000u64) },
        };
        for (name, facts) in [(name, facts(7, 30)), (legacy_name(name), Facts::Evm(legacy))] {
            let intent = Intent {
                account: account.id(),
                actions: vec![action.clone()],
                max_fee: Amount::MAX,
                not_after: Timestamp::from_unix(1_900_000_000),
                reference: "fuzz".parse().unwrap(),
                reason: None,
            };
            let Unsigned(bytes) = EvmCodec.build(&account, &intent, &facts).unwrap();
            corpus.add("transaction", name, [&[number], bytes.as_slice()].concat());
        }
    }
}

fn legacy_name(name: &str) -> &'static str {
    match name {
        "ethereum" => "ethereum-legacy",
        "polygon" => "polygon-legacy",
        "amoy" => "amoy-legacy",
        _ => "sepolia-legacy",
    }
}

fn texts(corpus: &mut Corpus, house: &TestHouse) {
    let plan = plan(house);
    let statement = house.statement(&plan, &house.approvers[0], Verdict::Approve).to_string();
    let signature = house.approvers[0].sign(Namespace::Statement, statement.as_bytes());
    corpus.add("statement", "approval", statement.clone());
    corpus.add(
        "statement",
        "rejection",
        house.statement(&plan, &house.approvers[1], Verdict::Reject).to_string(),
    );
    corpus.add("signed-text", "statement", house.approval(&plan, &house.approvers[0]).to_string());
    corpus.add("signed-text", "book", house.book_text.to_string());
    corpus.add("signed-text", "unsigned", statement);
    corpus.add("ssh-signature", "armour", signature.to_armour());
    corpus.add("ssh-signature", "blob", signature.blob());
    corpus.add("policy", "policy", house.policy_text.text());
    corpus.add("book", "book", house.book_text.text());
    corpus.add("genesis", "genesis", house.genesis.text());
    let thaw = Thaw { house: targets::thawed_house(), freeze: JournalHash::of(b"freeze") };
    corpus.add("thaw", "thaw", thaw.text());
}

fn lines(corpus: &mut Corpus, house: &TestHouse) {
    let plan = house.plan(vec![house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let request = house.request(&plan, 7);
    let id = request.id();
    let by = || house.approvers[0].name.clone();
    let reason = || "drill".parse().unwrap();
    let since = Head { sequence: 16, hash: JournalHash::of(b"line 16") };
    let vault = [
        ("policy", VaultEntry::PolicyInstalled { policy: house.policy.id(), epoch: 1 }),
        ("book", VaultEntry::BookInstalled { book: house.book.id(), epoch: 300 }),
        (
            "key",
            VaultEntry::KeyAdded {
                key: "cold".parse().unwrap(),
                fingerprint: [7; 4],
                provenance: KeyProvenance::Restored,
            },
        ),
        ("enrolled", VaultEntry::Enrolled { account: house.accounts[0].id() }),
        ("claimed", claimed(house, &request, &plan)),
        (
            "signed",
            VaultEntry::Signed {
                request: id,
                signatures: JournalHash::of(b"signatures"),
                machine: house.machine,
            },
        ),
        (
            "refused",
            VaultEntry::Refused {
                request: Some(id),
                rule: "quorum".parse().unwrap(),
                exit: 3,
                why: "quorum: 2 approvals are needed".parse().unwrap(),
            },
        ),
        ("frozen", VaultEntry::Frozen { by: by(), reason: reason() }),
        ("thawed", VaultEntry::Thawed { freeze: JournalHash::of(b"freeze") }),
        ("torn", VaultEntry::TornTail { bytes: 12 }),
        ("rejected", VaultEntry::Rejected { plan: plan.id(), by: by() }),
        ("learned", learned(house, &request, &plan)),
        (
            "forked",
            VaultEntry::Forked {
                station: house.station.public_key().station(),
                line: 17,
                known: JournalHash::of(b"line 17"),
                told: JournalHash::of(b"another line 17"),
            },
        ),
    ];
    for (name, entry) in vault {
        corpus.add("vault-line", name, canonical::encode(&chain(since, vec![entry])[0]));
    }
    let spent = slot(&house.chain, &house.accounts[0].address, 7).unwrap();
    let transaction = format!("0x{}", "5c".repeat(32));
    let station = house.station.public_key().station();
    let desk = [
        ("opened", DeskEntry::Opened { house: house.id }),
        ("reserved", DeskEntry::Reserved { request: id, plan: plan.id(), slots: vec![spent.clone()] }),
        ("abandoned", DeskEntry::Abandoned { request: id }),
        ("imported", DeskEntry::Imported { request: id, station, head: since.hash }),
        ("sent", DeskEntry::Sent { request: id, intent: 0, transaction: transaction.clone() }),
        ("settled", DeskEntry::Settled { slot: spent, transaction, success: true }),
        ("policy", DeskEntry::PolicyInstalled { policy: house.policy.id(), epoch: 1 }),
        ("book", DeskEntry::BookInstalled { book: house.book.id(), epoch: 1 }),
        ("torn", DeskEntry::TornTail { bytes: 12 }),
        ("frozen", DeskEntry::Frozen { by: by(), reason: reason() }),
        ("thawed", DeskEntry::Thawed { freeze: JournalHash::of(b"freeze") }),
    ];
    for (name, entry) in desk {
        corpus.add("desk-line", name, canonical::encode(&chain(since, vec![entry])[0]));
    }
}

fn journals(corpus: &mut Corpus) {
    let acknowledged = targets::acknowledged();
    let frame = |line: &Line<VaultEntry>| {
        let bytes = canonical::encode(line);
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes.as_slice()].concat()
    };
    let whole = acknowledged.iter().flat_map(frame).collect::<Vec<_>>();
    let last = canonical::encode(&acknowledged[1]);
    let head = Head { sequence: 2, hash: JournalHash::of(&last) };
    let next = frame(&chain(head, vec![VaultEntry::TornTail { bytes: 12 }])[0]);
    corpus.add("journal", "two-lines", whole.clone());
    corpus.add("journal", "unmarked-line", [whole.as_slice(), &next].concat());
    corpus.add("journal", "torn-line", [whole.as_slice(), &next[..next.len() / 2]].concat());
    corpus.add("journal", "zeros", [whole.as_slice(), &[0; 40]].concat());
}

fn words(corpus: &mut Corpus, house: &TestHouse) {
    for (name, word) in [
        ("text", "Überweisung für 出金".to_owned()),
        ("name", "cold-eth-1".to_owned()),
        ("chain", "bip122:000000000019d6689c085ae165831e93".to_owned()),
        ("asset", house.token().to_string()),
        ("address", EXCHANGE.to_owned()),
        ("slot", slot(&house.chain, &house.accounts[0].address, 7).unwrap().to_string()),
        ("amount", Amount::MAX.to_string()),
        ("time", house.start().to_string()),
        ("id", house.id.to_string()),
    ] {
        corpus.add("words", name, word);
    }
}

/// A desk that is honest about one plan and about the other, and one that raises its fees.
fn desks(corpus: &mut Corpus) {
    corpus.add("judge", "honest", [0]);
    corpus.add("judge", "again", [1]);
    corpus.add("judge", "higher-fee", [1, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0]);
}

/// What an honest Ledger says: its app, its settings, its key, a signature; once by answers, once by reports.
fn ledgers(corpus: &mut Corpus, house: &TestHouse) {
    let key = &house.keys[0];
    let point = key.verifying_key().to_encoded_point(false);
    let address = house.accounts[0].address.as_str().trim_start_matches("0x").as_bytes();
    let digest = alloy_primitives::keccak256(targets::to_be_signed());
    let (signature, parity) = key.sign_prehash_recoverable(&digest.0).unwrap();
    let app = [&[1, 8], b"Ethereum".as_slice(), &[6], b"1.22.0", &[1, 0]].concat();
    let data = [
        // Who it is, and once more before it is asked anything of the app.
        app.clone(),
        app,
        vec![0, 1, 22, 0],
        [&[65], point.as_bytes(), &[40], address].concat(),
        [&[parity.to_byte()], signature.to_bytes().as_slice()].concat(),
    ];
    let answers = data.map(|data| [data.as_slice(), &[0x90, 0x00]].concat());
    let behind_lengths =
        |answer: &Vec<u8>| [&[u8::try_from(answer.len()).unwrap()], answer.as_slice()].concat();
    corpus.add("ledger", "honest", answers.iter().flat_map(behind_lengths).collect::<Vec<_>>());
    let report = |answer: &Vec<u8>| {
        let reports = frames(Channel::HOST, answer).unwrap();
        reports.iter().flat_map(|report| [&[255], report.0.as_slice()].concat()).collect::<Vec<_>>()
    };
    let (short, long) = answers.split_at(3);
    let short: Vec<u8> = short.iter().flat_map(report).collect();
    let long: Vec<u8> = long.iter().flat_map(behind_lengths).collect();
    corpus.add("ledger", "reports", [short, long].concat());
}
