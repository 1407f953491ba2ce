//! What a child was started with, to receive from.
//!
//! A child that was told of the end of such a channel, and then returned, has nothing left to do: the next one would get the same channel, and
//! return at once. So it is done ([`End::Finished`](super::machine::End::Finished)), also if it is permanent.

use crate::abi::layout::{Closure, Header, TypeDesc, TypeKind};
use crate::channel::Channel;
use crate::value::count::{Visit, visit_object};

/// Whether the closure itself refers to the channel: not from within other objects, which tasks that run may change.
///
/// # Safety
/// The closure is null, or alive.
pub unsafe fn has(closure: *mut Closure, channel: *const Channel) -> bool {
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
