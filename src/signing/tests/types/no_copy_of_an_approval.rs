//! An approval cannot be kept for later.

use strongroom_signing::Approved;

fn theft(approved: &Approved) -> Approved {
    approved.clone()
}

fn main() {}
