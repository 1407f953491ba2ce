//! Which tasks are found, and which are not.

#![allow(clippy::undocumented_unsafe_blocks)]

use crate::abi::layout::*;
use crate::channel::ends::goo_chan_retain;
use crate::channel::recv::{goo_chan_recv, goo_chan_recv_ok};
use crate::channel::send::goo_chan_send;
use crate::goo_function;
use crate::task::pending::{goo_resume, goo_sleep};
use crate::task::spawn::goo_task_wait;
use crate::task::testing::*;

unsafe fn share(channel: u64) -> u64 {
    unsafe { goo_chan_retain(channel as *mut _, 0) };
    channel
}

// Receives from its first channel; sends what it gets to its second.
goo_function!(relay [2]: &raw const INT, |ctx, f| {
    let mut value = 0u64;
    let status = match f.pc {
        0 => goo_chan_recv(ctx, &INT, (&raw mut value).cast(), f.w[0] as *mut _),
        1 => goo_resume(ctx, (&raw mut value).cast()),
        _ => goo_resume(ctx, std::ptr::null_mut()),
    };
    if status != Status::Returned {
        f.pc = 1;
        return status;
    }
    if f.pc < 2 {
        f.pc = 2;
        let status = goo_chan_send(ctx, &INT, f.w[1] as *mut _, (&raw mut value).cast());
        if status != Status::Returned {
            return status;
        }
    }
    (*ctx).results.cast::<u64>().write(5);
    Status::Returned
});

// Ranges over its channel; its result is 9.
goo_function!(ranges [1]: &raw const INT, |ctx, f| {
    let mut out = [0u64; 2];
    loop {
        let status = match f.pc {
            0 => goo_chan_recv_ok(ctx, &INT, (&raw mut out).cast(), f.w[0] as *mut _),
            _ => goo_resume(ctx, (&raw mut out).cast()),
        };
        f.pc = 1;
        if status != Status::Returned {
            return status;
        }
        f.pc = 0;
        if out[1] as u8 == 0 {
            (*ctx).results.cast::<u64>().write(9);
            return Status::Returned;
        }
    }
});

// w[0]: what to set up; waits for the task: exits with its result, or 100 after a deadlock.
goo_function!(main: NO_RESULT, |ctx, f| {
    let mut out = [0u64; 5];
    let status = if f.pc == 0 {
        f.pc = 1;
        let a = make(ctx, 0) as u64;
        let b = make(ctx, 0) as u64;
        let task = match f.w[0] {
            // One task alone with its channels.
            0 => spawn_handle(ctx, &relay::CLOSURE, &[a, b]),
            // A ring of two.
            1 => {
                spawn(ctx, &relay::CLOSURE, &[share(b), share(a)]);
                spawn_handle(ctx, &relay::CLOSURE, &[a, b])
            }
            // A `range` that nobody sends to.
            2 => spawn_handle(ctx, &ranges::CLOSURE, &[a]),
            // A `range` fed by a task that ranges itself: the first ends, then the second.
            _ => {
                spawn(ctx, &ranges::CLOSURE, &[a]);
                spawn_handle(ctx, &ranges::CLOSURE, &[b])
            }
        };
        goo_task_wait(ctx, &INT_OR_CRASH, (&raw mut out).cast(), task)
    } else {
        goo_resume(ctx, (&raw mut out).cast())
    };
    if status != Status::Returned {
        return status;
    }
    if out[0] == 0 {
        return exit(ctx, out[4] as i32);
    }
    let message = std::slice::from_raw_parts(out[2] as *const u8, out[3] as usize);
    let message = std::str::from_utf8(message).unwrap();
    assert!(message.contains("made at test.goo:1"), "{message}");
    exit(ctx, 100)
});

#[test]
fn a_task_alone_with_its_channels_is_deadlocked() {
    assert_eq!(run_main(&main::CLOSURE, &[0], 2), 100);
}

#[test]
fn so_is_a_range_but_it_just_ends() {
    assert_eq!(run_main(&main::CLOSURE, &[2], 2), 9);
    assert_eq!(run_main(&main::CLOSURE, &[3], 1), 9);
}

#[test]
fn so_is_main_alone() {
    // The ring's other task has no handle, so its crash ends the program, too.
    let status = run_main(&main::CLOSURE, &[1], 2);
    assert!(status == 2 || status == 100, "{status}");
}

// Sleeps longer than it takes to suspect others, holding their channel; then sends.
goo_function!(late [1]: NO_RESULT, |ctx, f| {
    let mut value = 1u64;
    f.pc += 1;
    match f.pc {
        1 => goo_sleep(ctx, 1_200_000_000),
        2 => {
            let status = goo_resume(ctx, std::ptr::null_mut());
            assert_eq!(status, Status::Returned);
            f.pc = 3;
            goo_chan_send(ctx, &INT, f.w[0] as *mut _, (&raw mut value).cast())
        }
        _ => goo_resume(ctx, std::ptr::null_mut()),
    }
});

goo_function!(patient: NO_RESULT, |ctx, f| {
    let mut value = 0u64;
    let status = if f.pc == 0 {
        f.pc = 1;
        let a = make(ctx, 0) as u64;
        spawn(ctx, &late::CLOSURE, &[a]);
        goo_chan_recv(ctx, &INT, (&raw mut value).cast(), a as *mut _)
    } else {
        goo_resume(ctx, (&raw mut value).cast())
    };
    if status == Status::Returned { exit(ctx, 7) } else { status }
});

#[test]
fn who_can_be_reached_from_a_sleeping_task_is_not() {
    assert_eq!(run_main(&patient::CLOSURE, &[], 2), 7);
}
