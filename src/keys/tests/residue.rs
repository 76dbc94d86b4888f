//! What is left of secrets in the memory of the whole process, after work on them is done.
//!
//! The test reads all writable memory through /proc/self/mem, as a debugger or a memory image would show it. What it
//! looks for is known here only with every bit inverted, so that it does not find itself.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use strongroom_keys::{
    Circumstances, Keystore, Mnemonic, NewKey, OpenedKey, Passphrase, PrivateKey, WorkFactor, on_locked_stack,
};
use strongroom_protocol::account::KeyProvenance;

/// The BIP-39 vector "legal winner ... yellow".
const WORDS: &str = "939a989e93df889691919a8ddf8b979e9194df869a9e8ddf889e899adf8c9e8a8c9e989adf88908d8b97df8a8c9a998a93df939a989e93df889691919a8ddf8b979e9194df869a93939088";
/// "wooden spoon under the ninth stair".
const PASSPHRASE: &str = "8890909b9a91df8c8f909091df8a919b9a8ddf8b979adf9196918b97df8c8b9e968d";
/// The first half of the seed, the master key, its chain code, and the private key at m/44'/60'/0'/0/0; the last in
/// either order of bytes. Computed by another implementation of BIP-39 and BIP-32.
const DERIVED: [(&str, &str); 5] = [
    ("seed", "787c79104877ba4ccaa42ea15b2c610682e86348ed4882a3ed4941bea0001001"),
    ("master key", "81a9130a6bc2861e0a0781ee3897dac280c030cf518ecca9ee1c993a874ba9b1"),
    ("chain code", "a674ba6a158d7fd8a9ae619a5868dcbdce282b0ec29af34f924ea6a83dc974e4"),
    ("private key", "cc05bf07b17ab46be3d4fbc922b5da91e20e34be463e3f3337bb9bf73e647406"),
    ("private key, reversed", "0674643ef79bbb37333f3e46be340ee291dab522c9fbd4e36bb47ab107bf05cc"),
];
/// Bytes that must agree: half of a key is as good as found.
const ENOUGH: usize = 16;

fn inverted(hex: &str) -> Vec<u8> {
    base16ct::lower::decode_vec(hex).unwrap()
}

fn text(hex: &str) -> Passphrase {
    Passphrase::take(String::from_utf8(inverted(hex).iter().map(|byte| !byte).collect()).unwrap()).unwrap()
}

/// The parts of what is looked for, still inverted: any of them gives it away.
fn needles() -> Vec<(&'static str, Vec<u8>)> {
    let mut needles = vec![("words", inverted(WORDS)), ("passphrase", inverted(PASSPHRASE))];
    needles.extend(DERIVED.map(|(what, hex)| (what, inverted(hex))));
    let parts = |(what, bytes): (&'static str, Vec<u8>)| {
        bytes.chunks_exact(ENOUGH).map(|part| (what, part.to_vec())).collect::<Vec<_>>()
    };
    needles.into_iter().flat_map(parts).collect()
}

/// What of it lies in writable memory now.
fn found() -> Vec<&'static str> {
    let needles = needles();
    let memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![0u8; 1 << 20];
    let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
    let mut seen = Vec::new();
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut words = line.split(' ');
        let (from, to) = words.next().unwrap().split_once('-').unwrap();
        if !words.next().unwrap().starts_with("rw") {
            continue;
        }
        let bound = |text| usize::from_str_radix(text, 16).unwrap();
        let (mut at, end) = (bound(from), bound(to));
        while at < end {
            let length = (end - at).min(buffer.len());
            let chunk = &mut buffer[..length];
            if memory.read_exact_at(chunk, u64::try_from(at).unwrap()).is_ok() {
                search(chunk, at, &own, &needles, &mut seen);
            }
            // Overlapping, so that nothing hides at a border.
            at += if length > ENOUGH { length - ENOUGH } else { length };
            if end - at <= ENOUGH {
                break;
            }
        }
    }
    buffer.fill(0);
    seen.sort_unstable();
    seen.dedup();
    seen
}

fn search(
    chunk: &[u8],
    at: usize,
    own: &std::ops::Range<usize>,
    needles: &[(&'static str, Vec<u8>)],
    seen: &mut Vec<&'static str>,
) {
    for (offset, window) in chunk.windows(ENOUGH).enumerate() {
        if own.contains(&(at + offset)) {
            continue;
        }
        for (what, needle) in needles {
            if window[0] == !needle[0] && window.iter().zip(needle).all(|(byte, inverse)| *byte == !*inverse)
            {
                seen.push(what);
            }
        }
    }
}

fn unlock(keys: &Keystore) -> PrivateKey {
    let OpenedKey::Mnemonic(opened) = keys.unlock(&"treasury".parse().unwrap(), &text(PASSPHRASE)).unwrap()
    else {
        panic!("a mnemonic is in the file")
    };
    opened.master_key(None).unwrap().private_key(&"m/44'/60'/0'/0/0".parse().unwrap()).unwrap()
}

/// A keystore with a key file and a record as the first version of this crate wrote them (`Keystore::add`).
fn golden(root: &Path) -> Keystore {
    let keys = Keystore::create(&root.join("keys")).unwrap();
    for ending in ["age", "toml"] {
        let from =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("treasury.{ending}"));
        let to = root.join("keys").join(format!("treasury.{ending}"));
        fs::copy(from, &to).unwrap();
        fs::set_permissions(&to, Permissions::from_mode(0o600)).unwrap();
    }
    keys
}

/// One at a time: each test reads the memory of all.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn nothing_is_left_of_an_unlocked_key_once_it_is_dropped() {
    let _alone = ALONE.lock();
    let root = tempfile::tempdir().unwrap();
    let keys = golden(root.path());
    // The attack must work first: while the secrets are held, they are found.
    let held = (text(WORDS), text(PASSPHRASE), on_locked_stack(|| unlock(&keys)).unwrap());
    let before = found();
    for what in ["words", "passphrase"] {
        assert!(before.contains(&what), "{what} is not found while it is held: {before:?}");
    }
    assert!(before.iter().any(|what| what.starts_with("private key")), "{before:?}");
    drop(held);
    assert_eq!(found(), [""; 0]);
    // And the same work on an ordinary thread's stack does leave keys behind.
    drop(thread::scope(|scope| scope.spawn(|| unlock(&keys)).join().unwrap()));
    assert!(!found().is_empty(), "the locked stack makes no difference");
}

#[test]
fn nothing_is_left_of_a_key_once_it_is_sealed() {
    let _alone = ALONE.lock();
    let root = tempfile::tempdir().unwrap();
    let keys = Keystore::create(&root.path().join("keys")).unwrap();
    // What the other test left on an ordinary stack, if it ran before.
    let before = found();
    let sealed = on_locked_stack(|| {
        let passphrase = text(PASSPHRASE);
        let mnemonic = Mnemonic::parse(&text(WORDS)).unwrap();
        let with = Circumstances {
            made: KeyProvenance::OnHost,
            created: "2026-01-31T18:00:00Z".parse().unwrap(),
            passphrase: &passphrase,
            factor: WorkFactor::FLOOR,
        };
        keys.add(&"treasury".parse().unwrap(), &NewKey::Mnemonic(&mnemonic, None), &with).map(|_| ())
    });
    sealed.unwrap().value.unwrap();
    let left = found();
    assert!(left.iter().all(|what| before.contains(what)), "{left:?}");
}
