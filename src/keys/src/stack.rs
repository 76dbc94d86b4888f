//! A thread's stack, locked in RAM and wiped.

use std::hint::black_box;
use std::ptr;

use zeroize::Zeroize;

use crate::memory::{self, LockWarning};

/// Bytes of stack that a worker may use, all of them locked and wiped.
pub(crate) const LOCKED_BYTES: usize = 1 << 20;
/// Bytes of stack above and below those: for the frames that start the thread and for those that wipe.
const MARGIN: usize = 128 << 10;
/// Bytes of stack that a worker's thread is started with.
pub(crate) const THREAD_BYTES: usize = LOCKED_BYTES.saturating_add(MARGIN.saturating_mul(2));

/// The part of the current thread's stack below the frame that called [`LockedStack::here`].
///
/// What wiping does: it overwrites, twice and with frames of different sizes, every word from the caller's frame down
/// to 1 MiB below it, by volatile writes that a compiler may not leave out.
/// What it does not do: it cannot reach the caller's own frame and those above it, registers, or copies that code
/// made on the heap; a few words between two frames survive the first pass, and in principle, if they fall
/// between frames again, the second. Nor does locking keep pages from a suspend-to-disk image.
pub(crate) struct LockedStack {
    floor: usize,
    lock: Result<region::LockGuard, LockWarning>,
}

impl LockedStack {
    /// Locks the stack from here down. Only for a thread that was started with [`THREAD_BYTES`].
    #[inline(never)]
    pub(crate) fn here() -> Self {
        let marker = 0u8;
        let floor = ptr::from_ref(&marker).wrapping_byte_sub(LOCKED_BYTES);
        Self { floor: floor.addr(), lock: memory::lock(floor, LOCKED_BYTES) }
    }

    /// What the system said when it refused to lock the stack.
    pub(crate) fn lock_warning(&self) -> Option<&LockWarning> {
        self.lock.as_ref().err()
    }

    /// Wipes everything below the caller's frame.
    #[inline(never)]
    pub(crate) fn wipe(&self) {
        // The second pass has other frame sizes, so that its frames cover the gaps between those of the first.
        wipe_down_to::<512>(self.floor);
        wipe_down_to::<397>(self.floor);
    }
}

#[inline(never)]
fn wipe_down_to<const WORDS: usize>(floor: usize) {
    let mut frame = [0u64; WORDS];
    frame.zeroize();
    if ptr::from_ref(&frame).addr() > floor {
        wipe_down_to::<WORDS>(floor);
    }
    // A use after the call: without it the call could become a jump, and every frame the same one.
    black_box(&mut frame);
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::thread;

    use super::*;
    use crate::memory::probe;

    const PATTERN: [u8; 16] = *b"secret-on-stack!";

    fn in_thread<T: Send>(job: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            thread::Builder::new().stack_size(THREAD_BYTES).spawn_scoped(scope, job).unwrap().join().unwrap()
        })
    }

    /// Leaves a secret in frames of several depths and tells where.
    #[inline(never)]
    fn leave_behind(depth: usize, places: &mut Vec<usize>) {
        let mut frame = [[0; 16]; 64];
        frame.fill(PATTERN);
        black_box(&mut frame);
        places.push(ptr::from_ref(&frame).addr());
        if depth > 0 {
            leave_behind(depth - 1, places);
        }
        black_box(&mut frame);
    }

    fn found(places: &[usize]) -> usize {
        let hits = places.iter().map(|place| {
            let bytes = probe::read(*place, 1024).unwrap();
            bytes.windows(8).filter(|window| *window == &PATTERN[..8]).count()
        });
        hits.sum()
    }

    #[test]
    fn what_a_job_leaves_on_the_stack_is_there_until_it_is_wiped() {
        let (before, after) = in_thread(|| {
            let stack = LockedStack::here();
            let mut places = Vec::with_capacity(1000);
            leave_behind(300, &mut places);
            let before = found(&places);
            stack.wipe();
            (before, found(&places))
        });
        assert!(before > 10_000, "the attack must work first: {before} copies seen");
        assert_eq!(after, 0);
    }

    #[test]
    fn the_whole_stack_is_locked() {
        in_thread(|| {
            let stack = LockedStack::here();
            for place in [stack.floor, stack.floor + LOCKED_BYTES / 2, stack.floor + LOCKED_BYTES - 4096] {
                assert_eq!(probe::is_locked(place), stack.lock_warning().is_none());
            }
        });
    }

    #[test]
    fn the_lock_ends_with_its_owner() {
        in_thread(|| {
            let stack = LockedStack::here();
            let middle = stack.floor + LOCKED_BYTES / 2;
            drop(stack);
            assert!(!probe::is_locked(middle));
        });
    }
}
