//! One to many: `pub`/`sub` and `broadcast`. Each member gets each message of its topics, in the order in which they were published; what happens
//! when it is too slow is its own policy.
//!
//! Members that want the same things (topics, capacity, policy) are a group and share one [`Log`]: a message is put there once, however many they
//! are. A member that waits gets the message from hand to hand, and is not looked at otherwise.
//!
//! Rules:
//!
//! 1. A member that waits has read everything: it was noted when it found nothing, and each message since was handed to it or ended the note.
//! 2. A message is published to all its groups or, if a group that blocks is full, to none.
//! 3. `drop_newest` leaves a gap in one member's queue only, so such a member has a group of its own.
//!
//! The messages themselves, and what can reach a member, are the caller's ([`Link`]).

use std::collections::HashMap;
use std::ptr::NonNull;

use smallvec::SmallVec;

use super::log::{InOrder, Log, Read};
use super::topics::{Index, Topics};

/// What happens to a message for which a member has no room.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Policy {
    /// Nothing is published until it has.
    Block,
    /// The member does not get it.
    DropNewest,
    /// The member loses its oldest one.
    DropOldest,
}

/// What a member wants.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    pub topics: Topics,
    /// How many unread messages it has room for, at least one.
    pub cap: u64,
    pub policy: Policy,
}

/// What the caller does with the message that is published, and with those that are dropped.
pub trait Link<G, M> {
    /// Hands the message to a member that may wait. False if it does not. Then whether it waits for another one.
    fn hand(&mut self, member: &M) -> Option<StillWaits>;
    /// Puts the message at a place of a group's log.
    fn put(&mut self, group: &G, place: u64);
    /// Gives up the message there, which some have not read.
    fn discard(&mut self, group: &G, place: u64);
}

/// Whether more than one waited at a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StillWaits(pub bool);

/// A group that blocks has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Full;

#[derive(Debug)]
struct Group<G> {
    settings: Settings,
    log: Log,
    members: u32,
    /// Members that found nothing to read.
    waiting: Vec<usize>,
    /// The last message that was looked at for it.
    seen: u64,
    /// Messages that its one member did not get: rule 3.
    dropped: u64,
    data: G,
}

#[derive(Debug)]
struct Member<G, M> {
    group: usize,
    /// Where that group is, which stays there while it has members.
    at: NonNull<Group<G>>,
    reader: u64,
    dropped: u64,
    waits: bool,
    data: M,
}

/// Where a member reads: it needs not be looked for each time.
#[derive(Debug)]
pub struct Seat<G, M>(NonNull<Member<G, M>>);

impl<G, M> Clone for Seat<G, M> {
    fn clone(&self) -> Seat<G, M> {
        *self
    }
}

impl<G, M> Copy for Seat<G, M> {}

impl<G, M> Seat<G, M> {
    /// [`Fanout::read`]; but if there is no message, nothing is noted.
    ///
    /// # Safety
    /// The member has not left, and nobody uses its fanout meanwhile, nor while what this gives is used.
    #[inline(always)]
    pub unsafe fn read<'a>(self) -> Option<(Read, &'a G)> {
        // SAFETY: by the caller; members stay where they are, and so does a group as long as it has members.
        unsafe {
            let member = self.0.as_ptr();
            let group = (*member).at.as_ptr();
            let read = (*group).log.read(&mut (*member).reader)?;
            (*member).dropped += read.lost;
            Some((read, &(*group).data))
        }
    }

    /// What the member reads next, if it has lost nothing before it; [`InOrder::read`] with the reader that comes with it reads it.
    ///
    /// # Safety
    /// As for [`Seat::read`].
    #[inline(always)]
    pub unsafe fn in_order<'a>(self) -> Option<(InOrder<'a>, &'a mut u64, &'a G)> {
        // SAFETY: by the caller; as there.
        unsafe {
            let member = self.0.as_ptr();
            let group = (*member).at.as_ptr();
            let reader = &mut (*member).reader;
            let next = (*group).log.in_order(*reader)?;
            Some((next, reader, &(*group).data))
        }
    }
}

/// See the [module](self). `G` is what the caller keeps for a group (where its messages are), `M` for a member.
#[derive(Debug)]
pub struct Fanout<G, M> {
    groups: Slab<Group<G>>,
    members: Slab<Member<G, M>>,
    /// Groups that others may join.
    shared: HashMap<Settings, usize>,
    index: Index,
    looked: u64,
    /// What members lost that have left.
    lost: u64,
}

impl<G, M> Default for Fanout<G, M> {
    fn default() -> Fanout<G, M> {
        Fanout {
            groups: Slab::default(),
            members: Slab::default(),
            shared: HashMap::new(),
            index: Index::default(),
            looked: 0,
            lost: 0,
        }
    }
}

impl<G, M> Fanout<G, M> {
    /// A member joins; it gets what is published from now on. `group` makes what the caller keeps for a new group, of so many places.
    pub fn join(&mut self, settings: Settings, data: M, group: impl FnOnce(u64) -> G) -> usize {
        let group = self.group_for(settings, group);
        let reader = self.group_mut(group).log.head();
        let at = self.groups.address(group);
        let member = Member { group, at, reader, dropped: 0, waits: false, data };
        self.members.insert(member)
    }

    fn group_for(&mut self, settings: Settings, data: impl FnOnce(u64) -> G) -> usize {
        if let Some(&found) = self.shared.get(&settings) {
            self.group_mut(found).members += 1;
            return found;
        }
        let log = Log::new(settings.cap);
        let topics = settings.topics.clone();
        let data = data(log.places());
        let key = (settings.policy != Policy::DropNewest).then(|| settings.clone());
        let group = Group { settings, log, members: 1, waiting: Vec::new(), seen: 0, dropped: 0, data };
        let number = self.groups.insert(group);
        if let Some(key) = key {
            self.shared.insert(key, number);
        }
        self.index.insert(number, &topics);
        number
    }

    /// A member goes. `gone` is told of messages that nobody else would have read; gives what the caller kept for the member, and for its group if it was the last.
    pub fn leave(&mut self, member: usize, mut gone: impl FnMut(&G, u64)) -> Option<(M, Option<G>)> {
        self.lost += self.dropped(member);
        let Member { group: number, reader, data, .. } = self.members.remove(member)?;
        let group = self.group_mut(number);
        for message in group.log.leave(reader) {
            gone(&group.data, message % group.log.places());
        }
        group.waiting.retain(|other| *other != member);
        group.members -= 1;
        if group.members > 0 {
            return Some((data, None));
        }
        Some((data, self.remove_group(number)))
    }

    /// Its last member has gone.
    fn remove_group(&mut self, number: usize) -> Option<G> {
        let group = self.groups.remove(number)?;
        self.index.remove(number, &group.settings.topics);
        if self.shared.get(&group.settings) == Some(&number) {
            self.shared.remove(&group.settings);
        }
        Some(group.data)
    }

    /// A member wants other topics. It keeps what it has not read: its messages are copied (or moved, if nobody else reads them) to a
    /// group of its own. Gives what the caller kept for the group before, if that is gone.
    pub fn change_topics(
        &mut self,
        member: usize,
        change: impl FnOnce(&mut Topics),
        data: impl FnOnce(u64) -> G,
        mut copy: impl FnMut(&G, Read, u64, &G, u64),
    ) -> Option<G> {
        let Member { group: before, reader, waits, .. } = self.members.get(member)?;
        let (before, mut reader, waits) = (*before, *reader, *waits);
        let mut settings = self.group_mut(before).settings.clone();
        change(&mut settings.topics);
        // A group of its own: others that want the same have read other messages.
        let mut log = Log::new(settings.cap);
        let own = data(log.places());
        let old = self.group_mut(before);
        let mut lost = 0;
        while let Some(read) = old.log.read(&mut reader) {
            lost += read.lost;
            let number = log.push(1);
            copy(&old.data, read, read.number % old.log.places(), &own, number % log.places());
        }
        old.waiting.retain(|other| *other != member);
        old.members -= 1;
        lost += old.dropped;
        let gone = if old.members == 0 { self.remove_group(before) } else { None };
        let topics = settings.topics.clone();
        let waiting = if waits { vec![member] } else { Vec::new() };
        let group = Group { settings, log, members: 1, waiting, seen: 0, dropped: 0, data: own };
        let number = self.groups.insert(group);
        self.index.insert(number, &topics);
        let at = self.groups.address(number);
        if let Some(member) = self.members.get_mut(member) {
            (member.group, member.at) = (number, at);
            member.reader = 0;
            member.dropped += lost;
        }
        gone
    }

    /// A message is published under a topic: rule 2.
    pub fn publish(&mut self, topic: &[u8], link: &mut impl Link<G, M>) -> Result<(), Full> {
        self.looked += 1;
        let looked = self.looked;
        let Fanout { groups, members, index, .. } = self;
        let mut wanted: SmallVec<[usize; 8]> = SmallVec::new();
        let mut full = false;
        index.matching(topic, |number| {
            let Some(group) = groups.get_mut(number) else { return };
            // A member with several prefixes of the topic gets it once.
            if std::mem::replace(&mut group.seen, looked) != looked {
                full |= group.settings.policy == Policy::Block && group.log.is_full();
                wanted.push(number);
            }
        });
        if full {
            return Err(Full);
        }
        for number in wanted {
            if let Some(group) = groups.get_mut(number) {
                group.take(members, link);
            }
        }
        Ok(())
    }

    /// Whether a message with this topic can be published now.
    pub fn has_room(&self, topic: &[u8]) -> bool {
        let mut full = false;
        self.index.matching(topic, |number| {
            full |= self
                .groups
                .get(number)
                .is_some_and(|group| group.settings.policy == Policy::Block && group.log.is_full());
        });
        !full
    }

    /// Where a member reads, until it leaves.
    pub fn seat(&self, member: usize) -> Seat<G, M> {
        Seat(self.members.address(member))
    }

    /// A member reads its next message, from its group; if there is none, it is noted that it waits.
    pub fn read(&mut self, number: usize) -> Option<(Read, &G)> {
        // SAFETY: a member of this fanout, which the caller has for itself.
        let read = unsafe { self.seat(number).read() };
        if read.is_none() {
            self.wait(number);
        }
        read
    }

    /// A member found nothing to read.
    pub fn wait(&mut self, number: usize) {
        let Some(member) = self.members.get_mut(number) else { return };
        if !std::mem::replace(&mut member.waits, true) {
            let group = member.group;
            self.group_mut(group).waiting.push(number);
        }
    }

    /// How many messages a member has yet to read, and how many it has room for.
    pub fn unread(&self, member: usize) -> (u64, u64) {
        let Some(member) = self.members.get(member) else { return (0, 0) };
        let Some(group) = self.groups.get(member.group) else { return (0, 0) };
        (group.log.unread(member.reader), group.log.cap())
    }

    /// How many messages a member has lost, as far as it knows.
    pub fn dropped(&self, member: usize) -> u64 {
        let Some(member) = self.members.get(member) else { return 0 };
        let Some(group) = self.groups.get(member.group) else { return 0 };
        member.dropped + group.dropped + group.log.numbers().start.saturating_sub(member.reader)
    }

    /// How many messages all members have lost, those that have left among them.
    pub fn lost(&self) -> u64 {
        self.lost + (0..self.members.items.len()).map(|member| self.dropped(member)).sum::<u64>()
    }

    /// What the caller keeps for each member.
    pub fn members(&self) -> impl Iterator<Item = &M> {
        self.members.iter().map(|member| &member.data)
    }

    /// The same, to change.
    pub fn members_mut(&mut self) -> impl Iterator<Item = &mut M> {
        self.members.iter_mut().map(|member| &mut member.data)
    }

    /// The messages that are there: what the caller keeps for their group, and their place.
    pub fn messages(&self) -> impl Iterator<Item = (&G, u64)> {
        self.groups
            .iter()
            .flat_map(|group| group.log.numbers().map(|number| (&group.data, number % group.log.places())))
    }

    fn group_mut(&mut self, number: usize) -> &mut Group<G> {
        self.groups.get_mut(number).expect("a member's group lasts as long as it")
    }
}

impl<G> Group<G> {
    /// The message that is being published comes to this group.
    fn take<M>(&mut self, members: &mut Slab<Member<G, M>>, link: &mut impl Link<G, M>) {
        let mut handed: SmallVec<[usize; 8]> = SmallVec::new();
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|&number| {
            let Some(member) = members.get_mut(number) else { return false };
            match link.hand(&member.data) {
                Some(StillWaits(more)) => {
                    handed.push(number);
                    member.waits = more;
                }
                None => member.waits = false,
            }
            member.waits
        });
        self.waiting = waiting;
        let left = self.members - handed.len() as u32;
        if left == 0 {
            return;
        }
        if self.log.is_full() {
            match self.settings.policy {
                Policy::DropOldest | Policy::Block => {
                    if let Some(number) = self.log.drop_oldest() {
                        link.discard(&self.data, number % self.log.places());
                    }
                }
                Policy::DropNewest => {
                    self.dropped += 1;
                    return;
                }
            }
        }
        let number = self.log.push(left);
        link.put(&self.data, number % self.log.places());
        for number in handed {
            // Rule 1: it had read everything before.
            if let Some(member) = members.get_mut(number) {
                member.reader = self.log.head();
            }
        }
    }
}

/// Values by number, which stay where they are; a number that became free is given again.
#[derive(Debug)]
struct Slab<T> {
    /// Owned, each in memory of its own.
    items: Vec<Option<NonNull<T>>>,
    free: Vec<usize>,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab { items: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    fn insert(&mut self, value: T) -> usize {
        let item = Some(NonNull::from(Box::leak(Box::new(value))));
        match self.free.pop() {
            Some(number) => {
                self.items[number] = item;
                number
            }
            None => {
                self.items.push(item);
                self.items.len() - 1
            }
        }
    }

    fn remove(&mut self, number: usize) -> Option<T> {
        let item = self.items.get_mut(number)?.take()?;
        self.free.push(number);
        // SAFETY: `insert` made it, and nobody else takes it back.
        Some(*unsafe { Box::from_raw(item.as_ptr()) })
    }

    /// Where a value is.
    ///
    /// # Panics
    /// If there is none with this number.
    fn address(&self, number: usize) -> NonNull<T> {
        self.items[number].expect("a number that was given and not taken back")
    }

    #[inline]
    fn get(&self, number: usize) -> Option<&T> {
        // SAFETY: owned, so borrowed as this is.
        self.items.get(number)?.map(|item| unsafe { item.as_ref() })
    }

    #[inline]
    fn get_mut(&mut self, number: usize) -> Option<&mut T> {
        // SAFETY: as above.
        self.items.get(number)?.map(|mut item| unsafe { item.as_mut() })
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        // SAFETY: as above.
        self.items.iter().flatten().map(|item| unsafe { item.as_ref() })
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        // SAFETY: as above; each item is another one.
        self.items.iter_mut().flatten().map(|item| unsafe { item.as_mut() })
    }
}

impl<T> Drop for Slab<T> {
    fn drop(&mut self) {
        for number in 0..self.items.len() {
            drop(self.remove(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    use super::*;

    /// A group's places, and a member's message from hand to hand: messages are numbers.
    type Places = Rc<RefCell<Vec<Option<u64>>>>;

    #[derive(Debug, Default)]
    struct Waiting {
        waits: bool,
        got: Option<u64>,
    }

    type Members = Rc<RefCell<Waiting>>;

    struct Wire(u64);

    impl Link<Places, Members> for Wire {
        fn hand(&mut self, member: &Members) -> Option<StillWaits> {
            let mut member = member.borrow_mut();
            if !std::mem::take(&mut member.waits) {
                return None;
            }
            member.got = Some(self.0);
            Some(StillWaits(false))
        }

        fn put(&mut self, group: &Places, place: u64) {
            assert_eq!(group.borrow_mut()[place as usize].replace(self.0), None, "a place was not free");
        }

        fn discard(&mut self, group: &Places, place: u64) {
            assert!(group.borrow_mut()[place as usize].take().is_some(), "nothing to discard");
        }
    }

    fn places(count: u64) -> Places {
        Rc::new(RefCell::new(vec![None; count as usize]))
    }

    /// Any order of joining, publishing, waiting, reading, changing topics and leaving, against one queue for each member.
    #[test]
    fn each_member_has_a_queue_of_its_own() {
        const TOPICS: [&str; 4] = ["", "a", "ab", "b"];
        let mut seed = 11u64;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % below
        };
        struct Model {
            number: usize,
            settings: Settings,
            link: Members,
            queue: VecDeque<u64>,
            dropped: u64,
        }
        for _ in 0..300 {
            let mut core: Fanout<Places, Members> = Fanout::default();
            let mut models: Vec<Model> = Vec::new();
            let mut message = 0;
            for _ in 0..200 {
                let at = random(models.len().max(1));
                match random(10) {
                    0 | 1 => {
                        let topics = Topics::of(
                            (0..1 + random(2))
                                .map(|_| TOPICS[random(4)].as_bytes())
                                .collect::<Vec<_>>()
                                .into_iter(),
                        );
                        let policy = [Policy::Block, Policy::DropNewest, Policy::DropOldest][random(3)];
                        let settings = Settings { topics, cap: 1 + random(3) as u64, policy };
                        let link = Members::default();
                        let number = core.join(settings.clone(), link.clone(), places);
                        models.push(Model { number, settings, link, queue: VecDeque::new(), dropped: 0 });
                    }
                    2 if !models.is_empty() => {
                        let model = models.swap_remove(at);
                        let (_, group) = core
                            .leave(model.number, |group, place| {
                                group.borrow_mut()[place as usize].take().expect("was there");
                            })
                            .expect("a member");
                        if let Some(group) = group {
                            assert!(group.borrow().iter().all(Option::is_none), "messages are left over");
                        }
                    }
                    3 if !models.is_empty() => {
                        let model = &mut models[at];
                        let topic = TOPICS[random(4)].as_bytes();
                        let add = random(2) == 0;
                        let change = |topics: &mut Topics| match add {
                            true => topics.add(topic),
                            false => topics.remove(topic),
                        };
                        change(&mut model.settings.topics);
                        core.change_topics(model.number, change, places, |old, read, from, new, to| {
                            let mut old = old.borrow_mut();
                            let found =
                                if read.last { old[from as usize].take() } else { old[from as usize] };
                            new.borrow_mut()[to as usize] = found;
                        });
                    }
                    4..=6 => {
                        let topic = TOPICS[random(4)].as_bytes();
                        message += 1;
                        let full = models.iter().any(|model| {
                            model.settings.policy == Policy::Block
                                && model.settings.topics.matches(topic)
                                && model.queue.len() as u64 >= model.settings.cap
                        });
                        assert_eq!(core.publish(topic, &mut Wire(message)).is_err(), full);
                        for model in models.iter_mut().filter(|_| !full) {
                            if !model.settings.topics.matches(topic) {
                                continue;
                            }
                            if model.link.borrow().got == Some(message) {
                                model.link.borrow_mut().got = None;
                                assert!(model.queue.is_empty(), "overtook what was unread");
                                continue;
                            }
                            if model.queue.len() as u64 >= model.settings.cap {
                                model.dropped += 1;
                                if model.settings.policy == Policy::DropNewest {
                                    continue;
                                }
                                model.queue.pop_front();
                            }
                            model.queue.push_back(message);
                        }
                    }
                    _ if !models.is_empty() => {
                        let model = &mut models[at];
                        let read = core.read(model.number).map(|(read, group)| {
                            let mut group = group.borrow_mut();
                            let place = &mut group[read.place as usize];
                            if read.last { place.take() } else { *place }.expect("a message")
                        });
                        assert_eq!(read, model.queue.pop_front());
                        model.link.borrow_mut().waits = read.is_none();
                    }
                    _ => {}
                }
                for model in &models {
                    assert_eq!(core.unread(model.number).0, model.queue.len() as u64);
                    assert_eq!(core.dropped(model.number), model.dropped);
                }
            }
        }
    }

    #[test]
    fn nothing_is_published_to_some_only() {
        let mut core: Fanout<Places, Members> = Fanout::default();
        let settings = |cap| Settings { topics: Topics::all(), cap, policy: Policy::Block };
        let slow = core.join(settings(1), Members::default(), places);
        let fast = core.join(settings(2), Members::default(), places);
        assert_eq!(core.publish(b"", &mut Wire(1)), Ok(()));
        assert_eq!(core.publish(b"", &mut Wire(2)), Err(Full));
        assert_eq!((core.unread(slow), core.unread(fast)), ((1, 1), (1, 2)));
        core.leave(slow, |group, place| {
            group.borrow_mut()[place as usize].take();
        });
        assert_eq!(core.publish(b"", &mut Wire(2)), Ok(()));
    }
}
