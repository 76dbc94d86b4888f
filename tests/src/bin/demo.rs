//! `cargo demo [CHAIN…]`: the whole road on a chain in this process, each screen as its people see it.
//!
//! It needs no node, no device and no network: the chain is revm behind two nodes on loopback, the programs run through
//! their own entry points, and the people's keys are made up. Everything in between is real.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a demo: what fails is to be seen"
)]

use std::process::ExitCode;
use std::time::SystemTime;

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::SolCall as _;
use serde_json::json;
use strongroom_tests::chain::{Chain, ChainSpec, Clock};
use strongroom_tests::contracts::{Contract, Erc20, TokenSpec};
use strongroom_tests::stage::{Network, Payee, Players, Practice, Run, Stage, Token, WORDS};

/// Whom the demo pays.
const EXCHANGE: Address = address!("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
/// The vault's account: the first of [`strongroom_tests::stage::WORDS`].
const COLD: Address = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
/// Who put the token on the chain.
const DEPLOYER: Address = address!("0x00000000000000000000000000000000000c0de0");
/// One whole coin, in wei.
const COIN: u128 = 1_000_000_000_000_000_000;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let known = [("ethereum", "eip155:1", "60", "ETH"), ("polygon", "eip155:137", "966", "POL")];
    if let Some(unknown) = wanted.iter().find(|name| !known.iter().any(|(known, ..)| known == name)) {
        eprintln!("error: {unknown:?} is no chain of the demo: name ethereum, polygon, both or neither");
        return ExitCode::from(2);
    }
    let played =
        known.iter().filter(|(name, ..)| wanted.is_empty() || wanted.iter().any(|want| want == name));
    for (name, chain, coin, symbol) in played {
        play(name, chain, coin, symbol);
    }
    ExitCode::SUCCESS
}

fn say(text: &str) {
    println!("\n── {text}\n");
}

/// Shows a command and its screen, without the folder that all of it lives in.
fn screen(folder: &str, program: &str, args: &[String], run: Option<&Run>) {
    let tidy = |text: &str| text.replace(&format!("{folder}/"), "");
    match run {
        None => {
            let words: Vec<_> = args
                .iter()
                .skip(3)
                .filter(|word| *word != "--passphrase-stdin")
                .map(|word| quoted(&tidy(word)))
                .collect();
            println!("$ {program} {}", words.join(" "));
        }
        Some(run) => {
            for line in tidy(&run.stdout).lines().chain(tidy(&run.stderr).lines()) {
                println!("  {line}");
            }
            println!();
        }
    }
}

fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

fn clock() -> Clock {
    std::sync::Arc::new(|| {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
    })
}

/// A token on the chain whose whole supply the vault's account holds.
fn deploy_token(chain: &Chain) -> Address {
    let spec = TokenSpec {
        name: "Example dollar".to_owned(),
        symbol: "USDX".to_owned(),
        decimals: 6,
        holder: COLD,
        supply: U256::from(1_000_000_000u64),
    };
    let code = Contract::StandardToken.creation_code(&spec).expect("the checked-in artifact");
    chain.deploy(DEPLOYER, code).expect("a chain that runs contracts")
}

/// What an address holds of a token, as the chain's own node says.
fn token_balance(url: &str, token: Address, owner: Address) -> U256 {
    let data = Erc20::balanceOfCall { owner }.abi_encode();
    let request =
        json!([{ "to": token, "data": format!("0x{}", alloy_primitives::hex::encode(data)) }, "latest"]);
    let answer = strongroom_tests::json_rpc::call(url, "eth_call", &request).expect("the demo's own node");
    answer.as_str().and_then(|text| text.parse().ok()).expect("a word of the token's state")
}

fn play(name: &str, chain_id: &str, coin: &str, symbol: &str) {
    println!("\n═══ {name}: a withdrawal from desk to vault to chain ═══");
    let spec =
        if chain_id == "eip155:1" { ChainSpec::ethereum(clock()) } else { ChainSpec::polygon(clock()) };
    let chain = Chain::new(spec);
    let nodes = [chain.serve().expect("a loopback port"), chain.serve().expect("a loopback port")];
    chain.fund(COLD, U256::from(20 * COIN));
    let token = deploy_token(&chain);
    let mut stage = Stage::new(Players::Virtual(Practice::new(WORDS)));
    let folder = stage.folder().display().to_string();
    stage.tell(Box::new(move |program, args, run| screen(&folder, program, args, run)));
    let network = Network {
        chain: chain_id.to_owned(),
        native: (format!("{chain_id}/slip44:{coin}"), symbol.to_owned()),
        tokens: vec![Token { contract: token.to_string(), symbol: "USDX".to_owned(), decimals: 6 }],
        nodes: nodes.iter().map(strongroom_tests::json_rpc::Server::url).collect(),
        account: "Cold storage".to_owned(),
    };
    let payee = Payee {
        label: "Exchange A".to_owned(),
        address: format!("{chain_id}:{EXCHANGE}"),
        assets: vec![symbol.to_owned(), "USDX".to_owned()],
    };
    say(
        "The admins found a house; the vault makes its keys; a quorum of admins signs policy and address book",
    );
    stage.found(&[network], &[payee]);
    assert_eq!(stage.accounts()[0].address.as_str(), COLD.to_string(), "the vault derived another account");
    chain.mine();
    let held = |token| token_balance(&nodes[0].url(), token, EXCHANGE);
    let before = (chain.balance(EXCHANGE), held(token));
    say(&format!("Alice prepares two payments: 12.5 {symbol} and 250 USDX"));
    let alice = ["--key", "@alice.pub"];
    let coin_args =
        ["pay", "Cold storage", "Exchange A", "12.5", symbol, "--reference", "INV-117", "-o", "@coins.req"];
    stage.desk(&[&coin_args[..], &alice[..]].concat()).done();
    let token_args =
        ["pay", "Cold storage", "Exchange A", "250", "USDX", "--reference", "INV-118", "-o", "@tokens.req"];
    stage.desk(&[&token_args[..], &alice[..]].concat()).done();
    for payment in ["coins", "tokens"] {
        say(&format!(
            "Bob and Carol read {payment}.req for themselves; it crosses to the vault, and the signatures come back"
        ));
        let miner = chain.mine_every(std::time::Duration::from_millis(50)).expect("a miner");
        stage.carry(payment, &["--wait=60s"]).done();
        drop(miner);
    }
    say("What landed");
    stage.desk(&["status"]).done();
    let after = (chain.balance(EXCHANGE), held(token));
    let (coins, tokens) = (after.0 - before.0, after.1 - before.1);
    assert_eq!(coins, U256::from(12 * COIN + COIN / 2), "the exchange did not receive what was approved");
    assert_eq!(
        tokens,
        U256::from(250_000_000u64),
        "the exchange did not receive the tokens that were approved"
    );
    println!(
        "  {EXCHANGE} received {coins} wei of {symbol} and {tokens} base units of USDX, exactly what was approved."
    );
}
