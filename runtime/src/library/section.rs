//! Sections of a mutex in which a task may be suspended.
//!
//! In most programs no section can suspend, and [`super::sync`] locks by the worker's thread. Where the compiler cannot exclude it (a
//! section calls a function value or a method that may wait, or enters a section of another mutex), all sections of the
//! program come here instead: who finds a mutex taken is suspended as at a channel, so that no worker stands still for a
//! task that may be waiting, perhaps for that worker.
//!
//! All of a mutex's state is under one small lock ([`Turns`]), which is never held while anything else is taken:
//!
//! 1. `owner` is the task in the section. Only who has the lock writes it.
//! 2. Who leaves makes the first waiter the owner and then wakes it; so a woken task finds out from `owner` whether it was its turn.
//! 3. A waiter that is cancelled takes itself off the list; if it was made the owner meanwhile, it leaves.

use std::collections::VecDeque;

use parking_lot::Mutex as Lock;

use super::sync::{Mutex, share_value, value_of};
use crate::abi::layout::{Context, Status, TypeDesc};
use crate::schedule;
use crate::task::crash::{cancelled, crash};
use crate::task::deadlock;
use crate::task::object::{Op, Task};
use crate::task::polling::must_unwind;
use crate::task::worker::Worker;

/// Who is in the section of a mutex, and who wants to be.
#[derive(Default)]
pub struct Turns(Lock<State>);

#[derive(Default)]
struct State {
    owner: Option<Ref>,
    waiters: VecDeque<Ref>,
}

/// A task that is in a section, or waits for one: it stays until it has left, or taken itself off the list.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ref(*mut Task);

// SAFETY: only compared, and woken as everybody may wake a task that waits.
unsafe impl Send for Ref {}

impl Turns {
    /// The task in the section; null if there is none.
    pub fn owner(&self) -> *mut Task {
        self.0.lock().owner.map_or(std::ptr::null_mut(), |owner| owner.0)
    }

    /// Whether the task is in the section now, or had to queue for it.
    fn enter(&self, task: *mut Task) -> bool {
        let mut state = self.0.lock();
        match state.owner {
            None => state.owner = Some(Ref(task)),
            Some(owner) if owner.0 == task => {}
            Some(_) => state.waiters.push_back(Ref(task)),
        }
        state.owner == Some(Ref(task))
    }

    /// The task no longer wants the section. True: it has got it already.
    fn give_up(&self, task: *mut Task) -> bool {
        let mut state = self.0.lock();
        state.waiters.retain(|&waiter| waiter != Ref(task));
        state.owner == Some(Ref(task))
    }

    /// The owner leaves. Gives the next one.
    fn leave(&self) -> Option<Ref> {
        let mut state = self.0.lock();
        let next = if schedule::on() { schedule::waiter(state.waiters.len()) } else { 0 };
        state.owner = state.waiters.remove(next);
        state.owner
    }
}

/// Enters a section, or waits for it; `out` gets the address of the value.
///
/// # Safety
/// `ctx` is this worker's; `mutex` is lent until the section is left.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_mutex_enter(
    ctx: *mut Context,
    desc: *const TypeDesc,
    out: *mut *mut u8,
    mutex: *mut Mutex,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        debug_assert!(std::ptr::eq((*mutex).value, desc));
        if must_unwind(ctx) {
            return cancelled(ctx);
        }
        let task = Worker::of(ctx).task();
        if (*mutex).turns.owner() == task {
            return crash(ctx, "deadlock: the task is in a section of this mutex already".into());
        }
        // Before anybody can see that it waits.
        (*task).slot[0] = mutex as u64;
        (*task).begin(Op::Section);
        if (*mutex).turns.enter(task) {
            return entered(task, mutex, out);
        }
        Status::Suspended
    }
}

/// Goes on waiting for a section.
///
/// # Safety
/// `ctx` is this worker's; the running task waits for a section.
pub unsafe fn resume(ctx: *mut Context, out: *mut u8) -> Status {
    // SAFETY: by the caller; the frame of the call holds the mutex.
    unsafe {
        let task = Worker::of(ctx).task();
        let mutex = (*task).slot[0] as *mut Mutex;
        let deadlocked = (*task).has(Task::DEADLOCKED);
        if (*task).must_unwind() || deadlocked {
            if (*mutex).turns.give_up(task) {
                if !deadlocked {
                    leave(Worker::of(ctx), mutex);
                    return cancelled(ctx);
                }
                // Its turn came just before the verdict.
                (*task).flags &= !Task::DEADLOCKED;
                return entered(task, mutex, out.cast());
            }
            if deadlocked {
                return deadlock::crash_waiting(ctx, std::ptr::null_mut());
            }
            return cancelled(ctx);
        }
        if (*mutex).turns.owner() == task {
            return entered(task, mutex, out.cast());
        }
        Status::Suspended
    }
}

unsafe fn entered(task: *mut Task, mutex: *mut Mutex, out: *mut *mut u8) -> Status {
    // SAFETY: by the caller, the running task, which owns the section.
    unsafe {
        (*task).op = Op::None;
        (*task).extra().sections.push(mutex);
        out.write(value_of(mutex));
    }
    Status::Returned
}

/// Leaves a section.
///
/// # Safety
/// `ctx` is this worker's; the running task is in the section.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_mutex_leave(ctx: *mut Context, mutex: *mut Mutex) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let sections = &mut (*worker.task()).extra().sections;
        if let Some(at) = sections.iter().rposition(|&held| held == mutex) {
            sections.remove(at);
        }
        leave(worker, mutex);
    }
    Status::Returned
}

/// Leaves the sections that a task is in which crashes: others must not wait for it.
///
/// # Safety
/// The worker holds the task.
pub unsafe fn leave_all(worker: &Worker, task: *mut Task) {
    // SAFETY: by the caller; what the task has entered it holds a reference to until it is unwound.
    unsafe {
        let Some(extra) = (*task).extra_if_any() else { return };
        for mutex in std::mem::take(&mut extra.sections).into_iter().rev() {
            leave(worker, mutex);
        }
    }
}

unsafe fn leave(worker: &Worker, mutex: *mut Mutex) {
    // SAFETY: by the caller: the task in the section runs here, so it alone reaches the value.
    unsafe {
        share_value(mutex);
        if let Some(next) = (*mutex).turns.leave()
            && (*next.0).state.wake()
        {
            worker.queue(next.0);
        }
    }
}

/// The task in the section that this one waits for; null if it was left.
///
/// # Safety
/// The task is held, and waits for a section.
pub unsafe fn awaited(task: *mut Task) -> *mut Task {
    // SAFETY: by the caller.
    unsafe { (*((*task).slot[0] as *mut Mutex)).turns.owner() }
}

crate::runtime_functions! { pub static SECTIONS;
    Suspends goo_mutex_enter[1](I64) -> I64;
    Plain goo_mutex_leave[0](I64);
}
