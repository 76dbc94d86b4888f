//! Whether the machine under a vault is cold: nothing on it could speak to anybody, and nothing of it is written to disk
//! that was meant to stay in memory.
//!
//! Everything is read from `/proc` and `/sys` ([`Machine`]); nothing is asked through a socket, as getifaddrs(3) would.
//! What cannot be told counts as warm.

mod clock;
mod hardware;
mod machine;
mod memory;
mod network;
#[cfg(test)]
mod tests;

pub use machine::Machine;

use strongroom_protocol::{Timestamp, Warmth};

/// How a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// As it should be.
    Fine,
    /// Worth knowing.
    Note,
    /// It makes the machine warm.
    Warm,
}

impl Weight {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Warm => "warm",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `interfaces`, `routes` and so on.
    pub subject: &'static str,
    /// How it weighs.
    pub weight: Weight,
    /// What was found, and if it makes the machine warm, what to do about it.
    pub words: String,
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examination {
    findings: Vec<Finding>,
}

impl Examination {
    /// Looks at a machine whose clock reads `now`. `newest` is the time of the newest line of the vault's journal, where
    /// there is one.
    pub fn of(machine: &Machine, now: Timestamp, newest: Option<Timestamp>) -> Self {
        let mut examination = Self::default();
        network::interfaces(machine, &mut examination);
        network::radios(machine, &mut examination);
        network::routes(machine, &mut examination);
        memory::swap(machine, &mut examination);
        memory::hibernation(machine, &mut examination);
        memory::core_dumps(machine, &mut examination);
        clock::clock(now, newest, &mut examination);
        hardware::hypervisor(machine, &mut examination);
        hardware::input(machine, &mut examination);
        hardware::hid(machine, &mut examination);
        examination
    }

    /// Cold unless a finding says otherwise.
    pub fn warmth(&self) -> Warmth {
        if self.warm().next().is_some() { Warmth::Warm } else { Warmth::Cold }
    }

    /// Everything, in the order in which it was looked at.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What makes the machine warm.
    pub fn warm(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.weight == Weight::Warm)
    }

    fn add(&mut self, subject: &'static str, weight: Weight, words: impl Into<String>) {
        self.findings.push(Finding { subject, weight, words: words.into() });
    }

    /// What cannot be read may be anything.
    fn unknown(&mut self, subject: &'static str, path: &str, error: &std::io::Error) {
        self.add(
            subject,
            Weight::Warm,
            format!("/{path} cannot be read ({error}): mount /proc and /sys where the vault runs"),
        );
    }
}
