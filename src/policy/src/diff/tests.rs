use super::*;
use crate::book::Book;
use crate::policy::Policy;
use crate::test_support::{self as support, book_text, edit, line, policy_text};

use Effect::{Loosens, Neutral, Tightens};

/// What changes when one place of the house's policy does.
fn policy_change(from: &str, to: &str) -> Vec<(Effect, String)> {
    let new = Policy::unsigned(&edit(&policy_text(), from, to)).unwrap();
    let forth = diff_policies(&support::policy(), &new);
    let back = diff_policies(&new, &support::policy());
    assert_eq!(forth.len(), back.len(), "{from} → {to}");
    forth.into_iter().map(|change| (change.effect, format!("{}: {}", change.place, change.what))).collect()
}

fn book_change(from: &str, to: &str) -> Vec<(Effect, String)> {
    let new = Book::unsigned(&edit(&book_text(), from, to)).unwrap();
    let forth = diff_books(&support::book(), &new);
    forth.into_iter().map(|change| (change.effect, format!("{}: {}", change.place, change.what))).collect()
}

#[test]
fn the_same_is_no_change() {
    assert!(diff_policies(&support::policy(), &support::policy()).is_empty());
    assert!(diff_books(&support::book(), &support::book()).is_empty());
}

#[test]
fn each_bound_of_a_policy_has_a_direction() {
    for (from, to, effect, words) in [
        ("approvals = 2", "approvals = 1", Loosens, "policy: approvals 2 → 1"),
        ("statement_hours = 72", "statement_hours = 73", Loosens, "policy: statement_hours 72 → 73"),
        ("statement_hours = 72", "statement_hours = 71", Tightens, "policy: statement_hours 72 → 71"),
        (
            "review_by = \"2027-11-20T00:00:00Z\"\n",
            "",
            Loosens,
            "policy: review_by 2027-11-20T00:00:00Z → none",
        ),
        (
            "2027-11-20",
            "2027-11-19",
            Tightens,
            "policy: review_by 2027-11-20T00:00:00Z → 2027-11-19T00:00:00Z",
        ),
        (
            "2026-11-20",
            "2026-11-21",
            Neutral,
            "policy: not_before 2026-11-20T00:00:00Z → 2026-11-21T00:00:00Z",
        ),
        ("max_fee = \"0.05\"", "max_fee = \"0.06\"", Loosens, "chain eip155:1: max_fee 0.05 ETH → 0.06 ETH"),
        (
            "max_fee_day = \"0.5\"",
            "max_fee_day = \"0.4\"",
            Tightens,
            "chain eip155:1: max_fee_day 0.5 ETH → 0.4 ETH",
        ),
        ("\"2.5\"", "\"2.51\"", Loosens, "chain eip155:1: max_fee_percent 2.5% → 2.51%"),
        ("max_gas_price_gwei = \"200.5\"\n", "", Loosens, "chain eip155:1: max_gas_price_gwei 200.5 → none"),
        (
            "max_item = \"50\"",
            "max_item = \"50.000000000000000001\"",
            Loosens,
            "asset eip155:1/slip44:60 (ETH): max_item 50 ETH → 50.000000000000000001 ETH",
        ),
        (
            "max_day = \"200\"",
            "max_day = \"199\"",
            Tightens,
            "asset eip155:1/slip44:60 (ETH): max_day 200 ETH → 199 ETH",
        ),
        (
            "max_fee = \"0.02\"\n",
            "",
            Loosens,
            "asset eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7 (USDT): max_fee 0.02 ETH → none",
        ),
        ("spend = false", "spend = true", Loosens, "account Warm ETH: spend false → true"),
        ("class = \"warm\"", "class = \"cold-long\"", Loosens, "account Warm ETH: class warm → cold-long"),
    ] {
        assert_eq!(policy_change(from, to), [(effect, words.to_owned())]);
    }
}

#[test]
fn people_who_come_loosen_and_people_who_go_tighten() {
    let bob = "name = \"bob\"\nroles = [\"preparer\", \"approver\"]";
    assert_eq!(
        policy_change(bob, "name = \"bob\"\nroles = [\"preparer\"]"),
        [(Tightens, "person bob: role approver removed".into())]
    );
    let all = "name = \"bob\"\nroles = [\"preparer\", \"approver\", \"operator\"]";
    assert_eq!(policy_change(bob, all), [(Loosens, "person bob: role operator added".into())]);
    let changes = policy_change(&line(5), &line(9));
    assert_eq!(
        changes.iter().map(|(effect, _)| *effect).collect::<Vec<_>>(),
        [Loosens, Tightens],
        "another key"
    );
    let changes = policy_change("operators = [\"dave\", \"grace\"]", "operators = [\"dave\"]");
    assert_eq!(changes, [(Tightens, "station vault-1: operator grace removed".into())]);
    let cold = "operators = [\"dave\", \"grace\"]\nrequire_cold = true";
    let changes = policy_change("operators = [\"dave\", \"grace\"]", cold);
    assert_eq!(changes, [(Tightens, "station vault-1: require_cold false → true".into())]);
    let (old, new) = (
        Policy::unsigned(&edit(&policy_text(), "operators = [\"dave\", \"grace\"]", cold)),
        support::policy(),
    );
    assert_eq!(
        diff_policies(&old.unwrap(), &new).iter().map(|change| change.effect).collect::<Vec<_>>(),
        [Loosens]
    );
    let changes = policy_change(&line(50), &line(51));
    assert!(
        changes.iter().all(|(effect, _)| *effect == Loosens) && changes.len() == 4,
        "station and its accounts: {changes:?}"
    );
    let heidi = format!(
        "[[person]]\nname = \"heidi\"\nroles = [\"approver\"]\nkeys = [\"{}\"]\n\n[[station]]",
        line(20)
    );
    let changes = policy_change("[[station]]", &heidi);
    assert!(
        matches!(changes.as_slice(), [(Loosens, what)] if what.starts_with("person heidi: added: approver, SHA256:")),
        "{changes:?}"
    );
}

#[test]
fn entries_that_go_tighten() {
    let text = policy_text();
    let warm = text.split("[[account]]").nth(2).unwrap();
    let changes = policy_change(&format!("[[account]]{warm}"), "");
    assert!(
        matches!(changes.as_slice(), [(Tightens, what)] if what.starts_with("account Warm ETH: removed")),
        "{changes:?}"
    );
}

#[test]
fn a_chain_that_comes_is_shown_with_its_caps() {
    let chain = "[[chain]]\nid = \"eip155:10\"\nmax_fee = \"0.01\"\nmax_fee_percent = \"1\"\nmax_fee_day = \"0.1\"\n\n[[asset]]\nid = \"eip155:10/slip44:60\"\nsymbol = \"ETH\"\ndecimals = 18\nmax_item = \"1\"\nmax_request = \"2\"\nmax_day = \"3\"\n\n[[chain]]\nid = \"eip155:1\"";
    assert_eq!(
        policy_change("[[chain]]\nid = \"eip155:1\"", chain),
        [
            (Loosens, "chain eip155:10: added: fees up to 0.01 ETH and 1% an item, 0.1 ETH a day".to_owned()),
            (
                Loosens,
                "asset eip155:10/slip44:60 (ETH): added: 18 decimals, up to 1 ETH an item, 2 ETH a request, 3 ETH a day"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn another_meaning_of_the_same_word_loosens() {
    let changes = policy_change("symbol = \"USDT\"", "symbol = \"USDC\"");
    assert!(
        matches!(changes.as_slice(), [(Loosens, what)] if what.ends_with("symbol USDT → USDC")),
        "{changes:?}"
    );
    // With other decimals the same text is another amount: in base units the limits are tighter, in words not.
    let changes = policy_change("decimals = 6", "decimals = 5");
    assert!(
        changes.contains(&(
            Loosens,
            "asset eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7 (USDT): decimals 6 → 5".into()
        )),
        "{changes:?}"
    );
    assert_eq!(changes.len(), 4);
}

#[test]
fn tiers_are_compared_by_what_they_ask_for() {
    let tier = "above = \"60\"\napprovals = 3";
    let effect = |to: &str| policy_change(tier, to).into_iter().map(|(effect, _)| effect).collect::<Vec<_>>();
    assert_eq!(effect("above = \"61\"\napprovals = 3"), [Loosens]);
    assert_eq!(effect("above = \"59\"\napprovals = 3"), [Tightens]);
    assert_eq!(effect("above = \"60\"\napprovals = 4"), [Tightens]);
    // More for large amounts, but fewer for some: that is looser.
    assert_eq!(effect("above = \"61\"\napprovals = 9"), [Loosens]);
    assert_eq!(
        effect("above = \"60\"\napprovals = 3\n\n[[asset.tier]]\nabove = \"80\"\napprovals = 4"),
        [Tightens]
    );
    assert_eq!(
        policy_change(&format!("[[asset.tier]]\n{tier}\n"), ""),
        [(Loosens, "asset eip155:1/slip44:60 (ETH): approvals 3 above 60 ETH → none".into())]
    );
}

#[test]
fn books_are_compared_by_address() {
    for (from, to, effect, words) in [
        (
            "class = \"custodian\"",
            "class = \"bank\"",
            Loosens,
            "destination Custodian: class custodian → bank",
        ),
        (
            "memo = \"acct 7\"",
            "memo = \"acct 8\"",
            Loosens,
            "destination Custodian: memo \"acct 7\" → \"acct 8\"",
        ),
        ("memo = \"acct 7\"\n", "", Loosens, "destination Custodian: memo \"acct 7\" → none"),
        ("[\"ETH\", \"USDT\"]", "[\"ETH\"]", Tightens, "destination Exchange deposit: asset USDT removed"),
        (
            "[\"POL\"]",
            "[\"POL\", \"USDC\"]",
            Loosens,
            "destination Exchange deposit Polygon: asset USDC added",
        ),
        (
            "not_before = \"2026-12-01T00:00:00Z\"\n",
            "",
            Loosens,
            "destination Custodian: not_before 2026-12-01T00:00:00Z → none",
        ),
        (
            "2026-12-01",
            "2026-12-02",
            Tightens,
            "destination Custodian: not_before 2026-12-01T00:00:00Z → 2026-12-02T00:00:00Z",
        ),
        (
            "2027-12-01",
            "2027-12-02",
            Loosens,
            "destination Custodian: not_after 2027-12-01T00:00:00Z → 2027-12-02T00:00:00Z",
        ),
        (
            "not_after = \"2027-12-01T00:00:00Z\"\n",
            "",
            Loosens,
            "destination Custodian: not_after 2027-12-01T00:00:00Z → none",
        ),
        (
            "label = \"Custodian\"",
            "label = \"Bank\"",
            Loosens,
            "destination Bank: label \"Custodian\" → \"Bank\"",
        ),
    ] {
        assert_eq!(book_change(from, to), [(effect, words.to_owned())]);
    }
    // A label that now stands for another address is one that goes and one that comes.
    let changes = book_change(
        "0x4444444444444444444444444444444444444444",
        "0x5555555555555555555555555555555555555555",
    );
    assert_eq!(changes.iter().map(|(effect, _)| *effect).collect::<Vec<_>>(), [Loosens, Tightens]);
    assert!(changes[0].1.contains("added: 0x5555"), "{changes:?}");
}

#[test]
fn one_looser_line_makes_the_whole_looser() {
    let change = |effect| Change { effect, place: "x".into(), what: "y".into() };
    assert!(loosens(&[change(Tightens), change(Loosens)]));
    assert!(!loosens(&[change(Tightens), change(Neutral)]));
    assert_eq!(change(Loosens).to_string(), "loosens   x: y");
}

#[test]
fn signing_unseen_loosens_and_no_longer_signing_unseen_tightens() {
    let with = |leave: &str| {
        let spends = "spend = true\n\n[[account]]\nid";
        Policy::unsigned(&policy_text().replacen(
            spends,
            &format!("spend = true\n{leave}\n[[account]]\nid"),
            1,
        ))
        .unwrap()
    };
    let none = with("");
    let ledger = with("blind = { device = \"ledger\", assets = [\"eip155:1/slip44:60\"] }\n");
    let trezor = with("blind = { device = \"trezor\", assets = [\"eip155:1/slip44:60\"] }\n");
    let change = |old: &Policy, new: &Policy| {
        let changes = diff_policies(old, new).into_iter();
        changes.map(|change| (change.effect, change.what)).collect::<Vec<_>>()
    };
    let asset = "asset signed unseen";
    let came = change(&none, &ledger);
    assert_eq!(came.len(), 1);
    assert!(came[0].0 == Loosens && came[0].1.contains(asset), "{came:?}");
    let went = change(&ledger, &none);
    assert!(went.len() == 1 && went[0].0 == Tightens && went[0].1.contains(asset), "{went:?}");
    let other = change(&ledger, &trezor);
    assert!(other.len() == 1 && other[0].0 == Loosens && other[0].1.contains("ledger → trezor"), "{other:?}");
}

#[test]
fn a_descriptor_is_another_meaning() {
    let text = edit(
        &policy_text(),
        "max_fee = \"0.02\"\n",
        "max_fee = \"0.02\"\ndescriptor = { ledger = \"00\" }\n",
    );
    let new = Policy::unsigned(&text).unwrap();
    let changes = diff_policies(&support::policy(), &new);
    assert!(changes.len() == 1 && changes[0].effect == Loosens, "{changes:?}");
}
