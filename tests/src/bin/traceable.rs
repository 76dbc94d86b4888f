//! Becomes another program, after asking whoever started it to trace it: `traceable PROGRAM ARGUMENTS…`.
#![allow(clippy::unwrap_used, reason = "a program for tests: what fails here is to be seen at once")]

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let mut program = Command::new(words.next().unwrap());
    nix::sys::ptrace::traceme().unwrap();
    eprintln!("traceable: {}", program.args(words).exec());
    ExitCode::FAILURE
}
