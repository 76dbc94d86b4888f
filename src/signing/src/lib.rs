//! The offline language: [`Review`], then [`Approved`], then [`Signed`]; there is no other road to a signature.
//!
//! Each step consumes the one before. A [`Review`] can be shown but not signed; an [`Approved`] exists only after its
//! claims are synced in the journal; a [`Signed`] only after every signature was verified by code that did not make it.
//! None of them can be cloned, forged or used twice: `tests/types` holds the attempts, none of which compiles.

mod approved;
mod chronicle;
mod codecs;
mod confirmation;
mod device;
mod devices;
mod learning;
mod memory;
mod recovering;
mod review;
mod signer;

pub use approved::{Approved, SignError, Signed};
pub use chronicle::{Chronicle, ChronicleError, Freeze, Standing};
pub use codecs::Codecs;
pub use confirmation::{Challenge, Confirmation};
pub use device::{Described, Device, DeviceIdentity, DeviceKind, Preview, PreviewItem, Screen, Sight};
pub use devices::Devices;
pub use learning::{Lesson, LessonError};
pub use recovering::Recovering;
pub use review::{ApproveError, Gate, ReadLine, Review};
pub use signer::{Answer, ApprovedTask, Signer, SignerError};
pub use strongroom_policy::judge::{Exit, HouseState, Refusal, Rule, Verdict};
