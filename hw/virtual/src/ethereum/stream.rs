//! Reads an unsigned transaction as it comes in, chunk by chunk, the way the app does: field by field, hashing what it
//! has read, and done as soon as the last field is there. It is lenient where the app is: neither the length of the list
//! nor canonical integers are checked.

use alloy_primitives::U256;

use super::erc20::{Erc20, Support};

/// The kinds of transaction that the app reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without a type byte; EIP-155.
    Legacy,
    /// EIP-2930.
    AccessList,
    /// EIP-1559.
    DynamicFee,
}

/// A field of a transaction, in the order in which they are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Content,
    ChainId,
    Nonce,
    Price,
    Gas,
    To,
    Value,
    Data,
    AccessList,
    Discard,
}

use Field::{AccessList, ChainId, Content, Data, Discard, Gas, Nonce, Price, To, Value};

impl Kind {
    const fn fields(self) -> &'static [Field] {
        match self {
            // The chain id stands where v will: legacy transactions are signed over (chain id, 0, 0).
            Self::Legacy => &[Content, Nonce, Price, Gas, To, Value, Data, ChainId, Discard, Discard],
            Self::AccessList => &[Content, ChainId, Nonce, Price, Gas, To, Value, Data, AccessList],
            Self::DynamicFee => &[Content, ChainId, Nonce, Discard, Price, Gas, To, Value, Data, AccessList],
        }
    }

    /// The byte in front (EIP-2718), which is hashed too.
    const fn type_byte(self) -> Option<u8> {
        match self {
            Self::Legacy => None,
            Self::AccessList => Some(1),
            Self::DynamicFee => Some(2),
        }
    }
}

impl Field {
    const fn is_list(self) -> bool {
        matches!(self, Content | AccessList)
    }

    /// The most bytes that the app takes; none if any number.
    const fn limit(self) -> Option<usize> {
        match self {
            ChainId => Some(8),
            Nonce | Price | Gas | Value => Some(32),
            To => Some(20),
            Content | Data | AccessList | Discard => None,
        }
    }
}

/// What the app remembers of a transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    /// Big endian, as they came.
    pub(super) chain: Vec<u8>,
    price: Vec<u8>,
    gas: Vec<u8>,
    pub(super) to: Vec<u8>,
    value: Vec<u8>,
    pub(super) has_data: bool,
}

impl Fields {
    /// The coins that are sent, in base units.
    pub(super) fn value(&self) -> U256 {
        U256::from_be_slice(&self.value)
    }

    /// The most that the fee may be, in base units; nothing if that is no number of 256 bits.
    pub(super) fn fee(&self) -> Option<U256> {
        U256::from_be_slice(&self.price).checked_mul(U256::from_be_slice(&self.gas))
    }

    /// The chain id.
    pub(super) fn chain_id(&self) -> u64 {
        self.chain.iter().fold(0, |id, byte| (id << 8) | u64::from(*byte))
    }
}

/// Why reading ended before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not what the app expects.
    Malformed,
    /// Data that it cannot show, and blind signing is off.
    BlindOff,
}

/// How far a chunk led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More is needed.
    More,
    /// The last field is there.
    Whole,
}

/// A field that is being read.
#[derive(Debug)]
struct Open {
    length: usize,
    read: usize,
    /// A byte that is its own encoding: it was hashed with the header.
    single: bool,
    list: bool,
}

/// A transaction that is coming in.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) kind: Kind,
    pub(super) fields: Fields,
    at: usize,
    header: Vec<u8>,
    open: Option<Open>,
    hashed: Vec<u8>,
}

impl Stream {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            fields: Fields::default(),
            at: 0,
            header: Vec::new(),
            open: None,
            hashed: kind.type_byte().into_iter().collect(),
        }
    }

    /// The bytes that will be hashed and signed.
    pub(super) fn hashed(&self) -> &[u8] {
        &self.hashed
    }

    /// Takes the next chunk. Whatever follows the last field is passed over.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        erc20: &mut Erc20,
        blind: bool,
    ) -> Result<Progress, Fault> {
        loop {
            let Some(field) = self.kind.fields().get(self.at).copied() else { return Ok(Progress::Whole) };
            if bytes.is_empty() {
                return Ok(Progress::More);
            }
            if self.open.is_none() && !self.read_header(&mut bytes)? {
                return Ok(Progress::More);
            }
            let Some(mut open) = self.open.take() else { return Err(Fault::Malformed) };
            if !(field == Data && self.plugin(&mut open, &mut bytes, erc20, blind)?) {
                self.take_field(field, &mut open, &mut bytes)?;
            }
            if open.read < open.length && field != Content {
                self.open = Some(open);
            } else {
                self.at = self.at.saturating_add(1);
            }
        }
    }

    /// Reads a length (Ethereum Yellow Paper, appendix B). False if it has not all come yet.
    fn read_header(&mut self, bytes: &mut &[u8]) -> Result<bool, Fault> {
        while let Some((byte, rest)) = bytes.split_first() {
            self.header.push(*byte);
            self.hashed.push(*byte);
            match decoded(&self.header)? {
                None => *bytes = rest,
                Some(open) => {
                    if !open.single {
                        *bytes = rest;
                    }
                    self.header.clear();
                    self.open = Some(open);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Moves bytes of a field from the chunk into what is hashed.
    fn advance<'a>(&mut self, open: &mut Open, bytes: &mut &'a [u8], most: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(most.min(bytes.len()));
        *bytes = rest;
        open.read = open.read.saturating_add(taken.len());
        if !open.single {
            self.hashed.extend_from_slice(taken);
        }
        taken
    }

    fn take_field(&mut self, field: Field, open: &mut Open, bytes: &mut &[u8]) -> Result<(), Fault> {
        let too_long = field.limit().is_some_and(|limit| open.length > limit);
        if open.list != field.is_list() || too_long {
            return Err(Fault::Malformed);
        }
        if field == Content {
            return Ok(());
        }
        let taken = self.advance(open, bytes, open.length.saturating_sub(open.read));
        let kept = match field {
            ChainId => &mut self.fields.chain,
            Price => &mut self.fields.price,
            Gas => &mut self.fields.gas,
            To => &mut self.fields.to,
            Value => &mut self.fields.value,
            Content | Nonce | Data | AccessList | Discard => return Ok(()),
        };
        kept.extend_from_slice(taken);
        Ok(())
    }

    /// Lets the token support have the data. False if it does not want it.
    fn plugin(
        &mut self,
        open: &mut Open,
        bytes: &mut &[u8],
        erc20: &mut Erc20,
        blind: bool,
    ) -> Result<bool, Fault> {
        if open.length == 0 {
            return Ok(false);
        }
        self.fields.has_data = true;
        if self.fields.to.is_empty() || open.length < 4 {
            return Ok(false);
        }
        if open.read == 0 {
            // The app wants the whole selector in the chunk that ends the length.
            let selector = bytes.first_chunk::<4>().ok_or(Fault::Malformed)?;
            match erc20.begin(*selector, self.fields.value()) {
                Support::Refused => return Err(Fault::Malformed),
                Support::Unknown if !blind => return Err(Fault::BlindOff),
                Support::Unknown => return Ok(false),
                Support::Known => {
                    self.advance(open, bytes, 4);
                    if open.length == 4 {
                        return Ok(false);
                    }
                }
            }
        }
        if !erc20.is_active() {
            return Ok(false);
        }
        let wanted = erc20.wanted().min(open.length.saturating_sub(open.read));
        let taken = self.advance(open, bytes, wanted);
        if erc20.take(taken, taken.len() == wanted) { Ok(true) } else { Err(Fault::Malformed) }
    }
}

/// What a header says, if all of it is there.
fn decoded(header: &[u8]) -> Result<Option<Open>, Fault> {
    let Some((first, length)) = header.split_first() else { return Ok(None) };
    let open = |length: usize, list: bool| Some(Open { length, read: 0, single: false, list });
    let (bytes, list) = match first {
        0..=0x7f => return Ok(Some(Open { length: 1, read: 0, single: true, list: false })),
        0x80..=0xb7 => return Ok(open(usize::from(first.wrapping_sub(0x80)), false)),
        0xb8..=0xbf => (first.wrapping_sub(0xb7), false),
        0xc0..=0xf7 => return Ok(open(usize::from(first.wrapping_sub(0xc0)), true)),
        0xf8..=0xff => (first.wrapping_sub(0xf7), true),
    };
    if bytes > 4 {
        return Err(Fault::Malformed);
    }
    if length.len() < usize::from(bytes) {
        return Ok(None);
    }
    let length = length.iter().fold(0_u32, |length, byte| (length << 8) | u32::from(*byte));
    Ok(open(usize::try_from(length).map_err(|_| Fault::Malformed)?, list))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    const PAYMENT: &[u8] = &hex!(
        "f1010784773594008506fc23ac00830186a0945a321744667052affa8386ed49e00ef223cbffc388016345785d8a000080c0"
    );

    fn fed(chunks: &[&[u8]]) -> (Result<Progress, Fault>, Stream) {
        let mut stream = Stream::new(Kind::DynamicFee);
        let mut last = Ok(Progress::More);
        for chunk in chunks {
            assert_eq!(last, Ok(Progress::More));
            last = stream.feed(chunk, &mut Erc20::default(), false);
        }
        (last, stream)
    }

    #[test]
    fn any_split_reads_the_same() {
        for at in 0..PAYMENT.len() {
            let (progress, stream) = fed(&[&PAYMENT[..at], &PAYMENT[at..]]);
            assert_eq!(progress, Ok(Progress::Whole), "{at}");
            assert_eq!(stream.hashed(), [&[2], PAYMENT].concat());
            assert_eq!(stream.fields.chain_id(), 1);
            assert_eq!(stream.fields.value(), U256::from(100_000_000_000_000_000u64));
            assert_eq!(stream.fields.fee(), Some(U256::from(3_000_000_000_000_000u64)));
        }
        let single: Vec<&[u8]> = PAYMENT.chunks(1).collect();
        assert_eq!(fed(&single).0, Ok(Progress::Whole));
    }

    #[test]
    fn what_ends_early_is_waited_for() {
        for at in 0..PAYMENT.len() {
            assert_eq!(fed(&[&PAYMENT[..at]]).0, Ok(Progress::More), "{at}");
        }
    }

    #[test]
    fn fields_of_another_form_are_refused() {
        for bytes in [
            &hex!("80")[..],
            &hex!("f1c0"),
            &hex!("f189010101010101010101"),
            &hex!("fc0000000000"),
            &hex!("f1010780808095"),
        ] {
            assert_eq!(fed(&[bytes]).0, Err(Fault::Malformed), "{}", hex::encode(bytes));
        }
    }

    #[test]
    fn a_length_that_nothing_holds_is_waited_for_and_nothing_is_allocated() {
        assert_eq!(fed(&[&hex!("fbffffffff 01 07 80 80 80 80 80 bbffffffff")]).0, Ok(Progress::More));
    }
}
