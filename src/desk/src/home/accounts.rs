//! Accounts as a home knows them: what vaults recorded, held against what the policy pins.

use strongroom_policy::policy::Policy;
use strongroom_policy::registry::PinnedAccount;
use strongroom_protocol::{Account, AccountId, HouseId, PublicKey, Sealed, SignatureError};

use super::{Home, HomeError};

/// What a home can say of an account record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The policy pins it, and the record is signed by the station that the policy pins for it.
    Pinned,
    /// The policy pins the station that signed it, but not the account.
    Unpinned,
    /// No policy here pins the station: whose signature it is, nobody can say.
    Unverified,
}

/// An account that the policy pins, with its verified record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAccount {
    /// What the policy says of it.
    pub pinned: PinnedAccount,
    /// What its vault recorded of it.
    pub record: Account,
}

/// Why an account cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The record is another house's.
    #[error("the account record {label} is of house {found}, but this is house {expected}")]
    House {
        /// What the record calls itself.
        label: String,
        /// The house it names.
        found: HouseId,
        /// This house.
        expected: HouseId,
    },
    /// Its vault did not sign it.
    #[error("the account record {label} is not its station's word: {source}")]
    Signature {
        /// What the record calls itself.
        label: String,
        /// What is wrong.
        source: SignatureError,
    },
    /// It names another station than the one that signed it.
    #[error("the account record {label} is signed by another station's key than the one it names")]
    Station {
        /// What the record calls itself.
        label: String,
    },
    /// Its address is not the one that its key has.
    #[error("the account record {label} contradicts itself: {why}")]
    Address {
        /// What the record calls itself.
        label: String,
        /// What does not fit.
        why: String,
    },
    /// It is not what the policy pins under its id.
    #[error("the account record {label} and the policy disagree on its {what}")]
    Policy {
        /// The policy's label.
        label: String,
        /// What they disagree on.
        what: &'static str,
    },
    /// Nothing of that name is pinned.
    #[error("the policy pins no account {name}: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// It is pinned, but its record is not here.
    #[error(
        "account {0} is pinned, but its record is not here: import the file that its vault wrote, with `strongroom account import FILE`"
    )]
    NoRecord(String),
}

/// Checks a record against the house, against itself and, as far as the policy goes, against the policy.
///
/// # Errors
/// [`AccountError`], naming the first thing that is wrong.
pub fn check(home: &Home, record: &Sealed<Account>) -> Result<Standing, AccountError> {
    let account = record.value();
    let label = || format!("{:?}", account.label);
    if account.house != home.house {
        return Err(AccountError::House { label: label(), found: account.house, expected: home.house });
    }
    let refused = |source| AccountError::Signature { label: label(), source };
    let key = record.signature().public_key().map_err(refused)?;
    record.verify(&key).map_err(refused)?;
    if key.station() != account.station {
        return Err(AccountError::Station { label: label() });
    }
    check_address(account).map_err(|why| AccountError::Address { label: label(), why })?;
    home.policy.as_ref().map_or(Ok(Standing::Unverified), |policy| check_pinned(policy, account, &key))
}

fn check_address(account: &Account) -> Result<(), String> {
    let codec = crate::chains::codec(&account.chain)
        .ok_or_else(|| format!("{} is no chain that this program speaks", account.chain))?;
    let derived =
        codec.address_of(&account.chain, &account.key.public_key).map_err(|error| error.to_string())?;
    if derived == account.address {
        Ok(())
    } else {
        Err(format!("its key has the address {derived}, not {}", account.address))
    }
}

fn check_pinned(policy: &Policy, account: &Account, key: &PublicKey) -> Result<Standing, AccountError> {
    let Some(pinned) = policy.account(&account.id()) else {
        let known = policy.station(&account.station).is_some_and(|station| station.key == *key);
        return Ok(if known { Standing::Unpinned } else { Standing::Unverified });
    };
    let disagree = |what| Err(AccountError::Policy { label: pinned.label.to_string(), what });
    if pinned.station != account.station {
        return disagree("station");
    }
    if pinned.chain != account.chain {
        return disagree("chain");
    }
    if pinned.address != account.address {
        return disagree("address");
    }
    Ok(Standing::Pinned)
}

impl Home {
    /// The account that the policy pins under this label or id, with its record, checked.
    ///
    /// # Errors
    /// [`HomeError`] if there is none, its record is not here, or the record is not its station's word.
    pub fn own_account(&self, name: &str) -> Result<OwnAccount, HomeError> {
        let policy = self.policy()?;
        let by_id = name.parse::<AccountId>().ok().and_then(|id| policy.account(&id));
        let pinned = by_id.or_else(|| policy.account_labelled(name)).ok_or_else(|| {
            let labels: Vec<_> = policy.accounts().map(|account| account.label.to_string()).collect();
            let known = if labels.is_empty() {
                "it pins none".to_owned()
            } else {
                format!("it pins {}", labels.join(", "))
            };
            AccountError::Unknown { name: format!("{name:?}"), known }
        })?;
        self.own(pinned)
    }

    /// A pinned account with its record, checked.
    ///
    /// # Errors
    /// [`HomeError`] if its record is not here or is not its station's word.
    pub fn own(&self, pinned: &PinnedAccount) -> Result<OwnAccount, HomeError> {
        let stored = self
            .store
            .account(&pinned.id)?
            .ok_or_else(|| AccountError::NoRecord(pinned.label.to_string()))?;
        check(self, &stored.record)?;
        Ok(OwnAccount { pinned: pinned.clone(), record: stored.record.value().clone() })
    }
}
