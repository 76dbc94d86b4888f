//! A small house with real keys, for tests.

use ssh_key::HashAlg;
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    AccountId, Action, HouseId, Intent, Plan, PublicKey, SignedText, SshSignature, Timestamp,
};

use crate::book::Book;
use crate::genesis::Genesis;
use crate::policy::Policy;

/// The key of a seed. Admins: alice 1 and 11, bob 2, carol 3. Station: 50.
pub(crate) fn key(seed: u8) -> PrivateKey {
    Ed25519Keypair::from_seed(&[seed; 32]).into()
}

/// The public key of a seed.
pub(crate) fn public(seed: u8) -> PublicKey {
    PublicKey::new(key(seed).public_key().clone()).unwrap()
}

/// The public key of a seed as a line of a `.pub` file.
pub(crate) fn line(seed: u8) -> String {
    public(seed).to_string()
}

/// A text signed by these keys.
pub(crate) fn sign(text: &str, namespace: Namespace, keys: &[PrivateKey]) -> SignedText {
    let signature = |key: &PrivateKey| {
        let signature = key.sign(namespace.as_str(), HashAlg::Sha512, text.as_bytes()).unwrap();
        SshSignature::from_ssh(&signature).unwrap()
    };
    SignedText::with_signatures(text.to_owned(), keys.iter().map(signature).collect()).unwrap()
}

/// Alice, bob and carol found a house of which two can change the rules.
pub(crate) fn house() -> (HouseId, Genesis) {
    let text = format!(
        r#"schema = "strongroom.house.v1"
name = "Example treasury"
created = "2026-11-20T12:00:00Z"
threshold = 2

[[admin]]
name = "alice"
keys = ["{}", "{}"]

[[admin]]
name = "bob"
keys = ["{}"]

[[admin]]
name = "carol"
keys = ["{}"]
"#,
        line(1),
        line(11),
        line(2),
        line(3)
    );
    Genesis::open(&sign(&text, Namespace::House, &[key(1), key(2), key(3)])).unwrap()
}

/// The account `Cold ETH` on Ethereum.
pub(crate) fn cold() -> AccountId {
    AccountId::of(b"cold")
}

/// The account `Warm ETH` on Ethereum, which only receives.
pub(crate) fn warm() -> AccountId {
    AccountId::of(b"warm")
}

/// The account `Cold POL` on Polygon.
pub(crate) fn polygon() -> AccountId {
    AccountId::of(b"polygon")
}

/// A policy of the house: erin and bob prepare, alice, bob, carol and frank approve, dave and grace operate.
pub(crate) fn policy_text() -> String {
    let person = |name: &str, roles: &str, seed: u8| {
        format!("[[person]]\nname = \"{name}\"\nroles = [{roles}]\nkeys = [\"{} {name}\"]\n\n", line(seed))
    };
    [
        format!(
            r#"schema = "strongroom.policy.v1"
house = "{}"
epoch = 1
not_before = "2026-11-20T00:00:00Z"
review_by = "2027-11-20T00:00:00Z"
approvals = 2
statement_hours = 72

"#,
            house().0
        ),
        person("alice", r#""approver""#, 1),
        person("bob", r#""preparer", "approver""#, 2),
        person("carol", r#""approver""#, 4),
        person("frank", r#""approver""#, 5),
        person("erin", r#""preparer""#, 6),
        person("dave", r#""operator""#, 7),
        person("grace", r#""operator""#, 8),
        format!(
            r#"[[station]]
name = "vault-1"
key = "{}"
operators = ["dave", "grace"]

[[account]]
id = "{}"
label = "Cold ETH"
chain = "eip155:1"
address = "0x1111111111111111111111111111111111111111"
class = "cold-long"
station = "vault-1"
spend = true

[[account]]
id = "{}"
label = "Warm ETH"
chain = "eip155:1"
address = "0x2222222222222222222222222222222222222222"
class = "warm"
station = "vault-1"
spend = false

[[account]]
id = "{}"
label = "Cold POL"
chain = "eip155:137"
address = "0x1111111111111111111111111111111111111111"
class = "cold-long"
station = "vault-1"
spend = true

"#,
            line(50),
            cold(),
            warm(),
            polygon()
        ),
        r#"[[chain]]
id = "eip155:1"
max_fee = "0.05"
max_fee_percent = "2.5"
max_fee_day = "0.5"
max_gas_price_gwei = "200.5"

[[chain]]
id = "eip155:137"
max_fee = "5"
max_fee_percent = "1"
max_fee_day = "50"

[[asset]]
id = "eip155:1/slip44:60"
symbol = "ETH"
decimals = 18
max_item = "50"
max_request = "100"
max_day = "200"

[[asset.tier]]
above = "60"
approvals = 3

[[asset]]
id = "eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7"
symbol = "USDT"
decimals = 6
max_item = "100000"
max_request = "100000"
max_day = "250000.5"
max_fee = "0.02"

[[asset]]
id = "eip155:137/slip44:966"
symbol = "POL"
decimals = 18
max_item = "10000"
max_request = "10000"
max_day = "10000"
"#
        .to_owned(),
    ]
    .concat()
}

/// An address book of the house.
pub(crate) fn book_text() -> String {
    format!(
        r#"schema = "strongroom.book.v1"
house = "{}"
epoch = 1

[[destination]]
address = "eip155:1:0x3333333333333333333333333333333333333333"
label = "Exchange deposit"
class = "exchange"
assets = ["ETH", "USDT"]

[[destination]]
address = "eip155:1:0x4444444444444444444444444444444444444444"
label = "Custodian"
class = "custodian"
assets = ["ETH"]
memo = "acct 7"
not_before = "2026-12-01T00:00:00Z"
not_after = "2027-12-01T00:00:00Z"

[[destination]]
address = "eip155:137:0x3333333333333333333333333333333333333333"
label = "Exchange deposit Polygon"
class = "exchange"
assets = ["POL"]
"#,
        house().0
    )
}

/// The policy of [`policy_text`].
pub(crate) fn policy() -> Policy {
    Policy::unsigned(&policy_text()).unwrap()
}

/// The book of [`book_text`].
pub(crate) fn book() -> Book {
    Book::unsigned(&book_text()).unwrap()
}

/// A text with one place changed; the place must be there.
pub(crate) fn edit(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the text has no {from:?}");
    text.replacen(from, to, 1)
}

/// A payment of base units.
pub(crate) fn pay(asset: &str, to: &str, amount: u64) -> Action {
    Action::Pay { asset: asset.parse().unwrap(), to: to.parse().unwrap(), amount: amount.into() }
}

/// An intent of an account.
pub(crate) fn intent(account: AccountId, max_fee: u64, actions: Vec<Action>) -> Intent {
    Intent {
        account,
        actions,
        max_fee: max_fee.into(),
        not_after: Timestamp::from_unix(1_900_000_000),
        reference: "Invoice 7".parse().unwrap(),
        reason: None,
    }
}

/// A plan that erin prepared under the house's policy.
pub(crate) fn plan(intents: Vec<Intent>) -> Plan {
    Plan {
        house: house().0,
        policy: policy().id(),
        prepared_by: "erin".parse().unwrap(),
        prepared_at: Timestamp::from_unix(1_800_000_000),
        intents,
        mandate: None,
    }
}
