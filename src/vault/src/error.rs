//! Why a command did not do its work.

use std::path::PathBuf;

use strongroom_keys::{
    EntropyError, KeystoreError, MnemonicError, OperatorEntropyError, PathError, SecretError, StationError,
    WeakPassphrase, WorkerError,
};
use strongroom_policy::{BookError, Finding, GenesisError, PolicyError, RecoveryError, ThawError};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::signed_text::SignedTextError;
use strongroom_protocol::text::TextError;
use strongroom_protocol::{AccountId, Address, BundleError, ChainId, DocumentError, HouseId, Name};
use strongroom_protocol::{SignatureError, StationId};
use strongroom_screen::Report;
use strongroom_signing::{ChronicleError, LessonError, Refusal, SignError, SignerError};
use strongroom_transport::FileError;
use strongroom_wire::WireError;

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
    /// The devices cannot be listed.
    #[error("the devices that are plugged in cannot be listed: {0}")]
    Bus(#[from] WireError),
    /// A device did not do what was asked.
    #[error("{0}")]
    Device(#[from] SignerError),
    /// Several devices could be meant.
    #[error(
        "{count} devices are plugged in: name one with --device KIND:SERIAL or --device KIND:PATH, as `device list` shows them"
    )]
    DeviceChoice {
        /// How many.
        count: usize,
    },
    /// Not one account is meant.
    #[error("{count} accounts of this vault are called {name:?}: name one by its label or its id")]
    NoAccount {
        /// What was asked for.
        name: String,
        /// How many have that name.
        count: usize,
    },
    /// A house to practise in and a production program, or the other way round.
    #[error(
        "{} belongs to a {} house, and this is a {} program: each opens only its own",
        .path.display(),
        kind(!.program),
        kind(*.program)
    )]
    Training {
        /// The genesis or the home.
        path: PathBuf,
        /// Whether the program is one to practise with.
        program: bool,
    },
    /// No device is plugged in.
    #[error("no {0} is plugged in: plug it in, unlock it and open the chain's app on it")]
    NoDevice(String),
    /// A device said that it showed another address than its key has.
    #[error(
        "the device said it showed {shown}, but its key has the address {address}: do not use this device"
    )]
    DeviceAddress {
        /// What it said.
        shown: Address,
        /// What its key has.
        address: Address,
    },
    /// A thaw is refused.
    #[error(transparent)]
    Thaw(#[from] ThawError),
    /// A recovery is refused.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),

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

    /// What a desk kept is not this vault's.
    #[error("{path} is not for this vault: {why}")]
    Export {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What a desk kept of another vault teaches nothing.
    #[error("{path} teaches nothing of another vault: {source}")]
    Lesson {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: LessonError,
    },
    /// A desk's lines contradict the journal.
    #[error(
        "line {line} of this journal is not the one that this vault told the desk: two homes of this station have written, and \
         neither may go on; freeze, and have the admins look at both"
    )]
    Forked {
        /// The first line that differs.
        line: u64,
    },
    /// A desk's lines begin too late.
    #[error(
        "this home has {own} lines, and the desk's begin after line {begin}: the ones between are missing"
    )]
    Gap {
        /// How many the home has.
        own: u64,
        /// After which the desk's begin.
        begin: u64,
    },
    /// Lines name what is neither in the home nor in the export.
    #[error(
        "the missing lines name {what}, which is neither in this home nor in the export: nothing was taken in"
    )]
    NotBrought {
        /// The thing.
        what: String,
    },

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
    /// The machine is warm.
    #[error("this machine is WARM: it is no place for keys")]
    Warm {
        /// What was found.
        report: Box<Report>,
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

const fn kind(training: bool) -> &'static str {
    if training { "training" } else { "production" }
}
