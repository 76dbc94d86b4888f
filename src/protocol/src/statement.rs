//! A statement: what one person read out of a plan and thinks of it, as a text anyone can read and sign.
//!
//! The text has one line a field, in one order, with one writing for each value. The vault parses it, makes it again
//! from its own reading of the plan, and refuses any difference: an approver who was shown other totals, another
//! policy or an older vault has approved something else.
//!
//! ```text
//! strongroom statement v1
//! house 9f86d0…
//! plan 2c26b4…
//! code 5GK3Q-…
//! person alice
//! role approver
//! verdict approve
//! policy fcde2b…
//! book baa5a0…
//! signed-at 2026-11-20T13:00:00Z
//! valid-until 2026-11-21T13:00:00Z
//! vault 1a2b3c… 17 77de68…
//! total eip155:1/slip44:60 exchange 3 12500000000000000000
//! max-fee eip155:1/slip44:60 6300000000000000
//! ```

use std::fmt;
use std::str::FromStr;

use crate::amount::Amount;
use crate::chain::AssetId;
use crate::code::ComparisonCode;
use crate::id::{BookId, Head, HouseId, PlanId, PolicyId, StationId};
use crate::text::Name;
use crate::time::Timestamp;

const TITLE: &str = "strongroom statement v1";
/// The most `vault`, `total` and `max-fee` lines together.
const LINE_LIMIT: usize = 10_000;

/// What a person says about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The house.
    pub house: HouseId,
    /// The plan it is about.
    pub plan: PlanId,
    /// Who says it, by the policy's name.
    pub person: Name,
    /// In which role.
    pub role: Role,
    /// What they say.
    pub verdict: Verdict,
    /// The policy they judged by.
    pub policy: PolicyId,
    /// The address book they judged by.
    pub book: BookId,
    /// When they signed.
    pub signed_at: Timestamp,
    /// Until when it counts.
    pub valid_until: Timestamp,
    /// The vaults' heads they knew, in the order of station ids.
    pub vaults: Vec<(StationId, Head)>,
    /// What leaves, by asset and class of destination, in that order.
    pub totals: Vec<Total>,
    /// The most that fees can cost, by native asset, in that order.
    pub max_fees: Vec<(AssetId, Amount)>,
}

/// In which role somebody speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// One of the quorum.
    Approver,
}

/// What somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let it happen.
    Approve,
    /// It must not happen. One is enough.
    Reject,
}

/// What a plan pays of one asset to one class of destinations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    /// The asset.
    pub asset: AssetId,
    /// The class that policy or book gives the destinations; `own` for our own accounts.
    pub class: Name,
    /// How many payments.
    pub count: u32,
    /// Their sum, in base units.
    pub amount: Amount,
}

/// Why a text is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// A line is not what must stand there.
    #[error("line {line} of the statement should be `{expected} …`, but is {found:?}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The field that belongs there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Everything parses, but written again it differs: another order, another writing, something named twice.
    #[error("the statement is not in canonical form")]
    NotCanonical,
    /// Too many lines.
    #[error("the statement has more than {LINE_LIMIT} lines of vaults, totals and fees")]
    TooLong,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Approver => "approver",
        }
    }
}

impl Verdict {
    /// The word in the statement.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

impl Statement {
    /// Whether each list stands in its order and names each thing once: one writing for one reading.
    fn is_ordered(&self) -> bool {
        self.vaults.is_sorted_by(|(one, _), (next, _)| one < next)
            && self.totals.is_sorted_by(|one, next| (&one.asset, &one.class) < (&next.asset, &next.class))
            && self.max_fees.is_sorted_by(|(one, _), (next, _)| one < next)
    }
}

impl fmt::Display for Statement {
    /// The exact text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        writeln!(f, "house {}", self.house)?;
        writeln!(f, "plan {}", self.plan)?;
        writeln!(f, "code {}", ComparisonCode::of(self.plan.as_bytes()))?;
        writeln!(f, "person {}", self.person)?;
        writeln!(f, "role {}", self.role.as_str())?;
        writeln!(f, "verdict {}", self.verdict.as_str())?;
        writeln!(f, "policy {}", self.policy)?;
        writeln!(f, "book {}", self.book)?;
        writeln!(f, "signed-at {}", self.signed_at)?;
        writeln!(f, "valid-until {}", self.valid_until)?;
        for (station, head) in &self.vaults {
            writeln!(f, "vault {station} {} {}", head.sequence, head.hash)?;
        }
        for total in &self.totals {
            writeln!(f, "total {} {} {} {}", total.asset, total.class, total.count, total.amount)?;
        }
        self.max_fees.iter().try_for_each(|(asset, amount)| writeln!(f, "max-fee {asset} {amount}"))
    }
}

/// Reads lines in order and names the one that is wrong.
struct Lines<'a> {
    rest: std::iter::Peekable<std::str::Lines<'a>>,
    number: usize,
    /// Lines read that a statement can have any number of.
    listed: usize,
}

impl<'a> Lines<'a> {
    fn refuse(&mut self, expected: &'static str) -> StatementError {
        let found = self.rest.peek().map_or("", |line| line).chars().take(80).collect();
        StatementError::Line { line: self.number, expected, found }
    }

    fn field<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&'a str) -> Option<T>,
    ) -> Result<T, StatementError> {
        let value =
            self.rest.peek().and_then(|line| line.strip_prefix(name)?.strip_prefix(' ')).and_then(parse);
        let value = value.ok_or_else(|| self.refuse(name))?;
        self.rest.next();
        self.number = self.number.saturating_add(1);
        Ok(value)
    }

    fn fields<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&'a str) -> Option<T>,
    ) -> Result<Vec<T>, StatementError> {
        let mut values = Vec::new();
        while self.rest.peek().is_some_and(|line| line.split(' ').next() == Some(name)) {
            self.listed = self.listed.saturating_add(1);
            if self.listed > LINE_LIMIT {
                return Err(StatementError::TooLong);
            }
            values.push(self.field(name, &parse)?);
        }
        Ok(values)
    }
}

fn words<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split(' ').collect::<Vec<_>>().try_into().ok()
}

impl FromStr for Statement {
    type Err = StatementError;

    fn from_str(text: &str) -> Result<Self, StatementError> {
        let mut lines = Lines { rest: text.lines().peekable(), number: 1, listed: 0 };
        lines.field("strongroom", |rest| (rest == "statement v1").then_some(()))?;
        let house = lines.field("house", |value| value.parse().ok())?;
        let plan: PlanId = lines.field("plan", |value| value.parse().ok())?;
        lines.field("code", |value| {
            (value == ComparisonCode::of(plan.as_bytes()).to_string()).then_some(())
        })?;
        let statement = Self {
            house,
            plan,
            person: lines.field("person", |value| value.parse().ok())?,
            role: lines.field("role", |value| (value == "approver").then_some(Role::Approver))?,
            verdict: lines.field("verdict", |value| match value {
                "approve" => Some(Verdict::Approve),
                "reject" => Some(Verdict::Reject),
                _ => None,
            })?,
            policy: lines.field("policy", |value| value.parse().ok())?,
            book: lines.field("book", |value| value.parse().ok())?,
            signed_at: lines.field("signed-at", |value| value.parse().ok())?,
            valid_until: lines.field("valid-until", |value| value.parse().ok())?,
            vaults: lines.fields("vault", |value| {
                let [station, sequence, hash] = words(value)?;
                let head = Head { sequence: sequence.parse().ok()?, hash: hash.parse().ok()? };
                Some((station.parse().ok()?, head))
            })?,
            totals: lines.fields("total", |value| {
                let [asset, class, count, amount] = words(value)?;
                Some(Total {
                    asset: asset.parse().ok()?,
                    class: class.parse().ok()?,
                    count: count.parse().ok()?,
                    amount: amount.parse().ok()?,
                })
            })?,
            max_fees: lines.fields("max-fee", |value| {
                let [asset, amount] = words(value)?;
                Some((asset.parse().ok()?, amount.parse().ok()?))
            })?,
        };
        if lines.rest.peek().is_some() {
            return Err(lines.refuse("max-fee"));
        }
        if statement.is_ordered() && statement.to_string() == text {
            Ok(statement)
        } else {
            Err(StatementError::NotCanonical)
        }
    }
}
