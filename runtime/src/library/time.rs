//! Package `time`: the clocks, and the system's time zone.

use std::sync::LazyLock;

use super::zone::{self, LOCAL, Missing, Period, Table};
use crate::abi::layout::{Context, Slice, Status};
use crate::natives;
use crate::schedule;
use crate::task::clock;
use crate::task::worker::Worker;
use crate::text::duration;
use crate::value::slice::{EMPTY, from_bytes};

/// Where the monotonic clock starts: just before the program asks first, so that it never shows 0, which stands for unknown.
static START: LazyLock<u64> = LazyLock::new(|| clock::monotonic() - 1);

/// `(int64, int64)`
#[repr(C)]
pub struct Wall {
    seconds: i64,
    nanos: i64,
}

/// `(offset int, name string, summer int, start, end int64)`
#[repr(C)]
pub struct Zone {
    offset: i64,
    name: Slice,
    summer: i64,
    start: i64,
    end: i64,
}

/// `(data, problem string)`
#[repr(C)]
pub struct ZoneFile {
    data: Slice,
    problem: Slice,
}

/// `(offset, known int)`
#[repr(C)]
pub struct Named {
    offset: i64,
    known: i64,
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

const UTC: Period<'static> =
    Period { offset: 0, name: b"UTC", summer: false, start: i64::MIN, end: i64::MAX };

/// The zone whose data compiled code holds; without data it is the local one. `None` is UTC.
fn table(data: &[u8]) -> Option<Table<'_>> {
    match data {
        // A drawn schedule is the same wherever it runs.
        [] if schedule::on() => None,
        [] => Table::open(&LOCAL.data),
        data => Table::open(data),
    }
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
    /// `func zoneOffset(data string, unix int64) int`: seconds east of UTC. Without data, all of these are about the local zone.
    Pure fn goo_time_zoneOffset(data: Bytes, unix: I64) -> I64 {
        table(data).map_or(0, |table| table.at(unix).offset)
    }
    /// `func zonePeriod(data string, unix int64) (offset int, name string, summer int, start, end int64)`
    Plain fn goo_time_zonePeriod(data: Bytes, unix: I64) -> Address(Zone) {
        let period = table(data).map_or(UTC, |table| table.at(unix));
        let Period { offset, name, summer, start, end } = period;
        Zone { offset, name: from_bytes(name), summer: summer.into(), start, end }
    }
    /// `func zoneNamed(data, name string, local int64) (offset, known int)`: what an abbreviation stands for.
    Plain fn goo_time_zoneNamed(data: Bytes, name: Bytes, local: I64) -> Address(Named) {
        let offset = table(data).and_then(|table| table.named(name, local));
        Named { offset: offset.unwrap_or(0), known: offset.is_some().into() }
    }
    /// `func localName() string`
    Plain fn goo_time_localName() -> Slice {
        from_bytes(if schedule::on() { &b"Local"[..] } else { &LOCAL.name })
    }
    /// `func isZone(data string) bool`
    Pure fn goo_time_isZone(data: Bytes) -> I64 {
        Table::open(data).is_some_and(|table| table.is_sound())
    }
    /// `func readZone(name string) (data, problem string)`: without data or problem there is none of this name.
    Plain fn goo_time_readZone(name: Bytes) -> Address(ZoneFile) {
        match zone::read(name) {
            Ok(data) => ZoneFile { data: from_bytes(&data), problem: EMPTY },
            Err(Missing::Unknown) => ZoneFile { data: EMPTY, problem: EMPTY },
            Err(Missing::Malformed) => ZoneFile { data: EMPTY, problem: from_bytes(b"malformed time zone information") },
            Err(Missing::Unreadable(code)) => {
                ZoneFile { data: EMPTY, problem: from_bytes(super::os::message(code).as_bytes()) }
            }
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
