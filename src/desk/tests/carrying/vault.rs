//! A vault that plays by the protocol, with a station key and two account keys known in advance; or not quite.

use k256::ecdsa::SigningKey;
use k256::ecdsa::signature::hazmat::PrehashSigner as _;
use strongroom_evm_codec::EvmCodec;
use strongroom_journal::{Line, VaultEntry};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Bundle, Claim, Codec as _, Head, JournalHash, Payment, Reply, Request, Sealed, Signature,
    SignedItem, Timestamp, Warmth, canonical,
};

use crate::house::{House, Person, START};

/// A vault.
pub struct Vault {
    house: strongroom_protocol::HouseId,
    station: Person,
    accounts: Vec<Account>,
    keys: Vec<SigningKey>,
    lines: Vec<Vec<u8>>,
    head: Head,
    /// What it says of its machine.
    pub machine: Warmth,
}

impl Vault {
    pub fn new(house: &House) -> Self {
        let key = |scalar: u8| {
            let mut bytes = [0; 32];
            bytes[31] = scalar;
            SigningKey::from_slice(&bytes).unwrap()
        };
        let id = house.accounts[0].house;
        let station = Person::new("vault-one", 7);
        let opened = VaultEntry::Opened { house: id, station: station.public_key().station(), place: None };
        let mut vault = Self {
            house: id,
            station,
            accounts: house.accounts.clone(),
            keys: vec![key(1), key(2)],
            lines: Vec::new(),
            head: Head { sequence: 0, hash: JournalHash::from_bytes(*id.as_bytes()) },
            machine: Warmth::Cold,
        };
        vault.append(opened);
        vault
    }

    fn start(&self) -> Head {
        Head { sequence: 0, hash: JournalHash::from_bytes(*self.house.as_bytes()) }
    }

    pub fn append(&mut self, entry: VaultEntry) {
        let at: Timestamp = START.parse().unwrap();
        let line = Line { sequence: self.head.sequence + 1, previous: self.head.hash, at, entry };
        let bytes = canonical::encode(&line);
        self.head = Head { sequence: line.sequence, hash: JournalHash::of(&bytes) };
        self.lines.push(bytes);
    }

    /// Claims and signs a request; the reply's bundle.
    pub fn answer(&mut self, request: &Request) -> Vec<u8> {
        let reply = self.reply(request);
        self.seal(&reply)
    }

    /// Claims and signs a request; the reply before it is sealed.
    pub fn reply(&mut self, request: &Request) -> Reply {
        let claims = request.items.iter().map(|item| self.claim(request, item.intent)).collect();
        self.append(VaultEntry::Claimed {
            request: request.id(),
            plan: request.plan.value().id(),
            policy: request.plan.value().policy,
            book: strongroom_protocol::BookId::of(b"book"),
            operator: "dave".parse().unwrap(),
            approvers: vec!["bob".parse().unwrap(), "carol".parse().unwrap()],
            claims,
        });
        let items: Vec<_> = request.items.iter().map(|item| self.sign_item(request, item.intent)).collect();
        self.append(VaultEntry::Signed {
            request: request.id(),
            signatures: JournalHash::of(b"signatures"),
            machine: self.machine,
        });
        let station = self.station.public_key().station();
        let since = request.vault_heads.get(&station).copied().unwrap_or_else(|| self.start());
        let after = usize::try_from(since.sequence).unwrap();
        Reply {
            house: self.house,
            station,
            request: request.id(),
            plan: request.plan.value().id(),
            items,
            since,
            lines: self.lines[after..].iter().cloned().map(Into::into).collect(),
            head: self.head,
            signed_at: START.parse().unwrap(),
            machine: self.machine,
        }
    }

    /// The reply's bundle, sealed by the vault's station.
    pub fn seal(&self, reply: &Reply) -> Vec<u8> {
        seal_by(&self.station, reply)
    }

    fn account(&self, request: &Request, intent: u32) -> (usize, &Account) {
        let id = request.plan.value().intents[intent as usize].account;
        let place = self.accounts.iter().position(|account| account.id() == id).unwrap();
        (place, &self.accounts[place])
    }

    fn sign_item(&self, request: &Request, intent: u32) -> SignedItem {
        let item = request.items.iter().find(|item| item.intent == intent).unwrap();
        let (place, account) = self.account(request, intent);
        let rungs = item.rungs.iter().map(|rung| {
            let tx = EvmCodec.decode(account, &rung.unsigned).unwrap();
            tx.tasks().iter().map(|task| sign(&self.keys[place], &task.digest)).collect()
        });
        SignedItem { intent, rungs: rungs.collect(), blind: false }
    }

    fn claim(&self, request: &Request, intent: u32) -> Claim {
        let item = request.items.iter().find(|item| item.intent == intent).unwrap();
        let (_, account) = self.account(request, intent);
        let tx = EvmCodec.decode(account, &item.rungs.last().unwrap().unsigned).unwrap();
        let effects = tx.effects();
        let (slots, until) = Claim::slots_of(effects);
        let payments = effects.moves.iter().filter(|movement| !movement.amount.is_zero());
        Claim {
            intent,
            account: account.id(),
            slots,
            until,
            payments: payments
                .map(|movement| Payment {
                    asset: movement.asset.clone(),
                    to: movement.to.clone(),
                    amount: movement.amount,
                    own: false,
                })
                .collect(),
            fee_cap: effects.fee_cap,
            fee_asset: effects.fee_asset.clone(),
            reference: request.plan.value().intents[intent as usize].reference.clone(),
        }
    }
}

/// Signs a digest by an account's key.
pub fn sign(key: &SigningKey, digest: &[u8; 32]) -> Signature {
    let signature: k256::ecdsa::Signature = key.sign_prehash(digest).unwrap();
    Signature(signature.normalize_s().unwrap_or(signature).to_bytes().to_vec())
}

/// A reply's bundle, sealed by anybody.
pub fn seal_by(station: &Person, reply: &Reply) -> Vec<u8> {
    let bytes = canonical::encode(reply);
    let signature = station.sign(Namespace::Reply, &bytes);
    Bundle::write(&Sealed::<Reply>::new(bytes, signature).unwrap())
}
