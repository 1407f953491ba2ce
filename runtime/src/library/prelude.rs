//! The prelude's natives.

use crate::natives;
use crate::task::worker::Worker;

natives! { pub static PRELUDE;
    /// `func clock() duration`: the time since the program began.
    Plain fn goo_prelude_clock(ctx) -> I64 {
        // SAFETY: a task runs, on this context's worker.
        unsafe { Worker::of(ctx) }.runtime.now()
    }
}
