//! Foundry's anvil, a node that is not ours.

use super::tools::{self, ToolError};
use crate::json_rpc::{self, CallError};
use alloy_primitives::{Address, U256};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anvil may take until it answers; it usually takes a fifth of a second.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How often to look whether it does.
const POLL: Duration = Duration::from_millis(20);

/// Why there is no anvil.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnvilError {
    /// The program is not prepared.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The program or its log could not be started or read.
    #[error("anvil cannot be run: {0}")]
    Io(#[from] io::Error),
    /// It ended or kept silent instead of listening.
    #[error("anvil {what}; it printed:\n{log}")]
    NotReady {
        /// What it did.
        what: &'static str,
        /// What it printed.
        log: String,
    },
    /// It answered with another chain's id than asked for.
    #[error("anvil on {url} says chain {id} instead of {wanted}")]
    WrongChain {
        /// Where it listens.
        url: String,
        /// What it says.
        id: Value,
        /// What was asked for.
        wanted: u64,
    },
    /// It refused a call.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// A running anvil on 127.0.0.1, killed when dropped.
pub struct Anvil {
    child: Child,
    url: String,
    /// Its home and log, so that it leaves nothing in the user's.
    _folder: tempfile::TempDir,
}

impl Anvil {
    /// Starts anvil with this chain id and further arguments of its own, and waits until it answers.
    ///
    /// Left to itself, anvil answers `eth_sendRawTransaction` before it has mined the transaction. A test that must
    /// not poll passes `--no-mining` and calls [`Anvil::mine`].
    ///
    /// # Errors
    /// [`AnvilError`] when it is not prepared, does not start, or does not answer within half a minute.
    pub fn start(chain_id: u64, arguments: &[&str]) -> Result<Self, AnvilError> {
        let program = tools::anvil()?;
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("log");
        let output = File::create(&log)?;
        let child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0", "--chain-id", &chain_id.to_string()])
            .args(arguments)
            .env("HOME", folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()?;
        let mut anvil = Self { child, url: String::new(), _folder: folder };
        let deadline = Instant::now().checked_add(START_LIMIT);
        while anvil.url.is_empty() {
            let printed = fs::read_to_string(&log)?;
            if let Some(address) = listening(&printed) {
                anvil.url = format!("http://{address}");
            } else if anvil.child.try_wait()?.is_some() {
                return Err(AnvilError::NotReady { what: "ended at once", log: printed });
            } else if deadline.is_none_or(|deadline| Instant::now() > deadline) {
                return Err(AnvilError::NotReady { what: "did not listen within 30 s", log: printed });
            } else {
                std::thread::sleep(POLL);
            }
        }
        let id = anvil.call("eth_chainId", &json!([]))?;
        if id != json!(format!("{chain_id:#x}")) {
            return Err(AnvilError::WrongChain { url: anvil.url.clone(), id, wanted: chain_id });
        }
        Ok(anvil)
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks one method.
    ///
    /// # Errors
    /// [`CallError`] when it refuses or does not answer.
    pub fn call(&self, method: &str, params: &Value) -> Result<Value, CallError> {
        json_rpc::call(&self.url, method, params)
    }

    /// Sets an account's balance, in wei.
    ///
    /// # Errors
    /// [`CallError`] when it refuses or does not answer.
    pub fn fund(&self, address: Address, balance: U256) -> Result<(), CallError> {
        self.call("anvil_setBalance", &json!([address, format!("{balance:#x}")])).map(drop)
    }

    /// Mines `count` blocks.
    ///
    /// # Errors
    /// [`CallError`] when it refuses or does not answer.
    pub fn mine(&self, count: u64) -> Result<(), CallError> {
        self.call("anvil_mine", &json!([format!("{count:#x}")])).map(drop)
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address that anvil says it listens on.
fn listening(printed: &str) -> Option<&str> {
    // The line must be whole, or the port may be cut.
    printed.split_inclusive('\n').filter(|line| line.ends_with('\n')).find_map(|line| {
        line.trim().strip_prefix("Listening on ").filter(|address| address.starts_with("127.0.0.1:"))
    })
}

#[cfg(test)]
mod tests {
    use super::listening;

    #[test]
    fn reads_the_address_once_it_is_whole() {
        assert_eq!(listening("banner\n\nListening on 127.0.0.1:41234\n"), Some("127.0.0.1:41234"));
        assert_eq!(listening("banner\nListening on 127.0.0.1:412"), None);
        assert_eq!(listening("Listening on 0.0.0.0:8545\n"), None, "never on every interface");
    }
}
