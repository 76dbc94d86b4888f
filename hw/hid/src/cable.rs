//! An open device.

use std::fs::File;

use hidapi::{HidDevice, HidError};
use strongroom_wire::{Patience, REPORT_BYTES, Report, Wire, WireError};

use crate::trouble::{is_interruption, trouble};

/// What hidapi needs of a device. There is one of it, and one that tests play.
pub(crate) trait Raw: Send {
    fn write(&self, bytes: &[u8]) -> Result<usize, HidError>;
    fn read(&self, buffer: &mut [u8], milliseconds: i32) -> Result<usize, HidError>;
}

impl Raw for HidDevice {
    fn write(&self, bytes: &[u8]) -> Result<usize, HidError> {
        Self::write(self, bytes)
    }

    fn read(&self, buffer: &mut [u8], milliseconds: i32) -> Result<usize, HidError> {
        self.read_timeout(buffer, milliseconds)
    }
}

/// A device, and the claim to it.
pub(crate) struct Cable<R> {
    raw: R,
    _claimed: File,
}

impl<R: Raw> Cable<R> {
    pub(crate) const fn new(raw: R, claimed: File) -> Self {
        Self { raw, _claimed: claimed }
    }
}

/// hidapi's word for waiting without end.
const FOREVER: i32 = -1;

/// Whole milliseconds, not fewer than were meant.
fn milliseconds(patience: Patience) -> i32 {
    match patience {
        Patience::Forever => FOREVER,
        Patience::AtMost(limit) => i32::try_from(limit.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX),
    }
}

impl<R: Raw> Wire for Cable<R> {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        // hidraw takes the number of the report first, which is 0 where reports have none (hidraw.rst).
        let mut bytes = [0; 1 + REPORT_BYTES];
        let [_, rest @ ..] = &mut bytes;
        *rest = report.0;
        match self.raw.write(&bytes) {
            Ok(written) if written == bytes.len() => Ok(()),
            Ok(written) => Err(WireError::Failed(format!("{written} of {} bytes left", bytes.len()))),
            Err(error) => Err(trouble(&error)),
        }
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        // Longer than a report, so that one that is too long is seen to be.
        let mut buffer = [0; 4 * REPORT_BYTES];
        let milliseconds = milliseconds(patience);
        loop {
            match (self.raw.read(&mut buffer, milliseconds), patience) {
                (Ok(0), Patience::Forever) => {}
                (Ok(0), Patience::AtMost(limit)) => return Err(WireError::Silent(limit)),
                (Ok(bytes), _) => {
                    let report = buffer.get(..bytes).and_then(|report| report.try_into().ok());
                    return report.map(Report).ok_or(WireError::Torn { bytes });
                }
                (Err(error), _) if is_interruption(&error) => {}
                (Err(error), _) => return Err(trouble(&error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::io;
    use std::time::Duration;

    use super::*;

    /// A device that gives what it was told to give.
    #[derive(Default)]
    struct Played {
        written: RefCell<Vec<Vec<u8>>>,
        takes: Option<usize>,
        gives: RefCell<VecDeque<Result<Vec<u8>, HidError>>>,
        waited: RefCell<Vec<i32>>,
    }

    impl Raw for Played {
        fn write(&self, bytes: &[u8]) -> Result<usize, HidError> {
            self.written.borrow_mut().push(bytes.to_vec());
            Ok(self.takes.unwrap_or(bytes.len()))
        }

        fn read(&self, buffer: &mut [u8], milliseconds: i32) -> Result<usize, HidError> {
            self.waited.borrow_mut().push(milliseconds);
            let bytes = self.gives.borrow_mut().pop_front().unwrap()?;
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }

    fn cable(gives: Vec<Result<Vec<u8>, HidError>>) -> Cable<Played> {
        let raw = Played { gives: RefCell::new(gives.into()), ..Played::default() };
        Cable::new(raw, tempfile::tempfile().unwrap())
    }

    fn number(number: i32) -> HidError {
        HidError::IoError { error: io::Error::from_raw_os_error(number) }
    }

    const SECOND: Patience = Patience::AtMost(Duration::from_secs(1));

    #[test]
    fn reports_leave_with_a_zero_in_front_and_whole() {
        let mut whole = cable(Vec::new());
        whole.send(&Report([7; 64])).unwrap();
        let written = whole.raw.written.take();
        assert_eq!(written.len(), 1);
        assert_eq!(written[0][0], 0);
        assert_eq!(written[0][1..], [7; 64]);
        let mut part = cable(Vec::new());
        part.raw.takes = Some(64);
        assert!(matches!(part.send(&Report([7; 64])), Err(WireError::Failed(_))));
    }

    #[test]
    fn reports_of_another_length_are_torn() {
        assert_eq!(cable(vec![Ok(vec![9; 64])]).receive(SECOND), Ok(Report([9; 64])));
        for bytes in [1, 63, 65, 128] {
            assert_eq!(cable(vec![Ok(vec![9; bytes])]).receive(SECOND), Err(WireError::Torn { bytes }));
        }
    }

    #[test]
    fn waiting_ends_as_it_was_meant_to() {
        assert_eq!(cable(vec![Ok(vec![])]).receive(SECOND), Err(WireError::Silent(Duration::from_secs(1))));
        // Nothing, a signal, nothing, a report: the owner is still reading.
        let mut patient = cable(vec![Ok(vec![]), Err(number(4)), Ok(vec![]), Ok(vec![9; 64])]);
        assert_eq!(patient.receive(Patience::Forever), Ok(Report([9; 64])));
        assert_eq!(patient.raw.waited.take(), [-1; 4]);
        assert_eq!(cable(vec![Err(number(19))]).receive(Patience::Forever), Err(WireError::Unplugged));
        let at_most = |nanoseconds| milliseconds(Patience::AtMost(Duration::from_nanos(nanoseconds)));
        assert_eq!((at_most(0), at_most(1), at_most(1_000_000), at_most(1_000_001)), (0, 1, 1, 2));
        assert_eq!(milliseconds(Patience::AtMost(Duration::MAX)), i32::MAX);
    }
}
