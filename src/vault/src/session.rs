//! One run of one command: the world, and how the command line wants it used.

use std::path::{Path, PathBuf};

use strongroom_keys::{KeyFileError, Worked};
use strongroom_keys::{
    Keystore, KeystoreError, OpenedKey, Passphrase, Secret, on_locked_stack, strong_passphrase,
};
use strongroom_protocol::{Name, Timestamp};
use strongroom_screen::{Output, Progress};
use strongroom_transport::{FileError, read_limited, write_new};
use zeroize::{Zeroize, Zeroizing};

use crate::doctor::Examination;
use crate::error::VaultError;
use crate::home::Home;
use crate::vault::Vault;
use crate::world::World;

/// How often a passphrase may be typed before the command gives up.
const TRIES: u32 = 3;
/// The path that means standard input or output.
const DASH: &str = "-";

/// How the command line wants this run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) home: Option<PathBuf>,
    pub(crate) output: Output,
    pub(crate) quiet: bool,
    pub(crate) passphrase_stdin: bool,
}

/// One run of one command.
pub(crate) struct Session<'s, 'w> {
    pub(crate) world: &'s mut World<'w>,
    pub(crate) options: Options,
    /// Warnings that came up on the way, for the end.
    pub(crate) warnings: Vec<String>,
    /// Whether the result itself went to standard output, so that the report must not.
    pub(crate) result_on_stdout: bool,
}

impl<'s, 'w> Session<'s, 'w> {
    pub(crate) fn new(world: &'s mut World<'w>, options: Options) -> Self {
        let warnings = std::mem::take(&mut world.warnings);
        Self { world, options, warnings, result_on_stdout: false }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.world.clock)()
    }

    /// Looks at the machine, and warns if it is not cold.
    pub(crate) fn examine(&mut self, vault: &Vault) -> Examination {
        let newest = vault.chronicle.standing().newest;
        let machine = Examination::of(&self.world.machine, self.now(), newest);
        if let Some(first) = machine.warm().next() {
            self.warn(format!(
                "THIS MACHINE IS WARM ({}: {}): it is no place for keys, and whatever is signed here says so; see \
                 `strongroom-vault doctor`",
                first.subject, first.words
            ));
        }
        machine
    }

    /// The home that this run works on.
    pub(crate) fn home(&self) -> Result<Home, VaultError> {
        let path = self.options.home.clone().or_else(|| self.world.default_home.clone());
        path.map(Home::at).ok_or(VaultError::NoHomeNamed)
    }

    /// Reads a file, or standard input for `-`.
    pub(crate) fn read(&mut self, path: &Path, limit: usize) -> Result<Vec<u8>, VaultError> {
        if path != Path::new(DASH) {
            return Ok(read_limited(path, limit)?);
        }
        if self.options.passphrase_stdin {
            return Err(VaultError::StdinTwice);
        }
        let mut bytes = Vec::new();
        let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        let mut stdin = std::io::Read::take(&mut *self.world.stdin, bound);
        std::io::Read::read_to_end(&mut stdin, &mut bytes)
            .map_err(|source| FileError::Io { path: path.to_owned(), source })?;
        if bytes.len() > limit {
            return Err(FileError::TooLarge { path: path.to_owned(), limit }.into());
        }
        Ok(bytes)
    }

    /// Writes a new file, or standard output for `-`.
    pub(crate) fn write_new(&mut self, path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
        if path != Path::new(DASH) {
            return Ok(write_new(path, bytes)?);
        }
        let out = &mut self.world.stdout;
        let written = out.write_all(bytes).and_then(|()| out.flush());
        written.map_err(|source| FileError::Io { path: path.to_owned(), source }.into())
    }

    /// Says early where the result will go: if to standard output, then nothing else may.
    pub(crate) fn result_goes_to(&mut self, path: &Path) {
        self.result_on_stdout |= path == Path::new(DASH);
    }

    /// Refuses a name that is taken, before anything is done for it.
    pub(crate) fn check_free(path: &Path) -> Result<(), VaultError> {
        if path != Path::new(DASH) && path.symlink_metadata().is_ok() {
            return Err(FileError::Exists(path.to_owned()).into());
        }
        Ok(())
    }

    /// Shows something before the command ends: on standard output, unless that is for a document.
    pub(crate) fn show(&mut self, text: &str) -> Result<(), VaultError> {
        let stream = match self.options.output {
            Output::Human if !self.result_on_stdout => &mut self.world.stdout,
            _ => &mut self.world.stderr,
        };
        let stamp: &[u8] = if self.world.training { b"TRAINING\n\n" } else { b"" };
        let shown = stream.write_all(stamp).and_then(|()| stream.write_all(text.as_bytes()));
        let shown = shown.and_then(|()| stream.flush());
        shown.map_err(|source| FileError::Io { path: DASH.into(), source }.into())
    }

    /// A bar for work of more than a moment.
    pub(crate) fn progress(&self, what: &str, total: usize) -> Progress {
        Progress::new(what, total, self.options.quiet || !self.world.watched)
    }

    /// Asks for a secret that exists: on the terminal, or the next line of standard input.
    pub(crate) fn secret(&mut self, question: &str) -> Result<Passphrase, VaultError> {
        if self.options.passphrase_stdin {
            return self.stdin_line(question);
        }
        Ok(self.world.terminal.ask_secret(question)?)
    }

    /// One line of standard input, read byte by byte so that nothing after it is taken.
    fn stdin_line(&mut self, question: &str) -> Result<Passphrase, VaultError> {
        let mut line =
            Zeroizing::new(Vec::with_capacity(strongroom_keys::secret::SECRET_LIMIT.saturating_add(1)));
        let mut byte = [0u8];
        loop {
            let read = self.world.stdin.read(&mut byte);
            let read = read.map_err(|source| FileError::Io { path: DASH.into(), source })?;
            if read == 0 && line.is_empty() {
                return Err(VaultError::NoSecretLeft(question.to_owned()));
            }
            let [value] = byte;
            // The capacity is never exceeded: growing would leave a copy behind.
            if read == 0 || value == b'\n' || line.len() > strongroom_keys::secret::SECRET_LIMIT {
                break;
            }
            line.push(value);
        }
        byte.zeroize();
        // A file written elsewhere may end its lines with CR LF; no passphrase here ends with a control character.
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Passphrase::from_secret(Secret::take(&mut line)?)?)
    }

    /// Asks for the passphrase of a new key, and proposes a strong one.
    ///
    /// From standard input it is one line. On the terminal an empty answer takes the proposal, and whatever was chosen is
    /// typed once more.
    pub(crate) fn new_passphrase(&mut self, what: &str) -> Result<Passphrase, VaultError> {
        if self.options.passphrase_stdin {
            let passphrase = self.stdin_line(&format!("Passphrase for {what}"))?;
            strong_passphrase::check(&passphrase)?;
            return Ok(passphrase);
        }
        let entropy = &mut *self.world.entropy;
        let proposed = on_locked_stack(|| strong_passphrase::propose(entropy, None))?;
        let proposal = self.worked(proposed)?;
        let mut page = Zeroizing::new(String::with_capacity(512));
        page.push_str("A strong passphrase for ");
        page.push_str(what);
        page.push_str(":\n\n    ");
        page.push_str(proposal.expose());
        page.push_str(
            "\n\nWrite it down and keep it apart from this machine, or choose one of your own next.",
        );
        self.world.terminal.show_once(&page)?;
        for _ in 0..TRIES {
            let typed = self
                .world
                .terminal
                .ask_secret(&format!("Passphrase for {what} (the proposed one, or your own)"))?;
            if let Err(weak) = strong_passphrase::check(&typed) {
                self.world.terminal.tell(&weak.to_string())?;
                continue;
            }
            if self.world.terminal.ask_secret("The same once more")? == typed {
                return Ok(typed);
            }
            self.world.terminal.tell("The two differ: start again.")?;
        }
        Err(VaultError::NoPassphrase(what.to_owned()))
    }

    /// Unlocks a key of the keystore. On a terminal a mistyped passphrase may be typed again.
    pub(crate) fn unlock(
        &mut self,
        keystore: &Keystore,
        name: &Name,
        what: &str,
    ) -> Result<OpenedKey, VaultError> {
        // A key that is missing or damaged is told before anybody types anything.
        keystore.record(name)?;
        keystore.work_factor(name)?;
        let mut left = if self.options.passphrase_stdin { 1 } else { TRIES };
        loop {
            let passphrase = self.secret(&format!("Passphrase of {what}"))?;
            left = left.saturating_sub(1);
            let opened = on_locked_stack(|| keystore.unlock(name, &passphrase))?;
            match self.worked(opened) {
                Err(VaultError::Keystore(KeystoreError::File {
                    source: KeyFileError::WrongPassphrase,
                    ..
                })) if left > 0 => {
                    self.world.terminal.tell("That passphrase does not open it. Try again.")?;
                }
                other => return other,
            }
        }
    }

    /// Takes what came from a locked stack, and keeps the warning if it was not locked.
    pub(crate) fn worked<T, E: Into<VaultError>>(
        &mut self,
        worked: Worked<Result<T, E>>,
    ) -> Result<T, VaultError> {
        if let Some(warning) = worked.lock_warning {
            self.warn(warning.to_string());
        }
        worked.value.map_err(Into::into)
    }

    /// Keeps a warning for the end, once.
    pub(crate) fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}
