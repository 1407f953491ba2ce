//! Package `time`: the clocks, and the system's time zone.

use std::mem::MaybeUninit;
use std::sync::LazyLock;

use crate::abi::layout::{Context, Slice, Status};
use crate::natives;
use crate::schedule;
use crate::task::clock;
use crate::task::worker::Worker;
use crate::text::duration;
use crate::value::slice::from_bytes;

/// Where the monotonic clock starts: just before the program asks first, so that it never shows 0, which stands for unknown.
static START: LazyLock<u64> = LazyLock::new(|| clock::monotonic() - 1);

/// `(int64, int64)`
#[repr(C)]
pub struct Wall {
    seconds: i64,
    nanos: i64,
}

/// `(int, string)`
#[repr(C)]
pub struct Zone {
    offset: i64,
    name: Slice,
}

/// When virtual time begins, in seconds since 1970: 2000-01-01 00:00:00 UTC.
const VIRTUAL_EPOCH: u64 = 946_684_800;

const SECOND: u64 = 1_000_000_000;

/// Virtual time, under a drawn schedule. To look at it takes a little of it, so that who waits for it by looking gets there.
fn virtual_time() -> Option<u64> {
    if !schedule::on() {
        return None;
    }
    let runtime = Worker::current()?.runtime;
    runtime.clock.advance(schedule::point::COST);
    Some(runtime.now())
}

natives! { pub static TIME;
    /// `func wallClock() (int64, int64)`: seconds and nanoseconds since 1970.
    Plain fn goo_time_wallClock() -> Address(Wall) {
        if let Some(now) = virtual_time() {
            let nanos = VIRTUAL_EPOCH * SECOND + now;
            return Ok(Wall { seconds: (nanos / SECOND) as i64, nanos: (nanos % SECOND) as i64 });
        }
        let now = clock::read(libc::CLOCK_REALTIME);
        Wall { seconds: now.tv_sec, nanos: now.tv_nsec }
    }
    /// `func monotonic() int64`
    Pure fn goo_time_monotonic() -> I64 {
        match virtual_time() {
            // Never 0, as above.
            Some(now) => now as i64 + 1,
            None => {
                let start = *START;
                (clock::monotonic() - start) as i64
            }
        }
    }
    /// `func durationText(d Duration) string`
    Plain fn goo_time_durationText(nanos: I64) -> Slice {
        from_bytes(duration::format(nanos).as_bytes())
    }
    /// `func zone(unix int64) (int, string)`: of the system's zone.
    Plain fn goo_time_zone(unix: I64) -> Address(Zone) {
        if schedule::on() {
            return Ok(Zone { offset: 0, name: from_bytes(b"UTC") });
        }
        let mut broken = MaybeUninit::<libc::tm>::zeroed();
        // SAFETY: both point to what the function wants; the abbreviation that it leaves lives as long as the zone's data.
        unsafe {
            if libc::localtime_r(&raw const unix, broken.as_mut_ptr()).is_null() {
                return Ok(Zone { offset: 0, name: from_bytes(b"UTC") });
            }
            let broken = broken.assume_init();
            let name = if broken.tm_zone.is_null() {
                from_bytes(b"UTC")
            } else {
                from_bytes(std::ffi::CStr::from_ptr(broken.tm_zone).to_bytes())
            };
            Zone { offset: broken.tm_gmtoff, name }
        }
    }
}

/// `func Sleep(d Duration)`
///
/// # Safety
/// Called by compiled code only, as the table says: on a worker, with arguments that it lends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_time_Sleep(ctx: *mut Context, nanos: i64) -> Status {
    // SAFETY: a task runs, on this context's worker.
    unsafe { crate::task::pending::goo_sleep(ctx, nanos) }
}

crate::runtime_functions! { pub static SLEEP;
    Suspends goo_time_Sleep[0](I64);
}
