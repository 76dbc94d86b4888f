//! Why a command did not do its work.

use std::path::PathBuf;

use strongroom_keys::{
    EntropyError, KeystoreError, MnemonicError, OperatorEntropyError, PathError, SecretError, StationError,
    WeakPassphrase, WorkerError,
};
use strongroom_policy::{BookError, Finding, GenesisError, PolicyError, ThawError};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::signed_text::SignedTextError;
use strongroom_protocol::text::TextError;
use strongroom_protocol::{AccountId, BundleError, ChainId, DocumentError, HouseId, Name};
use strongroom_protocol::{SignatureError, StationId};
use strongroom_screen::Report;
use strongroom_signing::{ChronicleError, Refusal, SignError};
use strongroom_transport::FileError;

use crate::terminal::TerminalError;

/// Why a command of the vault did not do its work. Exit codes and stable names are in `failure.rs`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal is in the way.
    #[error(transparent)]
    Chronicle(#[from] ChronicleError),
    /// The keystore refuses.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The thread for secrets failed.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// Words are no mnemonic.
    #[error(transparent)]
    Mnemonic(#[from] MnemonicError),
    /// The machine's randomness is not fit.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The operator's dice are not fit.
    #[error(transparent)]
    OperatorEntropy(#[from] OperatorEntropyError),
    /// A passphrase is too weak.
    #[error(transparent)]
    Weak(#[from] WeakPassphrase),
    /// A secret is too long or no text.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A derivation path is refused.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A label with its number is no label.
    #[error("the label: {0}")]
    Label(#[from] TextError),
    /// The station signed nothing.
    #[error(transparent)]
    Station(#[from] StationError),
    /// The station's signature does not hold.
    #[error("the station's own signature does not hold: {0}")]
    StationSignature(#[from] SignatureError),
    /// Nobody could be asked.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// An address or a chain is refused.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// What was just written cannot be read: a fault of the program.
    #[error("what this program wrote it cannot read: {0}")]
    Own(#[from] DocumentError),
    /// The signer refuses.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A thaw is refused.
    #[error(transparent)]
    Thaw(#[from] ThawError),

    /// A bundle cannot be read.
    #[error("{path}: {source}")]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: BundleError,
    },
    /// A signed text cannot be read.
    #[error("{path}: {source}")]
    SignedText {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SignedTextError,
    },
    /// A genesis is refused.
    #[error("{path}: {source}")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: GenesisError,
    },
    /// A policy is refused.
    #[error("{path}: {source}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PolicyError,
    },
    /// An address book is refused.
    #[error("{path}: {source}")]
    Book {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: BookError,
    },
    /// A file of the home is not the one that the journal names.
    #[error("{path} is not the one that the journal names")]
    NotAsJournaled {
        /// The file.
        path: PathBuf,
    },

    /// No home was named and none can be guessed.
    #[error("no home is named, and HOME is not set: name one with --home DIR")]
    NoHomeNamed,
    /// There is no home.
    #[error("{0} is no vault's home")]
    NoHome(PathBuf),
    /// Something stands where the home should go.
    #[error("{0} is there already and is not empty: a home is never overwritten")]
    HomeExists(PathBuf),
    /// Others may look into the home.
    #[error("{path} is open to others (mode {mode:03o})")]
    HomeOpen {
        /// The home.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The house's code is another.
    #[error("the admins' file founds house {found}, not the one whose code was given")]
    HouseCode {
        /// The house that the file founds.
        found: HouseId,
    },
    /// The station's key is not the one that opened the journal.
    #[error("the station key in the keystore is not the one that this journal was opened with")]
    OtherStation,
    /// The name is the station's own.
    #[error("the name {0} is the station key's: choose another")]
    ReservedName(Name),
    /// Another kind of key is needed.
    #[error("key {0} is not a {1}")]
    OtherKind(Name, &'static str),
    /// Secrets and a bundle on the same stream.
    #[error("standard input carries either secrets (--passphrase-stdin) or a file (-), not both")]
    StdinTwice,
    /// Standard input has no secret left.
    #[error("standard input ended before: {0}")]
    NoSecretLeft(String),
    /// No passphrase was settled.
    #[error("no passphrase was chosen for {0}: nothing was made")]
    NoPassphrase(String),
    /// The words that were written down are not the ones shown.
    #[error("the words typed back are not the ones that were shown: nothing was made")]
    WordsNotConfirmed,

    /// No policy is installed.
    #[error("no policy is installed")]
    NoPolicy,
    /// No book is installed.
    #[error("no address book is installed")]
    NoBook,
    /// The policy does not name a station's own account as its record does.
    #[error("the policy gives this station account {account}, {why}")]
    ForeignAccount {
        /// The account.
        account: AccountId,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text of the admins names what the chains do not have.
    #[error("{path} is not installed: {}", list(.findings))]
    Lint {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do about it.
        findings: Vec<Finding>,
    },
    /// A chain that no codec here reads.
    #[error("this vault cannot read chain {0}")]
    Chain(ChainId),
    /// A preset of another curve.
    #[error("keys of {chain} are not derived like that: choose another --preset or give a --path")]
    Curve {
        /// The chain.
        chain: ChainId,
    },
    /// Nobody is named as operator.
    #[error("the policy names {count} operators for this station: say who works it with --operator NAME")]
    Operator {
        /// How many there are.
        count: usize,
    },
    /// The station is not in the policy.
    #[error("the policy in force does not name this station ({0}): nothing can be signed here")]
    StationNotPinned(StationId),
    /// Somebody unknown.
    #[error("{0} is neither an admin of the house nor somebody in the policy")]
    Nobody(Name),
    /// A freeze that is not.
    #[error("the house is not frozen: there is nothing to thaw")]
    NotFrozen,

    /// A bundle that is no request.
    #[error("{path} holds a {found:?}, not a request or a pack")]
    NotARequest {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: String,
    },
    /// A statement without a signature.
    #[error("{0} has no signature, and there is no text beside it that it could be the signature of")]
    NoApproval(PathBuf),
    /// Nothing in it is for this station.
    #[error("no item of the request is for a key of this station")]
    NothingHere {
        /// What there is to show.
        report: Option<Box<Report>>,
    },
    /// A rule said no.
    #[error("{refusal}")]
    Refused {
        /// The first refusal.
        refusal: Refusal,
        /// What there is to show.
        report: Option<Box<Report>>,
    },
    /// A known answer is not what it should be.
    #[error(
        "the self-test failed at {name}: it gave {found}, not {expected}. This program or this machine is broken: nothing else was done"
    )]
    SelfTest {
        /// Which.
        name: &'static str,
        /// What came out.
        found: String,
        /// What should have.
        expected: String,
    },
}

impl From<Refusal> for VaultError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { refusal, report: None }
    }
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
