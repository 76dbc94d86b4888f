//! Whom an address or a label means.

use strongroom_policy::Policy;
use strongroom_policy::look_alike::resembles;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Address, ChainId};

use crate::chains;
use crate::home::Home;

/// Somebody to be paid: in the book, or one of our own accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee {
    /// The address, in canonical form.
    pub address: Address,
    /// What people call it.
    pub label: String,
    /// Whether it is ours.
    pub own: bool,
    /// Others of the book and of our own that begin and end like it.
    pub resembles: Vec<String>,
}

/// Why nobody is meant, or nobody who may be paid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayeeError {
    /// Neither a label nor an address.
    #[error("{0:?} is no label of the address book or of a pinned account, and no address of {1}")]
    Unknown(String, ChainId),
    /// An address that is not written in its one canonical form.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// An address that nobody listed.
    #[error(
        "{found} is not in the address book: have the admins list it first{}",
        alike(.resembles)
    )]
    Unlisted {
        /// The address with its chain.
        found: String,
        /// Listed ones that begin and end like it.
        resembles: Vec<String>,
    },
    /// A label of another chain.
    #[error("{label:?} is on {found}, but the account is on {expected}")]
    OtherChain {
        /// The label.
        label: String,
        /// Its chain.
        found: ChainId,
        /// The account's chain.
        expected: ChainId,
    },
    /// One label for two.
    #[error("{0:?} is a label of the address book and of a pinned account: write the address instead")]
    Ambiguous(String),
}

fn alike(resembles: &[String]) -> String {
    if resembles.is_empty() {
        return String::new();
    }
    format!(". BEWARE: it begins and ends like {}, and is another address", resembles.join(" and "))
}

/// Finds a payee of an account's chain by a label of the book, a label of a pinned account, or an address.
///
/// # Errors
/// [`PayeeError`] if nobody is meant, the address is not canonical, or it is not listed.
pub fn find(home: &Home, chain: &ChainId, text: &str) -> Result<Payee, PayeeError> {
    let listed = home.book.as_ref().and_then(|book| book.by_label(text));
    let pinned = home.policy.as_ref().and_then(|policy| policy.account_labelled(text));
    let (found, label, own) = match (listed, pinned) {
        (Some(_), Some(_)) => return Err(PayeeError::Ambiguous(text.to_owned())),
        (Some(entry), None) => ((&entry.chain, &entry.address), entry.label.to_string(), false),
        (None, Some(account)) => ((&account.chain, &account.address), account.label.to_string(), true),
        (None, None) => return by_address(home, chain, text),
    };
    if found.0 != chain {
        let (found, expected) = (found.0.clone(), chain.clone());
        return Err(PayeeError::OtherChain { label, found, expected });
    }
    let resembles = resembling(home, chain, found.1);
    Ok(Payee { address: found.1.clone(), label, own, resembles })
}

fn by_address(home: &Home, chain: &ChainId, text: &str) -> Result<Payee, PayeeError> {
    let unknown = || PayeeError::Unknown(text.to_owned(), chain.clone());
    // With its chain in front (CAIP-10), it must be this account's chain.
    let bare = match text.rsplit_once(':') {
        Some((named, bare)) if named == chain.as_str() => bare,
        Some((named, _)) => {
            let found = named.parse().map_err(|_| unknown())?;
            return Err(PayeeError::OtherChain { label: text.to_owned(), found, expected: chain.clone() });
        }
        None => text,
    };
    let address: Address = bare.parse().map_err(|_| unknown())?;
    let codec = chains::codec(chain).ok_or_else(|| AddressError::Chain(chain.clone()))?;
    codec.check_address(chain, &address).map_err(|error| match error {
        AddressError::Malformed { .. } => unknown(),
        other => other.into(),
    })?;
    let resembles = resembling(home, chain, &address);
    if let Some(account) = home.policy.as_ref().and_then(|policy| policy.own_account_at(chain, &address)) {
        return Ok(Payee { address, label: account.label.to_string(), own: true, resembles });
    }
    match home.book.as_ref().and_then(|book| book.find(chain, &address)) {
        Some(entry) => Ok(Payee { label: entry.label.to_string(), address, own: false, resembles }),
        None => Err(PayeeError::Unlisted { found: address.on(chain), resembles }),
    }
}

/// What of the book and of our own begins and ends like an address without being it, by label.
fn resembling(home: &Home, chain: &ChainId, address: &Address) -> Vec<String> {
    let listed = home.book.iter().flat_map(|book| book.resembling(chain, address));
    let own = home.policy.iter().flat_map(Policy::accounts);
    let own = own.filter(|account| account.chain == *chain && resembles(&account.address, address));
    listed.map(|entry| entry.label.to_string()).chain(own.map(|account| account.label.to_string())).collect()
}
