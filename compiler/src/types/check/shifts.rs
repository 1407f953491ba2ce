//! `x << n` and `x >> n`.
//!
//! The left side of a shift whose count is not constant has, if it is untyped, the type that it would have without the
//! shift. That is known when the context of the whole expression is: see [`Checker::shift_operands`].

use super::predicates::{is_integer, is_untyped};
use super::{Checker, Operand, constants};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{Constant, IntTy, Mode, Ty, TyKind, Untyped};

impl<'a> Checker<'a> {
    pub(super) fn shift(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, op: BinaryOp, span: Span) {
        let x_int = x.constant.as_ref().and_then(constants::to_int).filter(|_| x.mode == Mode::Const);
        let x_untyped = is_untyped(x.ty);
        if !(self.all_integer(x.ty) || (x_untyped && x_int.is_some())) {
            let what = self.describe(x);
            self.report(
                Diagnostic::error(Code::InvalidOperation, x.span, format!("cannot shift {what}"))
                    .label("only integers can be shifted"),
            );
            x.ty = Ty::error();
            return;
        }
        if !self.shift_count(y) {
            x.ty = Ty::error();
            return;
        }
        let (Some(value), true) = (x_int, x.mode == Mode::Const) else {
            x.mode = Mode::Value;
            return;
        };
        if let (Mode::Const, Some(count)) = (y.mode, &y.constant) {
            // Enough to write the smallest float64 as a fraction.
            let Some(count) = constants::to_index(count).filter(|count| *count <= 1023 - 1 + 52) else {
                self.report(
                    Diagnostic::error(Code::ConstantOverflow, y.span, "this shift count is too large")
                        .label("a constant can be shifted by at most 1074"),
                );
                x.ty = Ty::error();
                return;
            };
            if x_untyped && !is_integer(x.ty) {
                x.ty = Ty::untyped(Untyped::Int);
            }
            x.constant = Some(Constant::Int(constants::shift(&value, op, count as u32)));
            x.span = span;
            self.overflow(x, span);
            return;
        }
        // The left side of a non-constant shift has the type that it would have without the shift: it is known
        // when the context of the whole is.
        if x_untyped && let Some(expr) = x.expr {
            self.shift_operands.insert(expr.id);
        }
        x.mode = Mode::Value;
        x.constant = None;
    }

    /// Checks and converts a shift's right side.
    pub(super) fn shift_count(&mut self, y: &mut Operand<'a>) -> bool {
        let uint = Ty::new(TyKind::Int(IntTy::Uint));
        if let (Mode::Const, Some(value)) = (y.mode, &y.constant) {
            if let Some(int) = constants::to_int(value)
                && int.sign() == num_bigint::Sign::Minus
            {
                self.report(
                    Diagnostic::error(Code::InvalidOperation, y.span, "a shift count cannot be negative")
                        .label(format!("this is {int}")),
                );
                return false;
            }
            // As in Go, a constant of a floating-point type will do if it is whole.
            if !is_untyped(y.ty) && !self.all_integer(y.ty) && constants::represent(value, uint).is_ok() {
                return true;
            }
            if is_untyped(y.ty) {
                if let Err(misfit) = constants::represent(value, uint) {
                    self.report_misfit(y, uint, Some(misfit));
                    return false;
                }
                if let Some(expr) = y.expr {
                    self.update_expr_type(expr, uint);
                }
                return true;
            }
        }
        if self.all_integer(y.ty) && !is_untyped(y.ty) {
            return true;
        }
        if is_untyped(y.ty) {
            self.convert_untyped(y, uint);
            return !y.is_error();
        }
        let what = self.describe(y);
        self.report(
            Diagnostic::error(Code::InvalidOperation, y.span, format!("cannot shift by {what}"))
                .label("a shift count must be an integer"),
        );
        false
    }
}
