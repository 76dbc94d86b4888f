//! Descriptors that a careless or malicious parent leaves open.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pipe::pipe;
use strongroom_tests::prepare;

/// A file that children inherit: open without `O_CLOEXEC`.
fn inherited() -> OwnedFd {
    open("/etc/hostname", OFlags::RDONLY, Mode::empty()).unwrap()
}

/// The descriptors that the program behind a wall, or without, still has: number and target.
fn descriptors(wall: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_walled"))
        .args([wall, "descriptors"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn an_inherited_file_is_closed() {
    let file = inherited();
    let line = format!("{} /etc/hostname", file.as_raw_fd());
    assert!(descriptors("bare").contains(&line), "it is not even inherited");
    let left = descriptors("raised");
    let above: Vec<_> =
        left.iter().filter(|line| !["0 ", "1 ", "2 "].iter().any(|n| line.starts_with(n))).collect();
    // The listing itself is open while it lists.
    assert!(above.len() == 1 && above[0].contains("/proc/"), "{left:?}");
}

/// A program that inherits the writing end of a pipe and waits for a line; and the reading end.
fn holding(program: &Path, arguments: &[&str]) -> (Child, File) {
    let (read, write) = pipe().unwrap();
    fcntl_setfd(&read, FdFlags::CLOEXEC).unwrap();
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(write);
    rustix::io::ioctl_fionbio(&read, true).unwrap();
    (child, File::from(read))
}

/// Whether somebody still holds the writing end after so long.
fn held(pipe: &mut File, patience: Duration) -> bool {
    let began = Instant::now();
    loop {
        match pipe.read(&mut [0]) {
            Ok(0) => return false,
            Err(error) if error.kind() == ErrorKind::WouldBlock && began.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            other => panic!("{other:?}"),
        }
    }
}

fn end(mut child: Child) -> std::process::ExitStatus {
    // One that waits reads a line or the end.
    let _ = child.stdin.take().unwrap().write_all(b"\n");
    child.wait().unwrap()
}

#[test]
fn a_program_without_the_wall_holds_what_it_inherits() {
    let (child, mut pipe) = holding(Path::new(env!("CARGO_BIN_EXE_walled")), &["bare", "wait"]);
    assert!(held(&mut pipe, Duration::from_millis(300)));
    assert!(end(child).success());
    assert!(!held(&mut pipe, Duration::from_secs(10)));
    let (child, mut pipe) = holding(Path::new(env!("CARGO_BIN_EXE_walled")), &["raised", "wait"]);
    assert!(!held(&mut pipe, Duration::from_secs(10)));
    assert!(end(child).success());
}

#[test]
#[ignore = "needs the built programs: run cargo verify"]
fn the_vault_itself_lets_go_while_it_waits_for_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("vault").display().to_string();
    let vault = prepare::binary("strongroom-vault").unwrap();
    // It reads the admins' file from standard input, and nobody writes one yet.
    let (child, mut pipe) = holding(&vault, &["--home", &home, "init", "--admins", "-", "--house", "CODE"]);
    assert!(!held(&mut pipe, Duration::from_secs(10)));
    assert!(!end(child).success());
}

#[test]
#[ignore = "needs the built programs: run cargo verify"]
fn a_socket_as_standard_stream_is_refused() {
    let vault = prepare::binary("strongroom-vault").unwrap();
    let socket = || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        // The other end stays open until the program has ended.
        std::mem::forget(ours);
        Stdio::from(OwnedFd::from(theirs))
    };
    for stream in ["input", "output", "error"] {
        let mut command = Command::new(&vault);
        command.arg("selftest").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match stream {
            "input" => command.stdin(socket()),
            "output" => command.stdout(socket()),
            _ => command.stderr(socket()),
        };
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(8), "{stream}: {output:?}");
        assert!(output.stdout.is_empty());
        if stream != "error" {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(said.contains(&format!("standard {stream} is a socket")), "{said}");
        }
    }
}
