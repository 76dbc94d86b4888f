//! Transactions that wait for a block.

use super::refusal::{Refusal, Shortfall};
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Transaction, TxEnvelope};
use alloy_primitives::{Address, B256, U256};
use std::collections::BTreeMap;

/// A replacement must pay this many percent of what it replaces, in both fee fields (go-ethereum's `PriceBump` of 10).
const REPLACEMENT_PERCENT: u128 = 110;

/// One waiting transaction.
#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) tx: Recovered<TxEnvelope>,
    /// Rises with each arrival, so that equal tips are served in order.
    arrival: u64,
}

impl Waiting {
    /// Value plus highest fee, in wei.
    fn cost(&self) -> U256 {
        cost(&self.tx)
    }
}

/// What waits, by sender and nonce. Nonces may have gaps; behind a gap nothing is mined.
#[derive(Clone, Default)]
pub(super) struct Pool {
    senders: BTreeMap<Address, BTreeMap<u64, Waiting>>,
    arrivals: u64,
}

impl Pool {
    /// Takes a transaction whose signature, chain and gas are already judged.
    pub(super) fn admit(
        &mut self,
        tx: Recovered<TxEnvelope>,
        next_nonce: u64,
        balance: U256,
    ) -> Result<(), Refusal> {
        let nonce = tx.nonce();
        if nonce < next_nonce {
            return Err(Refusal::NonceTooLow { next: next_nonce, nonce });
        }
        let queue = self.senders.entry(tx.signer()).or_default();
        let replaced = queue.get(&nonce);
        if replaced.is_some_and(|old| !outbids(&tx, &old.tx)) {
            return Err(Refusal::ReplacementUnderpriced);
        }
        let queued = queue
            .values()
            .map(Waiting::cost)
            .fold(U256::ZERO, U256::saturating_add)
            .saturating_sub(replaced.map(Waiting::cost).unwrap_or_default());
        let cost = cost(&tx);
        if queued.saturating_add(cost) > balance {
            return Err(Refusal::QueueOverdrawn(Box::new(Shortfall::new(balance, queued, cost))));
        }
        self.arrivals = self.arrivals.saturating_add(1);
        queue.insert(nonce, Waiting { tx, arrival: self.arrivals });
        Ok(())
    }

    /// The nonce after the last waiting transaction that no gap separates from `next_nonce`.
    pub(super) fn pending_nonce(&self, sender: Address, mut next_nonce: u64) -> u64 {
        if let Some(queue) = self.senders.get(&sender) {
            while queue.contains_key(&next_nonce) {
                next_nonce = next_nonce.saturating_add(1);
            }
        }
        next_nonce
    }

    /// The waiting transaction with this hash.
    pub(super) fn find(&self, hash: B256) -> Option<&Recovered<TxEnvelope>> {
        self.senders
            .values()
            .flat_map(BTreeMap::values)
            .map(|waiting| &waiting.tx)
            .find(|tx| *tx.tx_hash() == hash)
    }

    /// The best paying transaction that can be mined now, within `gas_left`.
    ///
    /// `next_nonce` answers the nonce that a sender must use next, or nothing when the sender is out of the running.
    pub(super) fn best(
        &self,
        base_fee: u64,
        gas_left: u64,
        next_nonce: impl Fn(Address) -> Option<u64>,
    ) -> Option<Recovered<TxEnvelope>> {
        self.senders
            .iter()
            .filter_map(|(sender, queue)| queue.get(&next_nonce(*sender)?))
            .filter(|waiting| waiting.tx.gas_limit() <= gas_left)
            .filter_map(|waiting| Some((waiting.tx.effective_tip_per_gas(base_fee)?, waiting)))
            .max_by_key(|(tip, waiting)| (*tip, std::cmp::Reverse(waiting.arrival)))
            .map(|(_, waiting)| waiting.tx.clone())
    }

    /// Drops what can no longer be mined: used nonces, and costs above the balance. `account` answers nonce and balance.
    pub(super) fn prune(&mut self, account: impl Fn(Address) -> (u64, U256)) {
        for (sender, queue) in &mut self.senders {
            let (next_nonce, balance) = account(*sender);
            queue.retain(|nonce, waiting| *nonce >= next_nonce && waiting.cost() <= balance);
        }
        self.senders.retain(|_, queue| !queue.is_empty());
    }

    /// Puts a transaction of an orphaned block back, unless its nonce has been taken meanwhile.
    pub(super) fn restore(&mut self, tx: Recovered<TxEnvelope>) {
        self.arrivals = self.arrivals.saturating_add(1);
        let arrival = self.arrivals;
        self.senders.entry(tx.signer()).or_default().entry(tx.nonce()).or_insert(Waiting { tx, arrival });
    }

    /// Forgets everything that waits.
    pub(super) fn clear(&mut self) {
        self.senders.clear();
    }

    /// How many transactions wait.
    pub(super) fn len(&self) -> usize {
        self.senders.values().map(BTreeMap::len).sum()
    }
}

/// Value plus highest fee, in wei.
fn cost(tx: &TxEnvelope) -> U256 {
    U256::from(tx.max_fee_per_gas()).saturating_mul(U256::from(tx.gas_limit())).saturating_add(tx.value())
}

/// Whether both fee fields of `new` are at least 10 % above those of `old`.
fn outbids(new: &TxEnvelope, old: &TxEnvelope) -> bool {
    let above = |new: u128, old: u128| {
        U256::from(new).saturating_mul(U256::from(100))
            >= U256::from(old).saturating_mul(U256::from(REPLACEMENT_PERCENT))
    };
    above(new.max_fee_per_gas(), old.max_fee_per_gas())
        && above(new.priority_fee_or_price(), old.priority_fee_or_price())
}
