//! The journal's files: the lines, and the mark of the last line acknowledged.
//!
//! A frame is the line's length as a big-endian u32, then its bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use strongroom_protocol::{Head, HouseId, JournalHash, Timestamp, bundle, canonical};

use crate::entry::Entry;
use crate::error::JournalError;
use crate::line::Line;

/// Owner reads and writes, nobody else anything.
const PRIVATE: u32 = 0o600;

/// An open journal. While it is open, no other process can open it.
#[derive(Debug)]
pub struct Journal<E> {
    path: PathBuf,
    file: File,
    head: Head,
    entry: PhantomData<fn() -> E>,
}

/// A journal as it was found.
#[derive(Debug)]
pub struct Opened<E> {
    /// The journal, ready for more.
    pub journal: Journal<E>,
    /// Bytes of an unfinished, never acknowledged line that were cut off; 0 as a rule. The caller journals it.
    pub torn: u64,
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> JournalError + '_ {
    move |source| JournalError::Io { path: path.to_owned(), source }
}

fn start(house: HouseId) -> Head {
    Head { sequence: 0, hash: JournalHash::from_bytes(*house.as_bytes()) }
}

impl<E: Entry> Journal<E> {
    /// Makes an empty journal for a house.
    ///
    /// # Errors
    /// [`JournalError::Exists`] if one is there, [`JournalError::Io`] if the disk refuses.
    pub fn create(path: &Path, house: HouseId) -> Result<Self, JournalError> {
        let file = match OpenOptions::new().read(true).append(true).create_new(true).mode(PRIVATE).open(path)
        {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(JournalError::Exists(path.to_owned()));
            }
            other => other.map_err(io_at(path))?,
        };
        lock(&file, path)?;
        file.sync_all().map_err(io_at(path))?;
        let journal = Self { path: path.to_owned(), file, head: start(house), entry: PhantomData };
        journal.write_mark()?;
        Ok(journal)
    }

    /// Opens a journal, checks every line and shows each to `each` in order, with the hash it has.
    ///
    /// # Errors
    /// [`JournalError`]: in use, damaged, missing acknowledged lines, or the disk refuses.
    pub fn open(
        path: &Path,
        house: HouseId,
        mut each: impl FnMut(&Line<E>, JournalHash),
    ) -> Result<Opened<E>, JournalError> {
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(io_at(path))?;
        lock(&file, path)?;
        let length = file.metadata().map_err(io_at(path))?.len();
        let mut reader = BufReader::new(&file);
        let mut head = start(house);
        let mut good = 0u64;
        while good < length {
            let Some(bytes) = read_frame(&mut reader, length.saturating_sub(good)).map_err(io_at(path))?
            else {
                break;
            };
            let line = Line::<E>::read(&bytes, head).map_err(|why| JournalError::Damaged {
                path: path.to_owned(),
                sequence: head.sequence.saturating_add(1),
                why,
            })?;
            head = line.head(&bytes);
            each(&line, head.hash);
            good = good.saturating_add(4).saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        let mark = read_mark(path)?;
        if head.sequence < mark.sequence || (head.sequence == mark.sequence && head.hash != mark.hash) {
            return Err(JournalError::Missing { path: path.to_owned(), found: head, expected: mark });
        }
        let torn = length.saturating_sub(good);
        if torn > 0 {
            file.set_len(good).map_err(io_at(path))?;
            file.sync_all().map_err(io_at(path))?;
        }
        let journal = Self { path: path.to_owned(), file, head, entry: PhantomData };
        if mark != head {
            journal.write_mark()?;
        }
        Ok(Opened { journal, torn })
    }

    /// Where the journal stands.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Adds a line. When this returns, the line is on disk.
    ///
    /// # Errors
    /// [`JournalError::Io`] if the disk refuses; then nothing was acknowledged, and this value must not be used again:
    /// the file may hold part of a line, which opening it anew cuts off.
    pub fn append(&mut self, at: Timestamp, entry: E) -> Result<Head, JournalError> {
        let sequence = self.head.sequence.saturating_add(1);
        let line = Line { sequence, previous: self.head.hash, at, entry };
        let bytes = canonical::encode(&line);
        let length = u32::try_from(bytes.len())
            .ok()
            .filter(|_| bytes.len() <= bundle::BUNDLE_LIMIT)
            .ok_or(JournalError::TooLarge(bytes.len()))?;
        let frame = [&length.to_be_bytes(), bytes.as_slice()].concat();
        self.file.write_all(&frame).map_err(io_at(&self.path))?;
        self.file.sync_all().map_err(io_at(&self.path))?;
        self.head = line.head(&bytes);
        self.write_mark()?;
        Ok(self.head)
    }

    /// The exact bytes of the lines after number `since`.
    ///
    /// # Errors
    /// [`JournalError::Io`] if the file cannot be read.
    pub fn lines_after(&self, since: u64) -> Result<Vec<Vec<u8>>, JournalError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(io_at(&self.path))?;
        let mut reader = BufReader::new(file);
        let mut lines = Vec::new();
        for sequence in 1..=self.head.sequence {
            let Some(bytes) = read_frame(&mut reader, u64::MAX).map_err(io_at(&self.path))? else { break };
            if sequence > since {
                lines.push(bytes);
            }
        }
        Ok(lines)
    }

    /// Replaces the mark whole: temporary file, sync, rename, sync of the folder.
    fn write_mark(&self) -> Result<(), JournalError> {
        let mark = mark_path(&self.path);
        let temporary = mark.with_extension("new");
        let text = format!("{} {}\n", self.head.sequence, self.head.hash);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(PRIVATE)
            .open(&temporary)
            .map_err(io_at(&temporary))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io_at(&temporary))?;
        fs::rename(&temporary, &mark).map_err(io_at(&mark))?;
        let folder = mark.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_at(folder))
    }
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::InUse(path.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(JournalError::Io { path: path.to_owned(), source }),
    }
}

/// One frame's bytes, or `None` if the file ends within it.
fn read_frame(reader: &mut impl Read, available: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0u8; 4];
    if let Err(error) = reader.read_exact(&mut length) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let length = u64::from(u32::from_be_bytes(length));
    // A line is never empty: zeros at the end are blocks a crash left allocated but unwritten.
    if length == 0 || length > available.saturating_sub(4) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let read = reader.take(length).read_to_end(&mut bytes)?;
    Ok((u64::try_from(read).ok() == Some(length)).then_some(bytes))
}

fn mark_path(path: &Path) -> PathBuf {
    path.with_extension("mark")
}

fn read_mark(path: &Path) -> Result<Head, JournalError> {
    let mark = mark_path(path);
    let text = fs::read_to_string(&mark).map_err(io_at(&mark))?;
    let head = text.strip_suffix('\n').and_then(|line| line.split_once(' ')).and_then(|(sequence, hash)| {
        Some(Head { sequence: sequence.parse().ok()?, hash: hash.parse().ok()? })
    });
    head.ok_or_else(|| JournalError::Damaged {
        path: mark,
        sequence: 0,
        why: "the mark is not a line number and a hash".to_owned(),
    })
}
