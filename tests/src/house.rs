//! A small house of known people and keys, for tests that need the whole protocol without the programs around it.
//!
//! Everything in it goes through the same doors as in earnest: texts are signed and opened, statements are derived and
//! signed, and the vault's journal is a file. Only the keys are known in advance.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    reason = "a fixture"
)]

use std::path::Path;

use k256::ecdsa::signature::hazmat::PrehashSigner;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, PrivateKey};
use strongroom_evm_codec::{EvmCodec, erc20_asset, native_asset};
use strongroom_journal::Place;
use strongroom_policy::statement_check::{Reading, Terms};
use strongroom_policy::{Book, Genesis, Policy};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Action, Address, Amount, ChainId, Codec as _, DeviceBinding, EvmFacts, EvmFees, Facts, HouseId,
    Intent, Item, KeyOrigin, KeyProvenance, Name, Plan, PublicKey, Request, Rung, Sealed, SignedText,
    SshSignature, Statement, Timestamp, Verdict, Warmth, canonical,
};
use strongroom_signing::{Answer, ApprovedTask, Chronicle, Codecs, Devices, Gate, Signer, SignerError};

/// When everything in these tests begins.
pub const START: &str = "2026-06-01T00:00:00Z";
/// A payee that the book lists.
pub const EXCHANGE: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
/// A payee that the book lists for the native asset alone.
pub const SUPPLIER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// A payee that no book lists.
pub const STRANGER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
/// A token that the registry pins, with six decimals.
pub const TOKEN: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

/// A person's SSH key, known in advance.
pub struct Person {
    /// Their name.
    pub name: Name,
    key: PrivateKey,
}

impl Person {
    /// The person whose key has this seed.
    pub fn new(name: &str, seed: u8) -> Self {
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
        Self { name: name.parse().unwrap(), key }
    }

    /// Their public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::new(self.key.public_key().clone()).unwrap()
    }

    /// Their private key, for an agent.
    pub const fn private_key(&self) -> &PrivateKey {
        &self.key
    }

    /// Their signature.
    pub fn sign(&self, namespace: Namespace, message: &[u8]) -> SshSignature {
        SshSignature::from_ssh(&self.key.sign(namespace.as_str(), HashAlg::Sha512, message).unwrap()).unwrap()
    }

    /// A text with their signature below it.
    pub fn sign_text(&self, namespace: Namespace, text: &str) -> SignedText {
        let signature = self.sign(namespace, text.as_bytes());
        SignedText::with_signatures(text.to_owned(), vec![signature]).unwrap()
    }
}

/// Signs with keys in memory, as nothing else in Strongroom may.
pub struct MemorySigner(pub Vec<k256::ecdsa::SigningKey>);

impl MemorySigner {
    fn find(&self, account: &Account) -> Option<&k256::ecdsa::SigningKey> {
        self.0.iter().find(|key| public_key(key) == account.key.public_key)
    }
}

fn public_key(key: &k256::ecdsa::SigningKey) -> Vec<u8> {
    key.verifying_key().to_encoded_point(true).as_bytes().to_vec()
}

impl Signer for MemorySigner {
    fn serves(&self, account: &Account) -> bool {
        self.find(account).is_some()
    }

    fn public_key(&mut self, account: &Account) -> Result<Vec<u8>, SignerError> {
        self.find(account).map(public_key).ok_or_else(|| SignerError::NotReady("no such key".to_owned()))
    }

    fn sign(&mut self, task: &ApprovedTask<'_>) -> Result<Answer, SignerError> {
        let key = self.find(task.account()).ok_or_else(|| SignerError::NotReady("no such key".to_owned()))?;
        let signature: k256::ecdsa::Signature = key.sign_prehash(&task.task().digest).unwrap();
        Ok(Answer(strongroom_protocol::Signature(signature.to_bytes().to_vec())))
    }
}

/// A house with its people, policy, book, accounts and vault station.
pub struct TestHouse {
    /// Its id.
    pub id: HouseId,
    /// Its genesis, signed.
    pub genesis: SignedText,
    /// Its policy, signed.
    pub policy_text: SignedText,
    /// Its policy.
    pub policy: Policy,
    /// Its address book, signed.
    pub book_text: SignedText,
    /// Its address book.
    pub book: Book,
    /// Administer.
    pub admins: [Person; 2],
    /// Prepares plans.
    pub preparer: Person,
    /// Approve plans.
    pub approvers: Vec<Person>,
    /// Works the vault.
    pub operator: Name,
    /// The vault's station key.
    pub station: Person,
    /// The accounts, each with the key of the same place in `keys`.
    pub accounts: Vec<Account>,
    /// Their keys.
    pub keys: Vec<k256::ecdsa::SigningKey>,
    /// The chain of the accounts.
    pub chain: ChainId,
    /// The codecs.
    pub codecs: Codecs,
    /// The devices: none, every key is a software key.
    pub devices: Devices,
    /// What the vault's machine is found to be.
    pub machine: Warmth,
}

impl TestHouse {
    /// A house on an Ethereum-like chain with two accounts. `adjust` may change the policy's text before it is signed.
    pub fn new(chain: &str, adjust: impl Fn(String) -> String) -> Self {
        Self::held(chain, &DeviceBinding::Software { key: "cold".parse().unwrap() }, adjust)
    }

    /// The same, with accounts whose keys are held in this way.
    pub fn held(chain: &str, held: &DeviceBinding, adjust: impl Fn(String) -> String) -> Self {
        let chain: ChainId = chain.parse().unwrap();
        let start: Timestamp = START.parse().unwrap();
        let admins = [Person::new("erin", 1), Person::new("frank", 2)];
        let preparer = Person::new("alice", 3);
        let approvers = vec![Person::new("bob", 4), Person::new("carol", 5), Person::new("grace", 6)];
        let station = Person::new("vault-one", 7);
        let draft = Genesis {
            training: false,
            name: "Test house".parse().unwrap(),
            created: start,
            threshold: 2,
            admins: admins.iter().map(|admin| (admin.name.clone(), vec![admin.public_key()])).collect(),
        };
        let genesis = sign_all(&admins, Namespace::House, &draft.draft().unwrap());
        let (id, opened) = Genesis::open(&genesis).unwrap();
        let keys: Vec<_> =
            (1..=2u8).map(|n| k256::ecdsa::SigningKey::from_slice(&[n; 32]).unwrap()).collect();
        let accounts: Vec<_> =
            keys.iter().enumerate().map(|(n, key)| account(id, &chain, &station, held, (n, key))).collect();
        let text = adjust(policy_text(id, &chain, &preparer, &approvers, &station, &accounts));
        let policy_text = sign_all(&admins, Namespace::Policy, &text);
        let policy = Policy::open(&policy_text, &id, &opened, None).unwrap();
        let book_text = sign_all(&admins, Namespace::Book, &book_text(id, &chain));
        let book = Book::open(&book_text, &id, &opened, None).unwrap();
        Self {
            id,
            genesis,
            policy_text,
            policy,
            book_text,
            book,
            admins,
            preparer,
            approvers,
            operator: "dave".parse().unwrap(),
            station,
            accounts,
            keys,
            chain,
            codecs: Codecs::new(vec![Box::new(EvmCodec)]),
            devices: Devices::default(),
            machine: Warmth::Cold,
        }
    }

    /// The native asset.
    pub fn native(&self) -> strongroom_protocol::AssetId {
        native_asset(&self.chain).unwrap()
    }

    /// The token that the registry pins.
    pub fn token(&self) -> strongroom_protocol::AssetId {
        erc20_asset(&self.chain, &TOKEN.parse().unwrap()).unwrap()
    }

    /// When everything begins.
    pub fn start(&self) -> Timestamp {
        START.parse().unwrap()
    }

    /// An intent to pay the native asset from the first account.
    pub fn pay(&self, to: &str, amount: u128, reference: &str) -> Intent {
        self.intent(
            Action::Pay { asset: self.native(), to: to.parse().unwrap(), amount: Amount::from(amount) },
            reference,
        )
    }

    /// An intent of the first account, with a day to live and a generous fee cap.
    pub fn intent(&self, action: Action, reference: &str) -> Intent {
        Intent {
            account: self.accounts[0].id(),
            actions: vec![action],
            max_fee: Amount::from(10_000_000_000_000_000u128),
            not_after: self.start().plus(86_400),
            reference: reference.parse().unwrap(),
            reason: None,
        }
    }

    /// A plan of these intents, prepared and signed.
    pub fn plan(&self, intents: Vec<Intent>) -> Plan {
        Plan {
            house: self.id,
            policy: self.policy.id(),
            prepared_by: self.preparer.name.clone(),
            prepared_at: self.start(),
            intents,
            mandate: None,
        }
    }

    /// A plan with its preparer's signature.
    pub fn seal(&self, plan: &Plan) -> Sealed<Plan> {
        let bytes = canonical::encode(plan);
        let signature = self.preparer.sign(Namespace::Plan, &bytes);
        Sealed::new(bytes, signature).unwrap()
    }

    /// A request that carries out a whole plan, its items with consecutive nonces from `nonce` on.
    pub fn request(&self, plan: &Plan, nonce: u64) -> Request {
        let items = (0u32..).zip(&plan.intents).map(|(number, intent)| Item {
            intent: number,
            rungs: vec![self.rung(intent, &facts(nonce + u64::from(number), 30))],
        });
        Request {
            items: items.collect(),
            plan: self.seal(plan),
            vault_heads: std::collections::BTreeMap::new(),
            accounts: self
                .accounts
                .iter()
                .filter(|a| plan.intents.iter().any(|i| i.account == a.id()))
                .cloned()
                .collect(),
        }
    }

    /// One version of an intent's transaction.
    pub fn rung(&self, intent: &Intent, facts: &Facts) -> Rung {
        let account = self.accounts.iter().find(|account| account.id() == intent.account).unwrap();
        Rung { facts: facts.clone(), unsigned: EvmCodec.build(account, intent, facts).unwrap() }
    }

    /// What a person states about a plan.
    pub fn statement(&self, plan: &Plan, person: &Person, verdict: Verdict) -> Statement {
        let terms = Terms {
            person: person.name.clone(),
            verdict,
            signed_at: self.start(),
            valid_until: self.start().plus(86_400),
            vaults: std::collections::BTreeMap::new(),
        };
        Reading::of(plan, &self.policy, &self.book).unwrap().statement(&terms)
    }

    /// The approvals of the first two approvers.
    pub fn approvals(&self, plan: &Plan) -> Vec<SignedText> {
        self.approvers[..2].iter().map(|person| self.approval(plan, person)).collect()
    }

    /// One person's approval.
    pub fn approval(&self, plan: &Plan, person: &Person) -> SignedText {
        person.sign_text(Namespace::Statement, &self.statement(plan, person, Verdict::Approve).to_string())
    }

    /// The vault's side, at an instant.
    pub fn gate(&self, clock: Timestamp) -> Gate<'_> {
        Gate {
            codecs: &self.codecs,
            devices: &self.devices,
            machine: self.machine,
            house: self.id,
            station: self.station.public_key().station(),
            operator: &self.operator,
            policy: &self.policy,
            book: &self.book,
            clock,
            challenge_seed: [0xC5; 32],
        }
    }

    /// A new vault journal in a folder.
    pub fn chronicle(&self, folder: &Path) -> Chronicle {
        let station = self.station.public_key().station();
        Chronicle::create(&folder.join("journal"), self.id, station, &one_machine, self.start()).unwrap()
    }

    /// A signer with the accounts' keys.
    pub fn signer(&self) -> MemorySigner {
        MemorySigner(self.keys.clone())
    }
}

/// The place of every journal here: one machine, on which files cannot be told from their copies.
///
/// # Errors
/// None.
pub fn one_machine(_: &Path) -> std::io::Result<Place> {
    Ok(Place { machine: Some(1), ..Place::default() })
}

/// Facts with a nonce and a ceiling of so many gwei a unit of gas.
pub fn facts(nonce: u64, gwei: u64) -> Facts {
    let wei = |gwei: u64| Amount::from(u128::from(gwei) * 1_000_000_000);
    Facts::Evm(EvmFacts {
        nonce,
        gas_limit: 60_000,
        fees: EvmFees::Eip1559 { max_fee_per_gas: wei(gwei), max_priority_fee_per_gas: wei(1) },
    })
}

/// A text signed by all of these people.
pub fn sign_all(people: &[Person], namespace: Namespace, text: &str) -> SignedText {
    let signatures = people.iter().map(|person| person.sign(namespace, text.as_bytes())).collect();
    SignedText::with_signatures(text.to_owned(), signatures).unwrap()
}

fn account(
    house: HouseId,
    chain: &ChainId,
    station: &Person,
    held: &DeviceBinding,
    (n, key): (usize, &k256::ecdsa::SigningKey),
) -> Account {
    let public_key = public_key(key);
    Account {
        house,
        chain: chain.clone(),
        address: EvmCodec.address_of(chain, &public_key).unwrap(),
        label: format!("Cold {n}").parse().unwrap(),
        key: KeyOrigin { fingerprint: [7; 4], path: format!("m/44'/60'/0'/0/{n}"), public_key },
        device: held.clone(),
        provenance: KeyProvenance::OnHost,
        station: station.public_key().station(),
        enrolled_at: START.parse().unwrap(),
        descriptor: None,
    }
}

fn person_entry(person: &Person, role: &str) -> String {
    format!(
        "[[person]]\nname = \"{}\"\nroles = [\"{role}\"]\nkeys = [\"{}\"]\n\n",
        person.name,
        person.public_key()
    )
}

fn policy_text(
    house: HouseId,
    chain: &ChainId,
    preparer: &Person,
    approvers: &[Person],
    station: &Person,
    accounts: &[Account],
) -> String {
    let native = native_asset(chain).unwrap();
    let token = erc20_asset(chain, &TOKEN.parse::<Address>().unwrap()).unwrap();
    let operator = Person::new("dave", 8);
    let mut text = format!(
        "schema = \"strongroom.policy.v1\"\nhouse = \"{house}\"\nepoch = 1\nnot_before = \"{START}\"\n\
         review_by = \"2027-06-01T00:00:00Z\"\napprovals = 2\nstatement_hours = 72\n\n"
    );
    text += &person_entry(preparer, "preparer");
    for approver in approvers {
        text += &person_entry(approver, "approver");
    }
    text += &person_entry(&operator, "operator");
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
        "[[chain]]\nid = \"{chain}\"\nmax_fee = \"0.01\"\nmax_fee_percent = \"5\"\nmax_fee_day = \"200\"\n\n\
         [[asset]]\nid = \"{native}\"\nsymbol = \"COIN\"\ndecimals = 18\nmax_item = \"50\"\nmax_request = \"100\"\n\
         max_day = \"200\"\n[[asset.tier]]\nabove = \"80\"\napprovals = 3\n\n\
         [[asset]]\nid = \"{token}\"\nsymbol = \"TKN\"\ndecimals = 6\nmax_item = \"1000000\"\n\
         max_request = \"2000000\"\nmax_day = \"4000000\"\nmax_fee = \"0.005\"\n"
    );
    text
}

fn book_text(house: HouseId, chain: &ChainId) -> String {
    let entry = |label: &str, class: &str, address: &str, assets: &str| {
        format!(
            "[[destination]]\naddress = \"{chain}:{address}\"\nlabel = \"{label}\"\nclass = \"{class}\"\nassets = [{assets}]\n\n"
        )
    };
    format!("schema = \"strongroom.book.v1\"\nhouse = \"{house}\"\nepoch = 1\n\n")
        + &entry("Exchange A", "exchange", EXCHANGE, "\"COIN\", \"TKN\"")
        + &entry("Supplier B", "supplier", SUPPLIER, "\"COIN\"")
}
