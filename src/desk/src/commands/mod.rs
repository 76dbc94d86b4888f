//! The commands, one file each. `run` takes what the command line says and gives what there is to print.

pub mod account;
pub mod book;
pub mod bump;
pub mod completions;
pub mod freeze;
pub mod house;
pub mod init;
pub mod journal;
pub mod man;
pub mod node;
pub mod pay;
pub mod policy;
pub mod recovery;
pub mod reply;
pub mod request;
pub mod send;
pub mod status;
pub mod thaw;
pub mod void;
