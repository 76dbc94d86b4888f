//! A transaction of an account with all that is known of it, whether it was built or read, and the rules it must keep.

use std::collections::BTreeSet;

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode;
use bitcoin::transaction::Version;
use bitcoin::{OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Weight, Witness};
use strongroom_protocol::{Address, Keychain};

use crate::lock::Lock;
use crate::payee;
use crate::wallet::Holder;

/// How far the change's index may be beyond the highest index among the coins that are spent: so far a wallet that is
/// restored from its descriptor must look. The coins are all that a transaction tells of how far the account has come.
pub const CHANGE_GAP: u32 = 1000;
/// The highest index change may ever have, wherever the coins lie: a search of so many addresses takes minutes.
pub const CHANGE_LIMIT: u32 = 1_000_000;
/// The heaviest transaction that nodes relay (Core's `MAX_STANDARD_TX_WEIGHT`).
pub const WEIGHT_LIMIT: Weight = Weight::from_wu(400_000);
/// Locktimes from here on are seconds, not heights (Core's `LOCKTIME_THRESHOLD`).
pub const HEIGHT_LIMIT: u32 = 500_000_000;
/// All satoshi there will ever be (Core's `MAX_MONEY`).
pub const MOST_SATOSHI: u64 = 2_100_000_000_000_000;

/// The sequence that says a transaction may be replaced (BIP-125), and has no relative locktime (BIP-68).
pub const REPLACEABLE: u32 = 0xffff_fffd;
/// The sequence that heeds the locktime and says nothing else.
pub const NOT_FINAL: u32 = 0xffff_fffe;
/// The sequence that ignores the locktime.
pub const FINAL: u32 = 0xffff_ffff;

/// A coin to be spent.
#[derive(Clone, Debug)]
pub(crate) struct Coin {
    /// The transaction that made it, without witnesses.
    pub(crate) previous: Transaction,
    pub(crate) outpoint: OutPoint,
    pub(crate) sequence: u32,
    pub(crate) lock: Lock,
}

/// An output.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    Payment { to: Address, script: ScriptBuf, satoshi: u64 },
    Change { lock: Box<Lock>, satoshi: u64 },
}

/// A transaction of an account.
#[derive(Clone, Debug)]
pub(crate) struct Spend {
    pub(crate) version: u32,
    pub(crate) locktime: u32,
    pub(crate) coins: Vec<Coin>,
    pub(crate) outputs: Vec<Output>,
}

/// Why a transaction is refused, however it came about. Places are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SpendError {
    #[error("version {0} of transactions is not taken: use 2, or 1 (BIP-68)")]
    Version(u32),
    #[error("the locktime {0} is a time, and only heights below {HEIGHT_LIMIT} are taken")]
    Locktime(u32),
    #[error(
        "input {input} has the sequence {found:#010x}: take {REPLACEABLE:#010x} to allow a replacement (BIP-125) or {NOT_FINAL:#010x}"
    )]
    Sequence { input: usize, found: u32 },
    #[error("input {0} has another sequence than the first, and all must have the same")]
    Sequences(usize),
    #[error("the sequence {FINAL:#010x} switches off the locktime {0}: make one of the two agree")]
    Final(u32),
    #[error("it spends nothing")]
    NoInputs,
    #[error("input {0} spends the same coin as another")]
    Duplicate(usize),
    #[error("input {input} spends {outpoint}, and that transaction has no such output")]
    NoOutput { input: usize, outpoint: OutPoint },
    #[error(
        "input {input} spends a coin that is not the account's: its script is not the one at {branch}/{index}"
    )]
    Foreign { input: usize, branch: u32, index: u32 },
    #[error("it has no outputs: everything would go in fees")]
    NoOutputs,
    #[error("output {0} is a second change output, and one is all there is")]
    TwoChanges(usize),
    #[error(
        "output {output} is change at index {index}, further than a restored wallet would look: {limit} is the most beside these coins"
    )]
    ChangeIndex { output: usize, index: u32, limit: u32 },
    #[error("output {output} of {found} satoshi is dust: nodes relay it from {least} on")]
    Dust { output: usize, found: u64, least: u64 },
    #[error("{to} must not be paid: {why}")]
    Payee { to: Address, why: &'static str },
    #[error("its amounts are beyond all the coins there are")]
    TooMuch,
    #[error("its outputs take {outputs} satoshi, and its inputs hold only {inputs}")]
    Overspent { inputs: u64, outputs: u64 },
    #[error("it weighs up to {found} units once signed, and nodes relay up to {}: split it", WEIGHT_LIMIT.to_wu())]
    TooHeavy { found: u64 },
}

impl Coin {
    /// The output spent.
    pub(crate) fn output(&self) -> Option<&TxOut> {
        self.previous.output.get(usize::try_from(self.outpoint.vout).ok()?)
    }
}

impl Output {
    pub(crate) const fn satoshi(&self) -> u64 {
        match self {
            Self::Payment { satoshi, .. } | Self::Change { satoshi, .. } => *satoshi,
        }
    }

    pub(crate) fn txout(&self) -> TxOut {
        let (script, satoshi) = match self {
            Self::Payment { script, satoshi, .. } => (script, satoshi),
            Self::Change { lock, satoshi } => (&lock.script, satoshi),
        };
        TxOut { value: bitcoin::Amount::from_sat(*satoshi), script_pubkey: script.clone() }
    }
}

impl Spend {
    /// The transaction without signatures. Its version and locktime are those of a checked one.
    pub(crate) fn transaction(&self) -> Transaction {
        let input = self.coins.iter().map(|coin| TxIn {
            previous_output: coin.outpoint,
            script_sig: ScriptBuf::new(),
            sequence: Sequence(coin.sequence),
            witness: Witness::new(),
        });
        Transaction {
            version: if self.version == 1 { Version::ONE } else { Version::TWO },
            lock_time: LockTime::from_consensus(self.locktime),
            input: input.collect(),
            output: self.outputs.iter().map(Output::txout).collect(),
        }
    }

    /// Checks every rule, and gives the exact fee in satoshi.
    pub(crate) fn check(&self, holder: &Holder) -> Result<u64, SpendError> {
        self.check_terms()?;
        self.check_coins()?;
        self.check_outputs(holder)?;
        self.check_weight()?;
        self.fee()
    }

    fn check_terms(&self) -> Result<(), SpendError> {
        if !matches!(self.version, 1 | 2) {
            return Err(SpendError::Version(self.version));
        }
        if self.locktime >= HEIGHT_LIMIT {
            return Err(SpendError::Locktime(self.locktime));
        }
        let first = self.coins.first().ok_or(SpendError::NoInputs)?.sequence;
        for (input, coin) in (1usize..).zip(&self.coins) {
            if !matches!(coin.sequence, REPLACEABLE | NOT_FINAL | FINAL) {
                return Err(SpendError::Sequence { input, found: coin.sequence });
            }
            if coin.sequence != first {
                return Err(SpendError::Sequences(input));
            }
        }
        if first == FINAL && self.locktime > 0 { Err(SpendError::Final(self.locktime)) } else { Ok(()) }
    }

    fn check_coins(&self) -> Result<(), SpendError> {
        let mut spent = BTreeSet::new();
        for (input, coin) in (1usize..).zip(&self.coins) {
            let outpoint = coin.outpoint;
            if !spent.insert(outpoint) {
                return Err(SpendError::Duplicate(input));
            }
            let output = coin.output().ok_or(SpendError::NoOutput { input, outpoint })?;
            let Lock { keychain, index, script, .. } = &coin.lock;
            if output.script_pubkey != *script {
                return Err(SpendError::Foreign { input, branch: keychain.step(), index: *index });
            }
        }
        Ok(())
    }

    /// The highest index change may have.
    fn change_limit(&self) -> u32 {
        let highest = self.coins.iter().map(|coin| coin.lock.index).max().unwrap_or(0);
        highest.saturating_add(CHANGE_GAP).min(CHANGE_LIMIT)
    }

    fn check_outputs(&self, holder: &Holder) -> Result<(), SpendError> {
        if self.outputs.is_empty() {
            return Err(SpendError::NoOutputs);
        }
        let first = holder.wallet.lock(Keychain::Receive, 0).map(|lock| lock.script);
        let mut own: BTreeSet<_> = self.coins.iter().map(|coin| &coin.lock.script).chain(&first).collect();
        let mut changed = false;
        for (place, output) in (1usize..).zip(&self.outputs) {
            let Output::Change { lock, .. } = output else { continue };
            if changed {
                return Err(SpendError::TwoChanges(place));
            }
            changed = true;
            let limit = self.change_limit();
            if lock.index > limit {
                return Err(SpendError::ChangeIndex { output: place, index: lock.index, limit });
            }
            own.insert(&lock.script);
        }
        for (place, output) in (1usize..).zip(&self.outputs) {
            let TxOut { value, script_pubkey } = output.txout();
            let (found, least) = (value.to_sat(), payee::least(&script_pubkey));
            if found < least {
                return Err(SpendError::Dust { output: place, found, least });
            }
            let Output::Payment { to, script, .. } = output else { continue };
            let why = if own.contains(script) {
                Some("it is the paying account itself: what comes back is change, and stated as such")
            } else {
                payee::grave(script)
            };
            if let Some(why) = why {
                return Err(SpendError::Payee { to: to.clone(), why });
            }
        }
        Ok(())
    }

    fn check_weight(&self) -> Result<(), SpendError> {
        let unsigned = self.transaction().weight();
        let opened = self
            .coins
            .iter()
            .try_fold(unsigned, |weight, coin| weight.checked_add(coin.lock.opening_weight()?));
        match opened {
            Some(weight) if weight <= WEIGHT_LIMIT => Ok(()),
            weight => Err(SpendError::TooHeavy { found: weight.unwrap_or(Weight::MAX).to_wu() }),
        }
    }

    /// What the inputs hold less what the outputs take.
    fn fee(&self) -> Result<u64, SpendError> {
        let inputs = sum(self.coins.iter().filter_map(Coin::output).map(|output| output.value.to_sat()))?;
        let outputs = sum(self.outputs.iter().map(Output::satoshi))?;
        inputs.checked_sub(outputs).ok_or(SpendError::Overspent { inputs, outputs })
    }
}

/// The sum of amounts that are all there at once.
fn sum(mut amounts: impl Iterator<Item = u64>) -> Result<u64, SpendError> {
    amounts
        .try_fold(0u64, |sum, amount| sum.checked_add(amount).filter(|sum| *sum <= MOST_SATOSHI))
        .ok_or(SpendError::TooMuch)
}

/// The bytes of an unsigned transaction as facts and PSBTs carry it: without witnesses.
pub(crate) fn bytes(transaction: &Transaction) -> Vec<u8> {
    encode::serialize(transaction)
}
