//! How subscribers come to a hub, change what they want to hear, and leave.

use std::sync::atomic::Ordering;

use super::{Member, Places, ROOM, Subscriber, bytes, hub_part, pump, subscriber_part};
use crate::abi::layout::{Context, Slice, Status, Text};
use crate::channel::ends::{BOTH, RECEIVER, SENDER, give_up};
use crate::channel::object::{Channel, NewChannel};
use crate::channel::options::Options;
use crate::channel::role::{Kind, Part, Role, settle};
use crate::channel::waiter::Waiter;
use crate::pattern::fanout::{Policy, Settings};
use crate::pattern::topics::Topics;
use crate::task::value::{self, Stored};

/// The hub was closed: so are its subscribers. Under its lock. Gives the tasks that wait at them.
///
/// # Safety
/// It is a hub.
pub unsafe fn close(channel: *mut Channel) -> Vec<*mut Waiter> {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let mut waiters = Vec::new();
        let Some(hub) = hub_part(channel) else { return waiters };
        for member in hub.core.members() {
            (*member.channel).closed = true;
            waiters.extend((*member.channel).receivers.take_all(|_| true));
        }
        waiters
    }
}

/// Nobody can publish any more: the subscribers are abandoned, too.
///
/// # Safety
/// The caller keeps the hub, and holds no lock.
pub unsafe fn abandoned(channel: *mut Channel) {
    // SAFETY: by the caller; rules 4 to 6.
    unsafe {
        (*channel).lock();
        let mut held = Vec::new();
        if let Some(hub) = hub_part(channel) {
            for member in hub.core.members_mut() {
                if std::mem::take(&mut member.held) {
                    held.push(member.channel);
                }
            }
        }
        (*channel).buffer.pass();
        (*channel).unlock();
        for subscriber in held {
            give_up(subscriber, SENDER, 0);
        }
    }
}

/// Nobody can receive from the subscriber any more: it leaves its hub, which goes on without it.
///
/// # Safety
/// The caller keeps the subscriber, and holds no lock.
pub unsafe fn leave(channel: *mut Channel) {
    // SAFETY: by the caller; rules 4 to 6.
    unsafe {
        let Some(subscriber) = subscriber_part(channel) else { return };
        let hub_channel = subscriber.hub;
        (*hub_channel).lock();
        let mut held = false;
        if let Some(hub) = hub_part(hub_channel)
            && !std::mem::replace(&mut subscriber.left, true)
        {
            let elem = (*hub_channel).elem;
            let trash = &(*(*hub_channel).role).trash;
            let left = hub.core.leave(subscriber.member, |places, place| {
                trash.put(Stored::new(elem, places.at(place)));
            });
            held = left.is_some_and(|(member, _)| member.held);
            (*channel).seat = None;
            (*hub_channel).buffer.pass();
            // It may have been the slowest.
            pump(hub_channel);
        }
        (*hub_channel).unlock();
        settle(hub_channel);
        if held {
            give_up(channel, SENDER, 0);
        }
    }
}

/// A new subscriber, whose reference to receive is the caller's. It hears of what is published from now on.
///
/// # Safety
/// `channel` is a hub that the caller refers to.
pub unsafe fn subscribe(channel: *mut Channel, wanted: Settings, site: Text) -> *mut Channel {
    // SAFETY: by the caller; rules 4 and 5.
    unsafe {
        let elem = (*channel).elem;
        let defaults = match hub_part(channel) {
            Some(hub) => hub.defaults,
            None => return std::ptr::null_mut(),
        };
        let options = Options::new(Options::BLOCK, 0, 0, 0, defaults.redeliver, defaults.dead);
        let subscriber = NewChannel { cap: 0, elem, options, site }.make(BOTH);
        (*subscriber).kind = Kind::Subscriber;
        (*subscriber).plain.store(false, Ordering::Relaxed);
        (*subscriber).share_lock(&*channel);
        (*channel).ends.add(RECEIVER);
        (*channel).lock();
        let mut member = 0;
        if let Some(hub) = hub_part(channel) {
            let data = Member { channel: subscriber, held: true };
            let form = hub.form(channel);
            member = hub.core.join(wanted, data, |count| Places::new(count, form));
            (*subscriber).seat = Some(hub.core.seat(member));
        }
        // Under a drawn schedule all operations go the general way, where choices are made.
        (*subscriber).straight = (*subscriber).options.is_null() && !crate::schedule::on();
        (*subscriber).role = Role::new(Part::Subscriber(Subscriber { hub: channel, member, left: false }));
        (*subscriber).closed = (*channel).closed;
        (*channel).buffer.pass();
        (*channel).unlock();
        subscriber
    }
}

/// What a subscriber asked for, or the hub's defaults.
///
/// # Safety
/// `channel` is a hub; `topics` are strings.
pub unsafe fn settings(channel: *mut Channel, topics: &[Slice], cap: i64, overflow: i64) -> Settings {
    // SAFETY: by the caller; the defaults change under the lock.
    unsafe {
        (*channel).lock();
        let (defaults, with_topics) = match hub_part(channel) {
            Some(hub) => (Some(hub.defaults), hub.topics),
            None => (None, false),
        };
        (*channel).unlock();
        let (default_cap, default_overflow) =
            defaults.map_or((None, 0), |defaults| (defaults.cap, defaults.overflow));
        let overflow = if overflow < 0 { default_overflow } else { overflow };
        let policy = match overflow {
            Options::DROP_NEWEST => Policy::DropNewest,
            Options::DROP_OLDEST | Options::LATEST => Policy::DropOldest,
            _ => Policy::Block,
        };
        let room = default_cap.unwrap_or(if with_topics { ROOM } else { 1 });
        let cap = match (overflow, cap) {
            (Options::LATEST, _) => 1,
            (_, cap) if cap >= 0 => cap,
            _ => room,
        };
        let topics = match topics {
            [] => Topics::all(),
            topics => Topics::of(topics.iter().map(|topic| bytes(topic))),
        };
        Settings { topics, cap: cap.max(1) as u64, policy }
    }
}

/// `news.Subscribe("weather.", cap: 10, overflow: latest)`; -1 stands for what was not said.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a hub; the topics are strings; `out` has room for the reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_hub_subscribe(
    ctx: *mut Context,
    out: *mut *mut Channel,
    channel: *mut Channel,
    cap: i64,
    overflow: i64,
    _topics_owner: *mut u8,
    topics: *const Slice,
    count: i64,
    site_owner: *mut u8,
    site_ptr: *const u8,
    site_len: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if channel.is_null() {
            return crate::channel::no_channel(ctx);
        }
        let topics = if count == 0 { &[] } else { std::slice::from_raw_parts(topics, count as usize) };
        let wanted = settings(channel, topics, cap, overflow);
        let site = crate::channel::object::site_text(site_owner, site_ptr, site_len);
        out.write(subscribe(channel, wanted, site));
    }
    Status::Returned
}

/// `s.Subscribe(topics…)` (`add` is 1) and `s.Unsubscribe(topics…)`: what was published before stays.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a subscriber; the topics are strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_hub_change_topics(
    ctx: *mut Context,
    channel: *mut Channel,
    add: i64,
    _topics_owner: *mut u8,
    topics: *const Slice,
    count: i64,
) -> Status {
    // SAFETY: by the caller; rules 1 and 5.
    unsafe {
        if channel.is_null() {
            return crate::channel::no_channel(ctx);
        }
        let topics = if count == 0 { &[] } else { std::slice::from_raw_parts(topics, count as usize) };
        (*channel).lock();
        let (size, elem) = ((*channel).size, (*channel).elem);
        if let Some(subscriber) = subscriber_part(channel)
            && let Some(hub) = hub_part(subscriber.hub)
        {
            let change = |known: &mut Topics| {
                for topic in topics {
                    if add != 0 { known.add(bytes(topic)) } else { known.remove(bytes(topic)) }
                }
            };
            let copy = |old: &Places, read: crate::pattern::log::Read, from: u64, new: &Places, to: u64| {
                value::move_bytes(old.at(from), new.at(to), size);
                if !read.last {
                    value::retain(elem, new.at(to));
                }
            };
            let form = hub.form(subscriber.hub);
            hub.core.change_topics(subscriber.member, change, |count| Places::new(count, form), copy);
            (*subscriber.hub).buffer.pass();
            // It may be that a publication waited for this subscriber alone.
            pump(subscriber.hub);
        }
        (*channel).pumped = true;
        (*channel).unlock();
        settle(channel);
    }
    Status::Returned
}
