//! The one PSBT of a transaction (BIP-174 version 0, BIP-371): what every signer needs, and nothing else.
//!
//! Every input carries its whole previous transaction, Taproot's too. A Taproot signature commits to all amounts, so a
//! lie about them makes it worthless; but with the transaction there is one way for every reader here to know an amount,
//! by the hash in the outpoint. Signers that need no more than the spent output find that too.

use bitcoin::bip32::{DerivationPath, Fingerprint};
use bitcoin::psbt::{Input, Output as OutputMap};
use bitcoin::secp256k1::{PublicKey, XOnlyPublicKey};
use bitcoin::taproot::TapLeafHash;
use bitcoin::{Psbt, TxOut};
use std::collections::BTreeMap;

use crate::lock::Lock;
use crate::spend::{Coin, Output, Spend};
use crate::wallet::{Kind, Wallet};

/// Where a key comes from.
type Origin = (Fingerprint, DerivationPath);
/// Where each key of a script comes from.
type Origins = BTreeMap<PublicKey, Origin>;
/// The same for Taproot, with the leaves that a key is in: none.
type TapOrigins = BTreeMap<XOnlyPublicKey, (Vec<TapLeafHash>, Origin)>;

/// The PSBT of a transaction of a wallet.
pub(crate) fn of(wallet: &Wallet, spend: &Spend) -> Psbt {
    Psbt {
        unsigned_tx: spend.transaction(),
        version: 0,
        xpub: BTreeMap::new(),
        proprietary: BTreeMap::new(),
        unknown: BTreeMap::new(),
        inputs: spend.coins.iter().map(|coin| input(wallet, coin)).collect(),
        outputs: spend.outputs.iter().map(|output| output_map(wallet, output)).collect(),
    }
}

fn input(wallet: &Wallet, coin: &Coin) -> Input {
    let (bip32_derivation, tap_key_origins) = origins(wallet, &coin.lock);
    let witness_utxo: Option<TxOut> = if wallet.kind.is_segwit() { coin.output().cloned() } else { None };
    Input {
        non_witness_utxo: Some(coin.previous.clone()),
        witness_utxo,
        redeem_script: coin.lock.redeem.clone(),
        witness_script: coin.lock.witness.clone(),
        bip32_derivation,
        tap_key_origins,
        tap_internal_key: coin.lock.internal_key(),
        ..Input::default()
    }
}

/// A payment's map is empty. The change's tells where its keys come from, so that every signer can derive it again.
fn output_map(wallet: &Wallet, output: &Output) -> OutputMap {
    let Output::Change { lock, .. } = output else { return OutputMap::default() };
    let (bip32_derivation, tap_key_origins) = origins(wallet, lock);
    OutputMap {
        redeem_script: lock.redeem.clone(),
        witness_script: lock.witness.clone(),
        bip32_derivation,
        tap_key_origins,
        tap_internal_key: lock.internal_key(),
        ..OutputMap::default()
    }
}

fn origins(wallet: &Wallet, lock: &Lock) -> (Origins, TapOrigins) {
    let keys = wallet.cosigners.iter().zip(&lock.keys);
    let origins = keys.map(|(cosigner, key)| (*key, cosigner.origin(lock.keychain, lock.index)));
    if wallet.kind == Kind::Tr {
        let tap = origins.map(|(key, origin)| (key.x_only_public_key().0, (Vec::new(), origin)));
        (Origins::new(), tap.collect())
    } else {
        (origins.collect(), TapOrigins::new())
    }
}
