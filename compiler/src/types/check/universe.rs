//! What is declared everywhere: predeclared types, functions and constants.
//!
//! The types that a Goo program can declare by itself stand in the standard package `prelude`, whose exported names are
//! put here, too: `Crash`, what a task's crash is, and others like it.

use super::Checker;
use super::scope::{Object, ObjectKind, ScopeId, State};
use crate::syntax::ast::{ChanDir, ChanPattern};
use crate::syntax::{Span, Symbol};
use crate::types::{
    Builtin, Constant, FloatTy, FuncTy, IntTy, InterfaceTy, MethodTy, Ty, TyKind, TypeDef, TypeDefId,
    TypeParamDef, TypeParamId, Untyped,
};

/// `error`.
pub const ERROR: TypeDefId = TypeDefId(0);
/// `comparable`.
pub const COMPARABLE: TypeDefId = TypeDefId(1);
/// `task[T]`; its instances are [`TyKind::Task`].
pub const TASK: TypeDefId = TypeDefId(2);
/// `sync.Mutex[T]`; its instances are [`TyKind::Mutex`].
pub const MUTEX: TypeDefId = TypeDefId(3);

/// The package whose exported names are predeclared.
pub(crate) const PRELUDE: &str = "prelude";

/// The scope of all predeclared names, and the types among them that the language speaks of.
#[derive(Debug)]
pub(crate) struct Universe {
    pub scope: ScopeId,
    pub error: Ty,
    /// `Crash`, of the prelude; an error type while the prelude itself is checked.
    pub crash: Ty,
    /// `Full`, what a send gives when `overflow: fail` refuses it.
    pub full: Ty,
    /// `Ended`, the message to who watches.
    pub ended: Ty,
    /// `ChannelStats`, what `Stats()` of a channel gives.
    pub stats: Ty,
}

impl Universe {
    pub fn empty() -> Universe {
        let error = Ty::new(TyKind::Named(ERROR, Vec::new()));
        Universe {
            scope: ScopeId(0),
            error,
            crash: Ty::error(),
            full: Ty::error(),
            ended: Ty::error(),
            stats: Ty::error(),
        }
    }

    /// `<-chan Ended`.
    pub fn ends(&self) -> Ty {
        self.chan_of_ends(ChanDir::Recv)
    }

    pub fn chan_of_ends(&self, dir: ChanDir) -> Ty {
        Ty::new(TyKind::Chan { pattern: ChanPattern::Plain, dir, elem: self.ended, reply: None })
    }

    /// The generic types that the language has itself.
    pub fn built_in_instance(&self, def: TypeDefId, args: &[Ty]) -> Option<Ty> {
        match def {
            TASK => Some(Ty::new(TyKind::Task(args[0]))),
            MUTEX => Some(Ty::new(TyKind::Mutex(args[0]))),
            _ => None,
        }
    }
}

impl<'a> Checker<'a> {
    /// Declares everything that is predeclared; the first thing done.
    pub(super) fn declare_universe(&mut self) {
        self.universe.scope = self.new_scope(None);
        self.declare_predeclared_defs();
        self.declare_basic_types();
        let bool_ty = Ty::untyped(Untyped::Bool);
        for (name, value) in [("true", true), ("false", false)] {
            let kind = ObjectKind::Const { ty: bool_ty, value: Some(Constant::Bool(value)) };
            self.predeclare(name, kind);
        }
        self.predeclare("iota", ObjectKind::Iota);
        self.predeclare("none", ObjectKind::None);
        self.predeclare("nil", ObjectKind::Nil);
        for builtin in Builtin::ALL {
            self.predeclare(builtin.name(), ObjectKind::Builtin(*builtin));
        }
    }

    fn predeclare(&mut self, name: &str, kind: ObjectKind) {
        let name = Symbol::intern(name);
        let object = self.add_object(Object {
            name,
            span: Span::default(),
            kind,
            package: None,
            file: 0,
            state: State::Resolved,
            used: true,
            decl: None,
        });
        let scope = self.universe.scope;
        self.scope_at_mut(scope).names.insert(name, object);
    }

    fn declare_basic_types(&mut self) {
        use IntTy::*;
        let int = |int| Ty::new(TyKind::Int(int));
        let types = [
            ("bool", Ty::bool()),
            ("int", int(Int)),
            ("int8", int(Int8)),
            ("int16", int(Int16)),
            ("int32", int(Int32)),
            ("int64", int(Int64)),
            ("uint", int(Uint)),
            ("uint8", int(Uint8)),
            ("uint16", int(Uint16)),
            ("uint32", int(Uint32)),
            ("uint64", int(Uint64)),
            ("uintptr", int(Uintptr)),
            ("byte", int(Uint8)),
            ("rune", int(Int32)),
            ("float32", Ty::new(TyKind::Float(FloatTy::F32))),
            ("float64", Ty::float64()),
            ("string", Ty::string()),
            ("duration", Ty::duration()),
            ("supervisor", Ty::new(TyKind::Supervisor)),
            ("any", Ty::any()),
            ("error", Ty::new(TyKind::Named(ERROR, Vec::new()))),
            ("comparable", Ty::new(TyKind::Named(COMPARABLE, Vec::new()))),
        ];
        for (name, ty) in types {
            self.predeclare(name, ObjectKind::Type(ty));
        }
        self.predeclare("task", ObjectKind::GenericType(TASK));
    }

    fn declare_predeclared_defs(&mut self) {
        let text = FuncTy { params: Vec::new(), variadic: false, result: Ty::string() };
        let method = MethodTy { name: Symbol::intern("Error"), sig: Ty::new(TyKind::Func(text)) };
        let error = InterfaceTy { methods: vec![method], ..InterfaceTy::default() };
        let comparable = InterfaceTy { comparable: true, ..InterfaceTy::default() };
        let parameter = TypeParamId(self.program.type_params.len() as u32);
        self.program.type_params.push(TypeParamDef {
            name: Symbol::intern("T"),
            constraint: Ty::any(),
            span: Span::default(),
        });
        let defs = [
            ("error", Ty::new(TyKind::Interface(error)), vec![]),
            ("comparable", Ty::new(TyKind::Interface(comparable)), vec![]),
            ("task", Ty::new(TyKind::Task(Ty::new(TyKind::Param(parameter)))), vec![parameter]),
            ("Mutex", Ty::new(TyKind::Mutex(Ty::new(TyKind::Param(parameter)))), vec![parameter]),
        ];
        for (name, underlying, params) in defs {
            self.program.types.push(TypeDef {
                name: Symbol::intern(name),
                package: None,
                span: Span::default(),
                params,
                underlying,
                methods: Vec::new(),
            });
        }
    }

    /// Makes the exported names of the prelude predeclared, once it has been checked.
    pub(super) fn adopt_prelude(&mut self, scope: ScopeId) {
        let mut names: Vec<_> =
            self.scope_at(scope).names.iter().map(|(name, object)| (*name, *object)).collect();
        names.sort_by_key(|(_, object)| *object);
        for (name, object) in names {
            if let ObjectKind::Func(func) = self.object(object).kind {
                match name.as_str() {
                    "call" => self.program.envelopes.call = Some(func),
                    "callWithin" => self.program.envelopes.call_within = Some(func),
                    _ => {}
                }
            }
            if !super::selectors::is_exported(name) {
                continue;
            }
            if let ObjectKind::Type(ty) = self.object(object).kind {
                match name.as_str() {
                    "Crash" => self.universe.crash = ty,
                    "Full" => self.universe.full = ty,
                    "Ended" => self.universe.ended = ty,
                    "ChannelStats" => self.universe.stats = ty,
                    _ => {}
                }
                match name.as_str() {
                    "Peer" => self.program.envelopes.peer = ty,
                    "NoReply" => self.program.envelopes.no_reply = ty,
                    _ => {}
                }
                if let TyKind::Named(def, _) = ty.kind() {
                    self.program.types[def.0 as usize].package = None;
                }
            }
            if let ObjectKind::GenericType(def) = self.object(object).kind {
                match name.as_str() {
                    "Published" => self.program.envelopes.published = Some(def),
                    "Letter" => self.program.envelopes.letter = Some(def),
                    "Request" => self.program.envelopes.request = Some(def),
                    _ => {}
                }
                self.program.types[def.0 as usize].package = None;
            }
            let universe = self.universe.scope;
            self.scope_at_mut(universe).names.insert(name, object);
        }
    }
}
