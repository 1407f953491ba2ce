//! `switch` on values.

use num_traits::ToPrimitive;

use super::Lower;
use super::function::{Builder, Val, boolean};
use crate::mir::{BlockId, Terminator};
use crate::syntax::Symbol;
use crate::syntax::ast::{BinaryOp, Expr, Switch, SwitchCase, strip};
use crate::types::{Constant, Ty, TyKind};

/// With fewer cases, comparing one by one is as good as a jump table.
const MIN_TABLE: usize = 4;

impl Builder<'_, '_> {
    pub fn switch(&mut self, label: Option<Symbol>, s: &Switch) -> Lower<()> {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init)?;
        }
        let tag = match &s.tag {
            Some(tag) => {
                let value = self.value(tag)?;
                let op = self.snapshot(value.op, value.ty);
                Some(Val { op, ty: value.ty })
            }
            None => None,
        };
        let end = self.block();
        let bodies: Vec<BlockId> = s.cases.iter().map(|_| self.block()).collect();
        let default =
            s.cases.iter().position(|case| case.values.is_none()).map_or(end, |index| bodies[index]);
        match &tag {
            Some(tag) if self.table(tag, &s.cases, &bodies, default) => {}
            _ => self.chain(tag, &s.cases, &bodies, default)?,
        }
        self.open_target(label, end, None);
        let outer = self.fallthrough;
        for (index, case) in s.cases.iter().enumerate() {
            self.start(bodies[index]);
            self.fallthrough = bodies.get(index + 1).copied();
            self.stmts(&case.body)?;
            self.fallthrough = outer;
            self.goto(end);
        }
        self.targets.pop();
        self.start(end);
        self.close_scope();
        Ok(())
    }

    /// Leaves for the case's body by a table, if all cases are integer constants.
    fn table(&mut self, tag: &Val, cases: &[SwitchCase], bodies: &[BlockId], default: BlockId) -> bool {
        if !matches!(self.kind(tag.ty), TyKind::Int(_)) {
            return false;
        }
        let mut table: Vec<(i64, BlockId)> = Vec::new();
        for (case, body) in cases.iter().zip(bodies) {
            for value in case.values.iter().flatten() {
                let Some(value) = self.int_constant(value) else { return false };
                if table.iter().all(|(other, _)| *other != value) {
                    table.push((value, *body));
                }
            }
        }
        if table.len() < MIN_TABLE {
            return false;
        }
        self.end(Terminator::Switch { value: tag.op.clone(), cases: table, default });
        true
    }

    fn int_constant(&self, e: &Expr) -> Option<i64> {
        match self.world.program.info.exprs.get(&strip(e).id)?.constant.as_ref()? {
            Constant::Int(value) => value.to_i64().or_else(|| value.to_u64().map(|value| value as i64)),
            _ => None,
        }
    }

    /// Compares with one case after the other.
    fn chain(
        &mut self,
        tag: Option<Val>,
        cases: &[SwitchCase],
        bodies: &[BlockId],
        default: BlockId,
    ) -> Lower<()> {
        let tag = tag.unwrap_or(Val { op: boolean(true), ty: Ty::bool() });
        let always = tag.op == boolean(true);
        for (case, body) in cases.iter().zip(bodies) {
            for value in case.values.iter().flatten() {
                let next = self.block();
                if always {
                    self.branch_on(value, *body, next)?;
                } else {
                    let value = self.value(value)?;
                    let cond = self.compare(BinaryOp::Eq, tag.clone(), value)?;
                    self.branch(cond, *body, next);
                }
                self.start(next);
            }
        }
        self.goto(default);
        Ok(())
    }
}
