//! Public keys of people and stations: ed25519, P-256 and their security-key forms.
//!
//! RSA and certificates are refused: one key is one person's, and it does not expire behind the policy's back.
//! Keys that anybody can sign for, or that have a second spelling, are refused as well (RFC 8032 §5.1.3, SEC 1 §2.3.4).

use std::fmt;
use std::str::FromStr;

use ssh_key::public::{EcdsaPublicKey, Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, HashAlg};

use crate::id::StationId;
use crate::sshsig::{Namespace, SignatureError, SshSignature};

/// The application that security keys of SSH are made for; others belong to web sites.
const SK_APPLICATION: &str = "ssh:";

/// The first byte of a point that gives both its coordinates (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// A public key of a person or a station, of an accepted kind.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(ssh_key::PublicKey);

impl PublicKey {
    /// Accepts a key, or names why not.
    ///
    /// # Errors
    /// [`SignatureError::Algorithm`] for other kinds, [`SignatureError::Application`] for a foreign security key,
    /// [`SignatureError::Point`] for bytes that nobody, or anybody, can sign for.
    pub fn new(key: ssh_key::PublicKey) -> Result<Self, SignatureError> {
        let sound = match key.key_data() {
            KeyData::Ed25519(key) => is_sound_ed25519(key),
            KeyData::Ecdsa(EcdsaPublicKey::NistP256(point)) => is_sound_p256(point),
            KeyData::SkEd25519(key) => {
                check_application(key.application())?;
                is_sound_ed25519(key.public_key())
            }
            KeyData::SkEcdsaSha2NistP256(key) => {
                check_application(key.application())?;
                is_sound_p256(key.ec_point())
            }
            _ => return Err(SignatureError::Algorithm(key.algorithm().to_string())),
        };
        if !sound {
            return Err(SignatureError::Point(key.algorithm().to_string()));
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
        // Where the presence flag stands depends on the kind, so the two must agree on it first.
        let (found, expected) = (signature.parsed.algorithm(), self.0.algorithm());
        if found != expected {
            return Err(SignatureError::OtherAlgorithm {
                found: found.to_string(),
                expected: expected.to_string(),
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

/// A point of small order makes one signature hold for many messages: its holder could deny every one of them.
fn is_sound_ed25519(key: &Ed25519PublicKey) -> bool {
    ed25519_dalek::VerifyingKey::try_from(key).is_ok_and(|key| !key.is_weak())
}

/// A compressed point would be a second spelling of the same key, and so a second voice for one person.
fn is_sound_p256(point: &p256::EncodedPoint) -> bool {
    point.as_bytes().first() == Some(&UNCOMPRESSED)
        && p256::PublicKey::from_sec1_bytes(point.as_bytes()).is_ok()
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    /// Parses one line of an OpenSSH `.pub` file; the comment is dropped.
    ///
    /// # Errors
    /// [`SignatureError::Key`] if it is not one such line, and as [`Self::new`].
    fn from_str(line: &str) -> Result<Self, SignatureError> {
        let line = line.trim_end_matches(['\r', '\n']);
        if line.contains(char::is_control) {
            return Err(SignatureError::Key("it is more than one line of printable text".to_owned()));
        }
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
