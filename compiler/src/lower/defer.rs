//! `defer`: the callee and its arguments are evaluated here, and called when the function ends.

use super::Lower;
use super::calls::Prepared;
use super::function::{Builder, Val};
use crate::mir::StatementKind;
use crate::syntax::ast::{Expr, ExprKind, strip};
use crate::types::{Entity, Mode, Ty, TyKind};

impl Builder<'_, '_> {
    pub fn defer(&mut self, e: &Expr) -> Lower<()> {
        let closure = self.delayed_call(e, false)?;
        match &self.leave {
            super::function::Leave::RangeBody(_) => self.escape_defer(closure),
            _ => {
                self.push(StatementKind::Defer(closure.op));
                Ok(())
            }
        }
    }

    /// A call, evaluated up to the calling, as a closure without parameters.
    pub fn delayed_call(&mut self, e: &Expr, keep_result: bool) -> Lower<Val> {
        let inner = strip(e);
        let ExprKind::Call(call) = &inner.kind else { return self.delayed_effect(inner, keep_result) };
        let info = &self.world.program.info;
        let callee = strip(&call.callee);
        let special =
            matches!(
                (info.exprs.get(&callee.id).map(|info| info.mode), info.uses.get(&callee.id)),
                (Some(Mode::Builtin(_) | Mode::Type), _) | (_, Some(Entity::Builtin(_)))
            ) || matches!(info.selections.get(&callee.id), Some(crate::types::Selection::Builtin(_)));
        if special {
            return self.delayed_builtin(inner, call, keep_result);
        }
        let prepared: Prepared = self.prepare(inner, call)?;
        self.thunk(prepared, keep_result)
    }

    /// Whether a type is that of a call without a result.
    pub fn is_unit(ty: Ty) -> bool {
        matches!(ty.kind(), TyKind::Unit | TyKind::Never)
    }
}
