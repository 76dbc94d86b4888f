//! The feed against a scripted chain whose nodes lie and fail.

#![allow(clippy::arithmetic_side_effects, clippy::string_slice)]

mod anchor;
mod balances;
mod facts;
mod fees;
mod follow;
mod hostile;
mod receipt;
mod send;
