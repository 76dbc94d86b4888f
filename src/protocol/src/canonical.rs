//! One encoding for one value: deterministic CBOR (RFC 8949 §4.2), checked by writing it again.
//!
//! `minicbor` accepts duplicate keys, disorder, long integers, indefinite lengths and trailing bytes. So every document
//! is decoded, encoded again and compared with the input: what differs in any byte is refused. The comparison
//! runs against the input itself and needs no second copy.

use std::convert::Infallible;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// A thing with an encoding, an id and a place in files: a two-element array of schema and body.
pub trait Document: Encode<()> + for<'b> Decode<'b, ()> {
    /// Name and version, such as `strongroom.plan.v1`. It is inside the bytes, so it separates the ids of kinds.
    const SCHEMA: &'static str;
    /// The largest encoding accepted, in bytes.
    const LIMIT: usize;
}

/// Why bytes are not the document they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// Larger than such a document may be.
    #[error("a {schema} of {found} bytes is too large: {limit} bytes are accepted")]
    TooLarge {
        /// What it should be.
        schema: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Another kind of document, or another version.
    #[error("this is a {found:?}, not a {expected}")]
    OtherSchema {
        /// Schema found.
        found: String,
        /// Schema expected.
        expected: &'static str,
    },
    /// Not CBOR of this shape, or a value in it is refused.
    #[error("the {schema} is malformed at byte {position}: {why}")]
    Malformed {
        /// What it should be.
        schema: &'static str,
        /// Where, in bytes from the start of the document.
        position: usize,
        /// What is wrong there.
        why: String,
    },
    /// Bytes after the end.
    #[error("{count} bytes follow the end of the {schema}")]
    Trailing {
        /// What it should be.
        schema: &'static str,
        /// How many.
        count: usize,
    },
    /// The same value has another, canonical encoding.
    #[error("the {schema} is not in canonical form (RFC 8949 §4.2): it differs at byte {position}")]
    NotCanonical {
        /// What it should be.
        schema: &'static str,
        /// The first differing byte.
        position: usize,
    },
}

/// Writes a document's exact bytes.
pub fn encode<T: Document>(value: &T) -> Vec<u8> {
    encode_after(Vec::new(), value)
}

/// Writes a document's exact bytes behind others, so that a large one need not be copied to stand there. If nothing
/// follows them, the document has no encoding.
pub fn encode_after<T: Document>(mut bytes: Vec<u8>, value: &T) -> Vec<u8> {
    let before = bytes.len();
    // Writing to a Vec cannot fail, and no type here refuses to be encoded.
    if write(value, &mut bytes).is_err() {
        bytes.truncate(before);
    }
    bytes
}

fn write<T: Document, W: Write>(value: &T, sink: W) -> Result<(), minicbor::encode::Error<W::Error>> {
    Encoder::new(sink).array(2)?.str(T::SCHEMA)?.encode(value)?.ok()
}

/// Reads a document and insists on its canonical form.
///
/// # Errors
/// [`DocumentError`], naming the first thing that is wrong and where.
pub fn decode<T: Document>(bytes: &[u8]) -> Result<T, DocumentError> {
    let schema = T::SCHEMA;
    if bytes.len() > T::LIMIT {
        return Err(DocumentError::TooLarge { schema, found: bytes.len(), limit: T::LIMIT });
    }
    let mut decoder = Decoder::new(bytes);
    let malformed = |error: &minicbor::decode::Error, at: usize| DocumentError::Malformed {
        schema,
        position: error.position().unwrap_or(at),
        why: error.to_string(),
    };
    let found = read_schema(&mut decoder).map_err(|error| malformed(&error, 0))?;
    if found != schema {
        return Err(DocumentError::OtherSchema { found: found.chars().take(60).collect(), expected: schema });
    }
    let value: T = decoder.decode().map_err(|error| malformed(&error, decoder.position()))?;
    let count = bytes.len().saturating_sub(decoder.position());
    if count > 0 {
        return Err(DocumentError::Trailing { schema, count });
    }
    let mut comparison = Comparison { rest: bytes, same: true };
    let written = write(&value, &mut comparison);
    if written.is_err() || !comparison.same || !comparison.rest.is_empty() {
        let position = bytes.len().saturating_sub(comparison.rest.len());
        return Err(DocumentError::NotCanonical { schema, position });
    }
    Ok(value)
}

/// The most elements that room is made for before they are there.
const ROOM: usize = 8;

/// Reads a list into as much memory as a short one needs. Growing step by step makes room for four elements at once,
/// and most of the many lists in a large request have one.
pub(crate) fn decode_list<'b, C, T: Decode<'b, C>>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Vec<T>, minicbor::decode::Error> {
    let elements = d.array_iter_with(ctx)?;
    // What a list says of its length is believed only up to a little.
    let mut list = Vec::with_capacity(elements.size_hint().0.min(ROOM));
    for element in elements {
        list.push(element?);
    }
    Ok(list)
}

/// The schema that some bytes begin with, if they begin with one.
pub fn schema(bytes: &[u8]) -> Option<&str> {
    read_schema(&mut Decoder::new(bytes)).ok()
}

fn read_schema<'b>(decoder: &mut Decoder<'b>) -> Result<&'b str, minicbor::decode::Error> {
    match decoder.array()? {
        Some(2) => decoder.str(),
        _ => Err(minicbor::decode::Error::message("a document is an array of schema and body")),
    }
}

/// Compares what is written with what was read; `rest` stays at the first difference.
struct Comparison<'a> {
    rest: &'a [u8],
    same: bool,
}

impl Write for Comparison<'_> {
    type Error = Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        if self.same {
            match self.rest.strip_prefix(bytes) {
                Some(rest) => self.rest = rest,
                None => self.same = false,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Sample {
        #[n(0)]
        number: u64,
        #[n(1)]
        optional: Option<u64>,
        #[n(2)]
        table: BTreeMap<u64, u64>,
    }

    impl Document for Sample {
        const SCHEMA: &'static str = "test.v1";
        const LIMIT: usize = 100;
    }

    fn with_body(body: &[u8]) -> Vec<u8> {
        [&[0x82, 0x67][..], b"test.v1", body].concat()
    }

    #[test]
    fn the_canonical_form_is_accepted() {
        let value = Sample { number: 5, optional: None, table: BTreeMap::from([(1, 2), (3, 4)]) };
        let bytes = encode(&value);
        assert_eq!(bytes, with_body(&[0xa2, 0, 5, 2, 0xa2, 1, 2, 3, 4]));
        assert_eq!(decode::<Sample>(&bytes).unwrap(), value);
        assert_eq!(schema(&bytes), Some("test.v1"));
    }

    #[test]
    fn every_other_writing_of_the_same_value_is_refused() {
        for (body, what) in [
            (&[0xa2, 0, 0x18, 5, 2, 0xa2, 1, 2, 3, 4][..], "a long integer"),
            (&[0xa2, 2, 0xa2, 1, 2, 3, 4, 0, 5], "fields in disorder"),
            (&[0xa3, 0, 5, 0, 5, 2, 0xa2, 1, 2, 3, 4], "a duplicate field"),
            (&[0xa2, 0, 5, 2, 0xa2, 3, 4, 1, 2], "a table in disorder"),
            (&[0xa2, 0, 5, 2, 0xa3, 1, 2, 1, 2, 3, 4], "a duplicate key"),
            (&[0xbf, 0, 5, 2, 0xa2, 1, 2, 3, 4, 0xff], "an indefinite length"),
            (&[0xa3, 0, 5, 1, 0xf6, 2, 0xa2, 1, 2, 3, 4], "an explicit null"),
            (&[0xa3, 0, 5, 2, 0xa2, 1, 2, 3, 4, 9, 9], "an unknown field"),
        ] {
            let refusal = decode::<Sample>(&with_body(body));
            assert!(matches!(refusal, Err(DocumentError::NotCanonical { .. })), "{what}: {refusal:?}");
        }
    }

    /// Reads one byte and writes two.
    #[derive(Debug, PartialEq)]
    struct Growing(u8);

    impl<C> Encode<C> for Growing {
        fn encode<W: Write>(
            &self,
            e: &mut Encoder<W>,
            _: &mut C,
        ) -> Result<(), minicbor::encode::Error<W::Error>> {
            e.u8(self.0)?.u8(self.0)?.ok()
        }
    }

    impl<'b, C> Decode<'b, C> for Growing {
        fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
            d.u8().map(Self)
        }
    }

    impl Document for Growing {
        const SCHEMA: &'static str = "test.v1";
        const LIMIT: usize = 100;
    }

    #[test]
    fn an_input_that_would_be_written_longer_is_refused() {
        let refusal = decode::<Growing>(&with_body(&[5]));
        assert!(matches!(refusal, Err(DocumentError::NotCanonical { position: 10, .. })), "{refusal:?}");
    }

    #[test]
    fn a_list_takes_the_room_it_needs_and_no_more_than_it_fills() {
        let read = |bytes: &[u8]| decode_list::<(), u64>(&mut Decoder::new(bytes), &mut ());
        let one = read(&[0x81, 5]).unwrap();
        assert_eq!((one.as_slice(), one.capacity()), (&[5][..], 1));
        let many: Vec<u8> = [0x8a].into_iter().chain(0..10).collect();
        assert_eq!(read(&many).unwrap(), (0..10).collect::<Vec<u64>>());
        assert!(read(&[0x82, 5]).is_err(), "a list that ends early");
        assert!(read(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 5]).is_err(), "a boast");
    }

    #[test]
    fn what_is_no_such_document_is_refused() {
        let good = encode(&Sample { number: 5, optional: Some(1), table: BTreeMap::new() });
        let mut trailing = good.clone();
        trailing.push(0);
        assert!(matches!(decode::<Sample>(&trailing), Err(DocumentError::Trailing { count: 1, .. })));
        for end in 0..good.len() {
            assert!(decode::<Sample>(&good[..end]).is_err(), "truncated at {end}");
        }
        let other = [&[0x82, 0x67][..], b"test.v2", &[0xa0]].concat();
        assert!(matches!(decode::<Sample>(&other), Err(DocumentError::OtherSchema { .. })));
        assert!(matches!(decode::<Sample>(&[0; 101]), Err(DocumentError::TooLarge { .. })));
    }
}
