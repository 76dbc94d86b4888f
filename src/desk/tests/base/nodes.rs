//! Nodes of a small Ethereum, in this process: what they say is what the test puts in.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use strongroom_desk::http::{Endpoint, HttpError};
use strongroom_desk::world::Transports;
use strongroom_network::{Pause, Transport, TransportError};

/// What one node says.
#[derive(Clone, Debug)]
pub struct Says {
    pub chain: u64,
    pub height: u64,
    pub finalized: u64,
    /// What makes its blocks' hashes its own.
    pub fork: u8,
    /// Wei of every account.
    pub wei: u128,
    /// Whether it answers at all.
    pub silent: bool,
}

impl Default for Says {
    fn default() -> Self {
        Self { chain: 1, height: 100, finalized: 90, fork: 0, wei: 1_500_000_000_000_000_000, silent: false }
    }
}

/// Every node by its address.
#[derive(Clone, Default)]
pub struct Nodes {
    nodes: Rc<RefCell<BTreeMap<String, Arc<Mutex<Says>>>>>,
    /// A file that somebody holds, and lets go of when somebody else waits.
    pub held: Arc<Mutex<Option<File>>>,
}

impl Nodes {
    pub fn put(&self, url: &str, says: Says) {
        self.nodes.borrow_mut().insert(url.to_owned(), Arc::new(Mutex::new(says)));
    }
}

impl Transports for Nodes {
    fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Transport>, HttpError> {
        Ok(Box::new(Way(self.nodes.borrow().get(endpoint.url()).cloned())))
    }

    fn pause(&self) -> Box<dyn Pause> {
        Box::new(NoPause(Arc::clone(&self.held)))
    }
}

struct NoPause(Arc<Mutex<Option<File>>>);

impl Pause for NoPause {
    fn pause(&mut self, _: Duration) {
        drop(self.0.lock().unwrap().take());
    }
}

struct Way(Option<Arc<Mutex<Says>>>);

impl Transport for Way {
    fn post(&mut self, body: &[u8], _: usize) -> Result<Vec<u8>, TransportError> {
        let unreachable = || TransportError::Unreachable { why: "nobody is there".to_owned() };
        let says = self.0.as_ref().ok_or_else(unreachable)?.lock().unwrap().clone();
        if says.silent {
            return Err(TransportError::Timeout);
        }
        let question: Value = serde_json::from_slice(body).unwrap();
        let answer = match &question {
            Value::Array(questions) => questions.iter().map(|question| says.answer(question)).collect(),
            one => says.answer(one),
        };
        Ok(answer.to_string().into_bytes())
    }
}

impl Says {
    fn answer(&self, question: &Value) -> Value {
        let result = match question["method"].as_str().unwrap() {
            "eth_chainId" => json!(format!("{:#x}", self.chain)),
            "eth_blockNumber" => json!(format!("{:#x}", self.height)),
            "eth_getBlockByNumber" => self.block(&question["params"][0]),
            "eth_getBalance" => json!(format!("{:#x}", self.wei)),
            "eth_call" => json!(format!("0x{:064x}", 7_000_000)),
            other => panic!("nobody asks for {other} here"),
        };
        json!({ "jsonrpc": "2.0", "id": question["id"], "result": result })
    }

    fn block(&self, tag: &Value) -> Value {
        let height = match tag.as_str().unwrap() {
            "finalized" => self.finalized,
            number => u64::from_str_radix(number.trim_start_matches("0x"), 16).unwrap(),
        };
        json!({
            "number": format!("{height:#x}"),
            "hash": format!("0x{:02x}{:062x}", self.fork, height),
            "timestamp": format!("{:#x}", crate::office::NOON - 12),
            "baseFeePerGas": "0x3b9aca00",
        })
    }
}
