//! The judge: (effects, plan, statements, history, now) → verdict. Pure, and the same on the desk as in the vault.
//!
//! Every rule is asked, also after one has refused, so that an operator sees everything at once. The desk's verdict is
//! advice; the vault's is law.

mod case;
mod history;
mod item;
mod others;
mod quorum;
mod reference;
mod rule;
mod spending;

pub use case::{Bench, Case, HouseState, JournalView, Judged, recovering_words};
pub use history::{Conflict, History};
pub use item::{ReadItem, Sight};
pub use others::Learned;
pub use quorum::{Approval, Vouched, present, read_approvals, rejections, vouched};
pub use rule::{Exit, Outcome, Refusal, Rule, Verdict};
