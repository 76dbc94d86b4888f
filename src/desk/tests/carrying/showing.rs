//! `request show`: with a home, without one, and of bytes that were tampered with.

use strongroom_protocol::{Bundle, Request, Unsigned};

use crate::house::EXCHANGE;
use crate::stage::Stage;

/// The request in a file, changed and written again under another name.
pub fn tampered(stage: &Stage, name: &str, change: impl FnOnce(&mut Request)) -> String {
    let mut request = stage.request(name);
    change(&mut request);
    let file = stage.house.file("tampered.req");
    std::fs::write(&file, Bundle::write(&request)).unwrap();
    file.display().to_string()
}

/// Changes the last byte of the payee's address inside the unsigned bytes: a transaction to somebody else.
pub fn pay_another(request: &mut Request) {
    let payee = EXCHANGE.trim_start_matches("0x").to_lowercase();
    let payee: Vec<u8> =
        (0..40).step_by(2).map(|at| u8::from_str_radix(&payee[at..at + 2], 16).unwrap()).collect();
    let rung = &mut request.items[0].rungs[0];
    let mut bytes = rung.unsigned.0.clone();
    let at = bytes.windows(20).position(|window| window == payee).unwrap();
    bytes[at + 19] ^= 1;
    rung.unsigned = Unsigned(bytes);
}

#[test]
fn with_the_house_at_hand_names_and_symbols_are_its_own() {
    let mut stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "3", "pay.req").exit, 0);
    let path = stage.path("pay.req");
    let data = stage.run(&["request", "show", &path]).data();
    let line = &data["lines"][0];
    assert_eq!((&line["account"]["label"], &line["account"]["claimed"]), (&"Cold 0".into(), &false.into()));
    let effect = &line["effects"][0];
    assert_eq!(effect["to"]["label"], "Exchange A");
    assert_eq!((&effect["to"]["claimed"], &effect["to"]["class"]), (&false.into(), &"exchange".into()));
    assert_eq!((&effect["amount"]["amount"], &effect["amount"]["symbol"]), (&"1.5".into(), &"ETH".into()));
    assert_eq!((&line["versions"], &line["nonce"]), (&3.into(), &7.into()));
    assert_eq!((&data["bytes_match"], &data["preparer"]["verified"]), (&true.into(), &true.into()));
    assert_eq!(data["totals"][0]["sum"]["base_units"], "1500000000000000000");
    stage.output = "human";
    let shown = stage.run(&["request", "show", &path]);
    assert_eq!(shown.exit, 0, "{}", shown.err);
    let order: Vec<_> = [
        "1.5 ETH",
        "0x 7099 7970 C518 12dc 3A01 0C7d 01b5 0e0d 17dc 79C8",
        "reference \"INV-1\"",
        "Comparison code",
    ]
    .iter()
    .map(|words| shown.out.find(words).unwrap_or_else(|| panic!("no {words} in {}", shown.out)))
    .collect();
    assert!(order.is_sorted(), "{}", shown.out);
    assert!(!shown.out.contains("claimed"), "{}", shown.out);
}

#[test]
fn without_a_home_everything_is_claimed() {
    let mut stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
    let (path, nowhere) = (stage.path("pay.req"), stage.house.file("nowhere"));
    let data = stage.run_in(&nowhere, &["request", "show", &path]).data();
    let line = &data["lines"][0];
    assert_eq!((&line["account"]["label"], &line["account"]["claimed"]), (&"Cold 0".into(), &true.into()));
    assert_eq!(
        (&line["effects"][0]["to"]["label"], &line["effects"][0]["amount"]["symbol"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(line["effects"][0]["amount"]["base_units"], "1500000000000000000");
    assert!(data["preparer"]["verified"].is_null());
    assert!(data["preparer"]["claimed_key"].as_str().unwrap().starts_with("SHA256:"));
    stage.output = "human";
    let shown = stage.run_in(&nowhere, &["request", "show", &path]).out;
    assert!(shown.contains("1500000000000000000 base units of eip155:1/slip44:60 (claimed)"), "{shown}");
    assert!(shown.contains("\"Cold 0\" (claimed)"), "{shown}");
    assert!(!nowhere.exists(), "showing makes no home");
    // A home that is broken is as good as none.
    std::fs::write(stage.house.home.join("house.txt"), "nothing").unwrap();
    let broken = stage.run(&["request", "show", &path]);
    assert_eq!(broken.exit, 0, "{}", broken.err);
    assert!(broken.out.contains("(claimed)") && broken.err.contains("home is not used"), "{}", broken.err);
}

#[test]
fn bytes_that_pay_another_are_named() {
    let stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
    let path = tampered(&stage, "pay.req", pay_another);
    for home in [stage.house.home.clone(), stage.house.file("nowhere")] {
        let run = stage.run_in(&home, &["request", "show", &path]);
        assert_eq!(run.error(), (5, "rebuild".to_owned()));
        assert!(run.words().contains("line 1"), "{}", run.words());
        // What the bytes do is shown all the same.
        assert!(!run.json()["data"]["lines"][0]["effects"][0]["to"]["address"].is_null());
    }
}

#[test]
fn a_plan_that_somebody_else_signed_is_named() {
    let stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
    let path = tampered(&stage, "pay.req", |request| {
        let bytes = request.plan.bytes().to_vec();
        let bob = crate::house::Person::new("bob", 4);
        let signature = bob.sign(strongroom_protocol::sshsig::Namespace::Plan, &bytes);
        request.plan = strongroom_protocol::Sealed::new(bytes, signature).unwrap();
    });
    assert_eq!(stage.run(&["request", "show", &path]).error(), (5, "preparer".to_owned()));
}

#[test]
fn of_a_long_request_people_see_the_ends() {
    let mut stage = Stage::new();
    let lines: Vec<_> = (0..30).map(|n| format!("Cold 0,Exchange A,0.2,ETH,R-{n},\n")).collect();
    let lines = lines.concat();
    let csv = stage.house.write("batch.csv", &format!("account,to,amount,asset,reference,reason\n{lines}"));
    let path = stage.path("batch.req");
    let run = stage.run(&["pay", "--batch", &csv.display().to_string(), "--agent", "-o", &path]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    assert_eq!(stage.run(&["request", "show", &path]).data()["lines"].as_array().unwrap().len(), 30);
    stage.output = "human";
    let shown = stage.run(&["request", "show", &path]).out;
    assert!(shown.contains("6 ETH") && shown.contains("30 payments"), "{shown}");
    assert!(
        shown.contains("20 lines are not shown") && shown.contains("\"R-4\"") && shown.contains("\"R-25\""),
        "{shown}"
    );
    assert!(!shown.contains("\"R-5\"") && !shown.contains("\"R-24\""), "{shown}");
    let all = stage.run(&["request", "show", &path, "--all"]).out;
    assert!(all.contains("\"R-15\"") && !all.contains("not shown"), "{all}");
}

#[test]
fn a_book_that_is_handed_in_names_payees_and_vouches_for_nobody() {
    let stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
    let house = stage.house.accounts[0].house;
    let book = format!(
        "schema = \"strongroom.book.v1\"\nhouse = \"{house}\"\nepoch = 1\n\n[[destination]]\n\
         address = \"eip155:1:{EXCHANGE}\"\nlabel = \"Grandmother\"\nclass = \"family\"\nassets = [\"ETH\"]\n"
    );
    let book = stage.house.write("book.txt", &book).display().to_string();
    let (path, nowhere) = (stage.path("pay.req"), stage.house.file("nowhere"));
    let args = ["request", "show", &path, "--book", &book];
    let to = stage.run_in(&nowhere, &args).data()["lines"][0]["effects"][0]["to"].clone();
    assert_eq!((&to["label"], &to["claimed"]), (&"Grandmother".into(), &true.into()));
    assert!(to["class"].is_null());
    // Where the house has a book of its own, that one counts.
    let to = stage.run(&args).data()["lines"][0]["effects"][0]["to"].clone();
    assert_eq!((&to["label"], &to["claimed"]), (&"Exchange A".into(), &false.into()));
}
