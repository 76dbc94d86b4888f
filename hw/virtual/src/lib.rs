//! A software Ledger, for training and tests: the same 64-byte reports, screens, status words and mistakes as a Nano S
//! Plus with the Ethereum app 1.22.0, with published seeds.
//!
//! | module | noun |
//! |---|---|
//! | [`ledger`] | the device: lock, apps, reports |
//! | [`screen`], [`person`] | what it shows, and its owner |
//! | [`seed`] | its keys |
//! | [`fault`] | ways in which it lies |
//! | [`bus`] | cables, and pulling them out |
//! | [`apdu`] | emulators' ports |
//! | [`file`](mod@file) | a device described in a file |
//!
//! Its keys protect nothing: it takes only seeds that are printed in everybody's documentation, and it says VIRTUAL on
//! every screen that people are shown. No release program may link it.

pub mod apdu;
pub mod bus;
mod ethereum;
pub mod fault;
pub mod file;
pub mod ledger;
pub mod person;
pub mod screen;
pub mod seed;
mod text;

pub use apdu::ApduBus;
pub use bus::{Socket, VirtualBus};
pub use ethereum::DescriptorKey;
pub use fault::Fault;
pub use file::{DeviceFile, FileError, Hands};
pub use ledger::{App, Ledger, Setup};
pub use person::Person;
pub use screen::{Decision, Narrated, Owner, Review, STAMP, Screen, Script};
pub use seed::{SeedError, TrainingSeed};
