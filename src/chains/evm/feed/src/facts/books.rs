//! What has been given out so far: slots and money, in the order of the wants.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_evm_codec::slot;
use strongroom_network::{Ladder, Obstacle};
use strongroom_protocol::{Address, Amount, AssetId, ChainId, EvmFacts, EvmFees, Facts, Slot};

use super::draft::{Draft, refusal};
use super::knowledge::{Knowledge, Sender};

/// Gives out slots and money. What is refused takes neither.
pub(super) struct Books<'a> {
    chain: &'a ChainId,
    known: &'a Knowledge,
    occupied: BTreeSet<Slot>,
    /// The lowest nonce of each sender that may still be free.
    next: BTreeMap<Address, u64>,
    /// What each sender has given away of each asset.
    spent: BTreeMap<(Address, AssetId), Amount>,
}

impl<'a> Books<'a> {
    pub(super) const fn new(chain: &'a ChainId, known: &'a Knowledge, occupied: BTreeSet<Slot>) -> Self {
        Self { chain, known, occupied, next: BTreeMap::new(), spent: BTreeMap::new() }
    }

    /// Facts for one want.
    pub(super) fn ladder(&mut self, draft: &Draft<'_>) -> Result<Ladder, Obstacle> {
        let known = self.known;
        let sender = known.senders.get(&draft.sender).copied().unwrap_or_default();
        if let (Some(nonce), Some(slot)) = (draft.nonce, &draft.slot)
            && nonce < sender.nonce
        {
            return Err(Obstacle::SlotSpent { slot: slot.clone(), next: sender.nonce });
        }
        let gas_limit = known.gas(draft)?;
        let allowed = draft.want.intent.max_fee;
        let fees = known
            .market
            .ladder(known.rules.least_tip, gas_limit, allowed, &draft.earlier, draft.rungs())
            .map_err(|too_low| Obstacle::Cap {
                asset: known.native.clone(),
                allowed,
                needed: too_low.needed,
            })?;
        let cheapest = fees.first().map_or(Amount::ZERO, EvmFees::ceiling);
        self.pay(draft, sender, cheapest.checked_mul(gas_limit).unwrap_or(Amount::MAX))?;
        let nonce = match draft.nonce {
            Some(nonce) => nonce,
            None => self.free_nonce(draft, sender.nonce)?,
        };
        Ok(fees.into_iter().map(|fees| Facts::Evm(EvmFacts { nonce, gas_limit, fees })).collect())
    }

    /// The lowest nonce from `count` on that is not occupied, and occupies it.
    fn free_nonce(&mut self, draft: &Draft<'_>, count: u64) -> Result<u64, Obstacle> {
        let start = self.next.get(&draft.sender).copied().unwrap_or(count);
        for nonce in start..u64::MAX {
            if self.occupied.insert(slot(self.chain, &draft.sender, nonce).map_err(refusal)?) {
                self.next.insert(draft.sender.clone(), nonce.saturating_add(1));
                return Ok(nonce);
            }
        }
        Err(refusal("the account has no nonce left (EIP-2681)"))
    }

    /// Sets money aside, if the account holds enough for this besides what was set aside before.
    fn pay(&mut self, draft: &Draft<'_>, sender: Sender, fee: Amount) -> Result<(), Obstacle> {
        let coin = draft.errand.value().checked_add(fee);
        let mut dues = vec![(self.known.native.clone(), coin, sender.coin)];
        if let Some((owner, asset, _)) = draft.token_spent() {
            let held = match self.known.tokens.get(&(owner, asset.clone())) {
                Some(held) => held.clone()?,
                None => Amount::ZERO,
            };
            dues.push((asset, Some(draft.amount), held));
        }
        let mut after = Vec::new();
        for (asset, due, held) in dues {
            let key = (draft.sender.clone(), asset.clone());
            let before = self.spent.get(&key).copied().unwrap_or_default();
            // A sum beyond all numbers is more than anybody holds.
            let needed = due.and_then(|due| before.checked_add(due));
            match needed {
                Some(needed) if needed <= held => after.push((key, needed)),
                _ => {
                    let (account, needed) = (draft.sender.clone(), needed.unwrap_or(Amount::MAX));
                    return Err(Obstacle::Insufficient { account, asset, held, needed });
                }
            }
        }
        self.spent.extend(after);
        Ok(())
    }
}
