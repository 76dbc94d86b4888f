//! The world outside the vault: streams, terminal, clock, randomness. The vault has no other.

use std::io::{Read, Write};
use std::path::PathBuf;

use strongroom_keys::{Entropy, WorkFactor};
use strongroom_protocol::Timestamp;

use crate::answers::KnownAnswers;
use crate::terminal::Terminal;

/// What a run of the vault is given. `main` hands in the real things, tests and training programs their own.
pub struct World<'a> {
    /// Standard input: bundles named `-`, and secrets with `--passphrase-stdin`. It should not be buffered: a
    /// buffer would keep secrets that nobody wipes.
    pub stdin: &'a mut dyn Read,
    /// Standard output: results.
    pub stdout: &'a mut dyn Write,
    /// Standard error: everything else.
    pub stderr: &'a mut dyn Write,
    /// Where questions are asked and answers typed.
    pub terminal: &'a mut dyn Terminal,
    /// The clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The source of randomness.
    pub entropy: &'a mut (dyn Entropy + Send),
    /// The home if `--home` names no other, such as `~/.strongroom/vault`.
    pub default_home: Option<PathBuf>,
    /// How costly a guess at the passphrase of a new key file is made.
    pub work_factor: WorkFactor,
    /// What the self-test must come to before anything else is done.
    pub known_answers: KnownAnswers,
    /// Whether somebody watches standard error, so that progress is worth drawing.
    pub watched: bool,
    /// What should be shown before anything else, such as memory that cannot be locked.
    pub warnings: Vec<String>,
}
