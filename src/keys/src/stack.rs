//! A thread's stack, locked in RAM and wiped.

use std::hint::black_box;
use std::ptr;

use zeroize::Zeroize;

use crate::memory::{self, LockWarning};

/// Bytes of stack that a worker may use, all of them locked and wiped.
pub(crate) const LOCKED_BYTES: usize = 1 << 20;
/// Bytes of them that the work of this room stays within; a test watches it.
pub(crate) const USUAL_BYTES: usize = 256 << 10;
/// Bytes of stack above and below those: for the frames that start the thread and for those that wipe.
const MARGIN: usize = 128 << 10;
/// Bytes of stack that a worker's thread is started with.
pub(crate) const THREAD_BYTES: usize = LOCKED_BYTES.saturating_add(MARGIN.saturating_mul(2));

/// The part of the current thread's stack below the frame that called [`LockedStack::here`].
///
/// What wiping does: it overwrites, twice and with frames of different sizes, every word from the caller's frame down
/// to the floor, by volatile writes that a compiler may not leave out.
/// What it does not do: it cannot reach the caller's own frame and those above it, registers, or copies that code
/// made on the heap; a few words between two frames survive the first pass, and in principle, if they fall
/// between frames again, the second. Nor does locking keep pages from a suspend-to-disk image.
pub(crate) struct LockedStack {
    /// Addresses of the lowest byte of all, and of the lowest byte in usual use.
    floor: usize,
    usual: usize,
    lock: Result<region::LockGuard, LockWarning>,
}

impl LockedStack {
    /// Locks the stack from here down. Only for a thread that was started with [`THREAD_BYTES`].
    #[inline(never)]
    pub(crate) fn here() -> Self {
        let marker = 0u8;
        let floor = ptr::from_ref(&marker).wrapping_byte_sub(LOCKED_BYTES);
        let usual = ptr::from_ref(&marker).wrapping_byte_sub(USUAL_BYTES);
        Self { floor: floor.addr(), usual: usual.addr(), lock: memory::lock(floor, LOCKED_BYTES) }
    }

    /// What the system said when it refused to lock the stack.
    pub(crate) fn lock_warning(&self) -> Option<&LockWarning> {
        self.lock.as_ref().err()
    }

    /// Wipes everything below the caller's frame.
    pub(crate) fn wipe(&self) {
        wipe_twice(self.floor);
    }

    /// Wipes what the work of this room uses: a quarter of it all, in a quarter of the time.
    pub(crate) fn wipe_usual(&self) {
        wipe_twice(self.usual);
    }
}

#[inline(never)]
fn wipe_twice(floor: usize) {
    // The second pass has other frame sizes, so that its frames cover the gaps between those of the first.
    wipe_down_to::<512>(floor);
    wipe_down_to::<397>(floor);
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

    use k256::ecdsa::Signature;
    use k256::ecdsa::signature::hazmat::PrehashSigner;
    use strongroom_protocol::sshsig::Namespace;

    use super::*;
    use crate::entropy::SystemEntropy;
    use crate::extended_key::ExtendedPrivateKey;
    use crate::key_file::{self, WorkFactor};
    use crate::memory::probe;
    use crate::mnemonic::Mnemonic;
    use crate::secret::{Passphrase, Secret};
    use crate::station::StationKey;

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
    fn the_usual_wiping_reaches_as_far_as_it_says() {
        let (near, far) = in_thread(|| {
            let stack = LockedStack::here();
            let mut places = Vec::with_capacity(1000);
            leave_behind(300, &mut places);
            stack.wipe_usual();
            let (near, far): (Vec<_>, Vec<_>) = places.iter().partition(|place| **place >= stack.usual);
            (found(&near), found(&far))
        });
        assert_eq!(near, 0);
        assert!(far > 0);
    }

    /// What this room does to sign, and to seal and open keys.
    #[inline(never)]
    fn work() {
        let text = |text: &str| Passphrase::take(text.to_owned()).unwrap();
        let passphrase = text("the passphrase of a key file");
        let words = text("legal winner thank year wave sausage worth useful legal winner thank yellow");
        let mnemonic = Mnemonic::parse(&words).unwrap();
        let document = Secret::take(&mut [b'x'; 500]).unwrap();
        let file = key_file::seal(&document, &passphrase, WorkFactor::FLOOR).unwrap();
        key_file::open(&file, &passphrase).unwrap();
        let master = ExtendedPrivateKey::from_seed(&mnemonic.seed(Some(&passphrase))).unwrap();
        let key = master.private_key(&"m/44'/60'/0'/0/0".parse().unwrap()).unwrap();
        let _: Signature = key.signing_key().sign_prehash(&[7; 32]).unwrap();
        let station = StationKey::generate(&mut SystemEntropy, None).unwrap();
        station.sign(Namespace::Reply, b"a reply").unwrap();
    }

    #[test]
    fn opening_a_key_file_and_signing_stay_within_the_usual_depth() {
        in_thread(|| {
            let stack = LockedStack::here();
            stack.wipe();
            let below = || probe::read(stack.floor, stack.usual - stack.floor).unwrap();
            let before = below();
            work();
            assert!(before == below(), "the work went below {USUAL_BYTES} bytes");
        });
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
