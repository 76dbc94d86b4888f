//! The bench: a machine, and devices to plug into it.

use std::path::Path;
use std::time::Duration;

use strongroom_tests::prepare::Kernel;
use strongroom_tests::uhid::Identity;
use strongroom_tests::vm::{Exit, Initramfs, Machine, Memory, Process};

/// The recorded commands, where the machine has them.
pub(crate) const RECORDING: &str = "/transcripts/ledger/hid-ethereum.jsonl";

/// A machine with devices.
pub(crate) struct Bench {
    pub(crate) machine: Machine,
}

impl Bench {
    /// A file system with the programs of this package.
    pub(crate) fn prepare() -> (Kernel, Initramfs) {
        let kernel = Kernel::prepared().unwrap_or_else(|error| panic!("{error}"));
        let mut fs = Initramfs::new(&kernel, Path::new(env!("CARGO_BIN_EXE_vm-init"))).unwrap();
        fs.program(Path::new(env!("CARGO_BIN_EXE_virtual-on-uhid"))).unwrap();
        fs.program(Path::new(env!("CARGO_BIN_EXE_hid-probe"))).unwrap();
        let transcripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
        fs.file(RECORDING.trim_start_matches('/'), &transcripts.join("ledger/hid-ethereum.jsonl")).unwrap();
        (kernel, fs)
    }

    /// Boots it.
    pub(crate) fn boot(kernel: &Kernel, fs: Initramfs, memory: Memory) -> Self {
        Self { machine: Machine::boot(kernel, fs, memory).unwrap_or_else(|error| panic!("{error}")) }
    }

    /// Plugs a device in, and waits until the kernel has a driver for it.
    pub(crate) fn plug(&mut self, identity: &Identity, behaviour: &[&str]) -> Process {
        let identity = identity.to_string();
        let words = [&[identity.as_str()], behaviour].concat();
        let device = self.machine.start("virtual-on-uhid", &words, "").unwrap();
        let ready = self.machine.expect(&device, "plugged in", Duration::from_secs(20));
        ready.unwrap_or_else(|error| panic!("{error}"));
        device
    }

    /// Pulls it out; what it saw.
    pub(crate) fn pull(&mut self, device: Process) -> Exit {
        self.machine.kill(device).unwrap()
    }

    /// Runs the probe.
    #[track_caller]
    pub(crate) fn probe(&mut self, words: &[&str]) -> Exit {
        self.machine.run("hid-probe", words, "").unwrap_or_else(|error| panic!("{error}"))
    }
}
