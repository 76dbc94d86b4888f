//! A vault on a machine of its own: its commands run there, and only the files they name cross.

use std::fs;
use std::path::Path;

use strongroom_tests::stage::{Run, VaultMachine, WORDS, vault_init};
use strongroom_tests::uhid::Identity;
use strongroom_tests::vm::{Memory, Process};

use crate::bench::Bench;

/// Where the description of a device lies in the machine.
const DEVICES: &str = "/devices";

/// A machine with the released vault on it.
pub(crate) struct Guest {
    pub(crate) bench: Bench,
}

impl Guest {
    /// Boots a machine with this vault program.
    pub(crate) fn boot(vault: &Path) -> Self {
        let (kernel, mut fs) = Bench::prepare();
        fs.program(vault).unwrap();
        Self { bench: Bench::boot(&kernel, fs, Memory::LITTLE) }
    }

    /// Plugs a software Ledger in, which holds the vault's key unless `lines` of its description say otherwise.
    pub(crate) fn ledger(&mut self, lines: &str, pull: &[&str]) -> Process {
        let words = if lines.contains("words = ") { String::new() } else { format!("words = \"{WORDS}\"\n") };
        let text = format!("[[device]]\n{words}{lines}");
        let digest = alloy_primitives::keccak256(&text);
        let path = format!("{DEVICES}/{}.toml", alloy_primitives::hex::encode(&digest[..4]));
        self.bench.machine.write(&path, text.as_bytes()).unwrap();
        // The real ones all say 0001.
        let behaviour = format!("ledger:{path}");
        self.bench.plug(&Identity::ledger("0001"), &[&[behaviour.as_str()], pull].concat())
    }

    /// Carries a folder into the machine.
    fn carry_in(&mut self, folder: &Path) {
        self.bench.machine.folder(folder.to_str().unwrap()).unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.carry_in(&path);
            } else {
                self.bench.machine.write(path.to_str().unwrap(), &fs::read(&path).unwrap()).unwrap();
            }
        }
    }
}

/// The word after this one.
fn after<'a>(words: &'a [String], flag: &str) -> Option<&'a str> {
    words.iter().skip_while(|word| *word != flag).nth(1).map(String::as_str)
}

impl VaultMachine for Guest {
    fn vault(&mut self, words: &[String], typed: &str) -> Run {
        let home = Path::new(after(words, "--home").unwrap());
        if words.iter().any(|word| word == "init") {
            // Stretching a passphrase as long as the program does takes more memory than this machine has.
            let run = vault_init(words, typed);
            self.carry_in(home);
            return run;
        }
        let out = after(words, "-o");
        let machine = &mut self.bench.machine;
        for word in words.iter().filter(|word| Some(word.as_str()) != out && Path::new(word).is_file()) {
            machine.write(word, &fs::read(word).unwrap()).unwrap();
        }
        let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let exit =
            machine.run("strongroom-vault", &arguments, typed).unwrap_or_else(|error| panic!("{error}"));
        if let Some(out) = out.filter(|_| exit.code == Some(0)) {
            fs::write(out, machine.read(out).unwrap()).unwrap();
        }
        Run {
            exit: exit.code.unwrap_or(-1),
            stdout: exit.stdout,
            stderr: exit.stderr,
            command: words.join(" "),
        }
    }
}
