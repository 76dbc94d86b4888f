//! The unsigned transaction, as far as a device and its owner see it.
//!
//! The codec has read these bytes to the last and judged them. Here they are read once more, by separate code, for what
//! the driver itself must know: the chain they are of, the token they call, and what the app will show.

use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_rlp::{Decodable, Header, PayloadView};

/// An unsigned transaction: EIP-155, EIP-2930 or EIP-1559.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// Its type (EIP-2718); none if legacy.
    pub(crate) kind: Option<u8>,
    /// Its chain (EIP-155).
    pub(crate) chain_id: u64,
    /// The most a unit of gas costs, in wei.
    pub(crate) gas_price: U256,
    /// The most units of gas.
    pub(crate) gas_limit: U256,
    /// Whom it calls.
    pub(crate) to: Address,
    /// What it pays, in wei.
    pub(crate) value: U256,
    /// What it calls with.
    pub(crate) input: Bytes,
}

/// Why bytes are not put before a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// No RLP, or not of the type's shape.
    #[error("the bytes are no unsigned transaction (EIP-155, EIP-2930, EIP-1559)")]
    Malformed,
    /// A type that the driver does not know.
    #[error("transactions of type {0} are not signed on a Ledger here")]
    Type(u8),
    /// It could be repeated on any chain; and the app would wait for more bytes for ever.
    #[error("the transaction names no chain (EIP-155)")]
    NoChain,
    /// It makes a contract.
    #[error("the transaction calls nobody: it would make a contract")]
    Creation,
    /// It is of another chain than the account.
    #[error("the transaction is of chain {found}, and the account of {account}")]
    OtherChain {
        /// The transaction's.
        found: u64,
        /// The account's, as its record says it.
        account: String,
    },
    /// The digest to be signed is not that of the bytes.
    #[error("the digest to be signed is not that of the bytes")]
    OtherDigest,
}

/// A call of a token that the app can show, if it knows the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenCall {
    /// `transfer(address,uint256)`.
    Transfer {
        /// Who receives.
        to: Address,
        /// How much, in base units.
        amount: U256,
    },
    /// `approve(address,uint256)`.
    Approve,
}

/// What a transaction does, as the app sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It pays the chain's coin.
    Coin,
    /// It calls a token.
    Token(TokenCall),
    /// It calls something else.
    Call,
}

/// Selectors of ERC-20.
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const APPROVE: [u8; 4] = [0x09, 0x5e, 0xa7, 0xb3];

impl Envelope {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let (kind, mut list) = match bytes {
            [kind @ 0x00..=0x7f, list @ ..] => (Some(*kind), list),
            list => (None, list),
        };
        if let Some(other) = kind.filter(|kind| !matches!(kind, 1 | 2)) {
            return Err(EnvelopeError::Type(other));
        }
        let Ok(PayloadView::List(fields)) = Header::decode_raw(&mut list) else {
            return Err(EnvelopeError::Malformed);
        };
        if !list.is_empty() {
            return Err(EnvelopeError::Malformed);
        }
        let (chain_id, gas_price, gas_limit, to, value, input) = match (kind, fields.as_slice()) {
            (None, [_, _, _, _, _, _]) => return Err(EnvelopeError::NoChain),
            (None, [_nonce, price, limit, to, value, input, chain, [0x80], [0x80]]) => {
                (chain, price, limit, to, value, input)
            }
            (Some(1), [chain, _nonce, price, limit, to, value, input, _list])
            | (Some(2), [chain, _nonce, _, price, limit, to, value, input, _list]) => {
                (chain, price, limit, to, value, input)
            }
            _ => return Err(EnvelopeError::Malformed),
        };
        if *to == [0x80] {
            return Err(EnvelopeError::Creation);
        }
        Ok(Self {
            kind,
            chain_id: item(chain_id)?,
            gas_price: item(gas_price)?,
            gas_limit: item(gas_limit)?,
            to: item(to)?,
            value: item(value)?,
            input: item(input)?,
        })
    }

    /// Reads bytes that must hash to this digest and be of this chain.
    pub(crate) fn of(bytes: &[u8], digest: &[u8; 32], chain: &str) -> Result<Self, EnvelopeError> {
        if keccak256(bytes) != digest {
            return Err(EnvelopeError::OtherDigest);
        }
        let envelope = Self::parse(bytes)?;
        if chain == format!("eip155:{}", envelope.chain_id) {
            Ok(envelope)
        } else {
            Err(EnvelopeError::OtherChain { found: envelope.chain_id, account: chain.to_owned() })
        }
    }

    pub(crate) fn purpose(&self) -> Purpose {
        if self.input.is_empty() {
            return Purpose::Coin;
        }
        let words = |arguments: &[u8]| {
            let (padding, rest) = arguments.split_first_chunk::<12>()?;
            let (address, amount) = rest.split_first_chunk::<20>()?;
            let amount: &[u8; 32] = amount.try_into().ok()?;
            (*padding == [0; 12]).then(|| (Address::from(*address), U256::from_be_bytes(*amount)))
        };
        let call = match self.input.split_first_chunk() {
            Some((&TRANSFER, arguments)) => {
                words(arguments).map(|(to, amount)| TokenCall::Transfer { to, amount })
            }
            Some((&APPROVE, arguments)) => words(arguments).map(|_| TokenCall::Approve),
            _ => None,
        };
        call.map_or(Purpose::Call, Purpose::Token)
    }

    /// The CAIP-19 name of what it calls, if that is a token.
    pub(crate) fn token(&self) -> String {
        format!("eip155:{}/erc20:{}", self.chain_id, self.to)
    }

    /// The most that it costs in fees, in wei; none if no number is that large.
    pub(crate) fn fee_cap(&self) -> Option<U256> {
        self.gas_price.checked_mul(self.gas_limit)
    }
}

fn item<T: Decodable>(mut bytes: &[u8]) -> Result<T, EnvelopeError> {
    match T::decode(&mut bytes) {
        Ok(value) if bytes.is_empty() => Ok(value),
        _ => Err(EnvelopeError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    // Recorded: tests/transcripts/ledger/ethereum.jsonl.
    const TYPED: &[u8] = &hex!(
        "02f1010784773594008506fc23ac00830186a0945a321744667052affa8386ed49e00ef223cbffc388016345785d8a000080c0"
    );
    const LEGACY: &[u8] = &hex!(
        "f2078504a817c800830186a0945a321744667052affa8386ed49e00ef223cbffc388016345785d8a0000808501cf9778718080"
    );

    #[test]
    fn recorded_transactions_are_read() {
        let typed = Envelope::parse(TYPED).unwrap();
        assert_eq!((typed.kind, typed.chain_id), (Some(2), 1));
        assert_eq!(typed.fee_cap(), Some(U256::from(3_000_000_000_000_000u64)));
        assert_eq!(typed.purpose(), Purpose::Coin);
        let legacy = Envelope::parse(LEGACY).unwrap();
        assert_eq!((legacy.kind, legacy.chain_id), (None, 7_777_777_777));
        assert_eq!(legacy.to, typed.to);
        assert_eq!(legacy.value, typed.value);
    }

    #[test]
    fn what_the_app_would_wait_for_or_not_know_is_refused() {
        let before_155 =
            hex!("ea078504a817c800830186a0945a321744667052affa8386ed49e00ef223cbffc388016345785d8a000080");
        assert_eq!(Envelope::parse(&before_155), Err(EnvelopeError::NoChain));
        assert_eq!(Envelope::parse(&hex!("03c0")), Err(EnvelopeError::Type(3)));
        assert_eq!(Envelope::parse(&hex!("00c0")), Err(EnvelopeError::Type(0)));
        assert_eq!(Envelope::parse(&hex!("02c101")), Err(EnvelopeError::Malformed));
        let creation = hex!("d9078504a817c800830186a08088016345785d8a000080018080");
        assert_eq!(Envelope::parse(&creation), Err(EnvelopeError::Creation));
        for end in 0..TYPED.len() {
            assert!(Envelope::parse(&TYPED[..end]).is_err(), "{end}");
        }
        assert!(Envelope::parse(&[TYPED, &[0]].concat()).is_err());
    }

    #[test]
    fn another_digest_or_chain_is_refused() {
        let digest = keccak256(TYPED).0;
        Envelope::of(TYPED, &digest, "eip155:1").unwrap();
        assert_eq!(Envelope::of(LEGACY, &digest, "eip155:1"), Err(EnvelopeError::OtherDigest));
        let elsewhere = Envelope::of(TYPED, &digest, "eip155:137").unwrap_err();
        assert_eq!(elsewhere, EnvelopeError::OtherChain { found: 1, account: "eip155:137".to_owned() });
    }

    #[test]
    fn token_calls_are_told_from_others() {
        let transfer = hex!(
            "a9059cbb0000000000000000000000005a321744667052affa8386ed49e00ef223cbffc3\
             000000000000000000000000000000000000000000000000000000000012d687"
        );
        let mut envelope = Envelope::parse(TYPED).unwrap();
        let mut purpose = |input: &[u8]| {
            envelope.input = input.to_vec().into();
            envelope.purpose()
        };
        let Purpose::Token(TokenCall::Transfer { amount, .. }) = purpose(&transfer) else {
            panic!("no transfer")
        };
        assert_eq!(amount, U256::from(1_234_567));
        let mut approve = transfer;
        approve[..4].copy_from_slice(&APPROVE);
        assert_eq!(purpose(&approve), Purpose::Token(TokenCall::Approve));
        let mut dirty = transfer;
        dirty[4] = 1;
        for other in
            [&dirty[..], &transfer[..67], &[transfer.as_slice(), &[0]].concat(), &[0x12], &transfer[..4]]
        {
            assert_eq!(purpose(other), Purpose::Call);
        }
    }
}
