//! Models of the protocols, with two or three threads each, whose interleavings loom explores.

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use loom::thread;

use super::claim::Claim;
use super::ends::{Ends, Gone, RECEIVER, SENDER};
use super::lock::SpinLock;
use super::sleep::Sleepers;
use super::state::{Park, State};
use super::ticket::Ticket;

/// A task, the one operation it waits for, and how often it was put into a queue.
pub(crate) struct Task {
    pub(crate) state: State,
    queued: AtomicU32,
    outcome: UnsafeCell<u32>,
}

// SAFETY: the protocol under test guards `outcome`; loom checks that it does.
unsafe impl Sync for Task {}
// SAFETY: as above.
unsafe impl Send for Task {}

impl Task {
    pub(crate) fn new() -> Arc<Task> {
        Arc::new(Task { state: State::new(), queued: AtomicU32::new(0), outcome: UnsafeCell::new(0) })
    }

    pub(crate) fn queue(&self) {
        self.queued.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn queued(&self) -> u32 {
        self.queued.load(Ordering::SeqCst)
    }

    pub(crate) fn set(&self, outcome: u32) {
        // SAFETY: only who completes the operation gets here.
        self.outcome.with_mut(|at| unsafe { *at = outcome });
    }

    pub(crate) fn get(&self) -> u32 {
        // SAFETY: after DONE was seen.
        self.outcome.with(|at| unsafe { *at })
    }
}

#[test]
fn loom_a_task_that_parks_while_it_is_completed_runs_again_once() {
    loom::model(|| {
        let task = Task::new();
        let other = task.clone();
        let completer = thread::spawn(move || {
            other.set(7);
            if other.state.complete() {
                other.queue();
            }
        });
        let again = task.state.park() == Park::Again;
        completer.join().unwrap();
        // Either the parking worker queues it, or the one who completed it: one of them.
        assert_eq!(u32::from(again) + task.queued.load(Ordering::SeqCst), 1);
        assert!(task.state.done());
        assert_eq!(task.get(), 7);
    });
}

#[test]
fn loom_a_task_that_is_completed_and_cancelled_is_queued_once_for_each_park() {
    loom::model(|| {
        let task = Task::new();
        let wakers: Vec<_> = [false, true]
            .into_iter()
            .map(|cancels| {
                let task = task.clone();
                thread::spawn(move || {
                    let queue = if cancels { task.state.cancel() } else { task.state.complete() };
                    if queue {
                        task.queue();
                    }
                })
            })
            .collect();
        let mut runs = 0;
        if task.state.park() == Park::Again {
            // Run again; it may park again.
            runs += 1;
            if task.state.park() == Park::Again {
                runs += 1;
            }
        }
        for waker in wakers {
            waker.join().unwrap();
        }
        // It never is in two queues, and never nowhere with something to look at: parked and not queued means that a run came after
        // both wake-ups.
        let queued = task.queued.load(Ordering::SeqCst);
        assert!(queued <= 1);
        assert!(runs + queued >= 1);
        assert!(task.state.done() && task.state.is_cancelled());
    });
}

#[test]
fn loom_a_task_that_is_inspected_is_not_lost() {
    loom::model(|| {
        let task = Task::new();
        assert_eq!(task.state.park(), Park::Parked);
        let other = task.clone();
        let waker = thread::spawn(move || {
            if other.state.complete() {
                other.queue();
            }
        });
        if task.state.inspect() {
            // While it is inspected, nobody may run it.
            let queued = task.queued.load(Ordering::SeqCst);
            assert_eq!(queued, 0);
            if task.state.release() {
                task.queue();
            }
        }
        waker.join().unwrap();
        assert_eq!(task.queued.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_a_message_goes_from_hand_to_hand() {
    struct Channel {
        lock: SpinLock,
        inner: UnsafeCell<(Option<u32>, bool)>,
    }
    // SAFETY: `inner` is touched under the lock only.
    unsafe impl Sync for Channel {}
    // SAFETY: as above.
    unsafe impl Send for Channel {}

    loom::model(|| {
        let channel = Arc::new(Channel { lock: SpinLock::new(), inner: UnsafeCell::new((None, false)) });
        let task = Task::new();
        let (its_channel, its_task) = (channel.clone(), task.clone());
        let sender = thread::spawn(move || {
            its_channel.lock.lock();
            // SAFETY: under the lock.
            let queue = its_channel.inner.with_mut(|inner| unsafe {
                if (*inner).1 {
                    (*inner).1 = false;
                    its_task.set(5);
                    its_task.state.complete()
                } else {
                    (*inner).0 = Some(5);
                    false
                }
            });
            its_channel.lock.unlock();
            if queue {
                its_task.queue();
            }
        });
        channel.lock.lock();
        // SAFETY: under the lock.
        let received = channel.inner.with_mut(|inner| unsafe {
            let message = (*inner).0.take();
            (*inner).1 = message.is_none();
            message
        });
        channel.lock.unlock();
        let runs = match received {
            Some(message) => {
                assert_eq!(message, 5);
                1
            }
            None if task.state.park() == Park::Again => {
                assert!(task.state.done());
                assert_eq!(task.get(), 5);
                1
            }
            None => 0,
        };
        sender.join().unwrap();
        assert_eq!(runs + task.queued.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_a_select_is_decided_once() {
    struct Shared {
        claim: Claim,
        locks: [SpinLock; 2],
        task: Arc<Task>,
    }

    loom::model(|| {
        let shared = Arc::new(Shared {
            claim: Claim::new(),
            locks: [SpinLock::new(), SpinLock::new()],
            task: Task::new(),
        });
        let senders: Vec<_> = (0..2)
            .map(|case| {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.locks[case].lock();
                    let mine = shared.claim.take(case as u32);
                    let mut queue = false;
                    if mine {
                        shared.task.set(case as u32 + 10);
                        queue = shared.task.state.complete();
                    }
                    shared.locks[case].unlock();
                    if queue {
                        shared.task.queue();
                    }
                    mine
                })
            })
            .collect();
        // The time is over: the waiting task tries to take its claim itself.
        let gave_up = shared.claim.take(99);
        if !gave_up {
            let case = shared.claim.taken().unwrap();
            shared.locks[case as usize].lock();
            shared.locks[case as usize].unlock();
            assert!(shared.task.state.done());
            assert_eq!(shared.task.get(), case + 10);
        }
        let won = senders.into_iter().map(|sender| sender.join().unwrap());
        let won = won.filter(|&won| won).count();
        assert_eq!(won + usize::from(gave_up), 1);
    });
}

#[test]
fn loom_work_finds_a_worker_or_a_worker_finds_the_work() {
    loom::model(|| {
        let sleepers = Arc::new(Sleepers::new(0));
        let work = Arc::new(AtomicU32::new(0));
        sleepers.start_searching();
        let (its_sleepers, its_work) = (sleepers.clone(), work.clone());
        let worker = thread::spawn(move || {
            if its_work.load(Ordering::Relaxed) != 0 {
                let _ = its_sleepers.found();
                return true;
            }
            its_sleepers.fall_asleep(0);
            if its_work.load(Ordering::Relaxed) != 0 {
                its_sleepers.get_up(0);
                return true;
            }
            false
        });
        work.store(1, Ordering::Release);
        let woken = sleepers.on_work().is_some();
        let found = worker.join().unwrap();
        assert!(found || woken, "the worker sleeps, and nobody wakes it");
    });
}

/// What the detector of deadlocks concludes from stillness: see `task/deadlock`.
struct Still {
    sleepers: Sleepers,
    work: AtomicU32,
    timer: AtomicU32,
}

impl Still {
    /// The count of risings, if two workers sleep and nothing is under way.
    fn see(&self) -> Option<u64> {
        let risen = self.sleepers.risen();
        let asleep = self.sleepers.asleep() == 2 && self.sleepers.searching() == 0;
        let nothing = self.work.load(Ordering::SeqCst) == 0 && self.timer.load(Ordering::SeqCst) == 0;
        (asleep && nothing).then_some(risen)
    }

    fn lasts(&self, risen: u64) -> bool {
        self.see().is_some() && self.sleepers.risen() == risen
    }
}

#[test]
fn loom_nobody_is_condemned_because_the_detector_was_held_up() {
    loom::model(|| {
        let still =
            Arc::new(Still { sleepers: Sleepers::new(0), work: AtomicU32::new(0), timer: AtomicU32::new(0) });
        // Both workers fell asleep before there was anything to do; the second is the one that looks, the first is woken first.
        for worker in 0..2 {
            still.sleepers.start_searching();
            still.sleepers.fall_asleep(worker);
        }
        let child = Task::new();
        let (its, its_child) = (still.clone(), child.clone());
        let other = thread::spawn(move || {
            // The program begins: its main task starts a child that waits for it, and sleeps for a while.
            its.work.store(1, Ordering::SeqCst);
            assert_eq!(its.sleepers.on_work(), Some(0));
            its.sleepers.get_up(0);
            its.work.store(0, Ordering::SeqCst);
            let _ = its.sleepers.found();
            let _ = its_child.state.park();
            its.timer.store(1, Ordering::SeqCst);
            its.sleepers.start_searching();
            its.sleepers.fall_asleep(0);
        });
        if let Some(risen) = still.see()
            && child.state.inspect()
        {
            assert!(!still.lasts(risen), "a task is condemned that a sleeping one will wake");
            assert!(!child.state.release());
        }
        other.join().unwrap();
    });
}

#[test]
fn loom_a_suspect_that_is_woken_while_it_is_held_is_acquitted() {
    struct Channel {
        lock: SpinLock,
        changes: AtomicU32,
        senders: AtomicU32,
    }

    loom::model(|| {
        let channel = Arc::new(Channel {
            lock: SpinLock::new(),
            changes: AtomicU32::new(0),
            senders: AtomicU32::new(1),
        });
        let receiver = Task::new();
        assert_eq!(receiver.state.park(), Park::Parked);
        let (its_channel, its_receiver) = (channel.clone(), receiver.clone());
        let sender = thread::spawn(move || {
            // Its last message, then it gives its end up.
            its_channel.lock.lock();
            its_channel.changes.fetch_add(1, Ordering::Relaxed);
            let queue = its_receiver.state.complete();
            its_channel.lock.unlock();
            if queue {
                its_receiver.queue();
            }
            its_channel.senders.fetch_sub(1, Ordering::AcqRel);
        });
        if receiver.state.inspect() {
            let changes = || {
                channel.lock.lock();
                let changes = channel.changes.load(Ordering::Relaxed);
                channel.lock.unlock();
                changes
            };
            let before = changes();
            let senders = channel.senders.load(Ordering::SeqCst);
            let dead = senders == 0 && changes() == before && !receiver.state.is_noted();
            assert!(!dead, "a task is condemned that has a message");
            if receiver.state.release() {
                receiver.queue();
            }
        }
        sender.join().unwrap();
        assert_eq!(receiver.queued.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_a_timer_is_fired_or_cleared_and_a_void_one_does_nothing() {
    loom::model(|| {
        let ticket = Arc::new(Ticket::new());
        let first = ticket.set();
        let other = ticket.clone();
        let late = thread::spawn(move || other.fire(first));
        ticket.clear();
        assert!(!ticket.is_set());
        // The next wait of the task: only its own timer ends it.
        let second = ticket.set();
        assert!(ticket.is_set() && second != first);
        let other = ticket.clone();
        let due = thread::spawn(move || other.fire(second));
        let _ = late.join().unwrap();
        assert!(due.join().unwrap() && !ticket.is_set());
    });
}

#[test]
fn loom_two_threads_that_fire_a_timer_wake_its_task_once() {
    loom::model(|| {
        let ticket = Arc::new(Ticket::new());
        let number = ticket.set();
        let other = ticket.clone();
        let firing = thread::spawn(move || other.fire(number));
        let mine = ticket.fire(number);
        assert!(mine != firing.join().unwrap());
    });
}

/// A hub and its one subscriber, each of which holds a reference to the other: `channel/role`.
struct Tied {
    hub: Ends,
    subscriber: Ends,
    /// Under the hub's lock: whether it still holds its reference to send.
    held: SpinLock,
    holds: UnsafeCell<bool>,
    forsaken: AtomicBool,
    hub_freed: AtomicU32,
    subscriber_freed: AtomicU32,
}

// SAFETY: `held` guards `holds`; loom checks that it does.
unsafe impl Sync for Tied {}
// SAFETY: as above.
unsafe impl Send for Tied {}

impl Tied {
    fn take_hold(&self) -> bool {
        self.held.lock();
        // SAFETY: under the lock.
        let held = self.holds.with_mut(|at| unsafe { std::mem::take(&mut *at) });
        self.held.unlock();
        held
    }

    fn give_up_hub(&self, ends: u64) {
        match self.hub.give_up(ends, 0, |_| true, |_, _| false) {
            Gone::Senders => {
                if self.take_hold() {
                    self.give_up_subscriber(SENDER);
                }
                self.give_up_hub(RECEIVER);
            }
            Gone::All => {
                self.hub_freed.fetch_add(1, Ordering::SeqCst);
            }
            Gone::Nothing | Gone::Concern(_) => {}
        }
    }

    fn give_up_subscriber(&self, ends: u64) {
        let concerns = |now, next| {
            now >= RECEIVER && next < RECEIVER && next != 0 && !self.forsaken.load(Ordering::Acquire)
        };
        match self.subscriber.give_up(ends, 0, |_| true, concerns) {
            Gone::Senders => self.give_up_subscriber(RECEIVER),
            Gone::Concern(_) => {
                self.forsake();
                self.give_up_subscriber(RECEIVER);
            }
            Gone::All => {
                self.forsake();
                self.subscriber_freed.fetch_add(1, Ordering::SeqCst);
                // It kept its hub.
                self.give_up_hub(RECEIVER);
            }
            Gone::Nothing => {}
        }
    }

    fn forsake(&self) {
        if !self.forsaken.swap(true, Ordering::AcqRel) && self.take_hold() {
            self.give_up_subscriber(SENDER);
        }
    }
}

#[test]
fn loom_ends_that_hold_each_other_are_freed_once() {
    loom::model(|| {
        let tied = Arc::new(Tied {
            // The publisher's; the subscriber's.
            hub: Ends::new(SENDER + RECEIVER),
            // The hub's; the program's.
            subscriber: Ends::new(SENDER + RECEIVER),
            held: SpinLock::new(),
            holds: UnsafeCell::new(true),
            forsaken: AtomicBool::new(false),
            hub_freed: AtomicU32::new(0),
            subscriber_freed: AtomicU32::new(0),
        });
        let other = tied.clone();
        let publisher = thread::spawn(move || other.give_up_hub(SENDER));
        tied.give_up_subscriber(RECEIVER);
        publisher.join().unwrap();
        assert_eq!(tied.hub_freed.load(Ordering::SeqCst), 1);
        assert_eq!(tied.subscriber_freed.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_of_two_last_references_one_is_told() {
    loom::model(|| {
        let ends = Arc::new(Ends::new(2 * SENDER));
        let told = Arc::new(AtomicU32::new(0));
        let give_up = |ends: &Ends, told: &AtomicU32| {
            if !ends.give_up_one_of_many(SENDER)
                && ends.give_up(SENDER, 0, |_| true, |_, _| false) == Gone::Senders
            {
                told.fetch_add(1, Ordering::SeqCst);
                assert_eq!(ends.give_up(RECEIVER, 0, |_| true, |_, _| false), Gone::All);
            }
        };
        let (other_ends, other_told) = (ends.clone(), told.clone());
        let other = thread::spawn(move || give_up(&other_ends, &other_told));
        give_up(&ends, &told);
        other.join().unwrap();
        assert_eq!(told.load(Ordering::SeqCst), 1);
    });
}

/// A channel for one reply: who gives up the way back after it has replied tells nobody, since who was answered does not wait.
struct Answer {
    ends: Ends,
    lock: SpinLock,
    inner: UnsafeCell<Inner>,
    answered: AtomicBool,
    task: Arc<Task>,
    freed: AtomicU32,
}

#[derive(Default)]
struct Inner {
    reply: Option<u32>,
    waits: bool,
}

// SAFETY: `lock` guards `inner`; loom checks that it does.
unsafe impl Sync for Answer {}
// SAFETY: as above.
unsafe impl Send for Answer {}

impl Answer {
    fn new(ends: u64) -> Arc<Answer> {
        Arc::new(Answer {
            ends: Ends::new(ends),
            lock: SpinLock::new(),
            inner: UnsafeCell::new(Inner::default()),
            answered: AtomicBool::new(false),
            task: Task::new(),
            freed: AtomicU32::new(0),
        })
    }

    fn locked<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        self.lock.lock();
        // SAFETY: under the lock.
        let result = self.inner.with_mut(|inner| work(unsafe { &mut *inner }));
        self.lock.unlock();
        result
    }

    fn reply(&self, value: u32) {
        let queue = self.locked(|inner| {
            self.answered.store(true, Ordering::Relaxed);
            if !std::mem::take(&mut inner.waits) {
                inner.reply = inner.reply.or(Some(value));
                return false;
            }
            self.task.set(value);
            self.task.state.complete()
        });
        if queue {
            self.task.queue();
        }
    }

    fn give_up(&self, ends: u64) {
        let tells = |next| next != 0 && !self.answered.load(Ordering::Relaxed);
        match self.ends.give_up(ends, 0, tells, |_, _| false) {
            Gone::Nothing | Gone::Concern(_) => {}
            Gone::All => {
                self.freed.fetch_add(1, Ordering::SeqCst);
            }
            Gone::Senders => {
                let queue = self.locked(|inner| {
                    std::mem::take(&mut inner.waits) && {
                        self.task.set(0);
                        self.task.state.complete()
                    }
                });
                if queue {
                    self.task.queue();
                }
                self.give_up(RECEIVER);
            }
        }
    }

    /// The reply; 0 if there will be none.
    fn wait(&self) -> u32 {
        let found = self.locked(|inner| {
            let found = inner.reply.take().or(if self.ends.has_senders() { None } else { Some(0) });
            inner.waits = found.is_none();
            found
        });
        found.unwrap_or_else(|| {
            if self.task.state.park() == Park::Parked {
                while self.task.queued.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
            }
            assert!(self.task.state.done());
            self.task.get()
        })
    }
}

#[test]
fn loom_a_reply_reaches_who_waits_and_its_way_is_freed_once() {
    loom::model(|| {
        let answer = Answer::new(SENDER + RECEIVER);
        let its = answer.clone();
        let server = thread::spawn(move || {
            its.reply(7);
            its.give_up(SENDER);
        });
        assert_eq!(answer.wait(), 7);
        answer.give_up(RECEIVER);
        server.join().unwrap();
        assert_eq!(answer.freed.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_of_two_who_have_a_request_one_replies() {
    loom::model(|| {
        let answer = Answer::new(2 * SENDER + RECEIVER);
        let (its, dropper) = (answer.clone(), answer.clone());
        let server = thread::spawn(move || {
            its.reply(7);
            its.give_up(SENDER);
        });
        let other = thread::spawn(move || dropper.give_up(SENDER));
        assert_eq!(answer.wait(), 7);
        answer.give_up(RECEIVER);
        server.join().unwrap();
        other.join().unwrap();
        assert_eq!(answer.freed.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn loom_a_request_that_is_dropped_is_noticed() {
    loom::model(|| {
        let answer = Answer::new(SENDER + RECEIVER);
        let its = answer.clone();
        let server = thread::spawn(move || its.give_up(SENDER));
        assert_eq!(answer.wait(), 0);
        answer.give_up(RECEIVER);
        server.join().unwrap();
        assert_eq!(answer.freed.load(Ordering::SeqCst), 1);
    });
}

/// A worker whose thread is made when there is first work for it: it counts as asleep before.
struct Lazy {
    sleepers: Sleepers,
    work: AtomicU32,
    began: AtomicBool,
    started: AtomicU32,
    woken: AtomicU32,
    done: AtomicU32,
}

impl Lazy {
    /// Queues work. Who is to wake the worker starts its thread, if it has none yet: here, in this one.
    fn add(&self) {
        self.work.fetch_add(1, Ordering::SeqCst);
        if self.sleepers.on_work() != Some(0) {
            return;
        }
        if self.began.swap(true, Ordering::AcqRel) {
            self.woken.fetch_add(1, Ordering::SeqCst);
            return;
        }
        self.started.fetch_add(1, Ordering::SeqCst);
        self.sleepers.get_up(0);
        self.run();
    }

    /// It counts as searching, and does so again when it is woken.
    fn run(&self) {
        loop {
            let found = self.work.swap(0, Ordering::SeqCst);
            if found > 0 {
                let _ = self.sleepers.found();
                self.done.fetch_add(found, Ordering::SeqCst);
                self.sleepers.start_searching();
                continue;
            }
            self.sleepers.fall_asleep(0);
            if self.work.load(Ordering::SeqCst) == 0 {
                return;
            }
            self.sleepers.get_up(0);
        }
    }
}

#[test]
fn loom_a_worker_without_a_thread_is_started_once_and_finds_all_work() {
    loom::model(|| {
        let lazy = Arc::new(Lazy {
            sleepers: Sleepers::new(1),
            work: AtomicU32::new(0),
            began: AtomicBool::new(false),
            started: AtomicU32::new(0),
            woken: AtomicU32::new(0),
            done: AtomicU32::new(0),
        });
        let its = lazy.clone();
        let other = thread::spawn(move || its.add());
        lazy.add();
        other.join().unwrap();
        assert_eq!(lazy.started.load(Ordering::SeqCst), 1);
        // What is left is for the worker that somebody has woken, who may have done so when it had seen the work itself.
        let left = lazy.work.load(Ordering::SeqCst);
        assert!(left == 0 || lazy.woken.load(Ordering::SeqCst) > 0, "the worker sleeps, and nobody wakes it");
        assert_eq!(left + lazy.done.load(Ordering::SeqCst), 2);
    });
}
