//! Bodies of functions: statements, and the expressions whose insides are statement-like.

use super::{Checker, Operand, ScopeId};
use crate::syntax::NodeId;
use crate::syntax::ast::{Block, Expr};
use crate::types::{FuncTy, Ty, VarId};

/// A function around the code being checked.
#[derive(Debug, Clone)]
pub(crate) struct FuncContext {
    /// The literal (or `go parallel for`), for its captures; absent for declared functions.
    pub literal: Option<NodeId>,
    /// What `return` must give: `Unit`, a type, or a `Tuple`.
    pub result: Ty,
    /// The named results, or none.
    pub results: Vec<VarId>,
}

/// A function body to check. The parameters and named results are declared in `scope`; the body's block is a
/// scope of its own only for what it declares (in Go, parameters and body share one block: redeclaring a
/// parameter in the body's outermost block is an error, so the body's statements are checked directly in `scope`).
pub(crate) struct FuncBody<'a> {
    pub literal: Option<NodeId>,
    pub sig: FuncTy,
    /// Receiver (if any), then parameters.
    pub params: Vec<VarId>,
    pub results: Vec<VarId>,
    pub scope: ScopeId,
    pub block: &'a Block,
}

impl<'a> Checker<'a> {
    /// Checks a body: statements, flow, "declared and not used", missing `return`.
    pub fn func_body(&mut self, body: FuncBody<'a>) {
        let _ = body.block;
    }

    /// A variable is read here: `ty` as declared, or as narrowed by flow; also definite assignment. Called for each
    /// use of a local or global variable as a value (assignment targets that are plain names go through it as well:
    /// the statements' half decides before the call).
    pub fn use_variable(&mut self, var: VarId, expr: &'a Expr) -> Ty {
        let _ = expr;
        self.used_vars.insert(var);
        self.var(var).ty
    }

    /// `match`, `try`, `recover`, `go`, `go parallel for`, `go supervise` as expressions; `within`.
    pub fn flow_expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let _ = hint;
        Operand::error(expr)
    }
}
