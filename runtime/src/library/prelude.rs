//! The prelude's natives.

use crate::channel::Channel;
use crate::channel::reply;
use crate::natives;
use crate::task::worker::Worker;

natives! { pub static PRELUDE;
    /// `func replyChannel[R any]() (chan<- R, <-chan R)`: both ends of a channel for one reply.
    Plain fn goo_prelude_replyChannel[elem](ctx) -> Address([*mut Channel; 2]) {
        // SAFETY: a task runs, on this context's worker.
        [reply::make(unsafe { Worker::of(ctx) }, elem); 2]
    }
    /// `func keep[T any](c chan<- T)`: compiled code does so itself.
    Pure fn goo_prelude_keep[message](_channel: I64) {
        let _ = message;
    }
    /// `func clock() duration`: the time since the program began.
    Plain fn goo_prelude_clock(ctx) -> I64 {
        // SAFETY: a task runs, on this context's worker.
        unsafe { Worker::of(ctx) }.runtime.now()
    }
}
