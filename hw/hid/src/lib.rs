//! Devices on the USB cable, through the kernel's hidraw: the only crate that names hidapi.
//!
//! hidapi's own back end is used, in Rust: it lists `/sys` and opens `/dev/hidraw*`, without libudev and without a socket
//! to hear of devices that come and go. They are listed again instead.

mod bus;
mod cable;
mod claim;
mod trouble;

pub use bus::HidBus;
