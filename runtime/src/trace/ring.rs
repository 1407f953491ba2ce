//! One worker's last events. Channel operations are always recorded (five stores), so that a crash report can tell what its task did last; the
//! others when tracing is [`on`](super::on).
//!
//! Only the worker's own thread writes. Any thread may read: an event carries its number, written last, so a reader knows whether what it
//! read is one event, and afterwards whether its place was taken meanwhile ([`Ring::read`]).
//!
//! A task that waits may go on at another worker, so what it did last may be in several rings. Within one ring events are in order; between
//! rings the number of the task's wait orders them, because a task changes workers only when it waits. A task's place becomes another task's
//! when it has ended: events tell the lives of a place apart by their number.

use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::Kind;
use crate::abi::layout::Text;
use crate::channel::Channel;
use crate::task::object::Task;

/// What happened, and to whom.
#[derive(Clone, Copy)]
pub struct Event {
    pub kind: Kind,
    /// Which of the task's waits came before it.
    pub wait: u32,
    /// Where the channel was made.
    site: Text,
}

/// One place: four words, of which the last is written last.
#[derive(Default)]
struct Place {
    task: AtomicU64,
    site: AtomicU64,
    /// The task's wait, low; its life, high.
    moment: AtomicU64,
    /// The length of the site, 16 bits; the kind, 16 bits; the event's number, 32 bits.
    what: AtomicU64,
}

const EVENTS: usize = 256;

/// See the [module](self).
pub struct Ring {
    places: [Place; EVENTS],
    /// How many events there were; the last of them may not be written yet.
    next: AtomicU64,
    /// Deliveries that are no events of their own, but parts of one, and ends of tasks.
    parts: AtomicU64,
}

impl Ring {
    #[expect(clippy::new_without_default, reason = "a worker has one, made with it")]
    pub fn new() -> Ring {
        Ring {
            places: std::array::from_fn(|_| Place::default()),
            next: AtomicU64::new(0),
            parts: AtomicU64::new(0),
        }
    }

    /// How much was done here that others may have to do with: events (channel operations, and the rest when tracing is on), deliveries that are parts of
    /// one, and tasks that nobody waits for and that have ended.
    #[inline]
    pub fn operations(&self) -> u64 {
        self.next.load(Ordering::Relaxed) + self.parts.load(Ordering::Relaxed)
    }

    /// So much was done that is no event. By the worker's own thread.
    #[inline]
    pub fn count_parts(&self, parts: u64) {
        self.parts.store(self.parts.load(Ordering::Relaxed) + parts, Ordering::Relaxed);
    }

    /// Notes an operation of the running task.
    ///
    /// # Safety
    /// `task` is a task, `channel` a channel, and this is the worker's own thread.
    #[inline]
    pub unsafe fn record(&self, task: *const Task, kind: Kind, channel: *const Channel) {
        // SAFETY: by the caller.
        unsafe { self.write(task, kind, (*channel).site) }
    }

    /// Notes an event of the task.
    ///
    /// # Safety
    /// As for [`Ring::record`].
    #[inline]
    pub unsafe fn write(&self, task: *const Task, kind: Kind, site: Text) {
        let number = self.next.load(Ordering::Relaxed);
        self.next.store(number + 1, Ordering::Relaxed);
        // Release: who sees what is written below sees that this place is taken.
        fence(Ordering::Release);
        let place = &self.places[number as usize % EVENTS];
        place.task.store(task as u64, Ordering::Relaxed);
        place.site.store(site.ptr as u64, Ordering::Relaxed);
        // SAFETY: by the caller.
        place.moment.store(unsafe { (*task).moment() }, Ordering::Relaxed);
        let what = (site.len & 0xffff) | (kind as u64) << 16 | number << 32;
        // Release: an event whose number is there is there.
        place.what.store(what, Ordering::Release);
    }

    /// The task's events, last first.
    ///
    /// # Safety
    /// `task` is a task that the caller holds.
    pub unsafe fn events_of(&self, task: *const Task) -> Vec<Event> {
        let next = self.next.load(Ordering::Acquire);
        let oldest = next.saturating_sub(EVENTS as u64);
        // SAFETY: by the caller.
        let life = unsafe { (*task).moment() } & LIFE;
        let events = (oldest..next).rev().filter_map(|number| self.read(number));
        let mine = events.filter(|(of, moment, _)| *of == task as u64 && moment & LIFE == life);
        mine.map(|(_, _, event)| event).collect()
    }

    /// The event of this number, its task and moment; none if it is not there any more, or not yet.
    fn read(&self, number: u64) -> Option<(u64, u64, Event)> {
        let place = &self.places[number as usize % EVENTS];
        let what = place.what.load(Ordering::Acquire);
        let (task, site) = (place.task.load(Ordering::Relaxed), place.site.load(Ordering::Relaxed));
        let moment = place.moment.load(Ordering::Relaxed);
        // Acquire: if any of this was written for a later event, its number was taken before.
        fence(Ordering::Acquire);
        if what >> 32 != number & 0xffff_ffff || self.next.load(Ordering::Relaxed) > number + EVENTS as u64 {
            return None;
        }
        let kind = Kind::ALL[(what >> 16 & 0xffff) as usize];
        // Sites live for ever.
        let site = Text { ptr: site as *const u8, len: what & 0xffff };
        Some((task, moment, Event { kind, wait: moment as u32, site }))
    }
}

/// The bits of a moment that tell one life of a task's place from another.
const LIFE: u64 = 0xffff << 48;

impl Event {
    /// Where the channel was made; empty for what is not about a channel.
    pub fn site(&self) -> &str {
        if self.site.ptr.is_null() { "" } else { self.site.as_str() }
    }
}
