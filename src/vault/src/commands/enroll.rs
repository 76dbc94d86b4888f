//! `enroll`: derives accounts and writes their public records.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use serde_json::{Value, json};
use strongroom_journal::VaultEntry;
use strongroom_keys::{
    Bip39Passphrase, Curve, DerivationPath, ExtendedPrivateKey, KeyIdentity, KeyRecord, Keystore, OpenedKey,
    Preset, on_locked_stack,
};
use strongroom_protocol::{
    Account, Address, Bundle, ChainId, DeviceBinding, KeyOrigin, KeyProvenance, Name, Sealed, Text,
};
use strongroom_screen::{Report, Table};
use strongroom_signing::Device;
use strongroom_transport::{FileError, write_new};

use super::device;
use crate::chains::codecs;
use crate::devices::DeviceChoice;
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// The most accounts enrolled at once.
const COUNT_LIMIT: u32 = 1000;

/// Derive accounts of a key and write their public records, for the policy
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault enroll --key treasury --chain eip155:1 --label \"Treasury\" -o treasury.account
  strongroom-vault enroll --key treasury --chain eip155:137 --index 3 --count 2 --label Hot -o hot.account
  strongroom-vault enroll --device ledger --chain eip155:1 --label \"Cold one\" -o cold.account

With --count above 1 the files are FILE with -1, -2 … before its ending, and so are the labels.
Asks for, or reads with --passphrase-stdin, in this order: the passphrase of the station key, of the key, and its \
BIP-39 passphrase if it has one.")]
#[command(group(ArgGroup::new("holder").required(true).args(["key", "device"])))]
pub(crate) struct Enroll {
    /// The key of the keystore
    #[arg(long, value_name = "NAME")]
    key: Option<Name>,
    /// The device that holds the key, such as ledger or ledger:SERIAL; it shows each address until its owner approves
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
    /// The device was set up from words that were made elsewhere: the account carries that mark for ever
    #[arg(long, requires = "device")]
    restored: bool,
    /// The chain, in CAIP-2 form
    #[arg(long)]
    chain: ChainId,
    /// The derivation path of the first account
    #[arg(long, conflicts_with_all = ["preset", "index"])]
    path: Option<DerivationPath>,
    /// A path by name [default: the chain's own]
    #[arg(long, value_name = "NAME")]
    preset: Option<Preset>,
    /// The number of the first account in the preset
    #[arg(long, default_value_t = 0)]
    index: u32,
    /// How many accounts, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=i64::from(COUNT_LIMIT)))]
    count: u32,
    /// What people are to call it
    #[arg(long)]
    label: Text,
    /// The file to write; an existing one is not overwritten
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// An account to be enrolled.
struct Place {
    path: DerivationPath,
    label: Text,
    out: PathBuf,
}

/// An account that is enrolled.
struct Enrolled {
    sealed: Sealed<Account>,
    out: PathBuf,
    new: bool,
}

impl Enroll {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let places = self.places()?;
        for place in &places {
            session.result_goes_to(&place.out);
            Session::check_free(&place.out)?;
        }
        let mut vault = Vault::open(session)?;
        vault.check_not_recovering(session)?;
        let mut holder = self.holder(session, &vault)?;
        let station = vault.unlock_station(session)?;
        if let Holder::Software { record, master } = &mut holder {
            *master = Some(unlock_master(session, &vault.keystore, record)?);
            vault.journal_key(record, session)?;
        }
        let known = vault.accounts()?;
        let mut enrolled = Vec::with_capacity(places.len());
        for place in places {
            let account = self.account(session, &vault, &mut holder, &place)?;
            // The same account again is the same record again: whatever interrupted the first time, nothing doubles.
            let same = |other: &&Sealed<Account>| {
                let other = other.value();
                (&other.chain, &other.address, &other.key) == (&account.chain, &account.address, &account.key)
            };
            let before = known.values().find(same).cloned();
            let new = before.is_none();
            let sealed = match before {
                Some(sealed) => sealed,
                None => keep(session, &mut vault, &account, &station)?,
            };
            session.write_new(&place.out, &Bundle::write(&sealed))?;
            enrolled.push(Enrolled { sealed, out: place.out, new });
        }
        Ok(report(&enrolled))
    }

    fn places(&self) -> Result<Vec<Place>, VaultError> {
        let many = self.count > 1;
        let places = (0..self.count).map(|offset| {
            let number = offset.saturating_add(1);
            let label = if many { format!("{} {number}", self.label) } else { self.label.to_string() };
            Ok(Place {
                path: self.path_of(offset)?,
                label: label.parse()?,
                out: if many { numbered(&self.out, number) } else { self.out.clone() },
            })
        });
        places.collect()
    }

    fn path_of(&self, offset: u32) -> Result<DerivationPath, VaultError> {
        if let Some(path) = &self.path {
            return later(path, offset);
        }
        let preset = match self.preset {
            Some(preset) => preset,
            None if self.chain.namespace() == "eip155" => Preset::Ethereum,
            None => return Err(VaultError::Chain(self.chain.clone())),
        };
        if preset.curve() != Curve::Secp256k1 {
            return Err(VaultError::Curve { chain: self.chain.clone() });
        }
        Ok(preset.path(self.index.saturating_add(offset))?)
    }

    /// What holds the key: found before anybody types a passphrase.
    fn holder(&self, session: &mut Session<'_, '_>, vault: &Vault) -> Result<Holder, VaultError> {
        let Some(name) = &self.key else {
            return Ok(Holder::Device(device::only(session, self.device.as_ref())?));
        };
        let record = vault.keystore.record(name)?;
        let KeyIdentity::Mnemonic { .. } = record.identity else {
            return Err(VaultError::OtherKind(name.clone(), "key for accounts"));
        };
        Ok(Holder::Software { record: Box::new(record), master: None })
    }

    fn account(
        &self,
        session: &mut Session<'_, '_>,
        vault: &Vault,
        holder: &mut Holder,
        place: &Place,
    ) -> Result<Account, VaultError> {
        let codecs = codecs();
        let codec = codecs.of(&self.chain).ok_or_else(|| VaultError::Chain(self.chain.clone()))?;
        let held = match holder {
            Holder::Software { record, master } => software(session, record, master.as_ref(), place)?,
            Holder::Device(device) => self.on_device(device.as_mut(), place)?,
        };
        let address = codec.address_of(&self.chain, &held.key.public_key)?;
        if let Holder::Device(device) = holder {
            show_on(session, device.as_mut(), &self.chain, &held.key.path, &address)?;
        }
        Ok(Account {
            house: vault.house,
            address,
            chain: self.chain.clone(),
            label: place.label.clone(),
            key: held.key,
            device: held.device,
            provenance: held.made,
            station: vault.station,
            enrolled_at: session.now(),
            descriptor: None,
        })
    }

    /// A key that a device holds. Its master fingerprint it does not tell.
    fn on_device(&self, device: &mut dyn Device, place: &Place) -> Result<Held, VaultError> {
        let path = place.path.to_string();
        let public_key = device.key_at(&self.chain, &path)?;
        let identity = device.identity()?;
        Ok(Held {
            key: KeyOrigin { fingerprint: [0; 4], path, public_key },
            device: DeviceBinding::Hardware { kind: device.kind().parse()?, model: identity.model.parse()? },
            made: if self.restored { KeyProvenance::Restored } else { KeyProvenance::OnDevice },
        })
    }
}

/// What holds the keys of the accounts.
enum Holder {
    Software { record: Box<KeyRecord>, master: Option<ExtendedPrivateKey> },
    Device(Box<dyn Device>),
}

/// A key, and what holds it.
struct Held {
    key: KeyOrigin,
    device: DeviceBinding,
    made: KeyProvenance,
}

/// A key that the keystore holds.
fn software(
    session: &mut Session<'_, '_>,
    record: &KeyRecord,
    master: Option<&ExtendedPrivateKey>,
    place: &Place,
) -> Result<Held, VaultError> {
    let master = master.ok_or_else(|| VaultError::OtherKind(record.name.clone(), "unlocked key"))?;
    let derived = on_locked_stack(|| {
        let public = master.public(&place.path)?.public_key();
        Ok::<_, strongroom_keys::ExtendedKeyError>((public, master.fingerprint()))
    })?;
    let derived = strongroom_keys::Worked {
        value: derived.value.map_err(strongroom_keys::KeystoreError::from),
        lock_warning: derived.lock_warning,
    };
    let (public_key, fingerprint) = session.worked(derived)?;
    Ok(Held {
        key: KeyOrigin {
            fingerprint: fingerprint.0,
            path: place.path.to_string(),
            public_key: public_key.to_vec(),
        },
        device: DeviceBinding::Software { key: record.name.clone() },
        made: record.made,
    })
}

/// Has a device show an address, and its owner compare it with this screen.
///
/// # Errors
/// [`VaultError::Device`] if the owner says that they differ, [`VaultError::DeviceAddress`] if the device showed another.
pub(super) fn show_on(
    session: &mut Session<'_, '_>,
    device: &mut dyn Device,
    chain: &ChainId,
    path: &str,
    address: &Address,
) -> Result<(), VaultError> {
    session.show(&format!(
        "Compare this address with the device's screen, and approve it there:\n\n  {}\n\n",
        address.grouped()
    ))?;
    let shown = device.show_address(chain, path)?;
    if shown != *address {
        return Err(VaultError::DeviceAddress { shown, address: address.clone() });
    }
    Ok(())
}

/// The path whose last level is so much further on.
fn later(path: &DerivationPath, offset: u32) -> Result<DerivationPath, VaultError> {
    if offset == 0 {
        return Ok(path.clone());
    }
    let text = path.to_string();
    let (front, last) = text.rsplit_once('/').unwrap_or(("m", "0"));
    let (digits, mark) = last.strip_suffix('\'').map_or((last, ""), |digits| (digits, "'"));
    let number = digits.parse::<u32>().unwrap_or(u32::MAX).saturating_add(offset);
    Ok(format!("{front}/{number}{mark}").parse()?)
}

/// `hot.account` becomes `hot-2.account`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!("-{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

/// Unlocks the master key of a mnemonic, with its BIP-39 passphrase if it has one.
pub(super) fn unlock_master(
    session: &mut Session<'_, '_>,
    keystore: &Keystore,
    record: &KeyRecord,
) -> Result<ExtendedPrivateKey, VaultError> {
    let name = &record.name;
    let OpenedKey::Mnemonic(opened) = session.unlock(keystore, name, &format!("key {name}"))? else {
        return Err(VaultError::OtherKind(name.clone(), "key for accounts"));
    };
    let asked = matches!(record.identity, KeyIdentity::Mnemonic { passphrase: Bip39Passphrase::Asked, .. });
    let passphrase =
        asked.then(|| session.secret(&format!("BIP-39 passphrase of key {name}"))).transpose()?;
    let master = on_locked_stack(|| opened.master_key(passphrase.as_ref()))?;
    session.worked(master)
}

/// Seals a record, keeps it in the home and writes down that it exists, before anybody outside gets it.
fn keep(
    session: &mut Session<'_, '_>,
    vault: &mut Vault,
    account: &Account,
    station: &strongroom_keys::StationKey,
) -> Result<Sealed<Account>, VaultError> {
    let sealed = vault.seal(account.clone(), station, session)?;
    let id = account.id();
    match write_new(&vault.home.account(&id), &Bundle::write(&sealed)) {
        // Left by a run that was interrupted before it wrote this down; ed25519 signs the same record alike.
        Err(FileError::Exists(_)) | Ok(()) => {}
        Err(error) => return Err(error.into()),
    }
    vault.chronicle.append(session.now(), VaultEntry::Enrolled { account: id })?;
    Ok(sealed)
}

fn report(enrolled: &[Enrolled]) -> Report {
    let mut text = String::new();
    for Enrolled { sealed, out, new } in enrolled {
        let account = sealed.value();
        let mut table = Table::new();
        table.row(["Account", &format!("{}, on {}", account.label, account.chain)]);
        table.row(["Address", &account.address.grouped()]);
        table.row(["Path", &account.key.path]);
        table.row(["Id", &account.id().to_string()]);
        table.row(["File", &out.display().to_string()]);
        if !new {
            table.row(["", "enrolled before: the same record was written again"]);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&table.to_string());
    }
    text.push_str(
        "\nNext: carry the files to the desk (`account import`) and have the admins pin the ids.\n",
    );
    let accounts: Vec<Value> = enrolled
        .iter()
        .map(|Enrolled { sealed, out, new }| {
            let account = sealed.value();
            json!({
                "id": account.id().to_string(),
                "label": account.label.as_str(),
                "chain": account.chain.as_str(),
                "address": account.address.as_str(),
                "path": account.key.path,
                "station": account.station.to_string(),
                "made": account.provenance.as_str(),
                "enrolled_at": account.enrolled_at.to_string(),
                "file": out.display().to_string(),
                "new": new,
            })
        })
        .collect();
    Report::new(text, json!({ "accounts": accounts }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_paths_count_on_in_their_last_level() {
        let later = |path: &str, offset| later(&path.parse().unwrap(), offset).map(|path| path.to_string());
        assert_eq!(later("m/44'/60'/0'/0/5", 0).unwrap(), "m/44'/60'/0'/0/5");
        assert_eq!(later("m/44'/60'/0'/0/5", 3).unwrap(), "m/44'/60'/0'/0/8");
        assert_eq!(later("m/44'/60'/7'", 2).unwrap(), "m/44'/60'/9'");
        assert!(later("m/2147483647", 1).is_err());
        assert!(later("m", 1).is_ok_and(|path| path == "m/1"));
    }

    #[test]
    fn numbers_go_before_the_ending() {
        assert_eq!(numbered(Path::new("a/hot.account"), 2), Path::new("a/hot-2.account"));
        assert_eq!(numbered(Path::new("hot"), 10), Path::new("hot-10"));
    }
}
