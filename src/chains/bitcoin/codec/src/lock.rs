//! The script at one place of a wallet, and what opens it.

use bitcoin::secp256k1::{PublicKey, XOnlyPublicKey};
use bitcoin::{ScriptBuf, Weight};
use miniscript::descriptor::{Descriptor, ShInner};
use strongroom_protocol::Keychain;

use crate::wallet::{Kind, Wallet};

/// A script of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) keychain: Keychain,
    pub(crate) index: u32,
    /// The cosigners' keys here, in their order in the descriptor.
    pub(crate) keys: Vec<PublicKey>,
    /// What the output says.
    pub(crate) script: ScriptBuf,
    /// The script that a script hash is of (BIP-16).
    pub(crate) redeem: Option<ScriptBuf>,
    /// The script that a witness script hash is of (BIP-141).
    pub(crate) witness: Option<ScriptBuf>,
    /// The same as a descriptor of these very keys: it builds witnesses.
    pub(crate) descriptor: Descriptor<bitcoin::PublicKey>,
}

impl Lock {
    pub(crate) fn new(wallet: &Wallet, keychain: Keychain, index: u32) -> Option<Self> {
        let keys: Vec<_> =
            wallet.cosigners.iter().map(|cosigner| cosigner.key(keychain, index)).collect::<Option<_>>()?;
        let many: Vec<_> = keys.iter().map(|key| bitcoin::PublicKey::new(*key)).collect();
        let one = *many.first()?;
        let descriptor = match wallet.kind {
            Kind::Pkh => Descriptor::new_pkh(one),
            Kind::Wpkh => Descriptor::new_wpkh(one),
            Kind::ShWpkh => Descriptor::new_sh_wpkh(one),
            Kind::Tr => Descriptor::new_tr(one, None),
            Kind::WshSortedMulti => Descriptor::new_wsh_sortedmulti(wallet.threshold, many),
            Kind::ShWshSortedMulti => Descriptor::new_sh_wsh_sortedmulti(wallet.threshold, many),
        }
        .ok()?;
        let (redeem, witness) = match &descriptor {
            Descriptor::Wsh(wsh) => (None, Some(wsh.inner_script())),
            Descriptor::Sh(sh) => match sh.as_inner() {
                ShInner::Wpkh(wpkh) => (Some(wpkh.script_pubkey()), None),
                ShInner::Wsh(wsh) => (Some(wsh.script_pubkey()), Some(wsh.inner_script())),
                _ => return None,
            },
            _ => (None, None),
        };
        let script = descriptor.script_pubkey();
        Some(Self { keychain, index, keys, script, redeem, witness, descriptor })
    }

    /// The x of the key that a Taproot output is made of, before its tweak (BIP-341).
    pub(crate) fn internal_key(&self) -> Option<XOnlyPublicKey> {
        matches!(self.descriptor, Descriptor::Tr(_))
            .then(|| self.keys.first().map(|key| key.x_only_public_key().0))?
    }

    /// The most that opening it adds to a transaction's weight.
    pub(crate) fn opening_weight(&self) -> Option<Weight> {
        self.descriptor.max_weight_to_satisfy().ok()
    }
}
