//! Slabs of 64 KiB, aligned to their size, for whole groups of equal things. They are never given back: what lived in them once
//! may be looked at later (a wake-up that comes too late), and what is freed there is used again for the same.
//!
//! Slabs are cut from large regions of address space: an allocator would spend as much again on the alignment. From the second region on,
//! the system is asked for large pages: a program that has so much has more, and touching it page by page costs as much as using it.

use std::alloc::{Layout, handle_alloc_error};
use std::ptr;

use parking_lot::Mutex;

pub const SLAB_SIZE: usize = 64 * 1024;
const REGION_SIZE: usize = 4 << 20;
/// What large pages are aligned to.
const LARGE_PAGE: usize = 2 << 20;

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
    let length = REGION_SIZE + LARGE_PAGE;
    // SAFETY: an anonymous mapping; its address is looked at before it is used.
    let mapping = unsafe {
        let (access, kind) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
        );
        libc::mmap(ptr::null_mut(), length, access, kind, -1, 0)
    };
    if mapping == libc::MAP_FAILED {
        handle_alloc_error(Layout::from_size_align(REGION_SIZE, SLAB_SIZE).expect("a constant layout"));
    }
    let start = mapping.expose_provenance().next_multiple_of(LARGE_PAGE);
    #[cfg(target_os = "linux")]
    if large_pages {
        // SAFETY: within the mapping. A system that has no large pages says so, and nothing changes.
        unsafe { libc::madvise(ptr::with_exposed_provenance_mut(start), REGION_SIZE, libc::MADV_HUGEPAGE) };
    }
    let _ = large_pages;
    start
}
