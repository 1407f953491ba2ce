//! Ranges over package variables, and over variables that function literals use: which see the changes that are made meanwhile.
//!
//! In Go a range reads each element at its turn, and keeps to the slice that it began with. Where values do not alias, it can go over the
//! variable as it is at each turn as long as that is not replaced, by the body or by any code that this leads to. If nobody changes
//! elements meanwhile, a copy of the header does as well, and is faster; if somebody replaces the variable, a copy it must be.

use rustc_hash::{FxHashMap, FxHashSet};

use super::analyses::{Code, Unit};
use super::reach::{Graph, Node};
use crate::syntax::NodeId;
use crate::syntax::ast::{Block, Expr, ExprKind, Range, Stmt, StmtKind, strip_ref};
use crate::syntax::visit::{self, Visitor};
use crate::types::writes::{self, root_var};
use crate::types::{FuncId, Program, TyKind, VarKind};

/// Finds them: `Info::walked_in_place`.
pub fn find(program: &mut Program, units: &[Unit], graph: &Graph) {
    let mut walk = Walk { program, bodies: FxHashMap::default(), ranges: Vec::new() };
    // The standard library can reach no variables but its own, and relies on nothing of the kind.
    for unit in units.iter().filter(|unit| !unit.std) {
        match unit.code {
            Code::Body(body) => {
                walk.bodies.extend(unit.func.map(|func| (Node::Func(func), body)));
                walk.block(body);
            }
            Code::Value(value) => walk.expr(value),
        }
    }
    let Walk { bodies, ranges, .. } = walk;
    let found = ranges.into_iter().filter(|range| sees_changes(program, graph, &bodies, range));
    let found: FxHashSet<NodeId> = found.map(|range| strip_ref(&range.subject).id).collect();
    program.info.walked_in_place = found;
}

/// Whether elements may change while the range runs, and the variable is not replaced.
fn sees_changes(program: &Program, graph: &Graph, bodies: &FxHashMap<Node, &Block>, range: &Range) -> bool {
    let Some(var) = root_var(&program.info, &range.subject) else { return false };
    if writes::assigns(program, &range.subject, &range.body) {
        return false;
    }
    let reached: Vec<&Block> = match graph.from(program, &range.body) {
        Some(nodes) => nodes.iter().filter_map(|node| bodies.get(node).copied()).collect(),
        // Whoever calls `main` names it.
        None => bodies.iter().filter(|(node, _)| !is_main(program, **node)).map(|(_, body)| *body).collect(),
    };
    (writes::changes(program, var, &range.body)
        || reached.iter().any(|body| writes::changes(program, var, body)))
        && !reached.iter().any(|body| writes::assigns(program, &range.subject, body))
}

fn is_main(program: &Program, node: Node) -> bool {
    let is = |main: FuncId| node == Node::Func(main);
    program.main.is_some_and(is)
}

struct Walk<'p, 'a> {
    program: &'p Program,
    bodies: FxHashMap<Node, &'a Block>,
    ranges: Vec<&'a Range>,
}

impl Walk<'_, '_> {
    /// A slice or map in a variable that others can reach.
    fn concerns(&self, subject: &Expr) -> bool {
        let info = &self.program.info;
        let Some(var) = root_var(info, subject) else { return false };
        let data = &self.program.vars[var.0 as usize];
        let shared = data.captured || data.cell || matches!(data.kind, VarKind::Global { .. });
        let ty = info.exprs.get(&strip_ref(subject).id).map(|it| self.program.underlying(it.ty));
        shared && ty.is_some_and(|ty| matches!(ty.kind(), TyKind::Slice(_) | TyKind::Map(..)))
    }
}

impl<'a> Visitor<'a> for Walk<'_, 'a> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        if let StmtKind::Range(range) = &stmt.kind
            && self.concerns(&range.subject)
        {
            self.ranges.push(range);
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::FuncLit(literal) = &expr.kind {
            self.bodies.insert(Node::Literal(expr.id), &literal.body);
        }
        visit::walk_expr(self, expr);
    }
}
