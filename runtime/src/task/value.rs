//! Values as tasks and channels move them about: bytes of a type, in a task's slot or a buffer of their own.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr;

use crate::abi::layout::{Slice, TypeDesc};
use crate::value::count;
use crate::value::crossing::{self, Bound};
use crate::value::slice::{data, new_storage};

/// Whether values of this type hold counts. Null is the type of nothing.
#[inline]
pub(crate) fn is_counted(desc: *const TypeDesc) -> bool {
    // SAFETY: descriptors are static.
    !desc.is_null() && unsafe { (*desc).flags } & TypeDesc::COUNTED != 0
}

/// Whether there may be something to mark in a value of this type before another task gets it.
#[inline]
fn is_marked_when_sent(desc: *const TypeDesc) -> bool {
    const BITS: u8 = TypeDesc::COUNTED | TypeDesc::HANDLES_ONLY;
    // SAFETY: descriptors are static.
    !desc.is_null() && unsafe { (*desc).flags } & BITS == TypeDesc::COUNTED
}

/// Gives up the value.
///
/// # Safety
/// `value` points to an owned value of type `desc`.
#[inline]
pub unsafe fn release(desc: *const TypeDesc, value: *mut u8) {
    if is_counted(desc) {
        // SAFETY: by the caller.
        unsafe { count::release_value(&*desc, value) }
    }
}

/// Adds one count to what the value holds.
///
/// # Safety
/// `value` points to a value of type `desc`.
#[inline]
pub unsafe fn retain(desc: *const TypeDesc, value: *mut u8) {
    if is_counted(desc) {
        // SAFETY: by the caller.
        unsafe { count::retain_value(&*desc, value) }
    }
}

/// Prepares the value for another task.
///
/// # Safety
/// `value` points to a value of type `desc`.
#[inline]
pub unsafe fn share(desc: *const TypeDesc, value: *mut u8) {
    if is_marked_when_sent(desc) {
        // SAFETY: by the caller.
        unsafe { count::share(&*desc, value) }
    }
}

/// Prepares the value for another task, if it may go there.
///
/// # Safety
/// As for [`share`].
#[inline]
pub unsafe fn move_out(desc: *const TypeDesc, value: *mut u8) -> Result<(), Bound> {
    // SAFETY: by the caller.
    if is_marked_when_sent(desc) { unsafe { crossing::move_value(&*desc, value) } } else { Ok(()) }
}

/// A closure in the value that shares variables.
///
/// # Safety
/// As for [`share`].
pub unsafe fn bound_in(desc: *const TypeDesc, value: *mut u8) -> Option<Bound> {
    // SAFETY: by the caller.
    if is_counted(desc) { unsafe { crossing::bound_in(&*desc, value) } } else { None }
}

/// Copies a value's bytes; most values have a few words.
///
/// # Safety
/// As for `copy_nonoverlapping`; null pointers are allowed when `size` is 0.
#[inline]
pub unsafe fn move_bytes(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: by the caller.
    unsafe {
        match size {
            8 => ptr::copy_nonoverlapping(from, to, 8),
            16 => ptr::copy_nonoverlapping(from, to, 16),
            24 => ptr::copy_nonoverlapping(from, to, 24),
            32 => ptr::copy_nonoverlapping(from, to, 32),
            0 => {}
            _ => ptr::copy_nonoverlapping(from, to, size),
        }
    }
}

/// Memory for `size` bytes, 16-byte aligned.
pub fn buffer(size: usize) -> *mut u8 {
    let layout = buffer_layout(size);
    // SAFETY: the size is not 0.
    let memory = unsafe { alloc(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    memory
}

/// Gives [`buffer`]'s memory back.
///
/// # Safety
/// It came from `buffer(size)`.
pub unsafe fn free_buffer(memory: *mut u8, size: usize) {
    // SAFETY: by the caller.
    unsafe { dealloc(memory, buffer_layout(size)) }
}

fn buffer_layout(size: usize) -> Layout {
    Layout::from_size_align(size.max(1), 16).expect("values are far smaller than the address space")
}

/// A value in memory of its own.
pub struct Stored {
    pub desc: *const TypeDesc,
    memory: *mut u8,
}

impl Stored {
    /// Moves the value at `from` here.
    ///
    /// # Safety
    /// `from` points to an owned value of type `desc`, which may be null for a value without bytes.
    pub unsafe fn new(desc: *const TypeDesc, from: *const u8) -> Stored {
        let size = size_of_value(desc);
        let memory = buffer(size);
        // SAFETY: by the caller.
        unsafe { move_bytes(from, memory, size) };
        Stored { desc, memory }
    }

    /// Moves the value to `to`.
    ///
    /// # Safety
    /// `to` has room for it.
    pub unsafe fn take(self, to: *mut u8) {
        let size = size_of_value(self.desc);
        // SAFETY: by the caller; the memory is ours, and forgotten below.
        unsafe {
            move_bytes(self.memory, to, size);
            free_buffer(self.memory, size);
        }
        std::mem::forget(self);
    }

    /// Gives the memory back, but not the value, which was moved out.
    pub fn forget(self) {
        // SAFETY: its memory came from `buffer`.
        unsafe { free_buffer(self.memory, size_of_value(self.desc)) };
        std::mem::forget(self);
    }

    /// No value.
    pub fn nothing() -> Stored {
        Stored { desc: std::ptr::null(), memory: buffer(0) }
    }

    /// The memory with the value, for [`Stored::from_raw`].
    pub fn into_raw(self) -> *mut u8 {
        let memory = self.memory;
        std::mem::forget(self);
        memory
    }

    /// Takes a value back.
    ///
    /// # Safety
    /// `memory` came from [`Stored::into_raw`] of a value of this type.
    pub unsafe fn from_raw(desc: *const TypeDesc, memory: *mut u8) -> Stored {
        Stored { desc, memory }
    }

    pub fn as_ptr(&self) -> *mut u8 {
        self.memory
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        // SAFETY: the value is owned, and its memory came from `buffer`.
        unsafe {
            release(self.desc, self.memory);
            free_buffer(self.memory, size_of_value(self.desc));
        }
    }
}

/// Bytes of a value of this type; null is the type of nothing.
pub(crate) fn size_of_value(desc: *const TypeDesc) -> usize {
    // SAFETY: descriptors are static.
    if desc.is_null() { 0 } else { unsafe { (*desc).size as usize } }
}

/// A slice of these values, all of type `elem`.
///
/// # Safety
/// See above.
pub unsafe fn slice_of(elem: *const TypeDesc, values: Vec<Stored>) -> Slice {
    if values.is_empty() {
        return Slice { owner: ptr::null_mut(), ptr: ptr::null_mut(), len: 0 };
    }
    let len = values.len() as i64;
    // SAFETY: each value is moved into its own element.
    unsafe {
        let owner = new_storage(&*elem, len);
        let data = data(owner);
        for (index, value) in values.into_iter().enumerate() {
            value.take(data.add(index * (*elem).size as usize));
        }
        (*owner).init = len;
        Slice { owner, ptr: data, len }
    }
}
