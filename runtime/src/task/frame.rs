//! Heap frames, and the deferred calls that hang on them.

use std::ptr;

use super::object::Task;
use super::worker::Worker;
use crate::abi::layout::{Closure, Context, Frame, FunctionDesc, SiteDesc, Status, TypeDesc};
use crate::value::heap;

/// A frame for an activation of this function; only its head is initialised.
#[inline]
pub fn allocate(desc: *const FunctionDesc) -> *mut Frame {
    // SAFETY: descriptors are static.
    let size = unsafe { (*desc).frame_size } as usize;
    let frame: *mut Frame = heap::block(size).cast();
    // SAFETY: it has at least the head's size.
    unsafe { frame.write(Frame { desc, parent: ptr::null_mut(), site: 0 }) };
    frame
}

/// Takes a frame back.
///
/// # Safety
/// It came from [`allocate`], and nothing of it is used any more.
#[inline]
pub unsafe fn free(frame: *mut Frame) {
    // SAFETY: by the caller.
    unsafe { heap::free_block(frame.cast(), (*(*frame).desc).frame_size as usize) }
}

/// What an activation of the runtime's own does last, as compiled code does: its frame is freed if it has returned, else linked behind those of
/// what it called.
///
/// # Safety
/// `frame` is the frame of the activation, which gives `status`; `ctx` is the context that it was called with.
pub unsafe fn leave(ctx: *mut Context, frame: *mut Frame, status: Status) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if status == Status::Returned {
            free(frame);
            return status;
        }
        if (*ctx).last_frame.is_null() {
            (*ctx).first_frame = frame;
        } else {
            (*(*ctx).last_frame).parent = frame;
        }
        (*ctx).last_frame = frame;
        status
    }
}

/// Where in its function the frame is; nothing for frames of the runtime's own, as a supervisor's driver has.
///
/// # Safety
/// `frame` is a frame.
pub unsafe fn site(frame: *const Frame) -> Option<&'static SiteDesc> {
    // SAFETY: by the caller; the compiler wrote the descriptor, which is static.
    unsafe {
        let desc = &*(*frame).desc;
        ((*frame).site < desc.site_count).then(|| &*desc.sites.add((*frame).site as usize))
    }
}

/// What the frame owns at its site: of which types, and where.
///
/// # Safety
/// `frame` is a frame.
pub unsafe fn owned(frame: *mut Frame) -> impl Iterator<Item = (*const TypeDesc, *mut u8)> {
    // SAFETY: by the caller.
    let site = unsafe { site(frame) }.into_iter();
    // SAFETY: the compiler wrote the descriptor: it has so many.
    let slots = site.flat_map(|site| (0..site.slot_count as usize).map(|at| unsafe { &*site.slots.add(at) }));
    let owned = slots.filter(|slot| slot.flags & 1 != 0);
    owned.map(move |slot| (slot.ty, frame.cast::<u8>().wrapping_add(slot.offset as usize)))
}

/// A deferred call, in the list that [`FunctionDesc::defers`] tells of.
struct Deferred {
    closure: *mut Closure,
    before: *mut Deferred,
}

/// Where the frame has its list; null if its function defers nothing.
///
/// # Safety
/// `frame` is a frame.
#[inline]
unsafe fn list(frame: *mut Frame) -> *mut *mut Deferred {
    // SAFETY: by the caller; the compiler wrote the offset.
    match unsafe { (*(*frame).desc).defers } {
        0 => ptr::null_mut(),
        offset => frame.cast::<u8>().wrapping_add(offset as usize).cast(),
    }
}

/// The calls that a frame has deferred, last first.
///
/// # Safety
/// `frame` is a frame that does not change meanwhile.
pub unsafe fn deferred(frame: *mut Frame) -> impl Iterator<Item = *mut Closure> {
    // SAFETY: by the caller.
    let mut at = unsafe { list(frame).as_ref() }.map_or(ptr::null_mut(), |last| *last);
    std::iter::from_fn(move || {
        // SAFETY: as above.
        let deferred = unsafe { at.as_ref() }?;
        at = deferred.before;
        Some(deferred.closure)
    })
}

/// The frame of a new activation.
///
/// # Safety
/// `ctx` is a worker's context, `desc` a descriptor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_frame_new(_ctx: *mut Context, desc: *const FunctionDesc) -> *mut Frame {
    allocate(desc)
}

/// Frees the frame of an activation that returns.
///
/// # Safety
/// `ctx` is a worker's context; the frame came from [`goo_frame_new`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_frame_free(_ctx: *mut Context, frame: *mut Frame) {
    // SAFETY: by the caller.
    unsafe { free(frame) }
}

/// Keeps a closure to be called when the function ends.
///
/// # Safety
/// `frame` is a frame; the closure is the caller's to give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_defer_push(_ctx: *mut Context, frame: *mut Frame, closure: *mut Closure) {
    // SAFETY: by the caller, of a function that defers: its list is null or was written here.
    unsafe {
        let list = list(frame);
        let before = *list;
        *list = Box::into_raw(Box::new(Deferred { closure, before }));
    }
}

/// The function returns: what it is to call next of what it deferred, or null when nothing is left. Meanwhile the task is not cancelled,
/// so that a deferred call is done or not begun, whatever comes from outside; it unwinds behind them.
///
/// # Safety
/// `ctx` is this worker's; `frame` is that of the running function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_defer_next(ctx: *mut Context, frame: *mut Frame) -> *mut Closure {
    // SAFETY: by the caller.
    unsafe {
        let task: *mut Task = (*ctx).task.cast();
        let closure = pop_deferred(frame);
        if closure.is_null() {
            if (*task).has(Task::DEFERRING) && (*task).extra().deferring == frame {
                end_deferring(ctx, task);
            }
        } else if (*task).flags & (Task::DEFERRING | Task::UNWINDING) == 0 {
            (*task).flags |= Task::DEFERRING;
            (*task).extra().deferring = frame;
        }
        closure
    }
}

unsafe fn end_deferring(ctx: *mut Context, task: *mut Task) {
    // SAFETY: by the caller, the running task.
    unsafe {
        (*task).flags &= !Task::DEFERRING;
        (*task).extra().deferring = ptr::null_mut();
        if (*task).state.is_cancelled() {
            // It has heard of that, perhaps, and was not to listen: it is told again. It runs, so there is nothing to be queued.
            let _ = (*task).state.cancel();
            Worker::of(ctx).shared().ask_to_poll();
        }
    }
}

/// The last closure that was kept and not yet taken, or null.
///
/// # Safety
/// `frame` is a frame.
pub unsafe fn pop_deferred(frame: *mut Frame) -> *mut Closure {
    // SAFETY: by the caller; the list is null or was written by `goo_defer_push`.
    unsafe {
        let list = list(frame);
        if list.is_null() || (*list).is_null() {
            return ptr::null_mut();
        }
        let Deferred { closure, before } = *Box::from_raw(*list);
        *list = before;
        closure
    }
}
