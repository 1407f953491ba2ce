//! Calls: which function, which arguments, which results.

use super::{Checker, Operand};
use crate::syntax::ast::Expr;
use crate::types::Ty;

impl<'a> Checker<'a> {
    /// The values of a list on the right of `=`, `:=` or `return`: one call may give several. `hints` are the types
    /// that are wanted, by position. With `want` 2, a single comma-ok expression gives `(T, bool)`. Does not report a
    /// wrong number of values: see [`Checker::report_count`].
    pub fn multi_value(&mut self, exprs: &'a [Expr], hints: &[Option<Ty>], want: usize) -> Vec<Operand<'a>> {
        let _ = (hints, want);
        exprs.iter().map(Operand::error).collect()
    }
}
