//! The runtime's clock: the system's, or one that only moves when it is told to.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a clock of the system shows.
///
/// [`std::time`] keeps seconds and nanoseconds apart, and minds them at each subtraction: 40 instructions more at each look.
#[inline]
pub fn read(clock: libc::clockid_t) -> libc::timespec {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes the time there; all systems that the runtime is for have the clocks that are asked for.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time
}

/// Nanoseconds of the system's monotonic clock, which begins somewhere.
#[inline]
pub fn monotonic() -> u64 {
    let time = read(libc::CLOCK_MONOTONIC);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds since the program began.
pub enum Clock {
    /// When it began, by [`monotonic`].
    Real(u64),
    /// Of a drawn schedule ([`crate::schedule`]): time passes when nothing is ready, and a little with each operation.
    Virtual(AtomicU64),
}

impl Clock {
    pub fn real() -> Clock {
        Clock::Real(monotonic())
    }

    pub fn at_rest() -> Clock {
        Clock::Virtual(AtomicU64::new(0))
    }

    #[inline]
    pub fn now(&self) -> u64 {
        match self {
            Clock::Real(began) => monotonic() - began,
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
