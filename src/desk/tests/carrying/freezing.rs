//! While the desk is frozen, only voids and returns go out.

use crate::stage::Stage;

fn frozen() -> (Stage, String) {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    assert_eq!(stage.run(&["freeze", "--by", "bob", "--reason", "a laptop is missing"]).exit, 0);
    (stage, id)
}

#[test]
fn payments_are_held() {
    let (stage, id) = frozen();
    let run = stage.run(&["send", &id]);
    assert_eq!(run.error(), (3, "state".to_owned()));
    assert!(
        run.words().contains("frozen, by bob") && run.words().contains("a laptop is missing"),
        "{}",
        run.words()
    );
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 0);
}

#[test]
fn voids_and_returns_go_out() {
    let (mut stage, _) = frozen();
    let void = stage.path("void.req");
    let run = stage.run(&["void", "Cold 0", "7", "--agent", "-o", &void]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    stage.sign("void.req");
    assert_eq!(stage.run(&["send", &stage.path("void.req")]).exit, 7);
    let out = stage.path("back.req");
    let run =
        stage.run(&["pay", "Cold 0", "Cold 1", "1", "ETH", "--reference", "BACK", "--agent", "-o", &out]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    stage.sign("back.req");
    assert_eq!(stage.run(&["send", &out]).exit, 7);
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), 4);
}

#[test]
fn what_is_on_its_way_is_still_followed_by_status() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "1");
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    assert_eq!(stage.run(&["freeze", "--by", "bob", "--reason", "a laptop is missing"]).exit, 0);
    stage.chain.now(|truth| {
        truth.mine(true);
        truth.finalize();
    });
    assert_eq!(stage.run(&["status", &id, "--refresh"]).data()["state"], "final");
    assert_eq!(stage.run(&["send", &id]).exit, 0, "there is nothing left to hold");
}

#[test]
fn a_freeze_during_the_wait_stops_what_would_be_sent_next() {
    let mut stage = Stage::new();
    let id = stage.signed_payment("INV-1", "2");
    assert_eq!(stage.run(&["send", &id]).exit, 7);
    let before = stage.chain.asked("eth_sendRawTransaction");
    let home = stage.house.home.clone();
    stage.chain.now(|truth| {
        truth.script = vec![Box::new(move |_| {
            let elsewhere = crate::nodes::Chain::new("0x");
            let frozen = crate::stage::run_freeze(&home, elsewhere);
            assert_eq!(frozen.exit, 0, "whoever waits must not keep others from freezing: {}", frozen.out);
        })];
    });
    // Sending the same again comes first, then the wait, in which the second version would go out.
    let run = stage.run(&["send", &id, "--wait=2m", "--climb-after", "10s"]);
    assert_eq!(run.error(), (3, "state".to_owned()));
    assert_eq!(stage.chain.asked("eth_sendRawTransaction"), before + 2);
}
