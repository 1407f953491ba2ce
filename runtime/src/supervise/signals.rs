//! SIGINT and SIGTERM: stop the supervision tree in order, then the program, with status 130 or 143. A second signal ends it at once.
//!
//! The handler only notes the signal; the monitor looks at the note.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::driver::Shared;
use crate::task::runtime::Runtime;
use crate::task::spawn;

/// The supervisors that no other one supervises, in the order they began.
#[derive(Default)]
pub struct Tree {
    tops: Mutex<Vec<Weak<Shared>>>,
    /// The signal that the program is ending for; 0 for none.
    ending: AtomicI32,
}

static RECEIVED: AtomicI32 = AtomicI32::new(0);

/// A bit for each signal that the program has asked for itself, as `os.Signals` does: it does not stop anything.
static CLAIMED: AtomicU64 = AtomicU64::new(0);

/// Leaves a signal to the program.
pub fn claim(signal: i32) {
    CLAIMED.fetch_or(1 << signal, Ordering::SeqCst);
}

extern "C" fn note(signal: libc::c_int) {
    if CLAIMED.load(Ordering::SeqCst) & 1 << signal != 0 {
        return;
    }
    RECEIVED.store(signal, Ordering::SeqCst);
}

/// Begins to listen.
pub fn listen(_runtime: &'static Runtime) {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let handler: extern "C" fn(libc::c_int) = note;
        // SAFETY: the handler only stores to an atomic.
        unsafe { libc::signal(signal, handler as libc::sighandler_t) };
    }
}

impl Tree {
    /// A supervisor begins that no other one supervises. False: the program is ending, and it is to stop at once.
    #[must_use]
    pub fn add(&self, shared: &Arc<Shared>) -> bool {
        let mut tops = self.tops.lock();
        tops.retain(|top| top.strong_count() > 0);
        tops.push(Arc::downgrade(shared));
        // Who asks all to stop says first that the program ends, and then takes this lock: one of the two sees the other.
        self.ending.load(Ordering::SeqCst) == 0
    }

    /// The exit status for the signal that the program is ending for; 1 if it was cancelled otherwise.
    pub fn status(&self) -> i32 {
        match self.ending.load(Ordering::SeqCst) {
            0 => 1,
            signal => 128 + signal,
        }
    }

    /// Whether the program ends for a signal, and supervisors are still stopping: then it ends when they have, whatever `main` does.
    pub fn is_stopping(&self) -> bool {
        self.ending.load(Ordering::SeqCst) != 0 && !self.running().is_empty()
    }

    /// Those that still run.
    fn running(&self) -> Vec<Arc<Shared>> {
        let tops = self.tops.lock();
        let running = tops.iter().filter_map(Weak::upgrade);
        running.filter(|top| top.state.lock().started && !top.state.lock().finished).collect()
    }
}

/// Sees whether a signal has come, or the tree has stopped after one. Called by the monitor.
pub fn check(runtime: &'static Runtime) {
    let tree = &runtime.signals;
    let signal = RECEIVED.swap(0, Ordering::SeqCst);
    if signal != 0 {
        if tree.ending.swap(signal, Ordering::SeqCst) != 0 {
            runtime.exit(128 + signal);
            return;
        }
        for top in tree.running().iter().rev() {
            let state = top.state.lock();
            if !state.driver.is_null() {
                // SAFETY: a driver that is listed has not ended.
                unsafe { spawn::cancel(state.driver) };
            }
        }
    }
    if tree.ending.load(Ordering::SeqCst) != 0 && tree.running().is_empty() {
        runtime.exit(tree.status());
    }
}
