//! `policy sign`: sign a policy as an admin.

use strongroom_policy::lint::Level;
use strongroom_policy::policy::Policy;
use strongroom_policy::policy_error::PolicyError;
use strongroom_protocol::sshsig::Namespace;
use strongroom_screen::{Failure, Report};

use super::lint;
use crate::desk::Desk;
use crate::signed_texts::{self, SignArgs};
use crate::{failure, findings};

pub(super) fn run(args: &SignArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let text = signed_texts::read(desk, &args.file)?;
    let policy = Policy::unsigned(text.text()).map_err(|error| failure::policy(&error))?;
    if policy.house() != home.house {
        let error = PolicyError::House { found: policy.house(), expected: home.house };
        return Err(failure::policy(&error));
    }
    // A signature under what no vault would install is worth nothing, and under what is unsound it is a trap.
    let found = lint::lint(desk, Some(&home), text.text());
    if found.iter().any(|finding| finding.level == Level::Error) {
        return findings::judged(&args.file.display().to_string(), &found);
    }
    let report = signed_texts::sign(desk, args, &text, &home.genesis, Namespace::Policy)?;
    Ok(findings::warned(report, &found))
}
