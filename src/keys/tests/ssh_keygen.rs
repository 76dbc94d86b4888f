//! OpenSSH's own program judges the station's signatures.
#![allow(
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::fs::{self, File};
use std::process::{Command, Stdio};

use ssh_key::LineEnding;
use strongroom_keys::{StationKey, SystemEntropy};
use strongroom_protocol::sshsig::Namespace;

#[test]
#[ignore = "needs ssh-keygen: run cargo verify"]
fn ssh_keygen_accepts_the_stations_signatures() {
    let key = StationKey::generate(&mut SystemEntropy, None).unwrap();
    let signature = key.sign(Namespace::Reply, b"a reply\n").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("reply.sig"), signature.to_pem(LineEnding::LF).unwrap()).unwrap();
    let allowed = format!("station@house {}\n", key.public_key().to_openssh().unwrap());
    fs::write(path("allowed"), allowed).unwrap();
    let verify = |namespace: &str, message: &str| {
        fs::write(path("message"), message).unwrap();
        Command::new("ssh-keygen")
            .args(["-Y", "verify", "-I", "station@house", "-n", namespace, "-f"])
            .arg(path("allowed"))
            .arg("-s")
            .arg(path("reply.sig"))
            .stdin(File::open(path("message")).unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("ssh-keygen must be installed")
            .success()
    };
    assert!(verify("strongroom-reply", "a reply\n"));
    assert!(!verify("strongroom-reply", "another reply\n"));
    assert!(!verify("strongroom-statement", "a reply\n"));
}
