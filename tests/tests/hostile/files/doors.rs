//! Ways by which a file comes in, and what must be so after it was refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use strongroom_journal::{Line, VaultEntry};
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::canonical;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Account, Bundle, Sealed};

use crate::house::Person;
use crate::stage::Stage;
use crate::support::house::{Asked, COIN, EXCHANGE, House, sign};
use crate::support::{Bench, KEY_PASS, STATION_PASS};

/// A way by which a file comes in.
pub(super) trait Door {
    /// The genuine file.
    fn genuine(&self) -> Vec<u8>;
    /// Lays a file down, as bytes: exit code, and everything that was said.
    fn lay(&self, bytes: &[u8]) -> (u8, String);
    /// The folder in which everything is.
    fn folder(&self) -> PathBuf;
}

/// The file that is laid down; whatever else is new was written by the program.
const LAID: &str = "laid";

/// Every file but the one that is laid down and the desk's store, whose journal says what is in it.
fn files(door: &dyn Door) -> BTreeMap<PathBuf, Vec<u8>> {
    let store =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("desk.sqlite"));
    Bench::files(&door.folder())
        .into_iter()
        .filter(|(path, _)| !path.ends_with(LAID) && !store(path))
        .collect()
}

/// What an attack is laid down for: a door, and how things stood.
pub(super) struct Watch<'a> {
    door: &'a dyn Door,
    before: BTreeMap<PathBuf, Vec<u8>>,
}

impl<'a> Watch<'a> {
    pub(super) fn on(door: &'a dyn Door) -> Self {
        Self { door, before: files(door) }
    }

    /// The file is refused with one of these exit codes, and nothing happened. Gives the words.
    #[track_caller]
    pub(super) fn refused(&mut self, what: &str, bytes: &[u8], exits: &[u8]) -> String {
        let (exit, words) = self.door.lay(bytes);
        assert!(exits.contains(&exit), "{what}: exit {exit}\n{words}");
        assert!(words.len() > 15, "{what}: these words help nobody: {words}");
        let steers = |c: char| {
            c.is_control() && c != '\n'
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}')
        };
        assert!(!words.contains(steers), "{what}: the words steer the screen: {words:?}");
        self.nothing_happened(what);
        words
    }

    #[track_caller]
    fn nothing_happened(&mut self, what: &str) {
        let after = files(self.door);
        for (path, bytes) in &after {
            let name = path.file_name().unwrap().to_string_lossy();
            match self.before.get(path) {
                Some(before) if before == bytes => {}
                Some(before) if name == "journal" => only_a_refusal(what, before, bytes),
                Some(_) if name == "journal.mark" => {}
                Some(_) => panic!("{what}: {} changed", path.display()),
                None => panic!("{what}: {} was written", path.display()),
            }
        }
        for path in self.before.keys() {
            assert!(after.contains_key(path), "{what}: {} is gone", path.display());
        }
        self.before = after;
    }

    /// The genuine file is taken: the attacks were what was refused.
    #[track_caller]
    pub(super) fn genuine_is_taken(self) {
        let (exit, words) = self.door.lay(&self.door.genuine());
        assert_eq!(exit, 0, "{words}");
    }
}

/// A vault's journal is longer by one line, and it says what was refused.
#[track_caller]
fn only_a_refusal(what: &str, before: &[u8], after: &[u8]) {
    let frame = after.strip_prefix(before).unwrap_or_else(|| panic!("{what}: a line of the journal changed"));
    let (length, line) = frame.split_first_chunk::<4>().unwrap();
    assert_eq!(
        usize::try_from(u32::from_be_bytes(*length)).unwrap(),
        line.len(),
        "{what}: more than one line"
    );
    let line: Line<VaultEntry> = canonical::decode(line).unwrap();
    assert!(matches!(line.entry, VaultEntry::Refused { .. }), "{what}: {:?}", line.entry);
}

/// A vault that has signed before, so that it insists on being known, and a payment that two people approved.
pub(super) struct VaultSide {
    pub(super) house: House,
    pub(super) asked: Asked,
}

impl VaultSide {
    pub(super) fn new() -> Self {
        let house = House::new();
        let before = house.asked(house.request(vec![house.pay(EXCHANGE, COIN, "INV-1")], 6));
        house.sign(&before, "@before.reply").ok();
        let asked = house.payment();
        Self { house, asked }
    }

    pub(super) fn pack(&self) -> Pack {
        Pack {
            request: canonical::encode(&self.asked.request),
            approvals: self.asked.approvals.iter().map(ToString::to_string).collect(),
        }
    }

    fn run(&self, bytes: &[u8], args: &[&str], secrets: &[&str]) -> (u8, String) {
        self.house.bench.write(LAID, bytes);
        let run = self.house.bench.run_secrets(args, secrets);
        (run.exit, run.logged())
    }
}

/// `review` of a pack: the judge alone.
pub(super) struct Review<'a>(pub(super) &'a VaultSide);

impl Door for Review<'_> {
    fn genuine(&self) -> Vec<u8> {
        Bundle::write(&self.0.pack())
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        self.0.run(bytes, &["review", "@laid"], &[])
    }

    fn folder(&self) -> PathBuf {
        self.0.house.bench.folder.path().to_owned()
    }
}

/// `sign` of a pack, by an operator who has code and passphrases at hand.
pub(super) struct Sign<'a>(pub(super) &'a VaultSide);

impl Door for Sign<'_> {
    fn genuine(&self) -> Vec<u8> {
        Bundle::write(&self.0.pack())
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        let code = &self.0.asked.code;
        self.0.run(bytes, &["sign", "@laid", "--confirm", code, "-o", "@reply"], &[STATION_PASS, KEY_PASS])
    }

    fn folder(&self) -> PathBuf {
        self.0.house.bench.folder.path().to_owned()
    }
}

/// `review` of a request with the statement of one person apart: the file that is laid down.
pub(super) struct Approval<'a>(pub(super) &'a VaultSide);

impl Door for Approval<'_> {
    fn genuine(&self) -> Vec<u8> {
        self.0.asked.approvals[1].to_string().into_bytes()
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        self.0.run(bytes, &["review", "@one.request", "--approval", "@one.sig", "--approval", "@laid"], &[])
    }

    fn folder(&self) -> PathBuf {
        self.0.house.bench.folder.path().to_owned()
    }
}

impl<'a> Approval<'a> {
    pub(super) fn of(side: &'a VaultSide) -> Self {
        side.house.bench.write("one.request", Bundle::write(&side.asked.request));
        side.house.bench.write("one.sig", side.asked.approvals[0].to_string());
        Self(side)
    }
}

/// A text that the admins sign, installed at the vault: the next policy or the next address book.
pub(super) struct Install<'a> {
    side: &'a VaultSide,
    kind: &'static str,
    pub(super) text: String,
}

impl<'a> Install<'a> {
    pub(super) fn policy(side: &'a VaultSide) -> Self {
        let text = String::from_utf8(side.house.bench.read("policy.txt")).unwrap();
        let text = strongroom_protocol::SignedText::parse(text.as_bytes()).unwrap().text().to_owned();
        let next = format!("epoch = 2\nprevious = \"{}\"", side.house.policy.id());
        Self { side, kind: "policy", text: text.replacen("epoch = 1", &next, 1) }
    }

    pub(super) fn book(side: &'a VaultSide) -> Self {
        let entries: Vec<_> = side.house.book.destinations().cloned().collect();
        Self { side, kind: "book", text: side.house.book.next_draft(&entries).unwrap() }
    }

    /// The text as two admins sign it.
    pub(super) fn signed(&self, text: &str) -> Vec<u8> {
        let namespace = if self.kind == "policy" { Namespace::Policy } else { Namespace::Book };
        sign(&["erin", "frank"], namespace, text).to_string().into_bytes()
    }
}

impl Door for Install<'_> {
    fn genuine(&self) -> Vec<u8> {
        self.signed(&self.text)
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        self.side.run(bytes, &[self.kind, "install", "@laid"], &[])
    }

    fn folder(&self) -> PathBuf {
        self.side.house.bench.folder.path().to_owned()
    }
}

/// A desk with a payment that its vault has signed.
pub(super) struct DeskSide {
    pub(super) stage: Stage,
    pub(super) reply: strongroom_protocol::Reply,
}

impl DeskSide {
    pub(super) fn new() -> Self {
        let mut stage = Stage::new();
        assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
        let reply = stage.vault.reply(&stage.request("pay.req"));
        Self { stage, reply }
    }

    pub(super) fn station() -> Person {
        Person::new("vault-one", 7)
    }

    fn run(&self, bytes: &[u8], args: &[&str]) -> (u8, String) {
        std::fs::write(self.stage.house.file(LAID), bytes).unwrap();
        let run = self.stage.run(args);
        (run.exit, run.out + &run.err)
    }

    fn folder(&self) -> PathBuf {
        self.stage.house.home.parent().unwrap().to_owned()
    }
}

/// `reply import`.
pub(super) struct Import<'a>(pub(super) &'a DeskSide);

impl Door for Import<'_> {
    fn genuine(&self) -> Vec<u8> {
        self.0.stage.vault.seal(&self.0.reply)
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        self.0.run(bytes, &["reply", "import", &self.0.stage.path(LAID)])
    }

    fn folder(&self) -> PathBuf {
        self.0.folder()
    }
}

/// `account import`.
pub(super) struct Record<'a>(pub(super) &'a DeskSide);

impl Record<'_> {
    pub(super) fn account(&self) -> Account {
        self.0.stage.house.accounts[0].clone()
    }

    /// A record under the genuine station's seal.
    pub(super) fn seal(bytes: Vec<u8>) -> Sealed<Account> {
        let signature = DeskSide::station().sign(Namespace::Account, &bytes);
        Sealed::new(bytes, signature).unwrap()
    }
}

impl Door for Record<'_> {
    fn genuine(&self) -> Vec<u8> {
        Bundle::write(&Self::seal(canonical::encode(&self.account())))
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        self.0.run(bytes, &["account", "import", &self.0.stage.path(LAID)])
    }

    fn folder(&self) -> PathBuf {
        self.0.folder()
    }
}

/// `request show` of a request.
pub(super) struct Show<'a>(pub(super) &'a DeskSide);

impl Door for Show<'_> {
    fn genuine(&self) -> Vec<u8> {
        std::fs::read(self.0.stage.house.file("pay.req")).unwrap()
    }

    fn lay(&self, bytes: &[u8]) -> (u8, String) {
        self.0.run(bytes, &["request", "show", &self.0.stage.path(LAID)])
    }

    fn folder(&self) -> PathBuf {
        self.0.folder()
    }
}
