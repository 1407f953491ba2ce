//! What a child was started with, when the child is done and can only come back if somebody restarts it by hand.
//!
//! The closure must stay for that, but nobody is to wait for a child that has no reason to come back: a `range` over its results would never end. So
//! a *parked* closure keeps its channels, but not the right to send to them: each of its sending ends counts as a receiving one until the
//! child is started again ([`Parked::restore`]). For everybody else that is as if the child's ends were gone.
//!
//! Only what the closure alone refers to can be parked. A sending end in storage that others use as well (a slice of channels that was captured
//! twice) counts for them, too: such a closure is given up instead, and its child cannot be restarted.

use std::collections::HashSet;

use crate::abi::layout::{Closure, Header, TypeDesc, TypeKind};
use crate::channel::Channel;
use crate::channel::ends::{goo_chan_narrow, goo_chan_release, goo_chan_retain};
use crate::value::count::{self, Visit, references, visit_object};

/// A direction, as `TypeDesc::len` of a channel type says it.
const RECEIVES: i64 = 2;

/// A closure without its rights to send.
pub struct Parked {
    closure: *mut Closure,
    /// The ends that could send, and their directions.
    ends: Vec<(*mut Channel, i64)>,
}

impl Parked {
    /// Takes the rights to send away from a closure; `None` if others share them.
    ///
    /// # Safety
    /// All references to the closure are the caller's, and nothing runs it.
    pub unsafe fn new(closure: *mut Closure) -> Option<Parked> {
        let object = closure.cast();
        let mut look =
            Look { ends: Vec::new(), todo: vec![(object, true)], seen: HashSet::new(), alone: true };
        while let Some((object, alone)) = look.todo.pop() {
            let found = look.ends.len();
            look.alone = alone;
            // SAFETY: the closure keeps what it reaches.
            unsafe { visit_object(object, &mut look) };
            if !alone && look.ends.len() > found {
                return None;
            }
        }
        for &(channel, direction) in &look.ends {
            // SAFETY: an end that the closure owns; what it counts for is noted.
            unsafe { goo_chan_narrow(channel, direction, RECEIVES) }
        }
        Some(Parked { closure, ends: look.ends })
    }

    /// Whether it is this closure.
    pub fn is(&self, closure: *mut Closure) -> bool {
        self.closure == closure
    }

    /// Gives the rights to send back.
    pub fn restore(self) {
        for (channel, direction) in self.ends {
            // SAFETY: the closure refers to the channel, as a receiver.
            unsafe {
                goo_chan_retain(channel, direction);
                goo_chan_release(channel, RECEIVES);
            }
        }
    }
}

/// The sending ends among what is reached from an object.
struct Look {
    ends: Vec<(*mut Channel, i64)>,
    /// Objects still to be looked into, and whether nobody else refers to them, nor to those on the way to them.
    todo: Vec<(*mut Header, bool)>,
    seen: HashSet<*mut Header>,
    /// That of the object being visited.
    alone: bool,
}

impl Visit for Look {
    fn object(&mut self, object: *mut Header) {
        if self.seen.insert(object) {
            // SAFETY: the object visited holds it.
            let own = unsafe { references(object) } <= 1;
            self.todo.push((object, self.alone && own));
        }
    }

    fn handle(&mut self, desc: &TypeDesc, handle: *mut Header) {
        let direction = desc.len as i64;
        if desc.kind == TypeKind::Chan && direction != RECEIVES {
            self.ends.push((handle.cast(), direction));
        }
    }
}

/// How many references there are to a closure.
///
/// # Safety
/// It is alive.
pub unsafe fn holders(closure: *mut Closure) -> usize {
    // SAFETY: as the caller owes.
    unsafe { count::references(closure.cast()) as usize }
}
