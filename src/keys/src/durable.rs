//! Files that are either wholly there or not at all, and never replace another.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// Bits of a mode that let others than the owner in.
const OTHERS: u32 = 0o077;

/// Writes a new file that only its owner may read: a temporary file in the same directory, synced, renamed without
/// replacing anything, and the directory synced.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if the name is taken; whatever the system says. Nothing is left behind.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    let temporary = directory.join(hidden);
    let mut file = create_temporary(&temporary)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| move_new(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; a left-over holds nothing but what was to be written.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    sync_directory(directory).inspect_err(|_| {
        // What is said to have failed must not stand in the way of the next try.
        let _ = fs::remove_file(path);
    })
}

/// Makes the temporary file anew. One that a crash left has our own process number in its name: whoever left it is gone.
fn create_temporary(path: &Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match create() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            create()
        }
        other => other,
    }
}

/// Renames without replacing; where the file system cannot, links and unlinks, which cannot replace either.
fn move_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to).and_then(|()| fs::remove_file(from))
        }
        other => other.map_err(io::Error::from),
    }
}

/// Makes the names in a directory last.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Reads a plain file that only its owner may read, of at most `limit` bytes.
///
/// The outer error is the system's; the inner one says why the file is not trusted.
pub(crate) fn read_private(path: &Path, limit: usize) -> io::Result<Result<Vec<u8>, Untrusted>> {
    // Judged before it is opened: opening a pipe would wait for ever.
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(Err(Untrusted::NotAFile));
    }
    let file = File::open(path)?;
    let mode = file.metadata()?.mode();
    if mode & OTHERS != 0 {
        return Ok(Err(Untrusted::Open { mode: mode & 0o777 }));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(if bytes.len() > limit { Err(Untrusted::TooLong) } else { Ok(bytes) })
}

/// Whether others than its owner may enter a directory: then its mode.
pub(crate) fn open_to_others(directory: &Path) -> io::Result<Option<u32>> {
    let mode = fs::metadata(directory)?.mode();
    Ok((mode & OTHERS != 0).then_some(mode & 0o777))
}

/// Why a file's content is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untrusted {
    NotAFile,
    Open { mode: u32 },
    TooLong,
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_new_file_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        write_new(&path, b"content").unwrap();
        assert_eq!(read_private(&path, 7).unwrap(), Ok(b"content".to_vec()));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(names(directory.path()), ["a"]);
    }

    #[test]
    fn a_name_that_is_taken_is_refused_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        write_new(&path, b"first").unwrap();
        assert_eq!(write_new(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        // A dangling link is a name that is taken, too.
        symlink("nowhere", directory.path().join("b")).unwrap();
        let taken = write_new(&directory.path().join("b"), b"third").unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        let mut left = names(directory.path());
        left.sort();
        assert_eq!(left, ["a", "b"]);
    }

    #[test]
    fn what_a_crash_left_is_no_obstacle() {
        let directory = tempfile::tempdir().unwrap();
        let left = directory.path().join(format!(".a.{}.tmp", std::process::id()));
        fs::write(&left, b"half").unwrap();
        write_new(&directory.path().join("a"), b"whole").unwrap();
        assert_eq!(fs::read(directory.path().join("a")).unwrap(), b"whole");
        assert_eq!(names(directory.path()), ["a"]);
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let missing = write_new(&directory.path().join("no/a"), b"x").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn files_that_others_may_read_are_not_trusted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        write_new(&path, b"content").unwrap();
        for mode in [0o640, 0o604, 0o660, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_private(&path, 100).unwrap(), Err(Untrusted::Open { mode }));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read_private(&path, 100).unwrap().is_ok());
    }

    #[test]
    fn what_is_no_plain_short_file_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        write_new(&path, b"content").unwrap();
        assert_eq!(read_private(&path, 6).unwrap(), Err(Untrusted::TooLong));
        symlink(&path, directory.path().join("link")).unwrap();
        assert_eq!(read_private(&directory.path().join("link"), 100).unwrap(), Err(Untrusted::NotAFile));
        assert_eq!(read_private(directory.path(), 100).unwrap(), Err(Untrusted::NotAFile));
    }
}
