//! Wall 3: `clippy.toml` beside each side. Each list is tried on a little crate that names what is forbidden.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What speaks to somebody, and what runs something.
const OUTSIDE: &[&str] = &[
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::os::unix::net::UnixStream",
    "std::os::unix::net::UnixListener",
    "std::os::unix::net::UnixDatagram",
    "std::process::Command",
];

/// What signs.
const KEYS: &[&str] = &[
    "k256::SecretKey",
    "k256::ecdsa::SigningKey",
    "k256::schnorr::SigningKey",
    "p256::SecretKey",
    "p256::ecdsa::SigningKey",
    "ed25519_dalek::SigningKey",
    "secp256k1::SecretKey",
    "secp256k1::Keypair",
    "ssh_key::PrivateKey",
];

/// The crates of the lists, with nothing in them but the names.
const CRATES: &[(&str, &str)] = &[
    (
        "k256",
        "pub struct SecretKey; pub mod ecdsa { pub struct SigningKey; } pub mod schnorr { pub struct SigningKey; }",
    ),
    ("p256", "pub struct SecretKey; pub mod ecdsa { pub struct SigningKey; }"),
    ("ed25519_dalek", "pub struct SigningKey;"),
    ("secp256k1", "pub struct SecretKey; pub struct Keypair;"),
    ("ssh_key", "pub struct PrivateKey;"),
    ("nix", "pub mod ifaddrs { pub fn getifaddrs() {} } pub mod unistd { pub fn fork() {} }"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The `clippy.toml` that counts for a room: the nearest one upwards.
fn list(room: &str) -> PathBuf {
    let root = root();
    let mut folder = root.join(room);
    assert!(folder.join("Cargo.toml").is_file(), "{room} is no room");
    while !folder.join("clippy.toml").is_file() {
        assert!(folder.pop() && folder.starts_with(&root), "{room} has no list");
    }
    folder
}

/// Lints a crate that names all these by a list, and gives what clippy says.
fn linted(list: Option<&Path>, source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let plant = |name: &str, dependencies: &str, source: &str| {
        let place = folder.path().join(name);
        fs::create_dir_all(place.join("src")).unwrap();
        fs::write(place.join("src/lib.rs"), source).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}"
        );
        fs::write(place.join("Cargo.toml"), manifest).unwrap();
    };
    let mut dependencies = String::new();
    for (name, source) in CRATES {
        plant(name, "", source);
        writeln!(dependencies, "{name} = {{ path = \"../{name}\" }}").unwrap();
    }
    plant("linted", &dependencies, source);
    fs::write(
        folder.path().join("Cargo.toml"),
        "[workspace]\nmembers = [\"*\"]\nexclude = [\"target\", \"none\"]\nresolver = \"3\"\n",
    )
    .unwrap();
    // Without a list of ours, one that is empty: clippy would look for others upwards.
    let none = folder.path().join("none");
    fs::create_dir(&none).unwrap();
    fs::write(none.join("clippy.toml"), "").unwrap();
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["clippy", "--offline", "--quiet", "-p", "linted", "--message-format", "short"])
        .env("CLIPPY_CONF_DIR", list.unwrap_or(&none))
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .env_remove("RUSTFLAGS")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap()
}

/// A crate with one function for each type, which takes it.
fn source(types: &[&str]) -> String {
    let functions = types.iter().enumerate().map(|(n, path)| format!("pub fn f{n}(_: &{path}) {{}}\n"));
    functions.collect()
}

#[track_caller]
fn bites(room: &str, forbidden: &[&str]) {
    let list = list(room);
    let said = linted(Some(&list), &source(forbidden));
    for path in forbidden {
        let line = format!("use of a disallowed type `{path}`");
        assert!(said.contains(&line), "{room}: {} lets {path} through:\n{said}", list.display());
    }
}

#[test]
fn without_a_list_everything_passes() {
    let all: Vec<&str> = OUTSIDE.iter().chain(KEYS).copied().collect();
    let said = linted(None, &source(&all));
    assert!(!said.contains("disallowed"), "{said}");
}

#[test]
fn no_room_of_the_vault_speaks_to_anybody() {
    // They share one list, so that one is tried and the others must be under it.
    let shared = list("src/vault");
    for room in ["protocol", "policy", "journal", "signing", "keys", "transport", "screen"] {
        assert_eq!(list(&format!("src/{room}")), shared, "{room} has a list of its own");
    }
    bites("src/vault", OUTSIDE);
    let methods = "pub fn f() { nix::ifaddrs::getifaddrs(); nix::unistd::fork(); }
        pub fn g() { let _ = std::net::ToSocketAddrs::to_socket_addrs(\"localhost:1\"); }";
    let said = linted(Some(&shared), methods);
    for path in ["nix::ifaddrs::getifaddrs", "nix::unistd::fork", "std::net::ToSocketAddrs::to_socket_addrs"]
    {
        assert!(said.contains(&format!("use of a disallowed method `{path}`")), "{path}: {said}");
    }
}

#[test]
fn no_device_speaks_to_anybody() {
    for entry in fs::read_dir(root().join("hw")).unwrap() {
        let room = entry.unwrap().file_name().into_string().unwrap();
        if room != "clippy.toml" {
            assert_eq!(list(&format!("hw/{room}")), root().join("hw"), "{room} has a list of its own");
        }
    }
    bites("hw/wire", OUTSIDE);
}

#[test]
fn no_codec_speaks_or_signs() {
    bites("src/chains/evm/codec", &[OUTSIDE, KEYS].concat());
}

#[test]
fn no_feed_signs_or_opens_a_connection_itself() {
    bites("src/chains/evm/feed", &[OUTSIDE, KEYS].concat());
    bites("src/network", &[OUTSIDE, KEYS].concat());
}

#[test]
fn the_desk_holds_no_key() {
    bites("src/desk", &[&OUTSIDE[..3], KEYS].concat());
}
