//! The offline language: [`Review`], then [`Approved`], then [`Signed`]; there is no other road to a signature.
//!
//! Each step consumes the one before. A [`Review`] can be shown but not signed; an [`Approved`] exists only after its
//! claims are synced in the journal; a [`Signed`] only after every signature was verified by code that did not make it.
//! None of them can be cloned, forged or used twice:
//!
//! ```compile_fail
//! # use strongroom_signing::{Review, Signer};
//! fn sign_unapproved(review: Review, signer: &mut dyn Signer) {
//!     let _ = review.sign(signer); // a Review has no such method
//! }
//! ```
//! ```compile_fail
//! # use strongroom_signing::{Approved, Signer};
//! fn sign_twice(approved: Approved, signer: &mut dyn Signer) {
//!     let _ = approved.sign(signer);
//!     let _ = approved.sign(signer); // moved by the first
//! }
//! ```
//! ```compile_fail
//! # use strongroom_signing::{Answer, Signed};
//! fn believe(answer: Answer) -> Signed {
//!     Signed { answer } // private, and an Answer is not a signature until it was verified
//! }
//! ```

mod approved;
mod chronicle;
mod codecs;
mod confirmation;
mod review;
mod signer;

pub use approved::{Approved, SignError, Signed};
pub use chronicle::{Chronicle, ChronicleError, Freeze, Standing};
pub use codecs::Codecs;
pub use confirmation::{Challenge, Confirmation};
pub use review::{Gate, ReadLine, Review};
pub use signer::{Answer, ApprovedTask, Signer, SignerError};
pub use strongroom_policy::judge::{Exit, HouseState, Refusal, Rule, Verdict};
