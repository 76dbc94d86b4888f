//! Other stations of the house: what their vaults signed counts at every other.

use std::collections::BTreeMap;

use strongroom_protocol::{Head, StationId};

use super::case::Case;
use super::quorum::Approval;
use super::rule::Rule;
use crate::policy::Policy;
use crate::roster::Station;

/// How one station's journal stands to a head of another station's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// Everything up to this head was learned.
    Known,
    /// Only so many lines were learned: fewer than the head has.
    Behind(u64),
    /// Another line than this was learned in its place.
    Contradicted,
    /// The other station sealed two different lines of this number.
    Forked(u64),
}

/// Another station that the policy pins, and the head of its journal that the request names.
pub(super) type Other<'a> = (&'a Station, Option<Head>);

/// The stations that the policy pins besides this one, with what the request says of each.
pub(super) fn others<'a>(
    policy: &'a Policy,
    own: StationId,
    heads: &BTreeMap<StationId, Head>,
) -> Vec<Other<'a>> {
    let others = policy.stations().filter(|station| station.id != own);
    others.map(|station| (station, heads.get(&station.id).copied())).collect()
}

impl Case<'_> {
    /// References, days and tiers are the house's, not a station's: what other stations signed must have been learned
    /// here, as far as the desk and the approvers know of it. Whoever names no head of a station says nothing of what it
    /// signed, and so each must be named; the start of its journal, if nothing is known.
    ///
    /// What only voids and returns needs nobody else's memory: a way out stays open while another vault is lost.
    pub(super) fn other_vaults(&mut self, approvals: &[Approval]) {
        let pays = self.claims.iter().any(|claim| claim.payments.iter().any(|payment| !payment.own));
        for (station, told) in std::mem::take(&mut self.others) {
            if !pays {
                self.verdict.pass(Rule::OtherVaults);
                continue;
            }
            self.other_vault(station, told, "the request", "`strongroom request refresh`");
            for approval in approvals {
                let statement = &approval.statement;
                let told = statement.vaults.iter().find(|(id, _)| *id == station.id).map(|(_, head)| *head);
                let whose = format!("the statement of {}", statement.person);
                self.other_vault(station, told, &whose, "`strongroom request approve`");
            }
        }
    }

    fn other_vault(&mut self, station: &Station, told: Option<Head>, whose: &str, again: &str) {
        let name = &station.name;
        let learned = told.map(|head| (head.sequence, self.journal.learned(&station.id, &head)));
        let against = match learned {
            None => Some(format!(
                "{whose} names no head of the journal of station {name}, so that nobody knows what that vault signed: write it \
                 again with {again}"
            )),
            Some((_, Learned::Known)) => None,
            Some((line, Learned::Behind(known))) => Some(format!(
                "{whose} knows line {line} of the journal of station {name}, and this vault has learned {known}: what that vault \
                 signed counts here too; bring it with `strongroom journal export --vault {name}` and `strongroom-vault journal \
                 import`"
            )),
            Some((line, Learned::Contradicted)) => Some(format!(
                "{whose} knows another line {line} of the journal of station {name} than this vault has learned: somebody lies, \
                 or that vault was copied; freeze, and have the admins look at both"
            )),
            Some((_, Learned::Forked(line))) => Some(format!(
                "station {name} has sealed two different lines {line}: somebody copied that vault, and nothing is paid here \
                 until the admins take it out of the policy"
            )),
        };
        self.verdict.note(Rule::OtherVaults, None, against);
    }
}
