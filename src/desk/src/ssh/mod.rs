//! People's signatures, by ssh-agent or by `ssh-keygen -Y sign`. No private key file is opened here.

mod agent;
mod choice;
mod keygen;

use std::path::{Path, PathBuf};

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SignatureError, SshSignature};

pub use choice::{Candidate, KeyChoice, choose, sign};

/// Something that can sign with some keys.
pub trait SshSigner {
    /// The keys it offers, of the kinds that are accepted.
    ///
    /// # Errors
    /// [`SshError`] if it cannot say.
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError>;

    /// Signs a message (SSHSIG). What it makes is verified before it is used.
    ///
    /// # Errors
    /// [`SshError`] if it does not sign.
    fn sign(
        &mut self,
        key: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError>;
}

/// Ways to people's keys.
pub trait SshSigners {
    /// The user's ssh-agent.
    ///
    /// # Errors
    /// [`SshError`] if there is none.
    fn agent(&self) -> Result<Box<dyn SshSigner>, SshError>;

    /// Whatever `ssh-keygen` finds for the key in this `.pub` file.
    ///
    /// # Errors
    /// [`SshError`] if the file holds no public key.
    fn keygen(&self, public_key: &Path) -> Result<Box<dyn SshSigner>, SshError>;
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SshError {
    /// No agent to ask.
    #[error(
        "no ssh-agent is running: SSH_AUTH_SOCK is not set. Start one with `eval \"$(ssh-agent)\"`, or use --key"
    )]
    NoAgent,
    /// The agent cannot be reached, or does not answer as agents do.
    #[error("the ssh-agent does not answer: {0}")]
    Agent(String),
    /// The agent refuses: locked, not confirmed, not touched.
    #[error(
        "the ssh-agent refused to sign with {fingerprint}: is the key confirmed and touched, the agent unlocked?"
    )]
    Refused {
        /// The key.
        fingerprint: String,
    },
    /// A file that is no public key.
    #[error("{path} is no public key that is accepted here: {why}")]
    PublicKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// `ssh-keygen` is not there.
    #[error("ssh-keygen cannot be started: {0}. Install OpenSSH 8.1 or newer, or use --agent")]
    NoKeygen(std::io::Error),
    /// `ssh-keygen` made no signature.
    #[error("ssh-keygen made no signature with {0}: what it said stands above")]
    Keygen(PathBuf),
    /// Neither the agent nor the file has a key that may sign this.
    #[error("none of the keys at hand may sign this. Those that may: {wanted}")]
    NotACandidate {
        /// Who could sign, with which keys.
        wanted: String,
    },
    /// Keys of several people at once.
    #[error("the ssh-agent holds keys of {0}: say with --key whose signature this is to be")]
    SeveralPeople(String),
    /// What was made is no signature by that key over that text.
    #[error("the signature that was made does not hold: {0}")]
    Wrong(#[from] SignatureError),
}

/// People's keys on this machine.
#[derive(Clone, Debug)]
pub struct SystemSigners {
    /// The agent's socket, as `SSH_AUTH_SOCK` names it.
    pub agent: Option<PathBuf>,
    /// The program `ssh-keygen`.
    pub keygen: PathBuf,
}

impl SshSigners for SystemSigners {
    fn agent(&self) -> Result<Box<dyn SshSigner>, SshError> {
        let socket = self.agent.as_deref().ok_or(SshError::NoAgent)?;
        Ok(Box::new(agent::Agent::connect(socket)?))
    }

    fn keygen(&self, public_key: &Path) -> Result<Box<dyn SshSigner>, SshError> {
        Ok(Box::new(keygen::Keygen::new(&self.keygen, public_key)?))
    }
}

/// The most bytes of a `.pub` file.
const PUBLIC_KEY_LIMIT: usize = 8 << 10;

/// Reads a public key from a file, whose name must end in `.pub`: so a private key's file is not even opened.
///
/// # Errors
/// [`SshError::PublicKey`], naming what is wrong.
pub fn read_public_key(path: &Path) -> Result<PublicKey, SshError> {
    let refused = |why: String| SshError::PublicKey { path: path.to_owned(), why };
    if path.extension().is_none_or(|extension| extension != "pub") {
        return Err(refused("its name does not end in .pub".to_owned()));
    }
    let bytes = strongroom_transport::read_limited(path, PUBLIC_KEY_LIMIT)
        .map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not text".to_owned()))?;
    text.trim_end().parse().map_err(|error: SignatureError| refused(error.to_string()))
}
