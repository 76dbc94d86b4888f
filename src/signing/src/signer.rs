//! What makes signatures: a software key or a device. It is handed nothing but approved work.

use strongroom_protocol::{Account, Effects, Intent, Signature, SigningTask, Unsigned};

/// One signature to be made for an approved item. Only [`crate::Approved::sign`] makes one.
pub struct ApprovedTask<'a> {
    pub(crate) account: &'a Account,
    pub(crate) intent: &'a Intent,
    pub(crate) unsigned: &'a Unsigned,
    pub(crate) effects: &'a Effects,
    pub(crate) task: &'a SigningTask,
}

impl ApprovedTask<'_> {
    /// The account whose key must sign.
    pub const fn account(&self) -> &Account {
        self.account
    }

    /// What was wanted.
    pub const fn intent(&self) -> &Intent {
        self.intent
    }

    /// The transaction's bytes, for a device that reads them itself.
    pub const fn unsigned(&self) -> &Unsigned {
        self.unsigned
    }

    /// What the transaction does, for a device's screen.
    pub const fn effects(&self) -> &Effects {
        self.effects
    }

    /// The kind of key and the digest.
    pub const fn task(&self) -> &SigningTask {
        self.task
    }
}

/// What a signer says the signature is. Believed by nobody until it was verified.
#[derive(Debug)]
pub struct Answer(pub Signature);

/// Why a signer gave no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The key or the device is not at hand.
    #[error("{0}")]
    NotReady(String),
    /// It holds another key than the account's.
    #[error("the key at hand is not the account's: {0}")]
    OtherKey(String),
    /// Its owner pressed no.
    #[error("refused on the device")]
    Rejected,
    /// The device wants its PIN.
    #[error("the device is locked: unlock it with its PIN and repeat the command")]
    Locked,
    /// Another app than the account's is open on the device.
    #[error(
        "the device has {open:?} open where {needed:?} is needed: open that app on it and repeat the command"
    )]
    WrongApp {
        /// The open one, as it names itself.
        open: String,
        /// The one that is needed.
        needed: String,
    },
    /// The device is not there any more.
    #[error("the device was unplugged: plug it in again and repeat the command")]
    Unplugged,
    /// The device would have to sign what it cannot show, and its owner has not allowed that.
    #[error(
        "the {app} app cannot show this, and its setting \"blind signing\" is off: if the policy allows this asset to \
         be signed unseen, switch the setting on for this one signature and off again"
    )]
    BlindOff {
        /// The app.
        app: String,
    },
    /// The device would show what it was told of something else.
    #[error("{0}")]
    Reopen(String),
    /// What the device answered is not what an honest one answers. Nothing of it is used.
    #[error("{0}")]
    Untrusted(String),
    /// It broke.
    #[error("the signer failed: {0}")]
    Failed(String),
}

/// Makes signatures for approved work. It takes no bytes, on purpose.
pub trait Signer {
    /// Whether this signer can sign for an account at all.
    fn serves(&self, account: &Account) -> bool;

    /// The public key it would sign with, in the form of the account's record. Asked before anything is signed.
    ///
    /// # Errors
    /// [`SignerError`] if key or device is not ready.
    fn public_key(&mut self, account: &Account) -> Result<Vec<u8>, SignerError>;

    /// Makes one signature.
    ///
    /// # Errors
    /// [`SignerError`] if there is none.
    fn sign(&mut self, task: &ApprovedTask<'_>) -> Result<Answer, SignerError>;
}
