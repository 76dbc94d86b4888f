//! Signing for real: an ssh-agent and ssh-keygen of this machine.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::slice;
use std::time::Duration;

use strongroom_desk::ssh::{
    Candidate, KeyChoice, SshError, SshSigners, SystemSigners, read_public_key, sign,
};
use strongroom_protocol::sshsig::Namespace;

/// An agent with a socket in a folder of its own; it ends with the test.
struct Agent {
    folder: tempfile::TempDir,
    child: Child,
}

impl Agent {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(folder.path().join("socket"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ssh-agent is installed");
        let agent = Self { folder, child };
        for _ in 0..100 {
            if agent.socket().exists() {
                return agent;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the agent did not start");
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// A new key on disk.
    fn key(&self, name: &str, kind: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let made =
            Command::new("ssh-keygen").args(["-q", "-N", "", "-t", kind, "-f"]).arg(&path).status().unwrap();
        assert!(made.success());
        path.with_extension("pub")
    }

    /// Gives the agent a key and takes its private half off the disk.
    fn add(&self, name: &str, kind: &str) -> PathBuf {
        let public = self.key(name, kind);
        let private = public.with_extension("");
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(&private)
            .env("SSH_AUTH_SOCK", self.socket())
            .status()
            .unwrap();
        assert!(added.success());
        std::fs::remove_file(private).unwrap();
        public
    }

    fn signers(&self) -> SystemSigners {
        SystemSigners { agent: Some(self.socket()), keygen: "ssh-keygen".into() }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn candidate(name: &str, public: &Path) -> Candidate {
    Candidate { name: name.parse().unwrap(), key: read_public_key(public).unwrap() }
}

fn with_agent() -> KeyChoice {
    KeyChoice { agent: true, key: None }
}

fn with_key(path: &Path) -> KeyChoice {
    KeyChoice { agent: false, key: Some(path.to_owned()) }
}

#[test]
#[ignore = "needs ssh-agent: run cargo verify"]
fn the_agent_signs_with_every_accepted_kind() {
    for kind in ["ed25519", "ecdsa"] {
        let agent = Agent::start();
        agent.add("other", "rsa");
        let public = agent.add("alice", kind);
        let alice = candidate("alice", &public);
        let (signer, signature) =
            sign(&agent.signers(), &with_agent(), slice::from_ref(&alice), Namespace::Policy, b"text\n")
                .unwrap();
        assert_eq!(signer, alice);
        alice.key.verify(Namespace::Policy, b"text\n", &signature).unwrap();
        assert!(alice.key.verify(Namespace::Policy, b"other\n", &signature).is_err());
        // OpenSSH's own judge.
        let folder = agent.folder.path();
        std::fs::write(folder.join("sig"), signature.to_armour()).unwrap();
        std::fs::write(folder.join("text"), "text\n").unwrap();
        std::fs::write(folder.join("allowed"), format!("alice {}\n", alice.key)).unwrap();
        let judged = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", "strongroom-policy", "-I", "alice", "-f"])
            .arg(folder.join("allowed"))
            .arg("-s")
            .arg(folder.join("sig"))
            .stdin(std::fs::File::open(folder.join("text")).unwrap())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(judged.success(), "{kind}");
    }
}

#[test]
#[ignore = "needs ssh-agent: run cargo verify"]
fn the_agent_is_asked_for_the_right_key_alone() {
    let agent = Agent::start();
    let alice = candidate("alice", &agent.add("alice", "ed25519"));
    let bob = candidate("bob", &agent.key("bob", "ed25519"));
    let signers = agent.signers();
    let refused = sign(&signers, &with_agent(), slice::from_ref(&bob), Namespace::Policy, b"x");
    assert!(matches!(refused, Err(SshError::NotACandidate { .. })), "{refused:?}");
    let (signer, _) =
        sign(&signers, &with_agent(), &[bob.clone(), alice.clone()], Namespace::Policy, b"x").unwrap();
    assert_eq!(signer, alice);
    let carol = candidate("carol", &agent.add("carol", "ed25519"));
    let refused = sign(&signers, &with_agent(), &[alice.clone(), carol], Namespace::Policy, b"x");
    assert!(matches!(refused, Err(SshError::SeveralPeople(_))), "{refused:?}");
    // A locked agent offers nothing.
    let lock =
        Command::new("ssh-add").arg("-D").env("SSH_AUTH_SOCK", agent.socket()).stderr(Stdio::null()).status();
    assert!(lock.unwrap().success());
    let refused = sign(&signers, &with_agent(), &[alice], Namespace::Policy, b"x");
    assert!(matches!(refused, Err(SshError::NotACandidate { .. })), "{refused:?}");
}

#[test]
#[ignore = "needs ssh-agent: run cargo verify"]
fn ssh_keygen_signs_with_a_key_that_only_the_agent_has() {
    let agent = Agent::start();
    let public = agent.add("alice", "ed25519");
    let alice = candidate("alice", &public);
    // ssh-keygen finds the agent by its environment: a wrapper hands it the test's own.
    let wrapper = agent.folder.path().join("keygen");
    std::fs::write(
        &wrapper,
        format!("#!/bin/sh\nSSH_AUTH_SOCK='{}' exec ssh-keygen \"$@\"\n", agent.socket().display()),
    )
    .unwrap();
    std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let signers = SystemSigners { agent: None, keygen: wrapper };
    let (signer, signature) =
        sign(&signers, &with_key(&public), slice::from_ref(&alice), Namespace::Statement, b"text\n").unwrap();
    assert_eq!(signer, alice);
    alice.key.verify(Namespace::Statement, b"text\n", &signature).unwrap();
    // Without the agent nobody has the private half.
    let alone = SystemSigners { agent: None, keygen: "ssh-keygen".into() };
    let lost = agent.key("lost", "ed25519");
    std::fs::remove_file(lost.with_extension("")).unwrap();
    let refused = sign(&alone, &with_key(&lost), &[candidate("alice", &lost)], Namespace::Statement, b"x");
    assert!(matches!(refused, Err(SshError::Keygen(_))), "{refused:?}");
}

#[test]
fn what_cannot_sign_is_said() {
    let nobody = SystemSigners { agent: None, keygen: "/nonexistent/ssh-keygen".into() };
    assert!(matches!(nobody.agent().err(), Some(SshError::NoAgent)));
    let folder = tempfile::tempdir().unwrap();
    let gone = SystemSigners { agent: Some(folder.path().join("socket")), keygen: "ssh-keygen".into() };
    assert!(matches!(gone.agent().err(), Some(SshError::Agent(_))));
    let public = folder.path().join("alice.pub");
    std::fs::write(&public, crate::office::public_of("alice").to_string()).unwrap();
    let alice = candidate("alice", &public);
    let refused = sign(&nobody, &with_key(&public), &[alice], Namespace::Policy, b"x");
    assert!(matches!(refused, Err(SshError::NoKeygen(_))), "{refused:?}");
}

#[test]
fn a_private_key_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    // A named pipe: whoever opened it would wait for ever.
    let private = folder.path().join("id_ed25519");
    assert!(Command::new("mkfifo").arg(&private).status().unwrap().success());
    let refused = read_public_key(&private).unwrap_err();
    assert!(refused.to_string().contains("does not end in .pub"), "{refused}");
    // And one under a false name is no public key.
    let disguised = folder.path().join("id.pub");
    std::fs::write(&disguised, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n").unwrap();
    assert!(matches!(read_public_key(&disguised), Err(SshError::PublicKey { .. })));
}
