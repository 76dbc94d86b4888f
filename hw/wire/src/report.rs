//! One report, and what carries it.

use std::fmt;
use std::time::Duration;

use crate::error::WireError;

/// The bytes of a report: those of a full-speed USB HID interrupt endpoint (USB 2.0 §5.7.3), without a report id.
pub const REPORT_BYTES: usize = 64;

/// One report, as it crosses. The report id 0 that some operating systems want in front is added by who sends it there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Report(pub [u8; REPORT_BYTES]);

/// How long to wait for a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as it takes: the owner is reading the screen.
    Forever,
    /// No longer than this: the device answers by itself.
    AtMost(Duration),
}

/// An open connection to one device. Reports arrive whole, in order, or not at all.
pub trait Wire: Send {
    /// Sends one report.
    ///
    /// # Errors
    /// [`WireError`] if it did not leave whole.
    fn send(&mut self, report: &Report) -> Result<(), WireError>;

    /// Waits for the next report.
    ///
    /// # Errors
    /// [`WireError::Silent`] if none came in time; others if none will come any more.
    fn receive(&mut self, patience: Patience) -> Result<Report, WireError>;
}

impl<W: Wire + ?Sized> Wire for Box<W> {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        (**self).send(report)
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        (**self).receive(patience)
    }
}

impl Report {
    /// A report that begins with these bytes and is zero after them; none if they are too many.
    pub fn padded(bytes: &[u8]) -> Option<Self> {
        let mut report = [0; REPORT_BYTES];
        report.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self(report))
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_payloads_are_padded_with_zeros_and_long_ones_refused() {
        let report = Report::padded(&[1, 2]).unwrap();
        assert_eq!(report.0[..3], [1, 2, 0]);
        assert!(report.0[3..].iter().all(|byte| *byte == 0));
        assert!(Report::padded(&[7; REPORT_BYTES]).is_some());
        assert!(Report::padded(&[7; REPORT_BYTES + 1]).is_none());
        assert!(format!("{report:?}").starts_with("010200"));
    }
}
