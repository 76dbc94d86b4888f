//! The fuzzer: libFuzzer over the targets of `tests/src/fuzz/targets`, one of them in each run.
//!
//! `STRONGROOM_FUZZ_TARGET=plan fuzzer FOLDER…`; arguments are libFuzzer's own. How it is built and run, and what its corpus
//! is: `CONTRIBUTING.md`, "A new fuzz target".
#![no_main]
#![allow(dead_code, unreachable_pub, reason = "house and targets are also used elsewhere")]

use std::sync::OnceLock;

#[path = "../../src/house.rs"]
mod house;
#[path = "../../src/fuzz/targets/mod.rs"]
mod targets;

/// What is fuzzed in this run.
fn check() -> fn(&[u8]) -> bool {
    static CHECK: OnceLock<fn(&[u8]) -> bool> = OnceLock::new();
    *CHECK.get_or_init(|| {
        let name = std::env::var("STRONGROOM_FUZZ_TARGET").unwrap_or_default();
        let Some(target) = targets::find(&name) else {
            let names: Vec<_> =
                targets::TARGETS.iter().chain(targets::PLANTED).map(|target| target.name).collect();
            eprintln!("STRONGROOM_FUZZ_TARGET is {name:?}; it must be one of {}", names.join(", "));
            std::process::exit(2);
        };
        target.check
    })
}

libfuzzer_sys::fuzz_target!(init: { check(); }, |bytes: &[u8]| {
    check()(bytes);
});
