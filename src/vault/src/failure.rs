//! From an error to exit code, stable name and remedy.

use strongroom_journal::{JournalError, LearningError};
use strongroom_keys::{KeyFileError, KeystoreError};
use strongroom_policy::{BookError, GenesisError, PolicyError, RecoveryError, ThawError};
use strongroom_screen::Failure;
use strongroom_signing::{ChronicleError, LessonError, SignError, SignerError};
use strongroom_transport::FileError;

use crate::error::VaultError;

/// Exit codes of the command contract.
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const POLICY: u8 = 3;
const DEVICE: u8 = 4;
const DISAGREE: u8 = 5;
const EXPIRED: u8 = 6;
const NOT_READY: u8 = 8;
const DAMAGED: u8 = 9;

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let (exit, code) = classify(&error);
        let message = error.to_string();
        let mut failure = Self::new(exit, code, message);
        failure.hint = remedy(&error).map(str::to_owned);
        match error {
            VaultError::Refused { report, .. } | VaultError::NothingHere { report } => {
                failure.report = report.map(|report| *report);
            }
            VaultError::Warm { report } => failure.report = Some(*report),
            _ => {}
        }
        failure
    }
}

fn classify(error: &VaultError) -> (u8, &'static str) {
    match error {
        VaultError::Refused { refusal, .. } => (refusal.exit().code(), refusal.rule.name()),
        VaultError::File(error) => file(error),
        VaultError::Chronicle(error) => chronicle(error),
        VaultError::Keystore(error) => keystore(error),
        VaultError::Genesis { source, .. } => genesis(source),
        VaultError::Policy { source, .. } => policy(source),
        VaultError::Book { source, .. } => book(source),
        VaultError::Sign(error) => sign(error),
        VaultError::Thaw(error) => thaw(error),
        VaultError::Recovery(error) => recovery(error),
        VaultError::Export { .. } => (DISAGREE, "vault-export"),
        VaultError::Lesson { source, .. } => lesson(source),
        VaultError::Forked { .. } => (DISAGREE, "forked-journal"),
        VaultError::Gap { .. } => (NOT_READY, "journal-gap"),
        VaultError::NotBrought { .. } => (NOT_READY, "not-brought"),
        VaultError::Device(error) => signer(error),
        VaultError::Bus(_) => (NOT_READY, "bus"),
        VaultError::NoDevice(_) => (NOT_READY, "no-device"),
        VaultError::DeviceChoice { .. } => (USAGE, "device"),
        VaultError::Training { .. } => (POLICY, "training"),
        VaultError::NoAccount { .. } => (USAGE, "account"),
        VaultError::DeviceAddress { .. } => (DISAGREE, "device-address"),
        VaultError::Bundle { .. } | VaultError::NotARequest { .. } => (DAMAGED, "bundle"),
        VaultError::SignedText { .. } => (DAMAGED, "signed-text"),
        VaultError::NotAsJournaled { .. } => (DAMAGED, "not-as-journaled"),
        VaultError::OtherStation => (DAMAGED, "station-key"),
        VaultError::NothingHere { .. } => (POLICY, "nothing-here"),
        VaultError::NotFrozen => (POLICY, "thaw"),
        VaultError::HouseCode { .. } => (DISAGREE, "house-code"),
        VaultError::ForeignAccount { .. } => (DISAGREE, "account-record"),
        VaultError::WordsNotConfirmed => (DISAGREE, "words"),
        VaultError::Lint { .. } => (POLICY, "lint"),
        VaultError::StationSignature(_) => (DISAGREE, "station-signature"),
        VaultError::Nobody(_) => (POLICY, "person"),
        VaultError::StationNotPinned(_) => (POLICY, "station"),
        VaultError::Operator { .. } => (USAGE, "operator"),
        VaultError::StdinTwice => (USAGE, "usage"),
        VaultError::NoHomeNamed => (USAGE, "home"),
        VaultError::ReservedName(_) => (USAGE, "name"),
        VaultError::Label(_) => (USAGE, "label"),
        VaultError::OtherKind(..) => (USAGE, "key"),
        VaultError::Path(_) | VaultError::Curve { .. } => (USAGE, "path"),
        VaultError::Chain(_) | VaultError::Address(_) => (USAGE, "chain"),
        VaultError::Mnemonic(_) => (USAGE, "words"),
        VaultError::OperatorEntropy(_) => (USAGE, "dice"),
        VaultError::Weak(_) | VaultError::Secret(_) | VaultError::NoPassphrase(_) => (USAGE, "passphrase"),
        VaultError::NoSecretLeft(_) => (NOT_READY, "passphrase"),
        VaultError::Terminal(_) => (NOT_READY, "terminal"),
        VaultError::NoHome(_) => (NOT_READY, "no-home"),
        VaultError::HomeExists(_) => (NOT_READY, "home-exists"),
        VaultError::HomeOpen { .. } => (NOT_READY, "home-open"),
        VaultError::NoPolicy => (NOT_READY, "no-policy"),
        VaultError::NoBook => (NOT_READY, "no-book"),
        VaultError::NoApproval(_) => (NOT_READY, "approval"),
        VaultError::Entropy(_) => (NOT_READY, "entropy"),
        VaultError::Worker(_) => (FAILED, "worker"),
        VaultError::Station(_) => (FAILED, "station"),
        VaultError::Own(_) => (FAILED, "own"),
        VaultError::Warm { .. } => (NOT_READY, "warm"),
        VaultError::SelfTest { .. } => (FAILED, "self-test"),
    }
}

fn lesson(error: &LessonError) -> (u8, &'static str) {
    match error.learning() {
        Some(LearningError::Fork { .. }) => (DISAGREE, "forked-journal"),
        Some(LearningError::Gap { .. }) => (NOT_READY, "journal-gap"),
        Some(LearningError::Document(_)) => (DAMAGED, "vault-export"),
        _ => (DISAGREE, "vault-export"),
    }
}

const fn file(error: &FileError) -> (u8, &'static str) {
    match error {
        FileError::TooLarge { .. } => (DAMAGED, "too-large"),
        FileError::Exists(_) => (NOT_READY, "exists"),
        _ => (NOT_READY, "file"),
    }
}

const fn chronicle(error: &ChronicleError) -> (u8, &'static str) {
    match error {
        ChronicleError::Journal(JournalError::Io { .. }) => (NOT_READY, "journal-file"),
        ChronicleError::Journal(JournalError::InUse(_)) => (NOT_READY, "journal-in-use"),
        ChronicleError::Journal(JournalError::Exists(_)) => (NOT_READY, "journal-exists"),
        ChronicleError::Recovering(_) => (POLICY, "recovering"),
        ChronicleError::NotRecovering => (POLICY, "recovery"),
        ChronicleError::Journal(JournalError::TooLarge(_)) => (FAILED, "journal-line"),
        _ => (DAMAGED, "journal"),
    }
}

const fn keystore(error: &KeystoreError) -> (u8, &'static str) {
    match error {
        KeystoreError::Weak(_) => (USAGE, "passphrase"),
        KeystoreError::File { source: KeyFileError::WrongPassphrase, .. }
        | KeystoreError::WrongBip39Passphrase { .. }
        | KeystoreError::PassphraseNeeded { .. }
        | KeystoreError::PassphraseUnwanted { .. } => (NOT_READY, "passphrase"),
        KeystoreError::Exists { .. } | KeystoreError::Duplicate { .. } => (NOT_READY, "key-exists"),
        KeystoreError::Missing { .. } => (NOT_READY, "no-key"),
        KeystoreError::Io { .. } | KeystoreError::Open { .. } | KeystoreError::NoDirectory { .. } => {
            (NOT_READY, "keystore")
        }
        _ => (DAMAGED, "key-file"),
    }
}

const fn genesis(error: &GenesisError) -> (u8, &'static str) {
    match error {
        GenesisError::Toml(_) => (DAMAGED, "genesis"),
        GenesisError::Signature(_) | GenesisError::Unsigned(_) => (DISAGREE, "genesis-signatures"),
        _ => (POLICY, "genesis"),
    }
}

const fn policy(error: &PolicyError) -> (u8, &'static str) {
    match error {
        PolicyError::Toml(_) => (DAMAGED, "policy"),
        PolicyError::Quorum(_) => (DISAGREE, "quorum"),
        PolicyError::House { .. } => (DISAGREE, "house"),
        PolicyError::Succession(_) => (POLICY, "epoch"),
        _ => (POLICY, "policy"),
    }
}

const fn book(error: &BookError) -> (u8, &'static str) {
    match error {
        BookError::Toml(_) => (DAMAGED, "book"),
        BookError::Quorum(_) => (DISAGREE, "quorum"),
        BookError::House { .. } => (DISAGREE, "house"),
        BookError::Succession(_) => (POLICY, "epoch"),
        _ => (POLICY, "book"),
    }
}

fn sign(error: &SignError) -> (u8, &'static str) {
    match error {
        SignError::Signer { source, .. } => signer(source),
        SignError::Unserved { .. } => (NOT_READY, "signer"),
        SignError::OtherKey { .. } => (DISAGREE, "other-key"),
        SignError::Answer { .. } => (DISAGREE, "signature"),
        SignError::NothingHere => (POLICY, "nothing-here"),
        SignError::Refused(refusal) => (refusal.exit().code(), refusal.rule.name()),
        _ => (FAILED, "signer"),
    }
}

const fn signer(error: &SignerError) -> (u8, &'static str) {
    match error {
        SignerError::Rejected => (DEVICE, "rejected"),
        SignerError::NotReady(_) => (NOT_READY, "signer"),
        SignerError::Locked => (NOT_READY, "locked"),
        SignerError::WrongApp { .. } => (NOT_READY, "wrong-app"),
        SignerError::Unplugged => (NOT_READY, "unplugged"),
        SignerError::BlindOff { .. } => (NOT_READY, "blind-off"),
        SignerError::Reopen(_) => (NOT_READY, "reopen"),
        SignerError::Untrusted(_) => (DISAGREE, "untrusted"),
        SignerError::OtherKey(_) => (DISAGREE, "other-key"),
        _ => (FAILED, "signer"),
    }
}

const fn thaw(error: &ThawError) -> (u8, &'static str) {
    match error {
        ThawError::House { .. } => (DISAGREE, "house"),
        ThawError::Quorum(_) => (DISAGREE, "quorum"),
        ThawError::OtherFreeze { .. } => (POLICY, "thaw"),
        _ => (DAMAGED, "thaw"),
    }
}

const fn recovery(error: &RecoveryError) -> (u8, &'static str) {
    match error {
        RecoveryError::House { .. } => (DISAGREE, "house"),
        RecoveryError::Quorum(_) => (DISAGREE, "quorum"),
        RecoveryError::Station { .. } => (DISAGREE, "station"),
        RecoveryError::Place { .. } => (DISAGREE, "place"),
        RecoveryError::Missing { .. } | RecoveryError::Unknown { .. } => (DISAGREE, "vault-head"),
        RecoveryError::Expired { .. } => (EXPIRED, "recovery"),
        RecoveryError::Used
        | RecoveryError::NotRecovering
        | RecoveryError::Episode
        | RecoveryError::Older { .. } => (POLICY, "recovery"),
        _ => (DAMAGED, "recovery"),
    }
}

/// What to do about an error whose message does not say so itself.
fn remedy(error: &VaultError) -> Option<&'static str> {
    Some(match error {
        VaultError::File(FileError::Io { source, .. })
        | VaultError::Chronicle(ChronicleError::Journal(JournalError::Io { source, .. }))
        | VaultError::Keystore(KeystoreError::Io { source, .. }) => strongroom_transport::remedy(source),
        VaultError::Bundle { .. } | VaultError::SignedText { .. } => {
            "copy the file again from where it was made and compare its size"
        }
        VaultError::Warm { .. } => {
            "do what the lines marked WARM say, or carry the keys to a machine that is cold"
        }
        VaultError::NotARequest { .. } => "give the file that `strongroom pay` or `request pack` wrote",
        VaultError::NotAsJournaled { .. } => {
            "somebody changed or replaced it: fetch it from the backup; the journal decides"
        }
        VaultError::OtherStation => "fetch the keystore from this vault's own backup",
        VaultError::NoHome(_) => "make one with `strongroom-vault init`, or name another with --home",
        VaultError::HomeExists(_) => {
            "choose another --home; if it is the home that an earlier `init` made, `key list` shows its public key"
        }
        VaultError::Keystore(KeystoreError::NoRecord { .. } | KeystoreError::Exists { .. }) => {
            "if making it was interrupted, `strongroom-vault key restore` with its words finishes it"
        }
        VaultError::HomeOpen { .. } => "close it with `chmod go=`, and ask who looked into it",
        VaultError::HouseCode { .. } => {
            "get the code, all six groups of it, from an admin by another channel than the file; if it stays different, the file is not your house's"
        }
        VaultError::NoPolicy => "install one with `strongroom-vault policy install FILE`",
        VaultError::NoBook => "install one with `strongroom-vault book install FILE`",
        VaultError::NoSecretLeft(_) => {
            "give one secret a line, in the order in which the command would ask (see --help)"
        }
        VaultError::Terminal(_) => "run it on a terminal, or give secrets with --passphrase-stdin",
        VaultError::ForeignAccount { .. } => {
            "have the admins pin the record that `enroll` wrote on this vault"
        }
        VaultError::Chain(_) => "chains are written in CAIP-2 form, such as eip155:1",
        VaultError::WordsNotConfirmed => "begin again, and write all words down before going on",
        VaultError::StationNotPinned(_) => "have the admins pin this station's key in the next policy",
        VaultError::Thaw(ThawError::OtherFreeze { .. }) => {
            "ask the admins for a thaw that names a freeze that is open here"
        }
        VaultError::Export { .. } => {
            "give the file that `strongroom journal export --vault` wrote for this very station"
        }
        VaultError::Lesson { source, .. } => match source.learning() {
            Some(LearningError::Fork { .. }) => {
                "freeze, and have the admins take that station out of the policy: nothing is paid here before"
            }
            Some(_) => {
                "have the desk write it again with `strongroom journal export --vault STATION`, from replies that the vault sealed"
            }
            None => {
                "compare the policies of desk and vault: what a station signed that no policy pins counts for nobody"
            }
        },
        VaultError::Gap { .. } => "look for a desk that took in the earlier replies, or for a later backup",
        VaultError::NotBrought { .. } => {
            "install the policy or the book here first; give an account's record with --account FILE"
        }
        VaultError::NoApproval(_) => {
            "an approval is the statement with its signature below, or NAME.sig beside the statement NAME"
        }
        VaultError::Own(_) | VaultError::SelfTest { .. } => {
            "do not use this machine or this copy of the program"
        }
        _ => return None,
    })
}
