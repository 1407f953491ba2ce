//! Where objects live: small ones in the workers' pools, large ones in mappings of their own, others in blocks from the global allocator
//! (mimalloc). Debug builds count the objects alive.

use std::alloc::{GlobalAlloc, Layout, alloc, dealloc, handle_alloc_error};
use std::ffi::c_void;
use std::sync::atomic::AtomicI32;
#[cfg(not(test))]
use std::sync::atomic::AtomicI64;

use crate::abi::layout::{ClosureDesc, Header, ObjectKind, Storage, TypeDesc};
use crate::memory::{large, pool};

// Small blocks are allocated and freed at every turn of Goo programs: mimalloc does so without a lock, on any thread.
#[cfg(not(miri))]
#[global_allocator]
static ALLOCATOR: Blocks = Blocks;

/// mimalloc, without asking for an alignment that all its blocks have: asked, it takes blocks that are a third larger.
struct Blocks;

// SAFETY: mimalloc's functions keep these contracts; blocks of 16 bytes or more are aligned to 16.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size().max(layout.align()), layout.align());
        // SAFETY: any size and any power of two will do.
        let block = unsafe {
            match align <= ALIGN {
                true => libmimalloc_sys::mi_malloc(size),
                false => libmimalloc_sys::mi_malloc_aligned(size, align),
            }
        };
        block.cast()
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size().max(layout.align()), layout.align());
        // SAFETY: as above.
        let block = unsafe {
            match align <= ALIGN {
                true => libmimalloc_sys::mi_zalloc(size),
                false => libmimalloc_sys::mi_zalloc_aligned(size, align),
            }
        };
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: by the caller, a block of ours.
        unsafe { libmimalloc_sys::mi_free(block.cast::<c_void>()) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (size, align) = (size.max(layout.align()), layout.align());
        // SAFETY: by the caller, a block of ours.
        let block = unsafe {
            match align <= ALIGN {
                true => libmimalloc_sys::mi_realloc(block.cast(), size),
                false => libmimalloc_sys::mi_realloc_aligned(block.cast(), size, align),
            }
        };
        block.cast()
    }
}

const ALIGN: usize = 16;

#[cfg(not(test))]
static LIVE: AtomicI64 = AtomicI64::new(0);

#[cfg(test)]
thread_local! {
    // Tests run side by side and each looks for its own leaks.
    static LIVE: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

/// Counted objects that are alive (debug builds only, else 0; in tests: of this thread).
pub fn live_objects() -> i64 {
    #[cfg(not(test))]
    return LIVE.load(std::sync::atomic::Ordering::Relaxed);
    #[cfg(test)]
    LIVE.get()
}

fn note(change: i64) {
    #[cfg(all(debug_assertions, not(test)))]
    LIVE.fetch_add(change, std::sync::atomic::Ordering::Relaxed);
    #[cfg(test)]
    LIVE.set(LIVE.get() + change);
    let _ = change;
}

fn layout(size: usize) -> Layout {
    // Sizes beyond what a layout may have come from absurd lengths, which `make` and growing refuse before.
    Layout::from_size_align(size.max(1), ALIGN).expect("an allocation of less than half the address space")
}

/// A block that is not an object: the entries of a map. Aligned to 8.
#[inline]
pub fn block(size: usize) -> *mut u8 {
    if size <= POOLED { pool::get(size) } else { other_block(size) }
}

#[cold]
fn other_block(size: usize) -> *mut u8 {
    if size >= MAPPED {
        return large::get(size).0;
    }
    let layout = layout(size);
    // SAFETY: the size is not zero.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        handle_alloc_error(layout);
    }
    block
}

/// A block whose bytes from `from` on are zero.
pub fn zeroed_block(size: usize, from: usize) -> *mut u8 {
    if size >= MAPPED {
        let (block, zero) = large::get(size);
        if zero {
            return block;
        }
        // SAFETY: the block has that many bytes.
        unsafe { block.add(from).write_bytes(0, size - from) };
        return block;
    }
    let block = block(size);
    // SAFETY: as above.
    unsafe { block.add(from).write_bytes(0, size - from) };
    block
}

/// A larger block with the first `old` bytes of this one, which may be the same block.
///
/// # Safety
/// `ptr` came from [`block`] with the size `old`, and is used at its new place only.
pub unsafe fn grow_block(ptr: *mut u8, old: usize, size: usize) -> *mut u8 {
    // SAFETY: as the caller owes; the new block is larger.
    unsafe {
        if old >= MAPPED {
            return large::grow(ptr, size);
        }
        let new = block(size);
        std::ptr::copy_nonoverlapping(ptr, new, old);
        free_block(ptr, old);
        new
    }
}

/// # Safety
/// `ptr` came from [`block`] with this size, and is not used again.
#[inline]
pub unsafe fn free_block(ptr: *mut u8, size: usize) {
    // SAFETY: as the caller owes.
    unsafe {
        if size <= POOLED {
            pool::put(ptr, size);
        } else {
            free_other(ptr, size);
        }
    }
}

/// # Safety
/// As [`free_block`].
#[cold]
unsafe fn free_other(ptr: *mut u8, size: usize) {
    // SAFETY: as the caller owes.
    unsafe {
        if size >= MAPPED {
            large::put(ptr);
        } else {
            dealloc(ptr, layout(size));
        }
    }
}

/// Blocks up to this size are pooled. Miri looks for mistakes in the use of memory that is not used again.
const POOLED: usize = if cfg!(miri) { 0 } else { pool::LARGEST };

/// Blocks from this size on have mappings of their own, which Miri does not know.
const MAPPED: usize = if cfg!(miri) { usize::MAX } else { large::LEAST };

/// An object of `size` bytes, uninitialised.
pub fn object(size: usize) -> *mut u8 {
    note(1);
    block(size)
}

/// A new object with this head and a count of one; the rest is uninitialised.
#[inline]
pub fn new_object<T>(kind: ObjectKind, desc: *const T, size: usize) -> *mut Header {
    object_in(block(size), kind, desc)
}

/// [`new_object`] in a block that is there.
#[inline]
pub fn object_in<T>(block: *mut u8, kind: ObjectKind, desc: *const T) -> *mut Header {
    note(1);
    let header = block.cast::<Header>();
    // SAFETY: fresh memory with room for a head.
    unsafe { header.write(Header { count: AtomicI32::new(1), kind, desc: desc.cast() }) };
    header
}

/// Gives the memory of an object back.
///
/// # Safety
/// The object is not used again; what it held has been given up.
pub unsafe fn free(object: *mut Header) {
    note(-1);
    // SAFETY: the object is whole until the next line.
    unsafe { free_block(object.cast(), size_of_object(object)) }
}

/// [`free`] for a closure.
///
/// # Safety
/// As [`free`]; the object is a closure with this descriptor.
#[inline]
pub unsafe fn free_closure(object: *mut Header, desc: &ClosureDesc) {
    note(-1);
    // SAFETY: as the caller owes.
    unsafe { free_block(object.cast(), desc.size as usize) }
}

/// [`free`] for storage of such elements.
///
/// # Safety
/// As [`free`]; the object is a [`Storage`].
#[inline]
pub unsafe fn free_storage(object: *mut Header, elem: &TypeDesc) {
    note(-1);
    // SAFETY: the object is whole until the next line.
    unsafe { free_block(object.cast(), storage_size(elem, (*object.cast::<Storage>()).cap)) }
}

/// # Safety
/// `object` is an object whose head is valid.
unsafe fn size_of_object(object: *mut Header) -> usize {
    // SAFETY: the head says what the object is, and `desc` is what that kind has.
    unsafe {
        match (*object).kind {
            ObjectKind::Storage => {
                let elem = &*(*object).desc.cast::<TypeDesc>();
                storage_size(elem, (*object.cast::<Storage>()).cap)
            }
            ObjectKind::Box => box_size(&*(*object).desc.cast::<TypeDesc>()),
            ObjectKind::Closure => (*(*object).desc.cast::<ClosureDesc>()).size as usize,
            ObjectKind::Map => super::map::SIZE,
            ObjectKind::Handle => unreachable!("handles free themselves"),
        }
    }
}

#[inline]
pub fn storage_size(elem: &TypeDesc, cap: i64) -> usize {
    Storage::DATA + elem.bytes() * cap as usize
}

pub fn box_size(value: &TypeDesc) -> usize {
    Header::SIZE + value.bytes().max(8)
}
