//! Public keys and addresses: `65 | public key 65 | 40 | address in hexadecimal digits 40`.

use alloy_primitives::Address;
use k256::PublicKey;
use k256::elliptic_curve::sec1::ToEncodedPoint;

use crate::apdu::{Answer, ApduError, Command};
use crate::error::LedgerError;
use crate::evm::{CLASS, instruction};
use crate::path::DevicePath;

/// A public key with the address that the device gives it; the two were compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceKey {
    /// 33 bytes, SEC 1 compressed.
    pub(crate) public_key: Vec<u8>,
    /// Its address, in EIP-55 form.
    pub(crate) address: String,
}

/// Asks for a key. Shows nothing.
pub(crate) fn ask(path: &DevicePath) -> Result<Command, ApduError> {
    Command::new(CLASS, instruction::PUBLIC_KEY, 0, 0, path.encode())
}

/// Asks for a key, and has its address shown until the owner answers. The screen names the chain, which is Ethereum
/// unless another is named.
pub(crate) fn show(path: &DevicePath, chain_id: u64) -> Result<Command, ApduError> {
    let mut data = path.encode();
    if chain_id != 1 {
        data.extend_from_slice(&chain_id.to_be_bytes());
    }
    Command::new(CLASS, instruction::PUBLIC_KEY, instruction::SHOW, 0, data)
}

impl DeviceKey {
    pub(crate) fn read(doing: &'static str, answer: &Answer) -> Result<Self, LedgerError> {
        let refused = |why: &'static str| LedgerError::Answer { doing, why };
        let form = || refused("a key and its address have 107 bytes");
        let (65, rest) = answer.data.split_first().ok_or_else(form)? else { return Err(form()) };
        let (point, rest) = rest.split_first_chunk::<65>().ok_or_else(form)?;
        let (40, text) = rest.split_first().ok_or_else(form)? else { return Err(form()) };
        if text.len() != 40 {
            return Err(form());
        }
        let key = PublicKey::from_sec1_bytes(point).map_err(|_| refused("it is no point of the curve"))?;
        let [_, coordinates @ ..] = point;
        let address = Address::from_raw_public_key(coordinates).to_checksum(None);
        if address.strip_prefix("0x").map(str::as_bytes) != Some(text) {
            return Err(refused("the address it shows is not the key's"));
        }
        Ok(Self { public_key: key.to_encoded_point(true).as_bytes().to_vec(), address })
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;
    use crate::status::Status;

    // Recorded: tests/transcripts/ledger/ethereum.jsonl, GET_PUBLIC_KEY.
    const ANSWER: &[u8] = &hex!(
        "4104ef5b152e3f15eb0c50c9916161c2309e54bd87b9adce722d69716bcdef85f547678e15ab40a78919c7284e67a17ee9a96e8b9886b60f\
         767d93023bac8dbc16e42844616437373931304462444664453736346643323146434434453734443731624241434136443844"
    );

    fn read(data: &[u8]) -> Result<DeviceKey, LedgerError> {
        DeviceKey::read("give its public key", &Answer { data: data.to_vec(), status: Status::Done })
    }

    #[test]
    fn the_recorded_key_is_read() {
        let key = read(ANSWER).unwrap();
        assert_eq!(
            key.public_key,
            hex!("02ef5b152e3f15eb0c50c9916161c2309e54bd87b9adce722d69716bcdef85f547")
        );
        assert_eq!(key.address, "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D");
    }

    #[test]
    fn a_shown_address_of_another_key_is_refused() {
        let mut other = ANSWER.to_vec();
        other[106] = b'E';
        assert!(read(&other).unwrap_err().to_string().contains("not the key's"));
    }

    #[test]
    fn every_other_form_is_refused() {
        for end in 0..ANSWER.len() {
            assert!(read(&ANSWER[..end]).is_err(), "{end}");
        }
        assert!(read(&[ANSWER, &[0]].concat()).is_err());
        for (at, byte) in [(0, 64), (1, 2), (1, 6), (66, 41), (10, 0)] {
            let mut other = ANSWER.to_vec();
            other[at] = byte;
            assert!(read(&other).is_err(), "byte {at}");
        }
    }
}
