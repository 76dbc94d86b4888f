//! The judge before a hostile desk. The input is not a request but the desk's choices in writing one: which facts it tells,
//! which bytes it puts beside them, whose approvals it carries. Whatever it chooses, a request that passes pays exactly what
//! people approved, once, and at no higher fee than they allowed.

use std::collections::BTreeMap;

use alloy_consensus::{TxEip1559, TxLegacy};
use alloy_primitives::{Address, TxKind, U256};
use alloy_rlp::Decodable as _;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Action, Amount, ComparisonCode, EvmFacts, EvmFees, Facts, Head, Intent, Item, JournalHash, Plan, Request,
    Rung, Sealed, SignedText, Unsigned, Verdict, canonical,
};
use strongroom_signing::{Chronicle, Review};

use crate::house::{EXCHANGE, Person, STRANGER, SUPPLIER, TOKEN, TestHouse, facts};

const COIN: u128 = 1_000_000_000_000_000_000;
/// The nonce that the first plan's payment was signed with.
const SPENT: u64 = 7;
/// The policy's cap on the fee of one transaction, in wei.
const FEE_CAP: u128 = COIN / 100;

/// A house whose vault has signed one plan, and another plan that is approved.
struct World {
    house: TestHouse,
    chronicle: Chronicle,
    plans: [Plan; 2],
    /// The journal's heads that a desk can know: the beginning and the newest.
    heads: [Head; 2],
    /// The plans under their preparer's signature.
    sealed: [Sealed<Plan>; 2],
    /// By plan and person: what the desk can carry.
    statements: [Vec<Statements>; 2],
    _folder: tempfile::TempDir,
}

/// The statements there are of one person about one plan.
struct Statements {
    approval: SignedText,
    rejection: SignedText,
    /// The approval, signed by somebody else.
    forged: SignedText,
}

thread_local! {
    static WORLD: World = World::new();
}

impl World {
    fn new() -> Self {
        let house = TestHouse::new("eip155:1", |text| text);
        let folder = tempfile::tempdir().unwrap();
        let mut chronicle = house.chronicle(folder.path());
        let token = Action::Pay {
            asset: house.token(),
            to: EXCHANGE.parse().unwrap(),
            amount: Amount::from(5_000_000u64),
        };
        let second = vec![house.pay(EXCHANGE, 3 * COIN, "INV-2"), house.intent(token, "INV-3")];
        let plans = [house.plan(vec![house.pay(EXCHANGE, 2 * COIN, "INV-1")]), house.plan(second)];
        let bytes = canonical::encode(&house.request(&plans[0], SPENT));
        let approvals = house.approvals(&plans[0]);
        let review =
            Review::open(&bytes, &approvals, &house.gate(house.start().plus(3600)), &chronicle).unwrap();
        let code = ComparisonCode::of(review.plan_id().as_bytes()).to_string();
        let confirmation = review.challenge().clone().meet(&code).unwrap();
        let approved = review.approve(&confirmation, &mut chronicle).unwrap();
        let signed = approved.sign(&house.codecs, &mut house.signer(), false, |_, _| {}).unwrap();
        signed.reply(house.id, &mut chronicle).unwrap();
        let heads = [chronicle.start(house.id), chronicle.head()];
        let sealed = plans.each_ref().map(|plan| house.seal(plan));
        let statements = plans.each_ref().map(|plan| {
            let people = house.approvers.iter().chain([&house.preparer]);
            people.map(|person| Statements::of(&house, plan, person)).collect()
        });
        Self { house, chronicle, plans, heads, sealed, statements, _folder: folder }
    }
}

impl Statements {
    fn of(house: &TestHouse, plan: &Plan, person: &Person) -> Self {
        let text = |verdict| house.statement(plan, person, verdict).to_string();
        let sign = |person: &Person, text: String| person.sign_text(Namespace::Statement, &text);
        Self {
            approval: sign(person, text(Verdict::Approve)),
            rejection: sign(person, text(Verdict::Reject)),
            forged: sign(&Person::new(person.name.as_str(), 99), text(Verdict::Approve)),
        }
    }
}

/// What the desk chooses, byte by byte. When there are no more bytes, it is honest.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number: small as a rule, any of 64 bits at times.
    fn number(&mut self) -> u64 {
        match self.byte() {
            255 => (0..8).fold(0, |number, _| number << 8 | u64::from(self.byte())),
            small => u64::from(small),
        }
    }
}

/// A statement that the desk carries, and what the world knows of it.
struct Carried {
    text: SignedText,
    person: usize,
    /// Whether it approves this very plan.
    approves: bool,
}

pub(super) fn judge(bytes: &[u8]) -> bool {
    WORLD.with(|world| {
        let mut choices = Choices(bytes);
        let which = usize::from(choices.byte().is_multiple_of(2));
        let plan = &world.plans[which];
        let request = request(world, &mut choices, plan);
        let carried = carried(world, &mut choices, which);
        let texts: Vec<_> = carried.iter().map(|carried| carried.text.clone()).collect();
        let encoded = canonical::encode(&request);
        let gate = world.house.gate(world.house.start().plus(3600));
        let Ok(review) = Review::open(&encoded, &texts, &gate, &world.chronicle) else { return false };
        if !review.verdict().passed() {
            return false;
        }
        assert_eq!(request.plan.bytes(), canonical::encode(plan), "another plan passed");
        let approvers: std::collections::BTreeSet<_> =
            carried.iter().filter(|carried| carried.approves).map(|carried| carried.person).collect();
        assert!(approvers.len() >= 2, "{} approved", approvers.len());
        assert!(carried.iter().all(|carried| carried.approves), "something else than approvals was carried");
        check_money(which, plan, &request);
        assert_eq!(review.claims().len(), request.items.len(), "something is not claimed");
        true
    })
}

/// What passes pays what the plan says, in slots of its own, within the caps.
fn check_money(which: usize, plan: &Plan, request: &Request) {
    let mut nonces = Vec::new();
    for item in &request.items {
        let intent = &plan.intents[usize::try_from(item.intent).unwrap()];
        let seen: Vec<_> = item.rungs.iter().map(|rung| Seen::of(&rung.unsigned.0)).collect();
        assert!((1..=8).contains(&seen.len()));
        for seen in &seen {
            seen.pays(intent);
            assert_eq!(seen.nonce, seen_first(item).nonce, "a ladder over two slots");
            let fee = seen.price.checked_mul(u128::from(seen.gas)).expect("a fee beyond all numbers");
            let allowed = u128::try_from(intent.max_fee.base_units()).unwrap().min(FEE_CAP);
            assert!(fee <= allowed, "a fee of {fee} wei, {allowed} are allowed");
        }
        nonces.push(seen_first(item).nonce);
    }
    if which == 0 {
        assert_eq!(nonces, [SPENT], "the first plan is paid again");
    } else {
        assert!(!nonces.contains(&SPENT), "the slot of the first plan is taken from it");
        nonces.sort_unstable();
        assert!(nonces.windows(2).all(|pair| pair[0] != pair[1]), "two payments in one slot");
    }
}

fn seen_first(item: &Item) -> Seen {
    Seen::of(&item.rungs[0].unsigned.0)
}

/// A transaction as alloy reads it, with none of the house's code.
struct Seen {
    chain: Option<u64>,
    nonce: u64,
    gas: u64,
    price: u128,
    to: TxKind,
    value: U256,
    input: Vec<u8>,
}

impl Seen {
    fn of(mut bytes: &[u8]) -> Self {
        if bytes.first() == Some(&2) {
            bytes = &bytes[1..];
            let tx = TxEip1559::decode(&mut bytes).unwrap();
            let (chain, price) = (Some(tx.chain_id), tx.max_fee_per_gas);
            return Self {
                chain,
                nonce: tx.nonce,
                gas: tx.gas_limit,
                price,
                to: tx.to,
                value: tx.value,
                input: tx.input.to_vec(),
            };
        }
        let tx = TxLegacy::decode(&mut bytes).unwrap();
        Self {
            chain: tx.chain_id,
            nonce: tx.nonce,
            gas: tx.gas_limit,
            price: tx.gas_price,
            to: tx.to,
            value: tx.value,
            input: tx.input.to_vec(),
        }
    }

    fn pays(&self, intent: &Intent) {
        let [Action::Pay { asset, to, amount }] = intent.actions.as_slice() else {
            panic!("the plans only pay")
        };
        assert_eq!(self.chain, Some(1));
        let payee: Address = to.as_str().parse().unwrap();
        if asset.is_native() {
            assert_eq!((self.to, self.value), (TxKind::Call(payee), amount.base_units()));
            assert!(self.input.is_empty(), "a payment with calldata");
        } else {
            assert_eq!((self.to, self.value), (TxKind::Call(TOKEN.parse().unwrap()), U256::ZERO));
            let words = [&[0; 12], payee.as_slice(), &amount.base_units().to_be_bytes::<32>()].concat();
            assert_eq!(self.input, [&[0xa9, 0x05, 0x9c, 0xbb], words.as_slice()].concat());
        }
    }
}

fn request(world: &World, choices: &mut Choices<'_>, plan: &Plan) -> Request {
    let house = &world.house;
    let mut honest = Request {
        plan: world.sealed[0].clone(),
        items: Vec::new(),
        vault_heads: BTreeMap::new(),
        accounts: vec![house.accounts[0].clone()],
    };
    let first = if plan == &world.plans[0] { SPENT } else { SPENT + 1 };
    honest.items = (0u32..)
        .zip(&plan.intents)
        .filter_map(|(number, intent)| item(world, choices, number, intent, first))
        .collect();
    if choices.byte() == 1 {
        honest.items.reverse();
    }
    honest.plan = sealed(world, choices, plan);
    let station = house.station.public_key().station();
    let head = match choices.byte() {
        0 => Some(world.heads[1]),
        1 => Some(world.heads[0]),
        2 => None,
        n => Some(Head { sequence: u64::from(n), hash: JournalHash::of(&[n]) }),
    };
    honest.vault_heads = head.map(|head| (station, head)).into_iter().collect::<BTreeMap<_, _>>();
    match choices.byte() {
        0 => {}
        1 => honest.accounts.clear(),
        2 => honest.accounts.push(house.accounts[1].clone()),
        3 => honest.accounts[0].address = SUPPLIER.parse().unwrap(),
        4 => honest.accounts[0].key.public_key.clone_from(&house.accounts[1].key.public_key),
        _ => honest.accounts = vec![house.accounts[1].clone()],
    }
    honest
}

/// The plan as prepared, or something like it.
fn sealed(world: &World, choices: &mut Choices<'_>, plan: &Plan) -> Sealed<Plan> {
    let house = &world.house;
    let genuine = world.sealed[usize::from(plan == &world.plans[1])].clone();
    let mut other = plan.clone();
    match choices.byte() {
        0 => return genuine,
        1 => {
            let signature = house.approvers[0].sign(Namespace::Plan, genuine.bytes());
            return Sealed::new(genuine.bytes().to_vec(), signature).unwrap();
        }
        2 => other.intents[0].max_fee = Amount::from(COIN),
        3 => other.intents[0].reference = "INV-9".parse().unwrap(),
        4 => other.intents[0].actions = house.pay(STRANGER, COIN, "x").actions,
        5 => other.mandate = Some(strongroom_protocol::MandateId::of(b"breach")),
        6 => other.prepared_by = "bob".parse().unwrap(),
        _ => other.intents.push(house.pay(SUPPLIER, COIN, "INV-8")),
    }
    // Either the preparer's old signature stands over the new plan, or a dishonest preparer signs it anew.
    if choices.byte().is_multiple_of(2) {
        return Sealed::new(canonical::encode(&other), genuine.signature().clone()).unwrap();
    }
    house.seal(&other)
}

fn item(world: &World, choices: &mut Choices<'_>, number: u32, intent: &Intent, first: u64) -> Option<Item> {
    if choices.byte() == 1 {
        return None;
    }
    let intent_number = match choices.byte() {
        0 => number,
        n => u32::from(n).saturating_sub(1),
    };
    let count = match choices.byte() {
        0 => 1,
        n => usize::from(n % 10),
    };
    let rungs = (0..count).map(|_| rung(world, choices, intent, first + u64::from(number))).collect();
    Some(Item { intent: intent_number, rungs })
}

/// One version: facts of the desk's choosing, and bytes that may or may not be theirs.
fn rung(world: &World, choices: &mut Choices<'_>, intent: &Intent, nonce: u64) -> Rung {
    let house = &world.house;
    let told = terms(choices, nonce);
    let bytes_of = if choices.byte() % 4 == 1 { terms(choices, nonce) } else { told.clone() };
    let theft = match choices.byte() {
        1 => Some(house.pay(STRANGER, 2 * COIN, "x")),
        2 => Some(house.pay(SUPPLIER, 3 * COIN, "x")),
        3 => Some(house.pay(EXCHANGE, 3 * COIN + 1, "x")),
        4 => Some(house.pay(house.accounts[1].address.as_str(), COIN, "x")),
        _ => None,
    };
    let built = house.codecs.of(&house.chain).unwrap().build(
        &house.accounts[0],
        theft.as_ref().unwrap_or(intent),
        &bytes_of,
    );
    let mut unsigned =
        built.map_or_else(|_| house.rung(intent, &facts(nonce, 30)).unsigned.0, |bytes| bytes.0);
    match choices.byte() {
        1 => {
            let place = usize::from(choices.byte()) % unsigned.len();
            unsigned[place] ^= choices.byte();
        }
        2 => unsigned.push(choices.byte()),
        3 => drop(unsigned.pop()),
        4 => unsigned.insert(usize::from(choices.byte()) % unsigned.len(), choices.byte()),
        _ => {}
    }
    Rung { facts: told, unsigned: Unsigned(unsigned) }
}

fn terms(choices: &mut Choices<'_>, honest: u64) -> Facts {
    let wei = |gwei: u64| Amount::from(u128::from(gwei) * 1_000_000_000);
    let nonce = match choices.number() {
        0 => honest,
        n => n - 1,
    };
    let gas_limit = match choices.number() {
        0 => 60_000,
        n if n < 255 => n * 10_000,
        n => n,
    };
    let fees = match choices.byte() % 3 {
        0 => EvmFees::Eip1559 {
            max_fee_per_gas: wei(30 + choices.number() % 1000),
            max_priority_fee_per_gas: wei(1),
        },
        1 => EvmFees::Legacy { gas_price: wei(choices.number()) },
        _ => EvmFees::Eip1559 {
            max_fee_per_gas: wei(choices.number()),
            max_priority_fee_per_gas: wei(choices.number()),
        },
    };
    Facts::Evm(EvmFacts { nonce, gas_limit, fees })
}

/// The statements that are carried: two honest approvals, or what the desk has.
fn carried(world: &World, choices: &mut Choices<'_>, which: usize) -> Vec<Carried> {
    let honest = |person: usize| Carried {
        text: world.statements[which][person].approval.clone(),
        person,
        approves: true,
    };
    let count = match choices.byte() {
        0 => return vec![honest(0), honest(1)],
        n => n % 5,
    };
    let one = |choices: &mut Choices<'_>| {
        let person = usize::from(choices.byte() % 3);
        let statements = &world.statements[which][person];
        let text = match choices.byte() {
            0..=200 => return honest(person),
            201..=210 => &world.statements[1 - which][person].approval,
            211..=220 => &statements.rejection,
            221..=230 => &statements.forged,
            // The preparer approves too.
            _ => &world.statements[which][3].approval,
        };
        Carried { text: text.clone(), person, approves: false }
    };
    (0..count).map(|_| one(choices)).collect()
}
