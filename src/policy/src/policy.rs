//! The policy: who may do what, with which accounts and assets, up to which limits.

use std::collections::BTreeMap;

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    AccountId, Address, Amount, AssetId, ChainId, HouseId, Name, PolicyId, PublicKey, SignedText, StationId,
    Timestamp,
};

use crate::genesis::Genesis;
use crate::lint::{self, Level};
use crate::policy_error::PolicyError;
use crate::registry::{Asset, ChainRules, PinnedAccount};
use crate::roster::{Duty, Person, Station};
use crate::succession::Succession;

/// The schema of a policy text.
pub const POLICY_SCHEMA: &str = "strongroom.policy.v1";
/// The class of our own accounts as destinations, in statements and limits.
pub const OWN_CLASS: &str = "own";
/// The class under which taking back an allowance is counted in statements.
pub const REVOKE_CLASS: &str = "revoke";
/// The fewest approvers of anything.
pub const LEAST_APPROVALS: u32 = 2;

/// The house rules in force, or a draft of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) house: HouseId,
    pub(crate) succession: Succession<PolicyId>,
    pub(crate) not_before: Timestamp,
    pub(crate) review_by: Option<Timestamp>,
    pub(crate) approvals: u32,
    pub(crate) statement_hours: u32,
    pub(crate) persons: BTreeMap<Name, Person>,
    pub(crate) stations: BTreeMap<StationId, Station>,
    pub(crate) accounts: BTreeMap<AccountId, PinnedAccount>,
    pub(crate) chains: BTreeMap<ChainId, ChainRules>,
    pub(crate) assets: BTreeMap<AssetId, Asset>,
    /// Whose each key is, by its wire form.
    pub(crate) keys: BTreeMap<Vec<u8>, Name>,
    pub(crate) own: BTreeMap<ChainId, BTreeMap<Address, AccountId>>,
}

impl Policy {
    /// Reads a policy and checks that it contradicts itself nowhere. Whether anybody signed it, and whether it is
    /// sound, is not asked: this is for showing, linting and comparing drafts, not for judging by.
    ///
    /// # Errors
    /// [`PolicyError`], naming the first thing that is wrong.
    pub fn unsigned(text: &str) -> Result<Self, PolicyError> {
        crate::policy_reading::read(text)
    }

    /// Reads a policy that a quorum of this house's admins signed, that is sound, and that follows the installed one.
    ///
    /// With nothing installed any epoch is taken, because a second vault may join a house late: whoever installs it
    /// compares its id with what the other stations have.
    ///
    /// # Errors
    /// [`PolicyError`], naming the first thing that is wrong; [`PolicyError::is_already_installed`] tells the case
    /// in which nothing is.
    pub fn open(
        signed: &SignedText,
        house: &HouseId,
        genesis: &Genesis,
        installed: Option<&Self>,
    ) -> Result<Self, PolicyError> {
        let policy = Self::unsigned(signed.text())?;
        if policy.house != *house {
            return Err(PolicyError::House { found: policy.house, expected: *house });
        }
        genesis.quorum(signed, Namespace::Policy)?;
        if let Some(installed) = installed {
            policy.succession.follows(&installed.succession)?;
        }
        policy.check_admin_keys(genesis)?;
        let errors: Vec<_> =
            lint::soundness(&policy).into_iter().filter(|finding| finding.level == Level::Error).collect();
        if errors.is_empty() { Ok(policy) } else { Err(PolicyError::Unsound(errors)) }
    }

    /// A key that is an admin's by the genesis must not be another person's, or a station's, by the policy.
    pub(crate) fn check_admin_keys(&self, genesis: &Genesis) -> Result<(), PolicyError> {
        for (admin, key) in
            genesis.admins.iter().flat_map(|(name, keys)| keys.iter().map(move |key| (name, key)))
        {
            let holder = match (self.key_owner(key), self.station(&key.station())) {
                (Some(person), _) if person.name != *admin => person.name.to_string(),
                (_, Some(station)) => format!("station {}", station.name),
                _ => continue,
            };
            return Err(PolicyError::AdminKey {
                fingerprint: key.fingerprint(),
                admin: admin.clone(),
                holder,
            });
        }
        Ok(())
    }

    /// Its id: SHA-256 of its text.
    pub const fn id(&self) -> PolicyId {
        self.succession.id
    }

    /// The house it belongs to.
    pub const fn house(&self) -> HouseId {
        self.house
    }

    /// Which in the row of policies it is, from 1.
    pub const fn epoch(&self) -> u64 {
        self.succession.epoch
    }

    /// The policy it follows.
    pub const fn previous(&self) -> Option<PolicyId> {
        self.succession.previous
    }

    /// From when on it counts.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// By when people look at it again.
    pub const fn review_by(&self) -> Option<Timestamp> {
        self.review_by
    }

    /// How many distinct approvers any request needs.
    pub const fn approvals(&self) -> u32 {
        self.approvals
    }

    /// The longest that a statement may count, in seconds.
    pub fn statement_seconds(&self) -> u64 {
        u64::from(self.statement_hours).saturating_mul(3600)
    }

    /// A person by name.
    pub fn person(&self, name: &Name) -> Option<&Person> {
        self.persons.get(name)
    }

    /// Whose key this is. Stations' keys are nobody's.
    pub fn key_owner(&self, key: &PublicKey) -> Option<&Person> {
        self.persons.get(self.keys.get(&key.wire())?)
    }

    /// A station by id.
    pub fn station(&self, id: &StationId) -> Option<&Station> {
        self.stations.get(id)
    }

    /// A station by name.
    pub fn station_named(&self, name: &Name) -> Option<&Station> {
        self.stations.values().find(|station| station.name == *name)
    }

    /// A pinned account by id.
    pub fn account(&self, id: &AccountId) -> Option<&PinnedAccount> {
        self.accounts.get(id)
    }

    /// A pinned account by its label, without regard to case.
    pub fn account_labelled(&self, label: &str) -> Option<&PinnedAccount> {
        let folded = label.to_lowercase();
        self.accounts.values().find(|account| account.label.as_str().to_lowercase() == folded)
    }

    /// The pinned account that has exactly this address on this chain.
    pub fn own_account_at(&self, chain: &ChainId, address: &Address) -> Option<&PinnedAccount> {
        self.accounts.get(self.own.get(chain)?.get(address)?)
    }

    /// The rules of a chain.
    pub fn chain(&self, id: &ChainId) -> Option<&ChainRules> {
        self.chains.get(id)
    }

    /// An asset of the registry.
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.assets.get(id)
    }

    /// An asset by its symbol on a chain, without regard to case: symbols that differ only so are refused.
    pub fn asset_by_symbol(&self, chain: &ChainId, symbol: &str) -> Option<&Asset> {
        let symbol = symbol.to_ascii_lowercase();
        self.assets
            .values()
            .find(|asset| asset.chain == *chain && asset.symbol.as_str().to_ascii_lowercase() == symbol)
    }

    /// The asset that a chain's fees are paid in.
    pub fn native(&self, chain: &ChainId) -> Option<&Asset> {
        self.assets.get(&self.chains.get(chain)?.native)
    }

    /// The most that an item paying this asset may cost, in base units of its chain's native asset.
    pub fn max_fee(&self, asset: &AssetId) -> Option<Amount> {
        let asset = self.assets.get(asset)?;
        let chain = self.chains.get(&asset.chain)?.max_fee;
        Some(asset.max_fee.map_or(chain, |own| own.min(chain)))
    }

    /// How many distinct approvers are needed when this much of an asset leaves in a rolling day.
    pub fn approvals_for(&self, asset: &AssetId, amount: Amount) -> Option<u32> {
        Some(self.assets.get(asset)?.approvals(amount, self.approvals))
    }

    /// Everybody, by name.
    pub fn persons(&self) -> impl Iterator<Item = &Person> {
        self.persons.values()
    }

    /// Everybody who has a duty, by name.
    pub fn with_duty(&self, duty: Duty) -> impl Iterator<Item = &Person> {
        self.persons.values().filter(move |person| person.is(duty))
    }

    /// All stations, by id.
    pub fn stations(&self) -> impl Iterator<Item = &Station> {
        self.stations.values()
    }

    /// All pinned accounts, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &PinnedAccount> {
        self.accounts.values()
    }

    /// All chains, by id.
    pub fn chains(&self) -> impl Iterator<Item = &ChainRules> {
        self.chains.values()
    }

    /// The whole registry, by id.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.assets.values()
    }
}

#[cfg(test)]
mod tests;
