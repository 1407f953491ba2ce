//! Who decides a `select`: each of its channels may want to complete it, and so may its time-out. The first to [`Claim::take`] it does.
//!
//! A claim is taken under the lock of the channel whose case it is for, and the select is completed under that same lock. So when
//! the waiting task itself fails to take its claim, it finds the outcome once it has held that lock.

use super::sync::{AtomicU32, Ordering};

/// See the [module](self).
pub struct Claim {
    word: AtomicU32,
}

const OPEN: u32 = u32::MAX;

impl Claim {
    pub fn new() -> Claim {
        Claim { word: AtomicU32::new(OPEN) }
    }

    /// Whether the caller decides: the select is for case `case`, and nobody else gets it.
    #[must_use]
    pub fn take(&self, case: u32) -> bool {
        self.word.compare_exchange(OPEN, case, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The case that it was taken for.
    pub fn taken(&self) -> Option<u32> {
        Some(self.word.load(Ordering::Acquire)).filter(|&case| case != OPEN)
    }

    pub fn is_open(&self) -> bool {
        self.word.load(Ordering::Relaxed) == OPEN
    }
}

impl Default for Claim {
    fn default() -> Claim {
        Claim::new()
    }
}
