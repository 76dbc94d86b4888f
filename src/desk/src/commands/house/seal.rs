//! `house seal`: put every admin's signature below the founding text.

use serde_json::json;
use strongroom_policy::genesis::Genesis;
use strongroom_protocol::ComparisonCode;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::failure;
use crate::signed_texts::{self, SealArgs};

pub(super) fn run(args: &SealArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let signed = signed_texts::gather(desk, args)?;
    // Whatever is wrong with it is told as what it is about.
    if let Ok(genesis) = Genesis::unsigned(signed.text()) {
        desk.stamp(&genesis);
    }
    let (house, genesis) = Genesis::open(&signed).map_err(|error| failure::genesis(&error))?;
    desk.write_file(&args.out, signed.to_string().as_bytes())?;
    let code = ComparisonCode::of(house.as_bytes());
    let out = args.out.display().to_string();
    let human = format!(
        "{out}: {:?}, signed by all {} admins\n  house  {house}\n  code   {code}\nGive the file to every desk and vault, and the code by another channel.\n",
        genesis.name,
        genesis.admins.len()
    );
    Ok(Report::new(human, json!({ "file": out, "house": house.to_string(), "code": code.to_string() })))
}
