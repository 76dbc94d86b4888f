//! A request before the vault: opened, judged, laid out. `review` shows it and stops; `sign` goes on from here.

use std::path::PathBuf;

use clap::Args;
use strongroom_policy::Policy;
use strongroom_protocol::{Name, RequestId};
use strongroom_signing::{Codecs, Devices, Gate, Refusal, Review, Rule};

use crate::error::VaultError;
use crate::page::Page;
use crate::papers::Papers;
use crate::session::Session;
use crate::vault::Vault;

/// What `review` and `sign` are both given.
#[derive(Debug, Args)]
pub(crate) struct Submission {
    /// The request, or the pack of a request with its approvals; `-` is standard input
    pub(crate) file: PathBuf,
    /// A statement with its signature below it, or its bare NAME.sig; may be repeated
    #[arg(long, value_name = "SIG")]
    pub(crate) approval: Vec<PathBuf>,
    /// Who works this vault, by the policy's name [default: the station's only operator]
    #[arg(long, value_name = "NAME")]
    pub(crate) operator: Option<Name>,
    /// Show every line, however many there are
    #[arg(long)]
    pub(crate) all: bool,
}

/// A request that was judged.
pub(crate) struct Judged {
    pub(crate) review: Review,
    pub(crate) page: Page,
}

/// Why a request could not even be laid out.
pub(crate) enum Unreadable {
    /// A rule refused the whole of it.
    Refused(Option<RequestId>, Refusal),
    /// Something else is in the way.
    Failed(VaultError),
}

impl<E: Into<VaultError>> From<E> for Unreadable {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// How far the journals of the policy's other stations were learned.
fn others(vault: &Vault, policy: &Policy) -> Vec<(Name, u64)> {
    let learned = vault.chronicle.others();
    let others = policy.stations().filter(|station| station.id != vault.station);
    let line = |id| learned.get(id).map_or(0, |head| head.sequence);
    others.map(|station| (station.name.clone(), line(&station.id))).collect()
}

impl Submission {
    /// Opens and judges what was submitted. Changes nothing. `challenge_seed` chooses what the operator must type.
    pub(crate) fn judge(
        &self,
        session: &mut Session<'_, '_>,
        vault: &Vault,
        papers: &Papers,
        codecs: &Codecs,
        devices: &Devices,
        challenge_seed: [u8; 32],
    ) -> Result<Judged, Unreadable> {
        let (policy, book) = (vault.policy()?, vault.book()?);
        let operator = self.operator(vault)?;
        let machine = session.examine(vault);
        let gate = Gate {
            codecs,
            devices,
            house: vault.house,
            station: vault.station,
            operator: &operator,
            policy,
            book,
            clock: session.now(),
            machine: machine.warmth(),
            challenge_seed,
        };
        let review = Review::open(&papers.request, &papers.approvals, &gate, &vault.chronicle);
        let review = review.map_err(|refusal| {
            // Bytes that are no request have no id that anybody else would give them.
            let id = (refusal.rule != Rule::Bundle).then(|| RequestId::of(&papers.request));
            Unreadable::Refused(id, refusal)
        })?;
        let mut page = Page::of(&review, &gate, self.all);
        page.warm = machine.warm().map(|finding| format!("{}: {}", finding.subject, finding.words)).collect();
        page.others = others(vault, policy);
        Ok(Judged { review, page })
    }

    fn operator(&self, vault: &Vault) -> Result<Name, VaultError> {
        if let Some(name) = &self.operator {
            return Ok(name.clone());
        }
        let station =
            vault.policy()?.station(&vault.station).ok_or(VaultError::StationNotPinned(vault.station))?;
        let mut operators = station.operators.iter();
        match (operators.next(), operators.next()) {
            (Some(only), None) => Ok(only.clone()),
            _ => Err(VaultError::Operator { count: station.operators.len() }),
        }
    }
}
