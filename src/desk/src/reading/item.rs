//! An item of a request, read in two ways: decoded from its bytes, and built again from intent and facts.

use std::collections::BTreeMap;

use strongroom_protocol::{
    Account, AccountId, BuildError, ChainId, DecodeError, Effects, Intent, Item, Request, Tx,
};

use crate::chains;

/// An item as its bytes say it.
pub struct ReadItem<'a> {
    /// Its intent's place in the plan, from 0.
    pub number: u32,
    /// The item.
    pub item: &'a Item,
    /// Its intent.
    pub intent: &'a Intent,
    /// The record of its account that came with the request; its id is the one that the intent names.
    pub account: Option<&'a Account>,
    /// Its versions, decoded, cheapest first. Fewer than there are if some cannot be read.
    pub versions: Vec<Box<dyn Tx>>,
    /// What is wrong with it.
    pub errors: Vec<ItemError>,
}

/// What is wrong with an item, whatever anybody's policy says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// Its account's record is missing.
    #[error("the request carries no record of account {0}")]
    NoAccount(AccountId),
    /// A chain that is not spoken here.
    #[error("{0} is a chain that this program cannot read")]
    Chain(ChainId),
    /// Its bytes are refused.
    #[error("version {version} cannot be read: {source}")]
    Decode {
        /// Which version, from 1.
        version: usize,
        /// Why not.
        source: DecodeError,
    },
    /// Intent and facts make no transaction.
    #[error("version {version} cannot be built from intent and facts: {source}")]
    Build {
        /// Which version, from 1.
        version: usize,
        /// Why not.
        source: BuildError,
    },
    /// Its bytes are others than intent and facts make.
    #[error("the bytes of version {version} are not the ones that the intent and the facts give")]
    Differs {
        /// Which version, from 1.
        version: usize,
    },
}

impl ReadItem<'_> {
    /// What its costliest version does, if that could be read.
    pub fn costliest(&self) -> Option<&Effects> {
        self.is_read().then(|| self.versions.last().map(|tx| tx.effects())).flatten()
    }

    /// Whether every version could be read.
    pub fn is_read(&self) -> bool {
        !self.versions.is_empty() && self.versions.len() == self.item.rungs.len()
    }
}

/// Reads a request's items.
pub struct Reader<'a> {
    request: &'a Request,
    accounts: BTreeMap<AccountId, &'a Account>,
}

impl<'a> Reader<'a> {
    /// A reader of a request whose shape was checked.
    pub fn new(request: &'a Request) -> Self {
        let accounts = request.accounts.iter().map(|account| (account.id(), account)).collect();
        Self { request, accounts }
    }

    /// The items one after the other, so that a large request is never held decoded.
    pub fn items(&self) -> impl Iterator<Item = ReadItem<'a>> {
        self.request.items.iter().filter_map(|item| self.read(item))
    }

    fn read(&self, item: &'a Item) -> Option<ReadItem<'a>> {
        let intents = &self.request.plan.value().intents;
        let intent = usize::try_from(item.intent).ok().and_then(|index| intents.get(index))?;
        let account = self.accounts.get(&intent.account).copied();
        let mut read = ReadItem {
            number: item.intent,
            item,
            intent,
            account,
            versions: Vec::with_capacity(item.rungs.len()),
            errors: Vec::new(),
        };
        let Some(account) = account else {
            read.errors.push(ItemError::NoAccount(intent.account));
            return Some(read);
        };
        let Some(codec) = chains::codec(&account.chain) else {
            read.errors.push(ItemError::Chain(account.chain.clone()));
            return Some(read);
        };
        for (version, rung) in (1usize..).zip(&item.rungs) {
            match codec.build(account, intent, &rung.facts) {
                Ok(bytes) if bytes == rung.unsigned => {}
                Ok(_) => read.errors.push(ItemError::Differs { version }),
                Err(source) => read.errors.push(ItemError::Build { version, source }),
            }
            match codec.decode(account, &rung.unsigned) {
                Ok(tx) => read.versions.push(tx),
                Err(source) => read.errors.push(ItemError::Decode { version, source }),
            }
        }
        Some(read)
    }
}
