//! Messages cut into 64-byte reports, and put together again.
//!
//! Ledger's HID transport: channel u16 BE · tag `05` · sequence u16 BE · in the first report only the message's length
//! u16 BE · payload (57 bytes, then 59), zero padded. Both directions look alike.
//!
//! [`Assembly`] is the vault's end: whatever does not fit is an error. [`Listener`] is a device's end, for software
//! devices and adapters: whatever does not fit is passed over in silence, as devices do.

use strongroom_wire::Report;

/// The tag of reports that carry commands and answers. Devices pass over all others.
pub const TAG: u8 = 0x05;

/// The longest command: a header of five bytes and 255 of data (ISO 7816-4, short form).
pub const COMMAND_LIMIT: usize = 260;

/// The longest answer: 256 bytes of data and a status word (ISO 7816-4, short form).
pub const ANSWER_LIMIT: usize = 258;

/// Who talks: the answer comes on the channel of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel(pub u16);

impl Channel {
    /// The one that hosts use.
    pub const HOST: Self = Self(0x0101);
}

/// Why a report does not continue a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Too long to be framed, or announced as longer than any message is.
    #[error("a message of {bytes} bytes, where the longest has {limit}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest.
        limit: usize,
    },
    /// Somebody else's conversation.
    #[error(
        "a report on channel {found:04x} instead of {expected:04x}: another program is talking to the device"
    )]
    Channel {
        /// Ours.
        expected: u16,
        /// Its.
        found: u16,
    },
    /// Not a part of an answer.
    #[error("a report with tag {0:02x} instead of 05")]
    Tag(u8),
    /// One is missing, or came twice.
    #[error("report {found} where report {expected} was due")]
    Sequence {
        /// The next one.
        expected: u16,
        /// The one that came.
        found: u16,
    },
}

/// Cuts a message into reports.
///
/// # Errors
/// [`FrameError::TooLong`] if its length does not fit into 16 bits.
pub fn frames(channel: Channel, message: &[u8]) -> Result<Vec<Report>, FrameError> {
    let limit = usize::from(u16::MAX);
    let too_long = || FrameError::TooLong { bytes: message.len(), limit };
    let length = u16::try_from(message.len()).map_err(|_| too_long())?;
    let mut whole = Vec::with_capacity(message.len().saturating_add(2));
    whole.extend_from_slice(&length.to_be_bytes());
    whole.extend_from_slice(message);
    let cut = |(sequence, payload): (usize, &[u8])| {
        let sequence = u16::try_from(sequence).map_err(|_| too_long())?;
        let mut report = Vec::with_capacity(payload.len().saturating_add(HEADER));
        report.extend_from_slice(&channel.0.to_be_bytes());
        report.push(TAG);
        report.extend_from_slice(&sequence.to_be_bytes());
        report.extend_from_slice(payload);
        Report::padded(&report).ok_or_else(too_long)
    };
    whole.chunks(PAYLOAD).enumerate().map(cut).collect()
}

/// Bytes in front of a report's payload.
const HEADER: usize = 5;

/// Bytes of a report's payload; the first one's holds the length as well.
const PAYLOAD: usize = 59;

/// A report, taken apart.
struct Frame {
    channel: u16,
    tag: u8,
    sequence: u16,
    payload: [u8; PAYLOAD],
}

impl Frame {
    fn of(report: &Report) -> Self {
        let [c0, c1, tag, s0, s1, payload @ ..] = report.0;
        Self { channel: u16::from_be_bytes([c0, c1]), tag, sequence: u16::from_be_bytes([s0, s1]), payload }
    }
}

/// A message of which some reports arrived.
struct Partial {
    length: usize,
    bytes: Vec<u8>,
    next: u16,
}

impl Partial {
    fn begin(payload: &[u8; PAYLOAD], limit: usize) -> Result<Self, FrameError> {
        let [l0, l1, first @ ..] = payload;
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        if length > limit {
            return Err(FrameError::TooLong { bytes: length, limit });
        }
        let mut partial = Self { length, bytes: Vec::with_capacity(length), next: 0 };
        partial.add(first);
        Ok(partial)
    }

    fn add(&mut self, payload: &[u8]) {
        let missing = self.length.saturating_sub(self.bytes.len());
        self.bytes.extend(payload.iter().take(missing));
        self.next = self.next.saturating_add(1);
    }

    fn is_whole(&self) -> bool {
        self.bytes.len() >= self.length
    }
}

/// The vault's end: puts one answer together, and takes nothing that does not belong to it.
pub struct Assembly {
    channel: Channel,
    limit: usize,
    partial: Option<Partial>,
}

impl Assembly {
    /// An answer on this channel of at most `limit` bytes.
    pub const fn new(channel: Channel, limit: usize) -> Self {
        Self { channel, limit, partial: None }
    }

    /// Takes the next report. Gives the message when it is whole.
    ///
    /// # Errors
    /// [`FrameError`] if the report is not the next one of this message. Then the message is lost.
    pub fn push(&mut self, report: &Report) -> Result<Option<Vec<u8>>, FrameError> {
        let Frame { channel, tag, sequence, payload } = Frame::of(report);
        if channel != self.channel.0 {
            return Err(FrameError::Channel { expected: self.channel.0, found: channel });
        }
        if tag != TAG {
            return Err(FrameError::Tag(tag));
        }
        let expected = self.partial.as_ref().map_or(0, |partial| partial.next);
        if sequence != expected {
            return Err(FrameError::Sequence { expected, found: sequence });
        }
        let mut partial = match self.partial.take() {
            None => Partial::begin(&payload, self.limit)?,
            Some(mut partial) => {
                partial.add(&payload);
                partial
            }
        };
        if partial.is_whole() {
            return Ok(Some(std::mem::take(&mut partial.bytes)));
        }
        self.partial = Some(partial);
        Ok(None)
    }
}

/// What a device does with a report that does not continue the command it is waiting for. Recorded of both kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// It passes over it and goes on waiting (newer systems): only the missing reports bring it back.
    Waits,
    /// It forgets the command, and the report with it (older ones).
    Forgets,
}

/// A device's end: puts commands together.
pub struct Listener {
    lapse: Lapse,
    partial: Option<(Channel, Partial)>,
}

impl Listener {
    /// A device that treats a lapse like this.
    pub const fn new(lapse: Lapse) -> Self {
        Self { lapse, partial: None }
    }

    /// Takes a report. Gives a command when it is whole, with the channel that its answer goes to.
    pub fn hear(&mut self, report: &Report) -> Option<(Channel, Vec<u8>)> {
        let Frame { channel, tag, sequence, payload } = Frame::of(report);
        if tag != TAG {
            return None;
        }
        let channel = Channel(channel);
        let (channel, partial) = match self.partial.take() {
            None if sequence == 0 => (channel, Partial::begin(&payload, COMMAND_LIMIT).ok()?),
            None => return None,
            Some((own, mut partial)) if own == channel && partial.next == sequence => {
                partial.add(&payload);
                (own, partial)
            }
            Some(waiting) => {
                self.partial = (self.lapse == Lapse::Waits).then_some(waiting);
                return None;
            }
        };
        if partial.is_whole() {
            return Some((channel, partial.bytes));
        }
        self.partial = Some((channel, partial));
        None
    }

    /// Whether reports of a command are missing.
    pub const fn is_waiting(&self) -> bool {
        self.partial.is_some()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assemble(reports: &[Report], limit: usize) -> Result<Option<Vec<u8>>, FrameError> {
        let mut assembly = Assembly::new(Channel::HOST, limit);
        let mut last = Ok(None);
        for report in reports {
            assert_eq!(last, Ok(None), "a message was whole before its last report");
            last = assembly.push(report);
        }
        last
    }

    fn changed(report: &Report, at: usize, byte: u8) -> Report {
        let mut report = *report;
        report.0[at] = byte;
        report
    }

    #[test]
    fn payloads_are_57_bytes_and_then_59() {
        for (length, reports) in [(0, 1), (57, 1), (58, 2), (57 + 59, 2), (57 + 59 + 1, 3), (65535, 1111)] {
            assert_eq!(frames(Channel::HOST, &vec![1; length]).unwrap().len(), reports, "{length}");
        }
        assert_eq!(
            frames(Channel::HOST, &vec![1; 65536]),
            Err(FrameError::TooLong { bytes: 65536, limit: 65535 })
        );
    }

    #[test]
    fn what_does_not_continue_the_answer_is_refused() {
        let reports = frames(Channel::HOST, &[7; 200]).unwrap();
        let with = |index: usize, report: Report| {
            let mut all = reports.clone();
            all[index] = report;
            all.truncate(index + 1);
            assemble(&all, ANSWER_LIMIT)
        };
        assert_eq!(
            with(0, changed(&reports[0], 0, 0xab)),
            Err(FrameError::Channel { expected: 0x0101, found: 0xab01 })
        );
        assert_eq!(with(2, changed(&reports[2], 2, 0x02)), Err(FrameError::Tag(0x02)));
        assert_eq!(with(2, reports[3]), Err(FrameError::Sequence { expected: 2, found: 3 }));
        assert_eq!(with(1, reports[0]), Err(FrameError::Sequence { expected: 1, found: 0 }));
        assert_eq!(with(0, reports[1]), Err(FrameError::Sequence { expected: 0, found: 1 }));
    }

    #[test]
    fn an_answer_that_announces_too_much_is_refused_at_its_first_report() {
        let reports = frames(Channel::HOST, &[7; ANSWER_LIMIT + 1]).unwrap();
        assert_eq!(
            assemble(&reports[..1], ANSWER_LIMIT),
            Err(FrameError::TooLong { bytes: ANSWER_LIMIT + 1, limit: ANSWER_LIMIT })
        );
    }

    proptest! {
        #[test]
        fn messages_survive_their_frames(message in proptest::collection::vec(any::<u8>(), 0..=1024), channel: u16) {
            let channel = Channel(channel);
            let reports = frames(channel, &message).unwrap();
            let mut assembly = Assembly::new(channel, 1024);
            let mut listener = Listener::new(Lapse::Waits);
            let (last, first) = reports.split_last().unwrap();
            for report in first {
                prop_assert_eq!(assembly.push(report), Ok(None));
                prop_assert_eq!(listener.hear(report), None);
            }
            prop_assert_eq!(assembly.push(last), Ok(Some(message.clone())));
            let heard = (message.len() <= COMMAND_LIMIT).then_some((channel, message));
            prop_assert_eq!(listener.hear(last), heard);
        }

        #[test]
        fn garbage_is_an_error_or_a_message_within_the_limit(reports in proptest::collection::vec(any::<[u8; 64]>(), 1..40)) {
            let mut assembly = Assembly::new(Channel::HOST, ANSWER_LIMIT);
            for report in reports {
                if let Ok(Some(message)) = assembly.push(&Report(report)) {
                    prop_assert!(message.len() <= ANSWER_LIMIT);
                }
            }
        }

        #[test]
        fn a_missing_report_is_noticed_wherever_it_was(length in 58usize..=ANSWER_LIMIT, at in 0usize..4) {
            let mut reports = frames(Channel::HOST, &vec![9; length]).unwrap();
            let at = at % (reports.len() - 1);
            reports.remove(at);
            reports.truncate(at + 1);
            let found = u16::try_from(at).unwrap() + 1;
            let expected = FrameError::Sequence { expected: found - 1, found };
            prop_assert_eq!(assemble(&reports, ANSWER_LIMIT), Err(expected));
        }
    }
}
