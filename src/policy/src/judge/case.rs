//! One request before the judge.

use std::collections::BTreeMap;

use strongroom_protocol::{
    Claim, Head, HouseId, Interval, Name, Plan, PlanId, Sealed, StationId, Timestamp, Warmth,
};

use super::history::{ClaimPrint, History};
use super::others::{Learned, Other, others};
use super::quorum::{Approval, LOST};
use super::rule::{Rule, Verdict};
use super::spending::Spending;
use crate::book::Book;
use crate::policy::Policy;
use crate::roster::Duty;

/// Whether the house works, or only closes doors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HouseState {
    /// Everything the policy allows.
    #[default]
    Normal,
    /// Only voids and returns.
    Frozen,
}

impl HouseState {
    /// Whether only voids and returns are signed.
    pub const fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen)
    }
}

/// What the judge asks of a station's journal.
pub trait JournalView {
    /// Whether the journal stands at, or once stood at, this head.
    fn contains(&self, head: &Head) -> bool;
    /// Whether anything was ever claimed in it.
    fn has_claims(&self) -> bool;
    /// Who rejected a plan, if a rejection of it was ever shown to the station.
    fn rejected(&self, plan: &PlanId) -> Option<Name>;
    /// What the journal knows of another station's journal, up to a head of that one.
    fn learned(&self, station: &StationId, head: &Head) -> Learned;
    /// Why the station's home may not be the one that it was, if it may not. Only the station itself can tell.
    fn recovering(&self) -> Option<String> {
        None
    }
    /// When the station's home recovered last, if it ever did: what it signed shortly before, it may have forgotten.
    fn recovered(&self) -> Option<Timestamp> {
        None
    }
}

/// One request before the judge: the house's side of it, and what was found so far.
pub struct Case<'a> {
    pub(super) house: HouseId,
    pub(super) station: StationId,
    pub(super) policy: &'a Policy,
    pub(super) book: &'a Book,
    pub(super) history: &'a History,
    pub(super) journal: &'a dyn JournalView,
    pub(super) state: HouseState,
    pub(super) now: Interval,
    pub(super) plan: &'a Plan,
    pub(super) plan_id: PlanId,
    pub(super) others: Vec<Other<'a>>,
    pub(super) verdict: Verdict,
    pub(super) claims: Vec<Claim>,
    pub(super) added: History,
    pub(super) spending: Spending,
}

/// The house's side of a case.
pub struct Bench<'a> {
    /// The house.
    pub house: HouseId,
    /// The station that judges.
    pub station: StationId,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The address book in force.
    pub book: &'a Book,
    /// What was claimed before.
    pub history: &'a History,
    /// The station's journal.
    pub journal: &'a dyn JournalView,
    /// Whether the house is frozen.
    pub state: HouseState,
    /// The present.
    pub now: Interval,
    /// What the station's machine was found to be; a desk does not know.
    pub machine: Option<Warmth>,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What every rule said.
    pub verdict: Verdict,
    /// What is to be journaled before a key is asked.
    pub claims: Vec<Claim>,
    /// Who approved.
    pub approvers: Vec<Name>,
    /// How many had to.
    pub needed: u32,
}

impl<'a> Case<'a> {
    /// Opens a case on a plan, and judges all that concerns the plan as a whole.
    pub fn open(bench: &Bench<'a>, prepared: &'a Sealed<Plan>, heads: &BTreeMap<StationId, Head>) -> Self {
        let plan = prepared.value();
        let mut case = Self {
            house: bench.house,
            station: bench.station,
            policy: bench.policy,
            book: bench.book,
            history: bench.history,
            journal: bench.journal,
            state: bench.state,
            now: bench.now,
            plan,
            plan_id: PlanId::of(prepared.bytes()),
            others: others(bench.policy, bench.station, heads),
            verdict: Verdict::default(),
            claims: Vec::new(),
            added: History::default(),
            spending: Spending::default(),
        };
        case.house_and_policy();
        case.preparer(prepared);
        case.head(heads);
        case.cold(bench.machine);
        case
    }

    fn house_and_policy(&mut self) {
        let (plan, policy) = (self.plan, self.policy);
        let house = (plan.house != self.house)
            .then(|| format!("the plan belongs to house {}, this is {}", plan.house, self.house));
        self.verdict.note(Rule::House, None, house);
        let in_force = (plan.policy != policy.id()).then(|| {
            format!(
                "the plan was made under policy {}, in force is {} (epoch {}): prepare it again",
                plan.policy,
                policy.id(),
                policy.epoch()
            )
        });
        self.verdict.note(Rule::PolicyInForce, None, in_force);
        // A mandate may allow what a plan alone does not. Whoever cites one expects a judge that asks it.
        let mandate = plan.mandate.map(|_| {
            "the plan cites a mandate, and mandates are not carried out by this version: prepare it without".to_owned()
        });
        self.verdict.note(Rule::Mandate, None, mandate);
        let dates = if self.now.lo() < policy.not_before() {
            Some(format!("the policy is not in force before {}", policy.not_before()))
        } else {
            policy.review_by().filter(|review| self.now.hi() > *review).map(|review| {
                format!("the policy was to be reviewed by {review}: the admins must sign a new epoch")
            })
        };
        self.verdict.note(Rule::PolicyDates, None, dates);
    }

    fn preparer(&mut self, prepared: &Sealed<Plan>) {
        let by = &self.plan.prepared_by;
        let against = match self.policy.person(by) {
            None => Some(format!("{by} is nobody in the policy")),
            Some(person) if !person.is(Duty::Preparer) => {
                Some(format!("{by} is not a preparer in the policy"))
            }
            Some(person) => {
                let refused =
                    person.keys.iter().map(|key| prepared.verify(key)).collect::<Result<Vec<_>, _>>();
                let any = person.keys.iter().any(|key| prepared.verify(key).is_ok());
                match refused {
                    _ if any => None,
                    Err(error) => Some(format!("the plan is not signed by {by}: {error}")),
                    Ok(_) => Some(format!("{by} has no key in the policy")),
                }
            }
        };
        self.verdict.note(Rule::Preparer, None, against);
    }

    fn head(&mut self, heads: &BTreeMap<StationId, Head>) {
        let against = match heads.get(&self.station) {
            Some(head) if self.journal.contains(head) => None,
            Some(head) => {
                Some(format!("the desk knows line {} of this vault's journal, which is not in it: {LOST}", head.sequence))
            }
            // The first request of all may know nothing; later ones must, or a restored home could not be noticed.
            None if self.journal.has_claims() => {
                Some("the request does not name the last head it knows of this vault: import its last reply at the desk".to_owned())
            }
            None => None,
        };
        self.verdict.note(Rule::VaultHead, None, against);
        self.verdict.note(Rule::Recovering, None, self.journal.recovering().map(recovering_words));
    }

    fn cold(&mut self, machine: Option<Warmth>) {
        let (Some(machine), Some(station)) = (machine, self.policy.station(&self.station)) else { return };
        let against = (station.require_cold && !machine.is_cold()).then(|| {
            format!(
                "the policy wants a cold machine for station {}, and this one is {machine}: see `strongroom-vault doctor`",
                station.name
            )
        });
        self.verdict.note(Rule::Cold, None, against);
    }

    pub(super) fn remember(&mut self, claim: Claim, print: &ClaimPrint) {
        self.spending.add(self.history, &claim, print);
        self.added.record_print(&claim, print);
        self.claims.push(claim);
    }

    /// Access for whoever decodes: rules about bytes are noted in the same verdict.
    pub fn verdict_mut(&mut self) -> &mut Verdict {
        &mut self.verdict
    }

    /// Closes the case: sums, statements, quorum. `operator` is who works the vault; a desk has none.
    pub fn close(mut self, approvals: &[Approval], operator: Option<&Name>) -> Judged {
        let needed = self.sums();
        if let Some(operator) = operator {
            let may = self
                .policy
                .station(&self.station)
                .is_some_and(|station| station.operators.contains(operator));
            let against =
                (!may).then(|| format!("{operator} is not an operator of this station in the policy"));
            self.verdict.note(Rule::Duties, None, against);
        }
        self.other_vaults(approvals);
        let approvers = self.quorum(approvals, operator, needed);
        Judged { verdict: self.verdict, claims: self.claims, approvers, needed }
    }
}

/// What a recovering home says to whoever wants a signature of it.
pub fn recovering_words(why: impl std::fmt::Display) -> String {
    format!(
        "{why}: nothing is signed until a quorum of the admins names the head to go on from; begin with \
         `strongroom-vault recover draft`"
    )
}
