//! Expressions: the way in, and what each kind leads to.

use super::{Checker, Operand};
use crate::syntax::ast::Expr;
use crate::types::Ty;

impl<'a> Checker<'a> {
    /// An expression that must have exactly one value. `hint` is the type that the context would like: literals
    /// without a type, `none`, enum cases and closures use it; it is not enforced.
    pub fn expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let _ = hint;
        Operand::error(expr)
    }

    /// A value or a type (for `T(x)`, `case` lists, `make`).
    pub fn expr_or_type(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        self.expr(expr, hint)
    }

    /// Anything: a value, no value, a tuple, a type, a package, a built-in function. For expression statements.
    pub fn raw_expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        self.expr(expr, hint)
    }
}
