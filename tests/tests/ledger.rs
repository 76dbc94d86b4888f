//! The vault's own road to a Ledger, against what the vendor's app did: the same commands, in as many reports, for the same
//! signatures, under the same screens.
//!
//! A house approves the very transactions that were recorded; the vault reviews, claims and signs them with the software
//! device, which holds the recordings' seed. Chains that no codec of the vault knows are held against the recordings in
//! `hw/ledger`, where the driver alone is asked.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::duplicated_attributes,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../../src/vault/tests/support/mod.rs"]
#[allow(dead_code, clippy::format_push_string, reason = "the vault's own tests use all of it")]
mod support;

use std::path::Path;

use alloy_consensus::TxEnvelope;
use alloy_consensus::transaction::SignerRecoverable as _;
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::hex;
use serde_json::Value;
use strongroom_evm_codec::{EvmCodec, native_asset};
use strongroom_ledger::{Channel, frames};
use strongroom_protocol::{Action, Amount, Codec as _, EvmFacts, EvmFees, Facts, Intent, Rung};
use strongroom_virtual::{Ledger, VirtualBus};

use support::STATION_PASS;
use support::house::{EXCHANGE, House, found};
use support::ledgers::{LEDGER_ADDRESS, Practice, USDC, bench, ledger, rules, yes};

/// Whom the recorded transactions pay.
const PAYEE: &str = "0x5A321744667052AFfA8386ed49e00EF223cbFFc3";
/// Bytes of a command in front of the transaction: header, and a path of five levels.
const HEAD: usize = 5 + 21;

/// The recorded row of this name.
fn row(file: &str, op: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts/ledger").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.find(|row| row["op"] == op).unwrap_or_else(|| panic!("{op} was not recorded"))
}

fn bytes(row: &Value, field: &str) -> Vec<u8> {
    hex::decode(row[field].as_str().unwrap()).unwrap()
}

/// Reports that crossed for these rows, there and back.
fn reports(rows: &[&Value]) -> usize {
    let count = |row: &Value, field| frames(Channel::HOST, &bytes(row, field)).unwrap().len();
    rows.iter().map(|row| count(row, "cmd") + count(row, "rsp")).sum()
}

/// What the owner saw, on all screens that were recorded with these rows.
fn screens(rows: &[&Value]) -> Vec<String> {
    let all = rows.iter().filter_map(|row| row["screens"].as_array());
    all.flatten().map(|screen| screen.as_str().unwrap().to_owned()).collect()
}

/// A house to practise in on one chain, with an account on a Ledger.
fn house(chain: u64) -> Practice {
    let name = format!("eip155:{chain}");
    let bus = VirtualBus::new();
    let socket = bus.add(ledger(yes()));
    let bench = bench(&bus);
    let station = found(&bench);
    let args = ["enroll", "--device", "ledger", "--chain", &name, "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&args, &[STATION_PASS]).ok();
    let native = native_asset(&name.parse().unwrap()).unwrap().to_string();
    let there = |text: String| {
        let text =
            text.replace("eip155:1/slip44:60", &native).replace("\"eip155:1\"", &format!("\"{name}\""));
        text.replace("eip155:1/", &format!("{name}/")).replace("eip155:1:", &format!("{name}:"))
    };
    let paying = |text: String| there(text.replace(EXCHANGE, PAYEE));
    let house = if chain == 1 {
        let (policy, book) = rules(there);
        House::ruled(bench, station, &["cold.account"], (policy, |text| paying(book(text))))
    } else {
        House::ruled(bench, station, &["cold.account"], (there, paying))
    };
    bus.device(socket, Ledger::screens_seen);
    Practice { house, bus, socket }
}

/// The recorded facts, legacy and EIP-1559: nonce 7, 100,000 units of gas, 20 gwei, and at most 30 with 2 for the producer.
fn rungs(practice: &Practice, intent: &Intent) -> [Rung; 2] {
    let gwei = |gwei: u64| Amount::from(gwei * 1_000_000_000);
    let legacy = EvmFees::Legacy { gas_price: gwei(20) };
    let typed = EvmFees::Eip1559 { max_fee_per_gas: gwei(30), max_priority_fee_per_gas: gwei(2) };
    [legacy, typed].map(|fees| {
        let facts = Facts::Evm(EvmFacts { nonce: 7, gas_limit: 100_000, fees });
        let unsigned = EvmCodec.build(&practice.house.accounts[0], intent, &facts).unwrap();
        Rung { facts, unsigned }
    })
}

/// The vault signs an intent in these versions, and all is as it was recorded: bytes, signatures, reports, screens.
fn as_recorded(practice: &Practice, intent: &Intent, versions: &[(Rung, &Value)], before: &[&Value]) {
    let mut request = practice.house.request(vec![intent.clone()], 7);
    request.items[0].rungs = versions.iter().map(|(rung, _)| rung.clone()).collect();
    for (rung, recorded) in versions {
        assert_eq!(rung.unsigned.0, bytes(recorded, "cmd")[HEAD..], "{}", recorded["op"]);
    }
    let asked = practice.house.asked(request);
    let crossed = practice.bus.reports(practice.socket);
    practice.sign(&asked, "@one.reply").ok();
    let crossed = practice.bus.reports(practice.socket) - crossed;
    let reply = practice.house.reply("one.reply");
    let rows: Vec<&Value> = before.iter().copied().chain(versions.iter().map(|(_, row)| *row)).collect();
    assert_eq!(crossed, u64::try_from(reports(&rows)).unwrap());
    assert_eq!(practice.seen(), screens(&rows));
    for (signatures, (_, recorded)) in reply.items[0].rungs.iter().zip(versions) {
        assert_eq!(signatures[0].0, bytes(recorded, "rsp")[1..65], "{}", recorded["op"]);
    }
    for raw in practice.raw(&asked, &reply) {
        let transaction = TxEnvelope::decode_2718(&mut raw.as_slice()).unwrap();
        assert_eq!(
            transaction.recover_signer().unwrap(),
            LEDGER_ADDRESS.parse::<alloy_primitives::Address>().unwrap()
        );
    }
}

/// What the vault asks before anything is signed: the app's name, its settings, the account's key.
fn greeting() -> [Value; 3] {
    [
        "BOLOS get app name & version (B0 01)",
        "GET_APP_CONFIGURATION",
        "GET_PUBLIC_KEY no display, no chaincode",
    ]
    .map(|op| row("ethereum.jsonl", op))
}

#[test]
fn payments_are_signed_as_recorded_on_every_chain_that_the_vault_knows() {
    for chain in [1, 137, 11_155_111] {
        let practice = house(chain);
        let asset = native_asset(&practice.house.accounts[0].chain).unwrap();
        let to = PAYEE.parse().unwrap();
        let amount = Amount::from(100_000_000_000_000_000u64);
        let intent = practice.house.intent(Action::Pay { asset, to, amount }, "INV-1");
        let recorded = ["legacy EIP-155", "EIP-1559"]
            .map(|form| row("ethereum.jsonl", &format!("{form} chain {chain}")));
        let [legacy, typed] = rungs(&practice, &intent);
        let greeting = greeting();
        as_recorded(
            &practice,
            &intent,
            &[(legacy, &recorded[0]), (typed, &recorded[1])],
            &greeting.each_ref(),
        );
    }
}

#[test]
fn a_described_token_is_paid_as_recorded() {
    let practice = house(1);
    let (asset, to) = (USDC.parse().unwrap(), PAYEE.parse().unwrap());
    let intent = practice.house.intent(Action::Pay { asset, to, amount: 1_234_567u64.into() }, "INV-1");
    let [_, typed] = rungs(&practice, &intent);
    let [name, settings, key] = greeting();
    let told = row("ethereum-2.jsonl", "PROVIDE_ERC20_TOKEN_INFORMATION USDC (production CAL signature)");
    let paid = row("ethereum-2.jsonl", "ERC-20 USDC transfer EIP-1559 after token info");
    as_recorded(&practice, &intent, &[(typed, &paid)], &[&name, &settings, &key, &told]);
}
