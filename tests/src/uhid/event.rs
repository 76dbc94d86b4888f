//! What crosses `/dev/uhid`: `struct uhid_event` of `include/uapi/linux/uhid.h`, packed, in the machine's byte order.

use super::identity::Identity;

/// The bytes of the greatest event: a 32-bit type, then the union, whose greatest member is `uhid_create2_req`.
pub(super) const EVENT_BYTES: usize = 4 + 128 + 64 + 64 + 2 + 2 + 4 * 4 + DATA_BYTES;

/// `UHID_DATA_MAX`: the room for a report, and for a report descriptor.
const DATA_BYTES: usize = 4096;

/// `BUS_USB` of `include/uapi/linux/input.h`.
const BUS_USB: u16 = 3;

/// `EIO`: what a device answers that has no feature reports.
const EIO: u16 = 5;

const DESTROY: u32 = 1;
const START: u32 = 2;
const STOP: u32 = 3;
const OPEN: u32 = 4;
const CLOSE: u32 = 5;
const OUTPUT: u32 = 6;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;

/// What the kernel says to the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It has a driver.
    Start,
    /// It has none any more.
    Stop,
    /// The first program opened it.
    Open,
    /// The last program closed it.
    Close,
    /// A report from a program, as the program wrote it: its first byte is the report id, 0 where ids are not used.
    Output(Vec<u8>),
    /// A request for a feature report, to be answered by this number.
    GetReport(u32),
    /// A feature report, to be acknowledged by this number.
    SetReport(u32),
    /// Something newer than this code.
    Unknown(u32),
}

impl Event {
    /// Reads what the kernel wrote; none if it is not whole.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.get(4..)?;
        Some(match number(bytes)? {
            START => Self::Start,
            STOP => Self::Stop,
            OPEN => Self::Open,
            CLOSE => Self::Close,
            OUTPUT => {
                // The data come first and their number after them.
                let size: [u8; 2] = rest.get(DATA_BYTES..)?.get(..2)?.try_into().ok()?;
                Self::Output(rest.get(..usize::from(u16::from_ne_bytes(size)).min(DATA_BYTES))?.to_vec())
            }
            GET_REPORT => Self::GetReport(number(rest)?),
            SET_REPORT => Self::SetReport(number(rest)?),
            other => Self::Unknown(other),
        })
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// Creates the device (`UHID_CREATE2`). Its texts are cut to the room there is, its descriptor is short.
pub(super) fn create(identity: &Identity) -> Vec<u8> {
    let descriptor = identity.report_descriptor();
    let mut event = CREATE2.to_ne_bytes().to_vec();
    event.extend(text::<128>(&identity.name));
    event.extend(text::<64>(""));
    event.extend(text::<64>(&identity.serial));
    event.extend(u16::try_from(descriptor.len()).unwrap_or(0).to_ne_bytes());
    event.extend(BUS_USB.to_ne_bytes());
    for id in [u32::from(identity.vendor), u32::from(identity.product), 0, 0] {
        event.extend(id.to_ne_bytes());
    }
    event.extend(descriptor);
    // What follows the descriptor is zero: the kernel takes a shorter event for one.
    event
}

/// A report from the device (`UHID_INPUT2`); none if there is no room for it.
pub(super) fn input(report: &[u8]) -> Option<Vec<u8>> {
    let size = u16::try_from(report.len()).ok().filter(|size| usize::from(*size) <= DATA_BYTES)?;
    let mut event = INPUT2.to_ne_bytes().to_vec();
    event.extend(size.to_ne_bytes());
    event.extend(report);
    Some(event)
}

/// Pulls the device out (`UHID_DESTROY`).
pub(super) fn destroy() -> Vec<u8> {
    DESTROY.to_ne_bytes().to_vec()
}

/// Refuses to give a feature report (`UHID_GET_REPORT_REPLY`).
pub(super) fn no_feature(request: u32) -> Vec<u8> {
    [&GET_REPORT_REPLY.to_ne_bytes()[..], &request.to_ne_bytes(), &EIO.to_ne_bytes(), &[0, 0]].concat()
}

/// Refuses to take a feature report (`UHID_SET_REPORT_REPLY`).
pub(super) fn feature_refused(request: u32) -> Vec<u8> {
    [&SET_REPORT_REPLY.to_ne_bytes()[..], &request.to_ne_bytes(), &EIO.to_ne_bytes()].concat()
}

/// A text that is zero at its end, as C has them.
fn text<const ROOM: usize>(text: &str) -> [u8; ROOM] {
    let mut room = [0; ROOM];
    let places = room.iter_mut().take(ROOM.saturating_sub(1));
    places.zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    room
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_created_with_its_ids_where_the_kernel_looks_for_them() {
        let identity = Identity::ledger("0001");
        let event = create(&identity);
        let descriptor = identity.report_descriptor();
        assert_eq!(event[..4], CREATE2.to_ne_bytes());
        assert_eq!(event[4..10], *b"Nano S");
        assert_eq!(event[4 + 192..4 + 197], *b"0001\0");
        assert_eq!(event[260..262], u16::try_from(descriptor.len()).unwrap().to_ne_bytes());
        assert_eq!(event[262..264], BUS_USB.to_ne_bytes());
        assert_eq!(event[264..268], 0x2c97_u32.to_ne_bytes());
        assert_eq!(event[280..], descriptor[..]);
        assert!(event.len() <= EVENT_BYTES);
        assert_eq!(EVENT_BYTES, 4376);
    }

    #[test]
    fn a_long_text_is_cut_and_still_ends() {
        let identity = Identity { name: "x".repeat(300), ..Identity::ledger("0001") };
        let event = create(&identity);
        assert_eq!(event[4 + 126..4 + 129], *b"x\0\0");
    }

    #[test]
    fn events_are_read_as_they_are_written() {
        let mut output = vec![0; EVENT_BYTES];
        output[..4].copy_from_slice(&OUTPUT.to_ne_bytes());
        output[4..7].copy_from_slice(&[0, 1, 5]);
        output[4 + DATA_BYTES..6 + DATA_BYTES].copy_from_slice(&3_u16.to_ne_bytes());
        assert_eq!(Event::parse(&output), Some(Event::Output(vec![0, 1, 5])));
        // A size that is greater than the room is not believed.
        output[4 + DATA_BYTES..6 + DATA_BYTES].copy_from_slice(&u16::MAX.to_ne_bytes());
        assert!(matches!(Event::parse(&output), Some(Event::Output(data)) if data.len() == DATA_BYTES));
        for (number, event) in [(START, Event::Start), (CLOSE, Event::Close), (99, Event::Unknown(99))] {
            let bytes = [number.to_ne_bytes(), [0; 4]].concat();
            assert_eq!(Event::parse(&bytes), Some(event));
        }
        let get = [GET_REPORT.to_ne_bytes(), 7_u32.to_ne_bytes()].concat();
        assert_eq!(Event::parse(&get), Some(Event::GetReport(7)));
        assert_eq!(Event::parse(&output[..5]), None);
        assert_eq!(Event::parse(&[]), None);
    }

    #[test]
    fn a_report_has_its_length_before_it() {
        let event = input(&[7; 64]).unwrap();
        assert_eq!(event[4..6], 64_u16.to_ne_bytes());
        assert_eq!(event.len(), 6 + 64);
        assert!(input(&[0; DATA_BYTES + 1]).is_none());
    }
}
