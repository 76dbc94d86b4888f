//! Devices that lie, for the hostile suite.

use k256::Scalar;
use k256::ecdsa::Signature;
use strongroom_ledger::{Channel, frames};
use strongroom_wire::Report;

use crate::seed::Signed;

/// One way in which a device betrays its host. Those of signatures touch nothing else; the others touch every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Signs with the key beside the account's.
    AnotherKey,
    /// Gives the signature's other form, with the s of the upper half (EIP-2) and the parity that belongs to it.
    HighS,
    /// Gives zeros for a signature.
    AllZero,
    /// Gives the parity that does not belong to the signature.
    WrongParity,
    /// Leaves the signature's last byte out.
    ShortReply,
    /// Gives a byte after the signature.
    LongReply,
    /// Gives the signature in the order of the Tron app: r, s, v.
    ReplyOfAnotherApp,
    /// Gives `9000` and nothing else where a signature is due.
    NoSignature,
    /// Answers on a channel that nobody spoke on.
    WrongChannel,
    /// Leaves out the second report of an answer; of an answer of one, counts it as the second.
    SequenceGap,
    /// Announces 65,535 bytes and sends them.
    EndlessReply,
    /// Sends noise.
    Garbage,
    /// Keeps its answers.
    Silence,
}

impl Fault {
    /// All of them, with the names that device files use.
    pub const ALL: [(&'static str, Self); 13] = [
        ("another-key", Self::AnotherKey),
        ("high-s", Self::HighS),
        ("all-zero", Self::AllZero),
        ("wrong-parity", Self::WrongParity),
        ("short-reply", Self::ShortReply),
        ("long-reply", Self::LongReply),
        ("reply-of-another-app", Self::ReplyOfAnotherApp),
        ("no-signature", Self::NoSignature),
        ("wrong-channel", Self::WrongChannel),
        ("sequence-gap", Self::SequenceGap),
        ("endless-reply", Self::EndlessReply),
        ("garbage", Self::Garbage),
        ("silence", Self::Silence),
    ];
}

/// The answer to a request for a signature.
pub(crate) fn signature(fault: Option<Fault>, signed: Signed, even: u8, odd: u8) -> Vec<u8> {
    let (mut signature, mut is_odd) = (signed.signature, signed.odd);
    if fault == Some(Fault::HighS) {
        (signature, is_odd) = (high(signature), !is_odd);
    }
    if fault == Some(Fault::WrongParity) {
        is_odd = !is_odd;
    }
    let v = if is_odd { odd } else { even };
    let bytes = signature.to_bytes();
    let mut answer = [&[v], bytes.as_slice()].concat();
    match fault {
        Some(Fault::AllZero) => answer.fill(0),
        Some(Fault::ShortReply) => answer.truncate(answer.len().saturating_sub(1)),
        Some(Fault::LongReply) => answer.push(0),
        Some(Fault::ReplyOfAnotherApp) => answer.rotate_left(1),
        Some(Fault::NoSignature) => answer.clear(),
        _ => {}
    }
    answer
}

/// The same signature with its s negated.
fn high(signature: Signature) -> Signature {
    let s: Scalar = *signature.s();
    Signature::from_scalars(signature.r().to_bytes(), s.negate().to_bytes()).unwrap_or(signature)
}

/// The reports in which an answer goes out.
pub(crate) fn reports(fault: Option<Fault>, channel: Channel, answer: &[u8]) -> Vec<Report> {
    let cut = |channel, bytes: &[u8]| frames(channel, bytes).unwrap_or_default();
    match fault {
        Some(Fault::Silence) => Vec::new(),
        Some(Fault::WrongChannel) => cut(Channel(channel.0.wrapping_add(1)), answer),
        Some(Fault::EndlessReply) => cut(channel, &vec![0x90; usize::from(u16::MAX)]),
        Some(Fault::Garbage) => noise().collect(),
        Some(Fault::SequenceGap) => {
            let mut reports = cut(channel, answer);
            if reports.len() > 1 {
                reports.remove(1);
            } else {
                for report in &mut reports {
                    let [_, _, _, _, sequence, ..] = &mut report.0;
                    *sequence = 1;
                }
            }
            reports
        }
        _ => cut(channel, answer),
    }
}

/// Reports of nothing in particular, the same at each run (xorshift, 64 bits).
fn noise() -> impl Iterator<Item = Report> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..16).map(move |_| Report([0; 64].map(|_: u8| next())))
}
