//! The last head known of each vault.
