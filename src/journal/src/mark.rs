//! The mark: a small file beside the journal that names the last line acknowledged.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use strongroom_protocol::Head;

use crate::error::JournalError;

/// Owner reads and writes, nobody else anything.
pub(crate) const PRIVATE: u32 = 0o600;

/// Names the file in what the system said.
pub(crate) fn io_at(path: &Path) -> impl Fn(io::Error) -> JournalError + '_ {
    move |source| JournalError::Io { path: path.to_owned(), source }
}

/// The file name of a journal with something added, so that no journal's own name can be hit.
fn beside(journal: &Path, suffix: &str) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The mark's file of a journal.
pub(crate) fn path_of(journal: &Path) -> PathBuf {
    beside(journal, ".mark")
}

fn text_of(head: Head) -> String {
    format!("{} {}\n", head.sequence, head.hash)
}

/// The mark of a journal, or `None` where there is none.
///
/// # Errors
/// [`JournalError::Mark`] if it is not a mark in the one form it is written in.
pub(crate) fn read(journal: &Path) -> Result<Option<Head>, JournalError> {
    let path = path_of(journal);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(io_at(&path))?,
    };
    let head = std::str::from_utf8(&bytes).ok().and_then(|text| {
        let (sequence, hash) = text.strip_suffix('\n')?.split_once(' ')?;
        let head = Head { sequence: sequence.parse().ok()?, hash: hash.parse().ok()? };
        (text_of(head) == text).then_some(head)
    });
    let why = "is not a line number and a hash".to_owned();
    head.map(Some).ok_or(JournalError::Mark { path, why })
}

/// Replaces the mark whole: temporary file, sync, rename, sync of the folder.
///
/// # Errors
/// [`JournalError::Io`] if the disk refuses; the mark is then the old one or the new one.
pub(crate) fn write(journal: &Path, head: Head) -> Result<(), JournalError> {
    let mark = path_of(journal);
    let temporary = beside(journal, ".mark.new");
    let mut file = create_temporary(&temporary).map_err(io_at(&temporary))?;
    file.write_all(text_of(head).as_bytes()).and_then(|()| file.sync_all()).map_err(io_at(&temporary))?;
    fs::rename(&temporary, &mark).map_err(io_at(&mark))?;
    sync_folder(&mark)
}

/// Syncs the folder that a file is in.
pub(crate) fn sync_folder(file: &Path) -> Result<(), JournalError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_at(folder))
}

/// Makes the temporary file anew: one that a crash left goes away, and a link laid there is not followed.
fn create_temporary(path: &Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path);
    match create() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            create()
        }
        other => other,
    }
}
