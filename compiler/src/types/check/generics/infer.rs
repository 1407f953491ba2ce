//! Which type arguments does a call mean?
//!
//! Go's order: the typed arguments first, then what the constraints say (core types and methods), until nothing new is
//! found, then untyped constants (the largest kind among those for one parameter gives its default type).

use super::super::conversions::default_type;
use super::super::predicates::is_untyped;
use super::super::{Checker, GenericFunc, Operand};
use super::unify::{Match, Unifier};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::Call;
use crate::types::subst::{self, map_func};
use crate::types::{FuncTy, Term, Ty, TyKind, TypeParamId, Untyped};

impl<'a> Checker<'a> {
    /// Infers the type arguments of a call, generic functions among its arguments included. Gives the signature and
    /// the arguments, instantiated; reports what cannot be inferred.
    pub fn infer_call(
        &mut self,
        call: &'a Call,
        generic: &GenericFunc,
        mut operands: Vec<Operand<'a>>,
    ) -> Option<(FuncTy, Vec<Operand<'a>>)> {
        let mut params = generic.params.clone();
        let mut given: Vec<Option<Ty>> = generic.given.iter().copied().map(Some).collect();
        given.resize(params.len(), None);
        for operand in &operands {
            if let Some(argument) = &operand.generic {
                params.extend(&argument.params);
                given.extend(argument.given.iter().copied().map(Some));
                given.resize(params.len(), None);
            }
        }
        let mut pairs = Vec::new();
        for (index, operand) in operands.iter().enumerate() {
            if let Some(param) = super::super::calls::param_at(&generic.sig, index, call.spread) {
                pairs.push((param.ty, operand.clone()));
            }
        }
        let found = self.infer(call.callee.span, &params, given, &pairs)?;
        let own = generic.params.len();
        if !self.satisfied(&params[..own], &found[..own], call.callee.span, Some(generic)) {
            return None;
        }
        let declared = self.own_type_params(generic.func);
        self.note_instance(&declared, &found[..own], call.callee.span);
        self.program.info.instances.insert(generic.node, found[..own].to_vec());
        let mut find = |param: TypeParamId| params.iter().position(|p| *p == param).map(|i| found[i]);
        let sig = map_func(&generic.sig, &mut find);
        let mut at = own;
        for operand in &mut operands {
            let Some(argument) = operand.generic.take() else { continue };
            let args = found[at..at + argument.params.len()].to_vec();
            at += argument.params.len();
            operand.ty = Ty::new(TyKind::Func(map_func(&argument.sig, &mut find)));
            if !self.satisfied(&argument.params, &args, operand.span, Some(&argument)) {
                operand.ty = Ty::error();
            }
            self.program.info.instances.insert(argument.node, args);
            let operand = operand.clone();
            self.record(&operand);
        }
        Some((sig, operands))
    }

    /// Finds the types of `params` (those `given` are known) from pairs of a parameter's type and its argument.
    pub fn infer(
        &mut self,
        at: Span,
        params: &[TypeParamId],
        given: Vec<Option<Ty>>,
        pairs: &[(Ty, Operand<'a>)],
    ) -> Option<Vec<Ty>> {
        if pairs.iter().any(|(_, operand)| operand.is_error()) && given.iter().any(Option::is_none) {
            return None;
        }
        let mut u = Unifier::new(params, given);
        let mut untyped: Vec<(usize, Untyped)> = Vec::new();
        for (ty, operand) in pairs {
            if !mentions(*ty, params) && operand.generic.is_none() {
                continue;
            }
            if is_untyped(operand.ty) {
                if let (Some(index), Some(kind)) = (u.index(*ty), operand.untyped()) {
                    if kind != Untyped::None {
                        untyped.push((index, kind));
                    }
                } else if let TyKind::Optional(inner) = ty.kind()
                    && let (Some(index), Some(kind)) = (u.index(*inner), operand.untyped())
                    && kind != Untyped::None
                {
                    untyped.push((index, kind));
                } else if is_never_constant(*ty) {
                    self.report_mismatch(operand, *ty, &u, params);
                    return None;
                }
                continue;
            }
            if !self.unify(&mut u, *ty, operand.ty, Match::Assign, 0)
                && !self.unify_optional(&mut u, *ty, operand.ty)
            {
                self.report_mismatch(operand, *ty, &u, params);
                return None;
            }
        }
        if !self.infer_from_constraints(&mut u, params, at) || !self.infer_untyped(&mut u, &untyped, at) {
            return None;
        }
        let found = self.simplify(&u, params);
        // A parameter or constraint that is a mistake may have been what says it.
        let mistaken = pairs.iter().any(|(ty, _)| ty.has_error()) || self.has_lost_constraint(params);
        if found.iter().any(Option::is_none) && mistaken {
            return None;
        }
        if let Some(index) = found.iter().position(|ty| ty.is_none_or(|ty| mentions(ty, params))) {
            let name = self.program.type_params[params[index].0 as usize].name;
            let span = self.program.type_params[params[index].0 as usize].span;
            let text = self.source_text(at);
            self.report(
                Diagnostic::error(
                    Code::Inference,
                    at,
                    format!("cannot infer the type argument `{name}` of `{text}`"),
                )
                .label("no argument says what it is")
                .also(span, format!("`{name}` is declared here"))
                .help(format!("give it: `{text}[…](…)`")),
            );
            return None;
        }
        Some(found.into_iter().flatten().collect())
    }

    fn has_lost_constraint(&mut self, params: &[TypeParamId]) -> bool {
        params.iter().any(|param| {
            let mistaken = self.program.type_params[param.0 as usize].constraint.is_error();
            mistaken || matches!(self.constraint(*param).kind(), TyKind::Interface(built) if built.is_lost())
        })
    }

    /// A `T` given for a `T?`.
    fn unify_optional(&mut self, u: &mut Unifier, want: Ty, have: Ty) -> bool {
        match want.kind() {
            TyKind::Optional(inner) => self.unify(u, *inner, have, Match::Assign, 0),
            _ => false,
        }
    }

    fn infer_untyped(&mut self, u: &mut Unifier, untyped: &[(usize, Untyped)], at: Span) -> bool {
        let mut largest: Vec<(usize, Untyped)> = Vec::new();
        for &(index, kind) in untyped {
            if u.at(index).is_some() {
                continue;
            }
            match largest.iter_mut().find(|(i, _)| *i == index) {
                None => largest.push((index, kind)),
                Some((_, before)) => match super::super::constants::larger(*before, kind) {
                    Some(kind) => *before = kind,
                    None => {
                        self.report(
                            Diagnostic::error(
                                Code::Inference,
                                at,
                                "the constants given for one type parameter have no type in common",
                            )
                            .label("cannot infer its type argument"),
                        );
                        return false;
                    }
                },
            }
        }
        for (index, kind) in largest {
            u.set(index, default_type(Ty::untyped(kind)));
        }
        true
    }

    /// Core types and methods of the constraints, until they say nothing new.
    fn infer_from_constraints(&mut self, u: &mut Unifier, params: &[TypeParamId], at: Span) -> bool {
        for _ in 0..=params.len() {
            let before = u.all();
            for (index, &param) in params.iter().enumerate() {
                let found = u.at(index);
                let mut ok = true;
                if let Some((term, single)) = self.core_term(param) {
                    match found {
                        Some(found) => ok = self.unify(u, found, term.ty, Match::Loose, 0),
                        None if single && !term.tilde => u.set(index, term.ty),
                        None => {}
                    }
                }
                if let Some(found) = found.filter(|found| ok && !mentions(*found, params)) {
                    ok = self.infer_from_methods(u, param, found);
                }
                if !ok {
                    let name = self.program.type_params[param.0 as usize].name;
                    let constraint = self.program.type_params[param.0 as usize].constraint;
                    let (have, want) = (found.map(|ty| self.type_name(ty)), self.type_name(constraint));
                    let have = have.unwrap_or_default();
                    self.report(
                        Diagnostic::error(
                            Code::Constraint,
                            at,
                            format!("the type argument `{have}` for `{name}` does not satisfy `{want}`"),
                        )
                        .label("inferred here"),
                    );
                    return false;
                }
            }
            if u.all() == before {
                break;
            }
        }
        true
    }

    fn infer_from_methods(&mut self, u: &mut Unifier, param: TypeParamId, found: Ty) -> bool {
        use super::super::method_sets::{Lookup, MemberKind};
        let TyKind::Interface(interface) = self.constraint(param).kind() else { return true };
        for method in &interface.methods {
            // A missing method is reported when the constraint is verified.
            let Lookup::Found(member) = self.member(found, method.name) else { continue };
            let sig = match member.kind {
                MemberKind::Method { sig, .. }
                | MemberKind::Interface { sig }
                | MemberKind::Param { sig }
                | MemberKind::Builtin { sig, .. } => sig,
                MemberKind::Field(_) => continue,
            };
            if !self.unify(u, method.sig, Ty::new(TyKind::Func(sig)), Match::Exact, 0) {
                return false;
            }
        }
        true
    }

    /// The term that stands for all of a constraint's: the only one, or the type under all of them.
    fn core_term(&mut self, param: TypeParamId) -> Option<(Term, bool)> {
        let terms = self.terms(param)?;
        if let [term] = terms {
            return Some((*term, true));
        }
        let core = self.core_type(Ty::new(TyKind::Param(param)))?;
        Some((Term { tilde: true, ty: core }, false))
    }

    /// What was found, with parameters in it replaced by what was found for them.
    fn simplify(&mut self, u: &Unifier, params: &[TypeParamId]) -> Vec<Option<Ty>> {
        let mut found = u.all();
        for _ in 0..params.len() {
            let before = found.clone();
            for slot in &mut found {
                let Some(ty) = *slot else { continue };
                if !mentions(ty, params) {
                    continue;
                }
                *slot = Some(subst::map(ty, &mut |param| {
                    let index = params.iter().position(|p| *p == param)?;
                    before[index].filter(|ty| !matches!(ty.kind(), TyKind::Param(p) if *p == param))
                }));
            }
            if found == before {
                break;
            }
        }
        found
    }

    fn report_mismatch(&mut self, operand: &Operand<'a>, ty: Ty, u: &Unifier, params: &[TypeParamId]) {
        let found = u.all();
        let known = subst::map(ty, &mut |param| {
            params.iter().position(|p| *p == param).and_then(|index| found[index])
        });
        let (what, wanted) = (self.describe(operand), self.type_name(known));
        self.report(
            Diagnostic::error(
                Code::Inference,
                operand.span,
                format!("{what} does not match the parameter's type `{wanted}`"),
            )
            .label("cannot infer the type arguments from this"),
        );
    }
}

/// Whether no constant, and not `none`, can be of this type, whatever its parameters are.
fn is_never_constant(ty: Ty) -> bool {
    matches!(
        ty.kind(),
        TyKind::Func(_)
            | TyKind::Slice(_)
            | TyKind::Array(..)
            | TyKind::Map(..)
            | TyKind::Chan { .. }
            | TyKind::Struct(_)
    )
}

/// Whether a type mentions one of the parameters.
pub(in super::super) fn mentions(ty: Ty, params: &[TypeParamId]) -> bool {
    if params.is_empty() {
        return false;
    }
    let mut found = false;
    subst::map(ty, &mut |param| {
        found |= params.contains(&param);
        None
    });
    found
}
