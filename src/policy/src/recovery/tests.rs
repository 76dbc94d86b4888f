use super::*;
use crate::test_support::{self as support, key, sign};

fn head(sequence: u64) -> Head {
    Head { sequence, hash: JournalHash::of(&sequence.to_be_bytes()) }
}

fn recovery() -> Recovery {
    Recovery {
        house: support::house().0,
        station: StationId::of(b"station"),
        episode: JournalHash::of(b"episode"),
        head: head(12),
        place: "machine 9f86d081884c7d65 inode 131".parse().unwrap(),
        unknown: vec![head(13), head(14)],
        valid_until: "2026-06-08T12:00:00Z".parse().unwrap(),
        reason: "the disk broke: \"nothing\" but C:\\ was left".parse().unwrap(),
    }
}

/// A home that the recovery fits.
fn home(unknown: &[Head]) -> Recoverable<'_> {
    Recoverable {
        station: StationId::of(b"station"),
        recovering: true,
        episode: Some(JournalHash::of(b"episode")),
        head: head(12),
        contains: true,
        place: "machine 9f86d081884c7d65 inode 131",
        unknown,
        used: false,
        now: "2026-06-08T12:00:00Z".parse().unwrap(),
    }
}

fn read(text: &str) -> Result<Recovery, RecoveryError> {
    Recovery::read(text, recovery().house)
}

#[test]
fn a_recovery_reads_as_it_is_written() {
    assert_eq!(read(&recovery().text()), Ok(recovery()));
    let none = Recovery { unknown: Vec::new(), ..recovery() };
    assert_eq!(read(&none.text()), Ok(none.clone()));
    assert_ne!(none.id(), recovery().id());
}

#[test]
fn everything_else_is_refused_by_name() {
    let text = recovery().text();
    assert!(matches!(read(""), Err(RecoveryError::Toml(TomlError::Malformed { .. }))));
    assert!(matches!(read(&text.replace(".v1", ".v2")), Err(RecoveryError::Toml(TomlError::Schema { .. }))));
    for (from, to) in [
        ("reason", "reasons"),
        ("line = 12", "line = -1"),
        ("line = 12", "line = \"12\""),
        ("[\"13 ", "[\"13"),
        ("[\"13 ", "[\"x "),
        ("2026-06-08T12:00:00Z", "2026-06-08"),
    ] {
        let bad = text.replacen(from, to, 1);
        assert_ne!(bad, text);
        assert!(matches!(read(&bad), Err(RecoveryError::Toml(TomlError::Malformed { .. }))), "{bad}");
    }
    for bad in [
        format!("{text}# harmless\n"),
        text.replace("line = 12", "line = 0xC"),
        text.replace("[\"13", "[\"013"),
    ] {
        assert_eq!(read(&bad), Err(RecoveryError::NotCanonical), "{bad}");
    }
    let other = Recovery::read(&text, HouseId::of(b"another"));
    assert!(matches!(other, Err(RecoveryError::House { .. })));
}

#[test]
fn it_takes_a_quorum_of_admins_who_meant_just_this() {
    let (house, genesis) = support::house();
    let open = |namespace, seeds: &[u8]| {
        let keys: Vec<_> = seeds.iter().map(|seed| key(*seed)).collect();
        Recovery::open(&sign(&recovery().text(), namespace, &keys), house, &genesis)
            .map(|(recovery, signers)| (recovery, signers.len()))
    };
    assert_eq!(open(Namespace::Recovery, &[1, 2]), Ok((recovery(), 2)));
    // Alice has keys 1 and 11.
    for few in [&[][..], &[1], &[1, 1], &[1, 11]] {
        let refused = open(Namespace::Recovery, few);
        assert!(matches!(refused, Err(RecoveryError::Quorum(QuorumError::TooFew { .. }))), "{few:?}");
    }
    for (namespace, seeds) in [(Namespace::Thaw, [1, 2]), (Namespace::Recovery, [1, 99])] {
        let refused = open(namespace, &seeds);
        assert!(matches!(refused, Err(RecoveryError::Quorum(QuorumError::Signature(_)))), "{refused:?}");
    }
}

#[test]
fn it_fits_one_home_once() {
    let unknown = [head(13), head(14)];
    recovery().check(&home(&unknown)).unwrap();
    let refused = |home: Recoverable<'_>| recovery().check(&home).unwrap_err();
    let fit = || home(&unknown);
    let station = StationId::of(b"another");
    assert!(matches!(refused(Recoverable { station, ..fit() }), RecoveryError::Station { .. }));
    assert_eq!(refused(Recoverable { used: true, recovering: false, ..fit() }), RecoveryError::Used);
    assert_eq!(refused(Recoverable { recovering: false, ..fit() }), RecoveryError::NotRecovering);
    for episode in [None, Some(JournalHash::of(b"another"))] {
        assert_eq!(refused(Recoverable { episode, ..fit() }), RecoveryError::Episode);
    }
    assert!(matches!(refused(Recoverable { place: "inode 132", ..fit() }), RecoveryError::Place { .. }));
    let late = "2026-06-08T12:00:01Z".parse().unwrap();
    assert!(matches!(refused(Recoverable { now: late, ..fit() }), RecoveryError::Expired { .. }));
    let longer = Recoverable { head: head(15), ..fit() };
    assert_eq!(refused(longer), RecoveryError::Older { named: 12, own: 15 });
    let shorter = Recoverable { head: head(11), contains: false, ..fit() };
    assert_eq!(refused(shorter), RecoveryError::Missing { named: head(12), own: 11 });
    for others in [&[][..], &[head(13)], &[head(14), head(13)]] {
        assert!(matches!(refused(home(others)), RecoveryError::Unknown { .. }), "{others:?}");
    }
}
