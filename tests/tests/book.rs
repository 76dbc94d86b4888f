//! The book says what the code says.
#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom_signing::Rule;

#[test]
fn every_rule_is_in_the_book_with_its_exit_code() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/rules.md")).unwrap();
    for rule in Rule::ALL {
        let line = page.lines().find(|line| line.starts_with(&format!("| `{rule}` |")));
        let line = line.unwrap_or_else(|| panic!("docs/src/rules.md does not mention {rule}"));
        assert!(line.ends_with(&format!("| {} |", rule.exit().code())), "another exit code: {line}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, Rule::ALL.len(), "the book lists a rule that is none");
}
