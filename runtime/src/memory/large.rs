//! Large blocks: mappings of their own, which grow where they are.
//!
//! ```text
//! |<----------------- span: address space ----------------->|
//! [Head][block …                    ][ not accessible        ]
//! |<------- open: memory, on demand ->|
//! ```
//!
//! Address space costs nothing, so each mapping has several times as much as its block needs: a slice to which is appended, or the entries of
//! a map, become larger by opening more of it. A span that is too small is exchanged for a larger one, to which the pages move. Nothing
//! is copied in either case, and the new part is zero.
//!
//! A few blocks that were given back are kept: a program that makes and drops one in a loop would otherwise wait for fresh pages
//! in each turn.

use std::alloc::{Layout, handle_alloc_error};
use std::ptr;

use parking_lot::Mutex;

/// Blocks from this size on are worth mappings.
pub const LEAST: usize = 4 << 20;
/// What large pages are aligned to.
const PAGE: usize = 2 << 20;
/// Address space for each byte that is asked for.
const AHEAD: usize = 4;
/// So much of what was given back is kept.
const MOST_KEPT: usize = 32 << 20;

/// What stands before a block.
#[repr(C, align(64))]
struct Head {
    /// Bytes of address space, from the head on.
    span: usize,
    /// Bytes of it that may be used.
    open: usize,
}

const HEAD: usize = size_of::<Head>();

/// Mappings that nobody uses, and their open bytes together.
struct Kept {
    mappings: Vec<*mut Head>,
    open: usize,
}

// SAFETY: what is kept belongs to who holds the lock.
unsafe impl Send for Kept {}

static KEPT: Mutex<Kept> = Mutex::new(Kept { mappings: Vec::new(), open: 0 });

/// A block of at least `size` bytes, and whether all of it is zero. Aligned to 64.
pub fn get(size: usize) -> (*mut u8, bool) {
    let open = opened(size);
    if let Some(kept) = take_kept(open) {
        return (block_of(kept), false);
    }
    let head = map(open).unwrap_or_else(|| fail(size));
    (block_of(head), true)
}

/// Makes a block larger. Where it is then; what is new is zero, or what was there when a kept block was given out.
///
/// # Safety
/// `block` came from [`get`], and is used at its new place only. `size` is not smaller than it was.
pub unsafe fn grow(block: *mut u8, size: usize) -> *mut u8 {
    let head = head_of(block);
    let wanted = opened(size);
    // SAFETY: by the caller, a block of ours.
    unsafe {
        let Head { span, open } = *head;
        if wanted <= open {
            return block;
        }
        if wanted <= span {
            if !allow(head, wanted) {
                fail(size);
            }
            return block;
        }
        let new = map(wanted).unwrap_or_else(|| fail(size));
        let head_there = Head { ..*new };
        if move_pages(head, new, open) {
            unmap(head.cast::<u8>().wrapping_add(open), span - open);
            new.write(head_there);
        } else {
            ptr::copy_nonoverlapping(block, block_of(new), open - HEAD);
            unmap(head.cast(), span);
        }
        block_of(new)
    }
}

/// Gives a block back.
///
/// # Safety
/// It came from [`get`] or [`grow`], and is not used again.
pub unsafe fn put(block: *mut u8) {
    let head = head_of(block);
    // SAFETY: by the caller, a block of ours.
    let Head { span, open } = unsafe { Head { ..*head } };
    {
        let mut kept = KEPT.lock();
        if kept.open + open <= MOST_KEPT {
            kept.mappings.push(head);
            kept.open += open;
            return;
        }
    }
    unmap(head.cast(), span);
}

fn take_kept(open: usize) -> Option<*mut Head> {
    let mut kept = KEPT.lock();
    // SAFETY: a mapping that is kept has a head, which nobody else looks at.
    let fits = |head: &*mut Head| (open..=open * 2).contains(unsafe { &(**head).open });
    let at = kept.mappings.iter().position(fits)?;
    let head = kept.mappings.swap_remove(at);
    // SAFETY: as above.
    kept.open -= unsafe { (*head).open };
    Some(head)
}

/// How much of a mapping a block of this size takes.
fn opened(size: usize) -> usize {
    (HEAD + size).next_multiple_of(PAGE)
}

fn block_of(head: *mut Head) -> *mut u8 {
    head.cast::<u8>().wrapping_add(HEAD)
}

fn head_of(block: *mut u8) -> *mut Head {
    block.wrapping_sub(HEAD).cast()
}

fn fail(size: usize) -> ! {
    handle_alloc_error(
        Layout::from_size_align(size, HEAD).expect("an allocation of less than half the address space"),
    )
}

/// A new mapping that is aligned to large pages, of which so many bytes are open.
fn map(open: usize) -> Option<*mut Head> {
    // Where address space is limited, a block may have to do without more than it needs.
    [open.checked_mul(AHEAD)?, open].into_iter().find_map(|span| {
        let start = reserve(span)?;
        if !allow(start, open) {
            unmap(start.cast(), span);
            return None;
        }
        // SAFETY: the start of what was just opened.
        unsafe { start.write(Head { span, open }) };
        Some(start)
    })
}

/// Address space, aligned to large pages.
fn reserve(span: usize) -> Option<*mut Head> {
    let length = span.checked_add(PAGE)?;
    // SAFETY: an anonymous mapping that cannot be accessed.
    let mapping = unsafe {
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, kind, -1, 0)
    };
    if mapping == libc::MAP_FAILED {
        return None;
    }
    let mapping = mapping.cast::<u8>();
    let before = mapping.align_offset(PAGE);
    unmap(mapping, before);
    unmap(mapping.wrapping_add(before + span), PAGE - before);
    Some(mapping.wrapping_add(before).cast())
}

/// Opens a mapping up to there, and asks for large pages: what is looked up here and there in millions of entries otherwise waits for the
/// page table as long as for the memory itself. They are advice, so an answer does not matter.
fn allow(head: *mut Head, open: usize) -> bool {
    let (read, write) = (libc::PROT_READ, libc::PROT_WRITE);
    // SAFETY: whole pages of a mapping that is ours; the head is written when there is one.
    unsafe {
        if libc::mprotect(head.cast(), open, read | write) != 0 {
            return false;
        }
        #[cfg(target_os = "linux")]
        libc::madvise(head.cast(), open, libc::MADV_HUGEPAGE);
        (&raw mut (*head).open).write(open);
    }
    true
}

/// Moves the first `open` bytes of a mapping to another; false if the system cannot do that.
///
/// # Safety
/// Both are mappings of ours, with so many open bytes; then those of `from` are not used again.
#[cfg(target_os = "linux")]
unsafe fn move_pages(from: *mut Head, to: *mut Head, open: usize) -> bool {
    // SAFETY: as the caller owes.
    let moved = unsafe {
        let how = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        libc::mremap(from.cast(), open, open, how, to.cast::<libc::c_void>())
    };
    moved != libc::MAP_FAILED
}

#[cfg(not(target_os = "linux"))]
unsafe fn move_pages(_: *mut Head, _: *mut Head, _: usize) -> bool {
    false
}

fn unmap(start: *mut u8, length: usize) {
    if length > 0 {
        // SAFETY: whole pages of a mapping that is ours, which nobody uses.
        unsafe { libc::munmap(start.cast(), length) };
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn a_block_keeps_its_bytes_and_grows_by_zeros() {
        let mut size = LEAST;
        let (mut block, fresh) = get(size);
        // SAFETY: a block of our own, of this size.
        unsafe {
            if !fresh {
                block.write_bytes(0, size);
            }
            // Far enough for the block to leave its first span.
            while size < LEAST * AHEAD * 3 {
                block.add(size - 1).write(7);
                let larger = size * 5 / 4;
                block = grow(block, larger);
                assert_eq!(block.add(size - 1).read(), 7);
                assert_eq!(block.add(larger - 1).read(), 0);
                size = larger;
            }
            assert_eq!(block.add(LEAST - 1).read(), 7);
            put(block);
        }
    }

    #[test]
    fn a_block_that_was_given_back_is_given_out_again() {
        let size = LEAST * 2 + 1;
        let (block, _) = get(size);
        // SAFETY: a block of our own.
        unsafe { put(block) };
        let (again, fresh) = get(size);
        // Another test may have taken it.
        assert!(again == block || fresh);
        // SAFETY: as above.
        unsafe { put(again) };
    }
}
