//! Where a home lives, asked of the system.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statfs, statvfs, statx};
use sha2::{Digest, Sha256};
use strongroom_journal::Place;

/// Where a system keeps the id that it made when it was installed (`machine-id(5)`).
const MACHINE_ID: &str = "/etc/machine-id";
/// Separates our hash of it from everybody else's, as its manual page asks.
const PURPOSE: &[u8] = b"strongroom place v1\0";
/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;

// Magic numbers of file systems, as `statfs(2)` lists them.
const BCACHEFS: u64 = 0xca45_1a4e;
const BTRFS: u64 = 0x9123_683e;
const EXT: u64 = 0xef53;
const F2FS: u64 = 0xf2f5_2010;
const OVERLAY: u64 = 0x794c_7630;
const RAMFS: u64 = 0x8584_58f6;
const TMPFS: u64 = 0x0102_1994;
const XFS: u64 = 0x5846_5342;
const ZFS: u64 = 0x2fc1_2fc1;

/// Those whose inodes are the same after a remount: not so FAT, FUSE and what hangs on a network.
const LASTING_INODES: &[u64] = &[BCACHEFS, BTRFS, EXT, F2FS, OVERLAY, TMPFS, XFS, ZFS];
/// Those whose id is their own and not their disk's number, which another start of the machine may give to another disk.
/// A snapshot of btrfs has the inodes and births of its original, and another id.
const LASTING_IDS: &[u64] = &[BCACHEFS, BTRFS, EXT, ZFS];
/// Those that forget at shutdown, or may: a machine-id on them is another one after the next start.
const FORGETFUL: &[u64] = &[OVERLAY, RAMFS, TMPFS];

/// Finds where a file is: the machine, the file system, the file. Only what is the same after a reboot, a remount and an
/// upgrade is told.
///
/// # Errors
/// What the system says of the file.
pub fn find_place(path: &Path) -> io::Result<Place> {
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::INO | StatxFlags::BTIME)?;
    let kind = kind(path)?;
    let given = |flag: StatxFlags| found.stx_mask & flag.bits() != 0;
    let born = u64::try_from(found.stx_btime.tv_sec)
        .ok()
        .filter(|_| given(StatxFlags::BTIME))
        .and_then(|seconds| seconds.checked_mul(SECOND)?.checked_add(found.stx_btime.tv_nsec.into()));
    let lasting = given(StatxFlags::INO) && LASTING_INODES.contains(&kind);
    let id = if LASTING_IDS.contains(&kind) { statvfs(path)?.f_fsid } else { 0 };
    Ok(Place {
        machine: machine(Path::new(MACHINE_ID)),
        filesystem: (id != 0).then_some(id),
        inode: lasting.then_some(found.stx_ino),
        born,
    })
}

/// What kind of file system a file is on.
fn kind(path: &Path) -> io::Result<u64> {
    // The kernel's word is signed on some machines, and its numbers are of 32 bits.
    Ok(u64::try_from(i128::from(statfs(path)?.f_type) & 0xffff_ffff).unwrap_or_default())
}

/// The machine, if its id outlives a shutdown.
fn machine(path: &Path) -> Option<u64> {
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::TYPE).ok()?;
    // A system that cannot keep its id has one of the day mounted over the file.
    let mounted = found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
    if mounted || FORGETFUL.contains(&kind(path).ok()?) {
        return None;
    }
    machine_of(&fs::read(path).ok()?)
}

/// The machine by its id: 32 lower-case hexadecimal digits, and nothing else that stands there before it has one.
fn machine_of(id: &[u8]) -> Option<u64> {
    let id = id.strip_suffix(b"\n").unwrap_or(id);
    let real = id.len() == 32 && id.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let hash = Sha256::new().chain_update(PURPOSE).chain_update(id).finalize();
    let (first, _) = hash.split_first_chunk::<8>()?;
    real.then_some(u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_an_id_of_its_own_is_none() {
        let id = "3d1219c7c4c5404aaa1f6d2a48adfda4";
        let machine = machine_of(id.as_bytes());
        assert!(machine.is_some());
        assert_eq!(machine_of(format!("{id}\n").as_bytes()), machine);
        assert_ne!(machine_of(id.replace('3', "4").as_bytes()), machine);
        for none in [
            "",
            "\n",
            "uninitialized\n",
            id.trim_start_matches('3'),
            &id.to_uppercase(),
            &format!("{id}\n\n"),
        ] {
            assert_eq!(machine_of(none.as_bytes()), None, "{none:?}");
        }
        assert_eq!(super::machine(Path::new("/proc/no such file")), None);
    }

    #[test]
    fn a_file_keeps_its_place_and_no_copy_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("journal"), folder.path().join("copy"));
        fs::write(&path, b"one").unwrap();
        let place = find_place(&path).unwrap();
        // Written to, opened by another name, renamed: it is the same file.
        fs::write(&path, b"another").unwrap();
        assert_eq!(find_place(&path).unwrap(), place);
        fs::copy(&path, &copy).unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        assert_eq!(find_place(&folder.path().join("moved")).unwrap(), place);
        if place.knows_the_file() {
            assert!(place.difference(&find_place(&copy).unwrap()).is_some(), "{place}");
            // Restored under its own name after the original is gone: perhaps with its inode, never with its birth.
            fs::remove_file(folder.path().join("moved")).unwrap();
            fs::copy(&copy, &path).unwrap();
            assert!(place.difference(&find_place(&path).unwrap()).is_some(), "{place}");
        }
        assert!(find_place(&folder.path().join("nothing")).is_err());
    }
}
