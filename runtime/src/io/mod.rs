//! The world outside: the end of the process.

use crate::abi::layout::{Context, Status};
use crate::task::crash::{CrashKind, crash_as};
use crate::task::worker::Worker;

/// `os.Exit`: ends the program with this status; nothing that was deferred runs.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
pub(crate) unsafe fn exit(ctx: *mut Context, status: i64) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        worker.runtime.exit(status as i32);
        let _ = (*worker.task()).state.kill();
        crash_as(ctx, CrashKind::Cancelled, "os.Exit".into())
    }
}
