//! Reports as they once crossed a cable, one JSON object a line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use alloy_primitives::hex;
use serde_json::Value;

/// A device's report as it was recorded.
type Frame = Vec<u8>;

/// What was sent without a word from the device between, and what it then said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What was being tried.
    pub note: String,
    /// Reports to the device.
    pub sent: Vec<Frame>,
    /// Reports from it; empty where it kept silent.
    pub answered: Vec<Frame>,
}

/// A recorded conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording(Vec<Run>);

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file cannot be read.
    #[error("the recording {path} cannot be read: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line says something else than a direction and a report.
    #[error("line {line} of the recording is not a report: {why}")]
    Line {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be read or a line is not a report.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let text = fs::read_to_string(path)
            .map_err(|source| RecordingError::Io { path: path.to_path_buf(), source })?;
        Self::parse(&text)
    }

    /// Reads lines of `dir`, `frame` and `note`. A line of `source` says where the recording comes from.
    ///
    /// # Errors
    /// [`RecordingError::Line`] when one is not a report.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        let mut runs: Vec<Run> = Vec::new();
        let mut device_spoke = true;
        for (line, text) in (1..).zip(text.lines()) {
            let wrong = |why| RecordingError::Line { line, why };
            let value: Value = serde_json::from_str(text).map_err(|_| wrong("no JSON"))?;
            let word = |key: &str| value.get(key).and_then(Value::as_str);
            if word("source").is_some() {
                continue;
            }
            let frame = || {
                let frame =
                    hex::decode(word("frame").ok_or(wrong("no frame"))?).map_err(|_| wrong("no hex"))?;
                if frame.len() == 64 { Ok(frame) } else { Err(wrong("not 64 bytes")) }
            };
            match word("dir").ok_or(wrong("no direction"))? {
                "host->device" => {
                    if device_spoke {
                        let note = word("note").unwrap_or_default().to_owned();
                        runs.push(Run { note, sent: Vec::new(), answered: Vec::new() });
                    }
                    runs.last_mut().ok_or(wrong("nobody spoke"))?.sent.push(frame()?);
                    device_spoke = false;
                }
                "device->host" => {
                    let run = runs.last_mut().ok_or(wrong("the device spoke first"))?;
                    run.answered.push(frame()?);
                    device_spoke = true;
                }
                "none" => device_spoke = true,
                _ => return Err(wrong("an unknown direction")),
            }
        }
        Ok(Self(runs))
    }

    /// The conversation, run by run.
    pub fn runs(&self) -> &[Run] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(dir: &str, byte: u8) -> String {
        format!(r#"{{"dir":"{dir}","frame":"{}","note":"n{byte}"}}"#, hex::encode([byte; 64]))
    }

    #[test]
    fn reports_are_gathered_until_the_device_has_spoken_or_kept_silent() {
        let silence = r#"{"dir":"none","note":"no answer"}"#.to_owned();
        let source = r#"{"source":"an app"}"#.to_owned();
        let lines = [
            source,
            line("host->device", 1),
            line("host->device", 2),
            line("device->host", 3),
            line("device->host", 4),
            line("host->device", 5),
            silence,
            line("host->device", 6),
        ];
        let recording = Recording::parse(&lines.join("\n")).unwrap();
        let counts = recording.runs().iter().map(|run| (run.sent.len(), run.answered.len()));
        assert_eq!(counts.collect::<Vec<_>>(), [(2, 2), (1, 0), (1, 0)]);
        assert_eq!(recording.runs()[0].note, "n1");
    }

    #[test]
    fn what_is_not_a_report_is_named_by_its_line() {
        for (text, why) in [
            ("x", "no JSON"),
            ("{}", "no direction"),
            (r#"{"dir":"host->device"}"#, "no frame"),
            (r#"{"dir":"host->device","frame":"00"}"#, "not 64 bytes"),
            (r#"{"dir":"host->device","frame":"zz"}"#, "no hex"),
            (r#"{"dir":"up","frame":"00"}"#, "an unknown direction"),
        ] {
            let error = Recording::parse(text).unwrap_err().to_string();
            assert!(error.contains("line 1") && error.contains(why), "{error}");
        }
        let first = line("device->host", 1);
        assert!(Recording::parse(&first).unwrap_err().to_string().contains("spoke first"));
    }
}
