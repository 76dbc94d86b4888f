//! Signed statements, as files hold them: the text with its signature below, or a bare signature beside its text.

use std::path::{Path, PathBuf};

use strongroom_protocol::SignedText;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::sshsig::ARMOUR_BEGIN;
use strongroom_screen::Failure;

use crate::desk::Desk;
use crate::{exit, failure};

/// Reads the statements that came with a request and those in files, each once.
///
/// # Errors
/// A failure if one cannot be read or holds no signature. Whether they are genuine is not asked.
pub fn read_all(
    desk: &mut Desk<'_>,
    packed: &[String],
    files: &[PathBuf],
) -> Result<Vec<SignedText>, Failure> {
    let mut texts: Vec<SignedText> = Vec::new();
    let mut keep = |text: SignedText| {
        if !texts.contains(&text) {
            texts.push(text);
        }
    };
    for text in packed {
        let place = Path::new("the approvals in the request's file");
        keep(SignedText::parse(text.as_bytes()).map_err(|error| failure::signed_text(place, &error))?);
    }
    for path in files {
        keep(read(desk, path)?);
    }
    Ok(texts)
}

/// Reads one: a statement followed by its signature; or a bare signature `NAME.sig`, as `ssh-keygen -Y sign` leaves it,
/// whose statement is `NAME`.
fn read(desk: &mut Desk<'_>, path: &Path) -> Result<SignedText, Failure> {
    let bytes = desk.read_file(path, SIGNED_TEXT_LIMIT)?;
    let none = || {
        Failure::new(exit::NOT_READY, "approval", format!("{} is no signed statement", path.display())).hint(
            "it is a statement followed by its armoured signature, or NAME.sig beside the statement NAME",
        )
    };
    let whole = if bytes.starts_with(ARMOUR_BEGIN.as_bytes()) {
        let statement = path.with_extension("");
        if path.extension().is_none_or(|ending| ending != "sig") || !statement.is_file() {
            return Err(none());
        }
        [desk.read_file(&statement, SIGNED_TEXT_LIMIT)?, bytes].concat()
    } else {
        bytes
    };
    let text = SignedText::parse(&whole).map_err(|error| failure::signed_text(path, &error))?;
    if text.signatures().is_empty() { Err(none()) } else { Ok(text) }
}
