//! `close(ch)`.

use std::sync::atomic::Ordering;

use super::object::{Channel, complete};
use super::role;
use crate::abi::layout::{Context, Status};
use crate::task::crash;
use crate::task::object::Outcome;
use crate::task::worker::Worker;
use crate::trace::Kind;

/// `close(ch)`: receivers that wait get the zero value, senders that wait crash.
///
/// # Safety
/// `ctx` is this worker's; `channel` is a channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_close(ctx: *mut Context, channel: *mut Channel) -> Status {
    // SAFETY: by the caller; rules 1 and 2.
    unsafe {
        if channel.is_null() {
            return super::no_channel(ctx);
        }
        let channel = role::target(channel);
        let worker = Worker::of(ctx);
        (*channel).lock();
        if (*channel).closed {
            (*channel).unlock();
            return crash(ctx, "close of closed channel".into());
        }
        worker.trace.record(worker.task(), Kind::Close, channel);
        (*channel).closed = true;
        (*channel).plain.store(false, Ordering::Release);
        let mut waiters = (*channel).receivers.take_all(|_| true);
        waiters.extend((*channel).senders.take_all(|_| true));
        if (*channel).kind == role::Kind::Hub {
            waiters.extend(role::hub::members::close(channel));
        }
        let woken: Vec<_> =
            waiters.into_iter().filter_map(|waiter| complete((*waiter).task, Outcome::Closed)).collect();
        (*channel).unlock();
        for task in woken {
            worker.push(task);
        }
        role::names::closed(channel);
    }
    Status::Returned
}
