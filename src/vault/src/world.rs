//! The world outside the vault: streams, terminal, clock, randomness. The vault has no other.

use std::io::{Read, Write};
use std::path::PathBuf;

use strongroom_journal::FindPlace;
use strongroom_keys::{Entropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_wire::Bus;

use crate::answers::KnownAnswers;
use crate::doctor::Machine;
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
    /// Where devices are found.
    pub bus: &'a mut dyn Bus,
    /// Where a file lives, such as [`find_place`](crate::find_place) tells: it tells a home from its copies.
    pub place: &'a FindPlace<'a>,
    /// Where the machine's own state is read, to tell whether it is cold.
    pub machine: Machine,
    /// The home if `--home` names no other, such as `~/.strongroom/vault`.
    pub default_home: Option<PathBuf>,
    /// How costly a guess at the passphrase of a new key file is made.
    pub work_factor: WorkFactor,
    /// What the self-test must come to before anything else is done.
    pub known_answers: KnownAnswers,
    /// Whether this is a program to practise with: it opens only the homes of houses to practise in, and no other
    /// program opens those.
    pub training: bool,
    /// Whether somebody watches standard error, so that progress is worth drawing.
    pub watched: bool,
    /// What should be shown before anything else, such as memory that cannot be locked.
    pub warnings: Vec<String>,
}
