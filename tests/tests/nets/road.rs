//! The whole road through both programs as they are released, against anvil.

use std::path::PathBuf;

use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, Players};

/// The folder of the programs as they are released.
fn programs() -> PathBuf {
    prepare::binary("strongroom").unwrap().parent().unwrap().to_path_buf()
}

fn week(players: Players, chain_id: u64) {
    let mut scene = Scene::new(players, Net::anvil(chain_id).unwrap());
    scene.three_payments_land();
    scene.a_lying_node_stops_the_desk();
    scene.a_stuck_payment_is_bumped();
    scene.another_is_voided();
}

#[test]
#[ignore = "needs anvil and OpenSSH: run cargo verify"]
fn a_week_on_ethereum() {
    week(Players::Binaries(programs()), 1);
}

#[test]
#[ignore = "needs anvil and OpenSSH: run cargo verify"]
fn a_week_on_polygon() {
    week(Players::Binaries(programs()), 137);
}

/// The desk as it is released, and the training vault with a software Ledger that holds the keys.
fn practice() -> Players {
    Players::Training { folder: programs(), vault: env!("CARGO_BIN_EXE_strongroom-training").into() }
}

#[test]
#[ignore = "needs anvil and OpenSSH: run cargo verify"]
fn a_week_on_ethereum_with_a_ledger() {
    week(practice(), 1);
}

#[test]
#[ignore = "needs anvil and OpenSSH: run cargo verify"]
fn a_week_on_polygon_with_a_ledger() {
    week(practice(), 137);
}
