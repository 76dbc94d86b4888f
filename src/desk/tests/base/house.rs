//! Founding a house.

use crate::office::{Office, key_of, sign_with};
use strongroom_protocol::sshsig::Namespace;

const DRAFT: &str = "house draft --name 'Example treasury' --admin alice=@alice.pub --admin bob=@bob.pub --admin carol=@carol.pub --threshold 2 -o @house.txt";

#[test]
fn a_house_is_founded_by_every_admin() {
    let office = Office::new();
    office.run(DRAFT).done().says("2 of 3 admins");
    let (_, draft) = office.json("house show @house.txt");
    assert_eq!(draft["data"]["sealed"], false);
    office.agent.replace(Some(vec!["mallory", "bob"]));
    office.run("house sign @house.txt --agent -o @bob.sig").done().says("bob signed");
    for name in ["alice", "carol"] {
        office.run(&format!("house sign @house.txt --key @{name}.pub -o @{name}.sig")).done();
    }
    office.run("house seal @house.txt @alice.sig @bob.sig -o @admins.txt").refused(3, "still missing: carol");
    assert!(!office.path("admins.txt").exists());
    office.run("house seal @house.txt @alice.sig @bob.sig @carol.sig -o @admins.txt").done();
    let (_, sealed) = office.json("house show @admins.txt");
    assert_eq!(sealed["data"]["sealed"], true);
    assert_eq!(sealed["data"]["code"], draft["data"]["code"], "signatures do not change the house");
    assert_eq!(sealed["data"]["house"], draft["data"]["house"]);
}

#[test]
fn a_second_key_of_one_admin_is_no_second_admin() {
    let office = Office::new();
    office
        .run("house draft --name E --admin alice=@alice.pub --admin alice=@frank.pub --admin bob=@bob.pub --threshold 2 -o @house.txt")
        .done();
    office.run("house sign @house.txt --key @alice.pub -o @a1.sig").done();
    office.run("house sign @house.txt --key @frank.pub -o @a2.sig").done().says("alice signed");
    office.run("house seal @house.txt @a1.sig @a2.sig -o @x").refused(3, "still missing: bob");
}

#[test]
fn drafts_that_would_not_protect_anybody_are_not_written() {
    let office = Office::new();
    for (line, code, words) in [
        ("--admin alice=@alice.pub --admin bob=@bob.pub --threshold 1", 2, "it must be at least 2"),
        ("--admin alice=@alice.pub --admin bob=@bob.pub --threshold 3", 2, "no more than there are"),
        ("--admin alice=@alice.pub --admin bob=@alice.pub --threshold 2", 2, "a key belongs to one person"),
        ("--admin alice=@nosuch.pub --admin bob=@bob.pub --threshold 2", 8, "No such file"),
        ("--admin alice=@alice --admin bob=@bob.pub --threshold 2", 8, "does not end in .pub"),
        ("--admin Alice=@alice.pub --admin bob=@bob.pub --threshold 2", 2, "is not a name"),
        ("--admin alice --threshold 2", 2, "write it as alice=alice.pub"),
        ("--threshold 2", 2, "--admin"),
    ] {
        office.run(&format!("house draft --name E {line} -o @house.txt")).refused(code, words);
        assert!(!office.path("house.txt").exists(), "{line}");
    }
    office
        .run("house draft --name 'a\u{202e}b' --admin alice=@alice.pub --threshold 2 -o @x")
        .refused(2, "not printable");
}

#[test]
fn nobody_else_signs_and_nothing_else_is_signed() {
    let office = Office::new();
    office.run(DRAFT).done();
    office.run("house sign @house.txt --agent -o @x.sig").refused(8, "no ssh-agent");
    office.agent.replace(Some(vec!["mallory"]));
    office.run("house sign @house.txt --agent -o @x.sig").refused(3, "none of the keys at hand");
    office.agent.replace(Some(vec!["alice", "bob"]));
    office.run("house sign @house.txt --agent -o @x.sig").refused(3, "keys of alice and bob");
    office.run("house sign @house.txt --key @mallory.pub -o @x.sig").refused(3, "none of the keys at hand");
    office.run("house sign @house.txt --agent --key @bob.pub -o @x.sig").refused(2, "cannot be used with");
    office.run("house sign @house.txt -o @x.sig").refused(2, "--agent");
    office.forging.set(true);
    office.run("house sign @house.txt --key @bob.pub -o @x.sig").refused(5, "does not hold");
    assert!(!office.path("x.sig").exists());
    office.forging.set(false);
    office.run("house sign @house.txt --key @bob.pub -o @bob.sig").done();
    office.run("house sign @house.txt --key @bob.pub -o @bob.sig").refused(8, "exists already");
}

#[test]
fn signatures_that_do_not_belong_are_refused() {
    let office = Office::new();
    office.run(DRAFT).done();
    let text = office.read("house.txt");
    let armour =
        |name: &str, namespace, text: &str| sign_with(&key_of(name), namespace, text.as_bytes()).to_armour();
    office.write("alice.sig", armour("alice", Namespace::House, &text));
    office.write("bob.sig", armour("bob", Namespace::House, &text));
    for (bad, words) in [
        (armour("mallory", Namespace::House, &text), "was made by"),
        (armour("carol", Namespace::Policy, &text), "was made for"),
        (
            armour("carol", Namespace::House, &text.replace("threshold = 2", "threshold = 3")),
            "does not verify",
        ),
    ] {
        office.write("carol.sig", bad);
        office.run("house seal @house.txt @alice.sig @bob.sig @carol.sig -o @admins.txt").refused(5, words);
    }
    office.write("carol.sig", "no armour at all");
    office
        .run("house seal @house.txt @alice.sig @bob.sig @carol.sig -o @admins.txt")
        .refused(9, "no SSH signature");
    assert!(!office.path("admins.txt").exists());
    // The text changes after it was signed.
    office.write("changed.txt", text.replace("Example", "Sample"));
    office
        .run("house seal @changed.txt @alice.sig @bob.sig @alice.sig -o @admins.txt")
        .refused(5, "does not verify");
}

#[test]
fn a_file_goes_to_standard_output_alone() {
    let office = Office::new();
    let ran = office
        .run("house draft --name E --admin alice=@alice.pub --admin bob=@bob.pub --threshold 2 -o -")
        .done();
    assert!(
        ran.out.starts_with("schema = \"strongroom.house.v1\"\n") && !ran.out.contains("Next:"),
        "{ran:?}"
    );
    assert!(ran.err.contains("Next:"), "the words go elsewhere");
    let line = "house draft --name E --admin alice=@alice.pub --admin bob=@bob.pub --threshold 2 -o -";
    assert_eq!(office.error(line), (2, "stdout-twice".to_owned()));
    // And it is read from standard input.
    let args = crate::office::words("house show -");
    let shown = office.run_with(args, ran.out.as_bytes()).done();
    assert!(shown.out.contains("still to be signed by alice, bob"), "{shown:?}");
}
