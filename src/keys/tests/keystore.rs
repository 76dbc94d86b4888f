//! The keystore from outside: what it keeps, what it refuses, and what becomes of files that were tampered with.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use strongroom_keys::{
    Bip39Passphrase, Circumstances, KeyFileError, KeyIdentity, Keystore, KeystoreError, Mnemonic, NewKey,
    OpenedKey, Passphrase, StationKey, SystemEntropy, WeakPassphrase, WordCount, WorkFactor,
};
use strongroom_protocol::account::KeyProvenance;
use strongroom_protocol::text::Name;
use tempfile::TempDir;

const GOOD: &str = "wooden spoon under the ninth stair";

fn secret(text: &str) -> Passphrase {
    Passphrase::take(text.to_owned()).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn mnemonic() -> Mnemonic {
    Mnemonic::parse(&secret("legal winner thank year wave sausage worth useful legal winner thank yellow"))
        .unwrap()
}

fn with(passphrase: &Passphrase) -> Circumstances<'_> {
    Circumstances {
        made: KeyProvenance::Restored,
        created: "2026-01-31T18:00:00Z".parse().unwrap(),
        passphrase,
        factor: WorkFactor::FLOOR,
    }
}

struct Place {
    // Removes the directory when it goes.
    _root: TempDir,
    keys: Keystore,
    path: std::path::PathBuf,
}

fn place() -> Place {
    let root = TempDir::new().unwrap();
    let path = root.path().join("keys");
    Place { keys: Keystore::create(&path).unwrap(), path, _root: root }
}

/// A keystore with the mnemonic in it, under the name `treasury`.
fn filled() -> Place {
    let place = place();
    place.keys.add(&name("treasury"), &NewKey::Mnemonic(&mnemonic(), None), &with(&secret(GOOD))).unwrap();
    place
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn unlock_error(place: &Place) -> KeystoreError {
    place.keys.unlock(&name("treasury"), &secret(GOOD)).unwrap_err()
}

#[test]
fn a_key_that_was_added_comes_back() {
    let place = filled();
    assert_eq!(names(&place.path), ["treasury.age", "treasury.toml"]);
    for file in names(&place.path) {
        assert_eq!(fs::metadata(place.path.join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o700);
    let OpenedKey::Mnemonic(opened) = place.keys.unlock(&name("treasury"), &secret(GOOD)).unwrap() else {
        panic!("a mnemonic was added")
    };
    assert_eq!(*opened.mnemonic(), mnemonic());
    assert_eq!(opened.record().made, KeyProvenance::Restored);
    // Known from other wallets: this sentence's master fingerprint without a passphrase.
    let master = opened.master_key(None).unwrap();
    assert_eq!(master.fingerprint().to_string(), opened.record().identity.fingerprint());
    assert_eq!(place.keys.work_factor(&name("treasury")).unwrap(), WorkFactor::FLOOR);
}

#[test]
fn no_word_of_the_secret_is_in_any_file() {
    let place = filled();
    for file in names(&place.path) {
        let bytes = fs::read(place.path.join(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for word in mnemonic().expose_words() {
            assert!(!text.contains(word), "{word}");
        }
    }
}

#[test]
fn a_station_key_comes_back() {
    let place = place();
    let key = StationKey::generate(&mut SystemEntropy, None).unwrap();
    let record = place.keys.add(&name("station"), &NewKey::Station(&key), &with(&secret(GOOD))).unwrap();
    assert_eq!(record.identity, KeyIdentity::Station { public_key: key.public_key() });
    let OpenedKey::Station(opened) = place.keys.unlock(&name("station"), &secret(GOOD)).unwrap() else {
        panic!("a station key was added")
    };
    assert_eq!(opened, key);
}

#[test]
fn a_bip39_passphrase_is_asked_for_and_recognized() {
    let place = place();
    let (words, right) = (mnemonic(), secret("TREZOR"));
    let key = NewKey::Mnemonic(&words, Some(&right));
    let record = place.keys.add(&name("treasury"), &key, &with(&secret(GOOD))).unwrap();
    assert!(
        matches!(record.identity, KeyIdentity::Mnemonic { passphrase: Bip39Passphrase::Asked, .. }),
        "{record}"
    );
    let OpenedKey::Mnemonic(opened) = place.keys.unlock(&name("treasury"), &secret(GOOD)).unwrap() else {
        panic!("a mnemonic was added")
    };
    assert!(opened.master_key(Some(&right)).is_ok());
    for nothing in [None, Some(&secret(""))] {
        let refused = opened.master_key(nothing).unwrap_err();
        assert!(matches!(refused, KeystoreError::PassphraseNeeded { .. }), "{refused}");
    }
    let refused = opened.master_key(Some(&secret("Trezor"))).unwrap_err();
    assert!(matches!(refused, KeystoreError::WrongBip39Passphrase { .. }), "{refused}");
    for file in names(&place.path) {
        assert!(!String::from_utf8_lossy(&fs::read(place.path.join(file)).unwrap()).contains("TREZOR"));
    }
}

#[test]
fn a_bip39_passphrase_that_does_not_belong_is_refused() {
    let place = filled();
    let OpenedKey::Mnemonic(opened) = place.keys.unlock(&name("treasury"), &secret(GOOD)).unwrap() else {
        panic!("a mnemonic was added")
    };
    let refused = opened.master_key(Some(&secret("x"))).unwrap_err();
    assert!(matches!(refused, KeystoreError::PassphraseUnwanted { .. }), "{refused}");
    assert!(opened.master_key(Some(&secret(""))).is_ok());
}

#[test]
fn a_wrong_passphrase_is_refused_in_words() {
    let refused = filled().keys.unlock(&name("treasury"), &secret("wooden spoon")).unwrap_err();
    assert!(matches!(refused, KeystoreError::File { source: KeyFileError::WrongPassphrase, .. }));
    assert!(refused.to_string().starts_with("key treasury: the passphrase does not open it"), "{refused}");
}

#[test]
fn a_weak_passphrase_protects_nothing() {
    let place = place();
    for weak in ["short", "passwordpassword", "                "] {
        let refused =
            place.keys.add(&name("treasury"), &NewKey::Mnemonic(&mnemonic(), None), &with(&secret(weak)));
        assert!(matches!(refused, Err(KeystoreError::Weak(_))), "{weak:?}");
    }
    let refused = place
        .keys
        .add(&name("k"), &NewKey::Mnemonic(&mnemonic(), None), &with(&secret("short")))
        .unwrap_err();
    assert!(matches!(refused, KeystoreError::Weak(WeakPassphrase::Short { found: 5 })));
    assert_eq!(names(&place.path), [""; 0]);
}

#[test]
fn a_key_made_in_a_device_is_refused() {
    let place = place();
    let passphrase = secret(GOOD);
    let with = Circumstances { made: KeyProvenance::OnDevice, ..with(&passphrase) };
    let refused = place.keys.add(&name("k"), &NewKey::Mnemonic(&mnemonic(), None), &with).unwrap_err();
    assert!(matches!(refused, KeystoreError::OnDevice));
}

#[test]
fn a_name_is_used_once() {
    let place = filled();
    let before = fs::read(place.path.join("treasury.age")).unwrap();
    let other = Mnemonic::generate(WordCount::Twelve, &mut SystemEntropy, None).unwrap();
    let refused =
        place.keys.add(&name("treasury"), &NewKey::Mnemonic(&other, None), &with(&secret(GOOD))).unwrap_err();
    assert!(matches!(refused, KeystoreError::Exists { .. }), "{refused}");
    assert_eq!(fs::read(place.path.join("treasury.age")).unwrap(), before);
    // Either file alone holds the name.
    for (file, left) in [("treasury.age", "treasury.toml"), ("treasury.toml", "treasury.age")] {
        let place = filled();
        fs::remove_file(place.path.join(file)).unwrap();
        let refused =
            place.keys.add(&name("treasury"), &NewKey::Mnemonic(&other, None), &with(&secret(GOOD)));
        assert!(matches!(refused, Err(KeystoreError::Exists { .. })));
        assert_eq!(names(&place.path), [left]);
    }
}

#[test]
fn a_key_has_one_name() {
    let place = filled();
    let refused = place
        .keys
        .add(&name("again"), &NewKey::Mnemonic(&mnemonic(), None), &with(&secret(GOOD)))
        .unwrap_err();
    assert!(
        matches!(&refused, KeystoreError::Duplicate { name } if name.as_str() == "treasury"),
        "{refused}"
    );
    assert_eq!(names(&place.path), ["treasury.age", "treasury.toml"]);
}

#[test]
fn a_directory_open_to_others_is_refused() {
    let place = filled();
    for mode in [0o755, 0o710, 0o701, 0o770] {
        fs::set_permissions(&place.path, Permissions::from_mode(mode)).unwrap();
        let refused = Keystore::open(&place.path).unwrap_err();
        assert!(matches!(refused, KeystoreError::Open { mode: found, .. } if found == mode), "{refused}");
        assert!(refused.to_string().contains("chmod"), "{refused}");
        assert!(matches!(Keystore::create(&place.path), Err(KeystoreError::Open { .. })));
    }
}

#[test]
fn a_directory_that_is_not_one_is_refused() {
    let root = TempDir::new().unwrap();
    let missing = root.path().join("missing");
    assert!(matches!(Keystore::open(&missing), Err(KeystoreError::NoDirectory { .. })));
    fs::write(&missing, b"").unwrap();
    assert!(matches!(Keystore::open(&missing), Err(KeystoreError::NoDirectory { .. })));
    assert!(matches!(Keystore::create(&missing), Err(KeystoreError::NoDirectory { .. })));
    assert!(matches!(Keystore::create(&missing.join("below")), Err(KeystoreError::Io { .. })));
}

#[test]
fn files_open_to_others_or_of_another_kind_are_refused() {
    for file in ["treasury.age", "treasury.toml"] {
        let place = filled();
        let path = place.path.join(file);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(unlock_error(&place), KeystoreError::Open { mode: 0o644, .. }));
        let elsewhere = place.path.join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert!(matches!(unlock_error(&place), KeystoreError::Foreign { .. }));
        fs::remove_file(&path).unwrap();
        fs::write(&path, vec![0; 1 << 20]).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(unlock_error(&place), KeystoreError::Foreign { .. }));
    }
}

#[test]
fn a_changed_public_record_is_found_out() {
    for (from, to) in [
        ("restored", "generated-on-host"),
        ("2026-01-31", "2025-01-31"),
        ("fingerprint = \"", "fingerprint = \"0"),
        ("\"none\"", "\"asked\""),
        ("treasury", "treasure"),
    ] {
        let place = filled();
        let path = place.path.join("treasury.toml");
        let text = fs::read_to_string(&path).unwrap();
        let mut changed = text.replace(from, to);
        if from.starts_with("fingerprint") {
            // Still eight digits.
            let at = changed.find(to).unwrap() + to.len() + 7;
            changed.remove(at);
        }
        assert_ne!(changed, text);
        fs::write(&path, changed).unwrap();
        assert!(
            matches!(unlock_error(&place), KeystoreError::Mismatch { .. }),
            "{to}: {}",
            unlock_error(&place)
        );
    }
    let place = filled();
    fs::write(place.path.join("treasury.toml"), "# nothing\n").unwrap();
    assert!(matches!(unlock_error(&place), KeystoreError::Document { .. }));
}

#[test]
fn exchanged_files_are_found_out() {
    let place = filled();
    let other = Mnemonic::generate(WordCount::TwentyFour, &mut SystemEntropy, None).unwrap();
    place.keys.add(&name("other"), &NewKey::Mnemonic(&other, None), &with(&secret(GOOD))).unwrap();
    // Another key's file under this key's name, with and without its record.
    fs::copy(place.path.join("other.age"), place.path.join("treasury.age")).unwrap();
    assert!(matches!(unlock_error(&place), KeystoreError::Mismatch { .. }));
    fs::copy(place.path.join("other.toml"), place.path.join("treasury.toml")).unwrap();
    assert!(matches!(unlock_error(&place), KeystoreError::Mismatch { .. }));
    assert!(matches!(
        place.keys.restore_record(&name("treasury"), &secret(GOOD)),
        Err(KeystoreError::Mismatch { .. })
    ));
}

#[test]
fn what_is_not_there_is_told() {
    let place = filled();
    assert!(matches!(place.keys.unlock(&name("nobody"), &secret(GOOD)), Err(KeystoreError::Missing { .. })));
    assert!(matches!(place.keys.work_factor(&name("nobody")), Err(KeystoreError::Missing { .. })));
    fs::remove_file(place.path.join("treasury.toml")).unwrap();
    assert!(matches!(unlock_error(&place), KeystoreError::NoRecord { .. }));
    fs::remove_file(place.path.join("treasury.age")).unwrap();
    assert!(matches!(unlock_error(&place), KeystoreError::Missing { .. }));
}

#[test]
fn a_lost_record_is_written_again_and_never_replaced() {
    let place = filled();
    let path = place.path.join("treasury.toml");
    let before = fs::read(&path).unwrap();
    let refused = place.keys.restore_record(&name("treasury"), &secret(GOOD)).unwrap_err();
    assert!(matches!(refused, KeystoreError::Exists { .. }));
    fs::remove_file(&path).unwrap();
    place.keys.restore_record(&name("treasury"), &secret(GOOD)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_list_shows_the_keys_and_what_is_wrong() {
    let place = filled();
    let key = StationKey::generate(&mut SystemEntropy, None).unwrap();
    place.keys.add(&name("station"), &NewKey::Station(&key), &with(&secret(GOOD))).unwrap();
    let listing = place.keys.list().unwrap();
    let known: Vec<_> = listing.records.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(known, ["station", "treasury"]);
    assert!(listing.problems.is_empty());
    fs::write(place.path.join("notes.txt"), b"").unwrap();
    fs::write(place.path.join(".treasury.age.1.tmp"), b"").unwrap();
    fs::write(place.path.join("Bad Name.age"), b"").unwrap();
    fs::remove_file(place.path.join("station.toml")).unwrap();
    fs::write(place.path.join("alone.toml"), b"").unwrap();
    let listing = place.keys.list().unwrap();
    assert_eq!(listing.records.len(), 1);
    let count = |wanted: fn(&KeystoreError) -> bool| listing.problems.iter().filter(|p| wanted(p)).count();
    assert_eq!(count(|problem| matches!(problem, KeystoreError::Foreign { .. })), 3);
    assert_eq!(count(|problem| matches!(problem, KeystoreError::NoRecord { .. })), 1);
    assert_eq!(count(|problem| matches!(problem, KeystoreError::Missing { .. })), 1);
}

#[test]
fn a_disk_that_cannot_be_written_loses_nothing() {
    let place = filled();
    fs::remove_dir_all(&place.path).unwrap();
    let refused = place
        .keys
        .add(&name("treasury"), &NewKey::Mnemonic(&mnemonic(), None), &with(&secret(GOOD)))
        .unwrap_err();
    assert!(matches!(refused, KeystoreError::Io { .. }), "{refused}");
}
