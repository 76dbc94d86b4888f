//! A device in its socket.

use std::io::{self, Read, Write};

use super::behaviour::{Behaviour, Reaction};
use super::event::{self, EVENT_BYTES, Event};
use super::identity::Identity;

/// Where a device is plugged in: `/dev/uhid`, opened for reading and writing. Closing it pulls the device out.
pub trait Socket: Read + Write {}

impl<S: Read + Write> Socket for S {}

/// How a device's life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It pulled itself out.
    PulledOut,
    /// The kernel has no more to say.
    Closed,
}

/// What went wrong between the kernel and the device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlugError {
    /// The socket.
    #[error("the device could not speak to the kernel: {0}")]
    Io(#[from] io::Error),
    /// An event that is not whole.
    #[error("the kernel wrote an event of {0} bytes that cannot be read")]
    Event(usize),
    /// A report with no room in an event.
    #[error("a report of {0} bytes does not cross a cable")]
    Report(usize),
}

/// Plugs a device in and lives its life until it is pulled out. `watch` hears of every event of the kernel's, after the
/// device has done what it does about it, and of every report of the device's.
///
/// # Errors
/// [`PlugError`] when the kernel refuses the device or one of its reports.
pub fn plug_in(
    socket: &mut dyn Socket,
    identity: &Identity,
    behaviour: &mut dyn Behaviour,
    watch: &mut dyn FnMut(&Watched),
) -> Result<Ended, PlugError> {
    socket.write_all(&event::create(identity))?;
    let mut buffer = [0; EVENT_BYTES];
    loop {
        // Every read gives exactly one event.
        let read = socket.read(&mut buffer)?;
        if read == 0 {
            return Ok(Ended::Closed);
        }
        let bytes = buffer.get(..read).unwrap_or_default();
        let event = Event::parse(bytes).ok_or(PlugError::Event(read))?;
        watch(&Watched::Kernel(&event));
        match &event {
            Event::GetReport(request) => socket.write_all(&event::no_feature(*request))?,
            Event::SetReport(request) => socket.write_all(&event::feature_refused(*request))?,
            Event::Output(data) => {
                // Programs write the report id 0 in front of a report; on a USB cable it would not cross.
                let report = data.strip_prefix(&[0]).filter(|rest| rest.len() == 64).unwrap_or(data);
                for reaction in behaviour.receive(report) {
                    watch(&Watched::Device(&reaction));
                    match reaction {
                        Reaction::Report(report) => {
                            let input = event::input(&report).ok_or(PlugError::Report(report.len()))?;
                            socket.write_all(&input)?;
                        }
                        Reaction::PullOut => {
                            socket.write_all(&event::destroy())?;
                            return Ok(Ended::PulledOut);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// What can be seen at a socket.
#[derive(Debug)]
pub enum Watched<'a> {
    /// The kernel said something.
    Kernel(&'a Event),
    /// The device did something.
    Device(&'a Reaction),
}

#[cfg(test)]
mod tests {
    use super::super::behaviour::{Pulled, Spoken};
    use super::super::recording::Recording;
    use super::*;
    use std::collections::VecDeque;

    /// A kernel that says what it was told to say and keeps what it hears.
    #[derive(Default)]
    struct Kernel {
        says: VecDeque<Vec<u8>>,
        heard: Vec<Vec<u8>>,
    }

    impl Read for Kernel {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let event = self.says.pop_front().unwrap_or_default();
            buffer[..event.len()].copy_from_slice(&event);
            Ok(event.len())
        }
    }

    impl Write for Kernel {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What the kernel says when a program wrote these bytes.
    fn output(data: &[u8]) -> Vec<u8> {
        let mut event = vec![0; EVENT_BYTES];
        event[0] = 6;
        event[4..][..data.len()].copy_from_slice(data);
        event[4 + 4096] = u8::try_from(data.len()).unwrap();
        event
    }

    fn device() -> Spoken {
        let line = |dir: &str, byte: u8| {
            format!(r#"{{"dir":"{dir}","frame":"{}"}}"#, alloy_primitives::hex::encode([byte; 64]))
        };
        let text = format!("{}\n{}", line("host->device", 1), line("device->host", 2));
        Spoken::new(Recording::parse(&text).unwrap())
    }

    fn live(kernel: &mut Kernel, behaviour: &mut dyn Behaviour) -> Result<Ended, PlugError> {
        plug_in(kernel, &Identity::ledger("1"), behaviour, &mut |_| {})
    }

    #[test]
    fn the_report_id_stays_behind_and_the_answer_goes_out() {
        let with_id = [&[0][..], &[1; 64]].concat();
        let mut kernel = Kernel::default();
        kernel.says.extend([output(&with_id), output(&[1; 64])]);
        assert_eq!(live(&mut kernel, &mut device()).unwrap(), Ended::Closed);
        let answer = event::input(&[2; 64]).unwrap();
        assert_eq!(kernel.heard[1..], [answer.clone(), answer]);
    }

    #[test]
    fn a_device_that_is_pulled_out_hears_no_more() {
        let mut kernel = Kernel::default();
        kernel.says.extend([output(&[1; 64]), output(&[1; 64])]);
        assert_eq!(live(&mut kernel, &mut Pulled::new(device(), Some(1), None)).unwrap(), Ended::PulledOut);
        assert_eq!(kernel.heard[1..], [event::destroy()]);
        assert_eq!(kernel.says.len(), 1);
    }

    #[test]
    fn feature_reports_are_refused_and_half_an_event_is_an_error() {
        let mut kernel = Kernel::default();
        kernel.says.push_back([9_u32.to_ne_bytes(), 77_u32.to_ne_bytes()].concat());
        kernel.says.push_back([13_u32.to_ne_bytes(), 78_u32.to_ne_bytes()].concat());
        kernel.says.push_back(vec![6]);
        assert!(matches!(live(&mut kernel, &mut device()), Err(PlugError::Event(1))));
        assert_eq!(kernel.heard[1..], [event::no_feature(77), event::feature_refused(78)]);
    }
}
