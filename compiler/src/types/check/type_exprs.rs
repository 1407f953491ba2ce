//! What type does this expression denote?

use super::Checker;
use crate::syntax::ast::Expr;
use crate::types::Ty;

impl<'a> Checker<'a> {
    /// The type that an expression denotes; reports one that is not a type and gives [`Ty::error`].
    pub fn type_expr(&mut self, expr: &'a Expr) -> Ty {
        let _ = expr;
        Ty::error()
    }

    /// The type of a variable, field, element: as [`Checker::type_expr`], and constraint interfaces are refused.
    pub fn var_type(&mut self, expr: &'a Expr) -> Ty {
        self.type_expr(expr)
    }
}
