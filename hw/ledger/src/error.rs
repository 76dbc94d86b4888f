//! What goes wrong with a Ledger, and what a signer says of it.

use strongroom_protocol::ChainId;
use strongroom_signing::SignerError;
use strongroom_wire::WireError;

use crate::evm::descriptor::DescriptorError;
use crate::evm::envelope::EnvelopeError;
use crate::evm::parity::SignatureError;
use crate::exchange::ExchangeError;
use crate::path::PathError;
use crate::status::Status;

/// Why a Ledger did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// No answer.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A bad one.
    #[error("the Ledger did not {doing}: {status}")]
    Status {
        /// What it was asked to do.
        doing: &'static str,
        /// What it said.
        status: Status,
    },
    /// Another app is open.
    #[error("the Ledger has {open:?} open where {needed:?} is needed: open it")]
    WrongApp {
        /// The open one, in its own words.
        open: String,
        /// The one that is needed.
        needed: &'static str,
    },
    /// An answer of another form than the question has.
    #[error("asked to {doing}, the Ledger gave something else ({why}): nothing of it is used")]
    Answer {
        /// What it was asked to do.
        doing: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It said that all went well and gave no signature: it found the transaction unfinished.
    #[error(
        "the Ledger took the transaction for unfinished and gave no signature: close its app, open it again and repeat \
         the command"
    )]
    Unfinished,
    /// A signature that is not what it should be.
    #[error("the Ledger's signature is refused: {0}")]
    Signature(#[from] SignatureError),
    /// The account's path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A chain without an app here.
    #[error("a Ledger is not asked to sign for {0} here")]
    Chain(ChainId),
    /// The bytes to be signed.
    #[error("this is not put before a Ledger: {0}")]
    Transaction(#[from] EnvelopeError),
    /// A token's description.
    #[error(transparent)]
    Descriptor(#[from] DescriptorError),
    /// The app would have to sign what it does not show, and may not.
    #[error("the Ethereum app cannot show this, and its setting \"blind signing\" is off")]
    BlindOff,
    /// The app still holds the description of another token.
    #[error(
        "the Ethereum app was told of {told} in this run, and would show its name and decimals for {token} as well: \
         close the app on the device if it did not close itself, open it again, and repeat the command"
    )]
    Reopen {
        /// The token it was told of.
        told: String,
        /// The one it knows nothing of.
        token: String,
    },
}

impl From<WireError> for LedgerError {
    fn from(error: WireError) -> Self {
        Self::Exchange(error.into())
    }
}

impl From<LedgerError> for SignerError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Exchange(ExchangeError::Wire(WireError::Unplugged)) => Self::Unplugged,
            LedgerError::Exchange(ExchangeError::Frame(_) | ExchangeError::Apdu(_))
            | LedgerError::Answer { .. }
            | LedgerError::Unfinished
            | LedgerError::Signature(_) => Self::Untrusted(error.to_string()),
            LedgerError::Exchange(_) => Self::NotReady(error.to_string()),
            LedgerError::Status { status: Status::Rejected, .. } => Self::Rejected,
            LedgerError::Status { status: Status::Locked, .. } => Self::Locked,
            LedgerError::WrongApp { open, needed } => Self::WrongApp { open, needed: needed.to_owned() },
            LedgerError::BlindOff => Self::BlindOff { app: "Ethereum".to_owned() },
            LedgerError::Reopen { .. } => Self::Reopen(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}
