//! Why nothing crossed.

use std::fmt;
use std::time::Duration;

/// Why a report did not cross.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// The device is not there any more.
    Unplugged,
    /// No report came in this time.
    Silent(Duration),
    /// A report of another length than 64 bytes.
    Torn {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The operating system refuses access to a device that is there.
    Forbidden {
        /// What the operating system calls the device.
        path: String,
        /// Its words.
        why: String,
    },
    /// Anything else, in the operating system's words.
    Failed(String),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplugged => write!(f, "the device was unplugged: plug it in again and repeat the command"),
            Self::Silent(waited) => write!(
                f,
                "the device said nothing for {} s: unlock it, open its app, or unplug it and plug it in again",
                waited.as_secs()
            ),
            Self::Torn { bytes } => {
                write!(
                    f,
                    "the device sent a report of {bytes} bytes instead of 64: unplug it and plug it in again"
                )
            }
            Self::Forbidden { path, why } => write!(
                f,
                "the device at {path} may not be opened ({why}): give this user access to it with a udev rule"
            ),
            Self::Failed(why) => write!(f, "the connection to the device failed: {why}"),
        }
    }
}

impl std::error::Error for WireError {}
