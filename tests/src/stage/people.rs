//! The people of a stage, and their SSH keys.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ssh_key::LineEnding;
use strongroom_desk::ssh::{SshError, SshSigner, SshSigners, read_public_key};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SshSignature};

use crate::house::Person;

/// Everybody, by name.
pub struct People(BTreeMap<&'static str, Person>);

impl People {
    /// Sign genesis, policy and book.
    pub const ADMINS: [&'static str; 3] = ["erin", "frank", "heidi"];
    /// Prepares plans.
    pub const PREPARER: &'static str = "alice";
    /// Approve plans.
    pub const APPROVERS: [&'static str; 3] = ["bob", "carol", "grace"];
    /// Works the vault.
    pub const OPERATOR: &'static str = "dave";

    /// Everybody, with `NAME` and `NAME.pub` in a folder as `ssh-keygen` leaves them.
    pub fn new(folder: &Path) -> Self {
        let names = ["alice", "bob", "carol", "grace", "dave", "erin", "frank", "heidi"];
        let people: BTreeMap<_, _> =
            (50u8..).zip(names).map(|(seed, name)| (name, Person::new(name, seed))).collect();
        for (name, person) in &people {
            let private = person.private_key().to_openssh(LineEnding::LF).unwrap();
            fs::write(folder.join(name), private.as_bytes()).unwrap();
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
            fs::write(folder.join(format!("{name}.pub")), format!("{}\n", person.public_key())).unwrap();
        }
        Self(people)
    }

    /// One of them.
    pub fn person(&self, name: &str) -> &Person {
        &self.0[name]
    }

    fn signer(&self, wanted: &PublicKey) -> Option<OnePerson> {
        let person = self.0.values().find(|person| person.public_key() == *wanted)?;
        Some(OnePerson { key: person.private_key().clone(), public: person.public_key() })
    }

    /// Ways to these people's keys, for a desk that runs in this process: `--key NAME.pub` finds the private half here.
    pub fn signers(&self) -> Box<dyn SshSigners> {
        let all = self.0.values().filter_map(|person| self.signer(&person.public_key()));
        Box::new(InMemory(all.map(|one| (one.public, one.key)).collect()))
    }
}

struct InMemory(Vec<(PublicKey, ssh_key::PrivateKey)>);

struct OnePerson {
    key: ssh_key::PrivateKey,
    public: PublicKey,
}

impl SshSigners for InMemory {
    fn agent(&self) -> Result<Box<dyn SshSigner>, SshError> {
        Err(SshError::NoAgent)
    }

    fn keygen(&self, public_key: &Path) -> Result<Box<dyn SshSigner>, SshError> {
        let public = read_public_key(public_key)?;
        let found = self.0.iter().find(|(known, _)| *known == public);
        let (public, key) = found.cloned().ok_or_else(|| SshError::Keygen(public_key.to_owned()))?;
        Ok(Box::new(OnePerson { key, public }))
    }
}

impl SshSigner for OnePerson {
    fn keys(&mut self) -> Result<Vec<PublicKey>, SshError> {
        Ok(vec![self.public.clone()])
    }

    fn sign(
        &mut self,
        _: &PublicKey,
        namespace: Namespace,
        message: &[u8],
    ) -> Result<SshSignature, SshError> {
        let signature = self.key.sign(namespace.as_str(), ssh_key::HashAlg::Sha512, message);
        Ok(SshSignature::from_ssh(&signature.unwrap())?)
    }
}
