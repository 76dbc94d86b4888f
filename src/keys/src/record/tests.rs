use super::*;
use crate::entropy::tests::Predictable;

const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

fn sealed_text(record: &KeyRecord, secret: &KeySecret) -> String {
    let document = match secret {
        KeySecret::Mnemonic(mnemonic) => record.with_words(mnemonic),
        KeySecret::Station(key) => record.with_seed(key),
    };
    Passphrase::from_secret(document.unwrap()).unwrap().expose().to_owned()
}

fn mnemonic() -> (KeyRecord, KeySecret) {
    let mnemonic = Mnemonic::parse(&Passphrase::take(WORDS.to_owned()).unwrap()).unwrap();
    let identity = KeyIdentity::Mnemonic {
        fingerprint: Fingerprint([1, 2, 3, 0xab]),
        passphrase: Bip39Passphrase::Asked,
    };
    (record("treasury", KeyProvenance::Restored, identity), KeySecret::Mnemonic(mnemonic))
}

fn station() -> (KeyRecord, KeySecret) {
    let key = StationKey::generate(&mut Predictable::new(3), None).unwrap();
    let identity = KeyIdentity::Station { public_key: key.public_key() };
    (record("station", KeyProvenance::OnHost, identity), KeySecret::Station(key))
}

fn record(name: &str, made: KeyProvenance, identity: KeyIdentity) -> KeyRecord {
    let created = "2026-01-31T18:00:00Z".parse().unwrap();
    KeyRecord { name: name.parse().unwrap(), made, created, identity }
}

fn sealed(text: &str) -> Result<(KeyRecord, KeySecret), DocumentError> {
    KeyRecord::parse_sealed(&Passphrase::take(text.to_owned()).unwrap())
}

#[test]
fn a_record_reads_as_it_is_written() {
    let written = "strongroom-key = 1\nname = \"treasury\"\nkind = \"mnemonic\"\nmade = \"restored\"\n\
        created = \"2026-01-31T18:00:00Z\"\nfingerprint = \"010203ab\"\nbip39-passphrase = \"asked\"\n";
    assert_eq!(mnemonic().0.to_string(), written);
    assert_eq!(KeyRecord::parse(written).unwrap(), mnemonic().0);
    assert_eq!(KeyRecord::parse(&station().0.to_string()).unwrap(), station().0);
}

#[test]
fn a_record_is_toml_that_other_programs_read() {
    for (record, secret) in [mnemonic(), station()] {
        let table: toml::Table = sealed_text(&record, &secret).parse().unwrap();
        assert_eq!(table["name"].as_str(), Some(record.name.as_str()));
        assert_eq!(table["kind"].as_str(), Some(record.identity.kind()));
        assert_eq!(table["strongroom-key"].as_integer(), Some(1));
    }
}

#[test]
fn every_mark_of_how_a_key_was_made_is_kept() {
    for (made, word) in [
        (KeyProvenance::OnHost, "generated-on-host"),
        (KeyProvenance::Restored, "restored"),
        (KeyProvenance::Imported, "imported"),
    ] {
        let written = record("k", made, mnemonic().0.identity).to_string();
        assert!(written.contains(&format!("made = \"{word}\"")));
        assert_eq!(KeyRecord::parse(&written).unwrap().made, made);
    }
}

#[test]
fn a_sealed_document_gives_back_its_secret() {
    for (record, secret) in [mnemonic(), station()] {
        let document = sealed_text(&record, &secret);
        let (read, opened) = sealed(&document).unwrap();
        assert_eq!((read, opened), (record, secret));
    }
    let document = sealed_text(&mnemonic().0, &mnemonic().1);
    assert!(document.ends_with(&format!("words = \"{WORDS}\"\n")));
}

#[test]
fn lines_that_are_missing_moved_or_strange_are_refused() {
    let whole = mnemonic().0.to_string();
    let lines: Vec<_> = whole.split_inclusive('\n').collect();
    for index in 0..lines.len() {
        let mut missing = lines.clone();
        missing.remove(index);
        assert!(KeyRecord::parse(&missing.concat()).is_err(), "without line {index}");
        let mut twice = lines.clone();
        twice.insert(index, lines[index]);
        assert!(KeyRecord::parse(&twice.concat()).is_err(), "line {index} twice");
        if index > 0 {
            let mut moved = lines.clone();
            moved.swap(index, index - 1);
            assert!(KeyRecord::parse(&moved.concat()).is_err(), "line {index} moved");
        }
    }
    let moved = KeyRecord::parse(&whole.replace("kind", "sort")).unwrap_err();
    assert_eq!(moved, DocumentError::Line { line: 3, field: "kind" });
}

#[test]
fn values_that_mean_nothing_are_refused_by_line() {
    let whole = mnemonic().0.to_string();
    for (from, to, line, field) in [
        ("treasury", "Treasury", 2, "name"),
        ("treasury", "../etc/passwd", 2, "name"),
        ("\"mnemonic\"", "\"mnemonics\"", 3, "kind"),
        ("restored", "on-device", 4, "made"),
        ("restored", "unknown", 4, "made"),
        ("2026-01-31T18:00:00Z", "2026-13-31T18:00:00Z", 5, "created"),
        ("2026-01-31T18:00:00Z", "2026-01-31 18:00:00", 5, "created"),
        ("010203ab", "010203AB", 6, "fingerprint"),
        ("asked", "perhaps", 7, "bip39-passphrase"),
    ] {
        let refused = KeyRecord::parse(&whole.replace(from, to)).unwrap_err();
        assert_eq!(refused, DocumentError::Value { line, field }, "{to}");
    }
}

#[test]
fn other_writings_of_the_same_are_refused() {
    let whole = mnemonic().0.to_string();
    let others = [
        whole.replace('\n', "\r\n"),
        whole.replace(" = ", "="),
        whole.trim_end().to_owned(),
        format!("{whole}\n"),
        format!("{whole}# a comment\n"),
        format!("\u{feff}{whole}"),
        whole.replace("= 1", "= 2"),
        String::new(),
    ];
    for other in others {
        assert!(KeyRecord::parse(&other).is_err(), "{other:?}");
    }
    let comment = station().0.to_string().replace("\"\n", " somebody\"\n");
    assert!(KeyRecord::parse(&comment).is_err());
}

#[test]
fn a_public_record_with_a_secret_behind_it_is_refused() {
    let document = sealed_text(&mnemonic().0, &mnemonic().1);
    assert_eq!(KeyRecord::parse(&document).unwrap_err(), DocumentError::NotCanonical);
}

#[test]
fn secrets_have_one_writing_too() {
    let document = sealed_text(&mnemonic().0, &mnemonic().1);
    for (from, to) in [
        ("legal winner thank", "Legal winner thank"),
        ("legal winner", "legal  winner"),
        ("yellow\"", "yellow \""),
        ("yellow\"", "zoo\""),
        ("words", "seed"),
    ] {
        assert!(sealed(&document.replacen(from, to, 1)).is_err(), "{to}");
    }
    assert_eq!(sealed(&format!("{document}x")).unwrap_err(), DocumentError::NotCanonical);
    let document = sealed_text(&station().0, &station().1);
    let digits = document.split("seed = \"").nth(1).unwrap().trim_end_matches("\"\n");
    for other in [
        &digits.to_uppercase(),
        digits.strip_prefix(&digits.chars().take(2).collect::<String>()).unwrap(),
        &format!("{digits}00"),
        "",
    ] {
        assert!(sealed(&document.replace(digits, other)).is_err(), "{other}");
    }
}

#[test]
fn a_key_of_another_kind_is_no_station() {
    let whole = station().0.to_string();
    let other = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHwf2HMM5TRXvo2SQJjsNkiDD5KqiiNjrGVv3UUh+mMT5RHxiRtOnlqvjhQtBq0VpmpCV/PwUdhOig4vkbqAcEc=";
    other.parse::<ssh_key::PublicKey>().unwrap();
    let (before, _) = whole.split_once("ssh-ed25519").unwrap();
    let changed = format!("{before}{other}\"\n");
    assert_eq!(
        KeyRecord::parse(&changed).unwrap_err(),
        DocumentError::Value { line: 6, field: "public-key" }
    );
}
