//! Any system call at all: the program behind the wall is traced from its start, and the number of a harmless call that
//! it makes is exchanged for another's. The kernel asks the filter after the exchange (seccomp(2), `SECCOMP_RET_TRACE`).

use std::process::{Command, Stdio};

use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

/// `sched_yield` of x86-64, which the program makes once.
const YIELD: u64 = 24;
/// `-ENOSYS`: what stands in the place of a result when a call begins.
const BEGINS: u64 = (-38_i64).cast_unsigned();
/// The bit that x32 calls carry in their number.
const X32: u64 = 0x4000_0000;

/// How a program ends that makes this call, with the arguments of the harmless one: none.
#[expect(clippy::zombie_processes, reason = "it is waited for by its number, as whoever traces does")]
fn made(wall: &str, number: u64) -> WaitStatus {
    let child = Command::new(env!("CARGO_BIN_EXE_walled"))
        .args([wall, "traced"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let process = Pid::from_raw(child.id().cast_signed());
    assert_eq!(waitpid(process, None).unwrap(), WaitStatus::Stopped(process, Signal::SIGSTOP));
    ptrace::setoptions(process, Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_EXITKILL).unwrap();
    loop {
        ptrace::syscall(process, None).unwrap();
        assert_eq!(waitpid(process, None).unwrap(), WaitStatus::PtraceSyscall(process));
        let mut registers = ptrace::getregs(process).unwrap();
        if registers.orig_rax != YIELD || registers.rax != BEGINS {
            continue;
        }
        registers.orig_rax = number;
        (registers.rdi, registers.rsi, registers.rdx) = (0, 0, 0);
        (registers.r10, registers.r8, registers.r9) = (0, 0, 0);
        ptrace::setregs(process, registers).unwrap();
        ptrace::cont(process, None).unwrap();
        return waitpid(process, None).unwrap();
    }
}

#[track_caller]
fn killed(name: &str, number: u64) {
    let bare = made("bare", number);
    assert!(matches!(bare, WaitStatus::Exited(_, 0)), "{name} is not even answered without a wall: {bare:?}");
    let raised = made("raised", number);
    assert!(matches!(raised, WaitStatus::Signaled(_, Signal::SIGSYS, false)), "{name}: {raised:?}");
}

#[test]
fn every_forbidden_call_is_killed() {
    for (name, number) in [
        ("socket", 41),
        ("connect", 42),
        ("accept", 43),
        ("sendto", 44),
        ("recvfrom", 45),
        ("socketpair", 53),
        ("execve", 59),
        ("ptrace", 101),
        ("accept4", 288),
        ("process_vm_readv", 310),
        ("process_vm_writev", 311),
        ("bpf", 321),
        ("execveat", 322),
        ("io_uring_setup", 425),
        ("io_uring_enter", 426),
        ("io_uring_register", 427),
        ("pidfd_open", 434),
    ] {
        killed(name, number);
    }
}

#[test]
fn calls_of_the_x32_abi_are_killed() {
    for number in [YIELD, 1, 41, 520] {
        killed("x32", number | X32);
    }
}

#[test]
fn the_call_that_libraries_do_without_is_absent_and_no_end() {
    for wall in ["bare", "raised"] {
        assert!(matches!(made(wall, 435), WaitStatus::Exited(_, 0)), "{wall}");
    }
}

#[test]
fn an_allowed_call_in_the_same_place_is_answered() {
    // getpid, to show that it is the number and not the exchange that kills.
    assert!(matches!(made("raised", 39), WaitStatus::Exited(_, 0)));
}
