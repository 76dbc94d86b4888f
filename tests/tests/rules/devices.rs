//! What a device does not show, its owner does not sign, unless the policy names account, device and asset.

use strongroom_protocol::{Action, Amount, DeviceBinding, Plan, Request};
use strongroom_signing::{DeviceKind, Devices, Preview, PreviewItem, Rule, Screen, Sight};
use strongroom_tests::house::{EXCHANGE, TestHouse};

use crate::bench::{Bench, only, single};

/// A kind of device that shows the native asset, and tokens that the vendor described.
struct Describing;

impl DeviceKind for Describing {
    fn name(&self) -> &'static str {
        "ledger"
    }

    fn preview(&self, item: &PreviewItem<'_>) -> Preview {
        let native = item.effects.moves.iter().all(|moved| moved.asset == item.effects.fee_asset);
        let sight = match item.described.map(|token| token.descriptor) {
            _ if native => Sight::Clear,
            Some([0xD5]) => Sight::Clear,
            Some(_) => Sight::Blind("the descriptor is another token's".to_owned()),
            None => Sight::Blind("the token has no descriptor".to_owned()),
        };
        Preview { screens: vec![Screen { title: "Review".to_owned(), text: String::new() }], sight }
    }
}

/// A house whose keys a device holds. `leave` is written below each account, `descriptor` below the token.
fn house(leave: &str, descriptor: &str) -> Bench {
    let held = DeviceBinding::Hardware { kind: "ledger".parse().unwrap(), model: "Nano".parse().unwrap() };
    let mut house = TestHouse::held("eip155:1", &held, |text| {
        let token = TestHouse::new("eip155:1", |text| text).token();
        let leave = leave.replace("TOKEN", token.as_str());
        text.replace("spend = true\n", &format!("spend = true\n{leave}\n")) + descriptor
    });
    house.devices = Devices::new(vec![Box::new(Describing)]);
    Bench::of(house)
}

fn token_payment(bench: &Bench) -> (Plan, Request) {
    let house = &bench.house;
    let to = EXCHANGE.parse().unwrap();
    let action = Action::Pay { asset: house.token(), to, amount: Amount::from(1_500_000u64) };
    let plan = house.plan(vec![house.intent(action, "INV-1")]);
    let request = house.request(&plan, 7);
    (plan, request)
}

fn refusals(bench: &Bench) -> Vec<strongroom_signing::Refusal> {
    let (plan, request) = token_payment(bench);
    bench.refusals(&request, &bench.house.approvals(&plan))
}

#[test]
fn a_blind_signature_needs_leave() {
    let words = "the ledger will not show what it signs (the token has no descriptor)";
    only(&refusals(&house("", "")), Rule::Blind, 3, words);
    let words = "have the policy name TKN as signed unseen for account \"Cold 0\" on a ledger";
    only(&refusals(&house("", "")), Rule::Blind, 3, words);
}

#[test]
fn leave_is_for_one_kind_of_device_and_one_asset() {
    let other_device = house("blind = { device = \"trezor\", assets = [\"TOKEN\"] }", "");
    only(&refusals(&other_device), Rule::Blind, 3, "signed unseen");
    let other_asset = house("blind = { device = \"ledger\", assets = [\"eip155:1/slip44:60\"] }", "");
    only(&refusals(&other_asset), Rule::Blind, 3, "signed unseen");
}

#[test]
fn with_leave_it_is_signed_and_marked_blind() {
    let mut bench = house("blind = { device = \"ledger\", assets = [\"TOKEN\"] }", "");
    let (plan, request) = token_payment(&bench);
    let approvals = bench.house.approvals(&plan);
    let reply = bench.reply(&request, &approvals).unwrap();
    assert!(reply.items[0].blind);
}

#[test]
fn a_descriptor_lets_the_owner_see_and_another_tokens_does_not() {
    let mut bench = house("", "descriptor = { ledger = \"d5\" }\n");
    let (plan, request) = token_payment(&bench);
    let approvals = bench.house.approvals(&plan);
    let reply = bench.reply(&request, &approvals).unwrap();
    assert!(!reply.items[0].blind);
    let other = house("", "descriptor = { ledger = \"66\" }\n");
    only(&refusals(&other), Rule::Blind, 3, "the descriptor is another token's");
}

#[test]
fn what_the_device_shows_needs_no_leave() {
    let mut bench = house("", "");
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    let reply = bench.reply(&request, &approvals).unwrap();
    assert!(!reply.items[0].blind);
}

#[test]
fn a_device_nobody_has_a_driver_for_signs_nothing() {
    let mut bench = house("", "");
    bench.house.devices = Devices::default();
    let (plan, request) = single(&bench);
    let found = bench.refusals(&request, &bench.house.approvals(&plan));
    only(&found, Rule::Blind, 3, "this vault has no driver for such a device");
}
