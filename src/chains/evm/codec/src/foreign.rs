//! Transactions that somebody else's program made.

use strongroom_protocol::{Account, DecodeError, Facts, Unsigned};

use crate::tx::EvmTx;

/// The facts in somebody else's unsigned transaction of `account`, which must be one that this codec understands.
///
/// Nothing is taken on trust by this: whoever wraps the bytes states an intent, and building that intent with these
/// facts must give exactly these bytes.
///
/// # Errors
/// [`DecodeError`], as for decoding.
pub fn read_foreign(account: &Account, unsigned: &Unsigned) -> Result<Facts, DecodeError> {
    Ok(EvmTx::read(account, unsigned)?.facts())
}
