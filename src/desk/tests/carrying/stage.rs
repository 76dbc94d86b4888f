//! A house, a chain, a vault, and runs of the program in which anybody's key may be at hand.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use strongroom_desk::World;
use strongroom_desk::ssh::{SshError, SshSigner, SshSigners};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, Request, SshSignature, Timestamp};

use crate::house::{COLD, House, Person, START};
use crate::nodes::Chain;
use crate::vault::Vault;

/// People with their seeds, as the house's policy has them.
pub const ALICE: (&str, u8) = ("alice", 3);
pub const BOB: (&str, u8) = ("bob", 4);
pub const CAROL: (&str, u8) = ("carol", 5);
pub const GRACE: (&str, u8) = ("grace", 6);

/// When runs happen, in seconds after the start, unless a test says otherwise.
pub const HOUR: u64 = 3600;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Agent((&'static str, u8));

impl SshSigner for Agent {
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError> {
        Ok(vec![Person::new(self.0.0, self.0.1).public_key()])
    }

    fn sign(
        &mut self,
        _: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError> {
        Ok(Person::new(self.0.0, self.0.1).sign(namespace, message))
    }
}

struct Agents((&'static str, u8));

impl SshSigners for Agents {
    fn agent(&self) -> Result<Box<dyn SshSigner>, SshError> {
        Ok(Box::new(Agent(self.0)))
    }

    fn keygen(&self, _: &Path) -> Result<Box<dyn SshSigner>, SshError> {
        Ok(Box::new(Agent(self.0)))
    }
}

/// How a run ended.
pub struct Run {
    pub exit: u8,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// The document's data, of a run that went well.
    pub fn data(&self) -> Value {
        assert_eq!(self.exit, 0, "{}{}", self.out, self.err);
        self.json()["data"].clone()
    }

    /// Exit code and name of the one error, of a run that did not.
    pub fn error(&self) -> (u8, String) {
        (self.exit, self.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The words of the one error.
    pub fn words(&self) -> String {
        self.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// Everything on stage.
pub struct Stage {
    pub house: House,
    pub chain: Chain,
    pub vault: Vault,
    /// Seconds after the start.
    pub now: u64,
    pub person: (&'static str, u8),
    /// What is typed.
    pub typed: &'static str,
    pub output: &'static str,
}

impl Stage {
    pub fn new() -> Self {
        Self::of(House::new(|text| text))
    }

    pub fn of(house: House) -> Self {
        let vault = Vault::new(&house);
        let chain = Chain::new(COLD);
        Self { house, chain, vault, now: HOUR, person: ALICE, typed: "", output: "json" }
    }

    /// Runs the program with the stage's home.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_in(&self.house.home, args)
    }

    /// Runs the program with another home.
    pub fn run_in(&self, home: &Path, args: &[&str]) -> Run {
        play(home, self.chain.clone(), self.person, self.now, self.typed, self.output, args)
    }

    /// Runs the program as somebody.
    pub fn run_as(&mut self, person: (&'static str, u8), args: &[&str]) -> Run {
        let before = std::mem::replace(&mut self.person, person);
        let run = self.run(args);
        self.person = before;
        run
    }

    /// A file's path.
    pub fn path(&self, name: &str) -> String {
        self.house.file(name).display().to_string()
    }

    /// A payment of ETH to the exchange, by alice, with so many versions.
    pub fn pay(&self, amount: &str, reference: &str, ladder: &str, out: &str) -> Run {
        let out = self.path(out);
        self.run(&[
            "pay",
            "Cold 0",
            "Exchange A",
            amount,
            "ETH",
            "--reference",
            reference,
            "--ladder",
            ladder,
            "--agent",
            "-o",
            &out,
        ])
    }

    /// A request that was written to a file.
    pub fn request(&self, name: &str) -> Request {
        strongroom_protocol::Bundle::read(&std::fs::read(self.house.file(name)).unwrap()).unwrap()
    }

    /// Has the vault sign a request, and takes its reply in.
    pub fn sign(&mut self, request: &str) {
        let name = format!("{request}.reply");
        let reply = self.vault.answer(&self.request(request));
        std::fs::write(self.house.file(&name), &reply).unwrap();
        let run = self.run(&["reply", "import", &self.path(&name)]);
        assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    }

    /// A payment, signed and taken in: the first digits of its id.
    pub fn signed_payment(&mut self, reference: &str, ladder: &str) -> String {
        let name = format!("{reference}.req");
        assert_eq!(self.pay("1.5", reference, ladder, &name).exit, 0);
        self.sign(&name);
        self.request(&name).id().to_string()
    }

    /// What `status` says of each line: state, note.
    pub fn lines(&self, request: &str) -> Vec<(String, String)> {
        let data = self.run(&["status", request]).data();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        data["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (text(&line["state"]), text(&line["note"])))
            .collect()
    }

    /// The names of the journal's entries, with the whole line.
    pub fn journal(&self) -> String {
        let run = self.run(&["journal", "show"]);
        assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
        run.out
    }
}

/// Freezes a desk, in words that scripts read.
pub fn run_freeze(home: &Path, chain: Chain) -> Run {
    let args = ["freeze", "--by", "bob", "--reason", "a laptop is missing"];
    play(home, chain, BOB, HOUR, "", "json", &args)
}

fn play(
    home: &Path,
    chain: Chain,
    person: (&'static str, u8),
    seconds: u64,
    typed: &'static str,
    output: &str,
    args: &[&str],
) -> Run {
    let (out, err) = (Sink::default(), Sink::default());
    let start: Timestamp = START.parse().unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(start.unix() + seconds);
    let mut world = World {
        stdin: Box::new(typed.as_bytes()),
        stdout: Box::new(out.clone()),
        stderr: Box::new(err.clone()),
        progress: false,
        user_folder: None,
        clock: Box::new(move || now),
        transports: Box::new(chain),
        signers: Box::new(Agents(person)),
    };
    let home = home.display().to_string();
    let head = ["strongroom", "--home", &home, "--output", output];
    let exit = strongroom_desk::run(head.iter().chain(args).map(|arg| (*arg).to_owned()), &mut world);
    Run { exit, out: out.text(), err: err.text() }
}
