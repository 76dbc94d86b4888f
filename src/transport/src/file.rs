//! Files: bounded reading, and writing that leaves either everything or nothing.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// An error of the device (errno(3)); the standard library has no kind for it.
const EIO: i32 = 5;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// More than the reader accepts.
    #[error("{path} is larger than {limit} bytes: it is no such file")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes accepted.
        limit: usize,
    },
    /// Something stands where the file should go.
    #[error("{0} exists already and is not overwritten: choose another name or move it away")]
    Exists(PathBuf),
}

/// What to do about an error of the file system, in words for whoever ran the command. What was begun is never half done:
/// the same command again goes on.
pub fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room on that disk, then run the same command again"
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            "mount that file system writable, then run the same command again; if it turned read-only by itself, its disk is \
             failing: copy what is on it first"
        }
        io::ErrorKind::PermissionDenied => {
            "look at its owner and mode, and at those of its folder; then run the same command again"
        }
        io::ErrorKind::NotFound => {
            "look whether the path is right and its disk is there, then run the same command again"
        }
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            "a file and a folder are in each other's place: look at the path"
        }
        _ if error.raw_os_error() == Some(EIO) => {
            "its disk may be failing: copy what is on it to another one, then run the same command again"
        }
        _ => "look at what the system says of it, mend that, then run the same command again",
    }
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> FileError + '_ {
    move |source| FileError::Io { path: path.to_owned(), source }
}

/// Reads a whole file of at most `limit` bytes; `-` is standard input. It is read once: what is checked is what is used.
///
/// # Errors
/// [`FileError`] if it cannot be read or is larger.
pub fn read_limited(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    if path == Path::new("-") {
        io::stdin().lock().take(bound).read_to_end(&mut bytes).map_err(io_at(path))?;
    } else {
        File::open(path).and_then(|file| file.take(bound).read_to_end(&mut bytes)).map_err(io_at(path))?;
    }
    if bytes.len() > limit { Err(FileError::TooLarge { path: path.to_owned(), limit }) } else { Ok(bytes) }
}

/// Writes a new file: a temporary one beside it, synced, then linked into place, then the folder synced.
/// `-` is standard output. An existing file is refused, also if it appears meanwhile.
///
/// # Errors
/// [`FileError::Exists`] or [`FileError::Io`]; then there is no such file, and no part of one.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if path == Path::new("-") {
        let mut out = io::stdout().lock();
        return out.write_all(bytes).and_then(|()| out.flush()).map_err(io_at(path));
    }
    if path.symlink_metadata().is_ok() {
        return Err(FileError::Exists(path.to_owned()));
    }
    with_temporary(path, bytes, |temporary| match fs::hard_link(temporary, path) {
        // Unlike a rename, a link never replaces what is there.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(FileError::Exists(path.to_owned())),
        // Sticks formatted as FAT have no links; there the check above must do.
        Err(error) if no_links(&error) => fs::rename(temporary, path).map_err(io_at(path)),
        other => other.map_err(io_at(path)),
    })?;
    sync_folder(path).inspect_err(|_| {
        // Nobody can say whether its name lasts. What is said to have failed must not stand in the way of the next try.
        let _ = fs::remove_file(path);
    })
}

/// Replaces a file of our own home, whole or not at all.
///
/// # Errors
/// [`FileError::Io`]; then the old file is still there, or the new one whole.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    with_temporary(path, bytes, |temporary| fs::rename(temporary, path).map_err(io_at(path)))?;
    sync_folder(path)
}

fn no_links(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

fn with_temporary(
    path: &Path,
    bytes: &[u8],
    place: impl FnOnce(&Path) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_synced(&temporary, bytes).and_then(|()| place(&temporary));
    // After a rename it is gone already; after a failure nothing of it may stay.
    let _ = fs::remove_file(&temporary);
    written
}

/// Makes the names in the folder of a file last.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_at(folder))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = match create() {
        // Its name has our own process number in it: whoever left it is gone. A link laid there is not followed.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path).and_then(|()| create())
        }
        other => other,
    };
    let mut file = file.map_err(io_at(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io_at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("request.strongroom");
        write_new(&path, b"first").unwrap();
        assert!(matches!(write_new(&path, b"second"), Err(FileError::Exists(_))));
        assert_eq!(read_limited(&path, 5).unwrap(), b"first");
        assert!(matches!(read_limited(&path, 4), Err(FileError::TooLarge { limit: 4, .. })));
        replace(&path, b"third").unwrap();
        assert_eq!(read_limited(&path, 5).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file stayed");
    }

    #[test]
    fn a_dangling_link_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("out"), folder.path().join("elsewhere"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(matches!(write_new(&path, b"x"), Err(FileError::Exists(_))));
        assert!(!target.exists());
    }

    /// The temporary file's name.
    fn temporary(path: &Path) -> PathBuf {
        let name = path.file_name().unwrap().to_str().unwrap();
        path.with_file_name(format!(".{name}.{}.new", std::process::id()))
    }

    #[test]
    fn what_a_crash_left_is_no_obstacle_and_a_link_laid_there_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("out"), folder.path().join("victim"));
        fs::write(temporary(&path), b"half of it and much more besides").unwrap();
        write_new(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        fs::write(&victim, b"precious").unwrap();
        std::os::unix::fs::symlink(&victim, temporary(&path)).unwrap();
        replace(&path, b"anew").unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&victim).unwrap()),
            (b"anew".to_vec(), b"precious".to_vec())
        );
        assert!(!temporary(&path).exists() && !path.symlink_metadata().unwrap().is_symlink());
    }

    #[test]
    fn every_error_of_a_disk_has_its_remedy() {
        let of = |errno| remedy(&io::Error::from_raw_os_error(errno));
        for (errno, words) in [
            (28, "make room"),
            (122, "make room"),
            (30, "writable"),
            (5, "failing"),
            (13, "owner"),
            (2, "path"),
        ] {
            assert!(of(errno).contains(words), "{errno}: {}", of(errno));
        }
        assert!(of(116).contains("again"));
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_new(&folder.path().join("missing/out"), b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
