//! `house show`: what a founding text says, who has signed it, and the comparison code.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use strongroom_policy::genesis::Genesis;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{ComparisonCode, HouseId};
use strongroom_screen::{Failure, Report, Table};

use crate::desk::Desk;
use crate::signed_texts;
use crate::{exit, failure};

/// What `house show` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom house show admins.txt")]
pub(super) struct Args {
    /// The founding text, with or without signatures below it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let signed = signed_texts::read(desk, &args.file)?;
    let genesis = Genesis::unsigned(signed.text()).map_err(|error| failure::genesis(&error))?;
    desk.stamp(&genesis);
    let signers = genesis
        .signers(&signed, Namespace::House)
        .map_err(|error| Failure::new(exit::DISAGREE, "signature", error.to_string()))?;
    let house = HouseId::of(signed.text().as_bytes());
    let code = ComparisonCode::of(house.as_bytes());
    let missing: Vec<_> =
        genesis.admins.keys().filter(|name| !signers.contains(name)).map(ToString::to_string).collect();
    let mut table = Table::new().indent(2);
    table.row(["name", &format!("{:?}", genesis.name)]);
    table.row(["founded", &genesis.created.to_string()]);
    table.row(["house", &house.to_string()]);
    table.row(["code", &code.to_string()]);
    table.row(["rules change", &format!("by {} of {} admins", genesis.threshold, genesis.admins.len())]);
    for (name, keys) in &genesis.admins {
        let mark = if signers.contains(name) { "signed" } else { "has not signed" };
        table.row([&format!("admin {name}"), mark]);
        for key in keys {
            let touch = if key.is_security_key() { ", asks for a touch" } else { "" };
            table.row(["", &format!("key {}{touch}", key.fingerprint())]);
        }
    }
    let mut human = table.to_string();
    // Writing to a String cannot fail.
    let _ = match missing.as_slice() {
        [] => writeln!(human, "Signed by every admin."),
        names => writeln!(human, "A draft: still to be signed by {}.", names.join(", ")),
    };
    let admins: Vec<Value> = genesis
        .admins
        .iter()
        .map(|(name, keys)| {
            let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
            json!({ "name": name.as_str(), "keys": keys, "signed": signers.contains(name) })
        })
        .collect();
    let data = json!({
        "name": genesis.name.as_str(),
        "created": genesis.created.to_string(),
        "house": house.to_string(),
        "code": code.to_string(),
        "threshold": genesis.threshold,
        "admins": admins,
        "sealed": missing.is_empty(),
    });
    Ok(Report::new(human, data))
}
