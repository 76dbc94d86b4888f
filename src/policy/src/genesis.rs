//! The genesis: who the admins of a house are. Its hash is the house.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{HouseId, Name, PublicKey, SignatureError, SignedText, Text, Timestamp};

use crate::quorum::listed;
use crate::toml_text::{self, Parsed, TomlError, quoted, quoted_list};

/// The schema of a genesis text.
pub const GENESIS_SCHEMA: &str = "strongroom.house.v1";
/// The fewest admins that any change of policy may take.
pub const LEAST_THRESHOLD: u32 = 2;

/// The founding text of a house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// What people call the house.
    pub name: Text,
    /// When it was founded.
    pub created: Timestamp,
    /// How many distinct admins it takes to sign a policy, a book, a thaw or a recovery.
    pub threshold: u32,
    /// Whether it is a house to practise in: only training programs open its vaults, and those open no other.
    pub training: bool,
    /// The admins and their keys.
    pub admins: BTreeMap<Name, Vec<PublicKey>>,
}

/// Why a text is no genesis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// Not the TOML document it should be.
    #[error("the genesis is malformed: {0}")]
    Toml(#[from] TomlError),
    /// A threshold that one admin meets, or that all of them together do not.
    #[error(
        "the genesis asks for {threshold} of {admins} admins: it must be at least {LEAST_THRESHOLD} and no more than there are"
    )]
    Threshold {
        /// The threshold found.
        threshold: u32,
        /// Admins listed.
        admins: usize,
    },
    /// Two admins of one name.
    #[error("admin {0} is listed twice: list each person once, with all their keys")]
    PersonTwice(Name),
    /// A key listed twice. Two names for one key would count one person twice.
    #[error("key {fingerprint} is listed for {first} and for {second}: a key belongs to one person, once")]
    KeyTwice {
        /// The key.
        fingerprint: String,
        /// Who has it first.
        first: Name,
        /// Who has it again.
        second: Name,
    },
    /// An admin without keys.
    #[error("admin {0} has no key")]
    NoKey(Name),
    /// A signature is bad, or by somebody who is no admin.
    #[error("a signature under the genesis is refused: {0}")]
    Signature(#[from] SignatureError),
    /// Not every admin has signed.
    #[error("every admin signs the genesis; still missing: {0}")]
    Unsigned(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisFile {
    #[serde(rename = "schema")]
    _schema: String,
    name: Parsed<Text>,
    created: Parsed<Timestamp>,
    threshold: u32,
    #[serde(default)]
    training: bool,
    admin: Vec<AdminEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminEntry {
    name: Parsed<Name>,
    keys: Vec<Parsed<PublicKey>>,
}

impl Genesis {
    /// Reads a genesis and checks that it contradicts itself nowhere. Whether anybody signed it is not asked: this is
    /// for showing a draft, not for believing it.
    ///
    /// # Errors
    /// [`GenesisError`], naming the first thing that is wrong.
    pub fn unsigned(text: &str) -> Result<Self, GenesisError> {
        let file: GenesisFile = toml_text::read(text, GENESIS_SCHEMA)?;
        let mut admins = BTreeMap::new();
        for entry in file.admin {
            let keys = entry.keys.into_iter().map(|key| key.0).collect();
            if admins.insert(entry.name.0.clone(), keys).is_some() {
                return Err(GenesisError::PersonTwice(entry.name.0));
            }
        }
        let GenesisFile { name, created, threshold, training, .. } = file;
        let genesis = Self { name: name.0, created: created.0, threshold, training, admins };
        genesis.check()?;
        Ok(genesis)
    }

    /// Reads a genesis that every admin has signed, and the house it founds: SHA-256 of the text.
    ///
    /// # Errors
    /// [`GenesisError`], naming the first thing that is wrong, or who has not signed.
    pub fn open(signed: &SignedText) -> Result<(HouseId, Self), GenesisError> {
        let genesis = Self::unsigned(signed.text())?;
        let signers = genesis.signers(signed, Namespace::House)?;
        let missing: Vec<_> = genesis.admins.keys().filter(|name| !signers.contains(name)).collect();
        if !missing.is_empty() {
            return Err(GenesisError::Unsigned(listed(missing, "")));
        }
        Ok((HouseId::of(signed.text().as_bytes()), genesis))
    }

    /// The text of this genesis, ready to be signed by every admin.
    ///
    /// # Errors
    /// [`GenesisError`] if no such genesis could be opened.
    pub fn draft(&self) -> Result<String, GenesisError> {
        self.check()?;
        let mut text = format!(
            "schema = {}\nname = {}\ncreated = {}\nthreshold = {}\n",
            quoted(GENESIS_SCHEMA),
            quoted(&self.name),
            quoted(self.created),
            self.threshold
        );
        if self.training {
            text += "training = true\n";
        }
        for (name, keys) in &self.admins {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n[[admin]]\nname = {}\nkeys = {}\n", quoted(name), quoted_list(keys));
        }
        Ok(text)
    }

    /// Whose key this is, if it is an admin's.
    pub fn key_owner(&self, key: &PublicKey) -> Option<&Name> {
        self.admins.iter().find(|(_, keys)| keys.contains(key)).map(|(name, _)| name)
    }

    fn check(&self) -> Result<(), GenesisError> {
        let admins = self.admins.len();
        let enough = usize::try_from(self.threshold).is_ok_and(|threshold| threshold <= admins);
        if self.threshold < LEAST_THRESHOLD || !enough {
            return Err(GenesisError::Threshold { threshold: self.threshold, admins });
        }
        let mut seen = BTreeSet::new();
        for (name, keys) in &self.admins {
            if keys.is_empty() {
                return Err(GenesisError::NoKey(name.clone()));
            }
            for key in keys {
                if !seen.insert(key) {
                    return Err(GenesisError::KeyTwice {
                        fingerprint: key.fingerprint(),
                        first: self.key_owner(key).unwrap_or(name).clone(),
                        second: name.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{key, line, sign};

    fn genesis() -> Genesis {
        let admin = |seeds: &[u8]| seeds.iter().map(|seed| line(*seed).parse().unwrap()).collect();
        Genesis {
            name: r#"The "Example" house"#.parse().unwrap(),
            created: "2026-11-20T12:00:00Z".parse().unwrap(),
            threshold: 2,
            training: false,
            admins: [("alice", vec![1, 11]), ("bob", vec![2]), ("carol", vec![3])]
                .map(|(name, seeds)| (name.parse().unwrap(), admin(&seeds)))
                .into(),
        }
    }

    fn open(text: &str, signers: &[u8]) -> Result<(HouseId, Genesis), GenesisError> {
        let keys: Vec<_> = signers.iter().map(|seed| key(*seed)).collect();
        Genesis::open(&sign(text, Namespace::House, &keys))
    }

    #[test]
    fn every_admin_signs_and_the_house_is_the_hash_of_the_text() {
        let text = genesis().draft().unwrap();
        let (house, opened) = open(&text, &[3, 11, 2]).unwrap();
        assert_eq!(opened, genesis());
        assert_eq!(house, HouseId::of(text.as_bytes()));
        // Signing with both keys changes nothing.
        assert_eq!(open(&text, &[1, 11, 2, 3]).unwrap().0, house);
    }

    #[test]
    fn a_quorum_is_not_enough_for_a_genesis() {
        let text = genesis().draft().unwrap();
        assert_eq!(open(&text, &[1, 2]), Err(GenesisError::Unsigned("carol".into())));
        assert_eq!(open(&text, &[]), Err(GenesisError::Unsigned("alice, bob, carol".into())));
    }

    #[test]
    fn strangers_do_not_sign_a_genesis() {
        let text = genesis().draft().unwrap();
        let error = open(&text, &[1, 2, 3, 4]).unwrap_err();
        assert!(matches!(error, GenesisError::Signature(SignatureError::OtherKey { .. })), "{error}");
    }

    #[test]
    fn a_signature_over_another_text_is_refused() {
        let text = genesis().draft().unwrap();
        let good = sign(&text, Namespace::House, &[key(1), key(2), key(3)]);
        let other = text.replace("threshold = 2", "threshold = 3");
        let moved = SignedText::with_signatures(other, good.signatures().to_vec()).unwrap();
        assert_eq!(Genesis::open(&moved), Err(GenesisError::Signature(SignatureError::Wrong)));
        let wrong_purpose = sign(&text, Namespace::Policy, &[key(1), key(2), key(3)]);
        assert!(matches!(
            Genesis::open(&wrong_purpose),
            Err(GenesisError::Signature(SignatureError::OtherNamespace { .. }))
        ));
    }

    #[test]
    fn thresholds_that_protect_nothing_are_refused() {
        let text = genesis().draft().unwrap();
        for threshold in [0, 1, 4] {
            let text = text.replace("threshold = 2", &format!("threshold = {threshold}"));
            assert_eq!(open(&text, &[1, 2, 3]), Err(GenesisError::Threshold { threshold, admins: 3 }));
        }
        assert!(matches!(
            open(&text.replace("threshold = 2", "threshold = -2"), &[1, 2, 3]),
            Err(GenesisError::Toml(TomlError::Malformed { line: 4, .. }))
        ));
    }

    #[test]
    fn one_key_under_two_names_is_refused() {
        let text = genesis().draft().unwrap();
        let shared = text.replace(&line(3), &line(1));
        let error = open(&shared, &[1, 2]).unwrap_err();
        assert!(matches!(&error, GenesisError::KeyTwice { .. }), "{error}");
        assert!(error.to_string().contains("alice and for carol"), "{error}");
        let doubled = text.replace(&line(11), &line(1));
        assert!(matches!(open(&doubled, &[1, 2, 3]), Err(GenesisError::KeyTwice { .. })));
        // The comment of a key line does not make it another key.
        let commented = text.replace(&line(3), &format!("{} laptop", line(1)));
        assert!(matches!(open(&commented, &[1, 2]), Err(GenesisError::KeyTwice { .. })));
    }

    #[test]
    fn people_are_listed_once_and_with_a_key() {
        let text = genesis().draft().unwrap();
        let twice = text.replace("\"bob\"", "\"alice\"");
        assert_eq!(open(&twice, &[1, 2, 3]), Err(GenesisError::PersonTwice("alice".parse().unwrap())));
        let keyless = text.replace(&quoted(line(2)), "");
        assert_eq!(open(&keyless, &[1, 3]), Err(GenesisError::NoKey("bob".parse().unwrap())));
    }

    #[test]
    fn unknown_keys_and_schemas_are_refused_by_name() {
        let text = genesis().draft().unwrap();
        let extra = text.replace("threshold = 2", "threshold = 2\nquorum = 1");
        assert!(open(&extra, &[1, 2, 3]).unwrap_err().to_string().contains("quorum"));
        let extra = text.replace("name = \"bob\"", "name = \"bob\"\nweight = 2");
        assert!(open(&extra, &[1, 2, 3]).unwrap_err().to_string().contains("weight"));
        let other = text.replace("house.v1", "house.v2");
        assert!(matches!(open(&other, &[1, 2, 3]), Err(GenesisError::Toml(TomlError::Schema { .. }))));
    }

    #[test]
    fn no_draft_of_what_could_not_be_opened() {
        let mut bad = genesis();
        bad.threshold = 1;
        assert!(matches!(bad.draft(), Err(GenesisError::Threshold { .. })));
    }
}
