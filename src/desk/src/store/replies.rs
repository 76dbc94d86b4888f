//! Vaults' replies that were verified and taken in.
