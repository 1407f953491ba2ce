//! Tasks and channels end to end, with compiled code by hand.

#![allow(clippy::undocumented_unsafe_blocks)]

use super::pending::{goo_resume, goo_sleep};
use super::spawn::{goo_task_cancel, goo_task_wait};
use super::testing::*;
use crate::abi::layout::*;
use crate::channel::close::goo_chan_close;
use crate::channel::recv::{goo_chan_recv, goo_chan_recv_ok};
use crate::channel::send::goo_chan_send;
use crate::goo_function;
use crate::task::crash;

// w: 0 the channel, 1 how many, 2 turn
goo_function!(producer: NO_RESULT, |ctx, f| {
    loop {
        let status = match f.pc {
            0 if f.w[2] == f.w[1] => return goo_chan_close(ctx, f.w[0] as *mut _),
            0 => {
                let mut value = f.w[2];
                goo_chan_send(ctx, &INT, f.w[0] as *mut _, (&raw mut value).cast())
            }
            _ => goo_resume(ctx, std::ptr::null_mut()),
        };
        f.pc = 1;
        if status != Status::Returned {
            return status;
        }
        f.pc = 0;
        f.w[2] += 1;
    }
});

// w: 0 cap, 1 how many, 2 the channel, 3 sum
goo_function!(spsc_main: NO_RESULT, |ctx, f| {
    loop {
        let mut out = [0u64; 2];
        let status = match f.pc {
            0 => {
                f.w[2] = make(ctx, f.w[0] as i64) as u64;
                spawn(ctx, &producer::CLOSURE, &[f.w[2], f.w[1]]);
                f.pc = 1;
                continue;
            }
            1 => goo_chan_recv_ok(ctx, &INT, (&raw mut out).cast(), f.w[2] as *mut _),
            _ => goo_resume(ctx, (&raw mut out).cast()),
        };
        f.pc = 2;
        if status != Status::Returned {
            return status;
        }
        f.pc = 1;
        if out[1] as u8 == 0 {
            let n = f.w[1];
            return exit(ctx, if f.w[3] == n * (n - 1) / 2 { 7 } else { 8 });
        }
        f.w[3] += out[0];
    }
});

#[test]
fn messages_arrive_unbuffered_and_buffered() {
    for workers in [1, 2, 4] {
        for cap in [0, 1, 10] {
            assert_eq!(run_main(&spsc_main::CLOSURE, &[cap, 1000], workers), 7);
        }
    }
}

// w: 0 receives, 1 sends, 2 how many
goo_function!(pong: NO_RESULT, |ctx, f| {
    loop {
        let mut value = 0u64;
        let status = match f.pc {
            0 if f.w[2] == 0 => return Status::Returned,
            0 => goo_chan_recv(ctx, &INT, (&raw mut value).cast(), f.w[0] as *mut _),
            1 => goo_resume(ctx, (&raw mut value).cast()),
            2 => {
                value = f.w[3] + 1;
                goo_chan_send(ctx, &INT, f.w[1] as *mut _, (&raw mut value).cast())
            }
            _ => goo_resume(ctx, std::ptr::null_mut()),
        };
        if status != Status::Returned {
            f.pc |= 1;
            return status;
        }
        if f.pc < 2 {
            f.w[3] = value;
            f.pc = 2;
        } else {
            f.w[2] -= 1;
            f.pc = 0;
        }
    }
});

// w: 0 how many, 1 sends, 2 receives
goo_function!(ping: NO_RESULT, |ctx, f| {
    loop {
        let mut value = 0u64;
        let status = match f.pc {
            0 if f.w[0] == 0 => return exit(ctx, 7),
            0 => {
                if f.w[1] == 0 {
                    f.w[1] = make(ctx, 0) as u64;
                    f.w[2] = make(ctx, 0) as u64;
                    spawn(ctx, &pong::CLOSURE, &[f.w[1], f.w[2], f.w[0]]);
                }
                value = f.w[0];
                goo_chan_send(ctx, &INT, f.w[1] as *mut _, (&raw mut value).cast())
            }
            1 => goo_resume(ctx, std::ptr::null_mut()),
            2 => goo_chan_recv(ctx, &INT, (&raw mut value).cast(), f.w[2] as *mut _),
            _ => goo_resume(ctx, (&raw mut value).cast()),
        };
        if status != Status::Returned {
            f.pc |= 1;
            return status;
        }
        if f.pc < 2 {
            f.pc = 2;
        } else {
            assert_eq!(value, f.w[0] + 1);
            f.w[0] -= 1;
            f.pc = 0;
        }
    }
});

#[test]
fn ping_pong() {
    assert_eq!(run_main(&ping::CLOSURE, &[1000], 2), 7);
}

static LEAVES: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
goo_function!(leaf: NO_RESULT, |ctx, f| {
    let _ = ctx;
    if LEAVES.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1 == f.w[0] {
        return exit(ctx, 7);
    }
    Status::Returned
});
// w: 0 how many
goo_function!(spawner: NO_RESULT, |ctx, f| {
    if f.pc == 0 {
        f.pc = 1;
        for _ in 0..f.w[0] {
            spawn(ctx, &leaf::CLOSURE, &[f.w[0]]);
        }
    }
    // Main waits for ever; the last leaf ends the program.
    let status = goo_sleep(ctx, 1_000_000_000);
    assert_eq!(status, Status::Suspended);
    status
});

#[test]
fn spawn_many() {
    LEAVES.store(0, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(run_main(&spawner::CLOSURE, &[100_000], 2), 7);
}

// w: 0 parent's channel, 1 number, 2 size, 3 own channel, 4 received, 5 sum
goo_function!(skynet: NO_RESULT, |ctx, f| {
    loop {
        let mut value = 0u64;
        let status = match f.pc {
            0 if f.w[2] == 1 => {
                f.w[5] = f.w[1];
                f.pc = 3;
                continue;
            }
            0 => {
                let own = make(ctx, 0) as u64;
                f.w[3] = own;
                let size = f.w[2] / 10;
                for i in 0..10 {
                    spawn(ctx, &skynet::CLOSURE, &[own, f.w[1] + i * size, size]);
                }
                f.pc = 1;
                continue;
            }
            1 => goo_chan_recv(ctx, &INT, (&raw mut value).cast(), f.w[3] as *mut _),
            2 => goo_resume(ctx, (&raw mut value).cast()),
            3 => {
                if f.w[0] == 0 {
                    return exit(ctx, if f.w[5] == 4_999_950_000 || f.w[5] == 499_999_500_000 { 7 } else { 8 });
                }
                value = f.w[5];
                f.pc = 4;
                goo_chan_send(ctx, &INT, f.w[0] as *mut _, (&raw mut value).cast())
            }
            _ => return goo_resume(ctx, std::ptr::null_mut()),
        };
        if f.pc == 4 {
            return status;
        }
        if status != Status::Returned {
            f.pc = 2;
            return status;
        }
        f.w[5] += value;
        f.w[4] += 1;
        f.pc = if f.w[4] == 10 { 3 } else { 1 };
        if f.pc == 3 {
            crate::channel::ends::goo_chan_release(f.w[3] as *mut _, 0);
        }
    }
});

#[test]
fn skynet_100_000() {
    assert_eq!(run_main(&skynet::CLOSURE, &[0, 0, 100_000], 2), 7);
}

goo_function!(crasher: &raw const INT, |ctx, f| {
    let _ = f;
    crash(ctx, "on purpose".into())
});
goo_function!(answer: &raw const INT, |ctx, f| {
    (*ctx).results.cast::<u64>().write(f.w[0] + 1);
    Status::Returned
});
goo_function!(sleeper: &raw const INT, |ctx, f| {
    f.pc += 1;
    if f.pc == 1 { goo_sleep(ctx, 3_600_000_000_000) } else { goo_resume(ctx, std::ptr::null_mut()) }
});
// Waits for a task that is given by w[0]: 0 crashes, 1 answers, 2 is cancelled.
goo_function!(waiter: NO_RESULT, |ctx, f| {
    let mut out = [0u64; 5];
    let status = if f.pc == 0 {
        let desc = [&crasher::CLOSURE, &answer::CLOSURE, &sleeper::CLOSURE][f.w[0] as usize];
        let task = spawn_handle(ctx, desc, &[41]);
        if f.w[0] == 2 {
            let status = goo_task_cancel(ctx, task);
            assert_eq!(status, Status::Returned);
        }
        goo_task_wait(ctx, &INT_OR_CRASH, (&raw mut out).cast(), task)
    } else {
        goo_resume(ctx, (&raw mut out).cast())
    };
    f.pc = 1;
    if status != Status::Returned {
        return status;
    }
    match out[0] {
        0 => exit(ctx, out[4] as i32),
        _ => exit(ctx, out[3] as i32),
    }
});

#[test]
fn who_waits_for_a_task_gets_its_result_or_its_crash() {
    assert_eq!(run_main(&waiter::CLOSURE, &[0], 2), "on purpose".len() as i32);
    assert_eq!(run_main(&waiter::CLOSURE, &[1], 2), 42);
    assert_eq!(run_main(&waiter::CLOSURE, &[2], 2), "cancelled".len() as i32);
}

#[test]
fn a_crash_of_main_ends_the_program() {
    assert_eq!(run_main(&crasher::CLOSURE, &[], 2), 2);
}

goo_function!(naps: NO_RESULT, |ctx, f| {
    f.pc += 1;
    let status =
        if f.pc == 1 { goo_sleep(ctx, 2_000_000) } else { goo_resume(ctx, std::ptr::null_mut()) };
    if status == Status::Returned { exit(ctx, 7) } else { status }
});

#[test]
fn sleep_ends() {
    assert_eq!(run_main(&naps::CLOSURE, &[], 1), 7);
    assert_eq!(run_main(&naps::CLOSURE, &[], 2), 7);
}

goo_function!(idle: NO_RESULT, |ctx, f| {
    let _ = (ctx, f);
    Status::Returned
});
goo_function!(cancels: NO_RESULT, |ctx, f| {
    f.pc += 1;
    if f.pc == 1 {
        for _ in 0..100 {
            let task = spawn_handle(ctx, &idle::CLOSURE, &[]);
            let status = goo_task_cancel(ctx, task);
            assert_eq!(status, Status::Returned);
            crate::value::count::release(task.cast());
        }
        return goo_sleep(ctx, 1_000_000);
    }
    let status = goo_resume(ctx, std::ptr::null_mut());
    if status == Status::Returned { exit(ctx, 7) } else { status }
});

#[test]
fn a_task_may_be_cancelled_before_it_has_begun() {
    assert_eq!(run_main(&cancels::CLOSURE, &[], 1), 7);
}
