//! The chain that a stage stands on: embedded, or a real node.

use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use alloy_sol_types::SolCall as _;
use serde_json::{Value, json};

use crate::chain::{Chain, ChainSpec};
use crate::contracts::{Contract, Erc20, TokenSpec};
use crate::json_rpc::{self, Answer, Server, Tamper, Upstream};
use crate::prepare::{Anvil, AnvilError};
use crate::wallet::Wallet;

/// A chain with two nodes that answer for it.
pub struct Net {
    chain_id: u64,
    node: Node,
    second: Server,
}

enum Node {
    Embedded { chain: Chain, first: Server },
    Anvil(Anvil),
}

impl Net {
    /// The embedded chain of this id, 1 or 137.
    pub fn embedded(chain_id: u64) -> Self {
        let clock = std::sync::Arc::new(now);
        let spec = if chain_id == 137 { ChainSpec::polygon(clock) } else { ChainSpec::ethereum(clock) };
        let chain = Chain::new(ChainSpec { chain_id, ..spec });
        let (first, second) = (chain.serve().unwrap(), chain.serve().unwrap());
        Self { chain_id, node: Node::Embedded { chain, first }, second }
    }

    /// A real anvil of this id, mining only on command. Its second node is a relay.
    ///
    /// # Errors
    /// [`AnvilError`] if it is not prepared or does not start.
    pub fn anvil(chain_id: u64) -> Result<Self, AnvilError> {
        let anvil = Anvil::start(chain_id, &["--no-mining", "--order", "fifo"])?;
        let second = Server::start(Upstream::new(anvil.url()), None)?;
        Ok(Self { chain_id, node: Node::Anvil(anvil), second })
    }

    /// The CAIP-2 name.
    pub fn chain(&self) -> String {
        format!("eip155:{}", self.chain_id)
    }

    /// The native asset's CAIP-19 name and symbol.
    pub fn native(&self) -> (String, String) {
        let (coin, symbol) = if self.chain_id == 137 { ("966", "POL") } else { ("60", "ETH") };
        (format!("{}/slip44:{coin}", self.chain()), symbol.to_owned())
    }

    /// The addresses of its two honest nodes.
    pub fn nodes(&self) -> Vec<String> {
        vec![self.url(), self.second.url()]
    }

    fn url(&self) -> String {
        match &self.node {
            Node::Embedded { first, .. } => first.url(),
            Node::Anvil(anvil) => anvil.url().to_owned(),
        }
    }

    /// A node that says something else than the honest ones.
    pub fn liar(&self, tamper: Tamper) -> Server {
        match &self.node {
            Node::Embedded { chain, .. } => chain.serve_tampered(tamper).unwrap(),
            Node::Anvil(anvil) => Server::start(Upstream::new(anvil.url()), Some(tamper)).unwrap(),
        }
    }

    /// Sets a balance, in wei.
    pub fn fund(&self, address: Address, balance: U256) {
        match &self.node {
            Node::Embedded { chain, .. } => chain.fund(address, balance),
            Node::Anvil(anvil) => anvil.fund(address, balance).unwrap(),
        }
    }

    /// Mines blocks.
    pub fn mine(&self, count: u64) {
        match &self.node {
            Node::Embedded { chain, .. } => drop(chain.mine_blocks(count)),
            Node::Anvil(anvil) => anvil.mine(count).unwrap(),
        }
    }

    /// Mines until everything mined so far is final, whatever the chain's depth.
    pub fn finalize(&self) {
        self.mine(80);
    }

    /// An account's balance after the newest block, in wei.
    pub fn balance(&self, address: Address) -> U256 {
        word(&self.ask("eth_getBalance", &json!([address, "latest"])))
    }

    /// An account's next nonce after the newest block.
    pub fn nonce(&self, address: Address) -> u64 {
        word(&self.ask("eth_getTransactionCount", &json!([address, "latest"]))).to()
    }

    /// What an address holds of a token, in base units.
    pub fn token_balance(&self, token: Address, owner: Address) -> U256 {
        let data = hex::encode_prefixed(Erc20::balanceOfCall { owner }.abi_encode());
        word(&self.ask("eth_call", &json!([{ "to": token, "data": data }, "latest"])))
    }

    /// The receipt of a transaction.
    pub fn receipt(&self, hash: &str) -> Value {
        self.ask("eth_getTransactionReceipt", &json!([hash]))
    }

    fn ask(&self, method: &str, params: &Value) -> Value {
        json_rpc::call(&self.url(), method, params).unwrap()
    }

    /// Puts a token on the chain by a transaction, as anybody would; its whole supply goes to `holder`.
    pub fn deploy(&self, contract: Contract, symbol: &str, holder: Address) -> Address {
        let deployer = Wallet::new(B256::repeat_byte(0x2c)).unwrap();
        let supply = U256::from(1_000_000_000_000u64);
        let token =
            TokenSpec { name: symbol.to_owned(), symbol: symbol.to_owned(), decimals: 6, holder, supply };
        self.fund(deployer.address(), U256::from(10u64.pow(18)));
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce(deployer.address()),
            gas_limit: 3_000_000,
            max_fee_per_gas: 300_000_000_000,
            max_priority_fee_per_gas: 30_000_000_000,
            to: TxKind::Create,
            input: contract.creation_code(&token).unwrap(),
            ..TxEip1559::default()
        };
        let raw = Bytes::from(deployer.sign(transaction).unwrap());
        let hash = self.ask("eth_sendRawTransaction", &json!([raw]));
        self.mine(1);
        let receipt = self.receipt(hash.as_str().unwrap());
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt["contractAddress"].as_str().unwrap().parse().unwrap()
    }
}

/// Lies about an account's transaction count.
pub fn another_nonce() -> Tamper {
    Box::new(|method, _, answer| match answer {
        Answer::Result(count) if method == "eth_getTransactionCount" => {
            Answer::Result(json!(format!("{:#x}", word(&count).saturating_add(U256::from(1)))))
        }
        honest => honest,
    })
}

fn word(value: &Value) -> U256 {
    value.as_str().unwrap().parse().unwrap()
}

fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
