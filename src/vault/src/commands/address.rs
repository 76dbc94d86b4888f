//! `address`: shows an account's address where nobody can have changed it: on the device that holds its key.

use clap::{Args, Subcommand};
use serde_json::json;
use strongroom_protocol::{Account, DeviceBinding, Sealed};
use strongroom_screen::{Report, Table};

use super::enroll::show_on;
use crate::devices::{Connected, DeviceChoice, connect};
use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// Show addresses of this vault's accounts
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault address show \"Treasury\"")]
pub(crate) struct Address {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
}

/// Show an account's address on its device, and here: they must be the same to the last character
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault address show \"Treasury\"")]
struct Show {
    /// The account, by its label or its id
    account: String,
    /// The device [default: whichever has the key]
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
}

impl Address {
    pub(crate) const fn name(&self) -> &'static str {
        match self.command {
            Command::Show(_) => "address show",
        }
    }

    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match self.command {
            Command::Show(command) => command.run(session),
        }
    }
}

impl Show {
    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let vault = Vault::open(session)?;
        let known = vault.accounts()?;
        let named = known.iter().filter(|(id, sealed)| {
            id.to_string() == self.account || sealed.value().label.as_str() == self.account
        });
        let named: Vec<&Account> = named.map(|(_, sealed)| Sealed::value(sealed)).collect();
        let account = match named.as_slice() {
            [account] => *account,
            _ => return Err(VaultError::NoAccount { name: self.account, count: named.len() }),
        };
        let shown = match &account.device {
            DeviceBinding::Hardware { .. } => Some(self.show(session, account)?),
            _ => None,
        };
        Ok(report(account, shown.as_deref()))
    }

    /// Has the device that has the key show the address. Which device it was.
    fn show(&self, session: &mut Session<'_, '_>, account: &Account) -> Result<String, VaultError> {
        let choice = self.device.as_slice();
        let mut last = None;
        for Connected { device, .. } in connect(session.world.bus, choice)? {
            let asked = device.and_then(|mut device| {
                let key = device.key_at(&account.chain, &account.key.path)?;
                Ok((key == account.key.public_key).then_some(device))
            });
            match asked {
                Ok(Some(mut device)) => {
                    show_on(session, device.as_mut(), &account.chain, &account.key.path, &account.address)?;
                    return Ok(device.identity()?.model);
                }
                Ok(None) => {}
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) => Err(error.into()),
            None => Err(VaultError::NoDevice(format!("device with the key of {}", account.label))),
        }
    }
}

fn report(account: &Account, shown: Option<&str>) -> Report {
    let mut table = Table::new();
    table.row(["Account", &format!("{}, on {}", account.label, account.chain)]);
    table.row(["Address", &account.address.grouped()]);
    table.row(["Path", &account.key.path]);
    let on = match shown {
        Some(model) => format!("its owner found the same address on the device ({})", model.escape_debug()),
        None => "no device holds this key: this screen is all there is".to_owned(),
    };
    table.row(["Shown", &on]);
    let data = json!({
        "id": account.id().to_string(),
        "label": account.label.as_str(),
        "chain": account.chain.as_str(),
        "address": account.address.as_str(),
        "path": account.key.path,
        "shown_on": shown,
    });
    Report::new(table.to_string(), data)
}
