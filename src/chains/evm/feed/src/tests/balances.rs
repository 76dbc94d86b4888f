//! What addresses hold, and what tokens say of themselves.

use alloy_primitives::U256;
use serde_json::json;
use strongroom_network::{AgreementError, Described, Feed, FeedError, Holding};
use strongroom_protocol::{Amount, AssetId};

use crate::testing::{ALICE, BOB, COIN, TOKEN, World, coin_of, hash, token_of};

fn holding(address: &str, asset: AssetId) -> Holding {
    Holding { address: address.parse().unwrap(), asset }
}

#[test]
fn coins_and_tokens_are_read_in_one_go() {
    let balances = World::ethereum()
        .honest()
        .balances(&[
            holding(ALICE, coin_of(1)),
            holding(ALICE, token_of(1)),
            holding(BOB, coin_of(1)),
            holding(BOB, token_of(1)),
        ])
        .unwrap();
    let amounts = [100 * COIN, 1_000_000, 0, 0].map(Amount::from);
    assert_eq!(balances.amounts, amounts);
    assert_eq!((balances.as_of.block, balances.as_of.block_id), (100, hash(0xb10c_0064)));
    assert_eq!(balances.as_of.time.unix(), 1_700_001_200);
}

#[test]
fn a_lie_about_a_balance_stops_the_desk() {
    for (method, lie, asset) in
        [("eth_getBalance", json!("0x1"), coin_of(1)), ("eth_call", json!(hash(7)), token_of(1))]
    {
        let mut feed = World::ethereum().lied_to(move |asked, _, answer| {
            if asked == method {
                *answer = Ok(lie.clone());
            }
        });
        let refused = feed.balances(&[holding(ALICE, asset.clone())]).unwrap_err();
        let words =
            format!("the nodes disagree about what {ALICE} holds of {asset} at block 100: alpha says ");
        assert!(refused.to_string().starts_with(&words), "{refused}");
    }
}

#[test]
fn the_largest_balance_is_exact() {
    let world = World::ethereum();
    world.now(|truth| truth.tokens.values_mut().for_each(|held| *held = U256::MAX));
    let balances = world.honest().balances(&[holding(ALICE, token_of(1))]).unwrap();
    assert_eq!(balances.amounts, [Amount::MAX]);
}

#[test]
fn a_token_without_a_contract_holds_nothing_that_anybody_could_agree_on() {
    let nowhere: AssetId = format!("eip155:1/erc20:{BOB}").parse().unwrap();
    let refused = World::ethereum().honest().balances(&[holding(ALICE, nowhere)]).unwrap_err();
    assert!(matches!(refused, FeedError::Agreement(AgreementError::TooFew { .. })));
    assert!(refused.to_string().contains("there is no token contract at this address"), "{refused}");
}

#[test]
fn what_is_not_of_this_chain_is_not_looked_up() {
    let world = World::ethereum();
    let mut feed = world.honest();
    for (address, asset) in [
        (ALICE.to_owned(), token_of(137)),
        (ALICE.to_owned(), coin_of(137)),
        (ALICE.to_owned(), format!("eip155:1/erc721:{TOKEN}").parse().unwrap()),
        (ALICE.to_owned(), format!("eip155:1/erc20:{}", TOKEN.to_lowercase()).parse().unwrap()),
        (ALICE.to_owned(), "eip155:1/slip44:0".parse().unwrap()),
        (ALICE.to_lowercase(), coin_of(1)),
        ("T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb".to_owned(), coin_of(1)),
    ] {
        let refused = feed.balances(&[holding(&address, asset.clone())]).unwrap_err();
        assert!(matches!(refused, FeedError::Foreign { .. }), "{address} {asset}: {refused}");
    }
}

#[test]
fn what_tokens_say_of_themselves_is_told() {
    let described = World::ethereum().honest().describe(&[token_of(1), coin_of(1)]).unwrap();
    assert_eq!(
        described,
        [
            Described { asset: token_of(1), decimals: Some(6), symbol: Some("USDT".parse().unwrap()) },
            Described { asset: coin_of(1), decimals: Some(18), symbol: None },
        ]
    );
}

#[test]
fn a_token_that_refuses_to_say_is_silent_and_a_lie_about_it_is_not() {
    let mut silent = World::ethereum().conspired_against(|method, _, answer| {
        if method == "eth_call" {
            *answer = Err((3, "execution reverted".to_owned()));
        }
    });
    let described = silent.describe(&[token_of(1)]).unwrap();
    assert_eq!((described[0].decimals, described[0].symbol.clone()), (None, None));
    let mut lied_to = World::ethereum().lied_to(|method, _, answer| {
        if method == "eth_call" {
            *answer = Ok(json!(hash(18)));
        }
    });
    let refused = lied_to.describe(&[token_of(1)]).unwrap_err().to_string();
    assert!(
        refused.contains("the decimals of eip155:1/erc20") && refused.contains("alpha says 6, beta says 18")
    );
}
