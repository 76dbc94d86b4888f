//! `sign`: the one road from a request to signatures.
//!
//! Order: read, judge, show, confirm, unlock, compare keys, claim, sign, write down, seal, write out. Nothing is claimed
//! before the keys are there; nothing is signed before the claims are on disk; nothing leaves before it was written down
//! that it exists. Whatever interrupts it, the same command again goes on from there and gives the same signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use strongroom_keys::{KeystoreError, SoftwareSigner, StationKey, on_locked_stack};
use strongroom_policy::Policy;
use strongroom_policy::judge::JournalView;
use strongroom_protocol::bundle::BUNDLE_LIMIT;
use strongroom_protocol::{Account, AccountId, Bundle, DeviceBinding, Name, Reply, RequestId, Sealed};
use strongroom_screen::{Report, Table};
use strongroom_signing::{Confirmation, Described, Device, Refusal, Rule, SignError, Signer, SignerError};
use strongroom_transport::{FileError, read_limited};

use super::enroll::unlock_master;
use crate::bench::{Judged, Submission, Unreadable};
use crate::chains::codecs;
use crate::devices::{Connected, DeviceChoice, connect, devices};
use crate::error::VaultError;
use crate::hands::Hands;
use crate::page::own_accounts;
use crate::papers::Papers;
use crate::pressed::Pressed;
use crate::session::Session;
use crate::vault::Vault;

/// How often the code may be typed on a terminal.
const TRIES: u32 = 3;

/// Judge a request, have its keys sign it, and write the reply
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault sign withdrawal.pack -o withdrawal.reply
  strongroom-vault sign withdrawal.request --approval alice.sig --approval bob.sig --confirm CODE -o w.reply
  strongroom-vault sign withdrawal.pack --device ledger -o withdrawal.reply

A device shows each payment on its own screen: compare it with the line of this screen before you press. The device asks \
until somebody answers on it, also after this command was interrupted.
After a crash the same command again finishes the work and gives the same signatures.
Asks for two groups of the comparison code on the terminal, chosen anew in every run, unless --confirm gives the whole code.
Asks for, or reads with --passphrase-stdin, in this order: the passphrase of the station key; then for each key that is \
needed, by name: its passphrase, and its BIP-39 passphrase if it has one.")]
pub(crate) struct Sign {
    #[command(flatten)]
    submission: Submission,
    /// Use this software key; may be repeated [default: every key and device that is needed]
    #[arg(long, value_name = "NAME")]
    key: Vec<Name>,
    /// Use this device, such as ledger or ledger:SERIAL; may be repeated [default: whichever has the key]
    #[arg(long, value_name = "DEVICE")]
    device: Vec<DeviceChoice>,
    /// The whole comparison code, from an approver's screen [default: groups of it are asked for on the terminal]
    #[arg(long, value_name = "CODE")]
    confirm: Option<String>,
    /// Leave out items whose key is not at hand, instead of refusing
    #[arg(long)]
    partial: bool,
    /// The reply to write; an existing one is not overwritten
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// The accounts of this station that are to sign, with the intents of each.
type Needed = BTreeMap<AccountId, (Account, Vec<u32>)>;

impl Sign {
    pub(crate) fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        session.result_goes_to(&self.out);
        let mut vault = Vault::open(session)?;
        let papers = Papers::read(session, &self.submission.file, &self.submission.approval)?;
        // Before anything can be refused: a rejection holds also when it is left out the next time.
        vault.remember_rejections(session.now(), &papers.approvals)?;
        // And what other stations signed counts, whatever becomes of this request.
        if let Err(error) = vault.learn(session, &papers.exports) {
            let VaultError::Refused { refusal, .. } = error else { return Err(error) };
            let request = RequestId::of(&papers.request);
            return Err(refused(session, &mut vault, Some(request), refusal, None));
        }
        let mut seed = [0; 32];
        session.world.entropy.fill(&mut seed)?;
        let codecs = codecs();
        let Judged { review, page } =
            match self.submission.judge(session, &vault, &papers, &codecs, &devices(), seed) {
                Ok(judged) => judged,
                Err(Unreadable::Failed(error)) => return Err(error),
                Err(Unreadable::Refused(request, refusal)) => {
                    return Err(refused(session, &mut vault, request, refusal, None));
                }
            };
        // A request of 100,000 lines is not kept twice.
        drop(papers);
        let needed = self.needed(own_accounts(&review, |account| account.station == vault.station));
        if let Some(reply) = self.answered(&vault, review.request_id(), &needed)? {
            return Ok(report(&reply, &self.out, "answered already: this is the reply", &Value::Null));
        }
        let policy = vault.policy()?;
        let (text, data) = (page.text(policy), page.data(policy));
        if let Some(refusal) = review.verdict().first_refusal().cloned() {
            let request = Some(review.request_id());
            let shown = Report::new(text, json!({ "review": data }));
            return Err(refused(session, &mut vault, request, refusal, Some(shown)));
        }
        if needed.is_empty() {
            let shown = Report::new(text, json!({ "review": data }));
            return Err(VaultError::NothingHere { report: Some(Box::new(shown)) });
        }
        if !session.options.quiet || self.confirm.is_none() {
            session.show(&text)?;
        }
        let confirmation = self.confirm(session, &mut vault, &review)?;
        let devices = self.devices(session, &vault, &needed)?;
        let station = vault.unlock_station(session)?;
        let pressed = Pressed::open(vault.home.pressed(), review.request_id())?;
        let mut signer = Hands::new(self.unlock(session, &vault, &needed)?, devices, pressed);
        self.compare(session, &mut signer, &needed)?;
        let request = review.request_id();
        let approved = match review.approve(&confirmation, &mut vault.chronicle) {
            Ok(approved) => approved,
            Err(error) => {
                let refusal = error.into_refusal()?;
                return Err(refused(session, &mut vault, Some(request), refusal, None));
            }
        };
        let count = needed.values().map(|(_, intents)| intents.len()).sum();
        let progress = session.progress("Signing", count);
        let partial = self.partial;
        let worked =
            on_locked_stack(|| approved.sign(&codecs, &mut signer, partial, |done, _| progress.at(done)))?;
        drop(progress);
        let done = session.worked(worked).inspect_err(|error| {
            // Nothing that was kept and does not verify must stand in the way of the device's next answer.
            if matches!(error, VaultError::Sign(SignError::Answer { .. })) {
                let _ = Pressed::forget(&vault.home.pressed());
            }
        })?;
        for warning in signer.software().lock_warnings() {
            session.warn(warning.to_string());
        }
        drop(signer);
        let house = vault.house;
        let reply = done.reply(house, &mut vault.chronicle)?;
        let sealed = self.write(session, &vault, reply, &station)?;
        Pressed::forget(&vault.home.pressed())?;
        Ok(report(sealed.value(), &self.out, "signed", &data))
    }

    /// The accounts that this run is to sign for.
    fn needed(&self, own: Needed) -> Needed {
        if (self.key.is_empty() && self.device.is_empty()) || !self.partial {
            return own;
        }
        own.into_iter().filter(|(_, (account, _))| self.uses(account)).collect()
    }

    /// Whether the key of an account is one of those named; with none named, all are.
    fn uses(&self, account: &Account) -> bool {
        let all = self.key.is_empty() && self.device.is_empty();
        match &account.device {
            DeviceBinding::Software { key } => all || self.key.contains(key),
            DeviceBinding::Hardware { kind, .. } => {
                all || self.device.iter().any(|choice| choice.is_of(kind.as_str()))
            }
            _ => false,
        }
    }

    /// The devices that hold keys that are needed, each bound to its accounts: asked for their keys, not for signatures.
    fn devices(
        &self,
        session: &mut Session<'_, '_>,
        vault: &Vault,
        needed: &Needed,
    ) -> Result<Vec<Box<dyn Device>>, VaultError> {
        let by_device = |account: &Account| matches!(account.device, DeviceBinding::Hardware { .. });
        if !needed.values().any(|(account, _)| by_device(account) && self.uses(account)) {
            return Ok(Vec::new());
        }
        let (mut devices, mut closed) = (Vec::new(), Vec::new());
        for Connected { device, .. } in connect(session.world.bus, &self.device)? {
            match device {
                Ok(mut device) => {
                    describe(device.as_mut(), vault.policy()?)?;
                    devices.push(device);
                }
                Err(error) => closed.push(error),
            }
        }
        // Another one may have the key; where there is no other, this is what is wrong.
        if devices.is_empty() && !self.partial && closed.len() == 1 {
            return Err(closed.remove(0).into());
        }
        for error in closed {
            session.warn(format!("a device is left out: {error}"));
        }
        Ok(devices)
    }

    /// The reply that is there already, if the output is one of this station to this request with all that is needed.
    fn answered(
        &self,
        vault: &Vault,
        request: RequestId,
        needed: &Needed,
    ) -> Result<Option<Reply>, VaultError> {
        if self.out == Path::new("-") || self.out.symlink_metadata().is_err() {
            return Ok(None);
        }
        let exists = || VaultError::from(FileError::Exists(self.out.clone()));
        let bytes = read_limited(&self.out, BUNDLE_LIMIT).map_err(|_| exists())?;
        let sealed: Sealed<Reply> = Bundle::read(&bytes).map_err(|_| exists())?;
        let reply = sealed.value();
        let genuine = sealed.verify(&vault.station_key).is_ok()
            && (reply.house, reply.station, reply.request) == (vault.house, vault.station, request)
            && vault.chronicle.contains(&reply.head);
        let signed: BTreeSet<u32> = reply.items.iter().map(|item| item.intent).collect();
        let whole = needed.values().flat_map(|(_, intents)| intents).all(|intent| signed.contains(intent));
        if genuine && whole { Ok(Some(reply.clone())) } else { Err(exists()) }
    }

    /// Has the operator type the groups of the code that only the approvers' screens show.
    fn confirm(
        &self,
        session: &mut Session<'_, '_>,
        vault: &mut Vault,
        review: &strongroom_signing::Review,
    ) -> Result<Confirmation, VaultError> {
        let mut challenge = review.challenge().clone();
        let groups: Vec<_> = challenge.asked().iter().map(ToString::to_string).collect();
        let question = format!("Groups {} of the comparison code", groups.join(" and "));
        let tries = if self.confirm.is_some() { 1 } else { TRIES };
        for _ in 0..tries {
            let met = match &self.confirm {
                Some(given) => challenge.meet_whole(given),
                None => challenge.meet(&session.world.terminal.ask(&question)?),
            };
            challenge = match met {
                Ok(confirmation) => return Ok(confirmation),
                Err(challenge) => challenge,
            };
            if self.confirm.is_none() {
                session.world.terminal.tell("That is not what the approvers' screens show.")?;
            }
        }
        let wanted = match &self.confirm {
            Some(_) => "the whole comparison code is wanted with --confirm".to_owned(),
            None => format!("groups {} of the comparison code were asked for", groups.join(" and ")),
        };
        let words = format!(
            "{wanted}, and something else was given: read it from an approver's screen; if it stays different, this is \
             not the plan that was approved"
        );
        let refusal = Refusal::new(Rule::Confirmation, words);
        Err(refused(session, vault, Some(review.request_id()), refusal, None))
    }

    /// Unlocks the keys that are needed, each once, by name.
    fn unlock(
        &self,
        session: &mut Session<'_, '_>,
        vault: &Vault,
        needed: &Needed,
    ) -> Result<SoftwareSigner, VaultError> {
        let mut names: Vec<&Name> = needed
            .values()
            .filter(|(account, _)| self.uses(account))
            .filter_map(|(account, _)| match &account.device {
                DeviceBinding::Software { key } => Some(key),
                _ => None,
            })
            .collect();
        names.sort();
        names.dedup();
        let mut signer = SoftwareSigner::new();
        for name in names {
            let record = match vault.keystore.record(name) {
                Err(KeystoreError::Missing { .. }) if self.partial => continue,
                other => other?,
            };
            signer.add(name.clone(), unlock_master(session, &vault.keystore, &record)?);
        }
        Ok(signer)
    }

    /// Compares each key with its account's record while nothing is claimed yet: a wrong seed claims nothing. What is left
    /// out is said, and why.
    fn compare(
        &self,
        session: &mut Session<'_, '_>,
        signer: &mut Hands,
        needed: &Needed,
    ) -> Result<(), VaultError> {
        let compared = on_locked_stack(|| -> Result<Vec<(u64, SignerError)>, SignError> {
            let mut served = 0usize;
            let mut left_out = Vec::new();
            for (account, intents) in needed.values() {
                let label = || account.label.to_string();
                let line = line(intents.first().copied().unwrap_or_default());
                if self.uses(account) {
                    match signer.bind(account) {
                        Err(source) if self.partial => {
                            left_out.push((line, source));
                            continue;
                        }
                        bound => bound.map_err(|source| SignError::Signer { line, source })?,
                    }
                }
                if !signer.serves(account) {
                    if self.partial {
                        continue;
                    }
                    return Err(SignError::Unserved { label: label() });
                }
                let key = signer.public_key(account).map_err(|source| SignError::Signer { line, source })?;
                if key != account.key.public_key {
                    return Err(SignError::OtherKey { label: label() });
                }
                served = served.saturating_add(1);
            }
            // Where a device stands in the way of all of it, its own words are the reason.
            match (served, left_out.is_empty()) {
                (0, true) => Err(SignError::NothingHere),
                (0, false) => {
                    let (line, source) = left_out.remove(0);
                    Err(SignError::Signer { line, source })
                }
                _ => Ok(left_out),
            }
        })?;
        for (line, error) in compared.value? {
            session.warn(format!("line {line} is left out: {error}"));
        }
        Ok(())
    }

    fn write(
        &self,
        session: &mut Session<'_, '_>,
        vault: &Vault,
        reply: Reply,
        station: &StationKey,
    ) -> Result<Sealed<Reply>, VaultError> {
        let sealed = vault.seal(reply, station, session)?;
        session.write_new(&self.out, &Bundle::write(&sealed))?;
        Ok(sealed)
    }
}

/// Writes a refusal down and makes the error of it. If the journal cannot take it, that is a warning: it stays a refusal.
fn refused(
    session: &mut Session<'_, '_>,
    vault: &mut Vault,
    request: Option<RequestId>,
    refusal: Refusal,
    report: Option<Report>,
) -> VaultError {
    if let Err(error) = vault.chronicle.refuse(session.now(), request, &refusal) {
        session.warn(format!("the refusal could not be written down: {error}"));
    }
    // What owners have pressed for a payment that was stopped must not lie about.
    let stopped = matches!(refusal.rule, Rule::Rejection | Rule::State | Rule::Recovering);
    if stopped && let Err(error) = Pressed::forget(&vault.home.pressed()) {
        session.warn(format!("what was pressed could not be wiped: {error}"));
    }
    VaultError::Refused { refusal, report: report.map(Box::new) }
}

fn report(reply: &Reply, out: &Path, state: &str, review: &Value) -> Report {
    let mut table = Table::new();
    table.row(["Reply", &format!("{}, {state}", out.display())]);
    table.row(["Items", &reply.items.len().to_string()]);
    let blind: Vec<_> = reply.items.iter().filter(|item| item.blind).map(|item| line(item.intent)).collect();
    if !blind.is_empty() {
        let lines: Vec<_> = blind.iter().map(ToString::to_string).collect();
        table.row(["BLIND", &format!("signed without being shown on the device: line {}", lines.join(", "))]);
    }
    table.row(["Journal", &format!("line {}, {}", reply.head.sequence, reply.head.hash)]);
    let text = format!("{table}\nNext: carry the reply to the desk (`reply import`).\n");
    let data = json!({
        "state": state,
        "file": out.display().to_string(),
        "request": reply.request.to_string(),
        "plan": reply.plan.to_string(),
        "items": reply.items.len(),
        "blind": blind,
        "head": { "sequence": reply.head.sequence, "hash": reply.head.hash.to_string() },
        "signed_at": reply.signed_at.to_string(),
        "review": review,
    });
    Report::new(text, data)
}

/// A line as people count it.
fn line(intent: u32) -> u64 {
    u64::from(intent).saturating_add(1)
}

/// Tells a device what the policy knows of assets in its vendor's own words, so that it can show them. What it was told
/// here, the review has already counted on.
fn describe(device: &mut dyn Device, policy: &Policy) -> Result<(), VaultError> {
    let kind = device.kind();
    for asset in policy.assets() {
        let known = asset.descriptors.iter().find(|(device, _)| device.as_str() == kind);
        let Some((_, descriptor)) = known else { continue };
        let (symbol, decimals) = (asset.symbol.as_str(), asset.decimals);
        device.describe(&Described { asset: &asset.id, symbol, decimals, descriptor })?;
    }
    Ok(())
}
