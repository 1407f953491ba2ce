//! Programs built by hand, run in memory against a small runtime of their own.

use std::cell::Cell;
use std::mem::transmute;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU32, AtomicUsize};

use goo_runtime::abi::layout::{Context, Frame, FunctionDesc, Header, Status};
use goo_runtime::abi::table::{Abi, Entry, Kind};

use super::jit;
use super::output::{Listing, Target, generate_unit, isa};
use super::unit::Unit;
use crate::mir::{
    Block, BlockId, Call, Callee, Const, FnId, Function, Inline, Local, LocalDecl, Module, Operand,
    ParamMode, Place, Proj, Rvalue, Scope, Statement, StatementKind, Terminator,
};
use crate::syntax::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{FuncTy, ParamTy, Program, Ty, TyKind};

// ---- the runtime of the tests

thread_local! {
    static CRASH: Cell<&'static str> = const { Cell::new("") };
    /// What a wait gives, when it has been resumed.
    static WAITED: Cell<i64> = const { Cell::new(0) };
    static CONTEXT: Cell<*mut Context> = const { Cell::new(null_mut()) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

extern "C" fn alloc(size: i64) -> i64 {
    LIVE.set(LIVE.get() + 1);
    Box::leak(vec![0u64; size as usize / 8 + 1].into_boxed_slice()).as_ptr() as i64
}

extern "C" fn free_object(_: *mut Header) {
    LIVE.set(LIVE.get() - 1);
}

extern "C" fn context() -> i64 {
    CONTEXT.get() as i64
}

extern "C" fn nothing(_: *mut Header) {}

extern "C" fn frame_new(_: *mut Context, desc: *const FunctionDesc) -> i64 {
    // SAFETY: generated code passes its own descriptor.
    let size = unsafe { (*desc).frame_size };
    let frame = alloc(size as i64) as *mut Frame;
    // SAFETY: just allocated, with room for the head.
    unsafe { (*frame).desc = desc };
    frame as i64
}

extern "C" fn frame_free(_: *mut Context, _: i64) {
    LIVE.set(LIVE.get() - 1);
}

macro_rules! panics {
    ($($name:ident $text:literal ($($arg:ident),*);)*) => {
        $(extern "C" fn $name(_: *mut Context, $(_: $arg),*) -> Status {
            CRASH.set($text);
            Status::Crashed
        })*
    };
}
panics! { index "index" (i64, i64); divide "divide" (); shift "shift" (); unwrap "unwrap" (); }

extern "C" fn stack_check(_: *mut Context) -> Status {
    Status::Returned
}

/// Waits the first time, and gives its argument and what came, when it is resumed.
extern "C" fn wait(_: *mut Context, _: *mut i64, start: i64) -> Status {
    WAITED.set(start);
    Status::Suspended
}

extern "C" fn resume(_: *mut Context, out: *mut i64) -> Status {
    // SAFETY: `out` is what generated code gives for `wait`.
    unsafe { *out = WAITED.get() + 1 };
    Status::Returned
}

fn entry(
    name: &'static str,
    kind: Kind,
    params: &'static [Abi],
    result: Option<Abi>,
    symbol: *const (),
) -> Entry {
    // SAFETY: only the address is used.
    let symbol = unsafe { transmute::<*const (), unsafe extern "C" fn()>(symbol) };
    Entry { name, symbol, types: 0, params, result, kind }
}

fn natives() -> Vec<Entry> {
    use Abi::I64;
    use Kind::{Direct, Plain, Pure, Suspends};
    vec![
        entry("goo_context", Pure, &[], Some(I64), context as *const ()),
        entry("goo_alloc", Pure, &[I64], Some(I64), alloc as *const ()),
        entry("goo_free_object", Pure, &[I64], None, free_object as *const ()),
        entry("goo_retain_slow", Pure, &[I64], None, nothing as *const ()),
        entry("goo_release_slow", Pure, &[I64], None, nothing as *const ()),
        entry("goo_frame_new", Direct, &[I64], Some(I64), frame_new as *const ()),
        entry("goo_frame_free", Direct, &[I64], None, frame_free as *const ()),
        entry("goo_panic_index", Plain, &[I64, I64], None, index as *const ()),
        entry("goo_panic_divide", Plain, &[], None, divide as *const ()),
        entry("goo_panic_shift", Plain, &[], None, shift as *const ()),
        entry("goo_panic_unwrap", Plain, &[], None, unwrap as *const ()),
        entry("goo_stack_check", Plain, &[], None, stack_check as *const ()),
        entry("goo_resume", Suspends, &[], Some(I64), resume as *const ()),
        entry("test_wait", Suspends, &[I64], Some(I64), wait as *const ()),
    ]
}

// ---- building MIR

fn span() -> Span {
    Span::default()
}

/// A function of these locals; the last blocks' terminators are given.
fn function(
    name: &str,
    params: usize,
    locals: &[Ty],
    result: Option<u32>,
    blocks: Vec<(Vec<StatementKind>, Terminator)>,
) -> Function {
    Function {
        name: name.to_owned(),
        span: span(),
        forwards: false,
        params: vec![ParamMode::Borrow; params],
        captures: Vec::new(),
        is_closure: false,
        locals: locals.iter().map(|ty| LocalDecl::new(*ty, None, span())).collect(),
        result: result.map(Local),
        result_ty: result.map_or_else(Ty::unit, |local| locals[local as usize]),
        blocks: blocks
            .into_iter()
            .map(|(statements, terminator)| Block {
                statements: statements
                    .into_iter()
                    .map(|kind| Statement { kind, span: span(), scope: Scope::OWN })
                    .collect(),
                terminator,
                span: span(),
                scope: Scope::OWN,
            })
            .collect(),
        has_defer: false,
        outlived: false,
        suspends: false,
        inline: Inline::Default,
        inlined: Vec::new(),
    }
}

fn int(value: i64) -> Operand {
    Operand::Const(Const::Int(value), Ty::int())
}

fn local(index: u32) -> Operand {
    Local(index).into()
}

fn place(index: u32) -> Place {
    Local(index).into()
}

fn set(index: u32, value: Rvalue) -> StatementKind {
    StatementKind::Assign(place(index), value)
}

fn op(op: BinaryOp, left: Operand, right: Operand) -> Rvalue {
    Rvalue::Binary(op, left, right)
}

fn call(dest: u32, callee: Callee, args: Vec<Operand>) -> StatementKind {
    StatementKind::Call(Call { dest: Some(place(dest)), callee, args })
}

// ---- running it

struct Outcome {
    status: Status,
    result: i64,
}

/// Runs function 0, which takes nothing and gives an `int`, and resumes it until it is done.
fn run(functions: Vec<Function>) -> Outcome {
    let mut program = Program::default();
    program.sources.add("test.goo", "\n", false);
    let module = Module { functions, main: Some(FnId(0)), ..Module::default() };
    let mut unit = Unit::new(&program, &module, isa(Target::Jit).expect("a target"));
    let natives = natives();
    unit.add_natives(&natives);
    let code = generate_unit(&unit, Listing::None, None).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let symbols: Vec<_> = natives.iter().map(|entry| (entry.name, entry.symbol as *const u8)).collect();
    let jit = jit::load_with(code, &symbols).expect("loads");
    let mut results = [0i64; 64];
    let mut context = Context {
        poll: AtomicU32::new(0),
        stack_limit: AtomicUsize::new(0),
        last_frame: null_mut(),
        first_frame: null_mut(),
        results: results.as_mut_ptr().cast(),
        task: null_mut(),
        this: null_mut(),
        arguments: [0; Context::ARGUMENT_COUNT],
    };
    context.this = &raw mut context;
    CONTEXT.set(&raw mut context);
    type Enter = extern "C" fn(*mut Context, *const u8) -> Status;
    // SAFETY: the code generator wrote these for the addresses that they get.
    let status = unsafe {
        let main = jit.program().main;
        let desc = (*main).header.desc.cast::<goo_runtime::abi::layout::ClosureDesc>();
        let enter: Enter = transmute((*desc).enter);
        let mut status = enter(&mut context, main.cast());
        let mut frames: Vec<*mut Frame> = Vec::new();
        loop {
            if status == Status::Suspended {
                let mut new = Vec::new();
                let mut frame = context.first_frame;
                while !frame.is_null() && !frames.contains(&frame) {
                    new.push(frame);
                    frame = (*frame).parent;
                }
                frames.splice(0..0, new);
            }
            (context.first_frame, context.last_frame) = (null_mut(), null_mut());
            if frames.is_empty() || status == Status::Crashed {
                break status;
            }
            let frame = frames.remove(0);
            let resume: Enter = transmute((*(*frame).desc).resume);
            status = resume(&mut context, frame.cast());
        }
    };
    Outcome { status, result: results[0] }
}

/// The result of `left op right`.
fn binary(ty: Ty, operator: BinaryOp, left: i64, right: i64) -> Outcome {
    let constant = |value| Operand::Const(Const::Int(value), ty);
    let statements = vec![
        set(1, Rvalue::Use(constant(left))),
        set(2, Rvalue::Use(constant(right))),
        set(3, op(operator, local(1), local(2))),
        set(0, Rvalue::Cast(local(3), Ty::int())),
    ];
    run(vec![function("main", 0, &[Ty::int(), ty, ty, ty], Some(0), vec![(statements, Terminator::Return)])])
}

fn int8() -> Ty {
    Ty::new(TyKind::Int(crate::types::IntTy::Int8))
}

#[test]
fn arithmetic_wraps() {
    assert_eq!(binary(Ty::int(), BinaryOp::Add, 2, 3).result, 5);
    assert_eq!(binary(int8(), BinaryOp::Add, 127, 1).result, -128);
    assert_eq!(binary(int8(), BinaryOp::Div, -128, -1).result, -128);
    assert_eq!(binary(int8(), BinaryOp::Rem, -128, -1).result, 0);
    assert_eq!(binary(Ty::int(), BinaryOp::Div, -7, 2).result, -3);
    assert_eq!(binary(Ty::int(), BinaryOp::Rem, -7, 2).result, -1);
}

#[test]
fn shifts_beyond_the_width() {
    assert_eq!(binary(Ty::int(), BinaryOp::Shl, 1, 64).result, 0);
    assert_eq!(binary(Ty::int(), BinaryOp::Shr, -1, 100).result, -1);
    assert_eq!(binary(int8(), BinaryOp::Shl, 1, 7).result, -128);
}

#[test]
fn failed_checks_crash() {
    assert_eq!(binary(Ty::int(), BinaryOp::Div, 1, 0).status, Status::Crashed);
    assert_eq!(CRASH.get(), "divide");
    assert_eq!(binary(Ty::int(), BinaryOp::Shl, 1, -1).status, Status::Crashed);
    assert_eq!(CRASH.get(), "shift");
}

#[test]
fn floats_become_integers_as_on_amd64() {
    let cast = |value: f64, ty: Ty| {
        let statements = vec![
            set(1, Rvalue::Use(Operand::Const(Const::Float(value), Ty::float64()))),
            set(2, Rvalue::Cast(local(1), ty)),
            set(0, Rvalue::Cast(local(2), Ty::int())),
        ];
        let locals = [Ty::int(), Ty::float64(), ty];
        run(vec![function("main", 0, &locals, Some(0), vec![(statements, Terminator::Return)])]).result
    };
    assert_eq!(cast(-2.9, Ty::int()), -2);
    assert_eq!(cast(1e30, Ty::int()), i64::MIN);
    assert_eq!(cast(f64::NAN, Ty::int()), i64::MIN);
    assert_eq!(cast(300.0, int8()), 44);
    assert_eq!(cast(1.8e19, Ty::new(TyKind::Int(crate::types::IntTy::Uint64))), 1.8e19 as u64 as i64);
}

/// `fib(n)`, with `fib` as function 1.
fn fib() -> Function {
    let statements = vec![set(2, op(BinaryOp::Lt, local(0), int(2)))];
    let branch = Terminator::Branch { cond: local(2), then: BlockId(1), otherwise: BlockId(2) };
    let recurse = vec![
        set(3, op(BinaryOp::Sub, local(0), int(1))),
        call(4, Callee::Direct(FnId(1)), vec![local(3)]),
        set(3, op(BinaryOp::Sub, local(0), int(2))),
        call(1, Callee::Direct(FnId(1)), vec![local(3)]),
        set(1, op(BinaryOp::Add, local(1), local(4))),
    ];
    function(
        "main.fib",
        1,
        &[Ty::int(), Ty::int(), Ty::bool(), Ty::int(), Ty::int()],
        Some(1),
        vec![
            (statements, branch),
            (vec![set(1, Rvalue::Use(local(0)))], Terminator::Return),
            (recurse, Terminator::Return),
        ],
    )
}

#[test]
fn recursion() {
    let main = function(
        "main",
        0,
        &[Ty::int()],
        Some(0),
        vec![(vec![call(0, Callee::Direct(FnId(1)), vec![int(20)])], Terminator::Return)],
    );
    assert_eq!(run(vec![main, fib()]).result, 6765);
}

fn pair() -> Ty {
    Ty::new(TyKind::Tuple(vec![int8(), Ty::string(), Ty::int()]))
}

#[test]
fn tuples_in_registers() {
    let text = Operand::Const(Const::Str(b"four".as_slice().into()), Ty::string());
    let small = Operand::Const(Const::Int(-3), int8());
    let statements = vec![
        set(1, Rvalue::Aggregate(pair(), vec![small, text, int(40)])),
        StatementKind::Assign(place(1).field(2), op(BinaryOp::Add, place(1).field(2).into(), int(1))),
        set(2, Rvalue::Cast(place(1).field(0).into(), Ty::int())),
        set(3, Rvalue::Len(place(1).field(1))),
        set(0, op(BinaryOp::Add, place(1).field(2).into(), local(2))),
        set(0, op(BinaryOp::Add, local(0), local(3))),
    ];
    let locals = [Ty::int(), pair(), Ty::int(), Ty::int()];
    let main = function("main", 0, &locals, Some(0), vec![(statements, Terminator::Return)]);
    assert_eq!(run(vec![main]).result, 41 - 3 + 4);
}

#[test]
fn arrays_in_memory_are_checked() {
    let array = Ty::new(TyKind::Array(20, Ty::int()));
    let at = |index: i64| place(1).then(Proj::Index { index: Box::new(int(index)), checked: false });
    let program = |index: i64| {
        let statements = vec![
            StatementKind::StorageLive(Local(1)),
            StatementKind::Assign(at(7), Rvalue::Use(int(5))),
            set(0, op(BinaryOp::Add, at(7).into(), at(index).into())),
        ];
        run(vec![function("main", 0, &[Ty::int(), array], Some(0), vec![(statements, Terminator::Return)])])
    };
    assert_eq!(program(8).result, 5);
    assert_eq!(program(20).status, Status::Crashed);
    assert_eq!(CRASH.get(), "index");
}

#[test]
fn big_parameters_and_results_go_through_memory() {
    let array = Ty::new(TyKind::Array(20, Ty::int()));
    let at =
        |base: u32, index: i64| place(base).then(Proj::Index { index: Box::new(int(index)), checked: true });
    let main = function(
        "main",
        0,
        &[Ty::int(), array, array],
        Some(0),
        vec![(
            vec![
                StatementKind::StorageLive(Local(1)),
                StatementKind::Assign(at(1, 3), Rvalue::Use(int(30))),
                call(2, Callee::Direct(FnId(1)), vec![local(1)]),
                set(0, op(BinaryOp::Add, at(2, 3).into(), at(2, 4).into())),
            ],
            Terminator::Return,
        )],
    );
    let callee = function(
        "main.f",
        1,
        &[array, array],
        Some(1),
        vec![(
            vec![
                set(1, Rvalue::Use(local(0))),
                StatementKind::Assign(at(1, 4), op(BinaryOp::Add, at(0, 3).into(), int(1))),
            ],
            Terminator::Return,
        )],
    );
    assert_eq!(run(vec![main, callee]).result, 61);
}

fn suspending(mut function: Function) -> Function {
    function.suspends = true;
    function
}

/// `x + wait(x)`, with a value in memory that outlives the wait.
fn waiter(index: u32) -> Function {
    let reference = Ty::new(TyKind::Ref(Ty::int()));
    suspending(function(
        &format!("main.waiter{index}"),
        1,
        &[Ty::int(), Ty::int(), Ty::int(), reference],
        Some(1),
        vec![(
            vec![
                set(2, Rvalue::Use(local(0))),
                set(3, Rvalue::Ref(place(2))),
                call(1, Callee::Native { name: "test_wait", types: vec![] }, vec![local(0)]),
                StatementKind::Assign(
                    place(3).then(Proj::Deref),
                    op(BinaryOp::Add, place(3).then(Proj::Deref).into(), int(100)),
                ),
                set(1, op(BinaryOp::Add, local(1), local(2))),
            ],
            Terminator::Return,
        )],
    ))
}

#[test]
fn suspending_and_resuming() {
    let before = LIVE.get();
    let main = suspending(function(
        "main",
        0,
        &[Ty::int(), Ty::int(), Ty::int()],
        Some(0),
        vec![(
            vec![
                set(1, Rvalue::Use(int(1000))),
                call(2, Callee::Direct(FnId(1)), vec![int(7)]),
                call(0, Callee::Direct(FnId(1)), vec![local(2)]),
                set(0, op(BinaryOp::Add, local(0), local(1))),
            ],
            Terminator::Return,
        )],
    ));
    // waiter(7) = 8 + 107 = 115; waiter(115) = 116 + 215 = 331.
    let outcome = run(vec![main, waiter(1)]);
    assert_eq!((outcome.status, outcome.result), (Status::Returned, 1331));
    assert_eq!(LIVE.get(), before, "all frames are freed");
}

#[test]
fn closures() {
    let func = Ty::new(TyKind::Func(FuncTy {
        params: vec![ParamTy { ty: Ty::int(), inout: false }],
        variadic: false,
        result: Ty::int(),
    }));
    let before = LIVE.get();
    let main = function(
        "main",
        0,
        &[Ty::int(), func, func, Ty::int()],
        Some(0),
        vec![(
            vec![
                set(1, Rvalue::Closure(FnId(2), vec![int(5)])),
                set(2, Rvalue::Use(Operand::Const(Const::Func(FnId(1)), func))),
                call(0, Callee::Closure(local(1)), vec![int(10)]),
                call(3, Callee::Closure(local(2)), vec![int(10)]),
                set(0, op(BinaryOp::Add, local(0), local(3))),
                StatementKind::Drop(place(1)),
                StatementKind::Drop(place(2)),
            ],
            Terminator::Return,
        )],
    );
    let mut literal = function(
        "main.func1",
        1,
        &[Ty::int(), Ty::int()],
        Some(1),
        vec![(
            vec![set(
                1,
                op(
                    BinaryOp::Mul,
                    local(0),
                    Operand::Copy(Place {
                        base: crate::mir::PlaceBase::Capture(0),
                        proj: Default::default(),
                    }),
                ),
            )],
            Terminator::Return,
        )],
    );
    literal.is_closure = true;
    literal.captures = vec![Ty::int()];
    assert_eq!(run(vec![main, fib(), literal]).result, 50 + 55);
    assert_eq!(LIVE.get(), before, "the closure is freed");
}

#[test]
fn many_locals_across_many_waits() {
    let count = 80;
    let mut statements: Vec<StatementKind> =
        (1..=count).map(|n| set(n, Rvalue::Use(int(i64::from(n))))).collect();
    statements.push(set(0, Rvalue::Use(int(0))));
    for n in 1..=count {
        let wait = Callee::Native { name: "test_wait", types: vec![] };
        statements.push(call(count + 1, wait, vec![local(n)]));
        statements.push(set(0, op(BinaryOp::Add, local(0), local(count + 1))));
    }
    for n in 1..=count {
        statements.push(set(0, op(BinaryOp::Add, local(0), local(n))));
    }
    let locals = vec![Ty::int(); count as usize + 2];
    let main = suspending(function("main", 0, &locals, Some(0), vec![(statements, Terminator::Return)]));
    // Each wait gives its argument plus one.
    let sum = i64::from(count * (count + 1) / 2);
    assert_eq!(run(vec![main]).result, 2 * sum + i64::from(count));
}
