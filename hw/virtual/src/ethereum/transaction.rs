//! A transaction from its first chunk to what the owner is shown.

use alloy_primitives::{Address, hex, keccak256};
use strongroom_ledger::{DevicePath, Status};

use super::amounts::{COIN_DECIMALS, written};
use super::erc20::Erc20;
use super::stream::{Fault, Fields, Kind, Progress, Stream};
use super::tokens::Tokens;
use super::{Approved, Device, OWN_CHAIN, Refused, address, networks, path};
use crate::screen::{Review, Screen};
use crate::text::{Break, Font};

/// Bytes that announce a type of transaction (EIP-2718); what is above begins a list.
const TYPES: std::ops::RangeInclusive<u8> = 0..=0x7f;

/// A transaction that is coming in.
pub(super) struct Incoming {
    path: DevicePath,
    stream: Stream,
}

impl Incoming {
    /// Reads the path and the type; the rest is the beginning of the list.
    pub(super) fn begin(data: &[u8]) -> Result<(Self, &[u8]), Refused> {
        let (path, rest) = path(data)?;
        let (kind, rest) = match rest.split_first() {
            None => return Err(Status::BadData.into()),
            Some((1, rest)) => (Kind::AccessList, rest),
            Some((2, rest)) => (Kind::DynamicFee, rest),
            Some((other, _)) if TYPES.contains(other) => return Err(Status::Type.into()),
            Some(_) => (Kind::Legacy, rest),
        };
        Ok((Self { path, stream: Stream::new(kind) }, rest))
    }

    /// Takes a chunk. Once all is there, what the owner is asked and what is signed then.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        erc20: &mut Erc20,
        device: &Device<'_>,
        tokens: &Tokens,
    ) -> Result<Option<(Review, Approved)>, Refused> {
        match self.stream.feed(bytes, erc20, device.blind_signing) {
            Err(Fault::Malformed) => Err(Status::BadData.into()),
            Err(Fault::BlindOff) => Err(Refused::blind_off()),
            Ok(Progress::More) => Ok(None),
            Ok(Progress::Whole) => self.finish(erc20, device, tokens).map(Some),
        }
    }

    fn finish(
        &self,
        erc20: &mut Erc20,
        device: &Device<'_>,
        tokens: &Tokens,
    ) -> Result<(Review, Approved), Refused> {
        let fields = &self.stream.fields;
        if fields.chain.is_empty() {
            return Err(Status::BadData.into());
        }
        let hash = keccak256(self.stream.hashed()).0;
        let from = address(&device.seed.key(&self.path)?);
        let described = erc20.is_active() && erc20.finish(tokens.of(&fields.to));
        let blind = fields.has_data && !described;
        if blind && !device.blind_signing {
            return Err(Refused::blind_off());
        }
        let fee = fields.fee().ok_or(Status::BadData)?;
        let fee = written(fee, COIN_DECIMALS, networks::ticker(fields.chain_id()));
        let review = if erc20.is_active() {
            token_call(erc20, &from, &fee, fields.chain_id(), blind)
        } else {
            plain(fields, &from, &fee, &hash, blind)
        };
        let review = if blind { review.blind() } else { review };
        Ok((review, Approved::Signature { path: self.path.clone(), hash, v: self.v() }))
    }

    /// What stands in front of a signature, for an even and an odd point: the parity; of a legacy transaction one byte
    /// of EIP-155's v, made of at most the first four bytes of the chain id.
    fn v(&self) -> [u8; 2] {
        if self.stream.kind != Kind::Legacy {
            return [0, 1];
        }
        let chain = self.stream.fields.chain.iter().take(4).fold(0_u8, |_, byte| *byte);
        let even = chain.wrapping_mul(2).wrapping_add(35);
        [even, even.wrapping_add(1)]
    }
}

fn question(blind: bool) -> &'static str {
    if blind { "Accept risk and sign transaction" } else { "Sign transaction" }
}

fn network(review: &mut Review, chain: u64) {
    if chain != OWN_CHAIN {
        let name = networks::name(chain).map_or_else(|| chain.to_string(), str::to_owned);
        review.show("Network", &name, Break::Anywhere);
    }
}

fn review(title: &str, blind: bool, from: &str) -> Review {
    let title = Screen::sentence(Font::Regular, title);
    let mut review = Review::new(title, question(blind), "Reject transaction");
    review.show("From", from, Break::Anywhere);
    review
}

fn token_call(erc20: &Erc20, from: &str, fee: &str, chain: u64, blind: bool) -> Review {
    let title = format!("Review transaction to {} ERC20 token", erc20.operation());
    let mut review = review(&title, blind, from);
    for (title, value) in erc20.items() {
        review.show(title, &value, Break::Anywhere);
    }
    network(&mut review, chain);
    review.show("Max fees", fee, Break::Anywhere);
    review
}

fn plain(fields: &Fields, from: &str, fee: &str, hash: &[u8; 32], blind: bool) -> Review {
    let mut review = review("Review transaction", blind, from);
    if !fields.has_data || !fields.value().is_zero() {
        let amount = written(fields.value(), COIN_DECIMALS, networks::ticker(fields.chain_id()));
        review.show("Amount", &amount, Break::Anywhere);
    }
    let to = match <[u8; 20]>::try_from(fields.to.as_slice()) {
        Ok(to) => Address::from(to).to_checksum(None),
        Err(_) => "Contract".to_owned(),
    };
    review.show("To", &to, Break::Anywhere);
    review.show("Max fees", fee, Break::Anywhere);
    network(&mut review, fields.chain_id());
    if fields.has_data {
        review.show("Tx hash", &format!("0x{}", hex::encode(hash)), Break::Anywhere);
    }
    review
}
