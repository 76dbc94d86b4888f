//! Whose key signs: `--agent` or `--key PUB`, held against those who may.

use std::collections::BTreeSet;
use std::path::PathBuf;

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Name, PublicKey, SshSignature};

use super::{SshError, SshSigner, SshSigners};

/// Which key signs. Exactly one of the two is given.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct KeyChoice {
    /// Sign with the one key in the ssh-agent that may sign this
    #[arg(long)]
    pub agent: bool,
    /// Sign with this public key by `ssh-keygen -Y sign`, which finds the private half in an agent, on a security key or
    /// beside the file
    #[arg(long, value_name = "PUB")]
    pub key: Option<PathBuf>,
}

/// A key that may sign something, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whose.
    pub name: Name,
    /// The key.
    pub key: PublicKey,
}

/// Has the chosen key sign, if it is one of those that may, and verifies what it made.
///
/// # Errors
/// [`SshError`] if no candidate's key is at hand, keys of several people are, nobody signs, or the signature does not hold.
pub fn sign(
    signers: &dyn SshSigners,
    choice: &KeyChoice,
    candidates: &[Candidate],
    namespace: Namespace,
    message: &[u8],
) -> Result<(Candidate, SshSignature), SshError> {
    let (mut signer, candidate) = choose(signers, choice, candidates)?;
    let signature = signer.sign(&candidate.key, namespace, message)?;
    candidate.key.verify(namespace, message, &signature)?;
    Ok((candidate, signature))
}

/// Finds whose key would sign, without having anything signed: what is signed may name its signer.
///
/// # Errors
/// [`SshError`] if no candidate's key is at hand, or keys of several people are.
pub fn choose(
    signers: &dyn SshSigners,
    choice: &KeyChoice,
    candidates: &[Candidate],
) -> Result<(Box<dyn SshSigner>, Candidate), SshError> {
    let mut signer = match &choice.key {
        Some(path) => signers.keygen(path)?,
        None => signers.agent()?,
    };
    let offered = signer.keys()?;
    let at_hand: Vec<_> = candidates.iter().filter(|candidate| offered.contains(&candidate.key)).collect();
    let people: BTreeSet<_> = at_hand.iter().map(|candidate| &candidate.name).collect();
    if people.len() > 1 {
        let names: Vec<_> = people.iter().map(ToString::to_string).collect();
        return Err(SshError::SeveralPeople(names.join(" and ")));
    }
    let Some(candidate) = at_hand.first().copied().cloned() else {
        let wanted: Vec<_> = candidates
            .iter()
            .map(|candidate| format!("{} with {}", candidate.name, candidate.key.fingerprint()))
            .collect();
        let wanted = if wanted.is_empty() { "nobody".to_owned() } else { wanted.join(", ") };
        return Err(SshError::NotACandidate { wanted });
    };
    Ok((signer, candidate))
}
