//! Wall 1: what each release binary links is a checked-in list, and some things may never be on it.
//!
//! The list is what cargo resolves for the package alone, as a release is built, with features, for one target, so
//! that it is equal on every machine. A crate that comes or goes, changes version or gains a feature is a line in a
//! reviewed diff of `tests/closures/*.txt`.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target whose dependencies are listed.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What the vault may not link. It has no sockets, so nothing that opens one, and nothing that waits for one.
const FORBIDDEN_IN_VAULT: &[&str] = &[
    "async-std",
    "hyper",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "strongroom-*-feed",
    "strongroom-desk",
    "strongroom-network",
    "strongroom-virtual",
    "tokio",
    "ureq",
];

/// What the desk may not link: keys, their derivation, and the devices that hold them.
const FORBIDDEN_IN_DESK: &[&str] = &[
    "bip39",
    "hidapi",
    "nusb",
    "strongroom-hid",
    "strongroom-keys",
    "strongroom-ledger",
    "strongroom-signing",
    "strongroom-virtual",
    "strongroom-wire",
];

#[test]
fn the_vault_links_what_is_written_down_and_no_network() {
    check("strongroom-vault", "strongroom-vault", FORBIDDEN_IN_VAULT);
}

#[test]
fn the_desk_links_what_is_written_down_and_no_keys() {
    check("strongroom-desk", "strongroom", FORBIDDEN_IN_DESK);
}

fn check(package: &str, binary: &str, forbidden: &[&str]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let actual = closure(tests.parent().unwrap(), package);
    let path = tests.join(format!("closures/{binary}.txt"));
    if env::var_os("UPDATE_CLOSURES").is_some() {
        fs::write(&path, actual.join("\n") + "\n").unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let complaints = complaints(binary, &written, &actual, forbidden);
    assert!(complaints.is_empty(), "\n{complaints}");
}

/// The crates that a package links or runs at build time: name, version and features, sorted, each once.
fn closure(workspace: &Path, package: &str) -> Vec<String> {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(cargo)
        .args(["tree", "--locked", "-p", package, "-e", "normal,build", "--target", TARGET])
        .args(["--prefix", "none", "-f", "{p} {f}"])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: BTreeSet<String> = text.lines().map(tidy).filter(|line| !line.is_empty()).collect();
    lines.into_iter().collect()
}

/// A line of cargo's without the mark of a repetition and without local paths.
fn tidy(line: &str) -> String {
    let words = line.split_whitespace().filter(|word| !word.starts_with("(/") && *word != "(*)");
    words.collect::<Vec<_>>().join(" ")
}

/// What is wrong with a closure, in words; empty when nothing is.
fn complaints(binary: &str, written: &str, actual: &[String], forbidden: &[&str]) -> String {
    let mut text = String::new();
    for line in actual {
        let name = line.split(' ').next().unwrap_or_default();
        if let Some(pattern) = forbidden.iter().find(|pattern| matches(pattern, name)) {
            writeln!(text, "{binary} may never link {pattern}, and links {line}").unwrap();
        }
    }
    let written: BTreeSet<&str> = written.lines().collect();
    let actual: BTreeSet<&str> = actual.iter().map(String::as_str).collect();
    if written != actual {
        writeln!(text, "{binary} links other crates than tests/closures/{binary}.txt says:").unwrap();
        for line in written.difference(&actual) {
            writeln!(text, "- {line}").unwrap();
        }
        for line in actual.difference(&written) {
            writeln!(text, "+ {line}").unwrap();
        }
        writeln!(
            text,
            "If each line is meant, run: UPDATE_CLOSURES=1 cargo test -p strongroom-tests --test closures"
        )
        .unwrap();
        writeln!(text, "and say in the commit why each new crate is needed.").unwrap();
    }
    text
}

/// Whether a name fits a pattern, in which one `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            name.len() >= head.len().saturating_add(tail.len())
                && name.starts_with(head)
                && name.ends_with(tail)
        }
        None => pattern == name,
    }
}

/// The wall seen to fail.
mod breaches {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_unchanged_closure_passes() {
        let written = "clap v4.6.0 derive,std\nsha2 v0.10.9";
        assert_eq!(complaints("strongroom-vault", written, &lines(written), FORBIDDEN_IN_VAULT), "");
    }

    #[test]
    fn a_crate_a_version_or_a_feature_that_changes_is_named() {
        let written = "clap v4.6.0 derive,std\nsha2 v0.10.9";
        for (actual, shown) in [
            ("clap v4.6.0 derive,std\nsha2 v0.10.9\nzip v2.0.0", "+ zip v2.0.0"),
            ("clap v4.6.0 derive,std", "- sha2 v0.10.9"),
            ("clap v4.6.1 derive,std\nsha2 v0.10.9", "+ clap v4.6.1 derive,std"),
            ("clap v4.6.0 derive,std,unicode\nsha2 v0.10.9", "+ clap v4.6.0 derive,std,unicode"),
        ] {
            let text = complaints("strongroom-vault", written, &lines(actual), FORBIDDEN_IN_VAULT);
            assert!(text.lines().any(|line| line == shown), "{text}");
            assert!(text.contains("UPDATE_CLOSURES=1"), "{text}");
        }
    }

    #[test]
    fn a_missing_file_is_a_difference() {
        assert!(complaints("strongroom", "", &lines("clap v4.6.0"), &[]).contains("+ clap v4.6.0"));
    }

    #[test]
    fn what_is_forbidden_is_refused_even_when_it_is_written_down() {
        for (forbidden, planted) in [
            (FORBIDDEN_IN_VAULT, "tokio v1.50.0 net,rt"),
            (FORBIDDEN_IN_VAULT, "async-std v1.13.0"),
            (FORBIDDEN_IN_VAULT, "smol v2.0.0"),
            (FORBIDDEN_IN_VAULT, "socket2 v0.6.0"),
            (FORBIDDEN_IN_VAULT, "hyper v1.8.0"),
            (FORBIDDEN_IN_VAULT, "reqwest v0.13.0"),
            (FORBIDDEN_IN_VAULT, "ureq v3.5.0 rustls"),
            (FORBIDDEN_IN_VAULT, "rustls v0.23.0"),
            (FORBIDDEN_IN_VAULT, "strongroom-evm-feed v0.1.0"),
            (FORBIDDEN_IN_VAULT, "strongroom-bitcoin-feed v0.1.0"),
            (FORBIDDEN_IN_VAULT, "strongroom-network v0.1.0"),
            (FORBIDDEN_IN_VAULT, "strongroom-desk v0.1.0"),
            (FORBIDDEN_IN_VAULT, "strongroom-virtual v0.1.0"),
            (FORBIDDEN_IN_DESK, "hidapi v2.6.0"),
            (FORBIDDEN_IN_DESK, "nusb v0.2.0"),
            (FORBIDDEN_IN_DESK, "bip39 v2.2.0"),
            (FORBIDDEN_IN_DESK, "strongroom-keys v0.1.0"),
            (FORBIDDEN_IN_DESK, "strongroom-signing v0.1.0"),
            (FORBIDDEN_IN_DESK, "strongroom-hid v0.1.0"),
            (FORBIDDEN_IN_DESK, "strongroom-ledger v0.1.0"),
            (FORBIDDEN_IN_DESK, "strongroom-virtual v0.1.0"),
            (FORBIDDEN_IN_DESK, "strongroom-wire v0.1.0"),
        ] {
            let text = complaints("binary", planted, &lines(planted), forbidden);
            assert!(text.contains("may never link") && text.contains(planted), "{planted}: {text}");
        }
    }

    #[test]
    fn names_that_only_look_alike_pass() {
        let harmless =
            "tokio-util v0.7.0\nhyperloglog v1.0.0\nstrongroom-evm-codec v0.1.0\nstrongroom-feeder v0.1.0";
        assert_eq!(complaints("vault", harmless, &lines(harmless), FORBIDDEN_IN_VAULT), "");
    }

    #[test]
    fn local_paths_and_repetition_marks_are_left_out() {
        assert_eq!(tidy("strongroom-vault v0.1.0 (/home/alice/src/vault) "), "strongroom-vault v0.1.0");
        assert_eq!(tidy("sha2 v0.10.9 default,std (*)"), "sha2 v0.10.9 default,std");
        assert_eq!(
            tidy("serde_derive v1.0.0 (proc-macro) default (*)"),
            "serde_derive v1.0.0 (proc-macro) default"
        );
    }

    /// The whole way, through cargo: a workspace whose vault depends on a crate that calls itself `ureq`.
    #[test]
    fn a_vault_that_gains_an_http_client_is_caught() {
        let workspace = tempfile::tempdir().unwrap();
        let plant = |folder: &str, manifest: &str| {
            let folder = workspace.path().join(folder);
            fs::create_dir_all(folder.join("src")).unwrap();
            fs::write(folder.join("src/lib.rs"), "").unwrap();
            fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        };
        let package =
            |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        let root = "[workspace]\nmembers = [\"*\"]\nresolver = \"3\"\n";
        fs::write(workspace.path().join("Cargo.toml"), root).unwrap();
        plant("ureq", &package("ureq"));
        plant("vault", &package("strongroom-vault"));
        let lock = || {
            let mut lock = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            lock.args(["generate-lockfile", "--offline"]).current_dir(workspace.path()).stdin(Stdio::null());
            assert!(lock.output().expect("cargo starts").status.success());
        };
        lock();
        let before = closure(workspace.path(), "strongroom-vault");
        assert_eq!(before, ["strongroom-vault v0.1.0"]);
        let dependent = package("strongroom-vault") + "[dependencies]\nureq = { path = \"../ureq\" }\n";
        plant("vault", &dependent);
        lock();
        let after = closure(workspace.path(), "strongroom-vault");
        let text = complaints("strongroom-vault", &before.join("\n"), &after, FORBIDDEN_IN_VAULT);
        assert!(text.contains("may never link ureq") && text.contains("+ ureq v0.1.0"), "{text}");
    }
}
