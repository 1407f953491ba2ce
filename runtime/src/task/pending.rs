//! What a suspended task goes on with: compiled code calls [`goo_resume`] in the place of the call that suspended it.
//!
//! A task may be woken although nothing has happened (its time limit is over, it was cancelled, the wake-up was meant for an operation
//! before): each kind of operation looks for itself, and may suspend again.

use super::crash::cancelled;
use super::object::Op;
use super::worker::Worker;
use super::{future, group, spawn, timer};
use crate::abi::layout::{Context, Status};
use crate::channel::{batch, options, recv, select, send};
use crate::library::section;
use crate::supervise::driver;

/// Goes on with the operation that suspended the task.
///
/// # Safety
/// `ctx` is this worker's; the running task was suspended by a runtime function, whose `out` this is again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_resume(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let task = Worker::of(ctx).task();
        let op = (*task).op;
        if (*task).is_done()
            && let Some(status) = recv::resume_plain(task, out, op)
        {
            return status;
        }
        match op {
            Op::Recv | Op::RecvOk | Op::RecvWithin => recv::resume(ctx, out, op),
            Op::Send | Op::SendWithin => send::resume(ctx, out, op),
            Op::Yield => resume_yield(ctx),
            Op::Select => select::wait::resume(ctx, out),
            Op::GiveWay => select::wait::look_again(ctx, out),
            Op::Sleep => resume_sleep(ctx),
            Op::Wait => spawn::wait_again(ctx, out),
            Op::Future => future::poll_again(ctx, out),
            Op::Group => group::resume(ctx),
            Op::Supervise => driver::resume(ctx),
            Op::Batch => batch::resume(ctx, out),
            Op::Section => section::resume(ctx, out),
            Op::Rate | Op::RateWithin => options::resume_rate(ctx, out, op),
            Op::None | Op::Point => Status::Returned,
        }
    }
}

unsafe fn resume_yield(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let task = Worker::of(ctx).task();
        (*task).op = Op::None;
        if (*task).must_unwind() {
            return cancelled(ctx);
        }
    }
    Status::Returned
}

/// `time.Sleep`.
///
/// # Safety
/// `ctx` is this worker's, and a task runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_sleep(ctx: *mut Context, ns: i64) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        if ns <= 0 {
            (*task).op = Op::Yield;
            return Status::Suspended;
        }
        let due = worker.runtime.now().saturating_add(ns as u64);
        (*task).begin(Op::Sleep);
        worker.shared().timers.start(task, due);
    }
    Status::Suspended
}

unsafe fn resume_sleep(ctx: *mut Context) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        if (*task).must_unwind() {
            timer::stop(task);
            return cancelled(ctx);
        }
        if !timer::has_fired(task) {
            return Status::Suspended;
        }
        timer::stop(task);
        Status::Returned
    }
}
