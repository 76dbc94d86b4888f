//! The one thread that secrets are worked on in: its stack is locked in RAM and wiped after each job.
//!
//! Curve arithmetic, key stretching and text handling leave pieces of secrets in the frames they used. Here those
//! frames lie on a stack of our own, which is overwritten when the work is done.
//!
//! What this guarantees: nothing that a job left on this thread's stack is there after the job, and none of it was
//! ever swapped out if no [`LockWarning`] was given. What it does not: heap memory that libraries free without wiping
//! (key stretching uses up to gigabytes of it), vector registers, and a machine that is suspended to disk.
//! For the first, run with an allocator that wipes what is freed; for the last, forbid hibernation.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use crate::memory::LockWarning;
use crate::stack::{LockedStack, THREAD_BYTES};

/// The name of every thread that works on secrets.
const THREAD_NAME: &str = "secrets";

/// Why no result came out of the worker.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The system started no thread.
    #[error(
        "the thread that works on secrets could not be started: {0}; free memory or raise the limit of processes (`ulimit -u`)"
    )]
    Start(#[source] io::Error),
    /// The job panicked. Its secrets were wiped; nothing it did can be trusted.
    #[error(
        "the work on secrets ended in a fault of the program, and its secrets were wiped: start again, and report it"
    )]
    Fault,
    /// An earlier job panicked, and the worker ended with it.
    #[error("the thread that works on secrets has ended after an earlier fault: unlock the key again")]
    Ended,
}

/// A result, and the warning to show if the stack it was made on could not be locked.
#[derive(Debug)]
#[must_use]
pub struct Worked<T> {
    /// What the job returned.
    pub value: T,
    /// Why its stack was not locked in RAM, if it was not.
    pub lock_warning: Option<LockWarning>,
}

/// Runs one job on a locked stack, wipes it, and returns what the job returned.
///
/// The job may borrow: the caller waits for it. It should return secrets in their own types only: any others would
/// pass through memory that nobody wipes.
///
/// # Errors
/// [`WorkerError::Start`] and [`WorkerError::Fault`].
pub fn on_locked_stack<T: Send>(job: impl FnOnce() -> T + Send) -> Result<Worked<T>, WorkerError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .stack_size(THREAD_BYTES)
            .spawn_scoped(scope, || {
                let stack = LockedStack::here();
                let outcome = below(job);
                stack.wipe();
                outcome.map(|value| Worked { value, lock_warning: stack.lock_warning().cloned() })
            })
            .map_err(WorkerError::Start)?;
        thread.join().ok().flatten().ok_or(WorkerError::Fault)
    })
}

/// Runs the job in a frame of its own, so that the caller's frame, which is not wiped, holds nothing of it.
#[inline(never)]
fn below<T>(job: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(job)).ok()
}

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A thread that keeps a state, such as an unlocked key, and runs jobs on it, until it is dropped.
///
/// The state is made on the thread's locked stack and never leaves it: it need not even be [`Send`].
/// After each job the part of the stack that jobs use is wiped (256 KiB, so that it costs less than a signature);
/// all of it, 1 MiB, once the state is made and again when it is dropped.
pub struct Worker<S> {
    jobs: Option<SyncSender<Job<S>>>,
    thread: Option<JoinHandle<()>>,
    lock_warning: Option<LockWarning>,
}

/// What the thread says once: the warning about its stack, and whether the state could be made.
type Greeting<E> = (Option<LockWarning>, Result<(), E>);

impl<S: 'static> Worker<S> {
    /// Starts the thread and makes its state there. If `make` refuses, its error is the inner one.
    ///
    /// # Errors
    /// [`WorkerError::Start`] and, if `make` panics, [`WorkerError::Fault`].
    pub fn start<E: Send + 'static>(
        make: impl FnOnce() -> Result<S, E> + Send + 'static,
    ) -> Result<Result<Self, E>, WorkerError> {
        let (jobs, queue) = mpsc::sync_channel(0);
        let (greet, greeting) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .stack_size(THREAD_BYTES)
            .spawn(move || {
                let stack = LockedStack::here();
                serve(&stack, make, &greet, &queue);
                stack.wipe();
            })
            .map_err(WorkerError::Start)?;
        match greeting.recv() {
            Ok((lock_warning, Ok(()))) => {
                Ok(Ok(Self { jobs: Some(jobs), thread: Some(thread), lock_warning }))
            }
            Ok((_, Err(refused))) => {
                wait_for(thread);
                Ok(Err(refused))
            }
            Err(_) => {
                wait_for(thread);
                Err(WorkerError::Fault)
            }
        }
    }

    /// Runs a job on the state and waits for what it returns. Do not return secrets other than in their own types.
    ///
    /// # Errors
    /// [`WorkerError::Fault`] if the job panics: the state is wiped and the worker ends. Afterwards,
    /// [`WorkerError::Ended`].
    pub fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, WorkerError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Job<S> = Box::new(move |state| {
            let value = job(state);
            // The caller waits for the answer: it cannot have gone away.
            let _ = answer.send(value);
        });
        self.jobs.as_ref().ok_or(WorkerError::Ended)?.send(job).map_err(|_| WorkerError::Ended)?;
        answered.recv().map_err(|_| WorkerError::Fault)
    }

    /// The warning to show if the stack could not be locked in RAM.
    pub fn lock_warning(&self) -> Option<&LockWarning> {
        self.lock_warning.as_ref()
    }
}

impl<S> Drop for Worker<S> {
    fn drop(&mut self) {
        // Without its queue the thread drops the state, wipes the stack and ends.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            wait_for(thread);
        }
    }
}

impl<S> std::fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker(..)")
    }
}

fn wait_for(thread: JoinHandle<()>) {
    // A panic was caught inside; what remains is the payload of one in wiping, of which there is none.
    let _: Result<(), Box<dyn Any + Send>> = thread.join();
}

/// The thread's life, in a frame below the one that wipes, so that the state lies on what is wiped at the end.
#[inline(never)]
fn serve<S, E>(
    stack: &LockedStack,
    make: impl FnOnce() -> Result<S, E>,
    greet: &SyncSender<Greeting<E>>,
    queue: &Receiver<Job<S>>,
) {
    let Some(outcome) = below(make) else { return };
    stack.wipe();
    let mut state = match outcome {
        Ok(state) => state,
        Err(refused) => {
            let _ = greet.send((stack.lock_warning().cloned(), Err(refused)));
            return;
        }
    };
    if greet.send((stack.lock_warning().cloned(), Ok(()))).is_err() {
        return;
    }
    for job in queue {
        let done = below(|| job(&mut state));
        stack.wipe_usual();
        if done.is_none() {
            return;
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::hint::black_box;
    use std::ptr;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::memory::probe;

    const PATTERN: [u8; 16] = *b"left-by-some-job";

    #[inline(never)]
    fn careless() -> usize {
        let mut frame = [0; 4096];
        frame.as_chunks_mut::<16>().0.fill(PATTERN);
        black_box(&mut frame);
        ptr::from_ref(&frame).addr()
    }

    fn seen_at(place: usize) -> bool {
        let bytes = probe::read(place, 4096).unwrap();
        bytes.windows(8).any(|window| window == &PATTERN[..8])
    }

    #[test]
    fn a_job_may_borrow_and_its_result_comes_back() {
        let words = ["one".to_owned(), "two".to_owned()];
        let worked = on_locked_stack(|| words.concat()).unwrap();
        assert_eq!(worked.value, "onetwo");
    }

    #[test]
    fn a_jobs_frames_are_wiped_before_the_next_job() {
        let worker = Worker::start(|| Ok::<_, ()>(())).unwrap().unwrap();
        // Within one job the frame is still there: this is what an attacker would find.
        let (place, seen) = worker.run(|()| (careless(), ())).map(|(place, ())| (place, true)).unwrap();
        assert!(seen);
        assert!(worker.run(|()| seen_at(careless())).unwrap(), "the attack must work first");
        assert!(!worker.run(move |()| seen_at(place)).unwrap());
    }

    #[test]
    fn a_state_that_cannot_be_sent_stays_on_its_thread() {
        let worker = Worker::start(|| Ok::<_, ()>(Rc::new(41))).unwrap().unwrap();
        assert_eq!(worker.run(|state| **state + 1).unwrap(), 42);
    }

    #[test]
    fn the_state_is_dropped_before_the_worker_is() {
        struct Noisy(Arc<AtomicBool>);
        impl Drop for Noisy {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let dropped = Arc::new(AtomicBool::new(false));
        let inside = Arc::clone(&dropped);
        drop(Worker::start(move || Ok::<_, ()>(Noisy(inside))).unwrap().unwrap());
        assert!(dropped.load(Ordering::SeqCst));
    }

    #[test]
    fn a_refused_state_is_the_callers_error() {
        let refused = Worker::<()>::start(|| Err("wrong passphrase")).unwrap();
        assert_eq!(refused.unwrap_err(), "wrong passphrase");
    }

    #[test]
    fn a_panicking_job_ends_the_worker_and_wipes() {
        let place = Arc::new(AtomicUsize::new(0));
        let worker = Worker::start(|| Ok::<_, ()>(())).unwrap().unwrap();
        let inside = Arc::clone(&place);
        let fault = worker
            .run(move |()| {
                inside.store(careless(), Ordering::SeqCst);
                panic!("a job that panics, as this test wants")
            })
            .map(|(): ()| ());
        assert!(matches!(fault, Err(WorkerError::Fault)));
        assert!(matches!(worker.run(|()| ()), Err(WorkerError::Ended)));
        // The stack may already be unmapped; if it is not, it is empty.
        let left = probe::read(place.load(Ordering::SeqCst), 4096).unwrap_or_default();
        assert!(!left.windows(8).any(|window| window == &PATTERN[..8]));
    }

    #[test]
    fn a_panicking_start_is_a_fault() {
        let fault = Worker::<()>::start(|| -> Result<(), ()> { panic!("as this test wants") });
        assert!(matches!(fault, Err(WorkerError::Fault)));
        let fault = on_locked_stack(|| -> () { panic!("as this test wants") });
        assert!(matches!(fault, Err(WorkerError::Fault)));
    }
}
