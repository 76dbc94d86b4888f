//! The app's own support for ERC-20 `transfer` and `approve`: what it makes of their parameters, and what it forgets to
//! forget.
//!
//! Its memory outlives the transaction. If a later transfer is of a token that nobody described, the screens still show
//! as many items as the last described one had, with its ticker and its decimals: recorded, and the reason why nobody
//! should rely on the screens alone.

use alloy_primitives::{Address, U256};

use super::amounts::written;
use super::tokens::Token;

const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const APPROVE: [u8; 4] = [0x09, 0x5e, 0xa7, 0xb3];
/// Bytes of an ABI word.
const WORD: usize = 32;
/// How many words may follow the parameters.
const EXTRA_WORDS: usize = 2;

/// Whether the support knows a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Support {
    Unknown,
    Known,
    /// Coins sent along with a token call.
    Refused,
}

/// The support, and its memory.
#[derive(Debug, Default)]
pub(super) struct Erc20 {
    active: bool,
    approval: bool,
    word: Vec<u8>,
    words: usize,
    destination: [u8; 20],
    amount: [u8; WORD],
    extra: Vec<u8>,
    /// What outlives a transaction.
    ticker: String,
    decimals: u8,
    items: usize,
}

impl Erc20 {
    /// A transaction begins.
    pub(super) fn reset(&mut self) {
        (self.active, self.words) = (false, 0);
        self.word.clear();
    }

    /// A call's data begins.
    pub(super) fn begin(&mut self, selector: [u8; 4], value: U256) -> Support {
        self.reset();
        if selector != TRANSFER && selector != APPROVE {
            return Support::Unknown;
        }
        if value != U256::ZERO {
            return Support::Refused;
        }
        self.extra.clear();
        (self.active, self.approval) = (true, selector == APPROVE);
        Support::Known
    }

    /// Whether this transaction is one of its calls.
    pub(super) const fn is_active(&self) -> bool {
        self.active
    }

    /// How many bytes of the present word are missing.
    pub(super) fn wanted(&self) -> usize {
        WORD.saturating_sub(self.word.len())
    }

    /// Takes bytes of a parameter; `ends` if they complete it. False if there are too many words.
    pub(super) fn take(&mut self, bytes: &[u8], ends: bool) -> bool {
        self.word.extend_from_slice(bytes);
        if !ends {
            return true;
        }
        let mut word = [0; WORD];
        for (to, from) in word.iter_mut().zip(self.word.drain(..)) {
            *to = from;
        }
        match self.words {
            0 => {
                let [_, _, _, _, _, _, _, _, _, _, _, _, address @ ..] = word;
                self.destination = address;
            }
            1 => self.amount = word,
            more if more < EXTRA_WORDS.saturating_add(2) => self.extra.extend_from_slice(&word),
            _ => return false,
        }
        self.words = self.words.saturating_add(1);
        true
    }

    /// The transaction is whole. With a token, it can be shown; without, it falls back to blind signing.
    pub(super) fn finish(&mut self, token: Option<&Token>) -> bool {
        let Some(token) = token else { return false };
        self.ticker.clone_from(&token.ticker);
        self.decimals = token.decimals;
        self.items = if self.extra.is_empty() { 2 } else { 3 };
        true
    }

    /// What the transaction does, in lower case.
    pub(super) const fn operation(&self) -> &'static str {
        if self.approval { "approve" } else { "send" }
    }

    /// Titles and values of its screens, as many as the last described call had.
    pub(super) fn items(&self) -> Vec<(&'static str, String)> {
        let (what, whom) = if self.approval { ("Approve", "Approve to") } else { ("Send", "To") };
        let amount = if self.amount == [0xff; WORD] {
            format!("Unlimited {}", self.ticker)
        } else {
            written(U256::from_be_bytes(self.amount), self.decimals, &self.ticker)
        };
        let extra = self.extra.split(|byte| *byte == 0).next().unwrap_or_default();
        let extra = if extra.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
            String::from_utf8_lossy(extra).into_owned()
        } else {
            format!("0x{}", alloy_primitives::hex::encode_upper(extra))
        };
        let all = [
            (what, amount),
            (whom, Address::from(self.destination).to_checksum(None)),
            ("Extra Data", extra),
        ];
        all.into_iter().take(self.items).collect()
    }
}
