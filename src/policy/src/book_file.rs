//! An address book as it stands in its file.

use std::str::FromStr;

use serde::Deserialize;
use strongroom_protocol::{Address, BookId, ChainId, HouseId, Name, Text, Timestamp};

use crate::book::{BOOK_SCHEMA, Destination};
use crate::symbol::Symbol;
use crate::toml_text::{self, Parsed, TomlError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BookFile {
    #[serde(rename = "schema")]
    _schema: String,
    house: Parsed<HouseId>,
    epoch: u64,
    previous: Option<Parsed<BookId>>,
    #[serde(default)]
    destination: Vec<DestinationEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationEntry {
    address: Parsed<Caip10>,
    label: Parsed<Text>,
    class: Parsed<Name>,
    assets: Vec<Parsed<Symbol>>,
    memo: Option<Parsed<Text>>,
    not_before: Option<Parsed<Timestamp>>,
    not_after: Option<Parsed<Timestamp>>,
}

/// An address with its chain: CAIP-10, `eip155:1:0x…`.
struct Caip10 {
    chain: ChainId,
    address: Address,
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no address with its chain: write it in CAIP-10 form, such as eip155:1:0xAb…")]
struct Caip10Error(String);

impl FromStr for Caip10 {
    type Err = Caip10Error;

    fn from_str(text: &str) -> Result<Self, Caip10Error> {
        let parse = || {
            let (chain, address) = text.rsplit_once(':')?;
            Some(Self { chain: chain.parse().ok()?, address: address.parse().ok()? })
        };
        parse().ok_or_else(|| Caip10Error(text.chars().take(200).collect()))
    }
}

/// House, epoch, previous book and destinations of a book's text.
pub(crate) fn read(text: &str) -> Result<(HouseId, u64, Option<BookId>, Vec<Destination>), TomlError> {
    let file: BookFile = toml_text::read(text, BOOK_SCHEMA)?;
    let destinations = file.destination.into_iter().map(|entry| Destination {
        chain: entry.address.0.chain,
        address: entry.address.0.address,
        label: entry.label.0,
        class: entry.class.0,
        assets: entry.assets.into_iter().map(|symbol| symbol.0).collect(),
        memo: entry.memo.map(|memo| memo.0),
        not_before: entry.not_before.map(|time| time.0),
        not_after: entry.not_after.map(|time| time.0),
    });
    Ok((file.house.0, file.epoch, file.previous.map(|id| id.0), destinations.collect()))
}
