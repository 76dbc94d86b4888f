//! Another request of a plan that is signed already: approvals, which bind the plan, stay.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use strongroom_policy::judge::History;
use strongroom_protocol::{Plan, Request, Sealed, Slot};
use strongroom_screen::{Failure, Report};

use super::built::{self, Extras};
use super::proposal::{self, Accounts};
use super::standings::Fate;
use super::trouble::Trouble;
use super::versions::Versions;
use super::{advice, filing};
use crate::desk::Desk;
use crate::exit;
use crate::home::Home;

/// What goes into the new request.
pub struct Again {
    /// The plan with its preparer's signature, unchanged.
    pub plan: Sealed<Plan>,
    /// What was built for it.
    pub versions: Versions,
    /// The accounts it names.
    pub accounts: Accounts,
    /// What came before.
    pub history: History,
    /// What people should hear of.
    pub warnings: Vec<String>,
}

impl Again {
    /// Judges it, reserves its slots and writes it.
    ///
    /// # Errors
    /// A failure if something stands in the way of any item: then nothing is written.
    pub fn finish(
        mut self,
        desk: &mut Desk<'_>,
        home: &mut Home,
        out: &Path,
        shared: impl Fn(&Slot) -> bool,
    ) -> Result<Report, Failure> {
        let count = self.plan.value().intents.len();
        let mut troubles: Vec<_> =
            self.versions.troubles.drain(..).map(|(intent, trouble)| (Some(intent), trouble)).collect();
        let state = proposal::state(home, desk.now())?;
        let (items, history) = (&self.versions.items, &self.history);
        let judged = advice::judge(home, &self.plan, items, &self.accounts, history, state, desk.now())?;
        troubles.extend(
            advice::refusals(&judged).map(|refusal| (refusal.intent, Trouble::refused(None, refusal))),
        );
        if !troubles.is_empty() {
            return Err(proposal::stopped(troubles, count));
        }
        let Versions { items, notices, blocks, .. } = self.versions;
        let request = proposal::request(home, self.plan, items, &self.accounts)?;
        let id = filing::file(desk, home, &request, out, shared)?;
        let mut warnings = self.warnings;
        warnings.extend(notices);
        let extras = Extras { out, needed: judged.needed, notices: warnings, blocks };
        Ok(built::report(home, &request, id, extras))
    }
}

/// The items of a request whose slots are still free, by intent, and words about the others.
pub fn unmined(request: &Request, fates: &BTreeMap<Slot, Fate>) -> (BTreeMap<u32, Slot>, Vec<String>) {
    let mut free = BTreeMap::new();
    let mut warnings = Vec::new();
    for (intent, _, slot) in filing::slots_of(request) {
        let line = u64::from(intent).saturating_add(1);
        match fates.get(&slot) {
            Some(Fate::Landed) => warnings.push(format!("line {line} is left out: it landed in slot {slot}")),
            Some(Fate::Foreign) => warnings.push(format!(
                "line {line} is left out: slot {slot} is spent by something that no reply imported here explains"
            )),
            _ => {
                free.insert(intent, slot);
            }
        }
    }
    (free, warnings)
}

/// Nothing is left to be built.
pub fn nothing_left(warnings: &[String]) -> Failure {
    Failure::new(
        exit::FAILED,
        "nothing-left",
        format!("nothing of it is left to build. {}", warnings.join(". ")),
    )
}

/// The slots of some items.
pub fn slots(free: &BTreeMap<u32, Slot>) -> BTreeSet<Slot> {
    free.values().cloned().collect()
}
