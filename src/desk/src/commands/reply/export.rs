//! `reply export`: signed transactions as other programs take them.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::store::transactions;
use crate::{exit, requested};

/// What `reply export` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The request: the first digits of its id, or its file
    request: String,
    /// The form: one line a transaction, as a node's send call takes it
    #[arg(long = "as", value_enum)]
    form: Form,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output_file: PathBuf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// Signed bytes in hexadecimal
    Raw,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let Form::Raw = args.form;
    let home = desk.open()?;
    let stored = requested::find(desk, &home, &args.request)?;
    let signed = transactions::of_request(home.store.connection(), &stored.id)
        .map_err(|error| home.store.error(error))?;
    if signed.is_empty() {
        return Err(Failure::new(
            exit::NOT_READY,
            "unsigned",
            format!("no reply to request {} was imported", stored.id),
        ));
    }
    let text = signed.iter().fold(String::new(), |mut text, transaction| {
        // Writing to a String cannot fail.
        let _ = text.write_str("0x");
        for byte in &transaction.raw {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
        text
    });
    desk.write_file(&args.output_file, text.as_bytes())?;
    let human = format!("{} signed transactions written to {}\n", signed.len(), args.output_file.display());
    let hashes: Vec<_> = signed.iter().map(|transaction| transaction.hash.clone()).collect();
    Ok(Report::new(human, json!({ "request": stored.id.to_string(), "transactions": hashes }))
        .warn("whoever holds this file can send these transactions"))
}
