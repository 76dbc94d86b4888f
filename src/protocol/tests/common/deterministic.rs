//! Somebody else's CBOR: bytes are read by `ciborium`, put into the core deterministic form of RFC 8949 §4.2.1 here, and written
//! by `ciborium` again.

use ciborium::Value;

/// The core deterministic form of a value: no floats, shortest bignums, table keys in the order of their bytes, each once.
fn deterministic(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(deterministic).collect()),
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries
                .into_iter()
                .map(|(key, value)| {
                    let key = deterministic(key);
                    (write(&key), key, deterministic(value))
                })
                .collect();
            entries.sort_by(|one, next| one.0.cmp(&next.0));
            for pair in entries.windows(2) {
                assert_ne!(pair[0].0, pair[1].0, "a key stands twice");
            }
            Value::Map(entries.into_iter().map(|(_, key, value)| (key, value)).collect())
        }
        // §3.4.3: a bignum has no leading zeros, and what fits a plain integer is one.
        Value::Tag(2, content) => {
            let bytes = content.into_bytes().expect("a bignum's content is bytes");
            let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            if digits.len() <= 8 {
                Value::Integer(digits.iter().fold(0u64, |sum, digit| sum << 8 | u64::from(*digit)).into())
            } else {
                Value::Tag(2, Box::new(Value::Bytes(digits)))
            }
        }
        Value::Tag(tag, _) => panic!("tag {tag} has no place here"),
        Value::Float(_) => panic!("a float"),
        plain => plain,
    }
}

fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The same item in core deterministic form, written by other code than ours.
pub fn rewritten(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    let value: Value = ciborium::from_reader(&mut rest).expect("other code cannot read this");
    assert!(rest.is_empty(), "other code leaves {} bytes", rest.len());
    write(&deterministic(value))
}

/// Every byte string inside some CBOR that holds CBOR of ours itself: sealed documents, packed requests.
pub fn nested(bytes: &[u8]) -> Vec<Vec<u8>> {
    fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Value::Map(entries) => {
                for (key, value) in entries {
                    collect(key, found);
                    collect(value, found);
                }
            }
            Value::Tag(_, content) => collect(content, found),
            Value::Bytes(bytes) if strongroom_protocol::canonical::schema(bytes).is_some() => {
                found.push(bytes.clone());
                found.extend(nested(bytes));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&ciborium::from_reader(bytes).unwrap(), &mut found);
    found
}
