//! An Ethereum-like chain in this process: real EVM, real signatures, real mempool rules, blocks on command.
//!
//! It exists to judge what Strongroom makes, so it shares no code with Strongroom's codec: transactions are decoded
//! and their signers recovered by alloy, and executed by revm. Its refusals are in go-ethereum's words.
//!
//! What it is not: a network. There is one copy, no consensus, no state root and no proofs, and `finalized` is the
//! head minus a fixed depth.

mod block;
mod execution;
mod fees;
mod json;
mod ledger;
mod params;
mod pool;
mod refusal;
mod rpc;
mod simulation;
mod spec;

#[cfg(test)]
mod tests;

pub use ledger::Orphans;
pub use refusal::{Refusal, Shortfall};
pub use spec::{ChainSpec, Clock};

use crate::json_rpc::{Backend, RpcError, Server, Tamper};
use alloy_primitives::{Address, B256, Bytes, U256};
use execution::Setting;
use ledger::Ledger;
use revm::DatabaseCommit;
use revm::context::TxEnv;
use revm::context_interface::result::EVMError;
use serde_json::Value;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// A handle to a chain; clones speak to the same chain.
#[derive(Clone)]
pub struct Chain {
    ledger: Arc<Mutex<Ledger>>,
}

/// Why a contract could not be put on the chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// The creation code could not be started.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The creation code ran and left no contract.
    #[error("the creation code left no contract: it returned {output}")]
    NoContract {
        /// What the code returned, such as a revert reason.
        output: Bytes,
    },
}

impl Chain {
    /// A chain with a genesis block and nobody on it.
    pub fn new(spec: ChainSpec) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(spec))) }
    }

    /// Opens a node to this chain. Several nodes of one chain agree, as nodes do.
    ///
    /// # Errors
    /// When no loopback port can be had.
    pub fn serve(&self) -> io::Result<Server> {
        Server::start(Arc::new(self.clone()), None)
    }

    /// Opens a node whose answers pass through `tamper`.
    ///
    /// # Errors
    /// When no loopback port can be had.
    pub fn serve_tampered(&self, tamper: Tamper) -> io::Result<Server> {
        Server::start(Arc::new(self.clone()), Some(tamper))
    }

    /// Sets an account's balance, in wei, in the newest block's state; older blocks do not see it.
    pub fn fund(&self, address: Address, balance: U256) {
        self.lock().set_balance(address, balance);
    }

    /// Puts runtime code at an address, in the newest block's state.
    pub fn set_code(&self, address: Address, code: Bytes) {
        self.lock().set_code(address, code);
    }

    /// Runs creation code from `deployer` without a transaction, in the newest block's state.
    ///
    /// # Errors
    /// [`DeployError`] when the code cannot run or leaves no contract.
    pub fn deploy(&self, deployer: Address, creation_code: Bytes) -> Result<Address, DeployError> {
        let mut ledger = self.lock();
        let setting = Setting { base_fee: 0, ..ledger.next_setting() };
        let (nonce, _) = ledger.account(deployer);
        let tx = TxEnv {
            caller: deployer,
            gas_limit: 10_000_000,
            gas_price: 0,
            kind: alloy_primitives::TxKind::Create,
            data: creation_code,
            nonce,
            chain_id: Some(setting.chain_id),
            ..TxEnv::default()
        };
        let outcome = ledger.simulate_latest(&setting, tx).map_err(|error| match error {
            EVMError::Transaction(invalid) => Refusal::from_validation(invalid),
            other => Refusal::NotExecuted(other),
        })?;
        match outcome.result.created_address() {
            Some(address) if outcome.result.is_success() => {
                ledger.edit(|state| state.commit(outcome.state));
                Ok(address)
            }
            _ => Err(DeployError::NoContract { output: outcome.result.into_output().unwrap_or_default() }),
        }
    }

    /// An account's balance after the newest block, in wei.
    pub fn balance(&self, address: Address) -> U256 {
        self.lock().account(address).1
    }

    /// An account's next nonce after the newest block.
    pub fn nonce(&self, address: Address) -> u64 {
        self.lock().account(address).0
    }

    /// Hands in a signed transaction as `eth_sendRawTransaction` does and returns its hash.
    ///
    /// # Errors
    /// [`Refusal`], the pool's verdict.
    pub fn submit(&self, raw: &[u8]) -> Result<B256, Refusal> {
        self.lock().submit(raw)
    }

    /// Mines one block out of what waits and returns its number.
    pub fn mine(&self) -> u64 {
        self.lock().mine()
    }

    /// Mines `count` blocks and returns the newest number.
    pub fn mine_blocks(&self, count: u64) -> u64 {
        let mut ledger = self.lock();
        for _ in 0..count {
            ledger.mine();
        }
        ledger.head_number()
    }

    /// Mines until the block that is now newest is final, and returns the newest number.
    pub fn finalize(&self) -> u64 {
        let depth = self.lock().spec.finality_depth;
        self.mine_blocks(depth)
    }

    /// The newest block's number.
    pub fn head(&self) -> u64 {
        self.lock().head_number()
    }

    /// How many transactions wait.
    pub fn waiting(&self) -> usize {
        self.lock().pool.len()
    }

    /// Whether accepted transactions are mined at once from now on. Switching it off leaves them waiting.
    pub fn set_auto_mine(&self, auto_mine: bool) {
        self.lock().spec.auto_mine = auto_mine;
    }

    /// Mines one block each `interval` until the returned handle is dropped.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn mine_every(&self, interval: Duration) -> io::Result<Miner> {
        let (stop, stopped) = mpsc::channel();
        let chain = self.clone();
        let thread = std::thread::Builder::new().name("miner".to_owned()).spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                chain.mine();
            }
        })?;
        Ok(Miner { stop: Some(stop), thread: Some(thread) })
    }

    /// The base fee of the next block, in wei per gas, instead of what EIP-1559 would make it.
    pub fn set_next_base_fee(&self, base_fee: u64) {
        self.lock().set_next_base_fee(base_fee);
    }

    /// Orphans the newest `depth` blocks, together with what was funded or deployed in their states.
    pub fn reorganise(&self, depth: u64, orphans: Orphans) {
        self.lock().reorganise(depth, orphans);
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        // A panic in one test thread must not hide the failure behind a poisoned lock in another.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Chain {
    fn answer(&self, method: &str, params: &Value) -> Result<Value, RpcError> {
        rpc::answer(&mut self.lock(), method, params)
    }
}

/// Mines at an interval for as long as it lives.
pub struct Miner {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Miner {
    fn drop(&mut self) {
        // The thread wakes when its channel closes.
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
