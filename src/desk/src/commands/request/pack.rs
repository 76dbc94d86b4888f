//! `request pack`: a request and its approvals in one file for the vault.

use std::path::PathBuf;

use serde_json::json;
use strongroom_journal::{Convoy, VaultExport};
use strongroom_policy::judge::{Approval, read_approvals};
use strongroom_policy::statement_check::Reading;
use strongroom_protocol::bundle::{BUNDLE_LIMIT, Pack};
use strongroom_protocol::{Bundle, Name, Request, Verdict};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::reading::{approval_files, opinion};
use crate::{exit, requested, vault_export};

/// What `request pack` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom request pack withdrawal.request withdrawal.alice.sig withdrawal.bob.sig -o withdrawal.pack\n\nIn a house of several vaults the file also brings to each what the others signed, as far as this desk took in their replies."
)]
pub struct Args {
    /// The request, alone or already packed with approvals, which are kept
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Signed statements, or bare signatures NAME.sig beside their statements NAME
    #[arg(value_name = "SIG", required = true)]
    signatures: Vec<PathBuf>,
    /// The file to write
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

/// Runs `request pack`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let read = requested::read(desk, &args.file)?;
    let texts = approval_files::read_all(desk, &read.approvals, &args.signatures)?;
    let approvals = read_approvals(&texts, home.policy()?).map_err(|refusal| opinion::refused(&refusal))?;
    check(&home, &read.request, &approvals)?;
    let pack =
        Pack { request: read.document.clone(), approvals: texts.iter().map(ToString::to_string).collect() };
    let exports = vault_export::for_request(&home, home.policy()?, &read.request)?;
    let brings = exports.iter().map(|export| export.station.to_string()).collect::<Vec<_>>();
    let (bytes, left_out) = bundle(pack, exports);
    desk.write_file(&args.out, &bytes)?;
    let names: Vec<_> = approvals.iter().map(|approval| approval.statement.person.as_str()).collect();
    let out = args.out.display().to_string();
    let mut human = format!("{out}: the request {} with approvals of {}\n", read.id(), names.join(", "));
    if !brings.is_empty() && !left_out {
        human.push_str("it brings what other vaults signed: ");
        human.push_str(&brings.join(", "));
        human.push('\n');
    }
    let mut data = json!({ "request": read.id().to_string(), "approvals": names, "file": out });
    if let Some(fields) = data.as_object_mut().filter(|_| !brings.is_empty() && !left_out) {
        fields.insert("brings".to_owned(), json!(brings));
    }
    let mut report = Report::new(human, data);
    if left_out {
        report = report.warn(format!(
            "what the vaults must learn of one another is too large to travel in the pack: bring it with `strongroom journal \
             export --vault` and `strongroom-vault journal import`, for station {}",
            brings.join(", ")
        ));
    }
    for approval in &approvals {
        let statement = &approval.statement;
        if statement.valid_until < desk.now() {
            report = report
                .warn(format!("the statement of {} ended at {}", statement.person, statement.valid_until));
        }
    }
    Ok(report)
}

/// The file: a pack, with what the vaults must learn of one another if there is anything. Says whether that was left out
/// because no vault would read so large a file.
fn bundle(pack: Pack, exports: Vec<VaultExport>) -> (Vec<u8>, bool) {
    if exports.is_empty() {
        return (Bundle::write(&pack), false);
    }
    let convoy = Convoy { pack, exports };
    let bytes = Bundle::write(&convoy);
    if bytes.len() <= BUNDLE_LIMIT { (bytes, false) } else { (Bundle::write(&convoy.pack), true) }
}

/// Each statement must be an approval of exactly this plan, one a person: anything else the vault would refuse, at a time
/// when nobody who could mend it is near.
fn check(home: &Home, request: &Request, approvals: &[Approval]) -> Result<(), Failure> {
    let (policy, book) = (home.policy()?, home.book()?);
    let plan = request.plan.value();
    let reading = Reading::of(plan, policy, book)
        .map_err(|error| Failure::new(exit::POLICY, "totals", error.to_string()))?;
    let mut seen: Vec<&Name> = Vec::new();
    for approval in approvals {
        let statement = &approval.statement;
        reading
            .compare(statement)
            .map_err(|difference| Failure::new(exit::DISAGREE, "statement", difference.to_string()))?;
        super::statement::check_person(policy, request, &statement.person)?;
        if statement.verdict == Verdict::Reject {
            return Err(Failure::new(
                exit::POLICY,
                "rejection",
                format!("{} rejected this plan: it stays unsigned", statement.person),
            ));
        }
        if seen.contains(&&statement.person) {
            return Err(Failure::new(
                exit::POLICY,
                "duties",
                format!("{} speaks twice: give one statement of each person", statement.person),
            ));
        }
        seen.push(&statement.person);
    }
    Ok(())
}
