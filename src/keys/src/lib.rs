//! Entropy, mnemonics, derivation, the encrypted keystore and the software signer: the only private scalars.
//!
//! No other room holds a private key. What crosses this room's wall outwards is public keys, records and signatures
//! over what was approved; no function here takes bytes and returns a signature that could spend.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | [`hardening`] | the process: no dumps, no tracing | core(5), prctl(2) |
//! | [`memory`] | pages locked in RAM | mlock(2) |
//! | [`secret`] | bytes and texts that are wiped | |
//! | [`worker`] | the thread that secrets are worked on in | |
//! | [`entropy`], [`operator_entropy`] | randomness, tested and mixed | SP 800-90B §4.4, RFC 5869 |
//! | [`mnemonic`] | words for a seed | BIP-39 |
//! | [`derivation`], [`extended_key`], [`private_key`] | keys from a seed | BIP-32, BIP-44, BIP-84 |
//! | [`strong_passphrase`] | what to encrypt under | |
//! | [`key_file`], [`record`], [`keystore`], [`opened_key`] | keys at rest | age v1 |
//! | [`software_signer`] | signatures over approved work | RFC 6979, BIP-62 |
//! | [`station`] | the vault's own signature | OpenSSH PROTOCOL.sshsig |
//!
//! Passphrases come in as arguments: nothing here prompts, reads a clock or opens anything but the keystore.

pub mod derivation;
mod durable;
pub mod entropy;
pub mod extended_key;
pub mod hardening;
pub mod key_file;
pub mod keystore;
pub mod known_answer;
pub mod memory;
pub mod mnemonic;
mod nearest;
pub mod opened_key;
pub mod operator_entropy;
mod pattern;
pub mod private_key;
pub mod record;
pub mod secret;
pub mod software_signer;
mod stack;
pub mod station;
pub mod strong_passphrase;
pub mod worker;

pub use derivation::{Curve, DerivationPath, PathError, Preset};
pub use entropy::{Entropy, EntropyError, SystemEntropy};
pub use extended_key::{ExtendedKeyError, ExtendedPrivateKey, ExtendedPublicKey, Fingerprint};
pub use hardening::{HardeningError, harden_process};
pub use key_file::{KeyFileError, WorkFactor};
pub use keystore::{Circumstances, Keystore, KeystoreError, Listing, NewKey};
pub use memory::LockWarning;
pub use mnemonic::{Mnemonic, MnemonicError, Seed, WordCount};
pub use nearest::Nearest;
pub use opened_key::{OpenedKey, OpenedMnemonic};
pub use operator_entropy::{OperatorEntropy, OperatorEntropyError};
pub use private_key::PrivateKey;
pub use record::{Bip39Passphrase, DocumentError, KeyIdentity, KeyRecord};
pub use secret::{Passphrase, Secret, SecretError};
pub use software_signer::SoftwareSigner;
pub use station::{StationError, StationKey};
pub use strong_passphrase::WeakPassphrase;
pub use worker::{Worked, Worker, WorkerError, on_locked_stack};
