//! What is recorded of tasks, and what reports show of it.

#![allow(clippy::undocumented_unsafe_blocks)]

use crate::abi::layout::*;
use crate::channel::recv::goo_chan_recv;
use crate::channel::send::goo_chan_send;
use crate::goo_function;
use crate::task::pending::{goo_resume, goo_sleep};
use crate::task::testing::*;
use crate::task::worker::Worker;
use crate::trace::{self, Kind};

// Sends, receives, sleeps (and so goes on at any worker), sends and receives again; then looks at what is known of it.
goo_function!(busy: NO_RESULT, |ctx, f| {
    let mut value = 5u64;
    let task = Worker::of(ctx).task();
    if f.pc > 0 {
        let status = goo_resume(ctx, std::ptr::null_mut());
        assert_ne!(status, Status::Crashed);
        if status == Status::Suspended {
            return status;
        }
    } else {
        f.w[0] = make(ctx, 4) as u64;
    }
    f.pc += 1;
    let channel = f.w[0] as *mut _;
    assert_eq!(goo_chan_send(ctx, &INT, channel, (&raw mut value).cast()), Status::Returned);
    if f.pc < 20 {
        assert_eq!(goo_chan_recv(ctx, &INT, (&raw mut value).cast(), channel), Status::Returned);
        return goo_sleep(ctx, 100_000);
    }
    let runtime = Worker::of(ctx).runtime;
    let operations = trace::last_operations(runtime, task, None);
    let starts: Vec<&str> = operations.iter().map(|line| &line[..4]).collect();
    assert_eq!(starts, ["sent", "rece", "sent", "rece", "sent"], "{operations:?}");
    let waits: Vec<u32> = trace::events_of(runtime, task).iter().map(|event| event.wait).collect();
    assert!(waits.is_sorted_by(|a, b| a >= b), "{waits:?}");
    exit(ctx, 3)
});

#[test]
fn what_a_task_did_at_several_workers_is_known_in_its_order() {
    for workers in [1, 4] {
        assert_eq!(run_main(&busy::CLOSURE, &[], workers), 3);
    }
}

// Yields itself to the one that started it, which has kept what was traced of it.
goo_function!(traced: NO_RESULT, |ctx, f| {
    if f.pc == 0 {
        f.pc = 1;
        trace::switch(true);
        return goo_sleep(ctx, 1_000_000);
    }
    let status = goo_resume(ctx, std::ptr::null_mut());
    if status != Status::Returned {
        return status;
    }
    trace::switch(false);
    let worker = Worker::of(ctx);
    let events = trace::events_of(worker.runtime, worker.task());
    let kinds: Vec<Kind> = events.iter().map(|event| event.kind).collect();
    // The timer that woke it may have been fired by a thread that is no worker, or by another worker, whose ring is another one.
    assert!(kinds.contains(&Kind::Suspend), "{kinds:?}");
    assert!(kinds.iter().all(|kind| matches!(kind, Kind::Suspend | Kind::Ready)), "{kinds:?}");
    exit(ctx, 4)
});

#[test]
fn suspensions_are_traced_when_tracing_is_on() {
    assert_eq!(run_main(&traced::CLOSURE, &[], 2), 4);
}
