//! What crosses the air gap as a file: magic, version, one document, and nothing after it.
//!
//! ```text
//! 53 54 52 4f 4e 47 52 4f 4f 4d   "STRONGROOM"
//! 01                              version of this format
//! 82 …                            the document, canonical CBOR
//! ```

use minicbor::{Decode, Encode};

use crate::canonical::{self, Document, DocumentError};

/// The first bytes of every bundle.
pub const MAGIC: &[u8; 10] = b"STRONGROOM";
/// The version of the format that this code reads and writes.
pub const VERSION: u8 = 1;
/// The largest bundle read at all, in bytes, whatever it holds.
pub const BUNDLE_LIMIT: usize = 256 << 20;

/// Why a file is not the bundle it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// It does not begin as bundles do.
    #[error("this is no Strongroom bundle: it does not begin with STRONGROOM")]
    NotABundle,
    /// A version that this program does not know.
    #[error(
        "the bundle has format version {0}; this program reads version {VERSION}: use the program that wrote it, or upgrade"
    )]
    Version(u8),
    /// What it holds is refused.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Reading and writing bundles.
#[derive(Clone, Copy, Debug)]
pub enum Bundle {}

impl Bundle {
    /// A bundle that holds `value`.
    pub fn write<T: Document>(value: &T) -> Vec<u8> {
        canonical::encode_after([MAGIC.as_slice(), &[VERSION]].concat(), value)
    }

    /// A bundle around a document's exact bytes.
    pub fn wrap(document: &[u8]) -> Vec<u8> {
        [MAGIC.as_slice(), &[VERSION], document].concat()
    }

    /// The exact bytes of the document in a bundle.
    ///
    /// # Errors
    /// [`BundleError`] if the magic or the version is not ours.
    pub fn document(bytes: &[u8]) -> Result<&[u8], BundleError> {
        match bytes.strip_prefix(MAGIC).and_then(|rest| rest.split_first()) {
            Some((&VERSION, document)) => Ok(document),
            Some((version, _)) => Err(BundleError::Version(*version)),
            None => Err(BundleError::NotABundle),
        }
    }

    /// Reads a bundle that must hold a `T`.
    ///
    /// # Errors
    /// [`BundleError`] if it is no bundle or holds something else, or not in canonical form.
    pub fn read<T: Document>(bytes: &[u8]) -> Result<T, BundleError> {
        Ok(canonical::decode(Self::document(bytes)?)?)
    }

    /// What a bundle says it holds, to name it in an error or to choose a reader.
    ///
    /// # Errors
    /// [`BundleError`] if the magic or the version is not ours.
    pub fn schema(bytes: &[u8]) -> Result<Option<&str>, BundleError> {
        Ok(canonical::schema(Self::document(bytes)?))
    }
}

/// A request with the approvals collected for it: one file to carry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Pack {
    /// The exact bytes of the request document.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub request: Vec<u8>,
    /// Signed statements, each the text followed by its armoured signature.
    #[n(1)]
    pub approvals: Vec<String>,
}

impl Document for Pack {
    const SCHEMA: &'static str = "strongroom.pack.v1";
    const LIMIT: usize = BUNDLE_LIMIT;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_magic_version_and_one_document() {
        let pack = Pack { request: vec![1, 2, 3], approvals: vec!["text".into()] };
        let bytes = Bundle::write(&pack);
        assert_eq!(&bytes[..11], b"STRONGROOM\x01");
        assert_eq!(Bundle::schema(&bytes).unwrap(), Some("strongroom.pack.v1"));
        assert_eq!(Bundle::read::<Pack>(&bytes).unwrap(), pack);
    }

    #[test]
    fn other_files_are_refused() {
        let mut bytes = Bundle::write(&Pack { request: vec![], approvals: vec![] });
        assert_eq!(Bundle::read::<Pack>(b"STRONGROOM"), Err(BundleError::NotABundle));
        assert_eq!(Bundle::read::<Pack>(&bytes[1..]), Err(BundleError::NotABundle));
        bytes.push(0);
        assert!(matches!(
            Bundle::read::<Pack>(&bytes),
            Err(BundleError::Document(DocumentError::Trailing { .. }))
        ));
        bytes[10] = 2;
        assert_eq!(Bundle::read::<Pack>(&bytes), Err(BundleError::Version(2)));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let pack = Pack { request: vec![7; 20], approvals: vec!["statement".into()] };
        let bytes = Bundle::write(&pack);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Bundle::read::<Pack>(&damaged).ok(), Some(pack.clone()), "bit {bit}");
        }
    }
}
