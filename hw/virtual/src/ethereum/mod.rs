//! The Ethereum app 1.22.0: commands in, answers or reviews out.
//!
//! What it does was recorded from the real app; where nothing was recorded, its public sources were followed. Commands of
//! the real app that the vault never sends (NFTs, plugins, EIP-712 field by field, EIP-7702) are unknown here.

mod amounts;
mod erc20;
mod message;
mod networks;
mod stream;
mod tokens;
mod transaction;

use alloy_primitives::{Address, keccak256};
use strongroom_ledger::evm::instruction;
use strongroom_ledger::{Answer, Command, DevicePath, Status};

use crate::fault::Fault;
use crate::screen::{Review, Screen};
use crate::seed::{Key, TrainingSeed};
use crate::text::{Break, Font};
pub use tokens::DescriptorKey;

/// The app's name, as it gives it itself.
pub(crate) const NAME: &str = "Ethereum";
/// The app's version, as it gives it itself.
pub(crate) const VERSION: &str = "1.22.0";
/// The network that the app is of.
const OWN_CHAIN: u64 = 1;
/// Flag of the configuration: blind signing is allowed.
const BLIND_SIGNING: u8 = 1;
/// Flag of the configuration: token descriptors are taken.
const DESCRIPTORS: u8 = 2;

/// What a command comes to.
pub(crate) enum Outcome {
    /// An answer at once.
    Answer(Answer),
    /// Something that the owner is asked first.
    Review(Box<Review>, Approved),
    /// An answer at once, and a screen that says why.
    Notice(Screen, Answer),
}

/// What is answered once the owner has approved.
pub(crate) enum Approved {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A signature.
    Signature {
        path: DevicePath,
        hash: [u8; 32],
        /// What stands in front of it, for an even and an odd point.
        v: [u8; 2],
    },
}

impl Approved {
    pub(crate) fn answer(&self, seed: &TrainingSeed, fault: Option<Fault>) -> Answer {
        let (path, hash, v) = match self {
            Self::Bytes(bytes) => return done(bytes.clone()),
            Self::Signature { path, hash, v } => (path, hash, v),
        };
        let signed = match fault {
            Some(Fault::AnotherKey) => another(path).and_then(|path| seed.key(&path)),
            _ => seed.key(path),
        }
        .and_then(|key| key.sign(hash));
        match signed {
            Err(status) => failed(status),
            Ok(signed) => {
                let [even, odd] = *v;
                done(crate::fault::signature(fault, signed, even, odd))
            }
        }
    }
}

/// The path beside this one.
fn another(path: &DevicePath) -> Result<DevicePath, Status> {
    let mut bytes = path.encode();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    DevicePath::decode(&bytes).map(|(path, _)| path).map_err(|_| Status::BadData)
}

fn done(data: Vec<u8>) -> Answer {
    Answer { data, status: Status::Done }
}

fn failed(status: Status) -> Answer {
    Answer { data: Vec::new(), status }
}

/// What the app is in the middle of.
enum Doing {
    Nothing,
    Transaction(Box<transaction::Incoming>),
    Message(message::Incoming),
}

/// The app.
pub(crate) struct Ethereum {
    doing: Doing,
    tokens: tokens::Tokens,
    erc20: erc20::Erc20,
}

/// What the app may know of the device that it runs on.
pub(crate) struct Device<'a> {
    pub(crate) seed: &'a TrainingSeed,
    pub(crate) blind_signing: bool,
    pub(crate) descriptor_key: &'a DescriptorKey,
}

impl Ethereum {
    pub(crate) fn new() -> Self {
        Self { doing: Doing::Nothing, tokens: tokens::Tokens::default(), erc20: erc20::Erc20::default() }
    }

    /// Forgets what it was doing and which tokens were described, but not what the token support last showed.
    pub(crate) fn reset(&mut self) {
        self.doing = Doing::Nothing;
        self.tokens = tokens::Tokens::default();
        self.erc20.reset();
    }

    /// Takes a command of its class. Every error makes it forget.
    pub(crate) fn command(&mut self, command: &Command, device: &Device<'_>) -> Outcome {
        let taken = match command.instruction {
            instruction::PUBLIC_KEY => {
                self.reset();
                public_key(command, device)
            }
            instruction::SIGN => self.transaction(command, device),
            instruction::CONFIGURATION => Ok(Outcome::Answer(configuration(device))),
            instruction::SIGN_MESSAGE => self.message(command, device),
            instruction::DESCRIBE_TOKEN => self.describe(command, device),
            instruction::SIGN_TYPED_DATA => self.typed_data(command, device),
            _ => Err(Refused::with(Status::Instruction)),
        };
        taken.unwrap_or_else(|refused| {
            self.reset();
            let answer = failed(refused.status);
            match refused.notice {
                Some(notice) => Outcome::Notice(notice, answer),
                None => Outcome::Answer(answer),
            }
        })
    }

    fn describe(&mut self, command: &Command, device: &Device<'_>) -> Result<Outcome, Refused> {
        if (command.p1, command.p2) != (0, 0) {
            return Err(Refused::with(Status::Parameter));
        }
        let place = self.tokens.describe(device.descriptor_key, command.data())?;
        Ok(Outcome::Answer(done(vec![place])))
    }

    fn transaction(&mut self, command: &Command, device: &Device<'_>) -> Result<Outcome, Refused> {
        if command.p2 != 0 {
            return Err(Refused::with(Status::Parameter));
        }
        let rest = match command.p1 {
            instruction::FIRST => {
                if !matches!(self.doing, Doing::Nothing) {
                    self.reset();
                }
                self.erc20.reset();
                let (incoming, rest) = transaction::Incoming::begin(command.data())?;
                self.doing = Doing::Transaction(Box::new(incoming));
                rest
            }
            instruction::MORE => command.data(),
            _ => return Err(Refused::with(Status::Parameter)),
        };
        let Doing::Transaction(incoming) = &mut self.doing else {
            return Err(Refused::with(Status::NotStarted));
        };
        match incoming.feed(rest, &mut self.erc20, device, &self.tokens)? {
            None => Ok(Outcome::Answer(done(Vec::new()))),
            Some((review, approved)) => Ok(Outcome::Review(Box::new(review), approved)),
        }
    }

    fn message(&mut self, command: &Command, device: &Device<'_>) -> Result<Outcome, Refused> {
        self.tokens = tokens::Tokens::default();
        let rest = match (command.p1, &self.doing) {
            (instruction::FIRST, Doing::Nothing) => {
                let (incoming, rest) = message::Incoming::begin(command.data())?;
                self.doing = Doing::Message(incoming);
                rest
            }
            (instruction::FIRST, _) => return Err(Refused::with(Status::NotStarted)),
            (instruction::MORE, _) => command.data(),
            _ => return Err(Refused::with(Status::Parameter)),
        };
        let Doing::Message(incoming) = &mut self.doing else { return Err(Refused::with(Status::BadData)) };
        match incoming.feed(rest, device)? {
            None => Ok(Outcome::Answer(done(Vec::new()))),
            Some((review, approved)) => Ok(Outcome::Review(Box::new(review), approved)),
        }
    }

    fn typed_data(&mut self, command: &Command, device: &Device<'_>) -> Result<Outcome, Refused> {
        self.tokens = tokens::Tokens::default();
        if (command.p1, command.p2) != (0, 0) {
            return Err(Refused::with(Status::Parameter));
        }
        if !matches!(self.doing, Doing::Nothing) {
            return Err(Refused::with(Status::NotStarted));
        }
        let (review, approved) = message::typed_data(command.data(), device)?;
        Ok(Outcome::Review(Box::new(review), approved))
    }
}

/// Why a command got no data.
pub(crate) struct Refused {
    status: Status,
    notice: Option<Screen>,
}

impl Refused {
    fn with(status: Status) -> Self {
        Self { status, notice: None }
    }

    /// What cannot be shown must not be signed, as long as the owner did not say otherwise in the app's settings.
    fn blind_off() -> Self {
        let words = "Blind signing must be enabled in settings";
        Self { status: Status::BadData, notice: Some(Screen::sentence(Font::Regular, words)) }
    }
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self::with(status)
    }
}

fn path(data: &[u8]) -> Result<(DevicePath, &[u8]), Refused> {
    DevicePath::decode(data).map_err(|_| Refused::with(Status::BadData))
}

fn configuration(device: &Device<'_>) -> Answer {
    let blind = if device.blind_signing { BLIND_SIGNING } else { 0 };
    let version = VERSION.split('.').filter_map(|number| number.parse::<u8>().ok());
    done(std::iter::once(DESCRIPTORS | blind).chain(version).collect())
}

/// A key's address, in mixed case (EIP-55).
fn address(key: &Key) -> String {
    let [_, point @ ..] = key.public();
    let [_, _, _, _, _, _, _, _, _, _, _, _, address @ ..] = keccak256(point).0;
    Address::from(address).to_checksum(None)
}

fn public_key(command: &Command, device: &Device<'_>) -> Result<Outcome, Refused> {
    if command.p1 > 1 || command.p2 > 1 {
        return Err(Refused::with(Status::Parameter));
    }
    let (path, rest) = path(command.data())?;
    let key = device.seed.key(&path)?;
    let (chain, rest) = match rest.split_first_chunk() {
        Some((chain, rest)) => (u64::from_be_bytes(*chain), rest),
        None => (OWN_CHAIN, rest),
    };
    if !rest.is_empty() {
        return Err(Refused::with(Status::BadData));
    }
    let (public, address) = (key.public(), address(&key));
    let digits = address.trim_start_matches("0x").as_bytes();
    let mut answer = vec![65];
    answer.extend_from_slice(&public);
    answer.push(40);
    answer.extend_from_slice(digits);
    if command.p2 == 1 {
        answer.extend_from_slice(&key.chain_code());
    }
    if command.p1 != instruction::SHOW {
        return Ok(Outcome::Answer(done(answer)));
    }
    let title = match networks::name(chain) {
        Some(name) => format!("Verify {name}\naddress"),
        None => "Verify address".to_owned(),
    };
    let mut review = Review::new(Screen::sentence(Font::Regular, &title), "Confirm", "Cancel");
    review.show("Address", &address, Break::Anywhere);
    Ok(Outcome::Review(Box::new(review), Approved::Bytes(answer)))
}
