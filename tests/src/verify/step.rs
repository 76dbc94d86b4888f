//! The commands that make up a run.

use super::arguments::{Arguments, Tier};

/// What runs the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// cargo-nextest: a process for each test, and a limit on how long one may hang.
    Nextest,
    /// What comes with cargo.
    CargoTest,
}

/// One cargo command of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// What the summary calls it.
    pub name: &'static str,
    /// Cargo's arguments.
    pub arguments: Vec<String>,
}

/// The test commands of a run, in order.
pub fn test_steps(arguments: &Arguments, runner: Runner) -> Vec<Step> {
    let mut tests = match runner {
        Runner::Nextest => nextest(arguments.tier),
        Runner::CargoTest => cargo_test(arguments.tier),
    };
    tests.extend(arguments.extra.iter().cloned());
    let mut steps = vec![Step { name: "tests", arguments: tests }];
    if arguments.tier == Tier::Default {
        // Neither the other tiers nor nextest have them.
        steps.push(Step { name: "doc tests", arguments: words("test --workspace --locked --doc --quiet") });
    }
    steps
}

fn nextest(tier: Tier) -> Vec<String> {
    // A test's name is its module path; the tier's module may stand at the start or further in.
    let (slow, long) = ("test(/(^|::)nets_slow::/)", "test(/(^|::)long::/)");
    let (profile, filter) = match tier {
        Tier::Default => ("default", format!("not ({slow} or {long})")),
        Tier::Nets => ("default", slow.to_owned()),
        Tier::Long => ("long", long.to_owned()),
    };
    let mut arguments =
        words("nextest run --workspace --locked --run-ignored all --config-file tests/nextest.toml");
    arguments.extend(["--profile".to_owned(), profile.to_owned(), "-E".to_owned(), filter]);
    arguments
}

fn cargo_test(tier: Tier) -> Vec<String> {
    let filter = match tier {
        Tier::Default => "--skip nets_slow:: --skip long::",
        Tier::Nets => "nets_slow::",
        Tier::Long => "long::",
    };
    let mut arguments =
        words("test --workspace --locked --no-fail-fast --lib --bins --tests -- --include-ignored");
    arguments.extend(words(filter));
    arguments
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(line: &str, runner: Runner) -> Vec<String> {
        let arguments = Arguments::parse(line.split_whitespace().map(str::to_owned)).unwrap();
        test_steps(&arguments, runner).into_iter().map(|step| step.arguments.join(" ")).collect()
    }

    #[test]
    fn every_tier_includes_ignored_tests_and_the_locked_versions() {
        for tier in ["", "nets", "long"] {
            for (runner, included) in
                [(Runner::Nextest, "--run-ignored all"), (Runner::CargoTest, "--include-ignored")]
            {
                let lines = lines(tier, runner);
                assert!(
                    lines[0].contains(included) && lines[0].contains("--workspace --locked"),
                    "{lines:?}"
                );
            }
        }
    }

    #[test]
    fn doc_tests_run_once_in_the_default_tier() {
        for (tier, count) in [("", 1), ("nets", 0), ("long", 0)] {
            for runner in [Runner::Nextest, Runner::CargoTest] {
                assert_eq!(lines(tier, runner).iter().filter(|line| line.contains("--doc")).count(), count);
            }
        }
    }

    #[test]
    fn each_tier_has_its_own_tests() {
        assert!(
            lines("", Runner::Nextest)[0].contains("not (test(/(^|::)nets_slow::/) or test(/(^|::)long::/))")
        );
        assert!(lines("nets", Runner::Nextest)[0].ends_with("-E test(/(^|::)nets_slow::/)"));
        assert!(lines("", Runner::CargoTest)[0].ends_with("--skip nets_slow:: --skip long::"));
        assert!(lines("long", Runner::CargoTest)[0].ends_with("--include-ignored long::"));
    }

    #[test]
    fn extra_arguments_come_last() {
        assert!(lines("long -- --nocapture x", Runner::Nextest)[0].ends_with(" --nocapture x"));
        assert!(lines("-- --nocapture", Runner::CargoTest)[0].ends_with("--skip long:: --nocapture"));
    }
}
