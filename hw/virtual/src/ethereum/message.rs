//! Personal messages (EIP-191) and typed data by its two hashes (EIP-712).

use alloy_primitives::{hex, keccak256};
use strongroom_ledger::{DevicePath, Status};

use super::{Approved, Device, Refused, path};
use crate::screen::{Review, Screen};
use crate::text::{Break, Font};

/// What stands in front of a message's signature, for an even and an odd point.
const V: [u8; 2] = [27, 28];
/// The longest message that the app has memory for.
const MESSAGE_BYTES: u32 = 32_766;

/// A message that is coming in.
pub(super) struct Incoming {
    path: DevicePath,
    length: usize,
    message: Vec<u8>,
}

impl Incoming {
    /// Reads path and length; the rest is the beginning of the message.
    pub(super) fn begin(data: &[u8]) -> Result<(Self, &[u8]), Refused> {
        let (path, rest) = path(data)?;
        let (length, rest) = rest.split_first_chunk().ok_or(Status::BadData)?;
        let length = u32::from_be_bytes(*length);
        if length > MESSAGE_BYTES {
            return Err(Status::BadData.into());
        }
        let length = usize::try_from(length).map_err(|_| Status::BadData)?;
        Ok((Self { path, length, message: Vec::new() }, rest))
    }

    /// Takes a chunk. Once all is there, what the owner is asked and what is signed then.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        device: &Device<'_>,
    ) -> Result<Option<(Review, Approved)>, Refused> {
        self.message.extend_from_slice(bytes);
        if self.message.len() > self.length {
            return Err(Status::BadData.into());
        }
        if self.message.len() < self.length {
            return Ok(None);
        }
        device.seed.key(&self.path)?;
        let title = Screen::sentence(Font::Regular, "Review message");
        let mut review = Review::new(title, "Sign message", "Reject message");
        review.show("Message", &shown(&self.message), Break::Words);
        let prefix = format!("\x19Ethereum Signed Message:\n{}", self.length);
        let hash = keccak256([prefix.as_bytes(), &self.message].concat()).0;
        Ok(Some((review, Approved::Signature { path: self.path.clone(), hash, v: V })))
    }
}

/// Text with its spaces made plain, or hex if anything in it is neither.
fn shown(message: &[u8]) -> String {
    let space = |byte: u8| byte.is_ascii_whitespace() || byte == 0x0b;
    if message.iter().all(|byte| space(*byte) || byte.is_ascii_graphic()) {
        message.iter().map(|byte| if space(*byte) { ' ' } else { char::from(*byte) }).collect()
    } else {
        format!("0x{}", hex::encode(message))
    }
}

/// Typed data: path, domain hash, message hash. What was hashed is not shown, so blind signing must be allowed.
pub(super) fn typed_data(data: &[u8], device: &Device<'_>) -> Result<(Review, Approved), Refused> {
    if !device.blind_signing {
        return Err(Refused::blind_off());
    }
    let (path, rest) = path(data)?;
    let (domain, rest) = rest.split_first_chunk::<32>().ok_or(Status::BadData)?;
    let (message, _) = rest.split_first_chunk::<32>().ok_or(Status::BadData)?;
    device.seed.key(&path)?;
    let title = Screen::sentence(Font::Regular, "Review typed message");
    let mut review = Review::new(title, "Sign message", "Reject message").blind();
    for (title, hash) in [("Domain hash", domain), ("Message hash", message)] {
        review.show(title, &format!("0x{}", hex::encode_upper(hash)), Break::Anywhere);
    }
    let hash = keccak256([&[0x19, 0x01], domain.as_slice(), message].concat()).0;
    Ok((review, Approved::Signature { path, hash, v: V }))
}
