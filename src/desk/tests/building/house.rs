//! A small house with a desk's home, whose people and keys are known in advance.
#![allow(clippy::format_push_string, reason = "a fixture, which nobody waits for")]

use std::path::{Path, PathBuf};

use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, PrivateKey};
use strongroom_desk::Home;
use strongroom_desk::http::Endpoint;
use strongroom_desk::store::{DocumentKind, StoredNode};
use strongroom_evm_codec::{EvmCodec, erc20_asset, native_asset};
use strongroom_policy::{Book, Genesis, Policy};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Address, ChainId, Codec as _, DeviceBinding, HouseId, KeyOrigin, KeyProvenance, PublicKey,
    Sealed, SignedText, SshSignature, canonical,
};

/// When everything begins.
pub const START: &str = "2026-06-01T00:00:00Z";
/// A payee that the book lists for everything.
pub const EXCHANGE: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// A payee that the book lists for the coin alone.
pub const SUPPLIER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// A payee that no book lists.
pub const STRANGER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
/// A token of six decimals that the registry pins.
pub const TOKEN: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
/// The first account's address: that of the private key 1.
pub const COLD: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
/// The chain.
pub const CHAIN: &str = "eip155:1";

/// The points G and 2·G of secp256k1 (SEC 2 §2.4.1), compressed: the public keys of the private keys 1 and 2.
const KEYS: [&str; 2] = [
    "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
];

/// Somebody with an SSH key.
pub struct Person {
    pub name: &'static str,
    key: PrivateKey,
}

impl Person {
    pub fn new(name: &'static str, seed: u8) -> Self {
        Self { name, key: PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32])) }
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey::new(self.key.public_key().clone()).unwrap()
    }

    pub fn sign(&self, namespace: Namespace, message: &[u8]) -> SshSignature {
        SshSignature::from_ssh(&self.key.sign(namespace.as_str(), HashAlg::Sha512, message).unwrap()).unwrap()
    }
}

/// A house and the folder of its desk's home.
pub struct House {
    pub home: PathBuf,
    pub accounts: Vec<Account>,
    _folder: tempfile::TempDir,
}

impl House {
    /// A house with two accounts on one chain. `adjust` may change the policy's text before it is signed.
    pub fn new(adjust: impl Fn(String) -> String) -> Self {
        Self::made(adjust, "")
    }

    /// A house with more destinations in its book.
    pub fn listing(destinations: &str) -> Self {
        Self::made(|text| text, destinations)
    }

    fn made(adjust: impl Fn(String) -> String, destinations: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home_path = folder.path().join("desk");
        let admins = [Person::new("erin", 1), Person::new("frank", 2)];
        let station = Person::new("vault-one", 7);
        let chain: ChainId = CHAIN.parse().unwrap();
        let draft = Genesis {
            training: false,
            name: "Test house".parse().unwrap(),
            created: START.parse().unwrap(),
            threshold: 2,
            admins: admins.iter().map(|a| (a.name.parse().unwrap(), vec![a.public_key()])).collect(),
        };
        let genesis = signed(&admins, Namespace::House, &draft.draft().unwrap());
        let (id, opened) = Genesis::open(&genesis).unwrap();
        let accounts: Vec<_> =
            KEYS.iter().enumerate().map(|(n, key)| account(id, &chain, &station, n, key)).collect();
        let policy_text = signed(&admins, Namespace::Policy, &adjust(policy_text(id, &station, &accounts)));
        let policy = Policy::open(&policy_text, &id, &opened, None).unwrap();
        let book_text = signed(&admins, Namespace::Book, &(book_text(id) + destinations));
        let book = Book::open(&book_text, &id, &opened, None).unwrap();
        let now = START.parse().unwrap();
        let home = Home::create(&home_path, &genesis, now).unwrap();
        let store = &home.store;
        store.add_document(DocumentKind::Policy, &policy.id().to_string(), 1, &policy_text, now).unwrap();
        store.add_document(DocumentKind::Book, &book.id().to_string(), 1, &book_text, now).unwrap();
        for account in &accounts {
            let bytes = canonical::encode(account);
            let signature = station.sign(Namespace::Account, &bytes);
            assert!(store.add_account(&Sealed::new(bytes, signature).unwrap()).unwrap());
        }
        for name in ["alpha", "beta"] {
            let endpoint = Endpoint::new(&format!("https://{name}.example/"), None, false).unwrap();
            let name = name.parse().unwrap();
            assert!(store.add_node(&StoredNode { chain: chain.clone(), name, endpoint }).unwrap());
        }
        Self { home: home_path, accounts, _folder: folder }
    }

    /// A path for a file to be written.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.parent().unwrap().join(name)
    }

    /// Changes the store behind the program's back.
    pub fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.home.join("desk.sqlite")).unwrap().execute_batch(sql).unwrap();
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn signed(people: &[Person], namespace: Namespace, text: &str) -> SignedText {
    let signatures = people.iter().map(|person| person.sign(namespace, text.as_bytes())).collect();
    SignedText::with_signatures(text.to_owned(), signatures).unwrap()
}

fn account(house: HouseId, chain: &ChainId, station: &Person, n: usize, key: &str) -> Account {
    let public_key: Vec<u8> =
        (0..key.len()).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
    Account {
        house,
        chain: chain.clone(),
        address: EvmCodec.address_of(chain, &public_key).unwrap(),
        label: format!("Cold {n}").parse().unwrap(),
        key: KeyOrigin { fingerprint: [7; 4], path: format!("m/44'/60'/0'/0/{n}"), public_key },
        device: DeviceBinding::Software { key: "cold".parse().unwrap() },
        provenance: KeyProvenance::OnHost,
        station: station.public_key().station(),
        enrolled_at: START.parse().unwrap(),
        descriptor: None,
    }
}

fn policy_text(house: HouseId, station: &Person, accounts: &[Account]) -> String {
    let chain: ChainId = CHAIN.parse().unwrap();
    let native = native_asset(&chain).unwrap();
    let token = erc20_asset(&chain, &TOKEN.parse::<Address>().unwrap()).unwrap();
    let mut text = format!(
        "schema = \"strongroom.policy.v1\"\nhouse = \"{house}\"\nepoch = 1\nnot_before = \"{START}\"\n\
         review_by = \"2027-06-01T00:00:00Z\"\napprovals = 2\nstatement_hours = 72\n\n"
    );
    let people = [
        ("alice", 3, "preparer"),
        ("bob", 4, "approver"),
        ("carol", 5, "approver"),
        ("grace", 6, "approver"),
        ("dave", 8, "operator"),
    ];
    for (name, seed, role) in people {
        let key = Person::new(name, seed).public_key();
        text += &format!("[[person]]\nname = \"{name}\"\nroles = [\"{role}\"]\nkeys = [\"{key}\"]\n\n");
    }
    text += &format!(
        "[[station]]\nname = \"{}\"\nkey = \"{}\"\noperators = [\"dave\"]\n\n",
        station.name,
        station.public_key()
    );
    for account in accounts {
        text += &format!(
            "[[account]]\nid = \"{}\"\nlabel = \"{}\"\nchain = \"{chain}\"\naddress = \"{}\"\n\
             class = \"cold-long\"\nstation = \"{}\"\nspend = true\n\n",
            account.id(),
            account.label,
            account.address,
            station.name
        );
    }
    text += &format!(
        "[[chain]]\nid = \"{chain}\"\nmax_fee = \"0.01\"\nmax_fee_percent = \"5\"\nmax_fee_day = \"20\"\n\n\
         [[asset]]\nid = \"{native}\"\nsymbol = \"ETH\"\ndecimals = 18\nmax_item = \"50\"\nmax_request = \"100\"\n\
         max_day = \"200\"\n[[asset.tier]]\nabove = \"80\"\napprovals = 3\n\n\
         [[asset]]\nid = \"{token}\"\nsymbol = \"TKN\"\ndecimals = 6\nmax_item = \"1000000\"\n\
         max_request = \"2000000\"\nmax_day = \"4000000\"\nmax_fee = \"0.005\"\n"
    );
    text
}

fn book_text(house: HouseId) -> String {
    let entry = |label: &str, class: &str, address: &str, assets: &str| {
        format!(
            "[[destination]]\naddress = \"{CHAIN}:{address}\"\nlabel = \"{label}\"\nclass = \"{class}\"\nassets = [{assets}]\n\n"
        )
    };
    format!("schema = \"strongroom.book.v1\"\nhouse = \"{house}\"\nepoch = 1\n\n")
        + &entry("Exchange A", "exchange", EXCHANGE, "\"ETH\", \"TKN\"")
        + &entry("Supplier B", "supplier", SUPPLIER, "\"ETH\"")
}

/// Whether a file was written.
pub fn exists(path: &Path) -> bool {
    path.exists()
}
