//! Timers: each worker has a heap of its own, which others may look at when it is late.
//!
//! An entry holds the task's ticket; a task that no longer waits for it has another ticket, and the entry is thrown away when it
//! comes up, or when such entries make up most of the heap.

use std::cmp::{Ordering as Order, Reverse};
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::object::Task;

/// One worker's timers.
pub struct Timers {
    heap: Mutex<Heap>,
    /// When the first of them is due; `u64::MAX` for none.
    next: AtomicU64,
}

struct Heap {
    entries: BinaryHeap<Reverse<Entry>>,
    /// At this size, throw away what nobody waits for.
    sweep_at: usize,
}

struct Entry {
    due: u64,
    task: *mut Task,
    ticket: u32,
}

// SAFETY: tasks' memory is never freed; only the ticket is read, and `wake` called.
unsafe impl Send for Entry {}

impl Entry {
    fn is_current(&self) -> bool {
        // SAFETY: tasks' memory is never freed.
        unsafe { (*self.task).ticket.load(Ordering::Acquire) == self.ticket }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.due == other.due
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Order {
        self.due.cmp(&other.due)
    }
}

/// No timer.
pub const NEVER: u64 = u64::MAX;

const FIRST_SWEEP: usize = 1024;

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers {
            heap: Mutex::new(Heap { entries: BinaryHeap::new(), sweep_at: FIRST_SWEEP }),
            next: AtomicU64::new(NEVER),
        }
    }

    /// When the first timer is due; [`NEVER`] for none.
    #[inline]
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    /// Wakes the task, which the caller holds, at `due` unless [`stop`] is called before.
    pub(crate) fn start(&self, task: *mut Task, due: u64) {
        // SAFETY: the caller holds the task.
        let ticket = unsafe {
            let ticket = (*task).ticket.load(Ordering::Relaxed).wrapping_add(1) | 1;
            (*task).ticket.store(ticket, Ordering::Release);
            (*task).flags |= Task::TIMED;
            ticket
        };
        let mut heap = self.heap.lock();
        if heap.entries.len() >= heap.sweep_at {
            heap.entries.retain(|entry| entry.0.is_current());
            heap.sweep_at = FIRST_SWEEP.max(2 * heap.entries.len());
        }
        heap.entries.push(Reverse(Entry { due, task, ticket }));
        self.update(&heap);
    }

    /// Takes out the tasks that are due, and lets `wake` have them.
    pub(crate) fn fire(&self, now: u64, mut wake: impl FnMut(*mut Task)) {
        loop {
            let mut heap = self.heap.lock();
            let due = heap.entries.peek().is_some_and(|entry| entry.0.due <= now);
            let entry = if due { heap.entries.pop() } else { None };
            self.update(&heap);
            drop(heap);
            match entry {
                Some(Reverse(entry)) if entry.is_current() => wake(entry.task),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn update(&self, heap: &Heap) {
        let next = heap.entries.peek().map_or(NEVER, |entry| entry.0.due);
        self.next.store(next, Ordering::SeqCst);
    }
}

/// The task, which the caller holds, does not wait for a timer any more.
pub(crate) fn stop(task: *mut Task) {
    // SAFETY: the caller holds the task.
    unsafe {
        if (*task).has(Task::TIMED) {
            (*task).flags &= !Task::TIMED;
            let ticket = (*task).ticket.load(Ordering::Relaxed);
            (*task).ticket.store(ticket.wrapping_add(1), Ordering::Release);
        }
    }
}
