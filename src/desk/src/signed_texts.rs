//! What house, policy, book and thaw have in common: a text, signatures made apart, and both put together.

use std::path::{Path, PathBuf};

use serde_json::json;
use strongroom_policy::genesis::Genesis;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{SignedText, SshSignature};
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::ssh::{Candidate, KeyChoice};
use crate::{exit, failure};

/// The most bytes of an armoured signature.
const SIGNATURE_LIMIT: usize = 16 << 10;

/// What every `sign` is told.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// The text
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Whose key signs
    #[command(flatten)]
    pub key: KeyChoice,
    /// Where the signature goes, armoured as `ssh-keygen -Y sign` writes it
    #[arg(short = 'o', long = "out", value_name = "SIG")]
    pub out: PathBuf,
}

/// What every `seal` is told.
#[derive(Debug, clap::Args)]
pub struct SealArgs {
    /// The text, with or without signatures below it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Signatures over it
    #[arg(value_name = "SIG", required = true)]
    pub signatures: Vec<PathBuf>,
    /// Where the text with its signatures goes
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub out: PathBuf,
}

/// Reads a text with the signatures below it, if any.
///
/// # Errors
/// A failure if it cannot be read or is no such text.
pub fn read(desk: &mut Desk<'_>, path: &Path) -> Result<SignedText, Failure> {
    let bytes = desk.read_file(path, SIGNED_TEXT_LIMIT)?;
    SignedText::parse(&bytes).map_err(|error| failure::signed_text(path, &error))
}

/// Reads one armoured signature.
///
/// # Errors
/// A failure if it cannot be read or is none.
pub fn read_signature(desk: &mut Desk<'_>, path: &Path) -> Result<SshSignature, Failure> {
    let armour = desk.read_text(path, SIGNATURE_LIMIT)?;
    SshSignature::from_armour(&armour).map_err(|error| {
        Failure::new(exit::DAMAGED, "signature-file", format!("{}: {error}", path.display()))
    })
}

/// The admins as those who may sign a text of the house.
pub fn admins(genesis: &Genesis) -> Vec<Candidate> {
    genesis
        .admins
        .iter()
        .flat_map(|(name, keys)| keys.iter().map(|key| Candidate { name: name.clone(), key: key.clone() }))
        .collect()
}

/// Has an admin's key sign a text, and writes the signature.
///
/// # Errors
/// A failure if none of the admins' keys is at hand or nobody signs, or the file is there already.
pub fn sign(
    desk: &mut Desk<'_>,
    args: &SignArgs,
    text: &SignedText,
    genesis: &Genesis,
    namespace: Namespace,
) -> Result<Report, Failure> {
    let (signer, signature) = desk.sign(&args.key, &admins(genesis), namespace, text.text().as_bytes())?;
    desk.write_file(&args.out, signature.to_armour().as_bytes())?;
    let (file, out) = (args.file.display().to_string(), args.out.display().to_string());
    let human = format!("{} signed {file} with {}: {out}\n", signer.name, signer.key.fingerprint());
    let data = json!({
        "file": file,
        "signature": out,
        "signer": signer.name.as_str(),
        "key": signer.key.fingerprint(),
        "namespace": namespace.as_str(),
    });
    Ok(Report::new(human, data))
}

/// Puts signatures below a text.
///
/// # Errors
/// A failure if text or a signature cannot be read, or there are too many. Whether they hold is not asked.
pub fn gather(desk: &mut Desk<'_>, args: &SealArgs) -> Result<SignedText, Failure> {
    let mut text = read(desk, &args.file)?;
    for path in &args.signatures {
        let signature = read_signature(desk, path)?;
        text = text.with_signature(signature).map_err(|error| failure::signed_text(&args.file, &error))?;
    }
    Ok(text)
}
