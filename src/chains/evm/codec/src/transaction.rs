//! A transaction in one of the two shapes that are built and read: legacy with EIP-155, and EIP-1559.

use alloy_consensus::{SignableTransaction, Signed, Transaction as _, TxEip1559, TxLegacy};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Bytes, Signature, TxKind, U256};
use alloy_rlp::Decodable;
use strongroom_protocol::{ChainId, DecodeError};

use crate::call::Call;
use crate::networks::Network;
use crate::terms::{Price, Terms, TermsError};

/// An unsigned transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// EIP-155.
    Legacy(TxLegacy),
    /// EIP-1559.
    Eip1559(TxEip1559),
}

/// Why bytes are no such transaction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    #[error("there are none")]
    Empty,
    #[error(
        "{0}; an unsigned legacy transaction is a list of nine fields, the last two of them zero (EIP-155)"
    )]
    Legacy(alloy_rlp::Error),
    #[error("{0}; an unsigned type 2 transaction is a list of nine fields, without a signature (EIP-1559)")]
    Eip1559(alloy_rlp::Error),
    #[error("{0} byte(s) follow the transaction")]
    Trailing(usize),
    #[error("they are not the one encoding of what they say, or carry a signature (RLP, EIP-155)")]
    NotCanonical,
    #[error("they begin with {0:#04x}, which begins no transaction (EIP-2718)")]
    Start(u8),
    #[error(transparent)]
    Terms(#[from] TermsError),
}

/// Why a kind of transaction is refused whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KindError {
    #[error("type 1 transactions carry access lists (EIP-2930), which are not taken")]
    AccessListType,
    #[error("the transaction carries an access list (EIP-2930): build it again without one")]
    AccessList,
    #[error("type 3 transactions carry blobs (EIP-4844), which are not taken")]
    Blobs,
    #[error("type 4 transactions hand the account over to code (EIP-7702), which is never done")]
    Delegation,
    #[error("type {0} transactions are not understood (EIP-2718)")]
    Unknown(u8),
    #[error("the transaction names no chain, so it could be repeated on any (EIP-155 came later)")]
    NoChain,
}

impl Transaction {
    /// The transaction that makes a call on these terms.
    pub(crate) fn new(network: &Network, terms: &Terms, call: Call) -> Self {
        let Terms { nonce, gas_limit, price } = *terms;
        let to = TxKind::Call(call.to);
        match price {
            Price::Legacy(gas_price) => Self::Legacy(TxLegacy {
                chain_id: Some(network.id),
                nonce,
                gas_price,
                gas_limit,
                to,
                value: call.value,
                input: call.input,
            }),
            Price::Eip1559 { ceiling, tip } => Self::Eip1559(TxEip1559 {
                chain_id: network.id,
                nonce,
                gas_limit,
                max_fee_per_gas: ceiling,
                max_priority_fee_per_gas: tip,
                to,
                value: call.value,
                access_list: AccessList::default(),
                input: call.input,
            }),
        }
    }

    /// Reads a transaction of `network` to the last byte.
    pub(crate) fn parse(network: &Network, chain: &ChainId, bytes: &[u8]) -> Result<Self, DecodeError> {
        let malformed =
            |error: FormError| DecodeError::Malformed { chain: chain.clone(), why: error.to_string() };
        let transaction = match bytes {
            [] => return Err(malformed(FormError::Empty)),
            [0x01, ..] => return Err(refused(KindError::AccessListType)),
            [0x02, list @ ..] => whole(list, FormError::Eip1559).map(Self::Eip1559).map_err(malformed)?,
            [0x03, ..] => return Err(refused(KindError::Blobs)),
            [0x04, ..] => return Err(refused(KindError::Delegation)),
            [unknown @ 0x00..=0x7f, ..] => return Err(refused(KindError::Unknown(*unknown))),
            [0xc0..=0xfe, ..] => whole(bytes, FormError::Legacy).map(Self::Legacy).map_err(malformed)?,
            [other, ..] => return Err(malformed(FormError::Start(*other))),
        };
        // The chain first: the rest may mean something else elsewhere.
        match transaction.chain_id() {
            None => return Err(refused(KindError::NoChain)),
            Some(id) if id != network.id => {
                return Err(DecodeError::OtherChain {
                    found: format!("eip155:{id}"),
                    expected: chain.clone(),
                });
            }
            Some(_) => {}
        }
        if transaction.has_access_list() {
            return Err(refused(KindError::AccessList));
        }
        if transaction.signing_payload() != bytes {
            return Err(malformed(FormError::NotCanonical));
        }
        transaction.terms().within_bounds().map_err(|error| malformed(error.into()))?;
        Ok(transaction)
    }

    fn chain_id(&self) -> Option<u64> {
        match self {
            Self::Legacy(tx) => tx.chain_id,
            Self::Eip1559(tx) => Some(tx.chain_id),
        }
    }

    fn has_access_list(&self) -> bool {
        matches!(self, Self::Eip1559(tx) if !tx.access_list.is_empty())
    }

    /// The bytes that are hashed and signed: EIP-155 for legacy, EIP-2718 for typed transactions.
    pub(crate) fn signing_payload(&self) -> Vec<u8> {
        match self {
            Self::Legacy(tx) => tx.encoded_for_signing(),
            Self::Eip1559(tx) => tx.encoded_for_signing(),
        }
    }

    /// The bytes that nodes take (EIP-2718).
    pub(crate) fn with_signature(&self, signature: Signature) -> Vec<u8> {
        let mut raw = Vec::new();
        match self {
            Self::Legacy(tx) => Signed::new_unhashed(tx, signature).eip2718_encode(&mut raw),
            Self::Eip1559(tx) => Signed::new_unhashed(tx, signature).eip2718_encode(&mut raw),
        }
        raw
    }

    /// Its nonce, gas and prices.
    pub(crate) fn terms(&self) -> Terms {
        match self {
            Self::Legacy(tx) => {
                Terms { nonce: tx.nonce, gas_limit: tx.gas_limit, price: Price::Legacy(tx.gas_price) }
            }
            Self::Eip1559(tx) => Terms {
                nonce: tx.nonce,
                gas_limit: tx.gas_limit,
                price: Price::Eip1559 { ceiling: tx.max_fee_per_gas, tip: tx.max_priority_fee_per_gas },
            },
        }
    }

    /// Whom it calls, or that it creates a contract.
    pub(crate) fn to(&self) -> TxKind {
        match self {
            Self::Legacy(tx) => tx.to,
            Self::Eip1559(tx) => tx.to,
        }
    }

    /// Wei that go with it.
    pub(crate) fn value(&self) -> U256 {
        match self {
            Self::Legacy(tx) => tx.value,
            Self::Eip1559(tx) => tx.value,
        }
    }

    /// Its calldata.
    pub(crate) fn input(&self) -> &Bytes {
        match self {
            Self::Legacy(tx) => tx.input(),
            Self::Eip1559(tx) => tx.input(),
        }
    }
}

/// Decodes one RLP item that must be all there is.
fn whole<T: Decodable>(
    mut bytes: &[u8],
    error: impl FnOnce(alloy_rlp::Error) -> FormError,
) -> Result<T, FormError> {
    let value = T::decode(&mut bytes).map_err(error)?;
    if bytes.is_empty() { Ok(value) } else { Err(FormError::Trailing(bytes.len())) }
}

fn refused(kind: KindError) -> DecodeError {
    DecodeError::NotUnderstood(kind.to_string())
}
