//! `strongroom`: hands the program its streams, clock, nodes and keys.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use strongroom_desk::World;
use strongroom_desk::http::Http;
use strongroom_desk::ssh::SystemSigners;

fn main() -> ExitCode {
    let mut world = World {
        stdin: Box::new(std::io::stdin()),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
        progress: true,
        user_folder: std::env::home_dir(),
        clock: Box::new(SystemTime::now),
        transports: Box::new(Http::default()),
        signers: Box::new(SystemSigners {
            agent: std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from),
            keygen: PathBuf::from("ssh-keygen"),
        }),
    };
    ExitCode::from(strongroom_desk::run(std::env::args_os(), &mut world))
}
