//! What was pressed is not pressed twice, and what is kept of it is believed by nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use strongroom_virtual::{Decision, Review};

use crate::support::ledgers::{Practice, yes};

/// An owner who approves so many reviews and rejects from then on, and a count of all that were seen.
fn counting(approve: usize) -> (impl FnMut(&Review) -> Decision + Send, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let decide = move |_: &Review| {
        let before = counter.fetch_add(1, Ordering::Relaxed);
        if before < approve { Decision::Approve } else { Decision::Reject }
    };
    (decide, asked)
}

#[test]
fn whatever_stops_it_nobody_presses_twice() {
    let practice = Practice::new();
    let asked = practice.payments(7, 5);
    for pressed in 0..5 {
        // Each time one more is approved, and the next rejected.
        let (owner, count) = counting(1);
        practice.hand_to(owner);
        let run = practice.sign(&asked, "@five.reply");
        if pressed < 4 {
            run.refused(4, &format!("line {}: refused on the device", pressed + 2));
            assert_eq!(practice.pressed().len(), pressed + 2);
            assert_eq!(practice.pressed()[0], asked.request.id().to_string());
            assert_eq!(count.load(Ordering::Relaxed), 2, "at item {pressed}");
        } else {
            run.ok();
            assert_eq!(count.load(Ordering::Relaxed), 1);
        }
    }
    assert_eq!(practice.raw(&asked, &practice.house.reply("five.reply")).len(), 5);
    assert_eq!(practice.standing(), (1, 1));
    assert!(practice.pressed().is_empty());
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn pulled_out_at_the_third_of_five_the_first_two_are_kept() {
    let practice = Practice::new();
    let asked = practice.payments(7, 5);
    let bus = practice.bus.clone();
    // A signature takes two reports there and two back; before them the app is named and the keys are asked for.
    let before = bus.reports(practice.socket);
    let run = practice.sign(&practice.payment(3), "@measure.reply");
    run.ok();
    let one = bus.reports(practice.socket) - before;
    let first = one - 4;
    bus.unplug_after(practice.socket, first + 2 * 4 + 1);
    practice.sign(&asked, "@five.reply").refused(8, "line 3: the device was unplugged");
    assert_eq!(practice.pressed().len(), 3);
    practice.sign(&asked, "@five.reply").refused(8, "none is plugged in");
    bus.plug_in(practice.socket);
    let (owner, count) = counting(9);
    practice.hand_to(owner);
    practice.sign(&asked, "@five.reply").ok();
    assert_eq!(count.load(Ordering::Relaxed), 3);
    assert_eq!(practice.raw(&asked, &practice.house.reply("five.reply")).len(), 5);
}

#[test]
fn a_torn_file_costs_a_press_and_nothing_else() {
    let practice = Practice::new();
    let asked = practice.payments(7, 3);
    let path = practice.house.bench.path("home/pressed");
    practice.hand_to(counting(2).0);
    practice.sign(&asked, "@three.reply").refused(4, "line 3");
    let whole = std::fs::read(&path).unwrap();
    let lines: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    for (left, pressed) in
        [(whole.len() - 1, 1), (lines[1] + 40, 1), (lines[1], 1), (lines[0] + 3, 0), (10, 0), (0, 0)]
    {
        std::fs::write(&path, &whole[..left]).unwrap();
        let (owner, count) = counting(0);
        practice.hand_to(owner);
        practice.sign(&asked, "@three.reply").refused(4, &format!("line {}", pressed + 1));
        assert_eq!(count.load(Ordering::Relaxed), 1, "{left} bytes left");
    }
    let (owner, count) = counting(9);
    practice.hand_to(owner);
    practice.sign(&asked, "@three.reply").ok();
    assert_eq!(count.load(Ordering::Relaxed), 3);
    assert_eq!(practice.raw(&asked, &practice.house.reply("three.reply")).len(), 3);
}

#[test]
fn a_planted_signature_is_refused_and_dropped_and_the_next_run_works() {
    let practice = Practice::new();
    let asked = practice.payments(7, 2);
    let path = practice.house.bench.path("home/pressed");
    practice.hand_to(counting(1).0);
    practice.sign(&asked, "@two.reply").refused(4, "line 2");
    let genuine = practice.pressed();
    let made = genuine[1].rsplit(' ').next().unwrap();
    let (r, s) = made.split_at(64);
    let zeros = "0".repeat(64);
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let flipped = format!("{}{}", &made[..127], if made.ends_with('0') { "1" } else { "0" });
    for planted in [
        zeros.repeat(2),
        format!("{r}{zeros}"),
        format!("{zeros}{s}"),
        format!("{order}{s}"),
        format!("{s}{r}"),
        flipped,
    ] {
        let line = genuine[1].replace(made, &planted);
        std::fs::write(&path, format!("{}\n{line}\n", genuine[0])).unwrap();
        let (owner, count) = counting(0);
        practice.hand_to(owner);
        let run = practice.sign_with(&asked, "@two.reply", &["--output", "json"]);
        let run = run.refused(5, "line 1: the signer's answer is refused");
        assert_eq!(run.json()["errors"][0]["code"], "signature", "{planted}");
        assert_eq!(count.load(Ordering::Relaxed), 0, "somebody was asked");
        assert!(practice.pressed().is_empty(), "what does not verify is in the way");
        assert!(!practice.house.bench.path("two.reply").exists());
        assert_eq!(practice.standing(), (1, 0));
    }
    practice.hand_to(yes());
    practice.sign(&asked, "@two.reply").ok();
    assert_eq!(practice.raw(&asked, &practice.house.reply("two.reply")).len(), 2);
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn what_is_not_a_line_of_this_request_is_passed_over() {
    let practice = Practice::new();
    let (asked, other) = (practice.payment(7), practice.payments(8, 2));
    let path = practice.house.bench.path("home/pressed");
    practice.hand_to(counting(1).0);
    practice.sign(&other, "@other.reply").refused(4, "line 2");
    let kept = practice.pressed();
    // Another request's, one with its first line changed to ours, one with noise in it: the owner is asked.
    let ours = asked.request.id().to_string();
    for text in [
        kept.join("\n") + "\n",
        format!("{ours}\n{}\n", kept[1]),
        format!("{ours}\n{} \n", kept[1]),
        format!("{ours}\nx y z\n\u{1b}[2J\n"),
        "\u{0}".repeat(1000),
    ] {
        std::fs::write(&path, &text).unwrap();
        let (owner, count) = counting(0);
        practice.hand_to(owner);
        practice.sign(&asked, "@one.reply").refused(4, "line 1: refused on the device");
        assert_eq!(count.load(Ordering::Relaxed), 1, "{text:?}");
    }
    practice.hand_to(yes());
    practice.sign(&asked, "@one.reply").ok();
}

#[test]
fn a_file_that_nobody_can_write_stops_before_the_signature_is_used() {
    let practice = Practice::new();
    let asked = practice.payment(7);
    std::fs::create_dir(practice.house.bench.path("home/pressed")).unwrap();
    let run = practice.sign(&asked, "@one.reply");
    assert!(run.exit != 0 && !practice.house.bench.path("one.reply").exists(), "{run:?}");
    assert_eq!(practice.standing().1, 0);
    std::fs::remove_dir(practice.house.bench.path("home/pressed")).unwrap();
    practice.sign(&asked, "@one.reply").ok();
}
