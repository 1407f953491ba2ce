//! `a[i]`, `m[k]`, `a[i:j]`, and `T[A]` and `f[A]`, which look the same.

use super::predicates::is_untyped;
use super::{Checker, Context, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::Expr;
use crate::types::{Constant, Mode, Ty, TyKind, Untyped};

impl<'a> Checker<'a> {
    /// Checks an index or length: an integer, and if constant, at least 0 and below `limit`. Gives a constant's value.
    pub fn index_value(&mut self, index: &'a Expr, limit: Option<i64>, what: &str) -> Option<i64> {
        let mut x = self.expr(index, Some(Ty::int()));
        if !self.is_valid_index(&mut x, what) {
            return None;
        }
        let value = x.constant.as_ref().filter(|_| x.mode == Mode::Const)?;
        let value = super::constants::to_index(value)?;
        if let Some(limit) = limit
            && value >= limit
        {
            self.report(
                Diagnostic::error(Code::IndexRange, index.span, format!("{what} {value} is out of range"))
                    .label(format!("must be below {limit}")),
            );
            return None;
        }
        Some(value)
    }

    /// Whether the operand may be an index, a length or a capacity.
    pub fn is_valid_index(&mut self, x: &mut Operand<'a>, what: &str) -> bool {
        if x.is_error() {
            return false;
        }
        if is_untyped(x.ty) {
            self.convert_untyped(x, Ty::int());
            if x.is_error() {
                return false;
            }
        }
        if !self.all_integer(x.ty) {
            let text = self.describe(x);
            self.report(
                Diagnostic::error(Code::InvalidOperation, x.span, format!("{text} cannot be {what}"))
                    .label("must be an integer"),
            );
            return false;
        }
        let value = x.constant.as_ref().filter(|_| x.mode == Mode::Const);
        if let Some(value) = value.and_then(super::constants::to_int) {
            if value.sign() == num_bigint::Sign::Minus {
                self.report(
                    Diagnostic::error(Code::IndexRange, x.span, format!("{what} cannot be negative"))
                        .label(format!("this is {value}")),
                );
                return false;
            }
            if value.bits() > 63 {
                self.report(
                    Diagnostic::error(Code::IndexRange, x.span, format!("{what} is too large"))
                        .label(format!("this is {value}")),
                );
                return false;
            }
        }
        true
    }

    /// `a[i]`, `m[k]`, `T[A]`, `f[A]`.
    pub(super) fn index_expr(&mut self, expr: &'a Expr, base: &'a Expr, args: &'a [Expr]) -> Operand<'a> {
        if let Some(def) = self.generic_type_named(base) {
            let ty = self.instantiate_type(expr, def, args);
            return Operand::new(Mode::Type, ty, expr);
        }
        let mut x = self.raw_expr(base, None);
        if x.generic.is_some() {
            return self.instantiate_explicitly(expr, x, args);
        }
        if x.is_error() {
            return self.index_of_mistake(expr, args);
        }
        if x.is_type() {
            self.report_not_generic(expr, x.ty);
            return Operand::error(expr);
        }
        if !self.single_value(&mut x) {
            return self.index_of_mistake(expr, args);
        }
        let [index] = args else {
            let extra = args.get(1).map_or(expr.span, |arg| arg.span);
            self.report(
                Diagnostic::error(Code::InvalidOperation, extra, "one index is expected")
                    .label("more than one"),
            );
            return self.index_of_mistake(expr, args);
        };
        self.index_value_of(expr, x, index)
    }

    /// What is indexed is a mistake: what stands in the brackets is used all the same.
    fn index_of_mistake(&mut self, expr: &'a Expr, args: &'a [Expr]) -> Operand<'a> {
        for arg in args {
            self.expr_or_type(arg, None);
        }
        Operand::error(expr)
    }

    /// What indexing a value of a type parameter's type gives, if all types of its set agree on it: the element, and
    /// the least length among arrays.
    pub(super) fn param_element(&mut self, ty: Ty) -> Option<(Ty, Option<i64>, bool)> {
        let TyKind::Param(param) = ty.kind() else { return None };
        let mut found: Option<Ty> = None;
        let (mut limit, mut writable): (Option<i64>, bool) = (None, true);
        for term in self.terms(*param)? {
            let elem = match self.underlying(term.ty).kind() {
                TyKind::Array(len, elem) => {
                    limit = Some(limit.map_or(*len as i64, |limit| limit.min(*len as i64)));
                    *elem
                }
                TyKind::Slice(elem) => *elem,
                TyKind::String => {
                    writable = false;
                    Ty::byte()
                }
                _ => return None,
            };
            if found.is_some_and(|found| found != elem) {
                return None;
            }
            found = Some(elem);
        }
        Some((found?, limit, writable))
    }

    pub(super) fn index_value_of(&mut self, expr: &'a Expr, x: Operand<'a>, index: &'a Expr) -> Operand<'a> {
        if let Some((elem, limit, writable)) = self.param_element(x.ty) {
            self.index_value(index, limit, "the index");
            let place = writable && matches!(x.mode, Mode::Variable | Mode::MapIndex);
            return Operand::new(if place { Mode::Variable } else { Mode::Value }, elem, expr);
        }
        let under = self.core_string(x.ty).unwrap_or_else(|| self.core_type(x.ty).unwrap_or(x.ty));
        match under.kind() {
            TyKind::String | TyKind::Untyped(Untyped::String) => {
                let len = match &x.constant {
                    Some(Constant::Str(bytes)) if x.mode == Mode::Const => Some(bytes.len() as i64),
                    _ => None,
                };
                let mut x = x;
                self.use_default(&mut x);
                self.index_value(index, len, "the index");
                Operand::value(Ty::byte(), expr)
            }
            TyKind::Array(len, elem) => {
                self.index_value(index, Some(*len as i64), "the index");
                let mode = if x.mode == Mode::Variable { Mode::Variable } else { Mode::Value };
                Operand::new(mode, *elem, expr)
            }
            TyKind::Slice(elem) => {
                self.index_value(index, None, "the index");
                // Assigning an element changes the variable that holds the slice, so it must be one.
                let mode = match x.mode {
                    Mode::Variable | Mode::MapIndex => Mode::Variable,
                    _ => Mode::Value,
                };
                Operand::new(mode, *elem, expr)
            }
            TyKind::Map(key, value) => {
                let k = self.expr(index, Some(*key));
                self.assign(k, *key, &Context::MapKey);
                Operand::new(Mode::MapIndex, *value, expr)
            }
            TyKind::Chan { .. } => self.address(expr, x, index),
            TyKind::Error => {
                self.expr(index, None);
                Operand::error(expr)
            }
            _ => {
                let what = self.describe(&x);
                let mut diagnostic =
                    Diagnostic::error(Code::InvalidOperation, x.span, format!("cannot index {what}"))
                        .label("not a slice, array, string or map");
                if let TyKind::Optional(_) = under.kind() {
                    diagnostic = diagnostic.help("unwrap the optional first: `if v := x { … }`, or `x ?? d`");
                }
                self.report(diagnostic);
                self.expr_or_type(index, None);
                Operand::error(expr)
            }
        }
    }

    /// `x[low:high:max]`.
    pub(super) fn slice_expr(
        &mut self,
        expr: &'a Expr,
        base: &'a Expr,
        bounds: [Option<&'a Expr>; 3],
    ) -> Operand<'a> {
        let mut x = self.expr(base, None);
        if x.is_error() {
            for bound in bounds.into_iter().flatten() {
                self.expr(bound, Some(Ty::int()));
            }
            return Operand::error(expr);
        }
        let mut limit = None;
        let under = self.core_string(x.ty).unwrap_or(x.ty);
        let ty = match under.kind() {
            TyKind::String | TyKind::Untyped(Untyped::String) => {
                if let (Some(Constant::Str(bytes)), Mode::Const) = (&x.constant, x.mode) {
                    limit = Some(bytes.len() as i64 + 1);
                }
                if let [_, _, Some(max)] = bounds {
                    self.report(
                        Diagnostic::error(
                            Code::InvalidOperation,
                            max.span,
                            "a string has no capacity to limit",
                        )
                        .label("three-index slice of a string"),
                    );
                    return Operand::error(expr);
                }
                self.use_default(&mut x);
                x.ty
            }
            TyKind::Array(len, elem) => {
                limit = Some(*len as i64 + 1);
                if x.mode != Mode::Variable {
                    let what = self.describe(&x);
                    self.report(
                        Diagnostic::error(Code::InvalidOperation, x.span, format!("cannot slice {what}"))
                            .label("an array must be in a variable to be sliced"),
                    );
                    return Operand::error(expr);
                }
                Ty::slice(*elem)
            }
            TyKind::Slice(_) => x.ty,
            TyKind::Error => Ty::error(),
            _ => {
                let what = self.describe(&x);
                self.report(
                    Diagnostic::error(Code::InvalidOperation, x.span, format!("cannot slice {what}"))
                        .label("not a slice, array or string"),
                );
                return Operand::error(expr);
            }
        };
        let mut last: Option<i64> = None;
        for bound in bounds.into_iter().flatten() {
            let errors = self.diagnostics.len();
            let value = self.index_value(bound, limit, "the bound");
            if self.diagnostics.len() > errors {
                // A bound that is too large makes those behind it too large.
                limit = None;
                continue;
            }
            if let (Some(value), Some(before)) = (value, last)
                && value < before
            {
                self.report(
                    Diagnostic::error(
                        Code::IndexRange,
                        bound.span,
                        format!("these bounds are the wrong way round: {before} comes before {value}"),
                    )
                    .label(format!("smaller than {before}")),
                );
                break;
            }
            last = value.or(last);
        }
        Operand::value(ty, expr)
    }
}
