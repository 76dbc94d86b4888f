//! A house to practise in: every result says that it is one, from its first draft on.

use crate::office::{Office, Ran};

/// Every command here that can be run without more than a home, some of them in vain.
const COMMANDS: [&str; 22] = [
    "house show @house.txt",
    "house show @admins.txt",
    "house sign @house.txt --key @alice.pub -o @again.sig",
    "house sign @house.txt --key @mallory.pub -o @mallory.sig",
    "house seal @house.txt @house.alice.sig -o @half.txt",
    "house draft --training --name E --admin alice=@alice.pub --admin bob=@bob.pub --threshold 2 -o @draft.txt",
    "init --admins @admins.txt --house 00000-00000-0000-0000-0000-0000 --home @other",
    "node list",
    "node check",
    "account list",
    "account import @missing.account",
    "policy show",
    "policy install @missing.txt",
    "book list",
    "journal show",
    "journal verify",
    "pay Cold bob 1 ETH --reference R --agent -o @x",
    "request approve @missing --agent -o @x.sig",
    "send @missing",
    "status",
    "freeze --by alice --reason 'a drill'",
    "--quiet journal verify",
];

/// Whether what people read is stamped.
fn stamped(ran: &Ran) -> bool {
    ran.err.contains("warning: TRAINING: a house to practise in")
        && (ran.out.is_empty() || ran.out.starts_with("TRAINING\n"))
}

#[test]
fn every_result_of_a_house_to_practise_in_says_so() {
    let office = Office::with_home_of("--training");
    assert!(office.read("house.txt").contains("training = true"));
    office.agent.replace(Some(vec!["alice"]));
    let mut unstamped = Vec::new();
    for line in COMMANDS {
        let ran = office.run(line);
        unstamped.extend((!stamped(&ran)).then_some((line, ran)));
        std::fs::remove_file(office.path("again.sig")).ok();
        std::fs::remove_file(office.path("draft.txt")).ok();
        let ran = office.run(&format!("{line} --output json"));
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let warnings = document["warnings"].as_array().unwrap();
        let said = warnings.iter().any(|warning| warning.as_str().unwrap().starts_with("TRAINING"));
        assert!(said || unstamped.iter().any(|(other, _)| *other == line), "{line}: {document}");
    }
    assert!(unstamped.is_empty(), "{unstamped:#?}");
}

#[test]
fn the_mark_is_part_of_what_the_admins_found() {
    let (earnest, practice) = (Office::with_home(), Office::with_home_of("--training"));
    assert_ne!(earnest.house(), practice.house());
    let shown = earnest.run("house show @admins.txt").done();
    assert!(!shown.out.contains("TRAINING") && !shown.err.contains("TRAINING"), "{shown:?}");
    // Taken out afterwards, it is another house, which nobody founded.
    practice.write("unmarked.txt", practice.read("admins.txt").replace("training = true\n", ""));
    practice.run("init --admins @unmarked.txt --house x --home @other").refused(5, "sign");
    assert!(!practice.path("other").exists());
}
