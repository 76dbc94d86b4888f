//! Genuine papers that were used before.

use strongroom_policy::Thaw;
use strongroom_protocol::JournalHash;
use strongroom_protocol::sshsig::Namespace;

use super::doors::{DeskSide, Door, Import, Install, Sign, VaultSide, Watch};
use crate::house::Person;
use crate::support::house::{House, sign};

/// The line that began the newest freeze.
fn freeze(house: &House) -> JournalHash {
    house.bench.run(&["freeze", "--by", "bob", "--reason", "drill"]).ok();
    house.head().hash
}

#[test]
fn a_thaw_at_the_vault() {
    let side = VaultSide::new();
    let house = &side.house;
    let thaw = Thaw { house: house.policy.house(), freeze: freeze(house) };
    house.bench.write("thaw.txt", sign(&["erin", "frank"], Namespace::Thaw, &thaw.text()).to_string());
    // Once it ends the freeze that it names: the very same bytes.
    house.bench.run(&["thaw", "@thaw.txt"]).ok();
    house.bench.run(&["thaw", "@thaw.txt"]).refused(3, "not frozen");
    house.bench.later(3600);
    let second = freeze(house);
    let events = house.bench.events();
    house.bench.run(&["thaw", "@thaw.txt"]).refused(3, "a thaw ends one freeze, once");
    assert_eq!(house.bench.events(), events);
    let asked = house.payment();
    house.sign(&asked, "@reply").refused(3, "the house is frozen");
    let thaw = Thaw { house: house.policy.house(), freeze: second };
    house.bench.write("second.txt", sign(&["erin", "frank"], Namespace::Thaw, &thaw.text()).to_string());
    house.bench.run(&["thaw", "@second.txt"]).ok();
    house.sign(&house.payment(), "@reply").ok();
}

#[test]
fn a_thaw_at_the_desk() {
    let side = DeskSide::new();
    let stage = &side.stage;
    let freeze = || {
        let run = stage.run(&["freeze", "--by", "bob", "--reason", "drill"]).data();
        run["freeze"].as_str().unwrap().parse::<JournalHash>().unwrap()
    };
    let house = stage.house.accounts[0].house;
    let thaw = Thaw { house, freeze: freeze() }.text();
    let admins = [Person::new("erin", 1), Person::new("frank", 2)];
    let signatures = admins.iter().map(|admin| admin.sign(Namespace::Thaw, thaw.as_bytes())).collect();
    let signed = strongroom_protocol::SignedText::with_signatures(thaw, signatures).unwrap();
    stage.house.write("thaw.txt", &signed.to_string());
    let apply = || stage.run(&["thaw", &stage.path("thaw.txt")]);
    assert_eq!(apply().exit, 0, "the first time it is used");
    freeze();
    let journal = stage.journal();
    let again = apply();
    assert_eq!(again.exit, 3, "{}", again.out);
    assert!(again.words().contains("a thaw ends one freeze, once"), "{}", again.out);
    assert_eq!(stage.journal(), journal);
}

#[test]
fn a_pack_that_was_signed() {
    let side = VaultSide::new();
    let door = Sign(&side);
    let (exit, words) = door.lay(&door.genuine());
    assert_eq!(exit, 0, "{words}");
    // The same again gives the same signatures, and no second payment: the request goes on where it stood.
    std::fs::rename(side.house.bench.path("reply"), side.house.bench.path("first")).unwrap();
    let (exit, words) = door.lay(&door.genuine());
    assert_eq!(exit, 0, "{words}");
    let (first, second) = (side.house.reply("first"), side.house.reply("reply"));
    assert_eq!(first.items, second.items);
    let claims = side.house.bench.events().iter().filter(|event| *event == "claimed").count();
    assert_eq!(claims, 2, "it was claimed twice, besides the payment before");
}

#[test]
fn a_policy_that_was_replaced() {
    let side = VaultSide::new();
    let old = side.house.bench.read("policy.txt");
    let door = Install::policy(&side);
    let (exit, words) = door.lay(&door.genuine());
    assert_eq!(exit, 0, "{words}");
    let mut watch = Watch::on(&door);
    let words = watch.refused("the policy before", &old, &[3]);
    assert!(words.contains("is not newer"), "{words}");
}

#[test]
fn a_reply_twice() {
    let side = DeskSide::new();
    let door = Import(&side);
    let reply = door.genuine();
    let id = side.stage.request("pay.req").id().to_string();
    let versions = || side.stage.run(&["status", &id]).data()["versions"].clone();
    assert_eq!(door.lay(&reply).0, 0);
    let first = versions();
    let (exit, words) = door.lay(&reply);
    assert_eq!(exit, 0, "{words}");
    assert_eq!(versions(), first, "it counts twice");
}
