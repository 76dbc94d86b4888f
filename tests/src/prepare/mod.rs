//! Other people's programs that the tests need: what `cargo verify` installs, and where tests find it.
//!
//! Everything goes into one folder outside the checkout, `$STRONGROOM_CACHE` or `~/.cache/strongroom/verify`.

mod anvil;
mod cache;
mod image;
mod linux;
mod modules;
mod npm;
mod tools;

pub use anvil::{Anvil, AnvilError};
pub use cache::{CACHE_VARIABLE, Cache, NoCacheFolder};
pub use linux::{Kernel, LINUX_VARIABLE, LinuxError};
pub use modules::ModuleError;
pub use npm::NpmError;
pub use tools::{
    ANVIL_VARIABLE, BINARIES_VARIABLE, RELEASED_VARIABLE, ToolError, anvil, binary, node_modules, released,
};

use std::env;
use std::io::Write;
use std::path::PathBuf;

/// Why a tool could not be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// There is no place for it.
    #[error(transparent)]
    NoCacheFolder(#[from] NoCacheFolder),
    /// The npm packages could not be installed.
    #[error("npm packages (anvil, solc, ethers): {0}")]
    Npm(#[from] NpmError),
    /// The kernel of the virtual machine, or what boots it.
    #[error("the virtual machine: {0}")]
    Linux(#[from] LinuxError),
    /// A tool is missing although everything was installed.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// Prepares every tool, telling `out` what is installed and where.
///
/// # Errors
/// The first [`PrepareError`], which names the tool, the reason and the remedy.
pub fn prepare(cache: &Cache, out: &mut dyn Write) -> Result<(), PrepareError> {
    npm::install(cache, "npm", out)?;
    let anvil = anvil()?;
    drop(writeln!(out, "anvil: {}", anvil.display()));
    let package = env::var_os(LINUX_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    linux::install(cache, &linux::APT, package, out)?;
    linux::emulator(out)?;
    Ok(())
}
