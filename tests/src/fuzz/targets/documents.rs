//! Documents in deterministic CBOR, and the bundles around them.

use std::fmt::Debug;

use strongroom_journal::{Convoy, VaultEntry, VaultExport, verify_lines};
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::canonical::{self, Document};
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::{
    Account, AccountId, Action, Bundle, Intent, JournalHash, Plan, PlanId, Reply, Request, RequestId, Sealed,
    SignedText,
};

use super::assert_plain;
use super::other_cbor::rewritten;

/// One document: what is taken is written the same again, by us and by other people's CBOR.
pub(super) fn document<T: Document + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let value = canonical::decode::<T>(bytes).ok()?;
    assert_eq!(canonical::encode(&value), bytes, "{} has two spellings", T::SCHEMA);
    assert_eq!(rewritten(bytes), bytes, "{} is not deterministic for others", T::SCHEMA);
    assert_eq!(canonical::schema(bytes), Some(T::SCHEMA));
    let bundle = Bundle::write(&value);
    assert_eq!(Bundle::document(&bundle), Ok(bytes));
    Some(value)
}

/// A sealed document: so is the one inside, and its signature is over exactly its bytes.
fn sealed<T: Sealable + PartialEq + Debug>(bytes: &[u8]) -> Option<Sealed<T>> {
    let sealed = document::<Sealed<T>>(bytes)?;
    let inner = document::<T>(sealed.bytes()).expect("what is sealed is a document");
    assert_eq!(inner, *sealed.value());
    if let Ok(key) = sealed.signature().public_key() {
        // Whether it holds is another question; that it is asked must not depend on anything else.
        let _ = sealed.verify(&key);
    }
    Some(sealed)
}

pub(super) fn account(bytes: &[u8]) -> bool {
    if let Some(account) = document::<Account>(bytes) {
        check_account(&account);
        return true;
    }
    sealed::<Account>(bytes).is_some_and(|sealed| {
        check_account(sealed.value());
        true
    })
}

fn check_account(account: &Account) {
    assert_plain(account.label.as_str());
    assert_plain(account.address.as_str());
    assert_plain(account.chain.as_str());
    assert_plain(&account.key.path);
    assert_eq!(account.id(), AccountId::of(&canonical::encode(account)));
}

pub(super) fn plan(bytes: &[u8]) -> bool {
    if let Some(plan) = document::<Plan>(bytes) {
        check_plan(&plan);
        return true;
    }
    sealed::<Plan>(bytes).is_some_and(|sealed| {
        check_plan(sealed.value());
        assert_eq!(sealed.value().id(), PlanId::of(sealed.bytes()));
        true
    })
}

fn check_plan(plan: &Plan) {
    assert_plain(plan.prepared_by.as_str());
    plan.intents.iter().for_each(check_intent);
}

fn check_intent(intent: &Intent) {
    assert_plain(intent.reference.as_str());
    intent.reason.iter().for_each(|reason| assert_plain(reason.as_str()));
    for action in &intent.actions {
        match action {
            Action::Pay { asset, to, .. } => {
                assert_plain(asset.as_str());
                assert_plain(to.as_str());
            }
            Action::Revoke { asset, spender } => {
                assert_plain(asset.as_str());
                assert_plain(spender.as_str());
            }
            Action::Void { slot } => assert_plain(slot.as_str()),
            _ => panic!("an action that nobody here knows was taken"),
        }
    }
}

pub(super) fn request(bytes: &[u8]) -> bool {
    let Some(request) = document::<Request>(bytes) else { return false };
    assert_eq!(request.id(), RequestId::of(bytes));
    assert!(plan(&canonical::encode(&request.plan)), "the plan inside is one");
    request.accounts.iter().for_each(check_account);
    if request.check_shape().is_ok() {
        // Who walks over items by what was checked must find each in the plan.
        let intents = request.plan.value().intents.len();
        let mut last = None;
        for item in &request.items {
            assert!(usize::try_from(item.intent).unwrap() < intents && Some(item.intent) > last);
            assert!((1..=8).contains(&item.rungs.len()));
            last = Some(item.intent);
        }
        assert!(last.is_some());
    }
    true
}

pub(super) fn pack(bytes: &[u8]) -> bool {
    let Some(pack) = document::<Pack>(bytes) else { return false };
    for approval in &pack.approvals {
        let _ = SignedText::parse(approval.as_bytes());
    }
    request(&pack.request);
    true
}

pub(super) fn reply(bytes: &[u8]) -> bool {
    if document::<Reply>(bytes).is_some() {
        return true;
    }
    let Some(sealed) = sealed::<Reply>(bytes) else { return false };
    let reply = sealed.value();
    let lines = reply.lines.iter().map(|line| line.as_slice());
    if let Ok(read) = verify_lines::<VaultEntry>(reply.since, lines, reply.head) {
        assert_eq!(read.len(), reply.lines.len());
        assert_eq!(reply.since.sequence + u64::try_from(read.len()).unwrap(), reply.head.sequence);
        let last = reply.lines.last().map_or(reply.since.hash, |line| JournalHash::of(line));
        assert_eq!(last, reply.head.hash);
        for (line, bytes) in read.iter().zip(&reply.lines) {
            assert_eq!(canonical::encode(line), bytes.as_slice());
        }
    }
    true
}

pub(super) fn vault_export(bytes: &[u8]) -> bool {
    if let Some(convoy) = document::<Convoy>(bytes) {
        request(&convoy.pack.request);
        convoy.exports.iter().for_each(check_export);
        return true;
    }
    document::<VaultExport>(bytes).is_some_and(|export| {
        check_export(&export);
        true
    })
}

/// By the key that the first reply itself names: whose it is, a policy says.
fn check_export(export: &VaultExport) {
    let Some(first) = export.replies.first() else { return };
    let Ok(sealed) = canonical::decode::<Sealed<Reply>>(first) else { return };
    let Ok(key) = sealed.signature().public_key() else { return };
    let Ok(lines) = export.new_lines(export.house, &key, &[]) else { return };
    let mut known = Vec::new();
    for (number, line) in (1u64..).zip(&lines) {
        assert_eq!(line.head.sequence, number, "lines follow one another from the first");
        let rest =
            export.new_lines(export.house, &key, &known).expect("what was learned is no contradiction");
        assert_eq!(rest.len(), lines.len() - known.len(), "what is known is not told again");
        known.push(line.head.hash);
        let other = vec![JournalHash::of(b"another"); known.len()];
        assert!(export.new_lines(export.house, &key, &other).is_err(), "another past is a contradiction");
    }
}

pub(super) fn bundle(bytes: &[u8]) -> bool {
    let kinds = [
        of::<Request>(bytes),
        of::<Pack>(bytes),
        of::<Convoy>(bytes),
        of::<VaultExport>(bytes),
        of::<Sealed<Reply>>(bytes),
        of::<Sealed<Account>>(bytes),
        of::<Sealed<Plan>>(bytes),
        of::<Reply>(bytes),
        of::<Account>(bytes),
        of::<Plan>(bytes),
    ];
    let taken = kinds.iter().filter(|taken| **taken).count();
    assert!(taken <= 1, "one bundle is read as two kinds of document");
    taken == 1
}

fn of<T: Document>(bytes: &[u8]) -> bool {
    let Ok(value) = Bundle::read::<T>(bytes) else { return false };
    assert_eq!(Bundle::write(&value), bytes, "a bundle of {} has two spellings", T::SCHEMA);
    assert_eq!(Bundle::schema(bytes), Ok(Some(T::SCHEMA)));
    true
}
