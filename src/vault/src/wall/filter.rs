//! The filter of system calls: [`calls`](super::calls) as programs for the kernel (seccomp(2), classic BPF).
//!
//! Two programs are installed; the kernel asks both and obeys the stricter answer. The first tells libraries that some
//! calls do not exist. The second allows what is on the list and kills the whole process for anything else, calls of a
//! foreign architecture included; x32 calls have numbers that are on no list.

use seccompiler::{BpfProgram, TargetArch, apply_filter_all_threads, compile_from_json};
use serde_json::{Value, json};

use super::WallError;
use super::calls::{ABSENT, ALLOWED, ALLOWED_ON_X86_64, CONDITIONAL, Condition, TO_ITSELF};

/// "Function not implemented" (errno(3)).
const ENOSYS: u64 = 38;

/// The two programs of a processor, in the order in which they are installed.
pub struct Filter {
    absent: BpfProgram,
    allowed: BpfProgram,
}

/// Installs the filter in every thread of this process.
pub(super) fn install() -> Result<(), WallError> {
    let processor = std::env::consts::ARCH;
    let filter = Filter::of(processor, std::process::id())?;
    // The second allows no further filter: it must be the last.
    for program in [&filter.absent, &filter.allowed] {
        apply_filter_all_threads(program).map_err(WallError::Install)?;
    }
    Ok(())
}

impl Filter {
    /// The filter for a processor, as `std::env::consts::ARCH` names it, and a process.
    ///
    /// # Errors
    /// [`WallError::Processor`] for a processor whose calls nobody has listed; [`WallError::Compile`] for a name that is
    /// no call of it.
    pub fn of(processor: &'static str, process: u32) -> Result<Self, WallError> {
        let older = match processor {
            "x86_64" => ALLOWED_ON_X86_64,
            "aarch64" => &[],
            other => return Err(WallError::Processor(other)),
        };
        let target = TargetArch::try_from(processor).map_err(|_| WallError::Processor(processor))?;
        let absent = ABSENT.iter().map(|call| json!({ "syscall": call }));
        let allowed = ALLOWED.iter().chain(older).map(|call| json!({ "syscall": call }));
        let conditional = CONDITIONAL.iter().map(|(call, condition)| rule(call, *condition));
        let (to_itself, process_is) = TO_ITSELF;
        let to_itself = rule(to_itself, Condition { value: process.into(), ..process_is });
        let programs = json!({
            "absent": {
                "mismatch_action": "allow",
                "match_action": { "errno": ENOSYS },
                "filter": absent.collect::<Vec<_>>(),
            },
            "allowed": {
                "mismatch_action": "kill_process",
                "match_action": "allow",
                "filter": allowed.chain(conditional).chain([to_itself]).collect::<Vec<_>>(),
            },
        });
        let text = programs.to_string();
        let mut programs = compile_from_json(text.as_bytes(), target).map_err(WallError::Compile)?;
        let mut take =
            |name| programs.remove(name).ok_or(WallError::Compile(seccompiler::Error::EmptyFilter));
        Ok(Self { absent: take("absent")?, allowed: take("allowed")? })
    }
}

fn rule(call: &str, condition: Condition) -> Value {
    let Condition { argument, wide, mask, value } = condition;
    json!({ "syscall": call, "args": [{
        "index": argument,
        "type": if wide { "qword" } else { "dword" },
        "op": { "masked_eq": mask },
        "val": value,
    }]})
}

#[cfg(test)]
mod tests;
