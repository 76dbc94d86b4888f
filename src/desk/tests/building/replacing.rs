//! What is done to a request after it was written: bump, void, refresh, abandon, split, wrap.

use serde_json::{Value, json};
use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::{Action, Amount, Codec as _, EvmFacts, EvmFees, Facts, Intent};

use crate::house::{COLD, EXCHANGE, House, SUPPLIER, exists};
use crate::nodes::{Chain, GWEI};
use crate::paying::{house, pay, read};
use crate::run::{Run, run};

fn go(house: &House, chain: &Chain, out: &str, args: &[&str]) -> Run {
    let out = house.file(out).display().to_string();
    let mut all: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    all.extend(["-o".to_owned(), out]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    run(house, chain, &all)
}

fn path(house: &House, name: &str) -> String {
    house.file(name).display().to_string()
}

fn price(data: &Value) -> u128 {
    data["items"][0]["versions"][0]["max_fee_per_gas"].as_str().unwrap().parse().unwrap()
}

fn slot(number: u64) -> String {
    format!("eip155:1:{COLD}/{number}")
}

fn three(house: &House, chain: &Chain) -> Vec<String> {
    ["a", "b", "c"]
        .iter()
        .map(|name| {
            let data = pay(house, chain, "1", &format!("INV-{name}"), &format!("{name}.req")).data();
            data["request"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn a_bump_within_the_cap_keeps_plan_and_slot_and_raises_the_fee() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "pay.req").data();
    let bumped = go(&house, &chain, "bump.req", &["bump", &path(&house, "pay.req")]).data();
    assert_eq!(bumped["plan"], first["plan"]);
    assert_eq!(bumped["items"][0]["slot"], first["items"][0]["slot"]);
    assert!(price(&bumped) * 8 >= price(&first) * 9, "{} after {}", price(&bumped), price(&first));
    let again = go(&house, &chain, "again.req", &["bump", first["request"].as_str().unwrap()]).data();
    assert!(price(&again) * 8 >= price(&bumped) * 9, "the bump before it counts too");
    assert_eq!(read(&house, "pay.req").plan, read(&house, "again.req").plan, "the same signature");
}

#[test]
fn a_bump_above_the_cap_is_a_new_plan_for_the_same_payment_on_the_same_slot() {
    let (house, chain) = house();
    let out = path(&house, "pay.req");
    let args = [
        "pay",
        "Cold 0",
        "Exchange A",
        "1",
        "ETH",
        "--reference",
        "INV-1",
        "--max-fee",
        "0.0005",
        "--agent",
        "-o",
        &out,
    ];
    let first = run(&house, &chain, &args).data();
    chain.now(|truth| truth.base_fee = 100 * GWEI);
    let refused = go(&house, &chain, "bump.req", &["bump", &out]).error();
    assert_eq!((refused.0, refused.1.as_str()), (3, "fee-cap"), "{}", refused.2);
    let unsigned = go(&house, &chain, "bump.req", &["bump", &out, "--max-fee", "0.009"]).error();
    assert_eq!((unsigned.0, unsigned.1.as_str()), (2, "key"));
    let over = go(&house, &chain, "bump.req", &["bump", &out, "--max-fee", "0.02", "--agent"]).error();
    assert_eq!((over.0, over.1.as_str()), (3, "fee-absolute"));
    assert!(!exists(&house.file("bump.req")));
    let dearer = go(&house, &chain, "bump.req", &["bump", &out, "--max-fee", "0.009", "--agent"]).data();
    assert_ne!(dearer["plan"], first["plan"]);
    assert_eq!(dearer["items"][0]["slot"], first["items"][0]["slot"]);
    assert_eq!(dearer["items"][0]["reference"], "INV-1");
    assert_eq!(dearer["items"][0]["payments"], first["items"][0]["payments"]);
}

#[test]
fn what_is_mined_is_not_bumped() {
    let (house, chain) = house();
    pay(&house, &chain, "1", "INV-1", "pay.req").data();
    chain.now(|truth| truth.counts.insert(COLD.to_lowercase(), 8));
    let refused = go(&house, &chain, "bump.req", &["bump", &path(&house, "pay.req")]).error();
    assert_eq!((refused.0, refused.1.as_str()), (1, "nothing-left"), "{}", refused.2);
}

#[test]
fn a_void_beats_everything_written_for_its_slot_and_pays_nobody() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "pay.req").data();
    for (named, out) in [("7".to_owned(), "void.req"), (slot(7), "void-2.req")] {
        let void = go(&house, &chain, out, &["void", "Cold 0", &named, "--agent"]).data();
        assert_eq!(void["items"][0]["slot"], slot(7));
        assert_eq!(void["items"][0]["payments"], json!([]));
        assert!(price(&void) * 8 >= price(&first) * 9);
        let request = read(&house, out);
        assert_eq!(
            request.plan.value().intents[0].actions,
            [Action::Void { slot: slot(7).parse().unwrap() }]
        );
    }
    let next = pay(&house, &chain, "1", "INV-2", "next.req").data();
    assert_eq!(next["items"][0]["nonce"], "8");
    let spent = go(&house, &chain, "void-6.req", &["void", "Cold 0", "6", "--agent"]).error();
    assert_eq!((spent.0, spent.1.as_str()), (1, "slot-spent"));
    for bad in [slot(7).replace(COLD, EXCHANGE), "7x".to_owned()] {
        assert_eq!(
            go(&house, &chain, "bad.req", &["void", "Cold 0", &bad, "--agent"]).error().1,
            "slot",
            "{bad}"
        );
    }
}

#[test]
fn a_refresh_keeps_plan_and_slots_and_takes_the_market_as_it_is() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "pay.req").data();
    chain.now(|truth| truth.base_fee = 5 * GWEI);
    let fresh = go(&house, &chain, "fresh.req", &["request", "refresh", &path(&house, "pay.req")]).data();
    assert_eq!(fresh["plan"], first["plan"]);
    assert_eq!(fresh["items"][0]["slot"], first["items"][0]["slot"]);
    assert!(price(&fresh) < price(&first), "nothing was signed: the fee may fall");
    assert_ne!(fresh["request"], first["request"]);
}

#[test]
fn a_refresh_takes_another_slot_only_where_something_else_has_spent_it() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "pay.req").data();
    chain.now(|truth| truth.counts.insert(COLD.to_lowercase(), 8));
    let run = go(&house, &chain, "fresh.req", &["request", "refresh", &path(&house, "pay.req")]);
    let fresh = run.data();
    assert_eq!(fresh["plan"], first["plan"]);
    assert_eq!(fresh["items"][0]["slot"], slot(8));
    assert!(run.json()["warnings"][0].as_str().unwrap().contains(&slot(7)));
}

#[test]
fn an_expired_plan_is_not_refreshed() {
    let (house, chain) = house();
    let out = path(&house, "pay.req");
    let args = [
        "pay",
        "Cold 0",
        "Exchange A",
        "1",
        "ETH",
        "--reference",
        "INV-1",
        "--until",
        "1h",
        "--agent",
        "-o",
        &out,
    ];
    run(&house, &chain, &args).data();
    let late = crate::run::run_later(
        &house,
        &chain,
        7200,
        &["request", "refresh", &out, "-o", &path(&house, "f.req")],
    );
    assert_eq!((late.exit, late.error().1.as_str()), (6, "not-after"));
}

#[test]
fn the_highest_slots_come_free_and_the_others_are_gaps_to_void() {
    let (house, chain) = house();
    let ids = three(&house, &chain);
    let middle = run(&house, &chain, &["request", "abandon", &ids[1]]).data();
    assert_eq!(middle["freed"], json!([]));
    assert_eq!(middle["gaps"][0]["slot"], slot(8));
    let command = middle["gaps"][0]["command"].as_str().unwrap();
    assert_eq!(command, "strongroom void \"Cold 0\" 8 --agent -o void-8.req");
    let next = pay(&house, &chain, "1", "INV-d", "d.req").data();
    assert_eq!(next["items"][0]["nonce"], "10", "a gap is not given out again");
    let next = next["request"].as_str().unwrap();
    assert_eq!(run(&house, &chain, &["request", "abandon", next]).data()["freed"], json!([slot(10)]));
    // With the last one the gap before it is the highest as well.
    let last = run(&house, &chain, &["request", "abandon", &ids[2]]).data();
    assert_eq!(last["freed"], json!([slot(8), slot(9)]));
    assert_eq!(last["gaps"], json!([]));
    assert_eq!(pay(&house, &chain, "1", "INV-b", "e.req").data()["items"][0]["nonce"], "8");
}

#[test]
fn a_slot_that_another_version_holds_is_no_gap() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "pay.req").data();
    go(&house, &chain, "bump.req", &["bump", &path(&house, "pay.req")]).data();
    let gone = run(&house, &chain, &["request", "abandon", first["request"].as_str().unwrap()]).data();
    assert_eq!((&gone["freed"], &gone["gaps"]), (&json!([]), &json!([])));
    assert_eq!(pay(&house, &chain, "1", "INV-2", "next.req").data()["items"][0]["nonce"], "8");
}

#[test]
fn giving_up_twice_changes_nothing() {
    let (house, chain) = house();
    let ids = three(&house, &chain);
    run(&house, &chain, &["request", "abandon", &ids[2]]).data();
    let again = run(&house, &chain, &["request", "abandon", &ids[2]]).data();
    assert_eq!((&again["freed"], &again["gaps"]), (&json!([]), &json!([])));
}

fn batch(house: &House, chain: &Chain) -> Value {
    let lines: String = (1..=5).map(|n| format!("Cold 0,Exchange A,1,ETH,INV-{n},\n")).collect();
    let file = house.write("p.csv", &format!("account,to,amount,asset,reference,reason\n{lines}"));
    let out = path(house, "batch.req");
    run(house, chain, &["pay", "--batch", &file.display().to_string(), "--agent", "-o", &out]).data()
}

#[test]
fn a_split_carries_the_other_lines_under_the_same_plan() {
    let (house, chain) = house();
    let whole = batch(&house, &chain);
    let file = path(&house, "batch.req");
    let rest = go(&house, &chain, "rest.req", &["request", "split", &file, "--drop", "2,4-5"]).data();
    assert_eq!(rest["plan"], whole["plan"]);
    let lines: Vec<_> =
        rest["items"].as_array().unwrap().iter().map(|item| item["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 3]);
    assert_eq!(rest["items"][1]["slot"], slot(9));
    assert_eq!(rest["slots"]["freed"], json!([slot(10), slot(11)]));
    assert_eq!(rest["slots"]["gaps"][0]["slot"], slot(8));
    read(&house, "rest.req");
    let again = go(&house, &chain, "more.req", &["request", "split", &file, "--drop", "1"]).error();
    assert_eq!(again.1, "abandoned");
}

#[test]
fn a_split_of_lines_that_are_not_there_or_of_all_is_refused() {
    let (house, chain) = house();
    batch(&house, &chain);
    let file = path(&house, "batch.req");
    for (lines, code) in [("6", "no-such-line"), ("1-5", "nothing-left"), ("0", "usage"), ("x", "usage")] {
        let refused = go(&house, &chain, "rest.req", &["request", "split", &file, "--drop", lines]).error();
        assert_eq!((refused.0, refused.1.as_str()), (2, code), "{lines}");
    }
    assert!(!exists(&house.file("rest.req")));
}

fn foreign(house: &House, nonce: u64, to: &str, amount: u128) -> String {
    let account = &house.accounts[0];
    let native = strongroom_evm_codec::native_asset(&account.chain).unwrap();
    let intent = Intent {
        account: account.id(),
        actions: vec![Action::Pay { asset: native, to: to.parse().unwrap(), amount: Amount::from(amount) }],
        max_fee: Amount::MAX,
        not_after: account.enrolled_at,
        reference: "elsewhere".parse().unwrap(),
        reason: None,
    };
    let fees = EvmFees::Eip1559 {
        max_fee_per_gas: Amount::from(30 * GWEI),
        max_priority_fee_per_gas: Amount::from(GWEI),
    };
    let facts = Facts::Evm(EvmFacts { nonce, gas_limit: 21_000, fees });
    let bytes = EvmCodec.build(account, &intent, &facts).unwrap();
    bytes.0.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn wrap(house: &House, chain: &Chain, hex: &str, intent: &str, out: &str) -> Run {
    let file = house.write("tx.hex", hex).display().to_string();
    let args = [
        "request",
        "wrap",
        &file,
        "--account",
        "Cold 0",
        "--intent",
        intent,
        "--reference",
        "INV-1",
        "--agent",
    ];
    go(house, chain, out, &args)
}

#[test]
fn bytes_from_elsewhere_are_taken_only_if_they_are_what_the_intent_comes_to() {
    let (house, chain) = house();
    let eth = 1_000_000_000_000_000_000;
    let good = foreign(&house, 7, EXCHANGE, eth);
    for (hex, intent, exit, code) in [
        (good.clone(), "pay Supplier B 1 ETH", 5, "intent"),
        (good.clone(), "pay Exchange A 1.1 ETH", 5, "intent"),
        (good.clone(), "pay Exchange A 1 TKN", 5, "intent"),
        (foreign(&house, 7, SUPPLIER, eth), "pay Exchange A 1 ETH", 5, "intent"),
        (format!("{good}00"), "pay Exchange A 1 ETH", 5, "decode"),
        ("0x02c0".to_owned(), "pay Exchange A 1 ETH", 5, "decode"),
        ("hello".to_owned(), "pay Exchange A 1 ETH", 5, "not-hex"),
        (good.clone(), "send Exchange A 1 ETH", 2, "intent"),
        (good.clone(), "pay Exchange A all ETH", 2, "amount"),
        (foreign(&house, 6, EXCHANGE, eth), "pay Exchange A 1 ETH", 1, "slot-spent"),
    ] {
        let refused = wrap(&house, &chain, &hex, intent, "wrap.req").error();
        assert_eq!((refused.0, refused.1.as_str()), (exit, code), "{intent}: {}", refused.2);
        assert!(!exists(&house.file("wrap.req")));
    }
    let data = wrap(&house, &chain, &good, "pay Exchange A 1 ETH", "wrap.req").data();
    assert_eq!(data["items"][0]["slot"], slot(7));
    assert_eq!(price(&data), 30 * GWEI);
    assert_eq!(wrap(&house, &chain, &good, "pay Exchange A 1 ETH", "again.req").error().1, "slot-spent");
    let far = foreign(&house, 12, EXCHANGE, eth);
    let file = house.write("far.hex", &far).display().to_string();
    let args = [
        "request",
        "wrap",
        &file,
        "--account",
        "Cold 0",
        "--intent",
        "pay Exchange A 1 ETH",
        "--reference",
        "INV-2",
        "--agent",
    ];
    let far = go(&house, &chain, "far.req", &args);
    assert!(far.json()["warnings"][0].as_str().unwrap().contains("nonce 12"), "{}", far.out);
}

/// As if a vault's reply had been taken in and sent: one signed transaction for an item.
fn signed(house: &House, request: &str, intent: u32, number: u64, hash: &str) {
    house.sql(&format!(
        "UPDATE requests SET state = 'sent' WHERE id = '{request}';
         INSERT INTO transactions (hash, request, intent, rung, slot, raw, state, first_sent_at, block, note)
         VALUES ('{hash}', '{request}', {intent}, 0, '{}', x'00', 'submitted', '2026-06-01T00:30:00Z', NULL, NULL);",
        slot(number)
    ));
}

#[test]
fn what_was_signed_is_neither_given_up_nor_carved() {
    let (house, chain) = house();
    let whole = batch(&house, &chain);
    let id = whole["request"].as_str().unwrap();
    signed(&house, id, 0, 7, &format!("0x{:064x}", 1));
    for args in [
        &["request", "abandon", id][..],
        &["request", "split", id, "--drop", "1", "-o", &path(&house, "x.req")],
    ] {
        let refused = run(&house, &chain, args).error();
        assert_eq!((refused.0, refused.1.as_str()), (1, "signed"), "{args:?}");
    }
}

#[test]
fn lines_that_landed_are_left_out_and_fees_beat_what_was_signed() {
    let (house, chain) = house();
    let whole = batch(&house, &chain);
    let id = whole["request"].as_str().unwrap();
    let (landed, waiting) = (format!("0x{:064x}", 1), format!("0x{:064x}", 2));
    signed(&house, id, 0, 7, &landed);
    signed(&house, id, 1, 8, &waiting);
    chain.now(|truth| {
        truth.counts.insert(COLD.to_lowercase(), 8);
        truth.landed.insert(landed, COLD.to_owned());
        truth.known.insert(waiting);
    });
    for (out, args) in [("fresh.req", &["request", "refresh", id][..]), ("bump.req", &["bump", id])] {
        let run = go(&house, &chain, out, args);
        let data = run.data();
        let lines: Vec<_> =
            data["items"].as_array().unwrap().iter().map(|item| item["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, [2, 3, 4, 5], "{args:?}");
        assert!(price(&data) * 8 >= price(&whole) * 9, "{args:?}");
        assert!(run.json()["warnings"][0].as_str().unwrap().contains("landed"), "{}", run.out);
        assert_eq!(data["plan"], whole["plan"]);
    }
}
