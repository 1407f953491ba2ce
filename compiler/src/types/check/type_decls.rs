//! Declarations of types and of type parameters.
//!
//! Types declared by `type T U` exist from the start, as [`TyKind::Named`]; what is under them is found out by
//! [`Checker::complete`]. So types may speak of each other in any order, and the only cycles are real ones: a type
//! that is under itself.

use super::scope::State;
use super::{Checker, ObjectKind, ScopeId};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{self, ExprKind, TypeSpec};
use crate::types::{Ty, TyKind, TypeDef, TypeDefId, TypeParamDef, TypeParamId};

impl<'a> Checker<'a> {
    /// Finds out what is under a declared type. `false` if that is being found out right now: a cycle.
    pub fn complete(&mut self, def: TypeDefId) -> bool {
        if let Some(at) = self.completing.iter().position(|d| *d == def) {
            self.report_type_cycle(at);
            return false;
        }
        // While the type waits, so that it comes to see its parameters.
        self.declare_type_params(def);
        let Some(pending) = self.incomplete.remove(&def) else { return true };
        self.completing.push(def);
        let spec = pending.spec;
        if matches!(spec.ty.kind, ExprKind::InterfaceType(_)) {
            self.interface_decls.insert(def);
        }
        let outer = self.completing_node.replace(spec.ty.id);
        let under = self.in_environment(pending.environment, |checker| match &spec.ty.kind {
            ExprKind::EnumType(cases) => {
                let ty = checker.enum_type(cases);
                checker.program.info.types.insert(spec.ty.id, ty);
                ty
            }
            _ if checker.lacks_constraint(spec) => {
                checker.unconstrained.insert(def);
                checker.report_missing_constraint(spec);
                Ty::error()
            }
            _ => {
                let ty = checker.type_expr(&spec.ty);
                if let TyKind::Param(param) = ty.kind()
                    && checker.aliases.contains(&def)
                    && checker.own_params(def).contains(param)
                {
                    checker.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            spec.ty.span,
                            "an alias cannot stand for one of its own parameters",
                        )
                        .label("a type parameter"),
                    );
                    return Ty::error();
                }
                if let TyKind::Param(_) = ty.kind()
                    && !checker.aliases.contains(&def)
                {
                    checker.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            spec.ty.span,
                            "what is under a declared type cannot be a type parameter",
                        )
                        .label("a type parameter"),
                    );
                    return Ty::error();
                }
                checker.written.insert(def, ty);
                checker.underlying(ty)
            }
        });
        self.completing.pop();
        self.completing_node = outer;
        // A cycle through this type may have been reported meanwhile.
        let slot = &mut self.program.types[def.0 as usize].underlying;
        if !self.broken_types.contains(&def) {
            *slot = under;
        }
        true
    }

    /// Whether what is under a declared type is not known yet.
    pub fn is_incomplete(&self, def: TypeDefId) -> bool {
        self.incomplete.contains_key(&def) || self.completing.contains(&def)
    }

    /// `type Box[T] struct { … }`, which is an array of `T` structs to the parser where what follows does not use `T` as a type: nothing is
    /// named `T`, and the bracket stands at the type's name.
    fn lacks_constraint(&self, spec: &TypeSpec) -> bool {
        let ExprKind::ArrayType { len: Some(len), .. } = &spec.ty.kind else { return false };
        let ExprKind::Name(name) = len.kind else { return false };
        spec.name.span.end == spec.ty.span.start
            && self.lookup(name).is_none()
            && !self.may_be_declared(name, len.span)
    }

    fn report_missing_constraint(&mut self, spec: &TypeSpec) {
        let ExprKind::ArrayType { len: Some(len), .. } = &spec.ty.kind else { return };
        let (name, param) = (spec.name.name, self.source_text(len.span));
        self.report(
            Diagnostic::error(Code::Syntax, len.span, format!("missing constraint of `{param}`"))
                .label("nothing by this name is declared, so it is a type parameter")
                .help(format!("write `type {name}[{param} any]`"))
                .guess("write `any`", vec![(len.span.after(), " any".to_owned())]),
        );
    }

    /// Whether a type was meant to be generic, and is not: see [`Checker::lacks_constraint`].
    pub fn is_unconstrained(&self, def: TypeDefId) -> bool {
        let pending = self.incomplete.get(&def);
        self.unconstrained.contains(&def)
            || pending.is_some_and(|pending| self.lacks_constraint(pending.spec))
    }

    /// The parameters that a type declares itself, without those of the function around it.
    fn own_params(&self, def: TypeDefId) -> &[TypeParamId] {
        let local = self.local_type_params.get(&def).copied().unwrap_or(0);
        &self.program.types[def.0 as usize].params[local..]
    }

    fn report_type_cycle(&mut self, at: usize) {
        let cycle: Vec<TypeDefId> = self.completing[at..].to_vec();
        if cycle.iter().any(|def| self.broken_types.contains(def)) {
            return;
        }
        self.report_recursive(&cycle);
    }

    /// Reports types that contain themselves, where the first of them is declared; they have nothing under them then.
    pub fn report_recursive(&mut self, cycle: &[TypeDefId]) {
        // A generic type on the way is as it should be: its argument is what contains itself.
        let plain = cycle.iter().copied().filter(|def| self.program.types[def.0 as usize].params.is_empty());
        let place = |def: &TypeDefId| self.program.types[def.0 as usize].span;
        let first = plain.min_by_key(place).or_else(|| cycle.iter().copied().min_by_key(place));
        let Some(first) = first else { return };
        let def = &self.program.types[first.0 as usize];
        let (name, span) = (def.name, def.span);
        // Interfaces hold nothing: what is without end are their methods.
        let interface = cycle.iter().all(|def| self.interface_decls.contains(def));
        let (message, label, help) = match interface {
            true => (
                format!("the interface `{name}` embeds itself"),
                "would have no end of methods",
                "name the methods that both have, and embed in one direction only".to_owned(),
            ),
            false => (
                format!("the type `{name}` contains itself without end"),
                "would have no finite size",
                format!("contain it through an optional or a slice: `{name}?`, `[]{name}`"),
            ),
        };
        let mut diagnostic = Diagnostic::error(Code::RecursiveType, span, message).label(label);
        for other in cycle.iter().filter(|def| **def != first) {
            let other = &self.program.types[other.0 as usize];
            diagnostic = diagnostic.also(other.span, format!("through `{}`", other.name));
        }
        self.report(diagnostic.help(help));
        for def in cycle {
            let named = &self.program.types[def.0 as usize];
            let constraint = matches!(named.underlying.kind(), TyKind::Interface(_));
            // A constraint that is broken itself could not be refused as the type of a variable.
            if *def != first && (constraint || !named.params.is_empty()) {
                continue;
            }
            self.broken_types.insert(*def);
            self.program.types[def.0 as usize].underlying = Ty::error();
        }
    }

    /// Declares a generic type's parameters, in a scope around its declaration, if that has not been done.
    pub fn declare_type_params(&mut self, def: TypeDefId) {
        let Some(pending) = self.pending_params.remove(&def) else { return };
        let spec = pending.spec;
        let params = self.in_environment(pending.environment, |checker| {
            checker.open_scope();
            let ids = checker.new_type_params(&spec.type_params);
            checker.program.types[def.0 as usize].params.extend(&ids);
            // The type's own declaration sees them: before the constraints, which may be about the type itself.
            let scope = checker.scope;
            if let Some(own) = checker.incomplete.get_mut(&def) {
                own.environment.scope = scope;
            }
            checker.constrain(&spec.type_params, &ids);
            ids
        });
        debug_assert!(self.program.types[def.0 as usize].params.ends_with(&params));
    }

    /// Declares type parameters in the current scope; their constraints may speak of all of them.
    pub fn type_params(&mut self, params: &'a [ast::TypeParam]) -> Vec<TypeParamId> {
        let ids = self.new_type_params(params);
        self.constrain(params, &ids);
        ids
    }

    fn new_type_params(&mut self, params: &'a [ast::TypeParam]) -> Vec<TypeParamId> {
        let mut ids = Vec::with_capacity(params.len());
        for param in params {
            let id = TypeParamId(self.program.type_params.len() as u32);
            self.program.type_params.push(TypeParamDef {
                name: param.name.name,
                constraint: Ty::any(),
                span: param.name.span,
            });
            self.declare(param.name, ObjectKind::Type(Ty::new(TyKind::Param(id))));
            ids.push(id);
        }
        ids
    }

    /// Finds out the constraints of new type parameters.
    fn constrain(&mut self, params: &'a [ast::TypeParam], ids: &[TypeParamId]) {
        let mut last: Option<(Span, Ty)> = None;
        for (param, id) in params.iter().zip(ids) {
            // `K, V any`: one constraint for both, resolved once.
            let constraint = match last {
                Some((span, ty)) if span == param.constraint.span => ty,
                _ => self.type_expr(&param.constraint),
            };
            last = Some((param.constraint.span, constraint));
            if let TyKind::Param(_) = constraint.kind() {
                self.report(
                    Diagnostic::error(
                        Code::InvalidType,
                        param.constraint.span,
                        "a type parameter cannot be a constraint",
                    )
                    .label("its types are not known here"),
                );
                self.program.type_params[id.0 as usize].constraint = Ty::error();
                continue;
            }
            self.program.type_params[id.0 as usize].constraint = constraint;
        }
    }

    pub(super) fn local_type(&mut self, spec: &'a TypeSpec) {
        if spec.alias && spec.type_params.is_empty() {
            let object = self.declare(spec.name, ObjectKind::Unknown);
            self.object_mut(object).state = State::Resolving(self.resolving.len());
            let ty = self.type_expr(&spec.ty);
            let object = self.object_mut(object);
            object.state = State::Resolved;
            object.kind = ObjectKind::Type(ty);
            return;
        }
        let outer = self.func_type_params.clone();
        let def = self.new_type_def(spec);
        if spec.alias {
            self.aliases.insert(def);
        }
        self.program.types[def.0 as usize].params = outer.clone();
        if !outer.is_empty() {
            self.local_type_params.insert(def, outer.len());
        }
        let kind = match spec.type_params.is_empty() {
            true => {
                let args = outer.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
                ObjectKind::Type(Ty::new(TyKind::Named(def, args)))
            }
            false => ObjectKind::GenericType(def),
        };
        let scope = self.scope;
        self.declare(spec.name, kind);
        self.declare_cases(scope, def, spec);
        self.complete(def);
        self.check_recursion(def);
    }

    /// A declared type whose underlying type is to be found out, here or later.
    pub fn new_type_def(&mut self, spec: &'a TypeSpec) -> TypeDefId {
        let def = TypeDefId(self.program.types.len() as u32);
        self.program.types.push(TypeDef {
            name: spec.name.name,
            package: Some(self.package),
            span: spec.name.span,
            params: Vec::new(),
            underlying: Ty::error(),
            methods: Vec::new(),
        });
        let pending = super::PendingType { spec, environment: self.environment() };
        if !spec.type_params.is_empty() {
            self.pending_params.insert(def, pending.clone());
        }
        self.incomplete.insert(def, pending);
        def
    }

    /// An enum's cases are names of the second choice where it is declared.
    pub fn declare_cases(&mut self, scope: ScopeId, def: TypeDefId, spec: &'a TypeSpec) {
        if let ExprKind::EnumType(cases) = &spec.ty.kind {
            for (index, case) in cases.iter().enumerate() {
                let cases = &mut self.scope_at_mut(scope).cases;
                cases.entry(case.name.name).or_default().push((def, index as u32));
            }
        }
    }
}
