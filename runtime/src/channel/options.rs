//! What `make` may ask for beyond a capacity: what happens when the channel is full, how fast messages may go in, what becomes of
//! messages whose receiver crashed.

use std::collections::VecDeque;

use super::ends::goo_chan_release;
use super::object::Channel;
use super::send::{Sent, send_by, send_now};
use crate::abi::layout::{Context, Status};
use crate::task::crash::cancelled;
use crate::task::object::Op;
use crate::task::value::Stored;
use crate::task::worker::Worker;
use crate::task::{timer, value};
use crate::text::duration;

/// The options of one channel, under its lock.
pub struct Options {
    overflow: i64,
    rate: Option<Rate>,
    /// How often a message is delivered again after a crash of its receiver.
    pub redeliver: i64,
    /// Where it goes then; null drops it.
    pub dead: *mut Channel,
    /// Messages to be delivered again, before those in the ring, and how often each was.
    pub returned: VecDeque<(Stored, i64)>,
    /// Messages lost to `overflow`.
    pub dropped: u64,
    /// How often a message went back because its receiver crashed, and how many messages did so once too often.
    pub redelivered: u64,
    pub dead_letters: u64,
}

/// `rate: n per d`, `burst: b`: the time at which the next message conforms moves on by `d / n` with each, and may lie
/// at most `b` messages in the past.
struct Rate {
    interval: u64,
    /// How far in the past that time may lie. A program's clock begins at 0, and the first burst need not wait for it: times are signed.
    ahead: i64,
    next: i64,
}

/// Whether a message may go in.
#[must_use]
pub enum Admission {
    Now,
    /// At this time; its turn is reserved.
    At(u64),
}

impl Options {
    pub const BLOCK: i64 = 0;
    pub const DROP_NEWEST: i64 = 1;
    pub const DROP_OLDEST: i64 = 2;
    pub const LATEST: i64 = 3;
    pub const FAIL: i64 = 4;
    /// Of what stands for a peer that has gone: it takes nothing, and nobody waits for it.
    pub const GONE: i64 = 5;

    /// For how many messages there is room: `latest` keeps one, whatever the capacity.
    pub fn room(overflow: i64, cap: i64) -> usize {
        if overflow == Options::LATEST { 1 } else { cap.max(0) as usize }
    }

    /// What is wrong with numbers that `make` was given; all are 0 where nothing was said.
    pub fn out_of_range(rate: [i64; 2], burst: i64, redeliver: i64) -> Option<String> {
        let [messages, ns] = rate;
        if rate != [0, 0] && (messages <= 0 || ns <= 0) {
            let period = duration::format(ns);
            return Some(format!("makechan: rate out of range: {messages} per {period}"));
        }
        let named = [("burst", burst), ("redeliver", redeliver)];
        let (name, number) = named.into_iter().find(|&(_, number)| number < 0)?;
        Some(format!("makechan: {name} out of range: {number}"))
    }

    /// The options that `make` was given; null if there are none.
    ///
    /// # Safety
    /// `dead` is null or a channel.
    pub unsafe fn new(
        overflow: i64,
        rate_messages: i64,
        rate_ns: i64,
        burst: i64,
        redeliver: i64,
        dead: *mut Channel,
    ) -> *mut Options {
        if overflow == Options::BLOCK && rate_messages <= 0 && redeliver <= 0 && dead.is_null() {
            return std::ptr::null_mut();
        }
        let rate = (rate_messages > 0).then(|| {
            let interval = (rate_ns.max(1) as u64 / rate_messages as u64).max(1);
            let ahead = (burst.max(1) as u64 - 1).saturating_mul(interval).min(i64::MAX as u64 / 2);
            Rate { interval, ahead: ahead as i64, next: i64::MIN }
        });
        if !dead.is_null() {
            // SAFETY: by the caller; given back in `free`.
            unsafe { super::ends::goo_chan_retain(dead, 1) };
        }
        Box::into_raw(Box::new(Options {
            overflow,
            rate,
            redeliver,
            dead,
            returned: VecDeque::new(),
            dropped: 0,
            redelivered: 0,
            dead_letters: 0,
        }))
    }

    /// # Safety
    /// `options` are the channel's, which is being freed.
    pub unsafe fn free(options: *mut Options, _channel: &Channel) {
        if options.is_null() {
            return;
        }
        // SAFETY: by the caller.
        unsafe {
            let options = Box::from_raw(options);
            goo_chan_release(options.dead, 1);
        }
    }

    /// How many messages wait to be delivered again.
    ///
    /// # Safety
    /// Null or a channel's options, under its lock.
    pub unsafe fn returned(options: *mut Options) -> usize {
        // SAFETY: by the caller.
        unsafe { options.as_ref() }.map_or(0, |options| options.returned.len())
    }

    /// Takes the first of these. Under the lock.
    ///
    /// # Safety
    /// The channel has options; `to` has room for a message.
    pub unsafe fn take_returned(channel: &mut Channel, to: *mut u8) -> bool {
        // SAFETY: by the caller.
        unsafe {
            let options = &mut *channel.options;
            let Some((message, deliveries)) = options.returned.pop_front() else { return false };
            if let Some(worker) = Worker::current() {
                (*worker.task()).extra().deliveries = deliveries;
            }
            message.take(to);
        }
        channel.buffer.pass();
        true
    }

    /// The channel is full: what its policy says. Under the lock.
    ///
    /// # Safety
    /// As for [`Channel::try_send`]; the channel has options.
    pub unsafe fn overflow(channel: &mut Channel, message: *mut u8) -> Sent {
        // SAFETY: by the caller.
        unsafe {
            let options = &mut *channel.options;
            match options.overflow {
                Options::DROP_OLDEST | Options::LATEST if channel.buffer.cap() > 0 => {
                    options.dropped += 1;
                    let oldest = value::buffer(channel.size);
                    channel.buffer.take(oldest);
                    value::release(channel.elem, oldest);
                    value::free_buffer(oldest, channel.size);
                    channel.buffer.put(message);
                    Sent::Dropped
                }
                Options::DROP_NEWEST | Options::DROP_OLDEST | Options::LATEST | Options::GONE => {
                    options.dropped += 1;
                    value::release(channel.elem, message);
                    Sent::Dropped
                }
                _ => Sent::Full,
            }
        }
    }

    /// Whether a send to this channel, which is full, is refused.
    ///
    /// # Safety
    /// The caller has the lock.
    pub unsafe fn refuses(channel: *mut Channel) -> bool {
        // SAFETY: by the caller.
        unsafe { (*channel).options.as_ref().is_some_and(|options| options.overflow == Options::FAIL) }
    }

    /// Whether it stands for a peer that has gone.
    ///
    /// # Safety
    /// `channel` is one; its policy never changes.
    pub unsafe fn is_gone(channel: *mut Channel) -> bool {
        // SAFETY: by the caller.
        unsafe { (*channel).options.as_ref().is_some_and(|options| options.overflow == Options::GONE) }
    }

    /// Asks for a message's turn, and takes it unless it comes after `latest`.
    ///
    /// # Safety
    /// `ctx` is this worker's; the channel has options.
    pub unsafe fn admit(ctx: *mut Context, channel: *mut Channel, latest: u64) -> Admission {
        // SAFETY: by the caller.
        unsafe {
            let now = Worker::of(ctx).runtime.now();
            (*channel).lock();
            let options = &mut *(*channel).options;
            let admission = match &mut options.rate {
                None => Admission::Now,
                Some(rate) => {
                    let turn = rate.turn(now);
                    if turn <= latest.max(now) {
                        rate.take(now);
                    }
                    if turn <= now { Admission::Now } else { Admission::At(turn) }
                }
            };
            (*channel).unlock();
            admission
        }
    }

    /// When the next message conforms. Under the lock.
    pub fn next_turn(&self, now: u64) -> u64 {
        self.rate.as_ref().map_or(0, |rate| rate.turn(now))
    }

    /// Takes that turn. Under the lock.
    pub fn take_turn(&mut self, now: u64) {
        if let Some(rate) = &mut self.rate {
            rate.take(now);
        }
    }
}

impl Rate {
    /// When the next message conforms; a time before `now` if more than one does.
    fn due(&self, now: u64) -> i64 {
        self.next.max(now as i64 - self.ahead)
    }

    /// When the next message may be sent.
    fn turn(&self, now: u64) -> u64 {
        self.due(now).max(0) as u64
    }

    /// Takes that turn.
    fn take(&mut self, now: u64) {
        self.next = self.due(now).saturating_add(self.interval as i64);
    }
}

/// Whether a send to the channel gives an error when it is full, instead of waiting: for a send that handles this.
///
/// # Safety
/// `channel` is null or a channel. Its overflow policy never changes, so that no lock is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_refuses(channel: *mut Channel) -> i64 {
    // SAFETY: by the caller.
    i64::from(!channel.is_null() && unsafe { Options::refuses(channel) })
}

/// A send waits for its turn; then it goes on as any other. One with a time limit ([`Op::RateWithin`]) waits no longer than its deadline
/// says, behind which the turn may be.
///
/// # Safety
/// As for `goo_chan_send`; the message is shared; the task's deadline is set.
pub unsafe fn wait_for_rate(
    ctx: *mut Context,
    channel: *mut Channel,
    message: *mut u8,
    turn: u64,
    op: Op,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let size = (*channel).size;
        let room = (*task).make_room(size);
        value::move_bytes(message, room, size);
        (*task).waiter.come_to(task, channel);
        let extra = (*task).extra();
        extra.turn = turn;
        let due = if op == Op::RateWithin { turn.min(extra.deadline) } else { turn };
        (*task).begin(op);
        worker.shared().timers.start(task, due);
    }
    Status::Suspended
}

/// Goes on with a send that waited for its turn.
///
/// # Safety
/// As for [`super::send::resume`].
pub unsafe fn resume_rate(ctx: *mut Context, out: *mut u8, op: Op) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let worker = Worker::of(ctx);
        let task = worker.task();
        let channel = (*task).waiter.chan;
        let size = (*channel).size;
        let unwind = (*task).must_unwind();
        let now = worker.runtime.now();
        let (turn, deadline) = ((*task).extra().turn, (*task).extra().deadline);
        let late = op == Op::RateWithin && turn > deadline;
        if !unwind && now < if late { deadline } else { turn } {
            return Status::Suspended;
        }
        timer::stop(task);
        let message = Stored::new((*channel).elem, (*task).message(size));
        (*task).free_room(size);
        if unwind {
            return cancelled(ctx);
        }
        if late {
            out.cast::<i64>().write(0);
            return Status::Returned;
        }
        let at = message.as_ptr();
        let status = match op {
            Op::RateWithin => send_by(ctx, out.cast(), channel, at, deadline),
            _ => send_now(ctx, channel, at),
        };
        // Moved away, whatever came of it.
        message.forget();
        status
    }
}
