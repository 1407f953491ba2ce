//! Is a function without a result meant to have one?
//!
//! `func add(a, b int) { return a + b }` has one mistake, in its header. It is reported at the `return`, and what uses the
//! result that is not there is as it should be.

use super::{Checker, Operand};
use crate::syntax::ast::{Block, Decl, Expr, ExprKind, Stmt, StmtKind, strip};
use crate::syntax::visit::{self, Visitor};
use crate::types::{Entity, FuncId, Selection};

impl<'a> Checker<'a> {
    /// Whether an operand without a value is the call of a declared function that returns one all the same, or a
    /// `go parallel for` whose turns end with a value that they do not `yield`.
    pub(super) fn lacks_result(&mut self, operand: &Operand<'a>) -> bool {
        let call = match operand.expr.map(|expr| &strip(expr).kind) {
            Some(ExprKind::Call(call)) => call,
            Some(ExprKind::Parallel(parallel)) => return self.advises(&parallel.body, "yield"),
            _ => return false,
        };
        let callee = strip(&call.callee);
        let info = &self.program.info;
        let func = match (info.uses.get(&callee.id), info.selections.get(&callee.id)) {
            (Some(Entity::Func(func)), _) | (_, Some(Selection::Member(Entity::Func(func)))) => *func,
            (_, Some(Selection::Method { func, .. })) => *func,
            _ => return false,
        };
        self.returns_value(func)
    }

    fn returns_value(&self, func: FuncId) -> bool {
        let (file, index) = self.program.funcs[func.0 as usize].decl;
        match self.files.get(file).and_then(|file| file.decls.get(index)) {
            Some(Decl::Func(decl)) => decl.body.as_ref().is_some_and(gives_value),
            _ => false,
        }
    }
}

/// Whether a body has a `return` with a value. Those of function literals are their own.
fn gives_value(body: &Block) -> bool {
    struct Returns(bool);
    impl<'a> Visitor<'a> for Returns {
        fn stmt(&mut self, stmt: &'a Stmt) {
            self.0 |= matches!(&stmt.kind, StmtKind::Return(values) if !values.is_empty());
            visit::walk_stmt(self, stmt);
        }

        fn expr(&mut self, expr: &'a Expr) {
            if !matches!(expr.kind, ExprKind::FuncLit(_)) {
                visit::walk_expr(self, expr);
            }
        }
    }
    let mut returns = Returns(false);
    returns.block(body);
    returns.0
}
