//! Ends whose sends go to another end's queue: `pair`, and `dealer` and `router`.

use std::ptr;
use std::sync::atomic::Ordering;

use super::{Kind, Part, Role, Side, Tie, role_of};
use crate::abi::layout::{Context, Status, Text, TypeDesc};
use crate::channel::ends::{BOTH, RECEIVER, SENDER, give_up};
use crate::channel::object::{Channel, NewChannel};
use crate::channel::options::Options;
use crate::pattern::peers::Peers;
use crate::task::crash;

/// One of two: what it sends, the other one receives.
pub struct PairEnd {
    outbox: *mut Channel,
    /// The other end, until somebody asks for it; a reference to receive.
    unclaimed: *mut Channel,
}

/// Receives the letters of its dealers, and reaches each by its identity.
pub struct Router {
    peers: Peers<*mut Channel>,
    /// What dealers receive, and what is made of their queues.
    elem: *const TypeDesc,
    cap: i64,
    overflow: i64,
}

/// A dealer as its router has it: what is sent here goes to the dealer's own queue, whereas what is sent to the dealer's end goes to the router.
pub struct Peer {
    dealer: *mut Channel,
}

pub struct Dealer {
    router: *mut Channel,
    pub identity: i64,
}

impl PairEnd {
    pub fn ties(&self) -> Vec<Tie> {
        let out = Tie { side: Side::Receivers, to: self.outbox, direction: 1 };
        let other = Tie { side: Side::Receivers, to: self.unclaimed, direction: 2 };
        [out, other].into_iter().filter(|tie| !tie.to.is_null()).collect()
    }
}

impl Router {
    pub fn new(elem: *const TypeDesc, cap: i64, overflow: i64) -> Router {
        Router { peers: Peers::default(), elem, cap, overflow }
    }

    pub fn ties(&self) -> Vec<Tie> {
        self.peers.iter().map(|&to| Tie { side: Side::Receivers, to, direction: 1 }).collect()
    }

    pub fn dealers(&self) -> u64 {
        self.peers.iter().count() as u64
    }

    /// It is made after its dealers, which met at its name: what its `make` says holds for dealers from now on.
    pub fn set_options(&mut self, cap: i64, overflow: i64) {
        (self.cap, self.overflow) = (cap, overflow);
    }
}

impl Peer {
    pub fn ties(&self) -> Vec<Tie> {
        vec![Tie { side: Side::Senders, to: self.dealer, direction: 1 }]
    }
}

impl Dealer {
    pub fn ties(&self) -> Vec<Tie> {
        if self.router.is_null() {
            return Vec::new();
        }
        vec![Tie { side: Side::Receivers, to: self.router, direction: 1 }]
    }
}

/// Where what is sent to this end goes.
///
/// # Safety
/// It is a linked end that the caller refers to.
pub unsafe fn outbox(channel: *mut Channel) -> *mut Channel {
    // SAFETY: by the caller: the tie lasts as long as somebody can receive from the end.
    match unsafe { role_of(channel) }.map(|role| &role.part) {
        Some(Part::Pair(end)) => end.outbox,
        Some(Part::Dealer(dealer)) => dealer.router,
        Some(Part::Peer(peer)) => peer.dealer,
        _ => channel,
    }
}

fn link(channel: *mut Channel, part: Part) {
    // SAFETY: a new channel, which nobody has seen.
    unsafe {
        (*channel).kind = Kind::Linked;
        // Sends have a way of their own.
        (*channel).plain.store(false, Ordering::Relaxed);
        (*channel).role = Role::new(part);
    }
}

/// Two ends; the references to receive from them are the caller's.
pub fn new_pair(make: impl Fn() -> NewChannel) -> [*mut Channel; 2] {
    let (a, b) = (make().make(BOTH), make().make(BOTH));
    link(a, Part::Pair(PairEnd { outbox: b, unclaimed: ptr::null_mut() }));
    link(b, Part::Pair(PairEnd { outbox: a, unclaimed: ptr::null_mut() }));
    [a, b]
}

/// The one end keeps the other until somebody asks for it.
///
/// # Safety
/// Both were just made.
pub unsafe fn keep_other(channel: *mut Channel, other: *mut Channel) {
    // SAFETY: by the caller.
    if let Some(Role { part: Part::Pair(end), .. }) = unsafe { role_of(channel) } {
        end.unclaimed = other;
    }
}

/// `a.Pair()`; null if that was given out before.
unsafe fn claim_other(channel: *mut Channel) -> *mut Channel {
    // SAFETY: by the caller; rule 5.
    unsafe {
        (*channel).lock();
        let other = match role_of(channel).map(|role| &mut role.part) {
            Some(Part::Pair(end)) => std::mem::replace(&mut end.unclaimed, ptr::null_mut()),
            _ => ptr::null_mut(),
        };
        (*channel).buffer.pass();
        (*channel).unlock();
        other
    }
}

/// Nobody has this end any more: the other one is told.
///
/// # Safety
/// See [`super::forsaken`].
pub unsafe fn part_pair(channel: *mut Channel) {
    // SAFETY: by the caller; rules 4 to 6.
    unsafe {
        (*channel).lock();
        let (outbox, unclaimed) = match role_of(channel).map(|role| &mut role.part) {
            Some(Part::Pair(end)) => {
                let nobody = ptr::null_mut();
                (std::mem::replace(&mut end.outbox, nobody), std::mem::replace(&mut end.unclaimed, nobody))
            }
            _ => (ptr::null_mut(), ptr::null_mut()),
        };
        (*channel).buffer.pass();
        (*channel).unlock();
        super::names::pair_over(channel);
        if !unclaimed.is_null() {
            give_up(unclaimed, RECEIVER, 0);
        }
        if !outbox.is_null() {
            give_up(outbox, SENDER, 0);
        }
    }
}

/// A new dealer of a router; the reference to receive from it is the caller's.
///
/// # Safety
/// `channel` is a router that the caller refers to.
pub unsafe fn connect(channel: *mut Channel, site: Text) -> *mut Channel {
    // SAFETY: by the caller; rules 4 and 5.
    unsafe {
        (*channel).lock();
        let Some(Role { part: Part::Router(router), .. }) = role_of(channel) else {
            (*channel).unlock();
            return ptr::null_mut();
        };
        let options = Options::new(router.overflow, 0, 0, 0, 0, ptr::null_mut());
        let cap = Options::room(router.overflow, router.cap);
        let dealer = NewChannel { cap, elem: router.elem, options, site }.make(BOTH);
        let none = ptr::null_mut();
        let peer = NewChannel { cap: 0, elem: router.elem, options: none, site }.make(SENDER);
        link(peer, Part::Peer(Peer { dealer }));
        let identity = router.peers.connect(|_| peer);
        link(dealer, Part::Dealer(Dealer { router: channel, identity }));
        (*channel).ends.add(SENDER);
        (*channel).buffer.pass();
        (*channel).unlock();
        dealer
    }
}

/// Nobody has this dealer any more: its router forgets it.
///
/// # Safety
/// See [`super::forsaken`].
pub unsafe fn part_dealer(channel: *mut Channel) {
    // SAFETY: by the caller; rules 4 to 6.
    unsafe {
        (*channel).lock();
        let (router, identity) = match role_of(channel).map(|role| &mut role.part) {
            Some(Part::Dealer(dealer)) => {
                (std::mem::replace(&mut dealer.router, ptr::null_mut()), dealer.identity)
            }
            _ => (ptr::null_mut(), 0),
        };
        (*channel).buffer.pass();
        (*channel).unlock();
        if router.is_null() {
            return;
        }
        (*router).lock();
        let known = match role_of(router).map(|role| &mut role.part) {
            Some(Part::Router(router)) => router.peers.disconnect(identity),
            _ => None,
        };
        (*router).buffer.pass();
        (*router).unlock();
        if let Some(peer) = known {
            give_up(peer, SENDER, 0);
        }
        give_up(router, SENDER, 0);
    }
}

/// Nobody sends to the dealer by this way any more.
///
/// # Safety
/// See [`super::forsaken`].
pub unsafe fn part_peer(peer: &Peer) {
    // SAFETY: by the caller; rule 4.
    unsafe { give_up(peer.dealer, SENDER, 0) }
}

/// Nobody has this router any more: its dealers are told.
///
/// # Safety
/// See [`super::forsaken`].
pub unsafe fn part_router(channel: *mut Channel) {
    // SAFETY: by the caller; rules 4 to 6.
    unsafe {
        (*channel).lock();
        let peers = match role_of(channel).map(|role| &mut role.part) {
            Some(Part::Router(router)) => router.peers.take_all(),
            _ => Vec::new(),
        };
        (*channel).buffer.pass();
        (*channel).unlock();
        for peer in peers {
            give_up(peer, SENDER, 0);
        }
    }
}

/// `a.Pair()`, `r.Dealer()`: the other end.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a pair's end or a router; `out` has room for the reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_other_end(
    ctx: *mut Context,
    out: *mut *mut Channel,
    channel: *mut Channel,
    site_owner: *mut u8,
    site_ptr: *const u8,
    site_len: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if channel.is_null() {
            return crate::channel::no_channel(ctx);
        }
        let is_router = matches!(role_of(channel).map(|role| &role.part), Some(Part::Router(_)));
        let other = if is_router {
            connect(channel, crate::channel::object::site_text(site_owner, site_ptr, site_len))
        } else {
            claim_other(channel)
        };
        if other.is_null() {
            let site = (*channel).site();
            return crash(
                ctx,
                format!("the pair made at {site} has both its ends: a third one was asked for"),
            );
        }
        out.write(other);
    }
    Status::Returned
}

/// The identity by which its router knows a dealer.
///
/// # Safety
/// `channel` is a dealer, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_identity(channel: *mut Channel) -> i64 {
    if channel.is_null() {
        return 0;
    }
    // SAFETY: by the caller; it never changes.
    match unsafe { role_of(channel) }.map(|role| &role.part) {
        Some(Part::Dealer(dealer)) => dealer.identity,
        _ => 0,
    }
}

/// `router[peer]`: the queue of that dealer, with a reference to send that is the caller's. A peer that has gone has one that takes nothing.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a router; `elem` is what its dealers receive; `out` has room for the reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_peer(
    ctx: *mut Context,
    elem: *const TypeDesc,
    out: *mut *mut Channel,
    channel: *mut Channel,
    identity: i64,
) -> Status {
    // SAFETY: by the caller; rules 4 and 5.
    unsafe {
        if channel.is_null() {
            return crate::channel::no_channel(ctx);
        }
        (*channel).lock();
        let known = match role_of(channel).map(|role| &role.part) {
            Some(Part::Router(router)) => router.peers.get(identity).copied(),
            _ => None,
        };
        if let Some(peer) = known {
            (*peer).ends.add(SENDER);
            // A running task got hold of it: for deadlock detection.
            (*channel).buffer.pass();
        }
        (*channel).unlock();
        out.write(known.unwrap_or_else(|| {
            let options = Options::new(Options::GONE, 0, 0, 0, 0, ptr::null_mut());
            NewChannel { cap: 0, elem, options, site: (*channel).site }.make(SENDER)
        }));
    }
    Status::Returned
}
