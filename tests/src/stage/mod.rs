//! A whole house on one machine: admins, a preparer, approvers, a desk, a vault, played through the programs' own command
//! lines, in this process or as the real binaries.
//!
//! Nothing is prepared behind the programs' backs: the house is founded, keys are made, policy and book are signed and
//! installed as a treasury would. Only the people's SSH keys and the vault's words are known in advance.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a stage for tests and the demo: what fails here is to be seen at once"
)]

mod apart;
mod documents;
mod net;
mod people;
mod play;

use std::path::{Path, PathBuf};

use strongroom_protocol::{Account, Bundle, ChainId, Sealed};

pub use apart::{Apart, VaultMachine, vault_init};
pub use documents::{Network, Payee, Token};
pub use net::{Net, another_nonce};
pub use people::People;
pub use play::{Players, Practice, Run};

/// The words of the vault's key, which every Ethereum developer knows: the first account is 0xf39F….
pub const WORDS: &str = "test test test test test test test test test test test junk";
/// The passphrase of everything in the vault.
pub const PASSPHRASE: &str = "correct horse battery staple and a bit more";
/// The file that describes the software Ledger.
const DEVICE: &str = "device.toml";
/// The name of the vault's key.
const KEY: &str = "cold";

/// Hears of every command before it runs and after.
pub type Audience = Box<dyn FnMut(&str, &[String], Option<&Run>)>;

/// A house on one machine.
pub struct Stage {
    folder: tempfile::TempDir,
    players: Players,
    people: People,
    audience: Option<Audience>,
    accounts: Vec<Account>,
}

impl Stage {
    /// A stage with its people and nothing else.
    pub fn new(players: Players) -> Self {
        let folder = tempfile::Builder::new().prefix("strongroom-").tempdir().unwrap();
        let people = People::new(folder.path());
        if players.practise() {
            let device = format!("[[device]]\nwords = \"{WORDS}\"\nblind-signing = true\n");
            std::fs::write(folder.path().join(DEVICE), device).unwrap();
        }
        Self { folder, players, people, audience: None, accounts: Vec::new() }
    }

    /// Has every command and its screen told to somebody.
    pub fn tell(&mut self, audience: Audience) {
        self.audience = Some(audience);
    }

    /// A file of the stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The people.
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// The accounts, one for each network, in their order.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Runs the desk's program. Words that name a file of the stage begin with `@`.
    pub fn desk(&mut self, words: &[&str]) -> Run {
        self.desk_at("@desk", words)
    }

    /// Runs the desk's program on another home than the stage's own.
    pub fn desk_at(&mut self, home: &str, words: &[&str]) -> Run {
        let args = self.args(&["strongroom", "--home", home], words);
        self.hear("strongroom", &args, None);
        let run = self.players.desk(&args, &self.people);
        self.hear("strongroom", &args, Some(&run));
        run
    }

    /// Runs the vault's program with secrets on its standard input.
    pub fn vault(&mut self, secrets: &[&str], words: &[&str]) -> Run {
        self.vault_at("@vault", secrets, words)
    }

    /// Runs the vault's program on another home than the stage's own.
    pub fn vault_at(&mut self, home: &str, secrets: &[&str], words: &[&str]) -> Run {
        let mut global = vec!["strongroom-vault", "--home", home];
        if !secrets.is_empty() {
            global.push("--passphrase-stdin");
        }
        let args = self.args(&global, words);
        self.hear("strongroom-vault", &args, None);
        let run = self.players.vault(&args, secrets, &self.path(DEVICE));
        self.hear("strongroom-vault", &args, Some(&run));
        run
    }

    fn hear(&mut self, program: &str, args: &[String], run: Option<&Run>) {
        if let Some(audience) = &mut self.audience {
            audience(program, args, run);
        }
    }

    fn args(&self, global: &[&str], words: &[&str]) -> Vec<String> {
        let place = |word: &&str| match word.strip_prefix('@') {
            Some(name) => self.path(name).display().to_string(),
            None => (*word).to_owned(),
        };
        global.iter().chain(words).map(place).collect()
    }

    /// The public key file of somebody, as an argument.
    fn key(name: &str) -> String {
        format!("@{name}.pub")
    }

    /// Founds the house, makes the vault's key, enrolls an account on each network, signs and installs policy and book on
    /// both sides, and adds the nodes.
    pub fn found(&mut self, networks: &[Network], payees: &[Payee]) {
        self.genesis();
        self.vault_key(networks);
        let station = std::fs::read_to_string(self.path("vault.pub")).unwrap();
        let house = std::fs::read(self.path("admins.txt")).unwrap();
        let house =
            strongroom_policy::Genesis::open(&strongroom_protocol::SignedText::parse(&house).unwrap())
                .unwrap()
                .0;
        let policy = documents::policy(house, &self.people, station.trim(), networks, &self.accounts);
        self.install("policy", "1", &policy);
        let book = documents::book(house, payees);
        self.install("book", "1", &book);
        for (n, network) in networks.iter().enumerate() {
            self.desk(&["account", "import", &format!("@account-{n}.record")]).done();
            for (node, url) in network.nodes.iter().enumerate() {
                let name = format!("node-{node}");
                self.desk(&["node", "add", &network.chain, url, "--name", &name]).done();
            }
        }
    }

    fn genesis(&mut self) {
        let admin = |name: &str| format!("{name}={}", self.path(&format!("{name}.pub")).display());
        let admins = People::ADMINS.map(admin);
        let mut draft = vec!["house", "draft", "--name", "Example treasury"];
        for admin in &admins {
            draft.extend(["--admin", admin.as_str()]);
        }
        draft.extend(["--threshold", "2", "-o", "@house.txt"]);
        if self.players.practise() {
            draft.push("--training");
        }
        self.desk(&draft).done();
        let mut seal = vec!["house".to_owned(), "seal".to_owned(), "@house.txt".to_owned()];
        for name in People::ADMINS {
            let (key, signature) = (Self::key(name), format!("@house.{name}.sig"));
            self.desk(&["house", "sign", "@house.txt", "--key", &key, "-o", &signature]).done();
            seal.push(signature);
        }
        seal.extend(["-o".to_owned(), "@admins.txt".to_owned()]);
        self.desk(&seal.iter().map(String::as_str).collect::<Vec<_>>()).done();
        let text = std::fs::read(self.path("admins.txt")).unwrap();
        let signed = strongroom_protocol::SignedText::parse(&text).unwrap();
        let (house, _) = strongroom_policy::Genesis::open(&signed).unwrap();
        let code = strongroom_protocol::ComparisonCode::of(house.as_bytes()).to_string();
        self.desk(&["init", "--admins", "@admins.txt", "--house", &code]).done();
        let init = ["init", "--admins", "@admins.txt", "--house", &code, "-o", "@vault.pub"];
        self.vault(&[PASSPHRASE], &init).done();
    }

    fn vault_key(&mut self, networks: &[Network]) {
        let (holder, secrets) = if self.players.on_device() {
            (["--device", "ledger"], &[PASSPHRASE][..])
        } else {
            self.vault(&[WORDS, PASSPHRASE], &["key", "restore", KEY]).done();
            (["--key", KEY], &[PASSPHRASE, PASSPHRASE][..])
        };
        for (n, network) in networks.iter().enumerate() {
            let record = format!("@account-{n}.record");
            let enroll = [
                "enroll",
                holder[0],
                holder[1],
                "--chain",
                &network.chain,
                "--label",
                &network.account,
                "-o",
                &record,
            ];
            self.vault(secrets, &enroll).done();
            let bytes = std::fs::read(self.path(&format!("account-{n}.record"))).unwrap();
            let sealed: Sealed<Account> = Bundle::read(&bytes).unwrap();
            assert_eq!(sealed.value().chain, network.chain.parse::<ChainId>().unwrap());
            self.accounts.push(sealed.value().clone());
        }
    }

    /// Signs a policy or a book as two of the three admins, and installs it on both sides.
    pub fn install(&mut self, kind: &str, epoch: &str, text: &str) {
        let draft = format!("@{kind}-{epoch}.toml");
        std::fs::write(self.path(&draft[1..]), text).unwrap();
        let mut seal = vec![kind.to_owned(), "seal".to_owned(), draft.clone()];
        for name in &People::ADMINS[..2] {
            let signature = format!("@{kind}-{epoch}.{name}.sig");
            self.desk(&[kind, "sign", &draft, "--key", &Self::key(name), "-o", &signature]).done();
            seal.push(signature);
        }
        let sealed = format!("@{kind}-{epoch}.txt");
        seal.extend(["-o".to_owned(), sealed.clone()]);
        self.desk(&seal.iter().map(String::as_str).collect::<Vec<_>>()).done();
        self.desk(&[kind, "install", &sealed]).done();
        self.vault(&[], &[kind, "install", &sealed]).done();
    }

    /// Two people approve a request, and it is packed: `NAME.req` to `NAME.pack`.
    pub fn approve(&mut self, name: &str) {
        let request = format!("@{name}.req");
        let mut pack = vec!["request".to_owned(), "pack".to_owned(), request.clone()];
        for person in &People::APPROVERS[..2] {
            let signature = format!("@{name}.{person}.sig");
            let key = Self::key(person);
            self.desk(&["request", "approve", &request, "--key", &key, "--yes", "-o", &signature]).done();
            pack.push(signature);
        }
        pack.extend(["-o".to_owned(), format!("@{name}.pack")]);
        self.desk(&pack.iter().map(String::as_str).collect::<Vec<_>>()).done();
    }

    /// The vault reviews and signs: `NAME.pack` to `NAME.reply`. The operator has the code from the approvers.
    pub fn sign(&mut self, name: &str) -> Run {
        let code = self.code(name);
        let (pack, reply) = (format!("@{name}.pack"), format!("@{name}.reply"));
        // The station's key has a passphrase; a software key has one besides.
        let secrets = &[PASSPHRASE, PASSPHRASE][usize::from(self.players.on_device())..];
        self.vault(secrets, &["sign", &pack, "--confirm", &code, "-o", &reply])
    }

    /// The comparison code of a request's plan, as the approvers' screens show it.
    pub fn code(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path(&format!("{name}.req"))).unwrap();
        let request: strongroom_protocol::Request = Bundle::read(&bytes).unwrap();
        let plan = strongroom_protocol::PlanId::of(request.plan.bytes());
        strongroom_protocol::ComparisonCode::of(plan.as_bytes()).to_string()
    }

    /// The id of a request.
    pub fn request(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path(&format!("{name}.req"))).unwrap();
        strongroom_protocol::RequestId::of(Bundle::document(&bytes).unwrap()).to_string()
    }

    /// The whole road of a request that is written: approvals, vault, reply, and out to the nodes.
    pub fn carry(&mut self, name: &str, send: &[&str]) -> Run {
        self.approve(name);
        self.sign(name).done();
        self.desk(&["reply", "import", &format!("@{name}.reply")]).done();
        let request = self.request(name);
        self.desk(&[&["send", request.as_str()][..], send].concat())
    }
}
