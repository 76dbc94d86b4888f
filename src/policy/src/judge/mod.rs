//! The judge: (effects, plan, statements, history, now) → verdict. Pure, and the same on the desk as in the vault.
//!
//! Every rule is asked, also after one has refused, so that an operator sees everything at once. The desk's verdict is
//! advice; the vault's is law.

mod case;
mod history;
mod item;
mod quorum;
mod reference;
mod rule;
mod spending;

pub use case::{Bench, Case, HouseState, JournalView, Judged};
pub use history::{Conflict, History};
pub use item::ReadItem;
pub use quorum::{Approval, present, read_approvals, rejections};
pub use rule::{Exit, Outcome, Refusal, Rule, Verdict};
