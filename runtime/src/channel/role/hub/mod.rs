//! `pub`/`sub` and `broadcast` in memory: the messages of [`Fanout`], and the tasks that wait for them.
//!
//! A hub's channel has no messages in its own buffer: a send is a publication, and senders that wait are those for whom a subscriber that blocks had no
//! room. A subscriber's channel has only its queue of waiting tasks, and shares the hub's lock.
//!
//! Here is what a hub is, and how it publishes; [`receive`] is what a subscriber does, [`members`] how subscribers come and go.

pub mod members;
pub mod receive;

use smallvec::SmallVec;

use super::{Part, Side, Tie, Trash, ready, role_of, settle};
use crate::abi::layout::{Slice, TypeDesc};
use crate::channel::object::{Channel, complete};
use crate::channel::send::Sent;
use crate::channel::waiter::{SelectWaiter, Waiter};
use crate::pattern::fanout::{Fanout, Link, StillWaits};
use crate::task::object::{Outcome, Task};
use crate::task::value::{self, Stored};
use crate::task::worker::Worker;

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

impl Defaults {
    /// The same, for a hub, which refers to the channel of dead messages until [`Hub::free`].
    fn held(self) -> Defaults {
        if !self.dead.is_null() {
            // SAFETY: a channel, which whoever made these refers to.
            unsafe { crate::channel::ends::goo_chan_retain(self.dead, 1) };
        }
        self
    }
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
        Hub { core: Fanout::default(), topics, counted, defaults: defaults.held() }
    }

    /// The publisher comes to a name after subscribers, who found no defaults.
    pub fn set_defaults(&mut self, defaults: Defaults) {
        self.defaults = defaults.held();
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
        settle(channel);
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
