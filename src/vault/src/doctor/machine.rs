//! Where a machine's state is read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The most that is read of one file of `/proc` or `/sys`: those of large machines have a few hundred kilobytes.
const LIMIT: u64 = 4 << 20;

/// A machine by its `/proc` and `/sys`, under any root: tests have trees of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    root: PathBuf,
}

impl Machine {
    /// The machine that this program runs on.
    pub fn here() -> Self {
        Self::at("/")
    }

    /// The machine whose `/proc` and `/sys` are in this folder.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The text of a file, with whatever is no UTF-8 replaced.
    pub(super) fn text(&self, path: &str) -> io::Result<String> {
        let mut bytes = Vec::new();
        File::open(self.path(path))?.take(LIMIT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The text of a file that need not be there.
    pub(super) fn text_if_any(&self, path: &str) -> io::Result<Option<String>> {
        match self.text(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One line of a file, trimmed; empty if it cannot be read.
    pub(super) fn line(&self, path: &str) -> String {
        self.text(path)
            .map(|text| text.lines().next().unwrap_or_default().trim().to_owned())
            .unwrap_or_default()
    }

    /// The names in a folder, sorted.
    pub(super) fn names(&self, path: &str) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.path(path))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    /// The names in a folder that need not be there.
    pub(super) fn names_if_any(&self, path: &str) -> io::Result<Vec<String>> {
        match self.names(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            other => other,
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    pub(super) fn has_folder(&self, path: &str) -> bool {
        Path::is_dir(&self.path(path))
    }
}
