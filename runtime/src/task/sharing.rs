//! Whether a worker that has nothing to do should take tasks from others: not if that makes all slower.
//!
//! Tasks that do little but send to each other are fastest on one worker: a message within a core costs some ten nanoseconds, one that
//! crosses cores some hundred, since the lines of the channel and of the tasks have to follow. But a worker with nothing to do cannot see what a task
//! will do. So it tries, and learns:
//!
//! - Each time a channel's lock is taken by another worker than the last time, that is a crossing ([`crossings`]). To wait for a lock is as good as
//!   some; to take a task that has not begun, with its closure and all that it refers to, is one.
//! - Where there are crossings among many operations (of channels; and tasks that end), it compares how many of these all workers did in a time in which it took tasks
//!   ([`TRIAL`]), and while it held off, not [long ago](STALE). If they were not more, it holds off: for [`FIRST`], then twice as long each time it
//!   turns out so again, up to [`LONGEST`]. If they were, or there is nothing to compare, it goes on taking tasks.
//! - It compares when it has nothing to do again. Workers that always have something to do would never learn. One of two gives up what it has
//!   ([`Sharing::gathers`]), for others to take, and holds off.
//! - Who holds off still helps those who compute: a worker that has run the same task for [`STUCK`] and surely not for messages alone
//!   ([`may_be_talk`]), and an injector that nobody has emptied for [`NEGLECTED`]. It looks now and then ([`Sharing::nap`]), so that nobody has to wake it.
//!
//! So tasks are held back for at most two looks where the cores are needed, and where they only get in each other's way, they do so for one stint in
//! some milliseconds.

use std::cell::Cell;

use super::runtime::Runtime;
use super::worker::{Shared, Worker};
use crate::protocol::bias::crossings;

/// For how long to hold off at first, and at most.
const FIRST: u64 = 100_000;
const LONGEST: u64 = 6_400_000;
/// A turn that takes so long is worth the way of what waits behind it, unless it is talk.
const STUCK: u64 = 5_000;
/// Channel operations that are closer together than so many nanoseconds, on average, would take longer on two cores. (Two tasks that do `x`
/// for each message take `2x + 15` on one, and the larger of `x` and a crossing on two.)
const TALK: u64 = 120;
/// Those that are closer together than so many may be talk that what the messages carry makes slow: to compare tells ([`Sharing::pays`]).
const DENSE: u64 = 4 * TALK;
const NEGLECTED: u64 = 50_000;
/// So many looks around in a row must have found that it does not pay.
const STRIKES: u32 = 4;
/// Between two looks while holding off, at first and at most.
const NAP: u64 = 50_000;
const LONGEST_NAP: u64 = 200_000;

/// So long it takes tasks before it compares; there must have been so many operations, and one in so many of its own a crossing.
const TRIAL: u64 = 50_000;
const ENOUGH: u64 = 64;
const OFTEN: u64 = 1024;
/// What it compares with is measured anew after this time: tasks do one thing, then another.
const STALE: u64 = 20_000_000;

/// Whether a time with so many channel operations in it was spent on them.
pub fn is_talk(time: u64, operations: u64) -> bool {
    operations * TALK >= time
}

/// Whether it may have been.
fn may_be_talk(time: u64, operations: u64) -> bool {
    operations * DENSE >= time
}

/// How another worker was last seen to have changed its task.
#[derive(Clone, Copy, Default)]
struct Seen {
    turns: u32,
    at: u64,
    operations: u64,
}

/// What had happened at some moment: this worker's crossings and channel operations, and those of all.
#[derive(Clone, Copy)]
struct Mark {
    at: u64,
    crossings: u64,
    own: u64,
    all: u64,
}

impl Mark {
    /// Operations of all workers from this moment to a later one, in a second.
    fn pace(&self, later: &Mark) -> u64 {
        (later.all - self.all) * 1_000_000_000 / (later.at - self.at).max(1)
    }
}

/// What one worker has learned. Used by its own thread.
pub struct Sharing {
    /// It has taken tasks from another worker since it had nothing to do.
    stint: Cell<bool>,
    /// Since when it has taken tasks, to compare.
    trial: Cell<Option<Mark>>,
    /// Since when it holds off, and has taken nothing.
    held: Cell<Option<Mark>>,
    /// How many operations a second there were when it held off last, and until when it did.
    alone: Cell<Option<(u64, u64)>>,
    hold: Cell<u64>,
    until: Cell<u64>,
    nap: Cell<u64>,
    seen: Vec<Cell<Seen>>,
    /// Since when the injector has had something.
    injected: Cell<u64>,
    /// How many looks around in a row found that it does not pay.
    strikes: Cell<u32>,
}

impl Sharing {
    pub fn new(workers: usize) -> Sharing {
        Sharing {
            stint: Cell::new(false),
            trial: Cell::new(None),
            held: Cell::new(None),
            alone: Cell::new(None),
            hold: Cell::new(0),
            until: Cell::new(0),
            nap: Cell::new(NAP),
            seen: vec![Cell::default(); workers],
            injected: Cell::new(0),
            strikes: Cell::new(0),
        }
    }

    /// It took tasks from another worker.
    pub fn begins(&self, worker: &Worker, now: u64) {
        if self.holds(now) {
            self.held.set(None);
        } else if self.trial.get().is_none() {
            let mark = mark(worker, now);
            if let Some(held) = self.held.take() {
                self.alone.set(Some((held.pace(&mark), now)));
            }
            self.trial.set(Some(mark));
        }
        self.stint.set(true);
        self.nap.set(NAP);
    }

    /// It has nothing to do.
    pub fn ends(&self, worker: &Worker, now: u64) {
        if !self.stint.replace(false) {
            return;
        }
        if self.trial.get().is_none() {
            // Who takes tasks while it holds off helps, and may go on to; what it has learned of the others stays.
            self.until.set(0);
            return;
        }
        match self.pays(worker, now) {
            Some(true) => {
                self.hold.set(0);
                self.until.set(0);
            }
            Some(false) => self.hold_off(worker, now),
            None => {}
        }
    }

    /// Whether more is done when it takes tasks, if it has taken them for long enough to tell.
    fn pays(&self, worker: &Worker, now: u64) -> Option<bool> {
        let since = self.trial.get()?;
        if now - since.at < TRIAL {
            return None;
        }
        let mark = mark(worker, now);
        self.trial.set(Some(mark));
        let enough = mark.all - since.all >= ENOUGH;
        let often = (mark.crossings - since.crossings) * OFTEN >= mark.own - since.own;
        if !(enough && often) {
            return Some(true);
        }
        // A quarter of what one more of so many could add.
        let others = worker.runtime.workers.len().max(2) as u64 - 1;
        let alone = self.alone.get().filter(|(_, at)| now - at < STALE);
        Some(alone.is_some_and(|(alone, _)| since.pace(&mark) > alone + alone / (4 * others)))
    }

    fn hold_off(&self, worker: &Worker, now: u64) {
        self.hold.set((2 * self.hold.get()).clamp(FIRST, LONGEST));
        self.until.set(now + self.hold.get());
        self.injected.set(0);
        self.trial.set(None);
        self.held.set(Some(mark(worker, now)));
    }

    /// Whether it holds off.
    #[inline]
    pub fn holds(&self, now: u64) -> bool {
        now < self.until.get()
    }

    /// While it holds off: whether that worker needs help, which has tasks waiting.
    pub fn is_stuck(&self, runtime: &Runtime, worker: usize, now: u64) -> bool {
        let shared = &runtime.workers[worker];
        let turns = shared.turns.load(std::sync::atomic::Ordering::Relaxed);
        let operations = shared.operations();
        let seen = &self.seen[worker];
        if seen.get().turns != turns {
            seen.set(Seen { turns, at: now, operations });
        }
        let Seen { at, operations: before, .. } = seen.get();
        now - at >= STUCK && !may_be_talk(now - at, operations - before)
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

    /// Asked now and then: whether to give up all tasks, since others get on better without this worker. It then holds off.
    pub fn gathers(&self, worker: &Worker, now: u64) -> bool {
        if self.trial.get().is_none() {
            self.trial.set(Some(mark(worker, now)));
        }
        match self.pays(worker, now) {
            Some(false) => {}
            Some(true) => {
                self.strikes.set(0);
                return false;
            }
            None => return false,
        }
        self.strikes.set(self.strikes.get() + 1);
        if self.strikes.get() < STRIKES {
            return false;
        }
        self.strikes.set(0);
        self.stint.set(false);
        self.hold_off(worker, now);
        true
    }
}

fn mark(worker: &Worker, now: u64) -> Mark {
    Mark {
        at: now,
        crossings: crossings(),
        own: worker.shared().operations(),
        all: worker.runtime.workers.iter().map(Shared::operations).sum(),
    }
}
