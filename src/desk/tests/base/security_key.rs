//! Security keys behind an agent: a touched signature is taken, an untouched one is not.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use p256::ecdsa::signature::Signer;
use sha2::{Digest, Sha256};
use strongroom_desk::ssh::{Candidate, KeyChoice, SshError, SystemSigners, sign};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SignatureError};

/// draft-miller-ssh-agent §6.1.
const IDENTITIES: u8 = 12;
const SIGNED: u8 = 14;
const FAILURE: u8 = 5;

fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// RFC 4251 §5: a positive integer, without leading zeros but for the sign's sake.
fn mpint(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let body = &bytes[start..];
    let sign: &[u8] = if body.first().is_some_and(|byte| byte & 0x80 != 0) { &[0] } else { &[] };
    string(&[sign, body].concat())
}

/// A security key in software (PROTOCOL.u2f), of one of the two kinds.
#[derive(Clone)]
enum SecurityKey {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ssh_key::PrivateKey),
}

impl SecurityKey {
    fn name(&self) -> &'static str {
        match self {
            Self::P256(_) => "sk-ecdsa-sha2-nistp256@openssh.com",
            Self::Ed25519(_) => "sk-ssh-ed25519@openssh.com",
        }
    }

    fn wire(&self) -> Vec<u8> {
        let name = string(self.name().as_bytes());
        let key = match self {
            Self::P256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                [string(b"nistp256"), string(point.as_bytes())].concat()
            }
            Self::Ed25519(key) => string(&key.public_key().key_data().ed25519().unwrap().0),
        };
        [name, key, string(b"ssh:")].concat()
    }

    fn sign(&self, data: &[u8], flags: u8) -> Vec<u8> {
        let counter = 7u32.to_be_bytes();
        let message = [&Sha256::digest(b"ssh:")[..], &[flags], &counter, &Sha256::digest(data)].concat();
        let proper = match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(&message);
                let (r, s) = signature.split_bytes();
                [mpint(&r), mpint(&s)].concat()
            }
            Self::Ed25519(key) => {
                let signature: ssh_key::Signature = Signer::try_sign(key, &message).unwrap();
                signature.as_bytes().to_vec()
            }
        };
        [string(self.name().as_bytes()), string(&proper), vec![flags], counter.to_vec()].concat()
    }
}

fn read(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut length = [0u8; 4];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}

/// An agent with one security key, whose owner touches it or does not.
fn agent(key: SecurityKey, flags: Option<u8>) -> (tempfile::TempDir, SystemSigners) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        while let Some(question) = read(&mut stream) {
            let answer = match (question[0], flags) {
                (11, _) => {
                    [&[IDENTITIES, 0, 0, 0, 1][..], &string(&key.wire()), &string(b"comment")].concat()
                }
                (13, Some(flags)) => {
                    let length = |at: usize| {
                        usize::try_from(u32::from_be_bytes(question[at..at + 4].try_into().unwrap())).unwrap()
                    };
                    assert_eq!(&question[5..5 + length(1)], key.wire());
                    let at = 5 + length(1);
                    let data = &question[at + 4..at + 4 + length(at)];
                    [&[SIGNED][..], &string(&key.sign(data, flags))].concat()
                }
                _ => vec![FAILURE],
            };
            stream.write_all(&string(&answer)).unwrap();
        }
    });
    (folder, SystemSigners { agent: Some(socket), keygen: "ssh-keygen".into() })
}

fn keys() -> [SecurityKey; 2] {
    [
        SecurityKey::P256(p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()),
        SecurityKey::Ed25519(crate::office::key(7)),
    ]
}

fn signed(
    key: &SecurityKey,
    flags: Option<u8>,
) -> (PublicKey, Result<(Candidate, strongroom_protocol::SshSignature), SshError>) {
    let public = PublicKey::new(ssh_key::PublicKey::from_bytes(&key.wire()).unwrap()).unwrap();
    let candidate = Candidate { name: "alice".parse().unwrap(), key: public.clone() };
    let (_folder, signers) = agent(key.clone(), flags);
    let choice = KeyChoice { agent: true, key: None };
    (public, sign(&signers, &choice, &[candidate], Namespace::Statement, b"text\n"))
}

#[test]
fn a_touched_signature_is_taken_as_it_is() {
    for key in keys() {
        let (public, made) = signed(&key, Some(1));
        let (_, signature) = made.unwrap_or_else(|error| panic!("{}: {error}", key.name()));
        public.verify(Namespace::Statement, b"text\n", &signature).unwrap();
        assert!(public.is_security_key());
    }
}

#[test]
fn an_untouched_signature_is_not() {
    for key in keys() {
        let (_, made) = signed(&key, Some(0));
        assert!(matches!(made, Err(SshError::Wrong(SignatureError::NotPresent))), "{}: {made:?}", key.name());
        let (_, made) = signed(&key, None);
        assert!(matches!(made, Err(SshError::Refused { .. })), "{}: {made:?}", key.name());
    }
}
