//! Where has flow shown that an optional variable holds a value?
//!
//! [`Checker::narrowed`] is the set of such variables at the place being checked. A condition adds to it
//! ([`Checker::assume`]), an assignment takes from it, and after a branch holds what holds at the end of every way that
//! comes there. A loop's body starts without what the body itself may assign. Names, not variables, say what
//! is assigned later, because later code has not been checked yet: too much is forgotten, never too little.

use rustc_hash::FxHashSet;

use super::places::unparen;
use super::{Checker, Operand};
use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Entity, Ty, TyKind, VarId};

impl<'a> Checker<'a> {
    /// A variable is read here: `ty` as declared, or as narrowed by flow. An assignment's target that is a plain name
    /// goes through here as well, and does not count as a use.
    pub fn use_variable(&mut self, var: VarId, expr: &'a Expr) -> Ty {
        let ty = self.var(var).ty;
        if self.flow.target == Some(expr.id) {
            return ty;
        }
        self.used_vars.insert(var);
        if !self.narrowed.contains(&var) || self.flow.whole == Some(expr.id) {
            return ty;
        }
        match ty.kind() {
            TyKind::Optional(inner) => {
                self.program.info.narrowed.insert(expr.id);
                *inner
            }
            _ => ty,
        }
    }

    /// A value that is wanted as it was declared, whatever flow has shown: where it is compared with `none`, or unwrapped.
    pub fn whole_expr(&mut self, expr: &'a Expr) -> Operand<'a> {
        let mut operand = self.whole_raw_expr(expr);
        self.single_value(&mut operand);
        operand
    }

    /// The same for an expression that may give several values.
    pub fn whole_raw_expr(&mut self, expr: &'a Expr) -> Operand<'a> {
        let outer = self.flow.whole.replace(unparen(expr).id);
        let operand = self.raw_expr(expr, None);
        self.flow.whole = outer;
        operand
    }

    /// From here on, `cond` is known to be `truth`.
    pub fn assume(&mut self, cond: &Expr, truth: bool) {
        let mut found = Vec::new();
        self.facts(cond, truth, &mut found);
        for var in found {
            let may_change = self.flow.shared_names.contains(&self.var(var).name);
            if !may_change && matches!(self.var(var).ty.kind(), TyKind::Optional(_)) {
                self.narrowed.insert(var);
            }
        }
    }

    /// Runs `f`, the right side of `&&` or `||`, with what the left side shows when the right one runs at all.
    pub fn assuming<R>(&mut self, cond: &Expr, truth: bool, f: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.narrowed.clone();
        self.assume(cond, truth);
        let result = f(self);
        self.narrowed = before;
        result
    }

    /// The variables that are not `none` when `cond` is `truth`.
    fn facts(&self, cond: &Expr, truth: bool, found: &mut Vec<VarId>) {
        match &unparen(cond).kind {
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.facts(operand, !truth, found),
            ExprKind::Binary { op: BinaryOp::LogAnd, left, right, .. } if truth => {
                self.facts(left, true, found);
                self.facts(right, true, found);
            }
            ExprKind::Binary { op: BinaryOp::LogOr, left, right, .. } if !truth => {
                self.facts(left, false, found);
                self.facts(right, false, found);
            }
            ExprKind::Binary { op, left, right, .. }
                if *op == if truth { BinaryOp::Ne } else { BinaryOp::Eq } =>
            {
                let (var, other) = match (self.local(left), self.local(right)) {
                    (Some(var), None) => (var, right),
                    (None, Some(var)) => (var, left),
                    _ => return,
                };
                if self.is_none_literal(other) {
                    found.push(var);
                }
            }
            _ => {}
        }
    }

    fn local(&self, expr: &Expr) -> Option<VarId> {
        let expr = unparen(expr);
        match (&expr.kind, self.program.info.uses.get(&expr.id)) {
            (ExprKind::Name(_), Some(Entity::Var(var))) if self.var_levels.contains_key(var) => Some(*var),
            _ => None,
        }
    }

    fn is_none_literal(&self, expr: &Expr) -> bool {
        matches!(self.program.info.uses.get(&unparen(expr).id), Some(Entity::None))
    }

    /// The variables of these places may be `none` again.
    pub fn forget_narrowing(&mut self, places: &[Expr]) {
        if self.narrowed.is_empty() {
            return;
        }
        for place in places {
            if let Some(var) = self.local(place) {
                self.narrowed.remove(&var);
            }
        }
    }

    /// Before code that may run several times, or later: forgets the variables whose names it assigns.
    pub fn forget_assigned_in(&mut self, walk: impl FnOnce(&mut AssignedNames)) {
        if self.narrowed.is_empty() {
            return;
        }
        let mut names = AssignedNames::default();
        walk(&mut names);
        let vars = &self.program.vars;
        self.narrowed.retain(|var| !names.all.contains(&vars[var.0 as usize].name));
    }

    /// Runs the branches, of which exactly one runs, or (`maybe_none`) perhaps no one: each starts with what is
    /// known now, and afterwards is known what is known at the end of each that gets there.
    pub fn branches<T>(
        &mut self,
        branches: impl IntoIterator<Item = T>,
        maybe_none: bool,
        mut run: impl FnMut(&mut Self, T) -> Ends,
    ) {
        let before = self.narrowed.clone();
        let mut after: Option<FxHashSet<VarId>> = maybe_none.then(|| before.clone());
        for branch in branches {
            self.narrowed.clone_from(&before);
            if run(self, branch) == Ends::Leaves {
                continue;
            }
            let here = std::mem::take(&mut self.narrowed);
            after = Some(match after {
                None => here,
                Some(mut all) => {
                    all.retain(|var| here.contains(var));
                    all
                }
            });
        }
        self.narrowed = after.unwrap_or(before);
    }
}

/// How a branch ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Control goes on after the branching statement.
    GoesOn,
    /// By `return`, `break` and the like: what it knew is of no concern.
    Leaves,
}

/// The names that code assigns or passes in-out; `shared` are those that a closure in it does.
#[derive(Default)]
pub(crate) struct AssignedNames {
    pub all: FxHashSet<Symbol>,
    pub shared: FxHashSet<Symbol>,
    literals: u32,
}

impl AssignedNames {
    fn add(&mut self, place: &Expr) {
        let mut place = unparen(place);
        loop {
            match &place.kind {
                ExprKind::Name(name) => {
                    self.name(*name);
                    return;
                }
                ExprKind::Select { base, .. }
                | ExprKind::Index { base, .. }
                | ExprKind::Slice { base, .. }
                | ExprKind::Paren(base)
                | ExprKind::Unary { op: UnaryOp::Deref | UnaryOp::Ref, operand: base } => place = base,
                _ => return,
            }
        }
    }

    fn name(&mut self, name: Symbol) {
        self.all.insert(name);
        if self.literals > 0 {
            self.shared.insert(name);
        }
    }
}

impl<'a> Visitor<'a> for AssignedNames {
    fn target(&mut self, expr: &'a Expr) {
        self.add(expr);
        self.expr(expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        if let StmtKind::Define { names, .. } = &stmt.kind {
            // An old name among them is assigned; a new one hides the outer variable, and no harm is done.
            names.iter().for_each(|name| self.name(name.name));
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::Unary { op: UnaryOp::Ref, operand } = &expr.kind {
            self.add(operand);
        }
        let literal = matches!(expr.kind, ExprKind::FuncLit(_) | ExprKind::Parallel(_));
        self.literals += u32::from(literal);
        visit::walk_expr(self, expr);
        self.literals -= u32::from(literal);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn narrowing() {
        check(
            r#"func f(x int?, y int?) int {
	var n int
	n = x
	if x == none { return 0 }
	n = x
	if y != none && y > 1 { n = y }
	if y == none || y > 1 { n = 1 } else { n = y }
	x = none
	n = x
	x = 3
	n = x
	for x != none { x = none }
	if v := y { n = v }
	return n
}
"#,
            expect![[r#"
                3: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
                9: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
                11: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
            "#]],
        );
    }

    #[test]
    fn what_a_closure_or_a_loop_may_assign_is_not_known() {
        check(
            r#"func f(x int?, y int?) {
	var n int
	g := func() { y = none }
	if y != none { n = y }
	g()
	if x == none { return }
	for i := range 3 {
		n = x
		if i == 1 { x = none }
	}
	_ = n
}
"#,
            expect![[r#"
                4: [wrong-type] cannot use `y` (a variable of type `int?`) as `int` in this assignment
                8: [wrong-type] cannot use `x` (a variable of type `int?`) as `int` in this assignment
            "#]],
        );
    }
}
