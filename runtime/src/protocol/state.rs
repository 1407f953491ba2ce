//! A task's state word.
//!
//! ```text
//!            park                        wake, complete (the one who clears PARKED queues the task)
//! RUNNING ----------> PARKED ------------------------------------------------------> RUNNING (queued)
//!    |                  | inspect
//!    | wake             v              wake
//!    v               PARKED+INSPECTED ------> PARKED+INSPECTED+NOTIFIED --release--> RUNNING (queued)
//! RUNNING+NOTIFIED --park--> RUNNING (queued again by who tried to park it)
//! ```
//!
//! 1. Only the worker that holds a task RUNNING touches its frames. A queued task is RUNNING, too: it is held by the queue.
//! 2. A wake-up is advice: the task runs, and looks itself whether what it waits for has happened. So timers, cancelling and stale
//!    wakers may wake at any time, even a task that happens to live where theirs did before (tasks' memory stays memory of tasks).
//! 3. What a task waits for happens by one [`State::complete`], which turns DONE over. The task knows which value DONE has when its
//!    operation is done; so DONE is never cleared, and no second write is needed for the next operation.
//! 4. Who completes does so under the lock of what the task is queued at, and does not touch the task afterwards, unless `complete`
//!    said that the task is now his to queue. So a task that sees DONE may go on, and end, without asking anybody.
//! 5. While INSPECTED (deadlock detection reads its frames) a parked task stays parked; wakers leave a note.

use super::sync::{AtomicU32, Ordering};

/// See the [module](self).
pub struct State {
    word: AtomicU32,
}

const PARKED: u32 = 1;
const NOTIFIED: u32 = 2;
const DONE: u32 = 4;
const CANCELLED: u32 = 8;
const KILLED: u32 = 16;
const INSPECTED: u32 = 32;
const FINISHED: u32 = 64;
/// See [`State::mark`].
const MARKED: u32 = 128;

/// What came of an attempt to park.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Park {
    /// Others may wake the task, run it and end it: it is not to be touched any more.
    Parked,
    /// Somebody woke it meanwhile: it is to be queued again.
    Again,
}

impl State {
    /// RUNNING.
    pub fn new() -> State {
        State { word: AtomicU32::new(0) }
    }

    /// RUNNING again, for a new task in the place of one that ended; a stale waker's note may come at any time.
    #[inline]
    pub fn reset(&self) {
        self.word.store(0, Ordering::Relaxed);
    }

    /// For the worker that runs the task, after all frames are stored.
    #[inline]
    pub fn park(&self) -> Park {
        let mut state = self.word.load(Ordering::Relaxed);
        loop {
            let (next, result) = if state & NOTIFIED != 0 {
                (state & !NOTIFIED, Park::Again)
            } else {
                (state | PARKED, Park::Parked)
            };
            // Release: publishes the frames to whoever runs the task next. Acquire: sees what the note is about.
            match self.word.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return result,
                Err(now) => state = now,
            }
        }
    }

    /// Advises the task to look. True: the caller has to queue it.
    #[inline]
    #[must_use]
    pub fn wake(&self) -> bool {
        self.wake_with(0, 0)
    }

    /// The operation that the task waits for is done, and its outcome written; once for each operation. True: the caller
    /// has to queue the task.
    #[inline]
    #[must_use]
    pub fn complete(&self) -> bool {
        self.wake_with(DONE, 0)
    }

    /// Asks the task to unwind. True: the caller has to queue it.
    #[must_use]
    pub fn cancel(&self) -> bool {
        self.wake_with(0, CANCELLED)
    }

    /// Asks the task to unwind without running what it deferred. True: the caller has to queue it.
    #[must_use]
    pub fn kill(&self) -> bool {
        self.wake_with(0, CANCELLED | KILLED)
    }

    #[inline]
    fn wake_with(&self, toggle: u32, set: u32) -> bool {
        let mut state = self.word.load(Ordering::Relaxed);
        loop {
            let (next, queue) = if state & (PARKED | INSPECTED) == PARKED {
                (state & !PARKED, true)
            } else {
                (state | NOTIFIED, false)
            };
            let next = (next ^ toggle) | set;
            // Release: publishes the outcome. Acquire: whoever queues the task sees its frames.
            match self.word.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return queue,
                Err(now) => state = now,
            }
        }
    }

    /// Which value DONE has. An operation that begins when it is `b` is done when it is `!b`.
    #[inline]
    pub fn done(&self) -> bool {
        self.word.load(Ordering::Acquire) & DONE != 0
    }

    #[inline]
    pub fn is_cancelled(&self) -> bool {
        self.word.load(Ordering::Relaxed) & CANCELLED != 0
    }

    /// A planned crash may concern the task: it is to look at each operation ([`crate::task::crash_points`]).
    pub fn mark(&self) {
        self.word.fetch_or(MARKED, Ordering::Relaxed);
    }

    /// Whether an operation that begins has to look further: the task is cancelled, or marked.
    #[inline]
    pub fn is_marked(&self) -> bool {
        self.word.load(Ordering::Relaxed) & (CANCELLED | MARKED) != 0
    }

    pub fn is_killed(&self) -> bool {
        self.word.load(Ordering::Relaxed) & KILLED != 0
    }

    pub fn is_parked(&self) -> bool {
        self.word.load(Ordering::Relaxed) & PARKED != 0
    }

    /// The task has ended, and its result or crash is where it belongs.
    pub fn finish(&self) {
        self.word.fetch_or(FINISHED, Ordering::Release);
    }

    pub fn is_finished(&self) -> bool {
        self.word.load(Ordering::Acquire) & FINISHED != 0
    }

    /// Keeps a parked task parked, to read its frames. False: it is not parked, or somebody else inspects it.
    #[must_use]
    pub fn inspect(&self) -> bool {
        let state = self.word.load(Ordering::Relaxed);
        state & (PARKED | INSPECTED) == PARKED
            && self
                .word
                .compare_exchange(state, state | INSPECTED, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// Whether somebody woke the task, or completed its operation, while it is inspected.
    pub fn is_noted(&self) -> bool {
        self.word.load(Ordering::SeqCst) & NOTIFIED != 0
    }

    /// Ends [`State::inspect`]. True: it was woken meanwhile, and the caller has to queue it.
    #[must_use]
    pub fn release(&self) -> bool {
        let mut state = self.word.load(Ordering::Relaxed);
        loop {
            let (next, queue) = if state & NOTIFIED != 0 {
                (state & !(INSPECTED | NOTIFIED | PARKED), true)
            } else {
                (state & !INSPECTED, false)
            };
            match self.word.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return queue,
                Err(now) => state = now,
            }
        }
    }
}

impl Default for State {
    fn default() -> State {
        State::new()
    }
}
