#![allow(clippy::arithmetic_side_effects)]

use std::cell::RefCell;

use age::secrecy::ExposeSecret;
use age_core::format::{FileKey, Stanza};

use super::*;

const DOCUMENT: &str =
    "a sealed document\nof two lines, the second of which is rather longer than the first\n";

fn passphrase(text: &str) -> Passphrase {
    Passphrase::take(text.to_owned()).unwrap()
}

fn document(text: &str) -> Secret {
    Secret::take(&mut text.as_bytes().to_vec()).unwrap()
}

fn sealed() -> Vec<u8> {
    seal(&document(DOCUMENT), &passphrase("the right one"), WorkFactor::FLOOR).unwrap()
}

/// A file of `age` itself, with a factor that ours never have.
fn sealed_with_factor(exponent: u8) -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new(for_age(&passphrase("the right one")));
    recipient.set_work_factor(exponent);
    let encryptor = Encryptor::with_recipients(iter::once::<&dyn Recipient>(&recipient)).unwrap();
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file).unwrap();
    writer.write_all(DOCUMENT.as_bytes()).unwrap();
    writer.finish().unwrap();
    file
}

/// A stanza's arguments and body, and the file key it gave, if it gave one.
type Known = (Vec<String>, Vec<u8>, Option<[u8; 16]>);

/// Does what `age`'s identity does, but stretches the same stanza once only: thousands of damaged files share one.
struct Remembering {
    inner: age::scrypt::Identity,
    known: RefCell<Vec<Known>>,
    stretched: RefCell<usize>,
}

impl Remembering {
    fn new() -> Self {
        let mut inner = age::scrypt::Identity::new(for_age(&passphrase("the right one")));
        inner.set_max_work_factor(WorkFactor::CEILING.exponent());
        Self { inner, known: RefCell::default(), stretched: RefCell::default() }
    }
}

impl Identity for Remembering {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        let remembered = self
            .known
            .borrow()
            .iter()
            .find(|(args, body, _)| *args == stanza.args && *body == stanza.body)
            .map(|(_, _, key)| *key);
        if let Some(key) = remembered {
            return Some(match key {
                Some(key) => Ok(FileKey::init_with_mut(|file_key| *file_key = key)),
                None => Err(DecryptError::DecryptionFailed),
            });
        }
        *self.stretched.borrow_mut() += 1;
        let outcome = self.inner.unwrap_stanza(stanza)?;
        let key = outcome.as_ref().ok().map(|key| *key.expose_secret());
        if key.is_some() || matches!(outcome, Err(DecryptError::DecryptionFailed)) {
            self.known.borrow_mut().push((stanza.args.clone(), stanza.body.clone(), key));
        }
        Some(outcome)
    }
}

#[test]
fn a_sealed_document_opens_with_its_passphrase_alone() {
    let file = sealed();
    assert_eq!(work_factor(&file).unwrap(), WorkFactor::FLOOR);
    assert_eq!(open(&file, &passphrase("the right one")).unwrap().expose(), DOCUMENT);
    assert_eq!(open(&file, &passphrase("the right One")).unwrap_err(), KeyFileError::WrongPassphrase);
    assert_eq!(open(&file, &passphrase("")).unwrap_err(), KeyFileError::WrongPassphrase);
}

#[test]
fn two_seals_of_one_document_have_nothing_in_common() {
    let (one, two) = (sealed(), sealed());
    let body = |file: &[u8]| file[file.len() - 60..].to_vec();
    assert_ne!(body(&one), body(&two));
    assert_ne!(one.split(|b| *b == b'\n').nth(1), two.split(|b| *b == b'\n').nth(1));
}

#[test]
fn a_factor_below_the_floor_is_refused_by_name() {
    let file = sealed_with_factor(14);
    let refused = open(&file, &passphrase("the right one")).unwrap_err();
    assert_eq!(refused, KeyFileError::BelowFloor { found: 14 });
    assert!(refused.to_string().contains("14 is below the floor of 15"), "{refused}");
    assert_eq!(work_factor(&sealed_with_factor(1)).unwrap_err(), KeyFileError::BelowFloor { found: 1 });
    assert_eq!(WorkFactor::try_from(14).unwrap_err(), KeyFileError::BelowFloor { found: 14 });
    assert_eq!(WorkFactor::try_from(0).unwrap_err(), KeyFileError::BelowFloor { found: 0 });
}

#[test]
fn a_factor_above_the_ceiling_is_refused_before_any_work() {
    let file = sealed();
    for factor in ["23", "30", "63", "255", "256", "99999999999999999999"] {
        let forged = replaced(&file, b" 15\n", format!(" {factor}\n").as_bytes());
        let refused = open(&forged, &passphrase("the right one")).unwrap_err();
        match factor.parse::<u64>() {
            Ok(found) => {
                assert_eq!(refused, KeyFileError::AboveCeiling { found });
                assert!(refused.to_string().contains("above the ceiling of 22"), "{refused}");
            }
            Err(_) => assert_eq!(refused, KeyFileError::NotAge),
        }
    }
    assert_eq!(WorkFactor::try_from(23).unwrap_err(), KeyFileError::AboveCeiling { found: 23 });
    assert_eq!(WorkFactor::try_from(22).unwrap(), WorkFactor::CEILING);
    assert_eq!(WorkFactor::default().exponent(), 18);
}

fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).position(|window| window == from).unwrap();
    [&file[..at], to, &file[at + from.len()..]].concat()
}

#[test]
fn a_factor_written_otherwise_is_refused() {
    let file = sealed();
    for factor in ["015", "+15", "15 ", " 15", "0x0f", "", "15.", "-15", "１５"] {
        let forged = replaced(&file, b" 15\n", format!(" {factor}\n").as_bytes());
        assert_eq!(work_factor(&forged).unwrap_err(), KeyFileError::NotAge, "{factor:?}");
    }
}

#[test]
fn other_files_are_refused_in_words() {
    let armoured = b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n";
    assert_eq!(work_factor(armoured).unwrap_err(), KeyFileError::Armoured);
    for other in [
        &b""[..],
        b"age-encryption.org/v2\n",
        b"age-encryption.org/v1",
        b"strongroom-key = 1\n",
        &[0xff; 300],
    ] {
        assert_eq!(open(other, &passphrase("x")).unwrap_err(), KeyFileError::NotAge);
    }
    let recipient = age::x25519::Identity::generate().to_public();
    let encryptor = Encryptor::with_recipients(iter::once::<&dyn Recipient>(&recipient)).unwrap();
    let mut file = Vec::new();
    encryptor.wrap_output(&mut file).unwrap().finish().unwrap();
    assert_eq!(open(&file, &passphrase("x")).unwrap_err(), KeyFileError::NotPassphrase);
}

#[test]
fn a_file_longer_than_a_key_is_refused() {
    let mut file = sealed();
    file.resize(FILE_LIMIT + 1, 0);
    assert_eq!(open(&file, &passphrase("the right one")).unwrap_err(), KeyFileError::TooLong);
}

#[test]
fn a_page_opens_and_a_byte_more_does_not() {
    let full = "x".repeat(SECRET_LIMIT);
    let file = seal(&document(&full), &passphrase("the right one"), WorkFactor::FLOOR).unwrap();
    assert_eq!(open(&file, &passphrase("the right one")).unwrap().expose(), full);
    let mut recipient = age::scrypt::Recipient::new(for_age(&passphrase("the right one")));
    recipient.set_work_factor(15);
    let encryptor = Encryptor::with_recipients(iter::once::<&dyn Recipient>(&recipient)).unwrap();
    let mut file = Vec::new();
    let mut writer = encryptor.wrap_output(&mut file).unwrap();
    writer.write_all(&[b'x'; SECRET_LIMIT + 1]).unwrap();
    writer.finish().unwrap();
    assert_eq!(open(&file, &passphrase("the right one")).unwrap_err(), KeyFileError::TooLong);
}

#[test]
fn content_that_is_no_text_is_damage() {
    let bytes = Secret::take(&mut [0xff; 20]).unwrap();
    let file = seal(&bytes, &passphrase("the right one"), WorkFactor::FLOOR).unwrap();
    let refused = open(&file, &passphrase("the right one")).unwrap_err();
    assert_eq!(refused, KeyFileError::Damaged { what: "its content is no text" });
}

#[test]
fn every_truncation_is_refused() {
    let file = sealed();
    let identity = Remembering::new();
    assert_eq!(open_with(&file, &identity).unwrap().expose(), DOCUMENT);
    for length in 0..file.len() {
        assert!(open_with(&file[..length], &identity).is_err(), "cut to {length} bytes");
    }
    for more in [&b"\0"[..], b"\n", &file] {
        assert!(open_with(&[&file, more].concat(), &identity).is_err(), "with {} bytes more", more.len());
    }
    // All of these share one stanza, and it was stretched once.
    assert_eq!(*identity.stretched.borrow(), 1);
}

#[test]
fn every_flipped_byte_is_refused() {
    let file = sealed();
    let identity = Remembering::new();
    open_with(&file, &identity).unwrap();
    // The salt and the wrapped key: each change there is stretched anew, so only some of its bytes are flipped.
    let stanza = file.windows(9).position(|window| window == b"-> scrypt").unwrap();
    let mac = file.windows(5).position(|window| window == b"\n--- ").unwrap();
    let mut refused = 0;
    for position in 0..file.len() {
        let slow = (stanza + 9..mac).contains(&position);
        if slow && !position.is_multiple_of(7) {
            continue;
        }
        for bit in if slow { 0..1 } else { 0..8 } {
            let mut damaged = file.clone();
            damaged[position] ^= 1 << bit;
            assert!(open_with(&damaged, &identity).is_err(), "bit {bit} of byte {position}");
            refused += 1;
        }
    }
    assert!(refused > 1500, "{refused}");
}

#[test]
fn stanzas_added_to_the_header_are_refused() {
    let file = sealed();
    let at = file.windows(4).position(|window| window == b"--- ").unwrap();
    for stanza in ["-> X25519 abc\n\n", "-> scrypt AAAAAAAAAAAAAAAAAAAAAA 1\n\n"] {
        let forged = [&file[..at], stanza.as_bytes(), &file[at..]].concat();
        assert!(open(&forged, &passphrase("the right one")).is_err(), "{stanza:?}");
    }
}
