//! What a process finds open when it starts.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use nix::errno::Errno;
use rustix::fs::{FileType, fstat};

use super::WallError;

/// One link for each descriptor that this process has open (`proc_pid_fd(5)`).
const OWN: &str = "/proc/self/fd";
/// The last of the standard streams.
const STANDARD_ERROR: RawFd = 2;

/// Refuses standard streams that lead to somebody.
pub(super) fn refuse_sockets() -> Result<(), WallError> {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    for (stream, descriptor) in
        [("input", stdin.as_fd()), ("output", stdout.as_fd()), ("error", stderr.as_fd())]
    {
        if is_socket(descriptor) {
            return Err(WallError::Socket { stream });
        }
    }
    Ok(())
}

fn is_socket(descriptor: BorrowedFd<'_>) -> bool {
    fstat(descriptor).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_socket())
}

/// Closes every descriptor above the standard streams but those in `keep`.
///
/// Only for the very start of a process: later, descriptors have owners.
pub(super) fn close_others(keep: &[BorrowedFd<'_>]) -> Result<(), WallError> {
    let kept: Vec<RawFd> = keep.iter().map(AsRawFd::as_raw_fd).collect();
    for number in open().map_err(WallError::Unlisted)? {
        if number <= STANDARD_ERROR || kept.contains(&number) {
            continue;
        }
        match nix::unistd::close(number) {
            // The descriptor of the listing itself is on the list, and is closed by now.
            Ok(()) | Err(Errno::EBADF) => {}
            Err(errno) => return Err(WallError::Open { number, source: errno.into() }),
        }
    }
    Ok(())
}

/// The numbers of all open descriptors.
fn open() -> io::Result<Vec<RawFd>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(OWN)? {
        // Names that are no numbers do not occur.
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<RawFd>().ok()));
    }
    Ok(numbers)
}

#[cfg(test)]
#[expect(clippy::disallowed_types, reason = "what is refused must be there to be refused")]
mod tests {
    use std::fs::File;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn open_descriptors_are_listed() {
        let file = File::open("/proc/self/stat").unwrap();
        let number = file.as_raw_fd();
        assert!(open().unwrap().contains(&number));
        drop(file);
    }

    #[test]
    fn a_socket_is_told_from_a_file() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(is_socket(socket.as_fd()));
        assert!(!is_socket(File::open("/proc/self/stat").unwrap().as_fd()));
    }
}
