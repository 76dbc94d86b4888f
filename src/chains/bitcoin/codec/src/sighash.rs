//! What each input's signature is over. Always everything: `SIGHASH_ALL`, or `SIGHASH_DEFAULT` in Taproot.

use bitcoin::hashes::Hash;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::{EcdsaSighashType, TapSighashType, Transaction, TxOut};

use crate::lock::Lock;
use crate::spend::Spend;
use crate::wallet::Kind;

/// The 32 bytes that each input's keys sign; none if an input has no output to spend, which a checked one has.
pub(crate) fn digests(kind: Kind, transaction: &Transaction, spend: &Spend) -> Option<Vec<[u8; 32]>> {
    let outputs: Vec<TxOut> =
        spend.coins.iter().map(|coin| coin.output().cloned()).collect::<Option<Vec<_>>>()?;
    let mut cache = SighashCache::new(transaction);
    let mut digests = Vec::with_capacity(outputs.len());
    for (input, (coin, output)) in spend.coins.iter().zip(&outputs).enumerate() {
        let lock: &Lock = &coin.lock;
        let all = EcdsaSighashType::All;
        digests.push(match kind {
            Kind::Pkh => cache.legacy_signature_hash(input, &lock.script, all.to_u32()).ok()?.to_byte_array(),
            Kind::Wpkh | Kind::ShWpkh => {
                let program = lock.redeem.as_ref().unwrap_or(&lock.script);
                cache.p2wpkh_signature_hash(input, program, output.value, all).ok()?.to_byte_array()
            }
            Kind::WshSortedMulti | Kind::ShWshSortedMulti => {
                let script = lock.witness.as_ref()?;
                cache.p2wsh_signature_hash(input, script, output.value, all).ok()?.to_byte_array()
            }
            Kind::Tr => {
                let all = Prevouts::All(outputs.as_slice());
                let default = TapSighashType::Default;
                cache.taproot_key_spend_signature_hash(input, &all, default).ok()?.to_byte_array()
            }
        });
    }
    Some(digests)
}
