//! A lock that costs no atomic instruction while one worker alone takes it, as that around a channel whose tasks all run there.
//!
//! An atomic exchange waits until all stores before it have reached the cache, some 30 cycles; a send and a receive have little else
//! to do. So a lock that the same worker has taken many times in a row becomes its own ([`BiasedLock::owner`]):
//!
//! - the owner: says that it is inside (`busy`); compiler barrier; looks whether it still is the owner. Leaving, it says so.
//! - anybody else: takes the inner lock; says that there is no owner; heavy barrier; waits until the owner is not inside.
//!
//! Rules:
//!
//! 1. `owner` is written only by who holds the inner lock. The owner does not take it.
//! 2. Either the owner sees that it is not the owner any more, and goes the others' way, or the other one sees that it is inside, and
//!    waits. That is what the barriers are for.
//! 3. `uses`, `last`, `streak` and `patience` are touched only by who has the lock, one way or the other.
//! 4. A heavy barrier costs microseconds, as much as many exchanges. A lock that is taken away from an owner who had used it less often than
//!    that needs a longer streak to get one again; one whose owner had used it more often, a shorter one.
//! 5. Who only looks, from a thread that is no worker, gives the lock back to its owner ([`BiasedLock::look`]).

use std::cell::Cell;

use super::lock::SpinLock;
#[cfg(not(loom))]
use super::sync::spin_loop;
use super::sync::{
    AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, asymmetric_barriers, heavy_barrier, owner_barrier,
    yield_now,
};

/// See the [module](self).
pub struct BiasedLock {
    inner: SpinLock,
    /// Whose it is: a worker's number, or [`NOBODY`].
    owner: AtomicU8,
    /// The owner is inside, or about to look whether it may.
    busy: AtomicBool,
    /// How often its owner has had it, counting this time; 0 if who has the lock is not its owner.
    uses: AtomicU64,
    /// Who had the lock last, and how many times in a row.
    last: AtomicU8,
    streak: AtomicU32,
    /// The streak that makes an owner.
    patience: AtomicU32,
}

const NOBODY: u8 = 0;

/// A thread that is no worker. Workers have the numbers between.
pub const OUTSIDER: u8 = u8::MAX;

/// What a first owner needs: the heavy barrier that may follow costs as much as 50 or 100 exchanges.
#[cfg(not(loom))]
const PATIENCE: u32 = 128;
#[cfg(loom)]
const PATIENCE: u32 = 2;

/// Patience grows so many times with each owner that was not worth a heavy barrier, and shrinks with each that was.
const IMPATIENCE: u32 = 4;

/// Uses that an owner is worth a heavy barrier for.
const WORTH: u64 = 2 * PATIENCE as u64;

/// Owners that are not worth it then cost less than a hundredth.
const MOST_PATIENCE: u32 = PATIENCE << 12;

thread_local! {
    static CROSSINGS: Cell<u64> = const { Cell::new(0) };
}

/// A microsecond of waiting for a lock is as good as so many crossings.
const WAIT: u64 = 5;

/// How often this thread has taken a lock that another one had taken before, and what it has waited for locks besides.
#[inline]
pub fn crossings() -> u64 {
    CROSSINGS.get()
}

/// What else this thread has had to fetch from another core, so many times.
#[cfg(not(loom))]
pub fn note_crossings(count: u64) {
    CROSSINGS.set(CROSSINGS.get() + count);
}

impl BiasedLock {
    pub fn new() -> BiasedLock {
        BiasedLock {
            inner: SpinLock::new(),
            owner: AtomicU8::new(NOBODY),
            busy: AtomicBool::new(false),
            uses: AtomicU64::new(0),
            last: AtomicU8::new(NOBODY),
            streak: AtomicU32::new(0),
            patience: AtomicU32::new(PATIENCE),
        }
    }

    /// Takes the lock; `me` is the worker's number, or [`OUTSIDER`].
    #[inline]
    pub fn lock(&self, me: u8) {
        if !self.enter(me) {
            self.lock_as_others(me);
        }
    }

    /// Takes the lock if that takes no waiting.
    #[inline]
    #[must_use]
    pub fn take(&self, me: u8) -> bool {
        self.enter(me) || self.take_as_others(me)
    }

    /// By who has the lock.
    #[inline]
    pub fn unlock(&self) {
        if self.uses.load(Ordering::Relaxed) != 0 {
            self.leave();
        } else {
            self.inner.unlock();
        }
    }

    /// Takes the lock if it is this worker's own.
    #[inline]
    #[must_use]
    pub fn enter(&self, me: u8) -> bool {
        if self.owner.load(Ordering::Relaxed) != me {
            return false;
        }
        self.busy.store(true, Ordering::Relaxed);
        owner_barrier();
        // Acquire: somebody who looked may have given it back.
        if self.owner.load(Ordering::Acquire) != me {
            self.busy.store(false, Ordering::Release);
            return false;
        }
        self.uses.store(self.uses.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        true
    }

    /// By its owner, who has it.
    #[inline]
    pub fn leave(&self) {
        // Release: what was done inside comes before.
        self.busy.store(false, Ordering::Release);
    }

    #[inline]
    fn take_as_others(&self, me: u8) -> bool {
        if !self.inner.take() {
            return false;
        }
        let owner = self.owner.load(Ordering::Relaxed);
        if owner != NOBODY && owner != me {
            self.inner.unlock();
            return false;
        }
        self.uses.store(0, Ordering::Relaxed);
        self.count(me);
        true
    }

    #[cold]
    fn lock_as_others(&self, me: u8) {
        let waited = self.inner.lock();
        CROSSINGS.set(CROSSINGS.get() + u64::from(waited) * WAIT);
        let owner = self.owner.load(Ordering::Relaxed);
        if owner != NOBODY && owner != me {
            self.shut_out();
            self.wait_for_owner();
            self.learn();
        }
        self.uses.store(0, Ordering::Relaxed);
        self.count(me);
    }

    /// The lock was taken away from its owner: rule 4.
    fn learn(&self) {
        let patience = self.patience.load(Ordering::Relaxed);
        let patience = match self.uses.load(Ordering::Relaxed) {
            WORTH.. => (patience / IMPATIENCE).max(PATIENCE),
            _ => (patience * IMPATIENCE).min(MOST_PATIENCE),
        };
        self.patience.store(patience, Ordering::Relaxed);
    }

    /// By who holds the inner lock: afterwards there is no owner, who may still be inside.
    fn shut_out(&self) {
        self.owner.store(NOBODY, Ordering::SeqCst);
        heavy_barrier();
    }

    /// Waits until the owner that was shut out is not inside.
    fn wait_for_owner(&self) {
        let mut turns = 0;
        // Acquire: what the owner did inside comes before what we do.
        while self.busy.load(Ordering::Acquire) {
            turns += 1;
            wait(turns);
        }
    }

    /// By who holds the inner lock.
    #[inline]
    fn count(&self, me: u8) {
        let last = self.last.load(Ordering::Relaxed);
        if last != me {
            // Who takes it first crosses nothing.
            if last != NOBODY {
                CROSSINGS.set(CROSSINGS.get() + 1);
            }
            self.last.store(me, Ordering::Relaxed);
            self.streak.store(0, Ordering::Relaxed);
            return;
        }
        let streak = self.streak.load(Ordering::Relaxed) + 1;
        self.streak.store(streak, Ordering::Relaxed);
        if streak >= self.patience.load(Ordering::Relaxed) {
            self.make_owner(me);
        }
    }

    #[cold]
    fn make_owner(&self, me: u8) {
        self.streak.store(0, Ordering::Relaxed);
        if me != OUTSIDER && asymmetric_barriers() {
            // Release: for the owner's Acquire, and so that it is the owner of what was done until now.
            self.owner.store(me, Ordering::Release);
        }
    }

    /// Takes the lock to look at what it guards, not to change it; [`BiasedLock::looked`] with what this gives ends that.
    pub fn look(&self) -> Look {
        self.inner.lock();
        let owner = self.owner.load(Ordering::Relaxed);
        if owner != NOBODY {
            self.shut_out();
            self.wait_for_owner();
        }
        Look { owner }
    }

    /// As [`BiasedLock::look`], if nobody has the lock.
    #[must_use]
    pub fn try_look(&self) -> Option<Look> {
        if !self.inner.take() {
            return None;
        }
        let look = Look { owner: self.owner.load(Ordering::Relaxed) };
        if look.owner != NOBODY {
            self.shut_out();
            if self.busy.load(Ordering::Acquire) {
                self.looked(look);
                return None;
            }
        }
        Some(look)
    }

    /// Ends a [`BiasedLock::look`].
    pub fn looked(&self, look: Look) {
        self.owner.store(look.owner, Ordering::Release);
        self.inner.unlock();
    }
}

impl Default for BiasedLock {
    fn default() -> BiasedLock {
        BiasedLock::new()
    }
}

/// Somebody looks at what a lock guards.
#[must_use]
pub struct Look {
    owner: u8,
}

#[cfg(not(loom))]
fn wait(turns: u32) {
    // A microsecond is longer than an owner is inside; if it takes longer, the system has taken it off its core.
    if turns < 100 { spin_loop() } else { yield_now() }
}

#[cfg(loom)]
fn wait(_turns: u32) {
    yield_now();
}

#[cfg(all(test, loom))]
mod models {
    use std::sync::Arc;

    use loom::cell::UnsafeCell;
    use loom::thread;

    use super::{BiasedLock, OUTSIDER};

    /// A number, guarded by a lock that worker 1 owns.
    struct Guarded {
        lock: BiasedLock,
        value: UnsafeCell<u32>,
    }

    // SAFETY: `value` is touched under the lock only; loom checks that this suffices.
    unsafe impl Sync for Guarded {}
    // SAFETY: as above.
    unsafe impl Send for Guarded {}

    impl Guarded {
        fn owned() -> Arc<Guarded> {
            let guarded = Guarded { lock: BiasedLock::new(), value: UnsafeCell::new(0) };
            for _ in 0..4 {
                guarded.add(1);
            }
            Arc::new(guarded)
        }

        fn add(&self, me: u8) {
            self.lock.lock(me);
            // SAFETY: under the lock.
            self.value.with_mut(|value| unsafe { *value += 1 });
            self.lock.unlock();
        }

        fn value(&self) -> u32 {
            let look = self.lock.look();
            // SAFETY: under the lock.
            let value = self.value.with(|value| unsafe { *value });
            self.lock.looked(look);
            value
        }
    }

    #[test]
    fn loom_an_owned_lock_is_taken_away_while_its_owner_uses_it() {
        loom::model(|| {
            let guarded = Guarded::owned();
            let its = guarded.clone();
            let other = thread::spawn(move || its.add(2));
            guarded.add(1);
            guarded.add(1);
            other.join().unwrap();
            assert_eq!(guarded.value(), 7);
        });
    }

    #[test]
    fn loom_an_owned_lock_is_taken_away_by_two() {
        loom::model(|| {
            let guarded = Guarded::owned();
            let others: Vec<_> = [2, 3]
                .into_iter()
                .map(|me| {
                    let its = guarded.clone();
                    thread::spawn(move || {
                        if its.lock.take(me) {
                            its.lock.unlock();
                        }
                        its.add(me);
                    })
                })
                .collect();
            guarded.add(1);
            for other in others {
                other.join().unwrap();
            }
            assert_eq!(guarded.value(), 7);
        });
    }

    #[test]
    fn loom_who_looks_at_what_an_owned_lock_guards_gives_it_back() {
        loom::model(|| {
            let guarded = Guarded::owned();
            let its = guarded.clone();
            let looker = thread::spawn(move || {
                let value = its.value();
                let again = its.lock.try_look().map(|look| {
                    // SAFETY: under the lock.
                    let value = its.value.with(|value| unsafe { *value });
                    its.lock.looked(look);
                    value
                });
                assert!((4..=6).contains(&value));
                assert!(again.is_none_or(|again| again >= value));
            });
            guarded.add(1);
            guarded.add(1);
            looker.join().unwrap();
            guarded.lock.lock(OUTSIDER);
            guarded.lock.unlock();
            assert_eq!(guarded.value(), 6);
        });
    }
}
