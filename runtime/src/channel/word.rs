//! Messages of one word that hold no counts: `chan int` and its like, on the straight path.
//!
//! Where nothing is out of the ordinary (the lock is free, the channel is open and has no options, no `select` is concerned, the task is not
//! cancelled), sending and receiving are a few dozen instructions without a call, which need no stack. Everything else
//! goes the general way, from its beginning: nothing has happened yet when that is decided.

use std::sync::atomic::Ordering;

use super::object::Channel;
use super::recv::{goo_chan_recv, goo_chan_recv_ok};
use super::send::goo_chan_send;
use super::waiter::Waiter;
use crate::abi::layout::{Context, Status};
use crate::task::object::{Op, Outcome, Task};
use crate::task::worker::Worker;
use crate::trace::Kind;

/// `ch <- word`.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel of words without counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_send_word(ctx: *mut Context, channel: *mut Channel, word: u64) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        if !begin(ctx, channel) {
            return send_otherwise(ctx, channel, word);
        }
        let worker = Worker::of(ctx);
        let channel = &mut *channel;
        let waiter = channel.receivers.first();
        if waiter.is_null() {
            worker.trace.record(worker.task(), Kind::Send, channel);
            if channel.buffer.is_full() {
                let task = worker.task();
                (*task).slot[0] = word;
                (*task).begin(Op::Send);
                (*task).waiter.chan = channel;
                channel.senders.push(&raw mut (*task).waiter);
                channel.unlock();
                return Status::Suspended;
            }
            channel.buffer.put_word(word);
            channel.unlock();
            return Status::Returned;
        }
        if (*waiter).is_select {
            channel.unlock();
            return send_otherwise(ctx, channel, word);
        }
        worker.trace.record(worker.task(), Kind::Send, channel);
        channel.receivers.take_first(waiter);
        channel.buffer.pass();
        (*(*waiter).task).slot[0] = word;
        complete(worker, channel, waiter);
        Status::Returned
    }
}

/// `<-ch`.
///
/// # Safety
/// As for [`goo_chan_send_word`]; `out` has room for the word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_recv_word(
    ctx: *mut Context,
    out: *mut u64,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe { receive(ctx, out, channel, Op::Recv) }
}

/// `v, ok := <-ch` and `range ch`: the tuple.
///
/// # Safety
/// As for [`goo_chan_recv_word`]; `out` has room for the tuple.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_recv_word_ok(
    ctx: *mut Context,
    out: *mut u64,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe { receive(ctx, out, channel, Op::RecvOk) }
}

#[inline(always)]
unsafe fn receive(ctx: *mut Context, out: *mut u64, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        if !begin(ctx, channel) {
            return receive_otherwise(ctx, out, channel, op);
        }
        let worker = Worker::of(ctx);
        let channel = &mut *channel;
        let waiter = channel.senders.first();
        if waiter.is_null() {
            if !channel.buffer.is_empty() {
                worker.trace.record(worker.task(), Kind::Receive, channel);
                let word = channel.buffer.take_word();
                channel.unlock();
                received(out, word, op);
                return Status::Returned;
            }
            if !channel.has_senders() {
                channel.unlock();
                return receive_otherwise(ctx, out, channel, op);
            }
            worker.trace.record(worker.task(), Kind::Receive, channel);
            super::recv::wait(worker, channel, op);
            channel.unlock();
            return Status::Suspended;
        }
        if (*waiter).is_select {
            channel.unlock();
            return receive_otherwise(ctx, out, channel, op);
        }
        worker.trace.record(worker.task(), Kind::Receive, channel);
        channel.senders.take_first(waiter);
        let mut word = (*(*waiter).task).slot[0];
        if channel.buffer.is_empty() {
            channel.buffer.pass();
        } else {
            // The ring is full, or nobody would wait: the message goes into the place that becomes free.
            let first = channel.buffer.take_word();
            channel.buffer.put_word(word);
            word = first;
        }
        complete(worker, channel, waiter);
        received(out, word, op);
        Status::Returned
    }
}

/// Takes the lock if the straight path may be taken.
#[inline(always)]
unsafe fn begin(ctx: *mut Context, channel: *mut Channel) -> bool {
    // SAFETY: by the caller.
    unsafe {
        let task: *mut Task = (*ctx).task.cast();
        if channel.is_null() || (*task).state.is_marked() || !(*channel).take_lock(Worker::of(ctx)) {
            return false;
        }
        if !(*channel).plain.load(Ordering::Relaxed) {
            (*channel).unlock();
            return false;
        }
        true
    }
}

/// Completes the operation of a waiter that was taken out of its queue, and gives the lock back.
#[inline(always)]
unsafe fn complete(worker: &Worker, channel: &mut Channel, waiter: *mut Waiter) {
    // SAFETY: rule 2. Nothing of the task is touched after `complete`, unless it is ours.
    unsafe {
        let task = (*waiter).task;
        (*task).outcome = Outcome::Passed;
        let queue = (*task).state.complete();
        channel.unlock();
        if queue {
            worker.queue(task);
        }
    }
}

#[inline(always)]
unsafe fn received(out: *mut u64, word: u64, op: Op) {
    // SAFETY: by the caller; a tuple's `ok` lies behind the message.
    unsafe {
        out.write(word);
        if op == Op::RecvOk {
            out.add(1).cast::<u8>().write(1);
        }
    }
}

/// # Safety
/// As for [`goo_chan_send_word`].
#[cold]
unsafe extern "C" fn send_otherwise(ctx: *mut Context, channel: *mut Channel, mut word: u64) -> Status {
    // SAFETY: by the caller; a word has nothing that a descriptor would tell of.
    unsafe { goo_chan_send(ctx, std::ptr::null(), channel, (&raw mut word).cast()) }
}

/// # Safety
/// As for [`goo_chan_recv_word`].
#[cold]
unsafe extern "C" fn receive_otherwise(
    ctx: *mut Context,
    out: *mut u64,
    channel: *mut Channel,
    op: Op,
) -> Status {
    let none = std::ptr::null();
    // SAFETY: by the caller.
    unsafe {
        match op {
            Op::RecvOk => goo_chan_recv_ok(ctx, none, out.cast(), channel),
            _ => goo_chan_recv(ctx, none, out.cast(), channel),
        }
    }
}
