//! Which workers sleep, and who wakes one.
//!
//! Crossing cores by the system costs some 40 µs, so nobody is woken while a worker is still searching: it will find the
//! work. The rule that makes this safe:
//!
//! - who adds work: queues it; light barrier; reads `searching` and `asleep`; wakes one sleeper if nobody searches.
//! - who goes to sleep: sets its bit in `asleep` and stops counting as searching; heavy barrier; looks at all queues once more.
//!
//! Either the adder sees the sleeper, or the sleeper sees the work. A worker that is woken counts as searching from that moment
//! (its waker counts it), so that several additions in a row wake one worker only; that one wakes the next when it finds work.
//!
//! Who wants to conclude something from the fact that all sleep (deadlock detection) needs it to have lasted: `risen` counts how often a
//! worker got up. Nothing ran between two looks if all slept at both, and the count was read *before* the first and is the same *at* the second
//! ([`Sleepers::risen`]): a worker that ran between them had its bit cleared, got up, and took its bit back, in this order.

use super::sync::{AtomicU64, Ordering, heavy_barrier, light_barrier};

/// See the [module](self). One word: low 32 bits, one for each worker asleep; then the number of those that search.
pub struct Sleepers {
    word: AtomicU64,
    risen: AtomicU64,
}

const SEARCHING: u64 = 1 << 32;
const ASLEEP: u64 = SEARCHING - 1;

/// The most workers there can be.
pub const MAX_WORKERS: usize = 32;

impl Sleepers {
    /// The first `count` workers are asleep.
    pub fn new(count: usize) -> Sleepers {
        Sleepers { word: AtomicU64::new((1 << count) - 1), risen: AtomicU64::new(0) }
    }

    /// Work was queued: which worker is to be woken, if any. It counts as searching.
    #[inline]
    #[must_use]
    pub fn on_work(&self) -> Option<usize> {
        light_barrier();
        let word = self.word.load(Ordering::Relaxed);
        if word >= SEARCHING || word == 0 {
            return None;
        }
        self.wake_one()
    }

    #[cold]
    fn wake_one(&self) -> Option<usize> {
        let mut word = self.word.load(Ordering::SeqCst);
        loop {
            if word >= SEARCHING || word & ASLEEP == 0 {
                return None;
            }
            let worker = word.trailing_zeros();
            let next = (word & !(1 << worker)) + SEARCHING;
            match self.word.compare_exchange(word, next, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Some(worker as usize),
                Err(now) => word = now,
            }
        }
    }

    /// A worker begins to search. False: enough do already (half of those that are awake); it may sleep at once.
    pub fn start_searching(&self) {
        self.word.fetch_add(SEARCHING, Ordering::SeqCst);
    }

    /// A searching worker found work. True: it was the last one that searched, and should wake another if there is more.
    #[must_use]
    pub fn found(&self) -> bool {
        self.word.fetch_sub(SEARCHING, Ordering::SeqCst) >> 32 == 1
    }

    /// A searching worker goes to sleep; it then must look at all queues once more. True: it was the last to be awake and
    /// searching.
    pub fn fall_asleep(&self, worker: usize) {
        let mut word = self.word.load(Ordering::SeqCst);
        loop {
            let next = (word | 1 << worker) - SEARCHING;
            match self.word.compare_exchange(word, next, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        heavy_barrier();
    }

    /// A worker that fell asleep found work after all, or was woken by something else than work. It counts as searching
    /// afterwards, whether it took its bit back itself (true) or a waker had done so (false).
    pub fn get_up(&self, worker: usize) -> bool {
        self.risen.fetch_add(1, Ordering::SeqCst);
        let mut word = self.word.load(Ordering::SeqCst);
        loop {
            if word & (1 << worker) == 0 {
                return false;
            }
            let next = (word & !(1 << worker)) + SEARCHING;
            match self.word.compare_exchange(word, next, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    /// How often a worker got up: see the [module](self).
    pub fn risen(&self) -> u64 {
        self.risen.load(Ordering::SeqCst)
    }

    /// How many sleep.
    pub fn asleep(&self) -> u32 {
        (self.word.load(Ordering::SeqCst) & ASLEEP).count_ones()
    }

    /// How many search.
    pub fn searching(&self) -> u32 {
        (self.word.load(Ordering::SeqCst) >> 32) as u32
    }
}

impl Default for Sleepers {
    fn default() -> Sleepers {
        Sleepers::new(0)
    }
}
