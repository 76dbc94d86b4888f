//! The vault with software devices, to practise with: `strongroom-training sign … --device virtual:FILE`.

use std::process::ExitCode;

use strongroom_tests::training::{Virtual, with_virtual_devices};

fn main() -> ExitCode {
    ExitCode::from(with_virtual_devices(Virtual::read(std::env::args_os())))
}
