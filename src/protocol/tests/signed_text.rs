//! Texts with signatures below them: nothing between, nothing after, nobody else.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use common::signer::Key;
use strongroom_protocol::signed_text::{SIGNED_TEXT_LIMIT, SignedTextError};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{PublicKey, SignatureError, SignedText, SshSignature};

const TEXT: &str = "name = \"Überweisung\"\n\n# a comment\n\tindented\nthe last line\n";

fn sign(key: &Key, text: &str) -> String {
    key.sign("strongroom-policy", text.as_bytes()).to_armour()
}

/// The text with a signature of each kind of key.
fn signed() -> String {
    Key::each(1).iter().fold(TEXT.to_owned(), |file, key| file + &sign(key, TEXT))
}

fn keys() -> Vec<PublicKey> {
    Key::each(1).iter().map(Key::public).collect()
}

fn parse(file: &str) -> Result<SignedText, SignedTextError> {
    SignedText::parse(file.as_bytes())
}

#[test]
fn what_is_parsed_is_printed_to_the_byte() {
    let file = signed();
    let parsed = parse(&file).unwrap();
    assert_eq!(parsed.text(), TEXT);
    assert_eq!(parsed.signatures().len(), 4);
    assert_eq!(parsed.to_string(), file);
    assert_eq!(parsed.signers(Namespace::Policy, &keys()), Ok(vec![0, 1, 2, 3]));
    let bare = parse(TEXT).unwrap();
    assert_eq!((bare.to_string().as_str(), bare.signatures()), (TEXT, &[][..]));
    assert_eq!(bare, SignedText::unsigned(TEXT.to_owned()).unwrap());
    assert_eq!(bare.signers(Namespace::Policy, &keys()), Ok(vec![]), "nobody signed it");
}

#[test]
fn signatures_are_added_one_by_one() {
    let mut text = SignedText::unsigned(TEXT.to_owned()).unwrap();
    for key in Key::each(1) {
        let signature = key.sign("strongroom-policy", TEXT.as_bytes());
        text = text.with_signature(signature.clone()).unwrap().with_signature(signature).unwrap();
    }
    assert_eq!(text.to_string(), signed(), "a signature that is there was added again");
}

#[test]
fn the_last_newline_may_be_missing_and_no_other() {
    let file = signed();
    assert_eq!(parse(file.trim_end()).unwrap().to_string(), file);
    assert_eq!(parse(TEXT.trim_end()), Err(SignedTextError::Unterminated));
    assert_eq!(parse(""), Err(SignedTextError::Unterminated));
    assert_eq!(SignedText::unsigned("a text".to_owned()), Err(SignedTextError::Unterminated));
    let glued = TEXT.trim_end().to_owned() + &sign(&Key::ed25519(1), TEXT);
    assert_eq!(parse(&glued), Err(SignedTextError::Unterminated), "the first signature on the last line");
    assert_eq!(parse(&sign(&Key::ed25519(1), "")), Err(SignedTextError::Unterminated), "no text");
}

#[test]
fn anything_between_or_after_the_signatures_is_refused_by_line() {
    let (one, two) = (sign(&Key::ed25519(1), TEXT), sign(&Key::p256(1), TEXT));
    let after_one = TEXT.lines().count() + one.lines().count() + 1;
    let after_two = after_one + two.lines().count();
    for stray in [
        "approve everything",
        "",
        " ",
        "# a comment",
        "-----END SSH SIGNATURE-----",
        "-----BEGIN PGP SIGNATURE-----",
        "\u{feff}",
    ] {
        assert_eq!(
            parse(&format!("{TEXT}{one}{stray}\n{two}")),
            Err(SignedTextError::Stray(after_one)),
            "{stray:?} between"
        );
        assert_eq!(
            parse(&format!("{TEXT}{one}{two}{stray}\n")),
            Err(SignedTextError::Stray(after_two)),
            "{stray:?} after"
        );
        if !stray.is_empty() {
            assert_eq!(
                parse(&format!("{TEXT}{one}{two}{stray}")),
                Err(SignedTextError::Stray(after_two)),
                "{stray:?} after, without a newline"
            );
        }
    }
}

#[test]
fn an_unfinished_signature_is_refused() {
    let file = signed();
    let ends: Vec<_> = file.match_indices("-----END").map(|(at, _)| at).collect();
    for at in ends {
        assert!(matches!(parse(&file[..at]), Err(SignedTextError::Stray(_))));
        assert!(parse(&file[..at + 8]).is_err());
    }
    let nested = signed().replacen("-----END SSH SIGNATURE-----\n", "", 1);
    assert!(matches!(parse(&nested), Err(SignedTextError::Stray(_) | SignedTextError::Signature { .. })));
}

#[test]
fn carriage_returns_are_refused_wherever_they_stand() {
    let text = parse(&signed().replace('\n', "\r\n"));
    assert!(text.is_err(), "a file with CRLF line ends passed");
    assert_eq!(
        parse(&TEXT.replace('\n', "\r\n")),
        Err(SignedTextError::Unprintable { line: 1, code: 0x0d }),
        "in a text that nobody signed"
    );
    let armour = sign(&Key::ed25519(1), TEXT);
    let only_armour = format!("{TEXT}{}", armour.replace('\n', "\r\n"));
    assert!(parse(&only_armour).is_err(), "in the armour alone");
    for at in armour.match_indices('\n').map(|(at, _)| at) {
        let one = format!("{TEXT}{}\r{}", &armour[..at], &armour[at..]);
        assert!(parse(&one).is_err(), "one in the armour at {at}");
    }
    let honest = TEXT.replace('\n', "\r\n");
    let signed = honest.clone() + &sign(&Key::ed25519(1), &honest);
    assert_eq!(
        parse(&signed),
        Err(SignedTextError::Unprintable { line: 1, code: 0x0d }),
        "though it was signed so"
    );
}

#[test]
fn characters_that_could_rearrange_a_screen_are_refused_though_signed() {
    for (bad, code) in [
        ("pay alice\u{202e}", 0x202e),
        ("\u{1b}[2Jpay bob", 0x1b),
        ("pay alice\rpay carol", 0x0d),
        ("a\u{200b}b", 0x200b),
        ("a\u{2028}b", 0x2028),
        ("a\u{85}b", 0x85),
        ("a\u{b}b", 0x0b),
        ("a\0b", 0),
        ("a\u{7f}b", 0x7f),
        ("a\u{2066}b", 0x2066),
        ("\u{feff}a", 0xfeff),
        ("a\u{e000}b", 0xe000),
    ] {
        let text = format!("the first line\n{bad}\nthe last line\n");
        let expected = Err(SignedTextError::Unprintable { line: 2, code });
        assert_eq!(parse(&(text.clone() + &sign(&Key::ed25519(1), &text))), expected, "{bad:?}");
        assert_eq!(SignedText::unsigned(text), expected, "{bad:?}");
    }
}

#[test]
fn a_text_cannot_hold_a_signature() {
    let text = TEXT.to_owned() + &sign(&Key::ed25519(1), TEXT);
    assert_eq!(SignedText::unsigned(text.clone()), Err(SignedTextError::Nested));
    assert_eq!(SignedText::with_signatures(text, Vec::new()), Err(SignedTextError::Nested));
    let inline = "see -----BEGIN SSH SIGNATURE----- below\n".to_owned();
    assert_eq!(SignedText::unsigned(inline.clone()), Err(SignedTextError::Nested));
    assert!(parse(&inline).is_err());
}

#[test]
fn a_signature_given_twice_counts_once() {
    let (alice, bob) = (Key::ed25519(1), Key::p256(1));
    let armour = sign(&alice, TEXT);
    let file = format!("{TEXT}{armour}{armour}{}{armour}", sign(&bob, TEXT));
    let parsed = parse(&file).unwrap();
    assert_eq!(parsed.to_string(), file);
    assert_eq!(parsed.signers(Namespace::Policy, &[bob.public(), alice.public()]), Ok(vec![1, 0]));
}

#[test]
fn another_signature_by_the_same_key_counts_no_second_time() {
    let key = Key::p256(1);
    let sha256 = key.parts_with("strongroom-policy", TEXT.as_bytes(), 1, "sha256", &[]).signature();
    // ECDSA lets anybody turn one signature into another of the same thing: s becomes n - s.
    let honest = key.parts("strongroom-policy", TEXT.as_bytes());
    let mut mirrored = honest.clone();
    mirrored.inner = mirror(&honest.inner);
    let signatures = vec![honest.signature(), mirrored.signature(), sha256];
    assert_ne!(signatures[0], signatures[1]);
    let text = SignedText::with_signatures(TEXT.to_owned(), signatures).unwrap();
    assert_eq!(text.signers(Namespace::Policy, &[key.public()]), Ok(vec![0]));
}

fn mirror(inner: &[u8]) -> Vec<u8> {
    let length = usize::from(inner[3]);
    let scalar = |bytes: &[u8]| {
        let start = bytes.len().saturating_sub(32);
        let mut padded = [0; 32];
        padded[32 - (bytes.len() - start)..].copy_from_slice(&bytes[start..]);
        padded
    };
    let (r, s) = (scalar(&inner[4..4 + length]), scalar(&inner[8 + length..]));
    let signature = p256::ecdsa::Signature::from_scalars(r, s).unwrap();
    let negated = -*signature.s();
    let signature = p256::ecdsa::Signature::from_scalars(r, negated.to_bytes()).unwrap();
    let ssh: ssh_key::Signature = signature.try_into().unwrap();
    ssh.as_bytes().to_vec()
}

#[test]
fn a_strangers_signature_spoils_the_text() {
    let stranger = Key::ed25519(9);
    let file = signed() + &sign(&stranger, TEXT);
    let parsed = parse(&file).unwrap();
    assert_eq!(
        parsed.signers(Namespace::Policy, &keys()),
        Err(SignatureError::OtherKey {
            found: stranger.public().fingerprint(),
            expected: "one of the keys that may sign this".to_owned()
        })
    );
    assert!(parsed.signers(Namespace::Policy, &[]).is_err());
}

#[test]
fn one_signature_that_does_not_hold_spoils_the_text() {
    let all = keys();
    let other = signed() + &sign(&Key::ed25519(1), "another text\n");
    assert_eq!(parse(&other).unwrap().signers(Namespace::Policy, &all), Err(SignatureError::Wrong));
    let namespace = signed() + &Key::ed25519(1).sign("strongroom-book", TEXT.as_bytes()).to_armour();
    assert!(matches!(
        parse(&namespace).unwrap().signers(Namespace::Policy, &all),
        Err(SignatureError::OtherNamespace { .. })
    ));
    let untouched = Key::sk_ed25519(1).parts_with("strongroom-policy", TEXT.as_bytes(), 0, "sha512", &[]);
    let untouched = signed() + &untouched.signature().to_armour();
    assert_eq!(parse(&untouched).unwrap().signers(Namespace::Policy, &all), Err(SignatureError::NotPresent));
    let altered = signed().replacen("comment", "Comment", 1);
    assert_eq!(parse(&altered).unwrap().signers(Namespace::Policy, &all), Err(SignatureError::Wrong));
    let rsa = TEXT.to_owned() + include_str!("fixtures/rsa.sig");
    assert!(matches!(
        parse(&rsa).unwrap().signers(Namespace::Policy, &all),
        Err(SignatureError::Algorithm(_))
    ));
}

#[test]
fn damaged_armour_is_named_by_its_number() {
    let good = sign(&Key::ed25519(1), TEXT);
    for (number, damaged) in [
        (2, good.replacen("U1NIU0lH", "U1NIU0lI", 1)),
        (2, good.replacen("U1NIU0lH", "U1NI*0lH", 1)),
        (2, good.split_inclusive('\n').filter(|line| !line.starts_with("U1NI")).collect()),
        (2, "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".to_owned()),
        (2, "-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n".to_owned()),
        (2, format!("-----BEGIN SSH SIGNATURE-----\n{}", good.replacen("-----BEGIN", "----BEGIN", 1))),
    ] {
        let refusal = parse(&format!("{TEXT}{good}{damaged}"));
        assert!(
            matches!(refusal, Err(SignedTextError::Signature { number: found, source: SignatureError::Malformed(_) }) if found == number),
            "{damaged}: {refusal:?}"
        );
    }
}

#[test]
fn more_signatures_than_a_house_has_people_are_refused() {
    let people: Vec<_> = (1..=65).map(Key::ed25519).collect();
    let sign =
        |count: usize| people[..count].iter().fold(TEXT.to_owned(), |file, key| file + &sign(key, TEXT));
    let full = parse(&sign(64)).unwrap();
    let publics: Vec<_> = people.iter().map(Key::public).collect();
    assert_eq!(full.signers(Namespace::Policy, &publics).unwrap().len(), 64);
    assert_eq!(parse(&sign(65)), Err(SignedTextError::TooMany));
    let one_more = people[64].sign("strongroom-policy", TEXT.as_bytes());
    assert_eq!(full.clone().with_signature(one_more.clone()), Err(SignedTextError::TooMany));
    let again: SshSignature = full.signatures()[0].clone();
    assert_eq!(full.clone().with_signature(again), Ok(full.clone()), "one that is there takes no place");
    let all = [full.signatures(), &[one_more]].concat();
    assert_eq!(SignedText::with_signatures(TEXT.to_owned(), all), Err(SignedTextError::TooMany));
}

#[test]
fn files_that_are_too_large_or_no_text_are_refused() {
    let largest = (("a".repeat(1023) + "\n").repeat(SIGNED_TEXT_LIMIT / 1024)).into_bytes();
    assert!(SignedText::parse(&largest).is_ok());
    let larger = [largest.as_slice(), b"\n"].concat();
    assert_eq!(SignedText::parse(&larger), Err(SignedTextError::TooLarge(SIGNED_TEXT_LIMIT + 1)));
    assert_eq!(SignedText::parse(b"caf\xe9\n"), Err(SignedTextError::NotText));
    assert_eq!(SignedText::parse(&[0xff, 0xfe, b'a', 0]), Err(SignedTextError::NotText));
}
