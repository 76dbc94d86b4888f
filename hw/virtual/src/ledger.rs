//! The device: lock, apps, what is on its screen, and the reports that come and go.

use strongroom_ledger::evm::CLASS;
use strongroom_ledger::{Answer, Channel, Command, Lapse, Listener, Status};
use strongroom_wire::Report;

use crate::ethereum::{Approved, DescriptorKey, Device, Ethereum, NAME, Outcome, VERSION};
use crate::fault::{self, Fault};
use crate::screen::{Decision, Owner, Review};
use crate::seed::TrainingSeed;

/// The class of the operating system's own commands.
const SYSTEM: u8 = 0xb0;
/// Gives the open app's name and version.
const APP_AND_VERSION: u8 = 0x01;
/// The dashboard's name and version, as a device gives them.
const DASHBOARD: (&str, &str) = ("BOLOS", "1.3.1");
/// How many screens are kept for whoever asks; then they are forgotten.
const SCREENS_KEPT: usize = 4096;
/// A command whose length byte lies.
const LENGTH: u16 = 0x6a87;

/// The app that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum App {
    /// None: the dashboard.
    Dashboard,
    /// Ethereum 1.22.0.
    Ethereum,
    /// Another one, of which only name and class are known.
    Other {
        /// Its name, such as `Bitcoin`.
        name: String,
        /// Its version.
        version: String,
        /// The class of its commands: e1 for Bitcoin, e0 for Solana and Tron.
        class: u8,
    },
}

impl App {
    fn identity(&self) -> (&str, &str) {
        match self {
            Self::Dashboard => DASHBOARD,
            Self::Ethereum => (NAME, VERSION),
            Self::Other { name, version, .. } => (name, version),
        }
    }
}

/// A device as it comes out of the box and off its owner's hands.
#[derive(Debug)]
pub struct Setup {
    /// Its seed.
    pub seed: TrainingSeed,
    /// The app that is open.
    pub app: App,
    /// Whether the PIN is still to be entered.
    pub locked: bool,
    /// The Ethereum app's setting "blind signing".
    pub blind_signing: bool,
    /// Whose token descriptors it believes.
    pub descriptor_key: DescriptorKey,
    /// What its system does with half a command.
    pub lapse: Lapse,
}

impl Setup {
    /// Unlocked, with the Ethereum app open, blind signing off, and a newer system.
    pub const fn new(seed: TrainingSeed) -> Self {
        Self {
            seed,
            app: App::Ethereum,
            locked: false,
            blind_signing: false,
            descriptor_key: DescriptorKey::Vendor,
            lapse: Lapse::Waits,
        }
    }
}

/// A software Ledger Nano S Plus. It has no thread and no clock: reports go in, reports come out.
pub struct Ledger {
    setup: Setup,
    owner: Box<dyn Owner>,
    listener: Listener,
    ethereum: Ethereum,
    asked: Option<Asked>,
    fault: Option<Fault>,
    told: Vec<String>,
}

/// A review on the screen, and where its answer goes.
struct Asked {
    review: Box<Review>,
    approved: Approved,
    channel: Channel,
}

impl Ledger {
    /// A device in an owner's hands.
    pub fn new(setup: Setup, owner: Box<dyn Owner>) -> Self {
        let listener = Listener::new(setup.lapse);
        Self { setup, owner, listener, ethereum: Ethereum::new(), asked: None, fault: None, told: Vec::new() }
    }

    /// Takes a report, and gives those that it answers with. None while a command is incomplete, and while the owner
    /// leaves a review on the screen.
    pub fn report(&mut self, report: &Report) -> Vec<Report> {
        match self.listener.hear(report) {
            None => Vec::new(),
            Some((channel, command)) => {
                let answer = self.take(channel, &command);
                self.sent(answer)
            }
        }
    }

    /// Takes a whole command, and gives its answer, status word included; none while the owner leaves a review on the
    /// screen. This is what an emulator's APDU port carries.
    pub fn exchange(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.take(Channel::HOST, command).map(|(_, answer)| answer)
    }

    /// Asks the owner again about the review on the screen, if there is one.
    pub fn ask_again(&mut self) -> Vec<Report> {
        let answer = self.ask();
        self.sent(answer)
    }

    /// Like [`ask_again`](Self::ask_again), for whole commands.
    pub fn answer_again(&mut self) -> Option<Vec<u8>> {
        self.ask().map(|(_, answer)| answer)
    }

    /// What is on the screen for the owner to decide.
    pub fn review(&self) -> Option<&Review> {
        self.asked.as_ref().map(|asked| &*asked.review)
    }

    /// Takes out the screens that the owner saw since the last call, as the recordings write them: lines separated by
    /// ` / `, then `=>` and the button that was pressed.
    pub fn screens_seen(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// Locks it. What was on the screen is gone.
    pub fn lock(&mut self) {
        self.setup.locked = true;
        self.asked = None;
    }

    /// Enters the PIN.
    pub fn unlock(&mut self) {
        self.setup.locked = false;
    }

    /// Closes the open app and opens another one. Apps remember nothing.
    pub fn open(&mut self, app: App) {
        self.setup.app = app;
        self.power_cycle();
    }

    /// Changes the Ethereum app's setting "blind signing".
    pub fn allow_blind_signing(&mut self, allowed: bool) {
        self.setup.blind_signing = allowed;
    }

    /// Gives it to another owner.
    pub fn hand_to(&mut self, owner: Box<dyn Owner>) {
        self.owner = owner;
    }

    /// Makes it betray its host from now on, or be honest again.
    pub fn corrupt(&mut self, fault: Option<Fault>) {
        self.fault = fault;
    }

    /// What a pulled cable leaves of it: the same app open, with nothing in its memory.
    pub fn power_cycle(&mut self) {
        self.listener = Listener::new(self.setup.lapse);
        self.ethereum = Ethereum::new();
        self.asked = None;
    }

    fn sent(&self, answer: Option<(Channel, Vec<u8>)>) -> Vec<Report> {
        answer.map(|(channel, answer)| fault::reports(self.fault, channel, &answer)).unwrap_or_default()
    }

    fn take(&mut self, channel: Channel, command: &[u8]) -> Option<(Channel, Vec<u8>)> {
        // A command is answered even while a review is on the screen, and then the review's own answer never comes.
        self.asked = None;
        let answer = match self.command(command) {
            Outcome::Answer(answer) => answer,
            Outcome::Notice(screen, answer) => {
                self.owner.notice(&screen);
                self.saw(screen.to_string());
                answer
            }
            Outcome::Review(review, approved) => {
                self.asked = Some(Asked { review, approved, channel });
                return self.ask();
            }
        };
        Some((channel, answer.encode()))
    }

    fn command(&mut self, bytes: &[u8]) -> Outcome {
        let failed = |status: Status| Outcome::Answer(Answer { data: Vec::new(), status });
        if self.setup.locked {
            return failed(Status::Locked);
        }
        let Ok(command) = Command::decode(bytes) else {
            self.ethereum.reset();
            // Recorded: the first two bytes of the command come back in front of the status.
            let data = bytes.iter().take(2).copied().collect();
            return Outcome::Answer(Answer { data, status: LENGTH.into() });
        };
        if (command.class, command.instruction) == (SYSTEM, APP_AND_VERSION) {
            return Outcome::Answer(Answer { data: self.app_and_version(), status: Status::Done });
        }
        match &self.setup.app {
            App::Ethereum if command.class == CLASS => {
                let Setup { seed, blind_signing, descriptor_key, .. } = &self.setup;
                self.ethereum
                    .command(&command, &Device { seed, blind_signing: *blind_signing, descriptor_key })
            }
            App::Other { class, .. } if command.class == *class => failed(Status::Instruction),
            App::Dashboard if command.class == CLASS => failed(Status::Instruction),
            _ => {
                self.ethereum.reset();
                failed(Status::Class)
            }
        }
    }

    fn app_and_version(&self) -> Vec<u8> {
        let (name, version) = self.setup.app.identity();
        let mut data = vec![1];
        for text in [name, version] {
            data.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            data.extend_from_slice(text.as_bytes());
        }
        data.extend_from_slice(&[1, 0]);
        data
    }

    /// Keeps a screen for [`screens_seen`](Self::screens_seen), as long as somebody might still ask.
    fn saw(&mut self, screen: String) {
        if self.told.len() >= SCREENS_KEPT {
            self.told.clear();
        }
        self.told.push(screen);
    }

    fn ask(&mut self) -> Option<(Channel, Vec<u8>)> {
        let asked = self.asked.take()?;
        let decision = self.owner.decide(&asked.review);
        for (screen, button) in asked.review.way(decision) {
            self.saw(format!("{screen} => {}", format!("{button:?}").to_lowercase()));
        }
        let answer = match decision {
            Decision::Leave => {
                self.asked = Some(asked);
                return None;
            }
            Decision::Approve => asked.approved.answer(&self.setup.seed, self.fault),
            Decision::Reject => Answer { data: Vec::new(), status: Status::Rejected },
        };
        self.ethereum.reset();
        Some((asked.channel, answer.encode()))
    }
}
