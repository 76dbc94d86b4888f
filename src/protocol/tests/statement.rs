//! Statements: one text for one reading.
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

use common::samples::{ETHER, TETHER, head, statement};
use proptest::prelude::*;
use strongroom_protocol::statement::StatementError;
use strongroom_protocol::{
    Amount, AssetId, BookId, Head, HouseId, JournalHash, Name, PlanId, PolicyId, Role, Statement, StationId,
    Timestamp, Total, Verdict,
};

fn lines() -> Vec<String> {
    statement().to_string().lines().map(str::to_owned).collect()
}

fn parse(lines: &[String]) -> Result<Statement, StatementError> {
    lines.iter().fold(String::new(), |text, line| text + line + "\n").parse()
}

/// Refused, with the number of the line where that can be said.
fn line_of(refusal: &Result<Statement, StatementError>) -> Option<usize> {
    match refusal {
        Ok(statement) => panic!("accepted:\n{statement}"),
        Err(StatementError::Line { line, .. }) => Some(*line),
        Err(_) => None,
    }
}

#[test]
fn the_text_is_as_documented() {
    let statement = statement();
    let text = statement.to_string();
    let expected = [
        "strongroom statement v1".to_owned(),
        format!("house {}", statement.house),
        format!("plan {}", statement.plan),
        format!("code {}", strongroom_protocol::ComparisonCode::of(statement.plan.as_bytes())),
        "person alice".to_owned(),
        "role approver".to_owned(),
        "verdict approve".to_owned(),
        format!("policy {}", statement.policy),
        format!("book {}", statement.book),
        "signed-at 2027-01-15T09:00:00Z".to_owned(),
        "valid-until 2027-01-16T08:00:00Z".to_owned(),
    ];
    let found = lines();
    assert_eq!(found[..11], expected);
    assert!(found[11..14].iter().all(|line| line.starts_with("vault ")));
    assert_eq!(found[14], format!("total {TETHER} exchange 1 250000000"));
    assert_eq!(found[15], format!("total {ETHER} exchange 3 12500000000000000000"));
    assert_eq!(found[16], format!("total {ETHER} own 4294967295 {}", Amount::MAX));
    assert_eq!(found[17], format!("max-fee {ETHER} 6300000000000000"));
    assert_eq!(found[18], "max-fee eip155:137/slip44:966 0");
    assert_eq!(found.len(), 19);
    assert!(text.ends_with('\n'));
    assert_eq!(text.parse(), Ok(statement));
}

#[test]
fn a_rejection_without_lists_is_whole() {
    let bare = Statement {
        verdict: Verdict::Reject,
        vaults: Vec::new(),
        totals: Vec::new(),
        max_fees: Vec::new(),
        ..statement()
    };
    assert_eq!(bare.to_string().lines().count(), 11);
    assert_eq!(bare.to_string().parse(), Ok(bare));
}

#[test]
fn a_line_taken_out_of_the_head_is_named() {
    for number in 0..11 {
        let mut fewer = lines();
        fewer.remove(number);
        assert_eq!(line_of(&parse(&fewer)), Some(number + 1), "line {} was not missed", number + 1);
    }
}

#[test]
fn a_line_taken_out_of_a_list_leaves_another_statement() {
    for number in 11..19 {
        let mut fewer = lines();
        fewer.remove(number);
        assert_ne!(parse(&fewer).unwrap(), statement());
    }
}

#[test]
fn any_two_lines_in_each_others_place_are_refused() {
    for one in 0..19 {
        for other in one + 1..19 {
            let mut disorder = lines();
            disorder.swap(one, other);
            let place = line_of(&parse(&disorder));
            if one < 11 {
                assert_eq!(place, Some(one + 1), "lines {} and {}", one + 1, other + 1);
            }
        }
    }
}

#[test]
fn any_line_given_twice_is_refused() {
    for number in 0..19 {
        for place in number + 1..=19 {
            let mut twice = lines();
            twice.insert(place, twice[number].clone());
            line_of(&parse(&twice));
        }
    }
}

#[test]
fn the_same_thing_named_twice_is_refused_whatever_is_said_of_it() {
    for (number, line) in [
        (14, format!("vault {} 9 {}", lines()[13].split(' ').nth(1).unwrap(), JournalHash::of(b"x"))),
        (15, format!("total {TETHER} exchange 2 1")),
        (17, format!("total {ETHER} own 1 1")),
        (18, format!("max-fee {ETHER} 6300000000000001")),
    ] {
        let mut twice = lines();
        twice.insert(number, line);
        assert_eq!(parse(&twice), Err(StatementError::NotCanonical), "before line {}", number + 1);
    }
}

#[test]
fn any_space_added_or_taken_is_refused() {
    for number in 0..19 {
        let line = &lines()[number];
        let mut others =
            vec![format!("{line} "), format!(" {line}"), format!("{line}\t"), format!("{line}\r")];
        others.extend(line.match_indices(' ').map(|(at, _)| format!("{}  {}", &line[..at], &line[at + 1..])));
        others.extend(line.match_indices(' ').map(|(at, _)| format!("{}\t{}", &line[..at], &line[at + 1..])));
        others.extend(line.match_indices(' ').map(|(at, _)| format!("{}{}", &line[..at], &line[at + 1..])));
        for other in others {
            let mut altered = lines();
            altered[number] = other;
            line_of(&parse(&altered));
        }
    }
}

#[test]
fn empty_and_foreign_lines_are_refused_everywhere() {
    for number in 0..=19 {
        for stray in
            ["", "note approve this", "#", "vaults", "total", "max-fee", "vault ", "strongroom statement v1"]
        {
            let mut more = lines();
            more.insert(number, stray.to_owned());
            line_of(&parse(&more));
        }
    }
    let mut trailing = lines();
    trailing.push("note approve this".to_owned());
    assert_eq!(line_of(&parse(&trailing)), Some(20), "a line after the end is not named");
    for trailing in ["x", "\n", "\0", "-----BEGIN SSH SIGNATURE-----\n"] {
        line_of(&format!("{}{trailing}", statement()).parse());
    }
    let text = statement().to_string();
    line_of(&text.trim_end().parse());
    line_of(&text.replace('\n', "\r\n").parse());
    line_of(&String::new().parse());
    line_of(&format!("\u{feff}{text}").parse());
}

#[test]
fn other_writings_of_the_same_value_are_refused() {
    let upper = |line: &str| {
        let (field, value) = line.split_once(' ').unwrap();
        format!("{field} {}", value.to_uppercase())
    };
    let original = lines();
    let mut writings: Vec<(usize, String)> =
        [1, 2, 4, 5, 6, 7, 8].map(|line| (line, upper(&original[line]))).to_vec();
    let vault: Vec<_> = original[11].split(' ').map(str::to_owned).collect();
    let number: u64 = vault[2].parse().unwrap();
    writings.extend([
        (0, "Strongroom statement v1".to_owned()),
        (0, "strongroom statement v2".to_owned()),
        (0, "strongroom statement v1.0".to_owned()),
        (3, original[3].to_lowercase()),
        (3, original[3].replace('-', "")),
        (3, original[3].replacen('0', "O", 1)),
        (5, "role operator".to_owned()),
        (6, "verdict yes".to_owned()),
        (6, "verdict".to_owned()),
        (9, "signed-at 2027-01-15T09:00:00.0Z".to_owned()),
        (9, "signed-at 2027-01-15T09:00:00+00:00".to_owned()),
        (9, "signed-at 2027-01-15 09:00:00Z".to_owned()),
        (9, "signed-at 1800003600".to_owned()),
        (10, "valid-until 10000-01-01T00:00:00Z".to_owned()),
        (11, upper(&original[11])),
        (11, format!("vault {} +{number} {}", vault[1], vault[3])),
        (11, format!("vault {} 0{number} {}", vault[1], vault[3])),
        (11, format!("vault {} {number}", vault[1])),
        (11, format!("vault {} {number} {} 1", vault[1], vault[3])),
        (11, format!("vault {} 18446744073709551616 {}", vault[1], vault[3])),
        (14, format!("total {TETHER} exchange 01 250000000")),
        (14, format!("total {TETHER} exchange +1 250000000")),
        (14, format!("total {TETHER} exchange 1 0250000000")),
        (14, format!("total {TETHER} exchange 1 250000000.0")),
        (14, format!("total {TETHER} exchange 1 2.5e8")),
        (14, format!("total {TETHER} exchange 1 -250000000")),
        (14, format!("total {TETHER} exchange 1 250,000,000")),
        (14, format!("total {TETHER} Exchange 1 250000000")),
        (14, format!("total {TETHER} exchange 250000000")),
        (14, format!("total {TETHER} exchange 1 250000000 1")),
        (14, format!("total {TETHER} exchange 4294967296 250000000")),
        (17, format!("max-fee {ETHER} 06300000000000000")),
        (17, format!("max-fee {ETHER}")),
        (17, "max-fee ether 1".to_owned()),
    ]);
    for (number, writing) in writings {
        assert_ne!(writing, original[number]);
        let mut altered = original.clone();
        altered[number].clone_from(&writing);
        if let Ok(statement) = parse(&altered) {
            panic!("`{writing}` passed:\n{statement}");
        }
    }
}

#[test]
fn a_code_of_another_plan_is_refused() {
    let mut altered = lines();
    altered[3] =
        format!("code {}", strongroom_protocol::ComparisonCode::of(PlanId::of(b"another").as_bytes()));
    assert_eq!(line_of(&parse(&altered)), Some(4));
    let mut altered = lines();
    altered[2] = format!("plan {}", PlanId::of(b"another"));
    assert_eq!(line_of(&parse(&altered)), Some(4), "another plan under the same code");
}

#[test]
fn every_flipped_bit_is_refused_or_says_something_else() {
    let original = statement();
    let text = original.to_string();
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(altered) = String::from_utf8(bytes) else { continue };
        if let Ok(other) = altered.parse::<Statement>() {
            assert_ne!(other, original, "bit {bit} does not count");
            assert_eq!(other.to_string(), altered, "bit {bit} has two writings");
        }
    }
}

#[test]
fn lists_in_disorder_do_not_even_come_back_from_our_own_printing() {
    let mut backwards = statement();
    backwards.totals.reverse();
    assert_eq!(backwards.to_string().parse::<Statement>(), Err(StatementError::NotCanonical));
    let mut backwards = statement();
    backwards.vaults.reverse();
    assert_eq!(backwards.to_string().parse::<Statement>(), Err(StatementError::NotCanonical));
    let mut backwards = statement();
    backwards.max_fees.reverse();
    assert_eq!(backwards.to_string().parse::<Statement>(), Err(StatementError::NotCanonical));
}

/// Stations with a head each, in order.
fn vaults(count: u64) -> Vec<(StationId, Head)> {
    let mut vaults: Vec<_> =
        (0..count).map(|number| (StationId::of(&number.to_be_bytes()), head(number))).collect();
    vaults.sort();
    vaults
}

#[test]
fn more_lines_than_statements_have_are_refused() {
    let with = |vaults, totals, max_fees| {
        let statement = Statement { vaults, totals, max_fees, ..statement() };
        statement.to_string().parse::<Statement>()
    };
    assert_eq!(
        with(vaults(10_000), Vec::new(), Vec::new()).map(|statement| statement.vaults.len()),
        Ok(10_000)
    );
    for refused in [
        with(vaults(10_001), Vec::new(), Vec::new()),
        with(vaults(9_999), statement().totals, Vec::new()),
        with(vaults(9_999), Vec::new(), statement().max_fees),
    ] {
        assert_eq!(refused, Err(StatementError::TooLong));
    }
}

#[test]
fn a_hostile_line_is_quoted_short_and_harmless() {
    let mut altered = lines();
    altered[4] = format!("person \u{1b}[2J\u{202e}{}", "x".repeat(10_000));
    let words = parse(&altered).unwrap_err().to_string();
    assert!(words.len() < 300 && !words.contains('\u{1b}') && !words.contains('\u{202e}'), "{words}");
}

fn names() -> impl Strategy<Value = Name> {
    "[a-z0-9]{1,12}(-[a-z0-9]{1,12}){0,2}".prop_map(|name| name.parse().unwrap())
}

fn assets() -> impl Strategy<Value = AssetId> {
    "[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}"
        .prop_map(|asset| asset.parse().unwrap())
}

fn amounts() -> impl Strategy<Value = Amount> {
    (any::<[u64; 4]>(), 0u32..256)
        .prop_map(|(limbs, shift)| Amount::from_base_units(ruint::aliases::U256::from_limbs(limbs) >> shift))
}

prop_compose! {
    fn statements()(
        ids in any::<[[u8; 32]; 4]>(),
        person in names(),
        reject in any::<bool>(),
        times in any::<[u64; 2]>(),
        vaults in prop::collection::btree_map(any::<[u8; 32]>(), (any::<u64>(), any::<[u8; 32]>()), 0..4),
        totals in prop::collection::btree_map((assets(), names()), (any::<u32>(), amounts()), 0..6),
        max_fees in prop::collection::btree_map(assets(), amounts(), 0..4),
    ) -> Statement {
        Statement {
            house: HouseId::from_bytes(ids[0]),
            plan: PlanId::from_bytes(ids[1]),
            person,
            role: Role::Approver,
            verdict: if reject { Verdict::Reject } else { Verdict::Approve },
            policy: PolicyId::from_bytes(ids[2]),
            book: BookId::from_bytes(ids[3]),
            signed_at: Timestamp::from_unix(times[0]),
            valid_until: Timestamp::from_unix(times[1] >> 32),
            vaults: vaults
                .into_iter()
                .map(|(station, (sequence, hash))| {
                    (StationId::from_bytes(station), Head { sequence, hash: JournalHash::from_bytes(hash) })
                })
                .collect(),
            totals: totals
                .into_iter()
                .map(|((asset, class), (count, amount))| Total { asset, class, count, amount })
                .collect(),
            max_fees: max_fees.into_iter().collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_statement_comes_back_from_its_text(statement in statements()) {
        let text = statement.to_string();
        prop_assert_eq!(text.parse::<Statement>(), Ok(statement));
    }

    #[test]
    fn any_text_that_is_a_statement_is_the_one_writing_of_it(statement in statements(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = statement.to_string().into_bytes();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Some(other) = String::from_utf8(bytes).ok().and_then(|text| Some((text.parse::<Statement>().ok()?, text))) {
            prop_assert_eq!(other.0.to_string(), other.1);
        }
    }

    #[test]
    fn no_text_makes_the_parser_fall_over(text in "(?s).{0,400}", lines in prop::collection::vec("[a-z-]{0,12}( .{0,40})?", 0..20)) {
        let _ = text.parse::<Statement>();
        let _ = lines.join("\n").parse::<Statement>();
        let _ = format!("{}{text}", statement()).parse::<Statement>();
    }
}
