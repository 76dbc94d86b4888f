//! `node add`: add a node of a chain.

use std::path::PathBuf;

use serde_json::json;
use strongroom_protocol::{ChainId, Name};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::http::Endpoint;
use crate::store::StoredNode;
use crate::{chains, exit};

/// The most bytes of an authority's file.
const CA_LIMIT: usize = 256 << 10;
/// The most characters of a name made from a host.
const NAME_LIMIT: usize = 36;

/// What `node add` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom node add eip155:1 https://eth.example.com/v2/key --name provider-a\n\nAdd at least two nodes that different people run: one that lies is then found out. The address is kept in the home and\nshown nowhere in full, because it may hold a provider's key."
)]
pub(super) struct Args {
    /// The chain, by its CAIP-2 name
    #[arg(value_name = "CHAIN")]
    chain: ChainId,
    /// Where the node takes JSON-RPC: https, or http on this machine
    #[arg(value_name = "URL")]
    url: String,
    /// What to call it [default: from its host]
    #[arg(long)]
    name: Option<Name>,
    /// Certificates (PEM) that alone are believed for it, in place of the public ones
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Accept plain http to another machine: whoever is on the way can then lie in its name
    #[arg(long)]
    insecure_http: bool,
}

pub(super) fn run(args: Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    chains::supported(&args.chain)?;
    let ca = args.ca.map(|path| desk.read_text(&path, CA_LIMIT)).transpose()?;
    let endpoint = Endpoint::new(&args.url, ca, args.insecure_http)?;
    // What cannot be opened later is refused now.
    desk.world.transports.open(&endpoint)?;
    let others = home.store.nodes(Some(&args.chain))?;
    if let Some(twin) = others.iter().find(|other| other.endpoint.is_same_place(&endpoint)) {
        return Err(Failure::new(
            exit::USAGE,
            "node-twice",
            format!("{} is that node already: a node that agrees with itself proves nothing", twin.name),
        )
        .hint("add a node that somebody else runs"));
    }
    let name = args.name.map_or_else(|| name_of(&endpoint, &others), Ok)?;
    let neighbour = others.iter().find(|other| other.endpoint.is_same_machine(&endpoint));
    let neighbour = neighbour.map(|other| other.name.clone());
    let node = StoredNode { chain: args.chain, name, endpoint };
    if !home.store.add_node(&node)? {
        return Err(Failure::new(
            exit::USAGE,
            "node-name",
            format!(
                "{} has a node called {} already: choose another name with --name",
                node.chain, node.name
            ),
        ));
    }
    let count = others.len().saturating_add(1);
    let human = format!("{}: {} at {}, {count} of them now\n", node.chain, node.name, node.endpoint.shown());
    let data = json!({
        "chain": node.chain.as_str(),
        "name": node.name.as_str(),
        "address": node.endpoint.shown(),
        "nodes": count,
    });
    let mut report = Report::new(human, data);
    if let Some(neighbour) = neighbour {
        report = report.warn(format!(
            "{neighbour} is on the same machine: if one of the two lies, the other may well lie alike"
        ));
    }
    Ok(report)
}

/// A name from the host, such as `eth-example-com`, that no other node of the chain has.
fn name_of(endpoint: &Endpoint, others: &[StoredNode]) -> Result<Name, Failure> {
    let plain: String = endpoint
        .host()
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(NAME_LIMIT)
        .collect();
    let words: Vec<_> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let base = if words.is_empty() { "node".to_owned() } else { words.join("-") };
    (1..=99u32)
        .map(|number| if number == 1 { base.clone() } else { format!("{base}-{number}") })
        .filter(|name| others.iter().all(|other| other.name.as_str() != name))
        .find_map(|name| name.parse().ok())
        .ok_or_else(|| Failure::new(exit::USAGE, "node-name", "choose a name with --name"))
}
