//! Policies: linted, signed by admins, sealed by a quorum, installed in a row.

use crate::office::{Office, key_of, sign_with};
use crate::texts::{self, account, next, policy};
use strongroom_protocol::sshsig::Namespace;

fn id(office: &Office) -> String {
    office.json("policy show").1["data"]["policy"].as_str().unwrap().to_owned()
}

#[test]
fn a_policy_goes_its_way_and_is_shown() {
    let (office, _, text) = texts::ruled();
    let (_, shown) = office.json("policy show -o @copy.txt");
    assert_eq!(shown["data"]["signed_by"], serde_json::json!(["alice", "bob"]));
    assert_eq!(shown["data"]["epoch"], 1);
    assert_eq!(office.read("copy.txt"), office.read("policy-1.txt"));
    office.run("policy show").done().says("signed by          alice, bob");
    office.run("policy explain").done().says("account Cold ETH");
    office.run("policy explain @policy-1.toml").done().says("vault-1");
    office.run("policy install @policy-1.txt").done().says("in force already");
    assert_eq!(
        office.json("journal show").1["data"]["lines"].as_array().unwrap().len(),
        2,
        "nothing was done twice"
    );
    let second = next(&text, 2, &id(&office)).replace("max_item = \"50\"", "max_item = \"60\"");
    office.write("policy-2.toml", second);
    let ran = office.run("policy diff @policy-2.toml").done();
    assert!(ran.out.contains("loosens") && ran.out.contains("50 ETH → 60 ETH"), "{ran:?}");
    office.run("policy diff @policy-2.toml @policy-1.toml").done().says("Nothing is loosened");
    assert_eq!(office.json("policy diff @policy-1.txt @policy-2.toml").1["data"]["loosens"], true);
    office.sealed("policy", "policy-2.toml", &["carol", "bob"], "policy-2.txt").done();
    office.run("policy install @policy-2.txt").done().says("Something is loosened");
    office.run("policy install @policy-1.txt").refused(3, "not newer than epoch 2");
}

#[test]
fn a_policy_without_a_quorum_is_not_installed() {
    let office = Office::with_home();
    let text = policy(&office, &[]);
    office.write("p.toml", &text);
    office.run("policy install @p.toml").refused(3, "0 of the 2 admins needed");
    office.sealed("policy", "p.toml", &["alice"], "p1.txt").refused(3, "1 of the 2 admins needed");
    assert!(!office.path("p1.txt").exists());
    let armour =
        |name: &str, namespace, text: &str| sign_with(&key_of(name), namespace, text.as_bytes()).to_armour();
    let alice = armour("alice", Namespace::Policy, &text);
    for (second, code, words) in [
        (armour("alice", Namespace::Policy, &text), 3, "1 of the 2"),
        (armour("mallory", Namespace::Policy, &text), 5, "was made by"),
        (armour("erin", Namespace::Policy, &text), 5, "was made by"),
        (armour("bob", Namespace::Book, &text), 5, "was made for"),
        (armour("bob", Namespace::Policy, &text.replace("\"50\"", "\"51\"")), 5, "does not verify"),
    ] {
        office.write("forged.txt", format!("{text}{alice}{second}"));
        office.run("policy install @forged.txt").refused(code, words);
    }
    assert_eq!(office.error("policy show"), (8, "no-policy".to_owned()));
    office.write("good.txt", format!("{text}{alice}{}", armour("bob", Namespace::Policy, &text)));
    office.run("policy install @good.txt").done();
}

#[test]
fn a_policy_of_another_house_or_an_unsound_one_is_not_even_signed() {
    let office = Office::with_home();
    let text = policy(&office, &[&account(&office, "Cold ETH", "eip155:1", 0)]);
    let sign = "policy sign @p.toml --key @alice.pub -o @p.sig";
    office.write("p.toml", text.replace(&office.house(), &"0".repeat(64)));
    office.run(sign).refused(5, "is of house");
    office.write("p.toml", text.replace("approvals = 2", "approvals = 1"));
    office.run(sign).refused(3, "findings are errors").says("approvals-too-few");
    office.run("policy lint @p.toml").refused(3, "1 of the findings are errors");
    office.write("p.toml", text.replace("statement_hours = 72", "statement_hours = 72\nsurprise = 1"));
    office.run(sign).refused(9, "surprise");
    office.run("policy lint @p.toml").refused(3, "").says("unreadable");
    office.write("p.toml", &text);
    office.run("policy sign @p.toml --key @erin.pub -o @p.sig").refused(3, "none of the keys at hand");
    assert!(!office.path("p.sig").exists());
    office.run(sign).done();
}

#[test]
fn lint_knows_the_chains_own_spelling() {
    let office = Office::with_home();
    let cold = account(&office, "Cold ETH", "eip155:1", 0);
    let text = policy(&office, &[&cold]);
    office.write("p.toml", text.replace(cold.address.as_str(), &cold.address.as_str().to_lowercase()));
    let (code, linted) = office.json("policy lint @p.toml");
    assert_eq!(code, 3);
    assert!(linted["data"]["findings"].to_string().contains("checksummed"), "{linted}");
    office.write("p.toml", text);
    let (code, linted) = office.json("policy lint @p.toml");
    assert_eq!((code, &linted["data"]["errors"]), (0, &serde_json::json!(0)));
    // Without a home there is less to say, and nothing to stop it.
    office.run("policy lint @p.toml --home @nowhere").done();
}

#[test]
fn epochs_are_taken_in_order() {
    let (office, _, text) = texts::ruled();
    let first = id(&office);
    let third = next(&next(&text, 2, &"1".repeat(64)), 3, &"2".repeat(64));
    office.write("p3.toml", third);
    office.sealed("policy", "p3.toml", &["alice", "bob"], "p3.txt").done();
    office.run("policy install @p3.txt").refused(3, "install those between them first");
    // Another policy of the first epoch, signed as well as the first.
    office.write("p1.toml", text.replace("\"50\"", "\"49\""));
    office.sealed("policy", "p1.toml", &["alice", "bob"], "p1.txt").done();
    office.run("policy install @p1.txt").refused(3, "not newer");
    assert_eq!(id(&office), first);
}

#[test]
fn a_policy_that_has_not_begun_is_installed_with_a_word() {
    let office = Office::with_home();
    let text = policy(&office, &[]).replace("2026-11-20T00:00:00Z", "2026-12-20T00:00:00Z");
    office.write("p.toml", text);
    office.sealed("policy", "p.toml", &["alice", "bob"], "p.txt").done();
    office.run("policy install @p.txt").done().warns("counts only from 2026-12-20T00:00:00Z on");
}

#[test]
fn a_policy_that_the_chains_contradict_is_not_installed_whoever_signed_it() {
    let office = Office::with_home();
    let cold = account(&office, "Cold ETH", "eip155:1", 0);
    let text = policy(&office, &[&cold]);
    let lower = text.replace(cold.address.as_str(), &cold.address.as_str().to_lowercase());
    let foreign = text.replace("eip155:1/slip44:60", "eip155:1/slip44:966");
    for (bad, words) in [(lower, "checksummed"), (foreign, "its native asset is eip155:1/slip44:60")] {
        assert_ne!(bad, text);
        let namespace = strongroom_protocol::sshsig::Namespace::Policy;
        office.write("bad.txt", texts::signed_elsewhere(namespace, &bad, &["alice", "bob"]));
        office.run("policy install @bad.txt").refused(3, "the policy is not installed").says(words);
        assert_eq!(office.error("policy show"), (8, "no-policy".to_owned()));
    }
}
