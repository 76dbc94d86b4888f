//! Whom nobody may pay: addresses that no key leads to, and payments that can only be mistakes.

use alloy_eips::{eip2935, eip4788, eip6110, eip7002, eip7251, eip8282};
use alloy_primitives::{Address, address};

/// The last address set aside for precompiled contracts (EIP-1352 keeps 0x0 to 0xffff; up to 0x1ff are in use).
const LAST_PRECOMPILE: u64 = 0x1ff;

/// Leading zero bytes from which on an address is a number somebody wrote down, not the hash of a key: finding a key
/// for one takes 2⁹⁶ attempts.
const WRITTEN_BY_HAND: usize = 12;

/// Addresses known as graves or placeholders, where whatever is sent stays.
const GRAVES: [Address; 15] = [
    address!("dead000000000000000042069420694206942069"),
    address!("dead000000000000000000000000000000000000"),
    address!("deaddeaddeaddeaddeaddeaddeaddeaddeaddead"),
    address!("deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"),
    address!("00000000000000000000045261d4ee77acdb3286"),
    address!("0123456789012345678901234567890123456789"),
    address!("1234567890123456789012345678901234567890"),
    Address::repeat_byte(0x11),
    Address::repeat_byte(0xaa),
    Address::repeat_byte(0xbb),
    Address::repeat_byte(0xcc),
    Address::repeat_byte(0xdd),
    // Stands for the native coin in exchanges' interfaces.
    Address::repeat_byte(0xee),
    Address::repeat_byte(0xff),
    eip4788::SYSTEM_ADDRESS,
];

/// Contracts of the protocol itself. They take no deposits by a plain payment.
const SYSTEM: [Address; 7] = [
    eip4788::BEACON_ROOTS_ADDRESS,
    eip2935::HISTORY_STORAGE_ADDRESS,
    eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS,
    eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
    eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    eip8282::BUILDER_DEPOSIT_CONTRACT_ADDRESS,
    eip8282::BUILDER_EXIT_CONTRACT_ADDRESS,
];

/// Why nothing sent to this address can be used again, if so.
pub(crate) fn grave(address: &Address) -> Option<&'static str> {
    let (upper, number) = address.split_last_chunk::<8>()?;
    if upper.iter().all(|byte| *byte == 0) {
        match u64::from_be_bytes(*number) {
            0 => return Some("it is the zero address, which nobody owns"),
            1..=LAST_PRECOMPILE => return Some("it is a precompiled contract, which gives nothing back"),
            _ => {}
        }
    }
    if upper.iter().take_while(|byte| **byte == 0).count() >= WRITTEN_BY_HAND {
        return Some("it is a burn, system or placeholder address: nobody has a key for it");
    }
    if GRAVES.contains(address) {
        return Some("it is a well-known burn or placeholder address: nobody has a key for it");
    }
    SYSTEM.contains(address).then_some("it is a contract of the protocol itself, which gives nothing back")
}

/// Whether `sender` may pay the chain's coin to `to`.
pub(crate) fn check_native(sender: &Address, to: &Address) -> Result<(), &'static str> {
    if to == sender {
        return Err("it is the paying account itself: only a void pays itself, and it pays nothing");
    }
    grave(to).map_or(Ok(()), Err)
}

/// Whether `sender` may pay a contract's token to `to`.
pub(crate) fn check_token(sender: &Address, contract: &Address, to: &Address) -> Result<(), &'static str> {
    if to == contract {
        return Err("it is the token's own contract, and tokens sent there are lost");
    }
    if to == sender {
        return Err("it is the paying account itself, so the payment would do nothing but cost a fee");
    }
    grave(to).map_or(Ok(()), Err)
}

/// Whether there can be a token of `sender`'s at `contract`.
pub(crate) fn check_contract(sender: &Address, contract: &Address) -> Result<(), &'static str> {
    if contract == sender {
        return Err("it is the account itself, which is no token contract");
    }
    grave(contract).map_or(Ok(()), |_| Err("no token contract lives at a reserved, burn or system address"))
}

/// Whether an allowance of this spender can be taken back. Contracts after OpenZeppelin's refuse the zero address, so
/// that such a revocation only costs its fee.
pub(crate) fn check_spender(spender: &Address) -> Result<(), &'static str> {
    if spender.is_zero() { Err("the zero address can hold no allowance") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u64) -> Address {
        let mut address = Address::ZERO;
        address[12..].copy_from_slice(&value.to_be_bytes());
        address
    }

    #[test]
    fn graves_are_known() {
        for (address, words) in [
            (number(0), "zero address"),
            (number(1), "precompiled"),
            (number(0xa), "precompiled"),
            (number(0x100), "precompiled"),
            (number(0x1ff), "precompiled"),
            (number(0x200), "nobody has a key"),
            (number(0xdead), "nobody has a key"),
            // Polygon's native coin in the dress of a token, and its state receiver.
            (number(0x1010), "nobody has a key"),
            (number(0x1001), "nobody has a key"),
            (number(0xdead_beef), "nobody has a key"),
            (number(u64::MAX), "nobody has a key"),
            (Address::repeat_byte(0xee), "well-known"),
            (address!("deaddeaddeaddeaddeaddeaddeaddeaddeaddead"), "well-known"),
            (address!("fffffffffffffffffffffffffffffffffffffffe"), "well-known"),
            (address!("00000000219ab540356cBB839Cbe05303d7705Fa"), "protocol itself"),
            (address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02"), "protocol itself"),
        ] {
            let why = grave(&address);
            assert!(why.is_some_and(|why| why.contains(words)), "{address}: {why:?}");
        }
        for listed in GRAVES.iter().chain(&SYSTEM) {
            assert!(grave(listed).is_some(), "{listed}");
        }
    }

    #[test]
    fn addresses_that_keys_can_have_are_no_graves() {
        for alive in [
            address!("3535353535353535353535353535353535353535"),
            // Mined addresses with six and eight zero bytes exist.
            address!("000000000000ad05ccc4f10045630fb830b95127"),
            address!("0000000000000000dead00000000000000000001"),
            address!("000000000000000000000001000000000000dead"),
            address!("dac17f958d2ee523a2206206994597c13d831ec7"),
            address!("0000000000000068f116a894984e2db1123eb395"),
        ] {
            assert_eq!(grave(&alive), None, "{alive}");
        }
    }
}
