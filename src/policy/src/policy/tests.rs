use strongroom_protocol::SignatureError;
use strongroom_protocol::sshsig::Namespace;

use super::*;
use crate::quorum::QuorumError;
use crate::succession::SuccessionError;
use crate::test_support::{self as support, edit, house, key, line, policy_text, public, sign};

fn open_after(text: &str, signers: &[u8], installed: Option<&Policy>) -> Result<Policy, PolicyError> {
    let (house, genesis) = house();
    let keys: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
    Policy::open(&sign(text, Namespace::Policy, &keys), &house, &genesis, installed)
}

fn open(text: &str) -> Result<Policy, PolicyError> {
    open_after(text, &[1, 2], None)
}

/// Opens the house's policy with one place changed.
fn altered(from: &str, to: &str) -> PolicyError {
    open(&edit(&policy_text(), from, to)).expect_err("the altered policy was taken")
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn a_signed_policy_opens_and_answers() {
    let policy = open(&policy_text()).unwrap();
    assert_eq!(policy.id(), PolicyId::of(policy_text().as_bytes()));
    assert_eq!((policy.epoch(), policy.previous(), policy.approvals()), (1, None, 2));
    assert_eq!(policy.statement_seconds(), 72 * 3600);
    let (main, polygon): (ChainId, ChainId) = ("eip155:1".parse().unwrap(), "eip155:137".parse().unwrap());
    let address: Address = "0x1111111111111111111111111111111111111111".parse().unwrap();
    assert_eq!(policy.own_account_at(&main, &address).unwrap().id, support::cold());
    assert_eq!(policy.own_account_at(&polygon, &address).unwrap().id, support::polygon());
    let second: Address = "0x2222222222222222222222222222222222222222".parse().unwrap();
    assert!(policy.own_account_at(&polygon, &second).is_none(), "own on one chain is not own on another");
    assert_eq!(policy.account_labelled("cold eth").unwrap().id, support::cold());
    assert_eq!(policy.key_owner(&public(2)).unwrap().name, name("bob"));
    assert!(policy.key_owner(&public(3)).is_none(), "carol's admin key is not her approver's key");
    assert!(policy.key_owner(&public(50)).is_none());
    let station = policy.station(&public(50).station()).unwrap();
    assert_eq!(station.operators, [name("dave"), name("grace")].into());
    assert_eq!(policy.station_named(&name("vault-1")), Some(station));
    assert!(policy.person(&name("bob")).unwrap().is(Duty::Preparer));
    assert!(!policy.person(&name("alice")).unwrap().is(Duty::Preparer));
    assert!(policy.person(&name("mallory")).is_none());
}

#[test]
fn without_the_admins_quorum_nothing_is_installed() {
    let text = policy_text();
    for signers in [&[][..], &[1], &[1, 11]] {
        let error = open_after(&text, signers, None).unwrap_err();
        assert!(matches!(error, PolicyError::Quorum(QuorumError::TooFew { .. })), "{signers:?}: {error}");
    }
    // Carol's approver key is not her admin key.
    assert!(matches!(
        open_after(&text, &[1, 4], None),
        Err(PolicyError::Quorum(QuorumError::Signature(SignatureError::OtherKey { .. })))
    ));
    assert!(open_after(&text, &[11, 3], None).is_ok());
}

#[test]
fn signatures_do_not_move_to_another_text_or_purpose() {
    let (house, genesis) = house();
    let text = policy_text();
    let good = sign(&text, Namespace::Policy, &[key(1), key(2)]);
    let raised = edit(&text, "max_day = \"200\"", "max_day = \"900\"");
    let moved = SignedText::with_signatures(raised, good.signatures().to_vec()).unwrap();
    assert!(matches!(
        Policy::open(&moved, &house, &genesis, None),
        Err(PolicyError::Quorum(QuorumError::Signature(SignatureError::Wrong)))
    ));
    let book = sign(&text, Namespace::Book, &[key(1), key(2)]);
    assert!(matches!(
        Policy::open(&book, &house, &genesis, None),
        Err(PolicyError::Quorum(QuorumError::Signature(SignatureError::OtherNamespace { .. })))
    ));
}

#[test]
fn a_policy_of_another_house_is_refused() {
    let (own, _) = house();
    let error = altered(&own.to_string(), &HouseId::of(b"another").to_string());
    assert!(matches!(error, PolicyError::House { expected, .. } if expected == own));
}

#[test]
fn policies_follow_each_other_and_none_comes_back() {
    let first = open(&policy_text()).unwrap();
    let next = |epoch: u64, previous: PolicyId| {
        edit(&policy_text(), "epoch = 1", &format!("epoch = {epoch}\nprevious = \"{previous}\""))
    };
    let second = open_after(&next(2, first.id()), &[1, 2], Some(&first)).unwrap();
    assert_eq!((second.epoch(), second.previous()), (2, Some(first.id())));
    let again = open_after(&next(2, first.id()), &[1, 2], Some(&second)).unwrap_err();
    assert!(again.is_already_installed(), "{again}");
    let older = open_after(&policy_text(), &[1, 2], Some(&second)).unwrap_err();
    assert_eq!(older, PolicyError::Succession(SuccessionError::Stale { found: 1, installed: 2 }));
    let equal = edit(&next(2, first.id()), "statement_hours = 72", "statement_hours = 71");
    let equal = open_after(&equal, &[1, 2], Some(&second));
    assert!(matches!(equal, Err(PolicyError::Succession(SuccessionError::Stale { found: 2, installed: 2 }))));
    let gap = open_after(&next(3, first.id()), &[1, 2], Some(&second)).unwrap_err();
    assert!(matches!(gap, PolicyError::Succession(SuccessionError::Gap { .. })), "{gap}");
    assert!(!gap.is_already_installed());
    assert!(open_after(&next(3, second.id()), &[2, 3], Some(&second)).is_ok());
}

#[test]
fn an_admins_key_is_nobody_elses() {
    // Carol's admin key in frank's hands would let carol approve twice, once under her own name.
    let error = altered(&line(5), &line(3));
    assert!(matches!(&error, PolicyError::AdminKey { holder, .. } if holder == "frank"), "{error}");
    let error = altered(&line(50), &line(3));
    assert!(matches!(&error, PolicyError::AdminKey { holder, .. } if holder == "station vault-1"), "{error}");
}

#[test]
fn what_lint_calls_an_error_is_not_installed() {
    for (from, to, code) in [
        ("approvals = 2", "approvals = 1", "approvals-too-few"),
        ("approvals = 2", "approvals = 0", "approvals-too-few"),
        ("max_item = \"50\"", "max_item = \"500\"", "limits-inconsistent"),
        ("max_fee_day = \"0.5\"", "max_fee_day = \"0.01\"", "fees-inconsistent"),
        ("approvals = 3", "approvals = 5", "quorum-unreachable"),
    ] {
        let error = altered(from, to);
        let PolicyError::Unsound(findings) = &error else { panic!("{to}: {error}") };
        assert!(findings.iter().any(|finding| finding.code == code), "{to}: {error}");
        // The same text can be read, so that people can be shown what is wrong with it.
        assert!(Policy::unsigned(&edit(&policy_text(), from, to)).is_ok());
    }
}
