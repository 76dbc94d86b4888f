//! Signatures that must not be put into a transaction, and those that must.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    dead_code,
    unreachable_pub,
    reason = "a test"
)]

mod common;

use alloy_consensus::{SignableTransaction as _, TxEnvelope};
use alloy_eips::eip2718::Decodable2718 as _;
use alloy_primitives::{U256, keccak256, uint};
use common::{Numbers, account, account_of, build, decode, eip1559, facts, key, legacy, pay, sign};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, Secp256k1};
use strongroom_evm_codec::transaction_hash;
use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{Account, Amount, BadSignature, RawTx, Signature, Tx};

/// The order of the curve (SEC 2 §2.4.1).
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

const STRANGER: &str = "0x3535353535353535353535353535353535353535";

fn treasury() -> Account {
    account("eip155:1", &key(0x46))
}

fn payment(account: &Account, nonce: u64) -> Box<dyn Tx> {
    let paid = pay("eip155:1/slip44:60", STRANGER, Amount::from(1u64));
    decode(account, &build(account, paid, &facts(nonce)).unwrap().0).unwrap()
}

fn scalars(signature: &Signature) -> (U256, U256) {
    (U256::from_be_slice(&signature.0[..32]), U256::from_be_slice(&signature.0[32..]))
}

fn compact(r: U256, s: U256) -> Signature {
    Signature([r.to_be_bytes::<32>(), s.to_be_bytes::<32>()].concat())
}

#[test]
fn what_is_assembled_is_what_was_decoded_with_either_parity() {
    let mut seen = [0u32; 2];
    for nonce in 0..16 {
        for (chain, native, id) in
            [("eip155:1", "eip155:1/slip44:60", 1), ("eip155:137", "eip155:137/slip44:966", 137)]
        {
            let account = account(chain, &key(0x46));
            for facts in [eip1559(nonce, 21_000, 30, 2), legacy(nonce, 21_000, 30)] {
                let unsigned = build(&account, pay(native, STRANGER, Amount::from(1u64)), &facts).unwrap();
                let tx = decode(&account, &unsigned.0).unwrap();
                let [task] = tx.tasks() else { panic!("one task was expected") };
                assert_eq!(task.scheme, Scheme::EcdsaSecp256k1);
                assert_eq!(task.digest, keccak256(&unsigned.0).0);
                let signature = sign(&key(0x46), tx.as_ref());
                let raw = answer(tx.as_ref(), std::slice::from_ref(&signature)).unwrap();

                let mut rest = raw.0.as_slice();
                let again = TxEnvelope::decode_2718(&mut rest).unwrap();
                assert!(rest.is_empty());
                let (payload, put_in) = match &again {
                    TxEnvelope::Legacy(signed) => {
                        assert_eq!(signed.tx().chain_id, Some(id));
                        (signed.tx().encoded_for_signing(), *signed.signature())
                    }
                    TxEnvelope::Eip1559(signed) => (signed.tx().encoded_for_signing(), *signed.signature()),
                    other => panic!("{other:?}"),
                };
                assert_eq!(payload, unsigned.0);
                assert_eq!((put_in.r(), put_in.s()), scalars(&signature));
                assert_eq!(again.tx_hash().as_slice(), transaction_hash(&raw).as_bytes());

                // What a node does: recover the sender.
                let recovery = RecoveryId::from_i32(i32::from(put_in.v())).unwrap();
                let recoverable = RecoverableSignature::from_compact(&signature.0, recovery).unwrap();
                let recovered = Secp256k1::verification_only()
                    .recover_ecdsa(&Message::from_digest(task.digest), &recoverable)
                    .unwrap();
                assert_eq!(recovered.serialize().as_slice(), account.key.public_key);
                seen[usize::from(put_in.v())] += 1;
            }
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "both parities must have been tried: {seen:?}");
}

/// What assembling answers; verifying alone must answer the same.
fn answer(tx: &dyn Tx, signatures: &[Signature]) -> Result<RawTx, BadSignature> {
    let assembled = tx.assemble(signatures);
    assert_eq!(tx.verify(signatures), assembled.clone().map(drop));
    assembled
}

#[test]
fn none_or_two_signatures() {
    let tx = payment(&treasury(), 7);
    let good = sign(&key(0x46), tx.as_ref());
    assert_eq!(answer(tx.as_ref(), &[]), Err(BadSignature::Count { expected: 1, found: 0 }));
    assert_eq!(
        answer(tx.as_ref(), &[good.clone(), good]),
        Err(BadSignature::Count { expected: 1, found: 2 })
    );
}

#[test]
fn other_lengths() {
    let tx = payment(&treasury(), 7);
    let good = sign(&key(0x46), tx.as_ref()).0;
    for bad in
        [Vec::new(), good[..63].to_vec(), [good.as_slice(), &[0]].concat(), [good.as_slice(), &good].concat()]
    {
        let length = bad.len();
        let refused = answer(tx.as_ref(), &[Signature(bad)]).unwrap_err();
        let words = format!("it has {length} bytes where r and s have 64");
        assert_eq!(refused, BadSignature::Malformed(words));
    }
}

#[test]
fn high_s() {
    let tx = payment(&treasury(), 7);
    let (r, s) = scalars(&sign(&key(0x46), tx.as_ref()));
    assert_eq!(answer(tx.as_ref(), &[compact(r, ORDER - s)]), Err(BadSignature::HighS));
    // The border: half the order is the last low one.
    let half = ORDER >> 1;
    assert_eq!(answer(tx.as_ref(), &[compact(r, half + U256::ONE)]), Err(BadSignature::HighS));
    assert_eq!(answer(tx.as_ref(), &[compact(r, half)]), Err(BadSignature::Wrong));
}

#[test]
fn scalars_out_of_range() {
    let tx = payment(&treasury(), 7);
    let (r, s) = scalars(&sign(&key(0x46), tx.as_ref()));
    for (bad, words) in [
        (compact(U256::ZERO, U256::ZERO), "r is zero"),
        (compact(U256::ZERO, s), "r is zero"),
        (compact(r, U256::ZERO), "s is zero"),
        (compact(ORDER, s), "not below the order"),
        (compact(r, ORDER), "not below the order"),
        (compact(r, ORDER + U256::ONE), "not below the order"),
        (compact(U256::MAX, U256::MAX), "not below the order"),
    ] {
        let refused = answer(tx.as_ref(), &[bad]).unwrap_err();
        assert!(matches!(&refused, BadSignature::Malformed(why) if why.contains(words)), "{refused:?}");
    }
}

#[test]
fn another_key_another_transaction_and_scalars_changed_places() {
    let tx = payment(&treasury(), 7);
    let good = sign(&key(0x46), tx.as_ref());
    let (r, s) = scalars(&good);
    assert_eq!(answer(tx.as_ref(), &[sign(&key(0x47), tx.as_ref())]), Err(BadSignature::Wrong));
    assert_eq!(
        answer(tx.as_ref(), &[sign(&key(0x46), payment(&treasury(), 8).as_ref())]),
        Err(BadSignature::Wrong)
    );
    // r may be above half the order, where it is no s.
    let swapped = answer(tx.as_ref(), &[compact(s, r)]).unwrap_err();
    assert!(matches!(swapped, BadSignature::Wrong | BadSignature::HighS), "{swapped:?}");
    let reversed = good.0.iter().rev().copied().collect();
    assert!(answer(tx.as_ref(), &[Signature(reversed)]).is_err());
    assert!(answer(tx.as_ref(), &[good]).is_ok());
}

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    let tx = payment(&treasury(), 7);
    let good = sign(&key(0x46), tx.as_ref()).0;
    for bit in 0..512 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(answer(tx.as_ref(), &[Signature(bad)]).is_err(), "bit {bit}");
    }
}

/// r may stand for a point whose x is r plus the order. Such a signature verifies as ECDSA, but Ethereum has no
/// parity for it, and no node would take the transaction. The key is made to fit the signature.
#[test]
fn a_signature_that_verifies_but_that_no_transaction_can_carry() {
    let secp = Secp256k1::verification_only();
    let two = RecoveryId::from_i32(2).unwrap();
    let first = payment(&treasury(), 7);
    let mut crafted = 0;
    for r in 1u64..40 {
        let signature = compact(U256::from(r), U256::from(7u8));
        let recoverable = RecoverableSignature::from_compact(&signature.0, two).unwrap();
        // The digest does not depend on the key: only the address of the account does, and it is not in the bytes.
        let message = Message::from_digest(first.tasks()[0].digest);
        let Ok(owner) = secp.recover_ecdsa(&message, &recoverable) else { continue };
        let account = account_of("eip155:1", owner.serialize().to_vec());
        let tx = payment(&account, 7);
        assert_eq!(tx.tasks(), first.tasks());
        assert!(secp.verify_ecdsa(&message, &recoverable.to_standard(), &owner).is_ok(), "it is valid ECDSA");
        assert_eq!(answer(tx.as_ref(), &[signature]), Err(BadSignature::Wrong));
        crafted += 1;
    }
    assert!(crafted > 5, "only {crafted} such signatures were found");
}

#[test]
fn assembling_agrees_with_plain_verification() {
    let secp = Secp256k1::verification_only();
    let mut numbers = Numbers(5);
    for round in 0..200u64 {
        let signer = key(u8::try_from(1 + numbers.below(3)).unwrap());
        let owner = key(u8::try_from(1 + numbers.below(3)).unwrap());
        let account = account("eip155:1", &owner);
        let tx = payment(&account, round);
        let mut signature = sign(&signer, tx.as_ref());
        if numbers.below(4) == 0 {
            let place = usize::try_from(numbers.below(64)).unwrap();
            signature.0[place] = signature.0[place].wrapping_add(1);
        }
        let message = Message::from_digest(tx.tasks()[0].digest);
        let key = secp256k1::PublicKey::from_slice(&account.key.public_key).unwrap();
        // libsecp256k1 refuses a high S here, as we do.
        let verifies = secp256k1::ecdsa::Signature::from_compact(&signature.0)
            .is_ok_and(|plain| secp.verify_ecdsa(&message, &plain, &key).is_ok());
        assert_eq!(answer(tx.as_ref(), &[signature]).is_ok(), verifies, "round {round}");
    }
}
