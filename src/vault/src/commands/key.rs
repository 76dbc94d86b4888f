//! `key`: software keys of this vault.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use strongroom_journal::VaultEntry;
use strongroom_keys::{
    Bip39Passphrase, Circumstances, KeyIdentity, KeyRecord, KeystoreError, Mnemonic, NewKey, OpenedKey,
    OperatorEntropy, Passphrase, on_locked_stack,
};
use strongroom_protocol::{KeyProvenance, Name};
use strongroom_screen::{Report, Table};

use super::key_words::{confirm_words, show_words, typed_words, word_count};
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::{STATION, Vault};

/// Software keys: make, restore, list
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault key generate treasury")]
pub(crate) struct Key {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Generate(Generate),
    Restore(Restore),
    List(List),
}

/// Make a new key; its words are shown once
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault key generate treasury
  strongroom-vault key generate treasury --words 12 --dice

The words appear on the terminal alone, once, and some are to be typed back.
Asks for, or reads with --passphrase-stdin, in this order: dice rolls (--dice), the BIP-39 passphrase \
(--bip39-passphrase), the passphrase that the key's file is encrypted under. The words always need a terminal.")]
struct Generate {
    /// What the keystore is to know it by: a-z, 0-9 and hyphens
    name: Name,
    /// How many words: 12, 15, 18, 21 or 24
    #[arg(long, default_value_t = 24, value_parser = word_count, value_name = "COUNT")]
    words: usize,
    /// Mix in rolls of a six-sided die, at least 50
    #[arg(long)]
    dice: bool,
    /// Give the key a BIP-39 passphrase, which is stored nowhere and asked for at each use
    #[arg(long)]
    bip39_passphrase: bool,
}

/// Put a key into this vault whose words were made elsewhere
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault key restore treasury

Asks for, or reads with --passphrase-stdin, in this order: the words, the BIP-39 passphrase (--bip39-passphrase), \
the passphrase that the key's file is encrypted under.
If making or restoring this very key was interrupted, it is finished.")]
struct Restore {
    /// What the keystore is to know it by: a-z, 0-9 and hyphens
    name: Name,
    /// The key has a BIP-39 passphrase
    #[arg(long)]
    bip39_passphrase: bool,
}

/// Show the public records of this vault's keys, the station's own among them
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault key list")]
struct List {}

impl Key {
    pub(crate) const fn name(&self) -> &'static str {
        match self.verb {
            Verb::Generate(_) => "key generate",
            Verb::Restore(_) => "key restore",
            Verb::List(_) => "key list",
        }
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match self.verb {
            Verb::Generate(command) => command.run(session),
            Verb::Restore(command) => command.run(session),
            Verb::List(_) => list(session),
        }
    }
}

/// Refuses a name that is taken, or the station's, before anybody rolls dice for it.
fn check_name(vault: &Vault, name: &Name) -> Result<(), VaultError> {
    if name.as_str() == STATION {
        return Err(VaultError::ReservedName(name.clone()));
    }
    match vault.keystore.work_factor(name) {
        Err(KeystoreError::Missing { .. }) => Ok(()),
        _ => Err(KeystoreError::Exists { name: name.clone() }.into()),
    }
}

impl Generate {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let vault = Vault::open(session)?;
        check_name(&vault, &self.name)?;
        let dice = if self.dice {
            let rolls = session.secret("Rolls of a die, as digits 1 to 6, at least 50")?;
            Some(OperatorEntropy::dice(&rolls)?)
        } else {
            None
        };
        let count = self.words.try_into()?;
        let entropy = &mut *session.world.entropy;
        let worked = on_locked_stack(|| Mnemonic::generate(count, entropy, dice.as_ref()))?;
        let mnemonic = session.worked(worked)?;
        show_words(session, &self.name, &mnemonic)?;
        confirm_words(session, &mnemonic)?;
        keep(session, vault, &self.name, &mnemonic, self.bip39_passphrase, KeyProvenance::OnHost)
    }
}

impl Restore {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let vault = Vault::open(session)?;
        let interrupted = is_interrupted(&vault, &self.name)?;
        if !interrupted {
            check_name(&vault, &self.name)?;
        }
        let mnemonic = typed_words(session)?;
        if interrupted {
            return finish(session, vault, &self.name, &mnemonic, self.bip39_passphrase);
        }
        keep(session, vault, &self.name, &mnemonic, self.bip39_passphrase, KeyProvenance::Restored)
    }
}

/// Whether making this key was interrupted: its file is there, and its public record or its line in the journal is not.
fn is_interrupted(vault: &Vault, name: &Name) -> Result<bool, VaultError> {
    if name.as_str() == STATION {
        return Ok(false);
    }
    match vault.keystore.record(name) {
        Ok(record) => Ok(!vault.has_journaled(&record)?),
        Err(KeystoreError::NoRecord { .. }) => Ok(true),
        // Damaged or not there: what follows says so.
        Err(_) => Ok(false),
    }
}

/// Finishes what was interrupted, if these are the words of that key and the passphrase opens its file.
fn finish(
    session: &mut Session<'_, '_>,
    mut vault: Vault,
    name: &Name,
    mnemonic: &Mnemonic,
    with_bip39: bool,
) -> Result<Report, VaultError> {
    let bip39 = with_bip39.then(|| session.secret("BIP-39 passphrase")).transpose()?;
    let passphrase = session.secret(&format!("Passphrase of key {name}, whose making was interrupted"))?;
    let keystore = &vault.keystore;
    let worked = on_locked_stack(|| -> Result<KeyRecord, KeystoreError> {
        if matches!(keystore.record(name), Err(KeystoreError::NoRecord { .. })) {
            keystore.restore_record(name, &passphrase)?;
        }
        let OpenedKey::Mnemonic(opened) = keystore.unlock(name, &passphrase)? else {
            return Err(KeystoreError::Exists { name: name.clone() });
        };
        if opened.mnemonic() != mnemonic {
            return Err(KeystoreError::Exists { name: name.clone() });
        }
        opened.master_key(bip39.as_ref())?;
        Ok(opened.record().clone())
    })?;
    let record = session.worked(worked)?;
    vault.journal_key(&record, session)?;
    session.warn(format!("making key {name} was interrupted by an earlier run: it is finished now"));
    let mut table = Table::new();
    record_rows(&record, &mut table);
    Ok(Report::new(table.to_string(), record_data(&record)))
}

/// Encrypts a key into the keystore and writes down that it is there.
fn keep(
    session: &mut Session<'_, '_>,
    mut vault: Vault,
    name: &Name,
    mnemonic: &Mnemonic,
    with_bip39: bool,
    made: KeyProvenance,
) -> Result<Report, VaultError> {
    let bip39 = with_bip39.then(|| bip39_passphrase(session)).transpose()?;
    let passphrase = session.new_passphrase(&format!("key {name}"))?;
    let (created, factor) = (session.now(), session.world.work_factor);
    let with = Circumstances { made, created, passphrase: &passphrase, factor };
    let keystore = &vault.keystore;
    let worked = on_locked_stack(|| keystore.add(name, &NewKey::Mnemonic(mnemonic, bip39.as_ref()), &with))?;
    let record = session.worked(worked)?;
    vault.journal_key(&record, session)?;
    let mut table = Table::new();
    record_rows(&record, &mut table);
    Ok(Report::new(table.to_string(), record_data(&record)))
}

/// A new BIP-39 passphrase is typed twice: a mistyped one is a valid, different wallet.
fn bip39_passphrase(session: &mut Session<'_, '_>) -> Result<Passphrase, VaultError> {
    let typed = session.secret("BIP-39 passphrase")?;
    // BIP-39 makes no difference between an empty one and none.
    if typed.expose().is_empty() {
        return Err(VaultError::NoPassphrase("the BIP-39 words".to_owned()));
    }
    if session.options.passphrase_stdin || session.secret("The same once more")? == typed {
        return Ok(typed);
    }
    Err(VaultError::NoPassphrase("the BIP-39 words".to_owned()))
}

fn list(session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
    let vault = Vault::open(session)?;
    let listing = vault.keystore.list()?;
    for problem in &listing.problems {
        session.warn(problem.to_string());
    }
    let journaled: Vec<_> = vault
        .lines()?
        .into_iter()
        .filter_map(|line| match line.entry {
            VaultEntry::KeyAdded { key, .. } => Some(key),
            _ => None,
        })
        .collect();
    let mut text = String::new();
    for record in &listing.records {
        let mut table = Table::new();
        record_rows(record, &mut table);
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&table.to_string());
        if matches!(record.identity, KeyIdentity::Mnemonic { .. }) && !journaled.contains(&record.name) {
            session.warn(format!(
                "key {} is not in the journal: making it was interrupted; `key restore` with its words, or `enroll`, \
                 writes it down",
                record.name
            ));
        }
    }
    let data: Vec<Value> = listing.records.iter().map(record_data).collect();
    Ok(Report::new(text, json!({ "keys": data })))
}

fn record_rows(record: &KeyRecord, table: &mut Table) {
    table.row(["Key", record.name.as_str()]);
    match &record.identity {
        KeyIdentity::Mnemonic { fingerprint, passphrase } => {
            table.row(["Fingerprint", &fingerprint.to_string()]);
            if *passphrase == Bip39Passphrase::Asked {
                table.row(["BIP-39", "has a passphrase that is stored nowhere"]);
            }
        }
        KeyIdentity::Station { public_key } => {
            table.row(["Public key", &public_key.to_openssh().unwrap_or_default()]);
        }
        _ => {
            table.row(["Fingerprint", &record.identity.fingerprint()]);
        }
    }
    table.row(["Made", &format!("{}, {}", record.made.as_str(), record.created)]);
}

fn record_data(record: &KeyRecord) -> Value {
    let (bip39, public_key) = match &record.identity {
        KeyIdentity::Mnemonic { passphrase, .. } => (Some(*passphrase == Bip39Passphrase::Asked), None),
        KeyIdentity::Station { public_key } => (None, public_key.to_openssh().ok()),
        _ => (None, None),
    };
    json!({
        "name": record.name.as_str(),
        "kind": record.identity.kind(),
        "fingerprint": record.identity.fingerprint(),
        "bip39_passphrase": bip39,
        "public_key": public_key,
        "made": record.made.as_str(),
        "created": record.created.to_string(),
    })
}
