//! What an end of a channel pattern is besides a queue: who else it is tied to.
//!
//! Every end is a [`Channel`], so that `select`, time limits, options, tracing and deadlock detection know one thing only. Some are more than their
//! queue:
//!
//! ```text
//!  pub, broadcast            sub, <-chan                 pair   pair           dealer     router
//!  ┌─────┐ sends  holds each ┌────────────┐            ┌───┐ outbox ┌───┐     ┌───┐outbox┌───┐
//!  │ hub │ ────────────────▶ │ subscriber │            │ a │ ─────▶ │ b │     │ d │ ───▶ │ r │
//!  └─────┘ ◀──────────────── └────────────┘            └───┘ ◀───── └───┘     └───┘ ◀─── └───┘
//!            keeps alive                                    outbox                peers
//! ```
//!
//! - [`hub`]: one to many. The messages are in the hub; its subscribers share its lock, so that publishing takes one lock.
//! - [`linked`]: ends whose sends go to another end's queue: `pair`, `dealer`, and the `router` that knows its dealers.
//! - [`names`]: `inproc://name`; [`make`]: how ends come about; [`timed`]: queues of package `time`.
//!
//! Rules, beside those of [`channel`](crate::channel):
//!
//! 4. What ties two ends is a counted reference: to send (an outbox, a hub's to a subscriber), or to receive (a subscriber's to its hub). It
//!    is given up when nobody can receive from the end that holds it any more ([`forsaken`]), or nobody can send to it ([`abandoned`]): so what
//!    refers to each other does not keep each other for ever.
//! 5. Ties are changed under the lock of the end that holds them, and each change counts as a change of its buffer, for deadlock detection.
//! 6. No reference is given up under a lock.

pub mod hub;
pub mod linked;
pub mod make;
pub mod names;
pub mod timed;

use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use parking_lot::Mutex;

use self::hub::{Hub, Subscriber};
use self::linked::{Dealer, PairEnd, Peer, Router};
use super::ends::{BOTH, RECEIVER, SENDER, give_up};
use super::object::Channel;
use crate::task::object::Task;
use crate::task::slab::runtime_of;
use crate::task::value::Stored;
use crate::task::worker::Worker;

/// What kind of end a channel is, to be known without a look at its role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A queue: also `push`, `pull`, `router`.
    Queue,
    Hub,
    Subscriber,
    /// Sends go to its outbox.
    Linked,
}

/// See the [module](self).
pub struct Role {
    pub part: Part,
    /// Others find it by a name.
    pub named: AtomicBool,
    /// Only its name refers to it, which stays for what was sent and not received.
    pub stays: AtomicBool,
    /// The end whose options are those of all was made.
    pub led: bool,
    /// What it holds was given up.
    pub forsaken: AtomicBool,
    /// Messages that were dropped under the lock, to be given up after it: [`settle`].
    pub trash: Trash,
}

pub enum Part {
    Queue,
    Hub(Box<Hub>),
    Subscriber(Subscriber),
    Pair(PairEnd),
    Router(Router),
    Dealer(Dealer),
    Peer(Peer),
    /// The task that sends to a queue of package `time`, which is cancelled when nobody can receive from it any more; or null. A counted reference.
    Timed(AtomicPtr<Task>),
}

/// Messages to be given up when no lock is held.
#[derive(Default)]
pub struct Trash {
    any: AtomicBool,
    messages: Mutex<Vec<Stored>>,
}

impl Trash {
    pub fn put(&self, message: Stored) {
        self.messages.lock().push(message);
        self.any.store(true, Ordering::Release);
    }
}

/// Who holds a tie: those who can send to the end, or those who can receive from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Senders,
    Receivers,
}

/// A counted reference from one end to another.
#[derive(Clone, Copy, Debug)]
pub struct Tie {
    pub side: Side,
    pub to: *mut Channel,
    /// 1 to send, 2 to receive.
    pub direction: u64,
}

impl Role {
    pub fn new(part: Part) -> *mut Role {
        Box::into_raw(Box::new(Role {
            part,
            named: AtomicBool::new(false),
            stays: AtomicBool::new(false),
            led: true,
            forsaken: AtomicBool::new(false),
            trash: Trash::default(),
        }))
    }
}

/// The role of a channel that has one.
///
/// # Safety
/// The channel is alive; its part is touched under its lock only.
#[inline]
pub unsafe fn role_of<'a>(channel: *const Channel) -> Option<&'a mut Role> {
    // SAFETY: by the caller.
    unsafe { (*channel).role.as_mut() }
}

/// Where what is sent to this end goes.
///
/// # Safety
/// The caller holds a reference to the end, which keeps its outbox.
#[inline]
pub unsafe fn target(channel: *mut Channel) -> *mut Channel {
    // SAFETY: by the caller.
    unsafe { if (*channel).kind == Kind::Linked { linked::outbox(channel) } else { channel } }
}

/// Whether it concerns an end with a role that its references go from `now` to `next`.
///
/// # Safety
/// The caller refers to it.
pub unsafe fn concerns(channel: *mut Channel, now: u64, next: u64) -> bool {
    // SAFETY: by the caller.
    let Some(role) = (unsafe { (*channel).role.as_ref() }) else { return false };
    let nobody_receives = now >= RECEIVER && next < RECEIVER && next != 0;
    let only_named = next == BOTH
        && role.named.load(Ordering::Acquire)
        && !role.stays.load(Ordering::Acquire)
        && !matches!(role.part, Part::Pair(_));
    nobody_receives && !role.forsaken.load(Ordering::Acquire) || only_named
}

/// It did: see [`concerns`].
///
/// # Safety
/// As for [`forsaken`]; the caller's reference receives.
pub unsafe fn some_gone(channel: *mut Channel, next: u64) {
    // SAFETY: by the caller.
    unsafe { if next == BOTH { names::last_gone(channel) } else { forsaken(channel) } }
}

/// Somebody who waited to send to this end does so no longer, and sent nothing.
///
/// # Safety
/// The caller keeps the channel alive, and holds no lock.
#[inline]
pub unsafe fn withdrawn(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        if (*channel).kind == Kind::Hub {
            hub::withdrawn(channel);
        }
    }
}

/// Nobody can receive from the end any more, but it may still be sent to: what it holds is given up.
///
/// # Safety
/// The caller keeps the channel alive, and holds no lock.
pub unsafe fn forsaken(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        let Some(role) = role_of(channel) else { return };
        if role.forsaken.swap(true, Ordering::AcqRel) {
            return;
        }
        match &mut role.part {
            Part::Subscriber(_) => hub::members::leave(channel),
            Part::Pair(_) => linked::part_pair(channel),
            Part::Dealer(_) => linked::part_dealer(channel),
            Part::Peer(peer) => linked::part_peer(peer),
            Part::Router(_) => linked::part_router(channel),
            Part::Timed(task) => timed::forsaken(task),
            Part::Queue | Part::Hub(_) => {}
        }
    }
}

/// Nobody can send to the end any more.
///
/// # Safety
/// As for [`forsaken`].
pub unsafe fn abandoned(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        if (*channel).kind == Kind::Hub {
            hub::members::abandoned(channel);
        }
    }
}

/// The end is being freed.
///
/// # Safety
/// Nothing refers to it any more.
pub unsafe fn freed(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        if (*channel).role.is_null() {
            return;
        }
        forsaken(channel);
        let role = Box::from_raw((*channel).role);
        (*channel).role = std::ptr::null_mut();
        match role.part {
            Part::Hub(hub) => hub.free((*channel).elem),
            Part::Subscriber(subscriber) => give_up(subscriber.hub, RECEIVER, 0),
            _ => {}
        }
    }
}

/// What the end holds. Under its lock.
///
/// # Safety
/// The channel is alive.
pub unsafe fn ties(channel: *mut Channel) -> Vec<Tie> {
    // SAFETY: by the caller.
    unsafe {
        let Some(role) = role_of(channel) else { return Vec::new() };
        match &role.part {
            Part::Queue | Part::Timed(_) => Vec::new(),
            Part::Hub(hub) => hub.ties(),
            Part::Subscriber(subscriber) => {
                vec![Tie { side: Side::Receivers, to: subscriber.hub, direction: 2 }]
            }
            Part::Pair(end) => end.ties(),
            Part::Router(router) => router.ties(),
            Part::Dealer(dealer) => dealer.ties(),
            Part::Peer(peer) => peer.ties(),
        }
    }
}

/// One reference more to the end that a tie leads to, so that it can be looked at later. Under the lock of who holds the tie.
///
/// # Safety
/// The tie is there.
pub unsafe fn keep(channel: *mut Channel) {
    // SAFETY: by the caller; given up by `let_go`.
    unsafe { (*channel).ends.add(SENDER) };
}

/// Ends [`keep`].
///
/// # Safety
/// `keep` was called.
pub unsafe fn let_go(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe { give_up(channel, SENDER, 0) }
}

/// Gives up the messages that were dropped, after the lock was given back.
///
/// # Safety
/// The caller keeps the channel alive, and holds no lock.
#[inline]
pub unsafe fn settle(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        match (*channel).kind {
            Kind::Queue | Kind::Linked => {}
            Kind::Hub => empty_trash(channel),
            // Only if it let others publish.
            Kind::Subscriber if (*channel).pumped => {
                (*channel).pumped = false;
                empty_trash(hub::hub_of(channel));
            }
            Kind::Subscriber => {}
        }
    }
}

unsafe fn empty_trash(hub: *mut Channel) {
    // SAFETY: by the caller; the field is behind a lock of its own.
    unsafe {
        let trash = &(*(*hub).role).trash;
        if trash.any.load(Ordering::Acquire) && trash.any.swap(false, Ordering::AcqRel) {
            let messages = std::mem::take(&mut *trash.messages.lock());
            drop(messages);
        }
    }
}

/// A task that was completed under a lock: queued behind the others.
pub fn ready(task: *mut Task) {
    match Worker::current() {
        Some(worker) => worker.push(task),
        None => runtime_of(task).ready(task),
    }
}
