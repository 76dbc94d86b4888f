//! `house draft`: write the founding text.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use serde_json::json;
use strongroom_policy::genesis::Genesis;
use strongroom_protocol::{ComparisonCode, HouseId, Name, PublicKey, Text};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;
use crate::ssh::read_public_key;

/// What `house draft` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom house draft --name \"Example treasury\" --admin alice=alice.pub --admin bob=bob.pub --admin carol=carol.pub --threshold 2 -o house.txt\n\nName an admin again to give them a second key. Every admin then signs with `house sign`."
)]
pub(super) struct Args {
    /// What people call the house
    #[arg(long)]
    name: Text,
    /// An admin and the file of their public key
    #[arg(long = "admin", value_name = "NAME=PUBFILE", required = true)]
    admins: Vec<AdminArg>,
    /// How many admins it takes to sign a policy, a book or a thaw
    #[arg(long, value_name = "M")]
    threshold: u32,
    /// A house to practise in: production vaults refuse it, and training programs refuse every other
    #[arg(long)]
    training: bool,
    /// Where the text goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Debug)]
struct AdminArg {
    name: Name,
    path: PathBuf,
}

impl FromStr for AdminArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("write it as alice=alice.pub")?;
        let name = name.parse().map_err(|error: strongroom_protocol::text::TextError| error.to_string())?;
        Ok(Self { name, path: path.into() })
    }
}

pub(super) fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut admins: BTreeMap<Name, Vec<PublicKey>> = BTreeMap::new();
    for admin in &args.admins {
        admins.entry(admin.name.clone()).or_default().push(read_public_key(&admin.path)?);
    }
    let genesis = Genesis {
        name: args.name.clone(),
        created: desk.now(),
        threshold: args.threshold,
        training: args.training,
        admins,
    };
    desk.stamp(&genesis);
    let text = genesis.draft().map_err(|error| Failure::new(exit::USAGE, "genesis", error.to_string()))?;
    desk.write_file(&args.out, text.as_bytes())?;
    let house = HouseId::of(text.as_bytes());
    let code = ComparisonCode::of(house.as_bytes());
    let names: Vec<_> = genesis.admins.keys().map(ToString::to_string).collect();
    let out = args.out.display().to_string();
    let human = format!(
        "{out}: {} of {} admins will rule {:?}\n  house  {house}\n  code   {code}\nNext: {} sign it with `strongroom house sign`.\n",
        genesis.threshold,
        names.len(),
        genesis.name,
        names.join(", ")
    );
    let data = json!({ "file": out, "house": house.to_string(), "code": code.to_string(), "admins": names });
    Ok(Report::new(human, data))
}
