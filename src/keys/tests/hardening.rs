//! The process after hardening. A file of its own: what is done here cannot be undone for other tests.
#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
use strongroom_keys::{Secret, harden_process};

/// Tells the child process of [`a_crash_after_hardening_dumps_no_core`] from its parent.
const CHILD: &str = "STRONGROOM_TEST_CRASHING_CHILD";

#[test]
fn a_hardened_process_can_neither_be_dumped_nor_traced() {
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable, "nothing to harden");
    let hard_limit = getrlimit(Resource::Memlock).maximum;
    let warning = harden_process().unwrap();
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    let core = getrlimit(Resource::Core);
    assert_eq!((core.current, core.maximum), (Some(0), Some(0)));
    assert_eq!(getrlimit(Resource::Memlock).current, hard_limit);
    // The warning says what is so: whether a secret is locked.
    let secret = Secret::take(&mut [1; 32]).unwrap();
    if warning.is_none() {
        assert!(secret.lock_warning().is_none());
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let locked = status.lines().find(|line| line.starts_with("VmLck:")).unwrap();
        assert!(!locked.contains(" 0 kB"), "{locked}");
    }
    // Twice is no harm.
    harden_process().unwrap();
}

#[test]
fn a_crash_after_hardening_dumps_no_core() {
    if std::env::var_os(CHILD).is_some() {
        harden_process().unwrap();
        std::process::abort();
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_crash_after_hardening_dumps_no_core"])
        .env(CHILD, "1")
        .output()
        .unwrap()
        .status;
    assert_eq!(status.signal(), Some(6), "the child must die of abort");
    assert!(!status.core_dumped());
}

#[test]
fn a_machine_that_locks_nothing_is_a_warning() {
    // In a child, since the limit binds the whole process; root may lock without limit, and is spared.
    const NO_LOCKING: &str = "STRONGROOM_TEST_NO_LOCKING";
    if std::env::var_os(NO_LOCKING).is_none() {
        let child = Command::new("sh")
            .args([
                "-c",
                "ulimit -l 0 && exec \"$0\" --exact a_machine_that_locks_nothing_is_a_warning --nocapture",
            ])
            .arg(std::env::current_exe().unwrap())
            .env(NO_LOCKING, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
        assert!(said.contains("limit obeyed") || said.contains("limit does not bind"), "{said}");
        return;
    }
    let warning = harden_process().unwrap();
    let secret = Secret::take(&mut [1; 32]).unwrap();
    match warning {
        Some(warning) => {
            assert!(warning.to_string().contains("could not be locked"), "{warning}");
            assert!(secret.lock_warning().is_some());
            assert_eq!(secret.expose(), [1; 32]);
            println!("limit obeyed");
        }
        None => println!("limit does not bind"),
    }
}
