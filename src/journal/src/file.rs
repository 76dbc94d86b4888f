//! The journal's file of lines, and the order in which file and mark are written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use strongroom_protocol::{Head, HouseId, JournalHash, Timestamp, bundle, canonical};

use crate::entry::Entry;
use crate::error::JournalError;
use crate::frame;
use crate::line::Line;
use crate::mark::{self, PRIVATE, io_at};

/// An open journal. While it is open, no other process can open it.
#[derive(Debug)]
pub struct Journal<E> {
    path: PathBuf,
    file: File,
    head: Head,
    /// Bytes that the lines take in the file.
    length: u64,
    /// Whether a write failed, so that nobody knows what the file holds after the head.
    failed: bool,
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

/// What a journal's file holds.
struct Contents {
    /// Its last good line.
    head: Head,
    /// Bytes up to the line that the mark names.
    acknowledged: u64,
    /// The line after the mark, where one is whole: written, but perhaps never told to anybody.
    unmarked: Option<Vec<u8>>,
}

fn start(house: HouseId) -> Head {
    Head { sequence: 0, hash: JournalHash::from_bytes(*house.as_bytes()) }
}

impl<E: Entry> Journal<E> {
    /// Makes an empty journal for a house. A creation that a crash cut short is finished.
    ///
    /// # Errors
    /// [`JournalError::Exists`] if a journal or the mark of one is there, [`JournalError::InUse`] if another process is
    /// making it, [`JournalError::Io`] if the disk refuses.
    pub fn create(path: &Path, house: HouseId) -> Result<Self, JournalError> {
        let mark = mark::path_of(path);
        if mark.try_exists().map_err(io_at(&mark))? && !path.try_exists().map_err(io_at(path))? {
            // A mark alone says that a journal was here. Nobody may begin a second one over that.
            return Err(JournalError::Exists(mark));
        }
        let options = || {
            let mut options = OpenOptions::new();
            options.read(true).append(true).mode(PRIVATE);
            options
        };
        let file = match options().create_new(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options().open(path),
            other => other,
        }
        .map_err(io_at(path))?;
        lock(&file, path)?;
        // Under the lock an empty file without a mark is a creation that did not end.
        let length = file.metadata().map_err(io_at(path))?.len();
        if length > 0 || mark.try_exists().map_err(io_at(&mark))? {
            return Err(JournalError::Exists(path.to_owned()));
        }
        file.sync_all().map_err(io_at(path))?;
        let head = start(house);
        mark::write(path, head)?;
        Ok(Self { path: path.to_owned(), file, head, length, failed: false, entry: PhantomData })
    }

    /// Opens a journal, checks every line and shows each to `each` in order, with the hash it has.
    ///
    /// If an error comes after lines were shown, what was learned from them is worth nothing.
    ///
    /// # Errors
    /// [`JournalError`]: in use, damaged, missing acknowledged lines, or the disk refuses.
    pub fn open(
        path: &Path,
        house: HouseId,
        each: impl FnMut(&Line<E>, JournalHash),
    ) -> Result<Opened<E>, JournalError> {
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(io_at(path))?;
        lock(&file, path)?;
        let mark = mark::read(path)?
            .ok_or_else(|| JournalError::Mark { path: mark::path_of(path), why: "is lost".to_owned() })?;
        let length = file.metadata().map_err(io_at(path))?.len();
        let found = read_lines(path, &file, length, start(house), mark, each)?;
        let unmarked = found.unmarked.as_deref().map_or(0, frame::size);
        let kept = found.acknowledged.saturating_add(unmarked);
        if length > found.acknowledged {
            // A line after the mark may be in memory alone, even after a sync that failed. It is written again before
            // the mark speaks for it; lost in between, it was nobody's yet.
            file.set_len(found.acknowledged).map_err(io_at(path))?;
            if let Some(frame) = found.unmarked.as_deref().and_then(frame::wrap) {
                file.write_all(&frame).map_err(io_at(path))?;
            }
            file.sync_all().map_err(io_at(path))?;
        }
        if mark != found.head {
            mark::write(path, found.head)?;
        }
        let journal = Self {
            path: path.to_owned(),
            file,
            head: found.head,
            length: kept,
            failed: false,
            entry: PhantomData,
        };
        Ok(Opened { journal, torn: length.saturating_sub(kept) })
    }

    /// Opens a journal whose mark is lost, damaged or not its own, and shows each line to `each` as [`Self::open`] does.
    ///
    /// Nobody knows then where it was acknowledged to, so that nothing may be cut off: it is opened only if it ends with a
    /// whole line. The mark is written again by the next line, and not before.
    ///
    /// # Errors
    /// [`JournalError`]: in use, empty, damaged, or the disk refuses. Lines shown before an error are worth nothing.
    pub fn open_unmarked(
        path: &Path,
        house: HouseId,
        mut each: impl FnMut(&Line<E>, JournalHash),
    ) -> Result<Self, JournalError> {
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(io_at(path))?;
        lock(&file, path)?;
        let length = file.metadata().map_err(io_at(path))?.len();
        let damaged = |sequence: u64, why| JournalError::Damaged {
            path: path.to_owned(),
            sequence: sequence.saturating_add(1),
            why,
        };
        let mut reader = BufReader::new(&file);
        let (mut head, mut good) = (start(house), 0u64);
        while let Some(bytes) = frame::read(&mut reader, length.saturating_sub(good)).map_err(io_at(path))? {
            let line = Line::<E>::read(&bytes, head).map_err(|why| damaged(head.sequence, why))?;
            head = line.head(&bytes);
            good = good.saturating_add(frame::size(&bytes));
            each(&line, head.hash);
        }
        if good != length || head.sequence == 0 {
            let why = "the mark is no help, and the file does not end with a whole line".to_owned();
            return Err(damaged(head.sequence, why));
        }
        drop(reader);
        Ok(Self { path: path.to_owned(), file, head, length, failed: false, entry: PhantomData })
    }

    /// Where the journal stands.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Adds a line. When this returns, the line is on disk.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] or [`JournalError::Encoding`] if the entry is no line; nothing was written then.
    /// [`JournalError::Io`] or [`JournalError::Changed`] if the disk refuses or the file is not as this value left it;
    /// nothing was acknowledged then, and every later call is a [`JournalError::Failed`], because the file may hold
    /// part of a line: opening it anew cuts that off.
    pub fn append(&mut self, at: Timestamp, entry: E) -> Result<Head, JournalError> {
        self.append_line(at, entry).map(|_| self.head)
    }

    /// Adds a line and gives it back, for who wants to remember it. When this returns, the line is on disk, and the
    /// journal's head is its own.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_line(&mut self, at: Timestamp, entry: E) -> Result<Line<E>, JournalError> {
        if self.failed {
            return Err(JournalError::Failed(self.path.clone()));
        }
        let sequence = self.head.sequence.saturating_add(1);
        let line = Line { sequence, previous: self.head.hash, at, entry };
        // Encoded where it stands in its frame: a large line is written in one call without another copy of it.
        let mut frame = canonical::encode_after(vec![0; frame::HEADER], &line);
        let (header, bytes) = frame.split_at_mut_checked(frame::HEADER).unwrap_or_default();
        if bytes.is_empty() {
            return Err(JournalError::Encoding(sequence));
        }
        let length = frame::header(bytes)
            .filter(|_| bytes.len() <= bundle::BUNDLE_LIMIT)
            .ok_or(JournalError::TooLarge(bytes.len()))?;
        header.copy_from_slice(&length);
        let (head, size) = (line.head(bytes), frame::size(bytes));
        self.failed = true;
        self.check_unchanged()?;
        self.file.write_all(&frame).map_err(io_at(&self.path))?;
        self.file.sync_all().map_err(io_at(&self.path))?;
        mark::write(&self.path, head)?;
        self.failed = false;
        self.head = head;
        self.length = self.length.saturating_add(size);
        Ok(line)
    }

    /// Adds lines that were written before, exactly as they were, and gives them back. They must follow one another and
    /// the journal's own head. When this returns, all of them are on disk; after a crash, those up to some line are.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] for the first that does not follow; nothing was written then. Otherwise as
    /// [`Self::append`].
    pub fn append_exact(&mut self, lines: &[Vec<u8>]) -> Result<Vec<Line<E>>, JournalError> {
        if self.failed {
            return Err(JournalError::Failed(self.path.clone()));
        }
        let mut head = self.head;
        let mut read = Vec::with_capacity(lines.len());
        for bytes in lines {
            let line = Line::<E>::read(bytes, head).map_err(|why| JournalError::Damaged {
                path: "the lines handed in".into(),
                sequence: head.sequence.saturating_add(1),
                why,
            })?;
            head = line.head(bytes);
            read.push(line);
        }
        self.failed = true;
        // Each with its own mark: a crash leaves no more behind the mark than it does while a line is appended.
        for (bytes, line) in lines.iter().zip(&read) {
            self.check_unchanged()?;
            let frame = frame::wrap(bytes).ok_or(JournalError::TooLarge(bytes.len()))?;
            self.file.write_all(&frame).map_err(io_at(&self.path))?;
            self.file.sync_all().map_err(io_at(&self.path))?;
            let head = line.head(bytes);
            mark::write(&self.path, head)?;
            self.head = head;
            self.length = self.length.saturating_add(frame::size(bytes));
        }
        self.failed = false;
        Ok(read)
    }

    /// Takes a journal away for good, mark first: what it said must stand elsewhere already.
    ///
    /// # Errors
    /// [`JournalError::Io`] if the disk refuses; asking again goes on.
    pub fn remove(self) -> Result<(), JournalError> {
        let mark = mark::path_of(&self.path);
        // Without its mark a journal is never taken for a whole one.
        for path in [&mark, &self.path] {
            match fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other.map_err(io_at(path))?,
            }
        }
        mark::sync_folder(&mark)
    }

    /// The exact bytes of the lines after number `since`.
    ///
    /// # Errors
    /// [`JournalError::Io`] if the file cannot be read, [`JournalError::Changed`] if it is shorter than it was.
    pub fn lines_after(&self, since: u64) -> Result<Vec<Vec<u8>>, JournalError> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(io_at(&self.path))?;
        let mut reader = BufReader::new(file);
        let mut lines = Vec::new();
        for sequence in 1..=self.head.sequence {
            let bytes = frame::read(&mut reader, self.length)
                .map_err(io_at(&self.path))?
                .ok_or_else(|| JournalError::Changed(self.path.clone()))?;
            if sequence > since {
                lines.push(bytes);
            }
        }
        Ok(lines)
    }

    /// The lock keeps out those who ask for it; a copy program or an editor does not. A line behind foreign bytes, or in
    /// a file that no longer has the journal's name, would be acknowledged and never be found again.
    fn check_unchanged(&self) -> Result<(), JournalError> {
        let open = self.file.metadata().map_err(io_at(&self.path))?;
        let named = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            other => Some(other.map_err(io_at(&self.path))?),
        };
        let same = named.is_some_and(|named| (named.dev(), named.ino()) == (open.dev(), open.ino()));
        if same && open.len() == self.length { Ok(()) } else { Err(JournalError::Changed(self.path.clone())) }
    }
}

/// Checks every line against the one before and against the mark.
fn read_lines<E: Entry>(
    path: &Path,
    file: &File,
    length: u64,
    start: Head,
    mark: Head,
    mut each: impl FnMut(&Line<E>, JournalHash),
) -> Result<Contents, JournalError> {
    let damaged = |sequence, why| Err(JournalError::Damaged { path: path.to_owned(), sequence, why });
    if mark.sequence == start.sequence && mark.hash != start.hash {
        let why = format!("begins with {}, but the house is {}", mark.hash, start.hash);
        return Err(JournalError::Mark { path: mark::path_of(path), why });
    }
    let mut reader = BufReader::new(file);
    let mut contents = Contents { head: start, acknowledged: 0, unmarked: None };
    let mut good = 0u64;
    while let Some(bytes) = frame::read(&mut reader, length.saturating_sub(good)).map_err(io_at(path))? {
        let before = contents.head;
        let line = match Line::<E>::read(&bytes, before) {
            Ok(line) => line,
            Err(why) if before.sequence < mark.sequence => {
                return damaged(before.sequence.saturating_add(1), why);
            }
            // After the mark nothing was acknowledged: a crash can leave a line's length without its bytes.
            Err(_) => break,
        };
        if contents.unmarked.is_some() {
            let why = format!("names line {}, but more than one line follows it", mark.sequence);
            return Err(JournalError::Mark { path: mark::path_of(path), why });
        }
        let head = line.head(&bytes);
        if head.sequence == mark.sequence && head.hash != mark.hash {
            return damaged(
                head.sequence,
                format!("its hash is {}, but {} was acknowledged", head.hash, mark.hash),
            );
        }
        each(&line, head.hash);
        good = good.saturating_add(frame::size(&bytes));
        contents.head = head;
        if head.sequence <= mark.sequence {
            contents.acknowledged = good;
        } else {
            contents.unmarked = Some(bytes);
        }
    }
    if contents.head.sequence < mark.sequence {
        return Err(JournalError::Missing { path: path.to_owned(), found: contents.head, expected: mark });
    }
    Ok(contents)
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => Err(JournalError::InUse(path.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(JournalError::Io { path: path.to_owned(), source }),
    }
}
