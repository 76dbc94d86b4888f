//! Accounts, intents and signatures that every test of this crate needs.
#![allow(clippy::disallowed_types, reason = "the codec must not hold keys, its tests must sign")]

use k256::ecdsa::SigningKey;
use k256::ecdsa::signature::hazmat::PrehashSigner;
use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::{
    Account, Action, Amount, BuildError, ChainId, Codec, DecodeError, DeviceBinding, EvmFacts, EvmFees,
    Facts, HouseId, Intent, KeyOrigin, KeyProvenance, Signature, StationId, Timestamp, Tx, Unsigned,
};

/// A key anybody knows: the same byte 32 times. 0x46 is the one of EIP-155's example.
pub fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).unwrap()
}

pub fn compressed(key: &SigningKey) -> Vec<u8> {
    key.verifying_key().to_encoded_point(true).as_bytes().to_vec()
}

/// The account of a public key on a chain.
pub fn account_of(chain: &str, public_key: Vec<u8>) -> Account {
    let chain: ChainId = chain.parse().unwrap();
    Account {
        house: HouseId::of(b"house"),
        address: EvmCodec.address_of(&chain, &public_key).unwrap(),
        chain,
        label: "treasury".parse().unwrap(),
        key: KeyOrigin { fingerprint: [1, 2, 3, 4], path: "m/44'/60'/0'/0/0".to_owned(), public_key },
        device: DeviceBinding::Software { key: "treasury".parse().unwrap() },
        provenance: KeyProvenance::OnHost,
        station: StationId::of(b"station"),
        enrolled_at: Timestamp::from_unix(1_700_000_000),
        descriptor: None,
    }
}

pub fn account(chain: &str, key: &SigningKey) -> Account {
    account_of(chain, compressed(key))
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

pub fn pay(asset: &str, to: &str, amount: Amount) -> Action {
    Action::Pay { asset: asset.parse().unwrap(), to: to.parse().unwrap(), amount }
}

/// Facts of a type 2 transaction.
pub fn facts(nonce: u64) -> Facts {
    eip1559(nonce, 100_000, 30_000_000_000, 2_000_000_000)
}

pub fn eip1559(nonce: u64, gas_limit: u64, ceiling: u128, tip: u128) -> Facts {
    let fees = EvmFees::Eip1559 { max_fee_per_gas: ceiling.into(), max_priority_fee_per_gas: tip.into() };
    Facts::Evm(EvmFacts { nonce, gas_limit, fees })
}

pub fn legacy(nonce: u64, gas_limit: u64, gas_price: u128) -> Facts {
    Facts::Evm(EvmFacts { nonce, gas_limit, fees: EvmFees::Legacy { gas_price: gas_price.into() } })
}

pub fn build(account: &Account, action: Action, facts: &Facts) -> Result<Unsigned, BuildError> {
    EvmCodec.build(account, &intent(account, vec![action]), facts)
}

pub fn decode(account: &Account, unsigned: &[u8]) -> Result<Box<dyn Tx>, DecodeError> {
    EvmCodec.decode(account, &Unsigned(unsigned.to_vec()))
}

/// Signs a transaction's one task: RFC 6979, low S.
pub fn sign(key: &SigningKey, tx: &dyn Tx) -> Signature {
    let [task] = tx.tasks() else { panic!("one task was expected") };
    let signature: k256::ecdsa::Signature = key.sign_prehash(&task.digest).unwrap();
    Signature(signature.to_bytes().to_vec())
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
