//! A vault on a machine of its own.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::Path;
use std::rc::Rc;

use strongroom_journal::Place;
use strongroom_wire::EmptyBus;

use super::play::{Run, Sheet, here};

/// A machine on which the vault's commands run, with files that are carried to it and from it.
pub trait VaultMachine {
    /// Runs a command of the vault's: its words, the program's name first, and what is typed.
    fn vault(&mut self, words: &[String], typed: &str) -> Run;
}

/// A vault's machine. Clones are the same one.
#[derive(Clone)]
pub struct Apart(Rc<RefCell<dyn VaultMachine>>);

impl Apart {
    /// This machine.
    pub fn new<M: VaultMachine + 'static>(machine: Rc<RefCell<M>>) -> Self {
        Self(machine)
    }

    pub(super) fn vault(&self, words: &[String], typed: &str) -> Run {
        self.0.borrow_mut().vault(words, typed)
    }
}

impl fmt::Debug for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Apart")
    }
}

/// Makes a vault's home in this process, to be carried to the machine where it will live: it does not remember where it
/// was made, and its passphrase is stretched no more than a vault asks for.
pub fn vault_init(words: &[String], typed: &str) -> Run {
    let nowhere = |_: &Path| -> io::Result<Place> { Ok(Place::default()) };
    here(words, typed.to_owned(), &mut EmptyBus, &Sheet::default(), false, &nowhere)
}
