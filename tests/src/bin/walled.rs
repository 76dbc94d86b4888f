//! A program that raises the vault's own wall, or none, and then does what a vault never does.
//!
//! `walled raised|bare ATTEMPT`: ends with 0 when the attempt succeeded, with 1 and the reason on standard error when it
//! failed, and by SIGSYS when the wall killed it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for tests: what fails here is to be seen at once"
)]

use std::ffi::CStr;
use std::fs::File;
use std::io::{Error, IoSlice, IoSliceMut, Read, Write, stdin};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::sys::{ptrace, signal};
use nix::unistd::Pid;
use strongroom_vault::wall;

const LOCALHOST: &str = "127.0.0.1:0";
/// Any program that ends well.
const TRUE: &CStr = c"/bin/true";

struct Wall {
    raised: bool,
}

impl Wall {
    /// From here on the vault's wall stands, if it is to stand.
    fn raise(&self, keep: &[BorrowedFd<'_>]) {
        if self.raised {
            wall::raise(keep).unwrap();
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (wall, attempt) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["raised", attempt] => (Wall { raised: true }, attempt),
        ["bare", attempt] => (Wall { raised: false }, attempt),
        _ => panic!("walled raised|bare ATTEMPT"),
    };
    if let Err(error) = attempted(&wall, attempt) {
        eprintln!("{attempt}: {error}");
        std::process::exit(1);
    }
}

fn attempted(wall: &Wall, attempt: &str) -> Result<(), Error> {
    match attempt {
        "connect" | "accept" | "send" | "receive" | "shutdown" => connection(wall, attempt),
        "kept" => kept(wall),
        "thread" => in_an_earlier_thread(wall),
        "traced" => traced(wall),
        _ => {
            wall.raise(&[]);
            alone(attempt)
        }
    }
}

/// What needs nothing to be there before the wall.
fn alone(attempt: &str) -> Result<(), Error> {
    match attempt {
        "tcp" => TcpListener::bind(LOCALHOST).map(drop),
        "udp" => UdpSocket::bind(LOCALHOST).map(drop),
        "pair" => UnixStream::pair().map(drop),
        "spawn" => Command::new("true").status().map(drop),
        "exec" => Err(Command::new("true").exec()),
        "execveat" => {
            let (arguments, environment): ([&CStr; 1], [&CStr; 0]) = ([TRUE], []);
            let root = File::open("/")?;
            let flags = nix::fcntl::AtFlags::empty();
            nix::unistd::execveat(root.as_fd(), TRUE, &arguments, &environment, flags)?;
            Ok(())
        }
        "ptrace" => Ok(ptrace::traceme()?),
        "vm-read" => {
            let (from, mut to) = ([7u8], [0u8]);
            let place = RemoteIoVec { base: from.as_ptr().addr(), len: 1 };
            process_vm_readv(Pid::this(), &mut [IoSliceMut::new(&mut to)], &[place])?;
            assert_eq!(to, from);
            Ok(())
        }
        "vm-write" => {
            let (from, to) = ([7u8], [0u8]);
            let place = RemoteIoVec { base: to.as_ptr().addr(), len: 1 };
            Ok(process_vm_writev(Pid::this(), &[IoSlice::new(&from)], &[place]).map(drop)?)
        }
        "kill" => Ok(signal::kill(nix::unistd::getppid(), None)?),
        "code" => region::alloc(1, region::Protection::READ_WRITE_EXECUTE).map(drop).map_err(Error::other),
        "descriptors" => {
            for entry in std::fs::read_dir("/proc/self/fd")? {
                let path = entry?.path();
                let target = std::fs::read_link(&path).unwrap_or_default();
                println!("{} {}", path.file_name().unwrap().display(), target.display());
            }
            Ok(())
        }
        "status" => std::fs::read_to_string("/proc/self/status").map(|text| print!("{text}")),
        "wait" => {
            println!("waiting");
            stdin().read(&mut [0]).map(drop)
        }
        "abort" => std::process::abort(),
        other => panic!("no such attempt: {other}"),
    }
}

/// A socket that was there before the wall.
fn connection(wall: &Wall, attempt: &str) -> Result<(), Error> {
    let listener = TcpListener::bind(LOCALHOST)?;
    let address = listener.local_addr()?;
    if attempt == "connect" {
        let socket =
            rustix::net::socket(rustix::net::AddressFamily::INET, rustix::net::SocketType::STREAM, None)?;
        wall.raise(&[listener.as_fd(), socket.as_fd()]);
        return Ok(rustix::net::connect(&socket, &address)?);
    }
    let mut client = TcpStream::connect(address)?;
    if attempt == "accept" {
        wall.raise(&[listener.as_fd(), client.as_fd()]);
        return listener.accept().map(drop);
    }
    let (mut served, _) = listener.accept()?;
    served.write_all(b"something")?;
    wall.raise(&[listener.as_fd(), client.as_fd(), served.as_fd()]);
    match attempt {
        "send" => client.write_all(b"a key"),
        "receive" => client.read(&mut [0; 9]).map(drop),
        _ => client.shutdown(std::net::Shutdown::Both),
    }
}

/// A stream that was opened before the wall and is kept, as a file.
fn kept(wall: &Wall) -> Result<(), Error> {
    let listener = TcpListener::bind(LOCALHOST)?;
    let stream = TcpStream::connect(listener.local_addr()?)?;
    let (mut peer, _) = listener.accept()?;
    let echo = thread::spawn(move || {
        // This end is another program's in real life, and has no wall. Here the wall is raised after it is done.
        let mut asked = [0; 4];
        peer.read_exact(&mut asked).and_then(|()| peer.write_all(&asked))?;
        Ok::<_, Error>(peer)
    });
    let mut stream = File::from(OwnedFd::from(stream));
    stream.write_all(b"ping")?;
    let peer = echo.join().unwrap()?;
    let peer = File::from(OwnedFd::from(peer));
    wall.raise(&[listener.as_fd(), stream.as_fd(), peer.as_fd()]);
    let mut answer = [0; 4];
    stream.read_exact(&mut answer)?;
    assert_eq!(&answer, b"ping");
    stream.write_all(b"pong")?;
    (&peer).read_exact(&mut answer)?;
    assert_eq!(&answer, b"pong");
    Ok(())
}

/// A thread that was started before the wall.
fn in_an_earlier_thread(wall: &Wall) -> Result<(), Error> {
    let (go, wait) = mpsc::channel();
    let earlier = thread::spawn(move || {
        wait.recv().unwrap();
        UdpSocket::bind(LOCALHOST).map(drop)
    });
    wall.raise(&[]);
    go.send(()).unwrap();
    earlier.join().unwrap()
}

/// Lets the program that started it put any system call in the place of the one made here.
fn traced(wall: &Wall) -> Result<(), Error> {
    ptrace::traceme()?;
    signal::raise(signal::Signal::SIGSTOP)?;
    wall.raise(&[]);
    thread::yield_now();
    Ok(())
}
