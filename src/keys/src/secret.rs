//! Bytes and texts that must not leave the memory they are in.

use std::fmt;
use std::io::{self, Read};

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::memory::{LockWarning, Locked, PAGE};

/// The most bytes a [`Secret`] holds: one page.
pub const SECRET_LIMIT: usize = PAGE;

/// Up to 4096 secret bytes on a page of their own: locked in RAM if the system allows, wiped when dropped.
///
/// It compares in constant time, prints as `Secret(..)`, and can be neither cloned, displayed nor serialized:
///
/// ```compile_fail,E0599
/// strongroom_keys::Secret::take(&mut [1; 32]).unwrap().clone();
/// ```
/// ```compile_fail,E0277
/// println!("{}", strongroom_keys::Secret::take(&mut [1; 32]).unwrap());
/// ```
pub struct Secret {
    page: Locked<[u8; SECRET_LIMIT]>,
    length: usize,
}

/// Why bytes cannot be held as a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// More than one page.
    #[error(
        "a secret has at most {SECRET_LIMIT} bytes, and this one is longer: it is no passphrase, seed or key"
    )]
    TooLong,
    /// Bytes that are no text where a text is needed.
    #[error("the secret is not UTF-8 text: type it again, or check the encoding of its source")]
    NotText,
}

impl Secret {
    /// Takes the bytes out of `source`, which is wiped, whether they are accepted or not.
    ///
    /// # Errors
    /// [`SecretError::TooLong`] for more than 4096 bytes.
    pub fn take(source: &mut [u8]) -> Result<Self, SecretError> {
        let mut secret = Self::empty();
        let room = secret.page.expose_mut().get_mut(..source.len());
        let outcome = match room {
            Some(room) => {
                room.copy_from_slice(source);
                secret.length = source.len();
                Ok(secret)
            }
            None => Err(SecretError::TooLong),
        };
        source.zeroize();
        outcome
    }

    /// Takes an array that is known to fit, and wipes it.
    pub(crate) fn take_array<const N: usize>(source: &mut [u8; N]) -> Self {
        const { assert!(N <= SECRET_LIMIT) };
        let mut secret = Self::empty();
        for (to, from) in secret.page.expose_mut().iter_mut().zip(source.iter()) {
            *to = *from;
        }
        secret.length = N;
        source.zeroize();
        secret
    }

    /// No bytes yet; [`SecretWriter`] adds them in place.
    pub(crate) fn empty() -> Self {
        Self { page: Locked::new([0; SECRET_LIMIT]), length: 0 }
    }

    /// `N` zero bytes, to be filled in place.
    pub(crate) fn zeroed<const N: usize>() -> Self {
        Self::take_array(&mut [0; N])
    }

    /// The bytes. Whatever is copied out of here is the copier's to wipe.
    pub fn expose(&self) -> &[u8] {
        self.page.expose().get(..self.length).unwrap_or_default()
    }

    /// The bytes, to be changed in place.
    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        self.page.expose_mut().get_mut(..self.length).unwrap_or_default()
    }

    /// Keeps the first `length` bytes and wipes the others.
    pub(crate) fn truncate(&mut self, length: usize) {
        if let Some(rest) = self.expose_mut().get_mut(length..) {
            rest.zeroize();
            self.length = length;
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The warning to show if the page could not be locked in RAM.
    pub fn lock_warning(&self) -> Option<&LockWarning> {
        self.page.lock_warning()
    }
}

impl ConstantTimeEq for Secret {
    // Lengths of secrets are not secret: only the bytes are compared in constant time.
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.expose().ct_eq(other.expose())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A secret text: a passphrase, as it was typed. Its bytes are UTF-8 and are never normalized here.
///
/// ```compile_fail,E0599
/// let text = String::from("correct horse");
/// strongroom_keys::Passphrase::take(text).unwrap().to_string();
/// ```
pub struct Passphrase(Secret);

impl Passphrase {
    /// Takes a text; the string it came in is wiped.
    ///
    /// # Errors
    /// [`SecretError::TooLong`] for more than 4096 bytes.
    pub fn take(mut text: String) -> Result<Self, SecretError> {
        let mut bytes = std::mem::take(&mut text).into_bytes();
        let outcome = Secret::take(&mut bytes).map(Self);
        bytes.zeroize();
        outcome
    }

    /// Reads a secret as text.
    ///
    /// # Errors
    /// [`SecretError::NotText`] if it is not UTF-8.
    pub fn from_secret(secret: Secret) -> Result<Self, SecretError> {
        match std::str::from_utf8(secret.expose()) {
            Ok(_) => Ok(Self(secret)),
            Err(_) => Err(SecretError::NotText),
        }
    }

    /// The text. Whatever is copied out of here is the copier's to wipe.
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }

    /// The warning to show if the text could not be locked in RAM.
    pub fn lock_warning(&self) -> Option<&LockWarning> {
        self.0.lock_warning()
    }
}

impl PartialEq for Passphrase {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Passphrase {}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Writes text straight onto a secret's page, so that no copy of it is made elsewhere.
pub(crate) struct SecretWriter(Secret);

impl SecretWriter {
    pub(crate) fn new() -> Self {
        Self(Secret::empty())
    }

    /// Appends bytes, or says that the page is full.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), SecretError> {
        let end = self.0.length.checked_add(bytes.len()).ok_or(SecretError::TooLong)?;
        let room = self.0.page.expose_mut().get_mut(self.0.length..end).ok_or(SecretError::TooLong)?;
        room.copy_from_slice(bytes);
        self.0.length = end;
        Ok(())
    }

    /// Whether not one byte more has room.
    pub(crate) fn is_full(&self) -> bool {
        self.0.length >= SECRET_LIMIT
    }

    /// Appends what one reading gives, and says how much that was.
    pub(crate) fn read_some(&mut self, reader: &mut impl Read) -> io::Result<usize> {
        let room = self.0.page.expose_mut().get_mut(self.0.length..).unwrap_or_default();
        let most = room.len();
        let found = reader.read(room)?.min(most);
        self.0.length = self.0.length.saturating_add(found);
        Ok(found)
    }

    pub(crate) fn finish(self) -> Secret {
        self.0
    }
}

impl fmt::Write for SecretWriter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::memory::probe;

    #[test]
    fn taking_a_secret_wipes_where_it_came_from() {
        let mut source = *b"thirty-two bytes of key material";
        let secret = Secret::take(&mut source).unwrap();
        assert_eq!(source, [0; 32]);
        assert_eq!(secret.expose(), b"thirty-two bytes of key material");
    }

    #[test]
    fn taking_a_passphrase_wipes_the_string() {
        let text = String::from("a passphrase that is long enough to be seen in memory");
        let address = text.as_ptr().addr();
        let passphrase = Passphrase::take(text).unwrap();
        let left = probe::read(address, 53).unwrap_or_default();
        assert!(!left.windows(8).any(|window| window == b" is long"));
        assert_eq!(passphrase.expose(), "a passphrase that is long enough to be seen in memory");
    }

    #[test]
    fn more_than_a_page_is_refused_and_still_wiped() {
        let mut source = vec![7; SECRET_LIMIT + 1];
        assert_eq!(Secret::take(&mut source).unwrap_err(), SecretError::TooLong);
        assert!(source.iter().all(|byte| *byte == 0));
        let mut writer = SecretWriter::new();
        writer.push(&[1; SECRET_LIMIT]).unwrap();
        assert_eq!(writer.push(b"x").unwrap_err(), SecretError::TooLong);
        assert!(writer.write_str("x").is_err());
        assert_eq!(writer.finish().len(), SECRET_LIMIT);
    }

    #[test]
    fn bytes_that_are_no_text_are_no_passphrase() {
        let secret = Secret::take(&mut [0xff, 0xfe]).unwrap();
        assert_eq!(Passphrase::from_secret(secret).unwrap_err(), SecretError::NotText);
    }

    #[test]
    fn equality_looks_at_every_byte_and_at_the_length() {
        let make = |bytes: &[u8]| Secret::take(&mut bytes.to_vec()).unwrap();
        assert_eq!(make(b"same"), make(b"same"));
        assert_ne!(make(b"same"), make(b"samf"));
        assert_ne!(make(b"same"), make(b"tame"));
        assert_ne!(make(b"same"), make(b"same\0"));
    }

    #[test]
    fn debug_output_is_silent() {
        let secret = Secret::take(&mut b"hunter2".to_vec()).unwrap();
        let passphrase = Passphrase::take("hunter2".to_owned()).unwrap();
        assert_eq!(format!("{secret:?} {passphrase:?} {secret:#?}"), "Secret(..) Passphrase(..) Secret(..)");
    }
}
