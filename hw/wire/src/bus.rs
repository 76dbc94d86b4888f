//! Where devices are found. There is no watching for them: they are listed again.

use crate::error::WireError;
use crate::report::Wire;

/// A device that is plugged in, as the operating system describes it. Nothing of it was asked of the device itself,
/// and every text comes from the device: hostile, to be escaped where it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// USB vendor id.
    pub vendor: u16,
    /// USB product id.
    pub product: u16,
    /// HID usage page of its first collection (HID Usage Tables); 0 where unknown.
    pub usage_page: u16,
    /// USB interface number; none where unknown.
    pub interface: Option<u8>,
    /// Serial number, where it has one.
    pub serial: Option<String>,
    /// What it calls itself.
    pub name: Option<String>,
    /// What the bus calls it: opens it again, and tells two alike apart.
    pub path: String,
}

/// All devices that can be reached.
pub trait Bus: Send {
    /// What is plugged in now, in a stable order.
    ///
    /// # Errors
    /// [`WireError`] if the bus cannot be read.
    fn list(&mut self) -> Result<Vec<Found>, WireError>;

    /// Opens a device that was listed.
    ///
    /// # Errors
    /// [`WireError`] if it is gone, in use or forbidden.
    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError>;
}

/// A bus on which nothing is plugged in.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyBus;

impl Bus for EmptyBus {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Ok(Vec::new())
    }

    fn open(&mut self, _: &Found) -> Result<Box<dyn Wire>, WireError> {
        Err(WireError::Unplugged)
    }
}
