//! Models of how each pattern hands its messages over, with two or three threads, whose interleavings loom explores. The cores and the protocols
//! are the real ones; what `channel/role` does between them, under its one lock, is written down here in short.
//!
//! Each message has one receiver, or one for each subscriber, whatever happens at the same time, and nobody who waits is forgotten.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;

use super::fanout::{Fanout, Link, Policy, Settings, StillWaits};
use super::topics::Topics;
use crate::protocol::claim::Claim;
use crate::protocol::ends::{Ends, Gone, RECEIVER, SENDER};
use crate::protocol::lock::SpinLock;
use crate::protocol::models::Task;
use crate::protocol::state::Park;

/// What is touched under a lock only; loom checks that it is.
struct Locked<T> {
    lock: SpinLock,
    inner: UnsafeCell<T>,
}

// SAFETY: `inner` is touched under the lock only.
unsafe impl<T> Sync for Locked<T> {}
// SAFETY: as above.
unsafe impl<T> Send for Locked<T> {}

impl<T> Locked<T> {
    fn new(inner: T) -> Locked<T> {
        Locked { lock: SpinLock::new(), inner: UnsafeCell::new(inner) }
    }

    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        self.lock.lock();
        // SAFETY: under the lock.
        let result = self.inner.with_mut(|inner| f(unsafe { &mut *inner }));
        self.lock.unlock();
        result
    }
}

/// Queues a task that was completed under a lock, behind it.
fn ready(completed: Vec<Arc<Task>>) {
    completed.iter().for_each(|task| task.queue());
}

/// How often a task ran on: with what it had got at once, after an attempt to park, or when somebody queued it.
fn runs(task: &Task, at_once: bool) -> u32 {
    u32::from(at_once || task.state.park() == Park::Again)
}

type Places = [Cell<u32>; 2];

/// A hub in short: its core, who waits at its subscribers, and the publishers that wait, with their topics and messages.
struct Hub {
    core: Fanout<Places, usize>,
    subscribers: [Arc<Task>; 2],
    waits: [bool; 2],
    publishers: VecDeque<(Arc<Task>, &'static str, u32)>,
    /// What was published.
    published: Vec<u32>,
}

struct Delivery<'a> {
    message: u32,
    subscribers: &'a [Arc<Task>; 2],
    waits: &'a mut [bool; 2],
    completed: &'a mut Vec<Arc<Task>>,
}

impl Link<Places, usize> for Delivery<'_> {
    fn hand(&mut self, member: &usize) -> Option<StillWaits> {
        if !std::mem::take(&mut self.waits[*member]) {
            return None;
        }
        let task = &self.subscribers[*member];
        task.set(self.message);
        if task.state.complete() {
            self.completed.push(task.clone());
        }
        Some(StillWaits(false))
    }

    fn put(&mut self, places: &Places, place: u64) {
        places[place as usize].set(self.message);
    }

    fn discard(&mut self, _: &Places, _: u64) {}
}

impl Hub {
    fn new(topics: &[&str], policy: Policy) -> Hub {
        let mut core = Fanout::default();
        for (number, topic) in topics.iter().enumerate() {
            let topics = Topics::of(std::iter::once(topic.as_bytes()));
            core.join(Settings { topics, cap: 1, policy }, number, |_| Places::default());
        }
        Hub {
            core,
            subscribers: [Task::new(), Task::new()],
            waits: [false; 2],
            publishers: VecDeque::new(),
            published: Vec::new(),
        }
    }

    fn publish(&mut self, topic: &str, message: u32, completed: &mut Vec<Arc<Task>>) -> bool {
        let Hub { core, subscribers, waits, published, .. } = self;
        let done =
            core.publish(topic.as_bytes(), &mut Delivery { message, subscribers, waits, completed }).is_ok();
        if done {
            published.push(message);
        }
        done
    }

    /// True: published. False: the task waits for that.
    fn send(
        &mut self,
        task: &Arc<Task>,
        topic: &'static str,
        message: u32,
        completed: &mut Vec<Arc<Task>>,
    ) -> bool {
        let done = self.publishers.is_empty() && self.publish(topic, message, completed);
        if !done {
            self.publishers.push_back((task.clone(), topic, message));
        }
        done
    }

    fn receive(&mut self, member: usize) -> Option<u32> {
        match self.core.read(member) {
            Some((read, places)) => Some(places[read.place as usize].get()),
            None => {
                self.waits[member] = true;
                None
            }
        }
    }

    fn pump(&mut self, completed: &mut Vec<Arc<Task>>) {
        while let Some((task, topic, message)) = self.publishers.front().cloned() {
            if !self.publish(topic, message, completed) {
                return;
            }
            self.publishers.pop_front();
            if task.state.complete() {
                completed.push(task);
            }
        }
    }
}

/// Does something with the hub; then those are queued whom that completed.
fn at<R>(hub: &Locked<Hub>, f: impl FnOnce(&mut Hub, &mut Vec<Arc<Task>>) -> R) -> R {
    let mut completed = Vec::new();
    let result = hub.with(|hub| f(hub, &mut completed));
    ready(completed);
    result
}

#[test]
fn loom_each_subscriber_gets_a_publication_once() {
    loom::model(|| {
        let hub = Arc::new(Locked::new(Hub::new(&["", ""], Policy::DropOldest)));
        let tasks = hub.with(|hub| hub.subscribers.clone());
        let receive = |hub: &Locked<Hub>, task: &Task, member: usize| {
            let received = at(hub, |hub, _| hub.receive(member));
            assert!(received.is_none_or(|message| message == 7));
            let runs = runs(task, received.is_some());
            if received.is_none() && runs == 1 {
                assert_eq!(task.get(), 7);
            }
            runs
        };
        let (its_hub, its_task) = (hub.clone(), tasks[0].clone());
        let other = thread::spawn(move || receive(&its_hub, &its_task, 0));
        let its_hub = hub.clone();
        let publisher = thread::spawn(move || {
            assert!(at(&its_hub, |hub, completed| hub.publish("a", 7, completed)));
        });
        let mine = receive(&hub, &tasks[1], 1);
        publisher.join().unwrap();
        let its = other.join().unwrap();
        assert_eq!(its + tasks[0].queued(), 1);
        assert_eq!(mine + tasks[1].queued(), 1);
    });
}

#[test]
fn loom_a_publisher_that_waits_goes_on_when_the_slowest_reads_or_leaves() {
    for leaves in [false, true] {
        loom::model(move || {
            let hub = Arc::new(Locked::new(Hub::new(&[""], Policy::Block)));
            let task = Task::new();
            assert!(at(&hub, |hub, completed| hub.publish("a", 7, completed)));
            let its_hub = hub.clone();
            let subscriber = thread::spawn(move || {
                at(&its_hub, |hub, completed| {
                    if leaves {
                        hub.core.leave(0, |_, _| {});
                    } else {
                        assert_eq!(hub.receive(0), Some(7));
                    }
                    hub.pump(completed);
                });
            });
            let sent = at(&hub, |hub, completed| hub.send(&task, "a", 8, completed));
            let runs = runs(&task, sent);
            subscriber.join().unwrap();
            assert_eq!(runs + task.queued(), 1);
            assert_eq!(hub.with(|hub| hub.published.clone()), [7, 8]);
        });
    }
}

#[test]
fn loom_who_waits_behind_a_publisher_that_gives_up_goes_on() {
    loom::model(|| {
        let hub = Arc::new(Locked::new(Hub::new(&["a", "b"], Policy::Block)));
        let (first, behind) = (Task::new(), Task::new());
        assert!(at(&hub, |hub, completed| hub.publish("a", 7, completed)));
        assert!(!at(&hub, |hub, completed| hub.send(&first, "a", 8, completed)));
        assert!(!at(&hub, |hub, completed| hub.send(&behind, "b", 9, completed)));
        assert_eq!(first.state.park(), Park::Parked);
        assert_eq!(behind.state.park(), Park::Parked);
        let its_hub = hub.clone();
        let subscriber = thread::spawn(move || {
            at(&its_hub, |hub, completed| {
                assert_eq!(hub.receive(0), Some(7));
                hub.pump(completed);
            });
        });
        // It is cancelled.
        let gave_up = at(&hub, |hub, completed| {
            let before = hub.publishers.len();
            hub.publishers.retain(|(task, ..)| !Arc::ptr_eq(task, &first));
            let gave_up = hub.publishers.len() < before;
            hub.pump(completed);
            gave_up
        });
        subscriber.join().unwrap();
        let published = hub.with(|hub| hub.published.clone());
        assert_eq!(published, if gave_up { vec![7, 9] } else { vec![7, 8, 9] });
        assert_eq!((first.queued(), behind.queued()), (u32::from(!gave_up), 1));
    });
}

/// A queue in short, as `push`/`pull`, `dealer`/`router` and `req`/`rep` have: its messages, and who waits for one, first come first.
#[derive(Default)]
struct Queue {
    messages: VecDeque<u32>,
    waiting: VecDeque<Arc<Task>>,
}

impl Queue {
    /// The task that has the message now, if it is to be queued.
    fn send(&mut self, message: u32) -> Option<Arc<Task>> {
        let Some(task) = self.waiting.pop_front() else {
            self.messages.push_back(message);
            return None;
        };
        task.set(message);
        task.state.complete().then_some(task)
    }

    fn receive(&mut self, task: &Arc<Task>) -> Option<u32> {
        let message = self.messages.pop_front();
        if message.is_none() {
            self.waiting.push_back(task.clone());
        }
        message
    }
}

fn send(queue: &Locked<Queue>, message: u32) {
    ready(queue.with(|queue| queue.send(message)).into_iter().collect());
}

#[test]
fn loom_who_has_waited_longest_gets_the_first_message() {
    loom::model(|| {
        let queue = Arc::new(Locked::new(Queue::default()));
        let (first, second) = (Task::new(), Task::new());
        // One waits already; another one comes while two messages do.
        assert_eq!(queue.with(|queue| queue.receive(&first)), None);
        assert_eq!(first.state.park(), Park::Parked);
        let its_queue = queue.clone();
        let pusher = thread::spawn(move || {
            send(&its_queue, 1);
            send(&its_queue, 2);
        });
        let received = queue.with(|queue| queue.receive(&second));
        let runs = runs(&second, received.is_some());
        pusher.join().unwrap();
        assert_eq!((first.queued(), first.get()), (1, 1));
        assert_eq!(runs + second.queued(), 1);
        assert_eq!(received.unwrap_or_else(|| second.get()), 2);
    });
}

#[test]
fn loom_two_pullers_and_two_pushers_share_the_messages() {
    loom::model(|| {
        let queue = Arc::new(Locked::new(Queue::default()));
        let tasks = [Task::new(), Task::new()];
        for task in &tasks {
            assert_eq!(queue.with(|queue| queue.receive(task)), None);
            assert_eq!(task.state.park(), Park::Parked);
        }
        let its_queue = queue.clone();
        let pusher = thread::spawn(move || send(&its_queue, 1));
        send(&queue, 2);
        pusher.join().unwrap();
        assert_eq!(tasks.each_ref().map(|task| task.queued()), [1, 1]);
        assert_eq!(tasks[0].get() + tasks[1].get(), 3);
    });
}

#[test]
fn loom_the_ends_of_a_pair_exchange_messages() {
    loom::model(|| {
        // What each end receives. No lock is taken under the other.
        let inboxes = Arc::new([Locked::new(Queue::default()), Locked::new(Queue::default())]);
        let tasks = [Task::new(), Task::new()];
        let exchange = |inboxes: &[Locked<Queue>; 2], task: &Arc<Task>, me: usize| {
            send(&inboxes[1 - me], me as u32 + 10);
            let received = inboxes[me].with(|inbox| inbox.receive(task));
            let runs = runs(task, received.is_some());
            if runs == 1 {
                assert_eq!(received.unwrap_or_else(|| task.get()), 1 - me as u32 + 10);
            }
            runs
        };
        let (its_inboxes, its_task) = (inboxes.clone(), tasks[1].clone());
        let other = thread::spawn(move || exchange(&its_inboxes, &its_task, 1));
        let mine = exchange(&inboxes, &tasks[0], 0);
        let its = other.join().unwrap();
        assert_eq!((mine + tasks[0].queued(), its + tasks[1].queued()), (1, 1));
    });
}

/// The way back of a request in short: a queue of one reply, with a caller that waits for it, for a time.
struct Reply {
    /// The request's reference, which sends, and the caller's.
    ends: Ends,
    inner: Locked<(Option<u32>, bool)>,
    claim: Claim,
    caller: Arc<Task>,
}

/// What the caller gets besides a reply.
const DROPPED: u32 = 1;
const TIMED_OUT: u32 = 2;
const REPLY: u32 = 7;

impl Reply {
    fn new() -> Arc<Reply> {
        Arc::new(Reply {
            ends: Ends::new(SENDER + RECEIVER),
            inner: Locked::new((None, false)),
            claim: Claim::new(),
            caller: Task::new(),
        })
    }

    /// The caller waits, and it is for the one who asks to complete it.
    fn complete(&self, waits: bool, outcome: u32) -> Option<bool> {
        (waits && self.claim.take(0)).then(|| {
            self.caller.set(outcome);
            self.caller.state.complete()
        })
    }

    fn reply(&self) {
        let queue = self.inner.with(|inner| {
            let taken = self.complete(inner.1, REPLY);
            if taken.is_none() {
                inner.0 = Some(REPLY);
            }
            taken
        });
        if queue == Some(true) {
            self.caller.queue();
        }
    }

    /// The last who had the request has it no more.
    fn drop_request(&self) {
        if self.ends.give_up(SENDER, 0, |_| true, |_, _| false) != Gone::Senders {
            return;
        }
        let queue = self.inner.with(|inner| self.complete(inner.1, DROPPED));
        if queue == Some(true) {
            self.caller.queue();
        }
        let _ = self.ends.give_up(RECEIVER, 0, |_| true, |_, _| false);
    }

    /// What the caller gets at once; none: it waits.
    fn wait(&self) -> Option<u32> {
        self.inner.with(|inner| match inner.0.take() {
            Some(reply) => Some(reply),
            None if !self.ends.has_senders() => Some(DROPPED),
            None => {
                inner.1 = true;
                None
            }
        })
    }

    /// What the caller comes back with when it looks up: it was completed, or its time is over.
    fn look(&self) -> u32 {
        if self.claim.take(99) {
            return TIMED_OUT;
        }
        // Whoever took the claim completes under the lock.
        self.inner.with(|_| {});
        assert!(self.caller.state.done());
        self.caller.get()
    }
}

#[test]
fn loom_a_call_has_one_reply_or_one_error() {
    for replies in [false, true] {
        loom::model(move || {
            let reply = Reply::new();
            let its = reply.clone();
            let server = thread::spawn(move || {
                if replies {
                    its.reply();
                }
                its.drop_request();
            });
            let its = reply.clone();
            // The caller's time may be over at any moment.
            let timer = thread::spawn(move || {
                if its.caller.state.wake() {
                    its.caller.queue();
                }
            });
            let mut outcome = reply.wait();
            if outcome.is_none() && reply.caller.state.park() == Park::Again {
                outcome = Some(reply.look());
            }
            server.join().unwrap();
            timer.join().unwrap();
            // It parked: somebody queued it, and it looks now.
            let outcome = outcome.unwrap_or_else(|| {
                assert!(reply.caller.queued() >= 1, "the caller waits, and nobody wakes it");
                reply.look()
            });
            let possible = if replies { [REPLY, TIMED_OUT] } else { [DROPPED, TIMED_OUT] };
            assert!(possible.contains(&outcome), "{outcome}");
        });
    }
}
