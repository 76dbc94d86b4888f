//! `review`: what a request does and the verdict of every rule. Changes nothing.

use clap::Args;
use strongroom_screen::Report;

use crate::bench::{Judged, Submission, Unreadable};
use crate::chains::codecs;
use crate::devices::devices;
use crate::error::VaultError;
use crate::page::own_accounts;
use crate::papers::Papers;
use crate::session::Session;
use crate::vault::Vault;

/// Show what a request does and the verdict of every rule; nothing is signed and nothing changes
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault review withdrawal.pack
  strongroom-vault review withdrawal.request --approval alice.sig --approval bob.sig

The exit code is the one that `sign` would give, but for what only the operator and the keys can answer.")]
pub(crate) struct Review {
    #[command(flatten)]
    submission: Submission,
}

impl Review {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        let mut vault = Vault::open(session)?;
        let papers = Papers::read(session, &self.submission.file, &self.submission.approval)?;
        vault.suppose(&papers.exports)?;
        // Nobody types anything here; `sign` asks by other bytes.
        let judged = self.submission.judge(session, &vault, &papers, &codecs(), &devices(), [0; 32]);
        let Judged { review, page } = judged.map_err(|unreadable| match unreadable {
            Unreadable::Refused(_, refusal) => refusal.into(),
            Unreadable::Failed(error) => error,
        })?;
        let policy = vault.policy()?;
        let report = Report::new(page.text(policy), page.data(policy));
        let ours = own_accounts(&review, |account| account.station == vault.station);
        match review.verdict().first_refusal() {
            None if ours.is_empty() => Err(VaultError::NothingHere { report: Some(Box::new(report)) }),
            None => Ok(report),
            Some(refusal) => {
                Err(VaultError::Refused { refusal: refusal.clone(), report: Some(Box::new(report)) })
            }
        }
    }
}
