//! `journal export`: what this desk took in of a vault's journal, for a home that lost it, and for the other vaults.

use std::path::PathBuf;

use serde_json::json;
use strongroom_journal::VaultExport;
use strongroom_protocol::{Bundle, StationId, canonical};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::home::Home;
use crate::store::DocumentKind;
use crate::vault_export;

/// What `journal export` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom journal export --vault vault-one -o vault-one.export\n\nThe vault takes it back with `strongroom-vault journal import`, and another vault of the house learns from it what was signed \
there; `request pack` brings the same by itself. It holds the vault's own sealed replies, and the policies, books and account records that its lines name."
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
    let Some((export, head)) = vault_export::beyond(&home, station, 0)? else {
        let words =
            format!("no reply of station {station} was taken in here: this desk knows none of its lines");
        return Err(Failure::new(exit::NOT_READY, "no-replies", words)
            .hint("look for a desk that took in its replies (`strongroom reply import`)"));
    };
    let texts = |kind| -> Result<Vec<String>, Failure> {
        Ok(store.documents(kind)?.into_iter().map(|stored| stored.text.to_string()).collect())
    };
    let records = store.accounts()?.into_iter().filter(|account| account.record.value().station == station);
    let export = VaultExport {
        accounts: records.map(|account| canonical::encode(&account.record).into()).collect(),
        policies: texts(DocumentKind::Policy)?,
        books: texts(DocumentKind::Book)?,
        ..export
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
