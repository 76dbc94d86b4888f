//! Hostile files, laid before the programs' own commands: cut short, drawn out, with each bit flipped, spelled in other ways, too
//! large, of another house, played again, and with text that steers a screen.
//!
//! Whatever is laid down, the program ends with an exit code of the contract and with words that steer nothing; nothing is
//! signed, no file is written, and a journal is as it was or longer by the line that says what was refused. At the end of each
//! test the genuine file is taken, so that nothing but the attack stood in its way.

mod doors;
mod flipped;
mod foreign;
mod replayed;
mod spelled;
mod spelling;
mod steering;
