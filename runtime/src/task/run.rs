//! Running one task: from its start or its innermost frame, until it waits, ends or has been unwound.
//!
//! Unwinding a crashed task goes through its frames from the innermost outwards: the deferred calls of each, last first, then what
//! its slots own, then the frame itself. A deferred call may wait: the task then parks with the frames of the call in `frame`, and
//! those still to be unwound in `extra.unwind`. If a deferred call crashes itself, its frames are put before these.

use std::ptr;

use super::crash::{Crash, CrashKind, cancelled};
use super::frame::{self, pop_deferred};
use super::object::{Op, Task};
use super::spawn;
use super::value;
use super::worker::Worker;
use crate::abi::layout::{Closure, ClosureDesc, Context, Frame, Status};
use crate::channel::redeliver;
use crate::protocol::state::Park;
use crate::supervise::driver;
use crate::trace::{self, Kind};
use crate::value::count;

type Enter = unsafe extern "C" fn(*mut Context, *mut Closure) -> Status;
type Resume = unsafe extern "C" fn(*mut Context, *mut Frame) -> Status;

/// Runs a queued task.
///
/// # Safety
/// The caller took it from a queue, on `worker`'s thread.
#[inline]
pub unsafe fn run(worker: &Worker, task: *mut Task) {
    let ctx = worker.context();
    worker.begin(task);
    // SAFETY: the caller holds the task.
    unsafe {
        let status = if (*task).flags & (Task::STARTED | Task::UNWINDING) == Task::STARTED {
            resume_chain(ctx, (*task).frame)
        } else {
            start_or_unwind(worker, task)
        };
        match status {
            Status::Suspended => suspended(worker, task),
            Status::Returned => ended(worker, task),
            Status::Crashed => crashed(worker, task),
        }
    }
}

/// The task waits, or gives way.
#[inline]
unsafe fn suspended(worker: &Worker, task: *mut Task) {
    // SAFETY: the caller holds the task.
    unsafe {
        (*task).frame = (*worker.context()).first_frame;
        trace::point(task, Kind::Suspend);
        if (*task).op == Op::Yield {
            // It may go on at another worker, as after a wait.
            (*task).waiter.case = (*task).waiter.case.wrapping_add(1);
            worker.put_behind(task);
        } else if matches!((*task).op, Op::GiveWay | Op::Point) {
            (*task).waiter.case = (*task).waiter.case.wrapping_add(1);
            worker.push(task);
        } else if (*task).state.park() == Park::Again {
            worker.queue(task);
        }
    }
}

/// Resumes the frame, and as each returns, the one outside it.
#[inline]
unsafe fn resume_chain(ctx: *mut Context, mut frame: *mut Frame) -> Status {
    // SAFETY: frames of the running task; `resume` is there in descriptors of functions that suspended.
    unsafe {
        loop {
            let parent = (*frame).parent;
            let resume: Resume = std::mem::transmute((*(*frame).desc).resume);
            (*ctx).first_frame = ptr::null_mut();
            (*ctx).last_frame = ptr::null_mut();
            let status = resume(ctx, frame);
            if status != Status::Returned || parent.is_null() {
                return status;
            }
            frame = parent;
        }
    }
}

#[inline]
unsafe fn enter(ctx: *mut Context, closure: *mut Closure) -> Status {
    // SAFETY: the caller's closure has no parameters; its descriptor says how to enter it.
    unsafe {
        let desc: *const ClosureDesc = (*closure).header.desc.cast();
        let enter: Enter = std::mem::transmute((*desc).enter);
        (*ctx).first_frame = ptr::null_mut();
        (*ctx).last_frame = ptr::null_mut();
        enter(ctx, closure)
    }
}

unsafe fn start_or_unwind(worker: &Worker, task: *mut Task) -> Status {
    let ctx = worker.context();
    // SAFETY: the caller holds the task.
    unsafe {
        if (*task).has(Task::UNWINDING) {
            let status = resume_chain(ctx, (*task).frame);
            if status == Status::Suspended {
                return status;
            }
            deferred_ended(ctx, task, status);
            return unwind(worker, task);
        }
        (*task).flags |= Task::STARTED;
        trace::point(task, Kind::Begin);
        if (*task).state.is_cancelled() {
            // Never began: has no frames.
            (*ctx).first_frame = ptr::null_mut();
            (*ctx).last_frame = ptr::null_mut();
            return cancelled(ctx);
        }
        enter(ctx, (*task).closure)
    }
}

/// The task crashed, or is cancelled; the context has its frames.
#[cold]
unsafe fn crashed(worker: &Worker, task: *mut Task) {
    let ctx = worker.context();
    worker.after_crash();
    // SAFETY: the caller holds the task.
    unsafe {
        if (*task).has(Task::UNWINDING) {
            // The end of unwinding, reported by `unwind`.
            return ended(worker, task);
        }
        (*task).flags = (*task).flags & !Task::DEFERRING | Task::UNWINDING;
        trace::point(task, Kind::Crash);
        let innermost = (*ctx).first_frame;
        let extra = (*task).extra();
        extra.deferring = ptr::null_mut();
        extra.unwind = innermost;
        let mut crash = extra.crash.take().unwrap_or_default();
        Crash::complete(&mut crash, worker, task, innermost);
        if crash.kind == CrashKind::Final {
            worker.runtime.exit(spawn::report(worker.runtime, &crash));
            // Nobody else is to report it.
            crash.kind = CrashKind::Cancelled;
        }
        (*task).extra().crash = Some(crash);
        match unwind(worker, task) {
            Status::Suspended => {
                driver::is_unwinding(task);
                suspended(worker, task);
            }
            _ => ended(worker, task),
        }
    }
}

/// Goes on unwinding: `Suspended` in a deferred call, or `Crashed` when nothing is left.
unsafe fn unwind(worker: &Worker, task: *mut Task) -> Status {
    let ctx = worker.context();
    // SAFETY: the caller holds the task, whose crashed frames are in `unwind`.
    unsafe {
        loop {
            let frame = (*task).extra().unwind;
            if frame.is_null() {
                return Status::Crashed;
            }
            let deferred = pop_deferred(frame);
            if deferred.is_null() {
                release_slots(frame);
                (*task).extra().unwind = (*frame).parent;
                frame::free(frame);
                continue;
            }
            (*task).extra().deferred = deferred;
            let status = if (*task).state.is_killed() { Status::Returned } else { enter(ctx, deferred) };
            if status == Status::Suspended {
                return status;
            }
            deferred_ended(ctx, task, status);
        }
    }
}

/// A deferred call returned or crashed.
unsafe fn deferred_ended(ctx: *mut Context, task: *mut Task, status: Status) {
    // SAFETY: the caller holds the task, which ran `extra.deferred`.
    unsafe {
        let extra = (*task).extra();
        if status == Status::Crashed && !(*ctx).last_frame.is_null() {
            if let Some(crash) = &mut extra.crash {
                crash.deferred_crashed((*ctx).first_frame);
            }
            (*(*ctx).last_frame).parent = extra.unwind;
            extra.unwind = (*ctx).first_frame;
        }
        let deferred = std::mem::replace(&mut extra.deferred, ptr::null_mut());
        // Frames of a call that crashed may borrow from the closure; they only free what they own.
        count::release(deferred.cast());
    }
}

/// Gives up what the frame owns at its site.
unsafe fn release_slots(frame: *mut Frame) {
    // SAFETY: by the caller; the compiler wrote the descriptor.
    unsafe {
        for (ty, place) in frame::owned(frame) {
            value::release(ty, place);
        }
    }
}

/// The task has returned or has been unwound: hands its result or crash on, and gives up what it had.
unsafe fn ended(worker: &Worker, task: *mut Task) {
    let ctx = worker.context();
    // SAFETY: the caller holds the task.
    unsafe {
        trace::point(task, Kind::End);
        let closure = (*task).closure;
        let crashed = (*task).has(Task::UNWINDING);
        let desc: *const ClosureDesc = (*closure).header.desc.cast();
        let result = (*desc).result;
        if !(*task).extra.is_null() {
            redeliver::task_ended(worker, task, crashed);
        }
        if !crashed && !result.is_null() {
            if (*task).has(Task::HANDLE) {
                value::share(result, (*ctx).results);
                let stored = value::Stored::new(result, (*ctx).results);
                (*task).lock.lock();
                (*task).extra().result = Some(stored);
                (*task).lock.unlock();
            } else {
                value::release(result, (*ctx).results);
            }
        }
        worker.end(task);
        count::release_closure(closure);
        spawn::end(worker, task, crashed);
    }
}
