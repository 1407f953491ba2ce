//! Channels: a ring of messages, two queues of waiting tasks, one small lock ([`crate::protocol::bias`]).
//!
//! A message goes from hand to hand: a sender that finds a receiver waiting puts the message into that task and wakes it, so the
//! receiver runs on without looking at the channel again, and the other way round. Messages are moved as bytes; whoever has them, owns
//! them: the sender's native took the value over, the channel's buffer or a waiting task holds it, the receiver's `out` gets it.
//!
//! - [`object`]: the channel, `make`, `len`, `cap`; [`ends`]: who may still send or receive; [`waiter`]: queues of tasks.
//! - [`send`], [`recv`], [`close`], [`batch`], [`select`]: the operations; [`straight`]: the straight path of small messages;
//!   [`reply`]: channels for replies to calls.
//! - [`buffer`]: the ring of messages.
//! - [`options`]: `overflow`, `rate`; [`redeliver`]: messages of crashed receivers; [`stats`]: what became of messages.
//! - [`role`]: ends of patterns (`pub`, `pair`, …), which are tied to other ends.
//!
//! Rules, which the SAFETY comments cite:
//!
//! 1. All fields but `ends` are read and written under `lock`. No lock is taken under it but that of a queue of workers, and no
//!    compiled code is called.
//! 2. A task in a queue is completed only by who took its waiter out of the queue, under the lock, and (in a `select`) took its claim.
//! 3. An operation borrows the channel from a value that its task holds, so the channel lives as long as a task waits at it.

pub mod batch;
pub mod buffer;
pub mod close;
pub mod ends;
pub mod object;
pub mod options;
pub mod recv;
pub mod redeliver;
pub mod reply;
pub mod role;
pub mod select;
pub mod send;
pub mod stats;
pub mod straight;
pub mod waiter;

pub use object::Channel;

/// Where a channel has its counts of references ([`ends`]), for compiled code.
pub const ENDS: i32 = std::mem::offset_of!(Channel, ends) as i32;

use crate::abi::layout::{Context, Status};

/// A field or element of channel type that was never given a value has none: an operation on it crashes.
#[cold]
pub(crate) fn no_channel(ctx: *mut Context) -> Status {
    crate::task::crash(ctx, "runtime error: none has no value".into())
}
