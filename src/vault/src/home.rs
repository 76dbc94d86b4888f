//! A vault's home: where its files are.
//!
//! ```text
//! genesis.txt           the founding text of the house, signed by every admin
//! journal  journal.mark what was done, and the last line that was acknowledged
//! keys/                 encrypted keys and their public records (age, TOML)
//! accounts/ID.account   records of accounts enrolled here, sealed
//! policies/ID.txt       every policy that was installed
//! books/ID.txt          every address book that was installed
//! pressed               signatures of devices for a request that is not answered yet
//! ```

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use strongroom_keys::Keystore;
use strongroom_protocol::{AccountId, BookId, PolicyId};
use strongroom_transport::FileError;

use crate::error::VaultError;

/// Bits of a mode that let others than the owner in.
const OTHERS: u32 = 0o077;
/// Its owner's alone.
const PRIVATE: u32 = 0o700;

/// A vault's home, which may or may not be there.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    root: PathBuf,
}

fn at(path: &Path) -> impl Fn(io::Error) -> VaultError + '_ {
    move |source| FileError::Io { path: path.to_owned(), source }.into()
}

impl Home {
    pub(crate) const fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn genesis(&self) -> PathBuf {
        self.root.join("genesis.txt")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// What owners have pressed for the request that is being signed.
    pub(crate) fn pressed(&self) -> PathBuf {
        self.root.join("pressed")
    }

    fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn account(&self, id: &AccountId) -> PathBuf {
        self.root.join("accounts").join(format!("{id}.account"))
    }

    pub(crate) fn policy(&self, id: &PolicyId) -> PathBuf {
        self.root.join("policies").join(format!("{id}.txt"))
    }

    pub(crate) fn book(&self, id: &BookId) -> PathBuf {
        self.root.join("books").join(format!("{id}.txt"))
    }

    /// Its keystore.
    pub(crate) fn keystore(&self) -> Result<Keystore, VaultError> {
        Ok(Keystore::open(&self.keys())?)
    }

    /// Refuses a home that is not there, or that others may look into.
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        if self.journal().symlink_metadata().is_err() && self.genesis().symlink_metadata().is_err() {
            return Err(VaultError::NoHome(self.root.clone()));
        }
        let mode = fs::metadata(&self.root).map_err(at(&self.root))?.mode();
        if mode & OTHERS != 0 {
            return Err(VaultError::HomeOpen { path: self.root.clone(), mode: mode & 0o777 });
        }
        Ok(())
    }

    /// Refuses a place where a home, or anything else, stands already.
    pub(crate) fn check_free(&self) -> Result<(), VaultError> {
        match fs::read_dir(&self.root) {
            Ok(mut entries) => match entries.next() {
                None => Ok(()),
                Some(_) => Err(VaultError::HomeExists(self.root.clone())),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(at(&self.root)(error)),
        }
    }

    /// Begins a home in a folder beside its place. It becomes the home by [`HomeUnderWay::finish`], whole or not at all.
    pub(crate) fn begin(&self) -> Result<HomeUnderWay, VaultError> {
        self.check_free()?;
        let parent = self.parent();
        let private = |path: &Path| DirBuilder::new().mode(PRIVATE).create(path).map_err(at(path));
        DirBuilder::new().mode(PRIVATE).recursive(true).create(parent).map_err(at(parent))?;
        let name = self.root.file_name().unwrap_or_default().to_string_lossy();
        let home = Self { root: parent.join(format!(".{name}.{}.new", std::process::id())) };
        if home.root.symlink_metadata().is_ok() {
            // Its name has our own process number in it: whoever began it is gone.
            fs::remove_dir_all(&home.root).map_err(at(&home.root))?;
        }
        private(&home.root)?;
        let under_way = HomeUnderWay { home, place: self.clone() };
        for folder in ["keys", "accounts", "policies", "books"] {
            private(&under_way.home.root.join(folder))?;
        }
        Ok(under_way)
    }

    fn parent(&self) -> &Path {
        self.root.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

/// A home that is being made. If it is not finished, it is taken away again.
pub(crate) struct HomeUnderWay {
    home: Home,
    place: Home,
}

impl HomeUnderWay {
    pub(crate) const fn home(&self) -> &Home {
        &self.home
    }

    /// Puts the home into its place.
    pub(crate) fn finish(self) -> Result<(), VaultError> {
        let (from, to) = (&self.home.root, &self.place.root);
        File::open(from).and_then(|folder| folder.sync_all()).map_err(at(from))?;
        // An empty folder in its place is replaced; anything else makes this fail. What fails after it is finished by
        // `init` again.
        fs::rename(from, to).map_err(at(to))?;
        let parent = self.place.parent();
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(at(parent))
    }
}

impl Drop for HomeUnderWay {
    fn drop(&mut self) {
        // After finishing it is not there any more. A key in it was never shown to anybody.
        let _ = fs::remove_dir_all(&self.home.root);
    }
}
