//! The slot that facts mean, and slots as people type them. A new family of chains is one arm here.

use strongroom_evm_codec::SlotError;
use strongroom_protocol::{Account, ChainId, Facts, Slot};

/// The slot that a transaction of an account takes under these facts; `None` if they are of another family.
pub fn of(account: &Account, facts: &Facts) -> Option<Slot> {
    match facts {
        Facts::Evm(facts) => strongroom_evm_codec::slot(&account.chain, &account.address, facts.nonce).ok(),
        _ => None,
    }
}

/// A slot's place in its account's row, and its chain; `None` if it is of no family known here.
pub fn place(slot: &Slot) -> Option<(ChainId, u64)> {
    strongroom_evm_codec::parse_slot(slot).ok().map(|slot| (slot.chain, slot.nonce))
}

/// A slot of an account as people type it: its number, or the whole text.
///
/// # Errors
/// [`SlotError`] if it is neither, or another account's.
pub fn read(account: &Account, text: &str) -> Result<Slot, SlotError> {
    let malformed = || SlotError::Malformed(text.chars().take(80).collect());
    if let Ok(number) = text.parse::<u64>() {
        return strongroom_evm_codec::slot(&account.chain, &account.address, number);
    }
    let slot: Slot = text.parse().map_err(|_| malformed())?;
    let read = strongroom_evm_codec::parse_slot(&slot)?;
    if read.chain == account.chain && read.sender == account.address { Ok(slot) } else { Err(malformed()) }
}
