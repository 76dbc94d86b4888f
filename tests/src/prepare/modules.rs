//! The modules of a kernel, and which of them must be loaded before which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::image;

/// A module that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// A file or folder of the kernel's.
    #[error("{path} cannot be read: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The kernel has no such module.
    #[error("the kernel in {folder} has no module {name}: it is probably a small one, without USB")]
    Missing {
        /// Where it was looked for.
        folder: PathBuf,
        /// The module.
        name: String,
    },
    /// The file holds no module.
    #[error("{0} does not say which modules it needs")]
    NoModule(PathBuf),
    /// A compressed one could not be unpacked.
    #[error("{path} cannot be unpacked ({why}): install Debian's xz-utils")]
    Packed {
        /// The file.
        path: PathBuf,
        /// What became of it.
        why: io::Error,
    },
}

/// The modules of one kernel: `lib/modules/RELEASE`.
pub(super) struct Modules {
    folder: PathBuf,
    files: BTreeMap<String, PathBuf>,
    built_in: BTreeSet<String>,
}

/// A module: its name and its content.
pub(super) type Module = (String, Vec<u8>);

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ModuleError + use<> {
    let path = path.to_path_buf();
    |source| ModuleError::Io { path, source }
}

/// The name that the kernel has for a module's file: without endings, and with `_` for `-`.
fn name(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let (name, ending) = file.split_once(".ko")?;
    matches!(ending, "" | ".xz").then(|| name.replace('-', "_"))
}

impl Modules {
    /// Looks through the folder.
    pub(super) fn open(folder: &Path) -> Result<Self, ModuleError> {
        let mut files = BTreeMap::new();
        collect(&folder.join("kernel"), &mut files)?;
        let list = folder.join("modules.builtin");
        let list = fs::read_to_string(&list).map_err(failed(&list))?;
        Ok(Self { folder: folder.to_path_buf(), files, built_in: list.lines().filter_map(name).collect() })
    }

    /// These modules and all that they need, in an order in which they can be loaded.
    pub(super) fn closure(&self, wanted: &[&str]) -> Result<Vec<Module>, ModuleError> {
        let mut order = Vec::new();
        for name in wanted {
            self.add(name, &mut order)?;
        }
        Ok(order)
    }

    fn add(&self, name: &str, order: &mut Vec<Module>) -> Result<(), ModuleError> {
        if self.built_in.contains(name) || order.iter().any(|(known, _)| known == name) {
            return Ok(());
        }
        let path = self
            .files
            .get(name)
            .ok_or_else(|| ModuleError::Missing { folder: self.folder.clone(), name: name.to_owned() })?;
        let content = content(path)?;
        // Modules never need each other in a circle: the kernel's own build refuses that.
        for needed in needs(&content).ok_or_else(|| ModuleError::NoModule(path.clone()))? {
            self.add(&needed, order)?;
        }
        order.push((name.to_owned(), content));
        Ok(())
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<String, PathBuf>) -> Result<(), ModuleError> {
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if let Some(name) = path.to_str().and_then(name) {
            files.insert(name, path);
        }
    }
    Ok(())
}

fn content(path: &Path) -> Result<Vec<u8>, ModuleError> {
    if path.extension().is_none_or(|ending| ending != "xz") {
        return fs::read(path).map_err(failed(path));
    }
    image::unpack(path).map_err(|why| ModuleError::Packed { path: path.to_path_buf(), why })
}

/// The modules that a module needs, by the `depends=` entry of its `.modinfo` section, where entries end with a zero.
fn needs(module: &[u8]) -> Option<Vec<String>> {
    let entry = module.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(b"depends="))?;
    let entry = std::str::from_utf8(entry).ok()?;
    Some(entry.split(',').filter(|name| !name.is_empty()).map(|name| name.replace('-', "_")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel of these modules and what they need.
    fn kernel(modules: &[(&str, &str)]) -> (tempfile::TempDir, Modules) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("kernel/drivers")).unwrap();
        for (file, needs) in modules {
            let content = format!("\x7fELF\0license=GPL\0depends={needs}\0name=x\0");
            fs::write(folder.path().join("kernel/drivers").join(file), content).unwrap();
        }
        fs::write(folder.path().join("modules.builtin"), "kernel/drivers/tty/serial/8250-base.ko\n").unwrap();
        let modules = Modules::open(folder.path()).unwrap();
        (folder, modules)
    }

    fn names(modules: &Modules, wanted: &[&str]) -> Result<Vec<String>, String> {
        let order = modules.closure(wanted).map_err(|error| error.to_string())?;
        Ok(order.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn what_a_module_needs_comes_before_it_and_only_once() {
        let list = [("a-b.ko", "c,d"), ("c.ko", "d,8250_base"), ("d.ko", ""), ("e.ko", "a-b"), ("x.txt", "")];
        let (_folder, modules) = kernel(&list);
        assert_eq!(names(&modules, &["e", "c"]).unwrap(), ["d", "c", "a_b", "e"]);
        assert_eq!(names(&modules, &["8250_base"]).unwrap(), Vec::<String>::new(), "it is built in");
    }

    #[test]
    fn what_is_missing_or_no_module_is_named() {
        let (folder, modules) = kernel(&[("a.ko", "usbcore")]);
        let error = names(&modules, &["a"]).unwrap_err();
        assert!(error.contains("usbcore") && error.contains("small one"), "{error}");
        fs::write(folder.path().join("kernel/drivers/a.ko"), "text").unwrap();
        assert!(names(&modules, &["a"]).unwrap_err().contains("a.ko"));
        assert!(Modules::open(&folder.path().join("nowhere")).is_err());
    }

    #[test]
    fn a_packed_module_that_is_none_is_named() {
        let (folder, _) = kernel(&[("a.ko.xz", "")]);
        let modules = Modules::open(folder.path()).unwrap();
        let error = names(&modules, &["a"]).unwrap_err();
        assert!(error.contains("a.ko.xz") && error.contains("xz"), "{error}");
    }
}
