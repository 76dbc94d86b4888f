//! Every fact that makes a machine warm, put into a cold one.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines").join(name)
}

/// A copy of the cold machine with some files changed; one that is `None` is taken away.
fn altered(changes: &[(&str, Option<&str>)]) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let (entry, to) = (entry.unwrap().path(), to.to_path_buf());
            let to = to.join(entry.file_name().unwrap());
            if entry.is_dir() { copy(&entry, &to) } else { assert!(fs::copy(&entry, &to).is_ok()) }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("cold"), folder.path());
    for (path, text) in changes {
        let path = folder.path().join(path);
        match text {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            None if path.is_dir() => fs::remove_dir_all(path).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
    }
    folder
}

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

fn examined(root: &Path) -> Examination {
    Examination::of(&Machine::at(root), now(), Some(now().minus(60)))
}

#[track_caller]
fn warm(subject: &str, words: &str, changes: &[(&str, Option<&str>)]) {
    let found = examined(altered(changes).path());
    assert_eq!(found.warmth(), Warmth::Warm, "{found:#?}");
    let warm: Vec<_> = found.warm().collect();
    assert!(
        warm.iter().any(|finding| finding.subject == subject && finding.words.contains(words)),
        "{warm:#?}"
    );
}

#[track_caller]
fn cold(subject: &str, words: &str, changes: &[(&str, Option<&str>)]) {
    let found = examined(altered(changes).path());
    assert_eq!(found.warmth(), Warmth::Cold, "{found:#?}");
    let told =
        found.findings().iter().any(|finding| finding.subject == subject && finding.words.contains(words));
    assert!(told, "{found:#?}");
}

#[test]
fn a_machine_with_nothing_on_it_is_cold() {
    let found = examined(&fixture("cold"));
    assert_eq!(found.warmth(), Warmth::Cold, "{found:#?}");
    let subjects: Vec<_> = found.findings().iter().map(|finding| finding.subject).collect();
    assert_eq!(
        subjects,
        [
            "interfaces",
            "radios",
            "routes",
            "swap",
            "hibernation",
            "core dumps",
            "clock",
            "hypervisor",
            "input devices",
            "HID devices"
        ]
    );
}

#[test]
fn a_machine_on_a_network_is_warm_for_every_reason_at_once() {
    let found = examined(&fixture("warm"));
    let warm: Vec<_> = found.warm().map(|finding| finding.subject).collect();
    assert_eq!(warm, ["interfaces", "radios", "routes", "swap", "hibernation"]);
    let words: Vec<_> = found.findings().iter().map(|finding| finding.words.as_str()).collect();
    for told in [
        "interface enp0s31f6 is up",
        "wireless interface wlp4s0 is there, and down",
        "bluetooth radio hci0 is not blocked",
        "wlan radio phy0 is there, and blocked",
        "IPv4 has a way out through enp0s31f6",
        "hidraw0: Ledger Nano S Plus (2c97:5011)",
        "go to /usr/share/apport/apport",
    ] {
        assert!(words.iter().any(|words| words.contains(told)), "{told}: {words:#?}");
    }
}

#[test]
fn an_interface_counts_when_it_is_up_or_does_not_say() {
    let eth = "sys/class/net/eth0/";
    let (kind, flags) = (format!("{eth}type"), format!("{eth}flags"));
    cold("interfaces", "eth0 is there, and down", &[(&kind, Some("1\n")), (&flags, Some("0x1002\n"))]);
    warm("interfaces", "eth0 is up", &[(&kind, Some("1\n")), (&flags, Some("0x1043\n"))]);
    warm("interfaces", "eth0 does not say", &[(&kind, Some("1\n"))]);
    warm("interfaces", "eth0 does not say", &[(&kind, Some("1\n")), (&flags, Some("up\n"))]);
    // A name is no proof of being the loopback.
    warm("interfaces", "lo is up", &[("sys/class/net/lo/type", Some("1\n"))]);
    warm("interfaces", "cannot be read", &[("sys/class/net", None)]);
}

#[test]
fn a_radio_counts_unless_it_is_blocked() {
    let switch = "sys/class/rfkill/rfkill0/";
    let (kind, soft, hard) = (format!("{switch}type"), format!("{switch}soft"), format!("{switch}hard"));
    let radio = |softly: &'static str, hardly: &'static str| {
        [(kind.as_str(), Some("wlan\n")), (soft.as_str(), Some(softly)), (hard.as_str(), Some(hardly))]
    };
    warm("radios", "wlan radio", &radio("0\n", "0\n"));
    cold("radios", "blocked", &radio("1\n", "0\n"));
    cold("radios", "blocked", &radio("0\n", "1\n"));
    warm(
        "radios",
        "phy0 is there, and nothing can block it",
        &[("sys/class/ieee80211/phy0/name", Some("phy0\n"))],
    );
    warm("radios", "bluetooth radio hci0", &[("sys/class/bluetooth/hci0/uevent", Some("\n"))]);
    // The switch of another kind of radio blocks nothing of it.
    let mut other = radio("1\n", "0\n").to_vec();
    other.push(("sys/class/wwan/wwan0/uevent", Some("\n")));
    warm("radios", "wwan radio wwan0", &other);
}

#[test]
fn a_route_counts_unless_it_ends_on_the_loopback() {
    let head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
    let route = |line: &str| format!("{head}{line}\n");
    let out = route("usb0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0");
    warm("routes", "a way out through usb0", &[("proc/net/route", Some(&out))]);
    let near = route("usb0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0");
    warm("routes", "a route through usb0", &[("proc/net/route", Some(&near))]);
    // Two halves of the world are the world, and a route all the same.
    let halves = route("tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0");
    warm("routes", "a route through tun0", &[("proc/net/route", Some(&halves))]);
    let own = route("lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0");
    cold("routes", "none", &[("proc/net/route", Some(&own))]);
    let six = |line: &str| {
        format!("{line} 00000000000000000000000000000000 00 {}", "fe800000000000000000000000000001")
    };
    let six = six("00000000000000000000000000000000 00") + " 00000400 00000001 00000000 00000003     eth0\n";
    warm("routes", "IPv6 has a way out through eth0", &[("proc/net/ipv6_route", Some(&six))]);
    cold(
        "routes",
        "none",
        &[("proc/net/ipv6_route", None), ("proc/net/route", None), ("proc/net/dev", Some(""))],
    );
    warm("routes", "cannot be read", &[("proc/net", None)]);
}

#[test]
fn memory_that_may_go_to_disk_counts() {
    let head = "Filename\tType\tSize\tUsed\tPriority\n";
    let swap = |line: &str| format!("{head}{line}\n");
    warm("swap", "/swapfile", &[("proc/swaps", Some(&swap("/swapfile file 1048572 0 -2")))]);
    cold("swap", "compressed memory", &[("proc/swaps", Some(&swap("/dev/zram0 partition 1048572 0 100")))]);
    cold("swap", "none", &[("proc/swaps", None)]);
    warm("swap", "cannot be read", &[("proc/self", None), ("proc/swaps", None)]);
    warm("hibernation", "device 8:3", &[("sys/power/resume", Some("8:3\n"))]);
    let forbidden = [("sys/power/resume", Some("8:3\n")), ("sys/power/disk", Some("[disabled]\n"))];
    cold("hibernation", "not possible", &forbidden);
    cold("hibernation", "not possible", &[("sys/power", None)]);
}

#[test]
fn a_program_that_could_be_dumped_counts() {
    let limits = "Max core file size        0                    unlimited            bytes\n";
    warm("core dumps", "could leave one", &[("proc/self/limits", Some(limits))]);
    warm("core dumps", "cannot be read", &[("proc/self/limits", None)]);
    warm("core dumps", "could leave one", &[("proc/self/limits", Some("\n"))]);
    cold(
        "core dumps",
        "go to /bin/collector",
        &[("proc/sys/kernel/core_pattern", Some("|/bin/collector %p\n"))],
    );
}

#[test]
fn a_clock_that_cannot_be_right_counts() {
    let machine = Machine::at(fixture("cold"));
    let found = |now: &str, newest: Option<&str>| {
        let (now, newest) = (now.parse().unwrap(), newest.map(|newest| newest.parse().unwrap()));
        let found = Examination::of(&machine, now, newest);
        let clock = found.findings().iter().find(|finding| finding.subject == "clock").unwrap();
        (clock.weight, clock.words.clone())
    };
    let (weight, words) = found("1970-01-01T00:03:00Z", None);
    assert!(weight == Weight::Warm && words.contains("before this program was made"), "{words}");
    let (weight, words) = found("2026-06-01T12:00:00Z", Some("2026-06-01T12:00:01Z"));
    assert!(weight == Weight::Warm && words.contains("newest line"), "{words}");
    assert_eq!(found("2026-06-01T12:00:00Z", Some("2026-06-01T12:00:00Z")).0, Weight::Fine);
    assert_eq!(found("2026-06-01T12:00:00Z", None).0, Weight::Note);
}

#[test]
fn what_the_machine_is_and_what_is_plugged_in_is_told() {
    let told = |words: &str, changes: &[(&str, Option<&str>)]| {
        let found = examined(altered(changes).path());
        assert!(found.findings().iter().any(|finding| finding.words.contains(words)), "{words}: {found:#?}");
    };
    told("none shows itself", &[]);
    told("an unnamed one", &[("proc/cpuinfo", Some("flags\t: fpu hypervisor lahf_lm\n"))]);
    told("QEMU: this is a virtual machine", &[("sys/class/dmi/id/sys_vendor", Some("QEMU\n"))]);
    told("xen: this is a virtual machine", &[("sys/hypervisor/type", Some("xen\n"))]);
    told("can type: AT Translated Set 2 keyboard", &[]);
    told("hidraw3: ? ()", &[("sys/class/hidraw/hidraw3/device/uevent", Some("\n"))]);
}
