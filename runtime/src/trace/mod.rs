//! What happens to tasks: trace points, and the rings they write to.
//!
//! Each thing that can happen passes one trace point, which is one of two functions:
//!
//! | what | where | point |
//! |---|---|---|
//! | send, receive, close, also by `select`, `Batch` and the `Try…` forms | `channel/` | [`Ring::record`], always |
//! | a task begins, is suspended, ends, crashes | `task/run.rs` | [`point`] |
//! | a task is made ready: started, or woken | `task/worker.rs`, `task/runtime.rs` | [`point`] |
//! | a supervisor starts a child, again or for the first time | `supervise/driver.rs` | [`point`] |
//!
//! A [`point`] costs a load and a branch that is never taken while tracing is off. Channel operations are recorded all the same: crash
//! reports and deadlock reports show the last ones of their task.

pub mod ring;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};

use self::ring::{Event, Ring};
use crate::abi::layout::Text;
use crate::schedule;
use crate::task::crash::Undone;
use crate::task::object::Task;
use crate::task::runtime::Runtime;
use crate::task::worker::Worker;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Kind {
    Send,
    Receive,
    Close,
    /// The task runs for the first time.
    Begin,
    Suspend,
    /// It was put into a queue.
    Ready,
    End,
    Crash,
    /// It is a supervisor's child, and was just made.
    Child,
}

impl Kind {
    /// By number.
    const ALL: [Kind; 9] = [
        Kind::Send,
        Kind::Receive,
        Kind::Close,
        Kind::Begin,
        Kind::Suspend,
        Kind::Ready,
        Kind::End,
        Kind::Crash,
        Kind::Child,
    ];

    /// Whether it is a channel operation.
    fn is_operation(self) -> bool {
        matches!(self, Kind::Send | Kind::Receive | Kind::Close)
    }
}

static ON: AtomicBool = AtomicBool::new(false);

/// Whether everything is recorded, not only what crash reports show.
#[inline(always)]
pub fn on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Switches tracing, for all workers.
pub fn switch(on: bool) {
    ON.store(on, Ordering::Relaxed);
}

/// A trace point: something happened to the task.
///
/// # Safety
/// `task` is a task.
#[inline(always)]
pub unsafe fn point(task: *const Task, kind: Kind) {
    if on() {
        // SAFETY: by the caller.
        unsafe { record(task, kind) }
    }
}

/// What threads do that are no workers (they wake tasks) is not recorded: they have no ring.
#[cold]
unsafe fn record(task: *const Task, kind: Kind) {
    if schedule::on() {
        // SAFETY: by the caller.
        return unsafe { schedule::events::traced(task, kind) };
    }
    if let Some(worker) = Worker::current() {
        // SAFETY: by the caller; the current worker's thread is this one.
        unsafe { worker.trace.write(task, kind, Text { ptr: std::ptr::null(), len: 0 }) }
    }
}

/// The task's last events in all rings, last first.
///
/// # Safety
/// The caller holds the task.
pub unsafe fn events_of(runtime: &Runtime, task: *const Task) -> Vec<Event> {
    let rings = runtime.workers.iter().filter_map(|worker| worker.ring());
    // SAFETY: by the caller.
    let mut events: Vec<Event> = rings.flat_map(|ring: &Ring| unsafe { ring.events_of(task) }).collect();
    // Waits are counted round, and rings are short: the later of two is less than half the circle ahead. The sort is stable, and what a task
    // did between two waits is all in one ring (only that it was made ready may be in another one).
    events.sort_by(|a, b| (b.wait.wrapping_sub(a.wait) as i32).cmp(&0));
    events
}

/// How many operations a report shows.
const SHOWN: usize = 5;

/// What the task did last in channels, last first, as a report says it. The operation that it crashed in is said only if it waits in that.
///
/// # Safety
/// As for [`events_of`].
pub unsafe fn last_operations(runtime: &Runtime, task: *const Task, undone: Option<Undone>) -> Vec<String> {
    // SAFETY: by the caller.
    let events = unsafe { events_of(runtime, task) };
    let mut operations: Vec<_> = events
        .iter()
        .filter(|event| event.kind.is_operation())
        .map(|event| (event.kind, event.site()))
        .collect();
    // The rings may have forgotten a wait that began long ago.
    if undone.is_some_and(|undone| operations.first() == Some(&(undone.kind, undone.site))) {
        operations.remove(0);
    }
    let waits = undone.filter(|undone| undone.waits).map(|Undone { kind, site, .. }| {
        let what = if kind == Kind::Send { "send to" } else { "receive from" };
        format!("waits to {what} the channel made at {site}")
    });
    let done = operations.into_iter().map(|(kind, site)| {
        let what = match kind {
            Kind::Send => "sent to",
            Kind::Close => "closed",
            _ => "received from",
        };
        format!("{what} the channel made at {site}")
    });
    waits.into_iter().chain(done).take(SHOWN).collect()
}
