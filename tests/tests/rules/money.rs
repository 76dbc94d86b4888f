//! Amounts, limits, fees and payees.

use strongroom_protocol::{Action, Amount};
use strongroom_signing::Rule;
use strongroom_tests::house::{EXCHANGE, STRANGER, SUPPLIER, facts};

use crate::bench::{Bench, COIN, among, only, single};

#[test]
fn fees_over_each_cap() {
    let bench = Bench::new();
    // Over the intent's own cap.
    let mut intent = bench.house.pay(EXCHANGE, 2 * COIN, "INV-1");
    intent.max_fee = Amount::from(1_000_000_000_000u64);
    let plan = bench.house.plan(vec![intent]);
    let request = bench.house.request(&plan, 7);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeIntent,
        3,
        "over the intent's cap",
    );
    // Over the absolute cap of 0.01: 60 000 gas at 200 gwei are 0.012.
    let mut intent = bench.house.pay(EXCHANGE, 20 * COIN, "INV-1");
    intent.max_fee = Amount::from(COIN);
    let plan = bench.house.plan(vec![intent.clone()]);
    let mut request = bench.house.request(&plan, 7);
    request.items[0].rungs = vec![bench.house.rung(&intent, &facts(7, 200))];
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeAbsolute,
        3,
        "over the chain's cap of 0.01 COIN",
    );
    // Over the relative cap of 5 %: 0.0018 of fee on 0.02.
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, COIN / 50, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeRelative,
        3,
        "over 5% of the 0.02 COIN paid",
    );
    // Over the asset's own cap of 0.005.
    let action = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let intent = bench.house.intent(action, "INV-1");
    let plan = bench.house.plan(vec![intent.clone()]);
    let mut request = bench.house.request(&plan, 7);
    request.items[0].rungs = vec![bench.house.rung(&intent, &facts(7, 100))];
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeAbsolute,
        3,
        "over the asset's cap of 0.005 COIN",
    );
}

#[test]
fn gas_dearer_than_the_policy_allows() {
    let bench = Bench::with(|text| text.replace("max_fee_day", "max_gas_price_gwei = \"29.5\"\nmax_fee_day"));
    let (plan, request) = single(&bench);
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::FeeAbsolute,
        3,
        "over the cap of 29500000000",
    );
}

#[test]
fn fees_of_the_day() {
    let mut bench = Bench::with(|text| {
        text.replace("max_fee = \"0.01\"", "max_fee = \"0.002\"")
            .replace("max_fee = \"0.005\"", "max_fee = \"0.002\"")
            .replace("max_fee_day = \"200\"", "max_fee_day = \"0.003\"")
    });
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    bench.sign(&request, &approvals).unwrap();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 2 * COIN, "INV-2")]);
    let request = bench.knowing(bench.house.request(&plan, 8));
    only(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::FeeDay, 3, "0.0036 COIN");
}

#[test]
fn limits_of_item_request_and_day() {
    let mut bench = Bench::new();
    let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 50 * COIN, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    // 50 are allowed, but the fee counts too.
    only(
        &bench.refusals(&request, &bench.house.approvals(&plan)),
        Rule::ItemLimit,
        3,
        "over the limit of 50 COIN for one item",
    );
    let three = |first: u32| {
        (first..first + 3).map(|n| bench.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect()
    };
    let plan = bench.house.plan(three(1));
    let all: Vec<_> =
        bench.house.approvers.iter().map(|person| bench.house.approval(&plan, person)).collect();
    only(&bench.refusals(&bench.house.request(&plan, 7), &all), Rule::RequestLimit, 3, "120.0054 COIN");
    // Two requests of 80 and a third of 80: each is under its own limit, the day is not.
    for (round, nonce) in [(10, 7), (20, 9)] {
        let plan = bench.house.plan(
            (round..round + 2).map(|n| bench.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect(),
        );
        let all: Vec<_> =
            bench.house.approvers.iter().map(|person| bench.house.approval(&plan, person)).collect();
        let request = bench.knowing(bench.house.request(&plan, nonce));
        assert_eq!(bench.sign(&request, &all), Ok(2));
    }
    let plan = bench
        .house
        .plan((30..32).map(|n| bench.house.pay(EXCHANGE, 40 * COIN, &format!("INV-{n}"))).collect());
    let all: Vec<_> =
        bench.house.approvers.iter().map(|person| bench.house.approval(&plan, person)).collect();
    let request = bench.knowing(bench.house.request(&plan, 11));
    only(&bench.refusals(&request, &all), Rule::DayLimit, 3, "over the limit of 200 COIN for a rolling day");
}

#[test]
fn a_batch_split_to_stay_under_a_tier() {
    let mut bench = Bench::new();
    // 45 and 45: each needs two approvals, together they need three.
    let first = bench.house.plan(vec![bench.house.pay(EXCHANGE, 45 * COIN, "INV-1")]);
    let request = bench.house.request(&first, 7);
    let approvals = bench.house.approvals(&first);
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
    let second = bench.house.plan(vec![bench.house.pay(EXCHANGE, 45 * COIN, "INV-2")]);
    let request = bench.knowing(bench.house.request(&second, 8));
    let approvals = bench.house.approvals(&second);
    only(
        &bench.refusals(&request, &approvals),
        Rule::Quorum,
        3,
        "3 approvals are needed for the amounts of this day, 2 are here",
    );
    let all: Vec<_> =
        bench.house.approvers.iter().map(|person| bench.house.approval(&second, person)).collect();
    assert_eq!(bench.sign(&request, &all), Ok(1));
}

#[test]
fn a_destination_outside_the_book_and_an_asset_it_does_not_take() {
    let bench = Bench::new();
    let plan = bench.house.plan(vec![bench.house.pay(STRANGER, 2 * COIN, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    among(&bench.refusals(&request, &[]), Rule::Destination, 3, "is not in the address book");
    let action = Action::Pay {
        asset: bench.house.token(),
        to: SUPPLIER.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    among(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Destination, 3, "does not take");
}
