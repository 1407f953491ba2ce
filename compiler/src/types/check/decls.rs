//! Declarations, resolved when they are first needed.
//!
//! Types declared by `type T U` exist from the start, as [`TyKind::Named`]; what is under them is found out by
//! [`Checker::complete`]. So types may speak of each other in any order, and the only cycles are real ones: a type
//! that is under itself, an alias of itself, a constant that needs itself.

use super::names::count;
use super::predicates::{is_const_type, is_untyped};
use super::scope::State;
use super::{Checker, Context, ObjId, ObjectKind, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{self, ConstSpec, Expr, ExprKind, TypeSpec, VarSpec};
use crate::types::{Mode, Ty, TyKind, TypeDef, TypeDefId, TypeParamDef, TypeParamId, VarId, VarKind};

/// A node of the graph of initialisation: what an initialiser or a body uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) enum Dep {
    Var(VarId),
    Func(crate::types::FuncId),
    /// Any method of this name, behind an interface.
    Method(crate::syntax::Symbol),
    /// It may start a task.
    Task,
}

/// Where a package-level object's meaning comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Decl<'a> {
    /// `values` is the spec that has them: the closest above, if the own has none.
    Const {
        spec: &'a ConstSpec,
        values: &'a ConstSpec,
        index: usize,
    },
    Var {
        spec: &'a VarSpec,
        index: usize,
    },
    /// `type A = B`.
    Alias(&'a TypeSpec),
}

impl<'a> Checker<'a> {
    /// Finds out what a package-level object is; a cycle is reported and makes it an error.
    pub fn resolve(&mut self, id: ObjId, used_at: Span) {
        match self.object(id).state {
            State::Resolved => return,
            State::Resolving(at) => return self.resolving_cycle(id, at, used_at),
            State::Unresolved => {}
        }
        let Some(decl) = self.object(id).decl else {
            self.object_mut(id).state = State::Resolved;
            return;
        };
        self.object_mut(id).state = State::Resolving(self.resolving.len());
        self.resolving.push(id);
        let (package, file) = (self.object(id).package.unwrap_or(self.package), self.object(id).file);
        self.at_package_level(package, file, |checker| match decl {
            Decl::Const { spec, values, index } => {
                let (ty, value) = checker.const_value(spec, values, index);
                checker.object_mut(id).kind = ObjectKind::Const { ty, value };
            }
            Decl::Var { spec, index } => checker.global_var(spec, index),
            Decl::Alias(spec) => {
                let ty = checker.type_expr(&spec.ty);
                checker.object_mut(id).kind = ObjectKind::Type(ty);
            }
        });
        self.resolving.pop();
        self.object_mut(id).state = State::Resolved;
    }

    /// An object is needed to find out what it is itself.
    fn resolving_cycle(&mut self, id: ObjId, at: usize, used_at: Span) {
        let cycle: Vec<ObjId> = self.resolving[at..].to_vec();
        // A variable without a type of its own: the order of initialisation finds that cycle, and reports it.
        if matches!(self.object(id).kind, ObjectKind::Var(_)) {
            return;
        }
        let first = cycle.iter().copied().min_by_key(|id| self.object(*id).span).unwrap_or(id);
        let (name, span) = (self.object(first).name, self.object(first).span);
        let alias = cycle.iter().all(|id| matches!(self.object(*id).decl, Some(Decl::Alias(_))));
        let (code, message) = match alias {
            true => (Code::RecursiveType, format!("`{name}` is an alias of itself")),
            false => (Code::InitCycle, format!("`{name}` needs its own value")),
        };
        let mut diagnostic = Diagnostic::error(code, span, message).label("declared here");
        if used_at != span {
            diagnostic = diagnostic.also(used_at, "needed here");
        }
        self.report(diagnostic);
        self.object_mut(id).kind = match self.object(id).kind {
            ObjectKind::Const { .. } => ObjectKind::Const { ty: Ty::error(), value: None },
            _ => ObjectKind::Unknown,
        };
    }

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

    /// `type Box[T] struct { … }`, which is an array of `T` structs to the parser: nothing is named `T`, and the bracket stands
    /// at the type's name.
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

    /// The type and value of a constant: of its own expression or of the repeated one, with its own `iota`.
    fn const_value(
        &mut self,
        spec: &'a ConstSpec,
        values: &'a ConstSpec,
        index: usize,
    ) -> (Ty, Option<crate::types::Constant>) {
        let name = spec.names[index];
        // A type without values repeats nothing.
        let inherited = !std::ptr::eq(spec, values) && spec.ty.is_none();
        if Self::has_lost_values(values) {
            return (Ty::error(), None);
        }
        let before = self.diagnostics.len();
        let values_here = inherited || !spec.values.is_empty();
        let Some(value) = values.values.get(index).filter(|_| values_here) else {
            self.report(
                Diagnostic::error(
                    Code::ValueCount,
                    name.span,
                    format!("the constant `{}` has no value", name.name),
                )
                .label("no value for this one"),
            );
            return (Ty::error(), None);
        };
        if inherited && self.repeats_mistake(values.names.get(index).copied()) {
            return (Ty::error(), None);
        }
        let outer = self.iota.replace(spec.iota);
        let result = self.const_of(value, values.ty.as_ref());
        self.iota = outer;
        if inherited {
            // The repeated expression is fine where it stands: it is here that it goes wrong.
            self.diagnostics.move_new(before, name.span);
        }
        result
    }

    /// Whether the constant whose expression is repeated is a mistake, which has been reported there.
    fn repeats_mistake(&mut self, first: Option<ast::Ident>) -> bool {
        let Some(first) = first else { return false };
        let Some(object) = self.lookup(first.name).filter(|id| self.object(*id).span == first.span) else {
            return false;
        };
        // One that is being resolved needs this one: that is found out on the way.
        if matches!(self.object(object).state, State::Unresolved) {
            self.resolve(object, first.span);
        }
        let resolved = matches!(self.object(object).state, State::Resolved);
        resolved && matches!(self.object(object).kind, ObjectKind::Const { value: None, .. })
    }

    fn const_of(&mut self, value: &'a Expr, ty: Option<&'a Expr>) -> (Ty, Option<crate::types::Constant>) {
        let error = (Ty::error(), None);
        let ty = ty.map(|ty| (ty, self.type_expr(ty)));
        if let Some((expr, ty)) = ty {
            let under = self.underlying(ty);
            if !is_const_type(under) {
                let name = self.type_name(ty);
                self.report(
                    Diagnostic::error(
                        Code::InvalidType,
                        expr.span,
                        format!("a constant cannot be of type `{name}`"),
                    )
                    .label("constants are numbers, strings and booleans")
                    .help("use `var`"),
                );
                self.expr(value, None);
                return error;
            }
        }
        let before = self.diagnostics.len();
        let mut x = self.expr(value, ty.map(|(_, ty)| ty));
        if x.is_error() {
            return error;
        }
        if x.mode != Mode::Const {
            // Without the mistake in it, it may be constant.
            if self.diagnostics.len() > before {
                return error;
            }
            let what = self.describe(&x);
            self.report(
                Diagnostic::error(Code::NotConstant, value.span, format!("{what} is not constant"))
                    .label("not known before the program runs")
                    .help("use `var`"),
            );
            return error;
        }
        if let Some((_, ty)) = ty {
            x = self.assign(x, ty, &Context::Declaration);
        }
        match x.is_error() {
            true => error,
            false => (x.ty, x.constant),
        }
    }

    /// Finds out the type of a package-level variable, and checks what initialises it.
    fn global_var(&mut self, spec: &'a VarSpec, index: usize) {
        // `var a, b = f()`: one initialiser for all, checked once.
        let shared = spec.values.len() == 1 && spec.names.len() > 1;
        let ids: Vec<Option<VarId>> =
            spec.names.iter().map(|name| self.program.info.defs.get(&name.id).copied()).collect();
        let own = ids[index];
        self.decl = own.map(Dep::Var);
        let declared = spec.ty.as_ref().map(|ty| match self.program.info.types.get(&ty.id) {
            Some(ty) => *ty,
            None => self.var_type(ty),
        });
        if let Some(ty) = declared {
            for id in ids.iter().flatten() {
                self.var_mut(*id).ty = ty;
            }
        }
        if spec.values.is_empty() {
            return;
        }
        if !shared {
            let Some(value) = spec.values.get(index) else {
                if spec.values.len() < spec.names.len() && index == spec.values.len() {
                    self.report_count(spec.names.len(), spec.values.len(), spec.names[index].span);
                }
                return;
            };
            let x = self.generic_expr(value, declared);
            let ty = self.init_var(x, declared);
            if let (Some(id), None) = (own, declared) {
                self.var_mut(id).ty = ty;
            }
            if index + 1 == spec.names.len() && spec.values.len() > spec.names.len() {
                let extra = spec.values[spec.names.len()].span;
                self.report_count(spec.names.len(), spec.values.len(), extra);
            }
            return;
        }
        if !self.initialised.insert(spec.values[0].id) {
            return;
        }
        let hints = vec![declared; spec.names.len()];
        let values = self.multi_value(&spec.values, &hints, spec.names.len());
        if values.len() != spec.names.len() {
            if !values.iter().any(Operand::is_error) {
                self.report_count(spec.names.len(), values.len(), spec.names[0].span);
            }
            return;
        }
        for (x, id) in values.into_iter().zip(&ids) {
            let ty = self.init_var(x, declared);
            if let (Some(id), None) = (id, declared) {
                self.var_mut(*id).ty = ty;
            }
        }
        // All names share what their one initialiser needs.
        if let Some(own) = own {
            let deps = self.deps.get(&Dep::Var(own)).cloned().unwrap_or_default();
            for id in ids.iter().flatten() {
                self.deps.entry(Dep::Var(*id)).or_default().extend(deps.iter().copied());
            }
        }
    }

    /// The type of a variable that is initialised with this value.
    pub fn init_var(&mut self, mut x: Operand<'a>, declared: Option<Ty>) -> Ty {
        match declared {
            Some(ty) => {
                self.assign(x, ty, &Context::Declaration);
                ty
            }
            None => {
                if x.generic.is_some() {
                    x = self.report_uninstantiated(x);
                }
                if x.is_error() || !self.single_value(&mut x) {
                    return Ty::error();
                }
                if is_untyped(x.ty) {
                    self.use_default(&mut x);
                }
                x.ty
            }
        }
    }

    /// Reports that the numbers of variables and values differ.
    pub fn report_count(&mut self, variables: usize, values: usize, at: Span) {
        let message = format!("{} for {}", count(values, "value"), count(variables, "variable"));
        let label = if values > variables { "one too many" } else { "no value for this" };
        self.report(Diagnostic::error(Code::ValueCount, at, message).label(label));
    }

    /// `const`, `var` and `type` in a function: declares the names. "Declared and not used" is the business of the
    /// statements' half, as is what a variable without initialiser holds.
    pub fn local_decl(&mut self, decl: &'a ast::Decl) {
        match decl {
            ast::Decl::Const(specs) => self.local_consts(specs),
            ast::Decl::Var(specs) => specs.iter().for_each(|spec| self.local_vars(spec)),
            ast::Decl::Type(specs) => specs.iter().for_each(|spec| self.local_type(spec)),
            ast::Decl::Func(_) | ast::Decl::Test(_) | ast::Decl::Error(_) => {}
        }
    }

    fn local_consts(&mut self, specs: &'a [ConstSpec]) {
        let mut values: Option<&'a ConstSpec> = None;
        for spec in specs {
            if !spec.values.is_empty() || values.is_none() {
                values = Some(spec);
            }
            let from = values.unwrap_or(spec);
            let found: Vec<_> =
                (0..spec.names.len()).map(|index| self.const_value(spec, from, index)).collect();
            self.extra_constants(spec, from);
            for (name, (ty, value)) in spec.names.iter().zip(found) {
                self.declare(*name, ObjectKind::Const { ty, value });
            }
        }
    }

    /// More values than names.
    pub fn extra_constants(&mut self, spec: &'a ConstSpec, values: &'a ConstSpec) {
        if Self::has_lost_values(values) {
            return;
        }
        if !std::ptr::eq(spec, values) && spec.ty.is_none() && values.values.len() > spec.names.len() {
            let last = spec.names.last().map_or(values.span, |name| name.span);
            self.report_count(spec.names.len(), values.values.len(), last);
        }
        if let Some(extra) = spec.values.get(spec.names.len()) {
            self.report_count(spec.names.len(), spec.values.len(), extra.span);
        }
    }

    fn local_vars(&mut self, spec: &'a VarSpec) {
        let declared = spec.ty.as_ref().map(|ty| self.var_type(ty));
        let hints = vec![declared; spec.names.len()];
        let mut types = vec![declared.unwrap_or_else(Ty::error); spec.names.len()];
        if !spec.values.is_empty() {
            let values = self.multi_value(&spec.values, &hints, spec.names.len());
            let (have, want) = (values.len(), spec.names.len());
            let failed = values.iter().any(Operand::is_error);
            if have != want && !(failed && spec.values.len() == 1) {
                let at = match have > want && spec.values.len() > want {
                    true => spec.values[want].span,
                    false => spec.names[have.min(want - 1)].span,
                };
                let at = if spec.values.len() == 1 { spec.names[0].span } else { at };
                self.report_count(want, have, at);
                for mut x in values {
                    if is_untyped(x.ty) && !x.is_none() {
                        self.use_default(&mut x);
                    }
                }
            } else {
                for (slot, x) in types.iter_mut().zip(values) {
                    *slot = self.init_var(x, declared);
                }
            }
        }
        for (name, ty) in spec.names.iter().zip(types) {
            self.declare_var(*name, ty, VarKind::Local);
        }
    }

    fn local_type(&mut self, spec: &'a TypeSpec) {
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
    pub fn declare_cases(&mut self, scope: super::ScopeId, def: TypeDefId, spec: &'a TypeSpec) {
        if let ExprKind::EnumType(cases) = &spec.ty.kind {
            for (index, case) in cases.iter().enumerate() {
                let cases = &mut self.scope_at_mut(scope).cases;
                cases.entry(case.name.name).or_default().push((def, index as u32));
            }
        }
    }
}
