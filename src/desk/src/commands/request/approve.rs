//! `request approve`: read a request for oneself, and sign a statement that approves its plan.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use strongroom_policy::Policy;
use strongroom_policy::judge::{Refusal, Rule};
use strongroom_policy::roster::Duty;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Request, SignedText, Timestamp, Verdict};
use strongroom_screen::{Failure, Output, Report};

use super::statement;
use crate::desk::Desk;
use crate::home::Home;
use crate::reading::directory::Directory;
use crate::reading::opinion::{self, Opinion};
use crate::reading::page::Page;
use crate::requested::{self, ReadRequest};
use crate::ssh::{Candidate, KeyChoice};
use crate::times::When;
use crate::{exit, failure, ssh};

/// The most characters of an answer at the prompt that are looked at.
const ANSWER_LIMIT: usize = 64;

/// What `request approve` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom request approve withdrawal.request --agent -o withdrawal.alice.sig\n\nThe request is decoded, built again and judged here first; what anybody says about it is not asked.\nThe exit code of a refusal is the rule's: 3 policy, 5 disagreement, 6 expired."
)]
pub struct Args {
    #[command(flatten)]
    saying: Saying,
}

/// What both opinions are told.
#[derive(Debug, clap::Args)]
pub struct Saying {
    /// The request, alone or packed with approvals
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose key signs
    #[command(flatten)]
    key: KeyChoice,
    /// Until when it counts: a while such as 24h, or an instant [default: 24h, or what the policy allows]
    #[arg(long, value_name = "TIME")]
    valid: Option<When>,
    /// Do not ask before signing
    #[arg(long)]
    yes: bool,
    /// Show every line of a long request
    #[arg(long)]
    all: bool,
    /// Where the signed statement goes
    #[arg(short = 'o', long = "out", value_name = "SIG")]
    out: PathBuf,
}

/// Runs `request approve`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    say(&args.saying, Verdict::Approve, desk)
}

/// Reads, judges, shows, asks, signs and writes.
pub(super) fn say(args: &Saying, verdict: Verdict, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let read = requested::read(desk, &args.file)?;
    let opinion = judged(&mut home, &read.request, verdict, desk)?;
    let names = Directory { policy: home.policy.as_ref(), book: home.book.as_ref(), claimed_book: None };
    let page = Page::of(&read.request, &read.document, names, args.all || desk.output == Output::Json);
    let mut shown = page.text(names);
    if let Some(opinion) = &opinion {
        shown.push_str(&verdict_text(opinion));
    }
    let refusal =
        opinion.as_ref().and_then(|opinion| opinion.refusals_but_quorum().into_iter().next().cloned());
    if let (Verdict::Approve, Some(refusal)) = (verdict, &refusal) {
        let report = Report::new(shown, page.value(names));
        let several = home.policy()?.stations().count() > 1;
        let counted = matches!(refusal.rule, Rule::Reference | Rule::DayLimit | Rule::FeeDay);
        let hint = if several && counted {
            "nothing was signed; what other vaults told, and what was approved at this station for them, counts: a plan that \
             was approved and will not be signed counts until its approvals end"
        } else {
            "nothing was signed; `strongroom request reject` says so to the others"
        };
        return Err(opinion::refused(refusal).hint(hint).showing(report));
    }
    let candidates = candidates(home.policy()?, &read.request);
    if !args.yes {
        ask(desk, args, &shown, verdict)?;
        shown.clear();
    }
    let (signer, text, until) = sign(desk, &home, &read, args, verdict, &candidates)?;
    if verdict == Verdict::Approve {
        // Before anybody else has it.
        opinion::remember(&home, &read.request, &read.document, desk.now(), until)?;
    }
    desk.write_file(&args.out, text.to_string().as_bytes())?;
    let words = if verdict == Verdict::Approve { "approved" } else { "REJECTED" };
    let out = args.out.display();
    // Writing to a String cannot fail.
    let _ = writeln!(shown, "\n{words} by {} with {}: {out}", signer.name, signer.key.fingerprint());
    let data = json!({
        "person": signer.name.as_str(),
        "key": signer.key.fingerprint(),
        "verdict": verdict.as_str(),
        "statement": text.text(),
        "file": out.to_string(),
        "review": page.value(names),
        "refusals": opinion.as_ref().map(|opinion| refusal_values(&opinion.refusals_but_quorum())),
    });
    Ok(Report::new(shown, data))
}

/// The judge's opinion. A rejection needs none: whoever refuses a request need not be able to judge it.
fn judged(
    home: &mut Home,
    request: &Request,
    verdict: Verdict,
    desk: &Desk<'_>,
) -> Result<Option<Opinion>, Failure> {
    match opinion::judge(home, request, &[], desk.now()) {
        Ok(opinion) => Ok(Some(opinion)),
        Err(_) if verdict == Verdict::Reject => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn verdict_text(opinion: &Opinion) -> String {
    let refusals = opinion.refusals_but_quorum();
    if refusals.is_empty() {
        return format!("\nEvery rule passes here; {} approvals are needed.\n", opinion.needed());
    }
    let lines: Vec<_> = refusals.iter().map(|refusal| format!("  {refusal}\n")).collect();
    format!("\nRefused\n{}", lines.concat())
}

pub(super) fn refusal_values(refusals: &[&Refusal]) -> Vec<serde_json::Value> {
    let value = |refusal: &&Refusal| json!({ "rule": refusal.rule.name(), "line": refusal.intent.map(|intent| u64::from(intent).saturating_add(1)), "words": refusal.words });
    refusals.iter().map(value).collect()
}

/// Everybody who may speak about this plan, with all their keys.
fn candidates(policy: &Policy, request: &Request) -> Vec<Candidate> {
    let preparer = &request.plan.value().prepared_by;
    policy
        .with_duty(Duty::Approver)
        .filter(|person| person.name != *preparer)
        .flat_map(|person| {
            person.keys.iter().map(|key| Candidate { name: person.name.clone(), key: key.clone() })
        })
        .collect()
}

/// Signs the statement as whoever's key is at hand: the text names its signer, so that is found out first.
fn sign(
    desk: &Desk<'_>,
    home: &Home,
    read: &ReadRequest,
    args: &Saying,
    verdict: Verdict,
    candidates: &[Candidate],
) -> Result<(Candidate, SignedText, Timestamp), Failure> {
    let (_, signer) = ssh::choose(desk.world.signers.as_ref(), &args.key, candidates)?;
    let statement = statement::make(home, &read.request, &signer.name, verdict, args.valid, desk.now())?;
    let text = statement.to_string();
    let (signer, signature) =
        desk.sign(&args.key, std::slice::from_ref(&signer), Namespace::Statement, text.as_bytes())?;
    let whole = SignedText::with_signatures(text, vec![signature])
        .map_err(|error| failure::signed_text(&args.out, &error))?;
    Ok((signer, whole, statement.valid_until))
}

/// Shows the review and has the person type a word. Nothing else is taken for consent.
fn ask(desk: &mut Desk<'_>, args: &Saying, shown: &str, verdict: Verdict) -> Result<(), Failure> {
    if args.file == Path::new("-") {
        return Err(Failure::new(
            exit::USAGE,
            "stdin-twice",
            "the request comes from standard input, so nobody can be asked there",
        )
        .hint("read it from a file, or say --yes"));
    }
    let question = match verdict {
        Verdict::Approve => "Approve this plan? Type yes: ",
        Verdict::Reject => "Reject this plan, for everybody? Type yes: ",
    };
    let world = &mut *desk.world;
    let taken = args.out == Path::new("-") || desk.output == Output::Json;
    let written = if taken {
        world.stderr.write_all(shown.as_bytes())
    } else {
        world.stdout.write_all(shown.as_bytes()).and_then(|()| world.stdout.flush())
    };
    let asked =
        written.and_then(|()| write!(world.stderr, "\n{question}")).and_then(|()| world.stderr.flush());
    asked.map_err(|error| {
        Failure::new(exit::FAILED, "terminal", format!("the review cannot be shown: {error}"))
    })?;
    if answer(&mut world.stdin)? == "yes" {
        Ok(())
    } else {
        Err(Failure::new(exit::FAILED, "not-confirmed", "nothing was signed: the answer was not yes"))
    }
}

/// One line, without taking anything after it.
fn answer(input: &mut dyn std::io::Read) -> Result<String, Failure> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < ANSWER_LIMIT {
        let read = input.read(&mut byte).map_err(|error| {
            Failure::new(exit::NOT_READY, "stdin", format!("standard input cannot be read: {error}"))
        })?;
        if read == 0 || byte == *b"\n" {
            break;
        }
        line.extend(byte);
    }
    Ok(String::from_utf8_lossy(&line).trim().to_owned())
}
