//! `cargo verify`: prepares what the tests need and runs every test of a tier.

mod arguments;
mod binaries;
mod step;

pub use arguments::{Arguments, Tier, UnknownArgument};
pub use binaries::{BINARIES, BuildError, Profile, RELEASED, build_alone};
pub use step::{Runner, Step, test_steps};
