//! A lock that costs no atomic instruction while one worker alone takes it, as that around a channel whose tasks all run there.
//!
//! An atomic exchange waits until all stores before it have reached the cache, some 30 cycles; a send and a receive have little else
//! to do. So a lock that the same worker has taken many times in a row becomes its own ([`BiasedLock::owner`]):
//!
//! - the owner: says that it is inside, in a word of its own ([`Owner`]); compiler barrier; looks whether it still owns the lock. Leaving, it says so.
//! - anybody else: takes the inner lock; says that there is no owner; heavy barrier; waits until the owner is not inside.
//!
//! Rules:
//!
//! 1. `owner` is written only by who holds the inner lock. The owner does not take it, except by rule 6.
//! 2. Either the owner sees that it is not the owner any more, and goes the others' way, or the other one sees that it is inside, and
//!    waits. That is what the barriers are for.
//! 3. Where a worker says that it is inside, nobody else does. It may be held up at any moment, and come back when it has long lost the lock to another
//!    owner: what it then takes back must not be what that one has said.
//! 4. `uses`, `last`, `streak` and `patience` are touched only by who has the lock, one way or the other. Who owns it had it last.
//! 5. A heavy barrier costs microseconds, as much as many exchanges. A lock that is taken away from an owner who had used it less often than
//!    that needs a longer streak to get one again; one whose owner had used it more often, a shorter one.
//! 6. A worker is inside of one lock at a time as its owner. A second one it takes as others do.
//! 7. Who only looks, from a thread that is no worker, gives the lock back to its owner ([`BiasedLock::look`]).

use std::cell::Cell;
use std::ptr;

use super::lock::SpinLock;
#[cfg(not(loom))]
use super::sync::spin_loop;
use super::sync::{
    AtomicPtr, AtomicU32, Ordering, asymmetric_barriers, heavy_barrier, owner_barrier, yield_now,
};

/// See the [module](self).
pub struct BiasedLock {
    inner: SpinLock,
    /// How many times in a row the last one has had it.
    streak: AtomicU32,
    /// Whose it is, or null.
    owner: AtomicPtr<Owner>,
    /// Who had the lock last; null for who is no worker.
    last: AtomicPtr<Owner>,
    /// How often its owner has had it as such.
    uses: AtomicU32,
    /// The streak that makes an owner.
    patience: AtomicU32,
}

/// A worker as locks know it, which lives for ever: the lock that it is inside of as its owner, or null. Only its own thread writes it.
pub struct Owner {
    inside: AtomicPtr<BiasedLock>,
}

impl Owner {
    #[expect(clippy::new_without_default, reason = "a worker has one, made with it")]
    pub fn new() -> Owner {
        Owner { inside: AtomicPtr::new(ptr::null_mut()) }
    }

    #[inline]
    fn leave(&self) {
        // Release: what was done inside comes before.
        self.inside.store(ptr::null_mut(), Ordering::Release);
    }
}

/// Who takes a lock: a worker, or a thread that is none.
pub type Me = Option<&'static Owner>;

#[inline]
fn address(me: Me) -> *mut Owner {
    me.map_or(ptr::null_mut(), |me| ptr::from_ref(me).cast_mut())
}

/// What a first owner needs: the heavy barrier that may follow costs as much as 50 or 100 exchanges.
#[cfg(not(loom))]
const PATIENCE: u32 = 128;
#[cfg(loom)]
const PATIENCE: u32 = 2;

/// Patience grows so many times with each owner that was not worth a heavy barrier, and shrinks with each that was.
const IMPATIENCE: u32 = 4;

/// Uses that an owner is worth a heavy barrier for.
const WORTH: u32 = 2 * PATIENCE;

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
            streak: AtomicU32::new(0),
            owner: AtomicPtr::new(ptr::null_mut()),
            last: AtomicPtr::new(ptr::null_mut()),
            uses: AtomicU32::new(0),
            patience: AtomicU32::new(PATIENCE),
        }
    }

    /// Takes the lock.
    #[inline]
    pub fn lock(&self, me: Me) {
        if !me.is_some_and(|me| self.enter(me)) {
            self.lock_as_others(me);
        }
    }

    /// Takes the lock if that takes no waiting.
    #[inline]
    #[must_use]
    pub fn take(&self, me: &'static Owner) -> bool {
        self.enter(me) || self.take_as_others(me)
    }

    /// By who has the lock.
    #[inline]
    pub fn unlock(&self) {
        // SAFETY: rule 4: null, or the worker that has the lock; it lives for ever.
        match unsafe { self.last.load(Ordering::Relaxed).as_ref() } {
            Some(me) if ptr::eq(me.inside.load(Ordering::Relaxed), self) => me.leave(),
            _ => self.inner.unlock(),
        }
    }

    /// Takes the lock if it is this worker's own.
    #[inline]
    #[must_use]
    pub fn enter(&self, me: &'static Owner) -> bool {
        let owner = address(Some(me));
        if self.owner.load(Ordering::Relaxed) != owner || !me.inside.load(Ordering::Relaxed).is_null() {
            return false;
        }
        me.inside.store(self.this(), Ordering::Relaxed);
        owner_barrier();
        // Acquire: somebody who looked may have given it back.
        if self.owner.load(Ordering::Acquire) != owner {
            me.leave();
            return false;
        }
        self.uses.store(self.uses.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        true
    }

    /// By its owner, who is inside.
    #[inline]
    pub fn leave(&self, me: &'static Owner) {
        debug_assert!(ptr::eq(me.inside.load(Ordering::Relaxed), self));
        me.leave();
    }

    #[inline]
    fn this(&self) -> *mut BiasedLock {
        ptr::from_ref(self).cast_mut()
    }

    #[inline]
    fn take_as_others(&self, me: &'static Owner) -> bool {
        if !self.inner.take() {
            return false;
        }
        let owner = self.owner.load(Ordering::Relaxed);
        if !owner.is_null() && !ptr::eq(owner, me) {
            self.inner.unlock();
            return false;
        }
        self.count(Some(me));
        true
    }

    #[cold]
    fn lock_as_others(&self, me: Me) {
        let waited = self.inner.lock();
        CROSSINGS.set(CROSSINGS.get() + u64::from(waited) * WAIT);
        let owner = self.owner.load(Ordering::Relaxed);
        if !owner.is_null() && owner != address(me) {
            self.shut_out();
            self.wait_for(owner);
            self.learn();
        }
        self.count(me);
    }

    /// The lock was taken away from its owner: rule 5.
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
        self.owner.store(ptr::null_mut(), Ordering::SeqCst);
        heavy_barrier();
    }

    /// Whether this owner, which was shut out, is inside.
    fn has_inside(&self, owner: *mut Owner) -> bool {
        // SAFETY: who owned a lock lives for ever.
        // Acquire: what the owner did inside comes before what we do.
        unsafe { (*owner).inside.load(Ordering::Acquire) == self.this() }
    }

    fn wait_for(&self, owner: *mut Owner) {
        let mut turns = 0;
        while self.has_inside(owner) {
            turns += 1;
            wait(turns);
        }
    }

    /// By who holds the inner lock.
    #[inline]
    fn count(&self, me: Me) {
        let (last, me) = (self.last.load(Ordering::Relaxed), address(me));
        if last != me {
            // Who takes it first crosses nothing.
            if !last.is_null() {
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

    /// Null, who is no worker, stays none.
    #[cold]
    fn make_owner(&self, me: *mut Owner) {
        self.streak.store(0, Ordering::Relaxed);
        self.uses.store(0, Ordering::Relaxed);
        if asymmetric_barriers() {
            // Release: for the owner's Acquire, and so that it is the owner of what was done until now.
            self.owner.store(me, Ordering::Release);
        }
    }

    /// Takes the lock to look at what it guards, not to change it; [`BiasedLock::looked`] with what this gives ends that.
    pub fn look(&self) -> Look {
        self.inner.lock();
        let owner = self.owner.load(Ordering::Relaxed);
        if !owner.is_null() {
            self.shut_out();
            self.wait_for(owner);
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
        if !look.owner.is_null() {
            self.shut_out();
            if self.has_inside(look.owner) {
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
    owner: *mut Owner,
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

    use super::{BiasedLock, Me, Owner};

    /// A number, guarded by a lock, and the workers that take it.
    struct Guarded {
        lock: BiasedLock,
        value: UnsafeCell<u32>,
        workers: [&'static Owner; 3],
    }

    // SAFETY: `value` is touched under the lock only; loom checks that this suffices.
    unsafe impl Sync for Guarded {}
    // SAFETY: as above.
    unsafe impl Send for Guarded {}

    impl Guarded {
        /// The first worker owns the lock, and has used it as often as is worth it.
        fn owned() -> Arc<Guarded> {
            let worker = || &*Box::leak(Box::new(Owner::new()));
            let guarded = Guarded {
                lock: BiasedLock::new(),
                value: UnsafeCell::new(0),
                workers: [worker(), worker(), worker()],
            };
            for _ in 0..8 {
                guarded.add(0);
            }
            assert!(!guarded.lock.owner.load(super::Ordering::Relaxed).is_null());
            Arc::new(guarded)
        }

        fn add(&self, worker: usize) {
            self.add_as(Some(self.workers[worker]));
        }

        fn add_as(&self, me: Me) {
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
            let other = thread::spawn(move || its.add(1));
            guarded.add(0);
            guarded.add(0);
            other.join().unwrap();
            assert_eq!(guarded.value(), 11);
        });
    }

    #[test]
    fn loom_an_owned_lock_is_taken_away_by_two() {
        loom::model(|| {
            let guarded = Guarded::owned();
            let others: Vec<_> = [1, 2]
                .into_iter()
                .map(|me| {
                    let its = guarded.clone();
                    thread::spawn(move || {
                        if its.lock.take(its.workers[me]) {
                            its.lock.unlock();
                        }
                        its.add(me);
                    })
                })
                .collect();
            guarded.add(0);
            for other in others {
                other.join().unwrap();
            }
            assert_eq!(guarded.value(), 11);
        });
    }

    /// Rule 3: the first owner is held up where it has seen that it owns the lock, and has not yet said that it is inside.
    #[test]
    fn loom_a_former_owner_comes_back_while_another_one_is_inside() {
        loom::model(|| {
            let guarded = Guarded::owned();
            let its = guarded.clone();
            let other = thread::spawn(move || (0..4).for_each(|_| its.add(1)));
            guarded.add(0);
            other.join().unwrap();
            assert_eq!(guarded.value(), 13);
        });
    }

    /// Rule 6.
    #[test]
    fn loom_an_owner_takes_a_second_lock_of_its_own() {
        loom::model(|| {
            let (outer, guarded) = (Guarded::owned(), Guarded::owned());
            for _ in 0..8 {
                outer.add_as(Some(guarded.workers[0]));
            }
            let (its_outer, its) = (outer.clone(), guarded.clone());
            let other = thread::spawn(move || {
                its.add(1);
                its_outer.add(1);
            });
            outer.lock.lock(Some(guarded.workers[0]));
            guarded.add(0);
            // SAFETY: under the lock.
            outer.value.with_mut(|value| unsafe { *value += 1 });
            outer.lock.unlock();
            other.join().unwrap();
            assert_eq!((outer.value(), guarded.value()), (18, 10));
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
                assert!((8..=10).contains(&value));
                assert!(again.is_none_or(|again| again >= value));
            });
            guarded.add(0);
            guarded.add(0);
            looker.join().unwrap();
            guarded.lock.lock(None);
            guarded.lock.unlock();
            assert_eq!(guarded.value(), 10);
        });
    }
}
