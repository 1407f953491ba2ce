//! Slabs of 64 KiB, aligned to their size, for whole groups of equal things. They are never given back: what lived in them once
//! may be looked at later (a wake-up that comes too late), and what is freed there is used again for the same.
//!
//! The allocator behind larger blocks, mimalloc, gets its first address space from here as well ([`reserve`]): its own has large pages from the
//! first block on, and a program that prints a line would wait for eight megabytes of zeros.
//!
//! Slabs are cut from large regions of address space: an allocator would spend as much again on the alignment. From the second region on,
//! the system is asked for large pages: a program that has so much has more, and touching it page by page costs as much as using it.

use std::alloc::{Layout, handle_alloc_error};
use std::ptr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;

pub const SLAB_SIZE: usize = 64 * 1024;
const REGION_SIZE: usize = 4 << 20;
/// What large pages are aligned to.
const LARGE_PAGE: usize = 2 << 20;

/// How much mimalloc gets at first.
const FIRST_SIZE: usize = 32 << 20;

/// Where that begins, or 0.
static FIRST: AtomicUsize = AtomicUsize::new(0);

struct Region {
    next: usize,
    end: usize,
    /// Regions so far.
    count: usize,
}

static REGION: Mutex<Region> = Mutex::new(Region { next: 0, end: 0, count: 0 });

/// 64 KiB of zeros.
pub fn slab() -> *mut u8 {
    let mut region = REGION.lock();
    if region.next == region.end {
        region.next = map(region.count > 0);
        region.end = region.next + REGION_SIZE;
        region.count += 1;
    }
    let slab = region.next;
    region.next += SLAB_SIZE;
    ptr::with_exposed_provenance_mut(slab)
}

/// Address space for a region, aligned to large pages.
fn map(large_pages: bool) -> usize {
    let Some(start) = address_space(REGION_SIZE) else {
        handle_alloc_error(Layout::from_size_align(REGION_SIZE, SLAB_SIZE).expect("a constant layout"));
    };
    if large_pages {
        want_large_pages(start, REGION_SIZE);
    }
    start
}

/// Gives mimalloc its first memory, without large pages; what a program needs beyond that, mimalloc gets itself, a gigabyte at a time and with
/// large pages. A system that refuses leaves mimalloc to itself.
///
/// No more than mimalloc takes at all: its lists of what is free in a gigabyte are 43 pages, all of them written at once.
#[cfg(all(target_os = "linux", not(miri)))]
extern "C" fn reserve() {
    unsafe extern "C" {
        /// See `mimalloc.h`: memory that is there, zero, and no other's.
        fn mi_manage_os_memory_ex(
            start: *mut libc::c_void,
            size: usize,
            is_committed: bool,
            is_pinned: bool,
            is_zero: bool,
            numa_node: libc::c_int,
            exclusive: bool,
            arena: *mut *mut libc::c_void,
        ) -> bool;
    }
    let Some(start) = address_space(FIRST_SIZE) else { return };
    FIRST.store(start, Relaxed);
    let mut arena = ptr::null_mut();
    // SAFETY: a mapping that nobody else uses, as large as said; if mimalloc refuses it, it stays unused.
    unsafe {
        mi_manage_os_memory_ex(
            ptr::with_exposed_provenance_mut(start),
            FIRST_SIZE,
            true,
            false,
            true,
            -1,
            false,
            &raw mut arena,
        );
    }
}

/// Before anything is allocated, which Rust does before `main`; behind mimalloc's own beginning, which has a priority.
#[cfg(all(target_os = "linux", not(miri)))]
#[used]
// SAFETY: functions there are called without arguments; this one needs nothing that begins later.
#[unsafe(link_section = ".init_array")]
static RESERVE: extern "C" fn() = reserve;

/// Tells that tens of megabytes are about to be needed: that is faster with large pages, from now on.
pub fn expect_much() {
    let start = FIRST.load(Relaxed);
    if start != 0 {
        want_large_pages(start, FIRST_SIZE);
    }
}

fn want_large_pages(start: usize, length: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: a part of a mapping of ours. A system that has no large pages says so, and nothing changes.
    unsafe {
        libc::madvise(ptr::with_exposed_provenance_mut(start), length, libc::MADV_HUGEPAGE)
    };
    let _ = (start, length);
}

/// An anonymous mapping, aligned to large pages; pages are there when they are touched.
fn address_space(size: usize) -> Option<usize> {
    let length = size + LARGE_PAGE;
    // SAFETY: an anonymous mapping; its address is looked at before it is used.
    let mapping = unsafe {
        let (access, kind) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
        );
        libc::mmap(ptr::null_mut(), length, access, kind, -1, 0)
    };
    (mapping != libc::MAP_FAILED).then(|| mapping.expose_provenance().next_multiple_of(LARGE_PAGE))
}
