//! A wire that answers one dialogue and no other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use crate::device::LedgerDevice;
use crate::framing::{Channel, Lapse, Listener, frames};

/// What happens at the device's end when a command is whole.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// These bytes, in frames.
    Answer(Vec<u8>),
    /// These reports and no more.
    Reports(Vec<Report>),
    /// These reports, and then the cable is out.
    ReportsThenUnplugged(Vec<Report>),
    /// This report, for ever.
    Endless(Report),
}

/// A recorded or invented dialogue: each command in full, and what comes back.
pub(super) struct Script {
    steps: VecDeque<(Vec<u8>, Said)>,
    listener: Listener,
    waiting: VecDeque<Report>,
    endless: Option<Report>,
    /// Reports that may still be sent or received before the cable is pulled.
    pub(super) reports_left: Option<usize>,
    unplugged: bool,
    /// Reports that crossed: sent, received.
    pub(super) crossed: (usize, usize),
    /// Whether the last command was waited for without end.
    pub(super) waited_for_owner: bool,
    /// Errors that the next sends give, before they work.
    pub(super) stutters: usize,
}

/// The cable to a script, and the script itself to look at.
#[derive(Clone)]
pub(super) struct Cable(pub(super) Arc<Mutex<Script>>);

impl Cable {
    pub(super) fn of(steps: impl IntoIterator<Item = (Vec<u8>, Said)>) -> Self {
        Self(Arc::new(Mutex::new(Script {
            steps: steps.into_iter().collect(),
            listener: Listener::new(Lapse::Waits),
            waiting: VecDeque::new(),
            endless: None,
            reports_left: None,
            unplugged: false,
            crossed: (0, 0),
            waited_for_owner: false,
            stutters: 0,
        })))
    }

    /// The driver at the other end.
    pub(super) fn device(&self) -> LedgerDevice {
        LedgerDevice::open(&mut self.clone(), &found()).unwrap()
    }

    /// Whether every step was played.
    pub(super) fn is_over(&self) -> bool {
        let script = self.0.lock().unwrap();
        script.steps.is_empty() && script.waiting.is_empty()
    }

    pub(super) fn crossed(&self) -> (usize, usize) {
        self.0.lock().unwrap().crossed
    }
}

pub(super) fn found() -> Found {
    Found {
        vendor: 0x2c97,
        product: 0x5011,
        usage_page: 0xffa0,
        interface: Some(0),
        serial: Some("0001".to_owned()),
        name: Some("Nano S Plus".to_owned()),
        path: "/dev/hidraw0".to_owned(),
    }
}

impl Bus for Cable {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Ok(vec![found()])
    }

    fn open(&mut self, _: &Found) -> Result<Box<dyn Wire>, WireError> {
        Ok(Box::new(self.clone()))
    }
}

impl Script {
    fn cross(&mut self) -> Result<(), WireError> {
        if self.unplugged || self.reports_left == Some(0) {
            self.unplugged = true;
            return Err(WireError::Unplugged);
        }
        self.reports_left = self.reports_left.map(|left| left - 1);
        Ok(())
    }

    fn hear(&mut self, report: &Report) {
        let Some((channel, command)) = self.listener.hear(report) else { return };
        assert!(self.waiting.is_empty(), "a second command while an answer was under way");
        let (expected, said) = self.steps.pop_front().expect("a command after the end of the dialogue");
        assert_eq!(
            alloy_primitives::hex::encode(&command),
            alloy_primitives::hex::encode(&expected),
            "another command than recorded"
        );
        match said {
            Said::Answer(bytes) => self.waiting.extend(frames(channel, &bytes).unwrap()),
            Said::Reports(reports) => self.waiting.extend(reports),
            Said::ReportsThenUnplugged(reports) => {
                self.reports_left = Some(reports.len());
                self.waiting.extend(reports);
            }
            Said::Endless(report) => self.endless = Some(report),
        }
    }
}

impl Wire for Cable {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        let mut script = self.0.lock().unwrap();
        if script.stutters > 0 {
            script.stutters -= 1;
            return Err(WireError::Failed("interrupted".to_owned()));
        }
        script.cross()?;
        script.crossed.0 += 1;
        // Every report is compared, not only the message that it is a part of.
        if let Some((expected, _)) = script.steps.front() {
            let all = frames(Channel::HOST, expected).unwrap();
            assert!(all.contains(report), "no report of the recorded command: {report:?}");
        }
        script.hear(report);
        Ok(())
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        let mut script = self.0.lock().unwrap();
        let silent = match patience {
            Patience::Forever => {
                script.waited_for_owner = true;
                Duration::MAX
            }
            Patience::AtMost(limit) => limit,
        };
        if let Some(report) = script.endless {
            return Ok(report);
        }
        if script.waiting.is_empty() && script.reports_left != Some(0) {
            return Err(WireError::Silent(silent));
        }
        script.cross()?;
        script.crossed.1 += 1;
        Ok(script.waiting.pop_front().unwrap())
    }
}
