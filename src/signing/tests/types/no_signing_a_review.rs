//! A review was approved by nobody.

use strongroom_signing::{Codecs, Review, Signer};

fn theft(review: Review, codecs: &Codecs, signer: &mut dyn Signer) {
    let _ = review.sign(codecs, signer, false, |_, _| {});
}

fn main() {}
