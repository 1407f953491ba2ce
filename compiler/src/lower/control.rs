//! `if`, `for`, and where `break` and `continue` lead.

use super::Lower;
use super::function::{Binding, Builder, Leave, Target};
use super::instances::ice;
use crate::mir::{BlockId, Proj, Rvalue, StatementKind};
use crate::syntax::Symbol;
use crate::syntax::ast::{BinaryOp, Cond, ExprKind, For, If, StmtKind, strip};
use crate::types::{Builtin, Constant, Entity, TyKind, VarId};

impl Builder<'_, '_> {
    pub fn if_stmt(&mut self, s: &If) -> Lower<()> {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init)?;
        }
        let [then, otherwise, end] = [self.block(), self.block(), self.block()];
        match &s.cond {
            Cond::Expr(cond) => {
                self.branch_on(cond, then, otherwise)?;
                self.start(then);
                self.block_stmts(&s.then)?;
            }
            Cond::Bind { name, value } => {
                let value = self.value(value)?;
                let (step, inner, present) = match self.kind(value.ty) {
                    TyKind::Optional(inner) => (Proj::Some, *inner, BinaryOp::Ne),
                    TyKind::Result(ok, _) => (Proj::Ok, *ok, BinaryOp::Eq),
                    _ => return ice(name.span, "a condition that unwraps nothing"),
                };
                let place = self.place_of(value.op, value.ty);
                let cond = self.tag_is(place.clone(), present);
                self.branch(cond, then, otherwise);
                self.start(then);
                self.open_scope();
                self.give_name(name, super::function::Val::new(place.then(step), inner))?;
                self.block_stmts(&s.then)?;
                self.close_scope();
            }
        }
        self.goto(end);
        self.start(otherwise);
        if let Some(otherwise) = &s.otherwise {
            self.stmt(otherwise)?;
        }
        self.goto_start(end);
        self.close_scope();
        Ok(())
    }

    pub fn for_stmt(&mut self, label: Option<Symbol>, s: &For) -> Lower<()> {
        self.open_scope();
        let mut vars = Vec::new();
        if let Some(init) = &s.init {
            self.stmt(init)?;
            if let StmtKind::Define { names, .. } = &init.kind {
                let info = &self.world.program.info;
                vars.extend(names.iter().filter_map(|name| info.defs.get(&name.id).copied()));
            }
        }
        vars.retain(|var| self.in_cell(*var));
        let [head, body, next, end] = [self.block(), self.block(), self.block(), self.block()];
        self.goto_start(head);
        match &s.cond {
            Some(cond) => self.branch_on(cond, body, end)?,
            None => self.goto(body),
        }
        self.start(body);
        self.open_target(label, end, Some(next));
        let known = self.in_range.len();
        if let Some((index, collection)) = self.counted(s) {
            self.note_in_range(index, collection, &s.body);
        }
        self.block_stmts(&s.body)?;
        self.in_range.truncate(known);
        self.targets.pop();
        self.goto_start(next);
        self.renew(&vars);
        if let Some(post) = &s.post {
            self.stmt(post)?;
        }
        self.span = s.span;
        self.push(StatementKind::Poll);
        self.goto(head);
        self.start(end);
        self.close_scope();
        Ok(())
    }

    /// The index and the collection of `for i := 0; i < len(xs); i++`.
    fn counted(&self, s: &For) -> Option<(VarId, VarId)> {
        let info = &self.world.program.info;
        let StmtKind::Define { names, values } = &s.init.as_ref()?.kind else { return None };
        let ([name], [start]) = (names.as_slice(), values.as_slice()) else { return None };
        let index = *info.defs.get(&name.id)?;
        let start = info.exprs.get(&strip(start).id)?.constant.as_ref()?;
        if !matches!(start, Constant::Int(start) if start.sign() != num_bigint::Sign::Minus) {
            return None;
        }
        let StmtKind::IncDec { target, increment: true } = &s.post.as_ref()?.kind else { return None };
        let ExprKind::Binary { op: BinaryOp::Lt, left, right, .. } = &strip(s.cond.as_ref()?).kind else {
            return None;
        };
        if self.whole_var(target)? != index || self.whole_var(left)? != index {
            return None;
        }
        let ExprKind::Call(call) = &strip(right).kind else { return None };
        let callee = strip(&call.callee);
        if !matches!(info.uses.get(&callee.id), Some(Entity::Builtin(Builtin::Len))) {
            return None;
        }
        Some((index, self.whole_var(&call.args.first()?.value)?))
    }

    /// Each turn of a loop has its own variables: closures of the last turn keep theirs.
    fn renew(&mut self, vars: &[VarId]) {
        for var in vars {
            if let Some(Binding::Cell(cell)) = self.vars.get(var).cloned() {
                let ty = self.var_ty(*var);
                let value = self.assign_temp(Rvalue::Use(cell.then(Proj::Cell).into()), ty);
                self.assign(cell, Rvalue::Cell(value.into()));
            }
        }
    }

    // Targets.

    pub fn open_target(&mut self, label: Option<Symbol>, break_to: BlockId, continue_to: Option<BlockId>) {
        let depth = self.depth();
        self.targets.push(Target { label, break_to, continue_to, depth, labeled_only: false });
    }

    /// A target that only its label finds.
    pub fn labeled_only(&mut self, label: Option<Symbol>, break_to: BlockId) {
        let depth = self.depth();
        self.targets.push(Target { label, break_to, continue_to: None, depth, labeled_only: true });
    }

    pub fn break_to(&mut self, label: Option<Symbol>) -> Lower<()> {
        let found = self.targets.iter().rev().find(|target| match label {
            Some(_) => target.label == label,
            None => !target.labeled_only,
        });
        match found.cloned() {
            Some(target) => {
                self.leave_scopes(target.depth);
                self.goto(target.break_to);
                Ok(())
            }
            None if matches!(self.leave, Leave::RangeBody(_)) => self.escape_break(label),
            None => ice(self.span, "`break` leads nowhere"),
        }
    }

    pub fn continue_to(&mut self, label: Option<Symbol>) -> Lower<()> {
        let found = self.targets.iter().rev().find_map(|target| match (label, target.continue_to) {
            (Some(_), Some(block)) if target.label == label => Some((target.depth, block)),
            (None, Some(block)) => Some((target.depth, block)),
            _ => None,
        });
        match found {
            Some((depth, block)) => {
                self.leave_scopes(depth);
                self.goto(block);
                Ok(())
            }
            None => match self.leave {
                Leave::RangeBody(_) => self.escape_continue(label),
                Leave::Turn => {
                    // The turn is over.
                    self.end_turn();
                    Ok(())
                }
                Leave::Function { .. } => ice(self.span, "`continue` leads nowhere"),
            },
        }
    }
}
