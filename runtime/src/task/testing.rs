//! Compiled code by hand, for unit tests: functions as state machines that follow the frame convention.
//!
//! A test function has a frame with a program counter and a few words; [`goo_function!`] makes the closure's `enter`, the frame's
//! `resume` and the descriptors around its body.

use std::sync::atomic::AtomicI32;

use crate::abi::layout::*;
use crate::channel::Channel;
use crate::task::frame::{goo_frame_new, leave};
use crate::task::runtime::start_closure;
use crate::task::{Options, Task};

/// The frame of a test function.
#[repr(C)]
pub struct Words {
    pub head: Frame,
    pub pc: u64,
    /// Captured values first.
    pub w: [u64; 8],
}

pub type Body = unsafe fn(*mut Context, &mut Words) -> Status;

/// Runs the body; frees or links its frame.
pub(crate) unsafe fn step(ctx: *mut Context, frame: *mut Words, body: Body) -> Status {
    // SAFETY: the caller's frame is this body's, and its context that of the task that runs.
    unsafe {
        let status = body(ctx, &mut *frame);
        leave(ctx, frame.cast(), status)
    }
}

/// A first call, with what the closure captured.
pub(crate) unsafe fn enter(
    ctx: *mut Context,
    closure: *mut Closure,
    desc: &'static FunctionDesc,
    body: Body,
) -> Status {
    // SAFETY: a new frame of `desc` holds `Words`; the closure has eight captured words behind its header, as `closure` makes it.
    unsafe {
        let frame: *mut Words = goo_frame_new(ctx, desc).cast();
        (*frame).pc = 0;
        let captures = closure.cast::<u8>().add(Closure::CAPTURES).cast::<[u64; 8]>();
        (*frame).w = *captures;
        step(ctx, frame, body)
    }
}

/// Declares a function: `goo_function!(name: result type or no_result, |ctx, f| body)`.
#[macro_export]
macro_rules! goo_function {
    ($name:ident: $result:expr, |$ctx:ident, $f:ident| $body:expr) => {
        $crate::goo_function!($name [0]: $result, |$ctx, $f| $body);
    };
    // With how many of the captured words are channels.
    ($name:ident [$channels:literal]: $result:expr, |$ctx:ident, $f:ident| $body:expr) => {
        mod $name {
            #![allow(unused_imports, reason = "a test function need not use all of them")]
            #![allow(clippy::macro_metavars_in_unsafe, reason = "the body is the test's own unsafe code")]
            use super::*;
            use $crate::abi::layout::*;
            use $crate::task::testing::*;
            unsafe fn body($ctx: *mut Context, $f: &mut Words) -> Status {
                #[allow(unused_unsafe)]
                unsafe {
                    $body
                }
            }
            unsafe extern "C" fn enter_it(ctx: *mut Context, closure: *mut Closure) -> Status {
                unsafe { enter(ctx, closure, &FUNCTION, body) }
            }
            unsafe extern "C" fn resume_it(ctx: *mut Context, frame: *mut Frame) -> Status {
                unsafe { step(ctx, frame.cast(), body) }
            }
            pub static FUNCTION: FunctionDesc = FunctionDesc {
                name: text(concat!("main.", stringify!($name))),
                file: text("test.goo"),
                frame_size: size_of::<Words>() as u64,
                defers: 0,
                resume: resume_it as *const std::ffi::c_void,
                sites: SITES.0.as_ptr(),
                site_count: 1,
                code: std::ptr::null(),
            };
            pub static CLOSURE: ClosureDesc = ClosureDesc {
                size: 96,
                name: text(concat!("main.", stringify!($name))),
                enter: enter_it as *const std::ffi::c_void,
                captures: CHANNELS.0.as_ptr(),
                capture_count: $channels,
                result: $result,
            };
        }
    };
}

pub const NO_RESULT: *const TypeDesc = std::ptr::null();

pub struct Slots(pub [Slot; 3]);
// SAFETY: static data.
unsafe impl Sync for Slots {}
const fn slot(index: usize) -> Slot {
    Slot { name: text("c"), ty: &CHAN_INT, offset: (Closure::CAPTURES + 8 * index) as u64, flags: 1 }
}
pub static CHANNELS: Slots = Slots([slot(0), slot(1), slot(2)]);

pub struct Sites(pub [SiteDesc; 1]);
// SAFETY: static data.
unsafe impl Sync for Sites {}
pub static SITES: Sites = Sites([SiteDesc {
    line: 7,
    column: 3,
    slots: std::ptr::null(),
    slot_count: 0,
    inlined: std::ptr::null(),
}]);

pub const fn text(text: &'static str) -> Text {
    Text { ptr: text.as_ptr(), len: text.len() as u64 }
}

const fn scalar(kind: TypeKind, size: u64, name: &'static str) -> TypeDesc {
    TypeDesc {
        kind,
        flags: TypeDesc::FLAT,
        align: size as u16,
        id: kind as u32,
        size,
        name: text(name),
        pointers: 0,
        elem: std::ptr::null(),
        key: std::ptr::null(),
        len: 0,
        other: 0,
        fields: std::ptr::null(),
        field_count: 0,
        cases: std::ptr::null(),
        case_count: 0,
        tables: std::ptr::null(),
        interface: 0,
        error_method: std::ptr::null(),
        string_method: std::ptr::null(),
        go_string_method: std::ptr::null(),
        format_method: std::ptr::null(),
    }
}

pub static INT: TypeDesc = scalar(TypeKind::Int, 8, "int");
pub static STRING: TypeDesc =
    TypeDesc { flags: TypeDesc::COUNTED, align: 8, ..scalar(TypeKind::String, 24, "string") };
/// 64 bytes: more than a task's slot.
pub static BIG: TypeDesc = TypeDesc { align: 8, ..scalar(TypeKind::Struct, 64, "main.Big") };
/// `int ! string`.
pub static INT_OR_CRASH: TypeDesc = TypeDesc {
    flags: TypeDesc::COUNTED,
    align: 8,
    elem: &INT,
    key: &STRING,
    other: 8,
    len: 32,
    ..scalar(TypeKind::Result, 40, "int ! string")
};
/// `int?`.
pub static INT_OPTIONAL: TypeDesc =
    TypeDesc { align: 8, elem: &INT, len: 8, ..scalar(TypeKind::Optional, 16, "int?") };
pub static CHAN_INT: TypeDesc =
    TypeDesc { flags: TypeDesc::COUNTED, elem: &INT, ..scalar(TypeKind::Chan, 8, "chan int") };

/// A closure of a test function, with what it captures.
pub fn closure(desc: &'static ClosureDesc, captures: &[u64]) -> *mut Closure {
    let object = crate::value::heap::new_object(ObjectKind::Closure, desc, 96);
    let mut words = [0; 8];
    words[..captures.len()].copy_from_slice(captures);
    // SAFETY: the new object is 96 bytes: a header, and room for eight words of captures; nobody else knows it yet.
    unsafe {
        (*object).count = AtomicI32::new(1);
        object.cast::<u8>().add(Closure::CAPTURES).cast::<[u64; 8]>().write(words);
    }
    object.cast()
}

/// A channel of ints, or of another type.
pub(crate) unsafe fn make_of(ctx: *mut Context, elem: &TypeDesc, cap: i64) -> *mut Channel {
    let mut channel = std::ptr::null_mut();
    let site = text("test.goo:1");
    // SAFETY: the caller's context is that of the task that runs; the rest lives as long as the call.
    let status = unsafe {
        crate::channel::object::goo_chan_make(
            ctx,
            elem,
            &mut channel,
            cap,
            0,
            0,
            0,
            0,
            0,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            site.ptr,
            site.len as i64,
        )
    };
    assert_eq!(status, Status::Returned);
    channel
}

pub(crate) unsafe fn make(ctx: *mut Context, cap: i64) -> *mut Channel {
    // SAFETY: the caller keeps the same promise.
    unsafe { make_of(ctx, &INT, cap) }
}

/// Runs a program whose `main` is this closure; its exit status.
pub fn run_main(desc: &'static ClosureDesc, captures: &[u64], workers: usize) -> i32 {
    let main = closure(desc, captures);
    let program: &'static ProgramDesc = Box::leak(Box::new(ProgramDesc {
        init: std::ptr::null(),
        main,
        results_size: 256,
        tests: std::ptr::null(),
        test_count: 0,
        sources: std::ptr::null(),
        source_count: 0,
    }));
    let options = Options {
        workers: Some(workers),
        seed: 1,
        handle_signals: false,
        arguments: None,
        ends_process: false,
    };
    start_closure(program, main, &options)
}

/// Ends the program with this status.
pub(crate) unsafe fn exit(ctx: *mut Context, status: i32) -> Status {
    // SAFETY: the caller's context is that of the task that runs.
    unsafe { crate::io::exit(ctx, i64::from(status)) }
}

pub(crate) unsafe fn spawn(ctx: *mut Context, desc: &'static ClosureDesc, captures: &[u64]) {
    // SAFETY: the caller's context is that of the task that runs; the closure is new, and given away.
    let status = unsafe { super::spawn::goo_task_go(ctx, closure(desc, captures)) };
    assert_eq!(status, Status::Returned);
}

pub(crate) unsafe fn spawn_handle(
    ctx: *mut Context,
    desc: &'static ClosureDesc,
    captures: &[u64],
) -> *mut Task {
    let mut task = std::ptr::null_mut();
    // SAFETY: the caller's context is that of the task that runs; the closure is new, and given away.
    let status = unsafe { super::spawn::goo_task_spawn(ctx, &mut task, closure(desc, captures)) };
    assert_eq!(status, Status::Returned);
    task
}
