//! The last channel operations of each worker, always recorded (three stores), so that a crash report can tell what its task did last.

use std::cell::{Cell, UnsafeCell};
use std::ptr;

use crate::abi::layout::Text;
use crate::channel::Channel;
use crate::task::object::Task;

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Kind {
    Send,
    Receive,
    Close,
}

#[derive(Clone, Copy)]
struct Event {
    task: *const Task,
    site: *const u8,
    site_len: u32,
    kind: Kind,
}

const EVENTS: usize = 256;
/// How many a report shows.
const SHOWN: usize = 5;

/// One worker's events; only its own thread touches them.
pub struct Ring {
    events: UnsafeCell<[Event; EVENTS]>,
    next: Cell<usize>,
}

impl Ring {
    #[expect(clippy::new_without_default, reason = "a worker has one, made with it")]
    pub fn new() -> Ring {
        let none = Event { task: ptr::null(), site: ptr::null(), site_len: 0, kind: Kind::Send };
        Ring { events: UnsafeCell::new([none; EVENTS]), next: Cell::new(0) }
    }

    /// Notes an operation of the running task.
    ///
    /// # Safety
    /// `channel` is a channel.
    #[inline]
    pub unsafe fn record(&self, task: *const Task, kind: Kind, channel: *const Channel) {
        let next = self.next.get();
        self.next.set(next.wrapping_add(1));
        // SAFETY: one thread; the index is within bounds. Sites live for ever.
        unsafe {
            let Text { ptr, len } = (*channel).site;
            (*self.events.get())[next % EVENTS] = Event { task, site: ptr, site_len: len as u32, kind };
        }
    }

    /// What the task did last, last first. What it did on other workers, or long ago, is not known.
    pub fn last_operations(&self, task: *const Task) -> Vec<String> {
        // SAFETY: one thread.
        let events = unsafe { &*self.events.get() };
        let next = self.next.get();
        let mut operations = Vec::new();
        for back in 1..=EVENTS {
            let event = events[next.wrapping_sub(back) % EVENTS];
            if event.task != task {
                continue;
            }
            let site = Text { ptr: event.site, len: u64::from(event.site_len) };
            let done = match event.kind {
                Kind::Send => "sent to",
                Kind::Receive => "received from",
                Kind::Close => "closed",
            };
            operations.push(format!("{done} the channel made at {}", site.as_str()));
            if operations.len() == SHOWN {
                break;
            }
        }
        operations
    }

    /// The task has ended: its place may become another task's.
    pub fn forget(&self, _task: *const Task) {}
}
