//! A Ledger that answers whatever it likes. The input is what comes over the cable: answers, put into reports as they should be, or
//! reports of the device's own making. Whatever it says, the driver ends, and what it hands on is the account's own.

use std::collections::VecDeque;

use strongroom_ledger::framing::ANSWER_LIMIT;
use strongroom_ledger::{
    Answer, Assembly, Channel, KIND, Ledger, LedgerDevice, OpenApp, TokenDescriptor, USAGE_PAGE, VENDOR,
    frames,
};
use strongroom_protocol::{ComparisonCode, DeviceBinding, SignedText, canonical};
use strongroom_signing::{Chronicle, Device as _, Devices, Review, Signer as _};
use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use crate::house::{EXCHANGE, TestHouse};

/// One input: each answer behind its length; 255 stands for a report of 64 bytes that is sent as it is.
const RAW: u8 = 255;

/// A cable on which reports come when something was sent, one answer for each report that ends a command.
struct Cable {
    answers: VecDeque<Vec<Report>>,
    ready: VecDeque<Report>,
}

impl Cable {
    fn of(mut bytes: &[u8]) -> Self {
        let mut answers = VecDeque::new();
        while let Some((length, rest)) = bytes.split_first() {
            let raw = *length == RAW;
            let (message, rest) = rest.split_at(usize::from(if raw { 64 } else { *length }).min(rest.len()));
            bytes = rest;
            answers.push_back(if raw {
                Report::padded(message).into_iter().collect()
            } else {
                frames(Channel::HOST, message).unwrap()
            });
        }
        Self { answers, ready: VecDeque::new() }
    }
}

impl Wire for Cable {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        let first = report.0[3..5] == [0, 0];
        // The first report of a command has its answer follow; of raw reports, all that stand together.
        if first && let Some(answer) = self.answers.pop_front() {
            self.ready.extend(answer);
        }
        Ok(())
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        let silent = WireError::Silent(std::time::Duration::ZERO);
        self.ready.pop_front().ok_or(if patience == Patience::Forever {
            WireError::Unplugged
        } else {
            silent
        })
    }
}

struct Desk(Option<Cable>);

impl Bus for Desk {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        Ok(vec![found()])
    }

    fn open(&mut self, _: &Found) -> Result<Box<dyn Wire>, WireError> {
        Ok(Box::new(self.0.take().ok_or(WireError::Unplugged)?))
    }
}

fn found() -> Found {
    Found {
        vendor: VENDOR,
        product: 0x5011,
        usage_page: USAGE_PAGE,
        interface: Some(0),
        serial: None,
        name: None,
        path: "cable".to_owned(),
    }
}

/// A house whose keys a Ledger holds, and a payment that is approved and waits for it.
struct World {
    house: TestHouse,
    chronicle: std::cell::RefCell<Chronicle>,
    request: Vec<u8>,
    unsigned: Vec<u8>,
    approvals: Vec<SignedText>,
    _folder: tempfile::TempDir,
}

thread_local! {
    static WORLD: World = World::new();
}

impl World {
    fn new() -> Self {
        let held = DeviceBinding::Hardware { kind: KIND.parse().unwrap(), model: "Nano".parse().unwrap() };
        let mut house = TestHouse::held("eip155:1", &held, |text| text);
        house.devices = Devices::new(vec![Box::new(Ledger)]);
        let folder = tempfile::tempdir().unwrap();
        let chronicle = house.chronicle(folder.path());
        let plan = house.plan(vec![house.pay(EXCHANGE, 2_000_000_000_000_000_000, "INV-1")]);
        let mut request = house.request(&plan, 7);
        // What a crash left half done is gone on with only by a desk that knows the vault.
        request.vault_heads = [(house.station.public_key().station(), chronicle.head())].into();
        Self {
            unsigned: request.items[0].rungs[0].unsigned.0.clone(),
            request: canonical::encode(&request),
            approvals: house.approvals(&plan),
            house,
            chronicle: chronicle.into(),
            _folder: folder,
        }
    }
}

/// The bytes that the device of the corpus is to sign.
pub fn to_be_signed() -> Vec<u8> {
    WORLD.with(|world| world.unsigned.clone())
}

pub(super) fn ledger(bytes: &[u8]) -> bool {
    read(bytes);
    let mut bus = Desk(Some(Cable::of(bytes)));
    let Ok(mut device) = LedgerDevice::open(&mut bus, &found()) else { return false };
    if let Ok(identity) = device.identity() {
        super::assert_plain(&identity.app);
        super::assert_plain(&identity.version);
    }
    WORLD.with(|world| {
        let account = &world.house.accounts[0];
        if let Ok(key) = device.public_key(account) {
            let address = world.house.codecs.of(&account.chain).unwrap().address_of(&account.chain, &key);
            assert!(address.is_ok(), "a key that is none");
        }
        // Claimed once, it is the same claim again: nothing more is written.
        let mut chronicle = world.chronicle.borrow_mut();
        let gate = world.house.gate(world.house.start().plus(3600));
        let review = Review::open(&world.request, &world.approvals, &gate, &chronicle).unwrap();
        let code = ComparisonCode::of(review.plan_id().as_bytes()).to_string();
        let confirmation = review.challenge().clone().meet_whole(&code).unwrap();
        let approved = review.approve(&confirmation, &mut chronicle).unwrap();
        let Ok(signed) = approved.sign(&world.house.codecs, &mut device, false, |_, _| {}) else {
            return false;
        };
        assert_eq!(signed.count(), 1);
        true
    })
}

/// What needs no conversation: frames, answers, names and descriptions.
fn read(bytes: &[u8]) {
    let mut assembly = Assembly::new(Channel::HOST, ANSWER_LIMIT);
    for report in bytes.chunks(64).filter_map(Report::padded) {
        match assembly.push(&report) {
            Ok(Some(message)) => {
                assert!(message.len() <= ANSWER_LIMIT);
                if let Ok(answer) = Answer::decode(&message) {
                    assert_eq!(answer.encode(), message, "an answer has two spellings");
                }
            }
            Ok(None) => {}
            Err(_) => break,
        }
    }
    if let Ok(answer) = Answer::decode(bytes)
        && let Ok(app) = OpenApp::read(&answer)
    {
        super::assert_plain(&app.name);
    }
    if let Ok(descriptor) = TokenDescriptor::parse(bytes) {
        assert_eq!(descriptor.as_bytes(), bytes, "a description has two spellings");
        super::assert_plain(&descriptor.ticker);
    }
}
