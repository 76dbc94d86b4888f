//! A program whose calls to the kernel are counted, and one of which fails, falls short or is the last.
//!
//! strace injects faults too, but it counts each kind of call in each thread by itself: there, "the third" is several, and
//! what a second thread does first is never reached. Here all threads and all kinds stand in one row. A call that is to
//! fail is exchanged for getpid(2), which the vault's wall allows: a call without a number would be killed by it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc::user_regs_struct;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// What happens at the call that was chosen, and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The program is killed before the call.
    Kill,
    /// The call writes half of what it was to write, and the program is killed.
    Torn,
    /// The disk is full: half of it is written, and from there on nothing that takes room is done.
    Full,
    /// The call fails with an error of the device; the next is well again.
    Broken,
    /// The file system is read-only from here on.
    ReadOnly,
}

/// A call that changes what is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub call: &'static str,
    pub path: PathBuf,
    /// Bytes that it was to write.
    pub length: Option<u64>,
    /// Whether it makes something that was not there.
    makes: bool,
}

/// What came of a program.
#[derive(Debug)]
pub struct Traced {
    /// How it ended; `None` if it was killed.
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Every call that changed something, up to the end.
    pub steps: Vec<Step>,
    /// The one that the fault hit, if so many were made.
    pub hit: Option<Step>,
}

/// Where a call says which file it is about, by the number of its argument.
#[derive(Clone, Copy)]
enum Named {
    Descriptor,
    Path(usize),
    PathAt(usize, usize),
}
use Named::{Descriptor, Path as AtPath, PathAt};

/// Number on x86-64, name, and where the file is said. Of a renaming or a link it is the new name.
const CALLS: &[(u64, &str, Named)] = &[
    (1, "write", Descriptor),
    (18, "pwrite64", Descriptor),
    (20, "writev", Descriptor),
    (296, "pwritev", Descriptor),
    (328, "pwritev2", Descriptor),
    (326, "copy_file_range", Descriptor),
    (74, "fsync", Descriptor),
    (75, "fdatasync", Descriptor),
    (277, "sync_file_range", Descriptor),
    (77, "ftruncate", Descriptor),
    (285, "fallocate", Descriptor),
    (91, "fchmod", Descriptor),
    (76, "truncate", AtPath(0)),
    (90, "chmod", AtPath(0)),
    (268, "fchmodat", PathAt(0, 1)),
    (2, "open", AtPath(0)),
    (85, "creat", AtPath(0)),
    (257, "openat", PathAt(0, 1)),
    (82, "rename", AtPath(1)),
    (264, "renameat", PathAt(2, 3)),
    (316, "renameat2", PathAt(2, 3)),
    (86, "link", AtPath(1)),
    (265, "linkat", PathAt(2, 3)),
    (88, "symlink", AtPath(1)),
    (266, "symlinkat", PathAt(1, 2)),
    (87, "unlink", AtPath(0)),
    (263, "unlinkat", PathAt(0, 1)),
    (83, "mkdir", AtPath(0)),
    (258, "mkdirat", PathAt(0, 1)),
    (84, "rmdir", AtPath(0)),
];
/// `getpid`, which changes nothing and which every wall lets through.
const HARMLESS: u64 = 39;
/// `-ENOSYS`: what stands in the place of a result when a call begins (ptrace(2), "Syscall-stops"). None of those that
/// are looked for ends with it.
const BEGINS: u64 = (-38_i64).cast_unsigned();
/// `AT_FDCWD` as the lower half of a register.
const HERE: u64 = 0xffff_ff9c;
/// `O_ACCMODE`, `O_CREAT` and `O_TRUNC` (open(2)).
const ACCESS: u64 = 0o3;
const CREATE: u64 = 0o100;
const TRUNCATE: u64 = 0o1000;

/// What is done with a call at its beginning.
enum Verdict {
    Go,
    Kill,
    /// It writes so many bytes.
    Short(u64),
    /// It writes so many bytes and is the last.
    Torn(u64),
    Fail(Errno),
}

/// What is done with it at its end.
enum Ending {
    Kill,
    Fail(Errno),
}

/// A program to be run.
pub struct Program<'a> {
    pub path: &'a Path,
    pub args: &'a [String],
    /// What is typed on its standard input.
    pub typed: &'a str,
}

struct Tracer<'a> {
    folder: &'a Path,
    chosen: Option<(usize, Fault)>,
    steps: Vec<Step>,
    hit: Option<Step>,
    /// Threads in the middle of a call that was tampered with.
    under_way: Vec<(Pid, Ending)>,
}

/// Runs a program to its end. Calls on files in `folder` are counted from 0, and the fault happens at the one `chosen`.
pub fn run(program: &Program<'_>, folder: &Path, chosen: Option<(usize, Fault)>) -> Traced {
    let (mut stdout, mut stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    #[expect(clippy::zombie_processes, reason = "it is followed to its end")]
    let mut child = Command::new(env!("CARGO_BIN_EXE_traceable"))
        .arg(program.path)
        .args(program.args)
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::piped())
        .stdout(stdout.try_clone().unwrap())
        .stderr(stderr.try_clone().unwrap())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(program.typed.as_bytes()).unwrap();
    let main = Pid::from_raw(child.id().cast_signed());
    let mut tracer = Tracer { folder, chosen, steps: Vec::new(), hit: None, under_way: Vec::new() };
    let exit = tracer.follow(main);
    let text = |file: &mut File| {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (stdout, stderr) = (text(&mut stdout), text(&mut stderr));
    Traced { exit, stdout, stderr, steps: tracer.steps, hit: tracer.hit }
}

impl Tracer<'_> {
    /// Follows all threads to the end of the program, which is its exit code, or nothing if it was killed.
    fn follow(&mut self, main: Pid) -> Option<i32> {
        // The first stop is that of the program that was become.
        let first = waitpid(main, Some(WaitPidFlag::__WALL)).unwrap();
        assert_eq!(first, WaitStatus::Stopped(main, Signal::SIGTRAP), "the program did not start");
        let options =
            Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
        ptrace::setoptions(main, options).unwrap();
        go_on(main, None);
        loop {
            // Only what this thread started: tests beside this one have children of their own.
            let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
            match waitpid(None, Some(flags)).unwrap() {
                WaitStatus::PtraceSyscall(thread) => self.at_call(main, thread),
                WaitStatus::PtraceEvent(thread, ..) | WaitStatus::Stopped(thread, Signal::SIGSTOP) => {
                    go_on(thread, None);
                }
                WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
                WaitStatus::Exited(process, code) if process == main => return Some(code),
                WaitStatus::Signaled(process, Signal::SIGKILL, _) if process == main => return None,
                WaitStatus::Signaled(process, signal, _) if process == main => panic!("it died of {signal}"),
                _ => {}
            }
        }
    }

    fn at_call(&mut self, main: Pid, thread: Pid) {
        // A thread that another one's end is about to take away is no longer there to be asked.
        let Ok(registers) = ptrace::getregs(thread) else { return };
        if registers.rax == BEGINS { self.enter(main, thread, registers) } else { self.leave(main, thread) }
    }

    fn enter(&mut self, main: Pid, thread: Pid, mut registers: user_regs_struct) {
        let Some(step) = self.step(thread, &registers) else { return go_on(thread, None) };
        let verdict = self.judge(&step);
        self.steps.push(step);
        match verdict {
            Verdict::Go => {}
            Verdict::Kill => {
                kill(main, Signal::SIGKILL).unwrap();
                return;
            }
            Verdict::Short(bytes) => registers.rdx = bytes,
            Verdict::Torn(bytes) => {
                registers.rdx = bytes;
                self.under_way.push((thread, Ending::Kill));
            }
            Verdict::Fail(error) => {
                registers.orig_rax = HARMLESS;
                self.under_way.push((thread, Ending::Fail(error)));
            }
        }
        ptrace::setregs(thread, registers).unwrap();
        go_on(thread, None);
    }

    fn leave(&mut self, main: Pid, thread: Pid) {
        let tampered = self.under_way.iter().position(|(other, _)| *other == thread);
        match tampered.map(|place| self.under_way.remove(place).1) {
            None => {}
            Some(Ending::Kill) => {
                kill(main, Signal::SIGKILL).unwrap();
                return;
            }
            Some(Ending::Fail(error)) => {
                let mut registers = ptrace::getregs(thread).unwrap();
                registers.rax = (-i64::from(error as i32)).cast_unsigned();
                ptrace::setregs(thread, registers).unwrap();
            }
        }
        go_on(thread, None);
    }

    fn judge(&mut self, step: &Step) -> Verdict {
        let Some((number, fault)) = self.chosen else { return Verdict::Go };
        let place = self.steps.len();
        if place < number {
            return Verdict::Go;
        }
        if place == number {
            self.hit = Some(step.clone());
        }
        let half = step.length.filter(|bytes| *bytes > 1).map(|bytes| bytes / 2);
        match (fault, place == number) {
            (Fault::Kill, true) => Verdict::Kill,
            (Fault::Torn, true) => half.map_or(Verdict::Kill, Verdict::Torn),
            (Fault::Full, true) => half.map_or(Verdict::Fail(Errno::ENOSPC), Verdict::Short),
            (Fault::Full, false) if step.takes_room() => Verdict::Fail(Errno::ENOSPC),
            (Fault::Broken, true) => Verdict::Fail(Errno::EIO),
            (Fault::ReadOnly, _) => Verdict::Fail(Errno::EROFS),
            _ => Verdict::Go,
        }
    }

    /// What a call is about to change in the folder, if anything.
    fn step(&self, thread: Pid, registers: &user_regs_struct) -> Option<Step> {
        let (_, call, named) = CALLS.iter().find(|(number, ..)| *number == registers.orig_rax)?;
        let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8];
        let path = match *named {
            Descriptor => descriptor(thread, arguments[0])?,
            AtPath(place) => string(thread, arguments[place])?,
            PathAt(folder, place) => {
                let path = string(thread, arguments[place])?;
                let beside = arguments[folder] & 0xffff_ffff;
                if beside == HERE { path } else { descriptor(thread, beside)?.join(path) }
            }
        };
        if !path.starts_with(self.folder) {
            return None;
        }
        let flags = match *call {
            "open" => arguments[1],
            "openat" => arguments[2],
            _ => ACCESS,
        };
        if flags & (ACCESS | CREATE | TRUNCATE) == 0 {
            return None;
        }
        let makes = matches!(*call, "open" | "openat" | "creat") && flags & CREATE != 0 && !path.exists();
        let length = matches!(*call, "write" | "pwrite64").then_some(arguments[2]);
        Some(Step { call, path, length, makes })
    }
}

impl Step {
    /// Whether a full disk has no room for it.
    fn takes_room(&self) -> bool {
        self.makes
            || self.call.contains("write")
            || ["mkdir", "mkdirat", "link", "linkat", "symlink", "symlinkat", "fallocate", "copy_file_range"]
                .contains(&self.call)
    }
}

/// Lets a thread go on to its next call. One that was killed meanwhile has nothing to go on with.
fn go_on(thread: Pid, signal: Option<Signal>) {
    match ptrace::syscall(thread, signal) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(error) => panic!("{thread} does not go on: {error}"),
    }
}

/// What an open descriptor is of.
fn descriptor(thread: Pid, number: u64) -> Option<PathBuf> {
    let path = fs::read_link(format!("/proc/{thread}/fd/{}", number & 0xffff_ffff)).ok()?;
    // A file that was unlinked meanwhile is one of the folder still.
    let name = path.as_os_str().as_bytes();
    Some(PathBuf::from(OsStr::from_bytes(name.strip_suffix(b" (deleted)").unwrap_or(name))))
}

/// A path in the program's memory.
fn string(thread: Pid, address: u64) -> Option<PathBuf> {
    let memory = File::open(format!("/proc/{thread}/mem")).ok()?;
    let mut bytes = vec![0; 4096];
    let read = memory.read_at(&mut bytes, address).ok()?;
    let text = bytes[..read].split(|byte| *byte == 0).next()?;
    Some(PathBuf::from(OsStr::from_bytes(text)))
}
