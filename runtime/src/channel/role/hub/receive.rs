//! What a subscriber receives: the messages of its hub's log that it has not read yet.

use super::{Form, Member, Places, hub_part, pump, subscriber_part};
use crate::abi::layout::{Context, Slice, Status, TypeDesc};
use crate::channel::object::Channel;
use crate::channel::options::Options;
use crate::channel::recv::{self, Received};
use crate::channel::role::settle;
use crate::channel::straight;
use crate::pattern::fanout;
use crate::task::object::{Op, Task};
use crate::task::value;
use crate::task::worker::Worker;
use crate::trace::Kind as Trace;

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
            (*channel).leave_lock(worker);
            return recv::receive(ctx, out, channel, op);
        };
        (*channel).leave_lock(worker);
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
            settle(channel);
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
