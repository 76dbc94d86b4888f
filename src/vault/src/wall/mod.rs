//! Wall 2: what the kernel forbids this process, for good, before it reads its first byte.
//!
//! [`raise`] is to be called first in `main`, before any thread is started. From then on the process
//!
//! - cannot be dumped or traced by other programs of its user (`strongroom_keys::harden_process`),
//! - holds no descriptor that it was not meant to have: above the standard streams, which may not be sockets, only those
//!   that the caller names,
//! - makes no system call that is not on the list of [`calls`]: anything else ends it on the spot with `SIGSYS`, in every
//!   thread. There is no way to a socket, another program, another process or more rights.
//!
//! A filter is inherited and cannot be taken off again (seccomp(2)).

pub mod calls;
mod descriptors;
pub mod filter;

use std::io;
use std::os::fd::BorrowedFd;

use rustix::fs::Mode;
use rustix::process::umask;
use strongroom_keys::{HardeningError, LockWarning, harden_process};

/// Why the wall does not stand. The caller must end: nothing may be read or unlocked without it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WallError {
    /// A standard stream leads to another program or machine.
    #[error("standard {stream} is a socket: a vault speaks to nobody; use a terminal or a file")]
    Socket {
        /// Which.
        stream: &'static str,
    },
    /// The process cannot be made fit for secrets.
    #[error(transparent)]
    Hardening(#[from] HardeningError),
    /// Nobody can say what is open.
    #[error(
        "what this process inherited cannot be listed ({0}), so nothing was started: /proc must be mounted where the vault runs"
    )]
    Unlisted(#[source] io::Error),
    /// A descriptor does not close.
    #[error(
        "inherited descriptor {number} cannot be closed ({source}), so nothing was started: start the vault from a plain shell"
    )]
    Open {
        /// Which.
        number: i32,
        /// What the system said.
        source: io::Error,
    },
    /// The processor has other system calls than those on the list.
    #[error("there is no filter for {0} processors: run the vault on x86_64 or aarch64")]
    Processor(&'static str),
    /// The list does not compile: a fault of the program.
    #[error(
        "the filter of system calls does not compile ({0}): this copy of the program is broken; do not use it"
    )]
    Compile(#[source] seccompiler::Error),
    /// The kernel takes no filter.
    #[error(
        "the kernel does not take the filter of system calls ({0}), so nothing was started: it must have CONFIG_SECCOMP_FILTER, and no sandbox around the vault may forbid it"
    )]
    Install(#[source] seccompiler::Error),
}

/// Raises the wall around this process, leaving open the standard streams and the descriptors in `keep`.
///
/// What is kept can be read and written, even if it is a socket that was connected before; by `read` and `write` alone,
/// though: the calls of sockets are forbidden. Keep it as a `File`, not as a `TcpStream`.
///
/// Gives the warning to show if memory for secrets cannot be locked.
///
/// # Errors
/// [`WallError`]. The caller must end then.
pub fn raise(keep: &[BorrowedFd<'_>]) -> Result<Option<LockWarning>, WallError> {
    // Files and folders are their owner's alone, whatever the shell says.
    umask(Mode::RWXG | Mode::RWXO);
    descriptors::refuse_sockets()?;
    let warning = harden_process()?;
    descriptors::close_others(keep)?;
    filter::install()?;
    Ok(warning)
}
