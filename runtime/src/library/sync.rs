//! Package `sync`: cells that tasks share.
//!
//! A mutex's section does not suspend (the compiler sees to that; where it cannot, [`super::section`] has the sections), so a worker
//! that finds it locked waits for moments only, and needs no place in the scheduler. A section that crashes is left at once, with
//! the value as it is then: others must not wait for a task that will never come back.

use std::cell::Cell;
use std::ptr::{copy_nonoverlapping, null_mut};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};

use parking_lot::RawMutex;
use parking_lot::lock_api::RawMutex as _;

use super::section::Turns;
use crate::abi::layout::{HandleDesc, Header, ObjectKind, TypeDesc};
use crate::natives;
use crate::value::{count, heap};

/// A mutex; its value follows, 8-byte aligned.
#[repr(C, align(8))]
pub struct Mutex {
    header: Header,
    pub value: *const TypeDesc,
    lock: RawMutex,
    /// While it is locked: the mutex in whose section this one's section is. By who has locked it.
    outer: *mut Mutex,
    /// Of programs whose sections may suspend.
    pub turns: Turns,
}

#[repr(C)]
struct Counter {
    header: Header,
    value: AtomicI64,
}

/// Where a counter has its value, for compiled code.
pub const COUNTER_VALUE: i32 = std::mem::offset_of!(Counter, value) as i32;

static MUTEX: HandleDesc = HandleDesc { free: free_mutex };
static COUNTER: HandleDesc = HandleDesc { free: free_counter };

/// A handle counts atomically from its birth.
fn head(desc: &'static HandleDesc) -> Header {
    Header { count: AtomicI32::new(-1), kind: ObjectKind::Handle, desc: std::ptr::from_ref(desc).cast() }
}

unsafe extern "C" fn free_mutex(handle: *mut Header) {
    let mutex = handle as *mut Mutex;
    // SAFETY: nothing refers to the mutex any more; its value goes with it.
    unsafe {
        std::ptr::drop_in_place(&raw mut (*mutex).turns);
        let desc = &*(*mutex).value;
        count::release_value(desc, value_of(mutex));
        heap::free_block(mutex.cast(), size_of::<Mutex>() + desc.bytes());
    }
}

unsafe extern "C" fn free_counter(handle: *mut Header) {
    // SAFETY: nothing refers to the counter any more.
    unsafe { heap::free_block(handle.cast(), size_of::<Counter>()) }
}

/// Where the value of a mutex is.
pub fn value_of(mutex: *mut Mutex) -> *mut u8 {
    mutex.cast::<u8>().wrapping_add(size_of::<Mutex>())
}

thread_local! {
    /// The mutex in whose innermost section the task is that runs here; the others hang on it. Sections do not suspend, so all are of one task.
    static INNERMOST: Cell<*mut Mutex> = const { Cell::new(null_mut()) };
}

/// Leaves the sections that the task is in which runs here, and crashes.
pub(crate) fn leave_sections() {
    let mut mutex = INNERMOST.replace(null_mut());
    while !mutex.is_null() {
        // SAFETY: the task has locked the mutex, and holds a reference to it until it is unwound.
        unsafe {
            let outer = (*mutex).outer;
            unlock(mutex);
            mutex = outer;
        }
    }
}

/// How often a worker that finds a mutex locked comes back before it sleeps: most sections are a few instructions.
const LOOKS: u32 = 32;
/// Pauses between two looks, about a microsecond: so one worker goes through many sections, then the other, and what they are about does not go
/// to and fro between their caches with each.
const PAUSES: u32 = 64;

#[cold]
fn wait_for(lock: &RawMutex) {
    for _ in 0..LOOKS {
        for _ in 0..PAUSES {
            std::hint::spin_loop();
        }
        if !lock.is_locked() && lock.try_lock() {
            return;
        }
    }
    lock.lock();
}

/// Ends a section.
///
/// # Safety
/// The running task has locked the mutex, so it alone reaches the value.
unsafe fn unlock(mutex: *mut Mutex) {
    // SAFETY: as the caller owes.
    unsafe {
        share_value(mutex);
        (*mutex).lock.unlock();
    }
}

/// What a section has put into the mutex, other tasks will find.
///
/// # Safety
/// The running task is in the section, so it alone reaches the value.
pub unsafe fn share_value(mutex: *mut Mutex) {
    // SAFETY: as the caller owes.
    unsafe {
        let desc = &*(*mutex).value;
        if desc.counted() {
            count::share(desc, value_of(mutex));
        }
    }
}

natives! { pub static SYNC;
    /// `func NewMutex[T any](value T) Mutex[T]`
    Plain fn goo_sync_NewMutex[desc](value: Address) -> I64 {
        let mutex = heap::block(size_of::<Mutex>() + desc.bytes()).cast::<Mutex>();
        // SAFETY: fresh memory with room for both; the value is lent, and the copy marked as reachable by several tasks.
        unsafe {
            mutex.write(Mutex { header: head(&MUTEX), value: desc, lock: RawMutex::INIT, outer: null_mut(), turns: Turns::default() });
            copy_nonoverlapping(value.cast_const(), value_of(mutex), desc.bytes());
            count::retain_value(desc, value_of(mutex));
            count::share(desc, value_of(mutex));
        }
        mutex
    }
    /// Locks the mutex; where its value is.
    Plain fn goo_mutex_lock[desc](handle: I64) -> I64 {
        let mutex = handle as *mut Mutex;
        // SAFETY: the handle is lent for the call.
        unsafe {
            debug_assert!(std::ptr::eq((*mutex).value, desc));
            if !(*mutex).lock.try_lock() {
                wait_for(&(*mutex).lock);
            }
            (*mutex).outer = INNERMOST.replace(mutex);
        }
        value_of(mutex)
    }
    /// Ends the section.
    Plain fn goo_mutex_unlock(handle: I64) {
        let mutex = handle as *mut Mutex;
        // SAFETY: the running task has locked it, after those that are still locked.
        unsafe {
            debug_assert!(std::ptr::eq(INNERMOST.get(), mutex));
            INNERMOST.set((*mutex).outer);
            unlock(mutex);
        }
    }
    /// `func NewCounter() Counter`
    Plain fn goo_sync_NewCounter() -> I64 {
        let counter = heap::block(size_of::<Counter>()).cast::<Counter>();
        // SAFETY: fresh memory.
        unsafe { counter.write(Counter { header: head(&COUNTER), value: AtomicI64::new(0) }) };
        counter
    }
    /// Adds, and gives the new value; compiled code does so itself ([`COUNTER_VALUE`]).
    Plain fn goo_counter_add(handle: I64, amount: I64) -> I64 {
        // SAFETY: the handle is lent for the call.
        let counter = unsafe { &*(handle as *const Counter) };
        counter.value.fetch_add(amount, Ordering::SeqCst).wrapping_add(amount)
    }
    Plain fn goo_counter_value(handle: I64) -> I64 {
        // SAFETY: the handle is lent for the call.
        unsafe { (*(handle as *const Counter)).value.load(Ordering::SeqCst) }
    }
}
