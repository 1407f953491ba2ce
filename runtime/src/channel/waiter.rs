//! Tasks that wait at a channel, in the order they came.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::object::Channel;
use crate::protocol::claim::Claim;
use crate::schedule;
use crate::task::object::Task;

/// A task's place in a channel's queue; each task has one, a `select` one for each case.
///
/// The first word of a task's own is used by tasks that wait for other things, too; the rest has meaning only while it waits at a channel.
#[repr(C)]
pub struct Waiter {
    /// Which case of a `select`; of a task's own waiter, in which of its waits the task is.
    pub case: u32,
    /// It is the head of a [`SelectWaiter`].
    pub is_select: bool,
    linked: bool,
    /// Of a task's own waiter: which life of the task's place this is, for the [trace](crate::trace).
    pub life: u16,
    pub task: *mut Task,
    pub chan: *mut Channel,
    next: *mut Waiter,
    prev: *mut Waiter,
}

/// A `select`'s place in a queue.
#[repr(C)]
pub struct SelectWaiter {
    pub waiter: Waiter,
    pub claim: *const Claim,
    /// The message to send, which the select owns; null for a receive.
    pub message: *mut u8,
    /// A receive that asks whether the channel is closed.
    pub asks: bool,
}

impl Waiter {
    pub fn new(task: *mut Task) -> Waiter {
        Waiter {
            case: 0,
            is_select: false,
            linked: false,
            life: 0,
            task,
            chan: ptr::null_mut(),
            next: ptr::null_mut(),
            prev: ptr::null_mut(),
        }
    }

    /// The task whose own waiter this is is about to wait at that channel.
    #[inline]
    pub fn come_to(&mut self, task: *mut Task, channel: *mut Channel) {
        self.task = task;
        self.chan = channel;
    }

    /// Of a task's own waiter, which is in no queue: a new task begins.
    #[inline]
    pub fn begin_life(&mut self) {
        self.case = 0;
        self.life = self.life.wrapping_add(1);
    }

    /// Which of its waits a task is in (low half), in which life of its place (highest 16 bits).
    #[inline]
    pub fn moment(&self) -> u64 {
        // Two loads: one of all eight bytes would wait for the narrower stores before it to reach the cache.
        u64::from(self.case) | u64::from(self.life) << 48
    }

    /// Whether it is in a queue. Under the lock of its channel.
    pub fn is_linked(&self) -> bool {
        self.linked
    }
}

/// Waiters, first come first. Under the lock of its channel.
pub struct Queue {
    /// Looked at without the lock, too.
    first: AtomicPtr<Waiter>,
    last: *mut Waiter,
}

impl Default for Queue {
    fn default() -> Self {
        Self::new()
    }
}

impl Queue {
    pub(crate) const fn new() -> Queue {
        Queue { first: AtomicPtr::new(ptr::null_mut()), last: ptr::null_mut() }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first().is_null()
    }

    /// # Safety
    /// The waiter is in no queue, and stays where it is while it is in this one.
    #[inline]
    pub unsafe fn push(&mut self, waiter: *mut Waiter) {
        // SAFETY: by the caller; linked waiters are alive.
        unsafe {
            (*waiter).next = ptr::null_mut();
            (*waiter).prev = self.last;
            (*waiter).linked = true;
            if self.last.is_null() {
                self.set_first(waiter);
            } else {
                (*self.last).next = waiter;
            }
            self.last = waiter;
        }
    }

    /// The waiter that came first; null if there is none.
    #[inline]
    pub fn first(&self) -> *mut Waiter {
        self.first.load(Ordering::Acquire)
    }

    #[inline]
    fn set_first(&mut self, waiter: *mut Waiter) {
        self.first.store(waiter, Ordering::Release);
    }

    /// Takes out the waiter that came first, which is none of a `select`.
    ///
    /// # Safety
    /// It is [`Queue::first`], which is not null.
    #[inline]
    pub unsafe fn take_first(&mut self, waiter: *mut Waiter) {
        // SAFETY: by the caller; linked waiters are alive.
        unsafe {
            let next = (*waiter).next;
            (*waiter).linked = false;
            self.set_first(next);
            if next.is_null() {
                self.last = ptr::null_mut();
            } else {
                (*next).prev = ptr::null_mut();
            }
        }
    }

    /// # Safety
    /// The waiter is alive; nothing happens unless it is in this queue.
    pub unsafe fn remove(&mut self, waiter: *mut Waiter) {
        // SAFETY: by the caller; linked waiters are alive.
        unsafe {
            if !(*waiter).linked {
                return;
            }
            (*waiter).linked = false;
            let (next, prev) = ((*waiter).next, (*waiter).prev);
            if prev.is_null() {
                self.set_first(next);
            } else {
                (*prev).next = next;
            }
            if next.is_null() {
                self.last = prev;
            } else {
                (*next).prev = prev;
            }
        }
    }

    /// Takes out the first waiter that the caller may complete.
    #[inline]
    pub fn take(&mut self) -> Option<*mut Waiter> {
        loop {
            let waiter = if schedule::on() { self.draw() } else { self.first() };
            if waiter.is_null() {
                return None;
            }
            // SAFETY: linked waiters are alive.
            unsafe {
                self.remove(waiter);
                if claim(waiter) {
                    return Some(waiter);
                }
            }
        }
    }

    /// Takes out this waiter, whether or not the caller may complete it, and tells.
    ///
    /// # Safety
    /// It is in this queue.
    pub unsafe fn take_this(&mut self, waiter: *mut Waiter) -> bool {
        // SAFETY: by the caller.
        unsafe {
            self.remove(waiter);
            claim(waiter)
        }
    }

    /// The waiter whom the schedule chooses; null if there is none.
    #[cold]
    fn draw(&self) -> *mut Waiter {
        let count = self.iter().count();
        self.iter().nth(schedule::waiter(count)).unwrap_or(ptr::null_mut())
    }

    /// Takes out, in order, all waiters that `wanted` accepts and the caller may complete.
    pub fn take_all(&mut self, wanted: impl Fn(*mut Waiter) -> bool) -> Vec<*mut Waiter> {
        let mut taken = Vec::new();
        let mut waiter = self.first();
        while !waiter.is_null() {
            // SAFETY: linked waiters are alive.
            unsafe {
                let next = (*waiter).next;
                if wanted(waiter) {
                    self.remove(waiter);
                    if claim(waiter) {
                        taken.push(waiter);
                    }
                }
                waiter = next;
            }
        }
        taken
    }

    /// The waiters, in order.
    pub fn iter(&self) -> impl Iterator<Item = *mut Waiter> {
        let mut at = self.first();
        std::iter::from_fn(move || {
            let waiter = at;
            // SAFETY: linked waiters are alive.
            at = unsafe { waiter.as_ref()? }.next;
            Some(waiter)
        })
    }
}

unsafe fn claim(waiter: *mut Waiter) -> bool {
    // SAFETY: by the caller, a waiter that was in the queue; a select's claim lives as long as its waiters.
    unsafe { !(*waiter).is_select || (*(*waiter.cast::<SelectWaiter>()).claim).take((*waiter).case) }
}
