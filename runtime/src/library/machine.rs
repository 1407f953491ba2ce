//! Package `runtime`: what a program runs on.

use crate::natives;
use crate::task::worker::Worker;
use crate::value::slice;

natives! { pub static MACHINE;
    /// `func NumCPU() int`
    Pure fn goo_runtime_NumCPU() -> I64 {
        std::thread::available_parallelism().map_or(1, |cores| cores.get() as i64)
    }
    /// `func Version() string`
    Plain fn goo_runtime_Version() -> Slice {
        slice::from_bytes(concat!("goo", env!("CARGO_PKG_VERSION")).as_bytes())
    }
    /// `func Breakpoint()`
    Plain fn goo_runtime_Breakpoint() {
        // SAFETY: raises a signal for this thread, which the debugger takes or the process dies of.
        unsafe { libc::raise(libc::SIGTRAP) };
    }
    /// How many workers run tasks.
    Plain fn goo_runtime_workers(ctx) -> I64 {
        // SAFETY: the context is this worker's.
        unsafe { Worker::of(ctx) }.runtime.running() as i64
    }
}
