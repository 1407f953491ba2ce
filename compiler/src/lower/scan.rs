//! What must be known of a body before it is lowered: whether it defers calls, and which variables the bodies of ranges over
//! functions, which become closures, share with it.

use rustc_hash::FxHashSet;

use super::function::Builder;
use super::places::{strip, strip_ref};
use super::range::changes_var;
use crate::syntax::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, Range, Stmt, StmtKind};
use crate::syntax::visit::{Visitor, walk_expr, walk_stmt};
use crate::types::{Entity, Selection, TyKind, VarId};

pub(super) struct Scan<'b, 'w, 'u> {
    builder: &'b Builder<'w, 'u>,
    /// The ranges over functions around the current place.
    bodies: Vec<&'b Range>,
    literals: usize,
    found: Found,
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    pub has_defer: bool,
    pub forced_cells: FxHashSet<VarId>,
}

impl<'b, 'w, 'u> Scan<'b, 'w, 'u> {
    pub fn of(builder: &'b Builder<'w, 'u>, block: &'b Block) -> Found {
        let mut scan = Scan { builder, bodies: Vec::new(), literals: 0, found: Found::default() };
        scan.block(block);
        scan.found
    }

    /// A variable that a body changes lives in a cell; one that it reads is captured as it is.
    fn shared(&mut self, var: VarId) {
        let program = self.builder.world.program;
        let span = program.vars[var.0 as usize].span;
        let changed = self
            .bodies
            .iter()
            .any(|range| !within(span, range.span) && changes_var(&program.info, var, range));
        if changed {
            self.found.forced_cells.insert(var);
        }
    }

    fn is_func(&self, subject: &Expr) -> bool {
        self.builder.expr_ty(subject).is_ok_and(|ty| matches!(self.builder.kind(ty), TyKind::Func(_)))
    }

    fn local_var(&self, e: &Expr) -> Option<VarId> {
        match self.builder.world.program.info.uses.get(&e.id) {
            Some(Entity::Var(var)) if self.builder.world.global(*var).is_none() => Some(*var),
            _ => None,
        }
    }

    /// A deferred call runs when other frames may be gone: what it changes lives in a cell.
    fn deferred(&mut self, e: &Expr) {
        let ExprKind::Call(call) = &strip(e).kind else { return };
        let mut lent: Vec<&Expr> = call
            .args
            .iter()
            .map(|arg| strip(&arg.value))
            .filter(|arg| matches!(arg.kind, ExprKind::Unary { op: crate::syntax::ast::UnaryOp::Ref, .. }))
            .collect();
        let callee = strip(&call.callee);
        if let ExprKind::Select { base, .. } = &callee.kind
            && let Some(Selection::Method { func, .. }) =
                self.builder.world.program.info.selections.get(&callee.id)
            && self.builder.world.func(*func).receiver.is_some_and(|receiver| receiver.inout)
        {
            lent.push(base);
        }
        for e in lent {
            if let Some(var) = self.local_var(strip_ref(e)) {
                self.found.forced_cells.insert(var);
            }
        }
    }
}

impl<'b> Visitor<'b> for Scan<'b, '_, '_> {
    fn stmt(&mut self, stmt: &'b Stmt) {
        match &stmt.kind {
            StmtKind::Defer(call) => {
                if self.literals == 0 {
                    self.found.has_defer = true;
                    self.deferred(call);
                }
                walk_stmt(self, stmt);
            }
            StmtKind::Range(range) if self.is_func(&range.subject) => {
                self.expr(&range.subject);
                self.bodies.push(range);
                if let crate::syntax::ast::RangeBind::Assign(targets) = &range.bind {
                    targets.iter().for_each(|target| self.expr(target));
                }
                self.block(&range.body);
                self.bodies.pop();
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn expr(&mut self, expr: &'b Expr) {
        match &expr.kind {
            // Outside of such bodies a literal is scanned when it is lowered.
            ExprKind::FuncLit(_) | ExprKind::Parallel(_) if self.bodies.is_empty() => {}
            ExprKind::FuncLit(_) | ExprKind::Parallel(_) => {
                self.literals += 1;
                walk_expr(self, expr);
                self.literals -= 1;
            }
            ExprKind::Name(_) => {
                if !self.bodies.is_empty()
                    && let Some(var) = self.local_var(expr)
                {
                    self.shared(var);
                }
            }
            _ => walk_expr(self, expr),
        }
    }
}

/// Whether a span lies in another.
pub(super) fn within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}
