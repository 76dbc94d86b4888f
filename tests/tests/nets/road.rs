//! The whole road through both programs as they are released, against anvil.

use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, Players};

fn week(chain_id: u64) {
    let program = prepare::binary("strongroom").unwrap();
    let players = Players::Binaries(program.parent().unwrap().to_path_buf());
    let mut scene = Scene::new(players, Net::anvil(chain_id).unwrap());
    scene.three_payments_land();
    scene.a_lying_node_stops_the_desk();
    scene.a_stuck_payment_is_bumped();
    scene.another_is_voided();
}

#[test]
#[ignore = "needs anvil and OpenSSH: run cargo verify"]
fn a_week_on_ethereum() {
    week(1);
}

#[test]
#[ignore = "needs anvil and OpenSSH: run cargo verify"]
fn a_week_on_polygon() {
    week(137);
}
