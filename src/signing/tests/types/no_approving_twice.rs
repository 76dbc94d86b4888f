//! A review is approved once.

use strongroom_signing::{Chronicle, Confirmation, Review};

fn theft(review: Review, confirmation: &Confirmation, chronicle: &mut Chronicle) {
    let _ = review.approve(confirmation, chronicle);
    let _ = review.approve(confirmation, chronicle);
}

fn main() {}
