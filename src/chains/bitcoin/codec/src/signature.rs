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
