//! `sign` with devices: whose key signs, what its owner sees, and what is not signed unseen.

use strongroom_virtual::{App, Decision, Ledger, Script};

use crate::support::house::{COIN, EXCHANGE, House, TOKEN, found};
use crate::support::ledgers::{
    LEDGER_ADDRESS, Practice, USDC, bench, ledger, rules, stranger, with_leave, yes,
};
use crate::support::{KEY_PASS, Run, STATION_PASS, WORDS};

/// The exit code, and the error's stable name.
#[track_caller]
fn named(run: Run, exit: u8, code: &str) -> Run {
    assert_eq!(run.exit, exit, "{run:?}");
    assert_eq!(run.json()["errors"][0]["code"], code, "{run:?}");
    run
}

const JSON: [&str; 2] = ["--output", "json"];

#[test]
fn the_owner_sees_what_was_approved_and_the_reply_holds() {
    let practice = Practice::new();
    let pay = practice.house.pay(EXCHANGE, 3 * COIN / 2, "INV-1");
    let mut intents = vec![pay.clone(), practice.token(USDC, 1_234_567, "INV-2")];
    intents[1].account = practice.house.accounts[1].id();
    let mut request = practice.house.request(intents, 7);
    // The first is offered at two prices, and in both forms.
    request.items[0].rungs = vec![practice.legacy(&pay, 7, 20), request.items[0].rungs[0].clone()];
    let asked = practice.house.asked(request);
    let review = practice.house.review(&asked).ok().text();
    for foretold in ["on the device", "1.5 ETH", "Send", "1.234567 USDC"] {
        assert!(review.contains(foretold), "{review}");
    }
    assert!(!review.contains("BLIND"), "{review}");
    let run = practice.sign_with(&asked, "@one.reply", &JSON).ok();
    assert_eq!(run.json()["data"]["items"], 2);
    assert_eq!(run.json()["data"]["blind"], serde_json::json!([]));
    let seen = practice.seen().join("\n").replace(" / ", " ");
    let amounts = |amount: &str| seen.matches(amount).count();
    assert_eq!((amounts("Amount 1.5 ETH"), amounts("Send 1.234567 USDC")), (2, 1), "{seen}");
    let reply = practice.house.reply("one.reply");
    assert!(reply.items.iter().all(|item| !item.blind));
    let raw = practice.raw(&asked, &reply);
    let forms: Vec<u8> = raw.iter().map(|raw| raw[0]).collect();
    assert!(forms[0] > 0xc0 && forms[1..] == [2, 2], "a legacy list, then two of EIP-1559: {forms:?}");
    assert_eq!(practice.house.accounts[0].address.as_str(), LEDGER_ADDRESS);
    assert_eq!(practice.standing(), (1, 1));
    assert!(!practice.house.bench.path("home/pressed").exists(), "what was pressed is in the reply now");
    practice.house.bench.run(&["journal", "verify"]).ok();
    // The same command again shows the reply, and bothers nobody.
    practice.sign(&asked, "@one.reply").ok().says("answered already");
    assert!(practice.seen().is_empty());
}

#[test]
fn what_the_device_does_not_show_is_refused_without_leave() {
    let practice = Practice::new();
    let asked = practice.asked(vec![practice.token(TOKEN, 5_000_000, "T-1")], 7);
    let review = practice.house.review(&asked).refused(3, "will not show what it signs").text();
    assert!(review.contains("BLIND: the device does not show what it signs"), "{review}");
    practice.device(|device| device.allow_blind_signing(true));
    let run = practice.sign_with(&asked, "@one.reply", &JSON).refused(3, "signed unseen for account");
    named(run, 3, "blind");
    assert!(practice.seen().is_empty(), "the device was asked");
    assert_eq!(practice.standing(), (0, 0));
    assert!(!practice.house.bench.path("one.reply").exists());
}

#[test]
fn with_leave_it_is_signed_unseen_and_marked() {
    let practice = Practice::with(with_leave);
    let asked = practice
        .asked(vec![practice.house.pay(EXCHANGE, COIN, "INV-1"), practice.token(TOKEN, 5_000_000, "T-1")], 7);
    practice.house.review(&asked).ok().says("BLIND: the device does not show what it signs");
    // The device's own setting is off: that is said, and what was claimed and pressed stays.
    let run = practice.sign_with(&asked, "@one.reply", &JSON);
    let run = named(run, 8, "blind-off").says("switch the setting on for this one signature and off again");
    assert!(!run.json()["ok"].as_bool().unwrap());
    assert_eq!((practice.standing(), practice.pressed().len()), ((1, 0), 2));
    practice.device(|device| device.allow_blind_signing(true));
    practice.seen();
    let run = practice.sign(&asked, "@one.reply").ok();
    let text = run.text();
    assert!(
        text.contains("BLIND") && text.contains("signed without being shown on the device: line 2"),
        "{text}"
    );
    let seen = practice.seen().join("\n");
    assert!(seen.contains("Blind signing ahead") && !seen.contains("1 ETH"), "{seen}");
    let reply = practice.house.reply("one.reply");
    assert_eq!(reply.items.iter().map(|item| item.blind).collect::<Vec<_>>(), [false, true]);
    assert_eq!(practice.raw(&asked, &reply).len(), 2);
    let again = practice.sign_with(&asked, "@one.reply", &JSON).ok();
    assert_eq!(again.json()["data"]["blind"], serde_json::json!([2]));
}

#[test]
fn an_undescribed_token_waits_until_the_app_was_reopened() {
    let practice = Practice::with(with_leave);
    practice.device(|device| device.allow_blind_signing(true));
    let intents = vec![practice.token(USDC, 1_000_000, "U-1"), practice.token(TOKEN, 5_000_000, "T-1")];
    let asked = practice.asked(intents, 7);
    let run = practice.sign_with(&asked, "@one.reply", &JSON);
    named(run, 8, "reopen").says("would show its name").says("open it again, and repeat the command");
    assert_eq!(practice.standing(), (1, 0));
    practice.device(|device| device.open(App::Ethereum));
    practice.seen();
    practice.sign(&asked, "@one.reply").ok();
    let seen = practice.seen().join("\n");
    assert!(!seen.contains("USDC"), "the described one was pressed before: {seen}");
    assert_eq!(practice.raw(&asked, &practice.house.reply("one.reply")).len(), 2);
}

/// A house with two accounts on a Ledger and one of a software key.
fn mixed() -> Practice {
    let bus = strongroom_virtual::VirtualBus::new();
    let socket = bus.add(ledger(yes()));
    let bench = bench(&bus);
    let station = found(&bench);
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    let chain = ["--chain", "eip155:1"];
    let cold = [&["enroll", "--device", "ledger", "--label", "Cold", "-o", "@cold.account"], &chain[..]];
    bench.run_secrets(&cold.concat(), &[STATION_PASS]).ok();
    let hot = [&["enroll", "--key", "treasury", "--label", "Hot", "-o", "@hot.account"], &chain[..]];
    bench.run_secrets(&hot.concat(), &[STATION_PASS, KEY_PASS]).ok();
    let house = House::ruled(bench, station, &["cold.account", "hot.account"], rules(|policy| policy));
    Practice { house, bus, socket }
}

#[test]
fn software_keys_and_devices_sign_one_request_together_or_in_parts() {
    let practice = mixed();
    let mut intents = vec![practice.house.pay(EXCHANGE, COIN, "A"), practice.house.pay(EXCHANGE, COIN, "B")];
    intents[1].account = practice.house.accounts[1].id();
    let asked = practice.asked(intents, 7);
    practice.house.pack("p.pack", &asked);
    let sign = |out: &str, more: &[&str], secrets: &[&str]| {
        let args = ["sign", "@p.pack", "--confirm", &asked.code, "-o", out];
        practice.house.bench.run_secrets(&[&args[..], more].concat(), secrets)
    };
    let (both, station) = ([STATION_PASS, KEY_PASS], [STATION_PASS]);
    let lines =
        |name: &str| practice.house.reply(name).items.iter().map(|item| item.intent).collect::<Vec<_>>();
    // Without the device all of it waits, and nothing is claimed.
    practice.bus.unplug(practice.socket);
    sign("@a.reply", &[], &both).refused(8, "Cold is held by a ledger, and none is plugged in");
    assert_eq!(practice.standing(), (0, 0));
    // In parts: what can be signed is, and what was left out is said, with the reason.
    let run = sign("@a.reply", &["--partial"], &both).ok();
    assert!(run.err.contains("line 1 is left out") && run.err.contains("none is plugged in"), "{}", run.err);
    assert_eq!(lines("a.reply"), [1]);
    // A part of which nothing can be signed says why, in the device's words.
    sign("@b.reply", &["--partial", "--device", "ledger"], &station).refused(8, "none is plugged in");
    practice.bus.plug_in(practice.socket);
    practice.device(Ledger::lock);
    sign("@b.reply", &["--partial", "--device", "ledger"], &station).refused(8, "unlock it with its PIN");
    practice.device(Ledger::unlock);
    sign("@b.reply", &["--partial", "--device", "ledger"], &station).ok();
    assert_eq!(lines("b.reply"), [0]);
    sign("@c.reply", &["--partial", "--key", "treasury"], &both).ok();
    assert_eq!(lines("c.reply"), [1]);
    // A key alone does not do for all of it.
    sign("@d.reply", &["--key", "treasury"], &both).refused(8, "no key at hand serves Cold");
    sign("@d.reply", &[], &both).ok();
    assert_eq!(lines("d.reply"), [0, 1]);
    let all = practice.raw(&asked, &practice.house.reply("d.reply"));
    let parts = ["b.reply", "a.reply"].map(|name| practice.raw(&asked, &practice.house.reply(name)));
    assert_eq!(all, parts.concat(), "the same signatures in parts");
    practice.house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn of_two_alike_the_one_with_the_key_signs() {
    let practice = Practice::new();
    let asked = practice.payment(7);
    let [wrong, right] = practice.plug([stranger(yes()), ledger(yes())]);
    practice
        .sign_with(&asked, "@one.reply", &["--device", "ledger:virtual:1"])
        .refused(5, "has another seed");
    assert_eq!(practice.standing(), (0, 0));
    practice.sign(&asked, "@one.reply").ok();
    let seen = [wrong, right].map(|socket| practice.bus.device(socket, Ledger::screens_seen).unwrap().len());
    assert_eq!(seen[0], 0);
    assert!(seen[1] > 0);
    assert_eq!(practice.raw(&asked, &practice.house.reply("one.reply")).len(), 1);
    // Of one that is locked and one that is a stranger, each is told.
    practice.bus.device(right, Ledger::lock);
    let run = practice.sign(&practice.payment(8), "@two.reply");
    run.refused(8, "none of 2 devices").says("another seed").says("locked");
}

/// The device is not the right one, or not ready: these words, and nothing is claimed or asked.
#[track_caller]
fn nothing_is_claimed(practice: &Practice, exit: u8, code: &str, words: &str) {
    let asked = practice.payment(7);
    let run = named(practice.sign_with(&asked, "@one.reply", &JSON), exit, code);
    let message = run.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(words), "{message}");
    assert_eq!(practice.standing(), (0, 0));
    assert!(!practice.house.bench.path("one.reply").exists());
    assert!(practice.pressed().is_empty());
    assert!(practice.seen().is_empty());
}

#[test]
fn a_device_that_is_not_ready_or_not_the_one_claims_nothing() {
    let practice = Practice::new();
    practice.device(Ledger::lock);
    nothing_is_claimed(&practice, 8, "locked", "unlock it with its PIN and repeat the command");
    practice.device(Ledger::unlock);
    practice.device(|device| device.open(App::Dashboard));
    nothing_is_claimed(&practice, 8, "wrong-app", "\"BOLOS\" open where \"Ethereum\" is needed");
    let solana = App::Other { name: "Solana".to_owned(), version: "1.9.0".to_owned(), class: 0xe0 };
    practice.device(|device| device.open(solana));
    nothing_is_claimed(&practice, 8, "wrong-app", "\"Solana\" open where \"Ethereum\" is needed");
    let [wrong] = practice.plug([stranger(yes())]);
    nothing_is_claimed(&practice, 5, "other-key", "has another seed than the one Cold 1 was enrolled with");
    practice.bus.add(stranger(yes()));
    nothing_is_claimed(&practice, 5, "other-key", "none of the 2 devices that are plugged in");
    practice.bus.unplug(wrong);
    let practice = Practice::new();
    practice.bus.unplug(practice.socket);
    nothing_is_claimed(&practice, 8, "signer", "Cold 1 is held by a ledger, and none is plugged in");
    practice.bus.plug_in(practice.socket);
    practice.bus.describe(practice.socket, |found| found.vendor = 0x1209);
    nothing_is_claimed(&practice, 8, "signer", "none is plugged in");
    practice.bus.describe(practice.socket, |found| found.vendor = 0x2c97);
    practice.device(|device| device.open(App::Ethereum));
    practice.sign(&practice.payment(7), "@one.reply").ok();
}

#[test]
fn a_passphrase_on_the_device_makes_another_device() {
    let practice = Practice::new();
    let words = strongroom_virtual::seed::PUBLISHED[0];
    let hidden = strongroom_virtual::TrainingSeed::new(words, "hidden").unwrap();
    practice.plug([Ledger::new(strongroom_virtual::Setup::new(hidden), Box::new(yes()))]);
    nothing_is_claimed(&practice, 5, "other-key", "or enter its passphrase on it");
}

#[test]
fn what_the_owner_rejects_is_not_signed_and_its_claims_stay() {
    let practice = Practice::new();
    let asked = practice.payment(7);
    practice.hand_to(Script::always(Decision::Reject));
    let run = practice.sign_with(&asked, "@one.reply", &JSON).refused(4, "line 1: refused on the device");
    named(run, 4, "rejected");
    assert_eq!(practice.standing(), (1, 0));
    assert!(practice.pressed().is_empty());
    assert!(!practice.house.bench.path("one.reply").exists());
    // The nonce is taken: nothing else goes in its place, and the same request goes on.
    let other = practice.asked(vec![practice.house.pay(EXCHANGE, COIN, "OTHER")], 7);
    practice.hand_to(yes());
    practice.sign(&other, "@other.reply").refused(3, "already carries another payment");
    practice.sign(&asked, "@one.reply").ok();
    assert_eq!(practice.raw(&asked, &practice.house.reply("one.reply")).len(), 1);
    assert_eq!(practice.standing(), (1, 1));
    practice.house.bench.run(&["journal", "verify"]).ok();
}
