//! The layouts that compiled code and runtime both know. Compiled code uses the `offset_of!` constants at the end of each
//! structure; nothing else of a layout exists anywhere.

use std::ffi::c_void;
use std::mem::offset_of;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicUsize;

/// How a call of compiled code, or of a runtime function, ended. Passed in a 64-bit register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i64)]
#[must_use]
pub enum Status {
    /// Done; results are where the convention says.
    Returned = 0,
    /// The task waits: callers store what is live in a heap [`Frame`] and return this, too.
    Suspended = 1,
    /// The task crashes or is cancelled: callers store what they own in a heap [`Frame`] and return this, too; the
    /// scheduler then releases what the frames hold and runs their deferred calls.
    Crashed = 2,
}

/// The head of each counted object.
///
/// `count` is plain while one task can reach the object and positive then; 0 means immortal (static data, never counted);
/// negative means reached by several tasks: the count is `-count` and changed atomically.
#[repr(C)]
pub struct Header {
    pub count: AtomicI32,
    /// What the object is, for freeing it.
    pub kind: ObjectKind,
    /// The type of the element (storage), of the value (box, cell), of the map; of a closure its [`ClosureDesc`].
    pub desc: *const c_void,
}

impl Header {
    pub const COUNT: usize = offset_of!(Header, count);
    pub const KIND: usize = offset_of!(Header, kind);
    pub const DESC: usize = offset_of!(Header, desc);
    pub const SIZE: usize = size_of::<Header>();

    /// Count and kind of a new object, as the one word that they are.
    pub const fn first_word(kind: ObjectKind) -> u64 {
        (kind as u64) << 32 | 1
    }
}

const _: () = assert!(Header::COUNT == 0 && Header::KIND == 4 && Header::SIZE == 16);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ObjectKind {
    /// [`Storage`] of strings and slices; `desc` is the element's [`TypeDesc`].
    Storage = 0,
    /// One value behind the header, of type `desc`: a boxed optional or enum field, a boxed interface value, a cell.
    Box = 1,
    /// [`Closure`]; `desc` is its [`ClosureDesc`].
    Closure = 2,
    /// A map; `desc` is the map's [`TypeDesc`]. The rest is the runtime's own.
    Map = 3,
    /// A handle: task, supervisor, mutex, counter. Always counted atomically (negative from birth); `desc` is its
    /// [`HandleDesc`]. A channel has this head too, but its ends are counted apart, by the type of the reference:
    /// `goo_chan_retain(channel, direction)` and `goo_chan_release(channel, direction)`.
    Handle = 4,
}

/// What [`Header::desc`] of a handle points to.
#[repr(C)]
pub struct HandleDesc {
    /// Frees the object, when nothing refers to it any more.
    pub free: unsafe extern "C" fn(*mut Header),
}

/// The storage of slices and strings: this head, then `cap` elements, the first `init` of which hold values.
#[repr(C)]
pub struct Storage {
    pub header: Header,
    /// Elements that fit.
    pub cap: i64,
    /// Elements that hold values; what lies behind them is not initialised.
    pub init: i64,
    // elements follow
}

impl Storage {
    pub const CAP: usize = offset_of!(Storage, cap);
    pub const INIT: usize = offset_of!(Storage, init);
    pub const DATA: usize = size_of::<Storage>();
}

/// A string or slice value: three words, in this order. `owner` is null for the empty value and for static text.
/// `ptr` points at the first element, anywhere in the owner's elements. The capacity is what lies between `ptr` and the
/// end of the owner's elements.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Slice {
    pub owner: *mut Storage,
    pub ptr: *mut u8,
    pub len: i64,
}

impl Slice {
    pub const OWNER: usize = offset_of!(Slice, owner);
    pub const PTR: usize = offset_of!(Slice, ptr);
    pub const LEN: usize = offset_of!(Slice, len);
}

/// A function value is a pointer to this (a `func()?` that is `none` is null). Captured values follow `code`, each at the
/// offset that [`ClosureDesc`] gives.
#[repr(C)]
pub struct Closure {
    pub header: Header,
    /// `tail` convention: `(ctx, closure, frame, parameters…) -> (status, results…)`.
    pub code: *const c_void,
}

impl Closure {
    pub const CODE: usize = offset_of!(Closure, code);
    pub const CAPTURES: usize = size_of::<Closure>();
}

/// What a closure object holds.
#[repr(C)]
pub struct ClosureDesc {
    pub size: u64,
    /// `main.main.func1`, for reports.
    pub name: Text,
    /// Calls `code` of a closure without parameters (null if it has some): C convention `(ctx, closure) -> Status`;
    /// the result is then in the context's result area.
    pub enter: *const c_void,
    /// What it holds counts of; the rest of what it has captured nobody but its code needs to find.
    pub captures: *const Slot,
    pub capture_count: u64,
    /// Type of the result, null for none.
    pub result: *const TypeDesc,
}

/// An interface value: two words. `desc` is null for the empty value. The value is in `data` when it has at most 8
/// bytes (`TypeDesc::size <= 8`), else `data` points to an [`ObjectKind::Box`].
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Interface {
    pub desc: *const TypeDesc,
    pub data: u64,
}

/// Static text.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Text {
    pub ptr: *const u8,
    pub len: u64,
}

impl Text {
    /// The text itself: names in descriptors are UTF-8 and live as long as the program.
    pub fn as_str(&self) -> &'static str {
        if self.len == 0 {
            return "";
        }
        // SAFETY: descriptors are static and written by the compiler, from `str`s.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.ptr, self.len as usize)) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum TypeKind {
    Unit = 0,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    String,
    Duration,
    Array,
    Slice,
    Map,
    Struct,
    Tuple,
    Enum,
    Optional,
    Result,
    Interface,
    Func,
    Chan,
    Task,
    Supervisor,
    Mutex,
    Counter,
    Cell,
}

/// A type as the runtime sees it: static data that the compiler writes, one for each concrete type of the program.
#[repr(C)]
pub struct TypeDesc {
    pub kind: TypeKind,
    /// [`TypeDesc::COUNTED`] and the other flags.
    pub flags: u8,
    /// A power of two.
    pub align: u16,
    /// Equal exactly for identical types.
    pub id: u32,
    pub size: u64,
    /// As `%T` prints it: `main.Point`, `[]int`.
    pub name: Text,
    /// Bit `i`: the word at `8 * i` points to a counted object, or is null; and values of this type hold nothing else that is counted. Zero when that
    /// cannot be said: what a value holds then depends on the value, or a handle is among it, or it is too big.
    pub pointers: u64,
    /// Element of array, slice, channel, optional, cell, task, mutex; value of map and result.
    pub elem: *const TypeDesc,
    /// Key of map, error of result.
    pub key: *const TypeDesc,
    /// Length of an array; offset of the value in an optional; offset of `T` in a result (the error is behind `other`);
    /// of a channel its direction: 0 both, 1 send only, 2 receive only.
    pub len: u64,
    /// Offset of the error in a result.
    pub other: u64,
    /// Fields of a struct or tuple.
    pub fields: *const FieldDesc,
    pub field_count: u64,
    /// Cases of an enum.
    pub cases: *const CaseDesc,
    pub case_count: u64,
    /// For a concrete type, by number of interface: the code pointers of the interface's methods, in order of name, or
    /// null when the type does not implement it. Null when no value of this type is ever in an interface.
    pub tables: *const *const *const c_void,
    /// For an interface type: its number.
    pub interface: u64,
    /// `Error() string` and `String() string` of this type, or null: `tail` convention
    /// `(ctx, closure = null, frame, receiver pointer) -> (status, owner, ptr, len)`; called by the Goo side of `fmt`.
    pub error_method: *const c_void,
    pub string_method: *const c_void,
    /// The same of `GoString() string`, and of `Format(fmt.State, rune)`; only looked at for whether they are null.
    pub go_string_method: *const c_void,
    pub format_method: *const c_void,
}

impl TypeDesc {
    /// Holds counted objects: copying it retains.
    pub const COUNTED: u8 = 1;
    /// Equality is equality of bytes.
    pub const FLAT: u8 = 2;
    /// An optional whose `none` is a null first word (interfaces, functions, handles): no tag. Otherwise the tag is
    /// the first byte: 0 none, 1 some.
    pub const NICHE: u8 = 4;
    /// An optional (or, in [`FieldDesc`], a case's field) that is one pointer to an [`ObjectKind::Box`] of the value.
    pub const BOXED: u8 = 8;
    /// Declared (`type Name …`): prints and compares as its own type.
    pub const DECLARED: u8 = 16;
    /// It, or something in it, has a method by which it prints itself (see [`TypeDesc::error_method`]): printing must look. Interface types have it always, and so
    /// does what holds one. Types with it have their [`TypeDesc::tables`], since printing puts parts of values into interfaces.
    pub const PRINTS_ITSELF: u8 = 32;
    /// Holds a function somewhere: cannot be compared at run time.
    pub const HAS_FUNC: u8 = 64;
    /// All that it counts are handles (channels, tasks, …), which are shared from birth: nothing is to be marked when it is sent.
    pub const HANDLES_ONLY: u8 = 128;

    pub const SIZE: usize = offset_of!(TypeDesc, size);
    pub const ID: usize = offset_of!(TypeDesc, id);
    pub const TABLES: usize = offset_of!(TypeDesc, tables);
}

#[repr(C)]
pub struct FieldDesc {
    pub name: Text,
    pub ty: *const TypeDesc,
    pub offset: u64,
    /// Bit 0: embedded. Bit 1: boxed (the slot is one pointer to a box of `ty`).
    pub flags: u64,
}

#[repr(C)]
pub struct CaseDesc {
    pub name: Text,
    pub fields: *const FieldDesc,
    pub field_count: u64,
}

/// A place in a frame or closure that holds a value.
#[repr(C)]
pub struct Slot {
    pub name: Text,
    pub ty: *const TypeDesc,
    pub offset: u64,
    /// Bit 0: owned, to be released when the frame is thrown away; otherwise borrowed from a caller.
    pub flags: u64,
}

/// A heap frame: what an activation that suspended or crashed leaves behind. Slots follow.
#[repr(C)]
pub struct Frame {
    pub desc: *const FunctionDesc,
    /// The caller's frame.
    pub parent: *mut Frame,
    /// Which call this activation is in: an index into [`FunctionDesc::sites`].
    pub site: u64,
}

impl Frame {
    pub const DESC: usize = offset_of!(Frame, desc);
    pub const PARENT: usize = offset_of!(Frame, parent);
    pub const SITE: usize = offset_of!(Frame, site);
    pub const SLOTS: usize = size_of::<Frame>();
}

/// A function that can leave frames behind.
#[repr(C)]
pub struct FunctionDesc {
    /// Empty for what call stacks leave out.
    pub name: Text,
    pub file: Text,
    /// Bytes of a frame, head included.
    pub frame_size: u64,
    /// Where in the frame the list of the activation's deferred calls is, last first, which is null at first and then the runtime's own;
    /// 0 in a function that defers nothing.
    pub defers: u64,
    /// Resumes the activation whose frame this is: C convention `(ctx, frame) -> Status`; results are then in the
    /// context's result area. Null when the function cannot suspend.
    pub resume: *const c_void,
    pub sites: *const SiteDesc,
    pub site_count: u64,
    /// The function itself, which `resume` enters.
    pub code: *const c_void,
}

impl FunctionDesc {
    pub const CODE: usize = offset_of!(FunctionDesc, code);
}

/// One call (or check that can crash) of a function.
#[repr(C)]
pub struct SiteDesc {
    pub line: u32,
    pub column: u32,
    /// What is stored at this site.
    pub slots: *const Slot,
    pub slot_count: u64,
    /// The function that the site stands in, if its call was replaced by its body; else null: it is the function's own.
    pub inlined: *const InlinedDesc,
}

/// A call that the compiler replaced by the callee's body: an activation for call stacks, without a frame.
#[repr(C)]
pub struct InlinedDesc {
    /// Of the callee.
    pub name: Text,
    pub file: Text,
    /// Where the call stands, in the function that `outer` is.
    pub line: u32,
    pub column: u32,
    /// Null: the call stands in the function's own text.
    pub outer: *const InlinedDesc,
}

/// What compiled code knows of the worker that runs it: the first parameter of every function.
#[repr(C)]
pub struct Context {
    /// Not 0: a loop turn calls `goo_poll`.
    pub poll: AtomicU32,
    /// Below this stack address a function calls `goo_stack_check`, and goes on if that returns. (Not only when the stack is
    /// nearly full: set to the highest address, it is how a computing task is asked to look up.)
    pub stack_limit: AtomicUsize,
    /// The outermost frame stored since the task suspended or crashed; each function links its own behind it.
    pub last_frame: *mut Frame,
    /// The innermost frame: set when `last_frame` was null.
    pub first_frame: *mut Frame,
    /// Where results go that do not fit registers, and all results of resumed activations. At least
    /// as many bytes as the program's largest result.
    pub results: *mut u8,
    /// The running task; the runtime's own.
    pub task: *mut c_void,
    /// The context's own address. What calls a function with arguments in memory reads it anew for that, so that the register that
    /// the context is in need not be the one that the call wants.
    pub this: *mut Context,
    /// Arguments of the functions that compiled code seldom calls, from places where much is in registers.
    pub arguments: [u64; Context::ARGUMENT_COUNT],
}

impl Context {
    /// So many arguments are passed in memory.
    pub const ARGUMENT_COUNT: usize = 4;
    pub const THIS: usize = offset_of!(Context, this);
    pub const ARGUMENTS: usize = offset_of!(Context, arguments);
    pub const POLL: usize = offset_of!(Context, poll);
    pub const STACK_LIMIT: usize = offset_of!(Context, stack_limit);
    pub const LAST_FRAME: usize = offset_of!(Context, last_frame);
    pub const FIRST_FRAME: usize = offset_of!(Context, first_frame);
    pub const RESULTS: usize = offset_of!(Context, results);
}

/// One case of a `select`, built on the stack by compiled code.
#[repr(C)]
pub struct SelectCase {
    /// Null never fires.
    pub chan: *mut c_void,
    /// What to send, borrowed and copied only if this case is chosen; null for a receive. A received value is fetched afterwards, by
    /// `goo_select_received`: nothing on the stack survives a suspension.
    pub send: *const u8,
}

/// What the program gives the runtime when it starts.
#[repr(C)]
pub struct ProgramDesc {
    /// Closures without parameters: package initialisation, then `main`.
    pub init: *const Closure,
    pub main: *const Closure,
    /// Bytes of the largest result.
    pub results_size: u64,
    pub tests: *const TestDesc,
    pub test_count: u64,
    /// Source text for reports: file name and text, by file; null in a built binary without sources.
    pub sources: *const [Text; 2],
    pub source_count: u64,
}

impl ProgramDesc {
    /// The `test` blocks of the program.
    pub fn tests(&self) -> &'static [TestDesc] {
        if self.test_count == 0 {
            return &[];
        }
        // SAFETY: the compiler writes the pointer and the count of a static table.
        unsafe { std::slice::from_raw_parts(self.tests, self.test_count as usize) }
    }
}

/// A `test` block.
#[repr(C)]
pub struct TestDesc {
    pub name: Text,
    pub file: Text,
    pub line: u64,
    pub body: *const Closure,
}

// SAFETY: descriptors are immutable for the life of the program.
unsafe impl Sync for TypeDesc {}
// SAFETY: as above.
unsafe impl Send for TypeDesc {}
// SAFETY: as above; closures of a program are static, too.
unsafe impl Sync for ProgramDesc {}
// SAFETY: as above.
unsafe impl Send for ProgramDesc {}
// SAFETY: as above.
unsafe impl Sync for FunctionDesc {}
// SAFETY: as above.
unsafe impl Send for FunctionDesc {}
// SAFETY: as above.
unsafe impl Sync for ClosureDesc {}
// SAFETY: as above.
unsafe impl Send for ClosureDesc {}
