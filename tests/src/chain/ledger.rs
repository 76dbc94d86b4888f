//! The chain itself: blocks, the state after each, and what waits.

use super::block::{Block, Included};
use super::execution::{self, Checks, ExecutionError, Outcome, Setting, State};
use super::pool::Pool;
use super::refusal::Refusal;
use super::spec::ChainSpec;
use alloy_consensus::transaction::{Recovered, SignerRecoverable};
use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, U256, address};
use revm::context::TxEnv;
use revm::context_interface::result::{EVMError, ExecutionResult};
use revm::database::EmptyDB;
use revm::state::{AccountInfo, Bytecode};
use revm::{DatabaseCommit, DatabaseRef};
use std::collections::{BTreeSet, HashMap};

/// Who receives priority fees. Nobody has its key.
const BENEFICIARY: Address = address!("0x00000000000000000000000000000000c0ffee00");

/// What happens to the transactions of blocks that a reorganisation orphans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// They wait again.
    Return,
    /// They are gone, as is everything else that waits.
    Drop,
}

pub(super) struct Ledger {
    pub(super) spec: ChainSpec,
    /// By number, genesis first; never empty.
    blocks: Vec<Block>,
    /// Hash of a mined transaction to its block's number and its place in it.
    mined: HashMap<B256, (u64, usize)>,
    pub(super) pool: Pool,
    next_base_fee: Option<u64>,
    generation: u64,
}

impl Ledger {
    pub(super) fn new(spec: ChainSpec) -> Self {
        let setting = Setting {
            chain_id: spec.chain_id,
            number: 0,
            timestamp: (spec.clock)(),
            gas_limit: spec.block_gas_limit,
            base_fee: spec.base_fee,
            beneficiary: BENEFICIARY,
        };
        let mut genesis = Block::seal(&setting, B256::ZERO, 0, Vec::new(), State::new(EmptyDB::new()));
        remember_hash(&mut genesis);
        Self {
            spec,
            blocks: vec![genesis],
            mined: HashMap::new(),
            pool: Pool::default(),
            next_base_fee: None,
            generation: 0,
        }
    }

    pub(super) fn head_number(&self) -> u64 {
        // There is always a genesis, so the count is one above the highest number.
        u64::try_from(self.blocks.len()).unwrap_or(u64::MAX).saturating_sub(1)
    }

    pub(super) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    pub(super) fn block_by_hash(&self, hash: B256) -> Option<&Block> {
        self.blocks.iter().find(|block| block.hash == hash)
    }

    pub(super) fn finalized_number(&self) -> u64 {
        self.head_number().saturating_sub(self.spec.finality_depth)
    }

    pub(super) fn safe_number(&self) -> u64 {
        self.head_number().saturating_sub(self.spec.finality_depth.div_ceil(2))
    }

    /// The block and place of a mined transaction.
    pub(super) fn find_mined(&self, hash: B256) -> Option<(&Block, usize)> {
        let (number, index) = self.mined.get(&hash)?;
        Some((self.block(*number)?, *index))
    }

    /// Nonce and balance of an account after the newest block.
    pub(super) fn account(&self, address: Address) -> (u64, U256) {
        self.blocks.last().map_or((0, U256::ZERO), |head| account(&head.state, address))
    }

    /// Changes the state after the newest block, outside any transaction.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut State)) {
        if let Some(head) = self.blocks.last_mut() {
            change(&mut head.state);
        }
    }

    pub(super) fn set_balance(&mut self, address: Address, balance: U256) {
        self.edit(|state| {
            let info = info(state, address);
            state.insert_account_info(address, AccountInfo { balance, ..info });
        });
    }

    pub(super) fn set_code(&mut self, address: Address, code: Bytes) {
        self.edit(|state| {
            let AccountInfo { balance, nonce, .. } = info(state, address);
            let fresh = AccountInfo::from_bytecode(Bytecode::new_raw(code));
            state.insert_account_info(address, AccountInfo { balance, nonce, ..fresh });
        });
    }

    /// The setting of the block that would follow the newest.
    pub(super) fn next_setting(&self) -> Setting {
        let parent = self.blocks.last().map(|head| head.header.clone()).unwrap_or_default();
        let params = BaseFeeParams::new(self.spec.base_fee_change_denominator, 2);
        let by_rule = calc_next_block_base_fee(
            parent.gas_used,
            parent.gas_limit,
            parent.base_fee_per_gas.unwrap_or_default(),
            params,
        );
        Setting {
            chain_id: self.spec.chain_id,
            number: parent.number.saturating_add(1),
            timestamp: (self.spec.clock)().max(parent.timestamp.saturating_add(1)),
            gas_limit: self.spec.block_gas_limit,
            base_fee: self.next_base_fee.unwrap_or(by_rule),
            beneficiary: BENEFICIARY,
        }
    }

    pub(super) fn set_next_base_fee(&mut self, base_fee: u64) {
        self.next_base_fee = Some(base_fee);
    }

    /// Judges signed bytes and lets them wait. The answer is the transaction's hash.
    pub(super) fn submit(&mut self, raw: &[u8]) -> Result<B256, Refusal> {
        let envelope = TxEnvelope::decode_2718_exact(raw).map_err(Refusal::Undecodable)?;
        let hash = *envelope.tx_hash();
        if self.pool.find(hash).is_some() {
            return Err(Refusal::AlreadyKnown);
        }
        let tx = self.judge(envelope)?;
        let (next_nonce, balance) = self.account(tx.signer());
        self.pool.admit(tx, next_nonce, balance)?;
        if self.spec.auto_mine {
            self.mine();
        }
        Ok(hash)
    }

    /// Everything that can be said of a transaction without knowing what else waits.
    fn judge(&self, envelope: TxEnvelope) -> Result<Recovered<TxEnvelope>, Refusal> {
        if envelope.is_eip4844() || envelope.is_eip7702() {
            return Err(Refusal::TypeNotSupported);
        }
        let have = envelope.chain_id().ok_or(Refusal::Unprotected)?;
        if have != self.spec.chain_id {
            return Err(Refusal::WrongChain { have, want: self.spec.chain_id });
        }
        let (tip, cap) = (envelope.priority_fee_or_price(), envelope.max_fee_per_gas());
        if tip > cap {
            return Err(Refusal::TipAboveFeeCap { tip, cap });
        }
        if tip < self.spec.min_tip {
            return Err(Refusal::Underpriced { tip, minimum: self.spec.min_tip });
        }
        let signer = envelope.recover_signer().map_err(Refusal::InvalidSender)?;
        let tx = Recovered::new_unchecked(envelope, signer);
        let (next_nonce, _) = self.account(signer);
        if tx.nonce() < next_nonce {
            return Err(Refusal::NonceTooLow { next: next_nonce, nonce: tx.nonce() });
        }
        // Whether its fee cap meets the base fee decides when it is mined, not whether it may wait.
        let setting = Setting { base_fee: 0, ..self.next_setting() };
        match self.simulate_latest(&setting, execution::tx_env(&tx)) {
            Err(EVMError::Transaction(invalid)) => Err(Refusal::from_validation(invalid)),
            _ => Ok(tx),
        }
    }

    /// Runs a transaction that nobody need have signed on the newest state, and changes nothing.
    pub(super) fn simulate_latest(&self, setting: &Setting, tx: TxEnv) -> Result<Outcome, ExecutionError> {
        match self.blocks.last() {
            Some(head) => execution::execute(&head.state, setting, tx, Checks::AnyNonceAndSender),
            None => execution::execute(EmptyDB::new(), setting, tx, Checks::AnyNonceAndSender),
        }
    }

    /// The block that would be mined now.
    pub(super) fn candidate(&self) -> Block {
        let setting = self.next_setting();
        let (parent_hash, mut state) = self
            .blocks
            .last()
            .map_or_else(|| (B256::ZERO, State::new(EmptyDB::new())), |head| (head.hash, head.state.clone()));
        let mut included: Vec<Included> = Vec::new();
        let mut gas_left = setting.gas_limit;
        // Senders whose next transaction turned out invalid; what they send later depends on it.
        let mut skipped = BTreeSet::new();
        while let Some(tx) = self.pool.best(setting.base_fee, gas_left, |sender| {
            (!skipped.contains(&sender)).then(|| account(&state, sender).0)
        }) {
            let Ok(outcome) = execution::execute(&state, &setting, execution::tx_env(&tx), Checks::All)
            else {
                skipped.insert(tx.signer());
                continue;
            };
            state.commit(outcome.state);
            let gas_used = outcome.result.gas().tx_gas_used();
            gas_left = gas_left.saturating_sub(gas_used);
            included.push(include(tx, outcome.result, gas_used, &setting, included.last()));
        }
        let mut block = Block::seal(&setting, parent_hash, self.generation, included, state);
        remember_hash(&mut block);
        block
    }

    /// Mines one block out of what waits and returns its number.
    pub(super) fn mine(&mut self) -> u64 {
        let block = self.candidate();
        let number = block.header.number;
        for (index, included) in block.transactions.iter().enumerate() {
            self.mined.insert(*included.tx.tx_hash(), (number, index));
        }
        self.blocks.push(block);
        self.next_base_fee = None;
        self.prune();
        number
    }

    fn prune(&mut self) {
        let mut pool = std::mem::take(&mut self.pool);
        pool.prune(|sender| self.account(sender));
        self.pool = pool;
    }

    /// Orphans the newest `depth` blocks, never the genesis.
    pub(super) fn reorganise(&mut self, depth: u64, orphans: Orphans) {
        self.generation = self.generation.saturating_add(1);
        let keep = self.head_number().saturating_sub(depth).saturating_add(1);
        let orphaned =
            self.blocks.split_off(usize::try_from(keep).unwrap_or(usize::MAX).min(self.blocks.len()));
        if orphans == Orphans::Drop {
            self.pool.clear();
        }
        for included in orphaned.into_iter().flat_map(|block| block.transactions) {
            self.mined.remove(included.tx.tx_hash());
            if orphans == Orphans::Return {
                self.pool.restore(included.tx);
            }
        }
        self.prune();
    }
}

/// Nonce and balance of an account.
pub(super) fn account(state: &State, address: Address) -> (u64, U256) {
    let info = info(state, address);
    (info.nonce, info.balance)
}

/// The record of an account; an untouched one is empty.
pub(super) fn info(state: &State, address: Address) -> AccountInfo {
    // Reading an in-memory state cannot fail: its error type has no values.
    let Ok(info) = state.basic_ref(address);
    info.unwrap_or_default()
}

/// The code of an account, empty where there is none.
pub(super) fn code(state: &State, address: Address) -> Bytes {
    let Ok(code) = state.code_by_hash_ref(info(state, address).code_hash);
    code.original_bytes()
}

/// Lets the BLOCKHASH instruction find the block.
fn remember_hash(block: &mut Block) {
    block.state.cache.block_hashes.insert(U256::from(block.header.number), block.hash);
}

fn include(
    tx: Recovered<TxEnvelope>,
    result: ExecutionResult,
    gas_used: u64,
    setting: &Setting,
    before: Option<&Included>,
) -> Included {
    Included {
        success: result.is_success(),
        gas_used,
        cumulative_gas_used: before
            .map_or(0, |included| included.cumulative_gas_used)
            .saturating_add(gas_used),
        effective_gas_price: tx.effective_gas_price(Some(setting.base_fee)),
        created: result.created_address(),
        logs: if result.is_success() { result.into_logs() } else { Vec::new() },
        tx,
    }
}
