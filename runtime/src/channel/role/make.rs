//! `make(pub chan T, …)` and the like, with a name or without.

use std::sync::atomic::Ordering;

use super::hub::{Defaults, Hub};
use super::linked::{self, Router};
use super::names::{self, Found, Meeting, Wanted};
use super::{Kind, Part, Role, role_of};
use crate::abi::layout::{Context, Slice, Status, Text, TypeDesc};
use crate::channel::ends::{BOTH, RECEIVER, SENDER, give_up};
use crate::channel::object::{Channel, NewChannel, site_text, too_large};
use crate::channel::options::Options;
use crate::task::crash;

/// Which end is made, as the compiler numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i64)]
pub enum End {
    Push = 0,
    Pull,
    Pub,
    Sub,
    Broadcast,
    /// Of a broadcast.
    Receiver,
    Pair,
    Dealer,
    Router,
    Req,
    Rep,
}

impl End {
    pub const ALL: [End; 11] = [
        End::Push,
        End::Pull,
        End::Pub,
        End::Sub,
        End::Broadcast,
        End::Receiver,
        End::Pair,
        End::Dealer,
        End::Router,
        End::Req,
        End::Rep,
    ];

    fn meeting(self) -> Meeting {
        match self {
            End::Push | End::Pull => Meeting::Queue,
            End::Pub | End::Sub => Meeting::Topics,
            End::Broadcast | End::Receiver => Meeting::Broadcast,
            End::Pair => Meeting::Pair,
            End::Dealer | End::Router => Meeting::Router,
            End::Req | End::Rep => Meeting::Requests,
        }
    }

    /// Whether its options are those of what all share.
    fn leads(self) -> bool {
        matches!(self, End::Push | End::Pub | End::Broadcast | End::Pair | End::Router | End::Req)
    }
}

/// What `make` was given. Numbers that were not said are -1.
struct Given {
    message: *const TypeDesc,
    /// What a dealer receives.
    other: *const TypeDesc,
    cap: i64,
    overflow: i64,
    rate: [i64; 2],
    burst: i64,
    redeliver: i64,
    dead: *mut Channel,
    site: Text,
}

impl Given {
    /// The same for what is shared, when the end that is made does not say what that is like.
    fn unsaid(&self) -> Given {
        Given {
            cap: -1,
            overflow: -1,
            rate: [0, 0],
            burst: 0,
            redeliver: 0,
            dead: std::ptr::null_mut(),
            ..*self
        }
    }

    fn queue_cap(&self) -> usize {
        Options::room(self.overflow, self.cap)
    }

    fn queue_options(&self) -> *mut Options {
        let overflow = self.overflow.max(Options::BLOCK);
        // SAFETY: `dead` is null or a channel.
        unsafe { Options::new(overflow, self.rate[0], self.rate[1], self.burst, self.redeliver, self.dead) }
    }

    fn queue(&self, elem: *const TypeDesc) -> NewChannel {
        NewChannel { cap: self.queue_cap(), elem, options: self.queue_options(), site: self.site }
    }

    fn defaults(&self, end: End) -> Defaults {
        let lossy = matches!(end, End::Pub | End::Sub);
        let usual = if lossy { Options::DROP_OLDEST } else { Options::BLOCK };
        Defaults {
            cap: (self.cap >= 0).then_some(self.cap),
            overflow: if self.overflow < 0 { usual } else { self.overflow },
            redeliver: self.redeliver,
            dead: self.dead,
        }
    }

    /// What several ends share, without references.
    fn shared(&self, end: End) -> *mut Channel {
        match end.meeting() {
            Meeting::Topics | Meeting::Broadcast => self.hub(end),
            Meeting::Router => {
                let router = self.queue(self.message).make(0);
                let part =
                    Router::new(self.other, self.queue_cap() as i64, self.overflow.max(Options::BLOCK));
                // SAFETY: just made.
                unsafe { (*router).role = Role::new(Part::Router(part)) };
                router
            }
            Meeting::Queue | Meeting::Requests | Meeting::Pair => {
                let queue = self.queue(self.message).make(0);
                // SAFETY: just made.
                unsafe { (*queue).role = Role::new(Part::Queue) };
                queue
            }
        }
    }

    fn hub(&self, end: End) -> *mut Channel {
        // SAFETY: `dead` is null or a channel. Subscribers have the other options.
        unsafe {
            let options =
                Options::new(Options::BLOCK, self.rate[0], self.rate[1], self.burst, 0, std::ptr::null_mut());
            let channel = NewChannel { cap: 0, elem: self.message, options, site: self.site }.make(0);
            let hub = Hub::new(self.message, end.meeting() == Meeting::Topics, self.defaults(end));
            (*channel).kind = Kind::Hub;
            (*channel).plain.store(false, Ordering::Relaxed);
            (*channel).role = Role::new(Part::Hub(Box::new(hub)));
            channel
        }
    }

    fn pair(&self) -> [*mut Channel; 2] {
        linked::new_pair(|| self.queue(self.message))
    }

    /// The end that says what is shared came after others, which are there already.
    unsafe fn lead(&self, channel: *mut Channel, end: End) {
        // SAFETY: by the caller, what ends like this one share.
        unsafe {
            (*channel).lock();
            let Some(role) = role_of(channel) else { return (*channel).unlock() };
            if !std::mem::replace(&mut role.led, true) {
                match &mut role.part {
                    Part::Hub(hub) => hub.set_defaults(self.defaults(end)),
                    part => {
                        if let Part::Router(router) = part {
                            let cap = self.queue_cap() as i64;
                            router.set_options(cap, self.overflow.max(Options::BLOCK));
                        }
                        (*channel).enlarge(self.queue_cap(), self.queue_options());
                    }
                }
            }
            (*channel).unlock();
        }
    }
}

/// Makes an end; with a name (not empty), one that others meet.
///
/// # Safety
/// `ctx` is this worker's; `message` and `other` are the types of its messages; `dead` is null or a channel; texts are strings, `topics` are
/// strings; `out` has room for the reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_pattern_make(
    ctx: *mut Context,
    message: *const TypeDesc,
    other: *const TypeDesc,
    out: *mut *mut Channel,
    end: i64,
    cap: i64,
    overflow: i64,
    rate_messages: i64,
    rate_ns: i64,
    burst: i64,
    redeliver: i64,
    dead: *mut Channel,
    _address_owner: *mut u8,
    address: *const u8,
    address_len: i64,
    _topics_owner: *mut u8,
    topics: *const Slice,
    topic_count: i64,
    site_owner: *mut u8,
    site_ptr: *const u8,
    site_len: i64,
) -> Status {
    let end = End::ALL[end as usize];
    if cap >= 0 && too_large(cap, message) {
        return crash(ctx, "makechan: size out of range".into());
    }
    if let Some(wrong) = Options::out_of_range([rate_messages, rate_ns], burst, redeliver) {
        return crash(ctx, wrong);
    }
    let site = site_text(site_owner, site_ptr, site_len);
    let rate = [rate_messages, rate_ns];
    let given = Given { message, other, cap, overflow, rate, burst, redeliver, dead, site };
    // SAFETY: by the caller.
    unsafe {
        let topics =
            if topic_count == 0 { &[] } else { std::slice::from_raw_parts(topics, topic_count as usize) };
        let made = if address_len == 0 {
            Ok(alone(&given, end))
        } else {
            let bytes = std::slice::from_raw_parts(address, address_len as usize);
            meet(&given, end, &String::from_utf8_lossy(bytes), topics)
        };
        match made {
            Ok(channel) => out.write(channel),
            Err(message) => return crash(ctx, message),
        }
    }
    Status::Returned
}

/// An end that leads.
unsafe fn alone(given: &Given, end: End) -> *mut Channel {
    if end == End::Pair {
        let [first, other] = given.pair();
        // SAFETY: just made.
        unsafe { linked::keep_other(first, other) };
        return first;
    }
    let channel = given.shared(end);
    let ends = if matches!(end, End::Pub | End::Broadcast) { SENDER } else { BOTH };
    // SAFETY: just made.
    unsafe { (*channel).ends.add(ends) };
    channel
}

unsafe fn meet(given: &Given, end: End, address: &str, topics: &[Slice]) -> Result<*mut Channel, String> {
    let Some(name) = address.strip_prefix("inproc://").filter(|name| !name.is_empty()) else {
        return Err(format!(
            "`{address}` is not an address that this version has: it connects ends by `inproc://name` only"
        ));
    };
    // SAFETY: descriptors are static; the references that are taken are the caller's.
    unsafe {
        let desc = &*given.message;
        let written = match end.meeting() {
            Meeting::Router => &*given.other,
            // The message of a topic stands behind it.
            Meeting::Topics => &*(*desc.fields.add(1)).ty,
            _ => desc,
        };
        let wanted = Wanted {
            name,
            meeting: end.meeting(),
            id: desc.id,
            type_name: written.name.as_str(),
            site: given.site.as_str(),
        };
        if end == End::Pair {
            return names::meet_pair(&wanted, || given.pair());
        }
        // What the end counts as; a subscriber or dealer only holds what is shared until it is tied to it.
        let ends = match end {
            End::Push | End::Router | End::Req => BOTH,
            End::Pub | End::Broadcast => SENDER,
            End::Pull | End::Sub | End::Receiver | End::Dealer | End::Pair | End::Rep => RECEIVER,
        };
        let take = |found: &Found| {
            let (Found::Known(channel) | Found::Made(channel)) = found;
            (**channel).ends.add(ends);
        };
        let make = || {
            let channel = if end.leads() { given.shared(end) } else { given.unsaid().shared(end) };
            if let Some(role) = role_of(channel) {
                role.led = end.leads();
            }
            channel
        };
        let shared = match names::meet(&wanted, make, take)? {
            Found::Made(channel) => channel,
            Found::Known(channel) => {
                if end.leads() {
                    given.lead(channel, end);
                }
                channel
            }
        };
        let made = match end {
            End::Sub | End::Receiver => {
                let settings = super::hub::members::settings(shared, topics, given.cap, given.overflow);
                super::hub::members::subscribe(shared, settings, given.site)
            }
            End::Dealer => linked::connect(shared, given.site),
            _ => return Ok(shared),
        };
        give_up(shared, RECEIVER, 0);
        Ok(made)
    }
}
