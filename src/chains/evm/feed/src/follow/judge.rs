//! What the evidence about one nonce comes to. Pure.

use strongroom_network::agreement::ENOUGH;
use strongroom_network::{AgreementError, Answers, Standing, Track, Version};

use crate::anchor::Anchor;
use crate::receipt::{Receipt, Sighting};

/// How many transactions a sender had sent. Nonces below are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// At the agreed height.
    pub newest: u64,
    /// At the final height; 0 where there is none.
    pub fixed: u64,
}

/// What the nodes say of a track's versions, in their order.
#[derive(Debug)]
pub(super) enum Evidence {
    /// The nonce is spent: receipts.
    Receipts(Vec<Answers<Sighting>>),
    /// The nonce is free: whether the version is known.
    Known(Vec<Answers<bool>>),
}

/// Where a nonce stands, or why nobody can say.
pub(super) fn judge(
    track: &Track,
    nonce: u64,
    counts: Counts,
    anchor: &Anchor,
    evidence: Evidence,
) -> Result<Standing, AgreementError> {
    match evidence {
        Evidence::Known(known) => free(track, nonce.saturating_sub(counts.newest), known),
        Evidence::Receipts(receipts) => spent(track, counts.fixed > nonce, anchor, receipts),
    }
}

/// Nothing has taken the nonce yet.
fn free(track: &Track, behind: u64, known: Vec<Answers<bool>>) -> Result<Standing, AgreementError> {
    // One node is enough to keep waiting: it claims nothing that matters.
    if known.iter().flat_map(Answers::given).any(|(_, known)| *known) {
        return Ok(Standing::Pending { behind });
    }
    for answers in known {
        answers.enough()?;
    }
    Ok(if track.accepted { Standing::Dropped } else { Standing::Unknown })
}

/// Something has taken the nonce.
fn spent(
    track: &Track,
    settled: bool,
    anchor: &Anchor,
    receipts: Vec<Answers<Sighting>>,
) -> Result<Standing, AgreementError> {
    let landed =
        |answers: &Answers<Sighting>| answers.given().iter().any(|(_, sighting)| sighting.0.is_some());
    let mut seen = Vec::new();
    let mut unseen = Vec::new();
    for (version, answers) in track.versions.iter().zip(receipts) {
        if landed(&answers) { seen.push((version, answers)) } else { unseen.push(answers) }
    }
    if seen.len() > 1 {
        return Err(two_at_once(track, &seen));
    }
    if let Some((version, answers)) = seen.pop() {
        return taken_by(version, answers, settled, anchor);
    }
    // It is an alarm, so nobody's silence may raise it.
    for answers in unseen {
        answers.enough()?;
    }
    Ok(Standing::Replaced { settled })
}

/// One of the versions has taken the nonce, if all nodes say so.
fn taken_by(
    version: &Version,
    answers: Answers<Sighting>,
    settled: bool,
    anchor: &Anchor,
) -> Result<Standing, AgreementError> {
    if !settled && differ_harmlessly(&answers) {
        // One node is ahead of the other, or on another fork of the newest blocks.
        return Ok(Standing::Pending { behind: 0 });
    }
    let Some(receipt) = answers.agreed()?.0 else {
        return Ok(Standing::Pending { behind: 0 });
    };
    let landing = receipt.landing(version);
    let final_height = anchor.finalized.filter(|height| settled && receipt.block <= *height);
    Ok(match final_height {
        Some(_) => Standing::Final { landing },
        None if receipt.block > anchor.as_of.block => Standing::Pending { behind: 0 },
        None => {
            let above = anchor.as_of.block.saturating_sub(receipt.block);
            Standing::Included { landing, confirmations: above.saturating_add(1) }
        }
    })
}

/// Whether nodes differ only in which block, if any, they saw it in.
fn differ_harmlessly(answers: &Answers<Sighting>) -> bool {
    let given: Vec<Option<&Receipt>> =
        answers.given().iter().map(|(_, sighting)| sighting.0.as_ref()).collect();
    let contradiction =
        given.iter().flatten().any(|one| given.iter().flatten().any(|other| one.contradicts(other)));
    let same = given.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
    given.len() >= ENOUGH && !same && !contradiction
}

/// Two versions of one nonce cannot both be in a chain: somebody lies.
fn two_at_once(track: &Track, seen: &[(&Version, Answers<Sighting>)]) -> AgreementError {
    let answers = seen.iter().flat_map(|(version, answers)| {
        answers.given().iter().filter_map(|(node, sighting)| {
            sighting.0.as_ref().map(|receipt| (node.clone(), format!("{} {receipt}", version.id)))
        })
    });
    AgreementError::Disagreement {
        question: format!("which transaction took slot {}", track.slot),
        answers: answers.collect(),
    }
}
