//! What owners have pressed for a request that is not answered yet, so that nobody presses twice.
//!
//! A device shows each item, and its owner reads it. When the cable comes loose at the fortieth of fifty, the first
//! thirty-nine are not asked for again: they are kept here until the reply is written. Nothing here is believed: what is
//! found is verified against the account's key like an answer of the device.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use strongroom_protocol::{AccountId, RequestId, Signature};
use strongroom_transport::{FileError, read_limited, replace};

use crate::error::VaultError;

/// The most bytes that are read: a request's lines, each of an account, a digest and a signature in hex.
const LIMIT: usize = 256 << 20;

/// The signatures that devices made for one request so far.
pub(crate) struct Pressed {
    path: PathBuf,
    request: RequestId,
    made: BTreeMap<(String, String), Vec<u8>>,
    file: Option<File>,
}

impl Pressed {
    /// What stands at `path` for this request; nothing, if it stands there for another.
    pub(crate) fn open(path: PathBuf, request: RequestId) -> Result<Self, VaultError> {
        let mut made = BTreeMap::new();
        let mut file = None;
        if path.symlink_metadata().is_ok() {
            let bytes = read_limited(&path, LIMIT)?;
            let text = String::from_utf8_lossy(&bytes);
            // The last line may be torn: whatever is not whole was never counted on.
            let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            if lines.next() == Some(request.to_string().as_str()) {
                made.extend(lines.filter_map(entry));
                if text.ends_with('\n') {
                    let reopened = OpenOptions::new().append(true).open(&path);
                    file = Some(reopened.map_err(|source| at(&path, source))?);
                }
            }
        }
        Ok(Self { path, request, made, file })
    }

    /// A signature that was made for these bytes of this account.
    pub(crate) fn find(&self, account: AccountId, digest: &[u8; 32]) -> Option<Signature> {
        self.made.get(&key(account, digest)).cloned().map(Signature)
    }

    /// Keeps a signature, synced before the next one is asked for.
    pub(crate) fn keep(
        &mut self,
        account: AccountId,
        digest: &[u8; 32],
        signature: &Signature,
    ) -> Result<(), FileError> {
        let (account, digest) = key(account, digest);
        let line = format!("{account} {digest} {}\n", base16ct::lower::encode_string(&signature.0));
        // Put back only when it is known to end with a whole line.
        let mut file = match self.file.take() {
            Some(file) => file,
            // The first, or the first after a torn line: written anew with all that is known, whole or not at all.
            None => self.begin()?,
        };
        write_synced(&mut file, &line).map_err(|source| FileError::Io { path: self.path.clone(), source })?;
        self.file = Some(file);
        self.made.insert((account, digest), signature.0.clone());
        Ok(())
    }

    fn begin(&self) -> Result<File, FileError> {
        let mut text = format!("{}\n", self.request);
        for ((account, digest), signature) in &self.made {
            text.extend([account, " ", digest, " ", &base16ct::lower::encode_string(signature), "\n"]);
        }
        replace(&self.path, text.as_bytes())?;
        let opened = OpenOptions::new().append(true).open(&self.path);
        opened.map_err(|source| FileError::Io { path: self.path.clone(), source })
    }

    /// Forgets everything: the reply is out, or something here did not verify.
    pub(crate) fn forget(path: &Path) -> Result<(), VaultError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path, error)),
            _ => Ok(()),
        }
    }
}

fn at(path: &Path, source: io::Error) -> VaultError {
    FileError::Io { path: path.to_owned(), source }.into()
}

fn key(account: AccountId, digest: &[u8; 32]) -> (String, String) {
    (account.to_string(), base16ct::lower::encode_string(digest))
}

fn entry(line: &str) -> Option<((String, String), Vec<u8>)> {
    let mut words = line.split(' ');
    let (account, digest, signature) = (words.next()?, words.next()?, words.next()?);
    let signature = base16ct::lower::decode_vec(signature).ok().filter(|bytes| bytes.len() == 64)?;
    words.next().is_none().then(|| ((account.to_owned(), digest.to_owned()), signature))
}

fn write_synced(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(n: u8) -> Signature {
        Signature(vec![n; 64])
    }

    #[test]
    fn what_was_pressed_is_there_again_for_the_same_request_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pressed");
        let (request, account) = (RequestId::of(b"one"), AccountId::of(b"account"));
        let mut pressed = Pressed::open(path.clone(), request).unwrap();
        assert_eq!(pressed.find(account, &[1; 32]), None);
        pressed.keep(account, &[1; 32], &signature(1)).unwrap();
        pressed.keep(account, &[2; 32], &signature(2)).unwrap();
        drop(pressed);
        let again = Pressed::open(path.clone(), request).unwrap();
        assert_eq!(again.find(account, &[1; 32]), Some(signature(1)));
        assert_eq!(again.find(account, &[2; 32]), Some(signature(2)));
        // The same bytes from another account have another signature: a digest does not say who pays.
        assert_eq!(again.find(AccountId::of(b"other"), &[1; 32]), None);
        let other = Pressed::open(path.clone(), RequestId::of(b"two")).unwrap();
        assert_eq!(other.find(account, &[1; 32]), None);
        Pressed::forget(&path).unwrap();
        Pressed::forget(&path).unwrap();
        assert_eq!(Pressed::open(path, request).unwrap().find(account, &[1; 32]), None);
    }

    #[test]
    fn what_was_pressed_is_not_lost_when_it_cannot_be_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pressed");
        let (request, account) = (RequestId::of(b"one"), AccountId::of(b"account"));
        let mut pressed = Pressed::open(path.clone(), request).unwrap();
        pressed.keep(account, &[1; 32], &signature(1)).unwrap();
        drop(pressed);
        // Torn, and then something is in the way of writing it anew: emptied first, it would be lost now.
        let torn = [fs::read(&path).unwrap(), b"half a line".to_vec()].concat();
        fs::write(&path, &torn).unwrap();
        let obstacle = folder.path().join(format!(".pressed.{}.new", std::process::id()));
        fs::create_dir(&obstacle).unwrap();
        let mut pressed = Pressed::open(path.clone(), request).unwrap();
        assert!(matches!(pressed.keep(account, &[2; 32], &signature(2)), Err(FileError::Io { .. })));
        assert_eq!(fs::read(&path).unwrap(), torn);
        assert_eq!(pressed.find(account, &[2; 32]), None, "what was not kept was counted on");
        fs::remove_dir(&obstacle).unwrap();
        pressed.keep(account, &[3; 32], &signature(3)).unwrap();
        let again = Pressed::open(path, request).unwrap();
        let found = [1, 2, 3].map(|n| again.find(account, &[n; 32]));
        assert_eq!(found, [Some(signature(1)), None, Some(signature(3))]);
    }

    #[test]
    fn a_torn_line_is_left_out_and_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pressed");
        let (request, account) = (RequestId::of(b"one"), AccountId::of(b"account"));
        let mut pressed = Pressed::open(path.clone(), request).unwrap();
        pressed.keep(account, &[1; 32], &signature(1)).unwrap();
        pressed.keep(account, &[2; 32], &signature(2)).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut torn = Pressed::open(path.clone(), request).unwrap();
            torn.keep(account, &[3; 32], &signature(3)).unwrap();
            drop(torn);
            let again = Pressed::open(path.clone(), request).unwrap();
            assert_eq!(again.find(account, &[3; 32]), Some(signature(3)), "cut at {cut}");
            assert!(again.find(account, &[2; 32]).is_none(), "cut at {cut}");
            let first = again.find(account, &[1; 32]);
            assert!(first.is_none_or(|first| first == signature(1)), "cut at {cut}");
        }
    }
}
