//! The world outside: the ends of the process.

use crate::abi::layout::{Context, Status};
use crate::task::crash::{CrashKind, crash_as, crash_for_good};
use crate::task::worker::Worker;

/// `os.Exit`: ends the program with this status; nothing that was deferred runs. A test that does so has not come to its end, and fails.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
pub(crate) unsafe fn exit(ctx: *mut Context, status: i64) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        if worker.runtime.runs_test {
            return crash_for_good(ctx, format!("unexpected call to os.Exit({status}) during test"));
        }
        worker.runtime.exit(status as i32);
        let _ = (*worker.task()).state.kill();
        crash_as(ctx, CrashKind::Cancelled, "os.Exit".into())
    }
}

/// From now on a write to a pipe that nobody reads ends the process, as it does a built binary: Rust ignores the signal at its start.
pub fn die_of_closed_pipes() {
    // SAFETY: a signal that there is, and no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}
