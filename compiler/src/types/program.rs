//! A checked program: what the checker gives and lowering reads.
//!
//! Bodies stay syntax trees; what the checker found out about their nodes stands in [`Info`], keyed by [`NodeId`].
//! Types in `Info` may mention type parameters: lowering substitutes them, once for each instance.

use rustc_hash::{FxHashMap, FxHashSet};

use super::constant::Constant;
use super::patterns::{End, Receives};
use super::ty::{FuncTy, Ty, TypeDefId, TypeParamId};
use crate::syntax::ast;
use crate::syntax::{NodeId, SourceMap, Span, Symbol};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);)*
    };
}

ids! {
    /// An index into [`Program::packages`].
    PackageId,
    /// An index into [`Program::funcs`].
    FuncId,
    /// An index into [`Program::vars`].
    VarId,
}

/// A checked program, the standard packages that it imports included.
#[derive(Debug, Default)]
pub struct Program {
    pub sources: SourceMap,
    /// In dependency order: what a package imports stands before it.
    pub packages: Vec<Package>,
    pub files: Vec<ast::File>,
    pub types: Vec<TypeDef>,
    pub type_params: Vec<TypeParamDef>,
    pub funcs: Vec<FuncDef>,
    pub vars: Vec<Var>,
    /// Initialisation of the package-level variables, all packages, in the order that Go prescribes.
    pub inits: Vec<Init>,
    pub tests: Vec<Test>,
    /// `func main` of the main package.
    pub main: Option<FuncId>,
    pub info: Info,
    pub envelopes: Envelopes,
}

/// The types of the prelude in which messages come that bring more than themselves.
#[derive(Debug)]
pub struct Envelopes {
    pub published: Option<TypeDefId>,
    pub letter: Option<TypeDefId>,
    /// `Peer`, by which a router knows a dealer.
    pub peer: Ty,
    /// `Request[Q, R]`: a message, and the way back.
    pub request: Option<TypeDefId>,
    /// `NoReply`: why a call has no reply.
    pub no_reply: Ty,
    /// What a call across a request channel is, and one with a time limit: functions of the prelude.
    pub call: Option<FuncId>,
    pub call_within: Option<FuncId>,
}

impl Default for Envelopes {
    fn default() -> Envelopes {
        Envelopes {
            published: None,
            letter: None,
            peer: Ty::error(),
            request: None,
            no_reply: Ty::error(),
            call: None,
            call_within: None,
        }
    }
}

impl Envelopes {
    /// `Published[T]`: a message and its topic.
    pub fn published(&self, elem: Ty) -> Ty {
        Envelopes::of(self.published, elem)
    }

    /// `Letter[T]`: a message and who sent it.
    pub fn letter(&self, elem: Ty) -> Ty {
        Envelopes::of(self.letter, elem)
    }

    /// `Request[Q, R]`: a message, and the way back.
    pub fn request(&self, elem: Ty, reply: Ty) -> Ty {
        self.request.map_or(Ty::error(), |def| Ty::new(super::ty::TyKind::Named(def, vec![elem, reply])))
    }

    /// What travels in a channel of this type: the message itself, or a request.
    pub fn carried(&self, channel: &super::ty::TyKind) -> Option<Ty> {
        match channel {
            super::ty::TyKind::Chan { elem, reply: Some(reply), .. } => Some(self.request(*elem, *reply)),
            super::ty::TyKind::Chan { elem, .. } => Some(*elem),
            _ => None,
        }
    }

    /// What a receive from a channel of this type gives: the message, or the envelope in which it comes.
    pub fn received(&self, channel: &super::ty::TyKind) -> Option<Ty> {
        let super::ty::TyKind::Chan { elem, .. } = channel else { return None };
        match End::of_kind(channel)?.receives {
            Receives::Published => Some(self.published(*elem)),
            Receives::Letter => Some(self.letter(*elem)),
            Receives::Request => self.carried(channel),
            Receives::No | Receives::Message => Some(*elem),
        }
    }

    fn of(def: Option<TypeDefId>, elem: Ty) -> Ty {
        def.map_or(Ty::error(), |def| Ty::new(super::ty::TyKind::Named(def, vec![elem])))
    }
}

#[derive(Debug)]
pub struct Package {
    /// `math/rand`.
    pub path: String,
    /// `rand`.
    pub name: Symbol,
    pub std: bool,
    /// What it declares.
    pub scope: FxHashMap<Symbol, Entity>,
}

impl Program {
    /// The methods of this name, of all types: what a call through an interface may run.
    pub fn methods_named(&self, name: Symbol) -> impl Iterator<Item = FuncId> {
        let funcs = self.funcs.iter().enumerate();
        funcs
            .filter(move |(_, func)| func.receiver.is_some() && func.name == name)
            .map(|(index, _)| FuncId(index as u32))
    }

    /// The name that a function without a body has in the runtime: `goo_math_rand_Int`.
    pub fn native_name(&self, func: FuncId) -> &'static str {
        let def = &self.funcs[func.0 as usize];
        let package = self.packages[def.package.0 as usize].path.replace('/', "_");
        let name = match def.receiver.and_then(|receiver| receiver.type_def) {
            Some(ty) => format!("goo_{package}_{}_{}", self.types[ty.0 as usize].name, def.name),
            None => format!("goo_{package}_{}", def.name),
        };
        Symbol::intern(&name).as_str()
    }
}

/// What a name refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entity {
    Var(VarId),
    Func(FuncId),
    /// The value is in [`Info::exprs`] at each use.
    Const,
    Type(Ty),
    /// A generic type without its arguments.
    GenericType(TypeDefId),
    Builtin(Builtin),
    Package(PackageId),
    /// A case of an enum, by index.
    Case(TypeDefId, u32),
    None,
    /// `_`.
    Blank,
}

/// A declared type: `type Name[Params] Underlying`.
#[derive(Debug)]
pub struct TypeDef {
    pub name: Symbol,
    pub package: Option<PackageId>,
    pub span: Span,
    /// For a type declared in a generic function, that function's parameters come first.
    pub params: Vec<TypeParamId>,
    /// Never `Named`; mentions `params`.
    pub underlying: Ty,
    /// Declared methods, in source order.
    pub methods: Vec<FuncId>,
}

#[derive(Debug)]
pub struct TypeParamDef {
    pub name: Symbol,
    /// An interface type, or a declared type with an interface under it.
    pub constraint: Ty,
    pub span: Span,
}

/// A declared function or method.
#[derive(Debug)]
pub struct FuncDef {
    pub name: Symbol,
    pub package: PackageId,
    pub span: Span,
    /// Index into [`Program::files`] and its `decls`.
    pub decl: (usize, usize),
    pub receiver: Option<ReceiverDef>,
    /// A method has its type's parameters (as named at the receiver), then its own.
    pub type_params: Vec<TypeParamId>,
    /// Without the receiver.
    pub sig: FuncTy,
    /// Receiver (if any), then parameters, as variables; a nameless or `_` one has a variable, too.
    pub params: Vec<VarId>,
    /// Result variables when results are named (`_` too), else empty.
    pub results: Vec<VarId>,
    /// No body: the runtime function `goo_<package path, / as _>_<Name>`
    /// (a method: `goo_<package>_<Type>_<Name>`).
    pub native: bool,
}

impl FuncDef {
    /// Whether it is a method that takes its receiver in-out.
    pub fn changes_receiver(&self) -> bool {
        self.receiver.is_some_and(|receiver| receiver.inout)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct ReceiverDef {
    pub type_def: Option<TypeDefId>,
    /// The receiver's type with its own parameters as arguments.
    pub ty: Ty,
    pub inout: bool,
}

/// A variable: of a package, a function, a pattern.
#[derive(Debug, Clone)]
pub struct Var {
    pub name: Symbol,
    pub ty: Ty,
    pub span: Span,
    pub kind: VarKind,
    /// A `*T` parameter or receiver: the variable stands for the caller's place.
    pub inout: bool,
    /// Some closure uses it.
    pub captured: bool,
    /// Captured and assigned at some time after the capture could have happened: it lives in a counted
    /// cell that closure and function share. Otherwise a capture is a copy.
    pub cell: bool,
    /// A variable of function type, assigned once, with a closure that calls itself through it: that closure
    /// refers to itself, so that there is no cycle of counts.
    pub self_closure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarKind {
    /// Of a package; `assigned` when some code assigns it after initialisation.
    Global {
        package: PackageId,
        assigned: bool,
    },
    Param,
    Result,
    Local,
}

/// `var a, b = f()` at package level, or an `init` function, at its place in the order of initialisation.
#[derive(Debug, Clone)]
pub enum Init {
    /// `targets` (`None` for `_`) from the spec's value at `value`, or from all of one call.
    Vars {
        targets: Vec<Option<VarId>>,
        file: usize,
        decl: usize,
        spec: usize,
        value: usize,
    },
    Func(FuncId),
}

#[derive(Debug, Clone)]
pub struct Test {
    pub name: String,
    pub span: Span,
    pub package: PackageId,
    pub decl: (usize, usize),
}

/// What the checker found out about nodes.
#[derive(Debug, Default)]
pub struct Info {
    /// The ends of channels that have an address, in source order.
    pub endpoints: Vec<EndpointUse>,
    /// Channel types of which some end was got from another one by a method.
    pub other_ends: FxHashSet<Ty>,
    pub exprs: FxHashMap<NodeId, ExprInfo>,
    /// What a name (a `Name` expression's id, or an `Ident`'s) refers to.
    pub uses: FxHashMap<NodeId, Entity>,
    /// The variable that a binding name declares; also `SwitchCase::id` for the variable of a type switch clause.
    pub defs: FxHashMap<NodeId, VarId>,
    /// What `x.name` means, by the id of the `Select` expression.
    pub selections: FxHashMap<NodeId, Selection>,
    /// The type arguments of a use of a generic function, by the id of the name or `Select` or `Index` expression
    /// that is the function (the innermost that names it: `f` in `f[int](x)`, with inferred ones too). For a method these
    /// are the arguments for its own parameters; those of its receiver's type are in that type.
    pub instances: FxHashMap<NodeId, Vec<Ty>>,
    /// The variables of enclosing functions that a function literal, a `go parallel for`, uses (nested literals' too).
    pub captures: FxHashMap<NodeId, Vec<VarId>>,
    /// Parameters and named results of a function literal, by its expression id: `(params, results)`.
    pub literals: FxHashMap<NodeId, (Vec<VarId>, Vec<VarId>)>,
    /// Uses of optional variables that flow has shown to hold a value: the expression's type is then the inner one.
    pub narrowed: FxHashSet<NodeId>,
    /// Conversions between slices or between maps in what a built-in function changes: it changes what is converted.
    pub seen_through: FxHashSet<NodeId>,
    /// Ranges over a variable that others can reach, by the id of what is ranged over: some code that runs meanwhile changes elements, and
    /// none replaces it. So it is walked where it is.
    pub walked_in_place: FxHashSet<NodeId>,
    pub patterns: FxHashMap<NodeId, PatternInfo>,
    /// What a type expression (or a name or index used as a type) denotes.
    pub types: FxHashMap<NodeId, Ty>,
    /// The types of the variables that are given to in-out parameters of interface types: methods of such interface
    /// values may change what these hold.
    pub lent: FxHashSet<Ty>,
    /// Statements of `init` functions and `main` before which package variables get ready for other tasks, as these may start one.
    pub publishes: FxHashSet<Span>,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub struct ExprInfo {
    /// Its type after untyped constants got theirs: never untyped, except in code that never needs a value.
    pub ty: Ty,
    pub mode: Mode,
    /// Its value, if constant; of type `ty`.
    pub constant: Option<Constant>,
}

/// `make(…) @ "inproc://name"`.
#[derive(Debug, Clone)]
pub struct EndpointUse {
    pub span: Span,
    /// None: known at run time only.
    pub name: Option<String>,
    pub ty: Ty,
    /// What is under the type.
    pub under: Ty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Calls without result.
    NoValue,
    Value,
    /// Addressable: assignable, and `&` may be taken.
    Variable,
    MapIndex,
    /// `v, ok := ` is possible; where it is used so, `ty` is the tuple `(T, bool)`.
    CommaOk,
    Const,
    Type,
    Builtin(Builtin),
    Package,
}

/// What `x.name` is.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// A field, reached through these field indexes (embedded structs first).
    Field { path: Vec<u32> },
    /// A method of a declared type, its receiver reached through embedded fields. As a value it is a bound closure.
    Method { path: Vec<u32>, func: FuncId },
    /// A method of an interface value, reached through embedded fields; by name.
    InterfaceMethod { path: Vec<u32>, name: Symbol },
    /// A method that a type parameter's constraint has; found again, by name, for each instance.
    ParamMethod { path: Vec<u32>, name: Symbol },
    /// `T.Method`: a function with the receiver as first parameter.
    MethodExpr { receiver: Ty, name: Symbol },
    /// `pkg.Name`.
    Member(Entity),
    /// `Shape.Circle`.
    Case { def: TypeDefId, index: u32 },
    /// A method of a built-in type.
    Builtin(BuiltinMethod),
}

#[derive(Debug, Clone, PartialEq)]
pub enum PatternInfo {
    /// Binds the whole value.
    Bind(VarId),
    Case {
        def: TypeDefId,
        index: u32,
    },
    /// Equal to this constant (or, `None`, to the value of the pattern's expression).
    Value(Option<Constant>),
    /// `none` of an optional.
    None,
    /// The pattern is for the value inside an optional.
    Some,
    /// Fields by index.
    Struct(Vec<u32>),
    Range(Constant, Constant),
    Wildcard,
    Or,
}

/// How a crash of one child concerns the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    OneForOne,
    OneForAll,
    RestForOne,
}

macro_rules! builtins {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $name { $($variant),* }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }
        }
    };
}

builtins! {
    /// Functions that the language itself has.
    Builtin {
        Append = "append", Cap = "cap", Clear = "clear", Close = "close", Copy = "copy", Delete = "delete",
        Len = "len", Make = "make", Max = "max", Min = "min", Panic = "panic", Print = "print",
        Println = "println", New = "new", Recover = "recover", Complex = "complex", Real = "real", Imag = "imag",
    }
}

builtins! {
    /// Methods of built-in types.
    BuiltinMethod {
        TrySend = "TrySend", TryRecv = "TryRecv", SendWithin = "SendWithin", RecvWithin = "RecvWithin",
        Batch = "Batch", Close = "Close", Stats = "Stats",
        Pull = "Pull", Subscribe = "Subscribe", Unsubscribe = "Unsubscribe", Rep = "Rep", Pair = "Pair",
        Dealer = "Dealer",
        Cancel = "Cancel",
        Watch = "Watch", StartAs = "startAs", StartKind = "startKind",
        Start = "Start", Stop = "Stop", Children = "Children", Restarts = "Restarts",
        With = "With", CounterAdd = "Add", CounterValue = "Value",
    }
}
