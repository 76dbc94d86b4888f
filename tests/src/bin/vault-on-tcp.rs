//! The vault over a Ledger emulator's APDU port, to practise with: `vault-on-tcp --apdu 127.0.0.1:9999 device list`.

use std::process::ExitCode;

use strongroom_tests::training::{Emulated, TrainingError, on_tcp};

fn main() -> ExitCode {
    let exit = match Emulated::read(std::env::args_os()) {
        Ok(line) => on_tcp(line),
        Err(error) => TrainingError::said(&error),
    };
    ExitCode::from(exit)
}
