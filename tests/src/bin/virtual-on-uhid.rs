//! A device that the kernel takes for a real one:
//! `virtual-on-uhid VENDOR:PRODUCT:USAGE_PAGE:SERIAL:NAME BEHAVIOUR [--pull-after-in N | --pull-after-out N]`, where
//! BEHAVIOUR is `ledger:FILE` (a software Ledger as the file describes it), `recorded:FILE` or `rubbish:KIND`.
//!
//! It says `plugged in` on standard output when the kernel has found a driver, and each report on standard error. It lives
//! until it is pulled out or killed.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::ExitCode;

use alloy_primitives::hex;
use strongroom_tests::uhid::{
    Behaviour, Ended, Event, Identity, IdentityError, LedgerError, PlugError, Pulled, Reaction, Recording,
    RecordingError, Rubbish, Spoken, Watched, described, plug_in,
};

/// Why there is no device.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "usage: virtual-on-uhid IDENTITY ledger:FILE|recorded:FILE|rubbish:KIND [--pull-after-in N | --pull-after-out N]"
    )]
    Usage,
    #[error("/dev/uhid cannot be opened ({0}): load the kernel's module uhid and run this as root")]
    Socket(std::io::Error),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Plug(#[from] PlugError),
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match live(&words.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(ended) => {
            println!("{}", if ended == Ended::PulledOut { "pulled out" } else { "closed" });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("virtual-on-uhid: {error}");
            if matches!(error, Error::Usage) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn live(words: &[&str]) -> Result<Ended, Error> {
    let [identity, behaviour, pull @ ..] = words else { return Err(Error::Usage) };
    let identity: Identity = identity.parse()?;
    let behaviour = named(behaviour)?;
    let number = |word: &str| word.parse::<usize>().map_err(|_| Error::Usage);
    let (after_in, after_out) = match pull {
        [] => (None, None),
        ["--pull-after-in", count] => (Some(number(count)?), None),
        ["--pull-after-out", count] => (None, Some(number(count)?)),
        _ => return Err(Error::Usage),
    };
    let mut behaviour = Pulled::new(behaviour, after_in, after_out);
    let mut socket = OpenOptions::new().read(true).write(true).open("/dev/uhid").map_err(Error::Socket)?;
    Ok(plug_in(&mut socket, &identity, &mut behaviour, &mut |seen| match seen {
        Watched::Kernel(Event::Start) => println!("plugged in"),
        Watched::Kernel(Event::Output(report)) => eprintln!("in  {}", hex::encode(report)),
        Watched::Kernel(event) => eprintln!("    {event:?}"),
        Watched::Device(Reaction::Report(report)) => eprintln!("out {}", hex::encode(report)),
        Watched::Device(Reaction::PullOut) => eprintln!("    pulled out"),
    })?)
}

/// The behaviour of this name.
fn named(word: &str) -> Result<Box<dyn Behaviour>, Error> {
    match word.split_once(':').ok_or(Error::Usage)? {
        ("ledger", file) => Ok(Box::new(described(Path::new(file))?)),
        ("recorded", file) => Ok(Box::new(Spoken::new(Recording::open(Path::new(file))?))),
        ("rubbish", kind) => Ok(Box::new(Rubbish::named(kind).ok_or(Error::Usage)?)),
        _ => Err(Error::Usage),
    }
}
