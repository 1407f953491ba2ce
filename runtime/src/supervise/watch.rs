//! The messages by which the ends of tasks, children and supervisors are told: the prelude's `Ended`.
//!
//! Who watches gives a channel that it can receive from. It is never waited for: what does not fit the channel's buffer is lost, so that nobody
//! who watches can hold up a supervisor.

use crate::abi::layout::Slice;
use crate::channel::Channel;
use crate::channel::ends::{goo_chan_release, goo_chan_retain};
use crate::channel::send::Sent;
use crate::task::value;
use crate::task::worker::Worker;
use crate::value::slice::from_bytes;

/// It returned; all children are done.
pub const NORMAL: &str = "normal";
/// It was asked to end.
pub const SHUTDOWN: &str = "shutdown";
pub const CRASHED: &str = "crashed";
/// It was asked to end, and took too long; or no time was left.
pub const KILLED: &str = "killed";
/// A supervisor restarted too often.
pub const GAVE_UP: &str = "gave up";
/// It ended in its start phase, or one of a supervisor's children did.
pub const NOT_STARTED: &str = "not started";

/// `type Ended struct { Name, How, Message string }` of the prelude.
#[repr(C)]
struct Message {
    name: Slice,
    how: Slice,
    message: Slice,
}

/// A sending end of a channel of `Ended`, or none.
pub struct Watched {
    channel: *mut Channel,
}

// SAFETY: channels are used by all threads; the end is this one's own.
unsafe impl Send for Watched {}

const SENDS: i64 = 1;

impl Watched {
    pub const fn none() -> Watched {
        Watched { channel: std::ptr::null_mut() }
    }

    /// # Safety
    /// `channel` is null or a channel of `Ended`, and the caller gives a sending end of it away.
    pub unsafe fn new(channel: *mut Channel) -> Watched {
        Watched { channel }
    }

    /// Sends the message, if there is room.
    pub fn tell(&self, worker: &Worker, name: &str, how: &str, message: &str) {
        if self.channel.is_null() {
            return;
        }
        let text = |text: &str| from_bytes(text.as_bytes());
        let mut message = Message { name: text(name), how: text(how), message: text(message) };
        let at = (&raw mut message).cast::<u8>();
        // SAFETY: a channel of `Ended`, which has this layout; its rules 1 and 2.
        unsafe {
            let channel = self.channel;
            debug_assert_eq!((*channel).size, size_of::<Message>());
            value::share((*channel).elem, at);
            (*channel).lock();
            let sent = (*channel).try_send(at);
            (*channel).unlock();
            match sent {
                Sent::Passed(woken) => woken.into_iter().for_each(|task| worker.push(task)),
                Sent::Dropped => {}
                Sent::Full | Sent::Closed => value::release((*channel).elem, at),
            }
        }
    }
}

impl Clone for Watched {
    fn clone(&self) -> Watched {
        // SAFETY: null, or a channel that this refers to.
        unsafe { goo_chan_retain(self.channel, SENDS) };
        Watched { channel: self.channel }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: its own end.
        unsafe { goo_chan_release(self.channel, SENDS) }
    }
}
