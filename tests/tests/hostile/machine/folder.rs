//! A folder as it was, put back in place: a vault's home that is copied knows it, one whose files are written anew does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What a folder holds, by path inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    root: PathBuf,
    folders: BTreeMap<PathBuf, u32>,
    files: BTreeMap<PathBuf, (u32, Vec<u8>)>,
}

impl Snapshot {
    pub fn take(root: &Path) -> Self {
        let mut taken = Self { root: root.to_owned(), folders: BTreeMap::new(), files: BTreeMap::new() };
        taken.walk(root);
        taken
    }

    fn walk(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&self.root).unwrap().to_owned();
            let mode = fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o7777;
            if path.is_dir() {
                self.folders.insert(name, mode);
                self.walk(&path);
            } else {
                self.files.insert(name, (mode, fs::read(&path).unwrap()));
            }
        }
    }

    /// Everything as it was, each file written where it stands.
    pub fn put_back(&self) {
        let now = Self::take(&self.root);
        for name in now.files.keys().filter(|name| !self.files.contains_key(*name)) {
            fs::remove_file(self.root.join(name)).unwrap();
        }
        for name in now.folders.keys().rev().filter(|name| !self.folders.contains_key(*name)) {
            fs::remove_dir(self.root.join(name)).unwrap();
        }
        for (name, mode) in &self.folders {
            if now.folders.get(name) != Some(mode) {
                fs::create_dir_all(self.root.join(name)).unwrap();
                fs::set_permissions(self.root.join(name), Permissions::from_mode(*mode)).unwrap();
            }
        }
        for (name, file) in &self.files {
            if now.files.get(name) != Some(file) {
                fs::write(self.root.join(name), &file.1).unwrap();
                fs::set_permissions(self.root.join(name), Permissions::from_mode(file.0)).unwrap();
            }
        }
    }

    /// What tells one state of a command from another, whatever the time and the keys: every name and size, and what marks
    /// say. A store's pages are written in place, and so its content counts.
    pub fn shape(&self) -> Vec<(PathBuf, usize, Vec<u8>)> {
        let telling = |name: &Path, bytes: &[u8]| match name.extension().and_then(|ending| ending.to_str()) {
            Some("mark") => bytes.split(|byte| *byte == b' ').next().unwrap_or_default().to_vec(),
            Some("sqlite") => Sha256::digest(bytes).to_vec(),
            _ => Vec::new(),
        };
        let steady = |name: &Path| {
            // A temporary file's name has the number of its process in it.
            let parts = name.iter().map(|part| part.to_str().unwrap());
            let part = |part: &str| match part.strip_prefix('.') {
                Some(hidden) => format!(".{}", hidden.replace(|c: char| c.is_ascii_digit(), "")),
                None => part.to_owned(),
            };
            parts.map(part).collect::<PathBuf>()
        };
        self.files
            .iter()
            .map(|(name, (_, bytes))| (steady(name), bytes.len(), telling(name, bytes)))
            .collect()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What a file held.
    pub fn file(&self, name: impl AsRef<Path>) -> Option<&[u8]> {
        self.files.get(name.as_ref()).map(|(_, bytes)| bytes.as_slice())
    }

    /// The files that are here and not there.
    pub fn beyond(&self, other: &Self) -> BTreeSet<PathBuf> {
        self.files.keys().filter(|name| !other.files.contains_key(*name)).cloned().collect()
    }
}
