//! MIR: monomorphic functions as control-flow graphs over typed locals. Made by `lower/`, changed by the passes
//! beside this file, read by `codegen/`.
//!
//! Every type is concrete. A block is a list of statements, any of which may crash the task, and, if it calls, may
//! suspend it; there are no edges for either: `codegen/` saves what is live, and what is owned, at each such point.
//!
//! # Values
//!
//! Lowering writes the meaning: `Copy(place)` is a copy of the value, assignment replaces the old value. The ownership
//! pass then makes counts explicit: it turns last uses into moves and adds [`StatementKind::Retain`] and
//! [`StatementKind::Drop`]; after it, reading a place copies bits and changes no count, and assigning overwrites bits.
//! Lowering itself emits [`StatementKind::MakeUnique`] before it writes through a slice or a boxed optional, outermost first.

pub mod bits;
pub mod cycles;
pub mod passes;
pub mod place;
pub mod print;
pub mod rewrite;
pub mod typing;
pub mod visit;

pub use place::{Const, Local, Operand, Place, PlaceBase, Proj};

use crate::syntax::ast::BinaryOp;
use crate::syntax::{Span, Symbol};
use crate::types::Ty;

/// A function of a [`Module`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FnId(pub u32);

/// A block of a [`Function`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct BlockId(pub u32);

/// In which function of the source something stands: [`Scope::OWN`] is the function that it is in, others are
/// [`Function::inlined`], counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Scope(pub u32);

impl Scope {
    pub const OWN: Scope = Scope(0);
}

/// A package-level variable of a [`Module`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct GlobalId(pub u32);

/// A whole program, ready for code generation.
#[derive(Debug, Default)]
pub struct Module {
    pub functions: Vec<Function>,
    pub globals: Vec<Global>,
    /// Initialises the package-level variables, then runs `init` functions. No parameters, no result.
    pub init: Option<FnId>,
    /// `main.main`.
    pub main: Option<FnId>,
    /// Test blocks, as functions without parameters.
    pub tests: Vec<(String, Span, FnId)>,
    /// For each concrete type that becomes an interface value: its methods that some interface has, as functions
    /// that take the receiver boxed. Sorted by type, then name.
    pub methods: Vec<MethodImpl>,
}

/// The function behind a method of a dynamic type. Its first parameter is a `Ref` to the receiver's value.
#[derive(Debug, Clone)]
pub struct MethodImpl {
    pub ty: Ty,
    pub name: Symbol,
    /// A `Func` type without receiver.
    pub sig: Ty,
    pub function: FnId,
}

#[derive(Debug)]
pub struct Global {
    pub name: String,
    pub ty: Ty,
    pub access: Access,
}

/// Which tasks may use a package-level variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// All: it is never assigned after its initialisation, and holds no closures.
    Any,
    /// It is assigned: the main task only.
    Main,
    /// All, unless what it was given at its initialisation holds a closure that shares variables.
    Closures,
}

#[derive(Debug, Clone)]
pub struct Function {
    /// As shown in a call stack: `main.worker`, `main.Stack.Push`, `main.Map[int,string]`, `main.main.func1`.
    pub name: String,
    pub span: Span,
    /// It only calls another one: a method of an interface's table, a method value. Call stacks leave it out.
    pub forwards: bool,
    /// The first `params.len()` locals are the parameters.
    pub params: Vec<ParamMode>,
    /// For a closure, the types of what it captured (`Cell` for shared variables); read as [`PlaceBase::Capture`].
    pub captures: Vec<Ty>,
    /// Called through function values: has the closure convention even if it captures nothing.
    pub is_closure: bool,
    pub locals: Vec<LocalDecl>,
    /// Holds the result when the function returns; absent for `Unit`.
    pub result: Option<Local>,
    pub result_ty: Ty,
    pub blocks: Vec<Block>,
    /// Uses `defer`: its returns are preceded by [`StatementKind::RunDefers`].
    pub has_defer: bool,
    /// Whether a call may suspend; found by `suspend.rs`.
    pub suspends: bool,
    /// A deferred call may work on what its calls are lent, after a crash has ended this activation; found by `suspend.rs`.
    pub outlived: bool,
    pub inline: Inline,
    /// The calls that were replaced by their callee's body, for call stacks.
    pub inlined: Vec<Inlined>,
}

/// A call that was replaced by its callee's body.
#[derive(Debug, Clone)]
pub struct Inlined {
    /// The callee's, see [`Function::name`].
    pub name: String,
    /// The callee's, see [`Function::forwards`].
    pub forwards: bool,
    /// Of the callee.
    pub span: Span,
    /// Of the call.
    pub call: Span,
    /// Where the call stands.
    pub outer: Scope,
}

/// What is known of inlining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inline {
    #[default]
    Default,
    Never,
}

/// How an argument is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamMode {
    /// The caller keeps it and keeps it alive; lowering gives every value parameter this mode.
    Borrow,
    /// The callee owns it; only the ownership pass decides so, for direct calls.
    Own,
    /// The local is a `Ref` to the caller's place.
    InOut,
}

#[derive(Debug, Clone)]
pub struct LocalDecl {
    pub ty: Ty,
    /// The user's name for it, if it has one.
    pub name: Option<Symbol>,
    pub span: Span,
    /// Holds the bits of a value that something else owns and keeps as long as the local is used: it is never retained
    /// or dropped, whatever its type. Only after the ownership pass.
    pub borrowed: bool,
}

impl LocalDecl {
    pub fn new(ty: Ty, name: Option<Symbol>, span: Span) -> LocalDecl {
        LocalDecl { ty, name, span, borrowed: false }
    }
}

#[derive(Debug, Clone)]
pub struct Block {
    pub statements: Vec<Statement>,
    pub terminator: Terminator,
    /// Of the terminator.
    pub span: Span,
    pub scope: Scope,
}

#[derive(Debug, Clone)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
    pub scope: Scope,
}

#[derive(Debug, Clone)]
pub enum StatementKind {
    Assign(Place, Rvalue),
    Call(Call),
    /// Waits for one of several channel operations; writes the index of the one that happened to `chosen`:
    /// a case's own index, `cases.len()` for the time-out, `cases.len() + 1` for `default`.
    Select(Select),
    /// Gives the slice or boxed optional or enum in `place` storage of its own (copying it if shared), or nothing to do where the
    /// layout has no box. A map likewise.
    MakeUnique(Place),
    /// Marks the storage or box of the value in `held`, a temporary beside the variable that it is of, as lent until the temporary is
    /// given up, which is when `address` is used no more. That points into it if it is `direct`, else through it. See
    /// [`goo_runtime::value::lent`].
    Lend {
        held: Place,
        address: Operand,
        direct: bool,
    },
    /// Appends one element, or all of a slice or string, in place. The place holds a slice; it need not be unique.
    Append(Place, Appended),
    /// Crashes if an index on the way to the place is out of range, and does nothing else.
    Check(Place),
    /// Registers a closure (a `func()`) to run when the function ends.
    Defer(Operand),
    /// Runs what was deferred, last first.
    RunDefers,
    /// On the way back of a loop: lets a cancelled or overdue task notice.
    Poll,
    /// A user's variable comes into being with its zero value (each turn of a loop anew).
    StorageLive(Local),
    /// A user's variable goes out of scope.
    StorageDead(Local),
    /// Adds one count to what the value at the place holds. Only after the ownership pass.
    Retain(Place),
    /// Behind a retain: what is lent in the copy at the place is replaced by copies. Only after the ownership pass.
    Settle(Place),
    /// Gives up the value at the place, which then counts as holding nothing. Only after the ownership pass.
    Drop(Place),
    Nop,
}

#[derive(Debug, Clone)]
pub enum Appended {
    One(Operand),
    /// A slice of the same element type, or a string onto a `[]byte`.
    All(Operand),
}

#[derive(Debug, Clone)]
pub struct Call {
    /// Absent for a result that is dropped, and for `Unit`.
    pub dest: Option<Place>,
    pub callee: Callee,
    pub args: Vec<Operand>,
}

#[derive(Debug, Clone)]
pub enum Callee {
    Direct(FnId),
    /// A function value; its type is in the operand.
    Closure(Operand),
    /// A method of an interface value, by name; the value stands apart from the arguments.
    Method {
        receiver: Operand,
        name: Symbol,
        sig: Ty,
    },
    /// A function of the runtime, by its name in the ABI table, or [`passes::texts::SHORT`]; `types` are passed as descriptors, first.
    Native {
        name: &'static str,
        types: Vec<Ty>,
    },
}

#[derive(Debug, Clone)]
pub struct Select {
    pub cases: Vec<SelectCase>,
    /// `after d`: nanoseconds.
    pub timeout: Option<Operand>,
    pub has_default: bool,
    /// The first ready case as written, instead of a random one.
    pub first: bool,
    pub chosen: Place,
}

impl Select {
    /// Where a received value goes, and whether it is one, of all cases.
    pub fn received(&self) -> impl Iterator<Item = &Place> {
        self.cases
            .iter()
            .flat_map(|case| match case {
                SelectCase::Recv { value, ok, .. } => [value.as_ref(), ok.as_ref()],
                SelectCase::Send { .. } => [None, None],
            })
            .flatten()
    }
}

/// A channel operand may be an optional channel: `none` never fires.
#[derive(Debug, Clone)]
pub enum SelectCase {
    Send {
        chan: Operand,
        value: Operand,
    },
    /// `value` and `ok` are assigned only when this case is chosen.
    Recv {
        chan: Operand,
        value: Option<Place>,
        ok: Option<Place>,
    },
}

#[derive(Debug, Clone)]
pub enum Rvalue {
    Use(Operand),
    Unary(UnaryOp, Operand),
    /// Both of one scalar type (but shifts). Wraps; `Div` and `Rem` of integers crash on zero, shifts on a negative count.
    /// Comparison of strings, too; of other types through `goo_value_equal`.
    Binary(BinaryOp, Operand, Operand),
    /// Between numeric types, as Go converts.
    Cast(Operand, Ty),
    /// The same bits under another type: between a declared type and what is under it, a channel and its one direction.
    Retype(Operand, Ty),
    /// A struct, tuple or array from all its parts.
    Aggregate(Ty, Vec<Operand>),
    /// An enum's case with its payload.
    Case(Ty, u32, Vec<Operand>),
    /// `T?` holding a value, `T ! E` holding a value or (`Err`) an error.
    Some(Ty, Operand),
    Ok(Ty, Option<Operand>),
    Err(Ty, Operand),
    /// A new slice of these elements; the type is the slice's.
    Slice(Ty, Vec<Operand>),
    /// A closure of the function with what it captures.
    Closure(FnId, Vec<Operand>),
    /// The running closure itself.
    SelfClosure,
    /// A concrete value as a value of an interface type.
    Interface {
        value: Operand,
        from: Ty,
        to: Ty,
    },
    /// The concrete value in an interface value that is known to hold this type.
    Concrete(Operand, Ty),
    /// Whether an interface value holds this type (or, for an interface type, something that implements it).
    IsType(Operand, Ty),
    /// Whether an interface value is empty, a function or channel optional is absent… is `Discriminant` for optionals.
    IsEmptyInterface(Operand),
    /// The address of a place, for an in-out argument.
    Ref(Place),
    /// A cell with an initial value.
    Cell(Operand),
    /// Of a string, slice, array or map (0 when empty).
    Len(Place),
    Cap(Place),
    /// The case of an enum; 0 for `none` and `ok`, 1 for a value of an optional and for an error.
    Discriminant(Place),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Neg,
    Not,
    BitNot,
}

#[derive(Debug, Clone)]
pub enum Terminator {
    Goto(BlockId),
    Branch {
        cond: Operand,
        then: BlockId,
        otherwise: BlockId,
    },
    /// On an integer.
    Switch {
        value: Operand,
        cases: Vec<(i64, BlockId)>,
        default: BlockId,
    },
    Return,
    /// After what never comes back.
    Unreachable,
}
