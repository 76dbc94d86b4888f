//! A plan with its items on the way to a request: judged, signed by its preparer, filed, reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use strongroom_policy::judge::{History, HouseState, Judged};
use strongroom_protocol::{
    Account, AccountId, ChainId, Head, Intent, Item, Plan, Request, Sealed, Slot, Timestamp,
};
use strongroom_screen::{Failure, Report};

use super::built::{self, Extras};
use super::preparer::Preparer;
use super::trouble::{Trouble, failure_of};
use super::versions::Versions;
use super::{advice, filing, precedent};
use crate::desk::Desk;
use crate::exit;
use crate::home::{Home, OwnAccount};
use crate::ssh::KeyChoice;
use crate::store::heads;

/// Accounts by id, as requests copy them.
pub type Accounts = BTreeMap<AccountId, Account>;

/// A trouble and the intent whose it is, from 0; of the whole plan if it is no single one's.
pub type Placed = (Option<u32>, Trouble);

/// The records of some of our accounts, by id.
pub fn accounts<'a>(own: impl IntoIterator<Item = &'a OwnAccount>) -> Accounts {
    own.into_iter().map(|own| (own.pinned.id, own.record.clone())).collect()
}

/// The records of the accounts that a plan names, as this home has them now.
///
/// # Errors
/// A failure if one is not pinned, or its record is not here.
pub fn accounts_of_plan(home: &Home, plan: &Plan) -> Result<Accounts, Failure> {
    let policy = home.policy()?;
    let named: BTreeSet<_> = plan.intents.iter().map(|intent| intent.account).collect();
    named
        .into_iter()
        .map(|id| {
            let pinned = policy.account(&id).ok_or_else(|| {
                Failure::new(
                    exit::POLICY,
                    "account",
                    format!("account {id} is not pinned by the policy in force"),
                )
            })?;
            Ok((id, home.own(pinned)?.record))
        })
        .collect()
}

/// The chains of some accounts.
pub fn chains_of(accounts: &Accounts) -> BTreeSet<ChainId> {
    accounts.values().map(|account| account.chain.clone()).collect()
}

/// A plan of these intents under the policy in force.
///
/// # Errors
/// A failure if no policy is installed.
pub fn plan(home: &Home, preparer: &Preparer, now: Timestamp, intents: Vec<Intent>) -> Result<Plan, Failure> {
    Ok(Plan {
        house: home.house,
        policy: home.policy()?.id(),
        prepared_by: preparer.name.clone(),
        prepared_at: now,
        intents,
        mandate: None,
    })
}

/// Whether the house is frozen on this desk.
///
/// # Errors
/// A failure if the journal cannot be opened.
pub fn state(home: &mut Home, now: Timestamp) -> Result<HouseState, Failure> {
    let frozen = home.log(now)?.freeze().is_some();
    Ok(if frozen { HouseState::Frozen } else { HouseState::Normal })
}

/// What the judge says to a plan that nobody has signed yet, and what is wrong with it by intent.
///
/// # Errors
/// A failure if it cannot be judged at all.
pub fn advise(
    home: &mut Home,
    plan: &Plan,
    items: &[Item],
    accounts: &Accounts,
    history: &History,
    now: Timestamp,
) -> Result<(Judged, Vec<Placed>), Failure> {
    let state = state(home, now)?;
    let judged = advice::judge(home, &advice::unsigned(plan)?, items, accounts, history, state, now)?;
    let troubles = advice::refusals_unsigned(&judged)
        .map(|refusal| (refusal.intent, Trouble::refused(None, refusal)))
        .collect();
    Ok((judged, troubles))
}

/// What stands in the way, as the end of a command that counts lines as plans do: from 1.
pub fn stopped(troubles: Vec<Placed>, items: usize) -> Failure {
    let place =
        |intent: Option<u32>| intent.filter(|_| items > 1).map(|intent| u64::from(intent).saturating_add(1));
    let troubles = troubles.into_iter().map(|(intent, trouble)| Trouble { line: place(intent), ..trouble });
    failure_of(None, troubles.collect())
}

/// Puts a request together.
///
/// # Errors
/// A failure if the store cannot be read, or the request would contradict itself.
pub fn request(
    home: &Home,
    plan: Sealed<Plan>,
    items: Vec<Item>,
    accounts: &Accounts,
) -> Result<Request, Failure> {
    let mut vault_heads = heads::all(home.store.connection()).map_err(|error| home.store.error(error))?;
    let named: BTreeSet<_> = plan.value().intents.iter().map(|intent| intent.account).collect();
    for account in accounts.iter().filter(|(id, _)| named.contains(id)).map(|(_, account)| account) {
        // Of a vault that never replied the desk knows the beginning: every later line follows it, so that a second
        // request can be written before the first reply is in.
        vault_heads.entry(account.station).or_insert(Head::start(home.house));
    }
    // And of every other: what is not named is not known, and no vault pays before it knows what the others signed.
    for station in home.policy()?.stations() {
        vault_heads.entry(station.id).or_insert(Head::start(home.house));
    }
    let accounts = accounts.iter().filter(|(id, _)| named.contains(id)).map(|(_, account)| account.clone());
    let request = Request { accounts: accounts.collect(), plan, items, vault_heads };
    request.check_shape().map_err(|error| Failure::new(exit::DISAGREE, "shape", error.to_string()))?;
    Ok(request)
}

/// A new plan from its intents and what was built for them to the written request.
pub struct Proposal<'a> {
    /// The plan.
    pub plan: Plan,
    /// What was built for it.
    pub versions: Versions,
    /// The accounts it names.
    pub accounts: Accounts,
    /// What came before.
    pub history: &'a History,
    /// What people should hear of besides.
    pub warnings: Vec<String>,
}

impl Proposal<'_> {
    /// Judges it, has its preparer sign it, reserves its slots and writes it.
    ///
    /// # Errors
    /// A failure if something stands in the way of any item: then nothing is signed or written.
    pub fn finish(
        mut self,
        desk: &mut Desk<'_>,
        home: &mut Home,
        preparer: &Preparer,
        key: &KeyChoice,
        out: &Path,
        shared: impl Fn(&Slot) -> bool,
    ) -> Result<Report, Failure> {
        let count = self.plan.intents.len();
        let mut troubles: Vec<_> =
            self.versions.troubles.drain(..).map(|(intent, trouble)| (Some(intent), trouble)).collect();
        let (judged, refused) =
            advise(home, &self.plan, &self.versions.items, &self.accounts, self.history, desk.now())?;
        troubles.extend(refused);
        if !troubles.is_empty() {
            return Err(precedent::naming_the_holder(home, &self.plan, stopped(troubles, count))?);
        }
        let sealed = preparer.seal(desk, key, &self.plan)?;
        let Versions { items, notices, blocks, .. } = self.versions;
        let request = request(home, sealed, items, &self.accounts)?;
        let id = filing::file(desk, home, &request, out, shared)?;
        let mut warnings = self.warnings;
        warnings.extend(notices);
        let extras = Extras { out, needed: judged.needed, notices: warnings, blocks };
        Ok(built::report(home, &request, id, extras))
    }
}
