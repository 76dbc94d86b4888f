//! `recover`: a home that was copied, restored or moved goes on, by quorum.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use strongroom_policy::judge::{JournalView as _, present};
use strongroom_policy::{Recoverable, Recovery, RecoveryError};
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::{Head, Name, Text};
use strongroom_screen::{Report, Table};
use strongroom_signing::{Refusal, Rule};

use crate::error::VaultError;
use crate::session::Session;
use crate::vault::{Vault, signed_text};

/// Seconds in a day.
const DAY: u64 = 86_400;

/// Let a recovering home go on, by a text that a quorum of the admins signed; or draft that text
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Example:
  strongroom-vault recover draft --reason \"the disk broke; backup of May\" -o recovery-draft.txt
  strongroom-vault recover recovery.txt

A home that was copied, restored or moved signs nothing: it cannot know what was signed since. Give it first what the desk \
knows (`strongroom journal export`, `strongroom-vault journal import`), then have the admins sign the draft with `strongroom \
recovery sign`, and seal it with `strongroom recovery seal`.")]
pub(crate) struct Recover {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The recovery with the admins' signatures below it
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Draft(Draft),
}

/// Write the text by which the admins let this home go on from its last line
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault recover draft --reason \"the disk broke; backup of May\" -o recovery-draft.txt

It names the last line of this home, the place it is at, and every head that approvers vouch for and that this home does not \
contain.")]
struct Draft {
    /// What happened, in one line
    #[arg(long, value_name = "TEXT")]
    reason: Text,
    /// For how many days the text counts
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=30))]
    days: u64,
    /// Where the text goes; an existing file is not overwritten
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

impl Recover {
    pub(crate) const fn name(&self) -> &'static str {
        match self.verb {
            Some(Verb::Draft(_)) => "recover draft",
            None => "recover",
        }
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match (self.verb, self.file) {
            (Some(Verb::Draft(draft)), _) => draft.run(session),
            (None, Some(file)) => apply(&file, session),
            // The command line has one or the other.
            (None, None) => Err(RecoveryError::NotRecovering.into()),
        }
    }
}

impl Draft {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        session.result_goes_to(&self.out);
        Session::check_free(&self.out)?;
        let mut vault = Vault::open(session)?;
        let Some(why) = vault.chronicle.recovering().why() else {
            return Err(RecoveryError::NotRecovering.into());
        };
        let episode = vault.chronicle.begin_recovering(session.now(), None)?;
        let recovering = vault.chronicle.recovering();
        let recovery = Recovery {
            house: vault.house,
            station: vault.station,
            episode,
            head: vault.chronicle.head(),
            place: recovering.place().to_string().parse()?,
            unknown: vault.chronicle.unknown_heads(),
            valid_until: session.now().plus(self.days.saturating_mul(DAY)),
            reason: self.reason,
        };
        session.write_new(&self.out, recovery.text().as_bytes())?;
        let mut table = Table::new();
        table.row(["Why", &why]);
        table.row(["Goes on from", &line(&recovery.head)]);
        table.row(["Place", recovery.place.as_str()]);
        for (by, head) in vault.chronicle.recovering().vouched() {
            if recovery.unknown.contains(head) {
                table.row(["Not in this home", &format!("{}, which {by} knows of", line(head))]);
            }
        }
        table.row(["Counts until", &recovery.valid_until.to_string()]);
        table.row(["Draft", &self.out.display().to_string()]);
        let text = format!(
            "{table}\nWhat this home does not have it will never know of: import what a desk has first (`journal import`).\n\
             Next: {} admins sign the draft with `strongroom recovery sign`.\n",
            vault.genesis.threshold
        );
        let data = json!({
            "file": self.out.display().to_string(),
            "why": why,
            "episode": episode.to_string(),
            "head": { "sequence": recovery.head.sequence, "hash": recovery.head.hash.to_string() },
            "place": recovery.place.as_str(),
            "unknown": recovery.unknown.iter().map(|head| {
                json!({ "sequence": head.sequence, "hash": head.hash.to_string() })
            }).collect::<Vec<_>>(),
            "valid_until": recovery.valid_until.to_string(),
        });
        Ok(Report::new(text, data))
    }
}

fn line(head: &Head) -> String {
    format!("line {}, {}", head.sequence, head.hash)
}

fn apply(file: &std::path::Path, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
    let bytes = session.read(file, SIGNED_TEXT_LIMIT)?;
    let signed = signed_text(file, &bytes)?;
    let mut vault = Vault::open(session)?;
    let (recovery, signers) = Recovery::open(&signed, vault.house, &vault.genesis)?;
    let by: Vec<Name> = signers.into_iter().cloned().collect();
    let chronicle = &vault.chronicle;
    let now = present(session.now(), chronicle.standing().newest, &[])
        .map_err(|error| Refusal::new(Rule::Clock, error.to_string()))?;
    let (recovering, unknown) = (chronicle.recovering(), chronicle.unknown_heads());
    recovery.check(&Recoverable {
        station: vault.station,
        recovering: recovering.why().is_some(),
        episode: recovering.episode(),
        head: chronicle.head(),
        contains: chronicle.contains(&recovery.head),
        place: &recovering.place().to_string(),
        unknown: &unknown,
        used: chronicle.has_used(&recovery.id()),
        now: now.hi(),
    })?;
    let head = vault.chronicle.recover(session.now(), recovery.id(), by.clone())?;
    // What was said at opening is over.
    session.warnings.retain(|warning| !warning.starts_with("this home is recovering"));
    let by: Vec<String> = by.iter().map(Name::to_string).collect();
    let mut table = Table::new();
    table.row(["Home", "goes on"]);
    table.row(["From", &line(&recovery.head)]);
    table.row(["Head", &line(&head)]);
    table.row(["Place", recovery.place.as_str()]);
    table.row(["Signed by", &by.join(", ")]);
    super::freeze::rows(&mut table, &vault.chronicle.standing().frozen);
    let data = json!({
        "state": "recovered",
        "from": { "sequence": recovery.head.sequence, "hash": recovery.head.hash.to_string() },
        "head": { "sequence": head.sequence, "hash": head.hash.to_string() },
        "signed_by": by,
        "open": super::freeze::values(&vault.chronicle.standing().frozen),
    });
    Ok(Report::new(table.to_string(), data))
}
