//! The `age` program opens our key files, and we open its: the way out in an emergency.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use strongroom_keys::{
    Circumstances, KeyFileError, Keystore, KeystoreError, Mnemonic, NewKey, OpenedKey, Passphrase, WorkFactor,
};
use strongroom_protocol::account::KeyProvenance;
use strongroom_protocol::text::Name;

const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const PASSPHRASE: &str = "wooden spoon under the ninth stair";

fn secret(text: &str) -> Passphrase {
    Passphrase::take(text.to_owned()).unwrap()
}

/// Runs `age` on a terminal of its own, which it insists on, and types a line at each question it asks.
///
/// `script` makes the terminal; it is part of util-linux.
fn age(arguments: &str, directory: &Path, answers: &[&str]) -> (bool, String) {
    let mut script = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("age {arguments}"))
        .arg("/dev/null")
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script must be installed (util-linux)");
    let mut keyboard = script.stdin.take().unwrap();
    let mut screen = script.stdout.take().unwrap();
    let mut shown = String::new();
    let mut asked = 0;
    let mut buffer = [0; 512];
    loop {
        let read = screen.read(&mut buffer).unwrap();
        if read == 0 {
            break;
        }
        shown.push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap()));
        while asked < answers.len() && shown.matches("passphrase").count() > asked {
            keyboard.write_all(format!("{}\n", answers.get(asked).unwrap()).as_bytes()).unwrap();
            asked += 1;
        }
    }
    (script.wait().unwrap().success(), shown)
}

fn keystore(root: &Path) -> (Keystore, Name) {
    let keys = Keystore::create(&root.join("keys")).unwrap();
    let name: Name = "treasury".parse().unwrap();
    let passphrase = secret(PASSPHRASE);
    let with = Circumstances {
        made: KeyProvenance::Restored,
        created: "2026-01-31T18:00:00Z".parse().unwrap(),
        passphrase: &passphrase,
        factor: WorkFactor::FLOOR,
    };
    keys.add(&name, &NewKey::Mnemonic(&Mnemonic::parse(&secret(WORDS)).unwrap(), None), &with).unwrap();
    (keys, name)
}

#[test]
#[ignore = "needs age: run cargo verify"]
fn the_age_program_opens_our_key_files() {
    let root = tempfile::tempdir().unwrap();
    keystore(root.path());
    let (done, shown) = age("--decrypt -o opened.toml keys/treasury.age", root.path(), &[PASSPHRASE]);
    assert!(done, "{shown}");
    let opened = fs::read_to_string(root.path().join("opened.toml")).unwrap();
    assert!(opened.contains(&format!("words = \"{WORDS}\"\n")), "not what was sealed");
    let record = fs::read_to_string(root.path().join("keys/treasury.toml")).unwrap();
    assert!(opened.starts_with(&record));
}

#[test]
#[ignore = "needs age: run cargo verify"]
fn the_age_program_refuses_another_passphrase() {
    let root = tempfile::tempdir().unwrap();
    keystore(root.path());
    let (done, shown) = age("--decrypt -o opened.toml keys/treasury.age", root.path(), &["something else"]);
    assert!(!done, "{shown}");
    assert!(!root.path().join("opened.toml").exists());
}

#[test]
#[ignore = "needs age: run cargo verify"]
fn we_open_key_files_of_the_age_program() {
    let root = tempfile::tempdir().unwrap();
    let (keys, name) = keystore(root.path());
    // The emergency road there and back: decrypted, and encrypted again under another passphrase.
    let (done, shown) = age("--decrypt -o opened.toml keys/treasury.age", root.path(), &[PASSPHRASE]);
    assert!(done, "{shown}");
    let other = "a new one, typed twice";
    let (done, shown) =
        age("--encrypt --passphrase -o keys/again.age opened.toml", root.path(), &[other, other]);
    assert!(done, "{shown}");
    let file = root.path().join("keys/treasury.age");
    fs::rename(root.path().join("keys/again.age"), &file).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(keys.work_factor(&name).unwrap(), WorkFactor::DEFAULT, "what age takes by itself");
    let OpenedKey::Mnemonic(opened) = keys.unlock(&name, &secret(other)).unwrap() else {
        panic!("a mnemonic was sealed")
    };
    assert_eq!(*opened.mnemonic(), Mnemonic::parse(&secret(WORDS)).unwrap());
    let refused = keys.unlock(&name, &secret(PASSPHRASE)).unwrap_err();
    assert!(matches!(refused, KeystoreError::File { source: KeyFileError::WrongPassphrase, .. }));
}
