//! Prepares what the tests need and runs them: `cargo verify [nets|long] [-- ARGUMENTS OF THE TEST RUNNER]`.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use strongroom_tests::fuzz::fuzzer::{self, FUZZER_VARIABLE};
use strongroom_tests::prepare::{self, BINARIES_VARIABLE, Cache, RELEASED_VARIABLE};
use strongroom_tests::verify::{
    Arguments, BINARIES, BuildError, Profile, RELEASED, Runner, Tier, build_alone, test_steps,
};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let mut run = Run::new();
    run.step("prepare", |_| {
        let cache = Cache::locate(|name| env::var_os(name)).map_err(prepare::PrepareError::from)?;
        prepare::prepare(&cache, &mut io::stderr())
    });
    for binary in BINARIES {
        run.step(binary.1, |run| {
            run.binaries = Some(build_alone(&run.cargo, &run.root, *binary, Profile::Dev)?);
            Ok::<(), BuildError>(())
        });
    }
    // Only tests of the default tier try it.
    if arguments.tier == Tier::Default {
        run.step("strongroom-vault, as released", |run| {
            run.released = Some(build_alone(&run.cargo, &run.root, RELEASED, Profile::Release)?);
            Ok::<(), BuildError>(())
        });
    }
    if arguments.tier != Tier::Nets {
        run.step("fuzzer", |run| {
            let target =
                env::var_os("CARGO_TARGET_DIR").map_or_else(|| run.root.join("target"), PathBuf::from);
            run.fuzzer = Some(fuzzer::build(&run.cargo, &target)?);
            Ok::<(), fuzzer::FuzzerError>(())
        });
    }
    let runner = run.runner();
    for step in test_steps(&arguments, runner) {
        run.step(step.name, |run| run.cargo(&step.arguments));
    }
    run.summary()
}

/// A run: where it works, and what came of its steps.
struct Run {
    cargo: PathBuf,
    root: PathBuf,
    /// Where our binaries are, once built.
    binaries: Option<PathBuf>,
    /// Where the fuzzer is, once built.
    fuzzer: Option<PathBuf>,
    /// Where the released vault is, once built.
    released: Option<PathBuf>,
    results: Vec<(String, bool, u64)>,
}

/// A cargo command that did not do what it should.
#[derive(Debug, thiserror::Error)]
enum CargoError {
    #[error("cargo cannot be started: {0}")]
    NotStarted(#[from] io::Error),
    #[error("cargo {0} failed; what failed is named above")]
    Failed(String),
}

impl Run {
    fn new() -> Self {
        // `cargo run` says which cargo it is; by hand it is the one on PATH.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = tests.parent().unwrap_or(tests).to_path_buf();
        Self { cargo: cargo.into(), root, binaries: None, fuzzer: None, released: None, results: Vec::new() }
    }

    /// Does one step, says what went wrong, and goes on: one failure must not hide another.
    fn step<E: Display>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Result<(), E>) {
        eprintln!("── {name}");
        let started = Instant::now();
        let result = work(self);
        if let Err(error) = &result {
            eprintln!("{name}: {error}");
        }
        self.results.push((name.to_owned(), result.is_ok(), started.elapsed().as_secs()));
    }

    fn runner(&self) -> Runner {
        let found = Command::new(&self.cargo)
            .args(["nextest", "--version"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if found { Runner::Nextest } else { Runner::CargoTest }
    }

    fn cargo(&self, arguments: &[String]) -> Result<(), CargoError> {
        let mut command = Command::new(&self.cargo);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        for (variable, path) in [
            (BINARIES_VARIABLE, &self.binaries),
            (RELEASED_VARIABLE, &self.released),
            (FUZZER_VARIABLE, &self.fuzzer),
        ] {
            if let Some(path) = path {
                command.env(variable, path);
            }
        }
        if command.status()?.success() { Ok(()) } else { Err(CargoError::Failed(arguments.join(" "))) }
    }

    fn summary(&self) -> ExitCode {
        eprintln!("── summary");
        for (name, passed, seconds) in &self.results {
            eprintln!("{} {name} ({seconds} s)", if *passed { "passed" } else { "FAILED" });
        }
        if self.results.iter().all(|(_, passed, _)| *passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
