//! Finding what was prepared.

use super::cache::{Cache, NoCacheFolder};
use super::npm;
use std::env;
use std::path::PathBuf;

/// The variable that names an anvil of the user's own, for machines without a prebuilt one.
pub const ANVIL_VARIABLE: &str = "STRONGROOM_ANVIL";

/// The variable that names the folder of the binaries that `cargo verify` built alone.
pub const BINARIES_VARIABLE: &str = "STRONGROOM_BINARIES";

/// The variable that names the folder of those that it built as they are released.
pub const RELEASED_VARIABLE: &str = "STRONGROOM_RELEASED";

/// A tool that is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// No folder could hold it.
    #[error(transparent)]
    NoCacheFolder(#[from] NoCacheFolder),
    /// The packages are not installed.
    #[error("{tool} is not prepared: {folder} is not there; run cargo verify, which installs it")]
    NotPrepared {
        /// The tool.
        tool: &'static str,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The packages are installed, without this tool.
    #[error(
        "{tool} is not among the installed packages: there is no {path}, probably because none is built for this machine; {remedy}"
    )]
    NotForThisMachine {
        /// The tool.
        tool: &'static str,
        /// Where it was looked for.
        path: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// A binary of ours was not built.
    #[error(
        "{binary} is not built: {variable} does not lead to it; run cargo verify, which builds it alone as a release does"
    )]
    NotBuilt {
        /// The variable that should lead to it.
        variable: &'static str,
        /// The binary.
        binary: String,
    },
}

/// The anvil program: `$STRONGROOM_ANVIL`, or the prepared one.
///
/// # Errors
/// [`ToolError`] when it is neither named nor prepared.
pub fn anvil() -> Result<PathBuf, ToolError> {
    if let Some(path) = env::var_os(ANVIL_VARIABLE).filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let path = node_modules("anvil")?.join("@foundry-rs/anvil-linux-amd64/bin/anvil");
    if path.is_file() {
        return Ok(path);
    }
    let remedy = "install Foundry's anvil 1.7.1 and set STRONGROOM_ANVIL to its path";
    Err(ToolError::NotForThisMachine { tool: "anvil", path, remedy })
}

/// The folder of the prepared npm packages, on behalf of `tool`.
///
/// # Errors
/// [`ToolError`] when they are not prepared.
pub fn node_modules(tool: &'static str) -> Result<PathBuf, ToolError> {
    let cache = Cache::locate(|name| env::var_os(name))?;
    let folder = npm::folder(&cache).join("node_modules");
    if folder.is_dir() { Ok(folder) } else { Err(ToolError::NotPrepared { tool, folder }) }
}

/// One of our own binaries, built alone with the features that a release has.
///
/// # Errors
/// [`ToolError::NotBuilt`] outside `cargo verify`.
pub fn binary(name: &str) -> Result<PathBuf, ToolError> {
    built(BINARIES_VARIABLE, name)
}

/// One of our own binaries exactly as it is released.
///
/// # Errors
/// [`ToolError::NotBuilt`] outside the default tier of `cargo verify`.
pub fn released(name: &str) -> Result<PathBuf, ToolError> {
    built(RELEASED_VARIABLE, name)
}

fn built(variable: &'static str, name: &str) -> Result<PathBuf, ToolError> {
    env::var_os(variable)
        .map(|folder| PathBuf::from(folder).join(name))
        .filter(|path| path.is_file())
        .ok_or_else(|| ToolError::NotBuilt { variable, binary: name.to_owned() })
}
