//! `journal`: what this vault did.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use strongroom_journal::{Line, VaultEntry};
use strongroom_policy::judge::History;
use strongroom_protocol::{AccountId, Head, JournalHash, Name, PlanId, RequestId, canonical};
use strongroom_screen::{Report, Table};

use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// What this vault did, line by line
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal show --last 20")]
pub(crate) struct Journal {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show(Show),
    Verify(Verify),
}

/// Show the journal's lines
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal show --last 20
  strongroom-vault journal show --json")]
struct Show {
    /// Only so many of the last lines
    #[arg(long, value_name = "COUNT")]
    last: Option<usize>,
    /// The same as --output json
    #[arg(long)]
    json: bool,
}

/// Check every line: the chain, the mark, and that no claim contradicts an earlier one
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal verify")]
struct Verify {}

impl Journal {
    pub(crate) const fn name(&self) -> &'static str {
        match self.verb {
            Verb::Show(_) => "journal show",
            Verb::Verify(_) => "journal verify",
        }
    }

    pub(crate) const fn asks_for_json(&self) -> bool {
        matches!(self.verb, Verb::Show(Show { json: true, .. }))
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let vault = Vault::open(session)?;
        let lines = vault.lines()?;
        match self.verb {
            Verb::Show(show) => Ok(show.report(&vault, &lines)),
            Verb::Verify(_) => verify(&vault, &lines),
        }
    }
}

fn head_data(head: Head) -> Value {
    json!({ "sequence": head.sequence, "hash": head.hash.to_string() })
}

impl Show {
    fn report(&self, vault: &Vault, lines: &[Line<VaultEntry>]) -> Report {
        let skipped = self.last.map_or(0, |last| lines.len().saturating_sub(last));
        let mut table = Table::new().right(&[0]);
        let mut data = Vec::new();
        for line in lines.iter().skip(skipped) {
            let (event, words) = describe(&line.entry);
            table.row([line.sequence.to_string(), line.at.to_string(), event.to_owned(), words]);
            data.push(json!({
                "sequence": line.sequence,
                "at": line.at.to_string(),
                "hash": JournalHash::of(&canonical::encode(line)).to_string(),
                "event": event,
                "detail": detail(&line.entry),
            }));
        }
        let head = vault.chronicle.head();
        let text = format!("{table}\nHead: line {}, {}\n", head.sequence, head.hash);
        Report::new(text, json!({ "head": head_data(head), "lines": data }))
    }
}

/// A line's event and what it says, for people.
fn describe(entry: &VaultEntry) -> (&'static str, String) {
    match entry {
        VaultEntry::Opened { station, .. } => ("opened", format!("station {station}")),
        VaultEntry::PolicyInstalled { policy, epoch } => ("policy", format!("epoch {epoch}, {policy}")),
        VaultEntry::BookInstalled { book, epoch } => ("book", format!("epoch {epoch}, {book}")),
        VaultEntry::KeyAdded { key, provenance, .. } => ("key", format!("{key}, {}", provenance.as_str())),
        VaultEntry::Enrolled { account } => ("enrolled", account.to_string()),
        VaultEntry::Claimed { request, operator, approvers, claims, .. } => {
            let by: Vec<_> = approvers.iter().map(Name::as_str).collect();
            let (count, by) = (claims.len(), by.join(", "));
            ("claimed", format!("{request}, {count} item(s), operator {operator}, approved by {by}"))
        }
        VaultEntry::Signed { request, .. } => ("signed", request.to_string()),
        VaultEntry::Refused { rule, exit, why, .. } => ("refused", format!("{rule} (exit {exit}): {why}")),
        VaultEntry::Frozen { by, reason } => ("frozen", format!("by {by}: {:?}", reason.as_str())),
        VaultEntry::Thawed { freeze } => ("thawed", format!("freeze {freeze}")),
        VaultEntry::TornTail { bytes } => {
            ("torn-tail", format!("{bytes} bytes of an unfinished line were cut off"))
        }
        VaultEntry::Rejected { plan, by } => ("rejected", format!("plan {plan}, by {by}")),
        _ => ("other", "a line of a later version".to_owned()),
    }
}

/// What a line says, for scripts.
fn detail(entry: &VaultEntry) -> Value {
    match entry {
        VaultEntry::Opened { house, station } => {
            json!({ "house": house.to_string(), "station": station.to_string() })
        }
        VaultEntry::PolicyInstalled { policy, epoch } => {
            json!({ "policy": policy.to_string(), "epoch": epoch })
        }
        VaultEntry::BookInstalled { book, epoch } => json!({ "book": book.to_string(), "epoch": epoch }),
        VaultEntry::KeyAdded { key, provenance, .. } => {
            json!({ "key": key.as_str(), "made": provenance.as_str() })
        }
        VaultEntry::Enrolled { account } => json!({ "account": account.to_string() }),
        VaultEntry::Claimed { request, plan, policy, book, operator, approvers, claims } => json!({
            "request": request.to_string(),
            "plan": plan.to_string(),
            "policy": policy.to_string(),
            "book": book.to_string(),
            "operator": operator.as_str(),
            "approved_by": approvers.iter().map(Name::as_str).collect::<Vec<_>>(),
            "claims": claims.iter().map(|claim| json!({
                "line": u64::from(claim.intent).saturating_add(1),
                "account": claim.account.to_string(),
                "slots": claim.slots.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "reference": claim.reference.as_str(),
                "fee_cap": { "asset": claim.fee_asset.as_str(), "amount": claim.fee_cap.to_string() },
                "payments": claim.payments.iter().map(|payment| json!({
                    "asset": payment.asset.as_str(),
                    "to": payment.to.as_str(),
                    "amount": payment.amount.to_string(),
                    "own": payment.own,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }),
        VaultEntry::Signed { request, signatures } => {
            json!({ "request": request.to_string(), "signatures": signatures.to_string() })
        }
        VaultEntry::Refused { request, rule, exit, why } => json!({
            "request": request.map(|request| request.to_string()),
            "rule": rule.as_str(),
            "exit": exit,
            "words": why.as_str(),
        }),
        VaultEntry::Frozen { by, reason } => json!({ "by": by.as_str(), "reason": reason.as_str() }),
        VaultEntry::Thawed { freeze } => json!({ "freeze": freeze.to_string() }),
        VaultEntry::TornTail { bytes } => json!({ "bytes": bytes }),
        VaultEntry::Rejected { plan, by } => json!({ "plan": plan.to_string(), "by": by.as_str() }),
        _ => Value::Null,
    }
}

/// Replays the journal. Chain and mark were checked when it was opened; here, what the lines say.
fn verify(vault: &Vault, lines: &[Line<VaultEntry>]) -> Result<Report, VaultError> {
    let mut replay = Replay::default();
    for line in lines {
        replay.take(line).map_err(|why| damaged(vault, line.sequence, why))?;
    }
    let kept: BTreeSet<AccountId> = vault.accounts()?.into_keys().collect();
    if let Some((sequence, account)) = replay.accounts.iter().find(|(_, account)| !kept.contains(account)) {
        return Err(damaged(vault, *sequence, format!("account {account} is not in the home")));
    }
    let head = vault.chronicle.head();
    let mut table = Table::new();
    table.row(["Journal", "whole: chain, mark and every claim hold"]);
    table.row(["Lines", &lines.len().to_string()]);
    table.row(["Claims", &replay.claims.to_string()]);
    table.row(["Head", &format!("line {}, {}", head.sequence, head.hash)]);
    let data = json!({ "lines": lines.len(), "claims": replay.claims, "head": head_data(head) });
    Ok(Report::new(table.to_string(), data))
}

fn damaged(vault: &Vault, sequence: u64, why: String) -> VaultError {
    let path = vault.home.journal();
    strongroom_signing::ChronicleError::from(strongroom_journal::JournalError::Damaged {
        path,
        sequence,
        why,
    })
    .into()
}

/// What a reader of the journal remembers.
#[derive(Default)]
struct Replay {
    history: History,
    claimed: BTreeSet<RequestId>,
    rejected: BTreeMap<PlanId, Name>,
    accounts: Vec<(u64, AccountId)>,
    frozen: Vec<JournalHash>,
    claims: usize,
}

impl Replay {
    fn take(&mut self, line: &Line<VaultEntry>) -> Result<(), String> {
        match &line.entry {
            VaultEntry::Opened { .. } if line.sequence != 1 => {
                Err("a journal is opened once, first".to_owned())
            }
            VaultEntry::Enrolled { account } => {
                self.accounts.push((line.sequence, *account));
                Ok(())
            }
            VaultEntry::Claimed { request, plan, claims, .. } => {
                if let Some(by) = self.rejected.get(plan) {
                    return Err(format!("it claims for plan {plan}, which {by} had rejected"));
                }
                for claim in claims {
                    let place = u64::from(claim.intent).saturating_add(1);
                    let checked = self.history.check(claim);
                    checked.and_then(|()| self.history.check_deed(plan, claim)).map_err(|conflict| {
                        format!("its item {place} contradicts an earlier claim: {conflict:?}")
                    })?;
                    self.history.record(line.at, claim);
                    self.history.record_deed(plan, claim);
                    self.claims = self.claims.saturating_add(1);
                }
                self.claimed.insert(*request);
                Ok(())
            }
            VaultEntry::Signed { request, .. } if !self.claimed.contains(request) => {
                Err(format!("request {request} was signed without a claim"))
            }
            VaultEntry::Frozen { .. } => {
                self.frozen.push(JournalHash::of(&canonical::encode(line)));
                Ok(())
            }
            VaultEntry::Thawed { freeze } if !self.frozen.contains(freeze) => {
                Err(format!("it ends freeze {freeze}, which was not in force"))
            }
            VaultEntry::Thawed { freeze } => {
                self.frozen.retain(|open| open != freeze);
                Ok(())
            }
            VaultEntry::Rejected { plan, by } => {
                self.rejected.entry(*plan).or_insert_with(|| by.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_protocol::{Amount, BookId, Claim, HouseId, Payment, PolicyId, StationId, Timestamp};

    use super::*;

    fn line(sequence: u64, entry: VaultEntry) -> Line<VaultEntry> {
        Line { sequence, previous: JournalHash::of(b"before"), at: Timestamp::from_unix(1), entry }
    }

    fn claimed(request: &[u8], to: &str) -> VaultEntry {
        let asset: strongroom_protocol::AssetId = "eip155:1/slip44:60".parse().unwrap();
        VaultEntry::Claimed {
            request: RequestId::of(request),
            plan: PlanId::of(b"plan"),
            policy: PolicyId::of(b"policy"),
            book: BookId::of(b"book"),
            operator: "dave".parse().unwrap(),
            approvers: Vec::new(),
            claims: vec![Claim {
                intent: 0,
                account: AccountId::of(b"account"),
                slots: vec!["eip155:1:0xA/7".parse().unwrap()],
                until: None,
                payments: vec![Payment {
                    asset: asset.clone(),
                    to: to.parse().unwrap(),
                    amount: Amount::from(1u64),
                    own: false,
                }],
                fee_cap: Amount::from(1u64),
                fee_asset: asset,
                reference: "r".parse().unwrap(),
            }],
        }
    }

    fn replay(entries: Vec<VaultEntry>) -> Result<(), String> {
        let mut replay = Replay::default();
        (1..).zip(entries).try_for_each(|(sequence, entry)| replay.take(&line(sequence, entry)))
    }

    fn signed(request: &[u8]) -> VaultEntry {
        VaultEntry::Signed { request: RequestId::of(request), signatures: JournalHash::of(b"s") }
    }

    #[test]
    fn a_consistent_journal_replays() {
        replay(vec![claimed(b"1", "0xB"), signed(b"1"), claimed(b"2", "0xB"), signed(b"2")]).unwrap();
    }

    #[test]
    fn a_slot_that_pays_two_people_is_found() {
        let why = replay(vec![claimed(b"1", "0xB"), claimed(b"2", "0xC")]).unwrap_err();
        assert!(why.contains("item 1 contradicts an earlier claim"), "{why}");
    }

    #[test]
    fn an_intent_that_pays_nothing_and_is_carried_out_twice_is_found() {
        let costing = |request: &[u8], slot: &str| {
            let mut entry = claimed(request, "0xB");
            if let VaultEntry::Claimed { claims, .. } = &mut entry {
                claims[0].payments.clear();
                claims[0].slots = vec![slot.parse().unwrap()];
            }
            entry
        };
        replay(vec![costing(b"1", "eip155:1:0xA/7"), costing(b"2", "eip155:1:0xA/7")]).unwrap();
        let why = replay(vec![costing(b"1", "eip155:1:0xA/7"), costing(b"2", "eip155:1:0xA/8")]).unwrap_err();
        assert!(why.contains("DeedDone"), "{why}");
    }

    #[test]
    fn a_claim_after_a_rejection_is_found() {
        let reject =
            |plan: &[u8]| VaultEntry::Rejected { plan: PlanId::of(plan), by: "bob".parse().unwrap() };
        replay(vec![reject(b"another"), claimed(b"1", "0xB"), reject(b"plan")]).unwrap();
        let why = replay(vec![reject(b"plan"), claimed(b"1", "0xB")]).unwrap_err();
        assert!(why.contains("which bob had rejected"), "{why}");
    }

    #[test]
    fn each_freeze_has_a_thaw_of_its_own() {
        let freeze = |sequence, by: &str| {
            line(sequence, VaultEntry::Frozen { by: by.parse().unwrap(), reason: "r".parse().unwrap() })
        };
        let (one, two) = (freeze(1, "alice"), freeze(2, "bob"));
        let thaw = |sequence, of: &Line<VaultEntry>| {
            line(sequence, VaultEntry::Thawed { freeze: JournalHash::of(&canonical::encode(of)) })
        };
        let mut journal = Replay::default();
        for line in [&one, &two, &thaw(3, &one)] {
            journal.take(line).unwrap();
        }
        assert!(journal.take(&thaw(4, &one)).unwrap_err().contains("not in force"));
        journal.take(&thaw(4, &two)).unwrap();
        assert!(journal.frozen.is_empty());
    }

    #[test]
    fn a_signature_without_a_claim_is_found() {
        assert!(replay(vec![claimed(b"1", "0xB"), signed(b"2")]).unwrap_err().contains("without a claim"));
    }

    #[test]
    fn a_thaw_of_nothing_and_a_second_opening_are_found() {
        let thaw = VaultEntry::Thawed { freeze: JournalHash::of(b"freeze") };
        assert!(replay(vec![thaw]).unwrap_err().contains("not in force"));
        let opened =
            || VaultEntry::Opened { house: HouseId::of(b"house"), station: StationId::of(b"station") };
        assert!(replay(vec![opened(), opened()]).unwrap_err().contains("opened once"));
    }
}
