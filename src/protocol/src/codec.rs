//! What a chain must be able to do: build bytes, read them, and assemble what was signed.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::account::Account;
use crate::chain::{Address, AssetId, ChainId};
use crate::effects::Effects;
use crate::facts::Facts;
use crate::plan::Intent;
use crate::request::{RawTx, Unsigned};

/// One family of chains. It has no state and no secrets, and asks nobody anything.
pub trait Codec: Send + Sync {
    /// The CAIP-2 namespace it speaks for, such as `eip155`.
    fn namespace(&self) -> &'static str;

    /// The asset that fees are paid in on this chain.
    ///
    /// # Errors
    /// [`AddressError::Chain`] if the chain is not one of this family that is supported.
    fn native_asset(&self, chain: &ChainId) -> Result<AssetId, AddressError>;

    /// Whether an address is of this chain and in its canonical form.
    ///
    /// # Errors
    /// [`AddressError`], with the canonical form where there is one.
    fn check_address(&self, chain: &ChainId, address: &Address) -> Result<(), AddressError>;

    /// The address that a public key has on a chain.
    ///
    /// # Errors
    /// [`AddressError`] if the key is not of the chain's kind.
    fn address_of(&self, chain: &ChainId, public_key: &[u8]) -> Result<Address, AddressError>;

    /// The unsigned bytes that carry out `intent` of `account` under `facts`: the only ones.
    ///
    /// # Errors
    /// [`BuildError`] if the intent cannot be carried out on this chain, or the facts are not of it.
    fn build(&self, account: &Account, intent: &Intent, facts: &Facts) -> Result<Unsigned, BuildError>;

    /// Reads unsigned bytes. What it cannot account for to the last byte, it refuses.
    ///
    /// # Errors
    /// [`DecodeError`], with the reason in words.
    fn decode(&self, account: &Account, unsigned: &Unsigned) -> Result<Box<dyn Tx>, DecodeError>;
}

/// A transaction that was understood.
pub trait Tx: Send {
    /// What it does.
    fn effects(&self) -> &Effects;

    /// What must be signed for it, in order.
    fn tasks(&self) -> &[SigningTask];

    /// Verifies the signatures against the account's key with code that did not make them, exactly as
    /// [`Self::assemble`] does, and puts nothing together: a vault needs no more.
    ///
    /// # Errors
    /// [`BadSignature`] if one is missing, surplus, malformed, by another key or malleable.
    fn verify(&self, signatures: &[Signature]) -> Result<(), BadSignature> {
        self.assemble(signatures).map(drop)
    }

    /// Puts the signatures in, after verifying each against the account's key with code that did not make them.
    ///
    /// # Errors
    /// [`BadSignature`] if one is missing, surplus, malformed, by another key or malleable.
    fn assemble(&self, signatures: &[Signature]) -> Result<RawTx, BadSignature>;
}

/// One signature to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningTask {
    /// By which kind of key, and how.
    pub scheme: Scheme,
    /// By which key: the steps from the account's own key down to it, none of them hardened (BIP-32). Empty where the
    /// account's key signs itself.
    pub derivation: Vec<u32>,
    /// Over which 32 bytes.
    pub digest: [u8; 32],
}

/// A kind of signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// ECDSA over secp256k1 (SEC 2), low S, nonce by RFC 6979 where the signer is ours.
    EcdsaSecp256k1,
    /// Schnorr over secp256k1 (BIP-340), for a Taproot output's key path (BIP-341 §"Constructing and spending Taproot
    /// outputs").
    ///
    /// The key that signs is not the derived one: the signer first gives that one an even y, then adds the tweak of an
    /// empty script tree, the tagged hash `TapTweak` of its x alone. The output's key is the result.
    SchnorrSecp256k1,
}

/// A signature in its scheme's compact form of 64 bytes: `r ‖ s` for ECDSA, `x(R) ‖ s` for Schnorr (BIP-340), without
/// a sighash byte behind it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Signature(#[cbor(n(0), with = "minicbor::bytes")] pub Vec<u8>);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({} bytes)", self.0.len())
    }
}

/// Why an address or a key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// A chain that is not supported.
    #[error("{0} is not a supported chain")]
    Chain(ChainId),
    /// Not an address of this chain.
    #[error("{address} is not an address of {chain}: {why}")]
    Malformed {
        /// The text.
        address: Address,
        /// The chain.
        chain: ChainId,
        /// What is wrong.
        why: String,
    },
    /// Right, but not in checksummed form.
    #[error(
        "{found} is not in checksummed form; it would be {canonical}: compare it with its source letter by letter"
    )]
    NotCanonical {
        /// The text.
        found: Address,
        /// The form it must have.
        canonical: Address,
    },
    /// Not a public key of the chain's kind.
    #[error("this is no public key of {0}")]
    PublicKey(ChainId),
    /// The account's descriptor, or that it has one or none.
    #[error("the account's descriptor is refused: {0}")]
    Descriptor(String),
}

/// Why an intent cannot become bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An address or the chain is refused.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// This family cannot do that.
    #[error("{chain} cannot carry out this intent: {why}")]
    Unsupported {
        /// The chain.
        chain: ChainId,
        /// Why not.
        why: String,
    },
    /// The facts are of another family or out of range.
    #[error("the facts do not fit: {0}")]
    Facts(String),
    /// The intent pays somebody who must not be paid.
    #[error("{to} must not be paid: {why}")]
    Payee {
        /// The payee.
        to: Address,
        /// Why not.
        why: String,
    },
}

/// Why bytes are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// An address or the chain is refused.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Not an encoding of a transaction, or one with bytes to spare.
    #[error("these bytes are not an unsigned transaction of {chain}: {why}")]
    Malformed {
        /// The chain.
        chain: ChainId,
        /// What is wrong.
        why: String,
    },
    /// A transaction of another chain.
    #[error("the bytes are for {found}, but the account lives on {expected}")]
    OtherChain {
        /// The chain in the bytes.
        found: String,
        /// The account's chain.
        expected: ChainId,
    },
    /// A transaction that could do what nobody here understands.
    #[error("refused: {0}")]
    NotUnderstood(String),
    /// Somebody is paid who must not be.
    #[error("{to} must not be paid: {why}")]
    Payee {
        /// The payee.
        to: Address,
        /// Why not.
        why: String,
    },
}

/// Why a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadSignature {
    /// Not as many as there are tasks.
    #[error("{expected} signatures are needed, {found} were given")]
    Count {
        /// Needed.
        expected: usize,
        /// Given.
        found: usize,
    },
    /// Not of the scheme's form.
    #[error("the signature is malformed: {0}")]
    Malformed(String),
    /// S is in the upper half of the order: anybody could turn it into another signature of the same thing.
    #[error("the signature has a high S (BIP-62, EIP-2): refused as malleable")]
    HighS,
    /// It does not verify against the account's key.
    #[error("the signature does not verify against the account's key")]
    Wrong,
    /// One of several signatures is refused.
    #[error("signature {task}: {why}")]
    Task {
        /// The place of its task, from 1.
        task: usize,
        /// Why.
        why: Box<Self>,
    },
    /// Every signature is good, but the account needs those of more people.
    #[error("{found} of {needed} cosigners have signed: collect the replies of the others")]
    TooFewCosigners {
        /// Cosigners that the script asks for.
        needed: usize,
        /// Cosigners whose signatures are here.
        found: usize,
    },
    /// A key that is none of the account's, or one that is there twice.
    #[error("a share of signatures is by {0}")]
    Cosigner(&'static str),
}
