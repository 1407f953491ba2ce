//! What a child was started with, to receive from.
//!
//! A child that was told of the end of such a channel, and then returned, has nothing left to do: the next one would get the same channel, and
//! return at once. So it is done ([`End::Finished`](super::machine::End::Finished)), also if it is permanent. A deadlock at such a channel would only
//! come again, too.

use crate::abi::layout::{Closure, Header, TypeDesc, TypeKind};
use crate::channel::Channel;
use crate::task::crash::CrashKind;
use crate::task::object::Extra;
use crate::value::count::{Visit, visit_object};

/// Whether a task that has ended was started with nothing that another one could go on with.
///
/// # Safety
/// The closure, which the task was started with, is null or alive.
pub unsafe fn used_up(extra: &Extra, closure: *mut Closure) -> bool {
    let (children_done, returned_or_waited) = match &extra.crash {
        None => (extra.children_done, true),
        Some(crash) => (false, crash.kind == CrashKind::Deadlock),
    };
    // SAFETY: by the caller.
    children_done || returned_or_waited && unsafe { has(closure, extra.ended) }
}

/// Whether the closure itself refers to the channel: not from within other objects, which tasks that run may change.
///
/// # Safety
/// The closure is null, or alive.
unsafe fn has(closure: *mut Closure, channel: *const Channel) -> bool {
    let mut look = Look { channel, found: false };
    if !closure.is_null() && !channel.is_null() {
        // SAFETY: by the caller; nobody changes what a shared closure holds.
        unsafe { visit_object(closure.cast(), &mut look) }
    }
    look.found
}

struct Look {
    channel: *const Channel,
    found: bool,
}

impl Visit for Look {
    fn object(&mut self, _: *mut Header) {}

    fn handle(&mut self, desc: &TypeDesc, handle: *mut Header) {
        self.found |= desc.kind == TypeKind::Chan && handle.cast_const().cast() == self.channel;
    }
}
