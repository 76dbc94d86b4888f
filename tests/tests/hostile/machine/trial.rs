//! A command that is tried again and again, each time with a fault at another of its calls, and run once more after each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use strongroom_protocol::JournalHash;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::Run;

use super::folder::Snapshot;
use super::tracer::{Fault, Program, Step, Traced, run};

/// What commands go through.
#[derive(Clone, Copy, Debug)]
pub struct Ordeal {
    pub faults: &'static [Fault],
    /// Whether leavings that look alike are judged once: not so in the long tier.
    pub once: bool,
}

/// Whose command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Vault,
    Desk,
}

/// A command.
pub struct Trial {
    pub side: Side,
    /// The home, by its name on the stage.
    pub home: &'static str,
    /// The program that is traced. What runs after it runs in this process.
    pub program: PathBuf,
    pub secrets: &'static [&'static str],
    /// Words that name a file of the stage begin with `@`.
    pub words: Vec<String>,
}

/// A fault, and what came of it.
pub struct Struck<'a> {
    pub fault: Fault,
    pub step: Step,
    pub traced: Traced,
    /// The stage before the command.
    pub before: &'a Snapshot,
    /// The stage after the command, when nothing happened to it.
    pub whole: &'a Snapshot,
    /// The stage after the fault.
    pub left: Snapshot,
}

impl Trial {
    pub fn new(side: Side, home: &'static str, program: &Path, words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self { side, home, program: program.to_owned(), secrets: &[], words }
    }

    pub fn with(mut self, secrets: &'static [&'static str]) -> Self {
        self.secrets = secrets;
        self
    }

    fn args(&self, scene: &Scene) -> Vec<String> {
        let mut args = vec!["--home".to_owned(), scene.stage.path(self.home).display().to_string()];
        if !self.secrets.is_empty() {
            args.push("--passphrase-stdin".to_owned());
        }
        args.extend(self.words.iter().map(|word| match word.strip_prefix('@') {
            Some(name) => scene.stage.path(name).display().to_string(),
            None => word.clone(),
        }));
        args
    }

    /// Runs it as the program that is traced.
    pub fn traced(&self, scene: &Scene, chosen: Option<(usize, Fault)>) -> Traced {
        let typed = self.secrets.iter().fold(String::new(), |typed, secret| typed + secret + "\n");
        let program = Program { path: &self.program, args: &self.args(scene), typed: &typed };
        run(&program, scene.stage.folder(), chosen)
    }

    /// Runs it, or another command on the same home, in this process.
    pub fn run(&self, scene: &mut Scene, words: &[&str], secrets: &[&str]) -> Run {
        let home = format!("@{}", self.home);
        match self.side {
            Side::Vault => scene.stage.vault_at(&home, secrets, words),
            Side::Desk => scene.stage.desk_at(&home, words),
        }
    }

    /// Runs the very command again, untouched.
    pub fn again(&self, scene: &mut Scene) -> Run {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        self.run(scene, &words, self.secrets)
    }

    /// Lets each fault happen at each call, until the command makes no more of them. `after` runs the command again and
    /// says what must hold; what must hold always is checked here. Gives the number of faults.
    pub fn each(
        &self,
        scene: &mut Scene,
        ordeal: &Ordeal,
        mut after: impl FnMut(&mut Scene, &Struck<'_>),
    ) -> usize {
        let before = Snapshot::take(scene.stage.folder());
        let untouched = self.traced(scene, None);
        let expected = untouched.exit;
        assert!(matches!(expected, Some(0 | 7)), "{:?}: {}", self.words, untouched.stderr);
        let whole = Snapshot::take(scene.stage.folder());
        let mut struck = 0;
        for fault in ordeal.faults {
            let mut judged = BTreeSet::new();
            for number in 0.. {
                before.put_back();
                let traced = self.traced(scene, Some((number, *fault)));
                let Some(step) = traced.hit.clone() else {
                    assert_eq!(traced.exit, expected, "{}", traced.stderr);
                    break;
                };
                struck += 1;
                let left = Snapshot::take(scene.stage.folder());
                let struck = Struck { fault: *fault, step, traced, before: &before, whole: &whole, left };
                struck.ended_well(expected);
                // A sync changes nothing that a process can see: what is left is what was left one call earlier.
                if judged.insert((struck.left.shape(), struck.traced.exit)) || !ordeal.once {
                    after(scene, &struck);
                    self.held(scene, &struck);
                }
            }
        }
        before.put_back();
        println!(
            "{:?} {}: {} calls, {struck} faults",
            self.side,
            self.words.join(" "),
            untouched.steps.len()
        );
        struck
    }

    /// What must hold whatever happened: the journal is whole and has every line that was ever acknowledged, and nothing
    /// lies about that does not belong there.
    fn held(&self, scene: &mut Scene, struck: &Struck<'_>) {
        self.run(scene, &["journal", "verify"], &[]).done();
        let now = Snapshot::take(scene.stage.folder());
        for home in ["vault", "desk", self.home] {
            for name in ["journal", "journal.log"] {
                let path = Path::new(home).join(name);
                let Some(bytes) = now.file(&path) else { continue };
                let lines = lines(bytes);
                for earlier in [struck.before, &struck.left] {
                    if let Some((number, hash)) = mark(earlier, &path) {
                        let found = number == 0 || lines.get(&number) == Some(&hash);
                        assert!(found, "line {number} of {} is lost: {}", path.display(), struck.words());
                    }
                }
            }
        }
        for stray in now.beyond(struck.whole).difference(&struck.before.beyond(struck.whole)) {
            assert!(struck.may_be_left(stray), "{} is left: {}", stray.display(), struck.words());
        }
    }
}

impl Struck<'_> {
    /// It was killed where it was to be killed; otherwise it did its work, or said which file failed and what to do.
    fn ended_well(&self, expected: Option<i32>) {
        let traced = &self.traced;
        if matches!(self.fault, Fault::Kill | Fault::Torn) {
            assert_eq!(traced.exit, None, "{}", self.words());
            return;
        }
        if traced.exit == expected {
            return;
        }
        assert!(matches!(traced.exit, Some(8 | 9)), "{}", self.words());
        let error = traced.stderr.split_once("error: ").map_or("", |(_, error)| error);
        let folder = self.left.root().display().to_string();
        assert!(error.contains(&folder), "no file is named: {}", self.words());
        let remedy = error.split_once("\n       ").is_some();
        assert!(remedy, "no remedy: {}", self.words());
    }

    /// What happened, for whoever must look for what went wrong.
    pub fn words(&self) -> String {
        let Step { call, path, .. } = &self.step;
        let Traced { exit, stdout, stderr, .. } = &self.traced;
        format!("{:?} at {call} of {}: {exit:?}\n{stdout}{stderr}", self.fault, path.display())
    }

    /// Whether a file may be left over: a temporary one, by a program that had no chance to take it away.
    fn may_be_left(&self, name: &Path) -> bool {
        let ends = |part: &str, endings: &[&str]| {
            let ending = Path::new(part).extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| endings.contains(&ending))
        };
        let text = name.file_name().unwrap().to_str().unwrap();
        let mut parts = name.iter().map(|part| part.to_str().unwrap());
        let temporary = parts.any(|part| part.starts_with('.') && ends(part, &["new", "tmp"]));
        let mark = text.ends_with(".mark.new");
        let store = ends(text, &["sqlite-wal", "sqlite-shm"]);
        // A record that was sealed and not journaled: the next one has another time in it, and so another name.
        let record = ends(text, &["account"]);
        let gone = matches!(self.fault, Fault::Kill | Fault::Torn | Fault::ReadOnly)
            || self.step.call.starts_with("unlink")
            || self.step.call == "rmdir";
        store || record || (gone && (temporary || mark))
    }
}

/// The hashes of a journal's whole lines, by number.
fn lines(mut bytes: &[u8]) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if rest.len() < length {
            break;
        }
        let (line, rest) = rest.split_at(length);
        found.insert(found.len() as u64 + 1, JournalHash::of(line).to_string());
        bytes = rest;
    }
    found
}

/// The line that a journal's mark names: acknowledged, and never to be lost.
fn mark(stage: &Snapshot, journal: &Path) -> Option<(u64, String)> {
    let mut path = journal.as_os_str().to_owned();
    path.push(".mark");
    let text = std::str::from_utf8(stage.file(path)?).ok()?;
    let (number, hash) = text.trim_end().split_once(' ')?;
    Some((number.parse().ok()?, hash.to_owned()))
}
