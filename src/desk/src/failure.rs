//! How errors of the rooms below end a command: exit code, stable name, words.

use strongroom_network::{AgreementError, FeedError};
use strongroom_policy::book::BookError;
use strongroom_policy::genesis::GenesisError;
use strongroom_policy::policy_error::PolicyError;
use strongroom_policy::quorum::QuorumError;
use strongroom_policy::succession::SuccessionError;
use strongroom_policy::thaw::ThawError;
use strongroom_protocol::BundleError;
use strongroom_protocol::signed_text::SignedTextError;
use strongroom_screen::Failure;
use strongroom_transport::FileError;

use crate::exit;
use crate::http::HttpError;
use crate::ssh::SshError;

/// A file that cannot be read or written.
#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub fn file(error: FileError) -> Failure {
    let (exit, code) = match error {
        FileError::Exists(_) => (exit::NOT_READY, "file-exists"),
        FileError::TooLarge { .. } => (exit::DAMAGED, "file-too-large"),
        _ => (exit::NOT_READY, "file"),
    };
    let failure = Failure::new(exit, code, error.to_string());
    match &error {
        FileError::Io { source, .. } => failure.hint(strongroom_transport::remedy(source)),
        _ => failure,
    }
}

/// A bundle that cannot be read.
pub fn bundle(path: &std::path::Path, error: &BundleError) -> Failure {
    Failure::new(exit::DAMAGED, "bundle", format!("{}: {error}", path.display()))
}

/// A signed text that cannot be taken apart.
pub fn signed_text(path: &std::path::Path, error: &SignedTextError) -> Failure {
    Failure::new(exit::DAMAGED, "signed-text", format!("{}: {error}", path.display()))
}

/// Exit code and name of a quorum that is not met.
pub fn quorum(error: &QuorumError) -> (u8, &'static str) {
    match error {
        QuorumError::Signature(_) => (exit::DISAGREE, "signature"),
        _ => (exit::POLICY, "quorum"),
    }
}

/// A thaw that is refused.
#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub fn thaw(error: ThawError) -> Failure {
    let (exit, code) = match &error {
        ThawError::House { .. } => (exit::DISAGREE, "house"),
        ThawError::OtherFreeze { .. } => (exit::POLICY, "freeze"),
        ThawError::Quorum(error) => quorum(error),
        _ => (exit::DAMAGED, "thaw"),
    };
    Failure::new(exit, code, error.to_string())
}

fn succession_exit(error: &SuccessionError) -> (u8, &'static str) {
    match error {
        SuccessionError::Stale { .. } => (exit::POLICY, "epoch-stale"),
        SuccessionError::Gap { .. } => (exit::POLICY, "epoch-gap"),
        SuccessionError::AlreadyInstalled(_) => (exit::POLICY, "already-installed"),
        _ => (exit::DAMAGED, "epoch"),
    }
}

/// A policy that is refused.
pub fn policy(error: &PolicyError) -> Failure {
    let (exit, code) = match error {
        PolicyError::Quorum(error) => quorum(error),
        PolicyError::Succession(succession) => succession_exit(succession),
        PolicyError::House { .. } => (exit::DISAGREE, "house"),
        PolicyError::AdminKey { .. } => (exit::POLICY, "admin-key"),
        PolicyError::Unsound(_) => (exit::POLICY, "policy-unsound"),
        _ => (exit::DAMAGED, "policy"),
    };
    Failure::new(exit, code, error.to_string())
}

/// An address book that is refused.
pub fn book(error: &BookError) -> Failure {
    let (exit, code) = match error {
        BookError::Quorum(error) => quorum(error),
        BookError::Succession(succession) => succession_exit(succession),
        BookError::House { .. } => (exit::DISAGREE, "house"),
        _ => (exit::DAMAGED, "book"),
    };
    Failure::new(exit, code, error.to_string())
}

/// A genesis that is refused.
pub fn genesis(error: &GenesisError) -> Failure {
    let (exit, code) = match error {
        GenesisError::Signature(_) => (exit::DISAGREE, "signature"),
        GenesisError::Unsigned(_) => (exit::POLICY, "quorum"),
        _ => (exit::DAMAGED, "genesis"),
    };
    Failure::new(exit, code, error.to_string())
}

/// A chain that says nothing to go by.
pub fn feed(error: &FeedError) -> Failure {
    let (exit, code) = match error {
        FeedError::NoNodes(_) => (exit::NOT_READY, "no-nodes"),
        FeedError::Chain(_) => (exit::USAGE, "chain"),
        FeedError::Agreement(AgreementError::Disagreement { .. }) => (exit::FAILED, "nodes-disagree"),
        FeedError::Agreement(_) => (exit::NOT_READY, "too-few-nodes"),
        FeedError::OtherChain { .. } => (exit::FAILED, "nodes-other-chain"),
        FeedError::Lag { .. } => (exit::FAILED, "nodes-lag"),
        FeedError::Reorganised { .. } => (exit::FAILED, "reorganised"),
        _ => (exit::FAILED, "feed"),
    };
    Failure::new(exit, code, error.to_string())
}

impl From<SshError> for Failure {
    fn from(error: SshError) -> Self {
        let (exit, code) = match &error {
            SshError::NoAgent | SshError::Agent(_) => (exit::NOT_READY, "ssh-agent"),
            SshError::Refused { .. } => (exit::NOT_READY, "ssh-refused"),
            SshError::PublicKey { .. } => (exit::NOT_READY, "public-key"),
            SshError::NoKeygen(_) | SshError::Keygen(_) => (exit::NOT_READY, "ssh-keygen"),
            SshError::NotACandidate { .. } | SshError::SeveralPeople(_) => (exit::POLICY, "signer"),
            SshError::Wrong(_) => (exit::DISAGREE, "signature"),
        };
        Self::new(exit, code, error.to_string())
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::new(exit::USAGE, "node-address", error.to_string())
    }
}
