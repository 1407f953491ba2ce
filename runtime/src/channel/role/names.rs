//! `inproc://name`: ends that meet without passing handles.
//!
//! What a name stands for is made by whoever comes first: a queue, a hub, a router, a pair. The name holds references to it, so that it lasts
//! while the ends come and go, and nobody is told that the others are gone: a task that crashed makes its end again. When no end is left, and no
//! message, the name goes, too ([`last_gone`]). A pair's name goes with either end; while it lasts, a third end is refused.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;

use super::role_of;
use crate::channel::ends::{BOTH, RECEIVER, give_up};
use crate::channel::object::Channel;
use crate::channel::options::Options;

/// What meets at a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meeting {
    /// `push`, `pull`.
    Queue,
    /// `pub`, `sub`.
    Topics,
    /// `broadcast`, `<-chan`.
    Broadcast,
    Pair,
    /// `dealer`, `router`.
    Router,
    /// `req`, `rep`.
    Requests,
}

impl Meeting {
    fn ends(self) -> &'static str {
        match self {
            Meeting::Queue => "`push` and `pull`",
            Meeting::Topics => "`pub` and `sub`",
            Meeting::Broadcast => "`broadcast` and its receivers",
            Meeting::Pair => "`pair`",
            Meeting::Router => "`dealer` and `router`",
            Meeting::Requests => "`req` and `rep`",
        }
    }
}

/// What an end must agree on with those who were there before.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub meeting: Meeting,
    /// The type of its messages: [`TypeDesc::id`](crate::abi::layout::TypeDesc::id), and as it is written.
    pub id: u32,
    pub type_name: &'static str,
    pub site: &'static str,
}

struct Entry {
    meeting: Meeting,
    id: u32,
    type_name: &'static str,
    site: &'static str,
    /// The queue, hub or router, with a reference in both directions; of a pair its first end, without one.
    channel: *mut Channel,
    /// The second end of a pair, until somebody comes for it: a reference to receive.
    unclaimed: *mut Channel,
}

// SAFETY: channels may be referred to from any thread.
unsafe impl Send for Entry {}

static NAMES: Mutex<BTreeMap<String, Entry>> = Mutex::new(BTreeMap::new());

/// What is at the name.
pub enum Found {
    /// What others made; the caller counts as many ends more as it takes, under the lock that it still holds.
    Known(*mut Channel),
    /// What the caller just made.
    Made(*mut Channel),
}

/// Looks up a name, and makes what it stands for if nobody has. `take` counts the reference that the caller gets.
pub fn meet(
    wanted: &Wanted,
    make: impl FnOnce() -> *mut Channel,
    take: impl FnOnce(&Found),
) -> Result<Found, String> {
    let mut names = NAMES.lock();
    if let Some(entry) = names.get(wanted.name) {
        agree(wanted, entry)?;
        // SAFETY: the name keeps it.
        if let Some(role) = unsafe { role_of(entry.channel) } {
            role.stays.store(false, Ordering::Release);
        }
        let found = Found::Known(entry.channel);
        take(&found);
        return Ok(found);
    }
    let channel = make();
    // SAFETY: just made; the name's own references.
    unsafe {
        (*channel).ends.add(BOTH);
        if let Some(role) = role_of(channel) {
            role.named.store(true, Ordering::Release);
        }
    }
    names.insert(wanted.name.to_owned(), Entry::new(wanted, channel, ptr::null_mut()));
    let found = Found::Made(channel);
    take(&found);
    Ok(found)
}

/// An end of the pair at this name: the first one who comes makes it.
pub fn meet_pair(wanted: &Wanted, make: impl FnOnce() -> [*mut Channel; 2]) -> Result<*mut Channel, String> {
    let mut names = NAMES.lock();
    if let Some(entry) = names.get_mut(wanted.name) {
        agree(wanted, entry)?;
        let other = std::mem::replace(&mut entry.unclaimed, ptr::null_mut());
        if other.is_null() {
            return Err(format!(
                "inproc://{}: the pair made at {} has both its ends, and a third one is made here",
                wanted.name, entry.site
            ));
        }
        return Ok(other);
    }
    let [first, second] = make();
    for end in [first, second] {
        // SAFETY: just made.
        if let Some(role) = unsafe { role_of(end) } {
            role.named.store(true, Ordering::Release);
        }
    }
    names.insert(wanted.name.to_owned(), Entry::new(wanted, first, second));
    Ok(first)
}

fn agree(wanted: &Wanted, entry: &Entry) -> Result<(), String> {
    let name = wanted.name;
    if wanted.meeting != entry.meeting {
        return Err(format!(
            "inproc://{name}: here meet {}, since {}, and not {}",
            entry.meeting.ends(),
            entry.site,
            wanted.meeting.ends()
        ));
    }
    if wanted.id != entry.id {
        return Err(format!(
            "inproc://{name}: its messages are `{}`, since {}, and not `{}`",
            entry.type_name, entry.site, wanted.type_name
        ));
    }
    Ok(())
}

impl Entry {
    fn new(wanted: &Wanted, channel: *mut Channel, unclaimed: *mut Channel) -> Entry {
        let Wanted { meeting, id, type_name, site, .. } = *wanted;
        Entry { meeting, id, type_name, site, channel, unclaimed }
    }
}

/// Only the name still refers to this channel, it seems: then the name goes, unless there is something that somebody may come for.
///
/// # Safety
/// The caller holds a reference to receive, and no lock.
pub unsafe fn last_gone(channel: *mut Channel) {
    // SAFETY: by the caller; who comes by the name does so under its lock.
    unsafe {
        let mut names = NAMES.lock();
        if (*channel).ends.get() != BOTH + RECEIVER {
            return;
        }
        (*channel).lock();
        let empty = (*channel).buffer.is_empty() && Options::returned((*channel).options) == 0;
        (*channel).unlock();
        if !empty {
            // Until somebody comes.
            if let Some(role) = role_of(channel) {
                role.stays.store(true, Ordering::Release);
            }
            return;
        }
        if !forget(&mut names, channel) {
            return;
        }
        drop(names);
        give_up(channel, BOTH, 0);
    }
}

/// The channel was closed: who comes to its name now meets others.
///
/// # Safety
/// The caller holds a reference, and no lock.
pub unsafe fn closed(channel: *mut Channel) {
    // SAFETY: by the caller.
    unsafe {
        if role_of(channel).is_none_or(|role| !role.named.load(Ordering::Acquire)) {
            return;
        }
        let gone = forget(&mut NAMES.lock(), channel);
        if gone {
            give_up(channel, BOTH, 0);
        }
    }
}

/// An end of a pair has gone.
///
/// # Safety
/// The caller keeps it, and holds no lock.
pub unsafe fn pair_over(channel: *mut Channel) {
    // SAFETY: by the caller; the other end may be unclaimed, which is then ours to give up.
    unsafe {
        if role_of(channel).is_none_or(|role| !role.named.load(Ordering::Acquire)) {
            return;
        }
        let mut names = NAMES.lock();
        let outbox = |entry: &Entry| super::linked::outbox(entry.channel);
        let found = names
            .iter()
            .find(|(_, entry)| {
                entry.meeting == Meeting::Pair && (entry.channel == channel || outbox(entry) == channel)
            })
            .map(|(name, _)| name.clone());
        let entry = found.and_then(|name| names.remove(&name));
        drop(names);
        if let Some(entry) = entry
            && !entry.unclaimed.is_null()
        {
            give_up(entry.unclaimed, RECEIVER, 0);
        }
    }
}

/// Takes the name away that stands for this channel.
unsafe fn forget(names: &mut BTreeMap<String, Entry>, channel: *mut Channel) -> bool {
    let found = names.iter().find(|(_, entry)| entry.channel == channel).map(|(name, _)| name.clone());
    // SAFETY: by the caller.
    if let Some(role) = unsafe { role_of(channel) } {
        role.named.store(false, Ordering::Release);
    }
    found.is_some_and(|name| names.remove(&name).is_some())
}
