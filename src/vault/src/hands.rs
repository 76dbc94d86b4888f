//! The hands of a run: the software keys that are unlocked and the devices that are plugged in.

use std::collections::BTreeMap;

use strongroom_keys::SoftwareSigner;
use strongroom_protocol::{Account, AccountId, DeviceBinding};
use strongroom_signing::{Answer, ApprovedTask, Device, Signer, SignerError};
use strongroom_transport::{FileError, remedy};

use crate::pressed::Pressed;

/// Signs each item with what holds its account's key.
pub(crate) struct Hands {
    software: SoftwareSigner,
    devices: Vec<Box<dyn Device>>,
    /// Which device has an account's key.
    bound: BTreeMap<AccountId, usize>,
    /// What owners have pressed already.
    pressed: Pressed,
}

impl Hands {
    /// The hands that are at hand; no device is bound to an account yet.
    pub(crate) const fn new(
        software: SoftwareSigner,
        devices: Vec<Box<dyn Device>>,
        pressed: Pressed,
    ) -> Self {
        Self { software, devices, bound: BTreeMap::new(), pressed }
    }

    /// The software keys.
    pub(crate) const fn software(&self) -> &SoftwareSigner {
        &self.software
    }

    /// Finds the device that has an account's key, by asking each for it: of two alike, the right one is the one with
    /// the key. Asking shows nothing and needs nobody.
    ///
    /// # Errors
    /// [`SignerError`] if none has it: the only device's own words, or every device's.
    pub(crate) fn bind(&mut self, account: &Account) -> Result<(), SignerError> {
        let DeviceBinding::Hardware { kind, .. } = &account.device else { return Ok(()) };
        let mut said: Vec<(usize, SignerError)> = Vec::new();
        for (place, device) in self.devices.iter_mut().enumerate() {
            if device.kind() != kind.as_str() {
                continue;
            }
            match device.key_at(&account.chain, &account.key.path) {
                Ok(key) if key == account.key.public_key => {
                    self.bound.insert(account.id(), place);
                    return Ok(());
                }
                Ok(_) => said.push((
                    place,
                    SignerError::OtherKey(format!(
                        "the {kind} that is plugged in has another seed than the one {} was enrolled with: plug in the \
                         right one, or enter its passphrase on it",
                        account.label
                    )),
                )),
                Err(error) => said.push((place, error)),
            }
        }
        match said.len() {
            0 => Err(SignerError::NotReady(format!(
                "{} is held by a {kind}, and none is plugged in: plug it in, unlock it and open its app",
                account.label
            ))),
            1 => Err(said.remove(0).1),
            count if said.iter().all(|(_, error)| matches!(error, SignerError::OtherKey(_))) => {
                Err(SignerError::OtherKey(format!(
                    "none of the {count} devices that are plugged in has the seed that {} was enrolled with: plug in the \
                     right one, or enter its passphrase on it",
                    account.label
                )))
            }
            _ => {
                let each: Vec<_> = said
                    .iter()
                    .map(|(place, error)| format!("{}: {error}", place.saturating_add(1)))
                    .collect();
                Err(SignerError::NotReady(format!(
                    "none of {} devices has the key of {}: {}",
                    said.len(),
                    account.label,
                    each.join("; ")
                )))
            }
        }
    }

    /// Has an owner press, unless he has pressed for these very bytes before.
    fn press(&mut self, task: &ApprovedTask<'_>) -> Result<Answer, SignerError> {
        let (account, digest) = (task.account(), &task.task().digest);
        if let Some(made) = self.pressed.find(account.id(), digest) {
            return Ok(Answer(made));
        }
        let answer = self.device(account)?.sign(task)?;
        self.pressed.keep(account.id(), digest, &answer.0).map_err(|error| {
            let remedy = match &error {
                FileError::Io { source, .. } => remedy(source),
                _ => "look at that file",
            };
            SignerError::NotReady(format!("what was pressed cannot be kept: {error}: {remedy}"))
        })?;
        Ok(answer)
    }

    fn device(&mut self, account: &Account) -> Result<&mut dyn Device, SignerError> {
        let missing = || SignerError::NotReady(format!("no device is bound to {}", account.label));
        let place = self.bound.get(&account.id()).ok_or_else(missing)?;
        match self.devices.get_mut(*place) {
            Some(device) => Ok(device.as_mut()),
            None => Err(missing()),
        }
    }
}

impl Signer for Hands {
    fn serves(&self, account: &Account) -> bool {
        match &account.device {
            DeviceBinding::Software { .. } => self.software.serves(account),
            _ => self.bound.contains_key(&account.id()),
        }
    }

    fn public_key(&mut self, account: &Account) -> Result<Vec<u8>, SignerError> {
        match &account.device {
            DeviceBinding::Software { .. } => self.software.public_key(account),
            _ => self.device(account)?.public_key(account),
        }
    }

    fn sign(&mut self, task: &ApprovedTask<'_>) -> Result<Answer, SignerError> {
        match &task.account().device {
            DeviceBinding::Software { .. } => self.software.sign(task),
            _ => self.press(task),
        }
    }
}
