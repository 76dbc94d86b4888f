//! Rules, refusals and verdicts.

use std::collections::BTreeMap;
use std::fmt;

/// Why a program ends: the exit codes of the command contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Exit {
    /// Refused by policy: 3.
    Policy,
    /// Bytes, intent, statement or signature disagree: 5.
    Disagree,
    /// Expired: 6.
    Expired,
    /// Device or file not ready: 8.
    NotReady,
    /// Journal or bundle damaged: 9.
    Damaged,
}

impl Exit {
    /// The process exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Policy => 3,
            Self::Disagree => 5,
            Self::Expired => 6,
            Self::NotReady => 8,
            Self::Damaged => 9,
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $exit:ident;)*) => {
        /// One thing that is checked before a key is asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule, in the order they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable name, as JSON and journal have it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The exit code of a refusal by it.
            pub const fn exit(self) -> Exit {
                match self {
                    $(Self::$name => Exit::$exit,)*
                }
            }
        }
    };
}

rules! {
    /// The bundle is readable and in canonical form.
    Bundle = "bundle", Damaged;
    /// Items, ladders and account copies are in order.
    Shape = "shape", Disagree;
    /// The plan belongs to this house.
    House = "house", Disagree;
    /// The plan was made under the policy in force.
    PolicyInForce = "policy-in-force", Policy;
    /// The plan cites no mandate: this version carries none out.
    Mandate = "mandate", Policy;
    /// The policy has begun and is not past its review.
    PolicyDates = "policy-dates", Policy;
    /// The house is not frozen, or the item only voids and returns.
    State = "state", Policy;
    /// The clock does not contradict the record.
    Clock = "clock", NotReady;
    /// The journal contains the head that the request and the statements know.
    VaultHead = "vault-head", Disagree;
    /// The home is not a copy or a restored one: it lives where it was made, and nobody knows of lines that it lost.
    Recovering = "recovering", Policy;
    /// What other stations of the policy signed was learned, as far as the request and the statements know of it.
    OtherVaults = "other-vaults", Disagree;
    /// The machine is cold, if the policy wants this station's to be.
    Cold = "cold", Policy;
    /// The plan is signed by a preparer of the policy.
    Preparer = "preparer", Disagree;
    /// The account is pinned, may spend, and its key is this station's.
    Account = "account", Policy;
    /// The bytes decode to effects that are understood to the last byte.
    Decode = "decode", Disagree;
    /// The bytes are the ones that intent and facts give.
    Rebuild = "rebuild", Disagree;
    /// The effects are the intent's.
    Intent = "intent", Disagree;
    /// The versions of a ladder share a slot and differ only in fees.
    Ladder = "ladder", Disagree;
    /// A device shows its owner what is signed, or the policy names account, device and asset as signed unseen.
    Blind = "blind", Policy;
    /// The asset is in the pinned registry.
    Asset = "asset", Policy;
    /// The destination is in the book, for this asset, today.
    Destination = "destination", Policy;
    /// The intent has not expired.
    NotAfter = "not-after", Expired;
    /// The amount of an item is within its limit.
    ItemLimit = "item-limit", Policy;
    /// The amounts of the request are within the limit.
    RequestLimit = "request-limit", Policy;
    /// The amounts of the rolling day are within the limit.
    DayLimit = "day-limit", Policy;
    /// The fee is within what the intent allows.
    FeeIntent = "fee-intent", Policy;
    /// The fee is within the absolute cap.
    FeeAbsolute = "fee-absolute", Policy;
    /// The fee is within the cap relative to the amount.
    FeeRelative = "fee-relative", Policy;
    /// The fees of the rolling day are within the limit.
    FeeDay = "fee-day", Policy;
    /// A slot carries one set of payments.
    Slot = "slot", Policy;
    /// A reference pays once, and its words keep to one alphabet.
    Reference = "reference", Policy;
    /// Every statement handed in is genuine and says what is true.
    Statement = "statement", Disagree;
    /// Every statement handed in is still valid.
    StatementExpiry = "statement-expiry", Expired;
    /// Nobody rejected the plan.
    Rejection = "rejection", Policy;
    /// Preparer, approvers and operator are distinct.
    Duties = "duties", Policy;
    /// Enough people approved, by the tier of the rolling day's amounts.
    Quorum = "quorum", Policy;
    /// The operator compared the code.
    Confirmation = "confirmation", Disagree;
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A "no" with its reason: a value that is shown, journaled and has an exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule refused.
    pub rule: Rule,
    /// Which intent of the plan, from 0, if it is one item's fault.
    pub intent: Option<u32>,
    /// Why, and what to do about it.
    pub words: String,
}

impl Refusal {
    /// A refusal of the request as a whole.
    pub fn new(rule: Rule, words: impl Into<String>) -> Self {
        Self { rule, intent: None, words: words.into() }
    }

    /// A refusal of one item.
    pub fn of_item(rule: Rule, intent: u32, words: impl Into<String>) -> Self {
        Self { rule, intent: Some(intent), words: words.into() }
    }

    /// The exit code.
    pub const fn exit(&self) -> Exit {
        self.rule.exit()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.intent {
            // People count lines from 1.
            Some(intent) => {
                write!(f, "{}, line {}: {}", self.rule, u64::from(intent).saturating_add(1), self.words)
            }
            None => write!(f, "{}: {}", self.rule, self.words),
        }
    }
}

impl std::error::Error for Refusal {}

/// What became of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How often it was asked.
    pub checked: usize,
    /// What it refused; beyond a number that anybody reads, only counted.
    pub refusals: Vec<Refusal>,
    /// How often it refused.
    pub refused: usize,
}

/// Refusals of one rule that are kept in words; the rest is counted.
const KEPT: usize = 100;

/// What every rule said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    outcomes: BTreeMap<Rule, Outcome>,
}

impl Verdict {
    /// A rule was asked and had nothing to say.
    pub fn pass(&mut self, rule: Rule) {
        let outcome = self.outcomes.entry(rule).or_default();
        outcome.checked = outcome.checked.saturating_add(1);
    }

    /// A rule was asked and refused.
    pub fn refuse(&mut self, refusal: Refusal) {
        let outcome = self.outcomes.entry(refusal.rule).or_default();
        outcome.checked = outcome.checked.saturating_add(1);
        outcome.refused = outcome.refused.saturating_add(1);
        if outcome.refusals.len() < KEPT {
            outcome.refusals.push(refusal);
        }
    }

    /// A rule was asked and passes unless there are words against it.
    pub fn note(&mut self, rule: Rule, intent: Option<u32>, against: Option<String>) {
        match against {
            None => self.pass(rule),
            Some(words) => self.refuse(Refusal { rule, intent, words }),
        }
    }

    /// Whether every rule that was asked passed.
    pub fn passed(&self) -> bool {
        self.outcomes.values().all(|outcome| outcome.refused == 0)
    }

    /// The outcomes, in the rules' order.
    pub fn outcomes(&self) -> impl Iterator<Item = (Rule, &Outcome)> {
        self.outcomes.iter().map(|(rule, outcome)| (*rule, outcome))
    }

    /// The refusals kept in words, in the rules' order.
    pub fn refusals(&self) -> impl Iterator<Item = &Refusal> {
        self.outcomes.values().flat_map(|outcome| &outcome.refusals)
    }

    /// The first refusal in the rules' order, if there is one: it decides the exit code.
    pub fn first_refusal(&self) -> Option<&Refusal> {
        self.refusals().next()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rule_names_are_unique_and_fit_the_journal() {
        let names: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for name in names {
            assert!(name.parse::<strongroom_protocol::Name>().is_ok(), "{name}");
        }
    }

    #[test]
    fn one_refusal_is_enough() {
        let mut verdict = Verdict::default();
        verdict.pass(Rule::Asset);
        assert!(verdict.passed());
        for intent in 0..150 {
            verdict.refuse(Refusal::of_item(Rule::Asset, intent, "unknown"));
        }
        assert!(!verdict.passed());
        let (_, outcome) = verdict.outcomes().next().unwrap();
        assert_eq!((outcome.checked, outcome.refused, outcome.refusals.len()), (151, 150, 100));
        assert_eq!(verdict.first_refusal().unwrap().to_string(), "asset, line 1: unknown");
    }
}
