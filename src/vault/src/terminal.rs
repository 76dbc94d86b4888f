//! The terminal: where an operator is asked, and shown what must not stay.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};

use strongroom_keys::{Passphrase, SecretError};

/// The controlling terminal of a process.
const TTY: &str = "/dev/tty";
/// Switches to a screen of its own that leaves nothing in the scrollback (xterm, DECSET 1049), and empties it.
const APART: &str = "\x1b[?1049h\x1b[2J\x1b[H";
/// Empties that screen and goes back.
const BACK: &str = "\x1b[2J\x1b[H\x1b[?1049l";

/// Where an operator is asked, and shown what must not stay. Secrets pass here and through `--passphrase-stdin` alone.
pub trait Terminal {
    /// Asks for a secret; what is typed is not shown.
    ///
    /// # Errors
    /// [`TerminalError`] if nobody can be asked.
    fn ask_secret(&mut self, question: &str) -> Result<Passphrase, TerminalError>;

    /// Asks for a line that is no secret.
    ///
    /// # Errors
    /// [`TerminalError`] if nobody can be asked.
    fn ask(&mut self, question: &str) -> Result<String, TerminalError>;

    /// Says something to whoever sits there, and nowhere else.
    ///
    /// # Errors
    /// [`TerminalError`] if nobody sits there.
    fn tell(&mut self, text: &str) -> Result<(), TerminalError>;

    /// Shows a secret until it was written down, and then takes it off the screen.
    ///
    /// # Errors
    /// [`TerminalError`] if there is nowhere to show it.
    fn show_once(&mut self, secret: &str) -> Result<(), TerminalError>;
}

/// Why nobody could be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalError {
    /// There is no terminal.
    #[error("there is no terminal to ask on ({0})")]
    None(#[source] io::Error),
    /// It ended while somebody was asked.
    #[error("the terminal closed before an answer was given")]
    Closed,
    /// What was typed is no secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// The process's own terminal, whatever its standard streams are.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTerminal;

fn open() -> Result<File, TerminalError> {
    OpenOptions::new().read(true).write(true).open(TTY).map_err(TerminalError::None)
}

fn answer(tty: &File) -> Result<String, TerminalError> {
    let mut line = String::new();
    match BufReader::new(tty).read_line(&mut line) {
        Ok(0) => Err(TerminalError::Closed),
        Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
        Err(error) => Err(TerminalError::None(error)),
    }
}

impl Terminal for SystemTerminal {
    fn ask_secret(&mut self, question: &str) -> Result<Passphrase, TerminalError> {
        let typed = rpassword::prompt_password(format!("{question}: ")).map_err(TerminalError::None)?;
        Ok(Passphrase::take(typed)?)
    }

    fn ask(&mut self, question: &str) -> Result<String, TerminalError> {
        let mut tty = open()?;
        write!(tty, "{question}: ").and_then(|()| tty.flush()).map_err(TerminalError::None)?;
        answer(&tty)
    }

    fn tell(&mut self, text: &str) -> Result<(), TerminalError> {
        let mut tty = open()?;
        writeln!(tty, "{text}").and_then(|()| tty.flush()).map_err(TerminalError::None)
    }

    fn show_once(&mut self, secret: &str) -> Result<(), TerminalError> {
        let mut tty = open()?;
        let shown = write!(tty, "{APART}{secret}\n\nPress Enter when it is written down: ");
        shown.and_then(|()| tty.flush()).map_err(TerminalError::None)?;
        let read = answer(&tty);
        write!(tty, "{BACK}").and_then(|()| tty.flush()).map_err(TerminalError::None)?;
        read.map(|_| ())
    }
}
