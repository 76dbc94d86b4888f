//! Building and running the fuzzer: libFuzzer on the stable compiler.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::folder;
use super::targets::Target;

/// The variable that names the fuzzer which `cargo verify` built.
pub const FUZZER_VARIABLE: &str = "STRONGROOM_FUZZER";

/// What makes the compiler count which edges run and what is compared with what (LLVM's `SanitizerCoverage`). They are
/// LLVM's own switches: no nightly compiler is needed, and no sanitizer, for there is no unsafe code here to watch.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Seconds that one input may take, and mebibytes that all of them may take together.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=1024"];

/// Why the fuzzer could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FuzzerError {
    /// Cargo could not be started.
    #[error("cargo cannot be started to build the fuzzer: {0}")]
    NotStarted(#[from] io::Error),
    /// Cargo failed; it has said why.
    #[error("the fuzzer does not build; it needs a C++ compiler, such as g++, besides what everything needs")]
    Failed,
    /// Cargo did not say where it put the fuzzer.
    #[error("cargo built the fuzzer and named no program")]
    NotReported,
    /// Nobody built it.
    #[error(
        "the fuzzer is not built: {FUZZER_VARIABLE} does not lead to it; run cargo verify, which builds it"
    )]
    NotBuilt,
}

/// Builds the fuzzer, in a folder of its own under `target`, and says where it is.
///
/// # Errors
/// [`FuzzerError`] when cargo fails.
pub fn build(cargo: &Path, target: &Path) -> Result<PathBuf, FuzzerError> {
    let output = Command::new(cargo)
        .args(["build", "--release", "--locked", "--message-format=json-render-diagnostics"])
        // With a target of its own, build scripts and macros are built without the switches.
        .args(["--target", "host-tuple", "--target-dir"])
        .arg(target.join("fuzz"))
        .env("RUSTFLAGS", COVERAGE)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(folder())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(FuzzerError::Failed);
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name").and_then(Value::as_str) == Some("fuzzer"))
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .ok_or(FuzzerError::NotReported)
}

/// The fuzzer that `cargo verify` built.
///
/// # Errors
/// [`FuzzerError::NotBuilt`] outside `cargo verify`.
pub fn built() -> Result<PathBuf, FuzzerError> {
    let path = env::var_os(FUZZER_VARIABLE).map(PathBuf::from);
    path.filter(|path| path.is_file()).ok_or(FuzzerError::NotBuilt)
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Whether nothing was found.
    pub clean: bool,
    /// The inputs that were tried, as the fuzzer counts them; 0 if it did not get so far.
    pub runs: u64,
    /// The end of what the fuzzer said: what does not hold, and the input in Base64.
    pub words: String,
}

/// Lets the fuzzer try so many inputs on a target, beginning with its corpus. `seed` decides which ones: the same seed, the same
/// inputs. What is new goes into `kept`, where there is one, and is begun with the next time.
///
/// # Errors
/// What the system says, if the fuzzer cannot be started.
pub fn run(fuzzer: &Path, target: &Target, runs: u64, seed: u32, kept: Option<&Path>) -> io::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    // Without a folder to keep things in, everything new goes away with the run.
    let new = folder.path().join("new");
    let kept = kept.unwrap_or(&new);
    fs::create_dir_all(kept)?;
    let mut command = Command::new(fuzzer);
    command.env("STRONGROOM_FUZZ_TARGET", target.name).arg(kept);
    for inputs in ["corpus", "found"] {
        let inputs = super::folder().join(inputs).join(target.name);
        if inputs.is_dir() {
            command.arg(inputs);
        }
    }
    let mut found: OsString = "-artifact_prefix=".into();
    found.push(folder.path());
    found.push("/");
    let output = command
        .args([format!("-runs={runs}"), format!("-seed={seed}"), format!("-max_len={}", target.longest)])
        .args(LIMITS)
        .args(["-print_final_stats=1", "-verbosity=1"])
        .arg(found)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    let counted = words.lines().rev().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let runs = counted.and_then(|count| count.trim().parse().ok()).unwrap_or_default();
    let lines: Vec<_> = words.lines().collect();
    let words = lines.get(lines.len().saturating_sub(60)..).unwrap_or_default().join("\n");
    Ok(Outcome { clean: output.status.success(), runs, words })
}
