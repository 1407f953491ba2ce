//! Where heap frames live, and the deferred calls that hang on them.
//!
//! Each worker keeps free frames by size, in steps of 16 bytes; a frame may be freed by another worker than made it, and what a
//! worker has too many goes back to the allocator.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr;

use super::worker::Worker;
use crate::abi::layout::{Closure, Context, Frame, FunctionDesc};

const STEP: usize = 16;
/// Larger frames come from the allocator.
const LARGEST: usize = 512;
/// How many free frames of one size a worker keeps.
const KEEP: u32 = 512;

/// The free frames of one worker.
pub struct FrameCache {
    lists: [FreeList; LARGEST / STEP + 1],
}

#[derive(Clone, Copy)]
struct FreeList {
    /// Linked by `parent`.
    first: *mut Frame,
    count: u32,
}

impl Default for FrameCache {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameCache {
    pub(crate) const fn new() -> FrameCache {
        FrameCache { lists: [FreeList { first: ptr::null_mut(), count: 0 }; LARGEST / STEP + 1] }
    }

    /// A frame for an activation of this function; only its head is initialised.
    #[inline]
    pub(crate) fn allocate(&mut self, desc: *const FunctionDesc) -> *mut Frame {
        // SAFETY: descriptors are static.
        let size = unsafe { (*desc).frame_size } as usize;
        let class = size.div_ceil(STEP);
        let frame = match self.lists.get_mut(class) {
            Some(list) if !list.first.is_null() => {
                let frame = list.first;
                // SAFETY: a free frame, linked by its parent.
                list.first = unsafe { (*frame).parent };
                list.count -= 1;
                frame
            }
            _ => new_frame(class),
        };
        // SAFETY: it has at least the head's size.
        unsafe {
            (*frame).desc = desc;
            (*frame).parent = ptr::null_mut();
            (*frame).site = 0;
            (*frame).defers = ptr::null_mut();
        }
        frame
    }

    /// Takes a frame back.
    ///
    /// # Safety
    /// It came from `allocate` (of any worker), and nothing of it is used any more.
    #[inline]
    pub unsafe fn free(&mut self, frame: *mut Frame) {
        // SAFETY: by the caller.
        unsafe {
            let class = ((*(*frame).desc).frame_size as usize).div_ceil(STEP);
            match self.lists.get_mut(class) {
                Some(list) if list.count < KEEP => {
                    (*frame).parent = list.first;
                    list.first = frame;
                    list.count += 1;
                }
                _ => dealloc(frame.cast(), layout(class)),
            }
        }
    }
}

#[cold]
fn new_frame(class: usize) -> *mut Frame {
    let layout = layout(class);
    // SAFETY: a frame is never empty.
    let frame = unsafe { alloc(layout) };
    if frame.is_null() {
        handle_alloc_error(layout);
    }
    frame.cast()
}

fn layout(class: usize) -> Layout {
    Layout::from_size_align(class * STEP, STEP).expect("frames are far smaller than the address space")
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
pub unsafe extern "C" fn goo_frame_new(ctx: *mut Context, desc: *const FunctionDesc) -> *mut Frame {
    // SAFETY: by the caller.
    unsafe { Worker::of(ctx).frames().allocate(desc) }
}

/// Frees the frame of an activation that returns.
///
/// # Safety
/// `ctx` is a worker's context; the frame came from [`goo_frame_new`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_frame_free(ctx: *mut Context, frame: *mut Frame) {
    // SAFETY: by the caller.
    unsafe { Worker::of(ctx).frames().free(frame) }
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
