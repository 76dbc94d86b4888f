//! The same value in other spellings of CBOR: each node of a document in turn is written as a careless or a malicious program
//! might (RFC 8949 §4.2.1 forbids all of it).

use ciborium::Value;

/// A way to spell a value that the deterministic form does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quirk {
    /// A number, or a length, in more bytes than it takes.
    Long,
    /// A list, a table or a string without its length, ended by a break.
    Endless,
    /// The first two entries of a table in the wrong order.
    Disorder,
    /// The first entry of a table twice.
    Twice,
}

const QUIRKS: [Quirk; 4] = [Quirk::Long, Quirk::Endless, Quirk::Disorder, Quirk::Twice];

/// A document with one quirk at one node.
pub(super) struct Spelling {
    pub(super) quirk: Quirk,
    pub(super) bytes: Vec<u8>,
}

/// Every spelling of a document with one quirk in it.
pub(super) fn spellings(document: &[u8]) -> Vec<Spelling> {
    let value: Value = ciborium::from_reader(document).unwrap();
    let mut all = Vec::new();
    for quirk in QUIRKS {
        for node in 0.. {
            let mut writer = Writer { quirk, at: node, seen: 0, applied: false, out: Vec::new() };
            writer.write(&value);
            if writer.seen <= node {
                break;
            }
            if writer.applied {
                assert_ne!(writer.out, document, "{quirk:?} at node {node} is no other spelling");
                all.push(Spelling { quirk, bytes: writer.out });
            }
        }
    }
    all
}

struct Writer {
    quirk: Quirk,
    at: usize,
    seen: usize,
    applied: bool,
    out: Vec<u8>,
}

impl Writer {
    /// The first bytes of an item: its major type and a number (RFC 8949 §3).
    fn head(&mut self, major: u8, number: u64, long: bool) {
        let major = major << 5;
        let width = match number {
            0..24 => 0,
            24..0x100 => 1,
            0x100..0x1_0000 => 2,
            0x1_0000..0x1_0000_0000 => 4,
            _ => 8,
        };
        let width = if long { (width * 2).max(1) } else { width };
        let bytes = number.to_be_bytes();
        match width {
            0 => self.out.push(major | u8::try_from(number).unwrap()),
            1 => self.out.extend([major | 24, bytes[7]]),
            2 => self.out.extend([&[major | 25], &bytes[6..]].concat()),
            4 => self.out.extend([&[major | 26], &bytes[4..]].concat()),
            _ => self.out.extend([&[major | 27], &bytes[..]].concat()),
        }
    }

    fn write(&mut self, value: &Value) {
        let here = self.seen == self.at;
        self.seen += 1;
        let is = |quirk| here && self.quirk == quirk;
        let (long, endless) = (is(Quirk::Long), is(Quirk::Endless));
        match value {
            Value::Integer(number) => {
                let number = u64::try_from(i128::from(*number)).unwrap();
                let can = long && number <= u64::from(u32::MAX);
                self.applied |= can;
                self.head(0, number, can);
            }
            Value::Bytes(bytes) => self.string(2, bytes, long, endless),
            Value::Text(text) => self.string(3, text.as_bytes(), long, endless),
            Value::Array(items) => {
                self.open(4, items.len(), long, endless);
                items.iter().for_each(|item| self.write(item));
                self.close(endless);
            }
            Value::Map(entries) => {
                let twice = is(Quirk::Twice) && !entries.is_empty();
                let disorder = is(Quirk::Disorder) && entries.len() > 1;
                self.applied |= twice || disorder;
                self.open(5, entries.len() + usize::from(twice), long, endless);
                let mut entries: Vec<_> = entries.iter().collect();
                if disorder {
                    entries.swap(0, 1);
                }
                if twice {
                    entries.insert(0, entries[0]);
                }
                for (key, value) in entries {
                    self.write(key);
                    self.write(value);
                }
                self.close(endless);
            }
            Value::Tag(tag, content) => {
                self.applied |= long;
                self.head(6, *tag, long);
                self.write(content);
            }
            Value::Bool(answer) => self.out.push(if *answer { 0xf5 } else { 0xf4 }),
            Value::Null => self.out.push(0xf6),
            other => panic!("{other:?} has no place in a document"),
        }
    }

    fn string(&mut self, major: u8, bytes: &[u8], long: bool, endless: bool) {
        self.open(major, bytes.len(), long, endless);
        if endless {
            self.head(major, u64::try_from(bytes.len()).unwrap(), false);
        }
        self.out.extend(bytes);
        self.close(endless);
    }

    fn open(&mut self, major: u8, length: usize, long: bool, endless: bool) {
        self.applied |= long || endless;
        if endless {
            self.out.push(major << 5 | 31);
        } else {
            self.head(major, u64::try_from(length).unwrap(), long);
        }
    }

    fn close(&mut self, endless: bool) {
        if endless {
            self.out.push(0xff);
        }
    }
}
