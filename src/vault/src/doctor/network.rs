//! What could speak to somebody: interfaces, radios, routes.

use super::{Examination, Machine, Weight};

/// `ARPHRD_LOOPBACK` (`linux/if_arp.h`).
const LOOPBACK: &str = "772";
/// `IFF_UP` (netdevice(7)), `RTF_UP` (route(8)): both the lowest bit.
const UP: u32 = 1;

const INTERFACES: &str = "interfaces";
const RADIOS: &str = "radios";
const ROUTES: &str = "routes";

/// Every network interface but the loopback. One that is down is worth knowing; one that is up makes the machine warm.
pub(super) fn interfaces(machine: &Machine, examination: &mut Examination) {
    const FOLDER: &str = "sys/class/net";
    let names = match machine.names(FOLDER) {
        Ok(names) => names,
        Err(error) => return examination.unknown(INTERFACES, FOLDER, &error),
    };
    let mut others = 0usize;
    for name in names {
        let place = format!("{FOLDER}/{name}");
        // Beside interfaces there are files, such as bonding_masters.
        if !machine.has_folder(&place) || machine.line(&format!("{place}/type")) == LOOPBACK {
            continue;
        }
        others = others.saturating_add(1);
        let wireless = machine.has(&format!("{place}/wireless")) || machine.has(&format!("{place}/phy80211"));
        let kind = if wireless { "wireless interface" } else { "interface" };
        match hexadecimal(&machine.line(&format!("{place}/flags"))) {
            Some(flags) if flags & UP == 0 => {
                examination.add(INTERFACES, Weight::Note, format!("{kind} {name} is there, and down"));
            }
            Some(_) => examination.add(
                INTERFACES,
                Weight::Warm,
                format!("{kind} {name} is up: pull it out, or switch it off with `ip link set {name} down`"),
            ),
            None => examination.add(
                INTERFACES,
                Weight::Warm,
                format!("{kind} {name} does not say whether it is up: pull it out"),
            ),
        }
    }
    if others == 0 {
        examination.add(INTERFACES, Weight::Fine, "none but the loopback");
    }
}

/// Every radio that the kernel can block, and those that it cannot.
pub(super) fn radios(machine: &Machine, examination: &mut Examination) {
    const SWITCHES: &str = "sys/class/rfkill";
    let switches = match machine.names_if_any(SWITCHES) {
        Ok(names) => names,
        Err(error) => return examination.unknown(RADIOS, SWITCHES, &error),
    };
    let (mut kinds, mut none) = (Vec::new(), switches.is_empty());
    for switch in &switches {
        let line = |file: &str| machine.line(&format!("{SWITCHES}/{switch}/{file}"));
        let (kind, name) = (line("type"), line("name"));
        if line("soft") == "1" || line("hard") == "1" {
            examination.add(RADIOS, Weight::Note, format!("{kind} radio {name} is there, and blocked"));
        } else {
            examination.add(
                RADIOS,
                Weight::Warm,
                format!(
                    "{kind} radio {name} is not blocked: pull it out, or block it with `rfkill block all`"
                ),
            );
        }
        kinds.push(kind);
    }
    for (folder, kind) in
        [("sys/class/ieee80211", "wlan"), ("sys/class/bluetooth", "bluetooth"), ("sys/class/wwan", "wwan")]
    {
        let devices = match machine.names_if_any(folder) {
            Ok(devices) => devices,
            Err(error) => return examination.unknown(RADIOS, folder, &error),
        };
        none &= devices.is_empty();
        if let Some(device) = devices.first().filter(|_| !kinds.iter().any(|known| known == kind)) {
            examination.add(
                RADIOS,
                Weight::Warm,
                format!("{kind} radio {device} is there, and nothing can block it: pull it out"),
            );
        }
    }
    if none {
        examination.add(RADIOS, Weight::Fine, "none");
    }
}

/// Every route that does not end on the loopback.
pub(super) fn routes(machine: &Machine, examination: &mut Examination) {
    const FOLDER: &str = "proc/net";
    if let Err(error) = machine.names(FOLDER) {
        return examination.unknown(ROUTES, FOLDER, &error);
    }
    let mut found = Vec::new();
    let families: [(&str, &str, Reading); 2] =
        [("proc/net/route", "IPv4", route_of_ipv4), ("proc/net/ipv6_route", "IPv6", route_of_ipv6)];
    for (file, family, read) in families {
        match machine.text_if_any(file) {
            // A kernel without that family.
            Ok(None) => {}
            Ok(Some(text)) => {
                found.extend(text.lines().filter_map(read).map(|route| (family, route)));
            }
            Err(error) => return examination.unknown(ROUTES, file, &error),
        }
    }
    let out: Vec<_> = found.iter().filter(|(_, route)| route.everywhere).collect();
    if let Some((family, route)) = out.first() {
        let words = format!(
            "{family} has a way out through {}: this machine is on a network; unplug it",
            route.interface
        );
        examination.add(ROUTES, Weight::Warm, words);
    } else if let Some((family, route)) = found.first() {
        let words = format!(
            "{family} has a route through {}: somebody may be on the other end; unplug it",
            route.interface
        );
        examination.add(ROUTES, Weight::Warm, words);
    } else {
        examination.add(ROUTES, Weight::Fine, "none");
    }
}

/// A line of one of the kernel's tables, read.
type Reading = fn(&str) -> Option<Route>;

struct Route {
    interface: String,
    /// Whether it is the way to everybody for whom there is no other.
    everywhere: bool,
}

/// A line of `/proc/net/route` (`proc_pid_net(5)`): interface, destination, gateway, flags, references, use,
/// metric, mask and more.
fn route_of_ipv4(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [interface, destination, _gateway, flags, _references, _use, _metric, mask, ..] = words.as_slice()
    else {
        return None;
    };
    // The heading has no flags in hexadecimal.
    let flags = u32::from_str_radix(flags, 16).ok()?;
    let everywhere = [*destination, *mask].iter().all(|word| word.bytes().all(|byte| byte == b'0'));
    (flags & UP != 0 && *interface != "lo").then(|| Route { interface: (*interface).to_owned(), everywhere })
}

/// A line of `/proc/net/ipv6_route`: destination, prefix, source, prefix, next hop, metric, references, use, flags, device.
fn route_of_ipv6(line: &str) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [destination, prefix, .., flags, interface] = words.as_slice() else { return None };
    let flags = u32::from_str_radix(flags, 16).ok()?;
    let everywhere = *prefix == "00" && destination.bytes().all(|byte| byte == b'0');
    (flags & UP != 0 && *interface != "lo").then(|| Route { interface: (*interface).to_owned(), everywhere })
}

fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
