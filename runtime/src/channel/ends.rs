//! Who may still send to a channel, and who may still receive: references are counted by what they can do.
//!
//! The last reference that could send takes away the hope of all who receive: `range` and `v, ok :=` end as on a closed channel. A
//! plain `<-ch` waits on, and is a deadlock if the program lasts. The last reference of all frees the channel. Who takes the last sending reference away keeps a
//! receiving one while it tells the waiting tasks, so that the channel lives until that is done.

use super::object::{Channel, complete, free};
use super::role;
use crate::protocol::ends::Gone;
pub use crate::protocol::ends::{BOTH, RECEIVER, SENDER};
use crate::task::object::{Op, Outcome};
use crate::task::slab::runtime_of;

/// What a reference of this direction (`TypeDesc::len` of its type) counts for.
pub fn weight(direction: i64) -> u64 {
    match direction {
        1 => SENDER,
        2 => RECEIVER,
        _ => BOTH,
    }
}

impl Channel {
    /// Whether anything could still be sent.
    #[inline]
    pub fn has_senders(&self) -> bool {
        self.ends.has_senders()
    }
}

/// One reference more.
///
/// # Safety
/// `channel` is null or a channel that the caller refers to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_retain(channel: *mut Channel, direction: i64) {
    // SAFETY: by the caller.
    if let Some(channel) = unsafe { channel.as_ref() } {
        channel.ends.add(weight(direction));
    }
}

/// One reference less.
///
/// # Safety
/// `channel` is null or a channel that the caller refers to, in this direction, and does not use any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_release(channel: *mut Channel, direction: i64) {
    if channel.is_null() {
        return;
    }
    let less = weight(direction);
    // SAFETY: by the caller, until the reference is given up.
    unsafe {
        // Whom one reference less does not concern.
        let plain = (*channel).role.is_null();
        if !(plain && (*channel).ends.give_up_one_of_many(less)) {
            give_up(channel, less, 0);
        }
    }
}

/// A reference the caller owns gets another direction.
///
/// # Safety
/// As for [`goo_chan_release`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_narrow(channel: *mut Channel, from: i64, to: i64) {
    if !channel.is_null() && from != to {
        // SAFETY: by the caller.
        unsafe { give_up(channel, weight(from), weight(to)) }
    }
}

/// References that count for `less` are given up, for others that count for `more`.
///
/// # Safety
/// The caller refers to the channel accordingly, and holds no lock.
pub unsafe fn give_up(channel: *mut Channel, less: u64, more: u64) {
    // SAFETY: by the caller, until the reference is given up; then as `Gone` says.
    unsafe {
        // Whoever waits at a plain channel has a reference; and who was answered does not wait.
        let tells = |next| !(*channel).role.is_null() || next != 0 && !(*channel).is_answered();
        let concerns = |now, next| !(*channel).role.is_null() && role::concerns(channel, now, next);
        match (*channel).ends.give_up(less, more, tells, concerns) {
            Gone::Nothing => return,
            Gone::All => return free(channel),
            Gone::Senders => abandon(channel),
            Gone::Concern(next) => role::some_gone(channel, next),
        }
        give_up(channel, RECEIVER, 0);
    }
}

/// Nothing can be sent any more.
#[cold]
unsafe fn abandon(channel: *mut Channel) {
    // SAFETY: the caller refers to it; rules 1 and 2.
    unsafe {
        (*channel).lock();
        let waiting = (*channel).receivers.take_all(|waiter| {
            // A `select` asks again. Who does not want to know waits on.
            match (*waiter).is_select {
                true => (*waiter.cast::<super::waiter::SelectWaiter>()).asks,
                false => (*(*waiter).task).op != Op::Recv,
            }
        });
        let mut woken = Vec::new();
        for waiter in waiting {
            woken.extend(complete((*waiter).task, Outcome::Closed));
        }
        (*channel).unlock();
        for task in woken {
            runtime_of(task).ready(task);
        }
        role::abandoned(channel);
    }
}
