//! Timers: each worker has a [`Wheel`] of its own, which others may look at when it is late.
//!
//! An entry holds the number that the task's ticket had when the timer was set. An entry that no task waits for any more
//! is thrown away when it comes up, or when such entries make up most of the wheel.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::object::Task;
use super::wheel::Wheel;
use crate::memory::prefetch;

/// One worker's timers.
pub struct Timers {
    /// Made with the first timer.
    wheel: Mutex<Option<Box<Swept>>>,
    /// When to look at them; `u64::MAX` for never.
    next: AtomicU64,
}

struct Swept {
    wheel: Wheel<Entry>,
    /// At this size, throw away what nobody waits for.
    sweep_at: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    task: *mut Task,
    number: u32,
}

// SAFETY: tasks' memory is never freed; only the ticket is touched, and `wake` called.
unsafe impl Send for Entry {}

impl Entry {
    fn is_current(&self) -> bool {
        // SAFETY: tasks' memory is never freed.
        unsafe { (*self.task).ticket.is_current(self.number) }
    }

    /// Whether the task waits for this, and now knows that it has come.
    fn fire(&self) -> bool {
        // SAFETY: tasks' memory is never freed.
        unsafe { (*self.task).ticket.fire(self.number) }
    }
}

/// No timer.
pub const NEVER: u64 = u64::MAX;

const FIRST_SWEEP: usize = 1024;

/// So many tasks are woken in the time that fetching one takes.
const AHEAD: usize = 8;

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers { wheel: Mutex::new(None), next: AtomicU64::new(NEVER) }
    }

    /// When to [`fire`](Timers::fire) next, at the latest when the first timer is due; [`NEVER`] for not at all.
    #[inline]
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    /// Wakes the task, which the caller holds, at `due` unless [`stop`] is called before.
    pub(crate) fn start(&self, task: *mut Task, due: u64) {
        // SAFETY: the caller holds the task.
        let number = unsafe {
            (*task).flags |= Task::TIMED;
            (*task).ticket.set()
        };
        let mut guard = self.wheel.lock();
        let swept =
            guard.get_or_insert_with(|| Box::new(Swept { wheel: Wheel::new(), sweep_at: FIRST_SWEEP }));
        if swept.wheel.len() >= swept.sweep_at {
            swept.wheel.retain(Entry::is_current);
            swept.sweep_at = FIRST_SWEEP.max(2 * swept.wheel.len());
        }
        swept.wheel.add(due, Entry { task, number });
        // Changed under the lock only.
        if due < self.next.load(Ordering::Relaxed) {
            self.next.store(due, Ordering::SeqCst);
        }
    }

    /// Takes out the tasks that are due, and lets `wake` have them. Does nothing while somebody else is at it.
    pub(crate) fn fire(&self, now: u64, mut wake: impl FnMut(*mut Task)) {
        let mut due = Vec::new();
        loop {
            let Some(mut guard) = self.wheel.try_lock() else { return };
            let Some(swept) = &mut *guard else { return };
            swept.wheel.take_due(now, &mut due);
            self.next.store(swept.wheel.next().unwrap_or(NEVER), Ordering::SeqCst);
            drop(guard);
            if due.is_empty() {
                return;
            }
            for (index, (_, entry)) in due.iter().enumerate() {
                // Sleepers lie anywhere in memory: one is fetched while those before it are woken, and its innermost frame until it runs.
                if let Some((_, later)) = due.get(index + AHEAD) {
                    prefetch(later.task);
                }
                if entry.fire() {
                    // SAFETY: tasks' memory is never freed; the frame is not looked into.
                    unsafe { prefetch((*entry.task).frame) };
                    wake(entry.task);
                }
            }
            due.clear();
        }
    }
}

/// The task, which the caller holds, does not wait for a timer any more.
pub(crate) fn stop(task: *mut Task) {
    // SAFETY: the caller holds the task.
    unsafe {
        if (*task).has(Task::TIMED) {
            (*task).flags &= !Task::TIMED;
            (*task).ticket.clear();
        }
    }
}

/// Whether the timer of the task, which the caller holds, has fired.
pub(crate) fn has_fired(task: *const Task) -> bool {
    // SAFETY: the caller holds the task.
    unsafe { !(*task).ticket.is_set() }
}
