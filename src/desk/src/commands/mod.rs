//! The commands, one file each. `run` takes what the command line says and gives what there is to print.

pub mod bump;
pub mod pay;
pub mod reply;
pub mod request;
pub mod send;
pub mod status;
pub mod void;
