//! A chain in memory, and two nodes that tell of it, truly or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use strongroom_desk::http::{Endpoint, HttpError};
use strongroom_desk::world::Transports;
use strongroom_network::{Pause, Transport, TransportError};

pub const ETH: u128 = 1_000_000_000_000_000_000;
pub const GWEI: u128 = 1_000_000_000;

/// What is true.
pub struct Truth {
    pub base_fee: u128,
    /// Counts of mined transactions, by lower-case address.
    pub counts: BTreeMap<String, u64>,
    pub coins: BTreeMap<String, u128>,
    /// Tokens by owner.
    pub tokens: BTreeMap<String, u128>,
    /// Hashes of transactions that landed, with their senders.
    pub landed: BTreeMap<String, String>,
    pub known: BTreeSet<String>,
    /// How many posts were made, and how many questions.
    pub posts: usize,
    pub questions: usize,
    /// Answers of one node that differ: node, method, answer.
    pub lies: Vec<(&'static str, &'static str, Value)>,
}

/// The chain, shared by its nodes and the test.
#[derive(Clone)]
pub struct Chain(pub Arc<Mutex<Truth>>);

pub fn low(address: &str) -> String {
    address.to_lowercase()
}

fn quantity(number: u128) -> Value {
    json!(format!("{number:#x}"))
}

impl Chain {
    /// Height 100, all of it final, calm; the given address holds 100 ETH and 500 tokens and has sent 7 transactions.
    pub fn new(rich: &[&str]) -> Self {
        Self(Arc::new(Mutex::new(Truth {
            base_fee: 10 * GWEI,
            counts: rich.iter().map(|address| (low(address), 7)).collect(),
            coins: rich.iter().map(|address| (low(address), 100 * ETH)).collect(),
            tokens: rich.iter().map(|address| (low(address), 500_000_000)).collect(),
            landed: BTreeMap::new(),
            known: BTreeSet::new(),
            posts: 0,
            questions: 0,
            lies: Vec::new(),
        })))
    }

    pub fn now<T>(&self, change: impl FnOnce(&mut Truth) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

impl Truth {
    fn tell(&self, node: &str, method: &str, params: &Value) -> Value {
        if let Some((_, _, lie)) = self.lies.iter().find(|(who, what, _)| *who == node && *what == method) {
            return lie.clone();
        }
        let address = || low(params[0].as_str().unwrap());
        match method {
            "eth_chainId" => quantity(1),
            "eth_blockNumber" => quantity(100),
            "eth_getBlockByNumber" => json!({
                "number": params[0].as_str().filter(|tag| tag.starts_with("0x")).unwrap_or("0x64"),
                "hash": format!("0x{:064x}", 0xb10c),
                "timestamp": "0x6a1c3000",
                "baseFeePerGas": quantity(self.base_fee),
                "transactions": [],
            }),
            "eth_feeHistory" => {
                json!({"oldestBlock": "0x51", "reward": [[quantity(GWEI)]], "gasUsedRatio": [0.5]})
            }
            "eth_getTransactionCount" => {
                quantity(u128::from(self.counts.get(&address()).copied().unwrap_or_default()))
            }
            "eth_getBalance" => quantity(self.coins.get(&address()).copied().unwrap_or_default()),
            "eth_getCode" => json!("0x"),
            "eth_call" => {
                let data = params[0]["data"].as_str().unwrap();
                let held = self.tokens.get(&format!("0x{}", &data[34..])).copied().unwrap_or_default();
                json!(format!("0x{held:064x}"))
            }
            "eth_estimateGas" => json!("0xc350"),
            "eth_getTransactionReceipt" => match self.landed.get(&address()) {
                None => Value::Null,
                Some(sender) => json!({
                    "transactionHash": address(), "blockHash": format!("0x{:064x}", 0xb10c), "blockNumber": "0x50",
                    "from": sender, "to": sender, "status": "0x1", "gasUsed": "0x5208", "effectiveGasPrice": "0x1",
                    "logs": [],
                }),
            },
            "eth_getTransactionByHash" if self.known.contains(&address()) => json!({"hash": address()}),
            "eth_getTransactionByHash" => Value::Null,
            other => panic!("{other} was asked"),
        }
    }
}

struct Wire {
    node: String,
    chain: Chain,
}

impl Transport for Wire {
    fn post(&mut self, body: &[u8], _: usize) -> Result<Vec<u8>, TransportError> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let answer = |question: &Value| {
            let method = question["method"].as_str().unwrap();
            let result = self.chain.now(|truth| {
                truth.questions += 1;
                truth.tell(&self.node, method, &question["params"])
            });
            json!({"jsonrpc": "2.0", "id": question["id"], "result": result})
        };
        self.chain.now(|truth| truth.posts += 1);
        let answer = match &body {
            Value::Array(questions) => Value::Array(questions.iter().map(answer).collect()),
            question => answer(question),
        };
        Ok(answer.to_string().into_bytes())
    }
}

struct Patient;

impl Pause for Patient {
    fn pause(&mut self, _: Duration) {}
}

impl Transports for Chain {
    fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Transport>, HttpError> {
        let node = endpoint.url().trim_start_matches("https://").split('.').next().unwrap().to_owned();
        Ok(Box::new(Wire { node, chain: self.clone() }))
    }

    fn pause(&self) -> Box<dyn Pause> {
        Box::new(Patient)
    }
}
