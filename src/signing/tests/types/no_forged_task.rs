//! A signer is handed approved work alone: nobody outside makes it.

use strongroom_protocol::{Account, Effects, Intent, SigningTask, Unsigned};
use strongroom_signing::ApprovedTask;

fn theft<'a>(
    account: &'a Account,
    intent: &'a Intent,
    unsigned: &'a Unsigned,
    effects: &'a Effects,
    task: &'a SigningTask,
) -> ApprovedTask<'a> {
    ApprovedTask { account, intent, unsigned, effects, task }
}

fn main() {}
