//! `pay`, one payment at a time.

use serde_json::json;
use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Bundle, Codec as _, Request};

use crate::house::{COLD, EXCHANGE, House, STRANGER, exists};
use crate::nodes::{Chain, ETH};
use crate::run::{run, run_as, run_broken, run_human};

pub fn house() -> (House, Chain) {
    (House::new(|text| text), Chain::new(&[COLD]))
}

/// A payment of ETH with an agent, as JSON.
pub fn pay(house: &House, chain: &Chain, amount: &str, reference: &str, out: &str) -> crate::run::Run {
    let out = house.file(out).display().to_string();
    run(
        house,
        chain,
        &["pay", "Cold 0", "Exchange A", amount, "ETH", "--reference", reference, "--agent", "-o", &out],
    )
}

pub fn read(house: &House, name: &str) -> Request {
    let request: Request = Bundle::read(&std::fs::read(house.file(name)).unwrap()).unwrap();
    request.check_shape().unwrap();
    request
}

#[test]
fn a_payment_becomes_a_request_that_says_what_was_asked_for() {
    let (house, chain) = house();
    let data = pay(&house, &chain, "12.5", "INV-1", "pay.req").data();
    let request = read(&house, "pay.req");
    let plan = request.plan.value();
    assert_eq!(data["request"], request.id().to_string());
    assert_eq!(data["plan"], plan.id().to_string());
    assert_eq!(data["prepared_by"], "alice");
    assert_eq!(data["approvals_needed"], 2);
    let item = &data["items"][0];
    assert_eq!(item["payments"][0]["amount"], "12.5");
    assert_eq!(item["payments"][0]["base_units"], "12500000000000000000");
    assert_eq!(item["payments"][0]["to"], EXCHANGE);
    assert_eq!((&item["nonce"], &item["slot"]), (&json!("7"), &json!(format!("eip155:1:{COLD}/7"))));
    // The tightest cap: 0.01 ETH for the chain, and 5 % of 12.5 ETH is more.
    assert_eq!(item["max_fee"]["amount"], "0.01");
    assert_eq!(plan.intents[0].not_after.to_string(), "2026-06-02T01:00:00Z");
    let alice = crate::house::Person::new("alice", 3).public_key();
    request.plan.verify(&alice).unwrap();
}

#[test]
fn people_read_whole_addresses_and_the_code_at_the_end() {
    let (house, chain) = house();
    let out = house.file("pay.req").display().to_string();
    let args = ["pay", "Cold 0", EXCHANGE, "1.5", "ETH", "--reference", "INV-1", "--agent", "-o", &out];
    let run = run_human(&house, &chain, &args);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("0x 7099 7970 C518 12dc 3A01 0C7d 01b5 0e0d 17dc 79C8"), "{}", run.out);
    assert!(run.out.contains("1.5 ETH") && run.out.contains("Exchange A"), "{}", run.out);
    let code = strongroom_protocol::ComparisonCode::of(read(&house, "pay.req").plan.value().id().as_bytes());
    assert!(run.out.trim_end().ends_with(&code.to_string()), "{}", run.out);
}

#[test]
fn the_relative_cap_counts_where_it_is_tighter() {
    let (house, chain) = house();
    let item = pay(&house, &chain, "0.1", "INV-1", "a.req").data()["items"][0].clone();
    assert_eq!(item["max_fee"]["amount"], "0.005");
    let out = house.file("b.req").display().to_string();
    let args = ["pay", "Cold 0", "Exchange A", "3", "TKN", "--reference", "T-1", "--agent", "-o", &out];
    assert_eq!(
        run(&house, &chain, &args).data()["items"][0]["max_fee"]["amount"],
        "0.005",
        "the token's own"
    );
}

#[test]
fn nonces_go_on_over_runs_and_accounts_are_found_by_address() {
    let (house, chain) = house();
    for (n, out) in [(7u64, "a.req"), (8, "b.req"), (9, "c.req")] {
        let path = house.file(out).display().to_string();
        let reference = format!("INV-{n}");
        let args = ["pay", COLD, EXCHANGE, "1", "ETH", "--reference", &reference, "--agent", "-o", &path];
        assert_eq!(run(&house, &chain, &args).data()["items"][0]["nonce"], n.to_string());
    }
}

#[test]
fn all_of_the_coin_leaves_room_for_the_fee_and_all_of_a_token_is_all() {
    let house = House::new(|text| text.replace("max_item = \"50\"", "max_item = \"100\""));
    let chain = Chain::new(&[COLD]);
    let item = pay(&house, &chain, "all", "SWEEP-1", "a.req").data()["items"][0].clone();
    assert_eq!(item["payments"][0]["amount"], "99.99");
    assert_eq!(item["max_fee"]["amount"], "0.01");
    let out = house.file("b.req").display().to_string();
    let args = ["pay", "Cold 0", "Exchange A", "all", "TKN", "--reference", "SWEEP-2", "--agent", "-o", &out];
    assert_eq!(run(&house, &chain, &args).data()["items"][0]["payments"][0]["amount"], "500");
    chain.now(|truth| truth.coins.insert(COLD.to_lowercase(), 0));
    assert_eq!(pay(&house, &chain, "all", "SWEEP-3", "c.req").error().1, "insufficient");
}

#[test]
fn nothing_is_built_on_what_two_nodes_do_not_say_alike() {
    for (method, answer, amount, words) in [
        ("eth_getTransactionCount", json!("0x9"), "1", "nonce"),
        ("eth_chainId", json!("0x89"), "1", "eip155:137"),
        ("eth_getBalance", json!("0xde0b6b3a7640000"), "1", "balance"),
        ("eth_getBalance", json!("0xde0b6b3a7640000"), "all", "holds"),
    ] {
        let (house, chain) = house();
        chain.now(|truth| truth.lies.push(("beta", method, answer)));
        let (exit, code, message) = pay(&house, &chain, amount, "INV-1", "pay.req").error();
        assert_eq!((exit, code.as_str()), (1, "nodes-disagree"), "{method}: {message}");
        assert!(
            message.contains(words) && message.contains("alpha") && message.contains("beta"),
            "{message}"
        );
        assert!(!exists(&house.file("pay.req")));
        chain.now(|truth| truth.lies.clear());
        assert_eq!(
            pay(&house, &chain, "1", "INV-1", "pay.req").data()["items"][0]["nonce"],
            "7",
            "a slot was lost"
        );
    }
}

#[test]
fn what_the_vault_would_refuse_is_refused_before_anybody_signs() {
    let (house, chain) = house();
    for (to, amount, asset, more, exit, code) in [
        ("Exchange A", "50.1", "ETH", &[][..], 3, "item-limit"),
        (STRANGER, "1", "ETH", &[], 3, "destination"),
        ("Supplier B", "1", "TKN", &[], 3, "destination"),
        ("Exchange A", "1", "DOGE", &[], 3, "asset"),
        ("Exchange A", "1", "ETH", &["--max-fee", "0.02"], 3, "fee-absolute"),
        ("Exchange A", "1", "ETH", &["--max-fee", "0.000001"], 3, "fee-cap"),
        ("Exchange A", "1", "ETH", &["--until", "2026-05-01T00:00:00Z"], 2, "until"),
        ("Exchange A", "0", "ETH", &[], 2, "amount"),
        ("Exchange A", "1.0000000000000000001", "ETH", &[], 2, "amount"),
        ("Exchange A", "-1", "ETH", &[], 2, "usage"),
        ("Nobody", "1", "ETH", &[], 2, "payee"),
        ("Cold 0", "1", "ETH", &[], 1, "unsupported"),
    ] {
        let out = house.file("pay.req").display().to_string();
        let mut args =
            vec!["pay", "Cold 0", to, amount, asset, "--reference", "INV-1", "--agent", "-o", &out];
        args.extend(more);
        let (found, name, message) = run_as(&house, &chain, &[("alice", 3)], "json", &args).error();
        assert_eq!((found, name.as_str()), (exit, code), "{args:?}: {message}");
        assert!(!exists(&house.file("pay.req")));
    }
}

#[test]
fn a_fee_out_of_proportion_is_refused_also_where_somebody_allows_it() {
    let (house, chain) = house();
    chain.now(|truth| truth.base_fee = 150 * crate::nodes::GWEI);
    let out = house.file("pay.req").display().to_string();
    let args = [
        "pay",
        "Cold 0",
        "Exchange A",
        "0.1",
        "ETH",
        "--reference",
        "INV-1",
        "--max-fee",
        "0.009",
        "--agent",
        "-o",
        &out,
    ];
    let (exit, code, message) = run(&house, &chain, &args).error();
    assert_eq!((exit, code.as_str()), (3, "fee-relative"), "{message}");
}

#[test]
fn an_address_that_is_not_in_checksummed_form_is_refused_with_the_form_it_must_have() {
    let (house, chain) = house();
    let out = house.file("pay.req").display().to_string();
    let lower = EXCHANGE.to_lowercase();
    let pay = |account: &str, to: &str| {
        run(&house, &chain, &["pay", account, to, "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out])
            .error()
    };
    let (exit, code, message) = pay("Cold 0", &lower);
    assert_eq!((exit, code.as_str()), (2, "address-form"));
    assert!(message.contains(EXCHANGE), "{message}");
    let (exit, code, message) = pay(&COLD.to_lowercase(), EXCHANGE);
    assert_eq!((exit, code.as_str()), (2, "address-form"));
    assert!(message.contains(COLD), "{message}");
}

/// An address that begins and ends like the exchange's, in checksummed form.
fn twin() -> String {
    let plain = format!("0x7099{}79C8", "0".repeat(32));
    match EvmCodec.check_address(&"eip155:1".parse().unwrap(), &plain.parse().unwrap()) {
        Err(AddressError::NotCanonical { canonical, .. }) => canonical.to_string(),
        _ => plain,
    }
}

#[test]
fn a_twin_of_a_listed_address_is_called_one() {
    let (house, chain) = house();
    let out = house.file("pay.req").display().to_string();
    let args = ["pay", "Cold 0", &twin(), "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out];
    let (exit, code, message) = run(&house, &chain, &args).error();
    assert_eq!((exit, code.as_str()), (3, "destination"));
    assert!(message.contains("BEWARE") && message.contains("Exchange A"), "{message}");
}

#[test]
fn payees_that_could_be_mistaken_for_each_other_are_paid_with_a_warning() {
    let entry = format!(
        "[[destination]]\naddress = \"eip155:1:{}\"\nlabel = \"Twin\"\nclass = \"exchange\"\nassets = [\"ETH\"]\n",
        twin()
    );
    let house = House::listing(&entry);
    let chain = Chain::new(&[COLD]);
    let out = house.file("pay.req").display().to_string();
    let run = run(
        &house,
        &chain,
        &["pay", "Cold 0", "Twin", "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out],
    );
    run.data();
    let warning = run.json()["warnings"][0].as_str().unwrap().to_owned();
    assert!(warning.contains(&twin()) && warning.contains("Exchange A"), "{warning}");
}

#[test]
fn a_reference_pays_once_until_its_request_is_given_up() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "a.req").data();
    let (exit, code, _) = pay(&house, &chain, "1", "INV-1", "b.req").error();
    assert_eq!((exit, code.as_str()), (3, "reference"));
    let id = &first["request"].as_str().unwrap()[..12];
    // A run that was interrupted before its file was written leaves the same behind: the remedy is said.
    let hint = pay(&house, &chain, "1", "INV-1", "b.req").json()["errors"][0]["hint"].clone();
    assert!(hint.as_str().unwrap().contains(&format!("strongroom request abandon {id}")), "{hint}");
    let gone = run(&house, &chain, &["request", "abandon", id]).data();
    assert_eq!(gone["freed"], json!([format!("eip155:1:{COLD}/7")]));
    assert_eq!(pay(&house, &chain, "1", "INV-1", "b.req").data()["items"][0]["nonce"], "7");
}

#[test]
fn only_preparers_prepare() {
    let (house, chain) = house();
    let out = house.file("pay.req").display().to_string();
    let args = ["pay", "Cold 0", "Exchange A", "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out];
    for people in [&[("bob", 4u8)][..], &[]] {
        let (exit, code, message) = run_as(&house, &chain, people, "json", &args).error();
        assert_eq!((exit, code.as_str()), (3, "signer"), "{message}");
        assert!(message.contains("alice"), "{message}");
    }
    let without: Vec<_> = args.iter().copied().filter(|arg| *arg != "--agent").collect();
    assert_eq!(run(&house, &chain, &without).error().1, "key");
}

#[test]
fn nothing_is_overwritten_and_nothing_reserved_for_what_cannot_be_written() {
    let (house, chain) = house();
    house.write("there.req", "something");
    assert_eq!(pay(&house, &chain, "1", "INV-1", "there.req").error().1, "file-exists");
    assert_eq!(pay(&house, &chain, "1", "INV-1", "no/folder/pay.req").error().1, "file");
    assert_eq!(chain.now(|truth| truth.posts), 0, "nodes were asked for nothing");
    assert_eq!(pay(&house, &chain, "1", "INV-1", "pay.req").data()["items"][0]["nonce"], "7");
}

#[test]
fn a_ladder_has_versions_that_rise() {
    let (house, chain) = house();
    let out = house.file("pay.req").display().to_string();
    let args = [
        "pay",
        "Cold 0",
        "Exchange A",
        "1",
        "ETH",
        "--reference",
        "INV-1",
        "--ladder",
        "4",
        "--agent",
        "-o",
        &out,
    ];
    let versions = run(&house, &chain, &args).data()["items"][0]["versions"].clone();
    let prices: Vec<u128> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["max_fee_per_gas"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(prices.len(), 4);
    assert!(prices.windows(2).all(|pair| pair[1] * 8 >= pair[0] * 9), "{prices:?}");
}

#[test]
fn the_policys_cap_on_gas_is_kept_where_the_market_would_offer_more() {
    let capped = |gwei: &str| {
        let rule = format!("max_fee = \"0.01\"\nmax_gas_price_gwei = \"{gwei}\"");
        House::new(move |text| text.replacen("max_fee = \"0.01\"", &rule, 1))
    };
    // The market offers twice the base fee of 10 gwei and a tip; 12 gwei would do.
    let (house, chain) = (capped("12"), Chain::new(&[COLD]));
    let versions = pay(&house, &chain, "1", "INV-1", "pay.req").data()["items"][0]["versions"].clone();
    let price: u128 = versions[0]["max_fee_per_gas"].as_str().unwrap().parse().unwrap();
    assert!(price <= 12_000_000_000 && price > 11_000_000_000, "{price}");
    let (house, chain) = (capped("11"), Chain::new(&[COLD]));
    assert_eq!(pay(&house, &chain, "1", "INV-1", "pay.req").error().1, "fee-cap");
}

#[test]
fn what_an_account_does_not_hold_is_said_with_its_symbol() {
    let (house, chain) = house();
    chain.now(|truth| truth.coins.insert(COLD.to_lowercase(), ETH));
    let (exit, code, message) = pay(&house, &chain, "1", "INV-1", "pay.req").error();
    assert_eq!((exit, code.as_str()), (1, "insufficient"));
    assert!(message.contains("1 ETH"), "{message}");
}

#[test]
fn slots_are_held_and_written_down_before_the_file_is_and_can_be_freed() {
    let (house, chain) = house();
    let args = ["pay", "Cold 0", "Exchange A", "1", "ETH", "--reference", "INV-1", "--agent", "-o", "-"];
    let broken = run_broken(&house, &chain, &args);
    assert_eq!(broken.exit, 1);
    let at = broken.err.find("request abandon ").expect(&broken.err) + "request abandon ".len();
    let id = &broken.err[at..at + 12];
    let journal = run_human(&house, &chain, &["journal", "show"]);
    assert!(journal.out.contains(id), "{}", journal.out);
    assert_eq!(pay(&house, &chain, "1", "INV-2", "b.req").data()["items"][0]["nonce"], "8", "it is held");
    let gone = run(&house, &chain, &["request", "abandon", id]).data();
    assert_eq!(gone["gaps"][0]["slot"], format!("eip155:1:{COLD}/7"));
}

#[test]
fn slots_that_something_else_has_spent_are_noticed_and_not_given_out() {
    let (house, chain) = house();
    pay(&house, &chain, "1", "INV-1", "a.req").data();
    chain.now(|truth| truth.counts.insert(COLD.to_lowercase(), 9));
    let next = pay(&house, &chain, "1", "INV-2", "b.req");
    assert_eq!(next.data()["items"][0]["nonce"], "9");
    let slot = format!("eip155:1:{COLD}/7");
    assert!(next.json()["warnings"][0].as_str().unwrap().contains(&slot), "{}", next.out);
    // Said once: it is settled.
    assert_eq!(pay(&house, &chain, "1", "INV-3", "c.req").json()["warnings"], json!([]));
}

#[test]
fn a_frozen_house_prepares_nothing_but_voids() {
    let (house, chain) = house();
    let frozen = run(&house, &chain, &["freeze", "--reason", "a laptop is missing", "--by", "bob"]);
    assert_eq!(frozen.exit, 0, "{}{}", frozen.out, frozen.err);
    let (exit, code, _) = pay(&house, &chain, "1", "INV-1", "a.req").error();
    assert_eq!((exit, code.as_str()), (3, "state"));
    let out = house.file("void.req").display().to_string();
    run(&house, &chain, &["void", "Cold 0", "7", "--agent", "-o", &out]).data();
}

#[test]
fn a_slot_that_somebody_else_took_meanwhile_is_not_taken_again() {
    let (house, chain) = house();
    let first = pay(&house, &chain, "1", "INV-1", "a.req").data();
    // Held under another account's name, so that it is first seen when it is to be written.
    house.sql(&format!(
        "INSERT INTO reservations (slot, account, request, intent, state, created_at)
         VALUES ('eip155:1:{COLD}/8', '{}', '{}', 0, 'reserved', '2026-06-01T00:30:00Z')",
        "0".repeat(64),
        first["request"].as_str().unwrap()
    ));
    let (exit, code, _) = pay(&house, &chain, "1", "INV-2", "b.req").error();
    assert_eq!((exit, code.as_str()), (8, "slot-taken"));
    assert!(!exists(&house.file("b.req")));
}

#[test]
fn names_that_mean_two_things_mean_nothing() {
    let twice = "[[destination]]\naddress = \"eip155:1:0x90F79bf6EB2c4f870365E785982E1f101E93b906\"\nlabel = \"cold 1\"\nclass = \"exchange\"\nassets = [\"ETH\"]\n";
    let house = House::listing(twice);
    let chain = Chain::new(&[COLD]);
    let out = house.file("pay.req").display().to_string();
    let pay = |account: &str, to: &str| {
        run(&house, &chain, &["pay", account, to, "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out])
            .error()
    };
    let (exit, code, message) = pay("Cold 0", "Cold 1");
    assert_eq!((exit, code.as_str()), (2, "payee"));
    assert!(message.contains("write the address"), "{message}");
    let (exit, code, message) = pay("Cold 0", &format!("eip155:137:{EXCHANGE}"));
    assert_eq!((exit, code.as_str()), (2, "payee"));
    assert!(message.contains("eip155:137"), "{message}");
}

#[test]
fn an_address_on_two_chains_is_no_account() {
    let more = format!(
        "[[account]]\nid = \"{}\"\nlabel = \"Other\"\nchain = \"eip155:137\"\naddress = \"{COLD}\"\n\
         class = \"cold-long\"\nstation = \"vault-one\"\nspend = true\n\n\
         [[chain]]\nid = \"eip155:137\"\nmax_fee = \"1\"\nmax_fee_percent = \"5\"\nmax_fee_day = \"20\"\n\n\
         [[asset]]\nid = \"eip155:137/slip44:966\"\nsymbol = \"POL\"\ndecimals = 18\nmax_item = \"50\"\nmax_request = \"100\"\nmax_day = \"200\"\n",
        "ab".repeat(32)
    );
    let house = House::new(move |text| text + "\n" + &more);
    let chain = Chain::new(&[COLD]);
    let out = house.file("pay.req").display().to_string();
    let args =
        |account| ["pay", account, "Exchange A", "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out];
    let (exit, code, message) = run(&house, &chain, &args(COLD)).error();
    assert_eq!((exit, code.as_str()), (2, "account-ambiguous"));
    assert!(message.contains("Cold 0") && message.contains("Other"), "{message}");
    let named = format!("eip155:1:{COLD}");
    run(&house, &chain, &args(&named)).data();
}

#[test]
fn an_agent_with_two_preparers_must_be_told_which() {
    let house =
        House::new(|text| text.replacen("roles = [\"approver\"]", "roles = [\"preparer\", \"approver\"]", 1));
    let chain = Chain::new(&[COLD]);
    let out = house.file("pay.req").display().to_string();
    let args = ["pay", "Cold 0", "Exchange A", "1", "ETH", "--reference", "INV-1", "--agent", "-o", &out];
    let (exit, code, message) = run_as(&house, &chain, &[("alice", 3), ("bob", 4)], "json", &args).error();
    assert_eq!((exit, code.as_str()), (3, "signer"));
    assert!(message.contains("alice and bob"), "{message}");
}
