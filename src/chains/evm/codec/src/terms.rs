//! The terms of a transaction: its nonce, its gas and its prices, held within what any node accepts.

use alloy_eips::eip7825::MAX_TX_GAS_LIMIT_OSAKA;
use alloy_primitives::U256;
use strongroom_protocol::{Amount, EvmFacts, EvmFees, Facts};

use crate::slot::NONCE_LIMIT;

/// What every transaction costs before it does anything (Yellow Paper, appendix G, `G_transaction`).
const LEAST_GAS: u64 = 21_000;

/// The most gas one transaction may ask for on Ethereum (EIP-7825), and many times what two words of calldata need.
const MOST_GAS: u64 = MAX_TX_GAS_LIMIT_OSAKA;

/// Terms within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Transactions the sender had sent before.
    pub nonce: u64,
    /// Units of gas that may be used.
    pub gas_limit: u64,
    /// Wei a unit.
    pub price: Price,
}

/// Prices of a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Price {
    /// One price (EIP-155 transactions).
    Legacy(u128),
    /// A ceiling and a tip within it (EIP-1559 transactions).
    Eip1559 {
        /// The most a unit may cost, tip included.
        ceiling: u128,
        /// The most of it that goes to the block's producer.
        tip: u128,
    },
}

/// Why terms are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TermsError {
    #[error("they are of another family of chains")]
    Family,
    #[error("no transaction may have the nonce {0} (EIP-2681)")]
    Nonce(u64),
    #[error("a gas limit of {0} is below the {LEAST_GAS} that any transaction uses")]
    TooLittleGas(u64),
    #[error("a gas limit of {0} is above the {MOST_GAS} that one transaction may use (EIP-7825)")]
    TooMuchGas(u64),
    #[error("the {what} of {found} wei a unit of gas does not fit 128 bits")]
    Price { what: &'static str, found: Amount },
    #[error(
        "the tip of {tip} wei a unit of gas exceeds the ceiling of {ceiling} that contains it (EIP-1559)"
    )]
    TipAboveCeiling { ceiling: u128, tip: u128 },
}

impl Terms {
    /// The terms that a request's facts are.
    pub(crate) fn from_facts(facts: &Facts) -> Result<Self, TermsError> {
        let Facts::Evm(facts) = facts else { return Err(TermsError::Family) };
        let price = match &facts.fees {
            EvmFees::Legacy { gas_price } => Price::Legacy(wei("gas price", *gas_price)?),
            EvmFees::Eip1559 { max_fee_per_gas, max_priority_fee_per_gas } => Price::Eip1559 {
                ceiling: wei("ceiling", *max_fee_per_gas)?,
                tip: wei("tip", *max_priority_fee_per_gas)?,
            },
        };
        Self { nonce: facts.nonce, gas_limit: facts.gas_limit, price }.within_bounds()
    }

    /// The facts that these terms are.
    pub(crate) fn facts(&self) -> Facts {
        let fees = match self.price {
            Price::Legacy(price) => EvmFees::Legacy { gas_price: price.into() },
            Price::Eip1559 { ceiling, tip } => {
                EvmFees::Eip1559 { max_fee_per_gas: ceiling.into(), max_priority_fee_per_gas: tip.into() }
            }
        };
        Facts::Evm(EvmFacts { nonce: self.nonce, gas_limit: self.gas_limit, fees })
    }

    /// These terms, if any node would accept them.
    pub(crate) fn within_bounds(self) -> Result<Self, TermsError> {
        if self.nonce == NONCE_LIMIT {
            return Err(TermsError::Nonce(self.nonce));
        }
        if self.gas_limit < LEAST_GAS {
            return Err(TermsError::TooLittleGas(self.gas_limit));
        }
        if self.gas_limit > MOST_GAS {
            return Err(TermsError::TooMuchGas(self.gas_limit));
        }
        match self.price {
            Price::Eip1559 { ceiling, tip } if tip > ceiling => {
                Err(TermsError::TipAboveCeiling { ceiling, tip })
            }
            _ => Ok(self),
        }
    }

    /// The most the transaction can cost in fees, in wei: 64 bits times 128 bits, so it always fits.
    pub(crate) fn fee_cap(&self) -> Amount {
        let ceiling = match self.price {
            Price::Legacy(price) => price,
            Price::Eip1559 { ceiling, .. } => ceiling,
        };
        Amount::from_base_units(U256::from(self.gas_limit).saturating_mul(U256::from(ceiling)))
    }
}

fn wei(what: &'static str, found: Amount) -> Result<u128, TermsError> {
    u128::try_from(found.base_units()).map_err(|_| TermsError::Price { what, found })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    const GOOD: Terms = Terms { nonce: 7, gas_limit: 21_000, price: Price::Eip1559 { ceiling: 30, tip: 30 } };

    #[test]
    fn terms_survive_as_facts() {
        for price in [Price::Legacy(0), Price::Legacy(u128::MAX), GOOD.price] {
            let terms = Terms { price, ..GOOD };
            assert_eq!(Terms::from_facts(&terms.facts()), Ok(terms));
        }
        for gas_limit in [21_000, 16_777_216] {
            assert!(Terms { gas_limit, ..GOOD }.within_bounds().is_ok());
        }
        assert!(Terms { nonce: u64::MAX - 1, ..GOOD }.within_bounds().is_ok());
    }

    #[test]
    fn terms_out_of_bounds_are_refused() {
        let tip = Price::Eip1559 { ceiling: 30, tip: 31 };
        for (terms, words) in [
            (Terms { nonce: u64::MAX, ..GOOD }, "EIP-2681"),
            (Terms { gas_limit: 20_999, ..GOOD }, "below the 21000"),
            (Terms { gas_limit: 0, ..GOOD }, "below the 21000"),
            (Terms { gas_limit: 16_777_217, ..GOOD }, "above the 16777216"),
            (Terms { gas_limit: u64::MAX, ..GOOD }, "above the 16777216"),
            (Terms { price: tip, ..GOOD }, "the tip of 31 wei a unit of gas exceeds the ceiling of 30"),
        ] {
            let refused = Terms::from_facts(&terms.facts()).unwrap_err();
            assert!(refused.to_string().contains(words), "{terms:?}: {refused}");
        }
    }

    #[test]
    fn prices_beyond_128_bits_are_refused() {
        let beyond = Amount::from(u128::MAX).checked_add(Amount::from(1u64)).unwrap();
        let small = Amount::from(1u64);
        for fees in [
            EvmFees::Legacy { gas_price: beyond },
            EvmFees::Eip1559 { max_fee_per_gas: beyond, max_priority_fee_per_gas: small },
            EvmFees::Eip1559 { max_fee_per_gas: small, max_priority_fee_per_gas: beyond },
        ] {
            let facts = Facts::Evm(EvmFacts { nonce: 0, gas_limit: 21_000, fees });
            let refused = Terms::from_facts(&facts).unwrap_err().to_string();
            assert!(refused.contains("does not fit 128 bits"), "{refused}");
        }
    }

    #[test]
    fn the_fee_cap_is_exact() {
        assert_eq!(GOOD.fee_cap(), Amount::from(630_000u64));
        let most = Terms { gas_limit: u64::MAX, price: Price::Legacy(u128::MAX), ..GOOD };
        assert_eq!(most.fee_cap().base_units(), U256::from(u64::MAX) * U256::from(u128::MAX));
    }
}
