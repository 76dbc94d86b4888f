//! Verifying signatures with libsecp256k1: ECDSA with low S, and Schnorr of a Taproot output's key.

use bitcoin::key::TapTweak;
use bitcoin::secp256k1::{Message, PublicKey, ecdsa, schnorr};
use strongroom_protocol::BadSignature;

use crate::VERIFIER;

/// Bytes of a signature in compact form.
const COMPACT: usize = 64;

/// The ECDSA signature in these 64 bytes, if `key` made it of `digest` and S is low (BIP-62).
pub(crate) fn ecdsa(
    key: &PublicKey,
    digest: [u8; 32],
    compact: &[u8],
) -> Result<ecdsa::Signature, BadSignature> {
    check_length(compact)?;
    let (r, s) = compact.split_at(COMPACT / 2);
    for (name, scalar) in [("r", r), ("s", s)] {
        if scalar.iter().all(|byte| *byte == 0) {
            return Err(BadSignature::Malformed(format!("{name} is zero")));
        }
    }
    let given = ecdsa::Signature::from_compact(compact)
        .map_err(|_| BadSignature::Malformed("r or s is not below the order of the curve".to_owned()))?;
    let mut low = given;
    low.normalize_s();
    if low != given {
        return Err(BadSignature::HighS);
    }
    let message = Message::from_digest(digest);
    VERIFIER.verify_ecdsa(&message, &given, key).map(|()| given).map_err(|_| BadSignature::Wrong)
}

/// The Schnorr signature in these 64 bytes (BIP-340), if the output key that `internal` makes with an empty script tree
/// (BIP-341) made it of `digest`.
pub(crate) fn taproot(
    internal: &PublicKey,
    digest: [u8; 32],
    compact: &[u8],
) -> Result<schnorr::Signature, BadSignature> {
    check_length(compact)?;
    let given = schnorr::Signature::from_slice(compact)
        .map_err(|error| BadSignature::Malformed(error.to_string()))?;
    let (output, _) = internal.x_only_public_key().0.tap_tweak(&*VERIFIER, None);
    let message = Message::from_digest(digest);
    VERIFIER
        .verify_schnorr(&given, &message, &output.to_x_only_public_key())
        .map(|()| given)
        .map_err(|_| BadSignature::Wrong)
}

fn check_length(compact: &[u8]) -> Result<(), BadSignature> {
    if compact.len() == COMPACT {
        return Ok(());
    }
    let why = format!("it has {} bytes, where a compact signature has {COMPACT}", compact.len());
    Err(BadSignature::Malformed(why))
}

#[cfg(test)]
mod tests {
    use bitcoin::hex::FromHex;

    use super::*;

    /// BIP-341, `wallet-test-vectors.json`, the first key path spent: an internal key with no scripts.
    #[test]
    fn a_key_path_of_the_standard_verifies_and_no_bit_of_it_is_free() {
        let x = "d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d";
        let digest = "2514a6272f85cfa0f45eb907fcb0d121b808ed37c6ea160a5a9046ed5526d555";
        let signature = "ed7c1647cb97379e76892be0cacff57ec4a7102aa24296ca39af7541246d8ff1\
                         4d38958d4cc1e2e478e4d4a764bbfd835b16d4e314b72937b29833060b87276c";
        let digest = <[u8; 32]>::from_hex(digest).unwrap();
        let signature = Vec::from_hex(signature).unwrap();
        // Whichever y the derived key had: only its x counts.
        for parity in ["02", "03"] {
            let internal = format!("{parity}{x}").parse().unwrap();
            taproot(&internal, digest, &signature).unwrap();
            for bit in 0..512 {
                let mut other = signature.clone();
                other[bit / 8] ^= 1 << (bit % 8);
                assert!(taproot(&internal, digest, &other).is_err(), "bit {bit}");
            }
            let mut other = digest;
            other[31] ^= 1;
            assert_eq!(taproot(&internal, other, &signature), Err(BadSignature::Wrong));
        }
    }
}
