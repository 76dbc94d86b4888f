//! Outputs, amounts and terms that are not taken.

use bitcoin::{Amount as Coins, Sequence, TxOut};
use strongroom_bitcoin_codec::address::script_of;

use super::common::{REGTEST, STRANGER, account, build, decode, facts, payments};
use super::{key, refused, refused_everywhere, stranger};

#[test]
fn outputs_that_pay_nobody_or_nobody_knows_whom() {
    let chain = REGTEST.parse().unwrap();
    let pays = |words: &str, script: Vec<u8>| {
        refused_everywhere(words, |psbt| psbt.unsigned_tx.output[0].script_pubkey = script.clone().into());
    };
    pays("carries data (OP_RETURN)", vec![0x6a, 0x04, 1, 2, 3, 4]);
    pays("without an address", Vec::new());
    pays("without an address", vec![0x51]);
    // A bare key and a bare multisig have no address.
    pays("without an address", [&[0x21][..], &key(1).to_bytes(), &[0xac]].concat());
    // Witness versions 2 and 16, and Taproot with 33 bytes or two (pay-to-anchor).
    pays("unknown witness version", [&[0x52, 0x20][..], &[7; 32]].concat());
    pays("unknown witness version", vec![0x60, 0x02, 7, 7]);
    pays("unknown witness version", vec![0x51, 0x02, 0x4e, 0x73]);
    pays("unknown witness version", [&[0x51, 0x21][..], &[7; 33]].concat());
    // Version 0 of another length can never be spent.
    pays("without an address", [&[0x00, 0x15][..], &[7; 21]].concat());
    pays("no point of the curve", [&[0x51, 0x20][..], &[0; 31], &[5]].concat());
    pays("nobody has a key", [&[0x00, 0x14][..], &[0; 20]].concat());
    refused_everywhere("it has no outputs", |psbt| {
        psbt.unsigned_tx.output.clear();
        psbt.outputs.clear();
    });
    assert!(script_of(&chain, &STRANGER.parse().unwrap()).is_ok());
}

#[test]
fn amounts_that_no_node_takes() {
    refused_everywhere("output 1 of 293 satoshi is dust", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(293);
    });
    refused_everywhere("of 0 satoshi is dust", |psbt| psbt.unsigned_tx.output[1].value = Coins::ZERO);
    refused_everywhere("its inputs hold only 170000", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(61_001);
    });
    refused_everywhere("beyond all the coins there are", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(u64::MAX);
    });
    refused_everywhere("beyond all the coins there are", |psbt| {
        psbt.unsigned_tx.output[0].value = Coins::from_sat(2_100_000_000_000_001);
    });
}

#[test]
fn terms_out_of_bounds() {
    for version in [0, 3, -1, i32::MAX, i32::MIN] {
        refused_everywhere("of transactions is not taken", |psbt| {
            psbt.unsigned_tx.version = bitcoin::transaction::Version(version);
        });
    }
    for locktime in [500_000_000, u32::MAX] {
        refused_everywhere("is a time, and only heights", |psbt| {
            psbt.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(locktime);
        });
    }
    for sequence in [0, 1, 0xffff_fffc, 0x0040_0001] {
        refused_everywhere("input 1 has the sequence", |psbt| {
            psbt.unsigned_tx.input[0].sequence = Sequence(sequence);
        });
    }
    refused_everywhere("input 2 has another sequence", |psbt| {
        psbt.unsigned_tx.input[1].sequence = Sequence(0xffff_fffe);
    });
    refused_everywhere("switches off the locktime 840000", |psbt| {
        psbt.unsigned_tx.input.iter_mut().for_each(|input| input.sequence = Sequence::MAX);
    });
    // What is left is taken: both versions, with and without a locktime, replaceable and not.
    let account = account("wpkh(@)");
    for (version, locktime, sequence) in
        [(1, 0, u32::MAX), (2, 0, 0xffff_fffe), (1, 499_999_999, 0xffff_fffd)]
    {
        let mut facts = facts(&account);
        (facts.version, facts.locktime) = (version, locktime);
        facts.inputs.iter_mut().for_each(|input| input.sequence = sequence);
        let unsigned = build(&account, &payments(&account), &facts).unwrap();
        assert!(decode(&account, &unsigned.0).is_ok());
    }
}

#[test]
fn a_transaction_too_heavy_to_relay() {
    refused("pkh(@)", "split it", |psbt| {
        let output = TxOut { value: Coins::from_sat(294), script_pubkey: stranger() };
        psbt.unsigned_tx.output.extend(vec![output; 3_215]);
        psbt.outputs.extend(vec![bitcoin::psbt::Output::default(); 3_215]);
    });
    refused("wpkh(@)", "too large for any node", |psbt| {
        let output = TxOut { value: Coins::from_sat(294), script_pubkey: stranger() };
        psbt.unsigned_tx.output.extend(vec![output; 3_300]);
        psbt.outputs.extend(vec![bitcoin::psbt::Output::default(); 3_300]);
    });
}
