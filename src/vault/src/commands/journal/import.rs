//! `journal import`: lines that this home lost come back from a desk that took them in, and what other stations of the house
//! signed is learned.
//!
//! A desk's word is not taken for them: each stands in a reply that this very station sealed. Appended exactly as they
//! were, their slots and references count from then on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use strongroom_journal::{Line, VaultEntry, VaultExport, verify_lines};
use strongroom_policy::judge::JournalView as _;
use strongroom_policy::{Book, Policy};
use strongroom_protocol::bundle::BUNDLE_LIMIT;
use strongroom_protocol::canonical::Document as _;
use strongroom_protocol::{
    Account, AccountId, BookId, Bundle, Head, JournalHash, PolicyId, Reply, Sealed, SignedText, canonical,
};
use strongroom_screen::{Report, Table};
use strongroom_signing::ChronicleError;
use strongroom_transport::replace;

use super::words::head_data;
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// Learn what another vault of the house signed, or take back lines that this home lost, from a desk's export
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault journal import vault-two.export

The file is what `strongroom journal export --vault` wrote. Of another station that the policy pins, this vault learns what \
it signed: references, days and tiers count it from then on. `sign` learns the same from what the pack brings.
Of this very station, lines are taken back that this home had lost: from then on it is recovering, until the admins sign a \
recovery (`strongroom-vault recover draft`).")]
pub(super) struct Import {
    /// What a desk kept of a vault's journal
    file: PathBuf,
    /// The record of an account that the lines name and the desk does not have; may be repeated
    #[arg(long, value_name = "FILE")]
    account: Vec<PathBuf>,
}

/// A line's exact bytes, or where only its hash is known, none.
type Told = BTreeMap<u64, (JournalHash, Option<Vec<u8>>)>;

impl Import {
    pub(super) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let bytes = session.read(&self.file, BUNDLE_LIMIT)?;
        let export: VaultExport =
            Bundle::read(&bytes).map_err(|source| VaultError::Bundle { path: self.file.clone(), source })?;
        let mut vault = Vault::open(session)?;
        let pinned = vault.installed_policy().is_some_and(|policy| policy.station(&export.station).is_some());
        if pinned && export.station != vault.station && export.house == vault.house {
            return self.learn(session, &mut vault, &export);
        }
        let mut records = Vec::new();
        for path in &self.account {
            let bytes = session.read(path, <Sealed<Account>>::LIMIT)?;
            let record: Sealed<Account> =
                Bundle::read(&bytes).map_err(|source| VaultError::Bundle { path: path.clone(), source })?;
            records.push(record);
        }
        let told = self.told(&vault, &export)?;
        let missing = missing(&vault, told)?;
        let head = vault.chronicle.head();
        if missing.is_empty() {
            return Ok(report(&vault, 0, head));
        }
        let end = missing.last().map_or(head, |bytes| Head {
            sequence: head.sequence.saturating_add(u64::try_from(missing.len()).unwrap_or(u64::MAX)),
            hash: JournalHash::of(bytes),
        });
        let lines: Vec<Line<VaultEntry>> = verify_lines(head, missing.iter().map(Vec::as_slice), end)
            .map_err(|error| self.foreign(error.to_string()))?;
        self.bring_texts(&vault, &export, &lines)?;
        bring_records(&vault, &export, records, &lines)?;
        for line in &lines {
            if let VaultEntry::KeyAdded { key, .. } = &line.entry
                && vault.keystore.record(key).is_err()
            {
                session.warn(format!(
                    "key {key}, which the lines name, is not in this home: restore it from its words or its backup"
                ));
            }
        }
        let end = vault.chronicle.import(session.now(), &missing)?;
        Ok(report(&vault, lines.len(), end))
    }

    /// What another station signed counts here from now on.
    fn learn(
        &self,
        session: &mut Session<'_, '_>,
        vault: &mut Vault,
        export: &VaultExport,
    ) -> Result<Report, VaultError> {
        vault.check_not_recovering(session)?;
        let lesson = vault.lesson(session, export)?;
        let lesson = lesson.map_err(|source| VaultError::Lesson { path: self.file.clone(), source })?;
        let (name, head, lines, claims) =
            (lesson.name().clone(), lesson.head(), lesson.lines(), lesson.claims());
        let station = lesson.station();
        vault.chronicle.learn(session.now(), lesson)?;
        let mut table = Table::new();
        table.row(["Station", &format!("{name}, {station}")]);
        let words = match lines {
            0 => "nothing: every line was known".to_owned(),
            lines => format!("{lines} lines, with {claims} claims that count here too"),
        };
        table.row(["Learned", &words]);
        table.row(["Its head", &format!("line {}, {}", head.sequence, head.hash)]);
        let data = json!({
            "station": station.to_string(),
            "name": name.as_str(),
            "learned": { "lines": lines, "claims": claims, "head": head_data(head) },
        });
        Ok(Report::new(table.to_string(), data))
    }

    fn foreign(&self, why: impl Into<String>) -> VaultError {
        VaultError::Export { path: self.file.clone(), why: why.into() }
    }

    /// Every line that the replies tell, and the heads that they begin after.
    fn told(&self, vault: &Vault, export: &VaultExport) -> Result<Told, VaultError> {
        if export.house != vault.house {
            return Err(self.foreign(format!("it is of house {}", export.house)));
        }
        if export.station != vault.station {
            let words = format!(
                "it is of station {}, which is neither this one nor one that the policy pins",
                export.station
            );
            return Err(self.foreign(words));
        }
        let mut told = Told::new();
        for bytes in &export.replies {
            let sealed: Sealed<Reply> = canonical::decode(bytes)?;
            sealed.verify(&vault.station_key)?;
            let reply = sealed.value();
            if (reply.house, reply.station) != (vault.house, vault.station) {
                return Err(self.foreign("a reply in it is of another house or station"));
            }
            verify_lines::<VaultEntry>(
                reply.since,
                reply.lines.iter().map(|line| line.as_slice()),
                reply.head,
            )
            .map_err(ChronicleError::from)?;
            let begin = std::iter::once((reply.since.sequence, (reply.since.hash, None)));
            let first = reply.since.sequence.saturating_add(1);
            let lines = (first..)
                .zip(reply.lines.iter().map(|line| (JournalHash::of(line), Some(line.as_slice().to_vec()))));
            for (sequence, (hash, bytes)) in begin.chain(lines) {
                let known = told.entry(sequence).or_insert_with(|| (hash, None));
                if known.0 != hash {
                    return Err(VaultError::Forked { line: sequence });
                }
                known.1 = known.1.take().or(bytes);
            }
        }
        Ok(told)
    }

    /// The policy and the book that will be in force must be here before anything is taken in.
    fn bring_texts(
        &self,
        vault: &Vault,
        export: &VaultExport,
        lines: &[Line<VaultEntry>],
    ) -> Result<(), VaultError> {
        let policy = lines.iter().rev().find_map(|line| match line.entry {
            VaultEntry::PolicyInstalled { policy, .. } => Some(policy),
            _ => None,
        });
        if let Some(id) = policy
            && vault.home.policy(&id).symlink_metadata().is_err()
        {
            let found = self.find(&export.policies, |text| PolicyId::of(text.as_bytes()) == id)?;
            let text = found.ok_or(VaultError::NotBrought { what: format!("policy {id}") })?;
            Policy::open(&text, &vault.house, &vault.genesis, None)
                .map_err(|source| VaultError::Policy { path: self.file.clone(), source })?;
            replace(&vault.home.policy(&id), text.to_string().as_bytes())?;
        }
        let book = lines.iter().rev().find_map(|line| match line.entry {
            VaultEntry::BookInstalled { book, .. } => Some(book),
            _ => None,
        });
        if let Some(id) = book
            && vault.home.book(&id).symlink_metadata().is_err()
        {
            let found = self.find(&export.books, |text| BookId::of(text.as_bytes()) == id)?;
            let text = found.ok_or(VaultError::NotBrought { what: format!("address book {id}") })?;
            Book::open(&text, &vault.house, &vault.genesis, None)
                .map_err(|source| VaultError::Book { path: self.file.clone(), source })?;
            replace(&vault.home.book(&id), text.to_string().as_bytes())?;
        }
        Ok(())
    }

    fn find(
        &self,
        texts: &[String],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<SignedText>, VaultError> {
        for text in texts {
            let signed = SignedText::parse(text.as_bytes())
                .map_err(|source| VaultError::SignedText { path: self.file.clone(), source })?;
            if wanted(signed.text()) {
                return Ok(Some(signed));
            }
        }
        Ok(None)
    }
}

/// The records of the accounts that were enrolled must be here too.
fn bring_records(
    vault: &Vault,
    export: &VaultExport,
    mut records: Vec<Sealed<Account>>,
    lines: &[Line<VaultEntry>],
) -> Result<(), VaultError> {
    for bytes in &export.accounts {
        records.push(canonical::decode(bytes)?);
    }
    let records: BTreeMap<AccountId, Sealed<Account>> =
        records.into_iter().map(|record| (record.value().id(), record)).collect();
    for line in lines {
        let VaultEntry::Enrolled { account } = line.entry else { continue };
        let path = vault.home.account(&account);
        if path.symlink_metadata().is_ok() {
            continue;
        }
        let record =
            records.get(&account).ok_or(VaultError::NotBrought { what: format!("account {account}") })?;
        record.verify(&vault.station_key)?;
        replace(&path, &Bundle::write(record))?;
    }
    Ok(())
}

/// The lines that follow this home's own, if what was told contradicts none of them.
fn missing(vault: &Vault, told: Told) -> Result<Vec<Vec<u8>>, VaultError> {
    let own = vault.chronicle.head().sequence;
    let mut missing: Vec<Vec<u8>> = Vec::new();
    for (sequence, (hash, bytes)) in told {
        if sequence <= own {
            if !vault.chronicle.contains(&Head { sequence, hash }) {
                return Err(VaultError::Forked { line: sequence });
            }
            continue;
        }
        let have = own.saturating_add(u64::try_from(missing.len()).unwrap_or(u64::MAX));
        match bytes {
            Some(bytes) if have.checked_add(1) == Some(sequence) => missing.push(bytes),
            Some(_) => return Err(VaultError::Gap { own: have, begin: sequence.saturating_sub(1) }),
            None => return Err(VaultError::Gap { own: have, begin: sequence }),
        }
    }
    Ok(missing)
}

fn report(vault: &Vault, count: usize, head: Head) -> Report {
    let mut table = Table::new();
    let words = match count {
        0 => "nothing: this home has every line that the desk has".to_owned(),
        count => format!("{count} lines, exactly as they were written"),
    };
    table.row(["Taken back", &words]);
    table.row(["Head", &format!("line {}, {}", head.sequence, head.hash)]);
    let recovering = vault.chronicle.recovering().why();
    let mut text = table.to_string();
    if recovering.is_some() {
        text.push_str("\nNext: `strongroom-vault recover draft`, for the admins to sign.\n");
    }
    Report::new(text, json!({ "lines": count, "head": head_data(head), "recovering": recovering }))
}
