//! The admins' quorum: who signed a text of the house, each person once.

use std::collections::BTreeSet;

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Name, PublicKey, SignatureError, SignedText};

use crate::genesis::{Genesis, LEAST_THRESHOLD};

/// Why a text does not count as the admins' word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuorumError {
    /// A signature is bad, by a stranger, or for another purpose.
    #[error("a signature under the text is refused: {0}")]
    Signature(#[from] SignatureError),
    /// Not enough admins.
    #[error(
        "{found} of the {threshold} admins needed have signed ({signed}): ask for the signature of {missing}"
    )]
    TooFew {
        /// Distinct admins who signed.
        found: usize,
        /// How many the genesis asks for.
        threshold: u32,
        /// Their names, or "nobody".
        signed: String,
        /// Who could still sign.
        missing: String,
    },
}

impl Genesis {
    /// Which admins signed a text for `namespace`. Somebody with two keys counts once.
    ///
    /// # Errors
    /// [`SignatureError`] of the first signature that does not hold or is not an admin's.
    pub fn signers(
        &self,
        signed: &SignedText,
        namespace: Namespace,
    ) -> Result<BTreeSet<&Name>, SignatureError> {
        let (names, keys): (Vec<&Name>, Vec<PublicKey>) = self
            .admins
            .iter()
            .flat_map(|(name, keys)| keys.iter().map(move |key| (name, key.clone())))
            .unzip();
        let places = signed.signers(namespace, &keys)?;
        Ok(places.into_iter().filter_map(|place| names.get(place).copied()).collect())
    }

    /// Which admins signed a text, if they are a quorum.
    ///
    /// # Errors
    /// [`QuorumError`], naming who signed and who could.
    pub fn quorum(&self, signed: &SignedText, namespace: Namespace) -> Result<BTreeSet<&Name>, QuorumError> {
        let signers = self.signers(signed, namespace)?;
        // A genesis that was opened has no lower threshold; one that was put together otherwise gains nothing by it.
        let threshold = self.threshold.max(LEAST_THRESHOLD);
        if !usize::try_from(threshold).is_ok_and(|threshold| signers.len() >= threshold) {
            let missing = self.admins.keys().filter(|name| !signers.contains(name));
            return Err(QuorumError::TooFew {
                found: signers.len(),
                threshold,
                signed: listed(signers.iter().copied(), "nobody"),
                missing: listed(missing, "nobody"),
            });
        }
        Ok(signers)
    }
}

/// Names in a row, or a word for none.
pub(crate) fn listed<T: ToString>(names: impl IntoIterator<Item = T>, none: &str) -> String {
    let names: Vec<_> = names.into_iter().map(|name| name.to_string()).collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{self as support, key, sign};

    fn signed(signers: &[u8]) -> SignedText {
        sign("a text\n", Namespace::Policy, &signers.iter().map(|seed| key(*seed)).collect::<Vec<_>>())
    }

    #[test]
    fn a_person_counts_once_however_many_keys() {
        let (_, genesis) = support::house();
        // Alice has keys 1 and 11.
        let error = genesis.quorum(&signed(&[1, 11]), Namespace::Policy).unwrap_err();
        assert!(matches!(&error, QuorumError::TooFew { found: 1, threshold: 2, .. }), "{error}");
        assert!(error.to_string().contains("alice") && error.to_string().contains("bob, carol"), "{error}");
        let text = signed(&[11, 2]);
        let names = genesis.quorum(&text, Namespace::Policy).unwrap();
        assert_eq!(listed(names, ""), "alice, bob");
    }

    #[test]
    fn nobody_is_no_quorum() {
        let (_, genesis) = support::house();
        assert!(matches!(
            genesis.quorum(&signed(&[]), Namespace::Policy),
            Err(QuorumError::TooFew { found: 0, .. })
        ));
    }

    #[test]
    fn strangers_and_other_purposes_are_refused() {
        let (_, genesis) = support::house();
        assert!(matches!(
            genesis.quorum(&signed(&[1, 2, 99]), Namespace::Policy),
            Err(QuorumError::Signature(SignatureError::OtherKey { .. }))
        ));
        assert!(matches!(
            genesis.quorum(&signed(&[1, 2]), Namespace::Book),
            Err(QuorumError::Signature(SignatureError::OtherNamespace { .. }))
        ));
        // The same signatures under a text that differs by one letter.
        let moved = SignedText::with_signatures("b text\n".to_owned(), signed(&[1, 2]).signatures().to_vec());
        assert_eq!(
            genesis.quorum(&moved.unwrap(), Namespace::Policy),
            Err(QuorumError::Signature(SignatureError::Wrong))
        );
    }
}
