//! `selftest`: the known answers of every start, and the slow one.

use clap::Args;
use serde_json::json;
use strongroom_screen::{Report, Table};

use crate::error::VaultError;
use crate::session::Session;

/// Ask everything that has a known answer; every start asks the quick ones
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault selftest")]
pub(crate) struct SelfTest {}

impl SelfTest {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let Self {} = self;
        let answers = &session.world.known_answers;
        let mut names = answers.check()?;
        names.extend(answers.check_slow()?);
        let mut table = Table::new();
        for name in &names {
            table.row([*name, "as known"]);
        }
        Ok(Report::new(table.to_string(), json!({ "answers": names })))
    }
}
