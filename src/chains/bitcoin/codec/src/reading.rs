//! Reading a PSBT: which coins it spends and what its outputs are. Of its maps, only where keys come from is read, and
//! that is tried against the account's own descriptor; the rest is compared with what this codec would have written.

use bitcoin::bip32::{DerivationPath, Fingerprint};
use bitcoin::psbt::{Input, Output as OutputMap};
use bitcoin::{OutPoint, Psbt, Script, Transaction, TxOut};
use strongroom_protocol::{Account, DecodeError, Keychain, Unsigned};

use crate::address;
use crate::lock::Lock;
use crate::psbt;
use crate::spend::{self, Coin, Output, Spend, SpendError, WEIGHT_LIMIT};
use crate::wallet::{Holder, Kind};

/// How every PSBT of version 0 of ours begins: magic, separator, and the key of the unsigned transaction.
const BEGINNING: &[u8] = b"psbt\xff\x01\x00";

/// Why a PSBT is refused for its form. Places are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("they do not begin as a PSBT with its transaction does (BIP-174)")]
    NoPsbt,
    #[error("the transaction in them is too large for any node to relay")]
    TooLarge,
    #[error("{0}")]
    Malformed(String),
    #[error("the PSBT carries {0}: build it again without")]
    Global(&'static str),
    #[error("input {input} carries {what}")]
    Input { input: usize, what: &'static str },
    #[error("output {output} carries {what}")]
    Output { output: usize, what: &'static str },
    #[error("input {0} lacks its whole previous transaction, so its amount could be a lie")]
    NoPrevious(usize),
    #[error("input {input}: the previous transaction is {found}, and {expected} is spent")]
    OtherPrevious { input: usize, found: bitcoin::Txid, expected: bitcoin::Txid },
    #[error("input {0} is not said to be of the account's own key, so it is not signed for")]
    NotOurs(usize),
    #[error("output {0} says to be ours, but not by the account's own key: change goes nowhere else")]
    ForeignChange(usize),
    #[error("output {0} says to be change, and lies on the receiving branch")]
    Receiving(usize),
    #[error("output {0} says to be change, and its script is not the account's at the place it names")]
    LyingChange(usize),
    #[error("output {0} carries data (OP_RETURN), which pays nobody")]
    Data(usize),
    #[error("output {0} has a script without an address, or of an unknown witness version")]
    Script(usize),
    #[error("they are not the one encoding of what they say")]
    NotCanonical,
}

/// Reads unsigned bytes of an account, to the last one.
pub(crate) fn read(account: &Account, unsigned: &Unsigned) -> Result<(Holder, Spend, u64), DecodeError> {
    let malformed =
        |why: Refused| DecodeError::Malformed { chain: account.chain.clone(), why: why.to_string() };
    let found = parse(&unsigned.0).map_err(malformed)?;
    check_known(&found)?;
    let holder = Holder::of(account)?;
    let spend = understand(&holder, &found)?;
    let fee = spend.check(&holder).map_err(refused)?;
    let expected = psbt::of(&holder.wallet, &spend);
    compare(&found, &expected)?;
    if expected.serialize() == unsigned.0 {
        Ok((holder, spend, fee))
    } else {
        Err(malformed(Refused::NotCanonical))
    }
}

fn parse(bytes: &[u8]) -> Result<Psbt, Refused> {
    let rest = bytes.strip_prefix(BEGINNING).ok_or(Refused::NoPsbt)?;
    // Room is made for as many maps as the transaction has inputs and outputs: it must be one that could be sent.
    let length = match rest {
        [short @ ..=0xfc, ..] => u64::from(*short),
        [0xfd, low, high, ..] => u64::from(u16::from_le_bytes([*low, *high])),
        [0xfe, a, b, c, d, ..] => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => u64::MAX,
    };
    if length > WEIGHT_LIMIT.to_vbytes_floor() {
        return Err(Refused::TooLarge);
    }
    Psbt::deserialize(bytes).map_err(|error| Refused::Malformed(error.to_string()))
}

/// Refuses whatever has no business in a PSBT that is still to be signed, each in words of its own.
fn check_known(found: &Psbt) -> Result<(), Refused> {
    let global = [
        (found.version != 0, "another version than 0"),
        (!found.xpub.is_empty(), "extended public keys, which the account's descriptor has already"),
        (!found.proprietary.is_empty(), "a proprietary field"),
        (!found.unknown.is_empty(), "a field that is not known here"),
    ];
    if let Some((_, what)) = global.iter().find(|(there, _)| *there) {
        return Err(Refused::Global(what));
    }
    for (input, map) in (1usize..).zip(&found.inputs) {
        if let Some(what) = surplus_of_input(map) {
            return Err(Refused::Input { input, what });
        }
    }
    for (output, map) in (1usize..).zip(&found.outputs) {
        let surplus = [
            (map.tap_tree.is_some(), "a tree of scripts, and the account has none"),
            (!map.proprietary.is_empty(), "a proprietary field"),
            (!map.unknown.is_empty(), "a field that is not known here"),
        ];
        if let Some((_, what)) = surplus.iter().find(|(there, _)| *there) {
            return Err(Refused::Output { output, what });
        }
    }
    Ok(())
}

fn surplus_of_input(map: &Input) -> Option<&'static str> {
    let signed = !map.partial_sigs.is_empty() || map.tap_key_sig.is_some() || !map.tap_script_sigs.is_empty();
    let finalised = map.final_script_sig.is_some() || map.final_script_witness.is_some();
    let preimages = !map.ripemd160_preimages.is_empty()
        || !map.sha256_preimages.is_empty()
        || !map.hash160_preimages.is_empty()
        || !map.hash256_preimages.is_empty();
    let scripts = !map.tap_scripts.is_empty() || map.tap_merkle_root.is_some();
    [
        (signed, "signatures already: only unsigned transactions are read"),
        (finalised, "a finished script or witness: only unsigned transactions are read"),
        (
            map.sighash_type.is_some(),
            "a kind of signature of its own: all sign everything, by the default (SIGHASH_ALL, in Taproot SIGHASH_DEFAULT)",
        ),
        (preimages, "preimages of hashes, and the account has no such script"),
        (scripts, "Taproot scripts, and the account has none"),
        (!map.proprietary.is_empty(), "a proprietary field"),
        (!map.unknown.is_empty(), "a field that is not known here"),
    ]
    .into_iter()
    .find_map(|(there, what)| there.then_some(what))
}

fn understand(holder: &Holder, found: &Psbt) -> Result<Spend, DecodeError> {
    let tx = &found.unsigned_tx;
    let version = u32::try_from(tx.version.0).unwrap_or(u32::MAX);
    let mut coins = Vec::with_capacity(tx.input.len());
    for (number, (input, map)) in (1usize..).zip(tx.input.iter().zip(&found.inputs)) {
        let sequence = input.sequence.0;
        coins.push(coin(holder, number, input.previous_output, sequence, map)?);
    }
    let mut outputs = Vec::with_capacity(tx.output.len());
    for (number, (output, map)) in (1usize..).zip(tx.output.iter().zip(&found.outputs)) {
        outputs.push(if *map == OutputMap::default() {
            payment(holder, number, output)?
        } else {
            change(holder, number, output, map)?
        });
    }
    Ok(Spend { version, locktime: tx.lock_time.to_consensus_u32(), coins, outputs })
}

fn coin(
    holder: &Holder,
    number: usize,
    outpoint: OutPoint,
    sequence: u32,
    map: &Input,
) -> Result<Coin, Refused> {
    let previous: &Transaction = map.non_witness_utxo.as_ref().ok_or(Refused::NoPrevious(number))?;
    let found = previous.compute_txid();
    if found != outpoint.txid {
        return Err(Refused::OtherPrevious { input: number, found, expected: outpoint.txid });
    }
    if previous.input.iter().any(|input| !input.witness.is_empty()) {
        let what = "witnesses in its previous transaction, which its id does not cover: leave them out";
        return Err(Refused::Input { input: number, what });
    }
    let origins = origins(holder, &map.bip32_derivation, &map.tap_key_origins);
    let lock = origins.and_then(|(keychain, index)| holder.wallet.lock(keychain, index));
    Ok(Coin { previous: previous.clone(), outpoint, sequence, lock: lock.ok_or(Refused::NotOurs(number))? })
}

fn payment(holder: &Holder, number: usize, output: &TxOut) -> Result<Output, Refused> {
    let script: &Script = &output.script_pubkey;
    if script.is_op_return() {
        return Err(Refused::Data(number));
    }
    let to = address::of_script(holder.wallet.network, script).ok_or(Refused::Script(number))?;
    Ok(Output::Payment { to, script: script.to_owned(), satoshi: output.value.to_sat() })
}

fn change(holder: &Holder, number: usize, output: &TxOut, map: &OutputMap) -> Result<Output, Refused> {
    let (keychain, index) =
        origins(holder, &map.bip32_derivation, &map.tap_key_origins).ok_or(Refused::ForeignChange(number))?;
    if keychain != Keychain::Change {
        return Err(Refused::Receiving(number));
    }
    let lock: Lock = holder.wallet.lock(keychain, index).ok_or(Refused::ForeignChange(number))?;
    if lock.script != output.script_pubkey {
        return Err(Refused::LyingChange(number));
    }
    Ok(Output::Change { lock: Box::new(lock), satoshi: output.value.to_sat() })
}

/// The place that a map says its keys come from: where the account's own key is.
fn origins<'a, K: 'a, T: 'a, P: 'a>(
    holder: &Holder,
    plain: impl IntoIterator<Item = (&'a K, &'a (Fingerprint, DerivationPath))>,
    tap: impl IntoIterator<Item = (&'a T, &'a (P, (Fingerprint, DerivationPath)))>,
) -> Option<(Keychain, u32)> {
    let own = holder.own_cosigner()?;
    if holder.wallet.kind == Kind::Tr {
        tap.into_iter().find_map(|(_, (_, origin))| own.place(origin))
    } else {
        plain.into_iter().find_map(|(_, origin)| own.place(origin))
    }
}

/// Compares maps with the ones that this codec writes, to say in words what the difference is.
fn compare(found: &Psbt, expected: &Psbt) -> Result<(), Refused> {
    for (input, (found, expected)) in (1usize..).zip(found.inputs.iter().zip(&expected.inputs)) {
        let differences = [
            (
                found.witness_utxo != expected.witness_utxo,
                "another amount or script than the coin it spends has",
            ),
            (found.redeem_script != expected.redeem_script, "another redeem script than the account's"),
            (found.witness_script != expected.witness_script, "another witness script than the account's"),
            (found.bip32_derivation != expected.bip32_derivation, "other keys than the account's"),
            (found.tap_key_origins != expected.tap_key_origins, "other keys than the account's"),
            (found.tap_internal_key != expected.tap_internal_key, "another internal key than the account's"),
        ];
        if let Some((_, what)) = differences.iter().find(|(differs, _)| *differs) {
            return Err(Refused::Input { input, what });
        }
    }
    for (output, (found, expected)) in (1usize..).zip(found.outputs.iter().zip(&expected.outputs)) {
        let differences = [
            (found.redeem_script != expected.redeem_script, "another redeem script than the account's"),
            (found.witness_script != expected.witness_script, "another witness script than the account's"),
            (found.bip32_derivation != expected.bip32_derivation, "other keys than the account's"),
            (found.tap_key_origins != expected.tap_key_origins, "other keys than the account's"),
            (found.tap_internal_key != expected.tap_internal_key, "another internal key than the account's"),
        ];
        if let Some((_, what)) = differences.iter().find(|(differs, _)| *differs) {
            return Err(Refused::Output { output, what });
        }
    }
    // Whatever is left is in how the bytes are written.
    if spend::bytes(&found.unsigned_tx) == spend::bytes(&expected.unsigned_tx) {
        Ok(())
    } else {
        Err(Refused::NotCanonical)
    }
}

impl From<Refused> for DecodeError {
    fn from(refused: Refused) -> Self {
        Self::NotUnderstood(refused.to_string())
    }
}

fn refused(error: SpendError) -> DecodeError {
    match error {
        SpendError::Payee { to, why } => DecodeError::Payee { to, why: why.to_owned() },
        error => DecodeError::NotUnderstood(error.to_string()),
    }
}
