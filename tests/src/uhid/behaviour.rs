//! What a device does with the reports it is sent.

use super::recording::{Recording, Run};

/// One thing that a device does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It sends a report, of whatever length.
    Report(Vec<u8>),
    /// It is pulled out of its socket.
    PullOut,
}

/// A device's mind.
pub trait Behaviour {
    /// What it does about a report, in order.
    fn receive(&mut self, report: &[u8]) -> Vec<Reaction>;
}

impl<B: Behaviour + ?Sized> Behaviour for Box<B> {
    fn receive(&mut self, report: &[u8]) -> Vec<Reaction> {
        (**self).receive(report)
    }
}

/// Answers as a recorded device did, and keeps silent where it did or where nobody recorded it.
///
/// What a device says may depend on what was said before. So the run that was recorded next comes first, and only then the
/// first one that fits.
#[derive(Debug)]
pub struct Spoken {
    recording: Recording,
    pending: Vec<Vec<u8>>,
    next: usize,
}

impl Spoken {
    /// Speaks as recorded.
    pub const fn new(recording: Recording) -> Self {
        Self { recording, pending: Vec::new(), next: 0 }
    }
}

impl Behaviour for Spoken {
    fn receive(&mut self, report: &[u8]) -> Vec<Reaction> {
        self.pending.push(report.to_vec());
        let runs = || (0_usize..).zip(self.recording.runs());
        let fits = |(_, run): &(usize, &Run)| run.sent.starts_with(&self.pending);
        let Some((number, run)) = runs().nth(self.next).filter(fits).or_else(|| runs().find(fits)) else {
            self.pending.clear();
            return Vec::new();
        };
        if run.sent.len() > self.pending.len() {
            return Vec::new();
        }
        let answered = run.answered.iter().cloned().map(Reaction::Report).collect();
        self.next = number.saturating_add(1);
        self.pending.clear();
        answered
    }
}

/// Pulls a device out after so many reports in, or instead of so many reports out.
pub struct Pulled<B> {
    device: B,
    after_in: Option<usize>,
    after_out: Option<usize>,
}

impl<B: Behaviour> Pulled<B> {
    /// Pulls it out as soon as it got its report number `after_in`, or in place of the report that would follow number
    /// `after_out`; both count from 1.
    pub const fn new(device: B, after_in: Option<usize>, after_out: Option<usize>) -> Self {
        Self { device, after_in, after_out }
    }
}

/// One less; whether it was the last.
fn last(left: &mut Option<usize>) -> bool {
    *left = left.map(|left| left.saturating_sub(1));
    *left == Some(0)
}

impl<B: Behaviour> Behaviour for Pulled<B> {
    fn receive(&mut self, report: &[u8]) -> Vec<Reaction> {
        if last(&mut self.after_in) {
            return vec![Reaction::PullOut];
        }
        let mut done = Vec::new();
        for reaction in self.device.receive(report) {
            let is_last = matches!(reaction, Reaction::Report(_)) && last(&mut self.after_out);
            done.push(reaction);
            if is_last {
                done.push(Reaction::PullOut);
                return done;
            }
        }
        done
    }
}

/// Answers each report with rubbish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rubbish {
    /// A report of noise.
    Noise,
    /// A report of zeros.
    Zeros,
    /// A right report on another channel.
    Channel,
    /// A first frame that promises more than any answer holds, and frames out of order after it.
    Gap,
    /// A report that is shorter than all reports of the device.
    Short,
    /// An answer that never ends.
    Endless,
}

impl Rubbish {
    /// All kinds, by name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("noise", Self::Noise),
        ("zeros", Self::Zeros),
        ("channel", Self::Channel),
        ("gap", Self::Gap),
        ("short", Self::Short),
        ("endless", Self::Endless),
    ];

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
    }
}

/// A report of these bytes and zeros, on the usual channel and with the usual tag where `head` says so.
fn frame(head: &[u8]) -> Reaction {
    let mut report = head.to_vec();
    report.resize(64, 0);
    Reaction::Report(report)
}

impl Behaviour for Rubbish {
    fn receive(&mut self, report: &[u8]) -> Vec<Reaction> {
        match self {
            Self::Noise => {
                // A fixed odd multiplier: nothing in it looks like a frame, and every run is equal.
                let noise =
                    (1_u8..=64).map(|n| n.wrapping_mul(181).wrapping_add(report.len().to_le_bytes()[0]));
                vec![Reaction::Report(noise.collect())]
            }
            Self::Zeros => vec![frame(&[])],
            Self::Channel => vec![frame(&[0xbe, 0xef, 0x05, 0, 0, 0, 2, 0x90, 0x00])],
            Self::Gap => vec![
                frame(&[0x01, 0x01, 0x05, 0, 0, 0, 200, 0x01]),
                frame(&[0x01, 0x01, 0x05, 0, 2]),
                frame(&[0x01, 0x01, 0x05, 0, 1]),
            ],
            Self::Short => vec![Reaction::Report(vec![0x01, 0x01, 0x05, 0, 0, 0, 2, 0x90, 0x00])],
            Self::Endless => {
                let rest = (1_u16..=1200).map(|n| {
                    let [high, low] = n.to_be_bytes();
                    frame(&[0x01, 0x01, 0x05, high, low])
                });
                std::iter::once(frame(&[0x01, 0x01, 0x05, 0, 0, 0xff, 0xff])).chain(rest).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    fn recorded(lines: &[(&str, u8)]) -> Spoken {
        let line = |(dir, byte): &(&str, u8)| {
            format!(r#"{{"dir":"{dir}","frame":"{}","note":""}}"#, hex::encode([*byte; 64]))
        };
        let text = lines.iter().map(line).collect::<Vec<_>>().join("\n");
        Spoken::new(Recording::parse(&text).unwrap())
    }

    fn report(byte: u8) -> Reaction {
        Reaction::Report(vec![byte; 64])
    }

    #[test]
    fn a_recorded_device_answers_only_whole_commands() {
        let (to, from) = ("host->device", "device->host");
        let mut device = recorded(&[(to, 1), (to, 2), (from, 3), (from, 4), (to, 5), (from, 6)]);
        assert_eq!(device.receive(&[1; 64]), []);
        assert_eq!(device.receive(&[2; 64]), [report(3), report(4)]);
        assert_eq!(device.receive(&[9; 64]), [], "nobody recorded that");
        assert_eq!(device.receive(&[5; 64]), [report(6)]);
        assert_eq!(device.receive(&[5; 64]), [report(6)], "again");
        assert_eq!(device.receive(&[1; 64]), []);
        assert_eq!(device.receive(&[5; 64]), [], "an unfinished command spoils the next");
    }

    #[test]
    fn a_recorded_device_keeps_to_the_order_as_long_as_it_can() {
        let (to, from) = ("host->device", "device->host");
        let mut device = recorded(&[(to, 1), (from, 2), (to, 3), (from, 4), (to, 1), (from, 5)]);
        for (sent, answered) in [(1, 2), (1, 2), (3, 4), (1, 5), (1, 2)] {
            assert_eq!(device.receive(&[sent; 64]), [report(answered)]);
        }
    }

    #[test]
    fn a_device_is_pulled_out_between_two_frames() {
        let (to, from) = ("host->device", "device->host");
        let device = || recorded(&[(to, 1), (to, 2), (from, 3), (from, 4)]);
        let mut inward = Pulled::new(device(), Some(2), None);
        assert_eq!(inward.receive(&[1; 64]), []);
        assert_eq!(inward.receive(&[2; 64]), [Reaction::PullOut]);
        let mut outward = Pulled::new(device(), None, Some(1));
        assert_eq!(outward.receive(&[1; 64]), []);
        assert_eq!(outward.receive(&[2; 64]), [report(3), Reaction::PullOut]);
    }

    #[test]
    fn rubbish_is_of_the_kind_its_name_says() {
        for (name, kind) in Rubbish::ALL {
            assert_eq!(Rubbish::named(name), Some(kind));
            let mut rubbish = kind;
            let reports = rubbish.receive(&[0; 64]);
            let odd = reports.iter().any(|report| !matches!(report, Reaction::Report(r) if r.len() == 64));
            assert_eq!(odd, kind == Rubbish::Short, "{name}");
        }
        assert_eq!(Rubbish::named("gold"), None);
    }
}
