//! The world outside: standard streams, the end of the process.

use crate::abi::layout::{Context, Status, Storage};
use crate::task::crash::{CrashKind, crash_as};
use crate::task::worker::Worker;

/// `os.Exit`: ends the program with this status; nothing that was deferred runs.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_exit(ctx: *mut Context, status: i64) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        worker.runtime.exit(status as i32);
        let _ = (*worker.task()).state.kill();
        crash_as(ctx, CrashKind::Cancelled, "os.Exit".into())
    }
}

/// Writes all bytes to a file descriptor; how many were written, or the negated system error.
///
/// The call may block, as on a pipe that nobody reads: the monitor then adds a worker, as for a task that computes.
///
/// # Safety
/// `ptr` and `len` are bytes that the caller lends; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_write(
    _ctx: *mut Context,
    out: *mut i64,
    fd: i64,
    _owner: *mut Storage,
    ptr: *const u8,
    len: i64,
) -> Status {
    let mut written = 0;
    while written < len {
        // SAFETY: by the caller.
        let wrote =
            unsafe { libc::write(fd as i32, ptr.add(written as usize).cast(), (len - written) as usize) };
        if wrote >= 0 {
            written += wrote as i64;
            continue;
        }
        let error = std::io::Error::last_os_error();
        if error.kind() == std::io::ErrorKind::Interrupted {
            continue;
        }
        // SAFETY: by the caller.
        unsafe { out.write(-i64::from(error.raw_os_error().unwrap_or(libc::EIO))) };
        return Status::Returned;
    }
    // SAFETY: by the caller.
    unsafe { out.write(written) };
    Status::Returned
}
