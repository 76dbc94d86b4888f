//! `policy seal`: put a quorum's signatures below a policy.

use serde_json::json;
use strongroom_policy::policy::Policy;
use strongroom_protocol::ComparisonCode;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::failure;
use crate::signed_texts::{self, SealArgs};

pub(super) fn run(args: &SealArgs, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let home = desk.open()?;
    let signed = signed_texts::gather(desk, args)?;
    let policy =
        Policy::open(&signed, &home.house, &home.genesis, None).map_err(|error| failure::policy(&error))?;
    desk.write_file(&args.out, signed.to_string().as_bytes())?;
    let code = ComparisonCode::of(policy.id().as_bytes());
    let out = args.out.display().to_string();
    let human =
        format!("{out}: policy of epoch {}\n  id    {}\n  code  {code}\n", policy.epoch(), policy.id());
    let data = json!({
        "file": out, "policy": policy.id().to_string(), "code": code.to_string(), "epoch": policy.epoch()
    });
    Ok(Report::new(human, data))
}
