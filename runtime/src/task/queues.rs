//! The queues of one worker: first come first served, and what does not fit, newest first.
//!
//! Tasks that others can take, too, wait in [`Queues::ready`], whose first one has waited longest. A new task goes there as well, unless there are
//! [`MANY`] already: then it goes on the pile, and runs before them. So a tree of tasks is gone through in its breadth until there
//! are enough for all workers, and from then on in its depth: a million leaves need the memory of some hundred, and each finds what its parent has
//! just written in the cache. Who takes tasks from another worker takes those that have waited longest first: whole subtrees.
//!
//! Nobody waits without end: the worker comes to the one that has waited longest every so many turns, whatever is on the pile, and the
//! lowest of the pile then moves to the end of the queue.

use crossbeam_deque::{Injector, Steal, Stealer, Worker as Deque};

use super::object::Task;

/// A queued task: whoever has it, holds it.
#[derive(Clone, Copy)]
pub struct Queued(pub *mut Task);

// SAFETY: a queue hands the task over to one worker.
unsafe impl Send for Queued {}

/// So many tasks are enough to choose from.
const MANY: usize = 256;

/// See the [module](self). Used by the worker's own thread.
pub struct Queues {
    ready: Deque<Queued>,
    pile: Deque<Queued>,
}

/// What others may see of them, and take.
pub struct Stealers {
    ready: Stealer<Queued>,
    pile: Stealer<Queued>,
}

impl Queues {
    pub fn new() -> Queues {
        Queues { ready: Deque::new_fifo(), pile: Deque::new_lifo() }
    }

    pub fn stealers(&self) -> Stealers {
        Stealers { ready: self.ready.stealer(), pile: self.pile.stealer() }
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.pile.is_empty()
    }

    pub fn len(&self) -> usize {
        self.ready.len() + self.pile.len()
    }

    /// Puts a task behind the others.
    #[inline]
    pub fn push(&self, task: *mut Task) {
        self.ready.push(Queued(task));
    }

    /// Puts a new task behind the others, or on the pile if they are many.
    #[inline]
    pub fn push_new(&self, task: *mut Task) {
        if self.ready.len() < MANY { self.ready.push(Queued(task)) } else { self.pile.push(Queued(task)) }
    }

    /// The next one.
    #[inline]
    pub fn pop(&self) -> Option<*mut Task> {
        let task = if self.pile.is_empty() { None } else { self.pile.pop() };
        task.or_else(|| self.ready.pop()).map(|task| task.0)
    }

    /// The one that has waited longest. The lowest of the pile takes a place in the queue instead.
    pub fn pop_oldest(&self, own: &Stealers) -> Option<*mut Task> {
        let task = self.ready.pop();
        if !self.pile.is_empty() {
            let _ = own.pile.steal_batch_with_limit(&self.ready, 1);
        }
        task.or_else(|| self.ready.pop()).map(|task| task.0)
    }

    /// Takes up to so many of what waits for everybody; the first of them is not queued.
    pub fn take_injected(&self, injector: &Injector<Queued>, most: usize) -> Option<*mut Task> {
        match injector.steal_batch_with_limit_and_pop(&self.ready, most) {
            Steal::Success(task) => Some(task.0),
            Steal::Empty | Steal::Retry => None,
        }
    }

    /// The same, as many as there should be.
    pub fn steal_injected(&self, injector: &Injector<Queued>) -> Option<*mut Task> {
        insist(|| injector.steal_batch_and_pop(&self.ready))
    }

    /// Takes a part of what another worker has queued; the first of them is not queued here.
    pub fn steal(&self, from: &Stealers) -> Option<*mut Task> {
        insist(|| from.ready.steal_batch_and_pop(&self.ready))
            .or_else(|| insist(|| from.pile.steal_batch_and_pop(&self.ready)))
    }
}

impl Stealers {
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.pile.is_empty()
    }
}

/// Until nobody else was at it at the same time.
fn insist(steal: impl Fn() -> Steal<Queued>) -> Option<*mut Task> {
    loop {
        match steal() {
            Steal::Success(task) => return Some(task.0),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(number: usize) -> *mut Task {
        std::ptr::without_provenance_mut(8 * number)
    }

    fn number(task: *mut Task) -> usize {
        task.addr() / 8
    }

    #[test]
    fn few_are_served_in_the_order_they_came() {
        let queues = Queues::new();
        (1..=MANY).for_each(|at| queues.push_new(task(at)));
        let order: Vec<usize> = std::iter::from_fn(|| queues.pop()).map(number).collect();
        assert_eq!(order, (1..=MANY).collect::<Vec<_>>());
    }

    #[test]
    fn what_does_not_fit_comes_first_and_newest_first() {
        let queues = Queues::new();
        (1..=MANY + 3).for_each(|at| queues.push_new(task(at)));
        let order: Vec<usize> = std::iter::from_fn(|| queues.pop()).map(number).take(4).collect();
        assert_eq!(order, [MANY + 3, MANY + 2, MANY + 1, 1]);
        assert_eq!(queues.len(), MANY - 1);
    }

    /// A task that makes two in each of its turns never leaves the pile empty.
    #[test]
    fn nobody_waits_for_ever_below_a_pile_that_grows() {
        let queues = Queues::new();
        let stealers = queues.stealers();
        let first = 2 * MANY;
        (1..=first).for_each(|at| queues.push_new(task(at)));
        let mut next = first + 1;
        let mut waiting: std::collections::HashSet<usize> = (1..=first).collect();
        for turn in 0..10 * first {
            let taken = if turn % 4 == 0 { queues.pop_oldest(&stealers) } else { queues.pop() };
            waiting.remove(&number(taken.expect("two come for each that goes")));
            for _ in 0..2 {
                queues.push_new(task(next));
                next += 1;
            }
        }
        assert!(waiting.is_empty(), "{waiting:?}");
    }

    #[test]
    fn who_steals_gets_the_oldest_of_both() {
        let (mine, other) = (Queues::new(), Queues::new());
        let stealers = other.stealers();
        (1..=MANY + 100).for_each(|at| other.push_new(task(at)));
        assert_eq!(mine.steal(&stealers).map(number), Some(1));
        while mine.pop().is_some() {}
        while other.ready.pop().is_some() {}
        let first = mine.steal(&stealers).map(number);
        let mut taken: Vec<usize> = std::iter::from_fn(|| mine.pop()).map(number).chain(first).collect();
        taken.sort_unstable();
        assert_eq!(taken, (MANY + 1..=MANY + taken.len()).collect::<Vec<_>>());
        while other.pop().is_some() {}
        assert!(stealers.is_empty() && mine.steal(&stealers).is_none());
    }
}
