//! Where tasks live: slabs of 64 KiB, aligned to their size, so that a task's address gives its slab, and that its runtime.
//!
//! Memory of tasks stays memory of tasks: a wake-up that comes too late finds a task or a free place, never something else. Free
//! places are kept by each worker; what one has too many goes to a common pool, a batch at a time. The slabs are also the list of all
//! tasks that deadlock detection goes through.

use std::ptr::{self, addr_of_mut};
use std::sync::atomic::AtomicI32;

use parking_lot::Mutex;

use super::object::{Op, Outcome, TASK_SIZE, Task};
use super::runtime::Runtime;
use crate::abi::layout::{Closure, Frame, HandleDesc, Header, ObjectKind};
use crate::memory::regions::{self, SLAB_SIZE};

const TASKS_PER_SLAB: usize = SLAB_SIZE / TASK_SIZE - 1;
const BATCH: usize = 128;
/// So many places that were never used are made free at a time: a page of them. Most programs have few tasks.
const FRESH: usize = 4096 / TASK_SIZE;

/// The head of a slab, in the place of its first task.
#[repr(C)]
struct SlabHead {
    runtime: *const Runtime,
}

/// All slabs, and the free places that no worker has.
#[derive(Default)]
pub struct Slabs {
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    slabs: Vec<*mut SlabHead>,
    /// So many places of the last slab were made free at some time.
    opened: usize,
    /// Chains of free tasks, and how many each has.
    batches: Vec<(*mut Task, usize)>,
}

impl Shared {
    fn add_slab(&mut self, runtime: &Runtime) -> *mut SlabHead {
        let slab: *mut SlabHead = regions::slab().cast();
        // SAFETY: fresh memory.
        unsafe { (*slab).runtime = runtime };
        self.slabs.push(slab);
        self.opened = 0;
        slab
    }
}

// SAFETY: the pointers are to memory that is never freed; the mutex guards the lists.
unsafe impl Send for Shared {}

/// The free places of one worker.
pub struct Cache {
    free: *mut Task,
    count: usize,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}

impl Cache {
    pub(crate) const fn new() -> Cache {
        Cache { free: ptr::null_mut(), count: 0 }
    }

    /// A new task that will run `closure`, which it takes over. It counts one reference: its own.
    #[inline]
    pub(crate) fn allocate(&mut self, runtime: &Runtime, closure: *mut Closure) -> *mut Task {
        if self.free.is_null() {
            (self.free, self.count) = runtime.slabs.refill(runtime);
        }
        let task = self.free;
        // SAFETY: a free place is ours alone; its `frame` links the next.
        unsafe {
            self.free = (*task).frame.cast();
            self.count -= 1;
            initialise(task, closure);
        }
        task
    }

    /// Takes the place back.
    ///
    /// # Safety
    /// The task has ended and nothing refers to it but stale wakers.
    #[inline]
    pub unsafe fn free(&mut self, runtime: &Runtime, task: *mut Task) {
        // SAFETY: by the caller.
        unsafe {
            (*task).closure = ptr::null_mut();
            (*task).frame = self.free.cast();
        }
        self.free = task;
        self.count += 1;
        if self.count >= 2 * BATCH {
            let batch = self.split();
            runtime.slabs.shared.lock().batches.push((batch, BATCH));
        }
    }

    #[cold]
    fn split(&mut self) -> *mut Task {
        let batch = self.free;
        let mut last = batch;
        // SAFETY: the chain has at least 2 * BATCH free tasks.
        unsafe {
            for _ in 1..BATCH {
                last = (*last).frame.cast();
            }
            self.free = (*last).frame.cast();
            (*last).frame = ptr::null_mut();
        }
        self.count -= BATCH;
        batch
    }
}

/// The first line of the task, but for `ticket`, which only grows; the second one means nothing until the task waits at a channel. A stale waker
/// may be touching `state`, which is RUNNING in a free place but for a note.
#[inline]
unsafe fn initialise(task: *mut Task, closure: *mut Closure) {
    // SAFETY: by the caller, a free place.
    unsafe {
        addr_of_mut!((*task).header).write(Header {
            count: AtomicI32::new(-1),
            kind: ObjectKind::Handle,
            desc: (&raw const TASK_HANDLE).cast(),
        });
        (*task).state.reset();
        (*task).frame = ptr::null_mut::<Frame>();
        (*task).waiter.begin_life();
        (*task).extra = ptr::null_mut();
        (*task).op = Op::None;
        (*task).flags = 0;
        (*task).outcome = Outcome::Passed;
        (*task).closure = closure;
    }
}

static TASK_HANDLE: HandleDesc = HandleDesc { free: super::spawn::free_task };

impl Slabs {
    fn refill(&self, runtime: &Runtime) -> (*mut Task, usize) {
        let mut shared = self.shared.lock();
        if let Some(batch) = shared.batches.pop() {
            return batch;
        }
        let slab = match shared.slabs.last() {
            Some(slab) if shared.opened < TASKS_PER_SLAB => *slab,
            _ => shared.add_slab(runtime),
        };
        let to_next_page = FRESH - (shared.opened + 1) % FRESH;
        let count = to_next_page.min(TASKS_PER_SLAB - shared.opened);
        let mut chain: *mut Task = ptr::null_mut();
        for _ in 0..count {
            shared.opened += 1;
            // SAFETY: within the slab; places that were never used are zero, and all-zero tasks are free ones.
            unsafe {
                let task = slab.cast::<Task>().add(shared.opened);
                (*task).frame = chain.cast();
                chain = task;
            }
        }
        (chain, count)
    }

    /// How many places there are for tasks.
    pub fn places(&self) -> usize {
        self.shared.lock().slabs.len() * TASKS_PER_SLAB
    }

    /// Calls `visit` with each place that may hold a task.
    pub fn for_each(&self, mut visit: impl FnMut(*mut Task)) {
        let (slabs, opened) = {
            let shared = self.shared.lock();
            (shared.slabs.clone(), shared.opened)
        };
        let full = slabs.len().saturating_sub(1);
        for (at, slab) in slabs.into_iter().enumerate() {
            for index in 1..=if at < full { TASKS_PER_SLAB } else { opened } {
                // SAFETY: within the slab, which is never freed.
                visit(unsafe { slab.cast::<Task>().add(index) });
            }
        }
    }
}

/// The runtime that the task belongs to.
pub fn runtime_of(task: *const Task) -> &'static Runtime {
    let slab = (task as usize & !(SLAB_SIZE - 1)) as *const SlabHead;
    // SAFETY: tasks live in slabs, which are aligned to their size; runtimes are never freed.
    unsafe { &*(*slab).runtime }
}
