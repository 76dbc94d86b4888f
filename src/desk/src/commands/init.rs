//! `init`: make a home that knows its house.

use std::path::PathBuf;

use serde_json::json;
use strongroom_policy::genesis::Genesis;
use strongroom_protocol::ComparisonCode;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::home::Home;
use crate::{comparison, exit, failure, signed_texts};

/// What `init` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom init --admins admins.txt --house 5FGNB-7Q0CX-2W8K-M4RT-9ZAP-E3H8\n\nThe code comes by another channel than the file: read aloud, on paper. Whoever can change both founds a house of their own."
)]
pub struct Args {
    /// The founding text with every admin's signature
    #[arg(long, value_name = "FILE")]
    admins: PathBuf,
    /// The house's comparison code, from another channel
    #[arg(long, value_name = "CODE")]
    house: String,
}

/// Runs `init`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let signed = signed_texts::read(desk, &args.admins)?;
    // Whatever is wrong with it is told as what it is about.
    if let Ok(genesis) = Genesis::unsigned(signed.text()) {
        desk.stamp(&genesis);
    }
    let (house, genesis) = Genesis::open(&signed).map_err(|error| failure::genesis(&error))?;
    let code = ComparisonCode::of(house.as_bytes());
    if !comparison::matches(&code, &args.house) {
        // The file's own code is not said: who copied it from here would have compared nothing.
        return Err(Failure::new(
            exit::DISAGREE,
            "house-code",
            format!("the code given is not that of the house in {}", args.admins.display()),
        )
        .hint(
            "ask an admin for the code by another channel; if it is right, the file is not: do not use it",
        ));
    }
    let now = desk.now();
    let home = Home::create(&desk.home, &signed, now)?;
    let path = home.path.display().to_string();
    let human = format!(
        "{path}: a desk of {:?}\n  house  {house}\n  rules change by {} of {} admins\nNext: `strongroom node add`, `strongroom account import`, `strongroom policy install`.\n",
        genesis.name,
        genesis.threshold,
        genesis.admins.len()
    );
    let data = json!({ "home": path, "house": house.to_string(), "name": genesis.name.as_str() });
    Ok(Report::new(human, data))
}
