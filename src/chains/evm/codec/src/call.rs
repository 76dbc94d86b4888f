//! What an intent asks of the chain, apart from nonce and fees: whom to call, with how much coin and what calldata.

use alloy_primitives as evm;
use alloy_primitives::{Bytes, U256};
use strongroom_protocol::{Account, Action, Address, Amount, AssetId, BuildError, Intent, Slot};

use crate::address;
use crate::erc20::Erc20;
use crate::payee;
use crate::sender::Sender;
use crate::slot::parse_slot;

/// A call that carries out an intent. It is all that estimating gas needs besides the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The account or contract called.
    pub(crate) to: evm::Address,
    /// Wei that go with it.
    pub(crate) value: U256,
    /// Calldata.
    pub(crate) input: Bytes,
}

impl Call {
    /// The call that carries out `intent` of `account`.
    ///
    /// # Errors
    /// [`BuildError`] if it has not exactly one action, or an action that is refused.
    pub fn of(account: &Account, intent: &Intent) -> Result<Self, BuildError> {
        Self::checked(&Sender::of(account)?, intent).map(|(call, _)| call)
    }

    /// Whom it calls, in canonical form.
    pub fn to(&self) -> String {
        self.to.to_checksum(None)
    }

    /// How much of the chain's coin goes with it, in wei.
    pub const fn value(&self) -> Amount {
        Amount::from_base_units(self.value)
    }

    /// Its calldata: empty for a plain payment.
    pub fn calldata(&self) -> &[u8] {
        &self.input
    }

    /// The call, and the one nonce it is meant for if it is a void.
    pub(crate) fn checked(sender: &Sender<'_>, intent: &Intent) -> Result<(Self, Option<u64>), BuildError> {
        let [action] = intent.actions.as_slice() else {
            let why = format!("a transaction does one thing, and the intent has {}", intent.actions.len());
            return Err(unsupported(sender, why));
        };
        match action {
            Action::Pay { asset, to, amount } => Ok((pay(sender, asset, to, *amount)?, None)),
            Action::Revoke { asset, spender } => Ok((revoke(sender, asset, spender)?, None)),
            Action::Void { slot } => void(sender, slot).map(|(call, nonce)| (call, Some(nonce))),
            _ => Err(unsupported(sender, "it only pays, revokes and voids".to_owned())),
        }
    }
}

fn pay(sender: &Sender<'_>, asset: &AssetId, to: &Address, amount: Amount) -> Result<Call, BuildError> {
    let payee = address::parse(sender.chain, to)?;
    let contract = contract(sender, asset)?;
    if amount.is_zero() {
        return Err(unsupported(sender, format!("paying nothing to {to} is no payment")));
    }
    let refused = |why: &'static str| BuildError::Payee { to: to.clone(), why: why.to_owned() };
    match contract {
        None => {
            payee::check_native(&sender.address, &payee).map_err(refused)?;
            Ok(Call { to: payee, value: amount.base_units(), input: Bytes::new() })
        }
        Some(contract) => {
            payee::check_token(&sender.address, &contract, &payee).map_err(refused)?;
            let input = Erc20::Transfer { to: payee, amount: amount.base_units() }.encode();
            Ok(Call { to: contract, value: U256::ZERO, input })
        }
    }
}

fn revoke(sender: &Sender<'_>, asset: &AssetId, taker: &Address) -> Result<Call, BuildError> {
    let taker = address::parse(sender.chain, taker)?;
    let contract = contract(sender, asset)?
        .ok_or_else(|| unsupported(sender, format!("{asset} knows no allowances: only tokens do")))?;
    payee::check_spender(&taker).map_err(|why| unsupported(sender, why.to_owned()))?;
    Ok(Call {
        to: contract,
        value: U256::ZERO,
        input: Erc20::Approve { spender: taker, amount: U256::ZERO }.encode(),
    })
}

fn void(sender: &Sender<'_>, slot: &Slot) -> Result<(Call, u64), BuildError> {
    let of = parse_slot(slot).map_err(|error| unsupported(sender, error.to_string()))?;
    if of.chain != *sender.chain || of.sender != *sender.text {
        let why = format!("the slot {slot} is not of {}", sender.text.on(sender.chain));
        return Err(unsupported(sender, why));
    }
    Ok((Call { to: sender.address, value: U256::ZERO, input: Bytes::new() }, of.nonce))
}

/// The contract that keeps an asset; none if it is the chain's own coin.
fn contract(sender: &Sender<'_>, asset: &AssetId) -> Result<Option<evm::Address>, BuildError> {
    if asset.as_str() == sender.network.native {
        return Ok(None);
    }
    if !asset.is_on(sender.chain) {
        return Err(unsupported(sender, format!("{asset} lives on another chain")));
    }
    if asset.namespace() != "erc20" {
        let why = format!("{asset} is neither its coin, {}, nor an ERC-20 token", sender.network.native);
        return Err(unsupported(sender, why));
    }
    let named: Address = asset
        .reference()
        .parse()
        .map_err(|_| unsupported(sender, format!("{asset} does not name a contract by its address")))?;
    let contract = address::parse(sender.chain, &named)?;
    payee::check_contract(&sender.address, &contract)
        .map_err(|why| unsupported(sender, format!("{asset} is no token: {why}")))?;
    Ok(Some(contract))
}

fn unsupported(sender: &Sender<'_>, why: String) -> BuildError {
    BuildError::Unsupported { chain: sender.chain.clone(), why }
}
