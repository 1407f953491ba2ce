//! Loop turns and calls of tasks that compute: they notice here that they are cancelled, or that it is time to let others run.
//!
//! The monitor (or whoever cancels) sets `ctx.poll`, and `ctx.stack_limit` to the highest address; compiled code then calls one of
//! these functions at its next loop turn or call.

use std::sync::atomic::Ordering;

use super::crash::{cancelled, crash};
use super::crash_points;
use super::object::{Op, Task};
use super::worker::Worker;
use crate::abi::layout::{Context, Status};
use crate::schedule;
use crate::supervise::driver;

/// A loop turn, in a function that may suspend: gives way if others wait.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_poll(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if schedule::on() {
            return schedule::point::turn(ctx, true);
        }
        let status = goo_poll_plain(ctx);
        let worker = Worker::of(ctx);
        if status == Status::Returned && (worker.has_ready() || worker.runtime.has_work()) {
            (*worker.task()).op = Op::Yield;
            return Status::Suspended;
        }
        worker.runs_on();
        status
    }
}

/// A loop turn, in a function that may not suspend.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_poll_plain(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if schedule::on() {
            return schedule::point::turn(ctx, false);
        }
        let worker = Worker::of(ctx);
        (*ctx).poll.store(0, Ordering::Relaxed);
        let limit = worker.shared().stack_limit.load(Ordering::Relaxed);
        (*ctx).stack_limit.store(limit, Ordering::Relaxed);
        worker.offer_slot();
        worker.fire_timers();
        driver::is_unwinding(worker.task());
        if (*worker.task()).must_unwind() || worker.runtime.stopping() {
            return cancelled(ctx);
        }
    }
    Status::Returned
}

/// The stack is below `ctx.stack_limit`: because it is full, or because somebody wants the task to look up.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_stack_check(ctx: *mut Context) -> Status {
    let here = 0u8;
    // SAFETY: by the caller.
    unsafe {
        let limit = Worker::of(ctx).shared().stack_limit.load(Ordering::Relaxed);
        if (&raw const here as usize) < limit {
            Worker::of(ctx).overflowed();
            return crash(ctx, "stack overflow".into());
        }
        goo_poll_plain(ctx)
    }
}

/// Whether the running task is to unwind now; asked by operations that may wait. One load while nothing is up.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[inline]
pub unsafe fn must_unwind(ctx: *mut Context) -> bool {
    // SAFETY: by the caller.
    unsafe {
        let task: *mut Task = (*ctx).task.cast();
        (*task).state.is_marked() && (crash_points::passed(task) || (*task).must_unwind())
    }
}
