//! Slots that requests hold.
