//! SSHSIG: what holds, and every way in which it may not.
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

use common::samples::NAMESPACES;
use common::signer::{Key, Parts, string};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SignatureError, SshSignature};

const MESSAGE: &[u8] = b"a message\n";

fn honest(key: &Key) -> Parts {
    key.parts("strongroom-statement", MESSAGE)
}

fn verify(key: &Key, parts: &Parts) -> Result<(), SignatureError> {
    key.public().verify(Namespace::Statement, MESSAGE, &SshSignature::from_blob(&parts.blob())?)
}

fn altered(key: &Key, alter: impl Fn(&mut Parts)) -> Result<(), SignatureError> {
    let mut parts = honest(key);
    alter(&mut parts);
    verify(key, &parts)
}

#[test]
fn honest_signatures_of_each_kind_hold_in_each_namespace() {
    for key in Key::each(1) {
        for namespace in NAMESPACES {
            for hash in ["sha256", "sha512"] {
                let signature = key.parts_with(namespace.as_str(), MESSAGE, 0x01, hash, &[]).signature();
                key.public().verify(namespace, MESSAGE, &signature).unwrap();
                assert_eq!(signature.public_key().unwrap(), key.public());
            }
        }
        let nothing = key.sign("strongroom-house", b"");
        key.public().verify(Namespace::House, b"", &nothing).unwrap();
    }
}

#[test]
fn a_signature_holds_in_its_own_namespace_alone() {
    for key in Key::each(1) {
        for made in NAMESPACES {
            for asked in NAMESPACES.into_iter().filter(|asked| *asked != made) {
                let refusal = key.public().verify(asked, MESSAGE, &key.sign(made.as_str(), MESSAGE));
                assert_eq!(
                    refusal,
                    Err(SignatureError::OtherNamespace {
                        found: made.as_str().to_owned(),
                        expected: asked.as_str()
                    })
                );
            }
        }
        for foreign in
            ["file", "git", "strongroom-statement ", "Strongroom-statement", "strongroom-statement\0"]
        {
            assert!(matches!(
                key.public().verify(Namespace::Statement, MESSAGE, &key.sign(foreign, MESSAGE)),
                Err(SignatureError::OtherNamespace { .. })
            ));
        }
        // Relabelled after it was signed.
        let mut parts = key.parts("file", MESSAGE);
        parts.namespace = "strongroom-statement".to_owned();
        assert_eq!(verify(&key, &parts), Err(SignatureError::Wrong));
    }
}

#[test]
fn an_empty_namespace_is_refused() {
    for key in Key::each(1) {
        let blob = key.parts("", MESSAGE).blob();
        assert!(matches!(SshSignature::from_blob(&blob), Err(SignatureError::Malformed(_))));
    }
}

#[test]
fn another_keys_signature_is_refused() {
    for key in Key::each(1) {
        for other in Key::each(2).iter().chain(Key::each(1).iter().filter(|other| other.kind() != key.kind()))
        {
            let refusal = key.public().verify(
                Namespace::Statement,
                MESSAGE,
                &other.sign("strongroom-statement", MESSAGE),
            );
            assert_eq!(
                refusal,
                Err(SignatureError::OtherKey {
                    found: other.public().fingerprint(),
                    expected: key.public().fingerprint()
                })
            );
        }
    }
}

#[test]
fn another_keys_signature_under_this_keys_name_is_refused() {
    let kinds = Key::each(1).into_iter().zip(Key::each(2));
    for (key, other) in kinds {
        let mut parts = honest(&other);
        parts.key = key.wire();
        assert_eq!(verify(&key, &parts), Err(SignatureError::Wrong));
    }
}

#[test]
fn any_other_message_is_refused() {
    for key in Key::each(1) {
        let signature = key.sign("strongroom-statement", MESSAGE);
        let refused = |message: &[u8]| {
            let refusal = key.public().verify(Namespace::Statement, message, &signature);
            assert_eq!(refusal, Err(SignatureError::Wrong), "{message:?}");
        };
        for bit in 0..MESSAGE.len() * 8 {
            let mut other = MESSAGE.to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            refused(&other);
        }
        refused(b"");
        refused(b"a message");
        refused(b"a message\r\n");
        refused(b"a message\n\n");
        refused(b"\xef\xbb\xbfa message\n");
    }
}

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    for key in Key::each(1) {
        let blob = honest(&key).blob();
        for bit in 0..blob.len() * 8 {
            let mut other = blob.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            let refusal = SshSignature::from_blob(&other)
                .and_then(|signature| key.public().verify(Namespace::Statement, MESSAGE, &signature));
            assert!(refusal.is_err(), "bit {bit} of a {} signature is free", key.kind());
        }
    }
}

#[test]
fn a_shorter_or_longer_blob_is_refused() {
    for key in Key::each(1) {
        let blob = honest(&key).blob();
        for end in 0..blob.len() {
            assert!(
                matches!(SshSignature::from_blob(&blob[..end]), Err(SignatureError::Malformed(_))),
                "cut at {end}"
            );
        }
        for tail in [&[0][..], b"\n", &blob] {
            let longer = [blob.as_slice(), tail].concat();
            let refusal = SshSignature::from_blob(&longer);
            assert_eq!(refusal, Err(SignatureError::Malformed("bytes follow its end".to_owned())));
        }
    }
}

#[test]
fn lengths_that_are_not_those_of_what_they_enclose_are_refused() {
    for key in Key::each(1) {
        let parts = honest(&key);
        let blob = parts.blob();
        let lengths = [
            10,
            14,
            blob.len()
                - 4
                - string(parts.kind.as_bytes()).len()
                - string(&parts.inner).len()
                - parts.trailer.len(),
        ];
        for at in lengths {
            let length = u32::from_be_bytes(blob[at..at + 4].try_into().unwrap());
            for other in [0, length - 1, length + 1, length + 65_536, u32::MAX] {
                let mut altered = blob.clone();
                altered[at..at + 4].copy_from_slice(&other.to_be_bytes());
                assert!(
                    matches!(SshSignature::from_blob(&altered), Err(SignatureError::Malformed(_))),
                    "{other} for {length} at {at} of a {} signature passed",
                    key.kind()
                );
            }
        }
    }
}

#[test]
fn other_versions_are_refused() {
    for key in Key::each(1) {
        for version in [0, 2, 256, u32::MAX] {
            assert!(matches!(
                altered(&key, |parts| parts.version = version),
                Err(SignatureError::Malformed(_))
            ));
        }
    }
}

#[test]
fn a_reserved_field_with_anything_in_it_is_refused() {
    for key in Key::each(1) {
        for reserved in [&b"\0"[..], b"v2"] {
            assert!(matches!(
                altered(&key, |parts| parts.reserved = reserved.to_vec()),
                Err(SignatureError::Malformed(_))
            ));
            // Even where it was there when the signature was made.
            let parts = key.parts_with("strongroom-statement", MESSAGE, 0x01, "sha512", reserved);
            assert!(matches!(verify(&key, &parts), Err(SignatureError::Malformed(_))));
        }
    }
}

#[test]
fn other_hashes_are_refused() {
    for key in Key::each(1) {
        assert_eq!(altered(&key, |parts| parts.hash = "sha256".to_owned()), Err(SignatureError::Wrong));
        for hash in ["sha1", "md5", "sha384", "SHA512", ""] {
            assert!(matches!(
                altered(&key, |parts| parts.hash = hash.to_owned()),
                Err(SignatureError::Malformed(_))
            ));
        }
    }
}

#[test]
fn a_blob_larger_than_any_signature_is_refused_unread() {
    for key in Key::each(1) {
        let refusal = altered(&key, |parts| parts.reserved = vec![0; 1024]);
        assert!(matches!(refusal, Err(SignatureError::Malformed(why)) if why.contains("longer than any")));
    }
    assert!(SshSignature::from_blob(&[]).is_err());
    assert!(SshSignature::from_blob(&vec![0; 1 << 20]).is_err());
}

#[test]
fn a_signature_that_calls_itself_another_kind_than_its_key_is_refused() {
    let kinds = [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "ssh-ed25519-cert-v01@openssh.com",
        "rsa-sha2-512",
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
        "signature@example.com",
    ];
    for key in Key::each(1) {
        for kind in kinds.into_iter().filter(|kind| *kind != key.kind()) {
            // As the kind would have it, and with everything in one string.
            let parts = honest(&key);
            for (inner, trailer) in [
                (parts.inner.clone(), parts.trailer.clone()),
                ([parts.inner.clone(), parts.trailer.clone()].concat(), Vec::new()),
                (parts.inner.clone(), vec![1, 0, 0, 0, 7]),
            ] {
                let refusal = altered(&key, |parts| {
                    parts.kind = kind.to_owned();
                    parts.inner.clone_from(&inner);
                    parts.trailer.clone_from(&trailer);
                });
                assert!(
                    matches!(
                        refusal,
                        Err(SignatureError::Malformed(_) | SignatureError::OtherAlgorithm { .. })
                    ),
                    "a {} signature as {kind}: {refusal:?}",
                    key.kind()
                );
            }
        }
    }
}

#[test]
fn a_point_spelled_otherwise_is_no_second_key() {
    let key = Key::p256(1);
    let Key::P256(secret) = &key else { unreachable!() };
    let compressed = secret.verifying_key().to_encoded_point(true);
    let mut parts = honest(&key);
    parts.key = [string(b"ecdsa-sha2-nistp256"), string(b"nistp256"), string(compressed.as_bytes())].concat();
    assert!(matches!(verify(&key, &parts), Err(SignatureError::Point(_))));
}

#[test]
fn integers_of_a_p256_signature_have_one_writing() {
    let key = Key::p256(1);
    let pad = |parts: &mut Parts| {
        let length = usize::from(parts.inner[3]);
        let first = parts.inner[4..4 + length].to_vec();
        let second = parts.inner[4 + length..].to_vec();
        parts.inner = [string(&[&[0], first.as_slice()].concat()), second].concat();
    };
    assert!(matches!(altered(&key, pad), Err(SignatureError::Malformed(_))), "a zero before r passed");
    for inner in [
        string(&[]).repeat(2),
        string(&[1]).repeat(2),
        string(&[0x80; 32]).repeat(2),
        string(&[1; 33]).repeat(2),
    ] {
        let refusal = altered(&key, |parts| parts.inner.clone_from(&inner));
        assert!(
            matches!(refusal, Err(SignatureError::Malformed(_) | SignatureError::Wrong)),
            "{inner:x?}: {refusal:?}"
        );
    }
}

#[test]
fn a_signature_travels_in_cbor_as_its_exact_bytes() {
    for key in Key::each(1) {
        let signature = honest(&key).signature();
        let bytes = minicbor::to_vec(&signature).unwrap();
        assert_eq!(bytes[bytes.len() - signature.blob().len()..], *signature.blob());
        assert_eq!(minicbor::decode::<SshSignature>(&bytes).unwrap(), signature);
        let longer = [signature.blob(), &[0]].concat();
        let bytes = minicbor::to_vec(minicbor::bytes::ByteVec::from(longer)).unwrap();
        assert!(minicbor::decode::<SshSignature>(&bytes).is_err(), "bytes to spare inside passed");
    }
}

#[test]
fn what_ssh_key_signs_is_taken() {
    let Key::Ed25519(secret) = Key::ed25519(5) else { unreachable!() };
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&secret.to_bytes());
    let private = ssh_key::PrivateKey::from(pair);
    let made = private.sign("strongroom-reply", ssh_key::HashAlg::Sha512, MESSAGE).unwrap();
    let taken = SshSignature::from_ssh(&made).unwrap();
    assert_eq!(taken.blob(), Key::ed25519(5).sign("strongroom-reply", MESSAGE).blob());
    PublicKey::new(private.public_key().clone()).unwrap().verify(Namespace::Reply, MESSAGE, &taken).unwrap();
}
