//! Interface types: their methods, what they embed, and the type sets of constraints.

use rustc_hash::FxHashMap;

use super::Checker;
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{Expr, InterfaceElem, UnionTerm};
use crate::syntax::{NodeId, Span, Symbol};
use crate::types::{InterfaceTy, MethodTy, Term, Ty, TyKind};

/// As many types as Go allows in a union.
const MAX_TERMS: usize = 100;

impl<'a> Checker<'a> {
    pub(super) fn interface_type(&mut self, elems: &'a [InterfaceElem], node: NodeId) -> Ty {
        let mut built = InterfaceTy::default();
        let mut spans: FxHashMap<Symbol, Span> = FxHashMap::default();
        for elem in elems {
            match elem {
                InterfaceElem::Method { name, sig } => {
                    self.check_param_names(sig);
                    let sig = self.func_type(sig);
                    if name.name.as_str() == "_" {
                        self.report(Diagnostic::error(
                            Code::InvalidType,
                            name.span,
                            "a method needs a name other than `_`",
                        ));
                        continue;
                    }
                    if let Some(first) = spans.insert(name.name, name.span) {
                        self.report_second(name.name, name.span, first, "method", node);
                        continue;
                    }
                    built.methods.push(MethodTy { name: name.name, sig: Ty::new(TyKind::Func(sig)) });
                }
                InterfaceElem::Embed(_) => {}
            }
        }
        for elem in elems {
            if let InterfaceElem::Embed(expr) = elem {
                self.embed_interface(&mut built, expr);
            }
        }
        built.methods.sort_by_key(|method| method.name.as_str());
        Ty::new(TyKind::Interface(built))
    }

    pub(super) fn embed_interface(&mut self, built: &mut InterfaceTy, expr: &'a Expr) {
        let ty = self.type_expr(expr);
        let part = match self.underlying(ty).kind() {
            TyKind::Interface(interface) if !matches!(ty.kind(), TyKind::Param(_)) => interface.clone(),
            TyKind::Error => InterfaceTy { methods: vec![MethodTy::lost()], ..InterfaceTy::default() },
            TyKind::Param(_) => {
                self.report_param_part(expr.span);
                return;
            }
            _ => InterfaceTy { terms: Some(vec![Term { tilde: false, ty }]), ..InterfaceTy::default() },
        };
        for method in &part.methods {
            match built.methods.iter().find(|m| m.name == method.name) {
                Some(before) if before.sig == method.sig => {}
                Some(_) => self.report(
                    Diagnostic::error(
                        Code::Redeclared,
                        expr.span,
                        format!("the method `{}` is there twice, with different types", method.name),
                    )
                    .label("embedded here"),
                ),
                None => built.methods.push(method.clone()),
            }
        }
        built.comparable |= part.comparable;
        built.terms = match (built.terms.take(), part.terms) {
            (Some(a), Some(b)) => Some(self.common_terms(&a, &b)),
            (a, b) => a.or(b),
        };
    }

    /// The types in both of two unions.
    pub(super) fn common_terms(&mut self, a: &[Term], b: &[Term]) -> Vec<Term> {
        let mut common = Vec::new();
        for x in a {
            for y in b {
                let (under_x, under_y) = (self.underlying(x.ty), self.underlying(y.ty));
                let both = match (x.tilde, y.tilde) {
                    (true, true) if under_x == under_y => Some(*x),
                    (true, false) if under_x == under_y => Some(*y),
                    (false, true) if under_x == under_y => Some(*x),
                    (false, false) if x.ty == y.ty => Some(*x),
                    _ => None,
                };
                common.extend(both.filter(|term| !common.contains(term)));
            }
        }
        common
    }

    /// `~A | B`: the types of all terms together; a constraint among them gives its own.
    pub(super) fn union_type(&mut self, terms: &'a [UnionTerm]) -> Ty {
        let mut all = Some(Vec::new());
        let mut found: Vec<(Term, Span)> = Vec::new();
        let mut methods = Vec::new();
        for term in terms {
            let span = term.ty.span;
            let Some(term) = self.union_term(term.tilde, &term.ty) else {
                methods = vec![MethodTy::lost()];
                all = None;
                continue;
            };
            found.push((term, span));
            let own = match self.underlying(term.ty).kind() {
                TyKind::Interface(interface) => interface.terms.clone(),
                _ => Some(vec![term]),
            };
            all = match (all, own) {
                (Some(all), Some(own)) => Some([all, own].concat()),
                _ => None,
            };
        }
        if found.len() > 1 {
            self.delay(move |checker| checker.check_union(&found));
        }
        Ty::new(TyKind::Interface(InterfaceTy { methods, terms: all, ..InterfaceTy::default() }))
    }

    /// The terms of a union are types or constraints without methods, and no type is in two of them.
    pub(super) fn check_union(&mut self, terms: &[(Term, Span)]) {
        let mut count = 0;
        for (index, (term, span)) in terms.iter().enumerate() {
            count += match self.underlying(term.ty).kind() {
                TyKind::Interface(interface) => interface.terms.as_ref().map_or(0, Vec::len),
                _ => 1,
            };
            if count > MAX_TERMS {
                self.report(
                    Diagnostic::error(
                        Code::InvalidType,
                        *span,
                        format!("more than {MAX_TERMS} types in one union"),
                    )
                    .label("too many, together with those before"),
                );
                return;
            }
            let name = self.type_name(term.ty);
            if let TyKind::Interface(interface) = self.underlying(term.ty).kind() {
                if interface.is_lost() {
                    continue;
                }
                if !interface.methods.is_empty() || interface.comparable {
                    self.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            *span,
                            format!("`{name}` cannot be a part of a union"),
                        )
                        .label("only types, and constraints without methods"),
                    );
                    return;
                }
                continue;
            }
            let before = terms[..index].iter().find(|(other, _)| self.overlap(other, term));
            if let Some((other, first)) = before {
                let other = self.type_name(other.ty);
                self.report(
                    Diagnostic::error(Code::InvalidType, *span, format!("`{name}` is in this union twice"))
                        .label("again")
                        .also(*first, format!("in `{other}` already")),
                );
                return;
            }
        }
    }

    pub(super) fn overlap(&mut self, a: &Term, b: &Term) -> bool {
        let (under_a, under_b) = (self.underlying(a.ty), self.underlying(b.ty));
        if matches!(under_a.kind(), TyKind::Interface(_)) {
            return false;
        }
        match (a.tilde, b.tilde) {
            (true, true) => a.ty == b.ty,
            (true, false) => a.ty == under_b,
            (false, true) => b.ty == under_a,
            (false, false) => a.ty == b.ty,
        }
    }

    fn report_param_part(&mut self, span: Span) {
        self.report(
            Diagnostic::error(Code::InvalidType, span, "a type parameter cannot be a constraint's part")
                .label("its types are not known here"),
        );
    }

    /// A term `T` or `~T`; an interface gives its own terms elsewhere.
    pub(super) fn union_term(&mut self, tilde: bool, expr: &'a Expr) -> Option<Term> {
        let ty = self.type_expr(expr);
        if ty.is_error() {
            return None;
        }
        if matches!(ty.kind(), TyKind::Param(_)) {
            self.report_param_part(expr.span);
            return None;
        }
        if tilde {
            self.delay(move |checker| {
                let under = checker.underlying(ty);
                if under != ty && !under.is_error() || checker.is_interface(ty) {
                    let (name, under) = (checker.type_name(ty), checker.type_name(under));
                    checker.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            expr.span,
                            format!("`~{name}` holds no type: what is under `{name}` is `{under}`"),
                        )
                        .help(format!("write `~{under}`")),
                    );
                }
            });
        }
        Some(Term { tilde, ty })
    }
}
