//! Keys of people and stations: which are accepted, and why the others are not.
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

use common::signer::{Key, string};
use strongroom_protocol::{PublicKey, SignatureError, StationId};

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A key given as the text of its fields after the kind.
fn key(kind: &str, fields: &[&[u8]]) -> Result<PublicKey, SignatureError> {
    let mut wire = string(kind.as_bytes());
    for field in fields {
        wire.extend(string(field));
    }
    let key =
        ssh_key::PublicKey::from_bytes(&wire).map_err(|error| SignatureError::Key(error.to_string()))?;
    PublicKey::new(key)
}

#[test]
fn the_four_accepted_kinds_are_read_and_written_alike() {
    for signer in Key::each(1) {
        let public = signer.public();
        assert_eq!(public.wire(), signer.wire());
        assert_eq!(public.station(), StationId::of(&signer.wire()));
        assert_eq!(public.is_security_key(), signer.kind().starts_with("sk-"));
        let line = public.to_string();
        assert!(line.starts_with(signer.kind()));
        assert_eq!(line.parse::<PublicKey>().unwrap(), public);
    }
}

#[test]
fn keys_of_openssh_are_read_and_their_comments_dropped() {
    for name in ["ed25519.pub", "p256.pub"] {
        let line = fixture(name);
        let public: PublicKey = line.parse().unwrap();
        let bare = line.trim_end().rsplit_once(' ').unwrap().0;
        assert_eq!(public.to_string(), bare);
        for other in [bare.to_owned(), format!("{bare} somebody else"), format!("{bare} alice\r\n")] {
            assert_eq!(other.parse::<PublicKey>().unwrap(), public, "the comment is not the key");
        }
    }
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    // source: ssh-keygen -l -f FILE
    for (name, fingerprint) in [
        ("ed25519.pub", "SHA256:DqUGBj8J+Bc3fSZ68IwzRmNabyYaHdqobn8kgpT1aEQ"),
        ("p256.pub", "SHA256:pvPuIuaWM1/G7xKi6W3wFaQYWcaFg0MVEK9s1g+m+rc"),
    ] {
        assert_eq!(fixture(name).parse::<PublicKey>().unwrap().fingerprint(), fingerprint);
    }
}

#[test]
fn other_kinds_are_refused_by_name() {
    for (name, kind) in [("rsa.pub", "ssh-rsa"), ("p384.pub", "ecdsa-sha2-nistp384")] {
        let refusal = fixture(name).parse::<PublicKey>().unwrap_err();
        assert!(matches!(&refusal, SignatureError::Algorithm(found) if found == kind), "{refusal}");
        assert!(refusal.to_string().contains(kind));
    }
}

#[test]
fn certificates_and_kinds_that_nobody_knows_are_refused() {
    for (what, refusal) in [
        ("a certificate", fixture("certificate.pub").parse::<PublicKey>()),
        ("ed448 (RFC 8709)", key("ssh-ed448", &[&[1; 57]])),
        ("p521", key("ecdsa-sha2-nistp521", &[b"nistp521", &[4; 133]])),
        ("dsa", key("ssh-dss", &[&[1; 128], &[1; 20], &[1; 128], &[1; 128]])),
        ("another's invention", key("ed25519@example.com", &[&[1; 32]])),
        ("a curve under another's name", key("ecdsa-sha2-nistp256", &[b"nistp384", &[4; 97]])),
    ] {
        assert!(
            matches!(refusal, Err(SignatureError::Algorithm(_) | SignatureError::Key(_))),
            "{what}: {refusal:?}"
        );
    }
}

#[test]
fn text_that_is_no_public_key_is_refused() {
    let line = fixture("ed25519.pub");
    let two = format!("{line}{line}");
    let options = format!("cert-authority {line}");
    for bad in
        ["", "\n", "ssh-ed25519", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----", &two, &options]
    {
        assert!(matches!(bad.parse::<PublicKey>(), Err(SignatureError::Key(_))), "{bad:?} passed");
    }
    let (kind, rest) = line.split_once(' ').unwrap();
    let renamed = format!("ecdsa-sha2-nistp256 {rest}");
    assert!(renamed.parse::<PublicKey>().is_err(), "a {kind} key under another name passed");
}

#[test]
fn security_keys_made_for_web_sites_are_refused() {
    let Key::SkEd25519(ed25519, _) = Key::sk_ed25519(1) else { unreachable!() };
    let Key::SkP256(p256, _) = Key::sk_p256(1) else { unreachable!() };
    for application in ["https://example.com", "example.com", "ssh", "ssh:alice", "SSH:", "ssh: ", ""] {
        for foreign in [
            Key::SkEd25519(ed25519.clone(), application.to_owned()),
            Key::SkP256(p256.clone(), application.to_owned()),
        ] {
            let refusal = PublicKey::new(ssh_key::PublicKey::from_bytes(&foreign.wire()).unwrap());
            assert_eq!(refusal, Err(SignatureError::Application(application.to_owned())));
        }
    }
}

/// The points of order 1, 2, 4 and 8 of edwards25519 and their other spellings.
/// source: Cremers and Jackson, "Prime, Order Please!" (CSF 2019), table of small-order points; RFC 8032 §5.1.3.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn ed25519_keys_that_anybody_can_sign_for_are_refused() {
    for point in SMALL_ORDER {
        let point = unhex(point);
        assert!(matches!(key("ssh-ed25519", &[&point]), Err(SignatureError::Point(_))), "{point:x?}");
        let sk = key("sk-ssh-ed25519@openssh.com", &[&point, b"ssh:"]);
        assert!(matches!(sk, Err(SignatureError::Point(_))), "{point:x?}");
    }
}

#[test]
fn bytes_that_are_no_ed25519_point_are_refused() {
    // y = 2 has no x on the curve (RFC 8032 §5.1.3 step 3).
    let mut none = [0; 32];
    none[0] = 2;
    assert!(matches!(key("ssh-ed25519", &[&none]), Err(SignatureError::Point(_))));
    assert!(matches!(key("ssh-ed25519", &[&[1; 31]]), Err(SignatureError::Key(_))));
    assert!(matches!(key("ssh-ed25519", &[&[1; 33]]), Err(SignatureError::Key(_))));
}

#[test]
fn p256_keys_have_one_spelling() {
    let Key::P256(secret) = Key::p256(1) else { unreachable!() };
    let whole = secret.verifying_key().to_encoded_point(false);
    let compressed = secret.verifying_key().to_encoded_point(true);
    let compact = [&[5], &compressed.as_bytes()[1..]].concat();
    let mut beside = whole.as_bytes().to_vec();
    beside[64] ^= 1;
    let beyond = [&[4][..], &[0xff; 64]].concat();
    for (what, point) in [
        ("compressed", compressed.as_bytes()),
        ("compact", &compact),
        ("not on the curve", &beside),
        ("beyond the field", &beyond),
        ("the point at infinity", &[0]),
        ("nothing", &[]),
        ("hybrid", &[&[6], &whole.as_bytes()[1..]].concat()),
    ] {
        for refusal in [
            key("ecdsa-sha2-nistp256", &[b"nistp256", point]),
            key("sk-ecdsa-sha2-nistp256@openssh.com", &[b"nistp256", point, b"ssh:"]),
        ] {
            assert!(
                matches!(refusal, Err(SignatureError::Point(_) | SignatureError::Key(_))),
                "{what}: {refusal:?}"
            );
        }
    }
    assert!(key("ecdsa-sha2-nistp256", &[b"nistp256", whole.as_bytes()]).is_ok());
    assert!(key("sk-ecdsa-sha2-nistp256@openssh.com", &[b"nistp256", whole.as_bytes(), b"ssh:"]).is_ok());
}
