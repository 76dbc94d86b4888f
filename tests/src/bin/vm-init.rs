//! The first process of the virtual machine in which the tests try devices; elsewhere it does nothing.

use std::process::ExitCode;

fn main() -> ExitCode {
    match strongroom_tests::vm::start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vm-init: {error}");
            ExitCode::FAILURE
        }
    }
}
