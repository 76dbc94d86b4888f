//! `book remove`: remove a destination from the draft of the next book.

use std::path::PathBuf;

use strongroom_screen::{Failure, Report};

use super::draft;
use crate::desk::Desk;
use crate::exit;

/// What `book remove` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("Example:\n  strongroom book remove \"Exchange deposit\" --file book.toml\n\n{}", draft::ABOUT))]
pub(super) struct Args {
    /// The destination, by its label
    #[arg(value_name = "LABEL")]
    label: String,
    /// The draft
    #[arg(long, value_name = "FILE", default_value = "book.toml")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let destinations = draft::destinations(desk, &home, &args.file)?;
    let wanted = args.label.to_lowercase();
    let (gone, kept): (Vec<_>, Vec<_>) =
        destinations.into_iter().partition(|entry| entry.label.as_str().to_lowercase() == wanted);
    let Some(gone) = gone.first() else {
        let labels: Vec<_> = kept.iter().map(|entry| entry.label.to_string()).collect();
        let known = if labels.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has {}", labels.join(", "))
        };
        return Err(Failure::new(
            exit::USAGE,
            "destination-unknown",
            format!("the draft has no destination {:?}: {known}", args.label),
        ));
    };
    draft::write(&home, &args.file, &kept, &format!("{:?} removed", gone.label))
}
