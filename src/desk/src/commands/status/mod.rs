//! `status`: where requests and slots stand.

mod one;
mod table;

use std::collections::BTreeSet;

use strongroom_protocol::Slot;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::following::round;
use crate::home::Home;
use crate::requested;
use crate::store::requests::RequestState;
use crate::store::{requests, sightings, transactions};

/// What `status` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom status --refresh\n  strongroom status 3f9ac2\n\nWithout --refresh nobody is asked: it says what was known when nodes were last asked, and when that was."
)]
pub struct Args {
    /// One request: the first digits of its id, or its file
    #[arg(value_name = "REQUEST")]
    request: Option<String>,
    /// Ask the nodes first
    #[arg(long)]
    refresh: bool,
}

/// Runs `status`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut home = desk.open()?;
    let chosen = args.request.as_ref().map(|which| requested::find(desk, &home, which)).transpose()?;
    if args.refresh {
        let of = match &chosen {
            Some(stored) => vec![stored.id],
            None => followed(&home)?,
        };
        let slots = slots(&home, &of)?;
        round::look(&mut home, desk.world.transports.as_ref(), &slots, desk.now())?;
    }
    match chosen {
        Some(stored) => one::report(&home, &stored.id),
        None => table::report(&home),
    }
}

/// The requests that something may still become of.
fn followed(home: &Home) -> Result<Vec<strongroom_protocol::RequestId>, Failure> {
    let all = requests::all(home.store.connection()).map_err(|error| home.store.error(error))?;
    let open = all.into_iter().filter(|stored| stored.state != RequestState::Final);
    Ok(open.map(|stored| stored.id).collect())
}

fn slots(home: &Home, of: &[strongroom_protocol::RequestId]) -> Result<BTreeSet<Slot>, Failure> {
    let mut slots = BTreeSet::new();
    for id in of {
        let signed =
            transactions::of_request(home.store.connection(), id).map_err(|error| home.store.error(error))?;
        slots.extend(signed.into_iter().map(|signed| signed.slot));
    }
    Ok(slots)
}

/// When each chain was last asked, in words and for scripts.
fn as_of(home: &Home) -> Result<(String, serde_json::Value), Failure> {
    let seen = sightings::all(home.store.connection()).map_err(|error| home.store.error(error))?;
    if seen.is_empty() {
        return Ok(("no node was asked yet: --refresh asks\n".to_owned(), serde_json::json!([])));
    }
    let lines: Vec<_> = seen
        .iter()
        .map(|seen| {
            format!(
                "{} as of block {} of {}, asked at {}\n",
                seen.chain, seen.block, seen.block_time, seen.asked_at
            )
        })
        .collect();
    let values: Vec<_> = seen
        .iter()
        .map(|seen| {
            serde_json::json!({
                "chain": seen.chain.as_str(),
                "block": seen.block,
                "block_time": seen.block_time.to_string(),
                "asked_at": seen.asked_at.to_string(),
            })
        })
        .collect();
    Ok((lines.concat(), values.into()))
}
