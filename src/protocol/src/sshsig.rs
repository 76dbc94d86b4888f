//! Signatures of people and stations: SSHSIG (OpenSSH PROTOCOL.sshsig) over ed25519, P-256 and their security-key forms.
//!
//! Verification is `ssh-key`'s, which checks a security key's signature but never looks at the presence flag or at
//! the application it was made for. We do: a signature that nobody touched a key for is refused.

use std::fmt;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use ssh_encoding::Decode as _;
use ssh_key::{Algorithm, SshSig};

pub use crate::public_key::PublicKey;

/// Base64 characters a line of armour has, as OpenSSH writes it.
const ARMOUR_WIDTH: usize = 70;
/// The label between the dashes of the armour.
const ARMOUR_LABEL: &str = "SSH SIGNATURE";
/// The first line of an armoured signature.
pub const ARMOUR_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
/// The last line of an armoured signature.
pub const ARMOUR_END: &str = "-----END SSH SIGNATURE-----";
/// The first bytes of a signature blob.
const MAGIC: &[u8; 6] = b"SSHSIG";
/// The largest signature blob accepted, in bytes; real ones are under 400.
const BLOB_LIMIT: usize = 1024;
/// Flag of a security key's answer: somebody was there and touched it (PROTOCOL.u2f).
const USER_PRESENT: u8 = 0x01;
/// Bytes after the signature proper in a security key's answer: flags, then a big-endian counter.
const SK_TRAILER: usize = 5;

/// What a signature is made over, so that one document's signature never fits another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// The genesis of a house, signed by every admin.
    House,
    /// A policy text.
    Policy,
    /// An address book text.
    Book,
    /// The end of a freeze.
    Thaw,
    /// A plan, signed by its preparer.
    Plan,
    /// An approver's statement.
    Statement,
    /// A vault's record of an account.
    Account,
    /// A vault's reply.
    Reply,
    /// The head a restored vault goes on from.
    Recovery,
}

impl Namespace {
    /// The namespace as `ssh-keygen -n` takes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::House => "strongroom-house",
            Self::Policy => "strongroom-policy",
            Self::Book => "strongroom-book",
            Self::Thaw => "strongroom-thaw",
            Self::Plan => "strongroom-plan",
            Self::Statement => "strongroom-statement",
            Self::Account => "strongroom-account",
            Self::Reply => "strongroom-reply",
            Self::Recovery => "strongroom-recovery",
        }
    }
}

/// Why a key or a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not an OpenSSH public key.
    #[error("this is no OpenSSH public key: {0}")]
    Key(String),
    /// A kind of key that is not accepted.
    #[error(
        "{0} keys are not accepted: use ssh-ed25519, ecdsa-sha2-nistp256 or their sk- forms, without certificates"
    )]
    Algorithm(String),
    /// Bytes that are no key of their kind, or one that anybody can sign for.
    #[error(
        "this {0} key is refused: its bytes are not a point of the curve as OpenSSH writes one, or anybody can sign for it; make a new key with ssh-keygen"
    )]
    Point(String),
    /// A security key made for something else than SSH.
    #[error("the security key was made for application {0:?}: only keys made for \"ssh:\" are accepted")]
    Application(String),
    /// Not an SSHSIG.
    #[error("this is no SSH signature: {0}")]
    Malformed(String),
    /// Made by another key.
    #[error("the signature was made by {found}, not by {expected}")]
    OtherKey {
        /// Fingerprint of the key that made it.
        found: String,
        /// Fingerprint of the key expected.
        expected: String,
    },
    /// Made for another purpose.
    #[error("the signature was made for {found:?}, not for {expected:?}")]
    OtherNamespace {
        /// Namespace in the signature.
        found: String,
        /// Namespace expected.
        expected: &'static str,
    },
    /// The signature calls itself another kind than its key.
    #[error("the signature is of kind {found:?}, but its key is of kind {expected:?}")]
    OtherAlgorithm {
        /// Kind in the signature.
        found: String,
        /// Kind of the key.
        expected: String,
    },
    /// A security key signed without a touch.
    #[error("nobody touched the security key for this signature: the presence flag is not set")]
    NotPresent,
    /// It does not verify.
    #[error("the signature does not verify over this text")]
    Wrong,
}

/// An SSHSIG, kept as the exact bytes it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct SshSignature {
    // `ssh-key` 0.6 does not re-encode sk-ecdsa signatures faithfully: the bytes are kept, never rebuilt.
    blob: Vec<u8>,
    pub(crate) parsed: SshSig,
}

/// RFC 4251 §5 `string`: the length as a big-endian u32, then the bytes.
fn string(bytes: &[u8]) -> Option<Vec<u8>> {
    Some([&u32::try_from(bytes.len()).ok()?.to_be_bytes(), bytes].concat())
}

impl SshSignature {
    /// Parses the binary form.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] if it is no SSHSIG version 1, has bytes to spare, fills the reserved field, or could
    /// be written otherwise.
    pub fn from_blob(blob: &[u8]) -> Result<Self, SignatureError> {
        let malformed = |why: &str| SignatureError::Malformed(why.to_owned());
        if blob.len() > BLOB_LIMIT {
            return Err(malformed("it is longer than any signature of an accepted key"));
        }
        let mut rest = blob;
        let parsed = SshSig::decode(&mut rest).map_err(|error| malformed(&error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed("bytes follow its end"));
        }
        if parsed.version() != SshSig::VERSION {
            return Err(malformed("unknown version"));
        }
        if !parsed.reserved().is_empty() {
            return Err(malformed("the reserved field is not empty"));
        }
        let signature = Self { blob: blob.to_vec(), parsed };
        // The decoder does not look whether the outer lengths are those of what they enclose.
        if signature.rewritten().as_deref() != Some(blob) {
            return Err(malformed("it is not written as OpenSSH writes it"));
        }
        Ok(signature)
    }

    /// The one writing of what was parsed (PROTOCOL.sshsig, PROTOCOL.u2f).
    fn rewritten(&self) -> Option<Vec<u8>> {
        let data = self.parsed.signature_bytes();
        let kind = self.parsed.algorithm();
        let trailer = match kind {
            Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => SK_TRAILER,
            _ => 0,
        };
        let (proper, trailer) = data.split_at_checked(data.len().checked_sub(trailer)?)?;
        let inner = [string(kind.as_str().as_bytes())?, string(proper)?, trailer.to_vec()].concat();
        let key = ssh_key::PublicKey::from(self.parsed.public_key().clone()).to_bytes().ok()?;
        let fields = [
            key.as_slice(),
            self.parsed.namespace().as_bytes(),
            self.parsed.reserved(),
            self.parsed.hash_alg().as_str().as_bytes(),
            &inner,
        ];
        let mut blob = [MAGIC.as_slice(), &self.parsed.version().to_be_bytes()].concat();
        for field in fields {
            blob.extend_from_slice(&string(field)?);
        }
        Some(blob)
    }

    /// Parses the armoured form that `ssh-keygen -Y sign` writes, and no other; only the last newline may be missing.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`], as [`Self::from_blob`], or if the armour is damaged.
    pub fn from_armour(text: &str) -> Result<Self, SignatureError> {
        let malformed =
            |error: pem_rfc7468::Error| SignatureError::Malformed(format!("its armour is damaged: {error}"));
        let mut decoder =
            pem_rfc7468::Decoder::new_wrapped(text.as_bytes(), ARMOUR_WIDTH).map_err(malformed)?;
        if decoder.type_label() != ARMOUR_LABEL {
            return Err(SignatureError::Malformed(format!("its armour says {:?}", decoder.type_label())));
        }
        let mut blob = Vec::new();
        decoder.decode_to_end(&mut blob).map_err(malformed)?;
        let signature = Self::from_blob(&blob)?;
        // The decoder passes over text before the first line and over other line ends: nothing may hide there.
        if signature.to_armour().trim_end() == text.strip_suffix('\n').unwrap_or(text) {
            Ok(signature)
        } else {
            Err(SignatureError::Malformed(
                "its armour is not as ssh-keygen writes it: text around it, or line ends altered on the way"
                    .to_owned(),
            ))
        }
    }

    /// Takes a signature just made by `ssh-key`.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] if it does not encode.
    pub fn from_ssh(signature: &SshSig) -> Result<Self, SignatureError> {
        let armour = signature
            .to_pem(ssh_key::LineEnding::LF)
            .map_err(|error| SignatureError::Malformed(error.to_string()))?;
        Self::from_armour(&armour)
    }

    /// The exact bytes.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The armoured form, ending in a newline, as `ssh-keygen -Y verify` takes it.
    pub fn to_armour(&self) -> String {
        let mut buffer = vec![0u8; self.blob.len().saturating_mul(2).saturating_add(128)];
        let armour = pem_rfc7468::Encoder::new_wrapped(
            ARMOUR_LABEL,
            ARMOUR_WIDTH,
            pem_rfc7468::LineEnding::LF,
            &mut buffer,
        )
        .and_then(|mut encoder| {
            encoder.encode(&self.blob)?;
            encoder.finish()
        })
        .unwrap_or(0);
        buffer.truncate(armour);
        String::from_utf8(buffer).unwrap_or_default()
    }

    /// The key that the signature says made it.
    ///
    /// # Errors
    /// [`SignatureError`] if that key is of a kind not accepted.
    pub fn public_key(&self) -> Result<PublicKey, SignatureError> {
        PublicKey::new(ssh_key::PublicKey::from(self.parsed.public_key().clone()))
    }

    /// Whether the presence flag of a security key is set; false for other keys.
    pub(crate) fn user_present(&self) -> bool {
        let bytes = self.parsed.signature_bytes();
        bytes
            .len()
            .checked_sub(SK_TRAILER)
            .and_then(|at| bytes.get(at))
            .is_some_and(|flags| flags & USER_PRESENT != 0)
    }
}

impl fmt::Debug for SshSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SshSignature({} bytes, {:?})", self.blob.len(), self.parsed.namespace())
    }
}

impl<C> Encode<C> for SshSignature {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.blob)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for SshSignature {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        Self::from_blob(d.bytes()?).map_err(|error| minicbor::decode::Error::message(error).at(at))
    }
}
