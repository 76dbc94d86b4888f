//! The devices this vault has drivers for. A new one is one line in [`devices`] and one in [`driver`].

use std::fmt;
use std::str::FromStr;

use strongroom_ledger::{Ledger, LedgerDevice};
use strongroom_signing::{Device, Devices, SignerError};
use strongroom_wire::{Bus, Found};

use crate::error::VaultError;

/// A device that is plugged in and was opened, with what the bus says of it.
pub(crate) struct Connected {
    /// As the bus lists it.
    pub(crate) found: Found,
    /// The driver that opened it, or why it could not be opened.
    pub(crate) device: Result<Box<dyn Device>, SignerError>,
}

/// Opens every device on the bus that a driver knows and that is meant; with no choice made, all are.
///
/// # Errors
/// [`VaultError::Bus`] if the bus cannot be read.
pub(crate) fn connect(bus: &mut dyn Bus, choices: &[DeviceChoice]) -> Result<Vec<Connected>, VaultError> {
    let listed = bus.list()?;
    let mut connected = Vec::new();
    for found in listed {
        let Some((kind, open)) = driver(&found) else { continue };
        if choices.is_empty() || choices.iter().any(|choice| choice.means(kind, &found)) {
            let device = open(bus, &found);
            connected.push(Connected { found, device });
        }
    }
    Ok(connected)
}

/// Opens a device with its driver.
type Open = fn(&mut dyn Bus, &Found) -> Result<Box<dyn Device>, SignerError>;

/// The driver that knows a device by what the bus says of it, with the name of its kind.
fn driver(found: &Found) -> Option<(&'static str, Open)> {
    if Ledger::is(found) {
        return Some((strongroom_ledger::KIND, |bus, found| Ok(Box::new(LedgerDevice::open(bus, found)?))));
    }
    None
}

/// What is known of each kind without one being plugged in.
pub(crate) fn devices() -> Devices {
    Devices::new(vec![Box::new(Ledger)])
}

/// A device on the command line: a kind, or one of that kind by its serial number or its path on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceChoice {
    kind: String,
    which: Option<String>,
}

impl DeviceChoice {
    /// Whether a device that is plugged in is meant.
    fn means(&self, kind: &str, found: &Found) -> bool {
        self.kind == kind
            && self
                .which
                .as_ref()
                .is_none_or(|which| found.serial.as_ref() == Some(which) || found.path == *which)
    }

    /// Whether devices of a kind could be meant.
    pub(crate) fn is_of(&self, kind: &str) -> bool {
        self.kind == kind
    }
}

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        let (kind, which) = match text.split_once(':') {
            Some((kind, which)) => (kind, Some(which.to_owned())),
            None => (text, None),
        };
        if devices().names().any(|name| name == kind) && which.as_ref().is_none_or(|which| !which.is_empty())
        {
            return Ok(Self { kind: kind.to_owned(), which });
        }
        Err(UnknownDevice { text: text.to_owned() })
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.which {
            // Copied from what a device calls itself, perhaps.
            Some(which) => write!(f, "{}:{}", self.kind, which.escape_debug()),
            None => f.write_str(&self.kind),
        }
    }
}

/// Not a device this vault has a driver for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no device: write KIND or KIND:SERIAL, where KIND is one of {}", known())]
pub(crate) struct UnknownDevice {
    text: String,
}

fn known() -> String {
    devices().names().collect::<Vec<_>>().join(", ")
}
