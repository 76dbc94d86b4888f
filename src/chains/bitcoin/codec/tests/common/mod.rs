//! Keys, accounts, coins, signatures and the judge that every test of this crate needs.

use std::str::FromStr;
use std::sync::LazyLock;

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv, Xpub};
use bitcoin::consensus::encode;
use bitcoin::hashes::Hash;
use bitcoin::key::TapTweak;
use bitcoin::secp256k1::{All, Keypair, Message, Secp256k1};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount as Coins, NetworkKind, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness,
};
use strongroom_bitcoin_codec::address::script_of;
use strongroom_bitcoin_codec::{BitcoinCodec, address_at, canonical_descriptor};
use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{
    Account, Action, Address, Amount, BitcoinChange, BitcoinFacts, BitcoinInput, BitcoinOutput, BuildError,
    ChainId, Codec, DecodeError, DeviceBinding, Facts, HouseId, Intent, KeyOrigin, KeyProvenance, Keychain,
    Signature, StationId, Timestamp, Tx, Unsigned,
};

pub const MAIN: &str = "bip122:000000000019d6689c085ae165831e93";
pub const SIGNET: &str = "bip122:00000008819873e925422c1ff0f99f7c";
pub const REGTEST: &str = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328";

/// Every kind of account, with the path its keys have by their standards (BIP-44, 49, 84, 86, 48).
pub const KINDS: [(&str, &str); 6] = [
    ("pkh(@)", "m/44'/1'/0'"),
    ("sh(wpkh(@))", "m/49'/1'/0'"),
    ("wpkh(@)", "m/84'/1'/0'"),
    ("tr(@)", "m/86'/1'/0'"),
    ("wsh(sortedmulti(2,@))", "m/48'/1'/0'/2'"),
    ("sh(wsh(sortedmulti(2,@)))", "m/48'/1'/0'/1'"),
];

pub const STRANGER: &str = "bcrt1q6rhpng9evdsfnn833a4f4vej0asu6dk5srld6x";
pub const OTHER_STRANGER: &str = "2MsLZ5FqqYpjM1Q1W4X81zMVZTF9gdbhVwd";

/// libsecp256k1's context: making one costs as much as many signatures.
pub fn secp() -> &'static Secp256k1<All> {
    static SECP: LazyLock<Secp256k1<All>> = LazyLock::new(Secp256k1::new);
    &SECP
}

pub fn master(byte: u8, chain: &str) -> Xpriv {
    let kind = if chain == MAIN { NetworkKind::Main } else { NetworkKind::Test };
    Xpriv::new_master(kind, &[byte; 32]).unwrap()
}

pub fn path(text: &str) -> DerivationPath {
    text.parse().unwrap()
}

/// A key as descriptors write it.
pub fn key_text(master: &Xpriv, at: &str) -> String {
    let secp = secp();
    let account = Xpub::from_priv(secp, &master.derive_priv(secp, &path(at)).unwrap());
    let steps = at.strip_prefix('m').unwrap();
    format!("[{}{steps}]{account}/<0;1>/*", master.fingerprint(secp))
}

/// An account of a template, where `@` stands for the keys, of the first of which it is.
pub fn account_of(chain: &str, template: &str, at: &str, masters: &[Xpriv], own: usize) -> Account {
    let keys: Vec<_> = masters.iter().map(|master| key_text(master, at)).collect();
    let chain: ChainId = chain.parse().unwrap();
    let descriptor = canonical_descriptor(&chain, &template.replace('@', &keys.join(","))).unwrap();
    let secp = secp();
    let master = &masters[own];
    let account = Xpub::from_priv(secp, &master.derive_priv(secp, &path(at)).unwrap());
    Account {
        house: HouseId::of(b"house"),
        address: address_at(&chain, &descriptor, Keychain::Receive, 0).unwrap(),
        chain,
        label: "treasury".parse().unwrap(),
        key: KeyOrigin {
            fingerprint: master.fingerprint(secp).to_bytes(),
            path: at.to_owned(),
            public_key: account.public_key.serialize().to_vec(),
        },
        device: DeviceBinding::Software { key: "treasury".parse().unwrap() },
        provenance: KeyProvenance::OnHost,
        station: StationId::of(&[u8::try_from(own).unwrap()]),
        enrolled_at: Timestamp::from_unix(1_700_000_000),
        descriptor: Some(descriptor),
    }
}

/// The keys of a kind: three where several sign, one elsewhere.
pub fn masters(template: &str) -> Vec<Xpriv> {
    let count = if template.contains("multi") { 3 } else { 1 };
    (1..=count).map(|byte| master(byte, REGTEST)).collect()
}

/// The account of a kind on regtest.
pub fn account(template: &str) -> Account {
    let at = KINDS.iter().find(|(kind, _)| *kind == template).unwrap().1;
    account_of(REGTEST, template, at, &masters(template), 0)
}

/// An earlier transaction with one output to a script between two of somebody else's, made unique by a number.
pub fn funding(script: ScriptBuf, satoshi: u64, number: u8) -> Transaction {
    let elsewhere = TxOut { value: Coins::from_sat(777), script_pubkey: ScriptBuf::from(vec![0x51]) };
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint { txid: Txid::from_byte_array([number; 32]), vout: 0 },
            script_sig: ScriptBuf::from(vec![0x51]),
            sequence: Sequence::MAX,
            witness: Witness::new(),
        }],
        output: vec![
            elsewhere.clone(),
            TxOut { value: Coins::from_sat(satoshi), script_pubkey: script },
            elsewhere,
        ],
    }
}

/// A coin of an account at a place of its descriptor.
pub fn coin(account: &Account, keychain: Keychain, index: u32, satoshi: u64, number: u8) -> BitcoinInput {
    let address = address_at(&account.chain, account.descriptor.as_ref().unwrap(), keychain, index).unwrap();
    let script = script_of(&account.chain, &address).unwrap();
    BitcoinInput {
        previous: encode::serialize(&funding(script, satoshi, number)),
        vout: 1,
        sequence: 0xffff_fffd,
        keychain,
        index,
    }
}

pub fn pay(chain: &ChainId, to: &str, satoshi: u64) -> Action {
    let asset = strongroom_bitcoin_codec::native_asset(chain).unwrap();
    Action::Pay { asset, to: to.parse().unwrap(), amount: Amount::from(satoshi) }
}

pub fn intent(account: &Account, actions: Vec<Action>) -> Intent {
    Intent {
        account: account.id(),
        actions,
        max_fee: Amount::MAX,
        not_after: Timestamp::from_unix(1_800_000_000),
        reference: "invoice 1".parse().unwrap(),
        reason: None,
    }
}

/// Two payments out of three coins, with change between them. The fee is 1000 satoshi.
pub fn facts(account: &Account) -> BitcoinFacts {
    BitcoinFacts {
        version: 2,
        locktime: 840_000,
        inputs: vec![
            coin(account, Keychain::Receive, 0, 100_000, 1),
            coin(account, Keychain::Change, 5, 50_000, 2),
            coin(account, Keychain::Receive, 7, 20_000, 3),
        ],
        outputs: vec![
            BitcoinOutput::Payment { action: 0 },
            BitcoinOutput::Change,
            BitcoinOutput::Payment { action: 1 },
        ],
        change: Some(BitcoinChange { index: 6, amount: Amount::from(69_000u64) }),
    }
}

pub fn payments(account: &Account) -> Intent {
    let chain = &account.chain;
    intent(account, vec![pay(chain, STRANGER, 60_000), pay(chain, OTHER_STRANGER, 40_000)])
}

pub fn build(account: &Account, intent: &Intent, facts: &BitcoinFacts) -> Result<Unsigned, BuildError> {
    BitcoinCodec.build(account, intent, &Facts::Bitcoin(facts.clone()))
}

pub fn honest(account: &Account) -> Unsigned {
    build(account, &payments(account), &facts(account)).unwrap()
}

pub fn decode(account: &Account, unsigned: &[u8]) -> Result<Box<dyn Tx>, DecodeError> {
    BitcoinCodec.decode(account, &Unsigned(unsigned.to_vec()))
}

/// Signs every task of a transaction with the account's own key, as a signer of ours must: from the master key down.
pub fn sign(master: &Xpriv, account: &Account, tx: &dyn Tx) -> Vec<Signature> {
    let secp = secp();
    let own = path(&account.key.path);
    let signed = tx.tasks().iter().map(|task| {
        let steps: Vec<_> =
            task.derivation.iter().map(|step| ChildNumber::from_normal_idx(*step).unwrap()).collect();
        let key = master.derive_priv(secp, &own.extend(&steps)).unwrap().private_key;
        let message = Message::from_digest(task.digest);
        match task.scheme {
            Scheme::EcdsaSecp256k1 => Signature(secp.sign_ecdsa(&message, &key).serialize_compact().to_vec()),
            Scheme::SchnorrSecp256k1 => {
                let tweaked = Keypair::from_secret_key(secp, &key).tap_tweak(secp, None);
                Signature(secp.sign_schnorr_no_aux_rand(&message, &tweaked.to_keypair()).as_ref().to_vec())
            }
            other => panic!("{other:?}"),
        }
    });
    signed.collect()
}

/// What a transaction spends, from facts.
pub fn spent(facts: &BitcoinFacts) -> Vec<TxOut> {
    let output = |input: &BitcoinInput| {
        let previous: Transaction = encode::deserialize(&input.previous).unwrap();
        previous.output[usize::try_from(input.vout).unwrap()].clone()
    };
    facts.inputs.iter().map(output).collect()
}

/// Bitcoin Core's interpreter, with every rule of consensus: whether each input of a transaction opens what it spends.
pub fn judge(raw: &[u8], spent: &[TxOut]) -> Result<(), bitcoinconsensus::Error> {
    let utxos: Vec<_> = spent
        .iter()
        .map(|output| bitcoinconsensus::Utxo {
            script_pubkey: output.script_pubkey.as_bytes().as_ptr(),
            script_pubkey_len: u32::try_from(output.script_pubkey.len()).unwrap(),
            value: i64::try_from(output.value.to_sat()).unwrap(),
        })
        .collect();
    spent.iter().enumerate().try_for_each(|(input, output)| {
        let (script, value) = (output.script_pubkey.as_bytes(), output.value.to_sat());
        bitcoinconsensus::verify(script, value, raw, Some(&utxos), input)
    })
}

pub fn address(text: &str) -> Address {
    Address::from_str(text).unwrap()
}

/// Numbers for reproducible tests: `SplitMix64` (Steele, Lea, Flood 2014).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_be_bytes()[7])
    }
}
