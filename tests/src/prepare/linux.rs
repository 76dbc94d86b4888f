//! Debian's kernel for the virtual machine: downloaded and unpacked, never installed.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cache::Cache;
use super::image;
use super::modules::{ModuleError, Modules};
use super::tools::ToolError;

/// The package that depends on the newest kernel. The one for the cloud has no USB and will not do.
const PACKAGE: &str = "linux-image-amd64";

/// The variable that names a package file instead, for machines that apt does not serve.
pub const LINUX_VARIABLE: &str = "STRONGROOM_LINUX_DEB";

/// What the machine loads: the port to the host, HID devices, and such as are made from user space.
const MODULES: &[&str] = &["virtio_pci", "virtio_console", "hid_generic", "uhid"];

/// What is kept of a package, and how; a new way needs a new number.
const LAYOUT: &str = "1";

/// What runs a kernel.
const EMULATOR: &str = "qemu-system-x86_64";

/// Why there is no kernel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinuxError {
    /// A program is missing.
    #[error("{program} cannot be started ({source}): {remedy}")]
    NotStarted {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// A program failed.
    #[error("{command} failed ({status}); its last words were:\n{words}\n{REMEDY}")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        words: String,
    },
    /// The package depends on no kernel, or unpacks to none.
    #[error("{what} holds no kernel: {REMEDY}")]
    NoKernel {
        /// The package or the folder.
        what: String,
    },
    /// The kernel has not the modules it should have.
    #[error(transparent)]
    Module(#[from] ModuleError),
    /// The cache could not be written.
    #[error(
        "{path} in the tools' folder cannot be written ({source}): make room or point STRONGROOM_CACHE elsewhere"
    )]
    Cache {
        /// The path in question.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What to do when apt does not help.
const REMEDY: &str = "run apt-get update as root where apt serves Debian, or download Debian's linux-image-…-amd64 package by hand and set STRONGROOM_LINUX_DEB to its path";

/// A kernel that a virtual machine can boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    folder: PathBuf,
    modules: Vec<PathBuf>,
}

impl Kernel {
    /// The prepared kernel.
    ///
    /// # Errors
    /// [`ToolError::NotPrepared`] outside `cargo verify`.
    pub fn prepared() -> Result<Self, ToolError> {
        let cache = Cache::locate(|name| env::var_os(name))?;
        let folder = folder(&cache);
        Self::open(&folder).ok_or(ToolError::NotPrepared { tool: "the virtual machine's kernel", folder })
    }

    /// The kernel that is kept in a folder; none if none is.
    fn open(folder: &Path) -> Option<Self> {
        let entries = fs::read_dir(folder.join("modules")).ok()?;
        let mut modules: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        modules.sort();
        let kernel = Self { folder: folder.to_path_buf(), modules };
        kernel.image().is_file().then_some(kernel)
    }

    /// What the machine boots.
    pub fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    /// The modules it loads, in the order of their names, which is the one they are loaded in.
    pub fn modules(&self) -> &[PathBuf] {
        &self.modules
    }

    /// The package it was taken from, as its file was called.
    pub fn package(&self) -> String {
        fs::read_to_string(self.folder.join("package")).unwrap_or_default().trim().to_owned()
    }
}

/// Where this list of modules is kept, with the kernel they belong to.
fn folder(cache: &Cache) -> PathBuf {
    let digest = alloy_primitives::keccak256([LAYOUT, &MODULES.join(" ")].concat());
    let short = digest.get(..8).unwrap_or_default();
    cache.folder().join(format!("linux-{}", alloy_primitives::hex::encode(short)))
}

/// Looks for the emulator: it is a package of the system's, and not for us to install.
///
/// # Errors
/// [`LinuxError::NotStarted`] with the package's name.
pub(super) fn emulator(out: &mut dyn Write) -> Result<(), LinuxError> {
    let printed = run(EMULATOR, &[OsStr::new("--version")], None, "install Debian's qemu-system-x86")?;
    let version = printed.lines().next().unwrap_or_default();
    drop(writeln!(out, "{EMULATOR}: {version}"));
    Ok(())
}

/// The programs of Debian's that fetch and unpack a package.
pub(super) struct Apt<'a> {
    pub(super) cache: &'a str,
    pub(super) get: &'a str,
    pub(super) dpkg: &'a str,
}

/// Those on PATH.
pub(super) const APT: Apt<'static> = Apt { cache: "apt-cache", get: "apt-get", dpkg: "dpkg-deb" };

/// Prepares the kernel unless it is there, telling `out` what and where. `package` is a package file to take instead of
/// one that apt downloads.
///
/// # Errors
/// [`LinuxError`] when it cannot be downloaded or unpacked. Nothing half-prepared is left in place.
pub(super) fn install(
    cache: &Cache,
    apt: &Apt<'_>,
    package: Option<PathBuf>,
    out: &mut dyn Write,
) -> Result<Kernel, LinuxError> {
    let target = folder(cache);
    if let Some(kernel) = Kernel::open(&target) {
        drop(writeln!(out, "kernel: there ({}, from {})", target.display(), kernel.package()));
        return Ok(kernel);
    }
    drop(writeln!(out, "kernel: unpacking Debian's {PACKAGE} into {}", target.display()));
    let staging = cache.folder().join(format!("linux-staging-{}", std::process::id()));
    let result = fill(&staging, apt, package).and_then(|()| {
        fs::rename(staging.join("kernel"), &target).or_else(|source| {
            // Another run may have been faster; its folder is as good.
            if target.is_dir() { Ok(()) } else { Err(LinuxError::Cache { path: target.clone(), source }) }
        })
    });
    drop(fs::remove_dir_all(&staging));
    result?;
    let kernel =
        Kernel::open(&target).ok_or_else(|| LinuxError::NoKernel { what: target.display().to_string() })?;
    drop(writeln!(out, "  {}", kernel.package()));
    Ok(kernel)
}

fn cannot(path: &Path) -> impl FnOnce(io::Error) -> LinuxError + use<> {
    let path = path.to_path_buf();
    |source| LinuxError::Cache { path, source }
}

/// Downloads, unpacks, and puts what the machine needs into the folder `kernel`.
fn fill(staging: &Path, apt: &Apt<'_>, package: Option<PathBuf>) -> Result<(), LinuxError> {
    let (unpacked, kernel) = (staging.join("unpacked"), staging.join("kernel"));
    let kept = kernel.join("modules");
    fs::create_dir_all(&unpacked).map_err(cannot(&unpacked))?;
    fs::create_dir_all(&kept).map_err(cannot(&kept))?;
    let package = match package {
        Some(package) => package,
        None => download(staging, apt)?,
    };
    run(apt.dpkg, &[OsStr::new("-x"), package.as_os_str(), unpacked.as_os_str()], None, REMEDY)?;
    let nothing = || LinuxError::NoKernel { what: package.display().to_string() };
    let image = only(&unpacked.join("boot"), "vmlinuz-").ok_or_else(nothing)?;
    let folders = ["lib/modules", "usr/lib/modules"];
    let modules = folders.iter().find_map(|folder| only(&unpacked.join(folder), "")).ok_or_else(nothing)?;
    for (number, (name, content)) in (0..).zip(Modules::open(&modules)?.closure(MODULES)?) {
        let path = kept.join(format!("{number:02}-{name}.ko"));
        fs::write(&path, content).map_err(cannot(&path))?;
    }
    let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
    fs::write(kernel.join("package"), name).map_err(cannot(&kernel))?;
    // Last, because a kernel is there when its image is.
    boot_image(&image, &kernel.join("image"))
}

/// Keeps the image, unpacked where that can be done here.
fn boot_image(image: &Path, kept: &Path) -> Result<(), LinuxError> {
    let bytes = fs::read(image).map_err(cannot(image))?;
    if let Some(payload) = image::payload(&bytes) {
        let packed = image.with_extension("xz");
        fs::write(&packed, payload).map_err(cannot(&packed))?;
        let unpacked =
            image::unpack(&packed).map_err(|why| ModuleError::Packed { path: image.to_path_buf(), why })?;
        return fs::write(kept, unpacked).map_err(cannot(kept));
    }
    fs::rename(image, kept).map_err(cannot(kept))
}

/// Has apt download the kernel's package into a folder.
fn download(folder: &Path, apt: &Apt<'_>) -> Result<PathBuf, LinuxError> {
    fetch(folder, apt).or_else(|_| {
        // The lists are missing or older than the archive: that is no reason to give up.
        run(apt.get, &["update", "-qq"].map(OsStr::new), None, REMEDY)?;
        fetch(folder, apt)
    })
}

fn fetch(folder: &Path, apt: &Apt<'_>) -> Result<PathBuf, LinuxError> {
    let printed = run(apt.cache, &["depends", PACKAGE].map(OsStr::new), None, REMEDY)?;
    let kernel = depends(&printed).ok_or_else(|| LinuxError::NoKernel { what: PACKAGE.to_owned() })?;
    run(apt.get, &["download", "-qq", kernel].map(OsStr::new), Some(folder), REMEDY)?;
    only(folder, "linux-image-").ok_or_else(|| LinuxError::NoKernel { what: folder.display().to_string() })
}

/// The kernel's package among what `apt-cache depends` prints.
fn depends(printed: &str) -> Option<&str> {
    let named = |line: &'_ str| line.trim_start().starts_with("Depends: linux-image-");
    printed.lines().find(|line| named(line)).and_then(|line| line.split_whitespace().nth(1))
}

/// The first path in a folder whose name begins so.
fn only(folder: &Path, prefix: &str) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.into_iter().next()
}

/// Runs a program; what it printed.
fn run(
    program: &str,
    words: &[&OsStr],
    folder: Option<&Path>,
    remedy: &'static str,
) -> Result<String, LinuxError> {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).env("LC_ALL", "C");
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command.output().map_err(|source| LinuxError::NotStarted {
        program: program.to_owned(),
        source,
        remedy,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    Err(LinuxError::Failed {
        command: format!("{program} {}", words.join(" ")),
        status: output.status.to_string(),
        words: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A cache, and programs in place of Debian's, which keep what they were asked in `asked`.
    struct Stand {
        folder: tempfile::TempDir,
        cache: Cache,
        programs: [String; 3],
    }

    impl Stand {
        fn new(cache: &str, get: &str, dpkg: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().as_os_str().to_owned();
            let kept = Cache::locate(|name| (name == crate::prepare::CACHE_VARIABLE).then(|| place.clone()));
            let programs = [("cache", cache), ("get", get), ("dpkg", dpkg)].map(|(name, script)| {
                let path = folder.path().join(name);
                let asked = folder.path().join("asked");
                let script = format!("#!/bin/sh\necho {name} \"$@\" >> {}\n{script}\n", asked.display());
                fs::write(&path, script).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
                path.display().to_string()
            });
            Self { cache: kept.unwrap(), programs, folder }
        }

        fn install(&self, package: Option<&Path>) -> (Result<Kernel, LinuxError>, String) {
            let [cache, get, dpkg] = &self.programs;
            let mut out = Vec::new();
            let apt = Apt { cache, get, dpkg };
            let result = install(&self.cache, &apt, package.map(Path::to_path_buf), &mut out);
            (result, String::from_utf8(out).unwrap())
        }

        fn asked(&self) -> String {
            fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default()
        }
    }

    const DEPENDS: &str = "printf 'linux-image-amd64\\n  Depends: linux-image-9-amd64\\n'";
    const DOWNLOAD: &str = "[ \"$1\" = download ] && touch linux-image-9-amd64_9.1_amd64.deb; exit 0";
    /// Unpacks a kernel with the modules wanted.
    const UNPACK: &str = "mkdir -p $3/boot $3/lib/modules/9/kernel && echo image > $3/boot/vmlinuz-9 && cd $3/lib/modules/9 \
        && touch modules.builtin && for m in virtio_pci virtio_console hid-generic uhid hid; do \
        printf 'x\\0depends=\\0' > kernel/$m.ko; done; printf 'x\\0depends=hid\\0' > kernel/uhid.ko";

    #[test]
    fn the_kernel_is_downloaded_unpacked_and_kept_once() {
        let stand = Stand::new(DEPENDS, DOWNLOAD, UNPACK);
        let (kernel, said) = stand.install(None);
        let kernel = kernel.unwrap();
        assert!(said.contains("unpacking") && said.contains("linux-image-9-amd64_9.1_amd64.deb"), "{said}");
        let names = kernel.modules().iter().map(|path| path.file_name().unwrap().to_str().unwrap());
        let expected =
            ["00-virtio_pci.ko", "01-virtio_console.ko", "02-hid_generic.ko", "03-hid.ko", "04-uhid.ko"];
        assert_eq!(names.collect::<Vec<_>>(), expected);
        assert_eq!(fs::read_to_string(kernel.image()).unwrap(), "image\n");
        let asked = stand.asked();
        assert!(
            asked.contains("get download -qq linux-image-9-amd64") && !asked.contains("update"),
            "{asked}"
        );
        let (again, said) = stand.install(None);
        assert_eq!(again.unwrap(), kernel);
        assert!(said.contains("there"), "{said}");
        assert_eq!(stand.asked(), asked, "nothing is asked twice");
        let left = fs::read_dir(stand.folder.path()).unwrap().flatten();
        assert!(!left.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().contains("staging")));
    }

    #[test]
    fn a_package_file_is_taken_without_apt() {
        let stand = Stand::new("exit 9", "exit 9", UNPACK);
        let (kernel, _) = stand.install(Some(Path::new("/tmp/linux-image-8.deb")));
        assert_eq!(kernel.unwrap().package(), "linux-image-8.deb");
    }

    #[test]
    fn lists_that_are_missing_are_fetched_once() {
        let stand = Stand::new(
            "[ -e $0.updated ] || exit 100\n",
            "[ $1 = update ] && touch ${0%get}cache.updated",
            "",
        );
        let (result, _) = stand.install(None);
        assert!(result.unwrap_err().to_string().contains("holds no kernel"));
        assert!(stand.asked().contains("get update -qq"), "{}", stand.asked());
    }

    #[test]
    fn each_failure_says_what_and_what_to_do() {
        for (cache, get, dpkg, words) in [
            ("echo no lists >&2; exit 100", "echo not root >&2; exit 1", "", "not root"),
            (DEPENDS, "[ $1 = update ] || { echo no such file >&2; exit 3; }", "", "no such file"),
            (DEPENDS, DOWNLOAD, "exit 2", "dpkg"),
            (DEPENDS, DOWNLOAD, "exit 0", "holds no kernel"),
            (DEPENDS, DOWNLOAD, &UNPACK.replace("hid-generic ", ""), "no module hid_generic"),
        ] {
            let stand = Stand::new(cache, get, dpkg);
            let error = stand.install(None).0.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
            assert!(!folder(&stand.cache).exists(), "nothing half-prepared stays");
        }
        let stand = Stand::new("", "", "");
        let apt = Apt { cache: "/nowhere/apt-cache", get: "/nowhere/apt-get", dpkg: "/nowhere/dpkg" };
        let error = install(&stand.cache, &apt, None, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("/nowhere/apt-get") && error.contains(LINUX_VARIABLE), "{error}");
    }
}
