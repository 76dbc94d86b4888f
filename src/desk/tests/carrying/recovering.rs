//! What a desk gives back to a vault that lost it, and what its admins sign.

use strongroom_journal::VaultExport;
use strongroom_policy::Recovery;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Bundle, Head, JournalHash, Reply, Sealed, StationId, canonical};

use crate::stage::{ALICE, Run, Stage};

const ERIN: (&str, u8) = ("erin", 1);
const FRANK: (&str, u8) = ("frank", 2);

fn export(stage: &Stage, vault: &str, out: &str) -> Run {
    stage.run(&["journal", "export", "--vault", vault, "-o", &stage.path(out)])
}

fn read(stage: &Stage, name: &str) -> VaultExport {
    Bundle::read(&std::fs::read(stage.house.file(name)).unwrap()).unwrap()
}

fn recovery(stage: &Stage, head: Head) -> Recovery {
    Recovery {
        house: stage.house.accounts[0].house,
        station: stage.house.accounts[0].station,
        episode: JournalHash::of(b"episode"),
        head,
        place: "machine 9f86d081884c7d65 inode 131".parse().unwrap(),
        unknown: Vec::new(),
        valid_until: "2099-01-01T00:00:00Z".parse().unwrap(),
        reason: "the disk broke".parse().unwrap(),
    }
}

fn sign(stage: &mut Stage, person: (&'static str, u8), text: &str, out: &str) -> Run {
    std::fs::write(stage.house.file("draft.txt"), text).unwrap();
    let (draft, out) = (stage.path("draft.txt"), stage.path(out));
    stage.run_as(person, &["recovery", "sign", &draft, "--agent", "-o", &out])
}

fn head_of(stage: &Stage, name: &str) -> Head {
    let sealed: Sealed<Reply> = Bundle::read(&std::fs::read(stage.house.file(name)).unwrap()).unwrap();
    sealed.value().head
}

#[test]
fn every_reply_is_exported_as_the_vault_sealed_it() {
    let mut stage = Stage::new();
    for reference in ["INV-1", "INV-2"] {
        stage.signed_payment(reference, "1");
    }
    let data = export(&stage, "vault-one", "a.export").data();
    assert_eq!(data["replies"], 2);
    let exported = read(&stage, "a.export");
    assert_eq!(
        (exported.house, exported.station),
        (stage.house.accounts[0].house, stage.house.accounts[0].station)
    );
    for (name, bytes) in ["INV-1.req.reply", "INV-2.req.reply"].iter().zip(&exported.replies) {
        let sealed: Sealed<Reply> = Bundle::read(&std::fs::read(stage.house.file(name)).unwrap()).unwrap();
        assert_eq!(bytes.as_slice(), canonical::encode(&sealed), "{name}");
    }
    assert_eq!((exported.policies.len(), exported.books.len()), (1, 1));
    assert_eq!(exported.accounts.len(), stage.house.accounts.len());
    // By its id too; an existing file stays.
    let id = exported.station.to_string();
    assert_eq!(export(&stage, &id, "b.export").data()["head"]["hash"], data["head"]["hash"]);
    assert_eq!(read(&stage, "b.export"), exported);
    assert_eq!(export(&stage, &id, "b.export").error().0, 8);
}

#[test]
fn a_vault_that_nobody_knows_has_nothing_to_export() {
    let stage = Stage::new();
    assert_eq!(export(&stage, "vault-nine", "a.export").error(), (2, "vault".to_owned()));
    assert_eq!(export(&stage, "vault-one", "a.export").error(), (8, "no-replies".to_owned()));
    let id = StationId::of(b"another").to_string();
    assert_eq!(export(&stage, &id, "a.export").error(), (8, "no-replies".to_owned()));
    assert!(!stage.house.file("a.export").exists());
}

#[test]
fn admins_sign_a_recovery_and_a_quorum_of_them_is_sealed() {
    let mut stage = Stage::new();
    stage.signed_payment("INV-1", "1");
    let text = recovery(&stage, head_of(&stage, "INV-1.req.reply")).text();
    for (person, out) in [(ERIN, "erin.sig"), (FRANK, "frank.sig")] {
        let run = sign(&mut stage, person, &text, out);
        assert_eq!(run.data()["namespace"], Namespace::Recovery.as_str());
    }
    let run = sign(&mut stage, ALICE, &text, "alice.sig");
    assert_eq!(run.error(), (3, "signer".to_owned()), "{}", run.words());
    let [draft, erin, frank, out] =
        ["draft.txt", "erin.sig", "frank.sig", "recovery.txt"].map(|name| stage.path(name));
    for few in [&[erin.as_str()][..], &[&erin, &erin]] {
        let run = stage.run(&[&["recovery", "seal", &draft][..], few, &["-o", &out]].concat());
        assert_eq!(run.error(), (3, "quorum".to_owned()), "{}", run.words());
    }
    stage.output = "human";
    let run = stage.run(&["recovery", "seal", &draft, &erin, &frank, "-o", &out]);
    assert_eq!(run.exit, 0, "{}{}", run.out, run.err);
    for words in ["vault-one", "goes on from", "\"the disk broke\"", "inode 131"] {
        assert!(run.out.contains(words), "no {words:?} in:\n{}", run.out);
    }
}

#[test]
fn no_admin_signs_away_what_this_desk_knows() {
    let mut stage = Stage::new();
    stage.signed_payment("INV-1", "1");
    stage.signed_payment("INV-2", "1");
    let (old, known) = (head_of(&stage, "INV-1.req.reply"), head_of(&stage, "INV-2.req.reply"));
    let forked = Head { hash: JournalHash::of(b"another line"), ..known };
    for head in [Head::start(stage.house.accounts[0].house), old, forked] {
        let text = recovery(&stage, head).text();
        let run = sign(&mut stage, ERIN, &text, "erin.sig");
        assert_eq!(run.error(), (5, "vault-head".to_owned()));
        assert!(run.words().contains("what stands there would be forgotten"), "{}", run.words());
        assert!(!stage.house.file("erin.sig").exists());
    }
    // What it does not know may be longer; and a head that somebody vouched for is said aloud.
    let later = Head { sequence: known.sequence + 1, ..forked };
    let text = Recovery { unknown: vec![forked], ..recovery(&stage, later) }.text();
    let run = sign(&mut stage, ERIN, &text, "erin.sig");
    run.data();
    assert!(run.json()["warnings"][0].as_str().unwrap().contains("an approver knows lines"), "{}", run.out);
}

#[test]
fn texts_that_are_no_recovery_of_this_house_are_not_signed() {
    let mut stage = Stage::new();
    let right = recovery(&stage, Head { sequence: 3, hash: JournalHash::of(b"head") });
    for (text, exit, code) in [
        (Recovery { house: strongroom_protocol::HouseId::of(b"x"), ..right.clone() }.text(), 5, "house"),
        (format!("{}# harmless\n", right.text()), 9, "recovery"),
        (right.text().replace("recovery.v1", "thaw.v1"), 9, "recovery"),
    ] {
        assert_eq!(sign(&mut stage, ERIN, &text, "erin.sig").error(), (exit, code.to_owned()), "{text}");
    }
    assert!(!stage.house.file("erin.sig").exists());
}
