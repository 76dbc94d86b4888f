//! Signers that write SSHSIG by hand, byte for byte after PROTOCOL.sshsig and PROTOCOL.u2f, so that a mistake of the library
//! that reads them cannot hide behind the same mistake in what it is given.

use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256, Sha512};
use strongroom_protocol::{PublicKey, SshSignature};

/// A key of one of the four accepted kinds, made from a seed.
#[derive(Clone)]
pub enum Key {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    SkEd25519(ed25519_dalek::SigningKey, String),
    SkP256(p256::ecdsa::SigningKey, String),
}

/// Everything an SSHSIG says, each part open to alteration.
#[derive(Clone)]
pub struct Parts {
    pub version: u32,
    pub key: Vec<u8>,
    pub namespace: String,
    pub reserved: Vec<u8>,
    pub hash: String,
    pub kind: String,
    pub inner: Vec<u8>,
    /// Flags and counter of a security key; empty for others.
    pub trailer: Vec<u8>,
}

/// RFC 4251 §5 `string`.
pub fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// RFC 4251 §5 `mpint`, of a positive number.
fn mpint(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[start..];
    let sign: &[u8] = if digits.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    string(&[sign, digits].concat())
}

fn ecdsa(signature: &p256::ecdsa::Signature) -> Vec<u8> {
    let (r, s) = signature.split_bytes();
    [mpint(&r), mpint(&s)].concat()
}

impl Parts {
    pub fn blob(&self) -> Vec<u8> {
        let inner = [string(self.kind.as_bytes()), string(&self.inner), self.trailer.clone()].concat();
        [
            b"SSHSIG".to_vec(),
            self.version.to_be_bytes().to_vec(),
            string(&self.key),
            string(self.namespace.as_bytes()),
            string(&self.reserved),
            string(self.hash.as_bytes()),
            string(&inner),
        ]
        .concat()
    }

    pub fn signature(&self) -> SshSignature {
        SshSignature::from_blob(&self.blob()).unwrap()
    }
}

impl Key {
    pub fn ed25519(seed: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    pub fn p256(seed: u8) -> Self {
        Self::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn sk_ed25519(seed: u8) -> Self {
        Self::SkEd25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]), "ssh:".to_owned())
    }

    pub fn sk_p256(seed: u8) -> Self {
        Self::SkP256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap(), "ssh:".to_owned())
    }

    /// One of each kind.
    pub fn each(seed: u8) -> [Self; 4] {
        [Self::ed25519(seed), Self::p256(seed), Self::sk_ed25519(seed), Self::sk_p256(seed)]
    }

    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ssh-ed25519",
            Self::P256(_) => "ecdsa-sha2-nistp256",
            Self::SkEd25519(..) => "sk-ssh-ed25519@openssh.com",
            Self::SkP256(..) => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn point(key: &p256::ecdsa::SigningKey) -> Vec<u8> {
        key.verifying_key().to_encoded_point(false).as_bytes().to_vec()
    }

    /// The public key in SSH wire format.
    pub fn wire(&self) -> Vec<u8> {
        let body = match self {
            Self::Ed25519(key) => string(key.verifying_key().as_bytes()),
            Self::P256(key) => [string(b"nistp256"), string(&Self::point(key))].concat(),
            Self::SkEd25519(key, application) => {
                [string(key.verifying_key().as_bytes()), string(application.as_bytes())].concat()
            }
            Self::SkP256(key, application) => {
                [string(b"nistp256"), string(&Self::point(key)), string(application.as_bytes())].concat()
            }
        };
        [string(self.kind().as_bytes()), body].concat()
    }

    /// The public key as the library reads it.
    pub fn public(&self) -> PublicKey {
        PublicKey::new(ssh_key::PublicKey::from_bytes(&self.wire()).unwrap()).unwrap()
    }

    /// An honest signature, with a touch where the key asks for one.
    pub fn sign(&self, namespace: &str, message: &[u8]) -> SshSignature {
        self.parts(namespace, message).signature()
    }

    pub fn parts(&self, namespace: &str, message: &[u8]) -> Parts {
        self.parts_with(namespace, message, 0x01, "sha512", &[])
    }

    /// A signature that is right about what it says, whatever that is.
    pub fn parts_with(
        &self,
        namespace: &str,
        message: &[u8],
        flags: u8,
        hash: &str,
        reserved: &[u8],
    ) -> Parts {
        let digest = match hash {
            "sha256" => Sha256::digest(message).to_vec(),
            _ => Sha512::digest(message).to_vec(),
        };
        let signed = [
            b"SSHSIG".to_vec(),
            string(namespace.as_bytes()),
            string(reserved),
            string(hash.as_bytes()),
            string(&digest),
        ]
        .concat();
        let trailer = [&[flags], 7u32.to_be_bytes().as_slice()].concat();
        let answer = |application: &str| {
            [&Sha256::digest(application)[..], &trailer, &Sha256::digest(&signed)[..]].concat()
        };
        let (inner, trailer) = match self {
            Self::Ed25519(key) => (key.sign(&signed).to_bytes().to_vec(), Vec::new()),
            Self::P256(key) => (ecdsa(&key.sign(&signed)), Vec::new()),
            Self::SkEd25519(key, application) => {
                (key.sign(&answer(application)).to_bytes().to_vec(), trailer.clone())
            }
            Self::SkP256(key, application) => (ecdsa(&key.sign(&answer(application))), trailer.clone()),
        };
        Parts {
            version: 1,
            key: self.wire(),
            namespace: namespace.to_owned(),
            reserved: reserved.to_vec(),
            hash: hash.to_owned(),
            kind: self.kind().to_owned(),
            inner,
            trailer,
        }
    }
}
