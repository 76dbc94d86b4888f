//! `strongroom-vault`: builds the world and hands it to the vault.

use std::alloc::System;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use strongroom_hid::HidBus;
use strongroom_keys::{SystemEntropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::doctor::Machine;
use strongroom_vault::{KnownAnswers, SystemTerminal, World, find_place, wall};
use zeroizing_alloc::ZeroAlloc;

/// What a machine that cannot be trusted with secrets ends with.
const NOT_READY: u8 = 8;

/// Wipes whatever is freed: libraries that open key files leave secrets on the heap.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

// The order is: wall, self-test, parse, run. The last three are `strongroom_vault::run`'s.
fn main() -> ExitCode {
    match wall::raise(&[]) {
        Ok(warning) => ExitCode::from(start(warning.iter().map(ToString::to_string).collect())),
        Err(why) => {
            // There is nobody left to tell if this fails too.
            let _ = writeln!(io::stderr(), "error: {why}");
            ExitCode::from(NOT_READY)
        }
    }
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
        bus: &mut HidBus,
        clock: &|| Timestamp::from_system(SystemTime::now()),
        entropy: &mut SystemEntropy,
        place: &find_place,
        machine: Machine::here(),
        default_home: std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".strongroom/vault")),
        work_factor: WorkFactor::DEFAULT,
        known_answers: KnownAnswers::default(),
        training: false,
        watched: io::stderr().is_terminal(),
        warnings,
    };
    strongroom_vault::run(std::env::args_os(), &mut world)
}
