//! A software Ledger on an emulator's APDU port: `virtual-on-tcp DEVICE-FILE [ADDRESS:PORT]`. It prints where it listens,
//! and serves one connection after another, with the first device of the file.

use std::io::{self, Write as _};
use std::net::TcpListener;
use std::process::ExitCode;

use strongroom_virtual::{DeviceFile, Hands, Narrated, Owner, Person, apdu};

fn main() -> ExitCode {
    match served() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn owner(hands: Hands) -> Box<dyn Owner> {
    match hands {
        Hands::Script(script) => Box::new(Narrated::new(io::stderr(), script)),
        Hands::Person => Box::new(Person::new(io::BufReader::new(io::stdin()), io::stderr())),
    }
}

fn served() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args_os().skip(1);
    let file = words.next().ok_or("write: virtual-on-tcp DEVICE-FILE [ADDRESS:PORT]")?;
    let address = words.next().and_then(|address| address.into_string().ok());
    let devices = DeviceFile::parse(&std::fs::read_to_string(file)?)?.devices(owner)?;
    let mut device = devices.into_iter().next().ok_or("the file describes no device")?;
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:0"))?;
    println!("{}", listener.local_addr()?);
    io::stdout().flush()?;
    for stream in listener.incoming() {
        if let Err(error) = apdu::serve(stream?, &mut device) {
            eprintln!("warning: the connection broke: {error}");
        }
        device.power_cycle();
    }
    Ok(())
}
