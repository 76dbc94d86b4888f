//! A payment as somebody asked for it, and what it comes to in this house.

use std::collections::BTreeMap;
use std::rc::Rc;

use strongroom_policy::policy::Policy;
use strongroom_policy::registry::{Asset, PinnedAccount};
use strongroom_protocol::amount::AmountError;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::text::TextError;
use strongroom_protocol::{Address, Amount, AssetId, Text};
use strongroom_screen::Failure;

use super::payees::{self, Payee, PayeeError};
use crate::chains;
use crate::exit;
use crate::home::{Home, HomeError, OwnAccount};

/// A payment in the words it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Label, id or address of a pinned account.
    pub account: String,
    /// Label or address of the payee.
    pub to: String,
    /// A decimal number, or `all`.
    pub amount: String,
    /// A symbol of the registry on the account's chain, or a CAIP-19 id.
    pub asset: String,
    /// The business reference.
    pub reference: String,
    /// Why; empty for no reason.
    pub reason: String,
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// So many base units.
    Exactly(Amount),
    /// Everything there is.
    All,
}

/// What a wish comes to in this house.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Who pays.
    pub account: Rc<OwnAccount>,
    /// Whom.
    pub payee: Payee,
    /// In what.
    pub asset: Asset,
    /// How much.
    pub quantity: Quantity,
    /// The business reference.
    pub reference: Text,
    /// Why.
    pub reason: Option<Text>,
}

/// Why a wish comes to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WishError {
    /// The account cannot be used.
    #[error(transparent)]
    Account(#[from] HomeError),
    /// The account's address is not in canonical form.
    #[error(transparent)]
    AccountAddress(#[from] AddressError),
    /// One address on several chains.
    #[error("{address} is the address of {labels}: name the account by its label")]
    SeveralAccounts {
        /// The address.
        address: String,
        /// The accounts that have it.
        labels: String,
    },
    /// The payee cannot be paid.
    #[error(transparent)]
    Payee(#[from] PayeeError),
    /// No such asset in the registry.
    #[error("the registry has no asset {name} on {chain}: {known}")]
    Asset {
        /// What was asked for.
        name: String,
        /// The account's chain.
        chain: String,
        /// What there is.
        known: String,
    },
    /// No amount.
    #[error("the amount is refused: {0}")]
    Amount(#[from] AmountError),
    /// Nothing would be paid.
    #[error("the amount is nothing")]
    Nothing,
    /// The reference is no text.
    #[error("the reference is refused: {0}")]
    Reference(TextError),
    /// The reason is no text.
    #[error("the reason is refused: {0}")]
    Reason(TextError),
}

impl From<WishError> for Failure {
    fn from(error: WishError) -> Self {
        let error = match error {
            WishError::Account(home) => return home.into(),
            other => other,
        };
        let (exit, code) = match &error {
            WishError::Account(_) => (exit::FAILED, "account"),
            WishError::SeveralAccounts { .. } => (exit::USAGE, "account-ambiguous"),
            WishError::AccountAddress(_)
            | WishError::Payee(PayeeError::Address(AddressError::NotCanonical { .. })) => {
                (exit::USAGE, "address-form")
            }
            WishError::Payee(PayeeError::Unlisted { .. }) => (exit::POLICY, "destination"),
            WishError::Payee(_) => (exit::USAGE, "payee"),
            WishError::Asset { .. } => (exit::POLICY, "asset"),
            WishError::Amount(_) | WishError::Nothing => (exit::USAGE, "amount"),
            WishError::Reference(_) => (exit::USAGE, "reference"),
            WishError::Reason(_) => (exit::USAGE, "reason"),
        };
        Self::new(exit, code, error.to_string())
    }
}

/// Reads wishes by a home's policy and book. Accounts are looked up and verified once each.
pub struct Reader<'h> {
    home: &'h Home,
    policy: &'h Policy,
    accounts: BTreeMap<String, Rc<OwnAccount>>,
}

impl<'h> Reader<'h> {
    /// A reader for a home.
    ///
    /// # Errors
    /// [`HomeError`] if no policy or no book is installed.
    pub fn new(home: &'h Home) -> Result<Self, HomeError> {
        home.book()?;
        Ok(Self { home, policy: home.policy()?, accounts: BTreeMap::new() })
    }

    /// What a wish comes to.
    ///
    /// # Errors
    /// [`WishError`], naming the first thing that is wrong with it.
    pub fn read(&mut self, wish: &Wish) -> Result<Payment, WishError> {
        let account = self.account(&wish.account)?;
        let chain = &account.pinned.chain;
        let payee = payees::find(self.home, chain, &wish.to)?;
        let asset = self.asset(&account.pinned, &wish.asset)?;
        let quantity = if wish.amount == "all" {
            Quantity::All
        } else {
            Quantity::Exactly(Amount::from_decimal(&wish.amount, asset.decimals)?)
        };
        if quantity == Quantity::Exactly(Amount::ZERO) {
            return Err(WishError::Nothing);
        }
        let reference = wish.reference.parse().map_err(WishError::Reference)?;
        let reason = match wish.reason.as_str() {
            "" => None,
            text => Some(text.parse().map_err(WishError::Reason)?),
        };
        Ok(Payment { account, payee, asset, quantity, reference, reason })
    }

    /// The pinned account that a label, an id or an address names, with its verified record.
    ///
    /// # Errors
    /// [`WishError`] if there is none, or it is not clear which.
    pub fn account(&mut self, name: &str) -> Result<Rc<OwnAccount>, WishError> {
        if let Some(known) = self.accounts.get(name) {
            return Ok(Rc::clone(known));
        }
        let found = match self.by_address(name)? {
            Some(pinned) => self.home.own(pinned)?,
            None => self.home.own_account(name)?,
        };
        let found = Rc::new(found);
        self.accounts.insert(name.to_owned(), Rc::clone(&found));
        Ok(found)
    }

    fn by_address(&self, name: &str) -> Result<Option<&'h PinnedAccount>, WishError> {
        let (chain, bare) = name.rsplit_once(':').map_or((None, name), |(chain, bare)| (Some(chain), bare));
        let meant = |account: &&PinnedAccount| {
            account.address.as_str().eq_ignore_ascii_case(bare)
                && chain.is_none_or(|chain| account.chain.as_str() == chain)
        };
        let found: Vec<_> = self.policy.accounts().filter(meant).collect();
        let Some(first) = found.first().copied() else { return Ok(None) };
        if first.address.as_str() != bare {
            // Whether this chain has other writings at all is its codec's say.
            let written: Address = bare.parse().map_err(|_| AddressError::Chain(first.chain.clone()))?;
            if let Some(codec) = chains::codec(&first.chain) {
                codec.check_address(&first.chain, &written)?;
            }
            return Ok(None);
        }
        if found.len() > 1 {
            let labels: Vec<_> = found.iter().map(|account| format!("{:?}", account.label)).collect();
            return Err(WishError::SeveralAccounts {
                address: bare.to_owned(),
                labels: labels.join(" and "),
            });
        }
        Ok(Some(first))
    }

    /// The asset of the registry that a symbol or a CAIP-19 id names on an account's chain.
    ///
    /// # Errors
    /// [`WishError::Asset`] if there is none.
    pub fn asset(&self, account: &PinnedAccount, name: &str) -> Result<Asset, WishError> {
        let chain = &account.chain;
        let by_id = name.parse::<AssetId>().ok().and_then(|id| self.policy.asset(&id));
        let found = by_id.or_else(|| self.policy.asset_by_symbol(chain, name));
        found.filter(|asset| asset.chain == *chain).cloned().ok_or_else(|| {
            let assets = self.policy.assets().filter(|asset| asset.chain == *chain);
            let known: Vec<_> = assets.map(|asset| asset.symbol.to_string()).collect();
            let known = if known.is_empty() {
                "it has none there".to_owned()
            } else {
                format!("it has {}", known.join(", "))
            };
            WishError::Asset { name: format!("{name:?}"), chain: chain.to_string(), known }
        })
    }
}
