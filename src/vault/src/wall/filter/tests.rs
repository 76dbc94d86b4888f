#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::cast_possible_truncation)]

use super::*;

/// What the kernel does (linux/seccomp.h).
const KILL: u32 = 0x8000_0000;
const ALLOW: u32 = 0x7fff_0000;
const NO_SUCH_CALL: u32 = 0x0005_0026;

/// How the kernel names architectures to a filter (linux/audit.h).
const X86_64: u32 = 0xc000_003e;
const AARCH64: u32 = 0xc000_00b7;
const FOREIGN: [u32; 4] = [0x4000_0003, 0x4000_0028, 0xc000_00f3, 0];

/// The bit that x32 calls carry in their number.
const X32: u32 = 0x4000_0000;

/// A system call as a filter sees it (`struct seccomp_data`).
#[derive(Clone, Copy)]
struct Call {
    number: u32,
    architecture: u32,
    arguments: [u64; 6],
}

impl Call {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            0 => self.number,
            4 => self.architecture,
            16..64 => {
                let argument = self.arguments[(offset as usize - 16) / 8];
                if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
            }
            other => panic!("nothing is read at {other}"),
        }
    }
}

/// Runs a program as the kernel's interpreter would.
fn run(program: &BpfProgram, call: &Call) -> u32 {
    let (mut at, mut accumulator) = (0usize, 0u32);
    loop {
        let step = &program[at];
        at += 1;
        let mut jump = |taken: bool| at += usize::from(if taken { step.jt } else { step.jf });
        match step.code {
            0x20 => accumulator = call.word(step.k),
            0x54 => accumulator &= step.k,
            0x05 => at += step.k as usize,
            0x15 => jump(accumulator == step.k),
            0x25 => jump(accumulator > step.k),
            0x35 => jump(accumulator >= step.k),
            0x06 => return step.k,
            other => panic!("no such instruction: {other:#x}"),
        }
    }
}

const PROCESS: u32 = 4242;

struct Machine {
    filter: Filter,
    architecture: u32,
}

impl Machine {
    fn both() -> [Self; 2] {
        [("x86_64", X86_64), ("aarch64", AARCH64)]
            .map(|(name, architecture)| Self { filter: Filter::of(name, PROCESS).unwrap(), architecture })
    }

    fn is_x86(&self) -> bool {
        self.architecture == X86_64
    }

    /// A call of this machine; its number is given for both.
    fn call(&self, numbers: (u32, u32), arguments: [u64; 6]) -> Call {
        let number = if self.is_x86() { numbers.0 } else { numbers.1 };
        Call { number, architecture: self.architecture, arguments }
    }

    /// What the kernel does: the stricter of the two answers. A kill is the strictest, then an error.
    fn answer(&self, call: &Call) -> u32 {
        let answers = [run(&self.filter.absent, call), run(&self.filter.allowed, call)];
        answers.into_iter().min_by_key(|answer| answer.cast_signed()).unwrap()
    }

    fn says(&self, numbers: (u32, u32), arguments: [u64; 6]) -> u32 {
        self.answer(&self.call(numbers, arguments))
    }
}

/// Calls that no vault ever makes: name, and number on x86-64 and aarch64.
const FORBIDDEN: &[(&str, (u32, u32))] = &[
    ("socket", (41, 198)),
    ("connect", (42, 203)),
    ("accept", (43, 202)),
    ("sendto", (44, 206)),
    ("recvfrom", (45, 207)),
    ("sendmsg", (46, 211)),
    ("recvmsg", (47, 212)),
    ("shutdown", (48, 210)),
    ("bind", (49, 200)),
    ("listen", (50, 201)),
    ("socketpair", (53, 199)),
    ("execve", (59, 221)),
    ("kill", (62, 129)),
    ("ptrace", (101, 117)),
    ("mount", (165, 40)),
    ("add_key", (248, 217)),
    ("unshare", (272, 97)),
    ("splice", (275, 76)),
    ("accept4", (288, 242)),
    ("perf_event_open", (298, 241)),
    ("sendmmsg", (307, 269)),
    ("setns", (308, 268)),
    ("process_vm_readv", (310, 270)),
    ("process_vm_writev", (311, 271)),
    ("seccomp", (317, 277)),
    ("memfd_create", (319, 279)),
    ("bpf", (321, 280)),
    ("execveat", (322, 281)),
    ("userfaultfd", (323, 282)),
    ("io_uring_setup", (425, 425)),
    ("io_uring_enter", (426, 426)),
    ("io_uring_register", (427, 427)),
    ("pidfd_open", (434, 434)),
    ("pidfd_getfd", (438, 438)),
];

const NONE: [u64; 6] = [0; 6];
const ONES: [u64; 6] = [u64::MAX; 6];

#[test]
fn what_no_vault_does_kills_it() {
    for machine in Machine::both() {
        for (name, numbers) in FORBIDDEN {
            for arguments in [NONE, ONES, [1, 2, 3, 4, 5, 6]] {
                assert_eq!(machine.says(*numbers, arguments), KILL, "{name}");
            }
        }
    }
    // fork and vfork, which only x86-64 has.
    let [x86, _] = Machine::both();
    for number in [57, 58] {
        assert_eq!(x86.says((number, 0), NONE), KILL);
    }
}

#[test]
fn what_every_vault_does_passes() {
    for machine in Machine::both() {
        for numbers in [(0, 63), (1, 64), (3, 57), (257, 56), (74, 82), (228, 113), (318, 278), (231, 94)] {
            for arguments in [NONE, ONES] {
                assert_eq!(machine.says(numbers, arguments), ALLOW, "{numbers:?}");
            }
        }
    }
}

#[test]
fn nothing_else_passes() {
    for machine in Machine::both() {
        // No condition is met by arguments of ones alone.
        let passes = |number: &u32| machine.says((*number, *number), ONES) == ALLOW;
        let older = if machine.is_x86() { ALLOWED_ON_X86_64.len() } else { 0 };
        // clone3 is on the list, and answered by the other program.
        let expected = ALLOWED.len() + older - ABSENT.len();
        assert_eq!((0..2000).filter(passes).count(), expected);
        let all = (0..2000).chain(u32::MAX - 2000..=u32::MAX);
        let odd = all
            .filter(|number| ![ALLOW, KILL, NO_SUCH_CALL].contains(&machine.says((*number, *number), ONES)));
        assert_eq!(odd.count(), 0);
    }
}

#[test]
fn calls_of_a_foreign_abi_kill() {
    for machine in Machine::both() {
        let other = if machine.is_x86() { AARCH64 } else { X86_64 };
        for architecture in FOREIGN.into_iter().chain([other]) {
            for number in 0..2000 {
                let call = Call { number, architecture, arguments: NONE };
                assert_eq!(machine.answer(&call), KILL, "{architecture:#x} {number}");
            }
        }
        for number in 0..2000 {
            assert_eq!(machine.says((number | X32, number | X32), NONE), KILL, "x32 {number}");
        }
    }
}

#[test]
fn the_call_whose_arguments_cannot_be_seen_does_not_exist() {
    for machine in Machine::both() {
        assert_eq!(machine.says((435, 435), NONE), NO_SUCH_CALL);
    }
}

#[test]
fn memory_never_becomes_executable() {
    let with = |protection| [0, 4096, protection, 0x22, u64::MAX, 0];
    for machine in Machine::both() {
        for numbers in [(9, 222), (10, 226)] {
            for protection in 0..4 {
                assert_eq!(machine.says(numbers, with(protection)), ALLOW);
            }
            for protection in 4..8 {
                assert_eq!(machine.says(numbers, with(protection)), KILL);
            }
        }
    }
}

#[test]
fn threads_are_made_and_processes_are_not() {
    // What the C library gives for a thread, and for fork and vfork.
    let thread = 0x003d_0f00;
    for machine in Machine::both() {
        let clone = |flags| machine.says((56, 220), [flags, 0, 0, 0, 0, 0]);
        assert_eq!(clone(thread), ALLOW);
        for process in [0x0120_0011, 0x4111, 0x11, 0x0001_0000, 0x100] {
            assert_eq!(clone(process), KILL, "{process:#x}");
        }
        // Each kind of namespace, asked for with a thread.
        for namespace in [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]
        {
            assert_eq!(clone(thread | namespace), KILL, "{namespace:#x}");
        }
    }
}

#[test]
fn terminals_and_hid_devices_are_asked_their_requests_alone() {
    for machine in Machine::both() {
        let ioctl = |request: u64| machine.says((16, 29), [7, request, 0, 0, 0, 0]);
        for request in
            [0x5401, 0x5404, 0x5413, 0x802c_542a, 0x8004_4801, 0x9004_4802, 0x8008_4803, 0xc041_4807]
        {
            assert_eq!(ioctl(request), ALLOW, "{request:#x}");
        }
        // TIOCSTI types on the operator's terminal; the others ask sockets, block devices, KVM and loop devices.
        for request in [0x5412, 0x541c, 0x8912, 0x8b01, 0x1272, 0xae01, 0x4c00] {
            assert_eq!(ioctl(request), KILL, "{request:#x}");
        }
    }
}

#[test]
fn a_signal_to_somebody_else_kills() {
    for machine in Machine::both() {
        let tgkill = |process: u64| machine.says((234, 131), [process, 1, 6, 0, 0, 0]);
        assert_eq!(tgkill(PROCESS.into()), ALLOW);
        for process in [0, 1, u64::from(PROCESS) + 1] {
            assert_eq!(tgkill(process), KILL);
        }
    }
}

#[test]
fn limits_and_the_process_itself_are_asked_and_not_changed() {
    for machine in Machine::both() {
        let prlimit = |new| machine.says((302, 261), [0, 8, new, 1, 0, 0]);
        assert_eq!((prlimit(0), prlimit(1), prlimit(1 << 40)), (ALLOW, KILL, KILL));
        let prctl = |option| machine.says((157, 167), [option, 1, 0, 0, 0, 0]);
        assert_eq!(prctl(15), ALLOW);
        // PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_PTRACER
        assert_eq!((prctl(4), prctl(22), prctl(0x5961_6d61)), (KILL, KILL, KILL));
    }
}

#[test]
fn a_processor_that_nobody_listed_is_refused() {
    let refused = Filter::of("riscv64", PROCESS).err().unwrap();
    assert!(refused.to_string().contains("riscv64"), "{refused}");
}
