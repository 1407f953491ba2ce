//! Channels for the replies to calls across a `req` channel: each call has one, which takes one message.
//!
//! A worker keeps the last one that it gave up for its next call: it is in the caches, and so is who took its lock last.

use std::ptr;

use super::object::{Channel, NewChannel, free};
use crate::abi::layout::{Text, TypeDesc};
use crate::task::worker::Worker;

/// A channel for a reply of this type, with one reference to send and one to receive: whoever has the latter receives once.
pub fn make(worker: &Worker, elem: *const TypeDesc) -> *mut Channel {
    const SITE: &str = "a call";
    let spare = worker.spare_reply.replace(ptr::null_mut());
    // SAFETY: `keep` left it there, and nobody else knows of it; a channel that was just made is the caller's.
    unsafe {
        if !spare.is_null() {
            if (*spare).elem == elem {
                (*spare).renew();
                return spare;
            }
            (*spare).once = false;
            free(spare);
        }
        let site = Text { ptr: SITE.as_ptr(), len: SITE.len() as u64 };
        let channel = NewChannel { cap: 1, elem, options: ptr::null_mut(), site }.make(super::ends::BOTH);
        (*channel).once = true;
        channel
    }
}

/// Keeps a channel for one reply that nothing refers to any more, if this thread's worker has none, and nothing is in it.
///
/// # Safety
/// See above.
#[inline]
pub unsafe fn keep(channel: *mut Channel) -> bool {
    let Some(worker) = Worker::current() else { return false };
    // SAFETY: by the caller.
    let keeps = worker.spare_reply.get().is_null() && unsafe { (*channel).buffer.is_empty() };
    if keeps {
        worker.spare_reply.set(channel);
    }
    keeps
}
