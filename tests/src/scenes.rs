//! What a treasury does in a week, played on a stage and judged by the chain it stands on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "scenes for tests"
)]

use alloy_primitives::{Address, U256, address};
use serde_json::Value;

use crate::contracts::Contract;
use crate::stage::{Net, Network, Payee, Players, Stage, Token, another_nonce};

/// The vault's account: the first of [`crate::stage::WORDS`].
pub const COLD: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
/// Whom the book lists.
pub const EXCHANGE: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
/// One whole coin, in wei.
pub const COIN: u128 = 1_000_000_000_000_000_000;

/// A house on a chain, with funds in its cold account.
pub struct Scene {
    /// The chain.
    pub net: Net,
    /// The house.
    pub stage: Stage,
    /// A token whose transfer returns true.
    pub standard: Address,
    /// A token whose transfer returns nothing.
    pub tether: Address,
}

impl Scene {
    /// Founds the house on a chain.
    pub fn new(players: Players, net: Net) -> Self {
        net.fund(COLD, U256::from(2_000 * COIN));
        let standard = net.deploy(Contract::StandardToken, "USDX", COLD);
        let tether = net.deploy(Contract::TetherLike, "USDT", COLD);
        let token = |contract: Address, symbol: &str| Token {
            contract: contract.to_string(),
            symbol: symbol.to_owned(),
            decimals: 6,
        };
        let (chain, native) = (net.chain(), net.native());
        let payee = Payee {
            label: "Exchange A".to_owned(),
            address: format!("{chain}:{EXCHANGE}"),
            assets: vec![native.1.clone(), "USDX".to_owned(), "USDT".to_owned()],
        };
        let network = Network {
            chain,
            native,
            tokens: vec![token(standard, "USDX"), token(tether, "USDT")],
            nodes: net.nodes(),
            account: "Cold storage".to_owned(),
        };
        let mut stage = Stage::new(players);
        stage.found(&[network], &[payee]);
        assert_eq!(stage.accounts()[0].address.as_str(), COLD.to_string());
        Self { net, stage, standard, tether }
    }

    /// Writes a payment to the exchange: `NAME.req`.
    pub fn pay(&mut self, name: &str, amount: &str, symbol: &str) -> crate::stage::Run {
        let (request, reference) = (format!("@{name}.req"), format!("INV-{name}"));
        let pay = ["pay", "Cold storage", "Exchange A", amount, symbol, "--reference", &reference];
        self.stage.desk(&[&pay[..], &["--key", "@alice.pub", "-o", &request]].concat())
    }

    /// What a transaction cost its sender in fees, in wei, by the chain's receipt.
    fn fee(&self, hash: &str) -> U256 {
        let receipt = self.net.receipt(hash);
        let number = |field: &str| receipt[field].as_str().unwrap().parse::<U256>().unwrap();
        number("gasUsed") * number("effectiveGasPrice")
    }

    /// The transactions of a request, as the desk's JSON has them.
    fn hashes(&mut self, name: &str) -> Vec<String> {
        let request = self.stage.request(name);
        let run = self
            .stage
            .desk(&[
                "--output",
                "json",
                "reply",
                "export",
                &request,
                "--as",
                "raw",
                "-o",
                &format!("@{name}.raw"),
            ])
            .done();
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        document["data"]["transactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hash| hash.as_str().unwrap().to_owned())
            .collect()
    }

    /// The coin, a standard token and one that returns nothing: each arrives to the last base unit.
    pub fn three_payments_land(&mut self) {
        let symbol = self.net.native().1;
        let sender = self.net.balance(COLD);
        let before = (self.net.balance(EXCHANGE), sender);
        let mut fees = U256::ZERO;
        for (name, amount, symbol) in [
            ("coin", "1.000000000000000001", symbol.as_str()),
            ("standard", "250.5", "USDX"),
            ("tether", "75.000001", "USDT"),
        ] {
            self.pay(name, amount, symbol).done();
            // Sent, and in no final block yet: that is exit code 7, not success.
            self.stage.carry(name, &[]).refused(7, "");
            self.net.mine(1);
            self.net.finalize();
            let request = self.stage.request(name);
            self.stage.desk(&["send", &request]).done();
            for hash in self.hashes(name) {
                fees += self.fee(&hash);
            }
        }
        let paid = U256::from(COIN + 1);
        assert_eq!(self.net.balance(EXCHANGE), before.0 + paid);
        assert_eq!(self.net.balance(COLD), before.1 - paid - fees, "fees are exactly what the receipts say");
        assert_eq!(self.net.token_balance(self.standard, EXCHANGE), U256::from(250_500_000u64));
        assert_eq!(self.net.token_balance(self.tether, EXCHANGE), U256::from(75_000_001u64));
    }

    /// A node that lies about the nonce stops the desk, which names it.
    pub fn a_lying_node_stops_the_desk(&mut self) {
        let liar = self.net.liar(another_nonce());
        let chain = self.net.chain();
        self.stage.desk(&["node", "add", &chain, &liar.url(), "--name", "liar"]).done();
        let symbol = self.net.native().1;
        self.pay("lied-to", "1", &symbol).refused(1, "liar");
        assert!(!self.stage.path("lied-to.req").exists(), "a request was written");
        self.stage.desk(&["node", "remove", &chain, "liar"]).done();
    }

    /// A payment that nobody mines is replaced by the same payment at a higher fee, under the same approvals.
    pub fn a_stuck_payment_is_bumped(&mut self) {
        let symbol = self.net.native().1;
        let before = self.net.balance(EXCHANGE);
        let nonce = self.net.nonce(COLD);
        self.pay("stuck", "2", &symbol).done();
        self.stage.carry("stuck", &[]).refused(7, "");
        let request = self.stage.request("stuck");
        self.stage.desk(&["bump", &request, "-o", "@bumped.req"]).done();
        assert_eq!(self.stage.code("bumped"), self.stage.code("stuck"), "the plan and its approvals stay");
        let approvals = ["@stuck.bob.sig", "@stuck.carol.sig"];
        self.stage
            .desk(&["request", "pack", "@bumped.req", approvals[0], approvals[1], "-o", "@bumped.pack"])
            .done();
        self.stage.sign("bumped").done();
        self.stage.desk(&["reply", "import", "@bumped.reply"]).done();
        let bumped = self.stage.request("bumped");
        self.stage.desk(&["send", &bumped]).refused(7, "");
        self.net.mine(1);
        self.net.finalize();
        self.stage.desk(&["send", &bumped]).done();
        assert_eq!(self.net.balance(EXCHANGE), before + U256::from(2 * COIN), "it was paid once");
        assert_eq!(self.net.nonce(COLD), nonce + 1);
        let hashes = (self.hashes("stuck"), self.hashes("bumped"));
        assert!(self.net.receipt(&hashes.0[0]).is_null(), "the first version landed");
        assert_eq!(self.net.receipt(&hashes.1[0])["status"], "0x1");
    }

    /// A payment that is no longer wanted is voided: its slot is spent on nothing, and it can never land.
    pub fn another_is_voided(&mut self) {
        let symbol = self.net.native().1;
        let before = self.net.balance(EXCHANGE);
        let nonce = self.net.nonce(COLD);
        self.pay("unwanted", "3", &symbol).done();
        self.stage.carry("unwanted", &[]).refused(7, "");
        let void = ["void", "Cold storage", &nonce.to_string(), "--key", "@alice.pub", "-o", "@void.req"];
        self.stage.desk(&void).done();
        self.stage.carry("void", &[]).refused(7, "");
        self.net.mine(1);
        self.net.finalize();
        let request = self.stage.request("void");
        self.stage.desk(&["send", &request]).done();
        assert_eq!(self.net.balance(EXCHANGE), before, "it was paid all the same");
        assert_eq!(self.net.nonce(COLD), nonce + 1);
        let hash = self.hashes("unwanted").remove(0);
        assert!(self.net.receipt(&hash).is_null(), "the voided payment landed");
    }
}
