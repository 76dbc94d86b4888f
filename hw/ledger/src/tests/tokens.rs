//! Descriptors, and what is put before the app only if it may be.

use super::hostile::{ask, payment, status};
use super::recordings::{USDC, account, describe, descriptor, greeting, signing};
use super::replay::{Cable, Said};
use crate::error::LedgerError;
use crate::evm::envelope::EnvelopeError;
use alloy_primitives::hex;
use strongroom_protocol::AssetId;
use strongroom_signing::{Described, Device, SignerError};

#[test]
fn a_descriptor_of_another_token_or_name_is_never_sent() {
    let (command, _) = descriptor();
    let bytes = &command[5..];
    let cable = Cable::of([]);
    let mut device = cable.device();
    let polygon = "eip155:137/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48".parse().unwrap();
    let usdc: AssetId = USDC.parse().unwrap();
    for (asset, symbol, decimals, words) in [
        (&polygon, "USDC", 6, "not of eip155:137"),
        (&usdc, "USDT", 6, "the policy's registry says USDT"),
        (&usdc, "USDC", 18, "with 18"),
    ] {
        let refused = device.describe(&Described { asset, symbol, decimals, descriptor: bytes }).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
    }
    let torn = Described { asset: &usdc, symbol: "USDC", decimals: 6, descriptor: &bytes[..40] };
    assert!(device.describe(&torn).is_err());
    assert_eq!(cable.crossed(), (0, 0));
}

#[test]
fn a_descriptor_goes_before_its_own_token_only_and_every_time() {
    let usdc = signing("ERC-20 USDC transfer EIP-1559 after token info");
    let coin = payment();
    let (command, answer) = descriptor();
    let mut steps = greeting(true);
    steps.extend(coin.steps());
    for _ in 0..2 {
        steps.push((command.clone(), Said::Answer(answer.clone())));
        steps.extend(usdc.steps());
    }
    steps.extend(coin.steps());
    // Refusing the last one, it asks the app to close and to forget; an app that does not know how may say so.
    steps.push((hex!("b0a7000000").to_vec(), status(0x6d00)));
    let cable = Cable::of(steps);
    let mut device = cable.device();
    describe(&mut device);
    for signing in [&coin, &usdc, &usdc, &coin] {
        device.signature(&account(1), &signing.unsigned, &signing.digest()).unwrap();
    }
    // Now the app would show USDC for whatever token comes: it is not put before it.
    let unknown = signing("ERC-20 transfer of unknown token EIP-1559");
    let refused = device.signature(&account(1), &unknown.unsigned, &unknown.digest()).unwrap_err();
    assert!(cable.is_over());
    let SignerError::Reopen(words) = refused.into() else { panic!("sent") };
    assert!(
        words.contains("USDC") && words.contains("0x1111111111111111111111111111111111111111"),
        "{words}"
    );
}

#[test]
fn a_refused_descriptor_ends_it() {
    let usdc = signing("ERC-20 USDC transfer EIP-1559 after token info");
    let (command, _) = descriptor();
    let mut steps = greeting(true);
    steps.push((command, status(0x6a80)));
    let cable = Cable::of(steps);
    let mut device = cable.device();
    describe(&mut device);
    let refused = device.signature(&account(1), &usdc.unsigned, &usdc.digest()).unwrap_err();
    assert!(refused.to_string().contains("did not take the token's descriptor"), "{refused}");
    assert!(cable.is_over());
}

#[test]
fn what_the_app_may_not_sign_unseen_is_not_sent() {
    let unknown = signing("ERC-20 transfer of unknown token EIP-1559");
    let settings = |on: bool| greeting(on).remove(1);
    let mut steps = greeting(false);
    steps.push(settings(false));
    assert_eq!(ask(&unknown, steps), Err(LedgerError::BlindOff));
    // The owner has switched it on since it was asked.
    let mut steps = greeting(false);
    steps.push(settings(true));
    steps.extend(unknown.steps());
    ask(&unknown, steps).unwrap();
}

#[test]
fn bytes_of_another_chain_or_digest_are_not_sent() {
    let signing = payment();
    let cable = Cable::of([]);
    let mut device = cable.device();
    let other = device.signature(&account(137), &signing.unsigned, &signing.digest());
    assert!(matches!(other, Err(LedgerError::Transaction(EnvelopeError::OtherChain { .. }))));
    let other = device.signature(&account(1), &signing.unsigned, &[7; 32]);
    assert_eq!(other, Err(LedgerError::Transaction(EnvelopeError::OtherDigest)));
    let before_155 =
        hex!("ea078504a817c800830186a0945a321744667052affa8386ed49e00ef223cbffc388016345785d8a000080");
    let digest = alloy_primitives::keccak256(before_155).0;
    let endless = device.signature(&account(1), &before_155, &digest);
    assert_eq!(endless, Err(LedgerError::Transaction(EnvelopeError::NoChain)));
    assert_eq!(cable.crossed(), (0, 0));
}
