//! What the keystore refuses, and why.

use std::io;
use std::path::PathBuf;

use strongroom_protocol::text::Name;

use crate::extended_key::ExtendedKeyError;
use crate::key_file::KeyFileError;
use crate::record::DocumentError;
use crate::strong_passphrase::WeakPassphrase;

/// Why the keystore does not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeystoreError {
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Others than the owner may look inside.
    #[error(
        "{path} is open to others (mode {mode:03o}): close it with `chmod go= {path}`, and ask who read it"
    )]
    Open {
        /// Which file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A link, a directory, a pipe, or something too long.
    #[error("{path} is no plain file of the size of a key file: move it out of the keystore")]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// A directory that is a file, or not there.
    #[error("{path} is no directory: make the keystore first")]
    NoDirectory {
        /// Which.
        path: PathBuf,
    },
    /// The name is taken.
    #[error("there is already a key named {name}: keys are never replaced; choose another name")]
    Exists {
        /// The name.
        name: Name,
    },
    /// No such key.
    #[error("there is no key named {name} in this keystore: `key list` shows those there are")]
    Missing {
        /// The name.
        name: Name,
    },
    /// A key file without its public record.
    #[error(
        "key {name} has no public record {name}.toml: write it again from the key file, or fetch the backup copy"
    )]
    NoRecord {
        /// The name.
        name: Name,
    },
    /// The same key under another name.
    #[error("this key is already in the keystore, as {name}: one key has one name")]
    Duplicate {
        /// The other name.
        name: Name,
    },
    /// A passphrase that must not protect a key.
    #[error(transparent)]
    Weak(#[from] WeakPassphrase),
    /// A mark that no key in a keystore has.
    #[error("a key that was made inside a device stays there: it has no place in a keystore")]
    OnDevice,
    /// The encrypted file is refused.
    #[error("key {name}: {source}")]
    File {
        /// The name.
        name: Name,
        /// Why.
        source: KeyFileError,
    },
    /// A record or a sealed document is refused.
    #[error("{path}: {source}")]
    Document {
        /// Where.
        path: PathBuf,
        /// Why.
        source: DocumentError,
    },
    /// The public record and the sealed one differ, or the file carries another key's name.
    #[error(
        "the public record of key {name} is not the one sealed in its file: one of them was changed or renamed; fetch both from the backup"
    )]
    Mismatch {
        /// The name.
        name: Name,
    },
    /// The secret is not that of its own record.
    #[error(
        "key {name} is not the key its record describes: the file was not made here; fetch the backup copy"
    )]
    OtherKey {
        /// The name.
        name: Name,
    },
    /// A BIP-39 passphrase belongs to this key, and none was given.
    #[error("key {name} has a BIP-39 passphrase, which is stored nowhere: type it")]
    PassphraseNeeded {
        /// The name.
        name: Name,
    },
    /// No BIP-39 passphrase belongs to this key, and one was given.
    #[error("key {name} has no BIP-39 passphrase: with one, it would be another wallet. Leave it out")]
    PassphraseUnwanted {
        /// The name.
        name: Name,
    },
    /// Another BIP-39 passphrase.
    #[error("this is not the BIP-39 passphrase of key {name}: it leads to another wallet. Try again")]
    WrongBip39Passphrase {
        /// The name.
        name: Name,
    },
    /// A seed that has no master key; one in 2^127.
    #[error(transparent)]
    Derivation(#[from] ExtendedKeyError),
}
