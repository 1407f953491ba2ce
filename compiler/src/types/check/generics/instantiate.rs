//! Generic functions and types with their type arguments, and whether those satisfy the constraints.

use super::super::names::count;
use super::super::{Checker, GenericFunc, ObjectKind, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::{Span, Symbol};
use crate::types::subst::{map_func, subst};
use crate::types::{FuncId, FuncTy, Ty, TyKind, TypeDefId, TypeParamDef, TypeParamId};

impl<'a> Checker<'a> {
    /// A use of a declared function by its name.
    pub fn func_expr(&mut self, expr: &'a Expr, func: FuncId) -> Operand<'a> {
        self.depend_on(super::super::Dep::Func(func));
        self.complete_func(func);
        if self.is_damaged_func(func) {
            return Operand::error(expr);
        }
        let def = &self.program.funcs[func.0 as usize];
        let (sig, params) = (def.sig.clone(), def.type_params.clone());
        if params.is_empty() {
            return Operand::value(Ty::new(TyKind::Func(sig)), expr);
        }
        let fresh = self.fresh_params(&params);
        let sig = map_func(&sig, &mut |param| {
            params.iter().position(|p| *p == param).map(|index| Ty::new(TyKind::Param(fresh[index])))
        });
        let generic = GenericFunc { func, params: fresh, sig: sig.clone(), given: Vec::new(), node: expr.id };
        Operand { generic: Some(Box::new(generic)), ..Operand::value(Ty::new(TyKind::Func(sig)), expr) }
    }

    /// The type parameters that a method has besides those of its receiver's type.
    pub fn own_type_params(&mut self, func: FuncId) -> Vec<TypeParamId> {
        self.complete_func(func);
        let def = &self.program.funcs[func.0 as usize];
        let of_receiver = match def.receiver.map(|receiver| receiver.ty.kind()) {
            Some(TyKind::Named(_, args)) => args.len(),
            _ => 0,
        };
        def.type_params.get(of_receiver..).unwrap_or_default().to_vec()
    }

    /// A method with type parameters of its own, of a receiver of a known type.
    pub fn generic_method(&mut self, expr: &'a Expr, func: FuncId, receiver: Ty, sig: FuncTy) -> Operand<'a> {
        let own = self.own_type_params(func);
        let of_receiver = self.program.funcs[func.0 as usize].type_params.clone();
        let args = match receiver.kind() {
            TyKind::Named(_, args) => args.clone(),
            _ => Vec::new(),
        };
        let fresh = self.fresh_params(&own);
        for param in &fresh {
            let def = &mut self.program.type_params[param.0 as usize];
            def.constraint = subst(def.constraint, &of_receiver[..args.len()], &args);
        }
        let sig = map_func(&sig, &mut |param| {
            own.iter().position(|p| *p == param).map(|index| Ty::new(TyKind::Param(fresh[index])))
        });
        let generic = GenericFunc { func, params: fresh, sig: sig.clone(), given: Vec::new(), node: expr.id };
        Operand { generic: Some(Box::new(generic)), ..Operand::value(Ty::new(TyKind::Func(sig)), expr) }
    }

    /// New parameters with the same constraints: a call of a function in its own body speaks of other ones.
    pub fn fresh_params(&mut self, params: &[TypeParamId]) -> Vec<TypeParamId> {
        let first = self.program.type_params.len() as u32;
        let fresh: Vec<TypeParamId> = (0..params.len() as u32).map(|i| TypeParamId(first + i)).collect();
        let args: Vec<Ty> = fresh.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        for &param in params {
            let def = &self.program.type_params[param.0 as usize];
            let constraint = subst(def.constraint, params, &args);
            let def = TypeParamDef { name: def.name, constraint, span: def.span };
            self.program.type_params.push(def);
        }
        fresh
    }

    /// Whether the arguments satisfy the constraints of the parameters; reports the first that does not.
    pub fn satisfied(
        &mut self,
        params: &[TypeParamId],
        args: &[Ty],
        at: Span,
        generic: Option<&GenericFunc>,
    ) -> bool {
        let of = generic.map(|generic| self.program.funcs[generic.func.0 as usize].name);
        self.satisfied_at(params, args, |_| at, of)
    }

    pub fn satisfied_at(
        &mut self,
        params: &[TypeParamId],
        args: &[Ty],
        at: impl Fn(usize) -> Span,
        of: Option<Symbol>,
    ) -> bool {
        for (index, (&param, &arg)) in params.iter().zip(args).enumerate() {
            let def = &self.program.type_params[param.0 as usize];
            let (name, span) = (def.name, def.span);
            let constraint = subst(def.constraint, params, args);
            let wanted = self.constraint_interface(constraint);
            let wanted = if self.is_interface(constraint) { constraint } else { wanted };
            let Err(why) = self.implements(arg, wanted) else { continue };
            let (have, want) = (self.type_name(arg), self.type_name(constraint));
            let of = of.map(|of| format!(" of `{of}`"));
            self.report(
                Diagnostic::error(
                    Code::Constraint,
                    at(index),
                    format!(
                        "`{have}` does not satisfy `{want}`, the constraint of `{name}`{}",
                        of.unwrap_or_default()
                    ),
                )
                .label(why)
                .also(span, format!("`{name}` is declared here")),
            );
            return false;
        }
        true
    }

    /// `f[A, B]`, perhaps with fewer arguments than parameters.
    pub fn instantiate_explicitly(
        &mut self,
        expr: &'a Expr,
        x: Operand<'a>,
        args: &'a [Expr],
    ) -> Operand<'a> {
        let Some(mut generic) = x.generic.clone() else { return Operand::error(expr) };
        let types: Vec<Ty> = args.iter().map(|arg| self.var_type(arg)).collect();
        if types.iter().any(|ty| ty.is_error()) {
            return Operand::error(expr);
        }
        if types.len() > generic.params.len() {
            let name = self.source_text(x.span);
            self.report(
                Diagnostic::error(
                    Code::TypeArguments,
                    args[generic.params.len()].span,
                    format!(
                        "`{name}` has {}, not {}",
                        count(generic.params.len(), "type parameter"),
                        types.len()
                    ),
                )
                .label("one too many"),
            );
            return Operand::error(expr);
        }
        generic.given = types;
        if generic.given.len() < generic.params.len() {
            let ty = Ty::new(TyKind::Func(generic.sig.clone()));
            return Operand { generic: Some(generic), ..Operand::value(ty, expr) };
        }
        let spans: Vec<Span> = args.iter().map(|arg| arg.span).collect();
        let of = self.program.funcs[generic.func.0 as usize].name;
        if !self.satisfied_at(&generic.params, &generic.given, |index| spans[index], Some(of)) {
            return Operand::error(expr);
        }
        self.instance(expr, &generic, generic.given.clone(), Some(x))
    }

    /// The function with all its type arguments.
    fn instance(
        &mut self,
        expr: &'a Expr,
        generic: &GenericFunc,
        args: Vec<Ty>,
        inner: Option<Operand<'a>>,
    ) -> Operand<'a> {
        let sig = map_func(&generic.sig, &mut |param| {
            generic.params.iter().position(|p| *p == param).map(|index| args[index])
        });
        let ty = Ty::new(TyKind::Func(sig));
        let declared = self.own_type_params(generic.func);
        self.note_instance(&declared, &args, expr.span);
        self.program.info.instances.insert(generic.node, args);
        if let Some(inner) = inner {
            self.record(&Operand { ty, generic: None, ..inner });
        }
        let operand = Operand::value(ty, expr);
        self.record(&operand);
        operand
    }

    /// A generic function where a function of a known type is wanted: that says what its arguments are.
    pub fn instantiate_for(&mut self, x: Operand<'a>, ty: Ty) -> Operand<'a> {
        let (Some(generic), Some(expr)) = (x.generic.clone(), x.expr) else { return x };
        let core = self.core_type(ty).unwrap_or(ty);
        let target = match core.kind() {
            TyKind::Optional(inner) => self.underlying(*inner),
            // The instance that is meant may be the one that fits what has been refused.
            TyKind::Error => return Operand::error(expr),
            _ => core,
        };
        if !matches!(target.kind(), TyKind::Func(_)) {
            return self.report_uninstantiated(x);
        }
        let mut given: Vec<Option<Ty>> = generic.given.iter().copied().map(Some).collect();
        given.resize(generic.params.len(), None);
        let own = Ty::new(TyKind::Func(generic.sig.clone()));
        let wanted = Operand { expr: None, ..Operand::synthetic(target, x.span) };
        let Some(args) = self.infer(x.span, &generic.params, given, &[(own, wanted)]) else {
            return Operand::error(expr);
        };
        if !self.satisfied(&generic.params, &args, x.span, Some(&generic)) {
            return Operand::error(expr);
        }
        self.instance(expr, &generic, args, None)
    }

    /// A generic function is a value only with its type arguments.
    ///
    /// With some of them written, the constraints may say the rest.
    pub fn report_uninstantiated(&mut self, mut x: Operand<'a>) -> Operand<'a> {
        if let (Some(generic), Some(expr)) = (x.generic.clone(), x.expr)
            && !generic.given.is_empty()
        {
            let mut given: Vec<Option<Ty>> = generic.given.iter().copied().map(Some).collect();
            given.resize(generic.params.len(), None);
            let Some(args) = self.infer(x.span, &generic.params, given, &[]) else {
                return Operand::error(expr);
            };
            if !self.satisfied(&generic.params, &args, x.span, Some(&generic)) {
                return Operand::error(expr);
            }
            return self.instance(expr, &generic, args, None);
        }
        let text = self.source_text(x.span);
        self.report(
            Diagnostic::error(
                Code::TypeArguments,
                x.span,
                format!("the generic function `{text}` needs its type arguments here"),
            )
            .label("which instance is meant?")
            .help(format!("write `{text}[…]`")),
        );
        x.ty = Ty::error();
        x.generic = None;
        x
    }

    /// The generic type that an expression names, if it does: `List`, `pkg.List`.
    pub fn generic_type_named(&mut self, expr: &'a Expr) -> Option<TypeDefId> {
        let object = match &expr.kind {
            ExprKind::Name(name) => self.lookup(*name)?,
            ExprKind::Paren(inner) => return self.generic_type_named(inner),
            ExprKind::Select { base, name } => {
                let ExprKind::Name(package) = &base.kind else { return None };
                let object = self.lookup(*package)?;
                let ObjectKind::Package(id) = self.object(object).kind else { return None };
                let scope = self.package_scopes[id.0 as usize];
                let member = self.lookup_in(scope, name.name)?;
                if !matches!(self.object(member).kind, ObjectKind::GenericType(_)) {
                    return None;
                }
                self.object_mut(object).used = true;
                member
            }
            _ => return None,
        };
        match self.object(object).kind {
            ObjectKind::GenericType(def) => {
                self.program.info.uses.insert(expr.id, crate::types::Entity::GenericType(def));
                Some(def)
            }
            _ => None,
        }
    }

    /// An instance of `type A[P any] = T[P]`: what the alias stands for, with the arguments in it.
    fn instantiate_alias(&mut self, def: TypeDefId, types: Vec<Ty>, spans: &[Span], local: usize) -> Ty {
        let params = self.program.types[def.0 as usize].params.clone();
        let (spans, args) = (spans.to_vec(), types.clone());
        let checked = params.clone();
        self.delay(move |checker| {
            let of = checker.program.types[def.0 as usize].name;
            checker.satisfied_at(&checked, &args, |index| spans[index.saturating_sub(local)], Some(of));
        });
        if !self.complete(def) {
            return Ty::error();
        }
        let stands_for = self.written.get(&def).copied().unwrap_or_else(Ty::error);
        subst(stands_for, &params, &types)
    }

    /// `T[A, B]`. The constraints are verified when the package's types are known.
    pub fn instantiate_type(&mut self, expr: &'a Expr, def: TypeDefId, args: &'a [Expr]) -> Ty {
        let types: Vec<Ty> = args.iter().map(|arg| self.var_type(arg)).collect();
        let spans: Vec<Span> = args.iter().map(|arg| arg.span).collect();
        let ty = self.instantiate_type_with(expr.span, def, types, &spans);
        self.program.info.types.insert(expr.id, ty);
        ty
    }

    fn instantiate_type_with(&mut self, at: Span, def: TypeDefId, types: Vec<Ty>, spans: &[Span]) -> Ty {
        self.declare_type_params(def);
        let params = self.program.types[def.0 as usize].params.clone();
        let local = self.local_type_params.get(&def).copied().unwrap_or(0);
        let wanted = params.len() - local;
        if types.iter().any(|ty| ty.is_error()) {
            return Ty::error();
        }
        if types.len() != wanted {
            let name = self.program.types[def.0 as usize].name;
            let (span, why) = match types.len() > wanted {
                true => (spans[wanted], "one too many"),
                false => (at, "more are needed"),
            };
            self.report(
                Diagnostic::error(
                    Code::TypeArguments,
                    span,
                    format!("`{name}` has {}, not {}", count(wanted, "type parameter"), types.len()),
                )
                .label(why),
            );
            return Ty::error();
        }
        if let Some(ty) = self.universe.built_in_instance(def, &types) {
            return ty;
        }
        let mut all: Vec<Ty> = params[..local].iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        all.extend(types);
        let spans = spans.to_vec();
        let args = all.clone();
        if self.aliases.contains(&def) {
            return self.instantiate_alias(def, all, &spans, local);
        }
        self.note_instance(&params[local..], &all[local..], at);
        self.delay(move |checker| {
            let of = checker.program.types[def.0 as usize].name;
            checker.satisfied_at(&params, &args, |index| spans[index.saturating_sub(local)], Some(of));
        });
        Ty::new(TyKind::Named(def, all))
    }
}
