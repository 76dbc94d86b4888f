//! What a device answers is no signature until it was verified.

use strongroom_signing::{Answer, Signed};

fn theft(answer: Answer) -> Signed {
    answer.into()
}

fn main() {}
