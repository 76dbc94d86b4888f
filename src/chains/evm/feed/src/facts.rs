//! Nonces, gas and fees for intents: what the codec needs to make bytes of them.

mod books;
mod draft;
mod knowledge;

use std::collections::BTreeSet;

use strongroom_evm_codec::{Network, native_asset, slot};
use strongroom_network::{FactsError, FeedError, Findings, Notice, Panel, Want};
use strongroom_protocol::{ChainId, Slot};

use crate::anchor::Anchor;
use crate::inquiry::narrow;
use crate::rules::Rules;
use books::Books;
use draft::Draft;
use knowledge::Knowledge;

/// Finds facts for some wants, in four rounds of questions however many they are.
pub(crate) fn find(
    panel: &mut Panel<'_>,
    chain: &ChainId,
    network: &Network,
    wants: &[Want<'_>],
    taken: &BTreeSet<Slot>,
) -> Result<Findings, FeedError> {
    let native = native_asset(chain).map_err(|_| FeedError::Chain(chain.clone()))?;
    let drafts: Vec<_> = wants.iter().map(|want| Draft::of(chain, want)).collect();
    let sound: Vec<_> = drafts.iter().filter_map(|draft| draft.as_ref().ok()).collect();
    let anchor = Anchor::find(panel, chain, network)?;
    let known = Knowledge::gather(panel, &anchor, Rules::of(network), native, &sound)?;
    let mut occupied = taken.clone();
    occupied.extend(sound.iter().filter_map(|draft| draft.slot.clone()));
    let mut notices = unexplained(chain, &known, &occupied);
    let mut books = Books::new(chain, &known, occupied);
    let ladders: Vec<_> = wants
        .iter()
        .zip(drafts)
        .map(|(want, draft)| {
            let ladder = draft.and_then(|draft| books.ladder(&draft));
            ladder.map_err(|obstacle| FactsError {
                reference: want.intent.reference.clone(),
                obstacle: Box::new(obstacle),
            })
        })
        .collect();
    for (want, ladder) in wants.iter().zip(&ladders) {
        if let Ok(ladder) = ladder
            && ladder.len() < want.rungs
        {
            let reference = want.intent.reference.clone();
            notices.push(Notice::ShortLadder { reference, rungs: ladder.len(), wanted: want.rungs });
        }
    }
    Ok(Findings { as_of: anchor.as_of, ladders, notices })
}

/// Slots that a node has a waiting transaction for and that nobody here reserved.
fn unexplained(chain: &ChainId, known: &Knowledge, occupied: &BTreeSet<Slot>) -> Vec<Notice> {
    let mut notices = Vec::new();
    for (sender, answers) in &known.waiting {
        let nonce = known.senders.get(sender).map_or(0, |sender| sender.nonce);
        for (node, waiting) in answers.given() {
            // However far a node says they go, the first that is not reserved ends the search.
            let strange = (nonce..narrow(*waiting))
                .map_while(|nonce| slot(chain, sender, nonce).ok())
                .find(|slot| !occupied.contains(slot));
            if let Some(slot) = strange {
                notices.push(Notice::UnexplainedPending { slot, node: node.clone() });
            }
        }
    }
    notices
}
