//! What an account's descriptor says: the kind of script, who signs, and which of the keys is this station's own.

use std::fmt;

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use bitcoin::secp256k1::PublicKey;
use miniscript::descriptor::{
    DerivPaths, Descriptor as Parsed, DescriptorMultiXKey, DescriptorPublicKey, ShInner, Wildcard, WshInner,
};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Account, Address, ChainId, Descriptor, Keychain};

use crate::VERIFIER;
use crate::address;
use crate::lock::Lock;
use crate::networks::Network;

/// The most keys of a multisig script (Core's limit of a descriptor's `sortedmulti` inside `wsh`).
const MOST_COSIGNERS: usize = 20;

/// The kinds of script taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// BIP-44.
    Pkh,
    /// BIP-49.
    ShWpkh,
    /// BIP-84.
    Wpkh,
    /// BIP-86.
    Tr,
    /// BIP-48, script type 2.
    WshSortedMulti,
    /// BIP-48, script type 1.
    ShWshSortedMulti,
}

impl Kind {
    /// Whether signatures commit to the amounts spent: segregated witness, of any version.
    pub(crate) const fn is_segwit(self) -> bool {
        !matches!(self, Self::Pkh)
    }
}

/// One key of a descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cosigner {
    fingerprint: Fingerprint,
    path: DerivationPath,
    account: PublicKey,
    branches: [Xpub; 2],
}

impl Cosigner {
    /// The key at an index, which is none once in 2^127.
    pub(crate) fn key(&self, keychain: Keychain, index: u32) -> Option<PublicKey> {
        let [receive, change] = &self.branches;
        let branch = match keychain {
            Keychain::Receive => receive,
            Keychain::Change => change,
        };
        let index = ChildNumber::from_normal_idx(index).ok()?;
        branch.ckd_pub(&*VERIFIER, index).ok().map(|child| child.public_key)
    }

    /// Where that key comes from, from the master key on.
    pub(crate) fn origin(&self, keychain: Keychain, index: u32) -> (Fingerprint, DerivationPath) {
        let steps = [ChildNumber::from(keychain.step()), ChildNumber::from(index)];
        (self.fingerprint, self.path.extend(steps))
    }

    /// The branch and index of a key that comes from here.
    pub(crate) fn place(&self, origin: &(Fingerprint, DerivationPath)) -> Option<(Keychain, u32)> {
        let (fingerprint, path) = origin;
        let steps: &[ChildNumber] = path.as_ref();
        let below = steps.strip_prefix(self.path.as_ref())?;
        match below {
            [ChildNumber::Normal { index: branch @ (0 | 1) }, ChildNumber::Normal { index }]
                if *fingerprint == self.fingerprint =>
            {
                let keychain = if *branch == 0 { Keychain::Receive } else { Keychain::Change };
                Some((keychain, *index))
            }
            _ => None,
        }
    }
}

/// A descriptor, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wallet {
    pub(crate) network: &'static Network,
    pub(crate) kind: Kind,
    /// How many cosigners must sign.
    pub(crate) threshold: usize,
    /// Every key, in the descriptor's order.
    pub(crate) cosigners: Vec<Cosigner>,
}

/// An account with its wallet.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) wallet: Wallet,
    /// The place of the station's own key among the cosigners.
    own: usize,
    /// The account's chain.
    pub(crate) chain: ChainId,
    /// The account's first receiving address.
    pub(crate) address: Address,
}

/// Why a descriptor is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Syntax(String),
    #[error("it is written in another way than {0}")]
    NotCanonical(String),
    #[error(
        "it is none of pkh, sh(wpkh), wpkh, tr without scripts, wsh(sortedmulti) and sh(wsh(sortedmulti)): others are not taken"
    )]
    Kind,
    #[error("it has {0} keys, where a multisig script has 2 to {MOST_COSIGNERS}")]
    Keys(usize),
    #[error("its key {0} is no extended public key: write [fingerprint/path]xpub/<0;1>/*")]
    NotExtended(usize),
    #[error("its key {0} has no origin: write [fingerprint/path] before it, as devices need it")]
    NoOrigin(usize),
    #[error("its key {0} does not end in /<0;1>/*, receiving and change branch")]
    Branches(usize),
    #[error("its key {key} is of {found}, and the chain of {expected}")]
    Network { key: usize, found: &'static str, expected: &'static str },
    #[error("its key {0} says another depth or number than the path before it: one of the two is wrong")]
    Depth(usize),
    #[error("its key {0} is there twice")]
    Twice(usize),
    #[error("its key {0} cannot be derived from")]
    Underivable(usize),
    #[error("the account has none, and on this chain an account is its descriptor")]
    Missing,
    #[error("none of its keys is the account's own: origin, path and public key must all be the same")]
    NotOurs,
    #[error("its first receiving address is {0}, and the account's record says another")]
    OtherAddress(Address),
    #[error("it has no address at index {0}")]
    NoAddress(u32),
}

impl From<Refused> for AddressError {
    fn from(refused: Refused) -> Self {
        Self::Descriptor(refused.to_string())
    }
}

/// A descriptor's text in its one canonical form, with its checksum: hardened steps marked with `'`.
///
/// # Errors
/// [`AddressError`] if the chain is not supported, or the text no descriptor that is taken there.
pub fn canonical_descriptor(chain: &ChainId, text: &str) -> Result<Descriptor, AddressError> {
    let network = Network::of(chain)?;
    let parsed: Parsed<DescriptorPublicKey> = text.parse().map_err(syntax)?;
    Wallet::read(network, &parsed)?;
    parsed.to_string().parse().map_err(syntax)
}

/// The address of a descriptor at an index of one of its branches.
///
/// # Errors
/// [`AddressError`] if the chain is not supported, the descriptor not taken there or the index hardened.
pub fn address_at(
    chain: &ChainId,
    descriptor: &Descriptor,
    keychain: Keychain,
    index: u32,
) -> Result<Address, AddressError> {
    Wallet::of(Network::of(chain)?, descriptor)?.address(keychain, index)
}

fn syntax(error: impl fmt::Display) -> AddressError {
    Refused::Syntax(error.to_string()).into()
}

impl Wallet {
    /// What a descriptor in canonical form says on a chain.
    pub(crate) fn of(network: &'static Network, text: &Descriptor) -> Result<Self, AddressError> {
        let parsed: Parsed<DescriptorPublicKey> = text.as_str().parse().map_err(syntax)?;
        let canonical = parsed.to_string();
        if canonical != text.as_str() {
            return Err(Refused::NotCanonical(canonical).into());
        }
        Ok(Self::read(network, &parsed)?)
    }

    fn read(network: &'static Network, parsed: &Parsed<DescriptorPublicKey>) -> Result<Self, Refused> {
        let (kind, threshold, keys) = shape(parsed)?;
        let mut cosigners: Vec<Cosigner> = Vec::with_capacity(keys.len());
        for (number, key) in (1usize..).zip(keys) {
            let cosigner = cosigner(network, number, key)?;
            if cosigners.iter().any(|other| other.account == cosigner.account) {
                return Err(Refused::Twice(number));
            }
            cosigners.push(cosigner);
        }
        Ok(Self { network, kind, threshold, cosigners })
    }

    /// The script at an index of a branch, with the keys that open it.
    pub(crate) fn lock(&self, keychain: Keychain, index: u32) -> Option<Lock> {
        Lock::new(self, keychain, index)
    }

    pub(crate) fn address(&self, keychain: Keychain, index: u32) -> Result<Address, AddressError> {
        self.lock(keychain, index)
            .and_then(|lock| address::of_script(self.network, &lock.script))
            .ok_or_else(|| Refused::NoAddress(index).into())
    }
}

/// Kind, threshold and keys of a descriptor.
fn shape(parsed: &Parsed<DescriptorPublicKey>) -> Result<(Kind, usize, Vec<&DescriptorPublicKey>), Refused> {
    let several = |kind, inner: &'_ WshInner<DescriptorPublicKey>| match inner {
        WshInner::SortedMulti(multi) => Some((kind, multi.k())),
        WshInner::Ms(_) => None,
    };
    let (kind, threshold) = match parsed {
        Parsed::Pkh(pkh) => return Ok((Kind::Pkh, 1, vec![pkh.as_inner()])),
        Parsed::Wpkh(wpkh) => return Ok((Kind::Wpkh, 1, vec![wpkh.as_inner()])),
        Parsed::Tr(tr) if tr.tap_tree().is_none() => return Ok((Kind::Tr, 1, vec![tr.internal_key()])),
        Parsed::Sh(sh) => match sh.as_inner() {
            ShInner::Wpkh(wpkh) => return Ok((Kind::ShWpkh, 1, vec![wpkh.as_inner()])),
            ShInner::Wsh(wsh) => several(Kind::ShWshSortedMulti, wsh.as_inner()),
            _ => None,
        },
        Parsed::Wsh(wsh) => several(Kind::WshSortedMulti, wsh.as_inner()),
        _ => None,
    }
    .ok_or(Refused::Kind)?;
    let keys: Vec<_> = sorted_keys(parsed).ok_or(Refused::Kind)?.iter().collect();
    if !(2..=MOST_COSIGNERS).contains(&keys.len()) {
        return Err(Refused::Keys(keys.len()));
    }
    Ok((kind, threshold, keys))
}

/// The keys of a descriptor's `sortedmulti`.
fn sorted_keys(parsed: &Parsed<DescriptorPublicKey>) -> Option<&[DescriptorPublicKey]> {
    let wsh = match parsed {
        Parsed::Wsh(wsh) => wsh,
        Parsed::Sh(sh) => match sh.as_inner() {
            ShInner::Wsh(wsh) => wsh,
            _ => return None,
        },
        _ => return None,
    };
    match wsh.as_inner() {
        WshInner::SortedMulti(multi) => Some(multi.pks()),
        WshInner::Ms(_) => None,
    }
}

fn cosigner(network: &Network, number: usize, key: &DescriptorPublicKey) -> Result<Cosigner, Refused> {
    let DescriptorPublicKey::MultiXPub(key) = key else {
        return Err(match key {
            DescriptorPublicKey::XPub(_) => Refused::Branches(number),
            _ => Refused::NotExtended(number),
        });
    };
    let DescriptorMultiXKey { origin, xkey, derivation_paths, wildcard } = key;
    let (fingerprint, path) = origin.clone().ok_or(Refused::NoOrigin(number))?;
    if *wildcard != Wildcard::Unhardened || !is_receive_and_change(derivation_paths) {
        return Err(Refused::Branches(number));
    }
    let expected = bitcoin::NetworkKind::from(network.kind);
    if xkey.network != expected {
        let word =
            |kind| if kind == bitcoin::NetworkKind::Main { "the main network" } else { "a test network" };
        return Err(Refused::Network { key: number, found: word(xkey.network), expected: word(expected) });
    }
    let steps: &[ChildNumber] = path.as_ref();
    let last = steps.last().copied().unwrap_or(ChildNumber::Normal { index: 0 });
    if usize::from(xkey.depth) != steps.len() || xkey.child_number != last {
        return Err(Refused::Depth(number));
    }
    let branch = |keychain: Keychain| {
        let step = ChildNumber::from(keychain.step());
        xkey.ckd_pub(&*VERIFIER, step).map_err(|_| Refused::Underivable(number))
    };
    let branches = [branch(Keychain::Receive)?, branch(Keychain::Change)?];
    Ok(Cosigner { fingerprint, path, account: xkey.public_key, branches })
}

/// Whether these are the branches `<0;1>` (BIP-389), and nothing before them.
fn is_receive_and_change(paths: &DerivPaths) -> bool {
    let single = |path: &DerivationPath, step: u32| *path.as_ref() == [ChildNumber::Normal { index: step }];
    matches!(paths.paths().as_slice(), [receive, change] if single(receive, 0) && single(change, 1))
}

impl Holder {
    /// An account whose record agrees with itself.
    pub(crate) fn of(account: &Account) -> Result<Self, AddressError> {
        let network = Network::of(&account.chain)?;
        address::script_of(&account.chain, &account.address)?;
        let descriptor = account.descriptor.as_ref().ok_or(Refused::Missing)?;
        let wallet = Wallet::of(network, descriptor)?;
        let path: DerivationPath = account.key.path.parse().map_err(|_| Refused::NotOurs)?;
        let is_own = |cosigner: &Cosigner| {
            cosigner.account.serialize().as_slice() == account.key.public_key
                && cosigner.fingerprint.to_bytes() == account.key.fingerprint
                && cosigner.path == path
        };
        let own = wallet.cosigners.iter().position(is_own).ok_or(Refused::NotOurs)?;
        let first = wallet.address(Keychain::Receive, 0)?;
        if first != account.address {
            return Err(Refused::OtherAddress(first).into());
        }
        Ok(Self { wallet, own, chain: account.chain.clone(), address: first })
    }

    /// The place of the station's own key among the cosigners.
    pub(crate) const fn own(&self) -> usize {
        self.own
    }

    /// The station's own key.
    pub(crate) fn own_cosigner(&self) -> Option<&Cosigner> {
        self.wallet.cosigners.get(self.own)
    }

    /// The cosigner whose account-level key this is.
    pub(crate) fn cosigner(&self, account_key: &[u8]) -> Option<usize> {
        self.wallet.cosigners.iter().position(|other| other.account.serialize().as_slice() == account_key)
    }
}
