//! A vault whose memory is searched when its command is done: what is left of secrets on the heap, on locked pages and
//! on the stacks of threads that have ended.
//!
//! All writable memory is read through `/proc/self/mem`, as a debugger or a memory image would show it. What is looked for
//! is known to the program only with every bit inverted, so that it does not find itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "for tests"
)]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::SystemTime;

use strongroom_keys::{Passphrase, SystemEntropy, WorkFactor};
use strongroom_protocol::Timestamp;
use strongroom_vault::doctor::Machine;
use strongroom_vault::{KnownAnswers, SystemTerminal, World};

/// Bytes that must agree: half of a key is as good as found.
const ENOUGH: usize = 16;
/// What the search is tried on: see `plant`.
pub const PLANTED: [(&str, &[u8; ENOUGH]); 4] = [
    ("page", b"planted on pages"),
    ("stack", b"planted on stack"),
    ("heap", b"planted on heaps"),
    ("freed", b"freed and unwept"),
];

/// What is looked for: names and bytes, inverted.
pub struct Needles(Vec<(String, Vec<u8>)>);

impl Needles {
    /// Writes a file of needles: each a name and its bytes, which may be longer than what is enough.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn write(path: &Path, needles: &[(&str, Vec<u8>)]) {
        let mut text = String::new();
        let planted = PLANTED.map(|(name, bytes)| (name, bytes.to_vec()));
        for (name, bytes) in needles.iter().chain(&planted) {
            assert!(bytes.len() >= ENOUGH, "{name} is too short to be told from chance");
            write!(text, "{name} ").unwrap();
            for byte in bytes {
                write!(text, "{:02x}", !byte).unwrap();
            }
            text.push('\n');
        }
        fs::write(path, text).unwrap();
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let needles = text.lines().map(|line| {
            let (name, hex) = line.rsplit_once(' ').unwrap();
            let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
            (name.to_owned(), hex.as_bytes().chunks(2).map(byte).collect())
        });
        Self(needles.collect())
    }

    /// The names of what lies in writable memory now, with the kind of memory.
    fn found(&self) -> Vec<String> {
        let parts: Vec<(&str, &[u8])> = self
            .0
            .iter()
            .flat_map(|(name, bytes)| bytes.chunks_exact(ENOUGH).map(move |part| (name.as_str(), part)))
            .collect();
        let mut first = [false; 256];
        for (_, part) in &parts {
            first[usize::from(!part[0])] = true;
        }
        let memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0u8; 1 << 20];
        let own = buffer.as_ptr().addr()..buffer.as_ptr().addr() + buffer.len();
        let mut seen = Vec::new();
        for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
            let mut words = line.split_whitespace();
            let (from, to) = words.next().unwrap().split_once('-').unwrap();
            if !words.next().unwrap().starts_with("rw") {
                continue;
            }
            let kind = words.nth(3).unwrap_or("mapped memory");
            let bound = |text| usize::from_str_radix(text, 16).unwrap();
            let (mut at, end) = (bound(from), bound(to));
            while at < end {
                let length = (end - at).min(buffer.len());
                let chunk = &mut buffer[..length];
                if memory.read_exact_at(chunk, u64::try_from(at).unwrap()).is_ok() {
                    search(chunk, at, &own, (&parts, &first), |name| seen.push(format!("{name} in {kind}")));
                }
                // Overlapping, so that nothing hides at a border.
                at += if end - at > length { length - ENOUGH } else { length };
            }
        }
        seen.sort_unstable();
        seen.dedup();
        seen
    }
}

fn search<'a>(
    chunk: &[u8],
    at: usize,
    own: &Range<usize>,
    (parts, first): (&[(&'a str, &[u8])], &[bool; 256]),
    mut tell: impl FnMut(&'a str),
) {
    for (offset, window) in chunk.windows(ENOUGH).enumerate() {
        if !first[usize::from(window[0])] || own.contains(&(at + offset)) {
            continue;
        }
        for (name, part) in parts {
            if window.iter().zip(*part).all(|(byte, inverse)| *byte == !*inverse) {
                tell(name);
            }
        }
    }
}

/// Runs the vault as its program does, searches the memory, and prints what was found, one a line.
///
/// `arguments` are the program's name, the file of needles, `as-it-is` or `planted`, and the vault's arguments. What is
/// planted is put there when the vault is done.
///
/// # Panics
/// If any of this cannot be done.
pub fn run_and_search(mut arguments: impl Iterator<Item = OsString>) -> u8 {
    let name = arguments.next().unwrap();
    let needles = Needles::read(Path::new(&arguments.next().unwrap()));
    let planted = arguments.next().unwrap() == "planted";
    let exit = run(std::iter::once(name).chain(arguments));
    let kept = planted.then(|| plant(&needles));
    for found in needles.found() {
        println!("{found}");
    }
    drop(kept);
    exit
}

fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    let mut world = World {
        stdin: &mut File::from(io::stdin().as_fd().try_clone_to_owned().unwrap()),
        stdout: &mut io::stderr(),
        stderr: &mut io::stderr(),
        terminal: &mut SystemTerminal,
        bus: &mut strongroom_wire::EmptyBus,
        clock: &|| Timestamp::from_system(SystemTime::now()),
        entropy: &mut SystemEntropy,
        place: &strongroom_vault::find_place,
        machine: Machine::here(),
        default_home: None,
        work_factor: WorkFactor::FLOOR,
        known_answers: KnownAnswers::default(),
        training: false,
        watched: false,
        warnings: Vec::new(),
    };
    strongroom_vault::run(arguments, &mut world)
}

/// Puts something where secrets would be: on a locked page, on the stack of a thread that has ended, on the heap, and on
/// the heap where a library freed it without wiping.
fn plant(needles: &Needles) -> (Passphrase, Vec<u8>) {
    let bytes = |name: &str| {
        let (_, bytes) = needles.0.iter().find(|(known, _)| known == name).unwrap();
        bytes.iter().map(|byte| !byte).collect::<Vec<u8>>()
    };
    let on_a_page = Passphrase::take(String::from_utf8(bytes("page")).unwrap()).unwrap();
    let inverted: Vec<u8> = bytes("stack").iter().map(|byte| !byte).collect();
    std::thread::spawn(move || careless(&inverted)).join().unwrap();
    // Large, so that the allocator's own marks at its start are not all that there was.
    let freed: Vec<u8> = bytes("freed").iter().copied().cycle().take(4096).collect();
    drop(black_box(freed));
    (on_a_page, bytes("heap"))
}

#[inline(never)]
fn careless(inverted: &[u8]) {
    let mut frame = [0u8; 4096];
    for (byte, inverse) in frame.iter_mut().zip(inverted.iter().cycle()) {
        *byte = !*inverse;
    }
    black_box(&mut frame);
}
