//! Package `sync`: cells that tasks share.
//!
//! A mutex's section does not suspend (the compiler sees to that; where it cannot, [`super::section`] has the sections), so a worker
//! that finds it locked waits for moments only, and needs no place in the scheduler. A section that crashes is left at once, with
//! the value as it is then: others must not wait for a task that will never come back.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::copy_nonoverlapping;
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
    /// Of programs whose sections may suspend.
    pub turns: Turns,
}

#[repr(C)]
struct Counter {
    header: Header,
    value: AtomicI64,
}

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
    /// The sections that tasks on this worker are in, with the task; the innermost last.
    static SECTIONS: RefCell<Vec<(*mut c_void, *mut Mutex)>> = const { RefCell::new(Vec::new()) };
}

/// Leaves the sections that a crashing task is in.
pub(crate) fn leave_sections(task: *mut c_void) {
    SECTIONS.with_borrow_mut(|sections| {
        sections.retain(|&(owner, mutex)| {
            if owner == task {
                // SAFETY: the task has locked the mutex, and holds a reference to it until it is unwound.
                unsafe { unlock(mutex) };
            }
            owner != task
        });
    });
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
    unsafe { count::share(&*(*mutex).value, value_of(mutex)) }
}

natives! { pub static SYNC;
    /// `func NewMutex[T any](value T) Mutex[T]`
    Plain fn goo_sync_NewMutex[desc](value: Address) -> I64 {
        let mutex = heap::block(size_of::<Mutex>() + desc.bytes()).cast::<Mutex>();
        // SAFETY: fresh memory with room for both; the value is lent, and the copy marked as reachable by several tasks.
        unsafe {
            mutex.write(Mutex { header: head(&MUTEX), value: desc, lock: RawMutex::INIT, turns: Turns::default() });
            copy_nonoverlapping(value.cast_const(), value_of(mutex), desc.bytes());
            count::retain_value(desc, value_of(mutex));
            count::share(desc, value_of(mutex));
        }
        mutex
    }
    /// Locks the mutex; where its value is.
    Plain fn goo_mutex_lock[desc](ctx, handle: I64) -> I64 {
        let mutex = handle as *mut Mutex;
        // SAFETY: the handle is lent for the call; the context is this worker's.
        unsafe {
            debug_assert!(std::ptr::eq((*mutex).value, desc));
            (*mutex).lock.lock();
            SECTIONS.with_borrow_mut(|sections| sections.push(((*ctx).task, mutex)));
        }
        value_of(mutex)
    }
    /// Ends the section.
    Plain fn goo_mutex_unlock(handle: I64) {
        let mutex = handle as *mut Mutex;
        SECTIONS.with_borrow_mut(|sections| {
            if let Some(at) = sections.iter().rposition(|&(_, held)| held == mutex) {
                sections.remove(at);
            }
        });
        // SAFETY: the running task has locked it.
        unsafe { unlock(mutex) };
    }
    /// `func NewCounter() Counter`
    Plain fn goo_sync_NewCounter() -> I64 {
        let counter = heap::block(size_of::<Counter>()).cast::<Counter>();
        // SAFETY: fresh memory.
        unsafe { counter.write(Counter { header: head(&COUNTER), value: AtomicI64::new(0) }) };
        counter
    }
    /// Adds, and gives the new value.
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
