//! What is plugged in.

use std::ffi::CString;

use hidapi::{DeviceInfo, HidApi};
use strongroom_wire::{Bus, Found, Wire, WireError};

use crate::cable::Cable;
use crate::claim::claim;
use crate::trouble::trouble;

/// All HID devices that the kernel knows. It keeps nothing: each listing is a new one.
#[derive(Clone, Copy, Debug, Default)]
pub struct HidBus;

impl Bus for HidBus {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        let api = HidApi::new().map_err(|error| trouble(&error))?;
        Ok(in_order(api.device_list().map(found)))
    }

    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError> {
        let claimed = claim(&found.path)?;
        let path = CString::new(found.path.as_str()).map_err(|_| WireError::Unplugged)?;
        let api = HidApi::new().map_err(|error| trouble(&error))?;
        // The path of a device that was pulled is given to the next one.
        if !in_order(api.device_list().map(self::found)).contains(found) {
            return Err(WireError::Unplugged);
        }
        let device = api.open_path(&path).map_err(|error| trouble(&error))?;
        Ok(Box::new(Cable::new(device, claimed)))
    }
}

/// Of a device with several collections hidapi makes several entries, the first collection's first: that one stays.
fn in_order(entries: impl Iterator<Item = Found>) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for entry in entries {
        if !all.iter().any(|known| known.path == entry.path) {
            all.push(entry);
        }
    }
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all
}

fn found(info: &DeviceInfo) -> Found {
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    Found {
        vendor: info.vendor_id(),
        product: info.product_id(),
        usage_page: info.usage_page(),
        // −1 where it is unknown, as on a device that a program plays.
        interface: u8::try_from(info.interface_number()).ok(),
        serial: text(info.serial_number()),
        name: text(info.product_string()),
        path: info.path().to_string_lossy().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, usage_page: u16) -> Found {
        let path = path.to_owned();
        Found { vendor: 1, product: 2, usage_page, interface: None, serial: None, name: None, path }
    }

    #[test]
    fn a_device_is_listed_once_by_its_first_collection() {
        let all = [entry("/dev/hidraw1", 0xffa0), entry("/dev/hidraw0", 1), entry("/dev/hidraw0", 0xffa0)];
        let listed = in_order(all.into_iter());
        assert_eq!(listed, [entry("/dev/hidraw0", 1), entry("/dev/hidraw1", 0xffa0)]);
    }

    #[test]
    fn what_is_gone_or_not_what_was_listed_is_unplugged() {
        assert!(HidBus.list().is_ok(), "a machine without devices has an empty list");
        let open = |path: &str| HidBus.open(&entry(path, 0)).map(drop).unwrap_err();
        assert_eq!(open("/dev/hidraw-that-is-not-there"), WireError::Unplugged);
        assert_eq!(open("/dev/hid\0raw"), WireError::Unplugged);
        // Something is there, and it is not what was listed.
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(open(file.path().to_str().unwrap()), WireError::Unplugged);
    }
}
