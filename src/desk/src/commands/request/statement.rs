//! `request statement`: write the statement that an approver signs.

use std::path::{Path, PathBuf};

use serde_json::json;
use strongroom_policy::Policy;
use strongroom_policy::roster::Duty;
use strongroom_policy::statement_check::{Terms, expected_statement};
use strongroom_protocol::{Name, Request, Statement, Timestamp, Verdict};
use strongroom_screen::{Failure, Output, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::reading::opinion;
use crate::times::When;
use crate::{exit, requested};

/// How long a statement counts, unless the policy allows less or somebody says otherwise: a day.
const VALID_SECONDS: u64 = 86_400;

/// What `request statement` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom request statement withdrawal.request --person alice > alice.txt\n  ssh-keygen -Y sign -n strongroom-statement -f ~/.ssh/id_ed25519_sk alice.txt\n\nThat leaves alice.txt.sig beside it, which `request pack` and the vault take.\nNothing is checked here: look at the request with `strongroom request show` first."
)]
pub struct Args {
    /// The request, alone or packed with approvals
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who will sign it, by the name in the policy
    #[arg(long, value_name = "NAME")]
    person: Name,
    /// What they say
    #[arg(long, value_enum, default_value = "approve")]
    verdict: Word,
    /// Until when it counts: a while such as 24h, or an instant [default: 24h, or what the policy allows]
    #[arg(long, value_name = "TIME")]
    valid: Option<When>,
    /// Where the text goes
    #[arg(short = 'o', long = "out", value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Word {
    /// Let it happen
    Approve,
    /// It must not happen
    Reject,
}

/// Runs `request statement`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let read = requested::read(desk, &args.file)?;
    let verdict = match args.verdict {
        Word::Approve => Verdict::Approve,
        Word::Reject => Verdict::Reject,
    };
    check_person(home.policy()?, &read.request, &args.person)?;
    let statement = make(&home, &read.request, &args.person, verdict, args.valid, desk.now())?;
    if verdict == Verdict::Approve {
        opinion::remember(&home, &read.request, &read.document, desk.now(), statement.valid_until)?;
    }
    let text = statement.to_string();
    let data = json!({ "statement": text, "namespace": "strongroom-statement" });
    if args.out == Path::new("-") && desk.output == Output::Json {
        return Ok(Report::new("", data));
    }
    desk.write_file(&args.out, text.as_bytes())?;
    let human = format!("to be signed by {} in the namespace strongroom-statement\n", args.person);
    Ok(Report::new(human, data))
}

/// Whether somebody may speak about a plan at all.
pub(super) fn check_person(policy: &Policy, request: &Request, person: &Name) -> Result<(), Failure> {
    let refused = |why: String| Err(Failure::new(exit::POLICY, "duties", why));
    match policy.person(person) {
        None => refused(format!("{person} is nobody in the policy")),
        Some(entry) if !entry.is(Duty::Approver) => {
            refused(format!("{person} is not an approver in the policy"))
        }
        Some(_) if request.plan.value().prepared_by == *person => {
            refused(format!("{person} prepared the plan and cannot approve it"))
        }
        Some(_) => Ok(()),
    }
}

/// The statement that follows from a plan by the policy and book in force here.
pub(super) fn make(
    home: &Home,
    request: &Request,
    person: &Name,
    verdict: Verdict,
    valid: Option<When>,
    now: Timestamp,
) -> Result<Statement, Failure> {
    let (policy, book) = (home.policy()?, home.book()?);
    let longest = policy.statement_seconds();
    let valid_until = valid.map_or_else(|| now.plus(VALID_SECONDS.min(longest)), |when| when.from(now));
    if valid_until.since(now) > longest || valid_until <= now {
        return Err(Failure::new(
            exit::POLICY,
            "statement-expiry",
            format!(
                "a statement valid until {valid_until} is refused: the policy allows {} hours from now",
                longest / 3600
            ),
        ));
    }
    let plan = request.plan.value();
    if plan.house != home.house {
        return Err(Failure::new(
            exit::DISAGREE,
            "house",
            format!("the plan belongs to house {}, this is {}", plan.house, home.house),
        ));
    }
    let terms = Terms {
        person: person.clone(),
        verdict,
        signed_at: now,
        valid_until,
        vaults: opinion::heads(home, request, policy)?,
    };
    expected_statement(plan, &terms, policy, book)
        .map_err(|error| Failure::new(exit::POLICY, "totals", error.to_string()))
}
