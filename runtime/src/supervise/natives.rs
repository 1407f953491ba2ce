//! What compiled code calls to build a supervisor, run it, and use its handle.

use std::ptr;
use std::sync::atomic::AtomicI32;
use std::sync::{Arc, Weak};

use super::driver::{self, Child, Event, Kind, Shared};
use super::machine::{AutoShutdown, ChildSettings, FOREVER, Machine, Restart, SHUTDOWN, Settings, Strategy};
use super::requests::{Request, What};
use super::watch::Watched;
use crate::abi::layout::{
    Closure, ClosureDesc, Context, Frame, FunctionDesc, HandleDesc, Header, ObjectKind, SiteDesc, Slice,
    Slot, Status, Storage, Text, TypeDesc, TypeKind,
};
use crate::channel::Channel;
use crate::channel::ends::goo_chan_retain;
use crate::task::frame::{goo_frame_new, leave};
use crate::task::worker::Worker;
use crate::task::{crash, pending, spawn};
use crate::text;
use crate::value::crossing::{self, Bound};
use crate::value::{count, heap, slice, string};

/// A handle.
#[repr(C)]
pub struct Supervisor {
    header: Header,
    pub shared: Arc<Shared>,
    /// Things can be asked for by this handle: [`State::by_hand`](driver::State::by_hand). Not by the reference of the driver's own closure.
    by_hand: Option<Arc<()>>,
}

impl Supervisor {
    fn new(shared: Arc<Shared>, by_hand: Option<Arc<()>>) -> *mut Supervisor {
        let header = Header {
            count: AtomicI32::new(-1),
            kind: ObjectKind::Handle,
            desc: (&raw const SUPERVISOR_HANDLE).cast(),
        };
        Box::into_raw(Box::new(Supervisor { header, shared, by_hand }))
    }
}

/// What the handle stands for.
///
/// # Safety
/// `supervisor` is a handle that is kept for `'a`.
pub unsafe fn shared_of<'a>(supervisor: *mut Supervisor) -> &'a Arc<Shared> {
    // SAFETY: by the caller.
    unsafe { &(*supervisor).shared }
}

static SUPERVISOR_HANDLE: HandleDesc = HandleDesc { free };

unsafe extern "C" fn free(supervisor: *mut Header) {
    // SAFETY: the last reference is gone.
    let handle = unsafe { Box::from_raw(supervisor.cast::<Supervisor>()) };
    let Supervisor { shared, by_hand, .. } = *handle;
    if by_hand.is_some() {
        drop(by_hand);
        shared.last_handle_gone();
    }
}

/// A supervisor without children. `strategy`: 0 one_for_one, 1 one_for_all, 2 rest_for_one; `max` -1 per 0: the
/// default; `auto_shutdown`: 0 never, 1 any, 2 all.
///
/// # Safety
/// `ctx` is this worker's; `out` has room for the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_new(
    ctx: *mut Context,
    out: *mut *mut Supervisor,
    strategy: i64,
    max: i64,
    period: i64,
    backoff_min: i64,
    backoff_max: i64,
    auto_shutdown: i64,
) -> Status {
    let unsaid = (max, period) == (-1, 0);
    if !unsaid && (max < 0 || period <= 0) {
        let period = text::duration::format(period);
        return crash(ctx, format!("supervise: max out of range: {max} per {period}"));
    }
    if let Some(backoff) = [backoff_min, backoff_max].into_iter().find(|&backoff| backoff < 0) {
        return crash(ctx, format!("supervise: backoff out of range: {}", text::duration::format(backoff)));
    }
    // SAFETY: by the caller.
    let seed = unsafe { Worker::of(ctx) }.random(u32::MAX);
    let mut settings = Settings {
        strategy: match strategy {
            1 => Strategy::OneForAll,
            2 => Strategy::RestForOne,
            _ => Strategy::OneForOne,
        },
        backoff: (backoff_min as u64, backoff_max as u64),
        auto_shutdown: match auto_shutdown {
            0 => AutoShutdown::Never,
            2 => AutoShutdown::All,
            _ => AutoShutdown::Any,
        },
        seed: u64::from(seed),
        ..Settings::default()
    };
    if !unsaid {
        settings.max = max.min(i64::from(u32::MAX)) as u32;
        settings.period = period as u64;
    }
    let (shared, by_hand) = (Shared::new(Machine::new(settings)), Arc::new(()));
    shared.state.lock().by_hand = Arc::downgrade(&by_hand);
    // SAFETY: by the caller.
    unsafe { out.write(Supervisor::new(shared, Some(by_hand))) };
    Status::Returned
}

/// Ends of children are told to this channel.
///
/// # Safety
/// `supervisor` is a handle, `channel` a channel of `Ended`; both are lent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_watch(
    _ctx: *mut Context,
    supervisor: *mut Supervisor,
    channel: *mut Channel,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        goo_chan_retain(channel, 1);
        shared_of(supervisor).state.lock().watch = Watched::new(channel);
    }
    Status::Returned
}

/// Declares a child. `restart`: 0 permanent, 1 transient, 2 temporary; `shutdown` in nanoseconds, -1 for the default; `after`: a bit for
/// each declaration before it; `start`: the time for its start phase, -1 if it has none.
///
/// # Safety
/// `ctx` is this worker's; `supervisor` is a handle; the name is lent; the closure is the caller's to give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_child(
    ctx: *mut Context,
    supervisor: *mut Supervisor,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
    closure: *mut Closure,
    restart: i64,
    workers: i64,
    shutdown: i64,
    after: i64,
    significant: i64,
    start: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if workers < 0 {
            count::release(closure.cast());
            return crash(ctx, format!("supervise: workers out of range: {workers}"));
        }
        let settings = ChildSettings {
            restart: restart_of(restart),
            shutdown: if shutdown < 0 { SHUTDOWN } else { shutdown as u64 },
            start: (start >= 0).then_some(start as u64),
            after: after_of(after),
            declaration: 0,
            significant: significant != 0,
            pooled: false,
        };
        let declared = declare(supervisor, owned_text(name, name_len), closure, workers, settings);
        declared.map_or_else(|bound| bound.crash(ctx), |()| Status::Returned)
    }
}

/// Declares a nested supervisor, with children of its own.
///
/// # Safety
/// As for [`goo_supervisor_child`]; `child` is a handle that is the caller's to give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_nested(
    ctx: *mut Context,
    supervisor: *mut Supervisor,
    child: *mut Supervisor,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
    restart: i64,
    shutdown: i64,
    after: i64,
    significant: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let settings = ChildSettings {
            restart: restart_of(restart),
            shutdown: if shutdown < 0 { FOREVER } else { shutdown as u64 },
            // It has started when its children have, however long that takes.
            start: Some(FOREVER),
            after: after_of(after),
            declaration: 0,
            significant: significant != 0,
            pooled: false,
        };
        let name = if name_len == 0 { "supervisor".into() } else { owned_text(name, name_len) };
        let declared = declare(supervisor, name, driver_closure(child), 1, settings);
        declared.map_or_else(|bound| bound.crash(ctx), |()| Status::Returned)
    }
}

fn after_of(bits: i64) -> Vec<u32> {
    (0..63).filter(|bit| bits >> bit & 1 != 0).collect()
}

unsafe fn declare(
    supervisor: *mut Supervisor,
    name: String,
    closure: *mut Closure,
    workers: i64,
    settings: ChildSettings,
) -> Result<(), Bound> {
    // SAFETY: by the caller. The closure is marked shared: it has the reference of the supervisor, and one of each task.
    unsafe {
        if let Err(bound) = crossing::publish_object(closure.cast()) {
            count::release(closure.cast());
            return Err(bound);
        }
        let desc: *const ClosureDesc = (*closure).header.desc.cast();
        let name = if name.is_empty() { (*desc).name.as_str().to_owned() } else { name };
        let shared = &(*supervisor).shared;
        let mut state = shared.state.lock();
        let declaration = state.machine.next_declaration();
        let settings = ChildSettings { declaration, ..settings };
        if workers == 0 {
            // There may be workers later.
            state.machine.lasts(true);
            state.kinds.push(Kind { name, closure, settings });
            return Ok(());
        }
        for worker in 0..workers {
            if worker > 0 {
                count::retain(closure.cast());
            }
            state.machine.add(settings.clone());
            state.children.push(Child::new(name.clone().into(), closure));
        }
    }
    Ok(())
}

pub fn restart_of(restart: i64) -> Restart {
    match restart {
        1 => Restart::Transient,
        2 => Restart::Temporary,
        _ => Restart::Permanent,
    }
}

/// `supervise { … }`: lasts until the children are done.
///
/// # Safety
/// `ctx` is this worker's; `supervisor` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_run(ctx: *mut Context, supervisor: *mut Supervisor) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let shared = &(*supervisor).shared;
        // The statement has no handle.
        shared.state.lock().by_hand = Weak::new();
        driver::run(ctx, shared)
    }
}

/// `go supervise { … }`.
///
/// # Safety
/// As for [`goo_supervisor_run`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_go(ctx: *mut Context, supervisor: *mut Supervisor) -> Status {
    // SAFETY: by the caller; the closure gets a reference of its own.
    unsafe {
        let own = Supervisor::new((*supervisor).shared.clone(), None);
        spawn::goo_task_go(ctx, driver_closure(own))
    }
}

/// `s.Start(f)`: one child more.
///
/// # Safety
/// As for [`goo_supervisor_child`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_start(
    ctx: *mut Context,
    supervisor: *mut Supervisor,
    closure: *mut Closure,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        if let Err(bound) = crossing::publish_object(closure.cast()) {
            count::release(closure.cast());
            return bound.crash(ctx);
        }
        let desc: *const ClosureDesc = (*closure).header.desc.cast();
        let shared = &(*supervisor).shared;
        if shared.state.lock().finished {
            count::release(closure.cast());
            return crash(ctx, "start of a child in a supervisor that has ended".into());
        }
        let settings = started_by_hand(0, SHUTDOWN, false, None);
        let name = if name_len == 0 { (*desc).name.as_str().to_owned() } else { owned_text(name, name_len) };
        let what = What::Start { closure, settings, named: false };
        shared.send(Event::Request(Request { what, name, asker: None }));
    }
    Status::Returned
}

/// The settings of a child that is started while its supervisor runs: it stands behind all others.
pub fn started_by_hand(restart: i64, shutdown: u64, significant: bool, start: Option<u64>) -> ChildSettings {
    ChildSettings {
        restart: restart_of(restart),
        shutdown,
        start,
        after: Vec::new(),
        declaration: 0,
        significant,
        pooled: false,
    }
}

/// `s.Stop(name)`: 1 if there is such a child.
///
/// # Safety
/// `supervisor` is a handle; the name is lent; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_stop(
    _ctx: *mut Context,
    out: *mut i64,
    supervisor: *mut Supervisor,
    _owner: *mut Storage,
    name: *const u8,
    name_len: i64,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let shared = &(*supervisor).shared;
        let name = owned_text(name, name_len);
        let known = shared.state.lock().children.iter().any(|child| *child.name == *name);
        if known {
            shared.send(Event::Request(Request { what: What::StopForGood, name, asker: None }));
        }
        out.write(i64::from(known));
    }
    Status::Returned
}

/// `s.Children()`: the names of those that run.
///
/// # Safety
/// `supervisor` is a handle; `out` has room for a slice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_children(
    _ctx: *mut Context,
    out: *mut Slice,
    supervisor: *mut Supervisor,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let shared = &(*supervisor).shared;
        let state = shared.state.lock();
        let running = state.children.iter().enumerate().filter(|(id, _)| state.machine.is_waiting(*id));
        let names = running.map(|(_, child)| slice::from_bytes(child.name.as_bytes())).collect();
        out.write(string::slice_of(names));
    }
    Status::Returned
}

/// `s.Restarts()`: how often children were started again.
///
/// # Safety
/// `supervisor` is a handle; `out` has room for a word.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goo_supervisor_restarts(
    _ctx: *mut Context,
    out: *mut i64,
    supervisor: *mut Supervisor,
) -> Status {
    // SAFETY: by the caller.
    unsafe {
        let shared = &(*supervisor).shared;
        out.write(shared.state.lock().machine.restarts() as i64);
    }
    Status::Returned
}

/// A duration as the program would write it.
pub fn duration(ns: u64) -> String {
    match ns {
        0 => "0s".into(),
        _ if ns.is_multiple_of(1_000_000_000) => format!("{}s", ns / 1_000_000_000),
        _ if ns.is_multiple_of(1_000_000) => format!("{}ms", ns / 1_000_000),
        _ if ns.is_multiple_of(1_000) => format!("{}µs", ns / 1_000),
        _ => format!("{ns}ns"),
    }
}

/// # Safety
/// That many bytes, lent.
pub unsafe fn owned_text(ptr: *const u8, len: i64) -> String {
    if len == 0 {
        return String::new();
    }
    // SAFETY: by the caller.
    String::from_utf8_lossy(unsafe { std::slice::from_raw_parts(ptr, len as usize) }).into_owned()
}

// ---------------------------------------------------------------- the driver's task

/// A closure that runs a supervisor: what compiled code would be for `func() { supervise … }`, by hand. Each time it runs, the
/// supervisor begins anew.
unsafe fn driver_closure(supervisor: *mut Supervisor) -> *mut Closure {
    let object = heap::new_object(ObjectKind::Closure, &raw const DRIVER, DRIVER.size as usize);
    // SAFETY: a new object of that size.
    unsafe {
        object.cast::<u8>().add(Closure::CAPTURES).cast::<*mut Supervisor>().write(supervisor);
    }
    object.cast()
}

/// The frame of that function: the handle is borrowed from the closure.
#[repr(C)]
struct DriverFrame {
    head: Frame,
}

unsafe extern "C" fn enter(ctx: *mut Context, closure: *mut Closure) -> Status {
    // SAFETY: the runtime enters it with a closure made above.
    unsafe {
        let frame = goo_frame_new(ctx, &DRIVER_FUNCTION);
        let supervisor = *closure.cast::<u8>().add(Closure::CAPTURES).cast::<*mut Supervisor>();
        let shared = driver::renew(&(*supervisor).shared);
        let status = driver::run(ctx, &shared);
        leave(ctx, frame, status)
    }
}

unsafe extern "C" fn resume(ctx: *mut Context, frame: *mut Frame) -> Status {
    // SAFETY: the runtime resumes it with the frame made above.
    unsafe {
        let status = pending::goo_resume(ctx, ptr::null_mut());
        leave(ctx, frame, status)
    }
}

/// What the closure captures: its supervisor.
static SUPERVISOR: TypeDesc = TypeDesc {
    kind: TypeKind::Supervisor,
    flags: TypeDesc::COUNTED,
    align: 8,
    id: u32::MAX,
    size: 8,
    name: NAME,
    pointers: 0,
    elem: ptr::null(),
    key: ptr::null(),
    len: 0,
    other: 0,
    fields: ptr::null(),
    field_count: 0,
    cases: ptr::null(),
    case_count: 0,
    tables: ptr::null(),
    interface: 0,
    error_method: ptr::null(),
    string_method: ptr::null(),
    go_string_method: ptr::null(),
    format_method: ptr::null(),
};

struct Captures([Slot; 1]);

// SAFETY: static data.
unsafe impl Sync for Captures {}

static CAPTURES: Captures =
    Captures([Slot { name: NAME, ty: &SUPERVISOR, offset: Closure::CAPTURES as u64, flags: 1 }]);

const NAME: Text = Text { ptr: "supervisor".as_ptr(), len: 10 };

static DRIVER_FUNCTION: FunctionDesc = FunctionDesc {
    name: NAME,
    file: Text { ptr: "runtime".as_ptr(), len: 7 },
    frame_size: size_of::<DriverFrame>() as u64,
    defers: 0,
    resume: resume as *const std::ffi::c_void,
    code: ptr::null(),
    sites: ptr::null::<SiteDesc>(),
    site_count: 0,
};

static DRIVER: ClosureDesc = ClosureDesc {
    size: (Closure::CAPTURES + 8) as u64,
    name: NAME,
    enter: enter as *const std::ffi::c_void,
    captures: CAPTURES.0.as_ptr(),
    capture_count: 1,
    result: ptr::null(),
};
