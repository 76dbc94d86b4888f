//! Our idea of the canonical form, against somebody else's code (RFC 8949 §4.2.1).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use ciborium::Value;
use common::deterministic::{nested, rewritten};
use common::samples::{account, empty_reply, pack, plan, reply, request, seal, small_plan, small_request};
use common::signer::Key;
use strongroom_protocol::{Amount, Document, Plan, canonical};

/// A document in other code's deterministic form is byte for byte ours, and so is every document inside it.
fn agree<T: Document>(value: &T) -> usize {
    let bytes = canonical::encode(value);
    assert_eq!(rewritten(&bytes), bytes, "{}", T::SCHEMA);
    let inner = nested(&bytes);
    for document in &inner {
        assert_eq!(rewritten(document), *document, "inside {}", T::SCHEMA);
    }
    inner.len()
}

#[test]
fn other_code_writes_every_document_as_we_do() {
    assert_eq!(agree(&account(1)), 0);
    assert_eq!(agree(&plan()), 0);
    assert_eq!(agree(&small_plan()), 0);
    assert_eq!(agree(&reply()), 0);
    assert_eq!(agree(&empty_reply()), 0);
    assert_eq!(agree(&request()), 1, "the sealed plan");
    assert_eq!(agree(&small_request()), 1);
    assert_eq!(agree(&pack()), 2, "the request and its sealed plan");
    for key in Key::each(1) {
        assert_eq!(agree(&seal(&plan(), &key)), 1);
        assert_eq!(agree(&seal(&account(1), &key)), 1);
        assert_eq!(agree(&seal(&reply(), &key)), 1);
    }
}

#[test]
fn amounts_of_every_length_are_written_as_other_code_does() {
    for bits in 0..=256u32 {
        let edge = Amount::from_base_units(if bits == 256 {
            ruint::aliases::U256::MAX
        } else {
            ruint::aliases::U256::from(1) << bits
        });
        for amount in [Some(edge), edge.checked_sub(Amount::from(1u64)), edge.checked_add(Amount::from(1u64))]
        {
            let Some(amount) = amount else { continue };
            let bytes = minicbor::to_vec(amount).unwrap();
            assert_eq!(rewritten(&bytes), bytes, "{amount}");
            assert_eq!(minicbor::decode::<Amount>(&bytes).unwrap(), amount);
        }
    }
}

#[test]
fn the_comparison_itself_notices_other_forms() {
    let long = [0x82, 0x18, 5, 0x19, 0, 100];
    assert_eq!(rewritten(&long), [0x82, 5, 0x18, 100]);
    assert_eq!(rewritten(&[0x9f, 1, 0xff]), [0x81, 1]);
    assert_eq!(rewritten(&[0xa2, 2, 0, 1, 0]), [0xa2, 1, 0, 2, 0]);
    assert_eq!(rewritten(&[0xc2, 0x42, 0, 5]), [5]);
}

/// A body in other code's hands: read, altered, written.
fn altered(plan: &Plan, alter: impl Fn(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let mut value: Value = ciborium::from_reader(canonical::encode(plan).as_slice()).unwrap();
    alter(value.as_array_mut().unwrap()[1].as_map_mut().unwrap());
    let mut bytes = Vec::new();
    ciborium::into_writer(&value, &mut bytes).unwrap();
    bytes
}

#[test]
fn what_other_code_may_write_and_we_do_not_is_refused() {
    let plan = plan();
    let refused = |bytes: &[u8], what: &str| {
        let refusal = canonical::decode::<Plan>(bytes);
        assert!(refusal.is_err(), "{what} passed");
    };
    assert_eq!(altered(&plan, |_| {}), canonical::encode(&plan), "unaltered it is the same");
    refused(&altered(&plan, |body| body.swap(0, 1)), "fields in disorder");
    refused(&altered(&plan, |body| body.push(body[0].clone())), "a field given twice");
    refused(&altered(&plan, |body| body.push((6.into(), Value::Null))), "an unknown field");
    refused(&altered(&plan, |body| body.push((Value::from(-1), Value::Null))), "a negative field");
    refused(&altered(&plan, |body| body.push(("x".into(), Value::Null))), "a field with a text for a number");
    refused(&altered(&plan, |body| drop(body.remove(0))), "a missing field");
    refused(&altered(&plan, |body| body[5].1 = Value::Null), "an absent field written down");
    refused(&altered(&plan, |body| body[3].1 = Value::Float(1.8e9)), "a float for a time");
    refused(&altered(&plan, |body| body[3].1 = Value::from(-1)), "a negative time");
    refused(&altered(&plan, |body| body[2].1 = Value::Bytes(b"alice".to_vec())), "bytes for a text");
    refused(&altered(&plan, |body| body[0].1 = Value::Bytes(vec![0; 31])), "a short id");
    refused(&altered(&plan, |body| body[0].1 = Value::Bytes(vec![0; 33])), "a long id");
    refused(&altered(&plan, |body| body[0].1 = Value::Tag(24, Box::new(body[0].1.clone()))), "a tag");
    refused(
        &altered(&plan, |body| body[4].1.as_array_mut().unwrap().push(Value::Null)),
        "an intent of nothing",
    );
}
