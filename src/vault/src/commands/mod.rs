//! The commands, one file each.

pub(crate) mod address;
pub(crate) mod book;
pub(crate) mod completions;
pub(crate) mod device;
pub(crate) mod doctor;
pub(crate) mod enroll;
pub(crate) mod freeze;
pub(crate) mod init;
pub(crate) mod journal;
pub(crate) mod key;
mod key_words;
pub(crate) mod man;
pub(crate) mod policy;
pub(crate) mod recover;
pub(crate) mod review;
pub(crate) mod selftest;
pub(crate) mod sign;
pub(crate) mod thaw;
