//! Approved work, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use strongroom_journal::VaultEntry;
use strongroom_policy::judge::{Refusal, Rule};
use strongroom_protocol::{
    Account, AccountId, BadSignature, Head, HouseId, Intent, Item, JournalHash, PlanId, Reply, RequestId,
    Signature, SignedItem, StationId, Timestamp, Warmth,
};

use crate::chronicle::{Chronicle, ChronicleError};
use crate::codecs::Codecs;
use crate::signer::{ApprovedTask, Signer, SignerError};

/// A request whose every rule passed, which an operator confirmed, and whose claims are on disk.
pub struct Approved {
    pub(crate) request_id: RequestId,
    pub(crate) plan_id: PlanId,
    /// The head that the request knows of this vault; the start if it knows none.
    pub(crate) since: Head,
    pub(crate) intents: Vec<Intent>,
    pub(crate) items: Vec<Item>,
    /// The items that a device signs without showing them.
    pub(crate) blind: BTreeSet<u32>,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) station: StationId,
    pub(crate) machine: Warmth,
    pub(crate) at: Timestamp,
}

/// Signatures that were verified, each by code that did not make it.
pub struct Signed {
    request: RequestId,
    plan: PlanId,
    since: Head,
    station: StationId,
    machine: Warmth,
    at: Timestamp,
    items: Vec<SignedItem>,
}

/// Why approved work was not signed. What was claimed stays claimed; signing again goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A signer gave nothing.
    #[error("line {line}: {source}")]
    Signer {
        /// The item, counted from 1.
        line: u64,
        /// Why.
        source: SignerError,
    },
    /// A signer gave something that is no signature of the account over these bytes. It is dropped.
    #[error("line {line}: the signer's answer is refused: {source}")]
    Answer {
        /// The item, counted from 1.
        line: u64,
        /// Why.
        source: BadSignature,
    },
    /// The key at hand is not the account's.
    #[error("the key at hand for {label} is not the enrolled one: nothing was signed")]
    OtherKey {
        /// The account's label.
        label: String,
    },
    /// No signer serves an account of this station.
    #[error("no key at hand serves {label}: name it, or sign what can be signed with --partial")]
    Unserved {
        /// The account's label.
        label: String,
    },
    /// None of the items is this station's.
    #[error("no item of the request is for a key of this station")]
    NothingHere,
    /// What was approved cannot be read any more; this is a fault of the program.
    #[error(transparent)]
    Refused(Refusal),
}

impl Approved {
    /// Has every item of this station signed, and verifies every signature. With `partial`, items that the signer does
    /// not serve are left out.
    ///
    /// The keys are asked for themselves before the first of them signs: a wrong seed signs nothing.
    ///
    /// # Errors
    /// [`SignError`] of the first item that fails. Signatures made until then are dropped with this value; the claims
    /// stay, and a new review of the same request signs the same bytes again.
    pub fn sign(
        self,
        codecs: &Codecs,
        signer: &mut dyn Signer,
        partial: bool,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Signed, SignError> {
        let served = self.served(signer, partial)?;
        let total = served.len();
        let mut items = Vec::with_capacity(total);
        for (done, (item, account)) in served.into_iter().enumerate() {
            progress(done, total);
            items.push(self.sign_item(codecs, signer, item, account)?);
        }
        progress(total, total);
        Ok(Signed {
            request: self.request_id,
            plan: self.plan_id,
            since: self.since,
            station: self.station,
            machine: self.machine,
            at: self.at,
            items,
        })
    }

    /// The items to sign here, after each key was asked who it is.
    fn served(&self, signer: &mut dyn Signer, partial: bool) -> Result<Vec<(&Item, &Account)>, SignError> {
        let mut asked = BTreeSet::new();
        let mut served = Vec::new();
        for item in &self.items {
            let Some((id, account)) = self.account(item) else { continue };
            if account.station != self.station {
                continue;
            }
            if !signer.serves(account) {
                if partial {
                    continue;
                }
                return Err(SignError::Unserved { label: account.label.to_string() });
            }
            if asked.insert(id) {
                let line = line(item);
                let key = signer.public_key(account).map_err(|source| SignError::Signer { line, source })?;
                if key != account.key.public_key {
                    return Err(SignError::OtherKey { label: account.label.to_string() });
                }
            }
            served.push((item, account));
        }
        if served.is_empty() { Err(SignError::NothingHere) } else { Ok(served) }
    }

    fn intent(&self, item: &Item) -> Option<&Intent> {
        usize::try_from(item.intent).ok().and_then(|index| self.intents.get(index))
    }

    fn account(&self, item: &Item) -> Option<(AccountId, &Account)> {
        let intent = self.intent(item)?;
        Some((intent.account, self.accounts.get(&intent.account)?))
    }

    fn sign_item(
        &self,
        codecs: &Codecs,
        signer: &mut dyn Signer,
        item: &Item,
        account: &Account,
    ) -> Result<SignedItem, SignError> {
        let lost = || {
            SignError::Refused(Refusal::of_item(
                Rule::Decode,
                item.intent,
                "approved bytes cannot be read again",
            ))
        };
        let codec = codecs.of(&account.chain).ok_or_else(lost)?;
        let intent = self.intent(item).ok_or_else(lost)?;
        let line = line(item);
        let mut rungs = Vec::with_capacity(item.rungs.len());
        for rung in &item.rungs {
            let tx = codec.decode(account, &rung.unsigned).map_err(|_| lost())?;
            let mut signatures: Vec<Signature> = Vec::with_capacity(tx.tasks().len());
            for task in tx.tasks() {
                let work =
                    ApprovedTask { account, intent, unsigned: &rung.unsigned, effects: tx.effects(), task };
                let answer = signer.sign(&work).map_err(|source| SignError::Signer { line, source })?;
                signatures.push(answer.0);
            }
            tx.verify(&signatures).map_err(|source| SignError::Answer { line, source })?;
            rungs.push(signatures);
        }
        Ok(SignedItem { intent: item.intent, rungs, blind: self.blind.contains(&item.intent) })
    }
}

/// An item's line as people count it.
fn line(item: &Item) -> u64 {
    u64::from(item.intent).saturating_add(1)
}

impl Signed {
    /// How many items were signed.
    pub fn count(&self) -> usize {
        self.items.len()
    }

    /// Journals that the signatures exist, and writes the reply that carries them.
    ///
    /// # Errors
    /// [`ChronicleError`] if the journal refuses; then the reply must not leave.
    pub fn reply(self, house: HouseId, chronicle: &mut Chronicle) -> Result<Reply, ChronicleError> {
        let mut digest = Sha256::new();
        for signature in self.items.iter().flat_map(|item| &item.rungs).flatten() {
            digest.update(&signature.0);
        }
        let signatures = JournalHash::from_bytes(digest.finalize().into());
        let entry = VaultEntry::Signed { request: self.request, signatures, machine: self.machine };
        let head = chronicle.append(self.at, entry)?;
        let lines = chronicle.lines_after(self.since)?;
        Ok(Reply {
            house,
            station: self.station,
            request: self.request,
            plan: self.plan,
            items: self.items,
            since: self.since,
            lines: lines.into_iter().map(Into::into).collect(),
            head,
            signed_at: self.at,
            machine: self.machine,
        })
    }
}
