//! Devices, cables and programs between them and the vault that lie, stop, or talk too much, in front of the vault's own
//! commands.
//!
//! Whatever is said to it, the vault ends with an exit code of the contract and with words that steer nothing; no signature
//! leaves, what was claimed stays claimed, the journal verifies, and an honest device finishes the work.

mod betrayal;
mod cable;
mod words;

/// Whether a character moves a cursor, turns a line or hides. Ellipses and dashes are the vault's own.
fn steers(c: char) -> bool {
    c.is_control() && c != '\n'
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{2069}').contains(&c)
        || ('\u{e0000}'..='\u{e007f}').contains(&c)
}
