//! A signer with a screen and an owner: what can be asked of a hardware wallet besides signatures.

use std::fmt;

use strongroom_protocol::{Account, Address, AssetId, ChainId, Effects, Intent, Unsigned};

use crate::signer::{Signer, SignerError};

/// A hardware wallet that is plugged in. Whatever it says is hostile until it was checked.
pub trait Device: Signer + Send {
    /// The driver's name for its kind, such as `ledger`.
    fn kind(&self) -> &'static str;

    /// What it says it is, and which app is open.
    ///
    /// # Errors
    /// [`SignerError`] if it does not answer.
    fn identity(&mut self) -> Result<DeviceIdentity, SignerError>;

    /// The public key at a path, in the form of an account's record (33 bytes SEC 1 compressed for secp256k1). Nothing
    /// is shown.
    ///
    /// # Errors
    /// [`SignerError`] if the open app is not the chain's, or the path is not allowed.
    fn key_at(&mut self, chain: &ChainId, path: &str) -> Result<Vec<u8>, SignerError>;

    /// Has the device show an address until its owner answers, and returns what it said it showed.
    ///
    /// # Errors
    /// [`SignerError::Rejected`] if the owner says that it is another.
    fn show_address(&mut self, chain: &ChainId, path: &str) -> Result<Address, SignerError>;

    /// Hands over what the vendor has signed about a token, to be shown by when it is paid. Nothing is sent yet. A
    /// device that has no use for it does nothing.
    ///
    /// # Errors
    /// [`SignerError`] if it is not of this very token, or the device would call it otherwise than the policy does.
    fn describe(&mut self, _: &Described<'_>) -> Result<(), SignerError> {
        Ok(())
    }
}

/// A token, as the policy's registry and a vendor of devices describe it.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// The token.
    pub asset: &'a AssetId,
    /// What the registry calls it.
    pub symbol: &'a str,
    /// Decimal places, by the registry.
    pub decimals: u8,
    /// The vendor's signed description.
    pub descriptor: &'a [u8],
}

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// The driver's name for its kind, such as `ledger`.
    pub kind: &'static str,
    /// Its model, by its USB product id.
    pub model: String,
    /// Serial number, where it has one.
    pub serial: Option<String>,
    /// What the bus calls it.
    pub path: String,
    /// The app that is open.
    pub app: String,
    /// That app's version.
    pub version: String,
    /// Whether the app would sign what it cannot show.
    pub blind_allowed: bool,
}

/// One screen, as a device will show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Its heading.
    pub title: String,
    /// What stands below it; empty where there is only a heading.
    pub text: String,
}

/// Whether an owner can see on the device what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Payee, amount and asset are on its screen, or the key has no screen and nobody is to believe one.
    Clear,
    /// They are not, for this reason.
    Blind(String),
}

/// What a device will show for an item, worked out beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Its screens, in order.
    pub screens: Vec<Screen>,
    /// Whether they show what is signed.
    pub sight: Sight,
}

/// What is known of one kind of device without one being plugged in.
pub trait DeviceKind: Send + Sync {
    /// The driver's name for it, as in an account's record.
    fn name(&self) -> &'static str;

    /// What it will show for an item. `descriptor` is the vendor's signed description of the asset that the policy
    /// pins, if any; a kind that has no use for it, or finds that it describes another asset, says so by being blind.
    fn preview(&self, item: &PreviewItem<'_>) -> Preview;
}

/// An item, as a preview needs it.
#[derive(Clone, Copy)]
pub struct PreviewItem<'a> {
    /// The account that signs.
    pub account: &'a Account,
    /// What is wanted.
    pub intent: &'a Intent,
    /// The transaction's bytes.
    pub unsigned: &'a Unsigned,
    /// What they do.
    pub effects: &'a Effects,
    /// The token, as the policy's registry and the vendor describe it; none if the policy holds no description.
    pub described: Option<Described<'a>>,
}

impl Sight {
    /// Whether the owner signs what nobody shows him.
    pub const fn is_blind(&self) -> bool {
        matches!(self, Self::Blind(_))
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() {
            f.write_str(&self.title)
        } else {
            write!(f, "{}: {}", self.title, self.text)
        }
    }
}
