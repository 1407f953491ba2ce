//! The straight path of small messages: those that a task holds itself while it waits, of one to three words.
//!
//! Where nothing is out of the ordinary (the lock is free, the channel is open and has no options, no `select` is concerned, the task is not
//! cancelled), sending and receiving are a few dozen instructions without a call, which need no stack. Everything else
//! goes the general way, from its beginning: nothing has happened yet when that is decided.
//!
//! Messages of one word that hold no counts, `chan int` and its like, have functions of their own, which know the size.

use std::sync::atomic::Ordering;

use super::object::Channel;
use super::recv::{goo_chan_recv, goo_chan_recv_ok};
use super::send::goo_chan_send;
use super::waiter::Waiter;
use crate::abi::layout::{Context, Status};
use crate::task::object::{Op, Outcome, SLOT_SIZE, Task};
use crate::task::worker::Worker;
use crate::trace::Kind;

const WORD: usize = 8;

/// Whether messages of so many bytes go this way.
#[inline(always)]
pub fn is_small(size: usize) -> bool {
    size != 0 && size.is_multiple_of(WORD) && size <= SLOT_SIZE
}

/// Moves one to three words.
///
/// # Safety
/// `size` [is small](is_small); as for `copy_nonoverlapping`.
#[inline(always)]
pub unsafe fn move_words(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: by the caller.
    unsafe {
        let (from, to) = (from.cast::<u64>(), to.cast::<u64>());
        to.write(from.read());
        if size > WORD {
            to.add(1).write(from.add(1).read());
            if size > 2 * WORD {
                to.add(2).write(from.add(2).read());
            }
        }
    }
}

/// A send. None: it is to go the general way; so is one that finds no room and [does not wait](Blocks) for it.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel, or null; `message` is one of its messages, of `size` bytes, ready for another task. It is moved away.
#[inline(always)]
pub unsafe fn send(
    ctx: *mut Context,
    channel: *mut Channel,
    message: *const u8,
    size: usize,
    blocks: Blocks,
) -> Option<Status> {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let (worker, channel) = begin(ctx, channel, size)?;
        let waiter = channel.receivers.first();
        if waiter.is_null() {
            if channel.buffer.is_full() {
                if blocks == Blocks::No {
                    channel.unlock();
                    return None;
                }
                let task = worker.task();
                worker.trace.record(task, Kind::Send, channel);
                move_words(message, (&raw mut (*task).slot).cast(), size);
                super::send::queue(task, channel, Op::Send);
                channel.unlock();
                return Some(Status::Suspended);
            }
            worker.trace.record(worker.task(), Kind::Send, channel);
            channel.buffer.put_words(message, size);
            if blocks == Blocks::No {
                channel.note_answer();
            }
            channel.unlock();
            return Some(Status::Returned);
        }
        if (*waiter).is_select {
            channel.unlock();
            return None;
        }
        worker.trace.record(worker.task(), Kind::Send, channel);
        channel.receivers.take_first(waiter);
        channel.buffer.pass();
        move_words(message, (&raw mut (*(*waiter).task).slot).cast(), size);
        if blocks == Blocks::No {
            channel.note_answer();
        }
        complete(worker, channel, waiter);
        Some(Status::Returned)
    }
}

/// Whether a send waits for room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    Yes,
    No,
}

/// A receive, `op`. None: it is to go the general way.
///
/// # Safety
/// As for [`send`]; `out` has room for what `op` gives, of a message of `size` bytes.
#[inline(always)]
pub unsafe fn receive(
    ctx: *mut Context,
    channel: *mut Channel,
    out: *mut u8,
    size: usize,
    op: Op,
) -> Option<Status> {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        let (worker, channel) = begin(ctx, channel, size)?;
        let waiter = channel.senders.first();
        if waiter.is_null() {
            if !channel.buffer.is_empty() {
                worker.trace.record(worker.task(), Kind::Receive, channel);
                channel.buffer.take_words(out, size);
                channel.unlock();
                received(out, size, op);
                return Some(Status::Returned);
            }
            if !channel.has_senders() {
                channel.unlock();
                return None;
            }
            worker.trace.record(worker.task(), Kind::Receive, channel);
            super::recv::wait(worker, channel, op);
            channel.unlock();
            return Some(Status::Suspended);
        }
        if (*waiter).is_select {
            channel.unlock();
            return None;
        }
        worker.trace.record(worker.task(), Kind::Receive, channel);
        channel.senders.take_first(waiter);
        let slot = (&raw const (*(*waiter).task).slot).cast();
        if channel.buffer.is_empty() {
            channel.buffer.pass();
            move_words(slot, out, size);
        } else {
            // The ring is full, or nobody would wait: the message goes into the place that becomes free.
            channel.buffer.take_words(out, size);
            channel.buffer.put_words(slot, size);
        }
        complete(worker, channel, waiter);
        received(out, size, op);
        Some(Status::Returned)
    }
}

/// Takes the lock if the straight path may be taken, by a message of so many bytes.
#[inline(always)]
unsafe fn begin<'a>(
    ctx: *mut Context,
    channel: *mut Channel,
    size: usize,
) -> Option<(&'a Worker, &'a mut Channel)> {
    // SAFETY: by the caller.
    unsafe {
        let task: *mut Task = (*ctx).task.cast();
        let worker = Worker::of(ctx);
        if !is_small(size) || channel.is_null() || (*task).state.is_marked() || !(*channel).take_lock(worker)
        {
            return None;
        }
        if !(*channel).plain.load(Ordering::Relaxed) {
            (*channel).unlock();
            return None;
        }
        Some((worker, &mut *channel))
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

/// The message is there: so is `ok`, if that is wanted, which lies behind it.
///
/// # Safety
/// `out` has room for both.
#[inline(always)]
pub unsafe fn received(out: *mut u8, size: usize, op: Op) {
    // SAFETY: by the caller.
    unsafe {
        if op == Op::RecvOk {
            out.add(size).write(1);
        }
    }
}

/// `ch <- word`.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel of words without counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_send_word(ctx: *mut Context, channel: *mut Channel, word: u64) -> Status {
    // SAFETY: by the caller.
    match unsafe { send(ctx, channel, (&raw const word).cast(), WORD, Blocks::Yes) } {
        Some(status) => status,
        // SAFETY: by the caller.
        None => unsafe { send_otherwise(ctx, channel, word) },
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
    unsafe { receive_word(ctx, out, channel, Op::Recv) }
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
    unsafe { receive_word(ctx, out, channel, Op::RecvOk) }
}

#[inline(always)]
unsafe fn receive_word(ctx: *mut Context, out: *mut u64, channel: *mut Channel, op: Op) -> Status {
    // SAFETY: by the caller.
    match unsafe { receive(ctx, channel, out.cast(), WORD, op) } {
        Some(status) => status,
        // SAFETY: by the caller.
        None => unsafe { receive_otherwise(ctx, out, channel, op) },
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
