//! A software Ledger behind a real kernel.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use strongroom_virtual::{Decision, DeviceFile, FileError, Hands, Ledger, Owner, Script};
use strongroom_wire::Report;

use super::behaviour::{Behaviour, Reaction};

/// Why there is no device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The file that describes it cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It describes no device.
    #[error(transparent)]
    File(#[from] FileError),
    /// It describes several, and there is one socket.
    #[error("the file describes {0} devices, and only one fits into a socket")]
    Several(usize),
}

/// The only device that a file describes.
///
/// # Errors
/// [`LedgerError`] if it describes none or several.
pub fn described(path: &Path) -> Result<Ledger, LedgerError> {
    let text =
        fs::read_to_string(path).map_err(|source| LedgerError::Io { path: path.to_path_buf(), source })?;
    let mut devices = DeviceFile::parse(&text)?.devices(hands)?;
    match (devices.pop(), devices.len()) {
        (Some(device), 0) => Ok(device),
        (_, others) => Err(LedgerError::Several(others.saturating_add(1))),
    }
}

/// Nobody sits here: what a person would be asked stays on the screen.
fn hands(hands: Hands) -> Box<dyn Owner> {
    match hands {
        Hands::Script(script) => Box::new(script),
        Hands::Person => Box::new(Script::always(Decision::Leave)),
    }
}

impl Behaviour for Ledger {
    fn receive(&mut self, report: &[u8]) -> Vec<Reaction> {
        // Reports of another length do not exist on its endpoint.
        let whole = Report::padded(report).filter(|_| report.len() == strongroom_wire::REPORT_BYTES);
        let answer = whole.map(|report| self.report(&report)).unwrap_or_default();
        answer.into_iter().map(|report| Reaction::Report(report.0.to_vec())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_described_device_answers_reports() {
        let (_folder, path) = file("[[device]]\n");
        let mut device = described(&path).unwrap();
        let mut report = vec![1, 1, 5, 0, 0, 0, 5, 0xb0, 1];
        assert_eq!(device.receive(&report), [], "that is not a report");
        report.resize(64, 0);
        let answer = device.receive(&report);
        let [Reaction::Report(answer)] = &answer[..] else { panic!("{answer:?}") };
        assert!(answer.len() == 64 && answer.windows(8).any(|name| name == b"Ethereum"));
    }

    #[test]
    fn one_device_fits_into_a_socket() {
        let (_folder, path) = file("[[device]]\n[[device]]\n");
        assert!(matches!(described(&path), Err(LedgerError::Several(2))));
        let (_folder, path) = file("");
        assert!(matches!(described(&path), Err(LedgerError::File(_))));
        assert!(matches!(described(Path::new("/nowhere")), Err(LedgerError::Io { .. })));
    }
}
