//! The address book: whom the house pays, in which assets, and from when to when.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Address, AssetId, BookId, ChainId, HouseId, Name, SignedText, Text, Timestamp};

use crate::book_file;
use crate::genesis::Genesis;
use crate::look_alike::resembles;
use crate::policy::Policy;
use crate::quorum::QuorumError;
use crate::succession::{Succession, SuccessionError};
use crate::symbol::Symbol;
use crate::toml_text::{TomlError, quoted, quoted_list};

/// The schema of an address book text.
pub const BOOK_SCHEMA: &str = "strongroom.book.v1";

/// The destinations that a house pays besides its own accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    house: HouseId,
    succession: Succession<BookId>,
    destinations: BTreeMap<ChainId, BTreeMap<Address, Destination>>,
    /// Where each label is, by its lower-case form.
    labels: BTreeMap<String, (ChainId, Address)>,
}

/// Somebody who may be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The chain.
    pub chain: ChainId,
    /// The address there.
    pub address: Address,
    /// What people call it; unique in the book.
    pub label: Text,
    /// Its class, such as `exchange`: what statements add up by.
    pub class: Name,
    /// The assets it takes, by the registry's symbols on its chain.
    pub assets: Vec<Symbol>,
    /// What a payment must carry so that the recipient can tell whose it is.
    pub memo: Option<Text>,
    /// From when on it may be paid.
    pub not_before: Option<Timestamp>,
    /// Until when it may be paid.
    pub not_after: Option<Timestamp>,
}

/// Why a text is no address book of this house, or not one to install.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// Not the TOML document it should be.
    #[error("the address book is malformed: {0}")]
    Toml(#[from] TomlError),
    /// Two entries for one address.
    #[error("{address} is listed twice, as {first} and as {second}: merge the two entries")]
    AddressTwice {
        /// The address, with its chain.
        address: String,
        /// The label it has first.
        first: Text,
        /// The label it has again.
        second: Text,
    },
    /// Two entries of one label, or of two that differ only in case.
    #[error("label {0} is listed twice: give each destination a label of its own")]
    LabelTwice(Text),
    /// A class that means something else in statements.
    #[error("{label} has class {class:?}, which is reserved: choose another word")]
    ReservedClass {
        /// The destination.
        label: Text,
        /// The class.
        class: Name,
    },
    /// Nothing may be paid to it.
    #[error("{0} takes no asset: list at least one symbol, or remove it")]
    NoAssets(Text),
    /// An asset twice, or two symbols that look alike.
    #[error("{label} lists {symbol} twice, or a symbol that looks like it")]
    AssetTwice {
        /// The destination.
        label: Text,
        /// The symbol.
        symbol: Symbol,
    },
    /// It ends before it begins.
    #[error("{0} may be paid until a time before the one it may be paid from")]
    Window(Text),
    /// Epoch and previous id do not fit, or do not follow what is installed.
    #[error("the address book is not the next one: {0}")]
    Succession(#[from] SuccessionError),
    /// A book of another house.
    #[error("the address book is of house {found}, but this is house {expected}")]
    House {
        /// The house it names.
        found: HouseId,
        /// This house.
        expected: HouseId,
    },
    /// The admins have not signed it, or somebody else has.
    #[error("the address book is not the admins' word: {0}")]
    Quorum(#[from] QuorumError),
}

impl BookError {
    /// Whether exactly this book is installed already, so that nothing is wrong and nothing is to be done.
    pub const fn is_already_installed(&self) -> bool {
        matches!(self, Self::Succession(SuccessionError::AlreadyInstalled(_)))
    }
}

impl Destination {
    /// Whether it takes this asset, by the policy's symbol for it.
    pub fn takes(&self, policy: &Policy, asset: &AssetId) -> bool {
        asset.is_on(&self.chain)
            && policy.asset(asset).is_some_and(|asset| self.assets.contains(&asset.symbol))
    }

    fn check(&self) -> Result<(), BookError> {
        if crate::policy_reading::is_reserved(&self.class) {
            return Err(BookError::ReservedClass { label: self.label.clone(), class: self.class.clone() });
        }
        if self.assets.is_empty() {
            return Err(BookError::NoAssets(self.label.clone()));
        }
        for (place, symbol) in self.assets.iter().enumerate() {
            if self.assets.iter().take(place).any(|earlier| earlier.looks_like(symbol)) {
                return Err(BookError::AssetTwice { label: self.label.clone(), symbol: symbol.clone() });
            }
        }
        match (self.not_before, self.not_after) {
            (Some(from), Some(until)) if until <= from => Err(BookError::Window(self.label.clone())),
            _ => Ok(()),
        }
    }
}

impl Book {
    /// Reads a book and checks that it contradicts itself nowhere. Whether anybody signed it is not asked: this is for
    /// showing, linting and comparing drafts, not for paying by.
    ///
    /// # Errors
    /// [`BookError`], naming the first thing that is wrong.
    pub fn unsigned(text: &str) -> Result<Self, BookError> {
        let (house, epoch, previous, entries) = book_file::read(text)?;
        let succession = Succession { id: BookId::of(text.as_bytes()), epoch, previous };
        succession.check()?;
        let mut book = Self { house, succession, destinations: BTreeMap::new(), labels: BTreeMap::new() };
        // Two writings of one address differ at most in case; whether a writing is the chain's own is its codec's say.
        let mut addresses: BTreeMap<String, Text> = BTreeMap::new();
        for entry in entries {
            entry.check()?;
            let address = entry.address.on(&entry.chain);
            if let Some(first) = addresses.insert(address.to_ascii_lowercase(), entry.label.clone()) {
                return Err(BookError::AddressTwice { address, first, second: entry.label });
            }
            let place = (entry.chain.clone(), entry.address.clone());
            if book.labels.insert(fold(entry.label.as_str()), place).is_some() {
                return Err(BookError::LabelTwice(entry.label));
            }
            book.destinations.entry(entry.chain.clone()).or_default().insert(entry.address.clone(), entry);
        }
        Ok(book)
    }

    /// Reads a book that a quorum of this house's admins signed and that follows the installed one.
    ///
    /// With nothing installed any epoch is taken, as by [`Policy::open`].
    ///
    /// # Errors
    /// [`BookError`], naming the first thing that is wrong; [`BookError::is_already_installed`] tells the case in
    /// which nothing is.
    pub fn open(
        signed: &SignedText,
        house: &HouseId,
        genesis: &Genesis,
        installed: Option<&Self>,
    ) -> Result<Self, BookError> {
        let book = Self::unsigned(signed.text())?;
        if book.house != *house {
            return Err(BookError::House { found: book.house, expected: *house });
        }
        genesis.quorum(signed, Namespace::Book)?;
        if let Some(installed) = installed {
            book.succession.follows(&installed.succession)?;
        }
        Ok(book)
    }

    /// The text of a book with these destinations, ready to be signed.
    ///
    /// # Errors
    /// [`BookError`] if no such book could be opened.
    pub fn draft(
        house: &HouseId,
        epoch: u64,
        previous: Option<BookId>,
        destinations: &[Destination],
    ) -> Result<String, BookError> {
        let mut text =
            format!("schema = {}\nhouse = {}\nepoch = {epoch}\n", quoted(BOOK_SCHEMA), quoted(house));
        // Writing to a String cannot fail.
        if let Some(previous) = previous {
            let _ = writeln!(text, "previous = {}", quoted(previous));
        }
        for entry in destinations {
            let _ = write!(
                text,
                "\n[[destination]]\naddress = {}\nlabel = {}\nclass = {}\nassets = {}\n",
                quoted(entry.address.on(&entry.chain)),
                quoted(&entry.label),
                quoted(&entry.class),
                quoted_list(&entry.assets)
            );
            let times = [("not_before", entry.not_before), ("not_after", entry.not_after)];
            let times = times.iter().filter_map(|(name, time)| Some((*name, quoted((*time)?))));
            for (name, value) in entry.memo.iter().map(|memo| ("memo", quoted(memo))).chain(times) {
                let _ = writeln!(text, "{name} = {value}");
            }
        }
        Self::unsigned(&text)?;
        Ok(text)
    }

    /// The text of the book that follows this one with other destinations, ready to be signed.
    ///
    /// # Errors
    /// [`BookError`] if no such book could be opened.
    pub fn next_draft(&self, destinations: &[Destination]) -> Result<String, BookError> {
        Self::draft(&self.house, self.epoch().saturating_add(1), Some(self.id()), destinations)
    }

    /// Its id: SHA-256 of its text.
    pub const fn id(&self) -> BookId {
        self.succession.id
    }

    /// The house it belongs to.
    pub const fn house(&self) -> HouseId {
        self.house
    }

    /// Which in the row of books it is, from 1.
    pub const fn epoch(&self) -> u64 {
        self.succession.epoch
    }

    /// The book it follows.
    pub const fn previous(&self) -> Option<BookId> {
        self.succession.previous
    }

    /// The destination at exactly this address of this chain.
    pub fn find(&self, chain: &ChainId, address: &Address) -> Option<&Destination> {
        self.destinations.get(chain)?.get(address)
    }

    /// The destination of this label, without regard to case.
    pub fn by_label(&self, label: &str) -> Option<&Destination> {
        let (chain, address) = self.labels.get(&fold(label))?;
        self.find(chain, address)
    }

    /// Every destination, by chain and address.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.destinations.values().flat_map(BTreeMap::values)
    }

    /// The destinations that an address begins and ends like without being them.
    pub fn resembling(&self, chain: &ChainId, address: &Address) -> Vec<&Destination> {
        let known = self.destinations.get(chain).into_iter().flat_map(BTreeMap::values);
        known.filter(|entry| resembles(&entry.address, address)).collect()
    }
}

fn fold(label: &str) -> String {
    label.to_lowercase()
}

#[cfg(test)]
mod tests;
