//! A vault's reply is taken in only if it is ours, sealed, of the one history, and every signature holds.

use std::collections::BTreeMap;

use strongroom_journal::VaultEntry;
use strongroom_protocol::{Head, JournalHash, Reply, Signature, Warmth};

use crate::house::Person;
use crate::stage::{Run, Stage};
use crate::vault::seal_by;

fn paid() -> Stage {
    let stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "2", "pay.req").exit, 0);
    stage
}

fn import(stage: &Stage, bundle: &[u8]) -> Run {
    let file = stage.house.file("in.reply");
    std::fs::write(&file, bundle).unwrap();
    stage.run(&["reply", "import", &file.display().to_string()])
}

/// A genuine reply that was changed before the vault's own station sealed it: even that is not believed.
fn changed(change: impl FnOnce(&mut Reply)) -> Run {
    let mut stage = paid();
    let mut reply = stage.vault.reply(&stage.request("pay.req"));
    change(&mut reply);
    let run = import(&stage, &stage.vault.seal(&reply));
    if run.exit != 0 {
        let id = stage.request("pay.req").id().to_string();
        let data = stage.run(&["status", &id]).data();
        assert_eq!((data["state"].as_str(), data["versions"].as_array().unwrap().len()), (Some("open"), 0));
        assert!(!stage.journal().contains("\"imported\""), "nothing is taken in");
    }
    run
}

#[test]
fn a_genuine_reply_is_taken_in() {
    let run = changed(|_| {});
    assert_eq!(run.exit, 0, "{}", run.out);
}

#[test]
fn every_change_is_refused() {
    type Change = fn(&mut Reply);
    let changes: [(&str, Change); 12] = [
        ("reply-item", |reply| reply.items[0].rungs[1] = reply.items[0].rungs[0].clone()),
        ("reply-item", |reply| reply.items[0].rungs[0][0] = Signature(vec![1; 64])),
        ("reply-item", |reply| reply.items[0].rungs[0].clear()),
        ("reply-item", |reply| {
            reply.items[0].rungs.pop();
        }),
        ("reply-item", |reply| reply.items[0].intent = 1),
        ("reply-order", |reply| reply.items.push(reply.items[0].clone())),
        ("journal-lines", |reply| reply.head.hash = JournalHash::of(b"another head")),
        ("journal-lines", |reply| {
            reply.lines.pop();
        }),
        ("house", |reply| reply.house = strongroom_protocol::HouseId::of(b"another")),
        ("plan", |reply| reply.plan = strongroom_protocol::PlanId::of(b"another")),
        ("unknown-request", |reply| reply.request = strongroom_protocol::RequestId::of(b"another")),
        ("station", |reply| reply.station = Person::new("another", 77).public_key().station()),
    ];
    for (code, change) in changes {
        assert_eq!(changed(change).error(), (5, code.to_owned()));
    }
}

#[test]
fn another_vault_cannot_answer() {
    let mut stage = paid();
    let reply = stage.vault.reply(&stage.request("pay.req"));
    let run = import(&stage, &seal_by(&Person::new("vault-two", 78), &reply));
    assert_eq!(run.error(), (5, "seal".to_owned()));
}

#[test]
fn a_reply_that_says_another_machine_than_the_journal_is_refused() {
    let run = changed(|reply| reply.machine = Warmth::Warm);
    assert_eq!(run.error(), (5, "machine".to_owned()));
}

#[test]
fn a_reply_from_a_warm_machine_is_taken_in_with_a_warning() {
    for machine in [Warmth::Cold, Warmth::Warm] {
        let mut stage = paid();
        stage.vault.machine = machine;
        let bytes = stage.vault.answer(&stage.request("pay.req"));
        let run = import(&stage, &bytes);
        assert_eq!(run.exit, 0);
        assert_eq!(run.data()["replies"][0]["machine"], machine.as_str());
        let warned = run.json()["warnings"].to_string().contains("WARM machine");
        assert_eq!(warned, machine == Warmth::Warm, "{}", run.out);
    }
}

#[test]
fn a_high_s_is_refused() {
    let run = changed(|reply| {
        // n − s for the same r: as valid in the mathematics, and another transaction id.
        let Signature(bytes) = &reply.items[0].rungs[0][0];
        let signature = k256::ecdsa::Signature::from_slice(bytes).unwrap();
        let (r, s) = (signature.r(), -*signature.s());
        let high = k256::ecdsa::Signature::from_scalars(*r, s).unwrap();
        reply.items[0].rungs[0][0] = Signature(high.to_bytes().to_vec());
    });
    assert_eq!(run.error(), (5, "reply-item".to_owned()));
}

#[test]
fn what_was_not_claimed_is_not_believed_signed() {
    let mut stage = paid();
    let request = stage.request("pay.req");
    let mut reply = stage.vault.reply(&request);
    // A vault that signed without writing it down: the lines end before.
    let mut honest = crate::vault::Vault::new(&stage.house);
    honest.append(VaultEntry::TornTail { bytes: 1 });
    let other = honest.reply(&request);
    reply.lines = other.lines[..2].to_vec();
    reply.head = Head { sequence: 2, hash: JournalHash::of(&other.lines[1]) };
    assert_eq!(import(&stage, &stage.vault.seal(&reply)).error(), (5, "unclaimed".to_owned()));
}

#[test]
fn a_vault_with_another_past_is_noticed() {
    let mut stage = paid();
    stage.sign("pay.req");
    assert_eq!(stage.pay("2", "INV-2", "1", "second.req").exit, 0);
    let second = stage.request("second.req");
    // Restored from an old copy: it does not know what it signed, and goes on from the beginning.
    let mut restored = crate::vault::Vault::new(&stage.house);
    let mut reply =
        restored.reply(&strongroom_protocol::Request { vault_heads: BTreeMap::new(), ..second.clone() });
    reply.request = second.id();
    let fork = import(&stage, &restored.seal(&reply));
    assert_eq!(fork.error(), (5, "forked-journal".to_owned()));
    // The vault that remembers is believed.
    let genuine = stage.vault.answer(&second);
    assert_eq!(import(&stage, &genuine).exit, 0);
}

#[test]
fn a_gap_in_the_journal_is_refused() {
    let mut stage = paid();
    let request = stage.request("pay.req");
    for bytes in 1..=3 {
        stage.vault.append(VaultEntry::TornTail { bytes });
    }
    let mut reply = stage.vault.reply(&request);
    let skipped = reply.lines.drain(..2).count() as u64;
    reply.since = Head { sequence: skipped, hash: JournalHash::of(b"somewhere") };
    let run = import(&stage, &stage.vault.seal(&reply));
    assert_eq!(run.error(), (5, "journal-lines".to_owned()));
    let mut reply = stage.vault.reply(&request);
    let last = reply.lines.drain(..2).next_back().unwrap();
    reply.since = Head { sequence: 2, hash: JournalHash::of(&last) };
    let run = import(&stage, &stage.vault.seal(&reply));
    assert_eq!(run.error(), (5, "journal-gap".to_owned()));
}

#[test]
fn a_request_nobody_here_wrote_is_a_warning() {
    let mut stage = paid();
    let request = stage.request("pay.req");
    stage.vault.append(VaultEntry::Claimed {
        request: strongroom_protocol::RequestId::of(b"a stranger's"),
        plan: strongroom_protocol::PlanId::of(b"a stranger's"),
        policy: request.plan.value().policy,
        book: strongroom_protocol::BookId::of(b"book"),
        operator: "dave".parse().unwrap(),
        approvers: Vec::new(),
        claims: Vec::new(),
    });
    let reply = stage.vault.answer(&request);
    let run = import(&stage, &reply);
    assert_eq!(run.exit, 0, "{}", run.out);
    assert!(run.json()["warnings"][0].as_str().unwrap().contains("never written here"));
}
