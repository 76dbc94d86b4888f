//! Emulators' ports: whole commands over a stream of bytes, instead of reports over a cable.
//!
//! There: length u32 BE, command. Back: length u32 BE without the status word, data, status word. [`ApduBus`] is the
//! vault's end of such a stream, with one device on it; [`serve`] is the emulator's.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use strongroom_ledger::{Channel, Lapse, Listener, frames};
use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use crate::bus::{PRODUCT, USAGE_PAGE, VENDOR};
use crate::ledger::Ledger;

/// The most bytes of a message: more than any command or answer has (ISO 7816-4, short form).
const MESSAGE_BYTES: u32 = 0xffff;

/// A bus with one device, behind a stream of commands and answers. It only reads and writes the stream.
#[derive(Debug)]
pub struct ApduBus<S> {
    line: Arc<Mutex<Line<S>>>,
    found: Found,
}

/// The stream, and what came of an answer so far.
#[derive(Debug)]
struct Line<S> {
    stream: S,
    tick: Duration,
    arrived: Vec<u8>,
    /// How many answers are still to come.
    asked: usize,
    /// Which opening this is: an earlier connection does not see the answers to a later one.
    time: u64,
}

impl<S: Read + Write + Send + 'static> ApduBus<S> {
    /// A device behind this stream. A read of it must come back with [`ErrorKind::WouldBlock`] or
    /// [`ErrorKind::TimedOut`] after `tick` without a byte, so that patience has an end without a clock.
    pub fn new(stream: S, tick: Duration, path: &str) -> Self {
        let found = Found {
            vendor: VENDOR,
            product: PRODUCT,
            usage_page: USAGE_PAGE,
            interface: Some(0),
            serial: None,
            name: Some("Ledger emulator".to_owned()),
            path: path.to_owned(),
        };
        let line = Line { stream, tick, arrived: Vec::new(), asked: 0, time: 0 };
        Self { line: Arc::new(Mutex::new(line)), found }
    }
}

impl<S: Read + Write + Send + 'static> Bus for ApduBus<S> {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Ok(vec![self.found.clone()])
    }

    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError> {
        if found.path != self.found.path {
            return Err(WireError::Unplugged);
        }
        let line = Arc::clone(&self.line);
        let time = {
            let mut line = locked(&line);
            line.time = line.time.saturating_add(1);
            line.time
        };
        Ok(Box::new(Call {
            line,
            time,
            listener: Listener::new(Lapse::Waits),
            incoming: VecDeque::new(),
            channel: None,
        }))
    }
}

fn locked<S>(line: &Mutex<Line<S>>) -> MutexGuard<'_, Line<S>> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open connection.
struct Call<S> {
    line: Arc<Mutex<Line<S>>>,
    time: u64,
    listener: Listener,
    incoming: VecDeque<Report>,
    channel: Option<Channel>,
}

impl<S: Read + Write + Send> Wire for Call<S> {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        let Some((channel, command)) = self.listener.hear(report) else { return Ok(()) };
        let mut line = locked(&self.line);
        if line.time != self.time {
            return Err(WireError::Unplugged);
        }
        line.write(&command)?;
        self.channel = Some(channel);
        Ok(())
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        loop {
            if let Some(report) = self.incoming.pop_front() {
                return Ok(report);
            }
            let mut line = locked(&self.line);
            if line.time != self.time {
                return Err(WireError::Unplugged);
            }
            let Some(channel) = self.channel else {
                return Err(match patience {
                    Patience::AtMost(time) => WireError::Silent(time),
                    Patience::Forever => {
                        WireError::Failed("an answer was waited for, and nothing was asked".to_owned())
                    }
                });
            };
            let answer = line.answer(patience)?;
            // What was asked before this connection was opened, or before the last question, is not its answer.
            if line.asked == 0 {
                self.channel = None;
                let reports =
                    frames(channel, &answer).map_err(|error| WireError::Failed(error.to_string()))?;
                self.incoming.extend(reports);
            }
        }
    }
}

impl<S: Read + Write> Line<S> {
    fn write(&mut self, command: &[u8]) -> Result<(), WireError> {
        let length = u32::try_from(command.len()).unwrap_or(u32::MAX);
        let message = [&length.to_be_bytes(), command].concat();
        self.stream.write_all(&message).and_then(|()| self.stream.flush()).map_err(|error| failed(&error))?;
        self.asked = self.asked.saturating_add(1);
        Ok(())
    }

    /// Reads on until an answer is whole. What came in before patience ended is kept for the next time.
    fn answer(&mut self, patience: Patience) -> Result<Vec<u8>, WireError> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(answer) = self.whole()? {
                self.asked = self.asked.saturating_sub(1);
                return Ok(answer);
            }
            let mut some = [0; 512];
            match self.stream.read(&mut some) {
                Ok(0) => return Err(WireError::Unplugged),
                Ok(bytes) => self.arrived.extend(some.iter().take(bytes)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    waited = waited.saturating_add(self.tick);
                    if let Patience::AtMost(time) = patience
                        && waited >= time
                    {
                        return Err(WireError::Silent(time));
                    }
                }
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    fn whole(&mut self) -> Result<Option<Vec<u8>>, WireError> {
        let Some((length, rest)) = self.arrived.split_first_chunk() else { return Ok(None) };
        let length = u32::from_be_bytes(*length);
        if length > MESSAGE_BYTES {
            return Err(WireError::Failed(format!("the emulator announces an answer of {length} bytes")));
        }
        // The status word is not counted.
        let length = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(2);
        let Some((answer, later)) = rest.split_at_checked(length) else { return Ok(None) };
        let (answer, later) = (answer.to_vec(), later.to_vec());
        self.arrived = later;
        Ok(Some(answer))
    }
}

fn failed(error: &io::Error) -> WireError {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => WireError::Unplugged,
        _ => WireError::Failed(error.to_string()),
    }
}

/// Is an emulator's port: answers commands with a device until the other side hangs up. A review that its owner leaves on
/// the screen is not answered.
///
/// # Errors
/// If the stream breaks, or a command is longer than any.
pub fn serve(mut stream: impl Read + Write, device: &mut Ledger) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        match stream.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let length = u32::from_be_bytes(length);
        if length > MESSAGE_BYTES {
            return Err(io::Error::new(ErrorKind::InvalidData, "a command longer than any"));
        }
        let mut command = vec![0; usize::try_from(length).unwrap_or_default()];
        stream.read_exact(&mut command)?;
        if let Some(answer) = device.exchange(&command) {
            let data = u32::try_from(answer.len().saturating_sub(2)).unwrap_or(u32::MAX);
            stream.write_all(&[&data.to_be_bytes(), answer.as_slice()].concat())?;
            stream.flush()?;
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_types, reason = "an emulator's port is a socket")]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::thread;

    use strongroom_ledger::Command;

    use super::*;
    use crate::ledger::Setup;
    use crate::screen::{Decision, Script};
    use crate::seed::TrainingSeed;

    const TICK: Duration = Duration::from_millis(20);
    const MOMENT: Patience = Patience::AtMost(Duration::from_secs(5));

    fn connected(owner: Script) -> ApduBus<UnixStream> {
        let (host, emulator) = UnixStream::pair().unwrap();
        thread::spawn(move || {
            let setup = Setup::new(TrainingSeed::emulator().unwrap());
            serve(emulator, &mut Ledger::new(setup, Box::new(owner)))
        });
        host.set_read_timeout(Some(TICK)).unwrap();
        ApduBus::new(host, TICK, "apdu:test")
    }

    fn opened<S: Read + Write + Send + 'static>(bus: &mut ApduBus<S>) -> Box<dyn Wire> {
        let found = bus.list().unwrap().remove(0);
        bus.open(&found).unwrap()
    }

    fn asked(wire: &mut dyn Wire, command: &Command) {
        for report in frames(Channel::HOST, &command.encode()).unwrap() {
            wire.send(&report).unwrap();
        }
    }

    fn path() -> Vec<u8> {
        "m/44'/60'/0'/0/0".parse::<strongroom_ledger::DevicePath>().unwrap().encode()
    }

    #[test]
    fn reports_on_one_side_are_commands_on_the_other() {
        let mut bus = connected(Script::always(Decision::Approve));
        let mut wire = opened(&mut bus);
        asked(&mut *wire, &Command::bare(0xb0, 1, 0, 0));
        assert_eq!(&wire.receive(MOMENT).unwrap().0[9..17], b"Ethereum");
        asked(&mut *wire, &Command::new(0xe0, 2, 0, 0, path()).unwrap());
        assert_eq!(wire.receive(MOMENT).unwrap().0[3..7], [0, 0, 0, 109]);
        assert_eq!(wire.receive(MOMENT).unwrap().0[3..5], [0, 1]);
        let message = [path(), vec![0, 0, 0, 200], vec![b'x'; 200]].concat();
        asked(&mut *wire, &Command::new(0xe0, 8, 0, 0, message).unwrap());
        assert_eq!(wire.receive(Patience::Forever).unwrap().0[5..8], [0, 67, 28]);
    }

    #[test]
    fn an_answer_that_does_not_come_ends_with_patience_and_not_before() {
        let mut bus = connected(Script::always(Decision::Leave));
        let mut wire = opened(&mut bus);
        asked(&mut *wire, &Command::new(0xe0, 2, 1, 0, path()).unwrap());
        let patience = Duration::from_millis(60);
        assert_eq!(wire.receive(Patience::AtMost(patience)), Err(WireError::Silent(patience)));
    }

    #[test]
    fn a_later_connection_does_not_get_an_earlier_ones_answer() {
        let mut bus = connected(Script::always(Decision::Approve));
        let mut first = opened(&mut bus);
        asked(&mut *first, &Command::bare(0xb0, 1, 0, 0));
        let mut second = opened(&mut bus);
        asked(&mut *second, &Command::bare(0xe0, 6, 0, 0));
        assert_eq!(second.receive(MOMENT).unwrap().0[5..11], [0, 6, 2, 1, 22, 0]);
        assert_eq!(first.receive(MOMENT), Err(WireError::Unplugged));
        assert!(matches!(second.receive(MOMENT), Err(WireError::Silent(_))), "nothing was asked");
        assert!(matches!(second.receive(Patience::Forever), Err(WireError::Failed(_))));
    }

    #[test]
    fn an_emulator_that_hangs_up_or_announces_too_much_is_an_error() {
        let (host, mut emulator) = UnixStream::pair().unwrap();
        let mut bus = ApduBus::new(host, TICK, "apdu:test");
        let mut wire = opened(&mut bus);
        asked(&mut *wire, &Command::bare(0xb0, 1, 0, 0));
        emulator.write_all(&[0xff; 4]).unwrap();
        assert!(matches!(wire.receive(MOMENT), Err(WireError::Failed(_))));
        let (host, emulator) = UnixStream::pair().unwrap();
        let mut bus = ApduBus::new(host, TICK, "apdu:test");
        let mut wire = opened(&mut bus);
        asked(&mut *wire, &Command::bare(0xb0, 1, 0, 0));
        drop(emulator);
        assert_eq!(wire.receive(MOMENT), Err(WireError::Unplugged));
    }
}
