//! Who approved, and whether they may.

use std::collections::BTreeSet;

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::time::ClockError;
use strongroom_protocol::{
    Head, HouseId, Interval, Name, PlanId, SignedText, Statement, StationId, Timestamp, Verdict as Opinion,
};

use super::case::Case;
use super::rule::{Refusal, Rule};
use crate::policy::Policy;
use crate::roster::Duty;
use crate::statement_check::Reading;
use crate::totals::TotalsError;

/// A statement whose signature holds and whose signer the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// What it says.
    pub statement: Statement,
    /// Fingerprint of the key that signed it.
    pub key: String,
    /// Whether that key asks for a touch.
    pub security_key: bool,
}

/// Reads statements and checks their signatures against the policy's people. What they say is judged later.
///
/// # Errors
/// A [`Refusal`] for the first that is no statement, has not exactly one signature, or is not by who it says.
pub fn read_approvals(texts: &[SignedText], policy: &Policy) -> Result<Vec<Approval>, Refusal> {
    texts.iter().map(|text| read_approval(text, policy)).collect()
}

fn read_approval(text: &SignedText, policy: &Policy) -> Result<Approval, Refusal> {
    let refuse = |words: String| Refusal::new(Rule::Statement, words);
    let statement: Statement = text.text().parse().map_err(|error| refuse(format!("{error}")))?;
    let [signature] = text.signatures() else {
        return Err(refuse(format!(
            "the statement of {} has {} signatures: it must have exactly one",
            statement.person,
            text.signatures().len()
        )));
    };
    let key = signature.public_key().map_err(|error| refuse(error.to_string()))?;
    let owner = policy.key_owner(&key).ok_or_else(|| {
        refuse(format!(
            "the statement of {} is signed by {}, a key of nobody in the policy",
            statement.person,
            key.fingerprint()
        ))
    })?;
    if owner.name != statement.person {
        return Err(refuse(format!("the statement of {} is signed by {}", statement.person, owner.name)));
    }
    key.verify(Namespace::Statement, text.text().as_bytes(), signature)
        .map_err(|error| refuse(format!("the statement of {}: {error}", statement.person)))?;
    Ok(Approval { key: key.fingerprint(), security_key: key.is_security_key(), statement })
}

/// The genuine rejections among statements: which plan, and who rejected it. What else is handed in does not hide them,
/// and neither does their age: whoever is still in the policy has rejected what they rejected, under whichever policy.
pub fn rejections(texts: &[SignedText], policy: &Policy, house: HouseId) -> Vec<(PlanId, Name)> {
    let genuine = texts.iter().filter_map(|text| read_approval(text, policy).ok());
    genuine
        .map(|approval| approval.statement)
        .filter(|statement| statement.verdict == Opinion::Reject && statement.house == house)
        .map(|statement| (statement.plan, statement.person))
        .collect()
}

/// That somebody knows a head of a station's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Who says so.
    pub by: Name,
    /// The head.
    pub head: Head,
    /// When they said it, by their own clock.
    pub at: Timestamp,
}

/// The heads of a station that approvers of the policy vouch for in genuine statements. What else is handed in does not
/// hide them, and neither does what they say of the plan.
pub fn vouched(texts: &[SignedText], policy: &Policy, house: HouseId, station: StationId) -> Vec<Vouched> {
    let genuine = texts.iter().filter_map(|text| read_approval(text, policy).ok());
    let statements = genuine.map(|approval| approval.statement).filter(|statement| {
        statement.house == house
            && policy.person(&statement.person).is_some_and(|person| person.is(Duty::Approver))
    });
    let heads = statements.flat_map(|statement| {
        let (by, at) = (statement.person, statement.signed_at);
        let own = statement.vaults.into_iter().filter(move |(known, _)| *known == station);
        own.map(move |(_, head)| Vouched { by: by.clone(), head, at })
    });
    heads.collect()
}

/// The present, by a clock, the newest line of a journal and the newest statement.
///
/// Lines were dated by the very clock that is in question. They show that it stands behind, but not that it does not run
/// ahead: whoever sets it forward can have it write a line first. So nothing has begun, and no day is over, before
/// people's own clocks say so.
///
/// # Errors
/// [`ClockError`] if the clock stands before what already happened.
pub fn present(
    clock: Timestamp,
    newest: Option<Timestamp>,
    approvals: &[Approval],
) -> Result<Interval, ClockError> {
    let stated = approvals.iter().map(|approval| approval.statement.signed_at).max();
    let evidence = stated.max(newest).unwrap_or(clock);
    let known = Interval::new(clock, evidence)?;
    let earliest = stated.map_or(known.lo(), |stated| stated.min(known.lo()));
    Interval::new(known.hi(), earliest)
}

impl Case<'_> {
    /// Judges the statements and counts the people.
    pub(super) fn quorum(
        &mut self,
        approvals: &[Approval],
        operator: Option<&Name>,
        needed: u32,
    ) -> Vec<Name> {
        let reading = Reading::of(self.plan, self.policy, self.book);
        // Whoever leaves a rejection out after it was once seen does not unsay it.
        let rejected = self.journal.rejected(&self.plan_id);
        let before = rejected.map(|by| format!("{by} rejected this plan before: it stays unsigned"));
        self.verdict.note(Rule::Rejection, None, before);
        let mut approvers = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for approval in approvals {
            self.statement(&approval.statement, &reading);
            let statement = &approval.statement;
            let twice = !seen.insert(statement.person.clone());
            self.verdict.note(
                Rule::Duties,
                None,
                self.conflict(&statement.person, operator).or_else(|| {
                    twice.then(|| {
                        format!(
                            "{} speaks twice: a person counts once, whatever keys they hold",
                            statement.person
                        )
                    })
                }),
            );
            if statement.verdict == Opinion::Approve {
                approvers.insert(statement.person.clone());
            }
        }
        if let Some(operator) = operator {
            let against = (self.plan.prepared_by == *operator)
                .then(|| format!("{operator} prepared the plan and cannot operate the vault for it"));
            self.verdict.note(Rule::Duties, None, against);
        }
        let count = u32::try_from(approvers.len()).unwrap_or(u32::MAX);
        let against = (count < needed).then(|| {
            let names: Vec<_> = approvers.iter().map(Name::as_str).collect();
            let by = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            format!("{needed} approvals are needed for the amounts of this day, {count} are here (by {by})")
        });
        self.verdict.note(Rule::Quorum, None, against);
        approvers.into_iter().collect()
    }

    fn conflict(&self, person: &Name, operator: Option<&Name>) -> Option<String> {
        if *person == self.plan.prepared_by {
            return Some(format!("{person} prepared the plan and cannot approve it"));
        }
        if operator == Some(person) {
            return Some(format!("{person} operates the vault and cannot approve what it signs"));
        }
        match self.policy.person(person) {
            Some(entry) if entry.is(Duty::Approver) => None,
            _ => Some(format!("{person} is not an approver in the policy")),
        }
    }

    fn statement(&mut self, statement: &Statement, reading: &Result<Reading, TotalsError>) {
        let who = &statement.person;
        let against = match reading {
            Err(error) => Some(format!("the statement of {who} cannot be checked: {error}")),
            Ok(reading) => reading.compare(statement).err().map(|difference| difference.to_string()),
        };
        self.verdict.note(Rule::Statement, None, against);
        let longest = self.policy.statement_seconds();
        let expiry = if statement.valid_until.since(statement.signed_at) > longest
            || statement.valid_until < statement.signed_at
        {
            Some(format!(
                "the statement of {who} is valid for longer than the policy's {} hours, or ends before it begins",
                longest / 3600
            ))
        } else if self.now.hi() > statement.valid_until {
            Some(format!("the statement of {who} ended at {}: ask for a new one", statement.valid_until))
        } else {
            None
        };
        self.verdict.note(Rule::StatementExpiry, None, expiry);
        // What was approved before may have been signed in lines that are lost for good. A "no" never ages.
        let forgotten = self.journal.recovered().filter(|recovered| statement.signed_at < *recovered);
        if let Some(recovered) = forgotten.filter(|_| statement.verdict == Opinion::Approve) {
            let words = format!(
                "{who} approved at {}, before this vault recovered at {recovered}: what it signed for that approval may be \
                 forgotten; find out whether the payment landed, and approve again if it did not",
                statement.signed_at
            );
            self.verdict.refuse(Refusal::new(Rule::Recovering, words));
        }
        let rejected = (statement.verdict == Opinion::Reject)
            .then(|| format!("{who} rejected this plan: it stays unsigned"));
        self.verdict.note(Rule::Rejection, None, rejected);
        for (station, head) in &statement.vaults {
            let known = *station != self.station || self.journal.contains(head);
            self.verdict.note(
                Rule::VaultHead,
                None,
                (!known).then(|| {
                    format!(
                        "{who} knows line {} of this vault's journal, which is not in it: {LOST}",
                        head.sequence
                    )
                }),
            );
        }
    }
}

/// What a missing line means.
pub(super) const LOST: &str = "this home is older than what others have seen, and signs nothing until the admins' quorum names the head to go on from";
