//! Small blocks, by size in steps of 8 bytes: a few instructions to get one and to give it back, on any thread.
//!
//! ```text
//! worker:   first: up to BATCH blocks     full: BATCH blocks or none
//!             | empty: the full list, or a batch of the depot       | both full: to the depot
//!             | one more than BATCH: these are the full list, and the one stays, for whoever asks next
//! depot:    batches of BATCH blocks, one lock a size; fresh ones are cut from slabs
//! ```
//!
//! A block may be given back by another worker than the one that got it: it then belongs to that one, without anything atomic.
//! Blocks stay blocks of their size. Threads that are no workers go to the depot for each block.

use std::cell::UnsafeCell;
use std::ptr;

use parking_lot::Mutex;

use super::regions::{SLAB_SIZE, slab};

const STEP: usize = 8;
/// Larger blocks are not pooled.
pub const LARGEST: usize = 512;
const SIZES: usize = LARGEST / STEP + 1;
const BATCH: u32 = 64;

/// A free block.
struct Block {
    next: *mut Block,
    /// Of the first block of a batch in the depot: the next batch.
    next_batch: *mut Block,
}

/// The smallest size: a free block holds two links.
const LEAST: usize = size_of::<Block>() / STEP;

#[derive(Clone, Copy)]
struct List {
    first: *mut Block,
    /// How many `first` has.
    count: u32,
    full: *mut Block,
}

/// The free blocks of one worker.
struct Pool {
    lists: [List; SIZES],
    /// The thread is a worker's.
    active: bool,
}

const EMPTY: List = List { first: ptr::null_mut(), count: 0, full: ptr::null_mut() };

/// The list of a thread that is no worker: it always seems to be about to overflow.
const CLOSED: List = List { count: BATCH, ..EMPTY };

thread_local! {
    // Without a destructor, so that reaching it is one instruction; `leave` empties it.
    static POOL: UnsafeCell<Pool> = const { UnsafeCell::new(Pool { lists: [CLOSED; SIZES], active: false }) };
}

/// What no worker has of one size.
struct Depot {
    batches: *mut Block,
    /// Single blocks, of threads that are no workers.
    singles: *mut Block,
    /// The rest of a slab, from which fresh blocks are cut.
    fresh: usize,
    fresh_end: usize,
}

// SAFETY: free blocks belong to who holds the lock.
unsafe impl Send for Depot {}

static DEPOTS: [Mutex<Depot>; SIZES] = [const {
    Mutex::new(Depot { batches: ptr::null_mut(), singles: ptr::null_mut(), fresh: 0, fresh_end: 0 })
}; SIZES];

/// The list that blocks of so many bytes are in.
#[inline]
const fn list_of(size: usize) -> usize {
    let list = size.div_ceil(STEP);
    if list < LEAST { LEAST } else { list }
}

/// A block of at least `size` bytes, aligned to 8. `size` is at most [`LARGEST`].
#[inline]
pub fn get(size: usize) -> *mut u8 {
    let index = list_of(size);
    POOL.with(|pool| {
        // SAFETY: this thread's, and nothing else uses it meanwhile.
        let list = unsafe { &mut (*pool.get()).lists[index] };
        let block = list.first;
        if block.is_null() {
            return refill(index);
        }
        // SAFETY: a free block of this worker's.
        list.first = unsafe { (*block).next };
        list.count -= 1;
        block.cast()
    })
}

/// Gives a block back.
///
/// # Safety
/// It came from [`get`], with a size that is the same when rounded up to 8, and is not used again.
#[inline]
pub unsafe fn put(block: *mut u8, size: usize) {
    let index = list_of(size);
    let block: *mut Block = block.cast();
    POOL.with(|pool| {
        // SAFETY: this thread's; the block is free.
        unsafe {
            let list = &mut (*pool.get()).lists[index];
            (*block).next = list.first;
            list.first = block;
            list.count += 1;
            if list.count > BATCH {
                overflow(index);
            }
        }
    });
}

/// This thread is a worker's from now on.
pub fn enter() {
    // SAFETY: this thread's, and nothing else uses it meanwhile.
    POOL.with(|pool| unsafe { *pool.get() = Pool { lists: [EMPTY; SIZES], active: true } });
}

/// The worker's thread ends: what it has is for others.
pub fn leave() {
    POOL.with(|pool| {
        // SAFETY: this thread's, and nothing else uses it meanwhile.
        let pool = unsafe { &mut *pool.get() };
        pool.active = false;
        for (index, list) in pool.lists.iter_mut().enumerate() {
            let mut depot = DEPOTS[index].lock();
            let List { first, full, .. } = std::mem::replace(list, CLOSED);
            // SAFETY: free blocks, linked.
            unsafe {
                depot.put_batch(full);
                depot.put_singles(first);
            }
        }
    });
}

#[cold]
fn refill(index: usize) -> *mut u8 {
    POOL.with(|pool| {
        // SAFETY: this thread's, and nothing else uses it meanwhile.
        let pool = unsafe { &mut *pool.get() };
        let list = &mut pool.lists[index];
        if !pool.active {
            return DEPOTS[index].lock().single(index).cast();
        }
        let batch = match list.full.is_null() {
            true => DEPOTS[index].lock().batch(index),
            false => std::mem::replace(&mut list.full, ptr::null_mut()),
        };
        // SAFETY: a batch of free blocks.
        list.first = unsafe { (*batch).next };
        list.count = BATCH - 1;
        batch.cast()
    })
}

/// The first list of a size has a batch and one more block.
#[cold]
fn overflow(index: usize) {
    POOL.with(|pool| {
        // SAFETY: this thread's, and nothing else uses it meanwhile.
        let pool = unsafe { &mut *pool.get() };
        let list = &mut pool.lists[index];
        if !pool.active {
            let List { first, .. } = std::mem::replace(list, CLOSED);
            // SAFETY: the one block that was given back.
            return unsafe { DEPOTS[index].lock().put_singles(first) };
        }
        // SAFETY: a free block, with a batch behind it.
        let batch = unsafe { std::mem::replace(&mut (*list.first).next, ptr::null_mut()) };
        list.count = 1;
        let full = std::mem::replace(&mut list.full, batch);
        if !full.is_null() {
            // SAFETY: a batch of free blocks.
            unsafe { DEPOTS[index].lock().put_batch(full) }
        }
    });
}

impl Depot {
    /// # Safety
    /// A chain of free blocks of this size, or null.
    unsafe fn put_batch(&mut self, batch: *mut Block) {
        if !batch.is_null() {
            // SAFETY: by the caller.
            unsafe { (*batch).next_batch = self.batches };
            self.batches = batch;
        }
    }

    /// # Safety
    /// As for [`Depot::put_batch`].
    unsafe fn put_singles(&mut self, mut block: *mut Block) {
        while !block.is_null() {
            // SAFETY: by the caller.
            unsafe {
                let next = (*block).next;
                (*block).next = self.singles;
                self.singles = block;
                block = next;
            }
        }
    }

    /// A chain of [`BATCH`] blocks.
    fn batch(&mut self, index: usize) -> *mut Block {
        let batch = self.batches;
        if !batch.is_null() {
            // SAFETY: a free batch.
            self.batches = unsafe { (*batch).next_batch };
            return batch;
        }
        let mut chain = ptr::null_mut();
        for _ in 0..BATCH {
            let block = self.single(index);
            // SAFETY: a free block.
            unsafe { (*block).next = chain };
            chain = block;
        }
        chain
    }

    fn single(&mut self, index: usize) -> *mut Block {
        let block = self.singles;
        if !block.is_null() {
            // SAFETY: a free block.
            self.singles = unsafe { (*block).next };
            return block;
        }
        let size = index * STEP;
        if self.fresh + size > self.fresh_end {
            self.fresh = slab().expose_provenance();
            self.fresh_end = self.fresh + SLAB_SIZE;
        }
        let block = ptr::with_exposed_provenance_mut(self.fresh);
        self.fresh += size;
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_used_again_and_never_twice_at_a_time() {
        let work = || {
            enter();
            let mut held: Vec<(*mut u8, usize)> = Vec::new();
            let mut seed = 3u64;
            for turn in 0..20_000u64 {
                seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(turn);
                let size = (seed >> 40) as usize % 400;
                if held.len() < 1000 || seed & 1 == 0 {
                    let block = get(size);
                    // SAFETY: a block of our own.
                    unsafe { block.write_bytes(size as u8, size) };
                    held.push((block, size));
                } else {
                    let (block, size) = held.swap_remove((seed >> 20) as usize % held.len());
                    // SAFETY: as above; nobody else wrote to it.
                    unsafe {
                        let bytes = std::slice::from_raw_parts(block, size);
                        assert!(bytes.iter().all(|&byte| byte == size as u8));
                        put(block, size);
                    }
                }
            }
            for (block, size) in held {
                // SAFETY: ours.
                unsafe { put(block, size) };
            }
            leave();
        };
        std::thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(work))));
    }

    #[test]
    fn what_one_thread_gives_back_another_gets() {
        const SIZE: usize = LARGEST - 40;
        let addresses = |give_back: bool| {
            std::thread::spawn(move || {
                enter();
                let blocks: Vec<*mut u8> = (0..1000).map(|_| get(SIZE)).collect();
                let addresses: Vec<usize> = blocks.iter().map(|block| block.addr()).collect();
                if give_back {
                    // SAFETY: ours.
                    blocks.into_iter().for_each(|block| unsafe { put(block, SIZE) });
                }
                leave();
                addresses
            })
            .join()
            .unwrap()
        };
        let first = addresses(true);
        let second = addresses(false);
        assert!(second.iter().filter(|address| first.contains(address)).count() >= 900);
    }
}
