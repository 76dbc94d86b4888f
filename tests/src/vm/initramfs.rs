//! The file system that a machine boots with: a cpio archive in memory (the kernel's
//! `Documentation/driver-api/early-userspace/buffer-format.rst`, "newc").

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cpio::newc::{Builder, ModeFileType};

use super::{MODULES, PROGRAMS};
use crate::prepare::Kernel;

/// Why the file system could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitramfsError {
    /// A file that should go into it, or the archive itself.
    #[error("{path} cannot go into the machine: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A tool could not be started, or failed.
    #[error("{tool} on {path}: {why}; install Debian's {package}")]
    Tool {
        /// The tool.
        tool: &'static str,
        /// What it was to look at.
        path: PathBuf,
        /// What became of it.
        why: String,
        /// Whose program it is.
        package: &'static str,
    },
    /// A file whose name is not UTF-8, or too large.
    #[error("{0} has a name or a size that an archive cannot hold")]
    Unfit(PathBuf),
}

/// A file system in the making. Paths in it have no slash in front.
pub struct Initramfs {
    archive: Vec<u8>,
    held: BTreeSet<String>,
}

impl Initramfs {
    /// The folders that programs expect, the kernel's modules, and `init` as the first process.
    ///
    /// # Errors
    /// [`InitramfsError`] when something cannot be read.
    pub fn new(kernel: &Kernel, init: &Path) -> Result<Self, InitramfsError> {
        let mut fs = Self { archive: Vec::new(), held: BTreeSet::new() };
        for folder in ["proc", "sys", "dev", "tmp", "run", "root"] {
            fs.folder(folder)?;
        }
        // The first process has nowhere else to complain before it has mounted anything.
        fs.console()?;
        for module in kernel.modules() {
            let name = module.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| InitramfsError::Unfit(module.clone()))?;
            fs.file(&format!("{MODULES}/{name}"), module)?;
        }
        fs.program(init)?;
        fs.link("init", init)?;
        Ok(fs)
    }

    /// Adds a program of this machine, with the libraries it is linked to. Symbols for debuggers stay outside.
    ///
    /// # Errors
    /// [`InitramfsError`] when it or one of them cannot be read.
    pub fn program(&mut self, program: &Path) -> Result<(), InitramfsError> {
        let name = file_name(program)?;
        let bytes = stripped(program)?;
        self.put(&format!("{PROGRAMS}/{name}"), 0o755, &bytes)?;
        for library in libraries(program)? {
            let path = library.to_str().ok_or_else(|| InitramfsError::Unfit(library.clone()))?;
            self.file(path.trim_start_matches('/'), &library)?;
        }
        Ok(())
    }

    /// Adds a file of this machine at a path, readable by everybody and executable if it is so here.
    ///
    /// # Errors
    /// [`InitramfsError`] when it cannot be read.
    pub fn file(&mut self, path: &str, source: &Path) -> Result<(), InitramfsError> {
        let failed = |error| InitramfsError::Io { path: source.to_path_buf(), source: error };
        let mode = fs::metadata(source).map_err(failed)?.permissions().mode() & 0o777;
        let bytes = fs::read(source).map_err(failed)?;
        self.put(path, mode, &bytes)
    }

    /// Adds a folder of this machine with everything in it at a path, with its permissions. Sockets are left out.
    ///
    /// # Errors
    /// [`InitramfsError`] when something in it cannot be read.
    pub fn tree(&mut self, path: &str, source: &Path) -> Result<(), InitramfsError> {
        let failed = |error| InitramfsError::Io { path: source.to_path_buf(), source: error };
        let mode = fs::metadata(source).map_err(failed)?.permissions().mode() & 0o777;
        self.folders_above(path)?;
        self.entry(path, ModeFileType::Directory, mode, &[])?;
        for entry in fs::read_dir(source).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (kind, from) = (entry.file_type().map_err(failed)?, entry.path());
            let into = format!("{path}/{}", file_name(&from)?);
            if kind.is_dir() {
                self.tree(&into, &from)?;
            } else if !kind.is_socket() {
                self.file(&into, &from)?;
            }
        }
        Ok(())
    }

    /// Writes the archive.
    ///
    /// # Errors
    /// [`InitramfsError::Io`] when it cannot be written.
    pub fn write(self, path: &Path) -> Result<(), InitramfsError> {
        let failed = |source| InitramfsError::Io { path: path.to_path_buf(), source };
        let archive = cpio::newc::trailer(self.archive).map_err(failed)?;
        File::create(path).and_then(|mut file| file.write_all(&archive)).map_err(failed)
    }

    fn put(&mut self, path: &str, mode: u32, bytes: &[u8]) -> Result<(), InitramfsError> {
        self.folders_above(path)?;
        self.entry(path, ModeFileType::Regular, mode, bytes)
    }

    fn folder(&mut self, path: &str) -> Result<(), InitramfsError> {
        self.folders_above(path)?;
        self.entry(path, ModeFileType::Directory, 0o755, &[])
    }

    fn folders_above(&mut self, path: &str) -> Result<(), InitramfsError> {
        for (end, _) in path.match_indices('/') {
            let above = path.get(..end).unwrap_or_default();
            self.entry(above, ModeFileType::Directory, 0o755, &[])?;
        }
        Ok(())
    }

    /// A symbolic link to a program.
    fn link(&mut self, path: &str, program: &Path) -> Result<(), InitramfsError> {
        let target = format!("/{PROGRAMS}/{}", file_name(program)?);
        self.entry(path, ModeFileType::Symlink, 0o777, target.as_bytes())
    }

    /// `/dev/console`, device 5:1 of the kernel's `Documentation/admin-guide/devices.txt`.
    fn console(&mut self) -> Result<(), InitramfsError> {
        let node =
            |builder: Builder| builder.set_mode_file_type(ModeFileType::Char).rdev_major(5).rdev_minor(1);
        self.append("dev/console", node(Builder::new("dev/console").mode(0o600)), &[])
    }

    /// Adds what is not there yet.
    fn entry(
        &mut self,
        path: &str,
        kind: ModeFileType,
        mode: u32,
        bytes: &[u8],
    ) -> Result<(), InitramfsError> {
        if !self.held.insert(path.to_owned()) {
            return Ok(());
        }
        self.append(path, Builder::new(path).mode(mode).set_mode_file_type(kind), bytes)
    }

    fn append(&mut self, path: &str, builder: Builder, bytes: &[u8]) -> Result<(), InitramfsError> {
        let size = u32::try_from(bytes.len()).map_err(|_| InitramfsError::Unfit(path.into()))?;
        let failed = |source| InitramfsError::Io { path: path.into(), source };
        let mut entry = builder.write(&mut self.archive, size);
        entry.write_all(bytes).map_err(failed)?;
        entry.finish().map_err(failed)?;
        Ok(())
    }
}

fn file_name(path: &Path) -> Result<&str, InitramfsError> {
    path.file_name().and_then(|name| name.to_str()).ok_or_else(|| InitramfsError::Unfit(path.to_path_buf()))
}

/// Runs a tool on a file; what it printed.
fn tool(
    tool: &'static str,
    arguments: &[&str],
    path: &Path,
    package: &'static str,
) -> Result<Vec<u8>, InitramfsError> {
    let failed = |why: String| InitramfsError::Tool { tool, path: path.to_path_buf(), why, package };
    let output = Command::new(tool)
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(failed(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())))
}

/// A program without symbols for debuggers: they are most of it, and the machine's memory is small.
fn stripped(program: &Path) -> Result<Vec<u8>, InitramfsError> {
    let failed = |source| InitramfsError::Io { path: program.to_path_buf(), source };
    let kept = tempfile::NamedTempFile::new().map_err(failed)?;
    let name = kept.path().to_str().ok_or_else(|| InitramfsError::Unfit(kept.path().to_path_buf()))?;
    tool("strip", &["--strip-debug", "-o", name], program, "binutils")?;
    fs::read(kept.path()).map_err(failed)
}

/// The libraries that a program is linked to, and the loader that finds them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>, InitramfsError> {
    let printed = tool("ldd", &[], program, "libc-bin")?;
    Ok(linked(&String::from_utf8_lossy(&printed)))
}

/// The paths in what `ldd` prints: `name => /path (0x…)`, or `/path (0x…)` for the loader.
fn linked(printed: &str) -> Vec<PathBuf> {
    let words = |line: &str| line.split_whitespace().find(|word| word.starts_with('/')).map(PathBuf::from);
    printed.lines().filter_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn empty() -> Initramfs {
        Initramfs { archive: Vec::new(), held: BTreeSet::new() }
    }

    /// Name, mode and content of everything in an archive.
    fn entries(fs: Initramfs) -> Vec<(String, u32, Vec<u8>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i.cpio");
        fs.write(&path).unwrap();
        let mut rest = File::open(&path).unwrap();
        let mut found = Vec::new();
        loop {
            let mut reader = cpio::newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                return found;
            }
            let (name, mode) = (reader.entry().name().to_owned(), reader.entry().mode());
            let mut content = Vec::new();
            reader.read_to_end(&mut content).unwrap();
            found.push((name, mode, content));
            rest = reader.finish().unwrap();
        }
    }

    #[test]
    fn a_tree_keeps_its_files_and_permissions_under_folders_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("home");
        fs::create_dir_all(source.join("inner")).unwrap();
        fs::write(source.join("inner/secret"), b"x").unwrap();
        fs::set_permissions(source.join("inner/secret"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&source, fs::Permissions::from_mode(0o700)).unwrap();
        let mut fs = empty();
        fs.tree("root/vault", &source).unwrap();
        fs.put("root/other", 0o644, b"y").unwrap();
        fs.console().unwrap();
        let entries = entries(fs);
        let plain = |path: &str| entries.iter().filter(|(name, ..)| name == path).collect::<Vec<_>>();
        assert_eq!(plain("root").len(), 1);
        assert_eq!(plain("root/vault")[0].1, 0o040_700);
        assert_eq!(plain("root/vault/inner/secret")[0].1, 0o100_600);
        assert_eq!(plain("root/vault/inner/secret")[0].2, b"x");
        assert_eq!(plain("root/other")[0].2, b"y");
        assert_eq!(plain("dev/console")[0].1, 0o020_600);
    }

    #[test]
    fn libraries_are_found_in_what_ldd_prints() {
        let printed = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        assert_eq!(
            linked(printed),
            [Path::new("/lib/x86_64-linux-gnu/libc.so.6"), Path::new("/lib64/ld-linux-x86-64.so.2")]
        );
        assert_eq!(linked("\tstatically linked\n"), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_cannot_go_in_is_named() {
        let error = empty().file("f", Path::new("/nowhere/f")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/f"), "{error}");
        let error = tool("no-such-tool", &[], Path::new("f"), "nothing").unwrap_err().to_string();
        assert!(error.contains("no-such-tool") && error.contains("install Debian's nothing"), "{error}");
    }
}
