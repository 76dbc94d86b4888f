//! Signing by ssh-agent (draft-miller-ssh-agent).

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ssh_agent_client_rs::{Client, Error, Identity};
use ssh_encoding::Encode as _;
use ssh_key::{HashAlg, SshSig};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SshSignature};

use super::{SshError, SshSigner};

/// The longest that an agent is waited for: somebody may have to find their security key and touch it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to an agent.
pub(super) struct Agent {
    client: Client,
}

fn trouble(error: &Error) -> SshError {
    SshError::Agent(error.to_string())
}

impl Agent {
    pub(super) fn connect(socket: &Path) -> Result<Self, SshError> {
        let connected = UnixStream::connect(socket).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            Ok(stream)
        });
        let stream = connected.map_err(|error| SshError::Agent(error.to_string()))?;
        Ok(Self { client: Client::with_read_write(Box::new(stream)) })
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
        let unencodable = |error: ssh_key::Error| SshError::Agent(error.to_string());
        let hash = HashAlg::Sha512;
        let data = SshSig::signed_data(namespace.as_str(), hash, message).map_err(unencodable)?;
        let signature = self.client.sign(key.as_ssh(), &data).map_err(|error| match error {
            Error::RemoteFailure => SshError::Refused { fingerprint: key.fingerprint() },
            other => trouble(&other),
        })?;
        let signature = SshSig::new(key.as_ssh().key_data().clone(), namespace.as_str(), hash, signature)
            .map_err(unencodable)?;
        let mut blob = Vec::new();
        signature.encode(&mut blob).map_err(|error| SshError::Agent(error.to_string()))?;
        Ok(SshSignature::from_blob(&blob)?)
    }
}
