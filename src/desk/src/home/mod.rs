//! An opened home: house, policy, book, store and journal.
//!
//! ```text
//! desk.toml      schema and house id
//! house.txt      the genesis with every admin's signature
//! desk.sqlite    the store
//! journal.log    the journal, and journal.log.mark beside it
//! ```

pub mod accounts;
mod error;
mod log;

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use strongroom_journal::DeskEntry;
use strongroom_network::{Feed, JsonRpc, Node};
use strongroom_policy::book::Book;
use strongroom_policy::genesis::Genesis;
use strongroom_policy::policy::Policy;
use strongroom_protocol::{ChainId, Head, HouseId, SignedText, Timestamp};
use strongroom_screen::Failure;
use strongroom_transport::{read_limited, write_new};

use crate::store::{DocumentKind, Store};
use crate::world::Transports;
use crate::{chains, failure};

pub use accounts::OwnAccount;
pub use error::HomeError;
pub(crate) use error::account_failure;
pub use log::{Freeze, Log};

/// The schema of `desk.toml`.
const CONFIG_SCHEMA: &str = "strongroom.desk.v1";
/// Its owner's alone.
const PRIVATE: u32 = 0o700;
/// The most bytes of `desk.toml`.
const CONFIG_LIMIT: usize = 64 << 10;
/// The most bytes of a genesis with its signatures.
const GENESIS_LIMIT: usize = 1 << 20;

/// A home that knows its house.
#[derive(Debug)]
pub struct Home {
    /// Its folder.
    pub path: PathBuf,
    /// The house.
    pub house: HouseId,
    /// Its founding text.
    pub genesis: Genesis,
    /// The policy in force here, if one is installed. It was verified again when the home was opened.
    pub policy: Option<Policy>,
    /// The address book in force here, if one is installed. It was verified again when the home was opened.
    pub book: Option<Book>,
    /// What the desk remembers.
    pub store: Store,
    log: Option<Log>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    schema: String,
    house: String,
}

impl Home {
    /// Makes a home for a house whose genesis was verified, whole or not at all. Its folder must not exist, or be empty.
    ///
    /// # Errors
    /// [`HomeError`] if something is there or the disk refuses.
    pub fn create(path: &Path, signed: &SignedText, now: Timestamp) -> Result<Self, HomeError> {
        let (house, _) = Genesis::open(signed)?;
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| HomeError::Io { path, source }
        };
        match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
            Ok(true) => return Err(HomeError::Exists(path.to_owned())),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(path)(error)),
            _ => {}
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(PRIVATE).create(parent).map_err(io(parent))?;
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.new", std::process::id()));
        let under_way = parent.join(name);
        if under_way.symlink_metadata().is_ok() {
            // Its name has our own process number in it: whoever began it is gone.
            fs::remove_dir_all(&under_way).map_err(io(&under_way))?;
        }
        let made = Self::make(&under_way, house, signed, now).and_then(|()| {
            // An empty folder in its place is replaced; anything else makes this fail.
            fs::rename(&under_way, path).map_err(io(path))
        });
        if let Err(error) = made {
            let _ = fs::remove_dir_all(&under_way);
            return Err(error);
        }
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(io(parent))?;
        Self::open(path)
    }

    /// Makes everything that a home has, in a folder beside its place.
    fn make(path: &Path, house: HouseId, signed: &SignedText, now: Timestamp) -> Result<(), HomeError> {
        let io = |source| HomeError::Io { path: path.to_owned(), source };
        DirBuilder::new().mode(PRIVATE).create(path).map_err(io)?;
        write_new(&path.join("house.txt"), signed.to_string().as_bytes())?;
        drop(Store::create(&path.join("desk.sqlite"))?);
        Log::create(&path.join("journal.log"), house)?.append(now, DeskEntry::Opened { house })?;
        let config = format!("schema = \"{CONFIG_SCHEMA}\"\nhouse = \"{house}\"\n");
        write_new(&path.join("desk.toml"), config.as_bytes())?;
        File::open(path).and_then(|folder| folder.sync_all()).map_err(io)
    }

    /// Opens a home and verifies what it holds: genesis, policy and book, with their signatures.
    ///
    /// # Errors
    /// [`HomeError`] if there is none, or something in it is not what it should be.
    pub fn open(path: &Path) -> Result<Self, HomeError> {
        let config = read_config(path)?;
        let signed = read_signed(&path.join("house.txt"))?;
        let (house, genesis) = Genesis::open(&signed)?;
        if house.to_string() != config.house {
            let why = format!("house.txt founds {house}, but desk.toml names {}", config.house);
            return Err(HomeError::Damaged { path: path.to_owned(), why });
        }
        let store = Store::open(&path.join("desk.sqlite"))?;
        let damaged = |what: &str, why: &dyn std::fmt::Display| HomeError::Damaged {
            path: path.to_owned(),
            why: format!("the {what} that is installed is refused: {why}"),
        };
        let policy = store
            .newest_document(DocumentKind::Policy)?
            .map(|stored| Policy::open(&stored.text, &house, &genesis, None))
            .transpose()
            .map_err(|error| damaged("policy", &error))?;
        let book = store
            .newest_document(DocumentKind::Book)?
            .map(|stored| Book::open(&stored.text, &house, &genesis, None))
            .transpose()
            .map_err(|error| damaged("address book", &error))?;
        Ok(Self { path: path.to_owned(), house, genesis, policy, book, store, log: None })
    }

    /// The policy in force.
    ///
    /// # Errors
    /// [`HomeError::NoPolicy`] if none is installed.
    pub fn policy(&self) -> Result<&Policy, HomeError> {
        self.policy.as_ref().ok_or(HomeError::NoPolicy)
    }

    /// The address book in force.
    ///
    /// # Errors
    /// [`HomeError::NoBook`] if none is installed.
    pub fn book(&self) -> Result<&Book, HomeError> {
        self.book.as_ref().ok_or(HomeError::NoBook)
    }

    /// Where the journal is.
    pub fn journal_path(&self) -> PathBuf {
        self.path.join("journal.log")
    }

    /// The journal, opened when it is first asked for: while it is open, no other process of this home can write.
    ///
    /// # Errors
    /// [`HomeError`] if it is in use, damaged or another house's.
    pub fn log(&mut self, now: Timestamp) -> Result<&mut Log, HomeError> {
        let log = match self.log.take() {
            Some(log) => log,
            None => Log::open(&self.journal_path(), self.house, now)?,
        };
        Ok(self.log.insert(log))
    }

    /// Closes the journal, so that other processes of this home can write, above all `freeze`. Whoever waits for a chain
    /// closes it before, and looks at [`Log::freeze`] again afterwards.
    pub fn release_log(&mut self) {
        self.log = None;
    }

    /// Writes a line down. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`HomeError`] if the journal cannot be opened or the disk refuses.
    pub fn record(&mut self, now: Timestamp, entry: DeskEntry) -> Result<Head, HomeError> {
        self.log(now)?.append(now, entry)
    }

    /// The nodes of a chain, ready to be asked.
    ///
    /// # Errors
    /// A failure if the store cannot be read or a node's address cannot be used. No nodes at all is no failure here.
    pub fn nodes(&self, transports: &dyn Transports, chain: &ChainId) -> Result<Vec<Box<dyn Node>>, Failure> {
        let mut nodes: Vec<Box<dyn Node>> = Vec::new();
        for stored in self.store.nodes(Some(chain))? {
            let transport = transports.open(&stored.endpoint)?;
            nodes.push(Box::new(JsonRpc::new(stored.name.as_str(), transport, transports.pause())));
        }
        Ok(nodes)
    }

    /// What a chain tells through its nodes.
    ///
    /// # Errors
    /// A failure if the chain is not spoken here, or a node's address cannot be used.
    pub fn feed(&self, transports: &dyn Transports, chain: &ChainId) -> Result<Box<dyn Feed>, Failure> {
        chains::feed(chain, self.nodes(transports, chain)?).map_err(|error| failure::feed(&error))
    }
}

fn read_config(path: &Path) -> Result<Config, HomeError> {
    let file = path.join("desk.toml");
    if !file.exists() {
        return Err(HomeError::None(path.to_owned()));
    }
    let damaged = |why: String| HomeError::Damaged { path: file.clone(), why };
    let bytes = read_limited(&file, CONFIG_LIMIT)?;
    let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
    let config: Config = toml::from_str(&text).map_err(|error| damaged(error.message().to_owned()))?;
    if config.schema != CONFIG_SCHEMA {
        return Err(damaged(format!("its schema is {:?}, not {CONFIG_SCHEMA:?}", config.schema)));
    }
    Ok(config)
}

fn read_signed(file: &Path) -> Result<SignedText, HomeError> {
    let bytes = read_limited(file, GENESIS_LIMIT)?;
    SignedText::parse(&bytes)
        .map_err(|error| HomeError::Damaged { path: file.to_owned(), why: error.to_string() })
}
