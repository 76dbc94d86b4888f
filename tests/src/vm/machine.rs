//! A running machine.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use alloy_primitives::hex;

use super::initramfs::{Initramfs, InitramfsError};
use super::message::{Answer, Exit, Request};
use super::{PORT, PROGRAMS};
use crate::prepare::Kernel;

/// The program.
const QEMU: &str = "qemu-system-x86_64";

/// How much memory a machine has, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(u32);

impl Memory {
    /// As little as it needs: 256 MiB.
    pub const LITTLE: Self = Self(256);
    /// Enough to stretch a passphrase in 256 MiB: 640 MiB.
    pub const AMPLE: Self = Self(640);
}

/// How long the guest may take to come up; six seconds are usual on an idle machine.
const BOOT_LIMIT: Duration = Duration::from_mins(2);

/// How much longer than the guest may take the host waits for its word that it took so long.
const GRACE: Duration = Duration::from_secs(20);

/// How long a program of the guest's may run.
const RUN_LIMIT: Duration = Duration::from_mins(2);

/// Why a machine does not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// QEMU is missing.
    #[error(
        "{QEMU} cannot be started ({0}): install Debian's qemu-system-x86, or another system's QEMU for x86-64"
    )]
    NotStarted(io::Error),
    /// Its file system.
    #[error(transparent)]
    Initramfs(#[from] InitramfsError),
    /// Pipes and files around it.
    #[error("the virtual machine: {0}")]
    Io(#[from] io::Error),
    /// It ended or kept silent.
    #[error("the virtual machine {what}; QEMU said:\n{qemu}\nits console said:\n{console}")]
    Lost {
        /// What it did.
        what: &'static str,
        /// QEMU's words.
        qemu: String,
        /// The kernel's and the first process's words.
        console: String,
    },
    /// The guest could not do what it was asked.
    #[error("in the virtual machine: {0}")]
    Guest(String),
    /// The guest answered something else than what it was asked.
    #[error("the virtual machine answered {0}")]
    Confused(String),
}

/// A machine that is up. It is switched off when dropped.
pub struct Machine {
    qemu: Child,
    requests: ChildStdin,
    answers: Receiver<io::Result<String>>,
    folder: tempfile::TempDir,
    kernel: String,
    boot: Duration,
    started: u32,
}

/// A program that runs in a machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Process(String);

impl Machine {
    /// Boots a kernel with a file system and waits until the guest is up.
    ///
    /// # Errors
    /// [`MachineError`] when QEMU is missing or the guest does not come up, with what its console says.
    pub fn boot(kernel: &Kernel, initramfs: Initramfs, memory: Memory) -> Result<Self, MachineError> {
        let began = Instant::now();
        let folder = tempfile::Builder::new().prefix("strongroom-vm-").tempdir()?;
        let archive = folder.path().join("initramfs.cpio");
        initramfs.write(&archive)?;
        let words = fs::File::create(folder.path().join("qemu"))?;
        let mut qemu = qemu(&kernel.image(), &archive, &folder.path().join("console"), memory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(words)
            .spawn()
            .map_err(MachineError::NotStarted)?;
        let pipe = || io::Error::other("a pipe to QEMU is missing");
        let requests = qemu.stdin.take().ok_or_else(pipe)?;
        let output = qemu.stdout.take().ok_or_else(pipe)?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut machine =
            Self { qemu, requests, answers, folder, kernel: String::new(), boot: Duration::ZERO, started: 0 };
        match machine.answer(BOOT_LIMIT)? {
            Answer::Up { kernel } => machine.kernel = kernel,
            other => return Err(MachineError::Confused(format!("{other:?}"))),
        }
        machine.boot = began.elapsed();
        Ok(machine)
    }

    /// The release of the kernel that it runs.
    pub fn kernel(&self) -> &str {
        &self.kernel
    }

    /// How long it took to come up.
    pub const fn boot_time(&self) -> Duration {
        self.boot
    }

    /// Runs a program to its end, with words on its standard input.
    ///
    /// # Errors
    /// [`MachineError`] when it cannot be started or does not end.
    pub fn run(&mut self, program: &str, arguments: &[&str], input: &str) -> Result<Exit, MachineError> {
        let process = self.start(program, arguments, input)?;
        self.wait(process)
    }

    /// Starts a program.
    ///
    /// # Errors
    /// [`MachineError`] when it cannot be started.
    pub fn start(&mut self, program: &str, arguments: &[&str], input: &str) -> Result<Process, MachineError> {
        self.started = self.started.saturating_add(1);
        let process = format!("{program}-{}", self.started);
        self.done(&Request::Start {
            process: process.clone(),
            program: format!("/{PROGRAMS}/{program}"),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            input: input.to_owned(),
        })?;
        Ok(Process(process))
    }

    /// Waits until a program has printed these words.
    ///
    /// # Errors
    /// [`MachineError::Guest`] with what it printed instead.
    pub fn expect(&mut self, process: &Process, words: &str, within: Duration) -> Result<(), MachineError> {
        let within_ms = milliseconds(within);
        self.done(&Request::Expect { process: process.0.clone(), words: words.to_owned(), within_ms })
    }

    /// Waits until a program has ended.
    ///
    /// # Errors
    /// [`MachineError::Guest`] with what it printed, if it does not end within two minutes.
    pub fn wait(&mut self, process: Process) -> Result<Exit, MachineError> {
        let within_ms = milliseconds(RUN_LIMIT);
        self.ended(&Request::Wait { process: process.0, within_ms })
    }

    /// Kills a program.
    ///
    /// # Errors
    /// [`MachineError`] when it cannot be killed.
    pub fn kill(&mut self, process: Process) -> Result<Exit, MachineError> {
        self.ended(&Request::Kill { process: process.0 })
    }

    /// Makes a folder of the guest's, for its owner alone, unless it is there.
    ///
    /// # Errors
    /// [`MachineError::Guest`] when it cannot be made.
    pub fn folder(&mut self, path: &str) -> Result<(), MachineError> {
        self.done(&Request::Folder { path: path.to_owned() })
    }

    /// Writes a file of the guest's, for its owner alone, with the folders above it.
    ///
    /// # Errors
    /// [`MachineError::Guest`] when it cannot be written.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), MachineError> {
        self.done(&Request::Write { path: path.to_owned(), bytes: hex::encode(bytes) })
    }

    /// Reads a file of the guest's.
    ///
    /// # Errors
    /// [`MachineError::Guest`] when it cannot be read.
    pub fn read(&mut self, path: &str) -> Result<Vec<u8>, MachineError> {
        match self.ask(&Request::Read { path: path.to_owned() })? {
            Answer::Bytes(bytes) => {
                hex::decode(bytes).map_err(|error| MachineError::Confused(error.to_string()))
            }
            other => Err(MachineError::Confused(format!("{other:?}"))),
        }
    }

    fn done(&mut self, request: &Request) -> Result<(), MachineError> {
        match self.ask(request)? {
            Answer::Done => Ok(()),
            other => Err(MachineError::Confused(format!("{other:?}"))),
        }
    }

    fn ended(&mut self, request: &Request) -> Result<Exit, MachineError> {
        match self.ask(request)? {
            Answer::Ended(exit) => Ok(exit),
            other => Err(MachineError::Confused(format!("{other:?}"))),
        }
    }

    fn ask(&mut self, request: &Request) -> Result<Answer, MachineError> {
        let mut line = serde_json::to_vec(request).map_err(io::Error::from)?;
        line.push(b'\n');
        if self.requests.write_all(&line).and_then(|()| self.requests.flush()).is_err() {
            return Err(self.lost("is gone"));
        }
        let within = match request {
            Request::Expect { within_ms, .. } | Request::Wait { within_ms, .. } => {
                Duration::from_millis(*within_ms)
            }
            _ => Duration::ZERO,
        };
        match self.answer(within.saturating_add(GRACE))? {
            Answer::Failed(why) => Err(MachineError::Guest(why)),
            answer => Ok(answer),
        }
    }

    fn answer(&mut self, within: Duration) -> Result<Answer, MachineError> {
        match self.answers.recv_timeout(within) {
            Ok(line) => {
                let line = line?;
                serde_json::from_str(&line).map_err(|_| MachineError::Confused(line))
            }
            Err(RecvTimeoutError::Timeout) => Err(self.lost("kept silent")),
            Err(RecvTimeoutError::Disconnected) => Err(self.lost("ended")),
        }
    }

    fn lost(&self, what: &'static str) -> MachineError {
        let read = |name: &str| {
            let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).trim().to_owned()
        };
        MachineError::Lost { what, qemu: read("qemu"), console: read("console") }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.qemu.kill());
        drop(self.qemu.wait());
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// QEMU's command line. Nothing that it would add by itself is there: no network, no screen, no disk.
fn qemu(kernel: &Path, initramfs: &Path, console: &Path, Memory(mebibytes): Memory) -> Command {
    let file = |prefix: &str, path: &Path| {
        let mut word = PathBuf::from(prefix).into_os_string();
        word.push(path);
        word
    };
    let mut command = Command::new(QEMU);
    command
        .args(["-no-user-config", "-nodefaults", "-nic", "none", "-display", "none", "-no-reboot"])
        .args(["-machine", "pc", "-accel", "tcg", "-cpu", "max", "-smp", "1"])
        .args(["-m", &mebibytes.to_string()])
        .args(["-chardev", "stdio,id=port,signal=off", "-device", "virtio-serial-pci"])
        .args(["-device", &format!("virtserialport,chardev=port,name={PORT}")])
        .arg("-serial")
        .arg(file("file:", console))
        .arg("-kernel")
        .arg(kernel)
        .arg("-initrd")
        .arg(initramfs)
        // A guest that cannot go on reboots at once, which ends QEMU.
        .args(["-append", "console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_no_way_out() {
        let command = qemu(Path::new("k"), Path::new("i"), Path::new("c"), Memory::LITTLE);
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        let line = words.join(" ");
        assert!(line.contains("-nodefaults") && line.contains("-nic none"), "{line}");
        for way in ["-net", "-netdev", "-drive", "-hda", "-virtfs", "-fsdev", "virtio-net", "-usb"] {
            assert!(!words.iter().any(|word| word.contains(way)), "{way} in {line}");
        }
        assert!(line.contains("-m 256"));
    }
}
