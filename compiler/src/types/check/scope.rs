//! Which object does a name mean here?
//!
//! Scopes form a tree: the universe, each package, each of its files (imports), then functions and blocks. Statements
//! declare a name when its declaration has been checked, so that "the scope begins after the declaration" needs no
//! positions; package-level objects are all there before any is resolved.

use rustc_hash::FxHashMap;

use super::{Checker, decls::Decl};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::Ident;
use crate::syntax::{Span, Symbol};
use crate::types::{Builtin, Constant, Entity, FuncId, PackageId, Ty, TypeDefId, Var, VarId, VarKind};

/// An index into [`Checker::scopes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ScopeId(pub u32);

/// An index into [`Checker::objects`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) struct ObjId(pub u32);

#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub parent: Option<ScopeId>,
    pub names: FxHashMap<Symbol, ObjId>,
    /// The cases of enums declared here: names of the second choice, found when no other object has the name.
    pub cases: FxHashMap<Symbol, Vec<(TypeDefId, u32)>>,
}

/// Something that a name can mean.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub name: Symbol,
    pub span: Span,
    pub kind: ObjectKind,
    pub package: Option<PackageId>,
    /// The file that declares it.
    pub file: usize,
    pub state: State,
    /// Something refers to it: for imports.
    pub used: bool,
    /// Where an unresolved object gets its meaning from.
    pub decl: Option<Decl<'a>>,
}

/// How far an object has been resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Unresolved,
    /// Being resolved; its index in [`Checker::resolving`].
    Resolving(usize),
    Resolved,
}

#[derive(Debug, Clone)]
pub(crate) enum ObjectKind {
    /// An alias that is not resolved yet; or an error that has been reported.
    Unknown,
    Var(VarId),
    Const {
        ty: Ty,
        value: Option<Constant>,
    },
    Func(FuncId),
    Type(Ty),
    GenericType(TypeDefId),
    Builtin(Builtin),
    Package(PackageId),
    /// An import that failed: everything in it is silently an error.
    MissingPackage,
    None,
    /// Go's `nil`, which Goo does not have.
    Nil,
    Iota,
}

impl<'a> Checker<'a> {
    pub fn object(&self, id: ObjId) -> &Object<'a> {
        &self.objects[id.0 as usize]
    }

    pub fn object_mut(&mut self, id: ObjId) -> &mut Object<'a> {
        &mut self.objects[id.0 as usize]
    }

    pub fn add_object(&mut self, object: Object<'a>) -> ObjId {
        self.objects.push(object);
        ObjId(self.objects.len() as u32 - 1)
    }

    pub fn scope_at(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    pub fn scope_at_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }

    pub fn new_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.scopes.push(Scope { parent, ..Scope::default() });
        ScopeId(self.scopes.len() as u32 - 1)
    }

    /// Runs `f` in a new block scope.
    pub fn in_scope<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        self.open_scope();
        let result = f(self);
        self.close_scope();
        result
    }

    /// Enters a new block scope inside the current one.
    pub fn open_scope(&mut self) {
        self.scope = self.new_scope(Some(self.scope));
    }

    /// Leaves the current block scope.
    pub fn close_scope(&mut self) {
        self.scope = self.scope_at(self.scope).parent.expect("a block scope has a parent");
    }

    /// The object that a name means here.
    pub fn lookup(&self, name: Symbol) -> Option<ObjId> {
        let mut at = Some(self.scope);
        while let Some(id) = at {
            let scope = self.scope_at(id);
            if let Some(&object) = scope.names.get(&name) {
                return Some(object);
            }
            at = scope.parent;
        }
        None
    }

    /// The object of this name in exactly this scope.
    pub fn lookup_in(&self, scope: ScopeId, name: Symbol) -> Option<ObjId> {
        self.scope_at(scope).names.get(&name).copied()
    }

    /// Declares an object in the current scope; `_` declares nothing. A second one of the same name is an error.
    pub fn declare(&mut self, ident: Ident, kind: ObjectKind) -> ObjId {
        let object = self.add_object(Object {
            name: ident.name,
            span: ident.span,
            kind,
            package: Some(self.package),
            file: self.file,
            state: State::Resolved,
            used: false,
            decl: None,
        });
        self.insert(self.scope, object);
        object
    }

    /// Puts an object in a scope, unless it is named `_`; reports a name that is taken.
    pub fn insert(&mut self, scope: ScopeId, object: ObjId) {
        let (name, span) = (self.object(object).name, self.object(object).span);
        if name.as_str() == "_" {
            return;
        }
        if let Some(&earlier) = self.scope_at(scope).names.get(&name) {
            let first = self.object(earlier).span;
            self.report_redeclared(name, span, first);
            // Nothing can use it: to say that nothing does would be a second error for one mistake.
            self.object_mut(object).used = true;
            if let ObjectKind::Var(var) = self.object(object).kind {
                self.used_vars.insert(var);
            }
            return;
        }
        self.scope_at_mut(scope).names.insert(name, object);
    }

    pub fn report_redeclared(&mut self, name: Symbol, span: Span, first: Span) {
        self.report(
            Diagnostic::error(Code::Redeclared, span, format!("`{name}` is declared twice in this block"))
                .label("declared again here")
                .also(first, "first declared here"),
        );
    }

    /// Makes a variable without a name in any scope.
    pub fn new_var(&mut self, name: Symbol, span: Span, ty: Ty, kind: VarKind) -> VarId {
        self.program.vars.push(Var {
            name,
            ty,
            span,
            kind,
            inout: false,
            captured: false,
            cell: false,
            self_closure: false,
        });
        let id = VarId(self.program.vars.len() as u32 - 1);
        if !matches!(kind, VarKind::Global { .. }) {
            self.var_levels.insert(id, self.funcs.len());
        }
        id
    }

    /// Declares a variable in the current scope (`_` makes a variable that has no name) and records it as the
    /// meaning of the identifier.
    pub fn declare_var(&mut self, ident: Ident, ty: Ty, kind: VarKind) -> VarId {
        let var = self.new_var(ident.name, ident.span, ty, kind);
        self.program.info.defs.insert(ident.id, var);
        let object = self.declare(ident, ObjectKind::Var(var));
        self.var_objects.insert(var, object);
        var
    }

    pub fn var(&self, id: VarId) -> &Var {
        &self.program.vars[id.0 as usize]
    }

    pub fn var_mut(&mut self, id: VarId) -> &mut Var {
        &mut self.program.vars[id.0 as usize]
    }

    /// What the tables say about a use of an object.
    pub fn entity(&self, id: ObjId) -> Entity {
        match &self.object(id).kind {
            ObjectKind::Var(var) => Entity::Var(*var),
            ObjectKind::Const { .. } | ObjectKind::Iota => Entity::Const,
            ObjectKind::Func(func) => Entity::Func(*func),
            ObjectKind::Type(ty) => Entity::Type(*ty),
            ObjectKind::GenericType(def) => Entity::GenericType(*def),
            ObjectKind::Builtin(builtin) => Entity::Builtin(*builtin),
            ObjectKind::Package(package) => Entity::Package(*package),
            ObjectKind::None | ObjectKind::Nil => Entity::None,
            ObjectKind::Unknown | ObjectKind::MissingPackage => Entity::Blank,
        }
    }
}
