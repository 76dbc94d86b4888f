//! Our own binaries, built alone.

use serde_json::Value;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Package and binary. A workspace build unifies the features of everything in it; built alone, a binary links what a
/// release of it links.
pub const BINARIES: &[(&str, &str)] =
    &[("strongroom-desk", "strongroom"), ("strongroom-vault", "strongroom-vault")];

/// The binary that is tried as it is released, optimised and all: where the processor is emulated, nothing else is fast
/// enough.
pub const RELEASED: (&str, &str) = ("strongroom-vault", "strongroom-vault");

/// How a binary is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quickly.
    Dev,
    /// As it is released.
    Release,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// Why a binary of ours could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Cargo could not be started.
    #[error("cargo cannot be started to build {binary}: {source}")]
    NotStarted {
        /// The binary.
        binary: String,
        /// What the system said.
        source: io::Error,
    },
    /// Cargo failed; it has said why.
    #[error("{binary} does not build ({status})")]
    Failed {
        /// The binary.
        binary: String,
        /// How cargo ended.
        status: ExitStatus,
    },
    /// Cargo did not say where it put the binary.
    #[error("cargo built {package} and no binary {binary}")]
    NotReported {
        /// The package.
        package: String,
        /// The binary.
        binary: String,
    },
    /// The binary could not be put aside.
    #[error("{path} cannot be written: {source}")]
    Copy {
        /// Where it should go.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Builds a binary alone and puts it into the folder `built-alone` beside where cargo puts it, which is returned.
///
/// # Errors
/// [`BuildError`] when cargo fails or the binary cannot be copied.
pub fn build_alone(
    cargo: &Path,
    root: &Path,
    (package, binary): (&str, &str),
    profile: Profile,
) -> Result<PathBuf, BuildError> {
    let output = Command::new(cargo)
        .args(["build", "--locked", "--package", package, "--bin", binary, "--profile", profile.name()])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| BuildError::NotStarted { binary: binary.to_owned(), source })?;
    if !output.status.success() {
        return Err(BuildError::Failed { binary: binary.to_owned(), status: output.status });
    }
    let built = executable(&String::from_utf8_lossy(&output.stdout), binary)
        .ok_or_else(|| BuildError::NotReported { package: package.to_owned(), binary: binary.to_owned() })?;
    // The build of the tests puts binaries with unified features where this one lies.
    let folder = built.parent().unwrap_or(root).join("built-alone");
    let kept = folder.join(binary);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(&built, &kept))
        .map_err(|source| BuildError::Copy { path: kept, source })?;
    Ok(folder)
}

/// The path of `binary` among cargo's JSON messages.
fn executable(messages: &str, binary: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name").and_then(Value::as_str) == Some(binary))
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_binary_among_the_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"strongroom"},"executable":null}
not json
{"reason":"compiler-artifact","target":{"name":"other"},"executable":"/t/other"}
{"reason":"compiler-artifact","target":{"name":"strongroom"},"executable":"/t/strongroom"}"#;
        assert_eq!(executable(messages, "strongroom"), Some("/t/strongroom".into()));
        assert_eq!(executable(messages, "vault"), None);
    }

    #[test]
    fn a_package_that_does_not_exist_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let error = build_alone(Path::new("false"), folder.path(), ("p", "b"), Profile::Dev).unwrap_err();
        assert!(matches!(error, BuildError::Failed { .. }));
        let error = build_alone(Path::new("true"), folder.path(), ("p", "b"), Profile::Dev).unwrap_err();
        assert!(matches!(error, BuildError::NotReported { .. }));
        let error =
            build_alone(Path::new("/nowhere/cargo"), folder.path(), ("p", "b"), Profile::Dev).unwrap_err();
        assert!(matches!(error, BuildError::NotStarted { .. }));
    }
}
