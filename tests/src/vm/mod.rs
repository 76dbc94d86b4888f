//! A virtual machine, in which released programs meet a device through a real kernel.
//!
//! QEMU boots Debian's kernel, emulating the processor, with a file system made on the spot and held in memory. The machine
//! has no network device and no disk. What goes in is packed into that file system; what comes out crosses a virtio serial
//! port, one JSON object a line; the console says what the kernel complains of.
//!
//! | module | side | noun |
//! |---|---|---|
//! | `initramfs` | host | the file system it boots with |
//! | `machine` | host | the running machine |
//! | `message` | both | what crosses the port |
//! | `agent` | guest | starts programs, and says what became of them |
//! | `init` | guest | the first process |

mod agent;
mod init;
mod initramfs;
mod machine;
mod message;

pub use agent::Agent;
pub use init::{InitError, start};
pub use initramfs::{Initramfs, InitramfsError};
pub use machine::{Machine, MachineError, Memory, Process};
pub use message::{Answer, Exit, Request};

/// The name of the port between host and guest.
pub const PORT: &str = "strongroom";

/// Where the kernel's modules lie in the guest, in the order in which they are loaded.
const MODULES: &str = "modules";

/// Where programs lie in the guest.
const PROGRAMS: &str = "bin";
