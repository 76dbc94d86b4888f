//! The command line itself: help with examples that parse, names in the envelope, completions and pages.

use clap::CommandFactory as _;
use strongroom_desk::cli::Cli;

use crate::office::{Office, words};

/// Every command that does something, with its path.
fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
    let subs: Vec<_> = command.get_subcommands().collect();
    if subs.is_empty() || command.get_positionals().next().is_some() {
        found.push((path.to_owned(), command.clone()));
    }
    for sub in subs {
        leaves(sub, &format!("{path} {}", sub.get_name()), found);
    }
}

#[test]
fn every_command_has_an_example_that_parses() {
    let mut found = Vec::new();
    leaves(&Cli::command(), "strongroom", &mut found);
    assert!(found.len() > 40, "{}", found.len());
    for (path, command) in found {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<_> =
            help.lines().map(str::trim).filter(|line| line.starts_with("strongroom ")).collect();
        assert!(!examples.is_empty(), "`{path}` has no example in its help");
        assert!(
            examples.iter().any(|line| line.starts_with(&path)),
            "`{path}` shows another command's example"
        );
        for example in examples {
            // What the shell does with the output is not ours.
            let ours: Vec<_> =
                words(example).into_iter().take_while(|word| word != ">" && word != "|").collect();
            let parsed = Cli::command().try_get_matches_from(ours);
            assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
        }
    }
}

#[test]
fn the_grammar_contradicts_itself_nowhere() {
    Cli::command().debug_assert();
}

#[test]
fn a_wrong_command_line_is_usage_in_both_outputs() {
    let office = Office::new();
    office.run("nonsense").refused(2, "unrecognized subcommand");
    office.run("").refused(2, "Usage");
    let ran = office.run("node add eip155:1 --output json");
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &document["command"], &document["ok"]), (2, &"node add".into(), &false.into()));
    assert_eq!(document["errors"][0]["code"], "usage");
    office.run("--help").done().says("Usage: strongroom");
    office.run("--version").done().says("strongroom 0");
    office.run("policy install --help").done().says("Example:");
}

#[test]
fn the_envelope_names_the_command() {
    let office = Office::with_home();
    for (line, name) in [
        ("node list", "node list"),
        ("--home @user/.strongroom/desk journal verify", "journal verify"),
        ("--quiet node list eip155:1", "node list"),
        ("thaw @nosuch", "thaw"),
        ("freeze --by alice --reason list", "freeze"),
    ] {
        assert_eq!(office.json(line).1["command"], name, "{line}");
    }
}

#[test]
fn quiet_says_only_trouble() {
    let office = Office::with_home();
    let ran = office.run("node list --quiet").done();
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    office.run("policy show --quiet").refused(8, "no policy");
}

#[test]
fn shells_and_man_are_served() {
    let office = Office::new();
    for shell in ["bash", "zsh", "fish"] {
        office.run(&format!("completions {shell}")).done().says("strongroom");
    }
    office.run("completions tcsh").refused(2, "tcsh");
    office.run("man").done().says(".TH strongroom 1");
    std::fs::create_dir(office.path("man1")).unwrap();
    office.run("man --pages @man1").done();
    let page = office.read("man1/strongroom-policy-install.1");
    assert!(page.contains("quorum") && page.contains("Example"), "{page}");
    office.run("man --pages @man1").refused(8, "exists already");
}
