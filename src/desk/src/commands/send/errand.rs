//! What is to be sent of a request, and what must not be.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use strongroom_policy::Policy;
use strongroom_protocol::{Request, RequestId, Slot, Timestamp};
use strongroom_screen::Failure;

use crate::following::fate::FateKind;
use crate::following::round::Round;
use crate::following::slot_versions::{Gatherer, SignedVersion, SlotVersions};
use crate::home::{Freeze, Home};
use crate::store::requests::{RequestState, StoredRequest};
use crate::store::transactions::{self, StoredTransaction};
use crate::{chains, exit, requested};

/// A request that is being sent.
pub(super) struct Errand {
    pub(super) id: RequestId,
    pub(super) request: Request,
    /// Its signed items.
    lines: Vec<Line>,
    /// Whether it was given up: then it is followed, and not sent again.
    given_up: bool,
}

/// A signed item.
struct Line {
    slot: Slot,
    /// Its versions, cheapest first.
    versions: Vec<StoredTransaction>,
    /// Which of them is sent, from 0.
    rung: usize,
    /// When that one was sent, since this command began.
    sent_at: Duration,
}

/// One transaction that is to be handed to nodes.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) request: RequestId,
    pub(super) transaction: StoredTransaction,
}

impl Errand {
    /// What there is to send of a request.
    ///
    /// # Errors
    /// A failure if nothing is signed, or something of it must not be sent now.
    pub(super) fn of(
        home: &mut Home,
        stored: &StoredRequest,
        rung: Option<u32>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let request = requested::decode(stored)?;
        let signed = transactions::of_request(home.store.connection(), &stored.id)
            .map_err(|error| home.store.error(error))?;
        if signed.is_empty() {
            return Err(Failure::new(
                exit::NOT_READY,
                "unsigned",
                format!("nothing of request {} is signed, as far as was taken in here", stored.id),
            )
            .hint("carry it to the vault and take in the reply with `strongroom reply import FILE`"));
        }
        let was_sent = signed.iter().any(|signed| signed.first_sent_at.is_some());
        let given_up = stored.state == RequestState::Abandoned;
        if given_up && !was_sent {
            return Err(Failure::new(
                exit::POLICY,
                "abandoned",
                format!("request {} was given up", stored.id),
            )
            .hint("void its slots with `strongroom void`, or prepare the payment again"));
        }
        let errand = Self { id: stored.id, request, lines: lines(signed, rung)?, given_up };
        errand.check_expiry(now)?;
        if let Some(freeze) = home.log(now)?.freeze().cloned() {
            errand.check_freeze(home, &freeze)?;
        }
        Ok(errand)
    }

    /// The slots of everything that is signed.
    pub(super) fn slots(&self) -> BTreeSet<Slot> {
        self.lines.iter().map(|line| line.slot.clone()).collect()
    }

    /// What nobody wants any more is not sent for the first time. What was sent before may land any time anyway.
    fn check_expiry(&self, now: Timestamp) -> Result<(), Failure> {
        for line in self.lines.iter().filter(|line| !line.was_sent() && !line.is_settled()) {
            let Some(intent) = line.versions.first().and_then(|signed| self.intent(signed.intent)) else {
                continue;
            };
            if intent.not_after < now {
                return Err(Failure::new(
                    exit::EXPIRED,
                    "not-after",
                    format!("{} was wanted until {} and was never sent", line.slot, intent.not_after),
                )
                .hint(format!("void the slot so that it can never land: {}", void_command(&line.slot))));
            }
        }
        Ok(())
    }

    fn intent(&self, number: u32) -> Option<&strongroom_protocol::Intent> {
        usize::try_from(number).ok().and_then(|index| self.request.plan.value().intents.get(index))
    }

    /// While the house is frozen on this desk, only what pays nobody but ourselves goes out.
    pub(super) fn check_freeze(&self, home: &Home, freeze: &Freeze) -> Result<(), Failure> {
        let policy = home.policy()?;
        let mut gatherer = Gatherer::new(home);
        for line in self.lines.iter().filter(|line| !line.is_settled()) {
            let slot = gatherer.gather(&line.slot)?;
            let own = slot.versions.iter().filter(|version| version.stored.request == self.id);
            if own.into_iter().any(|version| pays_strangers(policy, &slot, version)) {
                return Err(Failure::new(
                    exit::POLICY,
                    "state",
                    format!(
                        "this desk is frozen, by {} since {}: {:?}. Only voids and returns are sent until a quorum thaws it",
                        freeze.by,
                        freeze.at,
                        freeze.reason.as_str()
                    ),
                )
                .hint("`strongroom status --refresh` follows what is on its way already"));
            }
        }
        Ok(())
    }

    /// What goes out now: of each line that has not landed, the version chosen, in the order of the slots.
    ///
    /// # Errors
    /// A failure if the store is damaged, or a void of one of the slots was sent.
    pub(super) fn outgoing(&self, home: &Home, round: &Round) -> Result<Vec<Outgoing>, Failure> {
        if self.given_up {
            return Ok(Vec::new());
        }
        let mut gatherer = Gatherer::new(home);
        let mut outgoing = Vec::new();
        for line in self.lines.iter().filter(|line| !line.is_settled()) {
            let open = round.fates.get(&line.slot).is_some_and(|fate| {
                matches!(fate.kind, FateKind::Unsent | FateKind::Dropped | FateKind::Pending { .. })
            });
            if !open {
                continue;
            }
            self.check_superseded(home.policy()?, &gatherer.gather(&line.slot)?)?;
            outgoing.extend(
                line.versions
                    .get(line.rung)
                    .map(|transaction| Outgoing { request: self.id, transaction: transaction.clone() }),
            );
        }
        outgoing.sort_by_key(|outgoing| chains::order_of(&outgoing.transaction.slot));
        Ok(outgoing)
    }

    /// Once a void or a return was sent for a slot, a payment to others does not race it. The other way round is what voids
    /// are for.
    fn check_superseded(&self, policy: &Policy, slot: &SlotVersions) -> Result<(), Failure> {
        let pays = |version: &SignedVersion| pays_strangers(policy, slot, version);
        let own = |version: &&SignedVersion| version.stored.request == self.id;
        if !slot.versions.iter().filter(own).any(pays) {
            return Ok(());
        }
        let other = slot
            .versions
            .iter()
            .find(|version| !own(version) && version.stored.first_sent_at.is_some() && !pays(version));
        let Some(other) = other else { return Ok(()) };
        let by = other.stored.request;
        let words = format!("{} is being voided: request {by} was sent for it", slot.slot);
        Err(Failure::new(exit::POLICY, "superseded", words)
            .hint(format!("follow that one with `strongroom send {by}`")))
    }

    /// Remembers what was sent, and when, so that patience can end.
    pub(super) fn note_sent(&mut self, outgoing: &[Outgoing], at: Duration) {
        for line in &mut self.lines {
            let sent = outgoing.iter().any(|outgoing| outgoing.transaction.slot == line.slot);
            let first = line.sent_at == Duration::ZERO || at == Duration::ZERO;
            if sent && first {
                line.sent_at = at;
            }
        }
    }

    /// Moves each line that has waited long enough for a block to its next version.
    pub(super) fn climb(&mut self, round: &Round, at: Duration, after: Duration) -> bool {
        let mut climbed = false;
        for line in &mut self.lines {
            let pending = round
                .fates
                .get(&line.slot)
                // Behind an earlier slot a higher fee changes nothing.
                .is_some_and(|fate| matches!(fate.kind, FateKind::Pending { behind: 0 } | FateKind::Dropped));
            let next = line.rung.saturating_add(1);
            if pending && at.saturating_sub(line.sent_at) >= after && next < line.versions.len() {
                line.rung = next;
                line.sent_at = at;
                climbed = true;
            }
        }
        climbed
    }

    /// Whether every slot is final.
    pub(super) fn is_settled(&self, home: &Home) -> Result<bool, Failure> {
        let mut gatherer = Gatherer::new(home);
        for line in &self.lines {
            if !gatherer.gather(&line.slot)?.is_settled() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Line {
    fn was_sent(&self) -> bool {
        self.versions.iter().any(|signed| signed.first_sent_at.is_some())
    }

    fn is_settled(&self) -> bool {
        self.versions.iter().all(|signed| signed.state.is_settled())
    }
}

/// The signed items, each at the version that was chosen; otherwise at the dearest that was sent, or the cheapest.
fn lines(signed: Vec<StoredTransaction>, rung: Option<u32>) -> Result<Vec<Line>, Failure> {
    let mut items: BTreeMap<u32, Vec<StoredTransaction>> = BTreeMap::new();
    for transaction in signed {
        items.entry(transaction.intent).or_default().push(transaction);
    }
    let most = items.values().map(Vec::len).max().unwrap_or_default();
    let chosen = rung.map(|rung| usize::try_from(rung).unwrap_or(usize::MAX).saturating_sub(1));
    if chosen.is_some_and(|chosen| chosen >= most) {
        return Err(Failure::new(
            exit::USAGE,
            "rung",
            format!("no line has so many versions: there are at most {most}"),
        ));
    }
    let lines = items.into_values().filter_map(|versions| {
        let slot = versions.first()?.slot.clone();
        let sent = versions.iter().rposition(|signed| signed.first_sent_at.is_some()).unwrap_or_default();
        let last = versions.len().saturating_sub(1);
        let rung = chosen.map_or(sent, |chosen| chosen.min(last));
        Some(Line { slot, versions, rung, sent_at: Duration::ZERO })
    });
    Ok(lines.collect())
}

fn pays_strangers(policy: &Policy, slot: &SlotVersions, version: &SignedVersion) -> bool {
    let mut payments = version.moves.iter().filter(|movement| !movement.amount.is_zero());
    payments.any(|movement| policy.own_account_at(&slot.chain, &movement.to).is_none())
}

/// The command that voids a slot, whose account its text names.
fn void_command(slot: &Slot) -> String {
    let account = slot.as_str().split('/').next().and_then(|account| account.rsplit(':').next());
    format!("`strongroom void {} {slot} --agent -o void.request`", account.unwrap_or("ACCOUNT"))
}
