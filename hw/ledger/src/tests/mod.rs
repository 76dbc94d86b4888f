//! The driver against recordings of real apps, and against devices that lie.
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions)]

mod cables;
mod hostile;
mod recordings;
mod replay;
mod screens;
mod software_device;
mod tokens;
mod transcripts;
