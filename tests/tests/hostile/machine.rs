//! The machine as an enemy: at each write of vault and desk the program is killed, the disk is full, fails or turns
//! read-only, or half a line is all that is left. Each time the same command is run again, and does its work.
#![cfg(target_arch = "x86_64")]

mod desk;
mod folder;
mod scenery;
mod small;
mod torn;
mod tracer;
mod trial;
mod vault;

use tracer::Fault::{Broken, Full, Kill, ReadOnly, Torn};
use trial::Ordeal;

/// What a command that is quick goes through in every run of the tests.
const ALL: Ordeal = Ordeal { faults: &[Kill, Torn, Full, Broken, ReadOnly], once: true };
/// What one that stretches keys goes through: the rest is the long tier's.
const SOME: Ordeal = Ordeal { faults: &[Kill, Full], once: true };
/// Everything, and nothing is taken for the same.
const WHOLE: Ordeal = Ordeal { once: false, ..ALL };

macro_rules! trials {
    ($($name:ident: $trial:path, $ordeal:ident;)*) => {
        $(
            #[test]
            #[ignore = "needs the built programs and OpenSSH: run cargo verify"]
            fn $name() {
                let _turn = scenery::turn();
                assert!($trial(&mut scenery::scene(), &$ordeal) > 10, "hardly anything was struck");
            }
        )*

        /// The long tier's: every fault at every call, each judged for itself.
        mod long {
            use super::*;

            $(
                #[test]
                #[ignore = "takes minutes: run cargo verify long"]
                fn $name() {
                    let _turn = scenery::turn();
                assert!($trial(&mut scenery::scene(), &WHOLE) > 30, "hardly anything was struck");
                }
            )*
        }
    };
}

trials! {
    the_vaults_init: vault::init, SOME;
    the_vaults_key_restore: vault::key_restore, SOME;
    the_vaults_enroll: vault::enroll, SOME;
    the_vaults_policy_install: vault::policy_install, ALL;
    the_vaults_book_install: vault::book_install, ALL;
    the_vaults_sign: vault::sign, SOME;
    the_vaults_freeze: vault::freeze, ALL;
    the_vaults_thaw: vault::thaw, ALL;
    the_vaults_recover: vault::recover, ALL;
    the_vaults_journal_import: vault::journal_import, ALL;
    the_desks_init: desk::init, ALL;
    the_desks_policy_install: desk::policy_install, ALL;
    the_desks_pay: desk::pay, ALL;
    the_desks_reply_import: desk::reply_import, ALL;
    the_desks_send: desk::send, ALL;
    the_desks_request_abandon: desk::abandon, ALL;
    the_desks_freeze: desk::freeze, ALL;
}
