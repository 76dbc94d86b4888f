//! An account: one spending authority on one chain, with where its key lives.

use minicbor::{Decode, Decoder, Encode};

use crate::canonical::{self, Document};
use crate::chain::{Address, ChainId};
use crate::descriptor::Descriptor;
use crate::id::{AccountId, HouseId, StationId};
use crate::sealed::Sealable;
use crate::sshsig::Namespace;
use crate::text::{Name, Text};
use crate::time::Timestamp;

/// A public record of an account, written and signed by the vault that holds its key. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Account {
    /// The house it belongs to.
    #[n(0)]
    pub house: HouseId,
    /// The chain it lives on.
    #[n(1)]
    pub chain: ChainId,
    /// Its address there, in canonical form. Where there is a descriptor, it is the first receiving one of many.
    #[n(2)]
    pub address: Address,
    /// What people call it. Decoration: the policy's label counts.
    #[n(3)]
    pub label: Text,
    /// The key that spends from it. Where there is a descriptor, it is this station's own account-level key in it: its
    /// origin, and the public key at that path.
    #[n(4)]
    pub key: KeyOrigin,
    /// What holds that key.
    #[n(5)]
    pub device: DeviceBinding,
    /// How that key came to be.
    #[n(6)]
    pub provenance: KeyProvenance,
    /// The one station whose vault may use it.
    #[n(7)]
    pub station: StationId,
    /// When the record was written.
    #[n(8)]
    pub enrolled_at: Timestamp,
    /// On chains where an account has many addresses: the scripts that lock its coins, with the public keys of everybody
    /// who signs, receiving and change branch in one (`/<0;1>/*`, BIP-389). Elsewhere none.
    #[n(9)]
    pub descriptor: Option<Descriptor>,
}

/// Where a key comes from: master fingerprint, path, and the public key itself (BIP-32, BIP-380 "key origin").
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyOrigin {
    /// First four bytes of HASH160 of the master public key (BIP-32 §"Key identifiers"); zero where a device does not
    /// tell it, as in BIP-380.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub fingerprint: [u8; 4],
    /// Derivation path, such as `m/44'/60'/0'/0/0`.
    #[cbor(n(1), decode_with = "decode_path")]
    pub path: String,
    /// The public key: 33 bytes SEC 1 compressed for secp256k1.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub public_key: Vec<u8>,
}

/// The most characters of a derivation path.
const PATH_LIMIT: usize = 128;

/// A path is shown to people, so it holds nothing but what paths are written with: `m`, then steps such as `/44'`.
fn decode_path<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<String, minicbor::decode::Error> {
    let at = d.position();
    let path = d.str()?;
    let is_step = |step: &str| {
        let digits = step.strip_suffix(['\'', 'h']).unwrap_or(step);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut steps = path.split('/');
    if path.len() > PATH_LIMIT || steps.next() != Some("m") || !steps.all(is_step) {
        return Err(
            minicbor::decode::Error::message("a derivation path is written as m/44'/60'/0'/0/0").at(at)
        );
    }
    Ok(path.to_owned())
}

/// What holds a key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum DeviceBinding {
    /// The vault's own encrypted keystore, under this name.
    #[n(0)]
    Software {
        /// The keystore's name for the key.
        #[n(0)]
        key: Name,
    },
    /// A hardware wallet. Which one is settled by the public key alone: the device that has it is the right one.
    #[n(1)]
    Hardware {
        /// Its kind, by the name of its driver, such as `ledger`.
        #[n(0)]
        kind: Name,
        /// Its model, as it was when the account was enrolled. Decoration.
        #[n(1)]
        model: Text,
    },
}

/// How a key came to be. A mark that a key carries for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum KeyProvenance {
    /// Made inside a hardware device and never outside it.
    #[n(0)]
    OnDevice,
    /// Made by the vault's own machine.
    #[n(1)]
    OnHost,
    /// Typed in from words made elsewhere.
    #[n(2)]
    Restored,
    /// Brought in from another program.
    #[n(3)]
    Imported,
}

impl KeyProvenance {
    /// The word shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDevice => "made on the device",
            Self::OnHost => "made on the vault's machine",
            Self::Restored => "restored from words",
            Self::Imported => "imported",
        }
    }
}

impl Account {
    /// The account's id: the hash of this record.
    pub fn id(&self) -> AccountId {
        AccountId::of(&canonical::encode(self))
    }
}

impl Document for Account {
    const SCHEMA: &'static str = "strongroom.account.v1";
    const LIMIT: usize = 16 << 10;
}

impl Sealable for Account {
    const SEALED: &'static str = "strongroom.account-record.v1";
    const NAMESPACE: Namespace = Namespace::Account;
}
