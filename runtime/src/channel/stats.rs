//! `ch.Stats()`: how an end stands, and what it has lost.

use std::ptr;

use super::object::Channel;
use super::options::Options;
use super::role::{self, Kind, Part};
use crate::abi::layout::{Context, Status, TypeDesc, TypeKind};

/// The numbers of one end, by the names of the prelude's `ChannelStats`.
///
/// They are those of the queue that the end receives from or, if it only sends, of the one that it sends to.
#[derive(Default)]
struct Stats {
    len: u64,
    cap: u64,
    dropped: u64,
    redelivered: u64,
    dead: u64,
    senders: u64,
    receivers: u64,
    peers: u64,
    closed: bool,
}

impl Stats {
    /// # Safety
    /// A channel that the caller refers to, under its lock.
    unsafe fn of(channel: *mut Channel) -> Stats {
        // SAFETY: by the caller; the channel's rule 1.
        unsafe {
            let at = &*channel;
            let mut stats = Stats {
                len: at.buffer.len() + Options::returned(at.options) as u64,
                cap: at.buffer.cap(),
                senders: at.senders.iter().count() as u64,
                receivers: at.receivers.iter().count() as u64,
                closed: at.closed,
                ..Stats::default()
            };
            if let Some(options) = at.options.as_ref() {
                stats.dropped = options.dropped;
                stats.redelivered = options.redelivered;
                stats.dead = options.dead_letters;
            }
            if at.kind == Kind::Subscriber {
                let (unread, room) = role::hub::receive::unread(channel);
                stats.len += unread;
                stats.cap = room;
                stats.dropped += role::hub::receive::dropped(channel);
            }
            match role::role_of(channel).map(|role| &role.part) {
                Some(Part::Hub(hub)) => {
                    stats.dropped = hub.lost();
                    stats.peers = hub.subscribers();
                }
                Some(Part::Router(router)) => stats.peers = router.dealers(),
                Some(Part::Timed(_)) | None => stats.peers = at.ends.only_receive(),
                Some(_) => {}
            }
            stats
        }
    }

    fn by_name(&self, name: &str) -> u64 {
        match name {
            "Len" => self.len,
            "Cap" => self.cap,
            "Dropped" => self.dropped,
            "Redelivered" => self.redelivered,
            "Dead" => self.dead,
            "Senders" => self.senders,
            "Receivers" => self.receivers,
            "Peers" => self.peers,
            "Closed" => self.closed.into(),
            _ => 0,
        }
    }
}

/// `ch.Stats()`: fills the fields of a `ChannelStats`.
///
/// # Safety
/// `ctx` is this worker's; `desc` is that of the struct, for which `out` has room; `channel` is a channel, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_chan_stats(
    ctx: *mut Context,
    desc: *const TypeDesc,
    out: *mut u8,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if channel.is_null() {
            return super::no_channel(ctx);
        }
        (*channel).lock();
        let stats = Stats::of(channel);
        (*channel).unlock();
        let desc = &*desc;
        ptr::write_bytes(out, 0, desc.size as usize);
        for index in 0..desc.field_count as usize {
            let field = &*desc.fields.add(index);
            let (value, at) = (stats.by_name(field.name.as_str()), out.add(field.offset as usize));
            match (*field.ty).kind {
                TypeKind::Bool => at.write(u8::from(value != 0)),
                _ => at.cast::<u64>().write(value),
            }
        }
    }
    Status::Returned
}
