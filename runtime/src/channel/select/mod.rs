//! `select`: one of several channel operations.
//!
//! First a look without locks tells which cases might go ([`Channel::may_receive`], [`Channel::may_send`]); of these one is tried after the
//! other, each under the lock of its channel, in random order (or as written). If none can go, the task gives way once if others are ready
//! here, since they may be about to send ([`wait::give_way`]). Then all channels are locked, in order of address, tried once more, and
//! the task is queued at each of them. Who completes it takes its claim first ([`crate::protocol::claim`]), so only one case happens;
//! the task itself leaves the other queues when it goes on.
//!
//! What a case received stays in the task's slot until compiled code fetches it with [`goo_select_received`], at once.

pub mod wait;

use std::sync::atomic::Ordering;

pub use self::wait::SelectBlock;
use super::object::{Channel, Woken};
use super::recv::Received;
use super::redeliver;
use super::role;
use super::send::Sent;
use smallvec::SmallVec;

use crate::abi::layout::{Context, SelectCase, Status, TypeDesc};
use crate::task::crash;
use crate::task::crash::cancelled;
use crate::task::object::{Outcome, Task};
use crate::task::polling::must_unwind;
use crate::task::value::{self, Stored};
use crate::task::worker::Worker;
use crate::trace::Kind;

/// Where in a task what its last select received is, for compiled code that fetches a word without [`goo_select_received`]: the word, and
/// a byte that is not 0 if the channel was closed.
pub const RECEIVED_WORD: i32 = std::mem::offset_of!(Task, slot) as i32;
pub const RECEIVED_NOTHING: i32 = std::mem::offset_of!(Task, outcome) as i32;

/// Bits of `flags`.
const DEFAULT: i64 = 1;
const FIRST: i64 = 2;
const TIMEOUT: i64 = 4;
const RECEIVES_ONLY: i64 = 8;
const ASKS: u32 = 8;

/// The claim for the time-out, for cancelling and for deadlock detection.
const GIVEN_UP: u32 = u32::MAX - 1;

/// What trying gave.
enum Tried {
    /// This case happened.
    Done(usize, Option<Woken>),
    /// It happened, but crashes the task.
    Closed,
    NotYet,
    /// It is to be tried again at this time: the channel limits its rate.
    At(u64),
}

/// Waits for one of `count` cases; gives its index, `count` for the time-out, `count + 1` for `default`.
///
/// # Safety
/// `ctx` is this worker's; `cases` are that many; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_select(
    ctx: *mut Context,
    out: *mut i64,
    cases: *const SelectCase,
    count: i64,
    flags: i64,
    timeout_ns: i64,
) -> Status {
    // SAFETY: by the caller; the channels' rules.
    unsafe {
        if must_unwind(ctx) {
            return cancelled(ctx);
        }
        let worker = Worker::of(ctx);
        let cases = if count == 0 { &[] } else { std::slice::from_raw_parts(cases, count as usize) };
        let mut resolved: SmallVec<[SelectCase; 8]> = SmallVec::new();
        let elsewhere = flags & RECEIVES_ONLY == 0 && cases.iter().any(|case| sends_elsewhere(case));
        let cases = match elsewhere {
            true => {
                resolved.extend(cases.iter().map(|case| resolve(case)));
                resolved.as_slice()
            }
            false => cases,
        };
        finish_those_in_hand(worker.task(), cases);
        match poll(worker, cases, flags) {
            Tried::Done(index, woken) => return done(worker, woken, out, index),
            Tried::Closed => return crash(ctx, "send on closed channel".into()),
            Tried::NotYet | Tried::At(_) => {}
        }
        if flags & DEFAULT != 0 {
            out.write(count + 1);
            return Status::Returned;
        }
        if flags & TIMEOUT != 0 && timeout_ns <= 0 {
            out.write(count);
            return Status::Returned;
        }
        let deadline = if flags & TIMEOUT != 0 {
            worker.runtime.now().saturating_add(timeout_ns as u64)
        } else {
            u64::MAX
        };
        wait::begin(ctx, out, cases, flags, deadline)
    }
}

/// Who asks channels for messages is done with those that it has in hand of them, as with a plain receive.
#[inline]
unsafe fn finish_those_in_hand(task: *mut Task, cases: &[SelectCase]) {
    // SAFETY: by the caller, the running task; the cases' channels are its own.
    unsafe {
        if (*task).extra_if_any().is_some_and(|extra| !extra.in_hand.is_empty()) {
            for case in cases.iter().filter(|case| case.send.is_null() && !case.chan.is_null()) {
                redeliver::finished(task, case.chan.cast());
            }
        }
    }
}

/// Whether what the case sends goes to the queue of another end.
unsafe fn sends_elsewhere(case: &SelectCase) -> bool {
    let channel: *const Channel = case.chan.cast();
    // SAFETY: by the caller, null or a channel.
    !case.send.is_null()
        && unsafe { channel.as_ref() }.is_some_and(|channel| channel.kind == role::Kind::Linked)
}

/// The case with the channel that it is about.
unsafe fn resolve(case: &SelectCase) -> SelectCase {
    // SAFETY: by the caller; the task keeps the end that sends.
    let chan =
        unsafe { if sends_elsewhere(case) { role::target(case.chan.cast()).cast() } else { case.chan } };
    SelectCase { chan, send: case.send }
}

/// Does one of the cases that can go at once.
unsafe fn poll(worker: &'static Worker, cases: &[SelectCase], flags: i64) -> Tried {
    // SAFETY: by the caller.
    unsafe {
        if cases.len() == 2 {
            return poll_two(worker, cases, flags);
        }
        if cases.len() <= WORD {
            return poll_word(worker, cases, flags, 0);
        }
        let words = cases.len().div_ceil(WORD);
        let first = if flags & FIRST != 0 { 0 } else { worker.draw_case(words as u32) as usize };
        for word in (first..words).chain(0..first) {
            let from = word * WORD;
            let some = &cases[from..cases.len().min(from + WORD)];
            let tried = poll_word(worker, some, flags, from);
            if matches!(tried, Tried::Done(..) | Tried::Closed) {
                return tried;
            }
        }
        Tried::NotYet
    }
}

/// [`poll`] of two cases, as most selects have: a coin says which one is looked at first.
#[inline]
unsafe fn poll_two(worker: &'static Worker, cases: &[SelectCase], flags: i64) -> Tried {
    let first = if flags & FIRST != 0 { 0 } else { worker.random(2) as usize };
    for index in [first, 1 - first] {
        // SAFETY: by the caller.
        unsafe {
            if !may_go(&cases[index], asks(flags, index)) {
                continue;
            }
            let tried = try_case(worker, &cases[index], flags, index);
            if matches!(tried, Tried::Done(..) | Tried::Closed) {
                return tried;
            }
        }
    }
    Tried::NotYet
}

/// So many cases are looked at in one order.
const WORD: usize = 64;

const IN_ORDER: [u8; WORD] = {
    let mut order = [0; WORD];
    let mut at = 0;
    while at < WORD {
        order[at] = at as u8;
        at += 1;
    }
    order
};

/// [`poll`] of these cases, which are those from `from` on: the first that can go, in an order that is made up on the way, so that each of
/// those that can has the same chance, and few are looked at when many can.
#[inline]
unsafe fn poll_word(worker: &'static Worker, cases: &[SelectCase], flags: i64, from: usize) -> Tried {
    let mut order = IN_ORDER;
    for at in 0..cases.len() {
        let left = cases.len() - at;
        if left > 1 && flags & FIRST == 0 {
            order.swap(at, at + worker.draw_case(left as u32) as usize);
        }
        let index = usize::from(order[at]);
        // SAFETY: by the caller.
        unsafe {
            if !may_go(&cases[index], asks(flags, from + index)) {
                continue;
            }
            let tried = try_case(worker, &cases[index], flags, from + index);
            if matches!(tried, Tried::Done(..) | Tried::Closed) {
                return tried;
            }
        }
    }
    Tried::NotYet
}

/// Whether the case asks if the channel is closed.
fn asks(flags: i64, index: usize) -> bool {
    flags.checked_shr(ASKS + index as u32).is_some_and(|bits| bits & 1 != 0)
}

/// A look without the lock.
#[inline]
unsafe fn may_go(case: &SelectCase, asks: bool) -> bool {
    let channel: *const Channel = case.chan.cast();
    // SAFETY: by the caller, null or a channel.
    match unsafe { channel.as_ref() } {
        None => false,
        Some(channel) if case.send.is_null() => channel.may_receive() || asks && !channel.has_senders(),
        Some(channel) => channel.may_send(),
    }
}

unsafe fn done(worker: &Worker, woken: Option<Woken>, out: *mut i64, index: usize) -> Status {
    if let Some(task) = woken {
        worker.queue(task);
    }
    // SAFETY: by the caller.
    unsafe { out.write(index as i64) };
    Status::Returned
}

/// Does the case's operation if it can be done at once, under the lock of its channel.
#[inline]
unsafe fn try_case(worker: &'static Worker, case: &SelectCase, flags: i64, index: usize) -> Tried {
    let channel: *mut Channel = case.chan.cast();
    // SAFETY: by the caller; a case that may go has a channel.
    unsafe {
        if case.send.is_null() && take_word(worker, &mut *channel) {
            return Tried::Done(index, None);
        }
        (*channel).lock();
        let tried = try_locked(worker, case, flags, index);
        (*channel).unlock();
        role::settle(channel);
        tried
    }
}

/// The straight path of a receive: a word that lies in the channel, where nothing is out of the ordinary ([`super::straight`]).
#[inline]
unsafe fn take_word(worker: &'static Worker, channel: &mut Channel) -> bool {
    // SAFETY: by the caller; rule 1.
    unsafe {
        if channel.size != 8 || !channel.plain.load(Ordering::Relaxed) || !channel.take_lock(worker) {
            return false;
        }
        let straight =
            !channel.buffer.is_empty() && channel.senders.is_empty() && channel.plain.load(Ordering::Relaxed);
        if straight {
            let task = worker.task();
            worker.trace.record(task, Kind::Receive, channel);
            channel.buffer.take_words((&raw mut (*task).slot).cast(), 8);
            (*task).outcome = Outcome::Passed;
        }
        channel.unlock();
        straight
    }
}

/// [`try_case`], by who has the lock.
unsafe fn try_locked(worker: &Worker, case: &SelectCase, flags: i64, index: usize) -> Tried {
    let channel: *mut Channel = case.chan.cast();
    // SAFETY: by the caller.
    unsafe {
        let tried = if case.send.is_null() {
            try_receive(worker, &mut *channel, asks(flags, index), index)
        } else {
            try_send(worker, &mut *channel, case.send, index)
        };
        if matches!(tried, Tried::Done(..)) {
            let kind = if case.send.is_null() { Kind::Receive } else { Kind::Send };
            worker.trace.record(worker.task(), kind, channel);
        }
        tried
    }
}

unsafe fn try_receive(worker: &Worker, channel: &mut Channel, asks: bool, index: usize) -> Tried {
    // SAFETY: by the caller.
    unsafe {
        let task = worker.task();
        let room = (*task).make_room(channel.size);
        let over = match channel.try_recv(room) {
            Received::Message(woken) => {
                received(task, channel);
                return Tried::Done(index, woken);
            }
            Received::Closed => true,
            Received::Empty => asks && !channel.has_senders(),
        };
        (*task).free_room(channel.size);
        if over {
            received_nothing(task, channel);
            return Tried::Done(index, None);
        }
        Tried::NotYet
    }
}

unsafe fn try_send(worker: &Worker, channel: &mut Channel, message: *const u8, index: usize) -> Tried {
    // SAFETY: by the caller.
    unsafe {
        let (now, turn) = channel.next_turn(worker);
        if turn > now {
            return Tried::At(turn);
        }
        if !channel.may_send() {
            return Tried::NotYet;
        }
        let message = copy_of(channel, message);
        match channel.try_send_in_turn(message.as_ptr(), now) {
            Sent::Passed(woken) => {
                message.forget();
                Tried::Done(index, woken)
            }
            Sent::Dropped => {
                message.forget();
                Tried::Done(index, None)
            }
            Sent::Full => Tried::NotYet,
            Sent::Closed => Tried::Closed,
        }
    }
}

/// A copy of a borrowed message, ready to be sent.
unsafe fn copy_of(channel: &Channel, message: *const u8) -> Stored {
    // SAFETY: by the caller, a message of the channel's type.
    unsafe {
        value::retain(channel.elem, message.cast_mut());
        let copy = Stored::new(channel.elem, message);
        value::share(channel.elem, copy.as_ptr());
        copy
    }
}

/// The message in the task's slot is what the select received.
unsafe fn received(task: *mut Task, channel: &mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        if !channel.options.is_null() {
            redeliver::keep(task, channel, (*task).message(channel.size));
        }
        (*task).outcome = Outcome::Passed;
    }
}

unsafe fn received_nothing(task: *mut Task, channel: *const Channel) {
    // SAFETY: by the caller.
    unsafe {
        (*task).outcome = Outcome::Closed;
        (*task).is_told_of_end(channel);
    }
}

/// Moves what the last select received to `to` (nothing if null); all zeros if the channel was closed. Gives `ok`.
///
/// # Safety
/// `ctx` is this worker's; `to` has room for a message, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_select_received(ctx: *mut Context, elem: *const TypeDesc, to: *mut u8) -> i64 {
    // SAFETY: by the caller; nothing has used the task's slot since the select.
    unsafe {
        let task = Worker::of(ctx).task();
        let size = value::size_of_value(elem);
        let ok = (*task).outcome == Outcome::Passed;
        if ok {
            let message = (*task).message(size);
            if to.is_null() {
                value::release(elem, message);
            } else {
                value::move_bytes(message, to, size);
            }
            (*task).free_room(size);
        } else if !to.is_null() {
            to.write_bytes(0, size);
        }
        i64::from(ok)
    }
}
