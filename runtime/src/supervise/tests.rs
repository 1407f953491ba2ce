//! Supervisors end to end, with compiled code by hand.

#![allow(clippy::undocumented_unsafe_blocks)]

use std::sync::atomic::{AtomicU64, Ordering};

use super::natives::*;
use crate::abi::layout::*;
use crate::goo_function;
use crate::task::testing::*;
use crate::task::{crash, pending};

unsafe fn supervisor(ctx: *mut Context, strategy: i64, max: i64) -> *mut Supervisor {
    let mut supervisor = std::ptr::null_mut();
    let status = unsafe { goo_supervisor_new(ctx, &mut supervisor, strategy, max, 1_000_000_000, 0, 0, 1) };
    assert_eq!(status, Status::Returned);
    supervisor
}

unsafe fn add(
    ctx: *mut Context,
    to: *mut Supervisor,
    name: &'static str,
    of: &'static ClosureDesc,
    restart: i64,
) {
    let name = text(name);
    let status = unsafe {
        let closure = closure(of, &[]);
        let none = std::ptr::null_mut();
        goo_supervisor_child(ctx, to, none, name.ptr, name.len as i64, closure, restart, 1, -1, 0, 0, -1)
    };
    assert_eq!(status, Status::Returned);
}

static CRASHES: AtomicU64 = AtomicU64::new(0);

// Crashes until it has done so a number of times.
goo_function!(fragile: NO_RESULT, |ctx, f| {
    let _ = f;
    if CRASHES.fetch_add(1, Ordering::SeqCst) < 1000 {
        return crash(ctx, "bad input".into());
    }
    Status::Returned
});

goo_function!(heals: NO_RESULT, |ctx, f| {
    let status = if f.pc == 0 {
        f.pc = 1;
        let s = supervisor(ctx, 0, 100_000);
        add(ctx, s, "fragile", &fragile::CLOSURE, 1);
        goo_supervisor_run(ctx, s)
    } else {
        pending::goo_resume(ctx, std::ptr::null_mut())
    };
    if status == Status::Returned { exit(ctx, 7) } else { status }
});

#[test]
fn a_thousand_crashes_are_healed() {
    CRASHES.store(0, Ordering::SeqCst);
    assert_eq!(run_main(&heals::CLOSURE, &[], 2), 7);
    assert_eq!(CRASHES.load(Ordering::SeqCst), 1001);
}

goo_function!(hopeless: NO_RESULT, |ctx, f| {
    let _ = f;
    crash(ctx, "always".into())
});

goo_function!(gives_up: NO_RESULT, |ctx, f| {
    if f.pc == 0 {
        f.pc = 1;
        let s = supervisor(ctx, 0, 3);
        add(ctx, s, "hopeless", &hopeless::CLOSURE, 0);
        goo_supervisor_run(ctx, s)
    } else {
        pending::goo_resume(ctx, std::ptr::null_mut())
    }
});

#[test]
fn a_supervisor_that_gives_up_crashes() {
    assert_eq!(run_main(&gives_up::CLOSURE, &[], 2), 2);
}

static STEADY: AtomicU64 = AtomicU64::new(0);

goo_function!(steady: NO_RESULT, |ctx, f| {
    f.pc += 1;
    if f.pc == 1 {
        STEADY.fetch_add(1, Ordering::SeqCst);
        pending::goo_sleep(ctx, 3_600_000_000_000)
    } else {
        pending::goo_resume(ctx, std::ptr::null_mut())
    }
});

// A nested supervisor that gives up each time; the outer one begins it anew, then gives up, too. `steady` is stopped.
goo_function!(nested: NO_RESULT, |ctx, f| {
    if f.pc == 0 {
        f.pc = 1;
        let inner = supervisor(ctx, 0, 1);
        add(ctx, inner, "hopeless", &hopeless::CLOSURE, 0);
        add(ctx, inner, "steady", &steady::CLOSURE, 0);
        let outer = supervisor(ctx, 0, 2);
        let name = text("inner");
        let none = std::ptr::null_mut();
        let status = goo_supervisor_nested(ctx, outer, inner, none, name.ptr, name.len as i64, 0, -1, 0, 0);
        assert_eq!(status, Status::Returned);
        goo_supervisor_run(ctx, outer)
    } else {
        pending::goo_resume(ctx, std::ptr::null_mut())
    }
});

#[test]
fn a_nested_supervisor_is_begun_anew() {
    STEADY.store(0, Ordering::SeqCst);
    assert_eq!(run_main(&nested::CLOSURE, &[], 2), 2);
    assert!(STEADY.load(Ordering::SeqCst) <= 3);
}
