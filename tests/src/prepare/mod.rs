//! Other people's programs that the tests need: what `cargo verify` installs, and where tests find it.
//!
//! Everything goes into one folder outside the checkout, `$STRONGROOM_CACHE` or `~/.cache/strongroom/verify`.

mod anvil;
mod cache;
mod npm;
mod tools;

pub use anvil::{Anvil, AnvilError};
pub use cache::{CACHE_VARIABLE, Cache, NoCacheFolder};
pub use npm::NpmError;
pub use tools::{ANVIL_VARIABLE, BINARIES_VARIABLE, ToolError, anvil, binary, node_modules};

use std::io::Write;

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
    Ok(())
}
