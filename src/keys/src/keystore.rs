//! A directory of keys: each a file `NAME.age` that only its passphrase opens, and a public record `NAME.toml`.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use strongroom_protocol::account::KeyProvenance;
use strongroom_protocol::text::Name;
use strongroom_protocol::time::Timestamp;

pub use self::error::KeystoreError;
use crate::durable::{self, Untrusted};
use crate::extended_key::ExtendedPrivateKey;
use crate::key_file::{self, FILE_LIMIT, KeyFileError, WorkFactor};
use crate::mnemonic::Mnemonic;
use crate::opened_key::{OpenedKey, OpenedMnemonic};
use crate::record::{Bip39Passphrase, DocumentError, KeyIdentity, KeyRecord, KeySecret};
use crate::secret::{Passphrase, Secret};
use crate::station::StationKey;
use crate::strong_passphrase;

mod error;

/// Ending of the encrypted file.
const SEALED: &str = "age";
/// Ending of the public record.
const RECORD: &str = "toml";
/// The most bytes of a public record; real ones have under 300.
const RECORD_LIMIT: usize = 4096;

/// A directory of encrypted keys. It is its owner's alone, and nothing in it is ever replaced or deleted from here.
#[derive(Clone, Debug)]
pub struct Keystore {
    directory: PathBuf,
}

/// A key to be put into the keystore.
#[derive(Debug)]
pub enum NewKey<'a> {
    /// A mnemonic, and the BIP-39 passphrase that belongs to it. The passphrase is not stored.
    Mnemonic(&'a Mnemonic, Option<&'a Passphrase>),
    /// A station's key.
    Station(&'a StationKey),
}

/// How a new key is made, and what protects it.
#[derive(Debug)]
pub struct Circumstances<'a> {
    /// How it came to be.
    pub made: KeyProvenance,
    /// The present.
    pub created: Timestamp,
    /// What its file is encrypted under.
    pub passphrase: &'a Passphrase,
    /// How costly a guess at that passphrase is made.
    pub factor: WorkFactor,
}

/// What a look into the directory shows.
#[derive(Debug, Default)]
pub struct Listing {
    /// The keys' public records, by name.
    pub records: Vec<KeyRecord>,
    /// What is not as it should be.
    pub problems: Vec<KeystoreError>,
}

impl Keystore {
    /// Makes the directory, for its owner alone, if it is not there, and opens it.
    ///
    /// # Errors
    /// [`KeystoreError`]: it cannot be made, or it is there and open to others.
    pub fn create(directory: &Path) -> Result<Self, KeystoreError> {
        match DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) => {
                let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
                let parent = parent.unwrap_or(Path::new("."));
                durable::sync_directory(parent).map_err(at(parent))?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(KeystoreError::Io { path: directory.to_owned(), source }),
        }
        Self::open(directory)
    }

    /// Opens a directory that is there.
    ///
    /// # Errors
    /// [`KeystoreError::NoDirectory`], or [`KeystoreError::Open`] if others than its owner may look inside.
    pub fn open(directory: &Path) -> Result<Self, KeystoreError> {
        let path = directory.to_owned();
        if !directory.is_dir() {
            return Err(KeystoreError::NoDirectory { path });
        }
        match durable::open_to_others(directory).map_err(at(directory))? {
            Some(mode) => Err(KeystoreError::Open { path, mode }),
            None => Ok(Self { directory: path }),
        }
    }

    fn path(&self, name: &Name, ending: &str) -> PathBuf {
        // A name has no dots and no slashes: it cannot lead out of the directory.
        self.directory.join(format!("{name}.{ending}"))
    }

    /// Encrypts a key into a new file, opens it again to be sure, and writes both files.
    ///
    /// The key file comes first: a crash between the two loses no key, and [`Self::restore_record`] writes the other.
    /// Takes two scrypts; run it on a locked stack ([`crate::worker`]).
    ///
    /// # Errors
    /// [`KeystoreError`]: a weak passphrase, a name or a key that is already there, or a full disk. Nothing is replaced.
    pub fn add(
        &self,
        name: &Name,
        key: &NewKey<'_>,
        with: &Circumstances<'_>,
    ) -> Result<KeyRecord, KeystoreError> {
        if with.made == KeyProvenance::OnDevice {
            return Err(KeystoreError::OnDevice);
        }
        strong_passphrase::check(with.passphrase)?;
        let record = KeyRecord {
            name: name.clone(),
            made: with.made,
            created: with.created,
            identity: key.identity()?,
        };
        self.check_unknown(&record)?;
        let sealed = self.path(name, SEALED);
        let document =
            key.sealed(&record).map_err(|source| KeystoreError::Document { path: sealed.clone(), source })?;
        let refused = |source| KeystoreError::File { name: name.clone(), source };
        let file = key_file::seal(&document, with.passphrase, with.factor).map_err(refused)?;
        // A key is not made until its file has been opened: afterwards it may be the only copy.
        let reopened = key_file::open(&file, with.passphrase).map_err(refused)?;
        if reopened.expose().as_bytes() != document.expose() {
            return Err(refused(KeyFileError::Damaged { what: "it does not open as it was sealed" }));
        }
        self.write(name, SEALED, &file)?;
        self.write(name, RECORD, record.to_string().as_bytes())?;
        Ok(record)
    }

    /// Refuses a name or an identity that the keystore already has.
    fn check_unknown(&self, record: &KeyRecord) -> Result<(), KeystoreError> {
        let taken = |ending| self.path(&record.name, ending).symlink_metadata().is_ok();
        if taken(SEALED) || taken(RECORD) {
            return Err(KeystoreError::Exists { name: record.name.clone() });
        }
        let known = self.list()?.records;
        let fingerprint = record.identity.fingerprint();
        match known.into_iter().find(|known| known.identity.fingerprint() == fingerprint) {
            Some(known) => Err(KeystoreError::Duplicate { name: known.name }),
            None => Ok(()),
        }
    }

    fn write(&self, name: &Name, ending: &str, bytes: &[u8]) -> Result<(), KeystoreError> {
        let path = self.path(name, ending);
        durable::write_new(&path, bytes).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeystoreError::Exists { name: name.clone() },
            _ => KeystoreError::Io { path, source },
        })
    }

    fn read(&self, name: &Name, ending: &str, limit: usize) -> Result<Vec<u8>, KeystoreError> {
        let path = self.path(name, ending);
        match durable::read_private(&path, limit) {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(Untrusted::Open { mode })) => Err(KeystoreError::Open { path, mode }),
            Ok(Err(Untrusted::NotAFile | Untrusted::TooLong)) => Err(KeystoreError::Foreign { path }),
            Err(source) => Err(KeystoreError::Io { path, source }),
        }
    }

    /// The public record of one key. Needs no passphrase.
    ///
    /// # Errors
    /// [`KeystoreError`]: no such key, no record, or one that is not as it was written.
    pub fn record(&self, name: &Name) -> Result<KeyRecord, KeystoreError> {
        let there = |ending| self.path(name, ending).symlink_metadata().is_ok();
        if !there(SEALED) {
            return Err(KeystoreError::Missing { name: name.clone() });
        }
        if !there(RECORD) {
            return Err(KeystoreError::NoRecord { name: name.clone() });
        }
        let bytes = self.read(name, RECORD, RECORD_LIMIT)?;
        let record = std::str::from_utf8(&bytes).map_err(|_| DocumentError::FirstLine);
        let record = record.and_then(KeyRecord::parse);
        let path = self.path(name, RECORD);
        let record = record.map_err(|source| KeystoreError::Document { path, source })?;
        if record.name == *name { Ok(record) } else { Err(KeystoreError::Mismatch { name: name.clone() }) }
    }

    /// The scrypt work factor of a key's file. Needs no passphrase.
    ///
    /// # Errors
    /// [`KeystoreError`]: no such key, or a file that would not be opened.
    pub fn work_factor(&self, name: &Name) -> Result<WorkFactor, KeystoreError> {
        let file = self.read_sealed(name)?;
        key_file::work_factor(&file).map_err(|source| KeystoreError::File { name: name.clone(), source })
    }

    fn read_sealed(&self, name: &Name) -> Result<Vec<u8>, KeystoreError> {
        self.read(name, SEALED, FILE_LIMIT).map_err(|error| match error {
            KeystoreError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                KeystoreError::Missing { name: name.clone() }
            }
            other => other,
        })
    }

    fn unseal(&self, name: &Name, passphrase: &Passphrase) -> Result<(KeyRecord, KeySecret), KeystoreError> {
        let file = self.read_sealed(name)?;
        let document = key_file::open(&file, passphrase)
            .map_err(|source| KeystoreError::File { name: name.clone(), source })?;
        let path = self.path(name, SEALED);
        let opened =
            KeyRecord::parse_sealed(&document).map_err(|source| KeystoreError::Document { path, source })?;
        if opened.0.name == *name { Ok(opened) } else { Err(KeystoreError::Mismatch { name: name.clone() }) }
    }

    /// Opens a key with its passphrase, and checks that it is the key its record describes.
    ///
    /// Takes one scrypt; run it on a locked stack ([`crate::worker`]).
    ///
    /// # Errors
    /// [`KeystoreError`]: no such key, a file or a record that is refused, a wrong passphrase.
    pub fn unlock(&self, name: &Name, passphrase: &Passphrase) -> Result<OpenedKey, KeystoreError> {
        let public = self.record(name)?;
        let (record, secret) = self.unseal(name, passphrase)?;
        if record != public {
            return Err(KeystoreError::Mismatch { name: name.clone() });
        }
        match (secret, &record.identity) {
            (KeySecret::Station(key), KeyIdentity::Station { public_key })
                if key.public_key() == *public_key =>
            {
                Ok(OpenedKey::Station(key))
            }
            (KeySecret::Mnemonic(mnemonic), KeyIdentity::Mnemonic { passphrase, .. }) => {
                let without = *passphrase == Bip39Passphrase::Absent;
                let opened = OpenedMnemonic::new(record, mnemonic);
                if without && opened.master_key(None).is_err() {
                    return Err(KeystoreError::OtherKey { name: name.clone() });
                }
                Ok(OpenedKey::Mnemonic(opened))
            }
            _ => Err(KeystoreError::OtherKey { name: name.clone() }),
        }
    }

    /// Writes a missing public record again, from the key file.
    ///
    /// # Errors
    /// [`KeystoreError`]: there is a record, or the key file does not open.
    pub fn restore_record(&self, name: &Name, passphrase: &Passphrase) -> Result<KeyRecord, KeystoreError> {
        let (record, _) = self.unseal(name, passphrase)?;
        self.write(name, RECORD, record.to_string().as_bytes())?;
        Ok(record)
    }

    /// Every key's public record, and everything in the directory that is not as it should be.
    ///
    /// # Errors
    /// [`KeystoreError::Io`] if the directory cannot be read at all.
    pub fn list(&self) -> Result<Listing, KeystoreError> {
        let mut names = Vec::new();
        let mut listing = Listing::default();
        for entry in fs::read_dir(&self.directory).map_err(at(&self.directory))? {
            let path = entry.map_err(at(&self.directory))?.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            match (stem, path.extension().and_then(|ending| ending.to_str())) {
                (Some(name), Some(SEALED | RECORD)) => names.push(name),
                _ => listing.problems.push(KeystoreError::Foreign { path }),
            }
        }
        names.sort();
        names.dedup();
        for name in names {
            match self.record(&name) {
                Ok(record) => listing.records.push(record),
                Err(problem) => listing.problems.push(problem),
            }
        }
        Ok(listing)
    }
}

impl NewKey<'_> {
    fn identity(&self) -> Result<KeyIdentity, KeystoreError> {
        Ok(match self {
            Self::Mnemonic(mnemonic, passphrase) => {
                // BIP-39 makes no difference between no passphrase and an empty one.
                let passphrase = passphrase.filter(|passphrase| !passphrase.expose().is_empty());
                let master = ExtendedPrivateKey::from_seed(&mnemonic.seed(passphrase))?;
                KeyIdentity::Mnemonic {
                    fingerprint: master.fingerprint(),
                    passphrase: match passphrase {
                        Some(_) => Bip39Passphrase::Asked,
                        None => Bip39Passphrase::Absent,
                    },
                }
            }
            Self::Station(key) => KeyIdentity::Station { public_key: key.public_key() },
        })
    }

    fn sealed(&self, record: &KeyRecord) -> Result<Secret, DocumentError> {
        match self {
            Self::Mnemonic(mnemonic, _) => record.with_words(mnemonic),
            Self::Station(key) => record.with_seed(key),
        }
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> KeystoreError {
    let path = path.to_owned();
    move |source| KeystoreError::Io { path: path.clone(), source }
}
