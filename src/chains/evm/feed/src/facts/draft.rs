//! One want, read and checked as far as that goes without asking anybody.

use std::fmt;

use alloy_primitives as evm;
use strongroom_evm_codec::{Call as Errand, parse_slot};
use strongroom_network::{Obstacle, Want};
use strongroom_protocol::request::LADDER_LIMIT;
use strongroom_protocol::{Action, Address, Amount, AssetId, ChainId, EvmFees, Facts, Slot};

/// What a want comes to.
pub(super) struct Draft<'a> {
    pub want: &'a Want<'a>,
    /// The account's address.
    pub sender: Address,
    sender_bytes: evm::Address,
    /// What will be called.
    pub errand: Errand,
    /// The slot it must take, if it must.
    pub slot: Option<Slot>,
    /// That slot's nonce.
    pub nonce: Option<u64>,
    /// Fees of the versions that were signed for that slot before.
    pub earlier: Vec<&'a EvmFees>,
    /// The token it pays with, if it does.
    token: Option<AssetId>,
    /// How much it pays, of that token or of the coin.
    pub amount: Amount,
}

impl<'a> Draft<'a> {
    pub(super) fn of(chain: &ChainId, want: &'a Want<'a>) -> Result<Self, Obstacle> {
        let account = want.account;
        if account.chain != *chain {
            return Err(refusal(format!("the account lives on {}, and this is {chain}", account.chain)));
        }
        let errand = Errand::of(account, want.intent).map_err(refusal)?;
        let sender_bytes: evm::Address = account
            .address
            .as_str()
            .parse()
            .map_err(|_| refusal(format!("{} is no address", account.address)))?;
        let slot = named_slot(want)?;
        let nonce = match slot {
            Some(slot) => Some(nonce_of(chain, want, slot)?),
            None => None,
        };
        let earlier = earlier(want, nonce)?;
        let (token, amount) = match want.intent.actions.as_slice() {
            [Action::Pay { asset, amount, .. }] if !asset.is_native() => (Some(asset.clone()), *amount),
            _ => (None, errand.value()),
        };
        let (sender, slot) = (account.address.clone(), slot.cloned());
        Ok(Self { want, sender, sender_bytes, errand, slot, nonce, earlier, token, amount })
    }

    /// How many versions are wanted.
    pub(super) fn rungs(&self) -> usize {
        self.want.rungs.clamp(1, LADDER_LIMIT)
    }

    /// Whom it pays in coin, or calls without calldata; `None` for a token.
    pub(super) fn plain_payee(&self) -> Option<String> {
        self.errand.calldata().is_empty().then(|| self.errand.to())
    }

    /// Who pays with which token.
    pub(super) fn token_spent(&self) -> Option<(Address, AssetId, evm::Address)> {
        self.token.clone().map(|asset| (self.sender.clone(), asset, self.sender_bytes))
    }
}

/// Refuses a want in words.
pub(super) fn refusal(why: impl fmt::Display) -> Obstacle {
    Obstacle::Unsupported { why: why.to_string() }
}

/// The slot that is asked for: by the desk, or by a void itself.
fn named_slot<'a>(want: &Want<'a>) -> Result<Option<&'a Slot>, Obstacle> {
    match (want.intent.actions.as_slice(), want.slot) {
        ([Action::Void { slot }], Some(other)) if slot != other => {
            Err(refusal(format!("it voids {slot} and cannot take {other}")))
        }
        ([Action::Void { slot }], _) => Ok(Some(slot)),
        (_, slot) => Ok(slot),
    }
}

fn nonce_of(chain: &ChainId, want: &Want<'_>, slot: &Slot) -> Result<u64, Obstacle> {
    let parsed = parse_slot(slot).map_err(refusal)?;
    if parsed.chain == *chain && parsed.sender == want.account.address {
        Ok(parsed.nonce)
    } else {
        Err(refusal(format!("slot {slot} is not of {}", want.account.address.on(chain))))
    }
}

/// The fees of earlier versions, which must share the slot.
fn earlier<'a>(want: &Want<'a>, nonce: Option<u64>) -> Result<Vec<&'a EvmFees>, Obstacle> {
    want.beats
        .iter()
        .map(|facts| match facts {
            Facts::Evm(facts) if Some(facts.nonce) == nonce => Ok(&facts.fees),
            _ => Err(refusal("an earlier version that it must beat is not of its slot")),
        })
        .collect()
}
