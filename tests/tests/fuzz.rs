//! The fuzz targets: on their corpus in every run, on inputs that the fuzzer makes up in `cargo verify`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use strongroom_tests::fuzz::seeds::seeds;
use strongroom_tests::fuzz::targets::{PLANTED, TARGETS, Target, find};
use strongroom_tests::fuzz::{folder, fuzzer};

/// Writes the corpus anew instead of comparing it.
const UPDATE: &str = "UPDATE_CORPUS";

#[test]
fn every_seed_is_taken_by_its_target() {
    let mut seeded = BTreeSet::new();
    for seed in seeds() {
        let target = find(seed.target).unwrap_or_else(|| panic!("there is no target {}", seed.target));
        assert!((target.check)(&seed.bytes), "{} does not take {}", seed.target, seed.name);
        assert!(
            seed.bytes.len() <= target.longest,
            "{}/{} is longer than inputs are",
            seed.target,
            seed.name
        );
        seeded.insert(seed.target);
    }
    for target in TARGETS {
        assert!(seeded.contains(target.name), "{} begins with nothing", target.name);
    }
}

#[test]
fn the_corpus_is_what_the_house_makes_today() {
    let update = std::env::var_os(UPDATE).is_some();
    let mut made = BTreeMap::new();
    for seed in seeds() {
        let path = folder().join("corpus").join(seed.target).join(seed.name);
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &seed.bytes).unwrap();
        }
        assert!(made.insert(path, seed.bytes).is_none(), "two seeds {}/{}", seed.target, seed.name);
    }
    let mut found = BTreeMap::new();
    for target in fs::read_dir(folder().join("corpus")).unwrap() {
        for file in fs::read_dir(target.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if update && !made.contains_key(&path) {
                fs::remove_file(&path).unwrap();
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    let differs = |path: &&std::path::PathBuf| made.get(*path) != found.get(*path);
    let stale: Vec<_> = made.keys().chain(found.keys()).filter(differs).collect();
    assert!(
        stale.is_empty(),
        "run {UPDATE}=1 cargo test -p strongroom-tests --test fuzz and read the diff: {stale:?}"
    );
}

/// What the fuzzer once found stays mended.
#[test]
fn what_was_found_is_mended() {
    let Ok(targets) = fs::read_dir(folder().join("found")) else { return };
    for target in targets {
        let target = target.unwrap();
        let name = target.file_name().into_string().unwrap();
        let check = find(&name).unwrap_or_else(|| panic!("there is no target {name}")).check;
        for file in fs::read_dir(target.path()).unwrap() {
            check(&fs::read(file.unwrap().path()).unwrap());
        }
    }
}

/// The fuzzer judges the very libraries that a release links.
#[test]
fn the_fuzzer_has_the_workspace_s_versions() {
    let packages = |path: std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let mut packages = BTreeMap::<String, BTreeSet<String>>::new();
        let mut name = String::new();
        for line in text.lines() {
            if let Some(found) = line.strip_prefix("name = ") {
                found.clone_into(&mut name);
            } else if let Some(version) = line.strip_prefix("version = ") {
                packages.entry(name.clone()).or_default().insert(version.to_owned());
            }
        }
        packages
    };
    let ours = packages(folder().join("../../Cargo.lock"));
    let other: Vec<_> = packages(folder().join("Cargo.lock"))
        .into_iter()
        .filter(|(name, versions)| ours.get(name).is_some_and(|ours| !versions.is_subset(ours)))
        .collect();
    assert!(
        other.is_empty(),
        "tests/fuzz/Cargo.lock has other versions; see CONTRIBUTING.md, \"A new fuzz target\": {other:?}"
    );
}

/// Lets the fuzzer try inputs, and fails with its own words.
fn fuzz(target: &Target, runs: u64, kept: Option<&std::path::Path>) {
    let outcome = fuzzer::run(&fuzzer::built().unwrap(), target, runs, 1, kept).unwrap();
    assert!(
        outcome.clean,
        "{} found something after {} inputs:\n{}",
        target.name, outcome.runs, outcome.words
    );
    assert!(outcome.runs >= runs, "{} of {runs} inputs:\n{}", outcome.runs, outcome.words);
    println!("{}: {} inputs", target.name, outcome.runs);
}

macro_rules! targets {
    ($($module:ident $name:literal,)*) => {
        /// Every target has its test.
        #[test]
        fn every_target_is_run() {
            let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$($name),*]);
        }

        /// Some seconds of each target, always the same inputs.
        mod short {$(
            #[test]
            #[ignore = "needs the fuzzer: run cargo verify"]
            fn $module() {
                let target = super::find($name).unwrap();
                super::fuzz(target, target.runs.into(), None);
            }
        )*}

        /// A million inputs of each target. What is new among them is kept beside the tools, and begun with the next time.
        mod long {$(
            #[test]
            #[ignore = "takes minutes: run cargo verify long"]
            fn $module() {
                let cache = strongroom_tests::prepare::Cache::locate(|name| std::env::var_os(name)).unwrap();
                let kept = cache.folder().join("fuzz").join($name);
                super::fuzz(super::find($name).unwrap(), 1_000_000, Some(&kept));
            }
        )*}
    };
}

targets! {
    bundle "bundle",
    request "request",
    pack "pack",
    reply "reply",
    vault_export "vault-export",
    account "account",
    plan "plan",
    vault_line "vault-line",
    desk_line "desk-line",
    journal "journal",
    transaction "transaction",
    signed_text "signed-text",
    ssh_signature "ssh-signature",
    statement "statement",
    policy "policy",
    book "book",
    genesis "genesis",
    thaw "thaw",
    words "words",
    judge "judge",
    ledger "ledger",
}

/// A fuzzer that finds nothing proves nothing, unless it finds what is there. Both readers have a mistake in them. One begins with
/// a plan; the other with nothing, so that only the count of edges and comparisons leads it to the call with the mistake.
#[test]
#[ignore = "needs the fuzzer: run cargo verify"]
fn what_was_planted_is_found() {
    for (target, words) in PLANTED.iter().zip(["a plan has two spellings", "a call has two spellings"]) {
        let outcome = fuzzer::run(&fuzzer::built().unwrap(), target, target.runs.into(), 1, None).unwrap();
        assert!(!outcome.clean, "{} was not found in {} inputs", target.name, outcome.runs);
        assert!(outcome.words.contains(words), "something else was found:\n{}", outcome.words);
    }
}
