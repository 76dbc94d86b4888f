//! Recordings in `tests/transcripts/ledger`.

use std::path::Path;

use alloy_primitives::hex;
use serde_json::Value;

/// One line of a recording.
pub(super) struct Row(Value);

/// A recording's rows, without the line that says where it is from.
pub(super) fn rows(file: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts/ledger").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(lines.next().unwrap()["source"].is_string(), "{file} names no source");
    lines.map(Row).collect()
}

/// The rows of the app itself, blind signing off and on.
pub(super) fn ethereum() -> Vec<Row> {
    let mut all = rows("ethereum.jsonl");
    all.extend(rows("ethereum-2.jsonl"));
    all
}

impl Row {
    pub(super) fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    pub(super) fn bytes(&self, field: &str) -> Vec<u8> {
        hex::decode(self.text(field)).unwrap()
    }

    pub(super) fn op(&self) -> &str {
        self.text("op")
    }

    /// What the device showed, one screen a line, without the button that was pressed.
    pub(super) fn screens(&self) -> Vec<String> {
        let screens = self.0["screens"].as_array().cloned().unwrap_or_default();
        let text = |screen: &Value| screen.as_str().unwrap().split(" => ").next().unwrap().to_owned();
        screens.iter().map(text).collect()
    }
}
