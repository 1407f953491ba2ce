//! Who holds what among tasks that wait, and what follows from it.

use std::collections::hash_map::Entry;
use std::sync::atomic::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::abi::layout::{Closure, Frame, Header, TypeDesc, TypeKind};
use crate::channel::Channel;
use crate::channel::ends::{RECEIVER, SENDER};
use crate::channel::role::{self, Part, Side};
use crate::channel::waiter::Waiter;
use crate::protocol::bias::Look as LockLook;
use crate::task::frame;
use crate::task::object::{Op, Task};
use crate::value::count::{Visit, visit, visit_object};

/// Who holds a reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holder {
    Task(usize),
    /// A heap object that several refer to.
    Object(usize),
    /// The messages in a channel's buffer.
    Buffer(usize),
    /// What ends of a pattern hold of each other: for those who can send to a channel, and who can receive from it.
    Senders(usize),
    Receivers(usize),
}

/// What a reference leads to.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// With its direction: 0 both, 1 send only, 2 receive only.
    Channel(usize, u64),
    Object(usize),
}

struct TaskNode {
    task: *mut Task,
    /// Which of its waits this is.
    wait: u32,
    alive: bool,
}

struct ChannelNode {
    channel: *mut Channel,
    /// Ends found, and ends there are: senders low, receivers high, as in [`Channel::ends`].
    found: u64,
    ends: u64,
    can_send: bool,
    can_receive: bool,
    /// Tasks that wait to receive, to send.
    receivers: Vec<usize>,
    senders: Vec<usize>,
    /// There are such tasks (all that a brief graph knows of them).
    waits: bool,
    /// [`Channel::changes`] when its buffer was looked into.
    changes: u64,
}

struct ObjectNode {
    object: *mut Header,
    found: i64,
    count: i64,
    alive: bool,
}

/// See the [module](self).
#[derive(Default)]
pub struct Graph {
    tasks: Vec<TaskNode>,
    channels: Vec<ChannelNode>,
    /// In an order in which what an object refers to comes before it (of those that several refer to).
    objects: Vec<ObjectNode>,
    references: Vec<(Holder, Target)>,
    /// A task whose end is awaited, and who awaits it.
    awaited: Vec<(*mut Task, usize)>,
    task_index: FxHashMap<*mut Task, usize>,
    channel_index: FxHashMap<*mut Channel, usize>,
    object_index: FxHashMap<*mut Header, usize>,
    /// From here on counts have not been read: of objects, of channels.
    unread: (usize, usize),
    /// Channels that others hold, which must not go while they are looked at.
    kept: Kept,
    /// A channel's lock is held: what is looked at are messages.
    locked: bool,
    /// Only counts are wanted, not who holds what: a glance at a million tasks must not cost as much memory as they do.
    brief: bool,
    /// A task waits for the section of a mutex (of interest to a brief graph only).
    sections: bool,
}

fn weight(direction: u64) -> u64 {
    match direction {
        1 => SENDER,
        2 => RECEIVER,
        _ => SENDER + RECEIVER,
    }
}

/// Looks through what a holder holds.
struct Look<'a> {
    graph: &'a mut Graph,
    holder: Holder,
}

impl Visit for Look<'_> {
    fn object(&mut self, object: *mut Header) {
        // SAFETY: the holder, which does not change meanwhile, holds a reference.
        let count = unsafe { references(object) };
        match count {
            // Static data holds static data only.
            0 => {}
            // SAFETY: as above.
            1 => unsafe { visit_object(object, self) },
            _ if !self.graph.locked => {
                let index = self.graph.object(object);
                self.graph.objects[index].found += 1;
                if !self.graph.brief {
                    self.graph.references.push((self.holder, Target::Object(index)));
                }
            }
            // Of a message, it may be gone before its count is read: what it holds counts as held by somebody unknown.
            _ => {}
        }
    }

    fn handle(&mut self, desc: &TypeDesc, handle: *mut Header) {
        if desc.kind == TypeKind::Chan {
            self.graph.reference(self.holder, handle.cast(), desc.len);
        }
    }
}

impl Graph {
    /// A graph of counts only, for [`Graph::is_suspicious`].
    pub fn brief() -> Graph {
        Graph { brief: true, ..Graph::default() }
    }

    /// Whether tasks wait at a channel of which all ends, to send or to receive, were found among them.
    pub fn is_suspicious(&self) -> bool {
        self.sections
            || self.channels.iter().any(|node| {
                let (found, ends) = (node.found, node.ends);
                node.waits && (ends as u32 <= found as u32 || ends >> 32 <= found >> 32)
            })
    }

    /// Adds a task, which is held parked, if it waits for what the graph knows of.
    ///
    /// # Safety
    /// See above.
    pub unsafe fn add(&mut self, task: *mut Task) {
        // SAFETY: by the caller; the fields belong to who holds the task.
        unsafe {
            let known = matches!(
                (*task).op,
                Op::Send
                    | Op::Recv
                    | Op::RecvOk
                    | Op::Batch
                    | Op::Select
                    | Op::Wait
                    | Op::Group
                    | Op::Supervise
                    | Op::Section
            );
            if !known || (*task).closure.is_null() || (*task).has(Task::TIMED) || (*task).must_unwind() {
                return;
            }
            let index = self.tasks.len();
            if self.brief {
                self.waits(task, index);
                self.holds(task, index);
                return;
            }
            self.tasks.push(TaskNode { task, wait: (*task).waiter.case, alive: false });
            self.task_index.insert(task, index);
            self.waits(task, index);
            self.holds(task, index);
        }
    }

    /// What the task waits for.
    unsafe fn waits(&mut self, task: *mut Task, index: usize) {
        // SAFETY: by the caller.
        unsafe {
            match (*task).op {
                Op::Send => {
                    self.wait_at((*task).waiter.chan, index, true);
                }
                Op::Recv | Op::RecvOk | Op::Batch => {
                    self.wait_at((*task).waiter.chan, index, false);
                }
                Op::Select => {
                    let Some(block) = (*task).extra_if_any().and_then(|extra| extra.select.as_ref()) else {
                        return;
                    };
                    for (channel, sends) in block.channels() {
                        self.wait_at(channel, index, sends);
                    }
                }
                // Who waits for a section is rare enough for a closer look.
                Op::Section if self.brief => self.sections = true,
                _ if self.brief => {}
                _ => {
                    for awaited in awaited(task) {
                        self.awaited.push((awaited, index));
                    }
                }
            }
        }
    }

    fn wait_at(&mut self, channel: *mut Channel, task: usize, sends: bool) {
        let index = self.channel(channel);
        let node = &mut self.channels[index];
        node.waits = true;
        if self.brief {
            return;
        }
        if sends { node.senders.push(task) } else { node.receivers.push(task) }
    }

    /// What the task refers to.
    unsafe fn holds(&mut self, task: *mut Task, index: usize) {
        let mut look = Look { graph: self, holder: Holder::Task(index) };
        // SAFETY: by the caller.
        unsafe {
            look.object((*task).closure.cast());
            look_at_frames(&mut look, (*task).frame);
            if (*task).op == Op::Send {
                let message = (*task).message((*(*task).waiter.chan).size);
                look.graph.look_at_message(index, &raw const (*task).waiter, message);
            }
            let Some(extra) = (*task).extra_if_any() else { return };
            // Of a task that unwinds: what is still to be unwound, and the deferred call whose frames those above are.
            look_at_frames(&mut look, extra.unwind);
            if !extra.deferred.is_null() {
                look.object(extra.deferred.cast());
            }
            if let Some(block) = &extra.select {
                for (waiter, message) in block.messages() {
                    look.graph.look_at_message(index, waiter, message);
                }
            }
            for hand in &extra.in_hand {
                let (channel, desc, message) = hand.parts();
                look.graph.reference(look.holder, channel, 0);
                visit_if_any(desc, message, &mut look);
            }
            if let Some(batch) = &extra.batch {
                for message in batch.messages() {
                    visit_if_any(message.desc, message.as_ptr(), &mut look);
                }
            }
            if !extra.then.is_null() {
                look.object(extra.then.cast());
            }
            // The supervisor's reference to what it would start again: of use only once this task ends.
            if let Some(link) = &extra.child {
                let closure: *mut Closure = link.shared.state.lock().children[link.child].closure;
                if !closure.is_null() {
                    look.object(closure.cast());
                }
            }
        }
    }

    /// What the message of a waiting sender refers to. A receiver may take the message, and free it, although its sender is held: so only
    /// while it waits, and under the lock of its channel.
    unsafe fn look_at_message(&mut self, task: usize, waiter: *const Waiter, message: *mut u8) {
        // SAFETY: by the caller, a waiter and its message; a task that waits keeps its channel.
        unsafe {
            let channel = (*waiter).chan;
            let Some(held) = self.lock(channel) else { return };
            let nested = std::mem::replace(&mut self.locked, true);
            if (*waiter).is_linked() {
                let mut look = Look { graph: self, holder: Holder::Task(task) };
                visit_if_any((*channel).elem, message, &mut look);
            }
            self.locked = nested;
            (*channel).looked(held);
        }
    }

    fn reference(&mut self, holder: Holder, channel: *mut Channel, direction: u64) {
        let index = self.channel(channel);
        self.channels[index].found += weight(direction);
        if !self.brief {
            self.references.push((holder, Target::Channel(index, direction)));
        }
    }

    /// The node of a channel, which somebody who is held refers to. Its messages are looked into when it is first seen.
    fn channel(&mut self, channel: *mut Channel) -> usize {
        match self.channel_index.entry(channel) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let index = self.channels.len();
                entry.insert(index);
                self.channels.push(ChannelNode {
                    channel,
                    found: 0,
                    ends: 0,
                    can_send: false,
                    can_receive: false,
                    receivers: Vec::new(),
                    senders: Vec::new(),
                    waits: false,
                    changes: 0,
                });
                // SAFETY: it is alive; its messages stay while its lock is held, and what they hold alone with them.
                unsafe {
                    if self.locked {
                        // A message refers to it, which somebody may take and drop once the lock is given back.
                        self.keep(channel, index);
                    }
                    self.look_into_buffer(channel, index);
                    self.look_at_ties(channel, index);
                }
                index
            }
        }
    }

    /// Keeps a channel until the graph goes: one reference more, which is found already.
    ///
    /// # Safety
    /// It is alive.
    unsafe fn keep(&mut self, channel: *mut Channel, index: usize) {
        // SAFETY: by the caller.
        unsafe { self.kept.keep(channel) };
        self.channels[index].found += SENDER;
    }

    /// Takes a channel's lock. With another one held, nobody is waited for: the references that are not found then count as somebody's.
    ///
    /// # Safety
    /// The channel is alive.
    unsafe fn lock(&self, channel: *mut Channel) -> Option<LockLook> {
        // SAFETY: by the caller.
        unsafe { if self.locked { (*channel).try_look() } else { Some((*channel).look()) } }
    }

    /// Counts what the messages of a channel hold, under its lock.
    unsafe fn look_into_buffer(&mut self, channel: *mut Channel, index: usize) {
        // SAFETY: by the caller.
        unsafe {
            let Some(held) = self.lock(channel) else { return };
            let nested = std::mem::replace(&mut self.locked, true);
            self.channels[index].changes = (*channel).buffer.changes();
            let elem = (*channel).elem;
            let messages: Vec<*mut u8> = match role::role_of(channel).map(|role| &role.part) {
                Some(Part::Hub(hub)) => hub.messages(),
                _ => (*channel).buffer.messages().collect(),
            };
            for message in messages {
                let mut look = Look { graph: self, holder: Holder::Buffer(index) };
                visit_if_any(elem, message, &mut look);
            }
            self.locked = nested;
            (*channel).looked(held);
        }
    }

    /// Counts what an end of a pattern holds of other ends.
    unsafe fn look_at_ties(&mut self, channel: *mut Channel, index: usize) {
        // SAFETY: by the caller, it is alive; so are the others while its lock is held, and then as they are kept.
        unsafe {
            if (*channel).role.is_null() {
                return;
            }
            let Some(held) = self.lock(channel) else { return };
            let ties = role::ties(channel);
            for tie in &ties {
                self.kept.keep(tie.to);
            }
            (*channel).looked(held);
            for tie in ties {
                let holder = match tie.side {
                    Side::Senders => Holder::Senders(index),
                    Side::Receivers => Holder::Receivers(index),
                };
                self.reference(holder, tie.to, tie.direction);
                // The graph's own.
                let node = self.channel(tie.to);
                self.channels[node].found += SENDER;
            }
        }
    }

    /// The node of an object that several refer to. What it refers to is looked into when it is first seen.
    fn object(&mut self, object: *mut Header) -> usize {
        if let Some(&index) = self.object_index.get(&object) {
            return index;
        }
        let index = self.objects.len();
        self.object_index.insert(object, index);
        self.objects.push(ObjectNode { object, found: 0, count: 0, alive: false });
        // SAFETY: who refers to it is held; an object that several refer to does not change.
        unsafe {
            let mut look = Look { graph: self, holder: Holder::Object(index) };
            visit_object(object, &mut look);
        }
        index
    }

    /// Reads the counts of what was added since the last time, while who refers to it is held.
    pub fn read_new_counts(&mut self) {
        for node in &mut self.objects[self.unread.0..] {
            // SAFETY: who refers to it is held.
            node.count = unsafe { references(node.object) };
        }
        for node in &mut self.channels[self.unread.1..] {
            // SAFETY: as above.
            node.ends = unsafe { (*node.channel).ends.get() };
        }
        self.unread = (self.objects.len(), self.channels.len());
    }

    /// Reads all counts, while all tasks of the graph are held: of objects, those that hold others first; then of channels.
    pub fn read_counts(&mut self) {
        // An object gets its number before those that it is found to hold, but one that was found earlier by another way may be
        // held by it, too: containers first means in order of depth.
        let mut order: Vec<usize> = (0..self.objects.len()).collect();
        let depth = self.depths();
        order.sort_by_key(|&index| depth[index]);
        for index in order {
            // SAFETY: who refers to it is held.
            self.objects[index].count = unsafe { references(self.objects[index].object) };
        }
        for node in &mut self.channels {
            // SAFETY: as above.
            node.ends = unsafe { (*node.channel).ends.get() };
        }
    }

    /// The longest way to each object from the tasks, in objects.
    fn depths(&self) -> Vec<usize> {
        let mut depth = vec![0; self.objects.len()];
        // Values are trees, so ways are short; a turn for each step of the longest.
        let mut changed = true;
        while changed {
            changed = false;
            for &(holder, target) in &self.references {
                if let (Holder::Object(from), Target::Object(to)) = (holder, target)
                    && depth[to] <= depth[from]
                {
                    depth[to] = depth[from] + 1;
                    changed = true;
                }
            }
        }
        depth
    }

    /// Whether no channel has passed a message since its buffer was looked into.
    pub fn buffers_unchanged(&self) -> bool {
        self.channels.iter().all(|node| {
            // SAFETY: who refers to it is held.
            unsafe {
                let held = (*node.channel).look();
                let changes = (*node.channel).buffer.changes();
                (*node.channel).looked(held);
                changes == node.changes
            }
        })
    }

    /// All tasks of the graph.
    pub fn all(&self) -> Vec<*mut Task> {
        self.tasks.iter().map(|node| node.task).collect()
    }

    /// The tasks that nothing can wake.
    pub fn dead(&mut self) -> Vec<*mut Task> {
        let mut held: FxHashMap<HolderKey, Vec<Target>> = FxHashMap::default();
        for &(holder, target) in &self.references {
            held.entry(holder.key()).or_default().push(target);
        }
        let mut todo: Vec<Holder> = Vec::new();
        for index in 0..self.channels.len() {
            let node = &self.channels[index];
            let (send, receive) = (node.ends as u32 > node.found as u32, node.ends >> 32 > node.found >> 32);
            self.revive_channel(index, send, receive, &mut todo);
        }
        for (index, node) in self.objects.iter_mut().enumerate() {
            if node.count > node.found {
                node.alive = true;
                todo.push(Holder::Object(index));
            }
        }
        let mut waiters: FxHashMap<*mut Task, Vec<usize>> = FxHashMap::default();
        for (task, waiter) in std::mem::take(&mut self.awaited) {
            if self.task_index.contains_key(&task) {
                waiters.entry(task).or_default().push(waiter);
            } else {
                self.revive_task(waiter, &mut todo);
            }
        }
        while let Some(holder) = todo.pop() {
            for &target in held.get(&holder.key()).into_iter().flatten() {
                match target {
                    Target::Channel(index, direction) => {
                        self.revive_channel(index, direction != 2, direction != 1, &mut todo);
                    }
                    Target::Object(index) if !self.objects[index].alive => {
                        self.objects[index].alive = true;
                        todo.push(Holder::Object(index));
                    }
                    Target::Object(_) => {}
                }
            }
            if let Holder::Task(index) = holder {
                let task = self.tasks[index].task;
                for &waiter in waiters.get(&task).into_iter().flatten() {
                    self.revive_task(waiter, &mut todo);
                }
            }
        }
        self.tasks.iter().filter(|node| !node.alive).map(|node| node.task).collect()
    }

    /// Somebody alive can send to, or receive from, the channel.
    fn revive_channel(&mut self, index: usize, send: bool, receive: bool, todo: &mut Vec<Holder>) {
        if send && !self.channels[index].can_send {
            self.channels[index].can_send = true;
            todo.push(Holder::Senders(index));
            for task in self.channels[index].receivers.clone() {
                self.revive_task(task, todo);
            }
        }
        if receive && !self.channels[index].can_receive {
            self.channels[index].can_receive = true;
            todo.push(Holder::Buffer(index));
            todo.push(Holder::Receivers(index));
            for task in self.channels[index].senders.clone() {
                self.revive_task(task, todo);
            }
        }
    }

    fn revive_task(&mut self, index: usize, todo: &mut Vec<Holder>) {
        if !self.tasks[index].alive {
            self.tasks[index].alive = true;
            todo.push(Holder::Task(index));
        }
    }

    /// Of tasks that wait for the ends of others: those that some of them wait for, directly or not, for ever. All of them if there are none.
    pub fn waited_for(&self, waiting: Vec<*mut Task>) -> Vec<*mut Task> {
        let mut left = waiting.clone();
        loop {
            // SAFETY: held tasks.
            let awaited: FxHashSet<*mut Task> =
                left.iter().flat_map(|&task| unsafe { awaited(task) }).collect();
            let before = left.len();
            left.retain(|task| awaited.contains(task));
            if left.is_empty() {
                return waiting;
            }
            if left.len() == before {
                return left;
            }
        }
    }

    /// Which of its waits a task is in.
    pub fn wait_of(&self, task: *mut Task) -> u32 {
        self.tasks[self.task_index[&task]].wait
    }

    /// Of the dead, those that are to be told that their channel is closed: they ask for it, and nobody who could send to
    /// them asks, too, at another channel. If all wait for each other so, the first of them.
    pub fn closable(&self, dead: &[*mut Task]) -> Vec<*mut Task> {
        // SAFETY: the dead are held.
        let asks = |task: *mut Task| unsafe { matches!((*task).op, Op::RecvOk | Op::Batch) };
        let asking: Vec<*mut Task> = dead.iter().copied().filter(|&task| asks(task)).collect();
        let first = asking.first().copied();
        let free = |&task: &*mut Task| {
            // SAFETY: held.
            let channel = unsafe { (*task).waiter.chan };
            let index = self.channel_index[&channel];
            !self.references.iter().any(|&(holder, target)| match (holder, target) {
                (Holder::Task(other), Target::Channel(at, direction)) if at == index && direction != 2 => {
                    let other = self.tasks[other].task;
                    // SAFETY: held.
                    asks(other) && unsafe { (*other).waiter.chan } != channel
                }
                _ => false,
            })
        };
        let free: Vec<*mut Task> = asking.into_iter().filter(free).collect();
        if free.is_empty() { first.into_iter().collect() } else { free }
    }
}

/// Channels with a reference of the graph's own.
#[derive(Default)]
struct Kept(Vec<*mut Channel>);

impl Kept {
    /// # Safety
    /// The channel is alive.
    unsafe fn keep(&mut self, channel: *mut Channel) {
        // SAFETY: by the caller.
        unsafe { role::keep(channel) };
        self.0.push(channel);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for &channel in &self.0 {
            // SAFETY: kept; no lock is held.
            unsafe { role::let_go(channel) }
        }
    }
}

/// A holder as a key.
type HolderKey = (u8, usize);

impl Holder {
    fn key(self) -> HolderKey {
        match self {
            Holder::Task(index) => (0, index),
            Holder::Object(index) => (1, index),
            Holder::Buffer(index) => (2, index),
            Holder::Senders(index) => (3, index),
            Holder::Receivers(index) => (4, index),
        }
    }
}

/// How many references there are to the object.
unsafe fn references(object: *mut Header) -> i64 {
    // SAFETY: by the caller, an object that is alive.
    i64::from(crate::value::lent::references(unsafe { (*object).count.load(Ordering::SeqCst) }))
}

/// The tasks whose end (or whose leaving of a section) the task waits for; null stands for "something else may wake it".
unsafe fn awaited(task: *mut Task) -> Vec<*mut Task> {
    // SAFETY: by the caller.
    unsafe {
        if (*task).op == Op::Section {
            return vec![crate::library::section::awaited(task)];
        }
        let Some(extra) = (*task).extra_if_any() else { return vec![std::ptr::null_mut()] };
        match (*task).op {
            Op::Wait => vec![extra.awaited],
            Op::Group => crate::task::group::running((*task).slot[0] as *mut _),
            _ => match &extra.supervise {
                Some(waiting) => waiting.shared.running(),
                None => vec![std::ptr::null_mut()],
            },
        }
    }
}

/// What frames own, from the innermost outwards.
unsafe fn look_at_frames(look: &mut Look, innermost: *mut Frame) {
    let mut at = innermost;
    while !at.is_null() {
        // SAFETY: by the caller, frames of a task that is held.
        unsafe {
            look_at_frame(look, at);
            at = (*at).parent;
        }
    }
}

/// What the frame owns at its site, and its deferred calls.
unsafe fn look_at_frame(look: &mut Look, at: *mut Frame) {
    // SAFETY: by the caller; the compiler wrote the descriptor.
    unsafe {
        for deferred in frame::deferred(at) {
            look.object(deferred.cast());
        }
        for (ty, place) in frame::owned(at) {
            visit_if_any(ty, place, look);
        }
    }
}

unsafe fn visit_if_any(desc: *const TypeDesc, value: *mut u8, look: &mut Look) {
    // SAFETY: by the caller.
    if let Some(desc) = unsafe { desc.as_ref() } {
        // SAFETY: by the caller.
        unsafe { visit(desc, value, look) }
    }
}
