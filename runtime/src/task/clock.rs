//! The runtime's clock: the system's, or one that only moves when it is told to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Nanoseconds since the program began.
pub enum Clock {
    Real(Instant),
    /// Of a drawn schedule ([`crate::schedule`]): time passes when nothing is ready, and a little with each operation.
    Virtual(AtomicU64),
}

impl Clock {
    pub fn real() -> Clock {
        Clock::Real(Instant::now())
    }

    pub fn at_rest() -> Clock {
        Clock::Virtual(AtomicU64::new(0))
    }

    #[inline]
    pub fn now(&self) -> u64 {
        match self {
            Clock::Real(began) => began.elapsed().as_nanos() as u64,
            Clock::Virtual(now) => now.load(Ordering::Relaxed),
        }
    }

    /// Lets so much virtual time pass.
    pub fn advance(&self, nanos: u64) {
        if let Clock::Virtual(now) = self {
            now.fetch_add(nanos, Ordering::Relaxed);
        }
    }

    /// Lets virtual time pass until then, if it is not later already.
    pub fn reach(&self, then: u64) {
        if let Clock::Virtual(now) = self {
            now.fetch_max(then, Ordering::Relaxed);
        }
    }
}
