//! What is laid before the vault: a request, and the statements of those who approve it.

use std::path::{Path, PathBuf};

use strongroom_journal::{Convoy, VaultExport};
use strongroom_protocol::bundle::{BUNDLE_LIMIT, Pack};
use strongroom_protocol::canonical::Document;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::sshsig::ARMOUR_BEGIN;
use strongroom_protocol::{Bundle, Request, SignedText};

use crate::error::VaultError;
use crate::session::Session;
use crate::vault::signed_text;

/// A request's exact bytes and the statements that came with it.
pub(crate) struct Papers {
    /// The request document, without the bundle around it.
    pub(crate) request: Vec<u8>,
    /// The statements, each once.
    pub(crate) approvals: Vec<SignedText>,
    /// What came with it of other vaults' journals.
    pub(crate) exports: Vec<VaultExport>,
}

impl Papers {
    /// Reads a request or a pack, and approvals besides. Each file is read once: what is checked is what is used.
    pub(crate) fn read(
        session: &mut Session<'_, '_>,
        path: &Path,
        approvals: &[PathBuf],
    ) -> Result<Self, VaultError> {
        let bytes = session.read(path, BUNDLE_LIMIT)?;
        let refused = |source| VaultError::Bundle { path: path.to_owned(), source };
        let schema = Bundle::schema(&bytes).map_err(refused)?.unwrap_or("(nothing)").to_owned();
        let mut papers = match schema.as_str() {
            Request::SCHEMA => {
                let request = Bundle::document(&bytes).map_err(refused)?.to_vec();
                Self { request, approvals: Vec::new(), exports: Vec::new() }
            }
            Pack::SCHEMA => Self::of(path, Bundle::read(&bytes).map_err(refused)?, Vec::new())?,
            Convoy::SCHEMA => {
                let Convoy { pack, exports } = Bundle::read(&bytes).map_err(refused)?;
                Self::of(path, pack, exports)?
            }
            _ => return Err(VaultError::NotARequest { path: path.to_owned(), found: cut(&schema) }),
        };
        for path in approvals {
            papers.approvals.push(approval(session, path)?);
        }
        papers.approvals = each_once(papers.approvals);
        Ok(papers)
    }

    fn of(path: &Path, pack: Pack, exports: Vec<VaultExport>) -> Result<Self, VaultError> {
        let Pack { request, approvals } = pack;
        let read = approvals.iter().map(|text| signed_text(path, text.as_bytes()));
        Ok(Self { request, approvals: read.collect::<Result<_, _>>()?, exports })
    }
}

fn cut(schema: &str) -> String {
    schema.chars().take(60).collect()
}

/// The same file twice is one statement; two statements of one person stay two, and are refused later.
fn each_once(texts: Vec<SignedText>) -> Vec<SignedText> {
    let mut kept: Vec<SignedText> = Vec::with_capacity(texts.len());
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

/// Reads a statement with its signature below it; or a bare signature `NAME.sig`, whose statement is `NAME`.
fn approval(session: &mut Session<'_, '_>, path: &Path) -> Result<SignedText, VaultError> {
    let bytes = session.read(path, SIGNED_TEXT_LIMIT)?;
    if !bytes.starts_with(ARMOUR_BEGIN.as_bytes()) {
        let text = signed_text(path, &bytes)?;
        if text.signatures().is_empty() {
            return Err(VaultError::NoApproval(path.to_owned()));
        }
        return Ok(text);
    }
    let statement = path.with_extension("");
    if path.extension().is_none_or(|ending| ending != "sig") || !statement.is_file() {
        return Err(VaultError::NoApproval(path.to_owned()));
    }
    let mut whole = session.read(&statement, SIGNED_TEXT_LIMIT)?;
    whole.extend(bytes);
    signed_text(path, &whole)
}
