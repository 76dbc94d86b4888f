//! `node list`: the nodes, their addresses without what may be a key.

use serde_json::{Value, json};
use strongroom_protocol::ChainId;
use strongroom_screen::{Failure, Report, Table};

use crate::desk::Desk;

/// What `node list` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom node list eip155:1")]
pub(super) struct Args {
    /// Only this chain's
    #[arg(value_name = "CHAIN")]
    chain: Option<ChainId>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let nodes = desk.open()?.store.nodes(args.chain.as_ref())?;
    let mut table = Table::new();
    let mut list: Vec<Value> = Vec::new();
    for node in &nodes {
        let address = node.endpoint.shown();
        let trust = if node.endpoint.ca().is_some() { "own authority" } else { "" };
        table.row([node.chain.as_str(), node.name.as_str(), &address, trust]);
        list.push(json!({
            "chain": node.chain.as_str(),
            "name": node.name.as_str(),
            "address": address,
            "own_authority": node.endpoint.ca().is_some(),
        }));
    }
    let human = if table.is_empty() {
        "no nodes: add two or more with `strongroom node add`\n".to_owned()
    } else {
        table.to_string()
    };
    Ok(Report::new(human, json!({ "nodes": list })))
}
