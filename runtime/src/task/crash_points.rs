//! Crashes on purpose: a supervised task is ended at the n-th point at which one could be.
//!
//! `GOO_CRASH_AT=n` crashes the task that comes to the n-th *point*: the beginning of an operation that may wait (in channels, `select`, sections), by a
//! task that a supervisor started, counted over all of them. `n:kill` kills it there, without its deferred calls; `n:late` cancels it, but lets the
//! operation begin, so that it is taken out of a queue, or ends with what it has just got. With one worker the points of a program are the same in
//! each run. So a test runs a program with n = 1, 2, … until nothing is reported any more, and has ended a task at every point there is
//! (`tests/supervision/crashes.rs`).
//!
//! While nothing is planned this costs nothing: tasks carry a mark only if something is, and the mark is looked for together with the one of
//! cancelled tasks ([`State::is_marked`](crate::protocol::state::State::is_marked)).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::crash::{Crash, CrashKind};
use super::object::Task;

/// The variable that says where.
const VARIABLE: &str = "GOO_CRASH_AT";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Crash,
    Kill,
    Late,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Plan {
    at: u64,
    how: How,
}

static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
static PASSED: AtomicU64 = AtomicU64::new(0);

impl Plan {
    fn read(text: &str) -> Option<Plan> {
        let (at, how) = match text.split_once(':') {
            None => (text, How::Crash),
            Some((at, "kill")) => (at, How::Kill),
            Some((at, "late")) => (at, How::Late),
            Some(_) => return None,
        };
        at.parse().ok().filter(|&at| at > 0).map(|at| Plan { at, how })
    }

    /// Reads the environment. Something else than a plan there ends the program: a test that crashes nothing would prove nothing.
    fn from_environment() -> Option<Plan> {
        let text = std::env::var(VARIABLE).ok()?;
        let plan = Plan::read(&text);
        if plan.is_none() {
            eprintln!("{VARIABLE}: expected `n`, `n:kill` or `n:late`, with n from 1; found `{text}`");
            std::process::exit(64);
        }
        plan
    }
}

fn plan() -> Option<Plan> {
    *PLAN.get_or_init(Plan::from_environment)
}

/// A supervisor starts a task: it is marked, if a crash is planned.
///
/// # Safety
/// The task is new.
pub unsafe fn child(task: *mut Task) {
    if plan().is_some() {
        // SAFETY: by the caller.
        unsafe { (*task).state.mark() }
    }
}

/// A marked task comes to a point. True: it is to unwind.
///
/// # Safety
/// The task runs, on this thread.
pub unsafe fn passed(task: *mut Task) -> bool {
    // SAFETY: by the caller.
    let task = unsafe { &mut *task };
    let Some(plan) = plan().filter(|_| !task.has(Task::UNWINDING)) else { return false };
    let number = PASSED.fetch_add(1, Ordering::Relaxed) + 1;
    if number != plan.at {
        return false;
    }
    eprintln!("{VARIABLE}: {:?} at point {number}", plan.how);
    // It runs, so there is nothing to be queued.
    match plan.how {
        How::Crash => {
            let message = format!("crash at point {number}, as {VARIABLE} says");
            task.extra().crash =
                Some(Box::new(Crash { message, kind: CrashKind::Panic, ..Crash::default() }));
            true
        }
        How::Kill => {
            let _ = task.state.kill();
            true
        }
        How::Late => {
            let _ = task.state.cancel();
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read() {
        assert_eq!(Plan::read("3"), Some(Plan { at: 3, how: How::Crash }));
        assert_eq!(Plan::read("12:kill"), Some(Plan { at: 12, how: How::Kill }));
        assert_eq!(Plan::read("1:late"), Some(Plan { at: 1, how: How::Late }));
        for text in ["", "0", "-1", "3:", "3:now", "kill"] {
            assert_eq!(Plan::read(text), None, "{text}");
        }
    }
}
