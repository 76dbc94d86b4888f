//! Readers with a mistake in them: the mistakes that the house's own readers could have.

use minicbor::Decoder;
use strongroom_protocol::Plan;
use strongroom_protocol::canonical::{self, Document};

/// A reader of plans that does not compare what it read with the input.
pub(super) fn two_spellings(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(bytes);
    let Ok(Some(2)) = decoder.array() else { return false };
    if decoder.str().ok() != Some(Plan::SCHEMA) {
        return false;
    }
    let Ok(plan) = decoder.decode::<Plan>() else { return false };
    assert_eq!(canonical::encode(&plan), bytes, "a plan has two spellings");
    true
}

/// A reader of token calls that looks at the twenty bytes of an address and not at the twelve before them: what one
/// contract reads as an address another reads as something else. The mistake shows only in a transfer that is right in
/// everything else.
pub(super) fn dirty_padding(bytes: &[u8]) -> bool {
    const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
    let Some((selector, arguments)) = bytes.split_first_chunk::<4>() else { return false };
    let Ok([to, amount]) = <[[u8; 32]; 2]>::try_from(
        arguments.chunks(32).filter_map(|word| word.try_into().ok()).collect::<Vec<_>>(),
    ) else {
        return false;
    };
    if *selector != TRANSFER || amount == [0; 32] {
        return false;
    }
    let mut written = [[0; 32], amount];
    written[0][12..].copy_from_slice(&to[12..]);
    assert_eq!(written[0], to, "a call has two spellings");
    true
}
