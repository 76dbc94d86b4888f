//! Freezing by one, thawing by a quorum that names the freeze.

use crate::office::Office;
use crate::texts;

fn frozen(office: &Office) -> String {
    let (code, document) = office.json("freeze --by alice --reason 'a laptop is missing'");
    assert_eq!(code, 0, "{document}");
    document["data"]["freeze"].as_str().unwrap().to_owned()
}

#[test]
fn one_person_freezes_and_a_quorum_thaws() {
    let (office, _, _) = texts::ruled();
    let freeze = frozen(&office);
    office.run(&format!("thaw draft --freeze {freeze} -o @t.txt")).done();
    office.sealed("thaw", "t.txt", &["alice"], "thaw1.txt").refused(3, "1 of the 2");
    office.run("thaw @t.txt").refused(3, "0 of the 2");
    office.sealed("thaw", "t.txt", &["alice", "carol"], "thaw.txt").done();
    office.run("thaw @thaw.txt").done().says("thawed");
    office.run("thaw @thaw.txt").refused(3, "is not frozen");
    // The thaw of yesterday's freeze does not end today's.
    let second = frozen(&office);
    assert_ne!(second, freeze);
    office.run("thaw @thaw.txt").refused(3, "a thaw ends one freeze, once");
    let kinds: Vec<_> = office.json("journal show").1["data"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["opened", "policy-installed", "frozen", "thawed", "frozen"]);
}

#[test]
fn a_second_freeze_outlives_the_thaw_of_the_first() {
    let (office, _, _) = texts::ruled();
    let one = frozen(&office);
    let (code, document) = office.json("freeze --by dave --reason 'and a phone'");
    assert_eq!(code, 0, "{document}");
    let two = document["data"]["freeze"].as_str().unwrap().to_owned();
    assert_ne!(one, two);
    let open = document["data"]["open"].as_array().unwrap();
    assert_eq!((open.len(), &open[0]["by"], &open[1]["by"]), (2, &"alice".into(), &"dave".into()));
    for (freeze, name) in [(&one, "one"), (&two, "two")] {
        office.run(&format!("thaw draft --freeze {freeze} -o @{name}.txt")).done();
        office
            .sealed("thaw", &format!("{name}.txt"), &["alice", "carol"], &format!("{name}-thaw.txt"))
            .done();
    }
    office.run("thaw @one-thaw.txt").done().says("stays frozen by 1 more").says(&two).says("and a phone");
    office.run("thaw @one-thaw.txt").refused(3, "a thaw ends one freeze, once");
    office.run("thaw @two-thaw.txt").done().says("thawed");
    office.run("thaw @two-thaw.txt").refused(3, "is not frozen");
}

#[test]
fn a_stranger_freezes_nothing() {
    let office = Office::with_home();
    assert_eq!(office.error("freeze --by mallory --reason x"), (2, "person".to_owned()));
    assert_eq!(
        office.error("freeze --by dave --reason x"),
        (2, "person".to_owned()),
        "no policy names dave yet"
    );
    office.run("freeze --by alice --reason ''").refused(2, "empty");
    office.run("freeze --by alice --reason x").done();
}

#[test]
fn thaws_that_are_not_the_admins_word_are_refused() {
    let office = Office::with_home();
    let freeze = frozen(&office);
    office.run(&format!("thaw draft --freeze {freeze} -o @t.txt")).done();
    let text = office.read("t.txt");
    office.run("thaw sign @t.txt --key @mallory.pub -o @x.sig").refused(3, "none of the keys at hand");
    for (bad, code, words) in [
        (text.replace(&office.house(), &"0".repeat(64)), 5, "is of house"),
        (text.replace("thaw.v1", "book.v1"), 9, "schema"),
        (format!("# harmless\n{text}"), 9, "one form"),
        (text.replace("freeze = ", "freeze  = "), 9, "one form"),
        (text.replace(&freeze, "00"), 9, "journal hash"),
        (format!("{text}extra = 1\n"), 9, "unknown field"),
        (text.trim_end().to_owned(), 9, "newline"),
        (String::new(), 9, ""),
    ] {
        office.write("bad.txt", &bad);
        office.run("thaw sign @bad.txt --key @alice.pub -o @x.sig").refused(code, words);
        office.run("thaw @bad.txt").refused(code, words);
    }
    // A signature for something else.
    let armour = crate::office::sign_with(
        &crate::office::key_of("alice"),
        strongroom_protocol::sshsig::Namespace::Policy,
        text.as_bytes(),
    );
    office.write("other.sig", armour.to_armour());
    office.run("thaw sign @t.txt --key @bob.pub -o @bob.sig").done();
    office.run("thaw seal @t.txt @other.sig @bob.sig -o @thaw.txt").refused(5, "was made for");
    office.run("thaw").refused(2, "FILE");
}
