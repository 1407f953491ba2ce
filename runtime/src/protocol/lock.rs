//! A lock for a few dozen instructions, as around a channel: one atomic exchange to take it, one store to give it back.
//!
//! Its holder never blocks, calls compiled code or allocates much, so that waiting by spinning is right; a holder that the
//! system has taken off its core is waited for by yielding. A model cannot spin (its interleavings would never end): there, loom's
//! own mutex takes the place of the word.

#[cfg(loom)]
pub use self::modelled::SpinLock;
#[cfg(not(loom))]
pub use self::spinning::SpinLock;

#[cfg(not(loom))]
mod spinning {
    use crate::protocol::sync::{AtomicU32, Ordering, spin_loop, yield_now};

    const PAUSES: u32 = 64;

    /// See the [module](super).
    pub struct SpinLock {
        word: AtomicU32,
    }

    impl SpinLock {
        pub const fn new() -> SpinLock {
            SpinLock { word: AtomicU32::new(0) }
        }

        /// Gives how often it was waited for, each time for about a microsecond.
        #[inline]
        pub fn lock(&self) -> u32 {
            if self.word.swap(1, Ordering::Acquire) == 0 { 0 } else { self.lock_slow() }
        }

        /// Takes it if it is free; by who expects that it is.
        #[inline]
        #[must_use]
        pub fn take(&self) -> bool {
            self.word.swap(1, Ordering::Acquire) == 0
        }

        #[cold]
        fn lock_slow(&self) -> u32 {
            let mut turns = 0;
            loop {
                // Away from the line for about a microsecond: two workers that want the lock for each of many messages would
                // otherwise pass the line to and fro with each; so one of them does many, then the other.
                for _ in 0..PAUSES {
                    spin_loop();
                }
                turns += 1;
                if self.word.load(Ordering::Relaxed) == 0 && self.word.swap(1, Ordering::Acquire) == 0 {
                    return turns;
                }
                // Longer than any holder needs that is running.
                if turns > 4 {
                    yield_now();
                }
            }
        }

        /// Whether it was free, and is now taken.
        pub fn try_lock(&self) -> bool {
            self.word.load(Ordering::Relaxed) == 0 && self.word.swap(1, Ordering::Acquire) == 0
        }

        /// By who holds it.
        #[inline]
        pub fn unlock(&self) {
            self.word.store(0, Ordering::Release);
        }
    }

    impl Default for SpinLock {
        fn default() -> SpinLock {
            SpinLock::new()
        }
    }
}

#[cfg(loom)]
mod modelled {
    use loom::cell::UnsafeCell;
    use loom::sync::{Mutex, MutexGuard};

    /// See the [module](super).
    pub struct SpinLock {
        mutex: Mutex<()>,
        guard: UnsafeCell<Option<MutexGuard<'static, ()>>>,
    }

    // SAFETY: `guard` is touched only by who holds the mutex.
    unsafe impl Sync for SpinLock {}
    // SAFETY: as above; a model moves it before it is used.
    unsafe impl Send for SpinLock {}

    impl SpinLock {
        pub fn new() -> SpinLock {
            SpinLock { mutex: Mutex::new(()), guard: UnsafeCell::new(None) }
        }

        pub fn lock(&self) -> u32 {
            let guard = self.mutex.lock().expect("models do not panic with a lock held");
            // SAFETY: the guard stays in this object, next to the mutex it refers to.
            let guard: MutexGuard<'static, ()> = unsafe { std::mem::transmute(guard) };
            // SAFETY: the mutex is held.
            self.guard.with_mut(|at| unsafe { *at = Some(guard) });
            0
        }

        pub fn take(&self) -> bool {
            let Ok(guard) = self.mutex.try_lock() else { return false };
            // SAFETY: as in `lock`.
            let guard: MutexGuard<'static, ()> = unsafe { std::mem::transmute(guard) };
            // SAFETY: the mutex is held.
            self.guard.with_mut(|at| unsafe { *at = Some(guard) });
            true
        }

        pub fn unlock(&self) {
            // SAFETY: the mutex is held.
            let guard = self.guard.with_mut(|at| unsafe { (*at).take() });
            drop(guard);
        }
    }
}
