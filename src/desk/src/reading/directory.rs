//! By what names a page calls accounts, payees and assets, and whose word that is.

use serde_json::{Value, json};
use strongroom_policy::policy::OWN_CLASS;
use strongroom_policy::{Book, Policy};
use strongroom_protocol::{Account, AccountId, Address, Amount, AssetId, ChainId};

/// What names come from. Without a policy and a book of the house, every name is somebody's claim.
#[derive(Clone, Copy, Debug, Default)]
pub struct Directory<'a> {
    /// The policy in force here, of the plan's own house.
    pub policy: Option<&'a Policy>,
    /// The address book in force here, of the plan's own house.
    pub book: Option<&'a Book>,
    /// A book that was handed in and that nobody vouches for.
    pub claimed_book: Option<&'a Book>,
}

/// A name for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name.
    pub text: String,
    /// Whether it is somebody's claim: not by the policy or book in force here.
    pub claimed: bool,
    /// The class that statements add up by, where the house gives one.
    pub class: Option<String>,
    /// Whether it is an account of ours, by the policy.
    pub own: bool,
}

impl Directory<'_> {
    /// What the account of an intent is called.
    pub fn account(&self, id: &AccountId, record: Option<&Account>) -> Option<Label> {
        if let Some(pinned) = self.policy.and_then(|policy| policy.account(id)) {
            let class = Some(pinned.class.to_string());
            return Some(Label { text: pinned.label.to_string(), claimed: false, class, own: true });
        }
        let text = record?.label.to_string();
        Some(Label { text, claimed: true, class: None, own: false })
    }

    /// What a payee is called, if anybody lists it.
    pub fn payee(&self, chain: &ChainId, address: &Address) -> Option<Label> {
        if let Some(pinned) = self.policy.and_then(|policy| policy.own_account_at(chain, address)) {
            let class = Some(OWN_CLASS.to_owned());
            return Some(Label { text: pinned.label.to_string(), claimed: false, class, own: true });
        }
        let listed = |book: &Book, claimed: bool| {
            let entry = book.find(chain, address)?;
            let class = (!claimed).then(|| entry.class.to_string());
            Some(Label { text: entry.label.to_string(), claimed, class, own: false })
        };
        self.book
            .and_then(|book| listed(book, false))
            .or_else(|| self.claimed_book.and_then(|book| listed(book, true)))
    }

    /// What an asset is called.
    pub fn asset(&self, asset: &AssetId) -> String {
        match self.policy.and_then(|policy| policy.asset(asset)) {
            Some(known) => known.symbol.to_string(),
            None => asset.to_string(),
        }
    }

    /// An amount for people: by the pinned registry `12.5 ETH`, otherwise in base units.
    pub fn amount(&self, asset: &AssetId, amount: Amount) -> String {
        match self.policy.and_then(|policy| policy.asset(asset)) {
            Some(known) => known.show(amount),
            None => format!("{amount} base units of {asset} (claimed)"),
        }
    }

    /// An amount for scripts: base units as a decimal string, symbol and decimal amount where a registry is at hand.
    pub fn amount_value(&self, asset: &AssetId, amount: Amount) -> Value {
        let known = self.policy.and_then(|policy| policy.asset(asset));
        json!({
            "asset": asset.as_str(),
            "base_units": amount.to_string(),
            "symbol": known.map(|known| known.symbol.as_str()),
            "amount": known.map(|known| amount.to_decimal(known.decimals)),
        })
    }
}
