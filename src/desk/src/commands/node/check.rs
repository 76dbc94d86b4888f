//! `node check`: ask every node for chain, height and newest blocks, and say where they disagree.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use strongroom_network::{FeedError, NodeState};
use strongroom_protocol::ChainId;
use strongroom_screen::{Failure, Report, Table};

use crate::desk::Desk;
use crate::home::Home;
use crate::{exit, failure};

/// What `node check` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom node check eip155:1\n\nExit code 1 if the nodes of a chain disagree, 8 if too few answer."
)]
pub(super) struct Args {
    /// Only this chain's
    #[arg(value_name = "CHAIN")]
    chain: Option<ChainId>,
}

/// What was found out about one chain.
struct Finding {
    chain: ChainId,
    states: Vec<NodeState>,
    trouble: Option<Failure>,
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let chains: BTreeSet<ChainId> = match &args.chain {
        Some(chain) => BTreeSet::from([chain.clone()]),
        None => home.store.nodes(None)?.into_iter().map(|node| node.chain).collect(),
    };
    if chains.is_empty() {
        return Err(Failure::new(exit::NOT_READY, "no-nodes", "there are no nodes to ask")
            .hint("add two or more with `strongroom node add CHAIN URL`"));
    }
    let progress = desk.progress("asking nodes", chains.len());
    let mut findings = Vec::new();
    for (done, chain) in chains.into_iter().enumerate() {
        progress.at(done);
        findings.push(ask(desk, &home, chain)?);
    }
    drop(progress);
    let troubles = || findings.iter().filter_map(|finding| Some((&finding.chain, finding.trouble.as_ref()?)));
    // A disagreement is the worst of it: somebody lies or is on another chain.
    let worst = troubles().find(|(_, trouble)| trouble.exit == exit::FAILED).or(troubles().next());
    let report = report(&findings, worst.map(|(chain, _)| chain));
    match worst {
        Some((_, trouble)) => Err(trouble.clone().showing(report)),
        None => Ok(report),
    }
}

fn ask(desk: &Desk<'_>, home: &Home, chain: ChainId) -> Result<Finding, Failure> {
    let mut feed = home.feed(desk.world.transports.as_ref(), &chain)?;
    let states = feed.check();
    let trouble = if states.is_empty() {
        Some(failure::feed(&FeedError::NoNodes(chain.clone())))
    } else {
        // Looking nothing up still takes agreement on the chain and on one block.
        feed.balances(&[]).err().map(|error| failure::feed(&error))
    };
    Ok(Finding { chain, states, trouble })
}

/// What each node said. The trouble of `told`, which ends the command, is not said twice.
fn report(findings: &[Finding], told: Option<&ChainId>) -> Report {
    let mut human = String::new();
    let mut chains = Vec::new();
    for finding in findings {
        let newest = finding.states.iter().filter_map(|state| state.height.as_ref().ok()).max().copied();
        let mut table = Table::new().indent(2);
        let mut nodes = Vec::new();
        for state in &finding.states {
            let (words, value) = describe(state, &finding.chain, newest);
            table.row([state.node.clone(), words]);
            nodes.push(value);
        }
        let end = match &finding.trouble {
            None => "they agree",
            Some(_) if told == Some(&finding.chain) => "not to be relied on: see below",
            Some(trouble) => &trouble.message,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(human, "{}\n{table}  {end}", finding.chain);
        chains.push(json!({
            "chain": finding.chain.as_str(),
            "nodes": nodes,
            "agree": finding.trouble.is_none(),
            "trouble": finding.trouble.as_ref().map(|trouble| trouble.message.clone()),
        }));
    }
    Report::new(human, json!({ "chains": chains }))
}

fn describe(state: &NodeState, chain: &ChainId, newest: Option<u64>) -> (String, Value) {
    let mut words = Vec::new();
    match &state.chain {
        Ok(found) if found == chain => words.push("right chain".to_owned()),
        Ok(found) => words.push(format!("serves {found}")),
        Err(error) => words.push(error.to_string()),
    }
    let lag = newest.zip(state.height.as_ref().ok()).map(|(newest, own)| newest.saturating_sub(*own));
    match (&state.height, lag) {
        (Ok(height), Some(0) | None) => words.push(format!("height {height}")),
        (Ok(height), Some(lag)) => words.push(format!("height {height}, {lag} behind")),
        (Err(error), _) if state.chain.is_ok() => words.push(error.to_string()),
        (Err(_), _) => {}
    }
    match &state.finalized {
        Ok(Some(height)) => words.push(format!("final up to {height}")),
        Ok(None) => words.push("does not say what is final".to_owned()),
        Err(error) if state.chain.is_ok() && state.height.is_ok() => words.push(error.to_string()),
        Err(_) => {}
    }
    let value = json!({
        "name": state.node,
        "chain": state.chain.as_ref().ok().map(ToString::to_string),
        "height": state.height.as_ref().ok(),
        "finalized": state.finalized.as_ref().ok().copied().flatten(),
        "lag": lag,
        "error": state.chain.as_ref().err().or(state.height.as_ref().err()).map(ToString::to_string),
    });
    (words.join(", "), value)
}
