//! Genuine papers of another house, under the keys of people who are in both.

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Bundle, HouseId, JournalHash, canonical};

use super::doors::{DeskSide, Import, Install, Record, Sign, VaultSide, Watch};
use crate::support::house::{Asked, sign, signature};

fn elsewhere() -> HouseId {
    HouseId::of(b"another house")
}

/// Which rules refused, by the machine-readable review.
fn rules(side: &VaultSide) -> Vec<String> {
    let run = side.house.bench.run(&["--output", "json", "review", "@laid"]).json();
    let refusals = run["data"]["refusals"].as_array().unwrap();
    refusals.iter().map(|refusal| refusal["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_request_of_another_house() {
    let side = VaultSide::new();
    let mut request = side.asked.request.clone();
    let mut plan = request.plan.value().clone();
    plan.house = elsewhere();
    let bytes = canonical::encode(&plan);
    let seal = signature("alice", Namespace::Plan, &bytes);
    request.plan = strongroom_protocol::Sealed::new(bytes, seal).unwrap();
    // Bob and carol approve in both houses.
    let foreign = VaultSide { asked: side.house.asked(request), house: side.house };
    let pack = Bundle::write(&foreign.pack());
    let honest = foreign.house.payment();
    let side = VaultSide { house: foreign.house, asked: Asked { code: foreign.asked.code, ..honest } };
    let door = Sign(&side);
    let mut watch = Watch::on(&door);
    let words = watch.refused("another house", &pack, &[5]);
    assert!(words.contains("the plan belongs to house"), "{words}");
    // A judge that does not ask for the house would have signed.
    assert_eq!(rules(&side), ["house"]);
}

#[test]
fn a_policy_and_a_book_of_another_house() {
    let side = VaultSide::new();
    for door in [Install::policy(&side), Install::book(&side)] {
        let mut watch = Watch::on(&door);
        let other = door.text.replacen(&side.house.policy.house().to_string(), &elsewhere().to_string(), 1);
        assert_ne!(other, door.text);
        let words = watch.refused("another house", &door.signed(&other), &[5]);
        assert!(words.contains("but this is house"), "{words}");
        watch.genuine_is_taken();
    }
}

#[test]
fn a_thaw_of_another_house() {
    let side = VaultSide::new();
    side.house.bench.run(&["freeze", "--by", "bob", "--reason", "drill"]).ok();
    let freeze = side.house.head().hash;
    let text = |house| strongroom_policy::Thaw { house, freeze }.text();
    let own = side.house.policy.house();
    let lay = |text: &str| {
        side.house.bench.write("thaw.txt", sign(&["erin", "frank"], Namespace::Thaw, text).to_string());
        side.house.bench.run(&["thaw", "@thaw.txt"])
    };
    lay(&text(elsewhere())).refused(5, "but this is house");
    lay(&text(own)).ok();
}

#[test]
fn a_record_and_a_reply_of_another_house() {
    let side = DeskSide::new();
    let door = Record(&side);
    let mut watch = Watch::on(&door);
    let mut account = door.account();
    account.house = elsewhere();
    let record = Bundle::write(&Record::seal(canonical::encode(&account)));
    watch.refused("a record of another house", &record, &[5]);
    watch.genuine_is_taken();
    let door = Import(&side);
    let mut watch = Watch::on(&door);
    let mut reply = side.reply.clone();
    reply.house = elsewhere();
    let words = watch.refused("a reply of another house", &side.stage.vault.seal(&reply), &[5]);
    assert!(words.contains("the reply is of house"), "{words}");
    watch.genuine_is_taken();
}

#[test]
fn a_journal_of_another_house_is_not_continued() {
    // A thief puts the journal of a house of their own, in which nothing was ever signed, in the place of ours.
    let (side, other) = (VaultSide::new(), VaultSide::new());
    let path = |side: &VaultSide, name: &str| side.house.bench.home().join(name);
    let mut line = std::fs::read(path(&other, "journal")).unwrap();
    let house = *side.house.policy.house().as_bytes();
    // Both houses are the same here, so the first line is made another's.
    let at = line.windows(32).position(|window| window == house).unwrap();
    line[at..at + 32].copy_from_slice(JournalHash::of(b"another").as_bytes());
    std::fs::write(path(&side, "journal"), line).unwrap();
    let run = side.house.bench.run(&["review", "@laid"]);
    assert_eq!(run.exit, 9, "{}", run.logged());
    assert!(run.logged().contains("journal"), "{}", run.logged());
}
