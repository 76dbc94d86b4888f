//! The statement that follows from a plan: made at the approver's station, made again by the vault and compared.

use std::collections::BTreeMap;

use strongroom_protocol::{Amount, AssetId};
use strongroom_protocol::{
    BookId, Head, HouseId, Name, Plan, PlanId, PolicyId, Role, Statement, StationId, Timestamp, Total,
    Verdict,
};

use crate::book::Book;
use crate::policy::Policy;
use crate::totals::{TotalsError, totals};

/// What a statement says that the plan does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who says it.
    pub person: Name,
    /// What they say.
    pub verdict: Verdict,
    /// When.
    pub signed_at: Timestamp,
    /// Until when it counts.
    pub valid_until: Timestamp,
    /// The vaults' heads they know.
    pub vaults: BTreeMap<StationId, Head>,
}

/// What one reader makes of a plan, by one policy and one book: the same for every statement about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    house: HouseId,
    plan: PlanId,
    policy: PolicyId,
    book: BookId,
    totals: Vec<Total>,
    max_fees: Vec<(AssetId, Amount)>,
}

/// Where a statement differs from what this reader makes of the plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{person}'s statement says {found}, but by the plan, policy and book at hand it would be {expected}: it approves something else, ask for a new one"
)]
pub struct StatementDifference {
    /// Whose statement.
    pub person: Name,
    /// The first line that differs, as the statement has it.
    pub found: String,
    /// The line as it should be.
    pub expected: String,
}

impl Terms {
    /// The terms that a statement was made under.
    pub fn of(statement: &Statement) -> Self {
        Self {
            person: statement.person.clone(),
            verdict: statement.verdict,
            signed_at: statement.signed_at,
            valid_until: statement.valid_until,
            vaults: statement.vaults.iter().copied().collect(),
        }
    }
}

impl Reading {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`TotalsError`] if it cannot be added up.
    pub fn of(plan: &Plan, policy: &Policy, book: &Book) -> Result<Self, TotalsError> {
        let (totals, max_fees) = totals(plan, policy, book)?;
        Ok(Self { totals, max_fees, ..Self::without_totals(plan, policy, book) })
    }

    fn without_totals(plan: &Plan, policy: &Policy, book: &Book) -> Self {
        Self {
            house: plan.house,
            plan: plan.id(),
            policy: policy.id(),
            book: book.id(),
            totals: Vec::new(),
            max_fees: Vec::new(),
        }
    }

    /// What leaves, by asset and class.
    pub fn totals(&self) -> &[Total] {
        &self.totals
    }

    /// The most that fees can cost, by native asset.
    pub fn max_fees(&self) -> &[(AssetId, Amount)] {
        &self.max_fees
    }

    /// The statement that follows under these terms. A rejection carries no totals: whoever refuses a plan need not
    /// be able to add it up.
    pub fn statement(&self, terms: &Terms) -> Statement {
        let (totals, max_fees) = match terms.verdict {
            Verdict::Approve => (self.totals.clone(), self.max_fees.clone()),
            Verdict::Reject => (Vec::new(), Vec::new()),
        };
        Statement {
            house: self.house,
            plan: self.plan,
            person: terms.person.clone(),
            role: Role::Approver,
            verdict: terms.verdict,
            policy: self.policy,
            book: self.book,
            signed_at: terms.signed_at,
            valid_until: terms.valid_until,
            vaults: terms.vaults.iter().map(|(station, head)| (*station, *head)).collect(),
            totals,
            max_fees,
        }
    }

    /// Makes a statement again under its own terms and compares. Whether those terms are good (who, when, which
    /// heads) is not asked here.
    ///
    /// # Errors
    /// [`StatementDifference`], with the first line that differs.
    pub fn compare(&self, statement: &Statement) -> Result<(), StatementDifference> {
        let expected = self.statement(&Terms::of(statement));
        if expected == *statement {
            return Ok(());
        }
        let (found, expected) = (statement.to_string(), expected.to_string());
        let (mut found, mut expected) = (found.lines(), expected.lines());
        loop {
            let pair = (found.next(), expected.next());
            if pair.0 != pair.1 || pair == (None, None) {
                let line = |line: Option<&str>| {
                    line.map_or_else(|| "nothing more".to_owned(), |line| format!("`{line}`"))
                };
                let person = statement.person.clone();
                return Err(StatementDifference { person, found: line(pair.0), expected: line(pair.1) });
            }
        }
    }
}

/// The statement about a plan under these terms.
///
/// # Errors
/// [`TotalsError`] if the plan is to be approved and cannot be added up; anything can be rejected.
pub fn expected_statement(
    plan: &Plan,
    terms: &Terms,
    policy: &Policy,
    book: &Book,
) -> Result<Statement, TotalsError> {
    let reading = match terms.verdict {
        Verdict::Approve => Reading::of(plan, policy, book)?,
        Verdict::Reject => Reading::without_totals(plan, policy, book),
    };
    Ok(reading.statement(terms))
}

#[cfg(test)]
mod tests {
    use strongroom_protocol::JournalHash;

    use super::*;
    use crate::test_support::{
        self as support, book, book_text, edit, intent, pay, plan, policy, policy_text, public,
    };

    const EXCHANGE: &str = "0x3333333333333333333333333333333333333333";
    const ETH: &str = "eip155:1/slip44:60";

    type Alteration = fn(&mut Statement);

    fn sample() -> Plan {
        plan(vec![intent(support::cold(), 10, vec![pay(ETH, EXCHANGE, 100)])])
    }

    fn terms(verdict: Verdict) -> Terms {
        let head = Head { sequence: 3, hash: JournalHash::of(b"line") };
        Terms {
            person: "alice".parse().unwrap(),
            verdict,
            signed_at: Timestamp::from_unix(1_800_000_000),
            valid_until: Timestamp::from_unix(1_800_003_600),
            vaults: [(public(50).station(), head)].into(),
        }
    }

    fn statement() -> Statement {
        expected_statement(&sample(), &terms(Verdict::Approve), &policy(), &book()).unwrap()
    }

    fn compare(statement: &Statement) -> Result<(), StatementDifference> {
        Reading::of(&sample(), &policy(), &book()).unwrap().compare(statement)
    }

    #[test]
    fn what_the_approver_makes_the_vault_makes_again() {
        let made = statement();
        let crossed: Statement = made.to_string().parse().unwrap();
        assert_eq!(crossed, made);
        assert_eq!(compare(&crossed), Ok(()));
        assert_eq!(made.totals.len(), 1);
        assert_eq!(made.max_fees, [(ETH.parse().unwrap(), Amount::from(10u64))]);
    }

    /// Each of these is an approval of something else than the plan, the policy or the book at hand.
    #[test]
    fn every_difference_is_named() {
        let alter: [(&str, Alteration); 9] = [
            ("house", |statement| statement.house = HouseId::of(b"other")),
            ("plan", |statement| statement.plan = PlanId::of(b"other")),
            ("policy", |statement| statement.policy = PolicyId::of(b"other")),
            ("book", |statement| statement.book = BookId::of(b"other")),
            ("total", |statement| statement.totals[0].amount = Amount::from(99u64)),
            ("total", |statement| statement.totals[0].count = 2),
            ("total", |statement| statement.totals[0].class = "own".parse().unwrap()),
            ("total", |statement| statement.totals.clear()),
            ("max-fee", |statement| statement.max_fees[0].1 = Amount::from(11u64)),
        ];
        for (line, change) in alter {
            let mut other = statement();
            change(&mut other);
            let difference = compare(&other).expect_err(line);
            assert!(difference.expected.starts_with(&format!("`{line} ")), "{line}: {difference}");
            assert_eq!(difference.person.as_str(), "alice");
        }
        let mut other = statement();
        other.max_fees.clear();
        assert_eq!(compare(&other).unwrap_err().found, "nothing more");
        let mut other = statement();
        let surplus = other.max_fees[0].clone();
        other.max_fees.push(surplus);
        assert_eq!(compare(&other).unwrap_err().expected, "nothing more");
    }

    #[test]
    fn an_approval_by_another_policy_book_or_plan_does_not_fit() {
        let relabelled = edit(&policy_text(), "label = \"Warm ETH\"", "label = \"Warm\"");
        let relabelled = Policy::unsigned(&relabelled).unwrap();
        let other = expected_statement(&sample(), &terms(Verdict::Approve), &relabelled, &book()).unwrap();
        assert!(compare(&other).unwrap_err().expected.starts_with("`policy "));
        let reclassed =
            Book::unsigned(&edit(&book_text(), "class = \"exchange\"", "class = \"market\"")).unwrap();
        let other = expected_statement(&sample(), &terms(Verdict::Approve), &policy(), &reclassed).unwrap();
        assert!(compare(&other).unwrap_err().expected.starts_with("`book "));
        let dearer = plan(vec![intent(support::cold(), 11, vec![pay(ETH, EXCHANGE, 100)])]);
        let other = expected_statement(&dearer, &terms(Verdict::Approve), &policy(), &book()).unwrap();
        assert!(compare(&other).unwrap_err().expected.starts_with("`plan "));
    }

    #[test]
    fn vaults_are_in_canonical_order() {
        let mut terms = terms(Verdict::Approve);
        let head = Head { sequence: 0, hash: JournalHash::of(b"none") };
        for seed in 60..70 {
            terms.vaults.insert(public(seed).station(), head);
        }
        let statement = expected_statement(&sample(), &terms, &policy(), &book()).unwrap();
        assert!(statement.vaults.is_sorted());
        let mut shuffled = statement.clone();
        shuffled.vaults.reverse();
        assert!(compare(&shuffled).unwrap_err().found.starts_with("`vault "));
        assert_eq!(compare(&statement), Ok(()));
    }

    #[test]
    fn what_cannot_be_added_up_can_be_rejected_but_not_approved() {
        let stranger = "0x9999999999999999999999999999999999999999";
        let plan = plan(vec![intent(support::cold(), 10, vec![pay(ETH, stranger, 100)])]);
        let approval = expected_statement(&plan, &terms(Verdict::Approve), &policy(), &book());
        assert!(matches!(approval, Err(TotalsError::Unlisted { .. })));
        let read = Reading::of(&sample(), &policy(), &book()).unwrap().statement(&terms(Verdict::Reject));
        let unread = expected_statement(&sample(), &terms(Verdict::Reject), &policy(), &book()).unwrap();
        assert_eq!(read, unread, "whether the plan can be added up makes no difference to a rejection");
        let rejection = expected_statement(&plan, &terms(Verdict::Reject), &policy(), &book()).unwrap();
        assert_eq!((rejection.plan, rejection.totals.len(), rejection.max_fees.len()), (plan.id(), 0, 0));
        assert_eq!(rejection.to_string().parse(), Ok(rejection));
    }
}
