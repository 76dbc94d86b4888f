use strongroom_protocol::account::Account;
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{
    Address, AssetId, BuildError, ChainId, Codec, DecodeError, Facts, Intent, Tx, Unsigned,
};

use super::*;
use crate::test_support::{self as support, book_text, edit, house, key, line, policy_text, sign};

fn policy(edits: &[(&str, &str)]) -> Policy {
    let text = edits.iter().fold(policy_text(), |text, (from, to)| edit(&text, from, to));
    Policy::unsigned(&text).unwrap()
}

fn codes(findings: &[Finding]) -> Vec<(Level, &'static str)> {
    findings.iter().map(|finding| (finding.level, finding.code)).collect()
}

/// The findings of a policy that the house's own does not have.
fn found(edits: &[(&str, &str)]) -> Vec<Finding> {
    let usual = lint(&support::policy(), Surroundings::default());
    let mut findings = lint(&policy(edits), Surroundings::default());
    findings.retain(|finding| !usual.contains(finding));
    findings
}

#[track_caller]
fn assert_found(edits: &[(&str, &str)], expected: &[(Level, &'static str)]) {
    let findings = found(edits);
    assert_eq!(codes(&findings), expected, "{edits:?}: {findings:#?}");
}

#[test]
fn the_house_is_sound_and_says_what_should_be_known() {
    let findings = lint(&support::policy(), Surroundings::default());
    assert_eq!(codes(&findings), [(Level::Warning, "account-receives-only")], "{findings:#?}");
    assert!(findings.iter().all(|finding| !finding.place.is_empty() && !finding.remedy.is_empty()));
}

#[test]
fn one_person_must_not_be_enough() {
    for approvals in ["0", "1"] {
        let findings = found(&[("approvals = 2", &format!("approvals = {approvals}"))]);
        assert!(codes(&findings).contains(&(Level::Error, "approvals-too-few")), "{findings:?}");
    }
}

#[test]
fn a_quorum_that_nobody_can_meet_is_an_error() {
    assert_found(&[("approvals = 3", "approvals = 5")], &[(Level::Error, "quorum-unreachable")]);
    assert_found(&[("approvals = 3", "approvals = 4")], &[(Level::Warning, "quorum-no-redundancy")]);
}

#[test]
fn a_quorum_that_needs_somebody_twice_is_an_error() {
    // Every operator is an approver too: whoever operates is missing from the four that the tier asks for.
    let hats = [
        ("name = \"dave\"\nroles = [\"operator\"]", "name = \"dave\"\nroles = [\"operator\", \"approver\"]"),
        ("operators = [\"dave\", \"grace\"]", "operators = [\"dave\"]"),
        ("name = \"frank\"\nroles = [\"approver\"]", "name = \"frank\"\nroles = []"),
        ("approvals = 3", "approvals = 4"),
    ];
    let findings = found(&hats);
    assert!(codes(&findings).contains(&(Level::Error, "quorum-needs-two-hats")), "{findings:#?}");
    let finding = findings.iter().find(|finding| finding.code == "quorum-needs-two-hats").unwrap();
    assert!(finding.problem.contains("dave"), "{finding}");
    // The only preparer is one of the only two approvers.
    let hats = [
        ("name = \"erin\"\nroles = [\"preparer\"]", "name = \"erin\"\nroles = []"),
        ("name = \"carol\"\nroles = [\"approver\"]", "name = \"carol\"\nroles = []"),
        ("name = \"frank\"\nroles = [\"approver\"]", "name = \"frank\"\nroles = []"),
    ];
    let findings = found(&hats);
    let finding = findings.iter().find(|finding| finding.code == "quorum-needs-two-hats").unwrap();
    assert!(finding.problem.contains("bob"), "{finding}");
}

#[test]
fn a_quorum_that_depends_on_who_does_what_is_pointed_out() {
    // Five approve, but with bob preparing and dave operating only three of them are left.
    let hats = [
        ("name = \"dave\"\nroles = [\"operator\"]", "name = \"dave\"\nroles = [\"operator\", \"approver\"]"),
        ("approvals = 3", "approvals = 4"),
    ];
    assert_found(&hats, &[(Level::Warning, "quorum-depends-on-duty")]);
    let finding = found(&hats).remove(0);
    assert!(finding.problem.contains("bob prepares and dave operates"), "{finding}");
    assert!(!finding.problem.contains("erin"), "{finding}");
}

#[test]
fn duties_that_nobody_has_are_errors() {
    let nobody_prepares = [
        ("name = \"erin\"\nroles = [\"preparer\"]", "name = \"erin\"\nroles = []"),
        ("[\"preparer\", \"approver\"]", "[\"approver\"]"),
    ];
    let findings = found(&nobody_prepares);
    assert!(codes(&findings).contains(&(Level::Error, "no-preparer")), "{findings:#?}");
    assert_found(
        &[("operators = [\"dave\", \"grace\"]", "operators = []")],
        &[(Level::Error, "no-operator")],
    );
    let same = [
        ("name = \"erin\"\nroles = [\"preparer\"]", "name = \"erin\"\nroles = []"),
        ("[\"preparer\", \"approver\"]", "[\"approver\"]"),
        ("name = \"dave\"\nroles = [\"operator\"]", "name = \"dave\"\nroles = [\"operator\", \"preparer\"]"),
        ("operators = [\"dave\", \"grace\"]", "operators = [\"dave\"]"),
    ];
    let findings = found(&same);
    assert!(codes(&findings).contains(&(Level::Error, "preparer-is-operator")), "{findings:#?}");
}

#[test]
fn people_without_a_duty_or_a_name_of_their_own_are_pointed_out() {
    let findings = found(&[
        ("name = \"grace\"\nroles = [\"operator\"]", "name = \"a1ice\"\nroles = []"),
        ("\"dave\", \"grace\"", "\"dave\""),
    ]);
    let codes = codes(&findings);
    assert!(codes.contains(&(Level::Warning, "no-role")), "{findings:?}");
    assert!(codes.contains(&(Level::Warning, "names-look-alike")), "{findings:?}");
    let second =
        format!("[[station]]\nname = \"vault-2\"\nkey = \"{}\"\noperators = []\n\n[[account]]", line(51));
    assert_found(&[("[[account]]", &second)], &[(Level::Warning, "station-unused")]);
}

#[test]
fn limits_that_contradict_each_other_are_errors() {
    assert_found(&[("max_item = \"50\"", "max_item = \"100.1\"")], &[(Level::Error, "limits-inconsistent")]);
    assert_found(
        &[("max_request = \"100\"", "max_request = \"201\"")],
        &[(Level::Error, "limits-inconsistent")],
    );
    assert_found(
        &[("max_fee_day = \"0.5\"", "max_fee_day = \"0.049\"")],
        &[(Level::Error, "fees-inconsistent")],
    );
    assert_found(&[("decimals = 18", "decimals = 17")], &[(Level::Error, "native-decimals")]);
}

#[test]
fn limits_that_bind_nothing_are_pointed_out() {
    assert_found(&[("statement_hours = 72", "statement_hours = 169")], &[(Level::Warning, "statement-long")]);
    assert_found(
        &[("max_fee_percent = \"2.5\"", "max_fee_percent = \"10.01\"")],
        &[(Level::Warning, "fee-percent-high")],
    );
    assert_found(
        &[("max_fee_percent = \"2.5\"", "max_fee_percent = \"0\"")],
        &[(Level::Warning, "fee-percent-zero")],
    );
    assert_found(&[("max_fee = \"5\"", "max_fee = \"0\"")], &[(Level::Warning, "fee-zero")]);
    assert_found(&[("above = \"60\"", "above = \"200\"")], &[(Level::Warning, "tier-never")]);
    assert_found(
        &[(
            "class = \"cold-long\"\nstation = \"vault-1\"\nspend = true\n\n[[chain]]",
            "class = \"cold-long\"\nstation = \"vault-1\"\nspend = false\n\n[[chain]]",
        )],
        &[(Level::Warning, "asset-unspendable"), (Level::Warning, "account-receives-only")],
    );
    let text = policy_text();
    let polygon = text.split("[[account]]").nth(3).unwrap().split("[[chain]]").next().unwrap();
    let findings = found(&[(&format!("[[account]]{polygon}"), "")]);
    assert!(codes(&findings).contains(&(Level::Warning, "chain-unused")), "{findings:?}");
    assert_found(
        &[("label = \"Warm ETH\"", "label = \"Wаrm ETH\"")],
        &[(Level::Warning, "label-mixes-scripts"), (Level::Warning, "account-receives-only")],
    );
}

#[test]
fn a_policy_is_looked_at_again() {
    assert_found(&[("review_by = \"2027-11-20T00:00:00Z\"\n", "")], &[(Level::Warning, "no-review-date")]);
    let findings = found(&[("2027-11-20T00:00:00Z", "2026-11-20T00:00:00Z")]);
    assert_eq!(codes(&findings), [(Level::Warning, "review-before-start")]);
    let lint_at = |time: &str| {
        let around = Surroundings { now: Some(time.parse().unwrap()), ..Surroundings::default() };
        codes(&lint(&support::policy(), around)).contains(&(Level::Warning, "review-overdue"))
    };
    assert!(!lint_at("2027-11-19T23:59:59Z"));
    assert!(lint_at("2027-11-20T00:00:00Z"));
}

#[test]
fn the_genesis_is_looked_at_too() {
    let (_, genesis) = house();
    let around = Surroundings { genesis: Some(&genesis), ..Surroundings::default() };
    assert_eq!(lint(&support::policy(), around), lint(&support::policy(), Surroundings::default()));
    let findings = lint(&policy(&[(&line(5), &line(3))]), around);
    assert_eq!(codes(&findings)[0], (Level::Error, "admin-key"));
    let mut strict = genesis.clone();
    strict.threshold = 3;
    let text = strict.draft().unwrap();
    let signed = sign(&text, strongroom_protocol::sshsig::Namespace::House, &[key(1), key(2), key(3)]);
    let (_, strict) = Genesis::open(&signed).unwrap();
    let around = Surroundings { genesis: Some(&strict), ..Surroundings::default() };
    assert!(codes(&lint(&support::policy(), around)).contains(&(Level::Warning, "admins-no-redundancy")));
}

#[test]
fn what_cannot_be_read_is_a_finding() {
    let findings =
        lint_text(&edit(&policy_text(), "approvals = 2", "approvals = two"), Surroundings::default());
    assert_eq!(codes(&findings), [(Level::Error, "unreadable")]);
    assert!(findings[0].problem.contains("line 6"), "{}", findings[0]);
    let findings = lint_text(&edit(&policy_text(), "max_day = \"200\"\n", ""), Surroundings::default());
    assert!(findings[0].problem.contains("max_day"), "an asset without a day limit: {}", findings[0]);
    let findings = lint_book_text("schema = 1\n", Surroundings::default());
    assert_eq!(codes(&findings), [(Level::Error, "unreadable")]);
    assert_eq!(lint_text(&policy_text(), Surroundings::default()).len(), 1);
}

fn found_in_book(edits: &[(&str, &str)], around: Surroundings<'_>) -> Vec<(Level, &'static str)> {
    let text = edits.iter().fold(book_text(), |text, (from, to)| edit(&text, from, to));
    codes(&lint_book_text(&text, around))
}

#[test]
fn a_book_is_linted_alone() {
    let alone = Surroundings::default();
    assert!(found_in_book(&[], alone).is_empty());
    assert_eq!(
        found_in_book(&[("label = \"Custodian\"", "label = \"Сustodian\"")], alone),
        [(Level::Warning, "label-mixes-scripts")]
    );
    assert_eq!(
        found_in_book(
            &[
                ("class = \"custodian\"", "class = \"exchan9e\""),
                ("class = \"exchan9e\"", "class = \"ex-change\"")
            ],
            alone
        ),
        [(Level::Warning, "classes-look-alike")]
    );
    assert_eq!(
        found_in_book(
            &[("0x4444444444444444444444444444444444444444", "0x3333444444444444444444444444444444443333")],
            alone
        ),
        [(Level::Warning, "addresses-look-alike")]
    );
    let at = |time: &str| Surroundings { now: Some(time.parse().unwrap()), ..Surroundings::default() };
    assert!(found_in_book(&[], at("2027-11-30T23:59:59Z")).is_empty());
    assert_eq!(found_in_book(&[], at("2027-12-01T00:00:00Z")), [(Level::Warning, "destination-expired")]);
}

#[test]
fn a_book_is_linted_beside_its_policy() {
    let policy = support::policy();
    let around = Surroundings { policy: Some(&policy), ..Surroundings::default() };
    assert!(found_in_book(&[], around).is_empty());
    let (own, _) = house();
    for (from, to, expected) in [
        (
            "0x4444444444444444444444444444444444444444",
            "0x1111111111111111111111111111111111111111",
            (Level::Error, "own-account-listed"),
        ),
        ("label = \"Custodian\"", "label = \"cold eth\"", (Level::Error, "label-of-account")),
        ("eip155:137:", "eip155:10:", (Level::Error, "chain-not-pinned")),
        ("[\"POL\"]", "[\"ETH\"]", (Level::Error, "asset-not-pinned")),
        ("[\"POL\"]", "[\"pol\"]", (Level::Error, "asset-not-pinned")),
        ("class = \"custodian\"", "class = \"warm\"", (Level::Warning, "class-of-account")),
        (
            "0x4444444444444444444444444444444444444444",
            "0x2222000000000000000000000000000000002222",
            (Level::Warning, "addresses-look-alike"),
        ),
        (
            &own.to_string(),
            &strongroom_protocol::HouseId::of(b"other").to_string(),
            (Level::Error, "other-house"),
        ),
    ] {
        assert_eq!(found_in_book(&[(from, to)], around), [expected], "{to}");
        let book = Book::unsigned(&edit(&book_text(), from, to)).unwrap();
        let findings = lint(&policy, Surroundings { book: Some(&book), ..Surroundings::default() });
        assert!(codes(&findings).contains(&expected), "{to}: {findings:?}");
    }
}

#[test]
fn own_accounts_that_look_alike_are_pointed_out() {
    assert_found(
        &[("0x2222222222222222222222222222222222222222", "0x1111222222222222222222222222222222221111")],
        &[(Level::Warning, "addresses-look-alike")],
    );
}

/// A family of chains whose addresses are written in lower case.
struct LowerCase;

impl Codec for LowerCase {
    fn namespace(&self) -> &'static str {
        "eip155"
    }

    fn native_asset(&self, chain: &ChainId) -> Result<AssetId, AddressError> {
        match chain.reference() {
            "1" => Ok("eip155:1/slip44:60".parse().unwrap()),
            "137" => Ok("eip155:137/slip44:966".parse().unwrap()),
            _ => Err(AddressError::Chain(chain.clone())),
        }
    }

    fn check_address(&self, _: &ChainId, address: &Address) -> Result<(), AddressError> {
        let canonical: Address = address.as_str().to_ascii_lowercase().parse().unwrap();
        if canonical == *address {
            return Ok(());
        }
        Err(AddressError::NotCanonical { found: address.clone(), canonical })
    }

    fn address_of(&self, chain: &ChainId, _: &[u8]) -> Result<Address, AddressError> {
        Err(AddressError::PublicKey(chain.clone()))
    }

    fn build(&self, _: &Account, _: &Intent, _: &Facts) -> Result<Unsigned, BuildError> {
        Err(BuildError::Facts("this codec builds nothing".to_owned()))
    }

    fn decode(&self, _: &Account, _: &Unsigned) -> Result<Box<dyn Tx>, DecodeError> {
        Err(DecodeError::NotUnderstood("this codec reads nothing".to_owned()))
    }
}

#[test]
fn every_address_is_shown_to_its_codec() {
    fn codec(chain: &ChainId) -> Option<&'static dyn Codec> {
        if chain.namespace() == "eip155" { Some(&LowerCase) } else { None }
    }
    let spell = |edits: &[(&str, &str)], book_edits: &[(&str, &str)]| {
        let text = book_edits.iter().fold(book_text(), |text, (from, to)| edit(&text, from, to));
        let findings = lint_spelling(&policy(edits), Some(&Book::unsigned(&text).unwrap()), codec);
        findings.into_iter().map(|finding| (finding.code, finding.place)).collect::<Vec<_>>()
    };
    let token = "0xdAC17F958D2ee523a2206206994597C13D831ec7";
    let lower = token.to_lowercase();
    assert_eq!(spell(&[], &[]), [("address", "asset USDT".to_owned())]);
    let good = (token, lower.as_str());
    assert!(spell(&[good], &[]).is_empty());
    let own = ("0x1111111111111111111111111111111111111111", "0xAAAA111111111111111111111111111111111111");
    assert_eq!(spell(&[good, own], &[]), [("address", "account Cold ETH".to_owned())]);
    let listed = ("0x4444444444444444444444444444444444444444", "0xAAAA444444444444444444444444444444444444");
    assert_eq!(spell(&[good], &[listed]), [("address", "destination Custodian".to_owned())]);
    let coin = ("eip155:137/slip44:966", "eip155:137/slip44:60");
    assert_eq!(spell(&[good, coin], &[]), [("native-asset", "chain eip155:137".to_owned())]);
    let none = lint_spelling(&support::policy(), None, |_| None);
    assert_eq!(codes(&none), [(Level::Error, "chain-unsupported"), (Level::Error, "chain-unsupported")]);
}
