//! A chain in memory, and two nodes that tell of it, truly or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use strongroom_desk::http::{Endpoint, HttpError};
use strongroom_desk::world::Transports;
use strongroom_evm_codec::transaction_hash;
use strongroom_network::{Pause, Transport, TransportError};
use strongroom_protocol::RawTx;

const ETH: u128 = 1_000_000_000_000_000_000;
const GWEI: u128 = 1_000_000_000;
/// Transactions that the one sender had sent before the story begins.
pub const SPENT: u64 = 7;

/// A transaction in a block.
#[derive(Clone)]
pub struct Landed {
    pub block: u64,
    pub success: bool,
}

/// Something that happens while somebody waits.
pub type Step = Box<dyn FnOnce(&mut Truth) + Send>;

/// What is true.
pub struct Truth {
    pub height: u64,
    pub finalized: u64,
    /// The one sender whose transactions matter.
    pub sender: String,
    /// Hashes in the nodes' pools, in the order they came.
    pub pool: Vec<String>,
    pub landed: BTreeMap<String, Landed>,
    /// Blocks in which something took a nonce that nobody here sent.
    pub foreign: Vec<u64>,
    /// Every method that was asked, with who was asked.
    pub asked: Vec<(String, String)>,
    /// What a node says instead of the truth: node, method, answer.
    pub lies: Vec<(&'static str, &'static str, Value)>,
    /// Nodes that refuse whatever they are sent, and in which words.
    pub refusing: BTreeMap<&'static str, &'static str>,
    /// Nodes that answer nothing.
    pub silent: BTreeSet<&'static str>,
    /// A journal that is read whenever a transaction arrives.
    pub witness: Option<std::path::PathBuf>,
    /// Whether each transaction that arrived stood in it.
    pub witnessed: Vec<bool>,
    /// What happens while somebody waits, step by step.
    pub script: Vec<Step>,
    /// How often somebody waited.
    pub pauses: usize,
}

/// The chain, shared by its nodes and the test.
#[derive(Clone)]
pub struct Chain(pub Arc<Mutex<Truth>>);

fn quantity(number: u128) -> Value {
    json!(format!("{number:#x}"))
}

fn hash_of(block: u64) -> Value {
    json!(format!("0x{:064x}", 0xb10c_0000 + block))
}

impl Chain {
    pub fn new(sender: &str) -> Self {
        Self(Arc::new(Mutex::new(Truth {
            height: 100,
            finalized: 90,
            sender: sender.to_lowercase(),
            pool: Vec::new(),
            landed: BTreeMap::new(),
            foreign: Vec::new(),
            asked: Vec::new(),
            lies: Vec::new(),
            refusing: BTreeMap::new(),
            silent: BTreeSet::new(),
            witness: None,
            witnessed: Vec::new(),
            script: Vec::new(),
            pauses: 0,
        })))
    }

    pub fn now<T>(&self, change: impl FnOnce(&mut Truth) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    /// How often a method was asked.
    pub fn asked(&self, method: &str) -> usize {
        self.now(|truth| truth.asked.iter().filter(|(_, asked)| asked == method).count())
    }
}

impl Truth {
    /// A block with everything in the pool.
    pub fn mine(&mut self, success: bool) {
        self.height += 1;
        let block = self.height;
        for hash in std::mem::take(&mut self.pool) {
            self.landed.insert(hash, Landed { block, success });
        }
    }

    /// Everything up to here is final.
    pub fn finalize(&mut self) {
        self.height += 40;
        self.finalized = self.height - 1;
    }

    /// Something that nobody here sent takes the next nonce.
    pub fn spend_elsewhere(&mut self) {
        self.height += 1;
        self.pool.clear();
        self.foreign.push(self.height);
    }

    fn count(&self, tag: &str) -> u64 {
        let height = tag.strip_prefix("0x").map_or(self.height, |hex| u64::from_str_radix(hex, 16).unwrap());
        let landed = self.landed.values().map(|landed| landed.block).chain(self.foreign.iter().copied());
        SPENT + landed.filter(|block| *block <= height).count() as u64
    }

    fn block(&self, tag: &str) -> Value {
        let number = match tag {
            "finalized" => self.finalized,
            hex => hex.strip_prefix("0x").map_or(self.height, |hex| u64::from_str_radix(hex, 16).unwrap()),
        };
        json!({
            "number": quantity(u128::from(number)),
            "hash": hash_of(number),
            "timestamp": "0x6a1c3000",
            "baseFeePerGas": quantity(10 * GWEI),
            "transactions": [],
        })
    }

    fn receipt(&self, hash: &str) -> Value {
        let Some(landed) = self.landed.get(hash) else { return Value::Null };
        json!({
            "transactionHash": hash, "blockHash": hash_of(landed.block),
            "blockNumber": quantity(u128::from(landed.block)), "from": self.sender, "to": self.sender,
            "status": if landed.success { "0x1" } else { "0x0" }, "gasUsed": "0x5208",
            "effectiveGasPrice": "0x3b9aca00", "logs": [],
        })
    }

    fn take(&mut self, node: &str, raw: &str) -> Result<Value, Value> {
        if let Some(words) = self.refusing.get(node) {
            return Err(json!({"code": -32000, "message": words}));
        }
        let bytes: Vec<u8> =
            (2..raw.len()).step_by(2).map(|at| u8::from_str_radix(&raw[at..at + 2], 16).unwrap()).collect();
        let hash = transaction_hash(&RawTx(bytes)).to_string();
        if let Some(journal) = &self.witness {
            let written = std::fs::read(journal).unwrap();
            let stands = written.windows(hash.len()).any(|window| window == hash.as_bytes());
            self.witnessed.push(stands);
        }
        if self.landed.contains_key(&hash) {
            return Err(json!({"code": -32000, "message": "nonce too low"}));
        }
        if self.pool.contains(&hash) {
            return Err(json!({"code": -32000, "message": "already known"}));
        }
        self.pool.push(hash.clone());
        Ok(json!(hash))
    }

    fn tell(&mut self, node: &str, method: &str, params: &Value) -> Result<Value, Value> {
        self.asked.push((node.to_owned(), method.to_owned()));
        if let Some((_, _, lie)) = self.lies.iter().find(|(who, what, _)| *who == node && *what == method) {
            return Ok(lie.clone());
        }
        let text = |place: usize| params[place].as_str().unwrap_or_default().to_owned();
        Ok(match method {
            "eth_chainId" => quantity(1),
            "eth_blockNumber" => quantity(u128::from(self.height)),
            "eth_getBlockByNumber" => self.block(&text(0)),
            "eth_feeHistory" => {
                json!({"oldestBlock": "0x51", "reward": [[quantity(GWEI)]], "gasUsedRatio": [0.5]})
            }
            "eth_getTransactionCount" => quantity(u128::from(self.count(&text(1)))),
            "eth_getBalance" => quantity(100 * ETH),
            "eth_getCode" => json!("0x"),
            "eth_estimateGas" => json!("0xc350"),
            "eth_getTransactionReceipt" => self.receipt(&text(0)),
            "eth_getTransactionByHash" if self.pool.contains(&text(0)) => json!({"hash": text(0)}),
            "eth_getTransactionByHash" => Value::Null,
            "eth_sendRawTransaction" => return self.take(node, &text(0)),
            other => panic!("{other} was asked"),
        })
    }
}

struct Wire {
    node: String,
    chain: Chain,
}

impl Transport for Wire {
    fn post(&mut self, body: &[u8], _: usize) -> Result<Vec<u8>, TransportError> {
        if self.chain.now(|truth| truth.silent.contains(self.node.as_str())) {
            return Err(TransportError::Timeout);
        }
        let body: Value = serde_json::from_slice(body).unwrap();
        let answer = |question: &Value| {
            let method = question["method"].as_str().unwrap();
            let id = question["id"].clone();
            match self.chain.now(|truth| truth.tell(&self.node, method, &question["params"])) {
                Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
                Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
            }
        };
        let answer = match &body {
            Value::Array(questions) => Value::Array(questions.iter().map(answer).collect()),
            question => answer(question),
        };
        Ok(answer.to_string().into_bytes())
    }
}

/// Waiting takes no time, and while somebody waits the story goes on.
struct Story(Chain);

impl Pause for Story {
    fn pause(&mut self, _: Duration) {
        self.0.now(|truth| {
            truth.pauses += 1;
            if !truth.script.is_empty() {
                let step = truth.script.remove(0);
                step(truth);
            }
        });
    }
}

struct NoWait;

impl Pause for NoWait {
    fn pause(&mut self, _: Duration) {}
}

impl Transports for Chain {
    fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Transport>, HttpError> {
        let node = endpoint.url().trim_start_matches("https://").split('.').next().unwrap().to_owned();
        Ok(Box::new(Wire { node, chain: self.clone() }))
    }

    fn pause(&self) -> Box<dyn Pause> {
        // A silent node's retries pause too; the story goes on only where somebody waits for finality.
        if self.now(|truth| truth.silent.is_empty()) {
            Box::new(Story(self.clone()))
        } else {
            Box::new(NoWait)
        }
    }
}
