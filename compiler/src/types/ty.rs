//! Types, interned: equal types are equal [`Ty`]s for the life of the process.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, RwLock};

use rustc_hash::FxHashMap;

use crate::syntax::Symbol;
use crate::syntax::ast::{ChanDir, ChanPattern};

/// An interned type. Cheap to copy and compare; identity of types (Go's "identical") is equality of `Ty`s.
#[derive(Clone, Copy)]
pub struct Ty(&'static Interned);

/// A type in the interner, where it stays: looking at its kind needs no lock.
struct Interned {
    /// Types are compared, hashed and ordered by it, so that nothing depends on addresses.
    id: u32,
    kind: TyKind,
    /// See [`Ty::has_error`].
    has_error: bool,
}

impl PartialEq for Ty {
    fn eq(&self, other: &Ty) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Ty {}

impl Hash for Ty {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl PartialOrd for Ty {
    fn partial_cmp(&self, other: &Ty) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ty {
    fn cmp(&self, other: &Ty) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

/// A declared type: an index into `Program::types`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeDefId(pub u32);

/// A type parameter of a function or type: an index into `Program::type_params`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeParamId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum IntTy {
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
    /// Go programs print and compare with it; nothing else makes one.
    Uintptr,
}

impl IntTy {
    pub fn bits(self) -> u32 {
        use IntTy::*;
        match self {
            Int8 | Uint8 => 8,
            Int16 | Uint16 => 16,
            Int32 | Uint32 => 32,
            Int | Int64 | Uint | Uint64 | Uintptr => 64,
        }
    }

    pub fn signed(self) -> bool {
        use IntTy::*;
        matches!(self, Int | Int8 | Int16 | Int32 | Int64)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum FloatTy {
    F32,
    F64,
}

/// The kinds of constants that have no type yet, in Go's order of precedence; `None` is the value `none`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Untyped {
    Bool,
    Int,
    Rune,
    Float,
    String,
    None,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TyKind {
    /// A type that could not be found out; an error has been reported. Compatible with everything.
    Error,
    Bool,
    Int(IntTy),
    Float(FloatTy),
    String,
    /// `duration`, `time.Duration`: nanoseconds in 64 bits.
    Duration,
    Untyped(Untyped),
    /// No value: the result of a function without results.
    Unit,
    /// The type of an expression that does not come back: `panic(…)`, a `match` whose arms all leave.
    Never,
    /// A declared type with its type arguments.
    Named(TypeDefId, Vec<Ty>),
    Array(u64, Ty),
    Slice(Ty),
    Map(Ty, Ty),
    Chan {
        pattern: ChanPattern,
        dir: ChanDir,
        elem: Ty,
        reply: Option<Ty>,
    },
    Func(FuncTy),
    Struct(Vec<FieldTy>),
    /// Only as what is under a declared type.
    Enum(Vec<CaseTy>),
    Interface(InterfaceTy),
    Optional(Ty),
    /// `T ! E`; the value is [`TyKind::Unit`] for `! E`.
    Result(Ty, Ty),
    /// Several results of one call.
    Tuple(Vec<Ty>),
    Param(TypeParamId),
    /// The handle that `go f()` gives.
    Task(Ty),
    Supervisor,
    /// `sync.Mutex[T]`.
    Mutex(Ty),
    /// `sync.Counter`.
    Counter,
    /// Only in MIR: the address of a place of this type, that lives at least as long.
    Ref(Ty),
    /// Only in MIR: a counted cell that holds a variable which a closure shares.
    Cell(Ty),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncTy {
    pub params: Vec<ParamTy>,
    /// The last parameter is variadic; its type here is the slice.
    pub variadic: bool,
    /// `Unit`, one type, or a `Tuple`.
    pub result: Ty,
}

impl FuncTy {
    /// Of a function to which all that it takes is lent.
    pub fn of(params: impl IntoIterator<Item = Ty>, result: Ty) -> FuncTy {
        let params = params.into_iter().map(|ty| ParamTy { ty, inout: false }).collect();
        FuncTy { params, variadic: false, result }
    }

    /// Whether `f(g())` hands on the value and the error of a `g` that may fail, as Go's `f(g())` does with two
    /// results: where they fill the parameters, or go into a `...any`.
    pub fn takes_apart(&self, result: Ty) -> bool {
        let TyKind::Result(value, _) = result.kind() else { return false };
        let count = match value.kind() {
            TyKind::Unit => return false,
            TyKind::Tuple(types) => types.len() + 1,
            _ => 2,
        };
        match (self.variadic, self.params.last().map(|last| last.ty.kind())) {
            (false, _) => self.params.len() == count,
            (true, Some(TyKind::Slice(elem))) => self.params.len() <= count + 1 && *elem == Ty::any(),
            (true, _) => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ParamTy {
    pub ty: Ty,
    /// `*T`.
    pub inout: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FieldTy {
    /// An embedded field has its type's name.
    pub name: Symbol,
    pub ty: Ty,
    pub embedded: bool,
    pub tag: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CaseTy {
    pub name: Symbol,
    pub fields: Vec<(Option<Symbol>, Ty)>,
}

/// An interface: all its methods (embedded ones too), sorted by name; and, for constraints, its type set. What is embedded and
/// is a mistake stands among them as [`MethodTy::lost`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct InterfaceTy {
    pub methods: Vec<MethodTy>,
    /// The union, if any; the intersection when several were embedded.
    pub terms: Option<Vec<Term>>,
    pub comparable: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MethodTy {
    pub name: Symbol,
    /// A `Func`.
    pub sig: Ty,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Term {
    pub tilde: bool,
    pub ty: Ty,
}

impl MethodTy {
    /// Stands for whatever an interface has from a line of it that is a mistake.
    pub fn lost() -> MethodTy {
        MethodTy { name: Symbol::intern("_"), sig: Ty::error() }
    }
}

impl InterfaceTy {
    /// Whether it may have methods and terms that are not known.
    pub fn is_lost(&self) -> bool {
        self.methods.iter().any(|method| method.sig.is_error())
    }
}

static INTERNER: LazyLock<RwLock<FxHashMap<&'static TyKind, Ty>>> = LazyLock::new(RwLock::default);

impl Ty {
    /// The type of this kind.
    pub fn new(kind: TyKind) -> Ty {
        if let Some(&ty) = INTERNER.read().expect("type interner").get(&kind) {
            return ty;
        }
        let mut interner = INTERNER.write().expect("type interner");
        if let Some(&ty) = interner.get(&kind) {
            return ty;
        }
        let id = interner.len() as u32;
        let has_error = kind.has_error();
        let interned: &'static Interned = Box::leak(Box::new(Interned { id, kind, has_error }));
        interner.insert(&interned.kind, Ty(interned));
        Ty(interned)
    }

    pub fn kind(self) -> &'static TyKind {
        &self.0.kind
    }

    pub fn error() -> Ty {
        Ty::new(TyKind::Error)
    }
    pub fn bool() -> Ty {
        Ty::new(TyKind::Bool)
    }
    pub fn int() -> Ty {
        Ty::new(TyKind::Int(IntTy::Int))
    }
    pub fn byte() -> Ty {
        Ty::new(TyKind::Int(IntTy::Uint8))
    }
    pub fn rune() -> Ty {
        Ty::new(TyKind::Int(IntTy::Int32))
    }
    pub fn float64() -> Ty {
        Ty::new(TyKind::Float(FloatTy::F64))
    }
    pub fn string() -> Ty {
        Ty::new(TyKind::String)
    }
    pub fn duration() -> Ty {
        Ty::new(TyKind::Duration)
    }
    pub fn unit() -> Ty {
        Ty::new(TyKind::Unit)
    }
    pub fn never() -> Ty {
        Ty::new(TyKind::Never)
    }
    pub fn untyped(kind: Untyped) -> Ty {
        Ty::new(TyKind::Untyped(kind))
    }
    pub fn slice(elem: Ty) -> Ty {
        Ty::new(TyKind::Slice(elem))
    }
    pub fn optional(ty: Ty) -> Ty {
        Ty::new(TyKind::Optional(ty))
    }
    pub fn any() -> Ty {
        Ty::new(TyKind::Interface(InterfaceTy::default()))
    }
    /// `Unit` for none, the type itself for one, a `Tuple` for more.
    pub fn tuple(mut types: Vec<Ty>) -> Ty {
        match types.len() {
            0 => Ty::unit(),
            1 => types.remove(0),
            _ => Ty::new(TyKind::Tuple(types)),
        }
    }
    pub fn is_error(self) -> bool {
        matches!(self.kind(), TyKind::Error)
    }
    /// Whether the type is [`Ty::error`] or is made of it, as `func(Nowhere)` is. A declared type is none of that, whatever
    /// is under it: it has its name.
    pub fn has_error(self) -> bool {
        self.0.has_error
    }
}

impl TyKind {
    /// What [`Ty::has_error`] says of a type of this kind.
    fn has_error(&self) -> bool {
        match self {
            TyKind::Error => true,
            TyKind::Named(_, types) | TyKind::Tuple(types) => types.iter().any(|ty| ty.has_error()),
            TyKind::Array(_, ty)
            | TyKind::Slice(ty)
            | TyKind::Optional(ty)
            | TyKind::Task(ty)
            | TyKind::Mutex(ty)
            | TyKind::Ref(ty)
            | TyKind::Cell(ty) => ty.has_error(),
            TyKind::Map(a, b) | TyKind::Result(a, b) => a.has_error() || b.has_error(),
            TyKind::Chan { elem, reply, .. } => elem.has_error() || reply.is_some_and(Ty::has_error),
            TyKind::Func(func) => {
                func.params.iter().any(|param| param.ty.has_error()) || func.result.has_error()
            }
            TyKind::Struct(fields) => fields.iter().any(|field| field.ty.has_error()),
            TyKind::Enum(cases) => cases.iter().flat_map(|case| &case.fields).any(|(_, ty)| ty.has_error()),
            TyKind::Interface(interface) => {
                interface.methods.iter().any(|method| method.sig.has_error())
                    || interface.terms.iter().flatten().any(|term| term.ty.has_error())
            }
            TyKind::Bool
            | TyKind::Int(_)
            | TyKind::Float(_)
            | TyKind::String
            | TyKind::Duration
            | TyKind::Untyped(_)
            | TyKind::Unit
            | TyKind::Never
            | TyKind::Param(_)
            | TyKind::Supervisor
            | TyKind::Counter => false,
        }
    }
}

impl std::fmt::Debug for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.kind())
    }
}
