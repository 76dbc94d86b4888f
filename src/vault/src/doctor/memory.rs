//! What could write memory to disk: swap, hibernation, core dumps.

use super::{Examination, Machine, Weight};

const SWAP: &str = "swap";
const HIBERNATION: &str = "hibernation";
const CORE_DUMPS: &str = "core dumps";

/// Swap space (`proc_swaps(5)`). Compressed memory is memory.
pub(super) fn swap(machine: &Machine, examination: &mut Examination) {
    const FILE: &str = "proc/swaps";
    let text = match machine.text_if_any(FILE) {
        Ok(text) => text.unwrap_or_default(),
        Err(error) => return examination.unknown(SWAP, FILE, &error),
    };
    if !machine.has("proc/self") {
        return examination.unknown(SWAP, "proc/self", &std::io::ErrorKind::NotFound.into());
    }
    let mut any = false;
    // The first line is the heading.
    for place in text.lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
        any = true;
        if place.starts_with("/dev/zram") {
            examination.add(SWAP, Weight::Note, format!("{place}, which is compressed memory"));
        } else {
            let words = format!("{place} takes pages of memory: switch it off with `swapoff -a`");
            examination.add(SWAP, Weight::Warm, words);
        }
    }
    if !any {
        examination.add(SWAP, Weight::Fine, "none");
    }
}

/// Whether the machine could write all its memory to a disk and read it back (kernel: admin-guide/pm/sleep-states).
pub(super) fn hibernation(machine: &Machine, examination: &mut Examination) {
    let able = machine.line("sys/power/state").split_whitespace().any(|state| state == "disk");
    let forbidden = machine.line("sys/power/disk").contains("[disabled]");
    let place = machine.line("sys/power/resume");
    if !able || forbidden {
        examination.add(HIBERNATION, Weight::Fine, "not possible");
    } else if place.is_empty() || place == "0:0" {
        examination.add(HIBERNATION, Weight::Fine, "no place is set for it");
    } else {
        examination.add(
            HIBERNATION,
            Weight::Warm,
            format!("memory can be written to device {place}: boot with `nohibernate`"),
        );
    }
}

/// Whether this program could be dumped, and where dumps of others go (core(5)).
pub(super) fn core_dumps(machine: &Machine, examination: &mut Examination) {
    const FILE: &str = "proc/self/limits";
    let limits = match machine.text(FILE) {
        Ok(limits) => limits,
        Err(error) => return examination.unknown(CORE_DUMPS, FILE, &error),
    };
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max core file size"));
    let values: Vec<&str> = limit.unwrap_or_default().split_whitespace().take(2).collect();
    if values == ["0", "0"] {
        examination.add(CORE_DUMPS, Weight::Fine, "this program makes none");
    } else {
        let words =
            "this program could leave one: it was not started as it should be; use the released program";
        examination.add(CORE_DUMPS, Weight::Warm, words);
    }
    let pattern = machine.line("proc/sys/kernel/core_pattern");
    if let Some(collector) = pattern.strip_prefix('|') {
        let program = collector.split_whitespace().next().unwrap_or_default();
        examination.add(CORE_DUMPS, Weight::Note, format!("those of other programs go to {program}"));
    }
}
