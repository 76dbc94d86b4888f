//! Whether the clock can be right.

use strongroom_protocol::Timestamp;

use super::{Examination, Weight};

/// When this version was written, in seconds since 1970: no clock that is right shows less.
const WRITTEN: u64 = 1_767_225_600;
/// When this very program was built, where the build was told (reproducible-builds.org, `SOURCE_DATE_EPOCH`).
const BUILT: Option<&str> = option_env!("SOURCE_DATE_EPOCH");

const CLOCK: &str = "clock";

/// A clock is later than the program it shows the time to, and than everything that the journal records.
pub(super) fn clock(now: Timestamp, newest: Option<Timestamp>, examination: &mut Examination) {
    let built = BUILT.and_then(|seconds| seconds.parse().ok()).unwrap_or(WRITTEN).max(WRITTEN);
    let built = Timestamp::from_unix(built);
    if now < built {
        let words = format!("it shows {now}, before this program was made ({built}): set it");
        return examination.add(CLOCK, Weight::Warm, words);
    }
    match newest {
        Some(newest) if now < newest => {
            let words = format!("it shows {now}, before the journal's newest line ({newest}): set it");
            examination.add(CLOCK, Weight::Warm, words);
        }
        Some(newest) => {
            examination.add(
                CLOCK,
                Weight::Fine,
                format!("{now}, after the journal's newest line ({newest})"),
            );
        }
        None => {
            examination.add(CLOCK, Weight::Note, format!("{now}; there is no journal to compare it with"));
        }
    }
}
