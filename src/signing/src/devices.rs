//! The kinds of devices this vault has drivers for.

use strongroom_policy::judge;
use strongroom_protocol::{Account, DeviceBinding, Name};

use crate::device::{DeviceKind, Preview, PreviewItem, Sight};

/// One driver for each kind of device.
#[derive(Default)]
pub struct Devices(Vec<Box<dyn DeviceKind>>);

/// What is known about an item's screens before a device is at hand.
pub(crate) enum Foreseen<'a> {
    /// No device has the key.
    NoScreen,
    /// A device of this kind will show this.
    Screens(&'a Name, Preview),
    /// A device has the key, and nobody here knows its kind.
    Unknown(&'a Name),
}

impl Devices {
    /// These kinds.
    pub fn new(kinds: Vec<Box<dyn DeviceKind>>) -> Self {
        Self(kinds)
    }

    /// The kind with this name, if there is a driver for it.
    pub fn of(&self, kind: &Name) -> Option<&dyn DeviceKind> {
        self.0.iter().map(AsRef::as_ref).find(|known| known.name() == kind.as_str())
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|kind| kind.name())
    }

    pub(crate) fn foresee<'a>(&self, account: &'a Account, item: &PreviewItem<'_>) -> Foreseen<'a> {
        let DeviceBinding::Hardware { kind, .. } = &account.device else { return Foreseen::NoScreen };
        match self.of(kind) {
            Some(known) => Foreseen::Screens(kind, known.preview(item)),
            None => Foreseen::Unknown(kind),
        }
    }
}

impl<'a> Foreseen<'a> {
    /// What the owner will see, for the judge.
    pub(crate) fn sight(&'a self) -> judge::Sight<'a> {
        match self {
            Self::NoScreen => judge::Sight::Clear,
            Self::Unknown(device) => {
                judge::Sight::Blind { device, why: "this vault has no driver for such a device" }
            }
            Self::Screens(device, preview) => match &preview.sight {
                Sight::Clear => judge::Sight::Clear,
                Sight::Blind(why) => judge::Sight::Blind { device, why },
            },
        }
    }
}
