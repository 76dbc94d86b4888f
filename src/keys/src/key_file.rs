//! The file a key is sealed in: age v1 with one passphrase (scrypt) recipient, so that `age -d` opens it.
//!
//! Format: <https://c2sp.org/age>. The work factor is in the file's header; ours are never below the floor, and no
//! file below the floor or above the ceiling is opened, whoever made it.

use std::fmt;
use std::io::{self, Read, Write};
use std::iter;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient};

use crate::secret::{Passphrase, SECRET_LIMIT, Secret, SecretWriter};

/// The first line of every age file.
const MAGIC: &[u8] = b"age-encryption.org/v1";
/// How an armoured age file begins.
const ARMOUR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";
/// The most bytes of a key file: a page of document, and a header that real files keep under 300 bytes.
pub(crate) const FILE_LIMIT: usize = SECRET_LIMIT + 1024;

/// The scrypt work factor: 2^n rounds, and 2^(n+10) bytes of memory (RFC 7914 with r = 8, p = 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// The least: 2^15 rounds in 32 MiB, a tenth of a second. Less makes guessing cheap.
    pub const FLOOR: Self = Self(15);
    /// What `age` itself takes: 2^18 rounds in 256 MiB, about a second.
    pub const DEFAULT: Self = Self(18);
    /// The most: 2^22 rounds in 4 GiB. More would let a forged file hold the machine for hours.
    pub const CEILING: Self = Self(22);

    /// The exponent n.
    pub const fn exponent(self) -> u8 {
        self.0
    }
}

impl Default for WorkFactor {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for WorkFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl TryFrom<u8> for WorkFactor {
    type Error = KeyFileError;

    fn try_from(exponent: u8) -> Result<Self, KeyFileError> {
        let found = u64::from(exponent);
        if exponent < Self::FLOOR.0 {
            return Err(KeyFileError::BelowFloor { found });
        }
        if exponent > Self::CEILING.0 {
            return Err(KeyFileError::AboveCeiling { found });
        }
        Ok(Self(exponent))
    }
}

/// Why a key file is not opened, or not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Not an age file of version 1.
    #[error("this is no age file of version 1, or its header is damaged: fetch the backup copy")]
    NotAge,
    /// ASCII armour around it.
    #[error(
        "this age file is armoured: key files are binary. Convert it with `age -d` and `age -p` without -a"
    )]
    Armoured,
    /// Encrypted to keys instead of a passphrase.
    #[error("this age file is not encrypted by a passphrase alone: encrypt the document again with `age -p`")]
    NotPassphrase,
    /// A work factor that makes guessing cheap.
    #[error(
        "the scrypt work factor {found} is below the floor of {}: guessing its passphrase is cheap. Open it with `age -d`, and encrypt it again with `age -p`, which uses 18",
        WorkFactor::FLOOR
    )]
    BelowFloor {
        /// The factor found.
        found: u64,
    },
    /// A work factor that holds the machine for hours.
    #[error(
        "the scrypt work factor {found} is above the ceiling of {}: opening it would hold this machine for hours. Such a file was not made here; fetch the backup copy",
        WorkFactor::CEILING
    )]
    AboveCeiling {
        /// The factor found.
        found: u64,
    },
    /// The passphrase does not open it.
    #[error(
        "the passphrase does not open it: it is another one, or the file is damaged. Try again, or fetch the backup copy"
    )]
    WrongPassphrase,
    /// The passphrase fits, but the rest does not.
    #[error("the passphrase fits, but the file is damaged or was changed ({what}): fetch the backup copy")]
    Damaged {
        /// What is wrong with it.
        what: &'static str,
    },
    /// More than a key.
    #[error("the file is longer than any key file: it is something else")]
    TooLong,
    /// It could not be made.
    #[error("the key could not be encrypted: {0}")]
    Seal(String),
}

/// The work factor that a file's header names, within floor and ceiling. Needs no passphrase.
///
/// # Errors
/// [`KeyFileError`]: not such a file, or a factor out of bounds.
pub fn work_factor(file: &[u8]) -> Result<WorkFactor, KeyFileError> {
    if file.starts_with(ARMOUR) {
        return Err(KeyFileError::Armoured);
    }
    let mut lines = file.split(|byte| *byte == b'\n');
    if lines.next() != Some(MAGIC) {
        return Err(KeyFileError::NotAge);
    }
    let stanza = lines.next().and_then(|line| std::str::from_utf8(line).ok()).ok_or(KeyFileError::NotAge)?;
    let mut words = stanza.split(' ');
    match (words.next(), words.next(), words.next(), words.next(), words.next()) {
        (Some("->"), Some("scrypt"), Some(_salt), Some(digits), None) => bounded(digits),
        (Some("->"), Some("scrypt"), ..) => Err(KeyFileError::NotAge),
        (Some("->"), Some(_), ..) => Err(KeyFileError::NotPassphrase),
        _ => Err(KeyFileError::NotAge),
    }
}

fn bounded(digits: &str) -> Result<WorkFactor, KeyFileError> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let found: u64 = digits.parse().ok().filter(|_| plain).ok_or(KeyFileError::NotAge)?;
    // What does not fit a byte is above every ceiling.
    u8::try_from(found).map_err(|_| KeyFileError::AboveCeiling { found })?.try_into()
}

/// The passphrase as `age` takes it: on the heap, unlocked, wiped when dropped.
fn for_age(passphrase: &Passphrase) -> SecretString {
    // Of the exact size, so that boxing it does not move it and leave a copy.
    let mut text = String::with_capacity(passphrase.expose().len());
    text.push_str(passphrase.expose());
    SecretString::from(text)
}

/// Encrypts a document under a passphrase, with a file key, a salt and a nonce of the system's generator.
///
/// `age` buffers the document on the heap and frees it without wiping, and so does key stretching with what it
/// derives. Both stay in this process's memory until they are overwritten or an allocator wipes what is freed.
pub(crate) fn seal(
    document: &Secret,
    passphrase: &Passphrase,
    factor: WorkFactor,
) -> Result<Vec<u8>, KeyFileError> {
    let mut recipient = age::scrypt::Recipient::new(for_age(passphrase));
    recipient.set_work_factor(factor.0);
    let refused = |error: io::Error| KeyFileError::Seal(error.to_string());
    let encryptor = Encryptor::with_recipients(iter::once::<&dyn Recipient>(&recipient))
        .map_err(|error| KeyFileError::Seal(error.to_string()))?;
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file).map_err(refused)?;
    writer.write_all(document.expose()).map_err(refused)?;
    writer.finish().map_err(refused)?;
    Ok(file)
}

/// Decrypts a document, straight onto a locked page.
pub(crate) fn open(file: &[u8], passphrase: &Passphrase) -> Result<Passphrase, KeyFileError> {
    let mut identity = age::scrypt::Identity::new(for_age(passphrase));
    identity.set_max_work_factor(WorkFactor::CEILING.0);
    open_with(file, &identity)
}

fn open_with(file: &[u8], identity: &dyn Identity) -> Result<Passphrase, KeyFileError> {
    if file.len() > FILE_LIMIT {
        return Err(KeyFileError::TooLong);
    }
    work_factor(file)?;
    let decryptor = Decryptor::new_buffered(file).map_err(|error| refusal(&error))?;
    if !decryptor.is_scrypt() {
        return Err(KeyFileError::NotPassphrase);
    }
    let mut reader = decryptor.decrypt(iter::once(identity)).map_err(|error| refusal(&error))?;
    let mut document = SecretWriter::new();
    match read_all(&mut document, &mut reader) {
        Ok(true) => Passphrase::from_secret(document.finish())
            .map_err(|_| KeyFileError::Damaged { what: "its content is no text" }),
        Ok(false) => Err(KeyFileError::TooLong),
        Err(_) => Err(KeyFileError::Damaged { what: "its content fails authentication or is cut short" }),
    }
}

/// Never prints `age`'s own error: it would do arithmetic on the work factor that can overflow.
fn refusal(error: &DecryptError) -> KeyFileError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            KeyFileError::WrongPassphrase
        }
        DecryptError::InvalidMac => KeyFileError::Damaged { what: "its header fails authentication" },
        DecryptError::ExcessiveWork { required, .. } => {
            KeyFileError::AboveCeiling { found: u64::from(*required) }
        }
        _ => KeyFileError::NotAge,
    }
}

/// Appends everything a reader gives; false says that it is more than a page.
fn read_all(document: &mut SecretWriter, reader: &mut impl Read) -> io::Result<bool> {
    while !document.is_full() {
        if document.read_some(reader)? == 0 {
            return Ok(true);
        }
    }
    // Full is fine if nothing follows.
    Ok(reader.read(&mut [0])? == 0)
}

#[cfg(test)]
mod tests;
