//! What is left of secrets in a vault's memory after it has signed.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use strongroom_protocol::{Bundle, Reply, Sealed};
use strongroom_tests::residue::Needles;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, PASSPHRASE, Players, WORDS};

/// Words that the vault does not have: a vector of BIP-39.
pub(crate) const OTHER_WORDS: &str =
    "legal winner thank year wave sausage worth useful legal winner thank yellow";

/// What a thief would look for, computed by the libraries themselves.
fn write_needles(path: &Path, words: &str) {
    let seed = bip39::Mnemonic::parse_normalized(words).unwrap().to_seed_normalized("");
    let master = bip32::XPrv::new(seed).unwrap();
    let account = bip32::XPrv::derive_from_path(seed, &"m/44'/60'/0'/0/0".parse().unwrap()).unwrap();
    // Scalars lie in memory in the order of the processor's words.
    let reversed = |key: &bip32::XPrv| key.to_bytes().into_iter().rev().collect::<Vec<_>>();
    Needles::write(
        path,
        &[
            ("words", words.as_bytes().to_vec()),
            ("passphrase", PASSPHRASE.as_bytes().to_vec()),
            ("seed", seed.to_vec()),
            ("master key", master.to_bytes().to_vec()),
            ("master key reversed", reversed(&master)),
            ("chain code", master.attrs().chain_code.to_vec()),
            ("private key", account.to_bytes().to_vec()),
            ("private key reversed", reversed(&account)),
        ],
    );
}

/// What a program that searches itself finds after this command of the vault's, given these secrets.
fn left(scene: &Scene, program: &str, planted: &str, secrets: &[&str], command: &[&str]) -> Vec<String> {
    let needles = scene.stage.path("needles");
    write_needles(&needles, if secrets.contains(&OTHER_WORDS) { OTHER_WORDS } else { WORDS });
    let mut child = Command::new(program)
        .arg(&needles)
        .arg(planted)
        .arg("--home")
        .arg(scene.stage.path("vault"))
        .arg("--passphrase-stdin")
        .args(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let typed: String = secrets.iter().flat_map(|secret| [*secret, "\n"]).collect();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What is left after a payment was signed.
fn left_by_signing(program: &str, planted: &str) -> Vec<String> {
    let mut scene = Scene::new(Players::InProcess, Net::embedded(1));
    scene.pay("first", "1.5", "ETH").done();
    scene.stage.approve("first");
    let (pack, reply) = (scene.stage.path("first.pack"), scene.stage.path("first.reply"));
    let code = scene.stage.code("first");
    let command = ["sign", pack.to_str().unwrap(), "--confirm", &code, "-o", reply.to_str().unwrap()];
    let found = left(&scene, program, planted, &[PASSPHRASE, PASSPHRASE], &command);
    let reply: Sealed<Reply> = Bundle::read(&std::fs::read(reply).unwrap()).unwrap();
    assert_eq!(reply.value().items.len(), 1, "it must have signed");
    found
}

/// What is left after words were sealed in a key file.
fn left_by_restoring(program: &str) -> Vec<String> {
    let scene = Scene::new(Players::InProcess, Net::embedded(1));
    left(&scene, program, "as-it-is", &[OTHER_WORDS, PASSPHRASE], &["key", "restore", "second"])
}

fn names(found: &[String]) -> Vec<&str> {
    let mut names: Vec<_> = found.iter().map(|line| line.split(" in ").next().unwrap()).collect();
    names.dedup();
    names
}

#[test]
fn nothing_of_a_key_is_left_after_signing() {
    assert_eq!(left_by_signing(env!("CARGO_BIN_EXE_searched-vault"), "as-it-is"), [""; 0]);
}

#[test]
fn nothing_of_a_key_is_left_after_sealing_it() {
    assert_eq!(left_by_restoring(env!("CARGO_BIN_EXE_searched-vault")), [""; 0]);
}

#[test]
fn the_search_sees_pages_stacks_and_heap_and_the_allocator_wipes_what_is_freed() {
    let found = left_by_signing(env!("CARGO_BIN_EXE_searched-vault"), "planted");
    assert_eq!(names(&found), ["heap", "page", "stack"], "{found:?}");
}

#[test]
fn without_the_wiping_allocator_what_a_library_frees_is_left() {
    let found = left_by_signing(env!("CARGO_BIN_EXE_searched-unwiped"), "planted");
    assert_eq!(names(&found), ["freed", "heap", "page", "stack"], "{found:?}");
}
