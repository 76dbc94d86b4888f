//! The npm packages that tests are judged by, installed once per lock file.

use super::cache::Cache;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is installed; the exact versions and the hash of each package are in the lock file.
const MANIFEST: &str = include_str!("../../npm/package.json");

/// Versions and hashes, without any registry's address: npm takes its configured one.
const LOCK: &str = include_str!("../../npm/package-lock.json");

/// What to do about a missing or old Node.js.
const NODE_REMEDY: &str = "install Node.js 20 or later with npm and put both on PATH";

/// Why the packages are not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpmError {
    /// npm itself could not be started.
    #[error("{program} cannot be started ({source}): {NODE_REMEDY}")]
    NotStarted {
        /// The program tried.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// npm ran and failed.
    #[error(
        "npm ci failed in {folder} with {status}; its last words were:\n{words}\nrepair what it names, such as the network or the registry in ~/.npmrc, and run cargo verify again"
    )]
    Failed {
        /// Where it ran.
        folder: PathBuf,
        /// How it ended.
        status: std::process::ExitStatus,
        /// The end of what it printed.
        words: String,
    },
    /// The cache could not be written.
    #[error(
        "the tools' folder {path} cannot be written ({source}): make room or point STRONGROOM_CACHE elsewhere"
    )]
    Cache {
        /// The path in question.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The folder of this lock file's packages; a changed lock file has another.
pub(super) fn folder(cache: &Cache) -> PathBuf {
    let digest = alloy_primitives::keccak256(LOCK);
    let short = digest.get(..8).unwrap_or_default();
    cache.folder().join(format!("npm-{}", alloy_primitives::hex::encode(short)))
}

/// Whether the packages are there already.
pub(super) fn is_installed(cache: &Cache) -> bool {
    // The folder gets its name only when everything in it is complete.
    folder(cache).join("node_modules").is_dir()
}

/// Installs the packages unless they are there, telling `out` what and where. `npm` is the program to run.
///
/// # Errors
/// [`NpmError`] when npm is missing or fails, or the cache cannot be written. Nothing half-installed is left in place.
pub(super) fn install(cache: &Cache, npm: &str, out: &mut dyn Write) -> Result<PathBuf, NpmError> {
    let target = folder(cache);
    if is_installed(cache) {
        say(out, &format!("npm packages: there ({})", target.display()));
        return Ok(target);
    }
    say(out, &format!("npm packages: installing into {}", target.display()));
    for package in packages() {
        say(out, &format!("  {package}"));
    }
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| NpmError::Cache { path, source }
    };
    fs::create_dir_all(cache.folder()).map_err(failed(cache.folder()))?;
    let staging = cache.folder().join(format!("npm-staging-{}", std::process::id()));
    fs::create_dir_all(&staging).map_err(failed(&staging))?;
    let result = fill(&staging, npm).and_then(|()| {
        fs::rename(&staging, &target).or_else(|error| {
            // Another run may have been faster; its folder is as good.
            if is_installed(cache) { Ok(()) } else { Err(failed(&target)(error)) }
        })
    });
    // After a success only a loser's staging folder is left; after a failure, half an installation.
    drop(fs::remove_dir_all(&staging));
    result.map(|()| target)
}

fn fill(staging: &Path, npm: &str) -> Result<(), NpmError> {
    for (name, content) in [("package.json", MANIFEST), ("package-lock.json", LOCK)] {
        let path = staging.join(name);
        fs::write(&path, content).map_err(|source| NpmError::Cache { path, source })?;
    }
    // `ci` installs what the lock file says and nothing else, and compares each package's hash with it.
    let output = Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefix"])
        .arg(staging)
        .current_dir(staging)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| NpmError::NotStarted { program: npm.to_owned(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let words: Vec<&str> = words.lines().rev().take(12).collect();
    let words = words.into_iter().rev().collect::<Vec<_>>().join("\n");
    Err(NpmError::Failed { folder: staging.to_path_buf(), status: output.status, words })
}

/// The packages asked for, as `name version`.
fn packages() -> Vec<String> {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap_or_default();
    ["dependencies", "optionalDependencies"]
        .iter()
        .filter_map(|kind| manifest.get(kind)?.as_object())
        .flatten()
        .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
        .collect()
}

fn say(out: &mut dyn Write, line: &str) {
    // A closed terminal is no reason to stop preparing.
    drop(writeln!(out, "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A cache in a temporary folder, and a program in place of npm that runs `script`.
    fn cache_and_npm(script: &str) -> (tempfile::TempDir, Cache, String) {
        let folder = tempfile::tempdir().unwrap();
        let npm = folder.path().join("npm");
        fs::write(&npm, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
        let cache = folder.path().join("cache").into_os_string();
        let cache = Cache::locate(|_| Some(cache.clone())).unwrap();
        (folder, cache, npm.to_str().unwrap().to_owned())
    }

    fn leftovers(cache: &Cache) -> usize {
        fs::read_dir(cache.folder()).map_or(0, Iterator::count)
    }

    #[test]
    fn installs_once_and_says_so() {
        let (_folder, cache, npm) = cache_and_npm("echo x >> ../runs; mkdir node_modules");
        let mut said = Vec::new();
        let first = install(&cache, &npm, &mut said).unwrap();
        let text = String::from_utf8(said).unwrap();
        assert!(text.contains("installing into") && text.contains("ethers 6."), "{text}");
        let mut said = Vec::new();
        assert_eq!(install(&cache, &npm, &mut said).unwrap(), first);
        assert!(String::from_utf8(said).unwrap().contains("there"));
        assert_eq!(fs::read_to_string(cache.folder().join("runs")).unwrap(), "x\n");
        assert_eq!(fs::read_to_string(first.join("package-lock.json")).unwrap(), LOCK);
    }

    #[test]
    fn a_failing_npm_is_quoted_and_leaves_nothing() {
        let (_folder, cache, npm) =
            cache_and_npm("mkdir node_modules; echo 'integrity mismatch' >&2; exit 1");
        let error = install(&cache, &npm, &mut io::sink()).unwrap_err();
        assert!(matches!(error, NpmError::Failed { .. }));
        assert!(error.to_string().contains("integrity mismatch"), "{error}");
        assert!(!is_installed(&cache));
        assert_eq!(leftovers(&cache), 0);
    }

    #[test]
    fn a_missing_npm_is_named_with_the_remedy() {
        let (_folder, cache, _) = cache_and_npm("");
        let error = install(&cache, "/nowhere/npm", &mut io::sink()).unwrap_err();
        assert!(
            error.to_string().contains("/nowhere/npm") && error.to_string().contains("Node.js"),
            "{error}"
        );
        assert_eq!(leftovers(&cache), 0);
    }

    #[test]
    fn versions_are_exact_and_no_address_is_written_down() {
        for package in packages() {
            let version = package.rsplit(['@', ' ']).next().unwrap();
            assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{package} is not exact");
        }
        let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
        for (path, entry) in lock["packages"].as_object().unwrap() {
            assert!(entry.get("resolved").is_none(), "{path} names where it came from");
            assert!(path.is_empty() || entry["integrity"].as_str().unwrap().starts_with("sha512-"), "{path}");
        }
    }
}
