//! `strongroom-vault`: builds the world and hands it to the vault.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use rustix::fs::{FileType, Mode, fstat};
use strongroom_keys::{SystemEntropy, WorkFactor, harden_process};
use strongroom_protocol::Timestamp;
use strongroom_vault::{KnownAnswers, SystemTerminal, World};

/// What a machine that cannot be trusted with secrets ends with.
const NOT_READY: u8 = 8;

// The order is: harden, self-test, parse, run. The last three are `strongroom_vault::run`'s.
fn main() -> ExitCode {
    let mut warnings = Vec::new();
    match harden() {
        Ok(warning) => warnings.extend(warning),
        Err(why) => {
            // There is nobody left to tell if this fails too.
            let _ = writeln!(io::stderr(), "error: {why}");
            return ExitCode::from(NOT_READY);
        }
    }
    ExitCode::from(start(warnings))
}

/// Makes the process fit to hold secrets, before its first byte of input and before any thread.
///
/// Whatever else the kernel is to forbid this process (inherited descriptors, system calls) is forbidden here too.
fn harden() -> Result<Option<String>, String> {
    // Files and folders are their owner's alone, whatever the shell says.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    for (name, stream) in [("input", stdin.as_fd()), ("output", stdout.as_fd()), ("error", stderr.as_fd())] {
        if is_socket(stream) {
            return Err(format!(
                "standard {name} is a socket: a vault speaks to nobody; use a terminal or a file"
            ));
        }
    }
    let warning = harden_process().map_err(|error| error.to_string())?;
    Ok(warning.map(|warning| warning.to_string()))
}

fn is_socket(stream: BorrowedFd<'_>) -> bool {
    fstat(stream).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_socket())
}

fn start(warnings: Vec<String>) -> u8 {
    // Not the buffered handle of the library: its buffer would keep secrets that nobody wipes.
    let stdin = io::stdin().as_fd().try_clone_to_owned().map(File::from);
    let mut world = World {
        stdin: &mut match stdin {
            Ok(stdin) => stdin,
            Err(error) => {
                let _ = writeln!(io::stderr(), "error: standard input cannot be used: {error}");
                return NOT_READY;
            }
        },
        stdout: &mut io::stdout(),
        stderr: &mut io::stderr(),
        terminal: &mut SystemTerminal,
        clock: &|| Timestamp::from_system(SystemTime::now()),
        entropy: &mut SystemEntropy,
        default_home: std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".strongroom/vault")),
        work_factor: WorkFactor::DEFAULT,
        known_answers: KnownAnswers::default(),
        watched: io::stderr().is_terminal(),
        warnings,
    };
    strongroom_vault::run(std::env::args_os(), &mut world)
}
