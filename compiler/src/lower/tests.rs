//! `assert`: a failure shows both sides of a comparison.

use super::Lower;
use super::function::{Builder, Val, text};
use crate::mir::{BlockId, Operand};
use crate::syntax::ast::{Expr, ExprKind, strip};

impl Builder<'_, '_> {
    pub fn assert(&mut self, cond: &Expr, message: Option<&Expr>) -> Lower<()> {
        let [good, bad] = [self.block(), self.block()];
        let sides = self.asserted(cond, good, bad)?;
        self.start(bad);
        let mut parts = vec![text("assertion failed: "), self.source_text(cond)];
        if let Some(message) = message {
            let value = self.value(message)?;
            parts.push(text("\n  "));
            let message = if self.world.is_string(value.ty) { value.op } else { self.formatted(value) };
            parts.push(message);
        }
        for (name, value) in sides {
            if matches!(value.ty.kind(), crate::types::TyKind::Untyped(_)) {
                continue;
            }
            parts.push(text(name));
            let value = self.formatted(value);
            parts.push(value);
        }
        self.crash_with(parts);
        self.start(good);
        Ok(())
    }

    /// Leaves for one of two blocks; gives the sides of a comparison, to be shown.
    fn asserted(&mut self, cond: &Expr, good: BlockId, bad: BlockId) -> Lower<Vec<(&'static str, Val)>> {
        let constant =
            self.world.program.info.exprs.get(&strip(cond).id).is_some_and(|info| info.constant.is_some());
        match &strip(cond).kind {
            ExprKind::Binary { op, left, right, .. } if op.is_comparison() && !constant => {
                let sides = [self.side(left)?, self.side(right)?];
                let [left, right] = sides.clone();
                let cond = self.compare(*op, left, right)?;
                self.branch(cond, good, bad);
                Ok(["\n  left: ", "\n  right: "].into_iter().zip(sides).collect())
            }
            _ => {
                self.branch_on(cond, good, bad)?;
                Ok(Vec::new())
            }
        }
    }

    fn side(&mut self, e: &Expr) -> Lower<Val> {
        let value = self.value(e)?;
        let ty = match value.ty.kind() {
            crate::types::TyKind::Untyped(crate::types::Untyped::None) => return Ok(value),
            crate::types::TyKind::Untyped(kind) => super::consts::default_type(*kind),
            _ => value.ty,
        };
        let op: Operand = self.coerce(value, ty)?;
        Ok(Val { op: self.snapshot(op, ty), ty })
    }
}
