//! The channel object: `make`, `len`, `cap`, its ring of messages.

use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use super::options::Options;
use super::waiter::{Queue, SelectWaiter, Waiter};
use crate::abi::layout::{Context, Header, ObjectKind, Status, Text, TypeDesc};
use crate::protocol::lock::SpinLock;
use crate::task::object::{Outcome, Task};
use crate::task::{crash, value};

/// See the [module](super).
#[repr(C)]
pub struct Channel {
    /// The count is not used: see `ends`.
    pub header: Header,
    /// How many references can send (low half) and receive (high half).
    pub ends: AtomicU64,
    pub lock: SpinLock,
    pub closed: bool,
    /// Where and how many: `cap` places, `len` messages from `head` on.
    pub cap: usize,
    pub head: usize,
    pub len: usize,
    buffer: *mut u8,
    /// Bytes of a message.
    pub size: usize,
    pub elem: *const TypeDesc,
    pub receivers: Queue,
    pub senders: Queue,
    /// Null for a channel without options.
    pub options: *mut Options,
    /// Where it was made: `main.goo:12`.
    pub site: Text,
    /// Changes with each message that is put in or taken out, for deadlock detection.
    pub changes: u64,
}

/// Tasks that became ready under a channel's lock, to be queued after it is given back.
pub type Woken = *mut Task;

impl Channel {
    /// The text of a place in the program that no program text can be wrong about.
    pub fn site(&self) -> &'static str {
        self.site.as_str()
    }

    /// Puts a message behind the others. Under the lock, with a place free.
    ///
    /// # Safety
    /// `message` is an owned message of this channel's type; it is moved away.
    #[inline]
    pub unsafe fn put(&mut self, message: *const u8) {
        let mut at = self.head + self.len;
        if at >= self.cap {
            at -= self.cap;
        }
        // SAFETY: within the ring, in a place that holds nothing.
        unsafe { value::move_bytes(message, self.buffer.add(at * self.size), self.size) };
        self.len += 1;
        self.changes += 1;
    }

    /// Takes the first message. Under the lock, with one there.
    ///
    /// # Safety
    /// `to` has room for it.
    #[inline]
    pub unsafe fn take(&mut self, to: *mut u8) {
        // SAFETY: within the ring, in a place that holds a message.
        unsafe { value::move_bytes(self.buffer.add(self.head * self.size), to, self.size) };
        self.head += 1;
        if self.head == self.cap {
            self.head = 0;
        }
        self.len -= 1;
        self.changes += 1;
    }

    /// The messages in the ring. Under the lock.
    pub fn messages(&self) -> impl Iterator<Item = *mut u8> {
        // SAFETY: within the ring.
        (0..self.len).map(|index| unsafe { self.buffer.add((self.head + index) % self.cap * self.size) })
    }

    /// Hands a message to a waiting receiver that was taken from the queue. Under the lock.
    ///
    /// # Safety
    /// As for [`Channel::put`]; the caller may complete the waiter.
    #[inline]
    pub unsafe fn hand_to(&mut self, waiter: *mut Waiter, message: *const u8) -> Option<Woken> {
        // SAFETY: rule 2.
        unsafe {
            let task = (*waiter).task;
            let room = (*task).make_room(self.size);
            value::move_bytes(message, room, self.size);
            self.changes += 1;
            complete(task, Outcome::Passed)
        }
    }

    /// Takes the message of a waiting sender that was taken from the queue. Under the lock.
    ///
    /// # Safety
    /// `to` has room for it; the caller may complete the waiter.
    #[inline]
    pub unsafe fn take_from(&mut self, waiter: *mut Waiter, to: *mut u8) -> Option<Woken> {
        // SAFETY: rule 2.
        unsafe {
            let task = (*waiter).task;
            self.changes += 1;
            if (*waiter).is_select {
                // The select frees the buffer, but knows that the message of the chosen case is gone.
                value::move_bytes((*waiter.cast::<SelectWaiter>()).message, to, self.size);
            } else {
                value::move_bytes((*task).message(self.size), to, self.size);
                (*task).free_room(self.size);
            }
            complete(task, Outcome::Passed)
        }
    }

    /// Takes a message from a waiting sender, if there is one, into the place that has become free in the ring. Under the lock.
    ///
    /// # Safety
    /// There is a free place.
    #[inline]
    pub unsafe fn refill(&mut self) -> Option<Woken> {
        if self.senders.is_empty() {
            return None;
        }
        let waiter = self.senders.take()?;
        let at = (self.head + self.len) % self.cap;
        self.len += 1;
        // SAFETY: within the ring, in a place that holds nothing.
        unsafe { self.take_from(waiter, self.buffer.add(at * self.size)) }
    }
}

/// Completes a waiting task's operation. Under the lock of the channel.
///
/// # Safety
/// Rule 2.
#[inline]
pub unsafe fn complete(task: *mut Task, outcome: Outcome) -> Option<Woken> {
    // SAFETY: by the caller. Nothing of the task is touched after `complete`, unless it is ours.
    unsafe {
        (*task).outcome = outcome;
        if (*task).state.complete() { Some(task) } else { None }
    }
}

/// `make(chan T, …)`. One reference that sends and receives is the caller's.
///
/// # Safety
/// `ctx` is this worker's; `out` has room for the reference; `dead` is null or a channel of the same type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_make(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut *mut Channel,
    cap: i64,
    overflow: i64,
    rate_messages: i64,
    rate_ns: i64,
    burst: i64,
    redeliver: i64,
    dead: *mut Channel,
    site_owner: *mut u8,
    site_ptr: *const u8,
    site_len: i64,
) -> Status {
    let size = value::size_of_value(elem);
    if cap < 0 || (cap as u64).checked_mul(size.max(1) as u64).is_none_or(|bytes| bytes > 1 << 46) {
        return crash(ctx, "makechan: size out of range".into());
    }
    // `latest` keeps one message, whatever the capacity.
    let cap = if overflow == Options::LATEST { 1 } else { cap as usize };
    // The text is static unless it has an owner.
    let text = Text { ptr: site_ptr, len: site_len as u64 };
    let site = if site_owner.is_null() { text } else { keep_text(text) };
    let channel = Box::new(Channel {
        header: Header { count: AtomicI32::new(-1), kind: ObjectKind::Handle, desc: ptr::null() },
        ends: AtomicU64::new(super::ends::BOTH),
        lock: SpinLock::new(),
        closed: false,
        cap,
        head: 0,
        len: 0,
        buffer: if cap == 0 { ptr::null_mut() } else { value::buffer(cap * size) },
        size,
        elem,
        receivers: Queue::new(),
        senders: Queue::new(),
        // SAFETY: by the caller.
        options: unsafe { Options::new(overflow, rate_messages, rate_ns, burst, redeliver, dead) },
        site,
        changes: 0,
    });
    // SAFETY: by the caller.
    unsafe { out.write(Box::into_raw(channel)) };
    Status::Returned
}

fn keep_text(text: Text) -> Text {
    let kept: &'static str = Box::leak(text.as_str().to_owned().into_boxed_str());
    Text { ptr: kept.as_ptr(), len: kept.len() as u64 }
}

/// Frees a channel that nothing refers to any more.
///
/// # Safety
/// See above; so no task waits at it.
pub unsafe fn free(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        std::sync::atomic::fence(Ordering::Acquire);
        let channel = Box::from_raw(channel);
        for message in channel.messages() {
            value::release(channel.elem, message);
        }
        if channel.cap > 0 {
            value::free_buffer(channel.buffer, channel.cap * channel.size);
        }
        Options::free(channel.options, &channel);
    }
}

/// `len(ch)`.
///
/// # Safety
/// `channel` is a channel, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_len(channel: *mut Channel) -> i64 {
    // SAFETY: rule 3, rule 1.
    unsafe {
        let Some(channel) = channel.as_ref() else { return 0 };
        channel.lock.lock();
        let len = channel.len + Options::returned(channel.options);
        channel.lock.unlock();
        len as i64
    }
}

/// `cap(ch)`.
///
/// # Safety
/// `channel` is a channel, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_cap(channel: *mut Channel) -> i64 {
    // SAFETY: rule 3; it never changes.
    unsafe { channel.as_ref().map_or(0, |channel| channel.cap as i64) }
}
