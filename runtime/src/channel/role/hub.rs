//! `pub`/`sub` and `broadcast` in memory: the messages of [`Fanout`], and the tasks that wait for them.
//!
//! A hub's channel has no messages in its own buffer: a send is a publication, and senders that wait are those for whom a subscriber that blocks had no
//! room. A subscriber's channel has only its queue of waiting tasks, and shares the hub's lock.

use std::sync::atomic::Ordering;

use smallvec::SmallVec;

use super::{Kind, Part, Role, Side, Tie, Trash, ready, role_of};
use crate::abi::layout::{Context, Slice, Status, Text, TypeDesc};
use crate::channel::ends::{BOTH, RECEIVER, SENDER, give_up};
use crate::channel::object::{Channel, NewChannel, complete};
use crate::channel::options::Options;
use crate::channel::recv::{self, Received};
use crate::channel::send::Sent;
use crate::channel::straight;
use crate::channel::waiter::{SelectWaiter, Waiter};
use crate::pattern::fanout::{self, Fanout, Link, Policy, Settings, StillWaits};
use crate::pattern::topics::Topics;
use crate::task::object::{Op, Outcome, Task};
use crate::task::value::{self, Stored};
use crate::task::worker::Worker;
use crate::trace::Kind as Trace;

/// Room for a subscriber's messages unless `make` or `Subscribe` says otherwise: ZeroMQ's high-water mark.
const ROOM: i64 = 1000;

/// What subscribers get unless they ask for something else.
#[derive(Clone, Copy)]
pub struct Defaults {
    /// None: what the pattern has.
    pub cap: Option<i64>,
    pub overflow: i64,
    pub redeliver: i64,
    pub dead: *mut Channel,
}

/// What who reads a message needs to know of its hub.
#[derive(Clone, Copy)]
struct Form {
    hub: *mut Channel,
    size: usize,
    topics: bool,
    counted: bool,
}

/// The places of a group's messages.
pub struct Places {
    memory: *mut u8,
    bytes: usize,
    form: Form,
}

impl Places {
    fn new(count: u64, form: Form) -> Places {
        let bytes = count as usize * form.size;
        Places { memory: value::buffer(bytes), bytes, form }
    }

    #[inline]
    fn at(&self, place: u64) -> *mut u8 {
        // SAFETY: within the places.
        unsafe { self.memory.add(place as usize * self.form.size) }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        // SAFETY: as `new` made it; its messages were given up or moved.
        unsafe { value::free_buffer(self.memory, self.bytes) }
    }
}

/// A subscriber, as its hub knows it.
pub struct Member {
    channel: *mut Channel,
    /// The hub's reference to send to it was not given up yet.
    held: bool,
}

pub struct Hub {
    core: Fanout<Places, Member>,
    /// Messages are [topic, message]: `pub`.
    topics: bool,
    /// What is published holds counts besides its topic.
    counted: bool,
    pub defaults: Defaults,
}

pub struct Subscriber {
    pub hub: *mut Channel,
    member: usize,
    left: bool,
}

impl Hub {
    /// A hub of messages of this type; with topics, a struct whose first field is the topic.
    ///
    /// # Safety
    /// `elem` is a descriptor.
    pub unsafe fn new(elem: *const TypeDesc, topics: bool, defaults: Defaults) -> Hub {
        let counted = if topics {
            // SAFETY: a struct of two fields.
            unsafe { value::is_counted((*(*elem).fields.add(1)).ty) }
        } else {
            value::is_counted(elem)
        };
        if !defaults.dead.is_null() {
            // SAFETY: by the caller, a channel; given up in `free`.
            unsafe { crate::channel::ends::goo_chan_retain(defaults.dead, 1) };
        }
        Hub { core: Fanout::default(), topics, counted, defaults }
    }

    /// The publisher comes to a name after subscribers.
    pub fn set_defaults(&mut self, defaults: Defaults) {
        if !defaults.dead.is_null() {
            // SAFETY: a channel; given up in `free`.
            unsafe { crate::channel::ends::goo_chan_retain(defaults.dead, 1) };
        }
        self.defaults = defaults;
    }

    pub fn free(self, elem: *const TypeDesc) {
        for (places, place) in self.core.messages() {
            // SAFETY: a message that nobody reads any more.
            unsafe { value::release(elem, places.at(place)) };
        }
        // SAFETY: `new` retained it.
        unsafe { crate::channel::ends::goo_chan_release(self.defaults.dead, 1) };
    }

    pub fn ties(&self) -> Vec<Tie> {
        let held = self.core.members().filter(|member| member.held);
        held.map(|member| Tie { side: Side::Senders, to: member.channel, direction: 1 }).collect()
    }

    /// How many messages its subscribers have lost in all, those that have left among them.
    pub fn lost(&self) -> u64 {
        self.core.lost()
    }

    pub fn subscribers(&self) -> u64 {
        self.core.members().count() as u64
    }

    /// The messages that are there.
    pub fn messages(&self) -> Vec<*mut u8> {
        self.core.messages().map(|(places, place)| places.at(place)).collect()
    }

    /// `channel` is the hub's.
    unsafe fn form(&self, channel: *mut Channel) -> Form {
        // SAFETY: by the caller.
        Form { hub: channel, size: unsafe { (*channel).size }, topics: self.topics, counted: self.counted }
    }

    unsafe fn topic<'a>(&self, message: *const u8) -> &'a [u8] {
        if !self.topics {
            return &[];
        }
        // SAFETY: by the caller, a message, whose first field is a string.
        unsafe { bytes(&*message.cast::<Slice>()) }
    }
}

#[inline]
unsafe fn bytes<'a>(text: &Slice) -> &'a [u8] {
    if text.len == 0 {
        return &[];
    }
    // SAFETY: by the caller, a string.
    unsafe { std::slice::from_raw_parts(text.ptr, text.len as usize) }
}

#[inline]
unsafe fn hub_part<'a>(channel: *mut Channel) -> Option<&'a mut Hub> {
    // SAFETY: by the caller.
    match unsafe { &mut role_of(channel)?.part } {
        Part::Hub(hub) => Some(hub),
        _ => None,
    }
}

#[inline]
unsafe fn subscriber_part<'a>(channel: *mut Channel) -> Option<&'a mut Subscriber> {
    // SAFETY: by the caller.
    match unsafe { &mut role_of(channel)?.part } {
        Part::Subscriber(subscriber) => Some(subscriber),
        _ => None,
    }
}

/// The hub of a subscriber, which never changes.
///
/// # Safety
/// It is one.
pub unsafe fn hub_of(channel: *mut Channel) -> *mut Channel {
    // SAFETY: by the caller.
    unsafe { subscriber_part(channel).map_or(channel, |subscriber| subscriber.hub) }
}

/// One message on its way to many.
struct Delivery<'a> {
    elem: *const TypeDesc,
    size: usize,
    message: *const u8,
    /// Somebody has it: everybody else gets a count of their own.
    given: bool,
    /// Tasks that have it, to be woken when all have been served.
    handed: SmallVec<[*mut Task; 16]>,
    trash: &'a Trash,
}

impl Delivery<'_> {
    #[inline]
    unsafe fn give(&mut self, to: *mut u8) {
        // SAFETY: by the caller. Who has the value cannot give it up before this delivery is over: rule 1.
        unsafe {
            if std::mem::replace(&mut self.given, true) {
                value::retain(self.elem, self.message.cast_mut());
            }
            value::move_bytes(self.message, to, self.size);
        }
    }
}

impl Link<Places, Member> for Delivery<'_> {
    fn hand(&mut self, member: &Member) -> Option<StillWaits> {
        // SAFETY: the hub's lock, which is the subscriber's, is held; rule 2.
        unsafe {
            let subscriber = &mut *member.channel;
            let waiter = subscriber.receivers.take()?;
            let task = (*waiter).task;
            let room = (*task).make_room(self.size);
            self.give(room);
            subscriber.buffer.pass();
            self.handed.push(task);
            Some(StillWaits(!subscriber.receivers.is_empty()))
        }
    }

    fn put(&mut self, places: &Places, place: u64) {
        // SAFETY: a place that holds nothing.
        unsafe { self.give(places.at(place)) }
    }

    fn discard(&mut self, places: &Places, place: u64) {
        // SAFETY: a message, moved out.
        unsafe { self.trash.put(Stored::new(self.elem, places.at(place))) }
    }
}

/// A send to a hub. Under its lock.
///
/// # Safety
/// As for [`Channel::try_send`].
pub unsafe fn send(channel: &mut Channel, message: *mut u8) -> Sent {
    // Who waits comes first.
    if !channel.senders.is_empty() {
        return Sent::Full;
    }
    // SAFETY: by the caller.
    if unsafe { publish(channel, message) } { Sent::Passed(None) } else { Sent::Full }
}

/// Publishes a message, unless a subscriber that blocks has no room. Under the lock.
unsafe fn publish(channel: *mut Channel, message: *const u8) -> bool {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let (elem, size) = ((*channel).elem, (*channel).size);
        let trash = &(*(*channel).role).trash;
        let Some(hub) = hub_part(channel) else { return false };
        let topic = hub.topic(message);
        let mut delivery = Delivery { elem, size, message, given: false, handed: SmallVec::new(), trash };
        if hub.core.publish(topic, &mut delivery).is_err() {
            return false;
        }
        (*channel).buffer.pass();
        if !delivery.given {
            trash.put(Stored::new(elem, message));
        }
        if !delivery.handed.is_empty()
            && let Some(worker) = Worker::current()
        {
            worker.trace.count_parts(delivery.handed.len() as u64);
        }
        for task in delivery.handed {
            if let Some(task) = complete(task, Outcome::Passed) {
                ready(task);
            }
        }
        true
    }
}

/// A publisher that waited has given up: those behind it may be able to go on, whose messages others are to get.
///
/// # Safety
/// The caller refers to the channel, and holds no lock.
#[cold]
pub unsafe fn withdrawn(channel: *mut Channel) {
    // SAFETY: by the caller; rule 1.
    unsafe {
        (*channel).lock();
        pump(channel);
        (*channel).unlock();
        super::settle(channel);
    }
}

/// A subscriber made room: publishes what waits for that. Under the lock.
#[inline(never)]
unsafe fn pump(channel: *mut Channel) {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        loop {
            let waiter: *mut Waiter = (*channel).senders.first();
            if waiter.is_null() {
                return;
            }
            let task = (*waiter).task;
            let size = (*channel).size;
            let message = match (*waiter).is_select {
                true => (*waiter.cast::<SelectWaiter>()).message,
                false => (*task).message(size),
            };
            if !may_publish(channel, message) {
                return;
            }
            if !(*channel).senders.take_this(waiter) {
                continue;
            }
            let is_select = (*waiter).is_select;
            publish(channel, message);
            if !is_select {
                (*task).free_room(size);
            }
            if let Some(task) = complete(task, Outcome::Passed) {
                ready(task);
            }
        }
    }
}

unsafe fn may_publish(channel: *mut Channel, message: *const u8) -> bool {
    // SAFETY: by the caller.
    unsafe { hub_part(channel).is_some_and(|hub| hub.core.has_room(hub.topic(message))) }
}

/// Where a subscriber reads.
pub type Seat = fanout::Seat<Places, Member>;

/// A receive from a subscriber. Under its lock.
///
/// # Safety
/// As for [`Channel::try_recv`].
#[inline]
pub unsafe fn receive(channel: &mut Channel, to: *mut u8) -> Received {
    // SAFETY: by the caller; rule 1.
    unsafe {
        if !channel.options.is_null() && Options::take_returned(channel, to) {
            return Received::Message(None);
        }
        let Some(seat) = channel.seat else { return Received::Empty };
        if take(channel, seat, to) {
            return Received::Message(None);
        }
        if let Some(subscriber) = subscriber_part(channel)
            && let Some(hub) = hub_part(subscriber.hub)
        {
            hub.core.wait(subscriber.member);
        }
        if channel.closed { Received::Closed } else { Received::Empty }
    }
}

/// Takes the next message that was published, if there is one. Under the lock.
///
/// # Safety
/// As for [`receive`]; `seat` is the channel's.
#[inline(always)]
unsafe fn take(channel: &mut Channel, seat: Seat, to: *mut u8) -> bool {
    // SAFETY: by the caller; rule 1. The subscriber keeps its hub.
    unsafe {
        let Some((read, places)) = seat.read() else { return false };
        let (at, Form { hub, size, topics, counted }) = (places.at(read.place), places.form);
        value::move_bytes(at, to, size);
        if !read.last && (counted || topics && !(*at.cast::<Slice>()).owner.is_null()) {
            value::retain(channel.elem, to);
        }
        (*hub).buffer.pass();
        if read.last && !(*hub).senders.is_empty() {
            channel.pumped = true;
            pump(hub);
        }
        true
    }
}

/// `<-s`.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a subscriber, or null; `out` has room for a message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_sub_recv(
    ctx: *mut Context,
    _elem: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe { receive_straight(ctx, out, channel, Op::Recv) }
}

/// `v, ok := <-s` and `range s`: the tuple.
///
/// # Safety
/// As for [`goo_sub_recv`]; `out` has room for the tuple.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_sub_recv_ok(
    ctx: *mut Context,
    _tuple: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe { receive_straight(ctx, out, channel, Op::RecvOk) }
}

/// The [straight](crate::channel::straight) path is for a message that is there, and a subscriber without options.
/// Nothing is called on that path, so that it needs hardly any registers but those that are free anyway.
///
/// # Safety
/// As for [`goo_sub_recv`] or, by `op`, [`goo_sub_recv_ok`].
#[inline(always)]
unsafe fn receive_straight(ctx: *mut Context, out: *mut u8, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller; rules 1 and 3.
    unsafe {
        let task: *mut Task = (*ctx).task.cast();
        let worker = Worker::of(ctx);
        if channel.is_null() || !(*channel).straight || (*task).state.is_marked() {
            return recv::receive(ctx, out, channel, op);
        }
        if !(*channel).enter_lock(worker) {
            return receive_as_others(ctx, out, channel, op);
        }
        let Some(size) = (*channel).seat.and_then(|seat| take_simple(seat, out)) else {
            (*channel).leave_lock();
            return recv::receive(ctx, out, channel, op);
        };
        (*channel).leave_lock();
        worker.trace.record(task, Trace::Receive, channel);
        straight::received(out, size, op);
        Status::Returned
    }
}

/// The same, by a worker that does not own the lock.
#[inline(never)]
unsafe fn receive_as_others(ctx: *mut Context, out: *mut u8, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller; rules 1 and 3.
    unsafe {
        let worker = Worker::of(ctx);
        let subscriber = &mut *channel;
        if !subscriber.take_lock(worker) {
            return recv::receive(ctx, out, channel, op);
        }
        let taken = subscriber.seat.is_some_and(|seat| take(subscriber, seat, out));
        subscriber.unlock();
        if !taken {
            return recv::receive(ctx, out, channel, op);
        }
        worker.trace.record(worker.task(), Trace::Receive, channel);
        if subscriber.pumped {
            super::settle(channel);
        }
        straight::received(out, subscriber.size, op);
        Status::Returned
    }
}

/// [`take`], if it takes no call: the message is one word, with or without a topic, there is nothing to count, and it makes no room that a
/// publisher waits for. Gives its bytes. None: nothing has happened.
///
/// # Safety
/// As for [`take`].
#[inline(always)]
unsafe fn take_simple(seat: Seat, to: *mut u8) -> Option<usize> {
    const WORD: usize = 8;
    const WITH_TOPIC: usize = size_of::<Slice>() + WORD;
    // SAFETY: by the caller; rule 1. The subscriber keeps its hub.
    unsafe {
        let (next, reader, places) = seat.in_order()?;
        let form = &places.form;
        let (hub, size) = (form.hub, form.size);
        if form.counted || next.last && !(*hub).senders.is_empty() {
            return None;
        }
        // The message stays where it is as long as the lock is held, whoever has read it.
        if size == WORD {
            let at = places.memory.add(next.place as usize * WORD);
            next.read(reader);
            (*hub).buffer.pass();
            value::move_bytes(at, to, WORD);
        } else if size == WITH_TOPIC {
            let at = places.memory.add(next.place as usize * WITH_TOPIC);
            if form.topics && !(*at.cast::<Slice>()).owner.is_null() {
                return None;
            }
            next.read(reader);
            (*hub).buffer.pass();
            value::move_bytes(at, to, WITH_TOPIC);
        } else {
            return None;
        }
        Some(size)
    }
}

/// How many messages a subscriber has yet to receive, and has room for. Under its lock.
///
/// # Safety
/// It is one.
pub unsafe fn unread(channel: *mut Channel) -> (u64, u64) {
    // SAFETY: by the caller.
    unsafe {
        let Some(subscriber) = subscriber_part(channel) else { return (0, 0) };
        hub_part(subscriber.hub).map_or((0, 0), |hub| hub.core.unread(subscriber.member))
    }
}

/// How many messages a subscriber has lost. Under its lock.
///
/// # Safety
/// It is one.
pub unsafe fn dropped(channel: *mut Channel) -> u64 {
    // SAFETY: by the caller.
    unsafe {
        let Some(subscriber) = subscriber_part(channel) else { return 0 };
        hub_part(subscriber.hub).map_or(0, |hub| hub.core.dropped(subscriber.member))
    }
}

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
        super::settle(hub_channel);
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
        super::settle(channel);
    }
    Status::Returned
}
