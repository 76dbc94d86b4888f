//! The vault as it is released, command by command, under `strace`; and on a terminal.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use strongroom_tests::prepare;
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, PASSPHRASE, Players};

use crate::residue::OTHER_WORDS;

/// What is looked for: every call of sockets, and what could stand in for one.
const FORBIDDEN: &str = "trace=%net,/io_uring,/execve,/pidfd,/process_vm,ptrace,bpf,fork,vfork,kill";

/// A folder in which `strongroom-vault` runs under `strace`, one log for each run.
struct Traced {
    folder: tempfile::TempDir,
}

impl Traced {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = prepare::binary("strongroom-vault").unwrap();
        symlink(prepare::binary("strongroom").unwrap(), folder.path().join("strongroom")).unwrap();
        let script = format!(
            "#!/bin/sh\nexec strace -f -qq -e signal=none -e '{FORBIDDEN}' -o '{}'/$$.log '{}' \"$@\"\n",
            folder.path().display(),
            vault.display()
        );
        let wrapper = folder.path().join("strongroom-vault");
        fs::write(&wrapper, script).unwrap();
        fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn players(&self) -> Players {
        Players::Binaries(self.folder.path().to_path_buf())
    }

    /// Every line of every log, and how many logs there are.
    fn lines(&self) -> (Vec<String>, usize) {
        let logs = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let logs: Vec<PathBuf> =
            logs.filter(|path| path.extension().is_some_and(|end| end == "log")).collect();
        let lines = logs.iter().flat_map(|log| {
            let text = fs::read_to_string(log).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        });
        (lines.collect(), logs.len())
    }
}

/// Every command there is, as the manual pages name them: `key list`.
fn commands() -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let vault = prepare::binary("strongroom-vault").unwrap();
    let made = Command::new(vault).args(["man", "--dir"]).arg(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let pages =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = pages.filter_map(|page| {
        let name = page.strip_suffix(".1")?.strip_prefix("strongroom-vault-")?;
        Some(name.replace('-', " "))
    });
    names.collect()
}

/// The commands of a run's arguments: with and without what may be a verb.
fn told(arguments: &[String]) -> [String; 2] {
    let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.peek() {
        match *word {
            "--home" => drop((words.next(), words.next())),
            "--passphrase-stdin" => drop(words.next()),
            _ => break,
        }
    }
    let (noun, verb) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    [noun.to_owned(), format!("{noun} {verb}")]
}

#[test]
#[ignore = "needs the built programs, OpenSSH and strace: run cargo verify"]
fn no_command_of_the_vault_makes_a_call_of_sockets() {
    let traced = Traced::new();
    let heard = std::rc::Rc::new(std::cell::RefCell::new(BTreeSet::new()));
    let mut scene = Scene::new(traced.players(), Net::embedded(1));
    let hears = std::rc::Rc::clone(&heard);
    // What founding the scene ran already.
    hears
        .borrow_mut()
        .extend(["init", "key restore", "enroll", "policy install", "book install"].map(str::to_owned));
    scene.stage.tell(Box::new(move |program, arguments, _| {
        if program == "strongroom-vault" {
            hears.borrow_mut().extend(told(arguments));
        }
    }));
    scene.pay("first", "1.5", "ETH").done();
    scene.stage.approve("first");
    scene.stage.sign("first").done();
    let stage = &mut scene.stage;
    stage.vault(&[], &["review", "@first.pack"]);
    stage.vault(&[PASSPHRASE], &["key", "generate", "second"]);
    for command in [
        &["key", "list"][..],
        &["policy", "show"],
        &["book", "show"],
        &["journal", "show"],
        &["journal", "verify"],
        &["freeze", "--by", "erin", "--reason", "a test"],
        &["thaw", "@none"],
        &["selftest"],
        &["completions", "bash"],
        &["man"],
        &["doctor"],
        &["journal", "import", "@none"],
        &["recover", "draft", "-o", "@recovery.txt"],
        &["recover", "@none"],
        &["device", "list"],
        &["device", "show", "ledger"],
        &["device", "check", "ledger"],
        &["address", "show", "Cold storage"],
    ] {
        stage.vault(&[], command);
    }
    let (lines, runs) = traced.lines();
    // The program's own start is the only one there is.
    let made: Vec<_> = lines.iter().filter(|line| !line.contains("execve(\"")).collect();
    assert_eq!(made, Vec::<&String>::new());
    assert_eq!(lines.len(), runs, "a program started another: {lines:#?}");
    assert!(runs >= 20, "{runs}");
    let heard = heard.borrow();
    let missed: Vec<_> = commands().into_iter().filter(|name| !heard.contains(name)).collect();
    // Nouns have pages too; they are no commands by themselves.
    let missed: Vec<_> = missed
        .iter()
        .filter(|name| !heard.iter().any(|heard| heard.starts_with(&format!("{name} "))))
        .collect();
    assert_eq!(missed, Vec::<&String>::new(), "commands that nobody traced");
}

/// The same look at a program that opens a socket finds it: otherwise the test above would prove nothing.
#[test]
#[ignore = "needs strace: run cargo verify"]
fn a_program_that_opens_a_socket_is_seen_to() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", "signal=none", "-e", FORBIDDEN, "-o"])
        .arg(&log)
        .args([env!("CARGO_BIN_EXE_walled"), "bare", "udp"])
        .status()
        .unwrap();
    assert!(traced.success());
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("socket(AF_INET, SOCK_DGRAM"), "{text}");
    assert!(text.contains("bind("), "{text}");
}

/// Runs the vault on a terminal of its own and types a line at each question. `script` makes the terminal.
fn on_a_terminal(arguments: &str, folder: &Path, answers: &[(&str, &str)]) -> (bool, String) {
    let vault = prepare::binary("strongroom-vault").unwrap();
    let mut script = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{} {arguments}", vault.display()))
        .arg("/dev/null")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script must be installed (util-linux)");
    let mut keyboard = script.stdin.take().unwrap();
    let mut screen = script.stdout.take().unwrap();
    let (mut shown, mut seen, mut left) = (String::new(), 0, answers.iter());
    let mut next = left.next();
    let mut buffer = [0; 512];
    loop {
        let read = screen.read(&mut buffer).unwrap();
        if read == 0 {
            break;
        }
        shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
        while let Some((question, answer)) = next {
            let Some(place) = shown[seen..].find(question) else { break };
            seen += place + question.len();
            // A person does not type before the question is read; by then the terminal has stopped to show what is typed.
            std::thread::sleep(Duration::from_millis(300));
            keyboard.write_all(format!("{answer}\n").as_bytes()).unwrap();
            next = left.next();
        }
    }
    (script.wait().unwrap().success(), shown)
}

#[test]
#[ignore = "needs the built programs: run cargo verify"]
fn a_terminal_is_asked_behind_the_wall() {
    let mut scene = Scene::new(Players::InProcess, Net::embedded(1));
    let (done, shown) = on_a_terminal(
        "--home vault key restore typed",
        scene.stage.folder(),
        &[
            ("All words", OTHER_WORDS),
            ("Press Enter", ""),
            ("your own)", PASSPHRASE),
            ("once more", PASSPHRASE),
        ],
    );
    assert!(done, "{shown}");
    assert!(!shown.contains(PASSPHRASE) && !shown.contains(OTHER_WORDS), "secrets were echoed: {shown}");
    let keys = scene.stage.vault(&[], &["key", "list"]).done();
    assert!(keys.stdout.contains("typed"), "{}", keys.stdout);
}
