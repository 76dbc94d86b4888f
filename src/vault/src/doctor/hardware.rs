//! What the machine is, and what is plugged into it. Nothing here makes it warm; an operator knows what should be there.

use super::{Examination, Machine, Weight};

const HYPERVISOR: &str = "hypervisor";
const INPUT: &str = "input devices";
const HID: &str = "HID devices";

/// Words in the maker's name of a machine that is a program.
const MAKERS: &[&str] =
    &["QEMU", "VMware", "innotek", "VirtualBox", "Xen", "Parallels", "KVM", "Amazon EC2", "Google Compute"];

/// Whether somebody else's program is under this machine.
pub(super) fn hypervisor(machine: &Machine, examination: &mut Examination) {
    let cpu = machine.text("proc/cpuinfo").unwrap_or_default();
    let flagged = cpu
        .lines()
        .find(|line| line.starts_with("flags"))
        .is_some_and(|line| line.split_whitespace().any(|flag| flag == "hypervisor"));
    let kind = machine.line("sys/hypervisor/type");
    let maker =
        machine.line("sys/class/dmi/id/sys_vendor") + " " + &machine.line("sys/class/dmi/id/product_name");
    let known = MAKERS.iter().find(|name| maker.contains(**name));
    let name = match (kind.as_str(), known) {
        ("", None) if !flagged => return examination.add(HYPERVISOR, Weight::Fine, "none shows itself"),
        ("", None) => "an unnamed one".to_owned(),
        ("", Some(known)) => (*known).to_owned(),
        (kind, _) => kind.to_owned(),
    };
    let words =
        format!("{name}: this is a virtual machine, and whoever works its host sees all that happens in it");
    examination.add(HYPERVISOR, Weight::Note, words);
}

/// What can type (kernel: `/proc/bus/input/devices`).
pub(super) fn input(machine: &Machine, examination: &mut Examination) {
    let text = machine.text("proc/bus/input/devices").unwrap_or_default();
    let mut names = Vec::new();
    for device in text.split("\n\n") {
        let field = |mark: &str| device.lines().find_map(|line| line.strip_prefix(mark));
        let types =
            field("H: Handlers=").is_some_and(|all| all.split_whitespace().any(|handler| handler == "kbd"));
        if types {
            names.push(field("N: Name=").unwrap_or("\"\"").trim_matches('"').to_owned());
        }
    }
    if names.is_empty() {
        examination.add(INPUT, Weight::Fine, "none can type");
    } else {
        examination.add(INPUT, Weight::Note, format!("can type: {}", names.join(", ")));
    }
}

/// What hangs on HID, hardware wallets among them.
pub(super) fn hid(machine: &Machine, examination: &mut Examination) {
    const FOLDER: &str = "sys/class/hidraw";
    let names = machine.names_if_any(FOLDER).unwrap_or_default();
    if names.is_empty() {
        return examination.add(HID, Weight::Fine, "none");
    }
    for name in names {
        let text = machine.text(&format!("{FOLDER}/{name}/device/uevent")).unwrap_or_default();
        let field =
            |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark)).unwrap_or("?").to_owned();
        let (id, product) = (field("HID_ID="), field("HID_NAME="));
        // Bus, vendor and product, each in eight or four hexadecimal digits.
        let short: Vec<_> =
            id.split(':').skip(1).map(|part| part.trim_start_matches('0').to_lowercase()).collect();
        let words = format!("{name}: {product} ({})", short.join(":"));
        examination.add(HID, Weight::Note, words);
    }
}
