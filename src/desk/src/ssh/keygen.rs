//! Signing by `ssh-keygen -Y sign`, which finds the private half itself: in an agent, on a security key, or in a file that
//! only it opens.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SshSignature};

use super::{SshError, SshSigner, read_public_key};

/// The most bytes of an armoured signature that are taken in.
const ARMOUR_LIMIT: u64 = 16 << 10;

/// The program with one public key.
pub(super) struct Keygen {
    program: PathBuf,
    path: PathBuf,
    key: PublicKey,
}

impl Keygen {
    pub(super) fn new(program: &Path, path: &Path) -> Result<Self, SshError> {
        Ok(Self { program: program.to_owned(), path: path.to_owned(), key: read_public_key(path)? })
    }
}

impl SshSigner for Keygen {
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError> {
        Ok(vec![self.key.clone()])
    }

    fn sign(
        &mut self,
        _: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError> {
        let mut child = Command::new(&self.program)
            .args(["-Y", "sign", "-n", namespace.as_str(), "-f"])
            .arg(&self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its prompts for a passphrase or a touch must reach the user at once.
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(SshError::NoKeygen)?;
        let refused = || SshError::Keygen(self.path.clone());
        let mut armour = String::new();
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(message));
        let read = child.stdout.take().map(|stdout| stdout.take(ARMOUR_LIMIT).read_to_string(&mut armour));
        let status = child.wait().map_err(SshError::NoKeygen)?;
        match (written, read) {
            (Some(Ok(())), Some(Ok(_))) if status.success() => Ok(SshSignature::from_armour(&armour)?),
            _ => Err(refused()),
        }
    }
}
