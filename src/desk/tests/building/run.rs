//! Runs the whole program in process, with an agent that holds some people's keys.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use strongroom_desk::World;
use strongroom_desk::ssh::{SshError, SshSigner, SshSigners};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SshSignature, Timestamp};

use crate::house::{House, Person, START};
use crate::nodes::Chain;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

/// A pipe that nobody reads.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

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

/// People whose keys are in the agent, by name and seed.
pub type People = &'static [(&'static str, u8)];

struct Agent(People);

impl SshSigner for Agent {
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError> {
        Ok(self.0.iter().map(|(name, seed)| Person::new(name, *seed).public_key()).collect())
    }

    fn sign(
        &mut self,
        key: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError> {
        let people = self.0.iter().map(|(name, seed)| Person::new(name, *seed));
        let person = people.into_iter().find(|person| person.public_key() == *key);
        person
            .map(|person| person.sign(namespace, message))
            .ok_or(SshError::NotACandidate { wanted: "somebody else".to_owned() })
    }
}

struct Agents(People);

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

    /// The one error's name and words, of a run that did not.
    pub fn error(&self) -> (u8, String, String) {
        let error = &self.json()["errors"][0];
        let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
        (self.exit, text("code"), text("message"))
    }
}

/// Runs a command an hour after the start, with alice's key at hand.
pub fn run(house: &House, chain: &Chain, args: &[&str]) -> Run {
    run_as(house, chain, &[("alice", 3)], "json", args)
}

/// The same, for people to read.
pub fn run_human(house: &House, chain: &Chain, args: &[&str]) -> Run {
    run_as(house, chain, &[("alice", 3)], "human", args)
}

/// Runs a command so many seconds later.
pub fn run_later(house: &House, chain: &Chain, seconds: u64, args: &[&str]) -> Run {
    run_at(house, chain, &[("alice", 3)], "json", 3600 + seconds, args)
}

/// Runs a command with other keys at hand.
pub fn run_as(house: &House, chain: &Chain, people: People, output: &str, args: &[&str]) -> Run {
    run_at(house, chain, people, output, 3600, args)
}

/// Runs a command whose standard output breaks.
pub fn run_broken(house: &House, chain: &Chain, args: &[&str]) -> Run {
    let err = Sink::default();
    let exit = go(house, chain, (&[("alice", 3)], "human", 3600), (Box::new(Broken), err.clone()), args);
    Run { exit, out: String::new(), err: err.text() }
}

fn run_at(house: &House, chain: &Chain, people: People, output: &str, seconds: u64, args: &[&str]) -> Run {
    let (out, err) = (Sink::default(), Sink::default());
    let exit = go(house, chain, (people, output, seconds), (Box::new(out.clone()), err.clone()), args);
    Run { exit, out: out.text(), err: err.text() }
}

fn go(
    house: &House,
    chain: &Chain,
    (people, output, seconds): (People, &str, u64),
    (out, err): (Box<dyn Write>, Sink),
    args: &[&str],
) -> u8 {
    let start: Timestamp = START.parse().unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(start.unix() + seconds);
    let mut world = World {
        stdin: Box::new(std::io::empty()),
        stdout: out,
        stderr: Box::new(err),
        progress: false,
        user_folder: None,
        clock: Box::new(move || now),
        transports: Box::new(chain.clone()),
        signers: Box::new(Agents(people)),
    };
    let home = house.home.display().to_string();
    let head = ["strongroom", "--home", &home, "--output", output];
    strongroom_desk::run(head.iter().chain(args).map(|arg| (*arg).to_owned()), &mut world)
}
