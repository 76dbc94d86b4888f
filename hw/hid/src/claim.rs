//! One program at a time: two that talk to one device read each other's answers.
//!
//! hidraw lets anybody in. The lock keeps out a second vault, not a program that does not ask for it; the reports of such
//! a one are noticed by the driver, and refused.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;

use strongroom_wire::WireError;

use crate::trouble::system;

/// Holds a device until it is dropped.
pub(crate) fn claim(path: &str) -> Result<File, WireError> {
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| refused(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(WireError::Failed(format!("another program is using {path}: wait for it, or end it")))
        }
        Err(TryLockError::Error(error)) => Err(refused(path, &error)),
    }
}

fn refused(path: &str, error: &io::Error) -> WireError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::InvalidInput => WireError::Unplugged,
        io::ErrorKind::PermissionDenied => {
            WireError::Forbidden { path: path.to_owned(), why: error.to_string() }
        }
        _ => system(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_claim_is_refused_until_the_first_is_dropped() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let first = claim(path).unwrap();
        let error = claim(path).unwrap_err();
        assert!(matches!(&error, WireError::Failed(words) if words.contains("another program")), "{error}");
        drop(first);
        claim(path).unwrap();
    }

    #[test]
    fn what_the_system_says_is_told_apart() {
        let of = |kind| refused("/dev/hidraw3", &io::Error::from(kind));
        assert_eq!(of(io::ErrorKind::NotFound), WireError::Unplugged);
        let WireError::Forbidden { path, .. } = of(io::ErrorKind::PermissionDenied) else {
            panic!("not forbidden")
        };
        assert_eq!(path, "/dev/hidraw3");
        assert!(of(io::ErrorKind::PermissionDenied).to_string().contains("udev rule"));
        assert!(matches!(of(io::ErrorKind::OutOfMemory), WireError::Failed(_)));
    }
}
