//! Software Ledgers on the bench's bus, and a house to practise in whose accounts they hold.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use strongroom_evm_codec::EvmCodec;
use strongroom_journal::{Journal, VaultEntry};
use strongroom_ledger::framing::{ANSWER_LIMIT, Assembly};
use strongroom_ledger::{Channel, Lapse, Listener, frames};
use strongroom_protocol::{Action, Codec as _, EvmFacts, EvmFees, Facts, Intent, Reply, Rung};
use strongroom_virtual::seed::PUBLISHED;
use strongroom_virtual::{Decision, Ledger, Owner, Script, Setup, Socket, TrainingSeed, VirtualBus};
use strongroom_wire::{Bus, Found, Patience, Report, Wire, WireError};

use super::house::{Asked, COIN, EXCHANGE, House, found, house_of};
use super::{Bench, Run, STATION_PASS};

/// The first address of the emulator's seed (tests/transcripts/ledger/ethereum.jsonl).
pub const LEDGER_ADDRESS: &str = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D";
/// A token that the vendor described.
pub const USDC: &str = "eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
/// The vendor's description of it (tests/transcripts/ledger/ethereum-2.jsonl).
pub const DESCRIPTOR: &str = "0455534443a0b86991c6218b36c1d19d4a2e9eb0ce3606eb4800000006000000013045022100b2e358726e4e6a6752cf344017c0e9\
                              d45b9a904120758d45f61b2804f9ad5299022015161ef28d8c4481bd9432c13562def9cce688bcfec896ef244c9a213f106cdd";

/// An owner who approves everything.
pub fn yes() -> Script {
    Script::always(Decision::Approve)
}

/// A Ledger with the emulator's seed, the Ethereum app open and blind signing off.
pub fn ledger(owner: impl Owner + 'static) -> Ledger {
    Ledger::new(Setup::new(TrainingSeed::emulator().unwrap()), Box::new(owner))
}

/// One that looks the same and has another seed.
pub fn stranger(owner: impl Owner + 'static) -> Ledger {
    let seed = TrainingSeed::new(PUBLISHED[1], "").unwrap();
    Ledger::new(Setup::new(seed), Box::new(owner))
}

/// Has the policy let the token be signed unseen.
pub fn with_leave(text: String) -> String {
    let leave = format!("blind = {{ device = \"ledger\", assets = [\"{}\"] }}", super::house::TOKEN);
    text.replace("spend = true\n", &format!("spend = true\n{leave}\n"))
}

/// A house to practise in, whose two accounts a Ledger holds.
pub struct Practice {
    pub house: House,
    pub bus: VirtualBus,
    /// Where that Ledger is plugged in.
    pub socket: Socket,
}

/// A bench to practise on, with these devices.
pub fn bench(bus: &VirtualBus) -> Bench {
    let bench = Bench::new();
    bench.training.set(true);
    bench.bus.replace(Box::new(bus.clone()));
    bench
}

/// The registry and the book know the token that the vendor described.
pub fn rules(adjust: impl Fn(String) -> String) -> (impl Fn(String) -> String, impl Fn(String) -> String) {
    let asset = format!(
        "\n[[asset]]\nid = \"{USDC}\"\nsymbol = \"USDC\"\ndecimals = 6\nmax_item = \"100000\"\nmax_request = \"100000\"\n\
         max_day = \"100000\"\ndescriptor = {{ ledger = \"{DESCRIPTOR}\" }}\n"
    );
    let book = |text: String| text.replace("\"USDX\"", "\"USDX\", \"USDC\"");
    (move |text| adjust(text) + &asset, book)
}

impl Practice {
    pub fn new() -> Self {
        Self::with(|policy| policy)
    }

    /// The same with another policy text.
    pub fn with(adjust: impl Fn(String) -> String) -> Self {
        let bus = VirtualBus::new();
        let socket = bus.add(ledger(yes()));
        let bench = bench(&bus);
        let station = found(&bench);
        let enroll =
            ["enroll", "--device", "ledger", "--chain", "eip155:1", "--count", "2", "--label", "Cold"];
        bench.run_secrets(&[&enroll[..], &["-o", "@cold.account"]].concat(), &[STATION_PASS]).ok();
        let house = House::ruled(bench, station, &["cold-1.account", "cold-2.account"], rules(adjust));
        // What was seen until here was the enrolment.
        bus.device(socket, Ledger::screens_seen);
        Self { house, bus, socket }
    }

    /// Does something with the Ledger.
    pub fn device<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        self.bus.device(self.socket, act).unwrap()
    }

    /// Gives the Ledger to somebody else.
    pub fn hand_to(&self, owner: impl Owner + 'static) {
        self.device(|device| device.hand_to(Box::new(owner)));
    }

    /// Takes the Ledger away and plugs others in; where they are.
    pub fn plug<const N: usize>(&self, others: [Ledger; N]) -> [Socket; N] {
        self.bus.unplug(self.socket);
        others.map(|device| self.bus.add(device))
    }

    /// What the owner saw since the last call.
    pub fn seen(&self) -> Vec<String> {
        self.device(Ledger::screens_seen)
    }

    /// A payment of its own, one and a half ether, from the first account's nonce on.
    pub fn payment(&self, nonce: u64) -> Asked {
        self.payments(nonce, 1)
    }

    /// Several of them.
    pub fn payments(&self, nonce: u64, count: u64) -> Asked {
        let pay = |n| self.house.pay(EXCHANGE, 3 * COIN / 2, &format!("INV-{n}"));
        self.asked((nonce..nonce + count).map(pay).collect(), nonce)
    }

    /// An intent to pay a token to the exchange, in base units.
    pub fn token(&self, asset: &str, amount: u64, reference: &str) -> Intent {
        let action = Action::Pay {
            asset: asset.parse().unwrap(),
            to: EXCHANGE.parse().unwrap(),
            amount: amount.into(),
        };
        self.house.intent(action, reference)
    }

    /// These intents, approved.
    pub fn asked(&self, intents: Vec<Intent>, nonce: u64) -> Asked {
        self.house.asked(self.house.request(intents, nonce))
    }

    /// Signs a pack as an operator who has everything right.
    pub fn sign(&self, asked: &Asked, out: &str) -> Run {
        self.sign_with(asked, out, &[])
    }

    /// The same with more on the command line.
    pub fn sign_with(&self, asked: &Asked, out: &str, more: &[&str]) -> Run {
        self.house.pack("sign.pack", asked);
        let args = ["sign", "@sign.pack", "--confirm", &asked.code, "-o", out];
        self.house.bench.run_secrets(&[&args[..], more].concat(), &[STATION_PASS])
    }

    /// How many claims and receipts the journal has, which is whole.
    pub fn standing(&self) -> (usize, usize) {
        let (mut claimed, mut signed) = (0, 0);
        Journal::open(&self.house.bench.path("home/journal"), house_of(true), |line, _| match line.entry {
            VaultEntry::Claimed { .. } => claimed += 1,
            VaultEntry::Signed { .. } => signed += 1,
            _ => {}
        })
        .unwrap();
        (claimed, signed)
    }

    /// Every signature of a reply is one of its account over the bytes that were asked for: the raw transactions.
    pub fn raw(&self, asked: &Asked, reply: &Reply) -> Vec<Vec<u8>> {
        let items = reply.items.iter().flat_map(|signed| {
            let item = asked.request.items.iter().find(|item| item.intent == signed.intent).unwrap();
            let intent = &asked.request.plan.value().intents[usize::try_from(item.intent).unwrap()];
            let account = self.house.accounts.iter().find(|account| account.id() == intent.account).unwrap();
            assert_eq!(item.rungs.len(), signed.rungs.len());
            item.rungs.iter().zip(&signed.rungs).map(|(rung, signatures)| {
                let tx = EvmCodec.decode(account, &rung.unsigned).unwrap();
                tx.assemble(signatures).unwrap().0
            })
        });
        items.collect()
    }

    /// The version of an intent's transaction that pays one price (EIP-155), in gwei.
    pub fn legacy(&self, intent: &Intent, nonce: u64, gwei: u64) -> Rung {
        let gas_price = (gwei * 1_000_000_000).into();
        let facts = Facts::Evm(EvmFacts { nonce, gas_limit: 60_000, fees: EvmFees::Legacy { gas_price } });
        let account = self.house.accounts.iter().find(|account| account.id() == intent.account).unwrap();
        let unsigned = EvmCodec.build(account, intent, &facts).unwrap();
        Rung { facts, unsigned }
    }

    /// The lines of what owners pressed and nobody was told yet, the one that names the request among them.
    pub fn pressed(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.house.bench.path("home/pressed")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// What somebody between the vault and its devices makes of an answer to a command, status word included.
pub type Change = Box<dyn FnMut(&[u8], Vec<u8>) -> Vec<Report> + Send>;

/// A bus between the vault and its devices, on which answers are changed.
pub struct Meddled {
    pub bus: VirtualBus,
    pub change: Arc<Mutex<Change>>,
}

impl Meddled {
    pub fn new(bus: &VirtualBus, change: impl FnMut(&[u8], Vec<u8>) -> Vec<Report> + Send + 'static) -> Self {
        Self { bus: bus.clone(), change: Arc::new(Mutex::new(Box::new(change))) }
    }

    /// Answers become other answers, in proper reports.
    pub fn answers(
        bus: &VirtualBus,
        mut change: impl FnMut(&[u8], Vec<u8>) -> Vec<u8> + Send + 'static,
    ) -> Self {
        Self::new(bus, move |command, answer| reports(&change(command, answer)))
    }
}

/// An answer in the reports that it takes.
pub fn reports(answer: &[u8]) -> Vec<Report> {
    frames(Channel::HOST, answer).unwrap()
}

impl Bus for Meddled {
    fn list(&mut self) -> Result<Vec<Found>, WireError> {
        self.bus.list()
    }

    fn open(&mut self, found: &Found) -> Result<Box<dyn Wire>, WireError> {
        Ok(Box::new(Tap {
            wire: self.bus.open(found)?,
            listener: Listener::new(Lapse::Waits),
            command: Vec::new(),
            waiting: VecDeque::new(),
            change: Arc::clone(&self.change),
        }))
    }
}

struct Tap {
    wire: Box<dyn Wire>,
    listener: Listener,
    command: Vec<u8>,
    waiting: VecDeque<Report>,
    change: Arc<Mutex<Change>>,
}

impl Wire for Tap {
    fn send(&mut self, report: &Report) -> Result<(), WireError> {
        if let Some((_, command)) = self.listener.hear(report) {
            self.command = command;
        }
        self.wire.send(report)
    }

    fn receive(&mut self, patience: Patience) -> Result<Report, WireError> {
        if let Some(report) = self.waiting.pop_front() {
            return Ok(report);
        }
        let mut assembly = Assembly::new(Channel::HOST, ANSWER_LIMIT);
        let answer = loop {
            if let Some(answer) = assembly.push(&self.wire.receive(patience)?).unwrap() {
                break answer;
            }
        };
        self.waiting.extend((self.change.lock().unwrap())(&self.command, answer));
        self.waiting.pop_front().ok_or(WireError::Silent(std::time::Duration::from_secs(10)))
    }
}
