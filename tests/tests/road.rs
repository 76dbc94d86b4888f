//! The whole road on the embedded chain, in this process.

use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, Players};

fn week(chain_id: u64) {
    let mut scene = Scene::new(Players::InProcess, Net::embedded(chain_id));
    scene.three_payments_land();
    scene.a_lying_node_stops_the_desk();
    scene.a_stuck_payment_is_bumped();
    scene.another_is_voided();
}

#[test]
fn a_week_on_ethereum() {
    week(1);
}

#[test]
fn a_week_on_polygon() {
    week(137);
}
