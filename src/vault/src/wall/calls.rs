//! The system calls that a vault makes. What is not here does not exist for it.
//!
//! The names are the kernel's (`man 2 NAME`). Absent on purpose, among everything else: `socket`, `socketpair`, `connect`,
//! `bind`, `listen`, `accept`, `send*`, `recv*`, `shutdown`, `io_uring_*`, `execve*`, `fork`, `vfork`, `kill`, `ptrace`,
//! `process_vm_*`, `pidfd_*`, `bpf`, `seccomp`, `memfd_create`, `mount`, `unshare`, `setns`, `keyctl`, `userfaultfd`,
//! `perf_event_open`, and every call of a foreign ABI (32-bit, x32).

/// Calls that are allowed with any arguments.
pub const ALLOWED: &[&str] = &[
    // files: bundles, the home, /proc and /sys for `doctor`, devices
    "close",
    "dup",
    "faccessat",
    "faccessat2",
    "fchmod",
    "fchmodat",
    "fcntl",
    "fdatasync",
    "flock",
    "fstat",
    "fsync",
    "ftruncate",
    "getcwd",
    "getdents64",
    "linkat",
    "lseek",
    "mkdirat",
    "newfstatat",
    "openat",
    "pread64",
    "pwrite64",
    "read",
    "readlinkat",
    "readv",
    "renameat",
    "renameat2",
    "statfs",
    "statx",
    "umask",
    "unlinkat",
    "write",
    "writev",
    // memory, some of it locked
    "brk",
    "madvise",
    "mlock",
    "mlock2",
    "mremap",
    "munlock",
    "munmap",
    // threads: the one that works on secrets, and the one that draws progress
    "clone3",
    "futex",
    "get_robust_list",
    "gettid",
    "rseq",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    // waiting, and the time
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "gettimeofday",
    "nanosleep",
    "ppoll",
    "restart_syscall",
    // the process about itself
    "exit",
    "exit_group",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getuid",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "sysinfo",
    "uname",
];

/// The older names of allowed calls, which only x86-64 has and some C libraries still use there.
pub const ALLOWED_ON_X86_64: &[&str] = &[
    "access", "chmod", "dup2", "link", "lstat", "mkdir", "open", "poll", "readlink", "rename", "rmdir",
    "stat", "time", "unlink",
];

/// A condition on one argument: of its lower 32 bits (or all 64, if `wide`), those in `mask` must be those of `value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Which argument, from 0.
    pub argument: u8,
    /// Whether all 64 bits count.
    pub wide: bool,
    /// The bits that are looked at.
    pub mask: u64,
    /// What they must be.
    pub value: u64,
}

const fn equal(argument: u8, value: u64) -> Condition {
    Condition { argument, wide: false, mask: 0xffff_ffff, value }
}

const fn masked(argument: u8, mask: u64, value: u64) -> Condition {
    Condition { argument, wide: false, mask, value }
}

/// `PROT_EXEC` of mmap(2).
const PROT_EXEC: u64 = 4;
/// `CLONE_VM | CLONE_THREAD` of clone(2): a thread, not a process.
const THREAD: u64 = 0x0001_0100;
/// Every `CLONE_NEW*` of clone(2).
const NAMESPACES: u64 = 0x7e02_0000;
/// The letter of HID requests in the second byte of an ioctl(2) number (linux/hidraw.h).
const HID: u64 = 0x4800;
const LETTER: u64 = 0xff00;

/// Calls that are allowed with some arguments only.
pub const CONDITIONAL: &[(&str, Condition)] = &[
    // Memory never becomes a program: what is executable was so before the filter.
    ("mmap", masked(2, PROT_EXEC, 0)),
    ("mprotect", masked(2, PROT_EXEC, 0)),
    ("clone", masked(0, THREAD | NAMESPACES, THREAD)),
    // Terminals: attributes and size. TIOCSTI, which types on behalf of the operator, is not among them.
    ("ioctl", equal(1, 0x5401)),      // TCGETS
    ("ioctl", equal(1, 0x5402)),      // TCSETS
    ("ioctl", equal(1, 0x5403)),      // TCSETSW
    ("ioctl", equal(1, 0x5404)),      // TCSETSF
    ("ioctl", equal(1, 0x5413)),      // TIOCGWINSZ
    ("ioctl", equal(1, 0x802c_542a)), // TCGETS2
    ("ioctl", equal(1, 0x402c_542b)), // TCSETS2
    ("ioctl", equal(1, 0x402c_542c)), // TCSETSW2
    ("ioctl", equal(1, 0x402c_542d)), // TCSETSF2
    ("ioctl", masked(1, LETTER, HID)),
    ("prctl", equal(0, 15)),          // PR_SET_NAME, of threads
    ("prctl", equal(0, 0x5356_4d41)), // PR_SET_VMA, names of memory for whoever reads maps
    ("prctl", equal(0, 0x4155_5856)), // PR_GET_AUXV
    // Limits are read and not set.
    ("prlimit64", Condition { argument: 2, wide: true, mask: u64::MAX, value: 0 }),
];

/// Signals go to this process alone: what `abort` does after a fault. The condition's value is its id.
pub const TO_ITSELF: (&str, Condition) = ("tgkill", equal(0, 0));

/// Calls that libraries try first and do without: they are told that there is no such call.
///
/// `clone3` has its arguments in memory, where a filter cannot look; the C library falls back on `clone`, where it can.
pub const ABSENT: &[&str] = &["clone3"];
