//! Declarations, resolved when they are first needed; types are in [`super::type_decls`].
//!
//! So they may stand in any order, and the only cycles are real ones: an alias of itself, a constant that needs itself.

use super::names::count;
use super::predicates::{is_const_type, is_untyped};
use super::scope::State;
use super::{Checker, Context, ObjId, ObjectKind, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{self, ConstSpec, Expr, TypeSpec, VarSpec};
use crate::types::{Mode, Ty, VarId, VarKind};

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
        for (spec, from) in with_values(specs) {
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
}

/// Each constant spec of a group, with the one that has its values: itself, or the closest above, if it has none.
pub(super) fn with_values(specs: &[ConstSpec]) -> impl Iterator<Item = (&ConstSpec, &ConstSpec)> {
    specs.iter().scan(None, |values, spec| {
        if values.is_none() || !spec.values.is_empty() {
            *values = Some(spec);
        }
        Some((spec, (*values)?))
    })
}
