//! The offline side of Strongroom: one command a run, on files, with nobody to speak to but the operator.
//!
//! [`run`] does the whole of it and takes its drivers as arguments ([`World`]): `main` hands in the real ones, tests and
//! training programs their own. Every run begins with the self-test; nothing else is done if an answer is wrong.
//!
//! The road of a request through `sign`: the bundle is read once, reviewed by every rule against policy, book and
//! journal, shown; the operator types groups of the plan's code that this screen did not show; keys are unlocked and
//! compared with the accounts' records; then the slots are claimed on disk, and only then does a key sign. The reply,
//! sealed by the station's key, holds signatures and nothing that could be broadcast by itself.

mod answers;
mod bench;
mod chains;
mod cli;
mod commands;
mod devices;
pub mod doctor;
mod error;
mod failure;
mod hands;
mod home;
mod lessons;
mod money;
mod page;
mod page_json;
mod page_text;
mod papers;
mod place;
mod pressed;
mod session;
mod terminal;
mod vault;
pub mod wall;
mod world;

pub use answers::KnownAnswers;
pub use cli::run;
pub use error::VaultError;
pub use place::find_place;
pub use terminal::{SystemTerminal, Terminal, TerminalError};
pub use world::World;
