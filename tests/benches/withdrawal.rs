//! What a withdrawal costs a vault, beside what people would use instead, over the same transactions in one run.
//!
//! - `strongroom`: open the request, rebuild and decode every item, judge it, claim its slots in a synced journal, sign,
//!   verify every signature with libsecp256k1, journal that it was signed, and write the reply.
//! - `alloy`: build and sign with `alloy-signer-local`, and nothing else.
//! - `ethers`: the same with npm's ethers, where `cargo verify` prepared it.
//!
//! All three use one thread. `cargo bench -p strongroom-tests --bench withdrawal`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a bench"
)]

use std::process::{Command, Stdio};
use std::time::Duration;

use alloy_consensus::{SignableTransaction as _, TxEip1559};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{TxKind, U256};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use strongroom_protocol::{ComparisonCode, canonical};
use strongroom_signing::Review;
use strongroom_tests::house::{EXCHANGE, TestHouse};
use strongroom_tests::prepare;

/// Items of the request.
const ITEMS: u64 = 1_000;
/// Base units of each payment: 0.05, so that a thousand stay within the day's limit.
const AMOUNT: u128 = 50_000_000_000_000_000;

fn house() -> TestHouse {
    TestHouse::new("eip155:1", |text| {
        text.replace("max_day = \"200\"", "max_day = \"1000\"")
            .replace("max_fee_day = \"200\"", "max_fee_day = \"1000\"")
    })
}

/// The whole of a vault's work, from the request's bytes to the reply's.
fn strongroom(house: &TestHouse, bytes: &[u8], approvals: &[strongroom_protocol::SignedText]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut chronicle = house.chronicle(folder.path());
    let review = Review::open(bytes, approvals, &house.gate(house.start().plus(60)), &chronicle).unwrap();
    assert!(review.verdict().passed(), "{:?}", review.verdict().first_refusal());
    let code = ComparisonCode::of(review.plan_id().as_bytes()).to_string();
    let confirmation = review.challenge().clone().meet(&code).unwrap();
    let approved = review.approve(&confirmation, &mut chronicle).unwrap();
    let signed = approved.sign(&house.codecs, &mut house.signer(), false, |_, _| {}).unwrap();
    canonical::encode(&signed.reply(house.id, &mut chronicle).unwrap()).len()
}

/// Building and signing, and nothing else.
fn alloy(signer: &PrivateKeySigner) -> usize {
    (0..ITEMS)
        .map(|n| {
            let transaction = TxEip1559 {
                chain_id: 1,
                nonce: 7 + n,
                gas_limit: 60_000,
                max_fee_per_gas: 30_000_000_000,
                max_priority_fee_per_gas: 1_000_000_000,
                to: TxKind::Call(EXCHANGE.parse().unwrap()),
                value: U256::from(AMOUNT),
                ..TxEip1559::default()
            };
            let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
            transaction.into_signed(signature).encoded_2718().len()
        })
        .sum()
}

/// The time that ethers takes for `rounds` times all items, as its own process measures it.
fn ethers(modules: &std::path::Path, rounds: u64) -> Duration {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/ethers.mjs");
    let output = Command::new("node")
        .args([
            script,
            &modules.display().to_string(),
            EXCHANGE,
            &AMOUNT.to_string(),
            &ITEMS.to_string(),
            &rounds.to_string(),
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Duration::from_nanos(String::from_utf8(output.stdout).unwrap().trim().parse().unwrap())
}

fn withdrawal(c: &mut Criterion) {
    let house = house();
    let intents = (0..ITEMS).map(|n| house.pay(EXCHANGE, AMOUNT, &format!("INV-{n}"))).collect();
    let plan = house.plan(intents);
    let bytes = canonical::encode(&house.request(&plan, 7));
    let approvals: Vec<_> = house.approvers.iter().map(|person| house.approval(&plan, person)).collect();
    let signer = PrivateKeySigner::from_slice(&[1; 32]).unwrap();
    let mut group = c.benchmark_group("withdrawal of 1000");
    group.throughput(Throughput::Elements(ITEMS)).sample_size(20);
    group.bench_function("strongroom", |b| b.iter(|| strongroom(&house, &bytes, &approvals)));
    group.bench_function("alloy", |b| b.iter(|| alloy(&signer)));
    match prepare::node_modules("ethers") {
        Ok(modules) => {
            group.bench_function("ethers", |b| b.iter_custom(|rounds| ethers(&modules, rounds)));
        }
        Err(error) => eprintln!("ethers is left out: {error}"),
    }
    group.finish();
}

/// The parts of a vault's work, to see where the time goes.
fn parts(c: &mut Criterion) {
    let house = house();
    let intents: Vec<_> = (0..ITEMS).map(|n| house.pay(EXCHANGE, AMOUNT, &format!("INV-{n}"))).collect();
    let plan = house.plan(intents);
    let request = house.request(&plan, 7);
    let bytes = canonical::encode(&request);
    let approvals: Vec<_> = house.approvers.iter().map(|person| house.approval(&plan, person)).collect();
    let folder = tempfile::tempdir().unwrap();
    let chronicle = house.chronicle(folder.path());
    let mut group = c.benchmark_group("parts");
    group.throughput(Throughput::Elements(ITEMS)).sample_size(20);
    group.bench_function(BenchmarkId::from_parameter("read the document"), |b| {
        b.iter(|| canonical::decode::<strongroom_protocol::Request>(&bytes).unwrap());
    });
    group.bench_function(BenchmarkId::from_parameter("review"), |b| {
        b.iter(|| Review::open(&bytes, &approvals, &house.gate(house.start().plus(60)), &chronicle).unwrap());
    });
    group.finish();
}

criterion_group!(benches, withdrawal, parts);
criterion_main!(benches);
