//! An office: a folder, a clock, people with keys, and nodes; and the program run in it.

use std::cell::{Cell, RefCell};
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use ssh_key::HashAlg;
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use strongroom_desk::World;
use strongroom_desk::ssh::{SshError, SshSigner, SshSigners, read_public_key};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SshSignature};
use tempfile::TempDir;

use crate::nodes::Nodes;

/// 2026-11-20T12:00:00Z.
pub const NOON: u64 = 1_795_176_000;

/// Everybody, by seed. Admins: alice, bob, carol. Mallory is nobody.
pub const PEOPLE: [(&str, u8); 10] = [
    ("alice", 1),
    ("bob", 2),
    ("carol", 3),
    ("frank", 5),
    ("erin", 6),
    ("dave", 7),
    ("grace", 8),
    ("heidi", 9),
    ("station", 50),
    ("mallory", 99),
];

pub fn key(seed: u8) -> PrivateKey {
    Ed25519Keypair::from_seed(&[seed; 32]).into()
}

pub fn key_of(name: &str) -> PrivateKey {
    key(PEOPLE.iter().find(|(known, _)| *known == name).unwrap().1)
}

pub fn public_of(name: &str) -> PublicKey {
    PublicKey::new(key_of(name).public_key().clone()).unwrap()
}

pub fn sign_with(key: &PrivateKey, namespace: Namespace, message: &[u8]) -> SshSignature {
    SshSignature::from_ssh(&key.sign(namespace.as_str(), HashAlg::Sha512, message).unwrap()).unwrap()
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The run did its work.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The run ended with this exit code and these words on standard error.
    #[track_caller]
    pub fn refused(self, code: u8, words: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains(words), "{words:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{words:?} is not in {self:?}");
        self
    }

    #[track_caller]
    pub fn warns(self, words: &str) -> Self {
        assert!(self.err.contains(words), "{words:?} is not in {self:?}");
        self
    }
}

/// A folder with everybody's public keys, and the world around it.
pub struct Office {
    folder: TempDir,
    pub clock: Rc<Cell<u64>>,
    pub nodes: Nodes,
    /// Whose keys the agent holds.
    pub agent: RefCell<Option<Vec<&'static str>>>,
    /// Whether what is signed is signed wrong.
    pub forging: Cell<bool>,
    /// How many signature files there are.
    made: Cell<u32>,
}

impl Office {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, _) in PEOPLE {
            let line = format!("{} {name}@example\n", public_of(name));
            std::fs::write(folder.path().join(format!("{name}.pub")), line).unwrap();
        }
        Self {
            folder,
            clock: Rc::new(Cell::new(NOON)),
            nodes: Nodes::default(),
            agent: RefCell::new(None),
            forging: Cell::new(false),
            made: Cell::new(0),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn home(&self) -> PathBuf {
        self.path("user/.strongroom/desk")
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs a command line: words parted by spaces, `'…'` around several, `@` before the name of a file of the office.
    pub fn run(&self, line: &str) -> Ran {
        let folder = format!("{}/", self.folder.path().display());
        let args = words(line).into_iter().map(|word| word.replace('@', &folder)).collect();
        self.run_with(args, b"")
    }

    /// Runs the words as they are, with something on standard input.
    pub fn run_with(&self, args: Vec<String>, stdin: &[u8]) -> Ran {
        let (out, err) = (Shared::default(), Shared::default());
        let mut world = self.world(&out, &err, stdin);
        let args = std::iter::once("strongroom".to_owned()).chain(args);
        let code = strongroom_desk::run(args, &mut world);
        Ran { code, out: out.text(), err: err.text() }
    }

    /// Runs a command line and reads the one JSON document that it prints.
    pub fn json(&self, line: &str) -> (u8, Value) {
        let ran = self.run(&format!("{line} --output json"));
        let document: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
        assert_eq!(document["schema"], "strongroom.result.v1");
        assert_eq!(ran.err, "", "everything is in the document");
        assert_eq!(document["ok"], ran.code == 0, "{document}");
        (ran.code, document)
    }

    /// The stable name of the error that a command line ends with, and its exit code.
    pub fn error(&self, line: &str) -> (u8, String) {
        let (code, document) = self.json(line);
        (code, document["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
    }

    fn world(&self, out: &Shared, err: &Shared, stdin: &[u8]) -> World {
        let clock = Rc::clone(&self.clock);
        World {
            stdin: Box::new(Cursor::new(stdin.to_vec())),
            stdout: Box::new(out.clone()),
            stderr: Box::new(err.clone()),
            progress: false,
            user_folder: Some(self.path("user")),
            clock: Box::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.get())),
            transports: Box::new(self.nodes.clone()),
            signers: Box::new(People { agent: self.agent.borrow().clone(), forging: self.forging.get() }),
        }
    }

    /// Founds the house and makes a home for it.
    pub fn with_home() -> Self {
        Self::with_home_of("")
    }

    /// Founds a house that is drafted with more on the command line, and makes a home for it.
    pub fn with_home_of(more: &str) -> Self {
        let office = Self::new();
        office
            .run(&format!("house draft --name 'Example treasury' --admin alice=@alice.pub --admin bob=@bob.pub --admin carol=@carol.pub --threshold 2 -o @house.txt {more}"))
            .done();
        for name in ["alice", "bob", "carol"] {
            office.run(&format!("house sign @house.txt --key @{name}.pub -o @house.{name}.sig")).done();
        }
        office
            .run("house seal @house.txt @house.alice.sig @house.bob.sig @house.carol.sig -o @admins.txt")
            .done();
        let (_, shown) = office.json("house show @admins.txt");
        let code = shown["data"]["code"].as_str().unwrap();
        office.run(&format!("init --admins @admins.txt --house {code}")).done();
        office
    }

    /// The house's id.
    pub fn house(&self) -> String {
        self.json("house show @admins.txt").1["data"]["house"].as_str().unwrap().to_owned()
    }

    /// Has some admins sign a text and seals it: `kind` is `policy`, `book` or `thaw`.
    pub fn sealed(&self, kind: &str, file: &str, names: &[&str], out: &str) -> Ran {
        let mut signatures = String::new();
        for name in names {
            let made = self.made.get();
            self.made.set(made + 1);
            self.run(&format!("{kind} sign @{file} --key @{name}.pub -o @{made}.sig")).done();
            signatures.push_str(&format!(" @{made}.sig"));
        }
        self.run(&format!("{kind} seal @{file}{signatures} -o @{out}"))
    }
}

pub fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut any) = (false, false);
    for c in line.chars() {
        match c {
            '\'' | '"' => {
                quoted = !quoted;
                any = true;
            }
            ' ' if !quoted => {
                if any || !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(c),
        }
    }
    if any || !word.is_empty() {
        all.push(word);
    }
    all
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// People's keys as an agent and `ssh-keygen` would have them.
struct People {
    agent: Option<Vec<&'static str>>,
    forging: bool,
}

struct Hand {
    keys: Vec<PrivateKey>,
    forging: bool,
}

impl SshSigners for People {
    fn agent(&self) -> Result<Box<dyn SshSigner>, SshError> {
        let names = self.agent.as_ref().ok_or(SshError::NoAgent)?;
        Ok(Box::new(Hand { keys: names.iter().map(|name| key_of(name)).collect(), forging: self.forging }))
    }

    fn keygen(&self, public_key: &Path) -> Result<Box<dyn SshSigner>, SshError> {
        let wanted = read_public_key(public_key)?;
        let known = PEOPLE.iter().map(|(name, _)| key_of(name));
        let keys = known.filter(|key| PublicKey::new(key.public_key().clone()).unwrap() == wanted).collect();
        Ok(Box::new(Hand { keys, forging: self.forging }))
    }
}

impl SshSigner for Hand {
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError> {
        Ok(self.keys.iter().map(|key| PublicKey::new(key.public_key().clone()).unwrap()).collect())
    }

    fn sign(
        &mut self,
        key: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError> {
        let own =
            self.keys.iter().find(|own| PublicKey::new(own.public_key().clone()).unwrap() == *key).unwrap();
        let message = if self.forging { b"something else".as_slice() } else { message };
        Ok(sign_with(own, namespace, message))
    }
}
