//! `init`: makes a vault's home and its station key.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use strongroom_keys::{Circumstances, NewKey, StationKey, on_locked_stack};
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::{ComparisonCode, HouseId, KeyProvenance, PublicKey};
use strongroom_screen::{Report, Table};
use strongroom_signing::Chronicle;
use strongroom_transport::write_new;

use crate::error::VaultError;
use crate::session::Session;
use crate::vault::{Vault, genesis, same_kind, station_name};

/// Make a vault home and the key by which everybody will know this station
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault init --admins house.txt --house 5GK3Q-9XWZ1-7D0A-M2PV-C4TE-8H6R -o station.pub

The code is the comparison code of the house. An admin gives it by another channel than the file.
Asks for, or reads with --passphrase-stdin: the passphrase of the station key.")]
pub(crate) struct Init {
    /// The genesis of the house, signed by every admin
    #[arg(long, value_name = "FILE")]
    admins: PathBuf,
    /// The house's comparison code
    #[arg(long, value_name = "CODE")]
    house: String,
    /// Also write the station's public key to this file, for the policy
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What is said where a home cannot be told from its copies.
const NO_PLACE: &str = "the file system here does not tell a file from its copy for good: a copy of this home on the same \
                        machine will not be noticed; make the home on ext4, XFS, btrfs or ZFS";

/// Whether the typed code is the house's: six groups, in whatever writing people use.
fn is_code_of(house: &HouseId, typed: &str) -> bool {
    let code = ComparisonCode::of(house.as_bytes());
    let groups: Vec<_> =
        typed.split(|c: char| c == '-' || c.is_whitespace()).filter(|group| !group.is_empty()).collect();
    groups.len() == code.groups().len()
        && groups.iter().enumerate().all(|(index, group)| code.group_is(index, group))
}

impl Init {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let root = session.home()?;
        if self.out.is_none() {
            root.check_free()?;
        }
        if let Some(out) = &self.out {
            session.result_goes_to(out);
            Session::check_free(out)?;
        }
        let bytes = session.read(&self.admins, SIGNED_TEXT_LIMIT)?;
        let (house, admins, signed) = genesis(&self.admins, &bytes)?;
        same_kind(session, &self.admins, &admins)?;
        if !is_code_of(&house, &self.house) {
            return Err(VaultError::HouseCode { found: house });
        }
        if let Err(taken) = root.check_free() {
            return self.finish(session, house).unwrap_or(Err(taken));
        }
        let passphrase = session.new_passphrase("the station key")?;
        let under_way = root.begin()?;
        let home = under_way.home();
        write_new(&home.genesis(), signed.to_string().as_bytes())?;
        let (keystore, name, now) = (home.keystore()?, station_name()?, session.now());
        let (entropy, factor) = (&mut *session.world.entropy, session.world.work_factor);
        let worked = on_locked_stack(|| -> Result<_, VaultError> {
            let key = StationKey::generate(entropy, None)?;
            let made = KeyProvenance::OnHost;
            let with = Circumstances { made, created: now, passphrase: &passphrase, factor };
            keystore.add(&name, &NewKey::Station(&key), &with)?;
            Ok::<_, VaultError>(key.public_key())
        })?;
        let key = PublicKey::new(session.worked(worked)?)?;
        let chronicle = Chronicle::create(&home.journal(), house, key.station(), session.world.place, now)?;
        let place = *chronicle.recovering().place();
        drop(chronicle);
        if !place.knows_the_file() {
            session.warn(NO_PLACE.to_owned());
        }
        under_way.finish()?;
        if let Some(out) = &self.out {
            session.write_new(out, format!("{key}\n").as_bytes())?;
        }
        Ok(report(house, admins.name.as_str(), &key, root.root()))
    }

    /// A run that was interrupted after the home stood in its place left the public key to be written. `None` if what
    /// stands there is anything else than such a home: one that nobody has used yet.
    fn finish(&self, session: &mut Session<'_, '_>, house: HouseId) -> Option<Result<Report, VaultError>> {
        let out = self.out.as_ref()?;
        let vault = Vault::open(session).ok()?;
        if vault.house != house || vault.chronicle.head().sequence != 1 {
            return None;
        }
        let written = session.write_new(out, format!("{}\n", vault.station_key).as_bytes());
        Some(written.map(|()| {
            session
                .warn("the home was made by an earlier run; only its public key was written now".to_owned());
            report(house, vault.genesis.name.as_str(), &vault.station_key, vault.home.root())
        }))
    }
}

fn report(house: HouseId, name: &str, key: &PublicKey, home: &std::path::Path) -> Report {
    let mut table = Table::new();
    table.row(["House", &format!("{name:?}, {house}")]);
    table.row(["Code", &ComparisonCode::of(house.as_bytes()).to_string()]);
    table.row(["Home", &home.display().to_string()]);
    table.row(["Station", &key.station().to_string()]);
    table.row(["Key", &key.to_string()]);
    let text = format!("{table}\nNext: have the admins pin this key as a [[station]] of the policy.\n");
    let data = json!({
        "house": house.to_string(),
        "home": home.display().to_string(),
        "station": key.station().to_string(),
        "public_key": key.to_string(),
    });
    Report::new(text, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_taken_as_people_type_it_and_only_whole() {
        let house = HouseId::of(b"house");
        let code = ComparisonCode::of(house.as_bytes()).to_string();
        assert!(is_code_of(&house, &code));
        assert!(is_code_of(&house, &format!("  {}\n", code.to_lowercase().replace('-', " "))));
        let (first, _) = code.split_once('-').unwrap();
        for wrong in ["", "-----", first, &format!("{code}-{first}"), &code.replace(first, "00000")] {
            assert!(!is_code_of(&house, wrong), "{wrong:?}");
        }
    }
}
