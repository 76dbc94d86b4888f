//! How the app writes amounts.

use alloy_primitives::U256;

/// Decimal places of every network's own coin.
pub(super) const COIN_DECIMALS: u8 = 18;

/// An amount in base units as a decimal number without trailing zeros, a space, and what it is an amount of.
pub(super) fn written(amount: U256, decimals: u8, ticker: &str) -> String {
    let places = usize::from(decimals);
    let digits = format!("{amount:0>width$}", width = places.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(places));
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{whole}{point}{fraction} {ticker}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_recorded() {
        for (amount, decimals, text) in [
            (100_000_000_000_000_000u64, 18, "0.1 ETH"),
            (2_000_000_000_000_000, 18, "0.002 ETH"),
            (1_234_567, 6, "1.234567 ETH"),
            (0, 18, "0 ETH"),
            (5_000_000, 6, "5 ETH"),
            (12, 0, "12 ETH"),
            (10, 0, "10 ETH"),
        ] {
            assert_eq!(written(U256::from(amount), decimals, "ETH"), text);
        }
    }
}
