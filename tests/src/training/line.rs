//! What the training programs take off the command line before the vault reads the rest.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::TrainingError;

/// The vault's name for the devices that are imitated.
const LEDGER: &str = "ledger";
/// What a software device is named by on the command line.
const VIRTUAL: &str = "virtual:";

/// A command line with software devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Virtual {
    /// The files that describe them.
    pub files: Vec<PathBuf>,
    /// What is left for the vault, its name first.
    pub rest: Vec<OsString>,
}

/// A command line with an emulator's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emulated {
    /// Where its APDU port is.
    pub address: String,
    /// What is left for the vault, its name first.
    pub rest: Vec<OsString>,
}

impl Virtual {
    /// Takes each `virtual:FILE`: in front of the command it only plugs a device in, elsewhere it stands for `ledger`.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Self {
        let (mut files, mut rest) = (Vec::new(), Vec::new());
        for word in words {
            let (flag, value) = split(&word);
            match value.strip_prefix(VIRTUAL.as_bytes()) {
                None => rest.push(word),
                Some(file) => {
                    let file = PathBuf::from(OsStr::from_bytes(file));
                    if !files.contains(&file) {
                        files.push(file);
                    }
                    match flag {
                        Some(flag) => {
                            rest.push([flag, OsStr::new("="), OsStr::new(LEDGER)].into_iter().collect());
                        }
                        None if rest.len() > 1 => rest.push(LEDGER.into()),
                        None => {}
                    }
                }
            }
        }
        Self { files, rest }
    }
}

/// `--flag` and `value` of `--flag=value`; of anything else the whole is the value.
fn split(word: &OsStr) -> (Option<&OsStr>, &[u8]) {
    let bytes = word.as_bytes();
    let equals = bytes.iter().position(|byte| *byte == b'=').filter(|_| bytes.starts_with(b"--"));
    match equals.and_then(|at| bytes.split_at_checked(at)) {
        Some((flag, value)) => (Some(OsStr::from_bytes(flag)), value.get(1..).unwrap_or_default()),
        None => (None, bytes),
    }
}

impl Emulated {
    /// Takes `--apdu ADDRESS`, which must come first.
    ///
    /// # Errors
    /// [`TrainingError::Usage`] if it does not.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, TrainingError> {
        let usage = "write: vault-on-tcp --apdu ADDRESS:PORT and then what strongroom-vault takes";
        let mut words = words.into_iter();
        let name = words.next().ok_or(TrainingError::Usage(usage))?;
        let address = match (words.next(), words.next()) {
            (Some(flag), Some(address)) if flag == "--apdu" => address.into_string().ok(),
            _ => None,
        };
        let address = address.ok_or(TrainingError::Usage(usage))?;
        Ok(Self { address, rest: std::iter::once(name).chain(words).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn software_devices_stand_for_ledgers() {
        for (line, files, rest) in [
            ("t virtual:a device list", vec!["a"], "t device list"),
            ("t sign x --device virtual:/b/c -o y", vec!["/b/c"], "t sign x --device ledger -o y"),
            ("t sign x --device=virtual:b", vec!["b"], "t sign x --device=ledger"),
            ("t device show virtual:a", vec!["a"], "t device show ledger"),
            (
                "t virtual:a sign --device virtual:b --device virtual:a",
                vec!["a", "b"],
                "t sign --device ledger --device ledger",
            ),
            ("t sign --label=virtual --device ledger", vec![], "t sign --label=virtual --device ledger"),
        ] {
            let files = files.into_iter().map(PathBuf::from).collect();
            assert_eq!(Virtual::read(words(line)), Virtual { files, rest: words(rest) }, "{line}");
        }
    }

    #[test]
    fn the_emulators_address_comes_first() {
        let line = Emulated::read(words("t --apdu 127.0.0.1:9999 device list")).unwrap();
        assert_eq!((line.address.as_str(), line.rest), ("127.0.0.1:9999", words("t device list")));
        for line in ["t", "t device list", "t --apdu", "t device list --apdu 127.0.0.1:9999"] {
            assert!(matches!(Emulated::read(words(line)), Err(TrainingError::Usage(_))), "{line}");
        }
    }
}
