//! Package `os`: signals that the program asks for.
//!
//! They are counted: who listens waits for the count to go on. So each of several listeners learns of each signal.

use tokio::sync::watch;

use crate::abi::layout::{Context, Status};
use crate::natives;
use crate::schedule;
use crate::supervise::signals;
use crate::task::future::suspend_on;

natives! { pub static SIGNALS;
    /// `func listen(signal int) int`: from now on the signal is the program's own; how often it has come, or -1 if it cannot be listened to.
    Plain fn goo_os_listen(signal: I64) -> I64 {
        if schedule::on() {
            // Under a drawn schedule none comes.
            return Ok(-1);
        }
        signals::claim(signal as i32).map_or(-1, |counted| *counted.borrow() as i64)
    }
}

/// Waits for the signal, which has come `seen` times.
async fn next(counted: Option<watch::Receiver<u64>>, seen: u64) -> Result<i64, String> {
    match counted {
        Some(mut counted) => match counted.wait_for(|count| *count != seen).await {
            Ok(count) => Ok(*count as i64),
            Err(closed) => Err(closed.to_string()),
        },
        None => std::future::pending().await,
    }
}

/// `func nextSignal(signal, seen int) int`: waits until the signal has come more often than it had, and gives how often that is.
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_os_nextSignal(
    ctx: *mut Context,
    out: *mut i64,
    signal: i64,
    seen: i64,
) -> Status {
    // SAFETY: a task runs, on this context's worker; `out` is where the caller wants the result.
    unsafe { suspend_on(ctx, out, next(signals::claim(signal as i32), seen as u64)) }
}

crate::runtime_functions! { pub static NEXT_SIGNAL;
    Suspends goo_os_nextSignal[0](I64, I64) -> I64;
}
