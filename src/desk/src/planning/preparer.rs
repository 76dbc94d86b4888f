//! Whose key signs the plan.

use std::collections::BTreeSet;
use std::path::PathBuf;

use strongroom_policy::policy::Policy;
use strongroom_policy::roster::Duty;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Name, Plan, Sealed, canonical};
use strongroom_screen::Failure;

use crate::desk::Desk;
use crate::exit;
use crate::ssh::{Candidate, KeyChoice, SshError};

/// Which key signs, where it depends on the rest of the command line whether one is needed.
#[derive(Clone, Debug, clap::Args)]
#[group(multiple = false)]
pub struct OptionalKey {
    /// Sign with the one key in the ssh-agent that may sign this
    #[arg(long)]
    agent: bool,
    /// Sign with this public key by `ssh-keygen -Y sign`, which finds the private half in an agent, on a security key or
    /// beside the file
    #[arg(long, value_name = "PUB")]
    key: Option<PathBuf>,
}

impl OptionalKey {
    /// The choice, if one was made.
    pub fn choice(&self) -> Option<KeyChoice> {
        (self.agent || self.key.is_some()).then(|| KeyChoice { agent: self.agent, key: self.key.clone() })
    }
}

/// Somebody who prepares plans and has a key at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preparer {
    /// Who.
    pub name: Name,
    keys: Vec<Candidate>,
}

/// Finds whose key will sign, before anything is signed: the plan names them.
///
/// # Errors
/// [`SshError`] if no preparer's key is at hand, or keys of several preparers are.
pub fn choose(desk: &Desk<'_>, policy: &Policy, key: &KeyChoice) -> Result<Preparer, SshError> {
    let candidates: Vec<_> = policy
        .with_duty(Duty::Preparer)
        .flat_map(|person| {
            person.keys.iter().map(|key| Candidate { name: person.name.clone(), key: key.clone() })
        })
        .collect();
    let signers = desk.world.signers.as_ref();
    let offered = match &key.key {
        Some(path) => signers.keygen(path)?.keys()?,
        None => signers.agent()?.keys()?,
    };
    let at_hand: BTreeSet<_> = candidates
        .iter()
        .filter(|candidate| offered.contains(&candidate.key))
        .map(|candidate| candidate.name.clone())
        .collect();
    if at_hand.len() > 1 {
        let names: Vec<_> = at_hand.iter().map(ToString::to_string).collect();
        return Err(SshError::SeveralPeople(names.join(" and ")));
    }
    let Some(name) = at_hand.into_iter().next() else {
        let wanted: Vec<_> = candidates
            .iter()
            .map(|candidate| format!("{} with {}", candidate.name, candidate.key.fingerprint()))
            .collect();
        let wanted = if wanted.is_empty() { "nobody".to_owned() } else { wanted.join(", ") };
        return Err(SshError::NotACandidate { wanted });
    };
    let keys = candidates.into_iter().filter(|candidate| candidate.name == name).collect();
    Ok(Preparer { name, keys })
}

impl Preparer {
    /// Has them sign a plan.
    ///
    /// # Errors
    /// A failure if they do not sign, or the plan is too large.
    pub fn seal(&self, desk: &Desk<'_>, key: &KeyChoice, plan: &Plan) -> Result<Sealed<Plan>, Failure> {
        let bytes = canonical::encode(plan);
        let (_, signature) = desk.sign(key, &self.keys, Namespace::Plan, &bytes)?;
        Sealed::new(bytes, signature).map_err(|error| {
            Failure::new(exit::FAILED, "plan", format!("the plan cannot be written: {error}"))
        })
    }
}
