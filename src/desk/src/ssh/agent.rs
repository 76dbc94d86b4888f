//! Signing by ssh-agent (draft-miller-ssh-agent).

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ssh_agent_client_rs::{Client, Error, Identity, ReadWrite};
use ssh_key::{Algorithm, HashAlg, Signature, SshSig};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SshSignature};

use super::{SshError, SshSigner};

/// The longest that an agent is waited for: somebody may have to find their security key and touch it.
const PATIENCE: Duration = Duration::from_mins(2);
/// The hash that a message is signed under, as `ssh-keygen` has it by default.
const HASH: HashAlg = HashAlg::Sha512;
/// Bytes after the signature proper in a security key's answer: flags and counter (PROTOCOL.u2f).
const SK_TRAILER: usize = 5;

/// A connection to an agent.
pub(super) struct Agent {
    client: Client,
}

fn trouble(error: &Error) -> SshError {
    match error {
        Error::AgentCommunicationError(error) => SshError::Agent(error.to_string()),
        other => SshError::Agent(other.to_string()),
    }
}

impl Agent {
    pub(super) fn connect(socket: &Path) -> Result<Self, SshError> {
        let connected = UnixStream::connect(socket).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            Ok(stream)
        });
        connected
            .map(|stream| Self::over(Box::new(stream)))
            .map_err(|error| SshError::Agent(error.to_string()))
    }

    fn over(stream: Box<dyn ReadWrite>) -> Self {
        Self { client: Client::with_read_write(stream) }
    }
}

impl SshSigner for Agent {
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError> {
        let identities = self.client.list_all_identities().map_err(|error| trouble(&error))?;
        // Certificates and kinds that are not accepted are somebody's for other things.
        let keys = identities.into_iter().filter_map(|identity| match identity {
            Identity::PublicKey(key) => PublicKey::new(key.into_owned()).ok(),
            Identity::Certificate(_) => None,
        });
        Ok(keys.collect())
    }

    fn sign(
        &mut self,
        key: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError> {
        let data = SshSig::signed_data(namespace.as_str(), HASH, message)
            .map_err(|error| SshError::Agent(error.to_string()))?;
        let signature = self.client.sign(key.as_ssh(), &data).map_err(|error| match error {
            Error::RemoteFailure => SshError::Refused { fingerprint: key.fingerprint() },
            other => trouble(&other),
        })?;
        Ok(SshSignature::from_blob(&blob(key, namespace, &signature))?)
    }
}

/// An SSHSIG around a signature (PROTOCOL.sshsig, "Blob format").
///
/// `ssh-key` 0.6 writes signatures of P-256 security keys with flags and counter inside the signature proper, where nobody
/// finds them again; so it is written here.
fn blob(key: &PublicKey, namespace: Namespace, signature: &Signature) -> Vec<u8> {
    let algorithm = signature.algorithm();
    let trailer = match algorithm {
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => SK_TRAILER,
        _ => 0,
    };
    let bytes = signature.as_bytes();
    let (proper, rest) = bytes.split_at_checked(bytes.len().saturating_sub(trailer)).unwrap_or((bytes, &[]));
    let signed = [&string(algorithm.as_str().as_bytes()), &string(proper), rest].concat();
    let mut blob = b"SSHSIG\x00\x00\x00\x01".to_vec();
    let reserved: &[u8] = b"";
    for field in [&key.wire(), namespace.as_str().as_bytes(), reserved, HASH.as_str().as_bytes(), &signed] {
        blob.extend(string(field));
    }
    blob
}

/// A string of the SSH wire format (RFC 4251 §5).
fn string(bytes: &[u8]) -> Vec<u8> {
    // Nothing here is longer than a few hundred bytes; what were would not parse again.
    let length = u32::try_from(bytes.len()).unwrap_or(0);
    [&length.to_be_bytes(), bytes].concat()
}
