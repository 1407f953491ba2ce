//! A lock for a few dozen instructions, as around a channel: one atomic exchange to take it, one store to give it back.
//!
//! Its holder never blocks, calls compiled code or allocates much, so that waiting by spinning is right; a holder that the
//! system has taken off its core is waited for by yielding.

use super::sync::{AtomicU32, Ordering, spin_loop, yield_now};

/// See the [module](self).
pub struct SpinLock {
    word: AtomicU32,
}

impl SpinLock {
    #[cfg(not(loom))]
    pub const fn new() -> SpinLock {
        SpinLock { word: AtomicU32::new(0) }
    }

    #[cfg(loom)]
    pub fn new() -> SpinLock {
        SpinLock { word: AtomicU32::new(0) }
    }

    #[inline]
    pub fn lock(&self) {
        if self.word.swap(1, Ordering::Acquire) != 0 {
            self.lock_slow();
        }
    }

    #[cold]
    fn lock_slow(&self) {
        let mut turns = 0;
        loop {
            // A model would read an old value for ever: it only exchanges.
            while !cfg!(loom) && self.word.load(Ordering::Relaxed) != 0 {
                turns += 1;
                // 100 turns are about a microsecond: longer than any holder that is running needs.
                if turns < 100 {
                    spin_loop();
                } else {
                    yield_now();
                }
            }
            if self.word.swap(1, Ordering::Acquire) == 0 {
                return;
            }
            if cfg!(loom) {
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
