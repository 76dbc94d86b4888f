//! A review: what a request does and what every rule says to it. It can be shown; it cannot be signed.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_journal::VaultEntry;
use strongroom_policy::judge::{
    Bench, Case, Judged, ReadItem, Refusal, Rule, Sight, Verdict, present, read_approvals,
};
use strongroom_policy::{Book, Policy};
use strongroom_protocol::{
    Account, AccountId, BookId, Claim, Codec, ComparisonCode, DeviceBinding, Effects, Facts, Head, HouseId,
    Intent, Interval, Item, Name, PlanId, Request, RequestId, SignedText, StationId, Timestamp, Unsigned,
    Warmth, canonical,
};

use crate::approved::Approved;
use crate::chronicle::{Chronicle, ChronicleError};
use crate::codecs::Codecs;
use crate::confirmation::{Challenge, Confirmation};
use crate::device::{Described, Preview, PreviewItem};
use crate::devices::{Devices, Foreseen};

/// The vault's side: everything a request is judged by.
pub struct Gate<'a> {
    /// The chains it can read.
    pub codecs: &'a Codecs,
    /// The devices it has drivers for.
    pub devices: &'a Devices,
    /// The house.
    pub house: HouseId,
    /// This station.
    pub station: StationId,
    /// Who works it.
    pub operator: &'a Name,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The address book in force.
    pub book: &'a Book,
    /// The clock's reading.
    pub clock: Timestamp,
    /// What the machine was found to be.
    pub machine: Warmth,
    /// Random bytes of this run, which choose what the operator must type: nobody else may know them before.
    pub challenge_seed: [u8; 32],
}

/// A request that was read, and the verdict on it.
pub struct Review {
    pub(crate) request: Request,
    pub(crate) request_id: RequestId,
    pub(crate) plan_id: PlanId,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) station: StationId,
    machine: Warmth,
    operator: Name,
    book: BookId,
    judged: Judged,
    /// The items that a device will sign without showing them to its owner.
    blind: BTreeSet<u32>,
    now: Interval,
    /// Where the journal stood when it was judged.
    head: Head,
    challenge: Challenge,
}

/// One line of a review: an item as its bytes say it.
pub struct ReadLine<'a> {
    /// The intent's place in the plan, from 0.
    pub number: u32,
    /// The intent.
    pub intent: &'a Intent,
    /// The account.
    pub account: &'a Account,
    /// What the costliest version does, by the bytes.
    pub effects: Effects,
    /// How many versions there are.
    pub versions: usize,
    /// Whether this station's key is asked for it.
    pub ours: bool,
    /// What the device that holds the key will show; none if no device does.
    pub preview: Option<Preview>,
}

impl Review {
    /// Reads a request and judges it by every rule. Changes nothing.
    ///
    /// # Errors
    /// A [`Refusal`] if the bytes cannot be read at all, a statement is not genuine, or the clock contradicts the
    /// record. Everything else is in the [`Verdict`], so that an operator sees all of it at once.
    pub fn open(
        bytes: &[u8],
        approvals: &[SignedText],
        gate: &Gate<'_>,
        chronicle: &Chronicle,
    ) -> Result<Self, Refusal> {
        let request: Request =
            canonical::decode(bytes).map_err(|error| Refusal::new(Rule::Bundle, error.to_string()))?;
        request.check_shape().map_err(|error| Refusal::new(Rule::Shape, error.to_string()))?;
        let approvals = read_approvals(approvals, gate.policy)?;
        let now = present(gate.clock, chronicle.standing().newest, &approvals)
            .map_err(|error| Refusal::new(Rule::Clock, error.to_string()))?;
        let accounts: BTreeMap<_, _> =
            request.accounts.iter().map(|account| (account.id(), account.clone())).collect();
        let bench = Bench {
            house: gate.house,
            station: gate.station,
            policy: gate.policy,
            book: gate.book,
            history: chronicle.history(),
            journal: chronicle,
            state: chronicle.state(),
            now,
            machine: Some(gate.machine),
        };
        let mut case = Case::open(&bench, &request.plan, &request.vault_heads);
        let mut blind = BTreeSet::new();
        for item in &request.items {
            if read_item(&mut case, gate, &request, &accounts, item) {
                blind.insert(item.intent);
            }
        }
        let judged = case.close(&approvals, Some(gate.operator));
        let plan_id = PlanId::of(request.plan.bytes());
        Ok(Self {
            request_id: RequestId::of(bytes),
            plan_id,
            station: gate.station,
            machine: gate.machine,
            operator: gate.operator.clone(),
            book: gate.book.id(),
            challenge: Challenge::new(ComparisonCode::of(plan_id.as_bytes()), &gate.challenge_seed),
            accounts,
            request,
            judged,
            blind,
            now,
            head: chronicle.head(),
        })
    }

    /// What every rule says.
    pub const fn verdict(&self) -> &Verdict {
        &self.judged.verdict
    }

    /// The request.
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Its id.
    pub const fn request_id(&self) -> RequestId {
        self.request_id
    }

    /// The id of its plan.
    pub const fn plan_id(&self) -> PlanId {
        self.plan_id
    }

    /// Who approved, and how many had to.
    pub fn approvals(&self) -> (&[Name], u32) {
        (&self.judged.approvers, self.judged.needed)
    }

    /// All that the signatures could do: what will be journaled.
    pub fn claims(&self) -> &[Claim] {
        &self.judged.claims
    }

    /// The present it was judged at.
    pub const fn now(&self) -> Interval {
        self.now
    }

    /// What the operator must type before anything is signed.
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The items as their bytes say them, one after the other: a request of 100,000 is never held decoded.
    pub fn lines<'a>(&'a self, gate: &'a Gate<'a>) -> impl Iterator<Item = ReadLine<'a>> + 'a {
        self.request.items.iter().filter_map(move |item| {
            let (intent, account, codec) = find(&self.request, &self.accounts, gate.codecs, item)?;
            let unsigned = &item.rungs.last()?.unsigned;
            let effects = codec.decode(account, unsigned).ok()?.effects().clone();
            let ours = account.station == self.station;
            let preview = match foresee(gate, account, intent, unsigned, &effects) {
                Foreseen::Screens(_, preview) => Some(preview),
                Foreseen::NoScreen | Foreseen::Unknown(_) => None,
            };
            let versions = item.rungs.len();
            Some(ReadLine { number: item.intent, intent, account, effects, versions, ours, preview })
        })
    }

    /// Whether any item will be signed by a device that does not show it.
    pub fn is_blind(&self) -> bool {
        !self.blind.is_empty()
    }

    /// What the machine was found to be.
    pub const fn machine(&self) -> Warmth {
        self.machine
    }

    /// Claims every slot in one synced write. From here on the signatures count as possibly made.
    ///
    /// # Errors
    /// [`ApproveError::Refused`] with the first [`Refusal`] of the verdict, or if the confirmation is another plan's or the
    /// journal has moved on: nothing is claimed then. [`ApproveError::Journal`] if the claims cannot be written down: they
    /// may stand in the journal or not, and a new review of the same request goes on from there.
    pub fn approve(
        self,
        confirmation: &Confirmation,
        chronicle: &mut Chronicle,
    ) -> Result<Approved, ApproveError> {
        if let Some(refusal) = self.judged.verdict.first_refusal() {
            return Err(refusal.clone().into());
        }
        if confirmation.code != ComparisonCode::of(self.plan_id.as_bytes()) {
            return Err(Refusal::new(Rule::Confirmation, "the code that was typed is another plan's").into());
        }
        // The verdict is about the journal as it was. Since then another payment can have taken the slot or the day's
        // limit, or a freeze the right to pay at all.
        if chronicle.head() != self.head {
            let words = "the journal moved on during the review: review again";
            return Err(Refusal::new(Rule::VaultHead, words).into());
        }
        // Of a large request, what is not needed any more goes before the claims are written: the bytes of the plan.
        let since = self.request.vault_heads.get(&self.station).copied();
        let plan = self.request.plan.into_value();
        let entry = VaultEntry::Claimed {
            request: self.request_id,
            plan: self.plan_id,
            policy: plan.policy,
            book: self.book,
            operator: self.operator,
            approvers: self.judged.approvers,
            claims: self.judged.claims,
        };
        let at = self.now.hi();
        // After a crash the same claims stand already: claiming them again would only lengthen the journal.
        if !chronicle.stands_claimed(&entry) {
            chronicle.append(at, entry)?;
        }
        Ok(Approved {
            request_id: self.request_id,
            plan_id: self.plan_id,
            since: since.unwrap_or(Head::start(plan.house)),
            intents: plan.intents,
            items: self.request.items,
            blind: self.blind,
            accounts: self.accounts,
            station: self.station,
            machine: self.machine,
            at,
        })
    }
}

/// Why a review was not approved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApproveError {
    /// A rule says no.
    #[error("{0}")]
    Refused(Refusal),
    /// The claims cannot be written down. That is no refusal: nothing is wrong with the request.
    #[error(transparent)]
    Journal(#[from] ChronicleError),
}

impl From<Refusal> for ApproveError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl ApproveError {
    /// The refusal, if it is one.
    ///
    /// # Errors
    /// The journal's own error.
    pub fn into_refusal(self) -> Result<Refusal, ChronicleError> {
        match self {
            Self::Refused(refusal) => Ok(refusal),
            Self::Journal(error) => Err(error),
        }
    }
}

fn find<'a>(
    request: &'a Request,
    accounts: &'a BTreeMap<AccountId, Account>,
    codecs: &'a Codecs,
    item: &Item,
) -> Option<(&'a Intent, &'a Account, &'a dyn Codec)> {
    let intent =
        usize::try_from(item.intent).ok().and_then(|index| request.plan.value().intents.get(index))?;
    let account = accounts.get(&intent.account)?;
    Some((intent, account, codecs.of(&account.chain)?))
}

/// What the device that holds an account's key will show for a transaction.
fn foresee<'a>(
    gate: &Gate<'_>,
    account: &'a Account,
    intent: &Intent,
    unsigned: &Unsigned,
    effects: &Effects,
) -> Foreseen<'a> {
    let described = match &account.device {
        DeviceBinding::Hardware { kind, .. } => {
            let mut assets = effects.moves.iter().map(|moved| &moved.asset);
            let asset = assets.next().or_else(|| effects.grants.first().map(|grant| &grant.asset));
            asset.and_then(|id| gate.policy.asset(id)).and_then(|asset| {
                let descriptor = asset.descriptors.get(kind)?;
                let (symbol, decimals) = (asset.symbol.as_str(), asset.decimals);
                Some(Described { asset: &asset.id, symbol, decimals, descriptor })
            })
        }
        _ => None,
    };
    gate.devices.foresee(account, &PreviewItem { account, intent, unsigned, effects, described })
}

/// Two ways to the same bytes: decode them into effects, and build them again from intent and facts. Says whether a
/// device will sign the item without showing it.
fn read_item(
    case: &mut Case<'_>,
    gate: &Gate<'_>,
    request: &Request,
    accounts: &BTreeMap<AccountId, Account>,
    item: &Item,
) -> bool {
    let number = item.intent;
    let Some((intent, account, codec)) = find(request, accounts, gate.codecs, item) else {
        let words = "the request carries no record of the account, or no chain here can read it";
        case.verdict_mut().refuse(Refusal::of_item(Rule::Account, number, words));
        return false;
    };
    let mut versions = Vec::with_capacity(item.rungs.len());
    for rung in &item.rungs {
        let rebuilt = match codec.build(account, intent, &rung.facts) {
            Err(error) => Some(error.to_string()),
            Ok(bytes) if bytes == rung.unsigned => None,
            Ok(_) => Some("the bytes are not the ones that the intent and the facts give".to_owned()),
        };
        case.verdict_mut().note(Rule::Rebuild, Some(number), rebuilt);
        if let Facts::Evm(facts) = &rung.facts {
            case.gas_price(number, &account.chain, facts.fees.ceiling());
        }
        match codec.decode(account, &rung.unsigned) {
            Ok(tx) => versions.push(tx),
            Err(error) => {
                case.verdict_mut().refuse(Refusal::of_item(Rule::Decode, number, error.to_string()));
            }
        }
    }
    if versions.len() != item.rungs.len() {
        return false;
    }
    let effects: Vec<_> = versions.iter().map(|tx| tx.effects()).collect();
    // Each version is shown by itself: the worst of them counts.
    let mut foreseen = Foreseen::NoScreen;
    for (rung, effects) in item.rungs.iter().zip(&effects) {
        foreseen = foresee(gate, account, intent, &rung.unsigned, effects);
        if matches!(foreseen.sight(), Sight::Blind { .. }) {
            break;
        }
    }
    let sight = foreseen.sight();
    case.item(&ReadItem { number, intent, account, versions: &effects, sight: Some(sight) });
    case.verdict_mut().pass(Rule::Decode);
    matches!(sight, Sight::Blind { .. })
}
