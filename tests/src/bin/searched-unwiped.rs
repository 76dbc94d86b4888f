//! The vault with an allocator that wipes nothing, and a search of its memory at the end.

use std::process::ExitCode;

use strongroom_tests::residue::run_and_search;

fn main() -> ExitCode {
    ExitCode::from(run_and_search(std::env::args_os()))
}
