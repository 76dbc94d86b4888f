//! The preview against the screens that were recorded.

use strongroom_protocol::{Amount, Effects, Intent, Slots, Timestamp};
use strongroom_signing::{Described, DeviceKind, Preview, PreviewItem, Sight};

use super::recordings::{Signing, USDC, account, descriptor, signing, signings};
use crate::Ledger;

pub(super) fn preview(signing: &Signing, descriptor: Option<&[u8]>) -> Preview {
    preview_of(signing, descriptor, ("USDC", 6))
}

/// What is foretold where the policy's registry calls the token this.
fn preview_of(signing: &Signing, descriptor: Option<&[u8]>, (symbol, decimals): (&str, u8)) -> Preview {
    let account = account(signing.chain_id());
    let intent = Intent {
        account: account.id(),
        actions: Vec::new(),
        max_fee: Amount::ZERO,
        not_after: Timestamp::from_unix(0),
        reference: "invoice 7".parse().unwrap(),
        reason: None,
    };
    let effects = Effects {
        moves: Vec::new(),
        grants: Vec::new(),
        fee_cap: Amount::ZERO,
        fee_asset: "eip155:1/slip44:60".parse().unwrap(),
        slots: Slots::Exclusive(Vec::new()),
    };
    let unsigned = strongroom_protocol::Unsigned(signing.unsigned.clone());
    let asset = USDC.parse().unwrap();
    let described = descriptor.map(|descriptor| Described { asset: &asset, symbol, decimals, descriptor });
    let (account, intent, unsigned, effects) = (&account, &intent, &unsigned, &effects);
    Ledger.preview(&PreviewItem { account, intent, unsigned, effects, described })
}

/// Title and text run together, without line breaks and page numbers.
fn recorded(signing: &Signing) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for screen in signing.last().screens() {
        let (title, text) = screen.split_once(" / ").unwrap_or((&screen, ""));
        let text = text.replace(" / ", "");
        match title.split_once(" (") {
            Some((title, "1/2)")) => all.push(format!("{title}{text}")),
            Some((_, "2/2)")) => all.last_mut().unwrap().push_str(&text),
            _ => all.push(format!("{title}{text}")),
        }
    }
    all.retain(|screen| screen != "Reject transaction");
    all
}

pub(super) fn flat(preview: &Preview) -> Vec<String> {
    preview.screens.iter().map(|screen| format!("{}{}", screen.title, screen.text)).collect()
}

#[test]
fn previews_are_what_was_recorded() {
    let (command, _) = descriptor();
    let mut compared = 0;
    for signing in signings() {
        let screens = recorded(&signing);
        if screens.is_empty() {
            continue;
        }
        let told = signing.op().ends_with("after token info");
        let preview = preview(&signing, told.then_some(&command[5..]));
        let mut foreseen = flat(&preview);
        let erc20 = signing.op().starts_with("ERC-20");
        if erc20 && !told {
            // The app still held the descriptor of the transfer before: it showed that token's amount.
            let send = screens.iter().position(|screen| screen.starts_with("Send")).unwrap();
            assert_eq!(screens[send], "Send1.234567 USDC");
            assert!(foreseen[send].starts_with("Send(not to be believed"));
            foreseen[send].clone_from(&screens[send]);
        }
        assert_eq!(foreseen, screens, "{}", signing.op());
        assert_eq!(preview.sight.is_blind(), screens[0].starts_with("Blind signing"), "{}", signing.op());
        compared += 1;
    }
    assert_eq!(compared, 27);
}

#[test]
fn a_token_that_the_policy_calls_otherwise_is_blind() {
    let (command, _) = descriptor();
    let described = Some(&command[5..]);
    let usdc =
        signings().into_iter().find(|signing| preview(signing, described) != preview(signing, None)).unwrap();
    assert_eq!(preview(&usdc, described).sight, Sight::Clear);
    for called in [("USDT", 6), ("USDC", 18)] {
        let Sight::Blind(_) = preview_of(&usdc, described, called).sight else {
            panic!("shown as {called:?}")
        };
    }
}

#[test]
fn a_token_is_blind_without_its_own_descriptor() {
    let (command, _) = descriptor();
    let unknown = signing("ERC-20 transfer of unknown token EIP-1559");
    for descriptor in [None, Some(&command[5..]), Some(&[][..])] {
        let Sight::Blind(why) = preview(&unknown, descriptor).sight else { panic!("shown in clear") };
        assert!(!why.is_empty());
    }
    let usdc = signing("ERC-20 USDC transfer EIP-1559 after token info");
    assert_eq!(preview(&usdc, Some(&command[5..])).sight, Sight::Clear);
    assert!(preview(&usdc, Some(&command[5..command.len() - 1])).sight.is_blind());
}

#[test]
fn what_the_screens_of_were_never_recorded_is_blind() {
    let (command, _) = descriptor();
    let mut signing = signing("ERC-20 USDC transfer EIP-1559 after token info");
    let at = signing.unsigned.windows(4).position(|w| w == [0xa9, 0x05, 0x9c, 0xbb]).unwrap();
    signing.unsigned[at..at + 4].copy_from_slice(&[0x09, 0x5e, 0xa7, 0xb3]);
    assert!(preview(&signing, Some(&command[5..])).sight.is_blind(), "an allowance");
}
