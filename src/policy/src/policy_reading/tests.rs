use super::*;
use crate::succession::SuccessionError;
use crate::test_support::{self as support, edit, line, policy_text};
use crate::toml_text::TomlError;

/// Reads the house's policy with one place changed.
fn altered(from: &str, to: &str) -> PolicyError {
    read(&edit(&policy_text(), from, to)).expect_err("the altered policy was taken")
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn amounts_are_exact_in_the_assets_own_decimals() {
    let policy = read(&policy_text()).unwrap();
    let main: ChainId = "eip155:1".parse().unwrap();
    let tether = policy.asset_by_symbol(&main, "usdt").unwrap();
    assert_eq!(tether.limits.day, Amount::from(250_000_500_000u64));
    assert_eq!(tether.max_fee, Some(Amount::from(20_000_000_000_000_000u64)), "in the chain's native units");
    let ether = policy.native(&main).unwrap();
    assert_eq!((ether.symbol.as_str(), ether.decimals), ("ETH", 18));
    assert_eq!(policy.max_fee(&tether.id), tether.max_fee);
    assert_eq!(policy.max_fee(&ether.id), Some(Amount::from(50_000_000_000_000_000u64)));
    let chain = policy.chain(&main).unwrap();
    assert_eq!(chain.max_gas_price, Some(Amount::from(200_500_000_000u64)));
    assert_eq!(chain.max_fee_percent.points(), 250);
    let sixty = Amount::from_decimal("60", 18).unwrap();
    assert_eq!(policy.approvals_for(&ether.id, sixty), Some(2));
    assert_eq!(policy.approvals_for(&ether.id, sixty.checked_add(Amount::from(1u64)).unwrap()), Some(3));
    assert!(policy.asset_by_symbol(&"eip155:137".parse().unwrap(), "USDT").is_none(), "not on that chain");
}

#[test]
fn epoch_and_previous_go_together() {
    let id = PolicyId::of(b"x");
    for (line, expected) in [
        ("epoch = 0".to_owned(), SuccessionError::Zero),
        ("epoch = 2".to_owned(), SuccessionError::NoPrevious(2)),
        (format!("epoch = 1\nprevious = \"{id}\""), SuccessionError::FirstWithPrevious),
    ] {
        assert_eq!(altered("epoch = 1", &line), PolicyError::Succession(expected));
    }
}

#[test]
fn every_unknown_key_is_refused_by_name() {
    for place in [
        "statement_hours = 72",
        "name = \"alice\"",
        "name = \"vault-1\"",
        "spend = false",
        "id = \"eip155:137\"",
        "symbol = \"USDT\"",
        "above = \"60\"",
    ] {
        let error = altered(place, &format!("{place}\nmax_dya = \"1\""));
        assert!(matches!(error, PolicyError::Toml(TomlError::Malformed { .. })), "{place}: {error}");
        assert!(error.to_string().contains("max_dya"), "{place}: {error}");
    }
    let error = altered("[[chain]]\nid = \"eip155:1\"", "[[chains]]\nid = \"eip155:1\"");
    assert!(error.to_string().contains("chains"), "{error}");
}

#[test]
fn values_of_another_kind_are_refused_with_their_line() {
    for (from, to) in [
        ("epoch = 1", "epoch = -1"),
        ("epoch = 1", "epoch = \"1\""),
        ("epoch = 1", "epoch = 1.0"),
        ("approvals = 2", "approvals = \"2\""),
        ("\"2026-11-20T00:00:00Z\"", "2026-11-20T00:00:00Z"),
        ("\"2026-11-20T00:00:00Z\"", "\"2026-11-20\""),
        ("name = \"alice\"", "name = \"Alice\""),
        ("roles = [\"approver\"]", "roles = [\"admin\"]"),
        ("class = \"cold-long\"", "class = \"Cold Long\""),
        ("label = \"Cold ETH\"", "label = \" Cold ETH\""),
        ("spend = true", "spend = \"yes\""),
        ("max_item = \"50\"", "max_item = 50"),
        ("max_item = \"50\"", "max_item = 50.5"),
        ("decimals = 18", "decimals = 256"),
        ("max_fee_percent = \"2.5\"", "max_fee_percent = \"2.555\""),
        ("max_fee_percent = \"2.5\"", "max_fee_percent = \"101\""),
        ("symbol = \"USDT\"", "symbol = \"USDТ\""),
        ("chain = \"eip155:1\"", "chain = \"ethereum\""),
        ("keys = [\"ssh-ed25519 ", "keys = [\"ssh-rsa "),
    ] {
        let error = altered(from, to);
        let PolicyError::Toml(TomlError::Malformed { line, message }) = &error else {
            panic!("{to}: {error}");
        };
        let text = policy_text();
        let expected = text.split(from).next().unwrap().lines().count();
        assert!(line.abs_diff(expected) <= 1, "{to}: line {line}, not {expected}: {message}");
    }
}

#[test]
fn nothing_may_be_missing() {
    let text = policy_text();
    for gone in [
        "approvals = 2\n",
        "statement_hours = 72\n",
        "not_before = \"2026-11-20T00:00:00Z\"\n",
        "max_fee_day = \"0.5\"\n",
        "max_fee_percent = \"2.5\"\n",
        "spend = false\n",
        "operators = [\"dave\", \"grace\"]\n",
        "decimals = 6\n",
    ] {
        let error = read(&edit(&text, gone, "")).unwrap_err();
        assert!(matches!(error, PolicyError::Toml(TomlError::Malformed { .. })), "{gone}: {error}");
    }
    for (gone, field) in [
        ("max_item = \"50\"\n", "max_item"),
        ("max_request = \"100\"\n", "max_request"),
        ("max_day = \"200\"\n", "max_day"),
    ] {
        let error = read(&edit(&text, gone, "")).unwrap_err();
        assert!(matches!(&error, PolicyError::NoLimit { field: found, .. } if *found == field), "{error}");
    }
}

#[test]
fn amounts_are_never_rounded() {
    for (from, to, field) in [
        ("max_item = \"100000\"", "max_item = \"0.0000001\"", "max_item"),
        ("max_day = \"250000.5\"", "max_day = \"1e6\"", "max_day"),
        ("max_fee = \"0.02\"", "max_fee = \"0.0000000000000000001\"", "max_fee"),
        ("max_fee = \"0.05\"", "max_fee = \"-1\"", "max_fee"),
        ("above = \"60\"", "above = \"6o\"", "tier.above"),
        ("max_gas_price_gwei = \"200.5\"", "max_gas_price_gwei = \"0.0000000001\"", "max_gas_price_gwei"),
    ] {
        let error = altered(from, to);
        assert!(
            matches!(&error, PolicyError::Amount { field: found, .. } if *found == field),
            "{to}: {error}"
        );
    }
}

#[test]
fn a_key_belongs_to_one_person_or_station() {
    for (from, to, owner) in [
        (line(4), line(1), "alice"),
        (line(7), line(2), "bob"),
        (line(50), line(7), "dave"),
        (line(6), format!("{}\", \"{}", line(6), line(6)), "erin"),
    ] {
        let error = altered(&from, &to);
        assert!(matches!(&error, PolicyError::Twice { what: "key", with, .. } if with == owner), "{error}");
    }
    let second =
        format!("[[station]]\nname = \"vault-2\"\nkey = \"{}\"\noperators = []\n\n[[account]]", line(50));
    let error = altered("[[account]]", &second);
    assert!(
        matches!(&error, PolicyError::Twice { what: "key", with, .. } if with == "station vault-1"),
        "{error}"
    );
}

#[test]
fn duplicates_are_refused_wherever_they_stand() {
    let cold = support::cold().to_string();
    let warm = support::warm().to_string();
    for (from, to, what) in [
        ("name = \"frank\"", "name = \"alice\"", "person"),
        ("id = \"eip155:137\"", "id = \"eip155:1\"", "chain"),
        (&warm, &cold, "account"),
        ("label = \"Warm ETH\"", "label = \"COLD eth\"", "label"),
        (
            "0x2222222222222222222222222222222222222222",
            "0x1111111111111111111111111111111111111111",
            "address",
        ),
        ("operators = [\"dave\", \"grace\"]", "operators = [\"dave\", \"dave\"]", "operator"),
    ] {
        let error = altered(from, to);
        assert!(matches!(&error, PolicyError::Twice { what: found, .. } if *found == what), "{to}: {error}");
    }
    let again = "[[asset]]\nid = \"eip155:1/erc20:0xDAC17F958D2EE523A2206206994597C13D831EC7\"\nsymbol = \"XYZ\"\ndecimals = 6\nmax_item = \"1\"\nmax_request = \"1\"\nmax_day = \"1\"\n\n";
    let error = read(&format!("{}{again}", policy_text())).unwrap_err();
    assert!(matches!(error, PolicyError::Twice { what: "asset", .. }), "{error}");
    let station =
        format!("[[station]]\nname = \"vault-1\"\nkey = \"{}\"\noperators = []\n\n[[account]]", line(51));
    let error = altered("[[account]]", &station);
    assert!(matches!(error, PolicyError::Twice { what: "station", .. }), "{error}");
    let error = altered("\"preparer\", \"approver\"", "\"preparer\", \"preparer\"");
    assert_eq!(error, PolicyError::RoleTwice(name("bob")));
}

#[test]
fn addresses_that_differ_in_case_are_one_address() {
    let lower = edit(
        &policy_text(),
        "0x1111111111111111111111111111111111111111",
        "0xabcdefabcdefabcdefabcdefabcdefabcdefabcd",
    );
    let upper = edit(
        &lower,
        "0x2222222222222222222222222222222222222222",
        "0xABCDEFabcdefabcdefabcdefabcdefabcdefabcd",
    );
    assert!(matches!(read(&upper), Err(PolicyError::Twice { what: "address", .. })));
}

#[test]
fn symbols_that_look_alike_on_a_chain_are_refused() {
    for symbol in ["USDT", "usdt", "USD-T", "U5DT", "USD₮"] {
        let token = format!(
            "[[asset]]\nid = \"eip155:1/erc20:0x5555555555555555555555555555555555555555\"\nsymbol = \"{symbol}\"\ndecimals = 6\nmax_item = \"1\"\nmax_request = \"1\"\nmax_day = \"1\"\n"
        );
        let error = read(&format!("{}\n{token}", policy_text())).unwrap_err();
        assert!(matches!(error, PolicyError::SymbolLooksAlike { .. }), "{symbol}: {error}");
        // On another chain the same symbol is another asset's.
        let elsewhere = token.replace("eip155:1/", "eip155:137/");
        assert!(read(&format!("{}\n{elsewhere}", policy_text())).is_ok(), "{symbol}");
    }
}

#[test]
fn what_is_named_must_be_listed() {
    for (from, to, what) in [
        ("station = \"vault-1\"", "station = \"vault-9\"", "station"),
        ("operators = [\"dave\", \"grace\"]", "operators = [\"mallory\"]", "person"),
        ("chain = \"eip155:137\"", "chain = \"eip155:10\"", "chain"),
        ("id = \"eip155:1/erc20", "id = \"eip155:10/erc20", "chain"),
    ] {
        let error = altered(from, to);
        assert!(
            matches!(&error, PolicyError::Unknown { what: found, .. } if *found == what),
            "{to}: {error}"
        );
    }
    let error = altered("operators = [\"dave\", \"grace\"]", "operators = [\"alice\"]");
    assert_eq!(error, PolicyError::NoOperator { station: name("vault-1"), person: name("alice") });
}

#[test]
fn each_chain_has_exactly_one_native_asset() {
    let error =
        altered("eip155:137/slip44:966", "eip155:137/erc20:0x5555555555555555555555555555555555555555");
    assert!(matches!(error, PolicyError::Native { found: 0, .. }), "{error}");
    let error = altered("eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7", "eip155:1/slip44:61");
    assert!(matches!(error, PolicyError::Native { found: 2, .. }), "{error}");
}

#[test]
fn tiers_ascend_in_both() {
    let tier = |above: &str, approvals: u32| {
        format!(
            "above = \"60\"\napprovals = 3\n\n[[asset.tier]]\nabove = \"{above}\"\napprovals = {approvals}"
        )
    };
    for (to, number) in [
        (tier("60", 4), 2),
        (tier("59", 4), 2),
        (tier("61", 3), 2),
        (tier("61", 2), 2),
        ("above = \"60\"\napprovals = 2".to_owned(), 1),
    ] {
        let error = altered("above = \"60\"\napprovals = 3", &to);
        assert!(
            matches!(error, PolicyError::Tiers { number: found, .. } if found == number),
            "{to}: {error}"
        );
    }
}

#[test]
fn other_contradictions_are_refused() {
    assert!(matches!(altered("max_fee = \"0.02\"", "max_fee = \"0.06\""), PolicyError::FeeAboveChain { .. }));
    for class in ["own", "revoke"] {
        let error = altered("class = \"warm\"", &format!("class = \"{class}\""));
        assert!(matches!(error, PolicyError::ReservedClass { .. }), "{error}");
    }
    for hours in [0u32, 721] {
        let error = altered("statement_hours = 72", &format!("statement_hours = {hours}"));
        assert_eq!(error, PolicyError::StatementHours { found: hours, limit: 720 });
    }
    assert!(matches!(altered("decimals = 6", "decimals = 37"), PolicyError::Decimals { found: 37, .. }));
    // So many that no amount could be read in them.
    assert!(matches!(altered("decimals = 18", "decimals = 200"), PolicyError::Decimals { found: 200, .. }));
    let keyless = altered(&format!("keys = [\"{} frank\"]", line(5)), "keys = []");
    assert_eq!(keyless, PolicyError::NoKey(name("frank")));
    let tron = "[[chain]]\nid = \"tron:0x2b6653dc\"\nmax_fee = \"50\"\nmax_fee_percent = \"1\"\nmax_fee_day = \"500\"\nmax_gas_price_gwei = \"1\"\n\n[[asset]]\nid = \"tron:0x2b6653dc/slip44:195\"\nsymbol = \"TRX\"\ndecimals = 6\nmax_item = \"1\"\nmax_request = \"1\"\nmax_day = \"1\"\n";
    let error = read(&format!("{}\n{tron}", policy_text())).unwrap_err();
    assert!(matches!(error, PolicyError::NoGas(_)), "{error}");
}

#[test]
fn leave_to_sign_unseen_names_assets_of_the_accounts_chain() {
    let spends = "spend = true\n\n[[account]]\nid";
    let leave = |assets: &str| {
        format!("spend = true\nblind = {{ device = \"ledger\", assets = [{assets}] }}\n\n[[account]]\nid")
    };
    let tether = "\"eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7\"";
    let text = policy_text().replacen(spends, &leave(tether), 1);
    let policy = read(&text).unwrap();
    let cold = policy.account_labelled("Cold ETH").unwrap();
    let given = cold.blind.as_ref().unwrap();
    assert_eq!((given.device.as_str(), given.assets.len()), ("ledger", 1));
    let error = |assets: &str| read(&policy_text().replacen(spends, &leave(assets), 1)).unwrap_err();
    let elsewhere = error("\"eip155:137/slip44:966\"");
    assert!(elsewhere.to_string().contains("which is of another chain"), "{elsewhere}");
    assert!(matches!(elsewhere, PolicyError::BlindElsewhere { .. }));
    let unknown = error("\"eip155:1/erc20:0x1111111111111111111111111111111111111111\"");
    assert!(matches!(unknown, PolicyError::Unknown { what: "asset", .. }), "{unknown}");
    let twice = error(&format!("{tether}, {tether}"));
    assert!(matches!(twice, PolicyError::Twice { what: "asset", .. }), "{twice}");
}

#[test]
fn descriptors_are_bytes_for_a_kind_of_device() {
    let with = |descriptor: &str| {
        let line = format!("max_fee = \"0.02\"\ndescriptor = {{ {descriptor} }}\n");
        read(&edit(&policy_text(), "max_fee = \"0.02\"\n", &line))
    };
    let policy = with("ledger = \"0455534454\"").unwrap();
    let main: ChainId = "eip155:1".parse().unwrap();
    let tether = policy.asset_by_symbol(&main, "USDT").unwrap();
    assert_eq!(tether.descriptors.get(&name("ledger")).map(Vec::as_slice), Some(b"\x04USDT".as_slice()));
    for bad in
        ["ledger = \"\"", "ledger = \"0\"", "ledger = \"0G\"", "ledger = \"AB\"", "\"Led ger\" = \"00\""]
    {
        let error = with(bad).unwrap_err();
        assert!(matches!(error, PolicyError::Descriptor { .. }), "{bad}: {error}");
        assert!(error.to_string().contains("lower-case hex"), "{error}");
    }
}
