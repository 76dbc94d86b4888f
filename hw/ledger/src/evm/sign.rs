//! Commands that put a transaction before its owner.

use crate::apdu::{ApduError, Command, DATA_LIMIT};
use crate::evm::descriptor::TokenDescriptor;
use crate::evm::{CLASS, instruction};
use crate::path::DevicePath;

/// Path and unsigned bytes, in pieces of 255 bytes: as few as there can be.
pub(crate) fn commands(path: &DevicePath, unsigned: &[u8]) -> Result<Vec<Command>, ApduError> {
    let whole = [path.encode().as_slice(), unsigned].concat();
    let command = |(index, piece): (usize, &[u8])| {
        let p1 = if index == 0 { instruction::FIRST } else { instruction::MORE };
        Command::new(CLASS, instruction::SIGN, p1, 0, piece.to_vec())
    };
    whole.chunks(DATA_LIMIT).enumerate().map(command).collect()
}

/// A token's description, which the app keeps for the next transaction.
pub(crate) fn describe(token: &TokenDescriptor) -> Result<Command, ApduError> {
    Command::new(CLASS, instruction::DESCRIBE_TOKEN, 0, 0, token.as_bytes().to_vec())
}
