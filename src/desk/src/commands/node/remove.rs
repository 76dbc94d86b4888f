//! `node remove`: remove a node.

use serde_json::json;
use strongroom_protocol::{ChainId, Name};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;

/// What `node remove` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom node remove eip155:1 provider-a")]
pub(super) struct Args {
    /// The chain, by its CAIP-2 name
    #[arg(value_name = "CHAIN")]
    chain: ChainId,
    /// The node's name
    #[arg(value_name = "NAME")]
    name: Name,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    if !home.store.remove_node(&args.chain, &args.name)? {
        let names: Vec<_> =
            home.store.nodes(Some(&args.chain))?.iter().map(|node| node.name.to_string()).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Failure::new(
            exit::USAGE,
            "node-unknown",
            format!("{} has no node called {}; it has {known}", args.chain, args.name),
        ));
    }
    let human = format!("{}: {} is no longer asked\n", args.chain, args.name);
    Ok(Report::new(human, json!({ "chain": args.chain.as_str(), "name": args.name.as_str() })))
}
