//! Letting go of slots: the highest of an account's row become free, the others are gaps that must be voided, because
//! nothing after them lands before they do.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::{Value, json};
use strongroom_protocol::{AccountId, RequestId, Slot};
use strongroom_screen::{Failure, Table};

use super::slots;
use crate::exit;
use crate::home::Home;
use crate::store::requests::{RequestState, StoredRequest};
use crate::store::reservations::{self, Hold};
use crate::store::transactions;

/// What became of the slots that a request held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetGo {
    /// Free for the next payment. Gaps of earlier requests that came free with them are among them.
    pub freed: Vec<Slot>,
    /// To be voided.
    pub gaps: Vec<(AccountId, Slot)>,
}

/// Refuses to give up what a vault has signed.
///
/// # Errors
/// A failure if anything of the request is known to be signed.
pub fn check_unsigned(home: &Home, stored: &StoredRequest) -> Result<(), Failure> {
    let signed = transactions::of_request(home.store.connection(), &stored.id);
    let signed = !signed.map_err(|error| home.store.error(error))?.is_empty();
    if !signed && matches!(stored.state, RequestState::Open | RequestState::Abandoned) {
        return Ok(());
    }
    let words = format!(
        "request {} is {}: what is signed can land as long as its slots are free",
        stored.id, stored.state
    );
    Err(Failure::new(exit::FAILED, "signed", words)
        .hint("send it, or void its slots with `strongroom void ACCOUNT SLOT`"))
}

/// Lets go of all slots that a request holds.
///
/// # Errors
/// An error of the database.
pub fn let_go(connection: &Connection, request: &RequestId) -> rusqlite::Result<LetGo> {
    let held = reservations::of_request(connection, request)?;
    let mut accounts = BTreeSet::new();
    for reservation in held.iter().filter(|held| held.state != Hold::Settled) {
        accounts.insert(reservation.account);
        let holders = reservations::of_slot(connection, &reservation.slot)?;
        let living =
            |other: &&reservations::Reservation| other.request != *request && other.state == Hold::Reserved;
        if holders.iter().any(|other| living(&other)) {
            // Another version of it lives on, and with it the slot.
            reservations::release(connection, &reservation.slot, request)?;
        } else {
            reservations::set_state(connection, &reservation.slot, request, Hold::Gap)?;
        }
    }
    let mut gone = LetGo::default();
    for account in &accounts {
        gone.freed.extend(free_trailing(connection, account)?);
    }
    let left = reservations::of_request(connection, request)?;
    gone.gaps = left
        .into_iter()
        .filter(|left| left.state == Hold::Gap)
        .map(|left| (left.account, left.slot))
        .collect();
    gone.gaps.sort_by_key(|(account, slot)| (*account, slots::place(slot)));
    Ok(gone)
}

/// Frees the highest slots of an account for as long as nobody holds them but requests given up unsigned.
fn free_trailing(connection: &Connection, account: &AccountId) -> rusqlite::Result<Vec<Slot>> {
    let mut row: Vec<_> = reservations::taken(connection, account)?.into_iter().collect();
    row.sort_by_key(slots::place);
    let mut freed = Vec::new();
    while let Some(highest) = row.pop() {
        let holders = reservations::of_slot(connection, &highest)?;
        let unsigned = transactions::of_slot(connection, &highest)?.is_empty();
        if !unsigned || holders.iter().any(|holder| holder.state != Hold::Gap) {
            break;
        }
        for holder in holders {
            reservations::release(connection, &highest, &holder.request)?;
        }
        freed.push(highest);
    }
    freed.sort_by_key(slots::place);
    Ok(freed)
}

/// The command that voids a gap.
fn void_command(home: &Home, account: &AccountId, slot: &Slot) -> String {
    let pinned = home.policy.as_ref().and_then(|policy| policy.account(account));
    let name = pinned.map_or_else(|| account.to_string(), |pinned| format!("{:?}", pinned.label));
    let number = slots::place(slot).map_or(0, |(_, number)| number);
    format!("strongroom void {name} {number} --agent -o void-{number}.req")
}

/// What to say about it: for people, for scripts.
pub fn describe(home: &Home, gone: &LetGo) -> (String, Value) {
    let mut table = Table::new();
    for slot in &gone.freed {
        table.row(["free again", slot.as_str()]);
    }
    for (_, slot) in &gone.gaps {
        table.row(["gap", slot.as_str()]);
    }
    let commands: Vec<_> =
        gone.gaps.iter().map(|(account, slot)| void_command(home, account, slot)).collect();
    let mut human = table.to_string();
    if !commands.is_empty() {
        human.push_str("\nNothing after a gap lands before the gap is spent. Void each:\n  ");
        human.push_str(&commands.join("\n  "));
        human.push('\n');
    }
    let data = json!({
        "freed": gone.freed.iter().map(Slot::as_str).collect::<Vec<_>>(),
        "gaps": gone.gaps.iter().zip(&commands).map(|((account, slot), command)| json!({
            "account": account.to_string(), "slot": slot.as_str(), "command": command,
        })).collect::<Vec<_>>(),
    });
    (human, data)
}
