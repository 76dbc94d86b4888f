//! Verifying an ECDSA signature the way the chain does: by recovering the key that made it.

use std::sync::LazyLock;

use alloy_primitives as evm;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId, Signature};
use secp256k1::{Message, PublicKey, Secp256k1, VerifyOnly};
use strongroom_protocol::BadSignature;

/// libsecp256k1's context. Making one costs as much as a verification, and it never changes.
static VERIFIER: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

/// The y parities that Ethereum can write down. The other two recovery ids of SEC 1 §4.1.6 are of points whose x is
/// not below the curve's order, and no transaction can carry them (Yellow Paper, appendix F).
const PARITIES: [(i32, bool); 2] = [(0, false), (1, true)];

/// The signature of `digest` by `key`, with the parity that recovers that key.
///
/// Recovery computes the only key for which the signature holds, so a recovered key that equals the account's is a
/// verification, and the very one that nodes do.
pub(crate) fn verify(
    key: &PublicKey,
    digest: [u8; 32],
    compact: &[u8],
) -> Result<evm::Signature, BadSignature> {
    let compact = sized(compact)?;
    check_scalars(compact)?;
    let message = Message::from_digest(digest);
    for (id, parity) in PARITIES {
        let recoverable = RecoveryId::from_i32(id)
            .and_then(|id| RecoverableSignature::from_compact(compact, id))
            .map_err(|error| BadSignature::Malformed(error.to_string()))?;
        // Half of all r are of no point with this parity, or recover another key: both mean the other parity.
        if VERIFIER.recover_ecdsa(&message, &recoverable).is_ok_and(|recovered| recovered == *key) {
            return Ok(evm::Signature::from_bytes_and_parity(compact, parity));
        }
    }
    Err(BadSignature::Wrong)
}

/// Whether `digest` is signed by `key` in a way that a transaction can carry, without looking for the parity: one
/// verification instead of one or two recoveries.
///
/// The two answer alike but for points whose x is not below the order, which only recovery tells apart; their r is
/// below 2¹²⁹ (SEC 1 §4.1.6), so whatever has such a small r is recovered.
pub(crate) fn check(key: &PublicKey, digest: [u8; 32], compact: &[u8]) -> Result<(), BadSignature> {
    let bytes = sized(compact)?;
    if bytes.iter().take(15).all(|byte| *byte == 0) {
        return verify(key, digest, compact).map(drop);
    }
    let signature = check_scalars(bytes)?;
    VERIFIER.verify_ecdsa(&Message::from_digest(digest), &signature, key).map_err(|_| BadSignature::Wrong)
}

fn sized(compact: &[u8]) -> Result<&[u8; 64], BadSignature> {
    compact
        .try_into()
        .map_err(|_| BadSignature::Malformed(format!("it has {} bytes where r and s have 64", compact.len())))
}

/// SEC 1 §4.1.4: r and s from 1 to the order less one. EIP-2: s at most half the order.
fn check_scalars(compact: &[u8; 64]) -> Result<Signature, BadSignature> {
    let (r, s) = compact.split_at(32);
    for (name, scalar) in [("r", r), ("s", s)] {
        if scalar.iter().all(|byte| *byte == 0) {
            return Err(BadSignature::Malformed(format!("{name} is zero")));
        }
    }
    let given = Signature::from_compact(compact)
        .map_err(|_| BadSignature::Malformed("r or s is not below the order of the curve".to_owned()))?;
    let mut low = given;
    low.normalize_s();
    if low == given { Ok(given) } else { Err(BadSignature::HighS) }
}
