//! The vault with the allocator of the released program, and a search of its memory at the end.

use std::alloc::System;
use std::process::ExitCode;

use strongroom_tests::residue::run_and_search;
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    ExitCode::from(run_and_search(std::env::args_os()))
}
