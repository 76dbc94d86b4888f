//! Where a home lives: enough to tell the home itself from a copy of it.

use std::fmt;
use std::io;
use std::path::Path;

use minicbor::{Decode, Encode};
use strongroom_protocol::Timestamp;

/// Finds where a journal's file is. The drivers' owner hands it in, so that tests can supply places.
pub type FindPlace<'a> = dyn Fn(&Path) -> io::Result<Place> + 'a;

/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

/// Where a journal's file lives. What could not be told is absent and not asked for later: a system that learns to tell
/// more does not make a home foreign.
///
/// None of it is secret, and all of it is the same after a reboot, a remount and an upgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Place {
    /// The machine: 64 bits of a hash of its machine-id (`machine-id(5)` asks not to show the id itself).
    #[n(0)]
    pub machine: Option<u64>,
    /// The file system, by the id that it keeps for itself (`statfs(2)`).
    #[n(1)]
    pub filesystem: Option<u64>,
    /// The file's inode.
    #[n(2)]
    pub inode: Option<u64>,
    /// When the file was born, in nanoseconds since 1970 (`statx(2)`). No copy, restored or not, has the birth of its
    /// original.
    #[n(3)]
    pub born: Option<u64>,
}

impl Place {
    /// Whether nothing at all could be told: then every copy looks like the home itself.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a file that can be told from its copies was found, and not only a machine.
    pub const fn knows_the_file(&self) -> bool {
        self.inode.is_some() && self.born.is_some()
    }

    /// What differs between this place, which was recorded, and where the home is `now`; `None` if nothing does.
    pub fn difference(&self, now: &Self) -> Option<String> {
        let moved = |recorded: Option<u64>, found: Option<u64>| recorded.is_some() && recorded != found;
        let mut differences = Vec::new();
        if moved(self.machine, now.machine) {
            differences.push("it is on another machine");
        }
        if moved(self.filesystem, now.filesystem) {
            differences.push("it is on another file system");
        }
        if moved(self.inode, now.inode) || moved(self.born, now.born) {
            differences.push("its journal is another file");
        }
        (!differences.is_empty()).then(|| {
            format!("this home was copied, restored or moved: {} than was recorded", differences.join(", "))
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let born = self.born.map(|nanoseconds| {
            let whole = Timestamp::from_unix(nanoseconds.checked_div(SECOND).unwrap_or_default()).to_string();
            let part = nanoseconds.checked_rem(SECOND).unwrap_or_default();
            format!("born {}.{part:09}Z", whole.trim_end_matches('Z'))
        });
        let words = [
            self.machine.map(|machine| format!("machine {machine:016x}")),
            self.filesystem.map(|filesystem| format!("filesystem {filesystem:016x}")),
            self.inode.map(|inode| format!("inode {inode}")),
            born,
        ];
        let words: Vec<_> = words.into_iter().flatten().collect();
        f.pad(if words.is_empty() { "unknown".to_owned() } else { words.join(" ") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            machine: Some(0x9f86_d081_884c_7d65),
            filesystem: Some(7),
            inode: Some(131),
            born: Some(1_780_315_200_000_000_042),
        }
    }

    #[test]
    fn a_place_is_read_by_people_and_fits_a_line() {
        assert_eq!(
            place().to_string(),
            "machine 9f86d081884c7d65 filesystem 0000000000000007 inode 131 born 2026-06-01T12:00:00.000000042Z"
        );
        assert_eq!(Place::default().to_string(), "unknown");
        let largest = Place {
            machine: Some(u64::MAX),
            filesystem: Some(u64::MAX),
            inode: Some(u64::MAX),
            born: Some(u64::MAX),
        };
        assert!(largest.to_string().parse::<strongroom_protocol::Text>().is_ok(), "{largest}");
    }

    #[test]
    fn every_part_that_was_recorded_must_be_the_same() {
        assert_eq!(place().difference(&place()), None);
        for (other, words) in [
            (Place { machine: Some(1), ..place() }, "another machine"),
            (Place { machine: None, ..place() }, "another machine"),
            (Place { filesystem: Some(1), ..place() }, "another file system"),
            (Place { inode: Some(1), ..place() }, "its journal is another file"),
            (Place { born: Some(1), ..place() }, "its journal is another file"),
            (Place { born: None, ..place() }, "its journal is another file"),
        ] {
            let difference = place().difference(&other).unwrap();
            assert!(difference.contains(words), "{difference}");
        }
    }

    #[test]
    fn what_was_not_known_is_not_asked_for() {
        assert_eq!(Place::default().difference(&place()), None);
        let less = Place { machine: None, filesystem: None, ..place() };
        assert_eq!(less.difference(&place()), None);
        assert!(place().difference(&less).is_some());
    }
}
