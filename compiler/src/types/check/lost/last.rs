//! Where variables are mentioned for the last time.
//!
//! Outside of loops what stands behind a change runs behind it. If nothing there mentions the variable, nobody sees the change.

use rustc_hash::FxHashMap;

use super::super::analyses::Unit;
use super::look::Change;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Entity, Info, Program, VarId};

/// The mentions of variables in a piece of code.
pub struct Mentions<'p> {
    info: &'p Info,
    last: FxHashMap<VarId, u32>,
    /// In function literals, by the literal: it runs at another time.
    held: FxHashMap<VarId, Vec<Span>>,
    /// The places that statements change, with the statements.
    changes: FxHashMap<Span, Span>,
    loops: Vec<Span>,
    /// The outermost literal around.
    literal: Option<Span>,
}

impl<'p> Mentions<'p> {
    pub fn of(program: &'p Program, unit: &Unit) -> Mentions<'p> {
        let mut mentions = Mentions {
            info: &program.info,
            last: FxHashMap::default(),
            held: FxHashMap::default(),
            changes: FxHashMap::default(),
            loops: Vec::new(),
            literal: None,
        };
        unit.code.walk(&mut mentions);
        mentions
    }

    /// Whether nothing mentions the variable, declared at `declared`, behind the statement that changes it.
    pub fn is_last(&self, change: Change, declared: Span) -> bool {
        let is_in = |inner: Span, outer: Span| outer.start <= inner.start && inner.end <= outer.end;
        let Some(&statement) = self.changes.get(&change.span) else { return false };
        let comes_round =
            self.loops.iter().any(|around| is_in(change.span, *around) && declared.start < around.start);
        let mut held = self.held.get(&change.var).into_iter().flatten();
        !comes_round
            && held.all(|literal| is_in(*literal, statement))
            && self.last.get(&change.var).is_none_or(|last| *last < statement.end)
    }
}

impl<'a> Visitor<'a> for Mentions<'_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            // What is in a literal has a time of its own.
            _ if self.literal.is_some() => {}
            StmtKind::Assign { targets, .. } => {
                self.changes.extend(targets.iter().map(|target| (target.span, stmt.span)));
            }
            StmtKind::OpAssign { target, .. } | StmtKind::IncDec { target, .. } => {
                self.changes.insert(target.span, stmt.span);
            }
            StmtKind::Expr(expr) => {
                let ExprKind::Call(call) = &expr.kind else { return visit::walk_stmt(self, stmt) };
                self.changes.extend(call.args.iter().map(|arg| (arg.value.span, stmt.span)));
                if let ExprKind::Select { base, .. } = &call.callee.kind {
                    self.changes.insert(base.span, stmt.span);
                }
            }
            StmtKind::For(_) | StmtKind::Range(_) => self.loops.push(stmt.span),
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(_) => {
                if let Some(Entity::Var(var)) = self.info.uses.get(&expr.id) {
                    let last = self.last.entry(*var).or_default();
                    *last = (*last).max(expr.span.start);
                    if let Some(literal) = self.literal {
                        self.held.entry(*var).or_default().push(literal);
                    }
                }
            }
            ExprKind::FuncLit(_) | ExprKind::Parallel(_) if self.literal.is_none() => {
                self.literal = Some(expr.span);
                visit::walk_expr(self, expr);
                self.literal = None;
                return;
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
    }
}
