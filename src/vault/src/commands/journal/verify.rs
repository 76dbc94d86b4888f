//! `journal verify`: what the lines say, replayed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use strongroom_journal::{Line, VaultEntry};
use strongroom_policy::judge::History;
use strongroom_protocol::{AccountId, Head, JournalHash, Name, PlanId, RequestId, StationId, canonical};
use strongroom_screen::{Report, Table};

use super::words::head_data;
use crate::error::VaultError;
use crate::vault::Vault;

/// Replays the journal. Chain and mark were checked when it was opened; here, what the lines say.
pub(super) fn verify(vault: &Vault, lines: &[Line<VaultEntry>]) -> Result<Report, VaultError> {
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
    /// Where the journals of other stations stood.
    others: BTreeMap<StationId, Head>,
    claims: usize,
}

impl Replay {
    /// What a recovery took in from beside the journal: a chain of its own, in which nothing makes signatures.
    fn take_aside(&mut self, recovered: &VaultEntry) -> Result<(), String> {
        for (number, bytes) in (1u64..).zip(recovered.aside()) {
            let line: Line<VaultEntry> = canonical::decode(bytes)
                .map_err(|error| format!("line {number} from beside the journal is no line: {error}"))?;
            match &line.entry {
                VaultEntry::Frozen { .. } => self.frozen.push(JournalHash::of(bytes)),
                VaultEntry::Rejected { plan, by } => {
                    self.rejected.entry(*plan).or_insert_with(|| by.clone());
                }
                VaultEntry::Opened { .. }
                | VaultEntry::Enrolled { .. }
                | VaultEntry::Learned { .. }
                | VaultEntry::Claimed { .. }
                | VaultEntry::Signed { .. }
                | VaultEntry::Thawed { .. }
                | VaultEntry::Recovered { .. } => {
                    return Err(format!(
                        "line {number} from beside the journal cannot have been written there"
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What was learned of another station follows what was learned of it before.
    fn take_learned(&mut self, learned: &VaultEntry) -> Result<(), String> {
        let VaultEntry::Learned { station, after, lines, claimed, rejected } = learned else { return Ok(()) };
        let before = self.others.get(station);
        if before.map_or(after.sequence != 0, |before| before != after) {
            return Err(format!(
                "what it tells of station {station} does not follow what was learned before"
            ));
        }
        for part in claimed {
            for claim in &part.claims {
                self.history.record(part.at, claim);
                self.history.record_deed(&part.plan, claim);
            }
        }
        for (plan, by) in rejected {
            self.rejected.entry(*plan).or_insert_with(|| by.clone());
        }
        let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        let hash = lines.last().copied().unwrap_or(after.hash);
        self.others.insert(*station, Head { sequence: after.sequence.saturating_add(count), hash });
        Ok(())
    }

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
            VaultEntry::Recovering { .. } | VaultEntry::Vouched { .. } => {
                Err("it belongs beside a journal, not into one".to_owned())
            }
            entry @ VaultEntry::Learned { .. } => self.take_learned(entry),
            entry @ VaultEntry::Recovered { .. } => self.take_aside(entry),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_protocol::{
        Amount, BookId, Claim, HouseId, Payment, PolicyId, StationId, Timestamp, Warmth,
    };

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
        VaultEntry::Signed {
            request: RequestId::of(request),
            signatures: JournalHash::of(b"s"),
            machine: Warmth::Cold,
        }
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
        let opened = || VaultEntry::Opened {
            house: HouseId::of(b"house"),
            station: StationId::of(b"station"),
            place: None,
        };
        assert!(replay(vec![opened(), opened()]).unwrap_err().contains("opened once"));
    }

    #[test]
    fn what_was_learned_counts_and_follows_what_was_learned_before() {
        let station = StationId::of(b"station");
        let learned = |after: u64, hash: &[u8], to: &str| {
            let VaultEntry::Claimed { plan, claims, .. } = claimed(b"1", to) else { unreachable!() };
            VaultEntry::Learned {
                station,
                after: Head { sequence: after, hash: JournalHash::of(hash) },
                lines: vec![JournalHash::of(b"one"), JournalHash::of(b"two")],
                claimed: vec![strongroom_journal::LearnedClaims {
                    at: Timestamp::from_unix(1),
                    plan,
                    claims,
                }],
                rejected: Vec::new(),
            }
        };
        replay(vec![learned(0, b"house", "0xB"), learned(2, b"two", "0xB"), claimed(b"2", "0xB")]).unwrap();
        let why = replay(vec![learned(0, b"house", "0xB"), claimed(b"2", "0xC")]).unwrap_err();
        assert!(why.contains("contradicts an earlier claim"), "{why}");
        for second in [learned(0, b"house", "0xB"), learned(2, b"one", "0xB"), learned(3, b"two", "0xB")] {
            let why = replay(vec![learned(0, b"house", "0xB"), second]).unwrap_err();
            assert!(why.contains("does not follow what was learned before"), "{why}");
        }
        let why = replay(vec![learned(1, b"house", "0xB")]).unwrap_err();
        assert!(why.contains("does not follow"), "{why}");
    }

    #[test]
    fn what_stood_beside_the_journal_counts_and_can_sign_nothing() {
        let recovered = |entries: Vec<VaultEntry>| VaultEntry::Recovered {
            recovery: JournalHash::of(b"recovery"),
            by: Vec::new(),
            place: strongroom_journal::Place::default(),
            aside: (1..).zip(entries).map(|(n, entry)| canonical::encode(&line(n, entry)).into()).collect(),
        };
        let reject = VaultEntry::Rejected { plan: PlanId::of(b"plan"), by: "bob".parse().unwrap() };
        replay(vec![recovered(vec![reject.clone()])]).unwrap();
        let why = replay(vec![recovered(vec![reject]), claimed(b"1", "0xB")]).unwrap_err();
        assert!(why.contains("which bob had rejected"), "{why}");
        let frozen = VaultEntry::Frozen { by: "bob".parse().unwrap(), reason: "r".parse().unwrap() };
        let thaw =
            VaultEntry::Thawed { freeze: JournalHash::of(&canonical::encode(&line(1, frozen.clone()))) };
        replay(vec![recovered(vec![frozen]), thaw.clone()]).unwrap();
        let learned = VaultEntry::Learned {
            station: StationId::of(b"station"),
            after: Head::start(HouseId::of(b"house")),
            lines: Vec::new(),
            claimed: Vec::new(),
            rejected: Vec::new(),
        };
        for entry in [claimed(b"1", "0xB"), signed(b"1"), thaw, learned, recovered(Vec::new())] {
            let why = replay(vec![recovered(vec![entry])]).unwrap_err();
            assert!(why.contains("cannot have been written there"), "{why}");
        }
        let vouched = VaultEntry::Vouched {
            by: "bob".parse().unwrap(),
            head: strongroom_protocol::Head::start(HouseId::of(b"house")),
        };
        assert!(replay(vec![vouched]).unwrap_err().contains("beside a journal"));
    }
}
