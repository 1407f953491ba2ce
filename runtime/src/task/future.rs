//! Runtime functions that are Rust futures: stored in the task, polled by it, so that any asynchronous library can stand behind a
//! Goo function.
//!
//! ```ignore
//! pub unsafe extern "C" fn goo_file_read(ctx: *mut Context, out: *mut Slice, …) -> Status {
//!     suspend_on(ctx, out, async move { … })
//! }
//! ```
//!
//! The result is written to `out` when the task is resumed, never before: `out` may be on the stack.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as PollContext, Poll, RawWaker, RawWakerVTable, Waker};

use super::crash::{cancelled, crash};
use super::object::{Op, Task};
use super::slab::runtime_of;
use super::worker::Worker;
use crate::abi::layout::{Context, Status};
use crate::schedule;

/// A future that a task waits for, its result still unwritten.
pub struct PendingFuture {
    /// Gives what writes the result, or the message of a crash.
    future: Pin<Box<dyn Future<Output = Result<Write, String>>>>,
}

type Write = Box<dyn FnOnce(*mut u8)>;

/// Makes the running task wait for `future`, which gives the result or the message of a crash.
///
/// # Safety
/// `ctx` is this worker's, and a task runs. `out` has room for a `T`, or is null for a `T` without bytes. The future refers to
/// nothing that the task's stack holds.
pub unsafe fn suspend_on<T: 'static>(
    ctx: *mut Context,
    out: *mut T,
    future: impl Future<Output = Result<T, String>> + 'static,
) -> Status {
    let future = async move {
        let value = future.await?;
        // SAFETY: `goo_resume` is called with room for the result.
        Ok(Box::new(move |out: *mut u8| unsafe { out.cast::<T>().write(value) }) as Write)
    };
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        (*task).extra().future = Some(PendingFuture { future: Box::pin(future) });
        worker.runtime.io_begins();
        poll_again(ctx, out.cast())
    }
}

/// Makes the running task wait for a closure that blocks, on a thread of its own.
///
/// # Safety
/// As for [`suspend_on`].
pub unsafe fn blocking<T: Send + 'static>(
    ctx: *mut Context,
    out: *mut T,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Status {
    if schedule::on() {
        return match work() {
            Ok(value) => {
                // SAFETY: by the caller.
                unsafe { out.write(value) };
                Status::Returned
            }
            Err(message) => crash(ctx, message),
        };
    }
    // SAFETY: by the caller.
    unsafe {
        let handle = on_blocking_thread(ctx, work);
        let future = async move { handle.await.map_err(|error| error.to_string())? };
        suspend_on(ctx, out, future)
    }
}

/// Begins to do work on a thread that may block.
///
/// # Safety
/// `ctx` is this worker's.
pub unsafe fn on_blocking_thread<T: Send + 'static>(
    ctx: *mut Context,
    work: impl FnOnce() -> T + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    // SAFETY: by the caller.
    let _inside = unsafe { Worker::of(ctx) }.driver.enter();
    tokio::task::spawn_blocking(work)
}

/// Polls the future of the running task.
///
/// # Safety
/// As for [`suspend_on`], which began it.
pub unsafe fn poll_again(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller; the waker only ever touches the task's state, and tasks' memory is never freed.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let Some(mut pending) = (*task).extra().future.take() else { return Status::Returned };
        if (*task).must_unwind() {
            worker.runtime.io_ends();
            return cancelled(ctx);
        }
        let waker = Waker::from_raw(RawWaker::new(task.cast(), &TASK_WAKER));
        let inside = worker.driver.enter();
        let polled = pending.future.as_mut().poll(&mut PollContext::from_waker(&waker));
        core::mem::drop(inside);
        match polled {
            Poll::Pending => {
                (*task).extra().future = Some(pending);
                (*task).begin(Op::Future);
                Status::Suspended
            }
            Poll::Ready(result) => {
                worker.runtime.io_ends();
                match result {
                    Ok(write) => {
                        write(out);
                        Status::Returned
                    }
                    Err(message) => crash(ctx, message),
                }
            }
        }
    }
}

static TASK_WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, drop);

fn clone(task: *const ()) -> RawWaker {
    RawWaker::new(task, &TASK_WAKER)
}

fn wake(task: *const ()) {
    let task = task.cast_mut().cast::<Task>();
    // SAFETY: tasks' memory is never freed; a wake-up that comes too late is harmless, and says whether the task is ours to queue.
    unsafe {
        if (*task).state.wake() {
            runtime_of(task).ready(task);
        }
    }
}

fn drop(_: *const ()) {}
