//! What the process itself must promise before it holds a secret: no core dumps, no debugger, memory to lock.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

use crate::memory::{self, LockWarning};
use crate::stack;

/// Bytes that the keys ask the system to lock at most at one time: a worker's stack and 256 secrets, one page each.
const LOCKED_AT_MOST: usize = stack::LOCKED_BYTES.saturating_add(256usize.saturating_mul(memory::PAGE));

/// Why the process cannot be trusted with secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HardeningError {
    /// Core dumps cannot be switched off.
    #[error(
        "core dumps cannot be switched off ({0}): a crash would write keys to disk, so nothing was started; check RLIMIT_CORE and the sandbox the program runs in"
    )]
    CoreLimit(#[source] io::Error),
    /// The process can still be dumped or traced by its user's other programs.
    #[error(
        "the process cannot be made undumpable ({0}): other programs could read keys from it, so nothing was started; check the sandbox the program runs in"
    )]
    Dumpable(#[source] io::Error),
}

/// Forbids core dumps and tracing by programs of the same user, and raises the limit of lockable memory as far as it
/// goes. To be called first in `main`, before any input is read and before any thread is started.
///
/// Two locks for core dumps: `RLIMIT_CORE` 0 stops dumps to files, but not those piped to a collector
/// (core(5), "Piping core dumps to a program"); `PR_SET_DUMPABLE` 0 stops both, and ptrace(2) by the same user.
/// From then on the files of `/proc/PID` belong to root, for other processes.
///
/// Returns the warning to show if the memory that secrets need cannot be locked.
///
/// # Errors
/// [`HardeningError`] if either lock is refused. The caller must then end.
pub fn harden_process() -> Result<Option<LockWarning>, HardeningError> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(|errno| HardeningError::CoreLimit(errno.into()))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|errno| HardeningError::Dumpable(errno.into()))?;
    let limit = getrlimit(Resource::Memlock);
    // Raising the soft limit to the hard one is always allowed; should it fail all the same, the trial below says so.
    let _ = setrlimit(Resource::Memlock, Rlimit { current: limit.maximum, ..limit });
    let trial = vec![0u8; LOCKED_AT_MOST];
    Ok(memory::lock(trial.as_ptr(), trial.len()).err())
}
