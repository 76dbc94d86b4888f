//! What the program touches of the machine: handed in, so that tests and the demo run it in process.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use strongroom_network::{Pause, Transport};
use strongroom_protocol::Timestamp;

use crate::http::{Endpoint, HttpError};
use crate::ssh::SshSigners;

/// Everything outside the program.
pub struct World {
    /// Standard input.
    pub stdin: Box<dyn Read>,
    /// Standard output: results.
    pub stdout: Box<dyn Write>,
    /// Standard error: trouble.
    pub stderr: Box<dyn Write>,
    /// Whether progress may be drawn, which goes past `stderr` to the process's own.
    pub progress: bool,
    /// The user's own folder, under which homes are by default.
    pub user_folder: Option<PathBuf>,
    /// The clock.
    pub clock: Box<dyn Fn() -> SystemTime>,
    /// Ways to nodes.
    pub transports: Box<dyn Transports>,
    /// Ways to people's keys.
    pub signers: Box<dyn SshSigners>,
}

impl World {
    /// The present, by this machine's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_system((self.clock)())
    }
}

/// Makes ways to nodes.
pub trait Transports {
    /// A way to one node. Nothing is connected yet.
    ///
    /// # Errors
    /// [`HttpError`] if the endpoint's address or authority cannot be used.
    fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Transport>, HttpError>;

    /// How to wait between attempts, and between looks at a chain.
    fn pause(&self) -> Box<dyn Pause>;
}
