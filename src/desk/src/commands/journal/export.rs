//! `journal export`: what this desk took in of a vault's journal, for a home that lost it.

use std::path::PathBuf;

use serde_json::json;
use strongroom_journal::VaultExport;
use strongroom_protocol::{Bundle, Reply, Sealed, StationId, canonical};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::home::Home;
use crate::store::{DocumentKind, replies};

/// What `journal export` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom journal export --vault vault-one -o vault-one.export\n\nThe vault takes it with `strongroom-vault journal import`. It holds the vault's own sealed replies, and the policies, books and account records that its lines name."
)]
pub(super) struct Args {
    /// The vault: the policy's name of its station, or the station's id
    #[arg(long, value_name = "STATION")]
    vault: String,
    /// Where it goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let station = find(&home, &args.vault)?;
    let store = &home.store;
    let mut kept = Vec::new();
    for stored in replies::of_station(store.connection(), &station).map_err(|error| store.error(error))? {
        let sealed: Sealed<Reply> = canonical::decode(&stored.document).map_err(|error| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("a stored reply is damaged: {error}"))
        })?;
        kept.push((sealed.value().head, stored.document));
    }
    kept.sort_by_key(|(head, _)| head.sequence);
    let Some((head, _)) = kept.last() else {
        let words =
            format!("no reply of station {station} was taken in here: this desk knows none of its lines");
        return Err(Failure::new(exit::NOT_READY, "no-replies", words)
            .hint("look for a desk that took in its replies (`strongroom reply import`)"));
    };
    let head = *head;
    let texts = |kind| -> Result<Vec<String>, Failure> {
        Ok(store.documents(kind)?.into_iter().map(|stored| stored.text.to_string()).collect())
    };
    let records = store.accounts()?.into_iter().filter(|account| account.record.value().station == station);
    let export = VaultExport {
        house: home.house,
        station,
        accounts: records.map(|account| canonical::encode(&account.record).into()).collect(),
        policies: texts(DocumentKind::Policy)?,
        books: texts(DocumentKind::Book)?,
        replies: kept.into_iter().map(|(_, document)| document.into()).collect(),
    };
    desk.write_file(&args.out, &Bundle::write(&export))?;
    let out = args.out.display().to_string();
    let human = format!(
        "{out}: {} replies of station {station}, up to line {}, {}\n",
        export.replies.len(),
        head.sequence,
        head.hash
    );
    let data = json!({
        "file": out,
        "station": station.to_string(),
        "replies": export.replies.len(),
        "head": { "sequence": head.sequence, "hash": head.hash.to_string() },
    });
    Ok(Report::new(human, data))
}

/// A station by the policy's name or by its id.
fn find(home: &Home, named: &str) -> Result<StationId, Failure> {
    let by_name = home.policy.as_ref().and_then(|policy| {
        policy.stations().find(|station| station.name.as_str() == named).map(|station| station.key.station())
    });
    by_name.or_else(|| named.parse().ok()).ok_or_else(|| {
        Failure::new(
            exit::USAGE,
            "vault",
            format!("{named:?} is no station of the policy and no station's id"),
        )
        .hint("`strongroom policy explain` names the stations")
    })
}
