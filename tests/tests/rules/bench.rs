//! A house with a vault, and what is asked of them.

use std::collections::BTreeMap;

use strongroom_policy::judge::Refusal;
use strongroom_protocol::{Facts, Intent, Plan, Reply, Request, SignedText, Timestamp, canonical};
use strongroom_signing::{Chronicle, Review, Rule};
use strongroom_tests::house::{EXCHANGE, TestHouse};

/// One whole coin, in base units.
pub(crate) const COIN: u128 = 1_000_000_000_000_000_000;

/// A house with a vault that has signed nothing yet.
pub(crate) struct Bench {
    pub(crate) house: TestHouse,
    _folder: tempfile::TempDir,
    pub(crate) chronicle: Chronicle,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|text| text)
    }

    pub(crate) fn with(adjust: impl Fn(String) -> String) -> Self {
        Self::of(TestHouse::new("eip155:1", adjust))
    }

    pub(crate) fn of(house: TestHouse) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chronicle = house.chronicle(folder.path());
        Self { house, _folder: folder, chronicle }
    }

    pub(crate) fn clock(&self) -> Timestamp {
        self.house.start().plus(3600)
    }

    pub(crate) fn review(&self, request: &Request, approvals: &[SignedText]) -> Result<Review, Refusal> {
        let bytes = canonical::encode(request);
        Review::open(&bytes, approvals, &self.house.gate(self.clock()), &self.chronicle)
    }

    /// Everything that is wrong with a request.
    pub(crate) fn refusals(&self, request: &Request, approvals: &[SignedText]) -> Vec<Refusal> {
        match self.review(request, approvals) {
            Ok(review) => review.verdict().refusals().cloned().collect(),
            Err(refusal) => vec![refusal],
        }
    }

    /// Reviews, confirms, claims, signs, and gives the number of signed items.
    pub(crate) fn sign(&mut self, request: &Request, approvals: &[SignedText]) -> Result<usize, Refusal> {
        self.reply(request, approvals).map(|reply| reply.items.len())
    }

    /// Reviews, confirms, claims and signs.
    pub(crate) fn reply(&mut self, request: &Request, approvals: &[SignedText]) -> Result<Reply, Refusal> {
        let review = self.review(request, approvals)?;
        let code = strongroom_protocol::ComparisonCode::of(review.plan_id().as_bytes()).to_string();
        let confirmation = review.challenge().clone().meet(&code).unwrap();
        let approved = review.approve(&confirmation, &mut self.chronicle);
        let approved = approved.map_err(|error| error.into_refusal().unwrap())?;
        let mut signer = self.house.signer();
        let signed = approved.sign(&self.house.codecs, &mut signer, false, |_, _| {}).unwrap();
        let count = signed.count();
        let reply = signed.reply(self.house.id, &mut self.chronicle).unwrap();
        assert_eq!((reply.items.len(), reply.head), (count, self.chronicle.head()));
        Ok(reply)
    }

    /// The next request must say where the journal stands.
    pub(crate) fn knowing(&self, mut request: Request) -> Request {
        let station = self.house.station.public_key().station();
        request.vault_heads = BTreeMap::from([(station, self.chronicle.head())]);
        request
    }
}

/// Exactly this rule refuses, with this exit code and these words; nothing else is wrong.
#[track_caller]
pub(crate) fn only(refusals: &[Refusal], rule: Rule, exit: u8, words: &str) {
    assert!(!refusals.is_empty(), "nothing was refused");
    for refusal in refusals {
        assert_eq!(refusal.rule, rule, "{refusal}");
        assert_eq!(refusal.exit().code(), exit, "{refusal}");
        assert!(refusal.words.contains(words), "{refusal}");
    }
}

/// This rule refuses among others, with this exit code and these words.
#[track_caller]
pub(crate) fn among(refusals: &[Refusal], rule: Rule, exit: u8, words: &str) {
    let found = refusals.iter().find(|refusal| refusal.rule == rule);
    let found = found.unwrap_or_else(|| panic!("{rule} did not refuse: {refusals:?}"));
    assert_eq!(found.exit().code(), exit, "{found}");
    assert!(found.words.contains(words), "{found}");
}

pub(crate) fn single(bench: &Bench) -> (Plan, Request) {
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    (plan, request)
}

/// The request with its first item's bytes built from another intent: what a hostile desk would do.
pub(crate) fn with_bytes_of(bench: &Bench, mut request: Request, intent: &Intent, facts: &Facts) -> Request {
    request.items[0].rungs[0].unsigned = bench.house.rung(intent, facts).unsigned;
    request
}
