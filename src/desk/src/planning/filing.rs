//! A request on its way to disk: slots reserved, journaled, then the file. A crash in between leaves reservations that
//! `status` shows and `request abandon` frees.

use std::path::Path;

use strongroom_journal::DeskEntry;
use strongroom_protocol::{AccountId, Bundle, Request, RequestId, Slot, Timestamp, canonical};
use strongroom_screen::{Failure, Output};
use strongroom_transport::FileError;

use super::precedent::{accounts_of, slot_of};
use crate::desk::Desk;
use crate::home::Home;
use crate::store::requests::{self, RequestState, StoredRequest};
use crate::store::reservations::{self, Hold, Reservation};
use crate::{exit, failure};

/// Refuses early what could not be written in the end.
///
/// # Errors
/// A failure if the file exists, its folder does not, or standard output is wanted twice.
pub fn check_target(desk: &Desk<'_>, path: &Path) -> Result<(), Failure> {
    if path == Path::new("-") {
        if desk.output == Output::Json {
            let words = "-o - and --output json both want standard output";
            return Err(Failure::new(exit::USAGE, "stdout-twice", words));
        }
        return Ok(());
    }
    if path.exists() {
        return Err(failure::file(FileError::Exists(path.to_owned())));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Failure::new(exit::NOT_READY, "file", format!("there is no folder {}", folder.display())))
        }
        _ => Ok(()),
    }
}

/// The slots that a request takes, each with its intent and account.
pub fn slots_of(request: &Request) -> Vec<(u32, AccountId, Slot)> {
    let accounts = accounts_of(request);
    let intents = &request.plan.value().intents;
    let slot = |item| slot_of(request, &accounts, item);
    request
        .items
        .iter()
        .filter_map(|item| {
            let intent = usize::try_from(item.intent).ok().and_then(|place| intents.get(place))?;
            Some((item.intent, intent.account, slot(item)?))
        })
        .collect()
}

/// Reserves the slots of a request, journals it and writes its file. `shared` says of a slot whether others may hold it
/// already, as with a replacement or a void.
///
/// # Errors
/// A failure if a slot was taken meanwhile, or store, journal or file cannot be written.
pub fn file(
    desk: &mut Desk<'_>,
    home: &mut Home,
    request: &Request,
    out: &Path,
    shared: impl Fn(&Slot) -> bool,
) -> Result<RequestId, Failure> {
    let now = desk.now();
    let document = canonical::encode(request);
    let id = RequestId::of(&document);
    let plan = request.plan.value().id();
    let slots = slots_of(request);
    let stored = StoredRequest { id, plan, document, created_at: now, state: RequestState::Open };
    // Opened first: it may be in use, and then nothing is to be reserved.
    home.log(now)?;
    let transaction = home.store.transaction()?;
    let taken = reserve(transaction, &stored, &slots, &shared, now);
    if let Some(slot) = taken.map_err(|error| home.store.error(error))? {
        let words =
            format!("slot {slot} was given to another request meanwhile: nothing was written, run it again");
        return Err(Failure::new(exit::NOT_READY, "slot-taken", words));
    }
    let slots = slots.into_iter().map(|(_, _, slot)| slot).collect();
    home.record(now, DeskEntry::Reserved { request: id, plan, slots })?;
    desk.write_file(out, &Bundle::wrap(&stored.document)).map_err(|error| {
        let digits: String = id.to_string().chars().take(12).collect();
        error.hint(format!("its slots are reserved: free them with `strongroom request abandon {digits}`"))
    })?;
    Ok(id)
}

/// Remembers the request with its slots, all or nothing. Gives a slot that another request took first, if there is one.
fn reserve(
    transaction: rusqlite::Transaction<'_>,
    stored: &StoredRequest,
    slots: &[(u32, AccountId, Slot)],
    shared: &impl Fn(&Slot) -> bool,
    now: Timestamp,
) -> rusqlite::Result<Option<Slot>> {
    for (_, _, slot) in slots {
        if !shared(slot) && !reservations::of_slot(&transaction, slot)?.is_empty() {
            return Ok(Some(slot.clone()));
        }
    }
    requests::insert(&transaction, stored)?;
    for (intent, account, slot) in slots {
        let reservation = Reservation {
            slot: slot.clone(),
            account: *account,
            request: stored.id,
            intent: *intent,
            state: Hold::Reserved,
        };
        reservations::insert(&transaction, &reservation, now)?;
    }
    transaction.commit()?;
    Ok(None)
}
