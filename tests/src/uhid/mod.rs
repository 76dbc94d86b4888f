//! Devices that the kernel takes for real ones: HID devices made from user space through `/dev/uhid`.
//!
//! | module | noun |
//! |---|---|
//! | `event` | what crosses `/dev/uhid`, as bytes |
//! | `identity` | what a device says of itself: ids, usage page, serial number |
//! | `behaviour` | what it does with the reports it is sent |
//! | `plug` | the device in its socket, until it is pulled out |
//! | `recording` | reports as they once crossed a cable |
//! | `virtual_ledger` | a software Ledger as such a device |
//!
//! The kernel's interface is described in its `Documentation/hid/uhid.rst`; the layout of the structures is that of
//! `include/uapi/linux/uhid.h`. The crates that wrap it need libclang to build or read the kernel's answers without
//! looking at them, so the few events needed are written down here.

mod behaviour;
mod event;
mod identity;
mod plug;
mod recording;
mod virtual_ledger;

pub use behaviour::{Behaviour, Pulled, Reaction, Rubbish, Spoken};
pub use event::Event;
pub use identity::{Identity, IdentityError};
pub use plug::{Ended, PlugError, Socket, Watched, plug_in};
pub use recording::{Recording, RecordingError, Run};
pub use virtual_ledger::{LedgerError, described};
