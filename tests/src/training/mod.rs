//! The vault with devices that are none, to practise with: its own entry point and its own wall, stamped TRAINING for
//! good. `strongroom-training` has software devices, `vault-on-tcp` whatever answers on an emulator's port.

mod line;

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use strongroom_keys::{SystemEntropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::doctor::Machine;
use strongroom_vault::{KnownAnswers, SystemTerminal, World, find_place, wall};
use strongroom_virtual::{ApduBus, DeviceFile, FileError, Hands, Narrated, Owner, Person, VirtualBus};
use strongroom_wire::Bus;

pub use line::{Emulated, Virtual};

/// The exit code of a command line that is not understood.
const USAGE: u8 = 2;
/// The exit code of a device or file that is not ready.
const NOT_READY: u8 = 8;
/// The largest device file.
const FILE_BYTES: u64 = 64 * 1024;
/// How long a read of an emulator's answer waits before patience is looked at again.
const TICK: Duration = Duration::from_millis(100);

/// Why there is nothing to practise with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainingError {
    /// The command line is not of this program's form.
    #[error("{0}")]
    Usage(&'static str),
    /// The wall does not stand.
    #[error(transparent)]
    Wall(#[from] wall::WallError),
    /// No such file, or not readable.
    #[error(
        "the virtual device's file {path} cannot be read ({source}): write one as the book's page on devices shows"
    )]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that describes no device.
    #[error("{path}: {source}")]
    Device {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: FileError,
    },
    /// Nobody answers on the port.
    #[error("no emulator answers at {address} ({source}): start it with its APDU port there")]
    Emulator {
        /// Where.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}

impl TrainingError {
    /// Says it on standard error; the exit code.
    pub fn said(&self) -> u8 {
        let _ = writeln!(io::stderr(), "error: {self}");
        match self {
            Self::Usage(_) => USAGE,
            _ => NOT_READY,
        }
    }
}

/// Runs the vault with the software devices that the command line names; the exit code.
pub fn with_virtual_devices(line: Virtual) -> u8 {
    let prepared = || {
        let warning = wall::raise(&[])?;
        let bus = VirtualBus::new();
        for path in &line.files {
            for device in devices(path)? {
                bus.add(device);
            }
        }
        Ok((bus, warning))
    };
    match prepared() {
        Ok((mut bus, warning)) => {
            vault(line.rest, &mut bus, warning.iter().map(ToString::to_string).collect())
        }
        Err(error) => TrainingError::said(&error),
    }
}

fn devices(path: &Path) -> Result<Vec<strongroom_virtual::Ledger>, TrainingError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES).read_to_string(&mut text))
        .map_err(|source| TrainingError::File { path: path.to_owned(), source })?;
    DeviceFile::parse(&text)
        .and_then(|file| file.devices(owner))
        .map_err(|source| TrainingError::Device { path: path.to_owned(), source })
}

/// Whoever holds the device, with its screens on standard error.
fn owner(hands: Hands) -> Box<dyn Owner> {
    let terminal = || -> io::Result<Person<BufReader<File>, File>> {
        Ok(Person::new(
            BufReader::new(File::open("/dev/tty")?),
            File::options().write(true).open("/dev/tty")?,
        ))
    };
    match hands {
        Hands::Script(script) => Box::new(Narrated::new(io::stderr(), script)),
        Hands::Person => match terminal() {
            Ok(person) => Box::new(person),
            // Without a terminal nobody presses anything.
            Err(_) => Box::new(Person::new(io::empty(), io::stderr())),
        },
    }
}

/// Runs the vault over an emulator's port. It is opened before the wall stands; afterwards it is only read and written.
pub fn on_tcp(line: Emulated) -> u8 {
    let prepared = || {
        let refused = |source| TrainingError::Emulator { address: line.address.clone(), source };
        let stream = TcpStream::connect(&line.address).map_err(refused)?;
        stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(TICK))).map_err(refused)?;
        // A socket would send and receive, which the wall forbids: a file reads and writes.
        let stream = File::from(OwnedFd::from(stream));
        let warning = wall::raise(&[stream.as_fd()])?;
        Ok((ApduBus::new(stream, TICK, &format!("apdu:{}", line.address)), warning))
    };
    match prepared() {
        Ok((mut bus, warning)) => {
            vault(line.rest, &mut bus, warning.iter().map(ToString::to_string).collect())
        }
        Err(error) => TrainingError::said(&error),
    }
}

/// The vault itself, as its own `main` starts it, but for the bus, the home and the stamp.
fn vault(arguments: Vec<std::ffi::OsString>, bus: &mut dyn Bus, warnings: Vec<String>) -> u8 {
    let stdin = io::stdin().as_fd().try_clone_to_owned().map(File::from);
    let mut world = World {
        stdin: &mut match stdin {
            Ok(stdin) => stdin,
            Err(error) => {
                let _ = writeln!(io::stderr(), "error: standard input cannot be used: {error}");
                return NOT_READY;
            }
        },
        stdout: &mut io::stdout(),
        stderr: &mut io::stderr(),
        terminal: &mut SystemTerminal,
        bus,
        clock: &|| Timestamp::from_system(SystemTime::now()),
        entropy: &mut SystemEntropy,
        place: &find_place,
        machine: Machine::here(),
        default_home: std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".strongroom/training")),
        work_factor: WorkFactor::DEFAULT,
        known_answers: KnownAnswers::default(),
        training: true,
        watched: io::stderr().is_terminal(),
        warnings,
    };
    strongroom_vault::run(arguments, &mut world)
}
