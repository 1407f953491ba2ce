//! What must be known of a body before it is lowered: whether it defers calls, and which variables the bodies of ranges over
//! functions, which become closures, share with it.

use rustc_hash::FxHashSet;

use super::function::Builder;
use crate::syntax::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, Range, Stmt, StmtKind, strip};
use crate::syntax::visit::{Visitor, walk_expr, walk_stmt};
use crate::types::writes::{changes_var, root_var};
use crate::types::{Entity, Selection, TyKind, VarId};

pub(super) struct Scan<'b, 'w, 'u> {
    builder: &'b Builder<'w, 'u>,
    /// The ranges over functions around the current place.
    bodies: Vec<&'b Range>,
    literals: usize,
    /// The callee of the call around, which is no method value.
    callee: Option<crate::syntax::NodeId>,
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
        let mut scan =
            Scan { builder, bodies: Vec::new(), literals: 0, callee: None, found: Found::default() };
        scan.block(block);
        scan.found
    }

    /// A variable that a body changes lives in a cell; one that it reads is captured as it is.
    fn shared(&mut self, var: VarId) {
        let program = self.builder.world.program;
        let span = program.vars[var.0 as usize].span;
        let changed =
            self.bodies.iter().any(|range| !within(span, range.span) && changes_var(program, var, range));
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

    /// The receiver of a method that changes it.
    fn changed_receiver<'e>(&self, e: &'e Expr) -> Option<&'e Expr> {
        let ExprKind::Select { base, .. } = &e.kind else { return None };
        let world = self.builder.world;
        match world.program.info.selections.get(&e.id) {
            Some(Selection::Method { func, .. }) if world.func(*func).changes_receiver() => Some(base),
            _ => None,
        }
    }

    /// The variable that an expression is a part of lives in a cell.
    fn force(&mut self, e: &Expr) {
        let root = root_var(&self.builder.world.program.info, e);
        if let Some(var) = root.filter(|var| self.builder.world.global(*var).is_none()) {
            self.found.forced_cells.insert(var);
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
        lent.extend(self.changed_receiver(strip(&call.callee)));
        for e in lent {
            self.force(e);
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
            ExprKind::Call(call) => {
                self.callee = Some(strip(&call.callee).id);
                walk_expr(self, expr);
            }
            ExprKind::Select { .. } => {
                // As a value, the method changes the variable whenever it is called.
                if self.callee != Some(expr.id)
                    && let Some(receiver) = self.changed_receiver(expr)
                {
                    self.force(receiver);
                }
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }
}

/// Whether a span lies in another.
pub(super) fn within(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}
