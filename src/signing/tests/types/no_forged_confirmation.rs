//! A confirmation is what an operator typed, not what a program made up.

use strongroom_protocol::ComparisonCode;
use strongroom_signing::Confirmation;

fn theft(code: ComparisonCode) -> Confirmation {
    Confirmation { code }
}

fn main() {}
