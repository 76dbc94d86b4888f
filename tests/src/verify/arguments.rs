//! What was asked of `cargo verify`.

/// Which tests to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Everything but the slow and the long ones.
    Default,
    /// The slow nets, named `nets_slow::`.
    Nets,
    /// Power cuts, fuzzing and large sweeps, named `long::`.
    Long,
}

/// A tier, and what goes to the test runner unread.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Which tests to run.
    pub tier: Tier,
    /// What stood after `--`.
    pub extra: Vec<String>,
}

/// An argument that nobody knows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cargo verify does not know {argument:?}; it is called as: cargo verify [nets|long] [-- ARGUMENTS OF THE TEST RUNNER]"
)]
pub struct UnknownArgument {
    /// The argument.
    pub argument: String,
}

impl Arguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// [`UnknownArgument`] for anything before `--` that is not one tier.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, UnknownArgument> {
        let mut arguments = arguments.into_iter();
        let mut tier = None;
        for argument in arguments.by_ref() {
            let named = match argument.as_str() {
                "--" => break,
                "nets" => Tier::Nets,
                "long" => Tier::Long,
                _ => return Err(UnknownArgument { argument }),
            };
            if tier.replace(named).is_some() {
                return Err(UnknownArgument { argument });
            }
        }
        Ok(Self { tier: tier.unwrap_or(Tier::Default), extra: arguments.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, UnknownArgument> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn reads_a_tier_and_hands_the_rest_on() {
        let read = |line: &str| {
            let Arguments { tier, extra } = parse(line).unwrap();
            (tier, extra.join(" "))
        };
        assert_eq!(read(""), (Tier::Default, String::new()));
        assert_eq!(read("nets"), (Tier::Nets, String::new()));
        assert_eq!(read("long -- --no-fail-fast nets"), (Tier::Long, "--no-fail-fast nets".to_owned()));
        assert_eq!(read("-- --nocapture"), (Tier::Default, "--nocapture".to_owned()));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (line, culprit) in [("net", "net"), ("nets long", "long"), ("--nocapture", "--nocapture")] {
            assert_eq!(parse(line).unwrap_err().argument, culprit);
        }
    }
}
