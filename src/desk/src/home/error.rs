//! Why a home cannot be used.

use std::io;
use std::path::PathBuf;

use strongroom_journal::JournalError;
use strongroom_policy::genesis::GenesisError;
use strongroom_screen::Failure;
use strongroom_transport::FileError;

use super::accounts::AccountError;
use crate::store::StoreError;
use crate::{exit, failure};

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// No home there.
    #[error(
        "{0} is no desk's home: make one with `strongroom init --admins FILE --house CODE`, or name another with --home"
    )]
    None(PathBuf),
    /// Something stands where a home should be made.
    #[error("{0} is not empty: a home is made in a folder of its own")]
    Exists(PathBuf),
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the home cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something in it is not what it should be.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// What.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The genesis is refused.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal does not begin with this house's opening.
    #[error("the journal in {0} is another house's, or does not begin as a desk's journal does")]
    ForeignJournal(PathBuf),
    /// An account cannot be used.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// No policy is installed.
    #[error("no policy is installed here: install one with `strongroom policy install FILE`")]
    NoPolicy,
    /// No address book is installed.
    #[error("no address book is installed here: install one with `strongroom book install FILE`")]
    NoBook,
}

/// How a journal that cannot be used ends a command.
fn journal_failure(error: &JournalError) -> Failure {
    let (exit, code) = match error {
        JournalError::InUse(_) => (exit::NOT_READY, "journal-in-use"),
        JournalError::Io { .. } | JournalError::Exists(_) => (exit::NOT_READY, "journal"),
        _ => (exit::DAMAGED, "journal-damaged"),
    };
    let failure = Failure::new(exit, code, error.to_string());
    match error {
        JournalError::Io { source, .. } => failure.hint(strongroom_transport::remedy(source)),
        _ => failure,
    }
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        let (exit, code) = match error {
            HomeError::File(error) => return failure::file(error),
            HomeError::Genesis(error) => return failure::genesis(&error),
            HomeError::Store(error) => return error.into(),
            HomeError::Journal(error) => return journal_failure(&error),
            HomeError::Account(error) => return account_failure(&error),
            HomeError::None(_) => (exit::NOT_READY, "no-home"),
            HomeError::Exists(_) => (exit::NOT_READY, "home-exists"),
            HomeError::Io { path, source } => return failure::file(FileError::Io { path, source }),
            HomeError::NoPolicy => (exit::NOT_READY, "no-policy"),
            HomeError::NoBook => (exit::NOT_READY, "no-book"),
            HomeError::Damaged { .. } | HomeError::ForeignJournal(_) => (exit::DAMAGED, "home-damaged"),
        };
        Self::new(exit, code, error.to_string())
    }
}

/// How an account that cannot be used ends a command.
pub(crate) fn account_failure(error: &AccountError) -> Failure {
    let (exit, code) = match error {
        AccountError::House { .. } => (exit::DISAGREE, "house"),
        AccountError::Unknown { .. } => (exit::POLICY, "account-unknown"),
        AccountError::NoRecord(_) => (exit::NOT_READY, "account-record"),
        _ => (exit::DISAGREE, "account"),
    };
    Failure::new(exit, code, error.to_string())
}
