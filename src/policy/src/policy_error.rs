//! Why a policy is refused.

use strongroom_protocol::amount::AmountError;
use strongroom_protocol::{AssetId, ChainId, HouseId, Name, Text};

use crate::lint::Finding;
use crate::quorum::QuorumError;
use crate::succession::SuccessionError;
use crate::toml_text::TomlError;

/// Why a text is no policy of this house, or not one to install.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Not the TOML document it should be.
    #[error("the policy is malformed: {0}")]
    Toml(#[from] TomlError),
    /// Something that must be unique is there twice.
    #[error("{what} {name} is listed twice: {with} has it already")]
    Twice {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        name: String,
        /// Who or what has it already.
        with: String,
    },
    /// An asset's symbol could be taken for another's on the same chain.
    #[error("symbol {symbol} of {asset} could be taken for {other} on the same chain: choose another")]
    SymbolLooksAlike {
        /// The asset.
        asset: AssetId,
        /// Its symbol.
        symbol: String,
        /// The symbol it resembles.
        other: String,
    },
    /// Something is named that the policy does not list.
    #[error("{place} names {what} {name}, which the policy does not list: add it or correct the name")]
    Unknown {
        /// Who names it.
        place: String,
        /// What kind of thing.
        what: &'static str,
        /// Which.
        name: String,
    },
    /// A descriptor that is no bytes, or for no device.
    #[error(
        "asset {asset}: the descriptor for {device:?} must be the vendor's bytes in lower-case hex, under the name of \
         a kind of device such as `ledger`"
    )]
    Descriptor {
        /// The asset.
        asset: AssetId,
        /// Whose descriptor.
        device: String,
    },
    /// Leave to sign an asset unseen that the account cannot hold.
    #[error(
        "account {account} may sign {asset} unseen, which is of another chain: remove it or correct the id"
    )]
    BlindElsewhere {
        /// The account.
        account: Text,
        /// The asset.
        asset: AssetId,
    },
    /// An operator of a station without that role.
    #[error(
        "station {station} is to be worked by {person}, who is no operator: give them the role or name somebody else"
    )]
    NoOperator {
        /// The station.
        station: Name,
        /// The person.
        person: Name,
    },
    /// A person without keys.
    #[error("person {0} has no key: add one, or remove them")]
    NoKey(Name),
    /// A chain without exactly one native asset.
    #[error(
        "chain {chain} has {found} native assets in the registry: list exactly one asset `{chain}/slip44:…`"
    )]
    Native {
        /// The chain.
        chain: ChainId,
        /// How many there are.
        found: usize,
    },
    /// An amount that cannot be read.
    #[error("{field} of {place}: {source}")]
    Amount {
        /// Whose.
        place: String,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        source: AmountError,
    },
    /// A limit is missing. What is not limited is not written, it is refused.
    #[error("{asset} has no {field}: write one, \"0\" if none of it may leave")]
    NoLimit {
        /// The asset.
        asset: AssetId,
        /// Which limit.
        field: &'static str,
    },
    /// More decimal places than any asset has.
    #[error("{asset} is listed with {found} decimals: {limit} are accepted")]
    Decimals {
        /// The asset.
        asset: AssetId,
        /// Decimals found.
        found: u8,
        /// Decimals accepted.
        limit: u8,
    },
    /// Tiers that do not ascend.
    #[error(
        "tier {number} of {asset}: each tier asks for more than the one before, in amount and in approvals, \
         and the first for more than any request needs ({least})"
    )]
    Tiers {
        /// The asset.
        asset: AssetId,
        /// Which tier, from 1.
        number: usize,
        /// What any request needs.
        least: u32,
    },
    /// A fee cap of an asset that loosens its chain's.
    #[error("max_fee of {asset} is above its chain's: it can only tighten it")]
    FeeAboveChain {
        /// The asset.
        asset: AssetId,
    },
    /// A gas price on a chain that has none.
    #[error("chain {0} has no gas price: remove max_gas_price_gwei")]
    NoGas(ChainId),
    /// A class that means something else in statements.
    #[error("{place} has class {class:?}, which is reserved: choose another word")]
    ReservedClass {
        /// Whose.
        place: String,
        /// The class.
        class: Name,
    },
    /// A role listed twice.
    #[error("person {0} has a role twice")]
    RoleTwice(Name),
    /// Statements that would never be valid, or for too long.
    #[error("statement_hours is {found}: 1 to {limit} are accepted")]
    StatementHours {
        /// Hours found.
        found: u32,
        /// Hours accepted.
        limit: u32,
    },
    /// Epoch and previous id do not fit, or do not follow what is installed.
    #[error("the policy is not the next one: {0}")]
    Succession(#[from] SuccessionError),
    /// A policy of another house.
    #[error("the policy is of house {found}, but this is house {expected}")]
    House {
        /// The house it names.
        found: HouseId,
        /// This house.
        expected: HouseId,
    },
    /// An admin's key under somebody else's name: one person would count as two.
    #[error(
        "key {fingerprint} is admin {admin}'s, but the policy gives it to {holder}: a key belongs to one person"
    )]
    AdminKey {
        /// The key.
        fingerprint: String,
        /// Whose it is by the genesis.
        admin: Name,
        /// Whose it is by the policy.
        holder: String,
    },
    /// The admins have not signed it, or somebody else has.
    #[error("the policy is not the admins' word: {0}")]
    Quorum(#[from] QuorumError),
    /// What lint calls an error.
    #[error("the policy would not protect the house, or could not work: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unsound(Vec<Finding>),
}

impl PolicyError {
    /// Whether exactly this policy is installed already, so that nothing is wrong and nothing is to be done.
    pub const fn is_already_installed(&self) -> bool {
        matches!(self, Self::Succession(SuccessionError::AlreadyInstalled(_)))
    }
}
