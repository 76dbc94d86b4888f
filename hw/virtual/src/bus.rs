//! A bus of software devices: listed, opened, pulled out and put in again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use crate::ledger::Ledger;

/// Ledger's USB vendor id.
pub(crate) const VENDOR: u16 = 0x2c97;
/// A Nano S Plus with an app open that speaks generic HID.
pub(crate) const PRODUCT: u16 = 0x5011;
/// Ledger's HID usage page.
pub(crate) const USAGE_PAGE: u16 = 0xffa0;

/// Where a device is plugged in. It keeps its number when it is pulled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket(usize);

/// A bus, and the hands that pull at its cables. Clones are the same bus.
#[derive(Clone, Default)]
pub struct VirtualBus(Arc<Mutex<Vec<Plugged>>>);

/// A device and its cable.
struct Plugged {
    device: Ledger,
    found: Found,
    inside: bool,
    /// Which plugging-in this is: an open connection does not survive it.
    time: u64,
    outgoing: VecDeque<Report>,
    crossed: u64,
    pulled_at: Option<u64>,
}

impl Plugged {
    fn pull(&mut self) {
        self.inside = false;
        self.outgoing.clear();
        self.device.power_cycle();
    }

    /// Counts a report, and pulls the cable instead of it if it is the one.
    fn cross(&mut self) -> Result<(), WireError> {
        let number = self.crossed.saturating_add(1);
        if self.pulled_at == Some(number) {
            self.pulled_at = None;
            self.pull();
            return Err(WireError::Unplugged);
        }
        self.crossed = number;
        Ok(())
    }
}

impl VirtualBus {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A bus with one device.
    pub fn with(device: Ledger) -> Self {
        let bus = Self::new();
        bus.add(device);
        bus
    }

    /// Plugs another device in.
    pub fn add(&self, device: Ledger) -> Socket {
        let mut sockets = self.sockets();
        let number = sockets.len();
        let found = Found {
            vendor: VENDOR,
            product: PRODUCT,
            usage_page: USAGE_PAGE,
            interface: Some(0),
            // The real ones all say 0001: two of them cannot be told apart by it.
            serial: Some("0001".to_owned()),
            name: Some("VIRTUAL Nano S Plus".to_owned()),
            path: format!("virtual:{number}"),
        };
        sockets.push(Plugged {
            device,
            found,
            inside: true,
            time: 0,
            outgoing: VecDeque::new(),
            crossed: 0,
            pulled_at: None,
        });
        Socket(number)
    }

    /// Changes what the operating system says of a device.
    pub fn describe(&self, socket: Socket, change: impl FnOnce(&mut Found)) {
        self.at(socket, |plugged| change(&mut plugged.found));
    }

    /// Does something with a device, such as locking it; nothing if there is none.
    pub fn device<T>(&self, socket: Socket, act: impl FnOnce(&mut Ledger) -> T) -> Option<T> {
        self.at(socket, |plugged| act(&mut plugged.device))
    }

    /// Pulls a device out.
    pub fn unplug(&self, socket: Socket) {
        self.at(socket, Plugged::pull);
    }

    /// Pulls a device out instead of its report number `after + 1` from now, counted in both directions.
    pub fn unplug_after(&self, socket: Socket, after: u64) {
        self.at(socket, |plugged| {
            plugged.pulled_at = Some(plugged.crossed.saturating_add(after).saturating_add(1));
        });
    }

    /// Plugs a device in again, unlocked and with its app open, as its owner leaves it.
    pub fn plug_in(&self, socket: Socket) {
        self.at(socket, |plugged| {
            plugged.inside = true;
            plugged.time = plugged.time.saturating_add(1);
        });
    }

    /// How many reports have crossed a cable, in both directions.
    pub fn reports(&self, socket: Socket) -> u64 {
        self.at(socket, |plugged| plugged.crossed).unwrap_or(0)
    }

    fn sockets(&self) -> MutexGuard<'_, Vec<Plugged>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at<T>(&self, socket: Socket, act: impl FnOnce(&mut Plugged) -> T) -> Option<T> {
        self.sockets().get_mut(socket.0).map(act)
    }
}

impl Bus for VirtualBus {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Ok(self
            .sockets()
            .iter()
            .filter(|plugged| plugged.inside)
            .map(|plugged| plugged.found.clone())
            .collect())
    }

    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError> {
        let mut sockets = self.sockets();
        let (number, plugged) = sockets
            .iter_mut()
            .enumerate()
            .find(|(_, plugged)| plugged.inside && plugged.found.path == found.path)
            .ok_or(WireError::Unplugged)?;
        // What nobody took before is not there for the next one.
        plugged.outgoing.clear();
        let (socket, time) = (Socket(number), plugged.time);
        drop(sockets);
        Ok(Box::new(Cable { bus: self.clone(), socket, time }))
    }
}

/// An open connection to one device.
struct Cable {
    bus: VirtualBus,
    socket: Socket,
    time: u64,
}

impl Cable {
    fn with<T>(&self, act: impl FnOnce(&mut Plugged) -> Result<T, WireError>) -> Result<T, WireError> {
        let there = |plugged: &mut Plugged| {
            if plugged.inside && plugged.time == self.time { act(plugged) } else { Err(WireError::Unplugged) }
        };
        self.bus.at(self.socket, there).unwrap_or(Err(WireError::Unplugged))
    }
}

impl Wire for Cable {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        self.with(|plugged| {
            plugged.cross()?;
            let answer = plugged.device.report(report);
            plugged.outgoing.extend(answer);
            Ok(())
        })
    }

    /// There is no clock: a device that has nothing to say at once says nothing in time. Its owner is asked again first.
    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        self.with(|plugged| {
            if plugged.outgoing.is_empty() {
                let answer = plugged.device.ask_again();
                plugged.outgoing.extend(answer);
            }
            if plugged.outgoing.is_empty() {
                return Err(match patience {
                    Patience::AtMost(time) => WireError::Silent(time),
                    Patience::Forever => WireError::Failed(
                        "the virtual device's owner left it alone, so it would be waited for forever"
                            .to_owned(),
                    ),
                });
            }
            plugged.cross()?;
            plugged.outgoing.pop_front().ok_or(WireError::Unplugged)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use strongroom_ledger::{Channel, Command, frames};

    use super::*;
    use crate::ledger::Setup;
    use crate::screen::{Decision, Script};
    use crate::seed::TrainingSeed;

    const MOMENT: Patience = Patience::AtMost(Duration::from_secs(1));

    fn device(owner: Script) -> Ledger {
        Ledger::new(Setup::new(TrainingSeed::emulator().unwrap()), Box::new(owner))
    }

    fn opened(bus: &mut VirtualBus) -> Box<dyn Wire> {
        let found = bus.list().unwrap().remove(0);
        bus.open(&found).unwrap()
    }

    fn name() -> Report {
        frames(Channel::HOST, &Command::bare(0xb0, 1, 0, 0).encode()).unwrap()[0]
    }

    fn address() -> Report {
        let path: strongroom_ledger::DevicePath = "m/44'/60'/0'/0/0".parse().unwrap();
        let command = Command::new(0xe0, 2, 1, 0, path.encode()).unwrap();
        frames(Channel::HOST, &command.encode()).unwrap()[0]
    }

    #[test]
    fn a_pulled_cable_ends_the_connection_and_the_next_one_works() {
        let mut bus = VirtualBus::with(device(Script::always(Decision::Approve)));
        let mut wire = opened(&mut bus);
        wire.send(&name()).unwrap();
        bus.unplug(Socket(0));
        assert_eq!(wire.receive(MOMENT), Err(WireError::Unplugged));
        assert_eq!(bus.list(), Ok(Vec::new()));
        bus.plug_in(Socket(0));
        assert_eq!(wire.send(&name()), Err(WireError::Unplugged), "the old connection is gone for good");
        let mut wire = opened(&mut bus);
        wire.send(&name()).unwrap();
        wire.receive(MOMENT).unwrap();
        assert_eq!(bus.reports(Socket(0)), 3);
    }

    #[test]
    fn the_cable_is_pulled_at_the_chosen_report() {
        for after in 0..3 {
            let mut bus = VirtualBus::with(device(Script::always(Decision::Approve)));
            let mut wire = opened(&mut bus);
            bus.unplug_after(Socket(0), after);
            let sent = wire.send(&address()).is_ok();
            let went = vec![sent, wire.receive(MOMENT).is_ok(), wire.receive(MOMENT).is_ok()];
            let expected: Vec<bool> = (0..3).map(|report| report < after).collect();
            assert_eq!(went, expected);
            assert!(bus.list().unwrap().is_empty());
        }
    }

    #[test]
    fn an_owner_who_comes_back_later_is_waited_for() {
        let script = Script::new([Decision::Leave, Decision::Leave], Decision::Approve);
        let mut bus = VirtualBus::with(device(script));
        let mut wire = opened(&mut bus);
        wire.send(&address()).unwrap();
        assert_eq!(wire.receive(MOMENT), Err(WireError::Silent(Duration::from_secs(1))));
        assert!(wire.receive(Patience::Forever).is_ok());
    }

    #[test]
    fn a_device_that_nobody_touches_does_not_hang_the_test() {
        let mut bus = VirtualBus::with(device(Script::always(Decision::Leave)));
        let mut wire = opened(&mut bus);
        wire.send(&address()).unwrap();
        assert!(matches!(wire.receive(Patience::Forever), Err(WireError::Failed(_))));
    }

    #[test]
    fn two_alike_are_told_apart_by_their_place_only() {
        let mut bus = VirtualBus::new();
        bus.add(device(Script::always(Decision::Approve)));
        let second = bus.add(device(Script::always(Decision::Approve)));
        bus.device(second, Ledger::lock);
        let found = bus.list().unwrap();
        assert_eq!(found[0].serial, found[1].serial);
        assert_ne!(found[0].path, found[1].path);
        let mut answers = Vec::new();
        for found in &found {
            let mut wire = bus.open(found).unwrap();
            wire.send(&name()).unwrap();
            answers.push(wire.receive(MOMENT).unwrap());
        }
        assert_eq!(answers[1].0[5..9], [0, 2, 0x55, 0x15]);
        assert_ne!(answers[0], answers[1]);
    }
}
