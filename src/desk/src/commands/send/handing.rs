//! Handing transactions to nodes: written down first.

use std::collections::BTreeMap;

use strongroom_journal::DeskEntry;
use strongroom_network::{Sent, Submission};
use strongroom_protocol::{ChainId, RawTx, Timestamp};
use strongroom_screen::{Failure, Progress};

use super::errand::Outgoing;
use crate::following::fate::REJECTED;
use crate::home::Home;
use crate::store::StoreError;
use crate::store::requests::{self, RequestState};
use crate::store::transactions::{self, TransactionState};
use crate::world::Transports;
use crate::{chains, exit, failure};

/// Transactions sent between two steps of the progress bar.
const AT_ONCE: usize = 50;
/// The most characters of a refusal that are kept.
const NOTE_LIMIT: usize = 300;

/// What nodes did with each transaction, by its hash.
pub(super) type Outcomes = BTreeMap<String, Sent>;

/// Journals that they are about to be sent, then sends them to every node of their chain.
///
/// # Errors
/// A failure if journal or store fail: then nothing was sent. Nodes that fail are in the outcomes.
pub(super) fn hand(
    home: &mut Home,
    transports: &dyn Transports,
    outgoing: &[Outgoing],
    now: Timestamp,
    progress: &Progress,
) -> Result<Outcomes, Failure> {
    for (done, Outgoing { request, transaction }) in outgoing.iter().enumerate() {
        progress.at(done);
        // Sent again, it is the same transaction: one line in the journal says it.
        if transaction.first_sent_at.is_none() {
            let (request, intent) = (*request, transaction.intent);
            let entry = DeskEntry::Sent { request, intent, transaction: transaction.hash.clone() };
            home.record(now, entry)?;
        }
    }
    note_submitted(home, outgoing, now)?;
    let mut by_chain: BTreeMap<ChainId, Vec<RawTx>> = BTreeMap::new();
    for Outgoing { transaction, .. } in outgoing {
        let chain = chains::chain_of(&transaction.slot).ok_or_else(|| {
            Failure::new(exit::DAMAGED, "store-damaged", format!("{} is no slot", transaction.slot))
        })?;
        by_chain.entry(chain).or_default().push(RawTx(transaction.raw.clone()));
    }
    let mut outcomes = Outcomes::new();
    for (chain, transactions) in by_chain {
        let mut feed = home.feed(transports, &chain)?;
        for some in transactions.chunks(AT_ONCE) {
            let sent = feed.send(some).map_err(|error| failure::feed(&error))?;
            outcomes.extend(sent.into_iter().map(|sent| (sent.id.to_string(), sent)));
            progress.at(outcomes.len());
        }
    }
    note_rejections(home, &outcomes)?;
    Ok(outcomes)
}

fn note_submitted(home: &mut Home, outgoing: &[Outgoing], now: Timestamp) -> Result<(), Failure> {
    let path = home.path.clone();
    let transaction = home.store.transaction()?;
    let write = || -> rusqlite::Result<()> {
        for Outgoing { request, transaction: signed } in outgoing {
            transactions::submitted(&transaction, &signed.hash, now)?;
            requests::set_state(&transaction, request, RequestState::Sent)?;
        }
        Ok(())
    };
    let written = write().and_then(|()| transaction.commit());
    Ok(written.map_err(|error| StoreError::sqlite(&path, error))?)
}

/// A refusal by every node is remembered with the transaction; an acceptance takes an earlier refusal back.
fn note_rejections(home: &Home, outcomes: &Outcomes) -> Result<(), Failure> {
    for (hash, sent) in outcomes {
        let note = match sent.verdict() {
            Submission::Rejected { .. } => Some(rejection(sent)),
            Submission::Accepted | Submission::AlreadyKnown => None,
            _ => continue,
        };
        let submitted = TransactionState::Submitted;
        transactions::set_state(home.store.connection(), hash, submitted, None, note.as_deref())
            .map_err(|error| home.store.error(error))?;
    }
    Ok(())
}

fn rejection(sent: &Sent) -> String {
    let words = sent.outcomes.iter().filter_map(|(node, outcome)| match outcome {
        Submission::Rejected { reason } => Some(format!("{node}: {reason}")),
        _ => None,
    });
    let all = words.collect::<Vec<_>>().join("; ");
    format!("{REJECTED}{all}").chars().take(NOTE_LIMIT).collect()
}
