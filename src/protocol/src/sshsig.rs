//! Signatures of people and stations: SSHSIG (OpenSSH PROTOCOL.sshsig) over ed25519, P-256 and their security-key forms.
//!
//! Verification is `ssh-key`'s, which checks a security key's signature but never looks at the presence flag or at
//! the application it was made for. We do: a signature that nobody touched a key for is refused.
//! RSA and certificates are refused: one key is one person's, and it does not expire behind the policy's back.

use std::fmt;
use std::str::FromStr;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use ssh_encoding::Decode as _;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, SshSig};

use crate::id::StationId;

/// Base64 characters a line of armour has, as OpenSSH writes it.
const ARMOUR_WIDTH: usize = 70;
/// The label between the dashes of the armour.
const ARMOUR_LABEL: &str = "SSH SIGNATURE";
/// The first line of an armoured signature.
pub const ARMOUR_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
/// The last line of an armoured signature.
pub const ARMOUR_END: &str = "-----END SSH SIGNATURE-----";
/// The largest signature blob accepted, in bytes; real ones are under 400.
const BLOB_LIMIT: usize = 1024;
/// Flag of a security key's answer: somebody was there and touched it (PROTOCOL.u2f).
const USER_PRESENT: u8 = 0x01;
/// Bytes after the signature proper in a security key's answer: flags, then a big-endian counter.
const SK_TRAILER: usize = 5;
/// The application that security keys of SSH are made for; others belong to web sites.
const SK_APPLICATION: &str = "ssh:";

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
    /// A security key signed without a touch.
    #[error("nobody touched the security key for this signature: the presence flag is not set")]
    NotPresent,
    /// It does not verify.
    #[error("the signature does not verify over this text")]
    Wrong,
}

/// A public key of a person or a station, of an accepted kind.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(ssh_key::PublicKey);

/// An SSHSIG, kept as the exact bytes it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct SshSignature {
    // `ssh-key` 0.6 does not re-encode sk-ecdsa signatures faithfully: the bytes are kept, never rebuilt.
    blob: Vec<u8>,
    parsed: SshSig,
}

impl PublicKey {
    /// Accepts a key, or names why not.
    ///
    /// # Errors
    /// [`SignatureError::Algorithm`] for other kinds, [`SignatureError::Application`] for a foreign security key.
    pub fn new(key: ssh_key::PublicKey) -> Result<Self, SignatureError> {
        match key.key_data() {
            KeyData::Ed25519(_) => {}
            KeyData::Ecdsa(key) if key.curve() == EcdsaCurve::NistP256 => {}
            KeyData::SkEd25519(key) => check_application(key.application())?,
            KeyData::SkEcdsaSha2NistP256(key) => check_application(key.application())?,
            _ => return Err(SignatureError::Algorithm(key.algorithm().to_string())),
        }
        let mut bare = key;
        bare.set_comment("");
        Ok(Self(bare))
    }

    /// Whether it lives on a security key, which asks for a touch.
    pub fn is_security_key(&self) -> bool {
        matches!(self.0.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256)
    }

    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The key as `ssh-key` has it.
    pub const fn as_ssh(&self) -> &ssh_key::PublicKey {
        &self.0
    }

    /// The key in SSH wire format.
    pub fn wire(&self) -> Vec<u8> {
        // Encoding a key that was parsed or built cannot fail; an empty result matches no station.
        self.0.to_bytes().unwrap_or_default()
    }

    /// The id of the station that holds this key.
    pub fn station(&self) -> StationId {
        StationId::of(&self.wire())
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`SignatureError`], naming the first thing that is wrong.
    pub fn verify(
        &self,
        namespace: Namespace,
        message: &[u8],
        signature: &SshSignature,
    ) -> Result<(), SignatureError> {
        let signer = signature.public_key()?;
        if signer != *self {
            return Err(SignatureError::OtherKey {
                found: signer.fingerprint(),
                expected: self.fingerprint(),
            });
        }
        if signature.parsed.namespace() != namespace.as_str() {
            return Err(SignatureError::OtherNamespace {
                found: signature.parsed.namespace().chars().take(80).collect(),
                expected: namespace.as_str(),
            });
        }
        if self.is_security_key() && !signature.user_present() {
            return Err(SignatureError::NotPresent);
        }
        self.0.verify(namespace.as_str(), message, &signature.parsed).map_err(|_| SignatureError::Wrong)
    }
}

fn check_application(application: &str) -> Result<(), SignatureError> {
    if application == SK_APPLICATION {
        Ok(())
    } else {
        Err(SignatureError::Application(application.chars().take(80).collect()))
    }
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    /// Parses one line of an OpenSSH `.pub` file; the comment is dropped.
    fn from_str(line: &str) -> Result<Self, SignatureError> {
        let line = line.trim_end_matches(['\r', '\n']);
        let key =
            ssh_key::PublicKey::from_openssh(line).map_err(|error| SignatureError::Key(error.to_string()))?;
        Self::new(key)
    }
}

impl fmt::Display for PublicKey {
    /// The key as a line of a `.pub` file, without comment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_openssh().map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.wire().cmp(&other.wire())
    }
}

impl SshSignature {
    /// Parses the binary form.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] if it is no SSHSIG version 1, has bytes to spare, or fills the reserved field.
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
        Ok(Self { blob: blob.to_vec(), parsed })
    }

    /// Parses the armoured form that `ssh-keygen -Y sign` writes.
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
        Self::from_blob(&blob)
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
    fn user_present(&self) -> bool {
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
        write!(f, "SshSignature({} bytes, {})", self.blob.len(), self.parsed.namespace())
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
