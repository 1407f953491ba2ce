//! Heap frames, and the deferred calls that hang on them.

use std::ptr;

use crate::abi::layout::{Closure, Context, Frame, FunctionDesc};
use crate::value::heap;

/// A frame for an activation of this function; only its head is initialised.
#[inline]
pub fn allocate(desc: *const FunctionDesc) -> *mut Frame {
    // SAFETY: descriptors are static.
    let size = unsafe { (*desc).frame_size } as usize;
    let frame: *mut Frame = heap::block(size).cast();
    // SAFETY: it has at least the head's size.
    unsafe { frame.write(Frame { desc, parent: ptr::null_mut(), site: 0, defers: ptr::null_mut() }) };
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

/// A deferred call; [`Frame::defers`] is the last one.
struct Deferred {
    closure: *mut Closure,
    before: *mut Deferred,
}

/// The calls that a frame has deferred, last first.
///
/// # Safety
/// `frame` is a frame that does not change meanwhile.
pub unsafe fn deferred(frame: *mut Frame) -> impl Iterator<Item = *mut Closure> {
    // SAFETY: by the caller.
    let mut at: *mut Deferred = unsafe { (*frame).defers }.cast();
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
    // SAFETY: by the caller; `defers` is null or was written here.
    unsafe {
        let before = (*frame).defers.cast();
        (*frame).defers = Box::into_raw(Box::new(Deferred { closure, before })).cast();
    }
}

/// The last closure that was kept and not yet taken, or null.
///
/// # Safety
/// `frame` is a frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_defer_pop(frame: *mut Frame) -> *mut Closure {
    // SAFETY: by the caller; `defers` is null or was written by `goo_defer_push`.
    unsafe {
        let last: *mut Deferred = (*frame).defers.cast();
        if last.is_null() {
            return ptr::null_mut();
        }
        let Deferred { closure, before } = *Box::from_raw(last);
        (*frame).defers = before.cast();
        closure
    }
}
