//! `pay --batch`: many payments from a CSV file, in one request under one signature.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use serde_json::json;
use strongroom_policy::judge::{History, Judged};
use strongroom_protocol::{Intent, Plan};
use strongroom_screen::{Failure, Report, Table};

use super::{Terms, balances, intent, look_alikes, spoken_for};
use crate::desk::Desk;
use crate::exit;
use crate::home::Home;
use crate::planning::preparer::{self, Preparer};
use crate::planning::proposal::{self, Accounts, Proposal};
use crate::planning::trouble::{Trouble, failure_of};
use crate::planning::versions::{self, Task, Versions};
use crate::planning::wish::{Payment, Reader, Wish};
use crate::planning::{built, filing, precedent, settling};
use crate::ssh::KeyChoice;

/// The first line of the file.
const HEADER: [&str; 6] = ["account", "to", "amount", "asset", "reference", "reason"];
/// The most bytes of the file.
const FILE_LIMIT: usize = 64 << 20;

/// A payment and the line of the file it stands on.
struct Line {
    number: u64,
    payment: Payment,
}

/// What a file comes to.
struct Batch {
    lines: Vec<Line>,
    troubles: Vec<Trouble>,
    warnings: Vec<String>,
}

/// What was made of it.
struct Made {
    plan: Plan,
    versions: Versions,
    accounts: Accounts,
    history: History,
    judged: Judged,
    /// The line of each intent.
    numbers: Vec<u64>,
}

/// Judges every line and writes nothing.
pub(super) fn check(desk: &mut Desk<'_>, file: &Path, terms: Terms) -> Result<Report, Failure> {
    let name = file.display().to_string();
    let mut home = desk.open()?;
    let mut batch = read(desk, &home, file)?;
    // Whoever will sign, the lines are the same: the judge is not asked about the preparer.
    let anybody = home.policy()?.persons().next().map(|person| person.name.clone());
    let Some(anybody) = anybody else {
        return Err(Failure::new(exit::POLICY, "nobody", "the policy names nobody"));
    };
    let plan = |home: &Home, now, intents| {
        Ok(Plan {
            house: home.house,
            policy: home.policy()?.id(),
            prepared_by: anybody,
            prepared_at: now,
            intents,
            mandate: None,
        })
    };
    let made = make(desk, &mut home, &mut batch, terms, plan);
    if !batch.troubles.is_empty() {
        return Err(failure_of(Some(&name), batch.troubles));
    }
    let made = made?.ok_or_else(|| empty(&name))?;
    Ok(checked(&home, &name, &made, batch.warnings))
}

/// Writes one request for all lines.
pub(super) fn write(
    desk: &mut Desk<'_>,
    file: &Path,
    terms: Terms,
    key: &KeyChoice,
    out: &Path,
) -> Result<Report, Failure> {
    filing::check_target(desk, out)?;
    let name = file.display().to_string();
    let mut home = desk.open()?;
    let mut batch = read(desk, &home, file)?;
    let preparer: Preparer = preparer::choose(desk, home.policy()?, key)?;
    let plan = |home: &Home, now, intents| proposal::plan(home, &preparer, now, intents);
    let made = make(desk, &mut home, &mut batch, terms, plan);
    if !batch.troubles.is_empty() {
        let failure = failure_of(Some(&name), batch.troubles);
        let Ok(Some(Made { plan, .. })) = made else { return Err(failure) };
        return Err(precedent::naming_the_holder(&home, &plan, failure)?);
    }
    let Made { plan, versions, accounts, history, .. } = made?.ok_or_else(|| empty(&name))?;
    let proposal = Proposal { plan, versions, accounts, history: &history, warnings: batch.warnings };
    proposal.finish(desk, &mut home, &preparer, key, out, |_| false)
}

fn empty(name: &str) -> Failure {
    Failure::new(exit::USAGE, "empty", format!("{name} has no payments"))
}

/// Reads every line as far as that goes without asking anybody; what is wrong is gathered.
fn read(desk: &mut Desk<'_>, home: &Home, file: &Path) -> Result<Batch, Failure> {
    let bytes = desk.read_file(file, FILE_LIMIT)?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes.as_slice());
    let mut batch = Batch { lines: Vec::new(), troubles: Vec::new(), warnings: Vec::new() };
    let mut wishes = Reader::new(home)?;
    let mut record = StringRecord::new();
    let mut first = true;
    let mut counter = LineCounter { bytes: &bytes, counted: 0, line: 1 };
    loop {
        let more = reader.read_record(&mut record).map_err(|error| {
            let words = format!("{} is not a CSV file in UTF-8: {error}", file.display());
            Failure::new(exit::USAGE, "csv", words)
        })?;
        if !more {
            return Ok(batch);
        }
        let number = counter.line_at(record.position().map_or(0, csv::Position::byte));
        if std::mem::take(&mut first) {
            if record.iter().ne(HEADER) {
                let words = format!("{} must begin with the line {}", file.display(), HEADER.join(","));
                return Err(Failure::new(exit::USAGE, "csv-header", words));
            }
            continue;
        }
        let payment = wish(&record).and_then(|wish| Ok(wishes.read(&wish)?));
        match payment {
            Ok(payment) => batch.lines.push(Line { number, payment }),
            Err(error) => batch.troubles.push(Trouble::of(Some(number), &error)),
        }
    }
}

/// Counts lines as editors do. The reader's own count stops at the blank lines before a record, and takes half a line
/// end for none.
struct LineCounter<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of the record that the reader found at a byte, blank lines before it skipped. Bytes only grow.
    fn line_at(&mut self, byte: u64) -> u64 {
        let at = usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.bytes.iter().enumerate().skip(self.counted);
        for (place, byte) in rest {
            if place >= at && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.counted = place.saturating_add(1);
            self.line = self.line.saturating_add(u64::from(*byte == b'\n'));
        }
        self.line
    }
}

fn wish(record: &StringRecord) -> Result<Wish, Failure> {
    let fields: Vec<_> = record.iter().map(str::to_owned).collect();
    let found = fields.len();
    let Ok([account, to, amount, asset, reference, reason]) = <[String; 6]>::try_from(fields) else {
        let words = format!("the line has {found} fields, and {} are needed", HEADER.len());
        return Err(Failure::new(exit::USAGE, "csv-fields", words));
    };
    Ok(Wish { account, to, amount, asset, reference, reason })
}

/// Asks the nodes, builds every line and judges it; what is wrong with lines is gathered. `None` if no line is left.
fn make(
    desk: &Desk<'_>,
    home: &mut Home,
    batch: &mut Batch,
    terms: Terms,
    plan: impl FnOnce(&Home, strongroom_protocol::Timestamp, Vec<Intent>) -> Result<Plan, Failure>,
) -> Result<Option<Made>, Failure> {
    let payments = || batch.lines.iter().map(|line| &line.payment);
    let own: BTreeSet<_> = payments().map(|payment| payment.account.pinned.id).collect();
    let records = payments().map(|payment| Rc::as_ref(&payment.account));
    let accounts = proposal::accounts(records.filter(|own_account| own.contains(&own_account.pinned.id)));
    let mut warnings = look_alikes(payments());
    warnings.extend(settling::look(desk, home, &proposal::chains_of(&accounts))?);
    let held = balances(desk, home, payments())?;
    for payment in payments() {
        warnings.extend(spoken_for(home, payment)?);
    }
    let (mut intents, mut numbers) = (Vec::new(), Vec::new());
    for line in &batch.lines {
        match intent(home.policy()?, &line.payment, None, terms, &held) {
            Ok(intent) => {
                intents.push(intent);
                numbers.push(line.number);
            }
            Err(error) => batch.troubles.push(Trouble::of(Some(line.number), &error)),
        }
    }
    batch.warnings.append(&mut warnings);
    if intents.is_empty() {
        return Ok(None);
    }
    let now = desk.now();
    let plan = plan(home, now, intents)?;
    let tasks: Vec<_> = (0u32..).zip(&plan.intents).map(|(n, _)| Task::new(n, terms.rungs)).collect();
    let mut versions = versions::build(desk, home, &plan, &accounts, &tasks)?;
    let history = precedent::history(home, &BTreeSet::new())?;
    let (judged, refused) = proposal::advise(home, &plan, &versions.items, &accounts, &history, now)?;
    let obstacles = versions.troubles.drain(..).map(|(intent, trouble)| (Some(intent), trouble));
    for (intent, trouble) in obstacles.chain(refused) {
        let place = intent.and_then(|intent| usize::try_from(intent).ok());
        let line = place.and_then(|place| numbers.get(place)).copied();
        batch.troubles.push(Trouble { line, ..trouble });
    }
    Ok(Some(Made { plan, versions, accounts, history, judged, numbers }))
}

/// What `--check` says of a file in which nothing is wrong.
fn checked(home: &Home, name: &str, made: &Made, warnings: Vec<String>) -> Report {
    let mut totals = std::collections::BTreeMap::new();
    for claim in &made.judged.claims {
        for payment in &claim.payments {
            let sum: &mut strongroom_protocol::Amount = totals.entry(&payment.asset).or_default();
            *sum = sum.checked_add(payment.amount).unwrap_or(strongroom_protocol::Amount::MAX);
        }
    }
    let mut table = Table::new();
    for (asset, sum) in &totals {
        table.row(["total", &built::show(home, asset, *sum)]);
    }
    table.row(["approvals", &format!("{} needed", made.judged.needed)]);
    let count = made.numbers.len();
    let human =
        format!("{name}: {count} lines, and nothing against any of them. Nothing was written.\n\n{table}");
    let totals: Vec<_> = totals
        .iter()
        .map(|(asset, sum)| json!({ "asset": asset.as_str(), "base_units": sum.to_string(), "shown": built::show(home, asset, *sum) }))
        .collect();
    let data = json!({
        "file": name,
        "lines": count,
        "totals": totals,
        "approvals_needed": made.judged.needed,
    });
    let mut report = Report::new(human, data);
    report.warnings = warnings;
    report.warnings.extend(made.versions.notices.iter().cloned());
    report
}
