//! The whole road on the embedded chain, in this process.

use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, Players, Practice, WORDS};

fn week(players: Players, chain_id: u64) {
    let mut scene = Scene::new(players, Net::embedded(chain_id));
    scene.three_payments_land();
    scene.a_lying_node_stops_the_desk();
    scene.a_stuck_payment_is_bumped();
    scene.another_is_voided();
}

#[test]
fn a_week_on_ethereum() {
    week(Players::InProcess, 1);
}

#[test]
fn a_week_on_polygon() {
    week(Players::InProcess, 137);
}

#[test]
fn a_week_on_ethereum_with_a_ledger() {
    week(Players::Virtual(Practice::new(WORDS)), 1);
}

#[test]
fn a_week_on_polygon_with_a_ledger() {
    week(Players::Virtual(Practice::new(WORDS)), 137);
}
