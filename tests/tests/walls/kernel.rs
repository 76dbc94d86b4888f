//! What a vault never does, done by a program behind the vault's own wall, and by the same program without it.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

/// "Bad system call" (signal(7)).
const SIGSYS: i32 = 31;
const SIGABRT: i32 = 6;

fn walled(wall: &str, attempt: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_walled"))
        .args([wall, attempt])
        .stdin(Stdio::null())
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

fn killed(attempt: &str) {
    let bare = walled("bare", attempt);
    assert!(bare.status.success(), "{attempt} does not even succeed without a wall: {bare:?}");
    let raised = walled("raised", attempt);
    assert_eq!(raised.status.signal(), Some(SIGSYS), "{attempt}: {raised:?}");
    assert!(!raised.status.core_dumped());
}

#[test]
fn whoever_opens_a_socket_is_killed() {
    for attempt in ["tcp", "udp", "pair"] {
        killed(attempt);
    }
}

#[test]
fn whoever_uses_a_socket_as_one_is_killed() {
    for attempt in ["connect", "accept", "send", "receive", "shutdown"] {
        killed(attempt);
    }
}

#[test]
fn whoever_starts_a_program_is_killed() {
    for attempt in ["spawn", "exec", "execveat"] {
        killed(attempt);
    }
}

#[test]
fn whoever_reaches_into_a_process_is_killed() {
    for attempt in ["ptrace", "vm-read", "vm-write", "kill"] {
        killed(attempt);
    }
}

#[test]
fn whoever_makes_memory_executable_is_killed() {
    killed("code");
}

#[test]
fn threads_from_before_the_wall_stand_behind_it_too() {
    killed("thread");
}

#[test]
fn a_stream_that_was_opened_before_is_read_and_written_as_a_file() {
    for wall in ["bare", "raised"] {
        let output = walled(wall, "kept");
        assert!(output.status.success(), "{wall}: {output:?}");
    }
}

#[test]
fn a_fault_ends_the_program_as_a_fault() {
    // The signal that `abort` sends to its own process is no forbidden one.
    assert_eq!(walled("raised", "abort").status.signal(), Some(SIGABRT));
}

#[test]
fn the_kernel_says_that_the_wall_stands() {
    let said = |wall: &str, name: &str| {
        let text = String::from_utf8(walled(wall, "status").stdout).unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned()).unwrap()
    };
    // 2 is "by filter" (proc_pid_status(5)). Whoever started these tests may have filters of their own.
    assert_eq!(said("raised", "Seccomp:"), "2");
    let filters = |wall| said(wall, "Seccomp_filters:").parse::<u32>().unwrap();
    assert_eq!(filters("raised"), filters("bare") + 2);
    assert_eq!(said("raised", "NoNewPrivs:"), "1");
}
