//! Whether a worker that has nothing to do should take tasks from others: not if that makes all slower.
//!
//! Tasks that do little but send to each other are fastest on one worker: a message within a core costs some ten nanoseconds, one that
//! crosses cores some hundred, since the lines of the channel and of the tasks have to follow. But a worker with nothing to do cannot see what a task
//! will do. So it tries, and learns:
//!
//! - Each time a channel's lock is taken by another worker than the last time, that is a crossing ([`crossings`]).
//! - A stint is the time from taking a task until there is nothing to do again. If crossings took half of it, the worker holds off: for
//!   [`FIRST`], then twice as long each time it turns out so again, up to [`LONGEST`]. A stint that was worth it ends that.
//! - Workers that cross all the time, and always have something to do, would never learn so. One of two gives up what it has ([`Sharing::gathers`]),
//!   for others to take, and holds off.
//! - Who holds off still helps those who compute: a worker that has run the same task for [`STUCK`], and an injector that nobody has
//!   emptied for [`NEGLECTED`]. It looks now and then ([`Sharing::nap`]), so that nobody has to wake it.
//!
//! So tasks are held back for at most two looks where the cores are needed, and where they only get in each other's way, they do so for one stint in
//! two milliseconds.

use std::cell::Cell;

use super::runtime::Runtime;
use crate::protocol::bias::crossings;

/// What a crossing costs, in nanoseconds, with all that follows it.
const COST: u64 = 200;
/// For how long to hold off at first, and at most.
const FIRST: u64 = 100_000;
const LONGEST: u64 = 2_000_000;
/// A turn that takes so long is worth the way of what waits behind it.
const STUCK: u64 = 5_000;
const NEGLECTED: u64 = 50_000;
/// So many looks around in a row must have found mostly crossings.
const STRIKES: u32 = 4;
/// Between two looks while holding off, at first and at most.
const NAP: u64 = 50_000;
const LONGEST_NAP: u64 = 200_000;

/// What one worker has learned. Used by its own thread.
pub struct Sharing {
    /// When it last took tasks from another worker, and how many crossings there had been.
    stint: Cell<Option<(u64, u64)>>,
    hold: Cell<u64>,
    until: Cell<u64>,
    nap: Cell<u64>,
    /// Of each worker: its turns, and since when they have stood there.
    seen: Vec<Cell<(u32, u64)>>,
    /// Since when the injector has had something.
    injected: Cell<u64>,
    /// Crossings until the last look around, and how many looks in a row found that they took most of the time.
    before: Cell<u64>,
    strikes: Cell<u32>,
}

impl Sharing {
    pub fn new(workers: usize) -> Sharing {
        Sharing {
            stint: Cell::new(None),
            hold: Cell::new(0),
            until: Cell::new(0),
            nap: Cell::new(NAP),
            seen: vec![Cell::new((0, 0)); workers],
            injected: Cell::new(0),
            before: Cell::new(0),
            strikes: Cell::new(0),
        }
    }

    /// It took tasks from another worker.
    pub fn begins(&self, now: u64) {
        self.stint.set(Some((now, crossings())));
        self.nap.set(NAP);
    }

    /// It has nothing to do.
    pub fn ends(&self, now: u64) {
        let Some((began, before)) = self.stint.take() else { return };
        if (crossings() - before) * COST >= (now - began) / 2 {
            self.hold_off(now);
        } else {
            self.hold.set(0);
            self.until.set(0);
        }
    }

    fn hold_off(&self, now: u64) {
        self.hold.set((2 * self.hold.get()).clamp(FIRST, LONGEST));
        self.until.set(now + self.hold.get());
        self.injected.set(0);
    }

    /// Whether it holds off.
    #[inline]
    pub fn holds(&self, now: u64) -> bool {
        now < self.until.get()
    }

    /// While it holds off: whether this worker needs help, who has tasks waiting.
    pub fn is_stuck(&self, runtime: &Runtime, worker: usize, now: u64) -> bool {
        let turns = runtime.workers[worker].turns.load(std::sync::atomic::Ordering::Relaxed);
        let seen = &self.seen[worker];
        if seen.get().0 != turns {
            seen.set((turns, now));
        }
        now - seen.get().1 >= STUCK
    }

    /// While it holds off: whether nobody sees to the injector.
    pub fn is_neglected(&self, runtime: &Runtime, now: u64) -> bool {
        if runtime.injector.is_empty() {
            self.injected.set(0);
            return false;
        }
        if self.injected.get() == 0 {
            self.injected.set(now);
        }
        now - self.injected.get() >= NEGLECTED
    }

    /// How long to wait until the next look, while it holds off. One that looks often is enough.
    pub fn nap(&self, now: u64, alone: bool) -> u64 {
        let nap = if alone { self.nap.get() } else { LONGEST_NAP };
        self.nap.set((2 * nap).min(LONGEST_NAP));
        nap.min(self.until.get() - now)
    }

    /// Asked now and then, with the time since the last time: whether to give up all tasks, since it is the crossings that take the time. It then
    /// holds off.
    pub fn gathers(&self, now: u64, since: u64) -> bool {
        let crossings = crossings();
        let crossed = crossings - self.before.replace(crossings);
        if crossed * COST < since / 2 {
            self.strikes.set(0);
            return false;
        }
        self.strikes.set(self.strikes.get() + 1);
        if self.strikes.get() < STRIKES {
            return false;
        }
        self.strikes.set(0);
        self.stint.set(None);
        self.hold_off(now);
        true
    }
}
