//! How bundles cross the gap: files, read whole within limits and written whole or not at all. No network.

mod file;

pub use file::{FileError, read_limited, remedy, replace, write_new};
