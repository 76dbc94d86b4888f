//! Sends reports to a device as the vault would, through the same crate:
//!
//! - `hid-probe list`: what is plugged in, one JSON object a line;
//! - `hid-probe replay FILE [SERIAL]`: the commands of a recording, whose answers must be equal byte for byte;
//! - `hid-probe repeat COUNT FILE [SERIAL]`: the first command of a recording, again and again.
//!
//! Exit codes: 0 equal, 5 another answer, 8 no device or no answer, 2 usage.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use strongroom_hid::HidBus;
use strongroom_tests::uhid::{Recording, RecordingError, Run};
use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

/// How long a device may think about a report.
const PATIENCE: Patience = Patience::AtMost(Duration::from_secs(5));

/// How long it must keep silent to be taken for silent.
const SILENCE: Patience = Patience::AtMost(Duration::from_millis(300));

/// The usage page of the devices in question.
const USAGE_PAGE: u16 = 0xffa0;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("usage: hid-probe list | replay FILE [SERIAL] | repeat COUNT FILE [SERIAL]")]
    Usage,
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error("{0}")]
    Wire(#[from] WireError),
    #[error("{0} devices to choose from instead of one")]
    Choice(usize),
    #[error("{note}: {got:?} instead of {wanted:?}")]
    Another { note: String, got: String, wanted: String },
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => list(),
        ["replay", file] => replay(file, None),
        ["replay", file, serial] => replay(file, Some(serial)),
        ["repeat", count, file] => repeat(count, file, None),
        ["repeat", count, file, serial] => repeat(count, file, Some(serial)),
        _ => Err(Error::Usage),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("hid-probe: {error}");
    ExitCode::from(match error {
        Error::Usage => 2,
        Error::Recording(_) => 1,
        Error::Another { .. } => 5,
        Error::Wire(_) | Error::Choice(_) => 8,
    })
}

fn list() -> Result<(), Error> {
    for Found { vendor, product, usage_page, interface, serial, name, path } in HidBus.list()? {
        let (vendor, product, page) =
            (format!("{vendor:04x}"), format!("{product:04x}"), format!("{usage_page:04x}"));
        let line = json!({
            "vendor": vendor, "product": product, "usage_page": page, "interface": interface,
            "serial": serial, "name": name, "path": path,
        });
        println!("{line}");
    }
    Ok(())
}

/// Opens the only device of the usage page, or the one with this serial number.
fn open(serial: Option<&str>) -> Result<Box<dyn Wire>, Error> {
    let mut bus = HidBus;
    let mut found = bus.list()?;
    found.retain(|found| {
        found.usage_page == USAGE_PAGE && (serial.is_none() || found.serial.as_deref() == serial)
    });
    match &found[..] {
        [found] => Ok(bus.open(found)?),
        found => Err(Error::Choice(found.len())),
    }
}

fn replay(file: &str, serial: Option<&str>) -> Result<(), Error> {
    let recording = Recording::open(Path::new(file))?;
    let mut wire = open(serial)?;
    for run in recording.runs() {
        exchange(&mut *wire, run)?;
    }
    println!("{} commands answered as recorded", recording.runs().len());
    Ok(())
}

fn repeat(count: &str, file: &str, serial: Option<&str>) -> Result<(), Error> {
    let count: u32 = count.parse().map_err(|_| Error::Usage)?;
    let recording = Recording::open(Path::new(file))?;
    let first = recording.runs().first().ok_or(Error::Usage)?;
    let mut wire = open(serial)?;
    let began = Instant::now();
    for _ in 0..count {
        exchange(&mut *wire, first)?;
    }
    println!("{count} exchanges in {} ms", began.elapsed().as_millis());
    Ok(())
}

/// Sends what was recorded and compares what comes back.
fn exchange(wire: &mut dyn Wire, run: &Run) -> Result<(), Error> {
    for frame in &run.sent {
        wire.send(&Report::padded(frame).ok_or(Error::Usage)?)?;
    }
    let another = |got: String, wanted: String| Error::Another { note: run.note.clone(), got, wanted };
    for wanted in &run.answered {
        let wanted = Report::padded(wanted).ok_or(Error::Usage)?;
        let got = wire.receive(PATIENCE)?;
        if got != wanted {
            return Err(another(format!("{got:?}"), format!("{wanted:?}")));
        }
    }
    if run.answered.is_empty() {
        match wire.receive(SILENCE) {
            Err(WireError::Silent(_)) => {}
            Ok(report) => return Err(another(format!("{report:?}"), "silence".to_owned())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
