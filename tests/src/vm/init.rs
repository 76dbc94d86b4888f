//! The guest's first process: mounts what programs expect, loads the kernel's modules, and serves the host.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::mount::{MountFlags, mount};
use rustix::system::finit_module;

use super::agent::{Agent, say};
use super::message::Answer;
use super::{MODULES, PORT};

/// How long the port may take to come up after its module is loaded.
const PORT_LIMIT: Duration = Duration::from_secs(10);

/// Why the guest is not up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// A step of it failed.
    #[error("{what}: {source}")]
    Io {
        /// The step.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is no port to the host.
    #[error("no virtio serial port is named {PORT}")]
    NoPort,
    /// This is no guest.
    #[error("this is the first process of a virtual machine and does nothing elsewhere")]
    NotFirst,
}

fn at<E: Into<io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> InitError {
    |source| InitError::Io { what: what.into(), source: source.into() }
}

/// Brings the guest up and serves the host until it hangs up.
///
/// # Errors
/// [`InitError`] when a step fails, or when this process is not the first one.
pub fn start() -> Result<(), InitError> {
    // On a machine that is no guest, mounting and loading would be somebody's surprise.
    if std::process::id() != 1 {
        return Err(InitError::NotFirst);
    }
    for (kind, target) in [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("tmpfs", "/tmp")] {
        mount(kind, target, kind, MountFlags::empty(), None).map_err(at(format!("mount {target}")))?;
    }
    load_modules(&Path::new("/").join(MODULES))?;
    let path = port()?;
    let port =
        OpenOptions::new().read(true).write(true).open(&path).map_err(at(path.display().to_string()))?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").map_err(at("the kernel's release"))?;
    let mut answers = &port;
    say(&mut answers, &Answer::Up { kernel: kernel.trim().to_owned() }).map_err(at("the port"))?;
    Agent::default().serve(BufReader::new(&port), &mut answers).map_err(at("the port"))
}

/// Loads every module of a folder, in the order of their names.
fn load_modules(folder: &Path) -> Result<(), InitError> {
    let entries = fs::read_dir(folder).map_err(at(folder.display().to_string()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(at(folder.display().to_string()))?;
    paths.sort();
    for path in paths {
        let name = path.display().to_string();
        let file = File::open(&path).map_err(at(name.clone()))?;
        finit_module(file, c"", 0).map_err(at(name))?;
    }
    Ok(())
}

/// The port's device, which appears a moment after its module is loaded.
fn port() -> Result<PathBuf, InitError> {
    let began = Instant::now();
    while began.elapsed() < PORT_LIMIT {
        let entries = fs::read_dir("/sys/class/virtio-ports").into_iter().flatten().flatten();
        let named = |entry: &fs::DirEntry| {
            fs::read_to_string(entry.path().join("name")).is_ok_and(|name| name.trim() == PORT)
        };
        let device = entries.into_iter().find(named).map(|entry| Path::new("/dev").join(entry.file_name()));
        if let Some(device) = device.filter(|device| device.exists()) {
            return Ok(device);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(InitError::NoPort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens_outside_a_guest() {
        assert!(matches!(start(), Err(InitError::NotFirst)));
    }

    #[test]
    fn a_module_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("0-nonsense.ko"), b"no module").unwrap();
        let error = load_modules(folder.path()).unwrap_err().to_string();
        assert!(error.contains("0-nonsense.ko"), "{error}");
    }
}
