//! The people around the vault and the papers they sign.

use std::collections::BTreeMap;

use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, PrivateKey};
use strongroom_evm_codec::EvmCodec;
use strongroom_policy::statement_check::{Reading, Terms};
use strongroom_policy::{Book, Genesis, Policy};
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Action, Amount, Bundle, Codec as _, ComparisonCode, EvmFacts, EvmFees, Facts, Head, HouseId,
    Intent, Item, Plan, PublicKey, Reply, Request, Rung, Sealed, SignedText, SshSignature, StationId,
    Timestamp, Verdict, canonical,
};

use super::{Bench, KEY_PASS, START, STATION_PASS, WORDS};

/// A payee that the book lists, as an exchange.
pub const EXCHANGE: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// A payee that the book lists, as a supplier.
pub const SUPPLIER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// A payee that no book lists.
pub const STRANGER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
/// The chain's coin.
pub const ETH: &str = "eip155:1/slip44:60";
/// A token that the registry pins, with six decimals.
pub const TOKEN: &str = "eip155:1/erc20:0x5FbDB2315678afecb367f032d93F642f64180aa3";
/// Wei in an ether.
pub const COIN: u128 = 1_000_000_000_000_000_000;

/// Somebody with an SSH key known in advance. Admins: erin, frank, grace. Preparer: alice. Approvers: bob, carol.
pub fn key(name: &str) -> PrivateKey {
    let mut seed = [b'.'; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    Ed25519Keypair::from_seed(&seed).into()
}

pub fn public(name: &str) -> PublicKey {
    PublicKey::new(key(name).public_key().clone()).unwrap()
}

pub fn signature(name: &str, namespace: Namespace, message: &[u8]) -> SshSignature {
    SshSignature::from_ssh(&key(name).sign(namespace.as_str(), HashAlg::Sha512, message).unwrap()).unwrap()
}

pub fn sign(names: &[&str], namespace: Namespace, text: &str) -> SignedText {
    let signatures = names.iter().map(|name| signature(name, namespace, text.as_bytes())).collect();
    SignedText::with_signatures(text.to_owned(), signatures).unwrap()
}

/// The founding text, unsigned.
pub fn genesis_text() -> String {
    genesis_text_of(false)
}

/// The founding text of a house in earnest, or of one to practise in.
pub fn genesis_text_of(training: bool) -> String {
    let admins = ["erin", "frank", "grace"];
    Genesis {
        training,
        name: "Example treasury".parse().unwrap(),
        created: START.parse().unwrap(),
        threshold: 2,
        admins: admins.map(|name| (name.parse().unwrap(), vec![public(name)])).into(),
    }
    .draft()
    .unwrap()
}

pub fn house() -> HouseId {
    house_of(false)
}

/// The house in earnest, or the one to practise in.
pub fn house_of(training: bool) -> HouseId {
    HouseId::of(genesis_text_of(training).as_bytes())
}

pub fn house_code() -> String {
    code_of(false)
}

pub fn code_of(training: bool) -> String {
    ComparisonCode::of(house_of(training).as_bytes()).to_string()
}

/// The policy of the house for one station and its accounts.
pub fn policy_text(station: &PublicKey, accounts: &[Account]) -> String {
    let mut text = format!(
        "schema = \"strongroom.policy.v1\"\nhouse = \"{}\"\nepoch = 1\nnot_before = \"2026-05-01T00:00:00Z\"\n\
         review_by = \"2027-05-01T00:00:00Z\"\napprovals = 2\nstatement_hours = 72\n\n",
        house()
    );
    for (name, role) in [
        ("alice", "preparer"),
        ("heidi", "preparer"),
        ("bob", "approver"),
        ("carol", "approver"),
        ("judy", "approver"),
        ("dave", "operator"),
    ] {
        text += &format!(
            "[[person]]\nname = \"{name}\"\nroles = [\"{role}\"]\nkeys = [\"{}\"]\n\n",
            public(name)
        );
    }
    text += &format!("[[station]]\nname = \"vault-one\"\nkey = \"{station}\"\noperators = [\"dave\"]\n\n");
    for account in accounts {
        text += &format!(
            "[[account]]\nid = \"{}\"\nlabel = \"{}\"\nchain = \"{}\"\naddress = \"{}\"\nclass = \"cold\"\n\
             station = \"vault-one\"\nspend = true\n\n",
            account.id(),
            account.label,
            account.chain,
            account.address
        );
    }
    text += &format!(
        "[[chain]]\nid = \"eip155:1\"\nmax_fee = \"0.05\"\nmax_fee_percent = \"5\"\nmax_fee_day = \"5\"\n\n\
         [[asset]]\nid = \"{ETH}\"\nsymbol = \"ETH\"\ndecimals = 18\nmax_item = \"50\"\nmax_request = \"400\"\n\
         max_day = \"500\"\n\n\
         [[asset]]\nid = \"{TOKEN}\"\nsymbol = \"USDX\"\ndecimals = 6\nmax_item = \"100000\"\nmax_request = \"100000\"\n\
         max_day = \"100000\"\n"
    );
    text
}

pub fn book_text() -> String {
    format!(
        "schema = \"strongroom.book.v1\"\nhouse = \"{}\"\nepoch = 1\n\n\
         [[destination]]\naddress = \"eip155:1:{EXCHANGE}\"\nlabel = \"Exchange A\"\nclass = \"exchange\"\n\
         assets = [\"ETH\", \"USDX\"]\n\n\
         [[destination]]\naddress = \"eip155:1:{SUPPLIER}\"\nlabel = \"Supplier\"\nclass = \"supplier\"\n\
         assets = [\"ETH\"]\n",
        house()
    )
}

/// A vault that has everything it needs to sign, and those who ask it to.
pub struct House {
    pub bench: Bench,
    pub station: PublicKey,
    pub accounts: Vec<Account>,
    pub policy: Policy,
    pub book: Book,
}

/// A request with all that belongs to it.
#[derive(Clone)]
pub struct Asked {
    pub request: Request,
    pub approvals: Vec<SignedText>,
    /// The whole comparison code, as the approvers' screens show it.
    pub code: String,
}

/// A vault after `init`, without keys.
pub fn founded() -> (Bench, PublicKey) {
    let bench = Bench::new();
    let station = found(&bench);
    (bench, station)
}

/// Founds the bench's house.
pub fn found(bench: &Bench) -> PublicKey {
    let genesis = genesis_text_of(bench.training.get());
    bench.write("house.txt", sign(&["erin", "frank", "grace"], Namespace::House, &genesis).to_string());
    let code = code_of(bench.training.get());
    let args = ["init", "--admins", "@house.txt", "--house", &code, "-o", "@station.pub"];
    bench.run_secrets(&args, &[STATION_PASS]).ok();
    let line = String::from_utf8(bench.read("station.pub")).unwrap();
    line.parse().unwrap()
}

pub fn read_account(bench: &Bench, name: &str) -> Sealed<Account> {
    Bundle::read(&bench.read(name)).unwrap()
}

impl House {
    /// A vault with one key, two accounts, policy and book.
    pub fn new() -> Self {
        Self::with(|policy| policy)
    }

    /// The same with another policy text.
    pub fn with(adjust: impl Fn(String) -> String) -> Self {
        let (bench, station) = founded();
        bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
        let enroll =
            ["enroll", "--key", "treasury", "--chain", "eip155:1", "--count", "2", "--label", "Cold"];
        bench.run_secrets(&[&enroll[..], &["-o", "@cold.account"]].concat(), &[STATION_PASS, KEY_PASS]).ok();
        Self::ruled(bench, station, &["cold-1.account", "cold-2.account"], (adjust, |book| book))
    }

    /// A vault with these accounts, and with the rules for them once they were adjusted.
    pub fn ruled(
        bench: Bench,
        station: PublicKey,
        accounts: &[&str],
        (policy, book): (impl Fn(String) -> String, impl Fn(String) -> String),
    ) -> Self {
        let read = |name: &&str| read_account(&bench, name).value().clone();
        let accounts: Vec<Account> = accounts.iter().map(read).collect();
        let own =
            |text: String| text.replace(&house().to_string(), &house_of(bench.training.get()).to_string());
        let (text, book) = (policy(own(policy_text(&station, &accounts))), book(own(book_text())));
        bench.write("policy.txt", sign(&["erin", "frank"], Namespace::Policy, &text).to_string());
        bench.write("book.txt", sign(&["erin", "grace"], Namespace::Book, &book).to_string());
        bench.run(&["policy", "install", "@policy.txt"]).ok();
        bench.run(&["book", "install", "@book.txt"]).ok();
        let policy = Policy::unsigned(&text).unwrap();
        let book = Book::unsigned(&book).unwrap();
        Self { bench, station, accounts, policy, book }
    }

    pub fn now(&self) -> Timestamp {
        self.bench.clock.get()
    }

    /// What the vault says of its head, as a desk remembers it from the last reply.
    pub fn head(&self) -> Head {
        let document = self.bench.run(&["journal", "show", "--json"]).ok().json();
        let head = &document["data"]["head"];
        Head {
            sequence: head["sequence"].as_u64().unwrap(),
            hash: head["hash"].as_str().unwrap().parse().unwrap(),
        }
    }

    /// An intent to pay ether from the first account.
    pub fn pay(&self, to: &str, amount: u128, reference: &str) -> Intent {
        let asset = ETH.parse().unwrap();
        self.intent(Action::Pay { asset, to: to.parse().unwrap(), amount: amount.into() }, reference)
    }

    /// An intent of the first account.
    pub fn intent(&self, action: Action, reference: &str) -> Intent {
        Intent {
            account: self.accounts[0].id(),
            actions: vec![action],
            max_fee: Amount::from_decimal("0.01", 18).unwrap(),
            not_after: self.now().plus(86_400),
            reference: reference.parse().unwrap(),
            reason: None,
        }
    }

    /// A request of alice's for intents of any account, with nonces from `nonce` on for each account.
    pub fn request(&self, intents: Vec<Intent>, nonce: u64) -> Request {
        let plan = Plan {
            house: house_of(self.bench.training.get()),
            policy: self.policy.id(),
            prepared_by: "alice".parse().unwrap(),
            prepared_at: self.now(),
            intents: intents.clone(),
            mandate: None,
        };
        let bytes = canonical::encode(&plan);
        let signature = signature("alice", Namespace::Plan, &bytes);
        let mut nonces = BTreeMap::new();
        let items = (0u32..).zip(&intents).map(|(place, intent)| {
            let account = self.accounts.iter().find(|account| account.id() == intent.account).unwrap();
            let next = nonces.entry(intent.account).or_insert(nonce);
            let facts = facts(*next, 60_000, 30);
            *next += 1;
            let unsigned = EvmCodec.build(account, intent, &facts).unwrap();
            Item { intent: place, rungs: vec![Rung { facts, unsigned }] }
        });
        let named = |account: &&Account| intents.iter().any(|intent| intent.account == account.id());
        Request {
            items: items.collect(),
            plan: Sealed::new(bytes, signature).unwrap(),
            vault_heads: self.heads(),
            accounts: self.accounts.iter().filter(named).cloned().collect(),
        }
    }

    /// What a desk knows of every vault that took in no reply of any but this one.
    pub fn heads(&self) -> BTreeMap<StationId, Head> {
        let start = Head::start(house_of(self.bench.training.get()));
        let mut heads: BTreeMap<_, _> = self.policy.stations().map(|station| (station.id, start)).collect();
        heads.insert(self.station_id(), self.head());
        heads
    }

    pub fn station_id(&self) -> StationId {
        self.station.station()
    }

    /// A statement about a request's plan.
    pub fn statement(&self, request: &Request, person: &str, verdict: Verdict) -> String {
        let terms = Terms {
            person: person.parse().unwrap(),
            verdict,
            signed_at: self.now(),
            valid_until: self.now().plus(86_400),
            vaults: request.vault_heads.clone(),
        };
        Reading::of(request.plan.value(), &self.policy, &self.book).unwrap().statement(&terms).to_string()
    }

    /// Somebody's signed approval.
    pub fn approval(&self, request: &Request, person: &str) -> SignedText {
        sign(&[person], Namespace::Statement, &self.statement(request, person, Verdict::Approve))
    }

    /// A request that bob and carol approved.
    pub fn asked(&self, request: Request) -> Asked {
        let approvals = vec![self.approval(&request, "bob"), self.approval(&request, "carol")];
        let code = ComparisonCode::of(request.plan.value().id().as_bytes()).to_string();
        Asked { request, approvals, code }
    }

    /// A payment of one and a half ether that bob and carol approved.
    pub fn payment(&self) -> Asked {
        self.asked(self.request(vec![self.pay(EXCHANGE, 3 * COIN / 2, "INV-117")], 7))
    }

    /// Writes a pack.
    pub fn pack(&self, name: &str, asked: &Asked) {
        let pack = Pack {
            request: canonical::encode(&asked.request),
            approvals: asked.approvals.iter().map(ToString::to_string).collect(),
        };
        self.bench.write(name, Bundle::write(&pack));
    }

    /// Reviews a pack.
    pub fn review(&self, asked: &Asked) -> super::Run {
        self.pack("review.pack", asked);
        self.bench.run(&["review", "@review.pack"])
    }

    /// Signs a pack as an operator who has everything right.
    pub fn sign(&self, asked: &Asked, out: &str) -> super::Run {
        self.pack("sign.pack", asked);
        let args = ["sign", "@sign.pack", "--confirm", &asked.code, "-o", out];
        self.bench.run_secrets(&args, &[STATION_PASS, KEY_PASS])
    }

    pub fn reply(&self, name: &str) -> Reply {
        let sealed: Sealed<Reply> = Bundle::read(&self.bench.read(name)).unwrap();
        sealed.verify(&self.station).unwrap();
        sealed.value().clone()
    }
}

/// Facts of an EIP-1559 transaction; the price in gwei.
pub fn facts(nonce: u64, gas_limit: u64, gwei: u64) -> Facts {
    Facts::Evm(EvmFacts {
        nonce,
        gas_limit,
        fees: EvmFees::Eip1559 {
            max_fee_per_gas: Amount::from(gwei * 1_000_000_000),
            max_priority_fee_per_gas: Amount::from(1_000_000_000u64),
        },
    })
}
