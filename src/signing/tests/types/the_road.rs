//! The one road compiles, so that the others fail for what they try and not for how they are written.

use strongroom_signing::{Approved, Chronicle, Codecs, Confirmation, Review, Signed, Signer};

fn road(review: Review, confirmation: &Confirmation, chronicle: &mut Chronicle, codecs: &Codecs, signer: &mut dyn Signer) {
    let approved: Approved = review.approve(confirmation, chronicle).unwrap();
    let signed: Signed = approved.sign(codecs, signer, false, |_, _| {}).unwrap();
    let _ = signed.count();
}

fn main() {
    let _ = road;
}
