//! The cable between a vault and a hardware wallet: 64-byte reports in and out, and the bus on which devices are found.
//!
//! It depends on nothing, so that everything can stand at its ends: hidapi, a software device, a recording, a stream.
//! Whatever arrives over it is hostile.

mod bus;
mod error;
mod report;

pub use bus::{Bus, EmptyBus, Found};
pub use error::WireError;
pub use report::{Patience, REPORT_BYTES, Report, Wire};
