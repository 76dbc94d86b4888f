//! Is this reply by one of our vaults, to one of our requests, out of the one journal we know, with signatures that hold?

use std::collections::BTreeMap;

use strongroom_journal::{Line, VaultEntry, verify_lines};
use strongroom_protocol::{
    Account, Claim, Codec, Head, JournalHash, RawTx, Reply, Request, RequestId, Sealed, SignedItem, Slot,
    StationId, canonical,
};
use strongroom_screen::Failure;

use crate::home::Home;
use crate::store::replies;
use crate::store::requests::{self, StoredRequest};
use crate::{chains, exit, requested};

/// One transaction put together from our own bytes and a vault's signatures.
pub(super) struct Assembled {
    pub(super) intent: u32,
    pub(super) rung: u32,
    pub(super) slot: Slot,
    pub(super) raw: RawTx,
}

/// A reply in which everything holds.
pub(super) struct Checked {
    pub(super) stored: StoredRequest,
    pub(super) request: Request,
    pub(super) transactions: Vec<Assembled>,
    /// Requests that the vault claimed slots for and that this desk has never seen.
    pub(super) unexplained: Vec<RequestId>,
}

fn disagree(code: &str, words: String) -> Failure {
    Failure::new(exit::DISAGREE, code, words)
}

/// Checks everything about a reply. Nothing is taken in by this.
pub(super) fn check(home: &Home, sealed: &Sealed<Reply>) -> Result<Checked, Failure> {
    let reply = sealed.value();
    let policy = home.policy()?;
    let station = policy.station(&reply.station).ok_or_else(|| {
        disagree(
            "station",
            format!("the reply is by station {}, which the policy does not know", reply.station),
        )
    })?;
    sealed.verify(&station.key).map_err(|error| {
        disagree("seal", format!("the reply is not sealed by station {}: {error}", station.name))
    })?;
    if reply.house != home.house {
        return Err(disagree(
            "house",
            format!("the reply is of house {}, this desk's is {}", reply.house, home.house),
        ));
    }
    let stored = requests::find(home.store.connection(), &reply.request)
        .map_err(|error| home.store.error(error))?
        .ok_or_else(|| {
            disagree("unknown-request", format!("request {} was not written here", reply.request))
        })?;
    if stored.plan != reply.plan {
        return Err(disagree(
            "plan",
            format!("the reply names plan {}, but the request is of {}", reply.plan, stored.plan),
        ));
    }
    let request = requested::decode(&stored)?;
    let lines = read_lines(reply)?;
    one_history(home, reply)?;
    let claims = claims(&lines, reply)?;
    let mut transactions = Vec::new();
    let mut last = None;
    for item in &reply.items {
        if last.is_some_and(|last| last >= item.intent) {
            return Err(disagree(
                "reply-order",
                "the reply repeats an item, or has them out of order".to_owned(),
            ));
        }
        last = Some(item.intent);
        transactions.extend(assemble(&request, item, &claims, reply.station)?);
    }
    let unexplained = unexplained(home, &lines, reply.request)?;
    Ok(Checked { stored, request, transactions, unexplained })
}

fn read_lines(reply: &Reply) -> Result<Vec<Line<VaultEntry>>, Failure> {
    let lines = reply.lines.iter().map(|line| line.as_slice());
    verify_lines(reply.since, lines, reply.head).map_err(|error| disagree("journal-lines", error.to_string()))
}

/// Every line's number and hash in a reply, the head it begins after included.
fn hashes(reply: &Reply) -> BTreeMap<u64, JournalHash> {
    let first = reply.since.sequence.saturating_add(1);
    let lines = (first..).zip(reply.lines.iter().map(|line| JournalHash::of(line)));
    std::iter::once((reply.since.sequence, reply.since.hash)).chain(lines).collect()
}

/// A vault has one history. A reply that tells another than earlier ones comes from a restored or a second home.
fn one_history(home: &Home, reply: &Reply) -> Result<(), Failure> {
    let store = &home.store;
    let start = Head { sequence: 0, hash: JournalHash::from_bytes(*home.house.as_bytes()) };
    let mut known = BTreeMap::from([(start.sequence, start.hash)]);
    for earlier in
        replies::of_station(store.connection(), &reply.station).map_err(|error| store.error(error))?
    {
        let sealed: Sealed<Reply> = canonical::decode(&earlier.document).map_err(|error| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("a stored reply is damaged: {error}"))
        })?;
        known.extend(hashes(sealed.value()));
    }
    let told = hashes(reply);
    if let Some((number, _)) =
        told.iter().find(|(number, hash)| known.get(number).is_some_and(|known| known != *hash))
    {
        return Err(disagree(
            "forked-journal",
            format!("line {number} of this vault's journal is not the one it told before: it was restored, or it is not the same vault"),
        )
        .hint("freeze, and have the admins look at both before anything else"));
    }
    let joined = told.keys().any(|number| known.contains_key(number));
    if joined {
        return Ok(());
    }
    Err(disagree(
        "journal-gap",
        "the reply's journal lines do not join those known here: import the earlier replies first".to_owned(),
    ))
}

/// What the vault wrote down for this request before it signed.
fn claims(lines: &[Line<VaultEntry>], reply: &Reply) -> Result<Vec<Claim>, Failure> {
    let mut found = None;
    let mut signed = None;
    for line in lines {
        match &line.entry {
            VaultEntry::Claimed { request, plan, claims, .. }
                if *request == reply.request && *plan == reply.plan =>
            {
                found = Some(claims.clone());
            }
            VaultEntry::Signed { request, machine, .. } if *request == reply.request => {
                signed = Some(*machine);
            }
            _ => {}
        }
    }
    match (found, signed) {
        (Some(_), Some(machine)) if machine != reply.machine => Err(disagree(
            "machine",
            format!("the reply says {} of the vault's machine, and its journal {machine}", reply.machine),
        )),
        (Some(claims), Some(_)) => Ok(claims),
        _ => Err(disagree(
            "unclaimed",
            "the vault's journal lines do not show that it claimed and signed this request".to_owned(),
        )),
    }
}

fn unexplained(home: &Home, lines: &[Line<VaultEntry>], own: RequestId) -> Result<Vec<RequestId>, Failure> {
    let mut strangers = Vec::new();
    for line in lines {
        let VaultEntry::Claimed { request, .. } = &line.entry else { continue };
        let known = *request == own
            || requests::find(home.store.connection(), request)
                .map_err(|error| home.store.error(error))?
                .is_some();
        if !known && !strangers.contains(request) {
            strangers.push(*request);
        }
    }
    Ok(strangers)
}

/// Puts a vault's signatures into our own bytes; each is verified on the way.
fn assemble(
    request: &Request,
    signed: &SignedItem,
    claims: &[Claim],
    station: StationId,
) -> Result<Vec<Assembled>, Failure> {
    let line = u64::from(signed.intent).saturating_add(1);
    let refuse = |why: &str| disagree("reply-item", format!("line {line}: {why}"));
    let item = request
        .items
        .iter()
        .find(|item| item.intent == signed.intent)
        .ok_or_else(|| refuse("the reply signs an item that was not asked for"))?;
    let (account, codec) =
        account(request, signed.intent).ok_or_else(|| refuse("its account is not known"))?;
    if account.station != station {
        return Err(refuse("the reply signs for an account of another station"));
    }
    if item.rungs.len() != signed.rungs.len() {
        return Err(refuse("the reply has not one set of signatures for each version"));
    }
    let claim = claims
        .iter()
        .find(|claim| claim.intent == signed.intent)
        .ok_or_else(|| refuse("the vault did not claim it in its journal"))?;
    let mut assembled = Vec::new();
    for (number, (rung, signatures)) in (0u32..).zip(item.rungs.iter().zip(&signed.rungs)) {
        let tx = codec.decode(account, &rung.unsigned).map_err(|error| refuse(&error.to_string()))?;
        let (slots, _) = Claim::slots_of(tx.effects());
        let slot = slots.first().cloned().ok_or_else(|| refuse("its transaction has no slot"))?;
        if claim.slots != slots {
            return Err(refuse("the vault claimed other slots than the bytes spend"));
        }
        let raw = tx.assemble(signatures).map_err(|error| refuse(&error.to_string()))?;
        assembled.push(Assembled { intent: signed.intent, rung: number, slot, raw });
    }
    Ok(assembled)
}

fn account(request: &Request, intent: u32) -> Option<(&Account, &'static dyn Codec)> {
    let intent = usize::try_from(intent).ok().and_then(|index| request.plan.value().intents.get(index))?;
    let account = request.accounts.iter().find(|account| account.id() == intent.account)?;
    Some((account, chains::codec(&account.chain)?))
}
