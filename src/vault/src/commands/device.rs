//! `device`: what is plugged in, which app is open on it, and whose keys it has.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use strongroom_protocol::{Account, DeviceBinding};
use strongroom_screen::{Report, Table};
use strongroom_signing::{DeviceIdentity, SignerError};

use crate::devices::{Connected, DeviceChoice, connect};
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// Look at the hardware wallets that are plugged in
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault device list")]
pub(crate) struct Device {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Check(Check),
}

/// List the devices that are plugged in; needs no home
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault device list")]
struct List {}

/// Say what one device is, which app is open on it, and whether that app signs what it cannot show
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault device show ledger")]
struct Show {
    /// The device [default: the only one that is plugged in]
    device: Option<DeviceChoice>,
}

/// Ask a device for the keys of this vault's accounts, and say which it has; nothing is shown or signed
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault device check ledger")]
struct Check {
    /// The device [default: the only one that is plugged in]
    device: Option<DeviceChoice>,
}

impl Device {
    pub(crate) const fn name(&self) -> &'static str {
        match self.command {
            Command::List(_) => "device list",
            Command::Show(_) => "device show",
            Command::Check(_) => "device check",
        }
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match self.command {
            Command::List(_) => list(session),
            Command::Show(command) => command.run(session),
            Command::Check(command) => command.run(session),
        }
    }
}

/// The one device that is meant, opened.
///
/// # Errors
/// [`VaultError::NoDevice`] if there is none, [`VaultError::DeviceChoice`] if there are several.
pub(super) fn only(
    session: &mut Session<'_, '_>,
    choice: Option<&DeviceChoice>,
) -> Result<Box<dyn strongroom_signing::Device>, VaultError> {
    let mut connected = connect(session.world.bus, choice.map_or(&[], std::slice::from_ref))?;
    if connected.len() > 1 {
        return Err(VaultError::DeviceChoice { count: connected.len() });
    }
    match connected.pop() {
        Some(Connected { device, .. }) => Ok(device?),
        None => Err(VaultError::NoDevice(choice.map_or_else(|| "device".to_owned(), ToString::to_string))),
    }
}

fn list(session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
    let connected = connect(session.world.bus, &[])?;
    if connected.is_empty() {
        return Ok(Report::new("No device is plugged in.\n".to_owned(), json!({ "devices": [] })));
    }
    let mut table = Table::new();
    table.row(["DEVICE", "MODEL", "APP", "PATH"]);
    let mut data = Vec::with_capacity(connected.len());
    for Connected { found, device } in connected {
        let identity = device.and_then(|mut device| device.identity());
        let (model, app) = match &identity {
            Ok(identity) => (quoted(&identity.model), app(identity)),
            Err(error) => ("?".to_owned(), error.to_string()),
        };
        let kind = identity.as_ref().map_or("?", |identity| identity.kind);
        table.row([kind, &model, &app, &quoted(&found.path)]);
        data.push(json!({
            "path": found.path,
            "serial": found.serial,
            "identity": identity.as_ref().ok().map(identity_data),
            "error": identity.as_ref().err().map(ToString::to_string),
        }));
    }
    Ok(Report::new(table.to_string(), json!({ "devices": data })))
}

/// Texts of a device are hostile: control characters and the like are escaped.
fn quoted(text: &str) -> String {
    text.escape_debug().to_string()
}

fn app(identity: &DeviceIdentity) -> String {
    format!("{} {}", quoted(&identity.app), quoted(&identity.version))
}

fn identity_data(identity: &DeviceIdentity) -> Value {
    json!({
        "kind": identity.kind,
        "model": identity.model,
        "serial": identity.serial,
        "path": identity.path,
        "app": identity.app,
        "version": identity.version,
        "blind_allowed": identity.blind_allowed,
    })
}

impl Show {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let identity = only(session, self.device.as_ref())?.identity()?;
        let blind = if identity.blind_allowed {
            "the app signs what it cannot show: switch \"blind signing\" off in its settings unless you need it"
        } else {
            "the app refuses to sign what it cannot show"
        };
        let mut table = Table::new();
        table.row(["Device", identity.kind]);
        table.row(["Model", &quoted(&identity.model)]);
        table.row(["Serial", &identity.serial.as_deref().map_or_else(|| "none".to_owned(), quoted)]);
        table.row(["Path", &quoted(&identity.path)]);
        table.row(["App", &app(&identity)]);
        table.row(["Blind", blind]);
        Ok(Report::new(table.to_string(), identity_data(&identity)))
    }
}

impl Check {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let vault = Vault::open(session)?;
        let mut device = only(session, self.device.as_ref())?;
        let known = vault.accounts()?;
        let held = known.values().map(strongroom_protocol::Sealed::value).filter(|account| {
            matches!(&account.device, DeviceBinding::Hardware { kind, .. } if kind.as_str() == device.kind())
        });
        let held: Vec<&Account> = held.collect();
        let mut table = Table::new();
        let mut data = Vec::with_capacity(held.len());
        let mut found = 0usize;
        for account in &held {
            let verdict = match device.key_at(&account.chain, &account.key.path) {
                Ok(key) if key == account.key.public_key => {
                    found = found.saturating_add(1);
                    Ok(())
                }
                Ok(_) => Err("another seed: not this device, or not this passphrase on it".to_owned()),
                // Whoever is not there, or asleep, cannot be checked at all.
                Err(error @ SignerError::WrongApp { .. }) => Err(error.to_string()),
                Err(error) => return Err(error.into()),
            };
            let words = verdict.as_ref().map_or_else(Clone::clone, |()| "has its key".to_owned());
            table.row([account.label.as_str(), account.chain.as_str(), &account.address.grouped(), &words]);
            data.push(json!({
                "label": account.label.as_str(),
                "chain": account.chain.as_str(),
                "address": account.address.as_str(),
                "has_key": verdict.is_ok(),
                "error": verdict.err(),
            }));
        }
        let text = format!("{table}\n{found} of {} accounts that a {} holds\n", held.len(), device.kind());
        Ok(Report::new(text, json!({ "accounts": data })))
    }
}
