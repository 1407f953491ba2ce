//! The channel object: `make`, `len`, `cap`, its ring of messages.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::buffer::Buffer;
use super::options::Options;
use super::role::hub::receive::Seat;
use super::role::{Kind, Role};
use super::waiter::{Queue, SelectWaiter, Waiter};
use crate::abi::layout::{Context, Header, ObjectKind, Status, Text, TypeDesc};
use crate::protocol::bias::{BiasedLock, Look};
use crate::protocol::ends::Ends;
use crate::task::object::{Outcome, Task};
use crate::task::worker::Worker;
use crate::task::{crash, value};
use crate::value::heap;

/// See the [module](super).
#[repr(C)]
pub struct Channel {
    /// The count is not used: see `ends`.
    pub header: Header,
    /// How many references can send (low half) and receive (high half).
    pub ends: Ends,
    lock: BiasedLock,
    /// The lock that is taken: its own, or that of the hub whose subscriber it is.
    lock_at: *const BiasedLock,
    pub closed: bool,
    /// For one reply, which one receiver takes.
    pub once: bool,
    /// That reply was given: nobody waits any more.
    answered: AtomicBool,
    pub kind: Kind,
    /// Of a subscriber: what it received let somebody publish.
    pub pumped: bool,
    /// Open, and without options: the straight path may be taken.
    pub plain: AtomicBool,
    /// A subscriber whose messages may be received on a straight path.
    pub straight: bool,
    pub buffer: Buffer,
    pub receivers: Queue,
    pub senders: Queue,
    /// Bytes of a message.
    pub size: usize,
    pub elem: *const TypeDesc,
    /// Null for a channel without options.
    pub options: *mut Options,
    /// What it is besides a queue; null for a plain channel.
    pub role: *mut Role,
    /// Where a subscriber reads.
    pub seat: Option<Seat>,
    /// Where it was made: `main.goo:12`.
    pub site: Text,
}

/// Tasks that became ready under a channel's lock, to be queued after it is given back.
pub type Woken = *mut Task;

impl Channel {
    /// The text of a place in the program that no program text can be wrong about.
    pub fn site(&self) -> &'static str {
        self.site.as_str()
    }

    #[inline]
    fn lock_taken(&self) -> &BiasedLock {
        // SAFETY: its own, or that of its hub, which it keeps.
        unsafe { &*self.lock_at }
    }

    /// Tells channels that share a lock: two of them cannot both be locked.
    pub fn lock_address(&self) -> usize {
        self.lock_at.addr()
    }

    /// Before anybody sees it: the other one's lock is its own, too.
    pub fn share_lock(&mut self, other: &Channel) {
        self.lock_at = other.lock_at;
    }

    /// It is for one reply again, which nobody has given. By who alone refers to it.
    pub fn renew(&mut self) {
        self.answered.store(false, Ordering::Relaxed);
        self.ends = Ends::new(super::ends::BOTH);
    }

    /// A message was sent. Under the lock.
    #[inline]
    pub fn note_answer(&self) {
        if self.once {
            self.answered.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it is for one reply, and that was given. Not to know of one that was given just now does no harm.
    #[inline]
    pub fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Gives a queue that was made without capacity and options what others asked for, if it is not in use yet. Under the lock.
    pub fn enlarge(&mut self, cap: usize, options: *mut Options) {
        let fresh = self.buffer.cap() == 0 && self.options.is_null() && self.senders.is_empty();
        if !fresh {
            // SAFETY: nobody has seen them.
            unsafe { Options::free(options, self) };
            return;
        }
        if cap > 0 {
            self.buffer.enlarge(cap);
        }
        if !options.is_null() {
            self.plain.store(false, Ordering::Release);
            self.options = options;
        }
    }

    /// Takes the lock.
    #[inline]
    pub fn lock(&self) {
        self.lock_taken().lock(Worker::current().map(|worker| &worker.owner));
    }

    /// Takes the lock if that takes no waiting. `worker` is this thread's.
    #[inline]
    #[must_use]
    pub fn take_lock(&self, worker: &'static Worker) -> bool {
        self.lock_taken().take(&worker.owner)
    }

    /// Takes the lock if it is that worker's own.
    #[inline(always)]
    #[must_use]
    pub fn enter_lock(&self, worker: &'static Worker) -> bool {
        self.lock_taken().enter(&worker.owner)
    }

    /// Ends [`Channel::enter_lock`].
    #[inline(always)]
    pub fn leave_lock(&self, worker: &'static Worker) {
        self.lock_taken().leave(&worker.owner);
    }

    /// By who has the lock.
    #[inline]
    pub fn unlock(&self) {
        self.lock_taken().unlock();
    }

    /// A look without the lock: false means that there was a moment at which nothing could be received.
    ///
    /// In this order: a message that is there is not overlooked, since while the ring is empty no sender waits, and what is open was so before.
    #[inline]
    pub fn may_receive(&self) -> bool {
        !self.senders.is_empty() || self.buffer.may_hold() || !self.plain.load(Ordering::Acquire)
    }

    /// A look without the lock: false means that there was a moment at which nothing could be sent.
    #[inline]
    pub fn may_send(&self) -> bool {
        !self.receivers.is_empty() || self.buffer.may_have_room() || !self.plain.load(Ordering::Acquire)
    }

    /// Takes the lock for a look from outside.
    pub fn look(&self) -> Look {
        self.lock_taken().look()
    }

    /// The same, if nobody has it.
    #[must_use]
    pub fn try_look(&self) -> Option<Look> {
        self.lock_taken().try_look()
    }

    /// Ends [`Channel::look`].
    pub fn looked(&self, look: Look) {
        self.lock_taken().looked(look);
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
            self.buffer.pass();
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

    /// Takes the first message, and that of a waiting sender, if there is one, into the place that becomes free. Under the lock,
    /// with a message there.
    ///
    /// # Safety
    /// `to` has room for it.
    #[inline]
    pub unsafe fn take_and_refill(&mut self, to: *mut u8) -> Option<Woken> {
        // SAFETY: by the caller; the sender's message goes where the first one was.
        unsafe {
            self.buffer.take(to);
            if self.senders.is_empty() {
                return None;
            }
            let waiter = self.senders.take()?;
            let place = self.buffer.next_place();
            self.take_from(waiter, place)
        }
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
    if too_large(cap, elem) {
        return crash(ctx, "makechan: size out of range".into());
    }
    if let Some(wrong) = Options::out_of_range([rate_messages, rate_ns], burst, redeliver) {
        return crash(ctx, wrong);
    }
    let cap = Options::room(overflow, cap);
    let site = site_text(site_owner, site_ptr, site_len);
    // SAFETY: by the caller.
    unsafe {
        let options = Options::new(overflow, rate_messages, rate_ns, burst, redeliver, dead);
        out.write(NewChannel { cap, elem, options, site }.make(super::ends::BOTH));
    }
    Status::Returned
}

/// Whether a queue of so many messages of this type is out of the question.
pub fn too_large(cap: i64, elem: *const TypeDesc) -> bool {
    let size = value::size_of_value(elem).max(1) as u64;
    cap < 0 || (cap as u64).checked_mul(size).is_none_or(|bytes| bytes > 1 << 46)
}

/// What a channel is made of.
pub struct NewChannel {
    pub cap: usize,
    pub elem: *const TypeDesc,
    pub options: *mut Options,
    pub site: Text,
}

impl NewChannel {
    /// The channel, with so many references (as [`Channel::ends`] counts them).
    pub fn make(self, ends: u64) -> *mut Channel {
        let NewChannel { cap, elem, options, site } = self;
        let size = value::size_of_value(elem);
        let channel = heap::block(size_of::<Channel>()).cast::<Channel>();
        let made = Channel {
            header: Header { count: AtomicI32::new(-1), kind: ObjectKind::Handle, desc: ptr::null() },
            ends: Ends::new(ends),
            lock: BiasedLock::new(),
            lock_at: ptr::null(),
            closed: false,
            once: false,
            answered: AtomicBool::new(false),
            kind: Kind::Queue,
            pumped: false,
            straight: false,
            // Under a drawn schedule all operations go the general way, where choices are made.
            plain: AtomicBool::new(options.is_null() && !crate::schedule::on()),
            buffer: Buffer::new(cap, size),
            receivers: Queue::new(),
            senders: Queue::new(),
            size,
            elem,
            options,
            role: ptr::null_mut(),
            seat: None,
            site,
        };
        // SAFETY: fresh memory with room for it; it stays where it is now.
        unsafe {
            channel.write(made);
            (*channel).lock_at = &raw const (*channel).lock;
            (*channel).buffer.settle();
        }
        channel
    }
}

/// The text of a place in the program, which is static unless it has an owner.
pub fn site_text(owner: *mut u8, ptr: *const u8, len: i64) -> Text {
    let text = Text { ptr, len: len as u64 };
    if owner.is_null() { text } else { keep_text(text) }
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
        if (*channel).once && super::reply::keep(channel) {
            return;
        }
        super::role::freed(channel);
        for message in (*channel).buffer.messages() {
            value::release((*channel).elem, message);
        }
        (*channel).buffer.free();
        Options::free((*channel).options, &*channel);
        std::ptr::drop_in_place(channel);
        heap::free_block(channel.cast(), size_of::<Channel>());
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
        channel.lock();
        let queued = match channel.kind {
            Kind::Subscriber => super::role::hub::receive::unread(ptr::from_ref(channel).cast_mut()).0,
            _ => channel.buffer.len(),
        };
        let len = queued as usize + Options::returned(channel.options);
        channel.unlock();
        len as i64
    }
}

/// `cap(ch)`.
///
/// # Safety
/// `channel` is a channel, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_cap(channel: *mut Channel) -> i64 {
    // SAFETY: rule 3.
    unsafe {
        let Some(channel) = channel.as_ref() else { return 0 };
        if channel.kind != Kind::Subscriber {
            return channel.buffer.cap() as i64;
        }
        channel.lock();
        let (_, room) = super::role::hub::receive::unread(ptr::from_ref(channel).cast_mut());
        channel.unlock();
        room as i64
    }
}
