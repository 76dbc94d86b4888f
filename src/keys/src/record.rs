//! What is written about a key: a public record without secrets, and the sealed document that holds the secret too.
//!
//! Both are plain lines that are also TOML, so that a person can read them in an emergency. There is one writing for
//! one record: what is read must be, byte for byte, what would be written.

use std::fmt::{self, Write};

use strongroom_protocol::account::KeyProvenance;
use strongroom_protocol::text::Name;
use strongroom_protocol::time::Timestamp;

use crate::extended_key::Fingerprint;
use crate::mnemonic::Mnemonic;
use crate::secret::{Passphrase, Secret, SecretError, SecretWriter};
use crate::station::StationKey;

/// The first line: which document this is, and its version.
const FIRST_LINE: &str = "strongroom-key = 1";

/// The public record of a key in the keystore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// What the keystore knows it by.
    pub name: Name,
    /// How it came to be. It keeps this mark for ever.
    pub made: KeyProvenance,
    /// When it was put into this keystore.
    pub created: Timestamp,
    /// What it is, and how the world recognizes it.
    pub identity: KeyIdentity,
}

/// What a key is, and how the world recognizes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyIdentity {
    /// A mnemonic sentence, the root of any number of accounts.
    Mnemonic {
        /// Fingerprint of the master key, under the BIP-39 passphrase if there is one.
        fingerprint: Fingerprint,
        /// Whether a BIP-39 passphrase belongs to it.
        passphrase: Bip39Passphrase,
    },
    /// A station's ed25519 key.
    Station {
        /// The public key, without comment.
        public_key: ssh_key::PublicKey,
    },
}

/// Whether a BIP-39 passphrase belongs to a mnemonic. The passphrase itself is never stored: it is what keeps a
/// found key file and a found passphrase from being enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bip39Passphrase {
    /// There is none.
    Absent,
    /// It is asked for at each use.
    Asked,
}

/// Why a record or a sealed document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Another document, or another version.
    #[error("the first line is not `{FIRST_LINE}`: this is no key record, or one of another version")]
    FirstLine,
    /// A line that is missing, out of place or malformed.
    #[error("line {line} is not `{field} = \"...\"`: the lines of a key record have one order and one form")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What belongs there.
        field: &'static str,
    },
    /// A line whose value means nothing.
    #[error("line {line} gives no valid {field}")]
    Value {
        /// Its number, from 1.
        line: usize,
        /// What it should give.
        field: &'static str,
    },
    /// The same record in another writing, or more after its end.
    #[error(
        "the record is not in the one form it is written in, or something follows it: restore it from the backup"
    )]
    NotCanonical,
    /// More than a page.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// A key with its secret, as it is sealed and as it is opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeySecret {
    Mnemonic(Mnemonic),
    Station(StationKey),
}

impl KeyIdentity {
    /// The word for its kind in records.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Mnemonic { .. } => "mnemonic",
            Self::Station { .. } => "ed25519-station",
        }
    }

    /// A short text to recognize the key by: a master key's fingerprint, or SHA256 of an SSH key.
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Mnemonic { fingerprint, .. } => fingerprint.to_string(),
            Self::Station { public_key } => public_key.fingerprint(ssh_key::HashAlg::Sha256).to_string(),
        }
    }
}

const fn provenance_word(made: KeyProvenance) -> &'static str {
    match made {
        KeyProvenance::OnDevice => "on-device",
        KeyProvenance::OnHost => "generated-on-host",
        KeyProvenance::Restored => "restored",
        KeyProvenance::Imported => "imported",
    }
}

fn provenance(word: &str) -> Option<KeyProvenance> {
    // A key made inside a device is never in a keystore.
    [KeyProvenance::OnHost, KeyProvenance::Restored, KeyProvenance::Imported]
        .into_iter()
        .find(|made| provenance_word(*made) == word)
}

/// The record as it is written.
impl fmt::Display for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        writeln!(f, "name = \"{}\"", self.name)?;
        writeln!(f, "kind = \"{}\"", self.identity.kind())?;
        writeln!(f, "made = \"{}\"", provenance_word(self.made))?;
        writeln!(f, "created = \"{}\"", self.created)?;
        match &self.identity {
            KeyIdentity::Mnemonic { fingerprint, passphrase } => {
                let passphrase = match passphrase {
                    Bip39Passphrase::Absent => "none",
                    Bip39Passphrase::Asked => "asked",
                };
                writeln!(f, "fingerprint = \"{fingerprint}\"")?;
                writeln!(f, "bip39-passphrase = \"{passphrase}\"")
            }
            KeyIdentity::Station { public_key } => {
                writeln!(f, "public-key = \"{}\"", public_key.to_openssh().map_err(|_| fmt::Error)?)
            }
        }
    }
}

/// Takes a document apart, line by line.
struct Lines<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.line = self.line.saturating_add(1);
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }

    fn field(&mut self, field: &'static str) -> Result<&'a str, DocumentError> {
        let value = self.next().and_then(|line| {
            let value = line.strip_prefix(field)?.strip_prefix(" = \"")?.strip_suffix('"')?;
            (!value.contains(['"', '\\']) && !value.chars().any(char::is_control)).then_some(value)
        });
        value.ok_or(DocumentError::Line { line: self.line, field })
    }

    fn read<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, DocumentError> {
        let value = self.field(field)?;
        parse(value).ok_or(DocumentError::Value { line: self.line, field })
    }

    fn record(&mut self) -> Result<KeyRecord, DocumentError> {
        if self.next() != Some(FIRST_LINE) {
            return Err(DocumentError::FirstLine);
        }
        let name = self.read("name", |word| word.parse().ok())?;
        let kind = self.field("kind")?;
        let kind_line = self.line;
        let made = self.read("made", provenance)?;
        let created = self.read("created", |text| text.parse().ok())?;
        let identity = match kind {
            "mnemonic" => {
                let fingerprint = self.read("fingerprint", |text| text.parse().ok())?;
                let passphrase = self.read("bip39-passphrase", |word| match word {
                    "none" => Some(Bip39Passphrase::Absent),
                    "asked" => Some(Bip39Passphrase::Asked),
                    _ => None,
                })?;
                KeyIdentity::Mnemonic { fingerprint, passphrase }
            }
            "ed25519-station" => {
                let public_key: ssh_key::PublicKey =
                    self.read("public-key", |text| text.parse().ok().filter(is_ed25519))?;
                KeyIdentity::Station { public_key }
            }
            _ => return Err(DocumentError::Value { line: kind_line, field: "kind" }),
        };
        Ok(KeyRecord { name, made, created, identity })
    }
}

fn is_ed25519(key: &ssh_key::PublicKey) -> bool {
    key.algorithm() == ssh_key::Algorithm::Ed25519
}

impl KeyRecord {
    /// Reads a public record.
    ///
    /// # Errors
    /// [`DocumentError`]: the line that is not as it would be written.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let record = Lines { rest: text, line: 0 }.record()?;
        if record.to_string() == text { Ok(record) } else { Err(DocumentError::NotCanonical) }
    }

    /// The sealed document of a mnemonic: the record, and one line more with the words.
    pub(crate) fn with_words(&self, mnemonic: &Mnemonic) -> Result<Secret, DocumentError> {
        self.with_line("words", |page| {
            mnemonic.expose_words().enumerate().try_for_each(|(index, word)| {
                page.push(if index == 0 { b"" } else { b" " })?;
                page.push(word.as_bytes())
            })
        })
    }

    /// The sealed document of a station's key: the record, and one line more with the private key.
    pub(crate) fn with_seed(&self, key: &StationKey) -> Result<Secret, DocumentError> {
        let mut digits = Secret::zeroed::<64>();
        base16ct::lower::encode(key.seed().expose(), digits.expose_mut())
            .map_err(|_| SecretError::TooLong)?;
        self.with_line("seed", |page| page.push(digits.expose()))
    }

    fn with_line(
        &self,
        field: &str,
        value: impl FnOnce(&mut SecretWriter) -> Result<(), SecretError>,
    ) -> Result<Secret, DocumentError> {
        let mut page = SecretWriter::new();
        write!(page, "{self}{field} = \"").map_err(|_| SecretError::TooLong)?;
        value(&mut page)?;
        page.push(b"\"\n")?;
        Ok(page.finish())
    }

    /// Reads a sealed document.
    pub(crate) fn parse_sealed(document: &Passphrase) -> Result<(Self, KeySecret), DocumentError> {
        let text = document.expose();
        let mut lines = Lines { rest: text, line: 0 };
        let record = lines.record()?;
        if text.strip_prefix(&record.to_string()) != Some(lines.rest) {
            return Err(DocumentError::NotCanonical);
        }
        let secret = match record.identity {
            KeyIdentity::Mnemonic { .. } => KeySecret::Mnemonic(lines.read("words", words)?),
            KeyIdentity::Station { .. } => KeySecret::Station(lines.read("seed", seed)?),
        };
        if !lines.rest.is_empty() {
            return Err(DocumentError::NotCanonical);
        }
        Ok((record, secret))
    }
}

fn words(value: &str) -> Option<Mnemonic> {
    let mut page = SecretWriter::new();
    page.push(value.as_bytes()).ok()?;
    let mnemonic = Mnemonic::parse(&Passphrase::from_secret(page.finish()).ok()?).ok()?;
    // One writing: lower case and single spaces.
    let mut rest = value;
    for (index, word) in mnemonic.expose_words().enumerate() {
        rest = if index == 0 { rest } else { rest.strip_prefix(' ')? };
        rest = rest.strip_prefix(word)?;
    }
    rest.is_empty().then_some(mnemonic)
}

fn seed(value: &str) -> Option<StationKey> {
    let mut bytes = Secret::zeroed::<32>();
    let decoded = base16ct::lower::decode(value, bytes.expose_mut()).ok()?.len();
    (decoded == 32).then_some(())?;
    StationKey::from_seed(&bytes).ok()
}

#[cfg(test)]
mod tests;
