//! A device described in a file, for training: `virtual:FILE`.
//!
//! ```toml
//! [[device]]
//! words = "test test test test test test test test test test test junk"
//! passphrase = ""            # another device with the same words
//! app = "ethereum"           # or "dashboard", "bitcoin", "solana", "tron"
//! locked = false
//! blind-signing = false
//! system = "newer"           # or "older": what becomes of half a command
//! owner = ["reject"]         # what the owner does, in order: "approve", "reject", "leave"
//! then = "approve"           # and from then on
//! person = false             # somebody at the terminal decides instead
//! fault = "high-s"           # a device that lies; see [`Fault::ALL`]
//! ```
//!
//! Every line may be left out; without `words` the device has the seed of the vendor's emulator. Several `[[device]]` are
//! several devices on one bus.

use serde::Deserialize;
use strongroom_ledger::Lapse;

use crate::fault::Fault;
use crate::ledger::{App, Ledger, Setup};
use crate::screen::{Decision, Owner, Script};
use crate::seed::{PUBLISHED, SeedError, TrainingSeed};

/// Devices, as a file describes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceFile {
    device: Vec<Described>,
}

/// Whose hands a device is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hands {
    /// Those of somebody who decides as written down.
    Script(Script),
    /// Those of a person, who is to be asked.
    Person,
}

/// Why a file describes no device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Not TOML, or not of this form.
    #[error("the virtual device's file cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// No device in it.
    #[error("the file describes no virtual device: begin one with a line [[device]]")]
    Empty,
    /// A fault that does not exist.
    #[error("{0:?} is no fault of a virtual device: take one of {known}", known = known())]
    Fault(String),
    /// Words that are not for training.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

fn known() -> String {
    Fault::ALL.map(|(name, _)| name).join(", ")
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Described {
    words: String,
    passphrase: String,
    app: DescribedApp,
    locked: bool,
    blind_signing: bool,
    system: System,
    owner: Vec<Deed>,
    then: Deed,
    person: bool,
    fault: Option<String>,
}

impl Default for Described {
    fn default() -> Self {
        Self {
            words: PUBLISHED[0].to_owned(),
            passphrase: String::new(),
            app: DescribedApp::Ethereum,
            locked: false,
            blind_signing: false,
            system: System::Newer,
            owner: Vec::new(),
            then: Deed::Approve,
            person: false,
            fault: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DescribedApp {
    Ethereum,
    Dashboard,
    Bitcoin,
    Solana,
    Tron,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum System {
    Newer,
    Older,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    Approve,
    Reject,
    Leave,
}

impl From<Deed> for Decision {
    fn from(deed: Deed) -> Self {
        match deed {
            Deed::Approve => Self::Approve,
            Deed::Reject => Self::Reject,
            Deed::Leave => Self::Leave,
        }
    }
}

impl DescribedApp {
    fn app(self) -> App {
        let other = |name: &str, version: &str, class| App::Other {
            name: name.to_owned(),
            version: version.to_owned(),
            class,
        };
        match self {
            Self::Ethereum => App::Ethereum,
            Self::Dashboard => App::Dashboard,
            Self::Bitcoin => other("Bitcoin", "2.4.6", 0xe1),
            Self::Solana => other("Solana", "1.9.0", 0xe0),
            Self::Tron => other("Tron", "0.7.1", 0xe0),
        }
    }
}

impl DeviceFile {
    /// Reads a description.
    ///
    /// # Errors
    /// [`FileError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let file: Self = toml::from_str(text)?;
        if file.device.is_empty() {
            return Err(FileError::Empty);
        }
        file.devices(|_| Box::new(Script::always(Decision::Leave)))?;
        Ok(file)
    }

    /// The devices, each in the hands that `owner` provides.
    ///
    /// # Errors
    /// [`FileError`] if one of them cannot be.
    pub fn devices(&self, mut owner: impl FnMut(Hands) -> Box<dyn Owner>) -> Result<Vec<Ledger>, FileError> {
        self.device.iter().map(|described| described.device(&mut owner)).collect()
    }
}

impl Described {
    fn device(&self, owner: &mut impl FnMut(Hands) -> Box<dyn Owner>) -> Result<Ledger, FileError> {
        let setup = Setup {
            app: self.app.app(),
            locked: self.locked,
            blind_signing: self.blind_signing,
            lapse: match self.system {
                System::Newer => Lapse::Waits,
                System::Older => Lapse::Forgets,
            },
            ..Setup::new(TrainingSeed::new(&self.words, &self.passphrase)?)
        };
        let hands = if self.person {
            Hands::Person
        } else {
            Hands::Script(Script::new(self.owner.iter().copied().map(Decision::from), self.then.into()))
        };
        let mut device = Ledger::new(setup, owner(hands));
        device.corrupt(self.fault.as_deref().map(fault).transpose()?);
        Ok(device)
    }
}

fn fault(name: &str) -> Result<Fault, FileError> {
    let found = Fault::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, fault)| fault).ok_or_else(|| FileError::Fault(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripted(hands: Hands) -> Box<dyn Owner> {
        match hands {
            Hands::Script(script) => Box::new(script),
            Hands::Person => panic!("nobody is here"),
        }
    }

    #[test]
    fn a_person_is_asked_for() {
        let file = DeviceFile::parse("[[device]]\nperson = true").unwrap();
        let mut hands = Vec::new();
        let device = file.devices(|given| {
            hands.push(given);
            Box::new(Script::always(Decision::Leave))
        });
        assert_eq!((device.unwrap().len(), hands), (1, vec![Hands::Person]));
    }

    #[test]
    fn an_empty_device_is_the_recorded_one_and_approves() {
        let file = DeviceFile::parse("[[device]]").unwrap();
        let mut device = file.devices(scripted).unwrap().remove(0);
        let answer = device.exchange(&[0xb0, 1, 0, 0, 0]).unwrap();
        assert_eq!(answer, b"\x01\x08Ethereum\x061.22.0\x01\x00\x90\x00");
    }

    #[test]
    fn everything_can_be_said_of_a_device() {
        let text = "[[device]]\nwords = \"test test test test test test test test test test test junk\"\n\
                    passphrase = \"b\"\napp = \"bitcoin\"\nlocked = true\nblind-signing = true\nsystem = \"older\"\n\
                    owner = [\"reject\", \"leave\"]\nthen = \"approve\"\nfault = \"high-s\"\n[[device]]\n";
        let mut devices = DeviceFile::parse(text).unwrap().devices(scripted).unwrap();
        assert_eq!(devices.len(), 2);
        assert_eq!(devices[0].exchange(&[0xe0, 6, 0, 0, 0]).unwrap(), [0x55, 0x15]);
        devices[0].unlock();
        assert_eq!(devices[0].exchange(&[0xe0, 6, 0, 0, 0]).unwrap(), [0x6e, 0]);
    }

    #[test]
    fn the_book_has_this_file_and_every_fault() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/devices.md"))
            .unwrap();
        let shown = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        assert_eq!(DeviceFile::parse(shown).unwrap().devices(scripted).unwrap().len(), 1);
        for (name, _) in Fault::ALL {
            assert!(page.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn other_files_are_refused_in_words_that_help() {
        for (text, said) in [
            ("", "missing field"),
            ("device = []", "[[device]]"),
            ("[[device]]\nword = 1", "unknown field"),
            ("[[device]]\nwords = \"zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong\"", "published"),
            ("[[device]]\nfault = \"rust\"", "endless-reply"),
            ("[[device]]\nthen = \"sleep\"", "leave"),
        ] {
            let error = DeviceFile::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
