//! One of each document, with every kind of field filled and, beside it, one with as little as possible.

use std::collections::BTreeMap;

use strongroom_protocol::bundle::Pack;
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, AccountId, Action, Amount, BitcoinChange, BitcoinFacts, BitcoinInput, BitcoinOutput, BookId,
    DeviceBinding, EvmFacts, EvmFees, Facts, Head, HouseId, Intent, Item, JournalHash, KeyOrigin,
    KeyProvenance, Keychain, MandateId, Plan, PlanId, PolicyId, Reply, Request, RequestId, Role, Rung,
    Sealed, Signature, SignedItem, Statement, StationId, Timestamp, Total, Unsigned, Verdict, Warmth,
    canonical,
};

use super::signer::Key;

pub const ETHER: &str = "eip155:1/slip44:60";
pub const TETHER: &str = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7";
pub const PAYEE: &str = "0x52908400098527886E0F7030069857D2E4169EE7";

pub fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000).plus(seconds)
}

pub fn head(sequence: u64) -> Head {
    Head { sequence, hash: JournalHash::of(&sequence.to_be_bytes()) }
}

pub fn seal<T: Sealable>(value: &T, key: &Key) -> Sealed<T> {
    let bytes = canonical::encode(value);
    let signature = key.sign(T::NAMESPACE.as_str(), &bytes);
    Sealed::new(bytes, signature).unwrap()
}

pub fn account(number: u8) -> Account {
    Account {
        house: HouseId::of(b"the house"),
        chain: "eip155:1".parse().unwrap(),
        address: PAYEE.parse().unwrap(),
        label: format!("cold {number} №7").parse().unwrap(),
        key: KeyOrigin {
            fingerprint: [0, 1, 0xfe, 0xff],
            path: format!("m/44'/60'/0'/0/{number}"),
            public_key: vec![2; 33],
        },
        device: DeviceBinding::Software { key: "main".parse().unwrap() },
        provenance: KeyProvenance::OnHost,
        station: StationId::of(b"the station"),
        enrolled_at: at(0),
        descriptor: None,
    }
}

/// An account with a descriptor: BIP-380's example, which is no account's, but one.
pub fn account_with_descriptor() -> Account {
    Account { descriptor: Some("raw(deadbeef)#89f8spxm".parse().unwrap()), ..account(3) }
}

pub fn intent(account: AccountId, actions: Vec<Action>) -> Intent {
    Intent {
        account,
        actions,
        max_fee: Amount::from(6_300_000_000_000_000u64),
        not_after: at(86_400),
        reference: "Invoice 2026/117".parse().unwrap(),
        reason: None,
    }
}

pub fn pay(amount: Amount) -> Action {
    Action::Pay { asset: ETHER.parse().unwrap(), to: PAYEE.parse().unwrap(), amount }
}

/// A plan with every kind of action, and amounts on each side of every length of integer.
pub fn plan() -> Plan {
    let (one, two) = (account(1).id(), account(2).id());
    let amounts =
        [0u128, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 1 << 63, 1 << 64, u128::MAX];
    let mut intents: Vec<_> =
        amounts.iter().map(|units| intent(one, vec![pay(Amount::from(*units))])).collect();
    intents.push(intent(one, vec![pay(Amount::MAX), pay(Amount::from(u64::MAX))]));
    intents.push(intent(
        two,
        vec![Action::Revoke { asset: TETHER.parse().unwrap(), spender: PAYEE.parse().unwrap() }],
    ));
    intents.push(Intent {
        reason: Some("Überweisung für 出金".parse().unwrap()),
        ..intent(two, vec![Action::Void { slot: format!("eip155:1:{PAYEE}/7").parse().unwrap() }])
    });
    Plan {
        house: HouseId::of(b"the house"),
        policy: PolicyId::of(b"the policy"),
        prepared_by: "alice".parse().unwrap(),
        prepared_at: at(0),
        intents,
        mandate: Some(MandateId::of(b"the mandate")),
    }
}

pub fn small_plan() -> Plan {
    Plan { intents: vec![intent(account(1).id(), vec![pay(Amount::from(1u64))])], mandate: None, ..plan() }
}

pub fn rung(nonce: u64, fees: EvmFees) -> Rung {
    Rung {
        facts: Facts::Evm(EvmFacts { nonce, gas_limit: 21_000, fees }),
        unsigned: Unsigned(vec![2, 0xf8, 1]),
    }
}

/// A transaction with every kind of input and output.
pub fn bitcoin() -> Rung {
    let input = |keychain, index| BitcoinInput {
        previous: vec![1, 0, 0, 0],
        vout: 3,
        sequence: 0xffff_fffd,
        keychain,
        index,
    };
    let change = BitcoinChange { index: 9, amount: Amount::from(100_000_000u64) };
    Rung {
        facts: Facts::Bitcoin(BitcoinFacts {
            version: 2,
            locktime: 840_000,
            inputs: vec![input(Keychain::Receive, 0), input(Keychain::Change, 300)],
            outputs: vec![BitcoinOutput::Change, BitcoinOutput::Payment { action: 0 }],
            change: Some(change),
        }),
        unsigned: Unsigned(b"psbt\xff".to_vec()),
    }
}

pub fn legacy() -> EvmFees {
    EvmFees::Legacy { gas_price: Amount::from(20_000_000_000u64) }
}

pub fn item(intent: u32) -> Item {
    Item { intent, rungs: vec![rung(u64::from(intent), legacy())] }
}

pub fn request_of(plan: &Plan) -> Request {
    let london = EvmFees::Eip1559 {
        max_fee_per_gas: Amount::from(1u128 << 70),
        max_priority_fee_per_gas: Amount::from(1_500_000_000u64),
    };
    let mut items: Vec<_> = (0..u32::try_from(plan.intents.len()).unwrap()).map(item).collect();
    items[0].rungs = vec![rung(u64::MAX, legacy()), rung(0, london)];
    let named = |number: &u8| plan.intents.iter().any(|intent| intent.account == account(*number).id());
    Request {
        plan: seal(plan, &Key::ed25519(1)),
        items,
        vault_heads: BTreeMap::from(
            [1, 2, 3].map(|number: u64| (StationId::of(&number.to_be_bytes()), head(number))),
        ),
        accounts: [1, 2].iter().filter(|number| named(number)).map(|number| account(*number)).collect(),
    }
}

pub fn request() -> Request {
    request_of(&plan())
}

pub fn small_request() -> Request {
    Request { vault_heads: BTreeMap::new(), accounts: Vec::new(), ..request_of(&small_plan()) }
}

pub fn reply() -> Reply {
    Reply {
        house: HouseId::of(b"the house"),
        station: StationId::of(b"the station"),
        request: RequestId::of(b"the request"),
        plan: PlanId::of(b"the plan"),
        items: vec![
            SignedItem {
                intent: 0,
                rungs: vec![vec![Signature(vec![1; 64])], vec![Signature(vec![2; 64])]],
                blind: true,
            },
            SignedItem { intent: 300, rungs: vec![vec![]], blind: false },
        ],
        since: head(16),
        lines: vec![vec![0x80].into(), vec![].into(), vec![7; 300].into()],
        head: head(19),
        signed_at: at(5),
        machine: Warmth::Warm,
    }
}

pub fn empty_reply() -> Reply {
    Reply { items: Vec::new(), lines: Vec::new(), head: head(16), machine: Warmth::Cold, ..reply() }
}

pub fn pack() -> Pack {
    Pack {
        request: canonical::encode(&request()),
        approvals: vec!["a statement\n".to_owned(), String::new()],
    }
}

pub fn statement() -> Statement {
    let mut vaults: Vec<_> =
        [17u64, 0, u64::MAX].map(|number| (StationId::of(&number.to_be_bytes()), head(number))).to_vec();
    vaults.sort();
    let total = |asset: &str, class: &str, count, amount| Total {
        asset: asset.parse().unwrap(),
        class: class.parse().unwrap(),
        count,
        amount,
    };
    Statement {
        house: HouseId::of(b"the house"),
        plan: plan().id(),
        person: "alice".parse().unwrap(),
        role: Role::Approver,
        verdict: Verdict::Approve,
        policy: PolicyId::of(b"the policy"),
        book: BookId::of(b"the book"),
        signed_at: at(3_600),
        valid_until: at(86_400),
        vaults,
        totals: vec![
            total(TETHER, "exchange", 1, Amount::from(250_000_000u64)),
            total(ETHER, "exchange", 3, Amount::from(12_500_000_000_000_000_000u64)),
            total(ETHER, "own", u32::MAX, Amount::MAX),
        ],
        max_fees: vec![
            (ETHER.parse().unwrap(), Amount::from(6_300_000_000_000_000u64)),
            ("eip155:137/slip44:966".parse().unwrap(), Amount::ZERO),
        ],
    }
}

/// Every namespace there is.
pub const NAMESPACES: [Namespace; 9] = [
    Namespace::House,
    Namespace::Policy,
    Namespace::Book,
    Namespace::Thaw,
    Namespace::Plan,
    Namespace::Statement,
    Namespace::Account,
    Namespace::Reply,
    Namespace::Recovery,
];
