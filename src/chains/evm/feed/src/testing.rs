//! A scripted chain with nodes that tell of it truly, lie about it, or fail. For tests alone.

#![allow(clippy::arithmetic_side_effects, clippy::string_slice)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alloy_primitives::U256;
use serde_json::{Value, json};
use strongroom_network::{JsonRpc, Node, Pause, Transport, TransportError};
use strongroom_protocol::{
    Account, AccountId, Action, Amount, AssetId, ChainId, DeviceBinding, HouseId, Intent, KeyOrigin,
    KeyProvenance, Slot, StationId, Timestamp,
};

use crate::EvmFeed;
use crate::rules::GWEI;

// Checksummed examples of EIP-55.
pub(crate) const ALICE: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
pub(crate) const BOB: &str = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359";
pub(crate) const CAROL: &str = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB";
pub(crate) const DAVE: &str = "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb";
pub(crate) const TOKEN: &str = "0xdAC17F958D2ee523a2206206994597C13D831ec7";
pub(crate) const COIN: u128 = 1_000_000_000_000_000_000;

/// A node's answer to one question: a result, or a code and words.
pub(crate) type Answer = Result<Value, (i64, String)>;
type Lie = Box<dyn Fn(&str, &Value, &mut Answer) + Send>;

/// What is true.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    pub chain_id: u64,
    /// Hash, base fee and tip of every block, by height.
    pub blocks: Vec<(u64, Option<u128>, u128)>,
    pub finalized: Option<u64>,
    pub gas_price: u128,
    /// Counts of transactions from a height on, by lower-case address.
    pub counts: BTreeMap<String, BTreeMap<u64, u64>>,
    /// Waiting transactions, by lower-case address.
    pub waiting: BTreeMap<String, u64>,
    pub coins: BTreeMap<String, U256>,
    /// Tokens by contract and owner.
    pub tokens: BTreeMap<(String, String), U256>,
    pub codes: BTreeMap<String, String>,
    /// Gas of calls that do something, by callee.
    pub gas: BTreeMap<String, Answer>,
    pub receipts: BTreeMap<String, Value>,
    pub pool: BTreeSet<String>,
    /// What is said to a transaction that is sent; its hash where nothing is.
    pub reception: BTreeMap<String, Answer>,
}

/// A chain that several nodes tell of.
#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<Truth>>);

pub(crate) fn low(address: &str) -> String {
    address.to_lowercase()
}

pub(crate) fn hash(number: u64) -> String {
    format!("0x{number:064x}")
}

impl World {
    /// Ethereum at block 100, final up to 36, calm, with a rich Alice at nonce 7.
    pub(crate) fn ethereum() -> Self {
        let truth = Truth {
            chain_id: 1,
            blocks: (0..=100).map(|number| (0xb10c_0000 + number, Some(10 * GWEI), GWEI)).collect(),
            finalized: Some(36),
            gas_price: 20 * GWEI,
            counts: BTreeMap::from([(low(ALICE), BTreeMap::from([(0, 7)]))]),
            waiting: BTreeMap::new(),
            coins: BTreeMap::from([(low(ALICE), U256::from(100 * COIN))]),
            tokens: BTreeMap::from([((low(TOKEN), low(ALICE)), U256::from(1_000_000))]),
            codes: BTreeMap::new(),
            gas: BTreeMap::from([(low(TOKEN), Ok(json!("0xea60")))]),
            receipts: BTreeMap::new(),
            pool: BTreeSet::new(),
            reception: BTreeMap::new(),
        };
        Self(Arc::new(Mutex::new(truth)))
    }

    /// The same on Polygon.
    pub(crate) fn polygon() -> Self {
        let world = Self::ethereum();
        world.now(|truth| truth.chain_id = 137);
        world
    }

    /// Changes what is true.
    pub(crate) fn now<T>(&self, change: impl FnOnce(&mut Truth) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    /// A node that tells the truth.
    pub(crate) fn node(&self, name: &'static str) -> Double {
        Double {
            name,
            world: self.clone(),
            lies: Vec::new(),
            fails: None,
            reversed: false,
            log: Log::default(),
        }
    }

    pub(crate) fn feed(&self, nodes: Vec<Double>) -> EvmFeed {
        let chain: ChainId = format!("eip155:{}", self.now(|truth| truth.chain_id)).parse().unwrap();
        feed_of(&chain, nodes)
    }

    /// A feed of two honest nodes.
    pub(crate) fn honest(&self) -> EvmFeed {
        self.feed(vec![self.node("alpha"), self.node("beta")])
    }

    /// A feed of an honest node and one that lies.
    pub(crate) fn lied_to(&self, lie: impl Fn(&str, &Value, &mut Answer) + Send + 'static) -> EvmFeed {
        self.feed(vec![self.node("alpha"), self.node("beta").lying(lie)])
    }

    /// A feed of two nodes that tell the same lie.
    pub(crate) fn conspired_against(
        &self,
        lie: impl Fn(&str, &Value, &mut Answer) + Send + Clone + 'static,
    ) -> EvmFeed {
        self.feed(vec![self.node("alpha").lying(lie.clone()), self.node("beta").lying(lie)])
    }

    fn tell(&self, method: &str, params: &Value) -> Answer {
        self.now(|truth| truth.tell(method, params))
    }
}

pub(crate) fn feed_of(chain: &ChainId, nodes: Vec<Double>) -> EvmFeed {
    let nodes = nodes.into_iter().map(Double::boxed).collect();
    EvmFeed::new(chain, nodes).unwrap()
}

fn quantity(number: impl std::fmt::LowerHex) -> Value {
    json!(format!("{number:#x}"))
}

impl Truth {
    fn height(&self, tag: &Value) -> Option<u64> {
        let head = u64::try_from(self.blocks.len()).unwrap() - 1;
        match tag.as_str().unwrap() {
            "latest" | "pending" => Some(head),
            "finalized" => self.finalized,
            number => Some(u64::from_str_radix(number.strip_prefix("0x").unwrap(), 16).unwrap()),
        }
        .filter(|height| *height <= head)
    }

    fn tell(&self, method: &str, params: &Value) -> Answer {
        let address = |place: usize| low(params[place].as_str().unwrap());
        Ok(match method {
            "eth_chainId" => quantity(self.chain_id),
            "eth_blockNumber" => quantity(self.blocks.len() - 1),
            "eth_gasPrice" => quantity(self.gas_price),
            "eth_getBlockByNumber" => {
                self.height(&params[0]).map_or(Value::Null, |height| self.block(height))
            }
            "eth_feeHistory" => self.history(params),
            "eth_getTransactionCount" => self.count(&address(0), &params[1]),
            "eth_getBalance" => quantity(self.coins.get(&address(0)).copied().unwrap_or_default()),
            "eth_getCode" => json!(self.codes.get(&address(0)).map_or("0x", String::as_str)),
            "eth_call" => return self.call(&params[0]),
            "eth_estimateGas" => {
                let to = low(params[0]["to"].as_str().unwrap());
                return self.gas.get(&to).cloned().unwrap_or(Ok(json!("0x5208")));
            }
            "eth_getTransactionReceipt" => self.receipts.get(&address(0)).cloned().unwrap_or_default(),
            "eth_getTransactionByHash" => {
                let known = self.pool.contains(&address(0)) || self.receipts.contains_key(&address(0));
                if known { json!({"hash": address(0), "blockNumber": null}) } else { Value::Null }
            }
            "eth_sendRawTransaction" => {
                let raw = address(0);
                let bytes = alloy_primitives::hex::decode(&raw).unwrap();
                let id = alloy_primitives::keccak256(bytes).to_string();
                return self.reception.get(&raw).cloned().unwrap_or(Ok(json!(id)));
            }
            other => return Err((-32601, format!("the method {other} does not exist"))),
        })
    }

    fn block(&self, height: u64) -> Value {
        let (name, base_fee, _) = self.blocks[usize::try_from(height).unwrap()];
        let mut block = json!({
            "number": quantity(height),
            "hash": hash(name),
            "timestamp": quantity(1_700_000_000 + 12 * height),
            "transactions": [],
        });
        if let Some(fee) = base_fee {
            block["baseFeePerGas"] = quantity(fee);
        }
        block
    }

    fn history(&self, params: &Value) -> Value {
        let newest = usize::try_from(self.height(&params[1]).unwrap()).unwrap();
        let blocks = &self.blocks[newest.saturating_sub(19)..=newest];
        let rewards: Vec<_> = blocks.iter().map(|(.., tip)| json!([quantity(*tip)])).collect();
        json!({"oldestBlock": "0x0", "reward": rewards, "gasUsedRatio": [0.5]})
    }

    fn count(&self, address: &str, tag: &Value) -> Value {
        let height = self.height(tag).unwrap();
        let counts = self.counts.get(address);
        let mined =
            counts.and_then(|counts| counts.range(..=height).next_back()).map_or(0, |(_, count)| *count);
        let waiting =
            if tag == "pending" { self.waiting.get(address).copied().unwrap_or_default() } else { 0 };
        quantity(mined + waiting)
    }

    fn call(&self, call: &Value) -> Answer {
        let (to, data) = (low(call["to"].as_str().unwrap()), call["data"].as_str().unwrap());
        if !self.tokens.keys().any(|(contract, _)| *contract == to) {
            return Ok(json!("0x"));
        }
        match &data[..10] {
            "0x70a08231" => {
                let held = self.tokens.get(&(to, format!("0x{}", &data[34..]))).copied().unwrap_or_default();
                Ok(json!(format!("0x{held:064x}")))
            }
            "0x313ce567" => Ok(json!(hash(6))),
            "0x95d89b41" => Ok(json!(format!("0x{:064x}{:064x}{:0<64}", 32, 4, "55534454"))),
            _ => Err((3, "execution reverted".to_owned())),
        }
    }
}

/// What was asked of a node.
pub(crate) type Log = Arc<Mutex<Vec<(String, Value)>>>;

/// A node of a [`World`], as a transport.
pub(crate) struct Double {
    name: &'static str,
    world: World,
    lies: Vec<Lie>,
    fails: Option<TransportError>,
    reversed: bool,
    log: Log,
}

impl Double {
    /// Lies as told.
    pub(crate) fn lying(mut self, lie: impl Fn(&str, &Value, &mut Answer) + Send + 'static) -> Self {
        self.lies.push(Box::new(lie));
        self
    }

    /// Answers nothing.
    pub(crate) fn failing(mut self, error: TransportError) -> Self {
        self.fails = Some(error);
        self
    }

    /// Answers batches from the end.
    pub(crate) fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }

    /// What it was asked.
    pub(crate) fn log(&self) -> Log {
        Arc::clone(&self.log)
    }

    fn boxed(self) -> Box<dyn Node> {
        Box::new(JsonRpc::new(self.name, self, Patient))
    }

    fn answer(&self, question: &Value) -> Value {
        let (method, params) = (question["method"].as_str().unwrap(), &question["params"]);
        self.log.lock().unwrap().push((method.to_owned(), params.clone()));
        let mut answer = self.world.tell(method, params);
        for lie in &self.lies {
            lie(method, params, &mut answer);
        }
        match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": question["id"], "result": result}),
            Err((code, message)) => {
                json!({"jsonrpc": "2.0", "id": question["id"], "error": {"code": code, "message": message}})
            }
        }
    }
}

impl Transport for Double {
    fn post(&mut self, body: &[u8], limit: usize) -> Result<Vec<u8>, TransportError> {
        if let Some(error) = &self.fails {
            return Err(error.clone());
        }
        let answer = match serde_json::from_slice(body).unwrap() {
            Value::Array(questions) => {
                let mut answers: Vec<_> = questions.iter().map(|question| self.answer(question)).collect();
                if self.reversed {
                    answers.reverse();
                }
                Value::Array(answers)
            }
            question => self.answer(&question),
        };
        let bytes = answer.to_string().into_bytes();
        if bytes.len() > limit { Err(TransportError::Oversized { limit }) } else { Ok(bytes) }
    }
}

struct Patient;

impl Pause for Patient {
    fn pause(&mut self, _: Duration) {}
}

pub(crate) fn account(chain: u64, address: &str) -> Account {
    Account {
        house: HouseId::of(b"house"),
        chain: format!("eip155:{chain}").parse().unwrap(),
        address: address.parse().unwrap(),
        label: "cold".parse().unwrap(),
        key: KeyOrigin { fingerprint: [0; 4], path: "m/44'/60'/0'/0/0".to_owned(), public_key: vec![2; 33] },
        device: DeviceBinding::Software { key: "cold".parse().unwrap() },
        provenance: KeyProvenance::OnHost,
        station: StationId::of(b"station"),
        enrolled_at: Timestamp::from_unix(0),
        descriptor: None,
    }
}

/// An intent of one action with a fee cap in wei.
pub(crate) fn intent(reference: &str, action: Action, max_fee: u128) -> Intent {
    Intent {
        account: AccountId::of(b"account"),
        actions: vec![action],
        max_fee: max_fee.into(),
        not_after: Timestamp::from_unix(2_000_000_000),
        reference: reference.parse().unwrap(),
        reason: None,
    }
}

pub(crate) fn coin_of(chain: u64) -> AssetId {
    let kind = if chain == 137 { 966 } else { 60 };
    format!("eip155:{chain}/slip44:{kind}").parse().unwrap()
}

pub(crate) fn token_of(chain: u64) -> AssetId {
    format!("eip155:{chain}/erc20:{TOKEN}").parse().unwrap()
}

pub(crate) fn pay(asset: AssetId, to: &str, amount: u128) -> Action {
    Action::Pay { asset, to: to.parse().unwrap(), amount: Amount::from(amount) }
}

pub(crate) fn slot(chain: u64, nonce: u64) -> Slot {
    strongroom_evm_codec::slot(&format!("eip155:{chain}").parse().unwrap(), &ALICE.parse().unwrap(), nonce)
        .unwrap()
}
