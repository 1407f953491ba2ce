//! The references to a channel, counted by what they can do: how many send (low half), how many receive (high half).
//!
//! Who gives one up learns what that means, and one alone is told each thing:
//!
//! - [`Gone::Senders`]: the last one that could send. Who receives must be told.
//! - [`Gone::Concern`]: something that the end with its ties cares about, such as that nobody receives any more.
//! - [`Gone::All`]: the last of all. The channel is freed.
//!
//! In the first two cases the caller is left with a reference that receives, so that the channel lives until what follows has been done; then it
//! gives that up, too.

use super::sync::{AtomicU64, Ordering};

/// What a reference that sends counts for.
pub const SENDER: u64 = 1;
/// What a reference that receives counts for.
pub const RECEIVER: u64 = 1 << 32;
/// What a reference that does both counts for.
pub const BOTH: u64 = SENDER + RECEIVER;

/// See the [module](self).
pub struct Ends(AtomicU64);

/// What it means that a reference was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Gone {
    /// There are others.
    Nothing,
    Senders,
    /// With what is left, but for the caller's.
    Concern(u64),
    All,
}

impl Ends {
    pub fn new(ends: u64) -> Ends {
        Ends(AtomicU64::new(ends))
    }

    /// So many more; the caller has one, or holds what does.
    #[inline]
    pub fn add(&self, ends: u64) {
        self.0.fetch_add(ends, Ordering::Relaxed);
    }

    #[inline]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// How many can receive, and not send. A moment later it may be another number.
    pub fn only_receive(&self) -> u64 {
        let ends = self.get();
        (ends / RECEIVER).saturating_sub(ends % RECEIVER)
    }

    /// Whether anything could still be sent.
    #[inline]
    pub fn has_senders(&self) -> bool {
        self.0.load(Ordering::Acquire) as u32 != 0
    }

    /// Gives up what counts for `less`, if that is nothing to tell anybody: there are others that can send. False: it is still there, as it may be in
    /// any case.
    #[inline]
    #[must_use]
    pub fn give_up_one_of_many(&self, less: u64) -> bool {
        let now = self.0.load(Ordering::Relaxed);
        let next = now - less;
        // Release, as below.
        next as u32 != 0 && self.0.compare_exchange(now, next, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// References that count for `less` are given up, for others that count for `more`. `tells` says whether anybody has to be told that those are the last
    /// that could send, with what is left; `concerns`, whether the step from one count to another is a concern. Both are asked while the caller still has
    /// its reference.
    pub fn give_up(
        &self,
        less: u64,
        more: u64,
        tells: impl Fn(u64) -> bool,
        concerns: impl Fn(u64, u64) -> bool,
    ) -> Gone {
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            let next = now - less + more;
            let abandons = now as u32 != 0 && next as u32 == 0 && tells(next);
            let concern = !abandons && concerns(now, next);
            let kept = if abandons || concern { next + RECEIVER } else { next };
            // Release: what was done with the channel comes before its end.
            match self.0.compare_exchange_weak(now, kept, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) if abandons => return Gone::Senders,
                Ok(_) if concern => return Gone::Concern(next),
                Ok(_) if kept == 0 => return Gone::All,
                Ok(_) => return Gone::Nothing,
                Err(found) => now = found,
            }
        }
    }
}
