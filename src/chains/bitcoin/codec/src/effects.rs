//! What a transaction does: payments to others, the exact fee, and the coins it spends. Change is no effect.

use strongroom_protocol::{Amount, DecodeError, Effects, Move, Slots};

use crate::address;
use crate::slot::slot;
use crate::spend::{Output, Spend};
use crate::wallet::Holder;

/// What a checked transaction with this fee, in satoshi, does. Where nothing but change comes out of it, it moves
/// nothing from the account to itself: that is what spending a slot looks like on every chain.
pub(crate) fn read(holder: &Holder, spend: &Spend, fee: u64) -> Result<Effects, DecodeError> {
    let native = address::native_asset(&holder.chain)?;
    let movement = |to, satoshi: u64| Move {
        from: holder.address.clone(),
        to,
        asset: native.clone(),
        amount: Amount::from(satoshi),
    };
    let payments = spend.outputs.iter().filter_map(|output| match output {
        Output::Payment { to, satoshi, .. } => Some(movement(to.clone(), *satoshi)),
        Output::Change { .. } => None,
    });
    let mut moves: Vec<_> = payments.collect();
    if moves.is_empty() {
        moves.push(movement(holder.address.clone(), 0));
    }
    let slots = spend
        .coins
        .iter()
        .map(|coin| slot(&holder.chain, &coin.outpoint))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| DecodeError::NotUnderstood(error.to_string()))?;
    Ok(Effects {
        moves,
        grants: Vec::new(),
        fee_cap: Amount::from(fee),
        fee_asset: native,
        slots: Slots::Exclusive(slots),
    })
}
