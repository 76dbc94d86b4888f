//! What was approved is signed once.

use strongroom_signing::{Approved, Codecs, Signer};

fn theft(approved: Approved, codecs: &Codecs, signer: &mut dyn Signer) {
    let _ = approved.sign(codecs, signer, false, |_, _| {});
    let _ = approved.sign(codecs, signer, false, |_, _| {});
}

fn main() {}
