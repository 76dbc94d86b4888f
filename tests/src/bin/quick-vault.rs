//! The vault behind its wall, with key files that cost as little as is allowed: for tests that make many.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::time::SystemTime;

use strongroom_keys::{SystemEntropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::doctor::Machine;
use strongroom_vault::{KnownAnswers, SystemTerminal, World, find_place, wall};

fn main() -> ExitCode {
    if let Err(why) = wall::raise(&[]) {
        eprintln!("error: {why}");
        return ExitCode::FAILURE;
    }
    let stdin = match io::stdin().as_fd().try_clone_to_owned() {
        Ok(stdin) => stdin,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut world = World {
        stdin: &mut File::from(stdin),
        stdout: &mut io::stdout(),
        stderr: &mut io::stderr(),
        terminal: &mut SystemTerminal,
        bus: &mut strongroom_wire::EmptyBus,
        clock: &|| Timestamp::from_system(SystemTime::now()),
        entropy: &mut SystemEntropy,
        place: &find_place,
        machine: Machine::here(),
        default_home: None,
        work_factor: WorkFactor::FLOOR,
        known_answers: KnownAnswers::default(),
        training: false,
        watched: false,
        warnings: Vec::new(),
    };
    ExitCode::from(strongroom_vault::run(std::env::args_os(), &mut world))
}
