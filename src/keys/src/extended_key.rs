//! Extended keys of BIP-32: a key, and the chain code that its children are derived with.

use std::fmt;
use std::str::FromStr;

use bip32::{ChildNumber, ExtendedKeyAttrs, Prefix, XPrv, XPub};
use zeroize::Zeroize;

use crate::derivation::DerivationPath;
use crate::mnemonic::Seed;
use crate::private_key::PrivateKey;
use crate::secret::{Passphrase, Secret};

/// Bytes of a private key and of a chain code.
const HALF: usize = 32;

/// The first four bytes of HASH160 of a public key (BIP-32 §"Key identifiers").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 4]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Fingerprint {
    type Err = ExtendedKeyError;

    fn from_str(text: &str) -> Result<Self, ExtendedKeyError> {
        let mut bytes = [0; 4];
        match base16ct::lower::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == 4 => Ok(Self(bytes)),
            _ => Err(ExtendedKeyError::Fingerprint),
        }
    }
}

/// Why a key cannot be read or derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtendedKeyError {
    /// Not `Base58Check` of 78 bytes.
    #[error("this is no extended key: a character is mistyped, missing or too many (its checksum is wrong)")]
    Encoding,
    /// A version other than the one wanted.
    #[error(
        "this extended key does not begin with {expected}: keys of other networks and other kinds are not taken"
    )]
    Version {
        /// `xpub` or `xprv`.
        expected: &'static str,
    },
    /// Bytes that are no key on the curve.
    #[error("the key inside is not valid on secp256k1: it was made or copied wrongly")]
    Key,
    /// A master key that claims a parent or a number.
    #[error(
        "this key claims to be a master key and to have a parent: it was made wrongly (BIP-32 §\"Serialization format\")"
    )]
    Master,
    /// A seed of another length.
    #[error("a BIP-32 seed has 16, 32 or 64 bytes, and this one has {0}")]
    SeedLength(usize),
    /// A key that does not exist; the chance is below 1 in 2^127.
    #[error("there is no key at {0}: take the next index (BIP-32 §\"Child key derivation functions\")")]
    NoSuchChild(String),
    /// A fingerprint that is not eight hexadecimal digits.
    #[error("a fingerprint is eight hexadecimal digits in lower case, such as 73c5da0a")]
    Fingerprint,
}

/// An extended private key: the private key and the chain code on one locked page.
///
/// It signs nothing. It gives private keys to the signer of this room, and public keys to everybody.
#[derive(Debug)]
pub struct ExtendedPrivateKey {
    /// The private key, then the chain code.
    halves: Secret,
    depth: u8,
    parent: [u8; 4],
    number: ChildNumber,
    // Kept, since finding it takes a multiplication on the curve, and the signer asks for it each time.
    fingerprint: Fingerprint,
}

/// An extended public key, mainnet (`xpub`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedPublicKey(XPub);

impl ExtendedPrivateKey {
    /// The master key of a seed (BIP-32 §"Master key generation").
    ///
    /// # Errors
    /// [`ExtendedKeyError::SeedLength`], or [`ExtendedKeyError::Key`] for one seed in 2^127.
    pub fn from_seed(seed: &Seed) -> Result<Self, ExtendedKeyError> {
        let key = XPrv::new(seed.expose()).map_err(|error| match error {
            bip32::Error::SeedLength => ExtendedKeyError::SeedLength(seed.expose().len()),
            _ => ExtendedKeyError::Key,
        })?;
        Ok(Self::hold(&key))
    }

    /// Reads an `xprv`.
    ///
    /// # Errors
    /// [`ExtendedKeyError`]: every case of BIP-32 test vector 5 is refused.
    pub fn parse(text: &Passphrase) -> Result<Self, ExtendedKeyError> {
        let key = decode(text.expose(), Prefix::XPRV, "xprv")?;
        let key = XPrv::try_from(key).map_err(|_| ExtendedKeyError::Key)?;
        Ok(Self::hold(&key))
    }

    /// Moves a key onto a page of ours; what `bip32` leaves on the stack is for the worker to wipe.
    fn hold(key: &XPrv) -> Self {
        let attrs = key.attrs();
        let mut halves = [0u8; 2 * HALF];
        let mut private = key.to_bytes();
        for (to, from) in halves.iter_mut().zip(private.iter().chain(&attrs.chain_code)) {
            *to = *from;
        }
        private.zeroize();
        Self {
            halves: Secret::take_array(&mut halves),
            depth: attrs.depth,
            parent: attrs.parent_fingerprint,
            number: attrs.child_number,
            fingerprint: Fingerprint(key.public_key().fingerprint()),
        }
    }

    /// The key as `bip32` works with it: for the length of one derivation.
    fn working(&self) -> Result<XPrv, ExtendedKeyError> {
        let (private, chain_code) =
            self.halves.expose().split_first_chunk::<HALF>().ok_or(ExtendedKeyError::Key)?;
        let mut key_bytes = [0u8; HALF + 1];
        for (to, from) in key_bytes.iter_mut().skip(1).zip(private) {
            *to = *from;
        }
        let attrs = ExtendedKeyAttrs {
            depth: self.depth,
            parent_fingerprint: self.parent,
            child_number: self.number,
            chain_code: chain_code.try_into().map_err(|_| ExtendedKeyError::Key)?,
        };
        // `ExtendedKey` wipes its key bytes when dropped.
        let key = bip32::ExtendedKey { prefix: Prefix::XPRV, attrs, key_bytes };
        key_bytes.zeroize();
        XPrv::try_from(key).map_err(|_| ExtendedKeyError::Key)
    }

    fn child(&self, path: &DerivationPath) -> Result<XPrv, ExtendedKeyError> {
        path.children().try_fold(self.working()?, |key, child| {
            key.derive_child(child).map_err(|_| ExtendedKeyError::NoSuchChild(path.to_string()))
        })
    }

    /// The extended private key at `path` below this one.
    ///
    /// # Errors
    /// [`ExtendedKeyError::NoSuchChild`], with a chance below 1 in 2^127.
    pub fn derive(&self, path: &DerivationPath) -> Result<Self, ExtendedKeyError> {
        Ok(Self::hold(&self.child(path)?))
    }

    /// The private key at `path` below this one, for the signer.
    ///
    /// # Errors
    /// [`ExtendedKeyError::NoSuchChild`], with a chance below 1 in 2^127.
    pub fn private_key(&self, path: &DerivationPath) -> Result<PrivateKey, ExtendedKeyError> {
        Ok(PrivateKey::hold(self.child(path)?.private_key()))
    }

    /// The extended public key at `path` below this one.
    ///
    /// # Errors
    /// [`ExtendedKeyError::NoSuchChild`], with a chance below 1 in 2^127.
    pub fn public(&self, path: &DerivationPath) -> Result<ExtendedPublicKey, ExtendedKeyError> {
        Ok(ExtendedPublicKey(self.child(path)?.public_key()))
    }

    /// The fingerprint of this key; of a master key, the name that wallets know it by.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl PartialEq for ExtendedPrivateKey {
    fn eq(&self, other: &Self) -> bool {
        self.halves == other.halves
            && (self.depth, self.parent, self.number) == (other.depth, other.parent, other.number)
    }
}

impl Eq for ExtendedPrivateKey {}

impl ExtendedPublicKey {
    /// The fingerprint of this key.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.0.fingerprint())
    }

    /// How many levels below the master key it lies.
    pub fn depth(&self) -> u8 {
        self.0.attrs().depth
    }

    /// The public key, compressed (SEC 1 §2.3.3).
    pub fn public_key(&self) -> [u8; 33] {
        use bip32::PublicKey;
        self.0.public_key().to_bytes()
    }
}

impl FromStr for ExtendedPublicKey {
    type Err = ExtendedKeyError;

    fn from_str(text: &str) -> Result<Self, ExtendedKeyError> {
        let key = decode(text, Prefix::XPUB, "xpub")?;
        XPub::try_from(key).map(Self).map_err(|_| ExtendedKeyError::Key)
    }
}

impl fmt::Display for ExtendedPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_string(Prefix::XPUB))
    }
}

/// Decodes an extended key and applies the rules that `bip32` does not: exact version, and a master key without
/// parent and number (BIP-32 §"Serialization format", test vector 5).
fn decode(
    text: &str,
    prefix: Prefix,
    expected: &'static str,
) -> Result<bip32::ExtendedKey, ExtendedKeyError> {
    let key: bip32::ExtendedKey = text.parse().map_err(|_| ExtendedKeyError::Encoding)?;
    if key.prefix != prefix {
        return Err(ExtendedKeyError::Version { expected });
    }
    if key.attrs.depth == 0 && (key.attrs.parent_fingerprint != [0; 4] || key.attrs.child_number.0 != 0) {
        return Err(ExtendedKeyError::Master);
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mnemonic::Mnemonic;

    const VECTORS: &str = include_str!("../tests/vectors/bip32.txt");
    const INVALID: &str = include_str!("../tests/vectors/bip32-invalid.txt");
    const MNEMONICS: &str = include_str!("../tests/vectors/bip39-english.txt");

    fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    }

    fn path(text: &str) -> DerivationPath {
        text.parse().unwrap()
    }

    fn secret(text: &str) -> Passphrase {
        Passphrase::take(text.to_owned()).unwrap()
    }

    /// The text of an extended private key; outside of tests nothing can make one.
    fn xprv(key: &ExtendedPrivateKey) -> String {
        key.working().unwrap().to_string(Prefix::XPRV).to_string()
    }

    #[test]
    fn published_vectors_1_to_4() {
        let mut master = None;
        let mut checked = 0;
        for line in lines(VECTORS) {
            let words: Vec<_> = line.split(' ').collect();
            match words.as_slice() {
                ["seed", hex] => {
                    let seed = Seed::known(&base16ct::lower::decode_vec(hex).unwrap());
                    master = Some(ExtendedPrivateKey::from_seed(&seed).unwrap());
                }
                [at, public, private] => {
                    let master = master.as_ref().unwrap();
                    let key = master.derive(&path(at)).unwrap();
                    assert_eq!(xprv(&key), *private);
                    assert_eq!(ExtendedPrivateKey::parse(&secret(private)).unwrap(), key);
                    assert_eq!(master.public(&path(at)).unwrap().to_string(), *public);
                    assert_eq!(public.parse::<ExtendedPublicKey>().unwrap().to_string(), *public);
                    assert_eq!(
                        master.private_key(&path(at)).unwrap().public_key(),
                        public.parse::<ExtendedPublicKey>().unwrap().public_key()
                    );
                    checked += 1;
                }
                _ => panic!("{line}"),
            }
        }
        assert_eq!(checked, 17);
    }

    #[test]
    fn published_vector_5_is_refused_whole() {
        let mut checked = 0;
        for line in lines(INVALID) {
            let (key, why) = line.split_once(' ').unwrap();
            let public = key.parse::<ExtendedPublicKey>();
            let private = ExtendedPrivateKey::parse(&secret(key)).map(|key| xprv(&key));
            assert!(public.is_err(), "{why}: {public:?}");
            assert!(private.is_err(), "{why}: {private:?}");
            // The rule that the vector is about refuses it, and not merely that it is of the other kind.
            let told = if key.starts_with("xprv") { private.unwrap_err() } else { public.unwrap_err() };
            let expected = match why {
                "zero depth with non-zero parent fingerprint" | "zero depth with non-zero index" => {
                    ExtendedKeyError::Master
                }
                "invalid checksum" => ExtendedKeyError::Encoding,
                "unknown extended key version" => ExtendedKeyError::Version { expected: "xpub" },
                _ => ExtendedKeyError::Key,
            };
            assert_eq!(told, expected, "{why}");
            checked += 1;
        }
        assert_eq!(checked, 16);
    }

    #[test]
    fn published_mnemonics_lead_to_their_master_keys() {
        let rows: Vec<_> = lines(MNEMONICS).collect();
        for [_, words, _, expected] in rows.as_chunks::<4>().0 {
            let seed = Mnemonic::parse(&secret(words)).unwrap().seed(Some(&secret("TREZOR")));
            assert_eq!(xprv(&ExtendedPrivateKey::from_seed(&seed).unwrap()), *expected);
        }
    }

    #[test]
    fn a_well_known_mnemonic_leads_to_its_fingerprint_and_ethereum_key() {
        // The all-abandon mnemonic without passphrase: BIP-84 §"Test vectors" gives its accounts' keys.
        let words = "abandon ".repeat(11) + "about";
        let master =
            ExtendedPrivateKey::from_seed(&Mnemonic::parse(&secret(&words)).unwrap().seed(None)).unwrap();
        assert_eq!(master.fingerprint().to_string(), "73c5da0a");
        let key = master.private_key(&path("m/84'/0'/0'/0/0")).unwrap().public_key();
        assert_eq!(
            base16ct::lower::encode_string(&key),
            "0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c"
        );
    }

    #[test]
    fn deriving_in_two_steps_is_deriving_in_one() {
        let master = ExtendedPrivateKey::from_seed(&Seed::known(&[7; 64])).unwrap();
        let account = master.derive(&path("m/44'/60'")).unwrap();
        assert_eq!(
            account.derive(&path("m/0'/0/3")).unwrap(),
            master.derive(&path("m/44'/60'/0'/0/3")).unwrap()
        );
        assert_ne!(account, master);
    }

    #[test]
    fn seeds_of_other_lengths_are_refused() {
        for length in [15, 17, 33, 63, 65] {
            let refused = ExtendedPrivateKey::from_seed(&Seed::known(&vec![1; length])).unwrap_err();
            assert_eq!(refused, ExtendedKeyError::SeedLength(length));
        }
    }

    #[test]
    fn a_key_of_the_other_kind_is_refused() {
        let line = lines(VECTORS).nth(1).unwrap();
        let (public, private) = line.split_once(' ').unwrap().1.split_once(' ').unwrap();
        let refused = ExtendedPrivateKey::parse(&secret(public)).unwrap_err();
        assert_eq!(refused, ExtendedKeyError::Version { expected: "xprv" });
        let refused = private.parse::<ExtendedPublicKey>().unwrap_err();
        assert_eq!(refused, ExtendedKeyError::Version { expected: "xpub" });
        for text in ["", "xprv", "xpub661", "0OIl", "é"] {
            assert_eq!(text.parse::<ExtendedPublicKey>().unwrap_err(), ExtendedKeyError::Encoding, "{text}");
        }
    }

    #[test]
    fn private_parts_stay_out_of_debug_output() {
        let master = ExtendedPrivateKey::from_seed(&Seed::known(&[7; 64])).unwrap();
        assert!(format!("{master:?}").starts_with("ExtendedPrivateKey { halves: Secret(..), depth: 0"));
    }

    #[test]
    fn fingerprints_are_eight_lower_case_digits() {
        assert_eq!("73c5da0a".parse::<Fingerprint>().unwrap(), Fingerprint([0x73, 0xc5, 0xda, 0x0a]));
        for text in ["", "73c5da0", "73C5DA0A", "73c5da0a00", "73c5da0g"] {
            assert_eq!(text.parse::<Fingerprint>().unwrap_err(), ExtendedKeyError::Fingerprint, "{text}");
        }
    }
}
