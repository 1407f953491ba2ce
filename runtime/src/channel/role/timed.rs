//! Channels of package `time`: the task that will send is cancelled when nobody can receive any more, so that a timer which nobody holds does not stay
//! until it is due.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::{Part, Role, role_of};
use crate::abi::layout::{Context, Status};
use crate::channel::object::Channel;
use crate::task::object::Task;
use crate::task::spawn;
use crate::value::count;

/// `func watched(c chan Time)`: a new channel is to tell when nobody can receive from it any more.
///
/// # Safety
/// `channel` is a plain channel that only the caller refers to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_time_watched(_ctx: *mut Context, channel: *mut Channel) -> Status {
    // SAFETY: by the caller; nobody else looks at it yet.
    unsafe { (*channel).role = Role::new(Part::Timed(AtomicPtr::new(ptr::null_mut()))) };
    Status::Returned
}

/// `func tie(c <-chan Time, t task)`: then the task is to be cancelled. The caller can receive from the channel.
///
/// # Safety
/// `channel` is one that is watched, `task` a handle; both are lent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_time_tie(_ctx: *mut Context, channel: *mut Channel, task: *mut Task) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if let Some(Role { part: Part::Timed(tied), .. }) = role_of(channel) {
            count::retain(task.cast());
            let before = tied.swap(task, Ordering::AcqRel);
            if !before.is_null() {
                count::release(before.cast());
            }
        }
    }
    Status::Returned
}

/// Nobody can receive any more.
///
/// # Safety
/// The caller holds no lock.
pub unsafe fn forsaken(tied: &AtomicPtr<Task>) {
    let task = tied.swap(ptr::null_mut(), Ordering::AcqRel);
    if !task.is_null() {
        // SAFETY: the channel's own reference.
        unsafe {
            spawn::cancel(task);
            count::release(task.cast());
        }
    }
}

crate::runtime_functions! { pub static TIMED;
    Plain goo_time_watched[0](I64);
    Plain goo_time_tie[0](I64, I64);
}
