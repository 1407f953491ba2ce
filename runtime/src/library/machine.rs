//! Package `runtime`: what a program runs on.

use crate::natives;
use crate::task::worker::Worker;

natives! { pub static MACHINE;
    /// `func NumCPU() int`
    Pure fn goo_runtime_NumCPU() -> I64 {
        std::thread::available_parallelism().map_or(1, |cores| cores.get() as i64)
    }
    /// How many workers run tasks.
    Plain fn goo_runtime_workers(ctx) -> I64 {
        // SAFETY: the context is this worker's.
        unsafe { Worker::of(ctx) }.runtime.running() as i64
    }
}
