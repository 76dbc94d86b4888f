//! From payments wanted to a request: what the commands that build have in common.
//!
//! | module | noun |
//! |---|---|
//! | [`wish`] | a payment as somebody asked for it, and what it comes to in this house |
//! | [`payees`] | whom an address or a label means |
//! | [`fee_cap`] | the most that an item may cost, where nobody said |
//! | [`preparer`] | whose key signs the plan |
//! | [`versions`] | facts and bytes for the intents of a plan |
//! | [`slots`] | the slot that facts mean, and slots as people type them |
//! | [`precedent`] | what this desk wrote before |
//! | [`advice`] | the judge, asked before anybody is bothered |
//! | [`settling`] | reserved slots held against the chain |
//! | [`filing`] | a request on its way to disk |
//! | [`trouble`] | what is wrong, line by line |
//! | [`proposal`] | a plan with its items on the way to a request |
//! | [`again`] | another request of a plan that is signed already |
//! | [`standings`] | what became of the slots of a request |
//! | [`giving_up`] | letting go of slots |
//! | [`built`] | what a command that built something says |

pub mod advice;
pub mod again;
pub mod built;
pub mod fee_cap;
pub mod filing;
pub mod giving_up;
pub mod payees;
pub mod precedent;
pub mod preparer;
pub mod proposal;
pub mod settling;
pub mod slots;
pub mod standings;
pub mod trouble;
pub mod versions;
pub mod wish;
