//! Which request a command means: by the beginning of its id, or by its file.

use std::path::Path;

use strongroom_journal::Convoy;
use strongroom_protocol::bundle::{BUNDLE_LIMIT, Pack};
use strongroom_protocol::{Bundle, Document as _, Request, RequestId, canonical};
use strongroom_screen::Failure;

use crate::desk::Desk;
use crate::home::Home;
use crate::store::requests::{self, StoredRequest};
use crate::{exit, failure};

/// The fewest digits of an id that name a request.
const LEAST_DIGITS: usize = 6;

/// A request read from a file: the document's exact bytes, what they say, and approvals packed with it.
pub struct ReadRequest {
    /// The exact bytes of the document.
    pub document: Vec<u8>,
    /// What they say.
    pub request: Request,
    /// Signed statements that came in the same file.
    pub approvals: Vec<String>,
}

impl ReadRequest {
    /// Its id.
    pub fn id(&self) -> RequestId {
        RequestId::of(&self.document)
    }
}

/// Reads a request from a bundle, or from a pack of a request with its approvals.
///
/// # Errors
/// A failure if the file cannot be read, holds something else, or contradicts itself.
pub fn read(desk: &mut Desk<'_>, path: &Path) -> Result<ReadRequest, Failure> {
    let bytes = desk.read_file(path, BUNDLE_LIMIT)?;
    let refused = |error| failure::bundle(path, &error);
    let (document, approvals) = match Bundle::schema(&bytes).map_err(refused)? {
        Some(Pack::SCHEMA) => {
            let pack: Pack = Bundle::read(&bytes).map_err(refused)?;
            (pack.request, pack.approvals)
        }
        Some(Convoy::SCHEMA) => {
            let convoy: Convoy = Bundle::read(&bytes).map_err(refused)?;
            (convoy.pack.request, convoy.pack.approvals)
        }
        _ => (Bundle::document(&bytes).map_err(refused)?.to_vec(), Vec::new()),
    };
    let request: Request = canonical::decode(&document).map_err(|error| refused(error.into()))?;
    request
        .check_shape()
        .map_err(|error| Failure::new(exit::DISAGREE, "shape", format!("{}: {error}", path.display())))?;
    Ok(ReadRequest { document, request, approvals })
}

/// The request that `which` names: the first digits of its id, or a file. It must be one of this desk's.
///
/// # Errors
/// A failure if nothing, or more than one request, is meant.
pub fn find(desk: &mut Desk<'_>, home: &Home, which: &str) -> Result<StoredRequest, Failure> {
    let digits = which.len() >= LEAST_DIGITS
        && which.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !digits {
        let read = read(desk, Path::new(which))?;
        return requests::find(home.store.connection(), &read.id())
            .map_err(|error| home.store.error(error))?
            .ok_or_else(|| {
                Failure::new(
                    exit::NOT_READY,
                    "unknown-request",
                    format!("{which} is no request of this desk"),
                )
            });
    }
    let mut found =
        requests::beginning_with(home.store.connection(), which).map_err(|error| home.store.error(error))?;
    match (found.pop(), found.len()) {
        (Some(request), 0) => Ok(request),
        (None, _) => Err(Failure::new(
            exit::NOT_READY,
            "unknown-request",
            format!("no request of this desk begins with {which}"),
        )
        .hint("`strongroom status` lists them")),
        (Some(_), more) => Err(Failure::new(
            exit::USAGE,
            "ambiguous-request",
            format!("{} requests begin with {which}: give more digits", more.saturating_add(1)),
        )),
    }
}

/// What a stored request says. It was checked when it was written or taken in.
///
/// # Errors
/// A failure if the store was damaged since.
pub fn decode(stored: &StoredRequest) -> Result<Request, Failure> {
    canonical::decode(&stored.document).map_err(|error| {
        Failure::new(
            exit::DAMAGED,
            "store-damaged",
            format!("request {} in the store is damaged: {error}", stored.id),
        )
    })
}
