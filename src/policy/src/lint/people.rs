//! Lint of duties: can a quorum be met, by enough people, without anybody doing two things?

use std::collections::{BTreeMap, BTreeSet};

use strongroom_protocol::{Name, StationId};

use super::Finding;
use crate::look_alike::skeleton;
use crate::policy::{LEAST_APPROVALS, Policy};
use crate::quorum::listed;
use crate::registry::PinnedAccount;
use crate::roster::{Duty, Station};

pub(super) fn lint_people(policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if policy.approvals() < LEAST_APPROVALS {
        findings.push(Finding::error(
            "approvals-too-few",
            "approvals",
            format!("{} approvals would let one person move funds alone", policy.approvals()),
            format!("write {LEAST_APPROVALS} or more"),
        ));
    }
    for person in policy.persons().filter(|person| person.roles.is_empty()) {
        findings.push(Finding::warning(
            "no-role",
            format!("person {}", person.name),
            "they have no role and can do nothing",
            "give them one, or remove them",
        ));
    }
    let mut names: BTreeMap<String, &Name> = BTreeMap::new();
    for person in policy.persons() {
        if let Some(other) = names.insert(skeleton(person.name.as_str()), &person.name) {
            findings.push(Finding::warning(
                "names-look-alike",
                format!("person {}", person.name),
                format!("the name could be taken for {other}"),
                "choose names that differ when read aloud",
            ));
        }
    }
    for (station, accounts) in spending(policy) {
        findings.extend(lint_station(policy, station, &accounts));
    }
    for station in policy.stations().filter(|station| station.operators.is_empty()) {
        if !policy.accounts().any(|account| account.station == station.id && account.spend) {
            findings.push(Finding::warning(
                "station-unused",
                format!("station {}", station.name),
                "nobody operates it, and no account there spends",
                "name operators, or remove it",
            ));
        }
    }
    findings
}

/// The accounts that spend, by station.
fn spending(policy: &Policy) -> Vec<(&Station, Vec<&PinnedAccount>)> {
    let mut by_station: BTreeMap<StationId, Vec<&PinnedAccount>> = BTreeMap::new();
    for account in policy.accounts().filter(|account| account.spend) {
        by_station.entry(account.station).or_default().push(account);
    }
    by_station.into_iter().filter_map(|(id, accounts)| Some((policy.station(&id)?, accounts))).collect()
}

/// Who could do what for a request at one station.
struct Staffing<'a> {
    approvers: BTreeSet<&'a Name>,
    /// Each way to choose a preparer and an operator, with how many approvers are left then.
    pairs: Vec<(&'a Name, &'a Name, u32)>,
}

impl<'a> Staffing<'a> {
    fn of(policy: &'a Policy, station: &'a Station) -> Self {
        let named = |duty| policy.with_duty(duty).map(|person| &person.name).collect::<BTreeSet<_>>();
        let approvers = named(Duty::Approver);
        let mut pairs = Vec::new();
        for preparer in named(Duty::Preparer) {
            for operator in station.operators.iter().filter(|operator| *operator != preparer) {
                let left = approvers.iter().filter(|name| **name != preparer && **name != operator).count();
                pairs.push((preparer, operator, u32::try_from(left).unwrap_or(u32::MAX)));
            }
        }
        Self { approvers, pairs }
    }

    /// The most approvers that are left by the best choice of preparer and operator.
    fn best(&self) -> u32 {
        self.pairs.iter().map(|(_, _, left)| *left).max().unwrap_or(0)
    }
}

fn lint_station(policy: &Policy, station: &Station, accounts: &[&PinnedAccount]) -> Vec<Finding> {
    let place = format!("station {}", station.name);
    let error = |code, problem: String, remedy: &str| vec![Finding::error(code, &place, problem, remedy)];
    if policy.with_duty(Duty::Preparer).next().is_none() {
        return error(
            "no-preparer",
            "nobody prepares requests for it".into(),
            "give somebody the role preparer",
        );
    }
    if station.operators.is_empty() {
        return error(
            "no-operator",
            "accounts there spend, but nobody operates it".into(),
            "name its operators",
        );
    }
    let staffing = Staffing::of(policy, station);
    if staffing.pairs.is_empty() {
        let only = listed(&station.operators, "nobody");
        return error(
            "preparer-is-operator",
            format!("its only operator, {only}, is also the only preparer"),
            "let somebody else prepare or operate: on one request each person does one thing",
        );
    }
    let needed = approvals_needed(policy, accounts);
    needed.iter().filter_map(|(count, what)| lint_quorum(&staffing, &place, what, *count)).collect()
}

/// How many approvers the station's accounts may need, and the first thing that needs so many.
fn approvals_needed(policy: &Policy, accounts: &[&PinnedAccount]) -> BTreeMap<u32, String> {
    let mut needed = BTreeMap::from([(policy.approvals(), "any request".to_owned())]);
    for asset in policy.assets().filter(|asset| accounts.iter().any(|account| account.chain == asset.chain)) {
        for tier in &asset.tiers {
            needed
                .entry(tier.approvals)
                .or_insert_with(|| format!("more than {} on {}", asset.show(tier.above), asset.chain));
        }
    }
    needed
}

fn lint_quorum(staffing: &Staffing<'_>, place: &str, what: &str, count: u32) -> Option<Finding> {
    let best = staffing.best();
    let approvers = u32::try_from(staffing.approvers.len()).unwrap_or(u32::MAX);
    if approvers < count {
        return Some(Finding::error(
            "quorum-unreachable",
            place,
            format!("{what} needs {count} approvers, but there are {approvers}"),
            "name more approvers, or ask for fewer approvals",
        ));
    }
    if best < count {
        let busy: BTreeSet<_> = staffing
            .pairs
            .iter()
            .flat_map(|(preparer, operator, _)| [*preparer, *operator])
            .filter(|name| staffing.approvers.contains(name))
            .collect();
        return Some(Finding::error(
            "quorum-needs-two-hats",
            place,
            format!(
                "{what} needs {count} approvers, but only {best} are left besides the preparer and the operator ({} would have to do two things)",
                listed(busy, "nobody")
            ),
            "name more approvers, or give preparing and operating to people who do not approve",
        ));
    }
    if best == count {
        return Some(Finding::warning(
            "quorum-no-redundancy",
            place,
            format!("{what} needs {count} approvers, and there are no more: one absence stops it"),
            "name at least one more approver",
        ));
    }
    let short: Vec<_> = staffing.pairs.iter().filter(|(_, _, left)| *left < count).collect();
    (!short.is_empty()).then(|| {
        let who = short
            .iter()
            .map(|(preparer, operator, _)| format!("{preparer} prepares and {operator} operates"));
        Finding::warning(
            "quorum-depends-on-duty",
            place,
            format!(
                "{what} needs {count} approvers, and they are not there when {}",
                who.collect::<Vec<_>>().join(", or ")
            ),
            "name more approvers, or separate the duties",
        )
    })
}
