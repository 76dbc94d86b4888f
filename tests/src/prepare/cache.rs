//! Where prepared tools are kept: outside the checkout, so that it survives a fresh clone.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variable that names the folder.
pub const CACHE_VARIABLE: &str = "STRONGROOM_CACHE";

/// No folder for the tools can be named.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no place to keep tools: neither {CACHE_VARIABLE} nor XDG_CACHE_HOME nor HOME is set; set {CACHE_VARIABLE} to a folder"
)]
pub struct NoCacheFolder;

/// The folder that holds prepared tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// `$STRONGROOM_CACHE`, or `strongroom/verify` in the user's cache folder. `variable` looks up the environment.
    ///
    /// # Errors
    /// [`NoCacheFolder`] when no variable says where.
    pub fn locate(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, NoCacheFolder> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = set(CACHE_VARIABLE)
            .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("strongroom/verify")))
            .or_else(|| set("HOME").map(|home| home.join(".cache/strongroom/verify")))
            .ok_or(NoCacheFolder)?;
        Ok(Self { folder })
    }

    /// The folder itself; it need not exist yet.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let look = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        Cache::locate(look).ok().map(|cache| cache.folder)
    }

    #[test]
    fn the_nearest_variable_wins() {
        let home = ("HOME", "/home/alice");
        let xdg = ("XDG_CACHE_HOME", "/var/cache/alice");
        assert_eq!(located(&[home]), Some("/home/alice/.cache/strongroom/verify".into()));
        assert_eq!(located(&[home, xdg]), Some("/var/cache/alice/strongroom/verify".into()));
        assert_eq!(located(&[home, xdg, (CACHE_VARIABLE, "/tools")]), Some("/tools".into()));
        assert_eq!(
            located(&[home, (CACHE_VARIABLE, "")]),
            Some("/home/alice/.cache/strongroom/verify".into())
        );
        assert_eq!(located(&[]), None);
    }
}
