//! A document with the signature over its exact bytes.

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::canonical::{self, Document, DocumentError};
use crate::sshsig::{Namespace, PublicKey, SignatureError, SshSignature};

/// A document that is signed as a whole.
pub trait Sealable: Document {
    /// The schema of the document together with its signature.
    const SEALED: &'static str;
    /// What the signature is made for.
    const NAMESPACE: Namespace;
}

/// A value, the exact bytes it was read from and a signature over them.
///
/// That the signature is well formed says nothing yet: [`Sealed::verify`] names the key it must be by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed<T> {
    bytes: Vec<u8>,
    value: T,
    signature: SshSignature,
}

impl<T: Sealable> Sealed<T> {
    /// Puts a signature beside the exact bytes of a document.
    ///
    /// # Errors
    /// [`DocumentError`] if the bytes are not that document.
    pub fn new(bytes: Vec<u8>, signature: SshSignature) -> Result<Self, DocumentError> {
        let value = canonical::decode(&bytes)?;
        Ok(Self { bytes, value, signature })
    }

    /// The document; whose it is, is another question.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The document alone, where neither its bytes nor its signature are asked for any more.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The document's exact bytes: what the signature covers and the id is the hash of.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signature.
    pub const fn signature(&self) -> &SshSignature {
        &self.signature
    }

    /// Checks that `key` signed exactly these bytes.
    ///
    /// # Errors
    /// [`SignatureError`], naming what is wrong.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        key.verify(T::NAMESPACE, &self.bytes, &self.signature)
    }
}

impl<T, C> Encode<C> for Sealed<T> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?.bytes(&self.bytes)?.bytes(self.signature.blob())?.ok()
    }
}

impl<'b, T: Sealable, C> Decode<'b, C> for Sealed<T> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message(
                "a sealed document is a pair of bytes and signature",
            )
            .at(at));
        }
        let bytes = d.bytes()?.to_vec();
        let signature = SshSignature::decode(d, ctx)?;
        Self::new(bytes, signature).map_err(|error| minicbor::decode::Error::message(error).at(at))
    }
}

impl<T: Sealable> Document for Sealed<T> {
    const SCHEMA: &'static str = T::SEALED;
    const LIMIT: usize = T::LIMIT.saturating_add(4096);
}
