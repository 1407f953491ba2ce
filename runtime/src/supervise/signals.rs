//! SIGINT and SIGTERM: stop the supervision tree in order, then the program, with status 130 or 143. A second signal ends it at once.
//!
//! Signals that the program asks for itself are its own. The handler only notes the signal; the monitor looks at the note.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::watch;

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

/// Linux has 64 signals, from 1 on.
const SIGNALS: usize = 65;

/// The signals that the program has asked for itself, as `os.Signals` does: they stop nothing. How often each has come since.
static CLAIMED: [AtomicBool; SIGNALS] = [const { AtomicBool::new(false) }; SIGNALS];
static COME: [AtomicU64; SIGNALS] = [const { AtomicU64::new(0) }; SIGNALS];

/// Who waits for which.
static LISTENERS: Mutex<Vec<(usize, watch::Sender<u64>)>> = Mutex::new(Vec::new());

/// Leaves a signal to the program: what is given counts how often it comes. None when it cannot be had.
pub fn claim(signal: i32) -> Option<watch::Receiver<u64>> {
    let index = usize::try_from(signal).ok().filter(|index| (1..SIGNALS).contains(index))?;
    let mut listeners = LISTENERS.lock();
    if let Some((_, sender)) = listeners.iter().find(|(claimed, _)| *claimed == index) {
        return Some(sender.subscribe());
    }
    if !handle(signal) {
        return None;
    }
    CLAIMED[index].store(true, Ordering::SeqCst);
    let (sender, receiver) = watch::channel(0);
    listeners.push((index, sender));
    Some(receiver)
}

extern "C" fn note(signal: libc::c_int) {
    let index = signal as usize;
    if CLAIMED[index].load(Ordering::SeqCst) {
        COME[index].fetch_add(1, Ordering::SeqCst);
    } else {
        RECEIVED.store(signal, Ordering::SeqCst);
    }
}

/// From now on the signal is noted. False for those that the system keeps to itself, and those that tell of a fault: the runtime makes crashes of them.
fn handle(signal: i32) -> bool {
    if [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE].contains(&signal) {
        return false;
    }
    let handler: extern "C" fn(libc::c_int) = note;
    // SAFETY: the handler only reads and writes atomics.
    unsafe { libc::signal(signal, handler as libc::sighandler_t) != libc::SIG_ERR }
}

/// Begins to listen.
pub fn listen(_runtime: &'static Runtime) {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        handle(signal);
    }
}

/// Tells those who wait for a signal that it has come.
fn tell() {
    for (index, sender) in LISTENERS.lock().iter() {
        let come = COME[*index].load(Ordering::SeqCst);
        sender.send_if_modified(|count| std::mem::replace(count, come) != come);
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
    tell();
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
