//! The training programs, started as people start them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, Players, WORDS};
use tempfile::TempDir;

/// A folder with a device file in it.
fn described(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn run(program: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .env("HOME", folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

fn training(folder: &Path, arguments: &[&str]) -> Output {
    run(env!("CARGO_BIN_EXE_strongroom-training"), folder, arguments)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// An emulator on a port of its own.
struct Emulator {
    child: Child,
    address: String,
}

impl Emulator {
    fn start(file: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_virtual-on-tcp"))
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_software_device_is_seen_through_the_vaults_own_commands() {
    let (folder, file) = described("[[device]]\n");
    let device = format!("virtual:{}", file.display());
    let shown = training(folder.path(), &["device", "show", &device]);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown));
    let said = text(&shown);
    assert!(said.contains("Ethereum") && said.contains("1.22.0"), "{said}");
    let listed = training(folder.path(), &[&device, "device", "list"]);
    assert_eq!(listed.status.code(), Some(0), "{}", text(&listed));
    assert!(text(&listed).contains("virtual:0"), "{}", text(&listed));
}

#[test]
fn the_same_device_is_seen_over_an_emulators_port() {
    let (folder, file) = described("[[device]]\nblind-signing = true\n");
    let emulator = Emulator::start(&file);
    // Twice: the emulator takes one connection after another.
    for _ in 0..2 {
        let program = env!("CARGO_BIN_EXE_vault-on-tcp");
        let shown = run(program, folder.path(), &["--apdu", &emulator.address, "device", "show", "ledger"]);
        assert_eq!(shown.status.code(), Some(0), "{}", text(&shown));
        let said = text(&shown);
        assert!(said.contains("Ethereum") && said.contains("1.22.0"), "{said}");
    }
}

#[test]
fn payments_are_signed_over_an_emulators_port_from_behind_the_wall() {
    let (_folder, file) = described(&format!("[[device]]\nwords = \"{WORDS}\"\nblind-signing = true\n"));
    let emulator = Emulator::start(&file);
    let vault = env!("CARGO_BIN_EXE_vault-on-tcp").into();
    let players = Players::Port { vault, address: emulator.address.clone() };
    Scene::new(players, Net::embedded(137)).three_payments_land();
}

#[test]
fn a_locked_device_is_not_ready() {
    let (folder, file) = described("[[device]]\nlocked = true\n");
    let shown = training(folder.path(), &["device", "show", &format!("virtual:{}", file.display())]);
    assert_eq!(shown.status.code(), Some(8), "{}", text(&shown));
    assert!(text(&shown).contains("unlock"), "{}", text(&shown));
}

#[test]
fn what_is_no_device_is_said_and_nothing_is_started() {
    let real = "[[device]]\nwords = \"legal winner thank year wave sausage worth useful legal winner thank yellow\"\n";
    for (description, said) in
        [(real, "published"), ("[[device]]\nfault = \"rust\"\n", "high-s"), ("x", "TOML")]
    {
        let (folder, file) = described(description);
        let refused = training(folder.path(), &[&format!("virtual:{}", file.display()), "device", "list"]);
        assert_eq!(refused.status.code(), Some(8), "{}", text(&refused));
        assert!(text(&refused).contains(said), "{}", text(&refused));
        let missing = training(folder.path(), &["virtual:nowhere.toml", "device", "list"]);
        assert_eq!(missing.status.code(), Some(8));
        assert!(text(&missing).contains("nowhere.toml"), "{}", text(&missing));
    }
}

#[test]
fn a_port_without_an_emulator_and_a_line_without_a_port_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_vault-on-tcp");
    let nobody = run(program, folder.path(), &["--apdu", "127.0.0.1:1", "device", "list"]);
    assert_eq!(nobody.status.code(), Some(8), "{}", text(&nobody));
    assert!(text(&nobody).contains("127.0.0.1:1"), "{}", text(&nobody));
    let usage = run(program, folder.path(), &["device", "list"]);
    assert_eq!(usage.status.code(), Some(2), "{}", text(&usage));
}
