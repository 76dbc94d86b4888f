//! A text for people with signatures below it: genesis, policy, address book, statement, thaw.
//!
//! The file is the text, then one armoured SSHSIG after another. Anyone can read it, and `ssh-keygen -Y verify` can
//! check it: cut the signature out and give the text on standard input.

use std::fmt;

use crate::sshsig::{ARMOUR_BEGIN, ARMOUR_END, Namespace, PublicKey, SignatureError, SshSignature};
use crate::text::is_printable;

/// The largest such file, in bytes.
pub const SIGNED_TEXT_LIMIT: usize = 16 << 20;
/// The most signatures under one text.
const SIGNATURE_LIMIT: usize = 64;

/// A text and the signatures over exactly its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedText {
    text: String,
    signatures: Vec<SshSignature>,
}

/// Why a file is no signed text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignedTextError {
    /// Not UTF-8.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// Larger than such files are.
    #[error("the file has {0} bytes; {SIGNED_TEXT_LIMIT} are accepted")]
    TooLarge(usize),
    /// The text before the signatures does not end a line.
    #[error("the text does not end with a newline before its first signature")]
    Unterminated,
    /// Something other than signatures after the first of them.
    #[error("line {0} stands between or after the signatures and belongs to none")]
    Stray(usize),
    /// A character that could rearrange a screen.
    #[error(
        "line {line} of the text has the character U+{code:04X}: control, format and bidirectional characters are refused, carriage returns (CRLF line ends) among them"
    )]
    Unprintable {
        /// Its line, from 1.
        line: usize,
        /// Its code point.
        code: u32,
    },
    /// A signature inside the text.
    #[error("the text holds the first line of a signature: give the text alone")]
    Nested,
    /// More signatures than a house has people.
    #[error("there are more than {SIGNATURE_LIMIT} signatures")]
    TooMany,
    /// A signature is malformed.
    #[error("signature {number}: {source}")]
    Signature {
        /// Its place, from 1.
        number: usize,
        /// What is wrong with it.
        source: SignatureError,
    },
}

impl SignedText {
    /// A text that nobody has signed yet.
    ///
    /// # Errors
    /// [`SignedTextError`], as [`Self::with_signatures`].
    pub fn unsigned(text: String) -> Result<Self, SignedTextError> {
        Self::with_signatures(text, Vec::new())
    }

    /// A text with its signatures.
    ///
    /// # Errors
    /// [`SignedTextError::Unterminated`] if it does not end with a newline, [`SignedTextError::Unprintable`] if it could
    /// show other than it says, [`SignedTextError::Nested`] if it holds a signature, [`SignedTextError::TooMany`].
    pub fn with_signatures(text: String, signatures: Vec<SshSignature>) -> Result<Self, SignedTextError> {
        if !text.ends_with('\n') {
            return Err(SignedTextError::Unterminated);
        }
        if text.contains(ARMOUR_BEGIN) {
            return Err(SignedTextError::Nested);
        }
        for (line, content) in (1usize..).zip(text.split('\n')) {
            if let Some(c) = content.chars().find(|c| *c != '\t' && !is_printable(*c)) {
                return Err(SignedTextError::Unprintable { line, code: u32::from(c) });
            }
        }
        if signatures.len() > SIGNATURE_LIMIT {
            return Err(SignedTextError::TooMany);
        }
        Ok(Self { text, signatures })
    }

    /// Parses a file.
    ///
    /// # Errors
    /// [`SignedTextError`], naming the line or the signature.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignedTextError> {
        if bytes.len() > SIGNED_TEXT_LIMIT {
            return Err(SignedTextError::TooLarge(bytes.len()));
        }
        let file = std::str::from_utf8(bytes).map_err(|_| SignedTextError::NotText)?;
        let (text, armour) = match file.find(ARMOUR_BEGIN) {
            Some(at) => file.split_at_checked(at).ok_or(SignedTextError::NotText)?,
            None => (file, ""),
        };
        let before = text.lines().count();
        let mut signatures = Vec::new();
        let mut block = String::new();
        for (index, line) in armour.split_terminator('\n').enumerate() {
            let stray = || SignedTextError::Stray(before.saturating_add(index).saturating_add(1));
            if block.is_empty() != (line == ARMOUR_BEGIN) {
                return Err(stray());
            }
            block.push_str(line);
            block.push('\n');
            if line == ARMOUR_END {
                if signatures.len() == SIGNATURE_LIMIT {
                    return Err(SignedTextError::TooMany);
                }
                let number = signatures.len().saturating_add(1);
                let signature = SshSignature::from_armour(&block)
                    .map_err(|source| SignedTextError::Signature { number, source })?;
                signatures.push(signature);
                block.clear();
            }
        }
        if !block.is_empty() {
            return Err(SignedTextError::Stray(file.lines().count()));
        }
        Self::with_signatures(text.to_owned(), signatures)
    }

    /// The text alone.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in the order of the file.
    pub fn signatures(&self) -> &[SshSignature] {
        &self.signatures
    }

    /// The same text with one more signature; one that is there already is not added again.
    ///
    /// # Errors
    /// [`SignedTextError::TooMany`].
    pub fn with_signature(mut self, signature: SshSignature) -> Result<Self, SignedTextError> {
        if !self.signatures.contains(&signature) {
            self.signatures.push(signature);
        }
        Self::with_signatures(self.text, self.signatures)
    }

    /// Which of `keys` signed this text for `namespace`, as their places in `keys`, each once.
    ///
    /// # Errors
    /// [`SignatureError`] of the first signature by one of the keys that does not hold. A signature by a stranger
    /// is an error too: nobody else's name belongs under a house's text.
    pub fn signers(&self, namespace: Namespace, keys: &[PublicKey]) -> Result<Vec<usize>, SignatureError> {
        let mut signers = Vec::new();
        for signature in &self.signatures {
            let key = signature.public_key()?;
            let Some(place) = keys.iter().position(|known| *known == key) else {
                return Err(SignatureError::OtherKey {
                    found: key.fingerprint(),
                    expected: "one of the keys that may sign this".to_owned(),
                });
            };
            key.verify(namespace, self.text.as_bytes(), signature)?;
            if !signers.contains(&place) {
                signers.push(place);
            }
        }
        Ok(signers)
    }
}

impl fmt::Display for SignedText {
    /// The whole file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.signatures.iter().try_for_each(|signature| f.write_str(&signature.to_armour()))
    }
}

impl fmt::Debug for SignedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedText({} bytes, {} signatures)", self.text.len(), self.signatures.len())
    }
}
