//! What a device says of itself.

use std::num::ParseIntError;
use std::str::FromStr;

/// A device's descriptors, as far as anybody chooses a device by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// USB vendor id.
    pub vendor: u16,
    /// USB product id.
    pub product: u16,
    /// HID usage page of its only collection.
    pub usage_page: u16,
    /// Serial number; empty for none.
    pub serial: String,
    /// What it calls itself.
    pub name: String,
}

/// An identity that is not four or five words between colons.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A field is missing.
    #[error("{0:?} is not VENDOR:PRODUCT:USAGE_PAGE:SERIAL:NAME, the first three in hex")]
    Shape(String),
    /// A number is none.
    #[error("{text:?} holds a number that is not 16 bits in hex: {source}")]
    Number {
        /// The whole text.
        text: String,
        /// What is wrong with the number.
        source: ParseIntError,
    },
}

impl Identity {
    /// A Nano S Plus with the Ethereum app open, as it introduces itself over USB.
    pub fn ledger(serial: &str) -> Self {
        Self {
            vendor: 0x2c97,
            product: 0x5011,
            usage_page: 0xffa0,
            serial: serial.to_owned(),
            name: "Nano S Plus".to_owned(),
        }
    }

    /// One vendor-defined collection with 64 bytes in and 64 bytes out and no report ids (HID 1.11 §6.2.2), as hardware
    /// wallets have.
    pub fn report_descriptor(&self) -> Vec<u8> {
        let [low, high] = self.usage_page.to_le_bytes();
        let reports = |usage: u8, main: u8| {
            // Usage; logical minimum 0, maximum 255; 8 bits, 64 times; then the main item.
            [0x09, usage, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, main, 0x08]
        };
        let mut descriptor = vec![0x06, low, high, 0x09, 0x01, 0xa1, 0x01];
        descriptor.extend(reports(0x03, 0x81));
        descriptor.extend(reports(0x04, 0x91));
        descriptor.push(0xc0);
        descriptor
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { vendor, product, usage_page, serial, name } = self;
        write!(f, "{vendor:04x}:{product:04x}:{usage_page:04x}:{serial}:{name}")
    }
}

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        let words: Vec<&str> = text.splitn(5, ':').collect();
        let [vendor, product, usage_page, serial, name] = words[..] else {
            return Err(IdentityError::Shape(text.to_owned()));
        };
        let number = |word: &str| {
            u16::from_str_radix(word, 16)
                .map_err(|source| IdentityError::Number { text: text.to_owned(), source })
        };
        Ok(Self {
            vendor: number(vendor)?,
            product: number(product)?,
            usage_page: number(usage_page)?,
            serial: serial.to_owned(),
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_read_as_it_is_written() {
        let ledger = Identity::ledger("0001");
        assert_eq!(ledger.to_string(), "2c97:5011:ffa0:0001:Nano S Plus");
        assert_eq!(ledger.to_string().parse::<Identity>().unwrap(), ledger);
        let nameless = "2c97:5011:ffa0::a:b".parse::<Identity>().unwrap();
        assert_eq!((nameless.serial.as_str(), nameless.name.as_str()), ("", "a:b"));
        assert!(matches!("2c97:5011".parse::<Identity>(), Err(IdentityError::Shape(_))));
        assert!(matches!("2c97:xyz:0:0:0".parse::<Identity>(), Err(IdentityError::Number { .. })));
    }

    #[test]
    fn the_report_descriptor_is_the_one_that_hardware_wallets_have() {
        let descriptor = alloy_primitives::hex::encode(Identity::ledger("").report_descriptor());
        assert_eq!(
            descriptor,
            "06a0ff0901a101\
             0903150026ff00750895408108\
             0904150026ff00750895409108\
             c0"
        );
    }
}
