//! When to ask a node again, and how long to wait before.

use std::time::Duration;

/// Waiting, handed in so that tests need not.
pub trait Pause: Send {
    /// Returns after this long.
    fn pause(&mut self, duration: Duration);
}

/// Waiting for real.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sleep;

impl Pause for Sleep {
    fn pause(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

impl<P: Pause + ?Sized> Pause for Box<P> {
    fn pause(&mut self, duration: Duration) {
        (**self).pause(duration);
    }
}

/// How often a question is asked and how long the pauses between are. Each pause is twice the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most times a question is asked, the first included; 0 counts as 1.
    pub attempts: u32,
    /// The first pause.
    pub first: Duration,
    /// The longest pause, whatever the node asks for.
    pub longest: Duration,
}

impl Default for Retry {
    /// Four attempts within about two seconds of waiting; a node that asks for it is left alone for ten.
    fn default() -> Self {
        Self { attempts: 4, first: Duration::from_millis(250), longest: Duration::from_secs(10) }
    }
}

impl Retry {
    /// The pauses between attempts, before what a node asks for is considered.
    pub(crate) fn pauses(self) -> impl Iterator<Item = Duration> {
        let longest = self.longest;
        (0..self.attempts.saturating_sub(1)).map(move |round| {
            let factor = 1u32.checked_shl(round).unwrap_or(u32::MAX);
            self.first.saturating_mul(factor).min(longest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_are_bounded_and_end() {
        let retry =
            Retry { attempts: 6, first: Duration::from_millis(100), longest: Duration::from_millis(500) };
        let pauses: Vec<_> = retry.pauses().map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 500, 500]);
        assert_eq!(Retry { attempts: 1, ..retry }.pauses().count(), 0);
        assert_eq!(Retry { attempts: 0, ..retry }.pauses().count(), 0);
        let endless = Retry { attempts: 100, ..retry };
        assert!(endless.pauses().all(|pause| pause <= endless.longest));
    }
}
