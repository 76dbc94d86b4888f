//! What is known of Ledgers without one being plugged in.

use strongroom_signing::{DeviceKind, Preview, PreviewItem, Sight};
use strongroom_wire::Found;

use crate::evm;

/// The driver's name.
pub const KIND: &str = "ledger";

/// Ledger's USB vendor id.
pub const VENDOR: u16 = 0x2c97;

/// The HID usage page of the interface that takes commands.
pub const USAGE_PAGE: u16 = 0xffa0;

/// Ledgers, as a kind of device.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger;

impl Ledger {
    /// Whether a device on the bus is one: by vendor, and by usage page or, where no page is known, by interface 0.
    /// The security-key interface of the same device is none, and no device of another vendor is, whatever its page.
    pub fn is(found: &Found) -> bool {
        let page = found.usage_page == USAGE_PAGE || (found.usage_page == 0 && found.interface == Some(0));
        found.vendor == VENDOR && page
    }
}

impl DeviceKind for Ledger {
    fn name(&self) -> &'static str {
        KIND
    }

    fn preview(&self, item: &PreviewItem<'_>) -> Preview {
        if item.account.chain.namespace() == evm::NAMESPACE {
            return evm::preview::preview(item);
        }
        let sight = Sight::Blind(format!("a Ledger is not asked to sign for {} here", item.account.chain));
        Preview { screens: Vec::new(), sight }
    }
}

/// A model by its USB product id: its high byte, or the whole of it in the boot loader and on old systems.
pub(crate) const fn model(product: u16) -> &'static str {
    match product {
        0x0001 | 0x1000..=0x10ff => "Ledger Nano S",
        0x0004 | 0x4000..=0x40ff => "Ledger Nano X",
        0x0005 | 0x5000..=0x50ff => "Ledger Nano S Plus",
        0x0006 | 0x6000..=0x60ff => "Ledger Stax",
        0x0007 | 0x7000..=0x70ff => "Ledger Flex",
        _ => "Ledger",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(vendor: u16, usage_page: u16, interface: Option<u8>) -> Found {
        let path = "/dev/hidraw0".to_owned();
        Found { vendor, product: 0x5011, usage_page, interface, serial: None, name: None, path }
    }

    #[test]
    fn only_the_command_interface_of_the_vendor_matches() {
        for (vendor, page, interface, is) in [
            (0x2c97, 0xffa0, None, true),
            (0x2c97, 0xffa0, Some(2), true),
            (0x2c97, 0, Some(0), true),
            (0x2c97, 0, None, false),
            (0x2c97, 0, Some(1), false),
            (0x2c97, 0xf1d0, Some(0), false),
            (0x03eb, 0xffa0, Some(0), false),
            (0, 0xffa0, Some(0), false),
        ] {
            assert_eq!(
                Ledger::is(&found(vendor, page, interface)),
                is,
                "{vendor:04x} {page:04x} {interface:?}"
            );
        }
        assert_eq!(model(0x5011), "Ledger Nano S Plus");
        assert_eq!(model(0x9999), "Ledger");
    }
}
