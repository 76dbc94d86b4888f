//! Our decoder beside ethers', on transactions that were built, bent and broken: whenever both read one, they read the same;
//! and what we refuse where ethers does not is refused for a reason that the book names.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEip2930, TxEip4844, TxEip7702, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use alloy_sol_types::{SolCall, sol};
use serde::Deserialize;
use strongroom_evm_codec::{EvmCodec, read_foreign};
use strongroom_protocol::{Account, Codec as _, Effects, EvmFacts, EvmFees, Facts, Unsigned};
use strongroom_tests::fuzz::targets;
use strongroom_tests::prepare;

sol! {
    function transfer(address to, uint256 amount);
    function approve(address spender, uint256 amount);
    function transferFrom(address from, address to, uint256 amount);
}

/// Why we refuse what others read: words of the refusal, and where the page on rules says so.
const DOCUMENTED: [(&str, &str); 22] = [
    ("creates a contract", "contract\ncreation"),
    ("could do anything", "unknown selectors"),
    ("shorter than a function selector", "calldata appended or cut"),
    ("before the arguments of", "calldata appended or cut"),
    ("follow the arguments of", "calldata appended or cut"),
    ("not padded with zeros", "unclean address words"),
    ("go along with a token call", "value beside token calldata"),
    ("access list", "access lists"),
    ("carry blobs", "blobs"),
    ("hand the account over to code", "delegations (EIP-7702)"),
    ("names no chain", "transactions without chain id"),
    ("allowances are only ever set to zero", "approvals other than to zero"),
    ("allowance of the zero address", "approvals other than to zero"),
    ("pays nothing to", "payments of\nnothing to others"),
    ("must not be paid", "payees that are zero, burn or precompile addresses"),
    ("is called as a token", "payees that are zero, burn or precompile addresses"),
    ("the account lives on", "another\nchain's transactions"),
    ("not the one encoding of what they say", "not written as RLP has it"),
    ("below the 21000", "gas, tip and nonce beyond what nodes take"),
    ("above the 16777216", "gas, tip and nonce beyond what nodes take"),
    ("exceeds the ceiling", "gas, tip and nonce beyond what nodes take"),
    ("are not an unsigned transaction of", "not written as RLP has it"),
];

/// What ethers makes of some bytes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Refused { refused: String },
    Read(Box<Read>),
}

#[derive(Debug, Deserialize)]
struct Read {
    r#type: u8,
    chain: String,
    nonce: String,
    gas: String,
    price: Option<String>,
    ceiling: Option<String>,
    tip: Option<String>,
    to: Option<String>,
    value: String,
    data: String,
    call: Option<Call>,
    access: usize,
    signed: bool,
    again: String,
}

#[derive(Debug, Deserialize)]
struct Call {
    name: String,
    who: String,
    amount: String,
}

/// One node process that answers for as long as the test asks.
struct Ethers {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Ethers {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/nets/ethers.mjs");
        let modules = prepare::node_modules("ethers").unwrap();
        let mut child = Command::new("node")
            .arg(script)
            .arg(modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node cannot be started");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    /// Asks about some transactions. Fewer at a time than the pipes hold answers to.
    fn ask(&mut self, transactions: &[Vec<u8>]) -> Vec<Answer> {
        let questions: String = transactions.iter().map(|bytes| hex::encode_prefixed(bytes) + "\n").collect();
        let mut input = self.input.take().unwrap();
        let writer = std::thread::spawn(move || {
            input.write_all(questions.as_bytes()).unwrap();
            input.flush().unwrap();
            input
        });
        let mut line = String::new();
        let mut answer = || {
            line.clear();
            self.output.read_line(&mut line).unwrap();
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        let answers = transactions.iter().map(|_| answer()).collect();
        self.input = Some(writer.join().unwrap());
        answers
    }
}

impl Drop for Ethers {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// `SplitMix64`: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// A number of any length.
    fn number(&mut self) -> u64 {
        // Mostly below 2⁵³, where the numbers of JavaScript end.
        let shift = u32::try_from(11 + self.below(53)).unwrap();
        let number = self.next() >> shift;
        if self.below(50) == 0 { self.next() } else { number }
    }
}

/// A transaction that somebody might want us to sign: mostly right, and wrong in a place or two.
fn built(numbers: &mut Numbers, account: &Account, chain: u64) -> Vec<u8> {
    let own: Address = account.address.as_str().parse().unwrap();
    let stranger = Address::repeat_byte(0x35);
    let dead = "0x000000000000000000000000000000000000dEaD".parse().unwrap();
    let whom = numbers.one_of(&[stranger, stranger, stranger, stranger, own, Address::ZERO, dead]);
    let amount = U256::from(numbers.number());
    let none = numbers.one_of(&[amount, amount, amount, U256::ZERO]);
    let mut data = match numbers.below(8) {
        0..=2 => Vec::new(),
        3 | 4 => transferCall { to: whom, amount: none }.abi_encode(),
        5 => approveCall { spender: whom, amount: numbers.one_of(&[U256::ZERO, U256::ZERO, amount]) }
            .abi_encode(),
        6 => transferFromCall { from: own, to: whom, amount }.abi_encode(),
        _ => (0..numbers.below(80)).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect(),
    };
    match numbers.below(16) {
        0 => data.push(0),
        1 => drop(data.pop()),
        2 if data.len() > 10 => data[numbers.below(10) + 1] ^= 1,
        _ => {}
    }
    let input = Bytes::from(data);
    let to = if numbers.below(20) == 0 { TxKind::Create } else { TxKind::Call(whom) };
    let value = if input.is_empty() || numbers.below(10) == 0 { none } else { U256::ZERO };
    let (nonce, chain_id) = (numbers.number(), if numbers.below(20) == 0 { numbers.number() } else { chain });
    let gas_limit =
        numbers.one_of(&[21_000, 60_000, 60_000, 60_000, 16_777_216, 16_777_216, 20_999, 16_777_217]);
    let (one, other) = (u128::from(numbers.number()), u128::from(numbers.number()));
    let backwards = numbers.below(20) == 0;
    let (ceiling, tip) =
        if backwards { (one.min(other), one.max(other)) } else { (one.max(other), one.min(other)) };
    let item = AccessListItem { address: stranger, storage_keys: vec![B256::ZERO] };
    let access_list = AccessList(if numbers.below(12) == 0 { vec![item] } else { Vec::new() });
    match numbers.below(20) {
        0 => TxEip2930 { chain_id, nonce, gas_price: one, gas_limit, to, value, access_list, input }
            .encoded_for_signing(),
        1 => TxEip4844 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: ceiling,
            max_priority_fee_per_gas: tip,
            to: whom,
            value,
            access_list,
            blob_versioned_hashes: vec![B256::with_last_byte(1)],
            max_fee_per_blob_gas: 1,
            input,
        }
        .encoded_for_signing(),
        2 => TxEip7702 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: ceiling,
            max_priority_fee_per_gas: tip,
            to: whom,
            value,
            access_list,
            authorization_list: Vec::new(),
            input,
        }
        .encoded_for_signing(),
        3..=8 => {
            let chain_id = (numbers.below(12) > 0).then_some(chain_id);
            TxLegacy { chain_id, nonce, gas_price: one, gas_limit, to, value, input }.encoded_for_signing()
        }
        _ => TxEip1559 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas: ceiling,
            max_priority_fee_per_gas: tip,
            to,
            value,
            access_list,
            input,
        }
        .encoded_for_signing(),
    }
}

/// The same with some bytes changed, added or gone.
fn bent(numbers: &mut Numbers, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..numbers.below(5).saturating_sub(2) {
        let place = numbers.below(bytes.len());
        match numbers.below(5) {
            0 => bytes[place] ^= 1 << numbers.below(8),
            1 => bytes.insert(place, u8::try_from(numbers.below(256)).unwrap()),
            2 if bytes.len() > 1 => drop(bytes.remove(place)),
            3 => bytes[place] = numbers.one_of(&[0x00, 0x01, 0x80, 0x81, 0xb8, 0xc0, 0xf8, 0xff]),
            // A number gets a zero in front, and the lengths around it fit: RLP forbids it, and not everybody looks.
            _ => padded(&mut bytes, place),
        }
    }
    bytes
}

fn padded(bytes: &mut Vec<u8>, place: usize) {
    let (0x81..=0xa0, Some(0xf8)) = (bytes[place], bytes.iter().find(|byte| **byte >= 0xc0)) else { return };
    let list = bytes.iter().position(|byte| *byte == 0xf8).unwrap();
    if list + 1 >= place || bytes[list + 1] == u8::MAX {
        return;
    }
    bytes[place] += 1;
    bytes[list + 1] += 1;
    bytes.insert(place + 1, 0);
}

/// What became of the cases.
#[derive(Debug, Default)]
struct Tally {
    both: usize,
    neither: usize,
    /// Ours alone refuses: why, and how often.
    ours: BTreeMap<&'static str, usize>,
    /// Ethers alone refuses.
    theirs: BTreeMap<String, usize>,
}

fn compare(tally: &mut Tally, account: &Account, bytes: &[u8], answer: &Answer) {
    let unsigned = Unsigned(bytes.to_vec());
    match (EvmCodec.decode(account, &unsigned), answer) {
        (Ok(tx), Answer::Read(read)) => {
            let Ok(Facts::Evm(facts)) = read_foreign(account, &unsigned) else { panic!("read, and yet not") };
            same(account, tx.effects(), &facts, read, bytes);
            tally.both += 1;
        }
        (Err(_), Answer::Refused { .. }) => tally.neither += 1,
        (Err(error), Answer::Read(read)) => {
            let words = error.to_string();
            let known = DOCUMENTED.iter().find(|(part, _)| words.contains(part));
            let (part, _) =
                known.unwrap_or_else(|| panic!("no page says why this is refused: {words}\n{read:?}"));
            *tally.ours.entry(part).or_default() += 1;
        }
        (Ok(_), Answer::Refused { refused }) => {
            // Numbers in JavaScript end at 2⁵³; nothing else that we read is too much for ethers.
            let Ok(Facts::Evm(facts)) = read_foreign(account, &unsigned) else { panic!("read, and yet not") };
            assert!(facts.nonce > (1 << 53) - 1, "{refused}: {}", hex::encode(bytes));
            let words = refused.split(" (").next().unwrap_or_default();
            *tally.theirs.entry(words.to_owned()).or_default() += 1;
        }
    }
}

/// Ethers says the same of everything: chain, nonce, gas, fees, whom, how much, and what the calldata means.
fn same(account: &Account, effects: &Effects, facts: &EvmFacts, read: &Read, bytes: &[u8]) {
    let shown = || format!("{read:?}\n{effects:?}\n{}", hex::encode(bytes));
    assert_eq!(format!("eip155:{}", read.chain), account.chain.as_str(), "{}", shown());
    assert_eq!(
        (&read.nonce, &read.gas),
        (&facts.nonce.to_string(), &facts.gas_limit.to_string()),
        "{}",
        shown()
    );
    match &facts.fees {
        EvmFees::Legacy { gas_price } => {
            assert_eq!(
                (read.r#type, read.price.as_deref()),
                (0, Some(&*gas_price.to_string())),
                "{}",
                shown()
            );
        }
        EvmFees::Eip1559 { max_fee_per_gas, max_priority_fee_per_gas } => {
            assert_eq!(read.r#type, 2, "{}", shown());
            assert_eq!(read.ceiling.as_deref(), Some(&*max_fee_per_gas.to_string()), "{}", shown());
            assert_eq!(read.tip.as_deref(), Some(&*max_priority_fee_per_gas.to_string()), "{}", shown());
        }
    }
    assert_eq!((read.access, read.signed), (0, false), "{}", shown());
    assert_eq!(read.again, hex::encode_prefixed(bytes), "another spelling: {}", shown());
    let to = read.to.as_deref().unwrap_or_default();
    match (effects.moves.as_slice(), effects.grants.as_slice()) {
        ([moved], []) if moved.asset.is_native() => {
            assert_eq!(
                (to, &*read.value, &*read.data),
                (moved.to.as_str(), &*moved.amount.to_string(), "0x"),
                "{}",
                shown()
            );
        }
        ([moved], []) => {
            let call = read.call.as_ref().unwrap_or_else(|| panic!("{}", shown()));
            assert_eq!((to, &*read.value), (moved.asset.reference(), "0"), "{}", shown());
            assert_eq!(
                (&*call.name, &*call.who, &*call.amount),
                ("transfer", moved.to.as_str(), &*moved.amount.to_string()),
                "{}",
                shown()
            );
        }
        ([], [grant]) => {
            let call = read.call.as_ref().unwrap_or_else(|| panic!("{}", shown()));
            assert_eq!((to, &*read.value), (grant.asset.reference(), "0"), "{}", shown());
            assert_eq!(
                (&*call.name, &*call.who, &*call.amount),
                ("approve", grant.spender.as_str(), "0"),
                "{}",
                shown()
            );
        }
        _ => panic!("it does something else than one thing: {}", shown()),
    }
}

fn agree(cases: usize) -> Tally {
    let mut ethers = Ethers::start();
    let mut numbers = Numbers(0x5eed);
    let mut tally = Tally::default();
    let accounts: Vec<_> = (0u8..).map_while(targets::account).collect();
    for _ in 0..cases.div_ceil(1000) {
        let made: Vec<_> = (0..1000)
            .map(|_| {
                let account = &accounts[numbers.below(accounts.len())];
                let chain = account.chain.reference().parse().unwrap();
                let whole = built(&mut numbers, account, chain);
                (account, bent(&mut numbers, whole))
            })
            .collect();
        let bytes: Vec<_> = made.iter().map(|(_, bytes)| bytes.clone()).collect();
        for ((account, bytes), answer) in made.iter().zip(ethers.ask(&bytes)) {
            compare(&mut tally, account, bytes, &answer);
        }
    }
    println!("{tally:#?}");
    tally
}

#[test]
#[ignore = "needs ethers: run cargo verify"]
fn ethers_reads_what_we_read() {
    let tally = agree(30_000);
    assert!(tally.both > 2_000 && tally.neither > 500, "the cases are dull: {tally:?}");
    for (words, _) in DOCUMENTED {
        // Where a list is not written as RLP has it, ethers mostly refuses too.
        assert!(tally.ours.contains_key(words), "no case was refused because: {words}\n{tally:?}");
    }
}

#[test]
fn every_refusal_is_in_the_book() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/rules.md")).unwrap();
    for (words, phrase) in DOCUMENTED {
        assert!(page.contains(phrase), "docs/src/rules.md does not say {phrase:?}, for {words:?}");
    }
}

/// The long tier's: a million cases.
mod long {
    #[test]
    #[ignore = "takes minutes: run cargo verify long"]
    fn ethers_reads_a_million_as_we_do() {
        super::agree(1_000_000);
    }
}
