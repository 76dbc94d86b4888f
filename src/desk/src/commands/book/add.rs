//! `book add`: add a destination to the draft of the next book.

use std::path::PathBuf;

use strongroom_policy::book::Destination;
use strongroom_policy::symbol::Symbol;
use strongroom_protocol::{Address, ChainId, Name, Text};
use strongroom_screen::{Failure, Report};

use super::draft;
use crate::desk::Desk;
use crate::times::When;
use crate::{chains, exit};

/// What `book add` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("Example:\n  strongroom book add \"Exchange deposit\" eip155:1:0x8ba1f109551bD432803012645Ac136ddd64DBA72 --class exchange --asset ETH --asset USDT --file book.toml\n\n{}", draft::ABOUT))]
pub(super) struct Args {
    /// What people call the destination; unique in the book
    #[arg(value_name = "LABEL")]
    label: Text,
    /// The address with its chain, in CAIP-10 form
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Its class, which statements add up by
    #[arg(long, value_name = "C")]
    class: Name,
    /// An asset that it takes, by the policy's symbol
    #[arg(long = "asset", value_name = "SYM", required = true)]
    assets: Vec<Symbol>,
    /// What a payment must carry so that the recipient can tell whose it is
    #[arg(long)]
    memo: Option<Text>,
    /// From when on it may be paid
    #[arg(long, value_name = "T")]
    from: Option<When>,
    /// Until when it may be paid
    #[arg(long, value_name = "T")]
    until: Option<When>,
    /// The draft
    #[arg(long, value_name = "FILE", default_value = "book.toml")]
    file: PathBuf,
}

pub(super) fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let (chain, address) = read_address(&args.address)?;
    let codec = chains::supported(&chain)?;
    codec
        .check_address(&chain, &address)
        .map_err(|error| Failure::new(exit::USAGE, "address", error.to_string()))?;
    if let Some(policy) = &home.policy
        && let Some(own) = policy.own_account_at(&chain, &address)
    {
        let message = format!("{address} is our own account {}: it needs no entry in the book", own.label);
        return Err(Failure::new(exit::USAGE, "own-account", message));
    }
    let mut destinations = draft::destinations(desk, &home, &args.file)?;
    let now = desk.now();
    let words = format!("{:?} added", args.label);
    destinations.push(Destination {
        chain,
        address,
        label: args.label,
        class: args.class,
        assets: args.assets,
        memo: args.memo,
        not_before: args.from.map(|when| when.from(now)),
        not_after: args.until.map(|when| when.from(now)),
    });
    draft::write(&home, &args.file, &destinations, &words)
}

fn read_address(text: &str) -> Result<(ChainId, Address), Failure> {
    let parse = || {
        let (chain, address) = text.rsplit_once(':')?;
        Some((chain.parse().ok()?, address.parse().ok()?))
    };
    parse().ok_or_else(|| {
        let found: String = text.chars().take(160).collect();
        Failure::new(exit::USAGE, "address", format!("{found:?} is no address with its chain"))
            .hint("write it in CAIP-10 form, such as eip155:1:0x8ba1f109551bD432803012645Ac136ddd64DBA72")
    })
}
