//! Security keys: a signature needs a touch, and a key made for SSH.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use common::signer::{Key, Parts, string};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{SignatureError, SshSignature};

const MESSAGE: &[u8] = b"a message\n";

fn verify(key: &Key, parts: &Parts) -> Result<(), SignatureError> {
    key.public().verify(Namespace::Statement, MESSAGE, &SshSignature::from_blob(&parts.blob())?)
}

fn security_keys() -> [Key; 2] {
    [Key::sk_ed25519(1), Key::sk_p256(1)]
}

fn touched(key: &Key, flags: u8) -> Parts {
    key.parts_with("strongroom-statement", MESSAGE, flags, "sha512", &[])
}

#[test]
fn a_security_keys_answer_needs_a_touch() {
    for key in security_keys() {
        for flags in 0..=u8::MAX {
            let expected = if flags & 0x01 == 0 { Err(SignatureError::NotPresent) } else { Ok(()) };
            assert_eq!(verify(&key, &touched(&key, flags)), expected, "flags {flags:#04x}");
        }
    }
}

#[test]
fn a_touch_cannot_be_written_in_afterwards() {
    for key in security_keys() {
        let mut parts = touched(&key, 0x00);
        parts.trailer[0] = 0x01;
        assert_eq!(verify(&key, &parts), Err(SignatureError::Wrong));
        let mut parts = touched(&key, 0x01);
        parts.trailer[4] ^= 1;
        assert_eq!(verify(&key, &parts), Err(SignatureError::Wrong), "another counter");
        let mut parts = touched(&key, 0x01);
        parts.trailer.push(1);
        assert!(matches!(verify(&key, &parts), Err(SignatureError::Malformed(_))), "a longer trailer");
        let mut parts = touched(&key, 0x00);
        parts.trailer.insert(0, 0x01);
        assert!(matches!(verify(&key, &parts), Err(SignatureError::Malformed(_))), "a flag before the flags");
        let mut parts = touched(&key, 0x01);
        parts.trailer.clear();
        assert!(matches!(verify(&key, &parts), Err(SignatureError::Malformed(_))), "no trailer");
    }
}

#[test]
fn a_security_key_of_a_web_site_signs_nothing_here() {
    for key in security_keys() {
        let foreign = match &key {
            Key::SkEd25519(secret, _) => Key::SkEd25519(secret.clone(), "https://example.com".to_owned()),
            Key::SkP256(secret, _) => Key::SkP256(secret.clone(), "https://example.com".to_owned()),
            _ => unreachable!(),
        };
        let parts = touched(&foreign, 0x01);
        assert_eq!(
            verify(&key, &parts),
            Err(SignatureError::Application("https://example.com".to_owned())),
            "the same secret under the web site's name"
        );
        assert_eq!(
            parts.signature().public_key(),
            Err(SignatureError::Application("https://example.com".to_owned()))
        );
        // What the web site got out of the key, under the name of ours.
        let mut parts = touched(&foreign, 0x01);
        parts.key = key.wire();
        assert_eq!(verify(&key, &parts), Err(SignatureError::Wrong));
    }
}

#[test]
fn a_key_of_a_web_browser_is_no_key_of_ours() {
    let Key::SkP256(secret, _) = Key::sk_p256(1) else { unreachable!() };
    let point = secret.verifying_key().to_encoded_point(false);
    let mut parts = touched(&Key::sk_p256(1), 0x01);
    parts.key = [
        string(b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
        string(b"nistp256"),
        string(point.as_bytes()),
        string(b"ssh:"),
    ]
    .concat();
    let refusal = SshSignature::from_blob(&parts.blob()).and_then(|signature| signature.public_key());
    assert!(
        matches!(refusal, Err(SignatureError::Malformed(_) | SignatureError::Algorithm(_))),
        "{refusal:?}"
    );
}
