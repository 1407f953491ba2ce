//! How a worker sleeps, and what wakes it: [`Parker`]; and the asynchronous runtime it gets when a task of its first waits for I/O: [`Driver`].
//!
//! A worker without a driver sleeps as threads do, to the nanosecond. One that has a driver sleeps in it, since what it waits for may come by
//! it; a driver stays with its worker for ever, as do the futures that were first polled there. Most programs have none: making
//! one takes a dozen system calls.

use std::cell::OnceCell;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::{Builder, EnterGuard, Runtime};

/// See the [module](self).
pub struct Parker {
    woken: AtomicBool,
    sleeper: Mutex<Sleeper>,
}

/// Whom to wake. The worker says so before it looks at `woken` for the last time.
enum Sleeper {
    /// Has no thread.
    Nobody,
    Thread(Thread),
    Driver(Waker),
}

impl Parker {
    pub(super) const fn new() -> Parker {
        Parker { woken: AtomicBool::new(false), sleeper: Mutex::new(Sleeper::Nobody) }
    }

    /// The calling thread is the worker's from now on.
    pub fn begin(&self) {
        // A sleep of so many nanoseconds more is as good to the system, which would take 50,000.
        #[cfg(target_os = "linux")]
        // SAFETY: plain integers, about this thread only.
        unsafe {
            libc::prctl(libc::PR_SET_TIMERSLACK, 1000)
        };
        *self.sleeper.lock() = Sleeper::Thread(thread::current());
    }

    /// It is no more.
    pub fn end(&self) {
        *self.sleeper.lock() = Sleeper::Nobody;
    }

    /// Ends the worker's sleep, or its next one.
    pub fn unpark(&self) {
        self.woken.store(true, Ordering::SeqCst);
        match &*self.sleeper.lock() {
            Sleeper::Nobody => {}
            Sleeper::Thread(thread) => thread.unpark(),
            Sleeper::Driver(waker) => waker.wake_by_ref(),
        }
    }

    /// Sleeps, at most so long. By the worker; may end early.
    pub fn park(&self, driver: &Driver, most: Option<Duration>) {
        if let Some(tokio) = driver.tokio.get() {
            return self.park_in(tokio, most);
        }
        let end = most.map(|most| Instant::now() + most);
        while !self.woken.swap(false, Ordering::SeqCst) {
            match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return,
                Some(left) => thread::park_timeout(left),
            }
        }
    }

    /// Sleeps for so long, or until somebody wakes the worker, without noting that he did.
    pub fn nap(&self, time: Duration) {
        thread::park_timeout(time);
    }

    fn park_in(&self, tokio: &Runtime, most: Option<Duration>) {
        let woken = poll_fn(|cx| {
            *self.sleeper.lock() = Sleeper::Driver(cx.waker().clone());
            match self.woken.swap(false, Ordering::SeqCst) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        match most {
            None => tokio.block_on(woken),
            Some(most) => tokio.block_on(async {
                // Its clock has milliseconds, and rounds up.
                let _ = tokio::time::timeout(most, woken).await;
            }),
        }
    }
}

/// A worker's own tokio runtime, made when it is first entered.
#[derive(Default)]
pub struct Driver {
    tokio: OnceCell<Runtime>,
}

impl Driver {
    /// So that futures find what they need while they are made and polled.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.tokio.get_or_init(make).enter()
    }

    /// Whether it was ever entered.
    pub fn is_there(&self) -> bool {
        self.tokio.get().is_some()
    }

    /// Sees what has come in.
    pub fn turn(&self) {
        if let Some(tokio) = self.tokio.get() {
            tokio.block_on(tokio::task::yield_now());
        }
    }
}

fn make() -> Runtime {
    match Builder::new_current_thread().enable_all().build() {
        Ok(tokio) => tokio,
        Err(error) => {
            eprintln!("goo: cannot wait for input and output: {error}");
            std::process::exit(2);
        }
    }
}
