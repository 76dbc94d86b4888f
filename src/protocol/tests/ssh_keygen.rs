//! What `ssh-keygen` writes and reads, against what we do.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::samples::{NAMESPACES, statement};
use common::signer::Key;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SignatureError, SignedText, SshSignature};

fn fixture(name: &str) -> String {
    fs::read_to_string(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn signatures_of_ssh_keygen_hold() {
    let text = fixture("text.txt");
    for (key, signature) in
        [("ed25519.pub", "ed25519.sig"), ("ed25519.pub", "ed25519-sha256.sig"), ("p256.pub", "p256.sig")]
    {
        let key: PublicKey = fixture(key).parse().unwrap();
        let signature = SshSignature::from_armour(&fixture(signature)).unwrap();
        key.verify(Namespace::Statement, text.as_bytes(), &signature).unwrap();
        assert_eq!(
            key.verify(Namespace::Statement, text.trim_end().as_bytes(), &signature),
            Err(SignatureError::Wrong)
        );
    }
}

#[test]
fn armour_is_to_the_byte_that_of_ssh_keygen() {
    for name in ["ed25519.sig", "ed25519-sha256.sig", "ed25519-file.sig", "p256.sig", "p384.sig", "rsa.sig"] {
        let armour = fixture(name);
        let signature = SshSignature::from_armour(&armour).unwrap();
        assert_eq!(signature.to_armour(), armour, "{name}");
        assert_eq!(SshSignature::from_blob(signature.blob()).unwrap(), signature);
    }
}

#[test]
fn signatures_of_ssh_keygen_by_other_kinds_of_keys_are_refused() {
    let text = fixture("text.txt");
    let key: PublicKey = fixture("ed25519.pub").parse().unwrap();
    for (name, kind) in [("rsa.sig", "ssh-rsa"), ("p384.sig", "ecdsa-sha2-nistp384")] {
        let signature = SshSignature::from_armour(&fixture(name)).unwrap();
        let refusal = Err(SignatureError::Algorithm(kind.to_owned()));
        assert_eq!(signature.public_key().map(drop), refusal);
        assert_eq!(key.verify(Namespace::Statement, text.as_bytes(), &signature), refusal);
    }
    let certified =
        SshSignature::from_armour(&fixture("certificate.sig")).and_then(|signature| signature.public_key());
    assert!(
        matches!(certified, Err(SignatureError::Malformed(_) | SignatureError::Algorithm(_))),
        "{certified:?}"
    );
    let file = SshSignature::from_armour(&fixture("ed25519-file.sig")).unwrap();
    assert!(matches!(
        key.verify(Namespace::Statement, text.as_bytes(), &file),
        Err(SignatureError::OtherNamespace { .. })
    ));
}

#[test]
fn damaged_armour_is_refused() {
    let armour = fixture("p256.sig");
    let lines: Vec<&str> = armour.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let mut damaged = vec![
        ("nothing", String::new()),
        ("text before it", format!("hello\n{armour}")),
        ("a line before it", format!("\n{armour}")),
        ("text after it", format!("{armour}hello\n")),
        ("a line after it", format!("{armour}\n")),
        ("a second one after it", format!("{armour}{armour}")),
        ("CRLF", armour.replace('\n', "\r\n")),
        ("CR", armour.replace('\n', "\r")),
        ("one CRLF", armour.replacen('\n', "\r\n", 1)),
        ("a space at a line's end", armour.replacen('\n', " \n", 2)),
        ("another label", armour.replace("SSH SIGNATURE", "SSH SIGNATURF")),
        ("a label of two", armour.replacen("SSH SIGNATURE", "PGP SIGNATURE", 1)),
        ("lower case", armour.to_lowercase()),
        ("narrower lines", {
            let body: String = lines[1..lines.len() - 1].concat();
            let body: Vec<_> = body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
            joined(&[&lines[..1], &body, &lines[lines.len() - 1..]].concat())
        }),
        ("one long line", joined(&[lines[0], &lines[1..lines.len() - 1].concat(), lines[lines.len() - 1]])),
        ("no padding", armour.replace('=', "")),
        ("more padding", armour.replace("==", "===")),
        ("a header", armour.replacen('\n', "\nComment: x\n\n", 1)),
        ("a null", armour.replacen('A', "\0", 1)),
    ];
    for number in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(number);
        damaged.push(("a missing line", joined(&fewer)));
        let mut more = lines.clone();
        more.insert(number, "");
        damaged.push(("an empty line", joined(&more)));
    }
    for (what, text) in damaged {
        if text == armour {
            continue;
        }
        let refusal = SshSignature::from_armour(&text);
        assert!(matches!(refusal, Err(SignatureError::Malformed(_))), "{what}: {text}");
    }
    let other = SshSignature::from_armour(&armour.replace("SSH SIGNATURE", "PGP SIGNATURE"));
    assert_eq!(other, Err(SignatureError::Malformed("its armour says \"PGP SIGNATURE\"".to_owned())));
    assert!(SshSignature::from_armour(armour.trim_end()).is_ok(), "only the last newline may be missing");
}

#[test]
fn every_character_of_the_armour_counts() {
    let (text, armour) = (fixture("text.txt"), fixture("ed25519.sig"));
    let key: PublicKey = fixture("ed25519.pub").parse().unwrap();
    for at in 0..armour.trim_end().len() {
        for other in [b'A', b'B', b'\n', b'=', b'-', b' '] {
            let mut bytes = armour.clone().into_bytes();
            if bytes[at] == other {
                continue;
            }
            bytes[at] = other;
            let altered = String::from_utf8(bytes).unwrap();
            let refusal = SshSignature::from_armour(&altered)
                .and_then(|signature| key.verify(Namespace::Statement, text.as_bytes(), &signature));
            assert!(refusal.is_err(), "character {at} may be {:?}", char::from(other));
        }
    }
}

fn ssh_keygen(arguments: &[&str], input: &Path) -> Output {
    Command::new("ssh-keygen")
        .args(arguments)
        .stdin(Stdio::from(fs::File::open(input).unwrap()))
        .output()
        .expect("ssh-keygen is not installed")
}

#[test]
#[ignore = "needs ssh-keygen: run cargo verify"]
fn ssh_keygen_accepts_our_signatures_of_each_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let text = statement().to_string();
    fs::write(file("text"), &text).unwrap();
    fs::write(file("other"), text.replace("alice", "bob")).unwrap();
    for key in Key::each(7) {
        for namespace in NAMESPACES {
            let namespace = namespace.as_str();
            let signers = format!("alice namespaces=\"{namespace}\" {}\n", key.public());
            fs::write(file("signers"), signers).unwrap();
            fs::write(file("signature"), key.sign(namespace, text.as_bytes()).to_armour()).unwrap();
            let (signers, signature) = (file("signers"), file("signature"));
            let arguments = [
                "-Y",
                "verify",
                "-f",
                signers.to_str().unwrap(),
                "-I",
                "alice",
                "-n",
                namespace,
                "-s",
                signature.to_str().unwrap(),
            ];
            let verdict = ssh_keygen(&arguments, &file("text"));
            let said = String::from_utf8_lossy(&verdict.stdout);
            assert!(verdict.status.success(), "{} in {namespace}: {verdict:?}", key.kind());
            assert!(said.contains(&key.public().fingerprint()), "{said}");
            assert!(!ssh_keygen(&arguments, &file("other")).status.success(), "ssh-keygen accepts anything");
        }
    }
}

#[test]
#[ignore = "needs ssh-keygen: run cargo verify"]
fn we_accept_the_signatures_of_ssh_keygen() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let text = statement().to_string();
    fs::write(file("text"), &text).unwrap();
    for kind in [&["-t", "ed25519"][..], &["-t", "ecdsa", "-b", "256"]] {
        let key = file(&format!("key-{}", kind[1]));
        let made = ssh_keygen(&[&["-q", "-N", "", "-f", &key], kind].concat(), Path::new("/dev/null"));
        assert!(made.status.success(), "{made:?}");
        let public: PublicKey = fs::read_to_string(format!("{key}.pub")).unwrap().parse().unwrap();
        for hash in ["hashalg=sha256", "hashalg=sha512"] {
            let arguments = ["-Y", "sign", "-n", "strongroom-statement", "-O", hash, "-f", &key];
            let signed = ssh_keygen(&arguments, Path::new(&file("text")));
            let armour = String::from_utf8(signed.stdout).unwrap();
            let signature = SshSignature::from_armour(&armour).unwrap();
            public.verify(Namespace::Statement, text.as_bytes(), &signature).unwrap();
            assert_eq!(signature.to_armour(), armour);

            let approval = SignedText::parse(format!("{text}{armour}").as_bytes()).unwrap();
            assert_eq!(approval.signers(Namespace::Statement, std::slice::from_ref(&public)), Ok(vec![0]));
            assert_eq!(approval.to_string(), format!("{text}{armour}"));
        }
    }
}
