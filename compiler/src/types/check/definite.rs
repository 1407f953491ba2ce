//! Can every variable without a zero value have a value where it is used?
//!
//! `var ch chan int` declares a variable that nothing may read until something was assigned to it. The pass walks the
//! code in the order in which it runs and keeps the set of such variables that are assigned on *no* way to the place
//! where it is: only those are reported. Where one way assigns and another does not, the program may know which was taken
//! (a flag says it, or the length of a list), so that the runtime looks for the value, and the use crashes without one.
//!
//! A loop's way back counts, and so does a closure from where it is made: it may run at any time. The other way round, a
//! closure may mention a variable that is assigned after it was made (that is how functions call each other).

use rustc_hash::FxHashSet;

use super::analyses::{Code, Unit};
use super::contents::{Zero, zero};
use super::places::Known;
use super::terminating;
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{Span, Symbol};
use crate::types::{Entity, Program, Selection, VarId};

/// Checks one piece of code, and the literals in it.
pub fn check(program: &Program, unit: &Unit, diags: &mut Diagnostics) {
    if !declares_without_value(program, unit) {
        return;
    }
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk = Definite {
        program,
        known,
        missing: Some(FxHashSet::default()),
        leaves: Vec::new(),
        results: Vec::new(),
        label: None,
        reported: FxHashSet::default(),
        diags,
    };
    walk.start_function(unit.results.clone());
    match unit.code {
        Code::Body(body) => {
            walk.block(body);
            let end = body.span.after();
            walk.end_function(Span { start: end.start.saturating_sub(1), ..end });
        }
        Code::Value(value) => walk.expr(value),
    }
}

/// Most code declares no such variable, and needs no walk.
fn declares_without_value(program: &Program, unit: &Unit) -> bool {
    struct Look<'p>(&'p Program, bool);
    impl<'a> Visitor<'a> for Look<'_> {
        fn binding(&mut self, name: &'a Ident) {
            let var = self.0.info.defs.get(&name.id);
            self.1 |= var.is_some_and(|var| zero(self.0, self.0.vars[var.0 as usize].ty) != Zero::Value);
        }
    }
    let mut look = Look(
        program,
        unit.results.iter().any(|v| zero(program, program.vars[v.0 as usize].ty) != Zero::Value),
    );
    unit.code.walk(&mut look);
    look.1
}

/// The variables that nothing can have assigned yet; `None` in code that is never reached.
type Missing = Option<FxHashSet<VarId>>;

/// A statement that `break` and `continue` leave.
struct Leave {
    label: Option<Symbol>,
    /// What is missing at all the breaks seen so far.
    at_break: Missing,
}

struct Definite<'p, 'd> {
    program: &'p Program,
    known: Known<'p>,
    missing: Missing,
    leaves: Vec<Leave>,
    /// The named results of the function around.
    results: Vec<VarId>,
    label: Option<Symbol>,
    reported: FxHashSet<VarId>,
    diags: &'d mut Diagnostics,
}

/// What is missing after two ways join.
fn join(a: Missing, b: Missing) -> Missing {
    match (a, b) {
        (None, other) | (other, None) => other,
        (Some(mut a), Some(b)) => {
            a.retain(|var| b.contains(var));
            Some(a)
        }
    }
}

/// The variables that some code assigns, the closures in it included.
struct Assigns<'p, 'm> {
    known: Known<'p>,
    missing: &'m mut FxHashSet<VarId>,
}

impl<'a> Visitor<'a> for Assigns<'_, '_> {
    fn target(&mut self, expr: &'a Expr) {
        if let Some(var) = self.known.var(expr) {
            self.missing.remove(&var);
        }
        self.expr(expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        if let StmtKind::Define { names, .. } = &stmt.kind {
            for name in names {
                if let Some(Entity::Var(var)) = self.known.info.uses.get(&name.id) {
                    self.missing.remove(var);
                }
            }
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::Unary { op: UnaryOp::Ref, operand } = &expr.kind
            && let Some(var) = self.known.var(operand)
        {
            self.missing.remove(&var);
        }
        visit::walk_expr(self, expr);
    }
}

impl<'a> Definite<'_, '_> {
    fn start_function(&mut self, results: Vec<VarId>) {
        for &var in &results {
            self.declare(var);
        }
        self.results = results;
    }

    fn end_function(&mut self, end: Span) {
        for var in self.results.clone() {
            self.read(var, end);
        }
    }

    fn declare(&mut self, var: VarId) {
        if let Some(missing) = &mut self.missing
            && zero(self.program, self.program.vars[var.0 as usize].ty) != Zero::Value
        {
            missing.insert(var);
        }
    }

    fn assigned(&mut self, var: VarId) {
        if let Some(missing) = &mut self.missing {
            missing.remove(&var);
        }
    }

    /// Looking at an empty interface is no mistake.
    fn read(&mut self, var: VarId, span: Span) {
        if zero(self.program, self.program.vars[var.0 as usize].ty) == Zero::Missing {
            self.used(var, span);
        }
    }

    fn used(&mut self, var: VarId, span: Span) {
        if !self.missing.as_ref().is_some_and(|missing| missing.contains(&var)) || !self.reported.insert(var)
        {
            return;
        }
        let declared = &self.program.vars[var.0 as usize];
        let name = declared.name;
        self.diags.push(
            Diagnostic::error(
                diagnostics::Code::Unassigned,
                span,
                format!("`{name}` is used before it has a value"),
            )
            .label("nothing can have been assigned yet")
            .also(declared.span, "declared here; its type has no zero value")
            .help("give it a value first, or make its type optional: `T?`, whose zero value is `none`"),
        );
    }

    fn define(&mut self, names: &'a [Ident], has_values: bool) {
        for name in names {
            match self.known.info.defs.get(&name.id) {
                Some(&var) if !has_values => self.declare(var),
                Some(&var) => self.assigned(var),
                None => {
                    if let Some(Entity::Var(var)) = self.known.info.uses.get(&name.id) {
                        self.assigned(*var);
                    }
                }
            }
        }
    }

    /// `x = …` gives `x` its value; `x.f = …` uses what `x` has.
    fn assign(&mut self, target: &'a Expr) {
        match &strip(target).kind {
            ExprKind::Name(_) => {
                if let Some(var) = self.known.var(target) {
                    self.assigned(var);
                }
            }
            _ => self.expr(target),
        }
    }

    /// Runs each branch from the same start, and joins their ends.
    fn branches<T>(
        &mut self,
        branches: impl IntoIterator<Item = T>,
        maybe_none: bool,
        mut run: impl FnMut(&mut Self, T),
    ) {
        let before = self.missing.clone();
        let mut after = if maybe_none { before.clone() } else { None };
        for branch in branches {
            self.missing.clone_from(&before);
            run(self, branch);
            after = join(after, self.missing.take());
        }
        self.missing = after;
    }

    /// Runs the body of a statement that `break` may leave.
    fn breakable(&mut self, label: Option<Symbol>, run: impl FnOnce(&mut Self)) {
        self.leaves.push(Leave { label, at_break: None });
        run(self);
        let leave = self.leaves.pop().expect("pushed above");
        let after = self.missing.take();
        self.missing = join(after, leave.at_break);
    }

    fn branch_away(&mut self, label: Option<&Ident>, is_break: bool) {
        let now = self.missing.take();
        if !is_break {
            return;
        }
        let target = self.leaves.iter_mut().rev().find(|leave| match label {
            Some(label) => leave.label == Some(label.name),
            None => true,
        });
        if let Some(target) = target {
            let before = target.at_break.take();
            target.at_break = join(before, now);
        }
    }

    /// A loop's code, `walk`, starts without what it assigns anywhere: the turn before may have.
    fn loops(
        &mut self,
        label: Option<Symbol>,
        ends: bool,
        assigns: impl FnOnce(&mut Assigns),
        walk: impl FnOnce(&mut Self),
    ) {
        self.gives(assigns);
        let before = self.missing.clone();
        self.breakable(label, |this| {
            walk(this);
            this.missing = if ends { before } else { None };
        });
    }

    /// Takes what some code assigns out of what is missing.
    fn gives(&mut self, code: impl FnOnce(&mut Assigns)) {
        if let Some(missing) = &mut self.missing
            && !missing.is_empty()
        {
            code(&mut Assigns { known: self.known, missing });
        }
    }

    fn cases(&mut self, label: Option<Symbol>, cases: &'a [SwitchCase]) {
        let has_default = cases.iter().any(|case| case.values.is_none());
        self.breakable(label, |this| {
            let mut fell: Missing = None;
            this.branches(cases, !has_default, |this, case| {
                case.values.iter().flatten().for_each(|value| this.expr(value));
                let start = this.missing.take();
                this.missing = join(start, fell.take());
                case.body.iter().for_each(|stmt| this.stmt(stmt));
                let falls = matches!(case.body.last().map(|stmt| &stmt.kind), Some(StmtKind::Fallthrough));
                if falls {
                    fell = this.missing.take();
                }
            });
        });
    }

    fn after_expr(&mut self, expr: &Expr) {
        if terminating::never_returns(self.known.info, expr) {
            self.missing = None;
        }
    }

    fn compound(&mut self, stmt: &'a Stmt, label: Option<Symbol>) {
        match &stmt.kind {
            StmtKind::If(s) => self.if_stmt(s),
            StmtKind::Switch(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                s.tag.iter().for_each(|tag| self.expr(tag));
                self.cases(label, &s.cases);
            }
            StmtKind::TypeSwitch(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                self.expr(&s.subject);
                // The cases name types: nothing is used.
                let has_default = s.cases.iter().any(|case| case.values.is_none());
                self.breakable(label, |this| {
                    this.branches(&s.cases, !has_default, |this, case| {
                        case.body.iter().for_each(|stmt| this.stmt(stmt));
                    });
                });
            }
            StmtKind::Select(s) => self.breakable(label, |this| {
                this.branches(&s.cases, false, visit::walk_select_case);
            }),
            StmtKind::For(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                self.for_loop(s, label);
            }
            StmtKind::Range(s) => {
                self.expr(&s.subject);
                let targets = match &s.bind {
                    RangeBind::Assign(targets) => targets.as_slice(),
                    _ => &[],
                };
                let assigns = |code: &mut Assigns| {
                    targets.iter().for_each(|target| code.target(target));
                    code.block(&s.body);
                };
                self.loops(label, true, assigns, |this| {
                    targets.iter().for_each(|target| this.assign(target));
                    this.block(&s.body);
                });
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    fn for_loop(&mut self, s: &'a For, label: Option<Symbol>) {
        s.cond.iter().for_each(|cond| self.expr(cond));
        let assigns = |code: &mut Assigns| {
            code.block(&s.body);
            s.post.iter().for_each(|post| code.stmt(post));
        };
        self.loops(label, s.cond.is_some(), assigns, |this| {
            this.block(&s.body);
            s.post.iter().for_each(|post| this.stmt(post));
        });
    }

    fn if_stmt(&mut self, s: &'a If) {
        s.init.iter().for_each(|init| self.stmt(init));
        match &s.cond {
            Cond::Expr(e) | Cond::Bind { value: e, .. } => self.expr(e),
        }
        self.branches([true, false], false, |this, then| match (&s.otherwise, then) {
            (_, true) => this.block(&s.then),
            (Some(otherwise), false) => this.stmt(otherwise),
            (None, false) => {}
        });
    }

    /// A captured variable is copied into the closure, unless it is assigned later.
    fn captures(&mut self, literal: &Expr) {
        for &var in self.known.info.captures.get(&literal.id).into_iter().flatten() {
            let captured = &self.program.vars[var.0 as usize];
            if !captured.cell && !captured.self_closure {
                self.read(var, literal.span);
            }
        }
    }

    /// The body of a literal runs later, or not at all.
    fn literal(&mut self, results: Vec<VarId>, body: &'a Block) {
        // What is missing now may be there when the literal runs, if anything assigns it at all.
        let outer = self.missing.replace(FxHashSet::default());
        let leaves = std::mem::take(&mut self.leaves);
        let outer_results = std::mem::take(&mut self.results);
        self.start_function(results);
        self.block(body);
        let end = body.span.after();
        self.end_function(Span { start: end.start.saturating_sub(1), ..end });
        self.results = outer_results;
        self.leaves = leaves;
        self.missing = outer;
        self.gives(|code| code.block(body));
    }
}

impl<'a> Visitor<'a> for Definite<'_, '_> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        let label = self.label.take();
        match &stmt.kind {
            StmtKind::Labeled { label, stmt } => {
                self.label = Some(label.name);
                self.stmt(stmt);
                self.label = None;
            }
            StmtKind::Break(to) => self.branch_away(to.as_ref(), true),
            StmtKind::Continue(to) => self.branch_away(to.as_ref(), false),
            StmtKind::Return(values) => {
                values.iter().for_each(|value| self.expr(value));
                if values.is_empty() {
                    self.end_function(stmt.span);
                }
                self.missing = None;
            }
            StmtKind::Fail(error) => {
                self.expr(error);
                self.missing = None;
            }
            StmtKind::Assign { targets, values } => {
                values.iter().for_each(|value| self.expr(value));
                targets.iter().for_each(|target| self.assign(target));
            }
            StmtKind::Define { names, values } => {
                values.iter().for_each(|value| self.expr(value));
                self.define(names, true);
            }
            StmtKind::Decl(decl) => {
                if let Decl::Var(specs) = &**decl {
                    for spec in specs {
                        spec.values.iter().for_each(|value| self.expr(value));
                        self.define(&spec.names, !spec.values.is_empty());
                    }
                }
            }
            StmtKind::Expr(expr) => {
                self.expr(expr);
                self.after_expr(expr);
            }
            _ => self.compound(stmt, label),
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(_) => {
                if let Some(var) = self.known.var(expr) {
                    self.read(var, expr.span);
                }
            }
            ExprKind::Select { base, .. } => {
                // A method of an interface without a value.
                if let (Some(var), ExprKind::Name(_)) = (self.known.var(base), &strip(base).kind)
                    && matches!(
                        self.known.info.selections.get(&expr.id),
                        Some(Selection::InterfaceMethod { .. })
                    )
                {
                    self.used(var, base.span);
                }
                visit::walk_expr(self, expr);
            }
            ExprKind::Binary { op: BinaryOp::LogAnd | BinaryOp::LogOr, left, right, .. } => {
                self.expr(left);
                let after_left = self.missing.clone();
                self.expr(right);
                let after_right = self.missing.take();
                self.missing = join(after_left, after_right);
            }
            // Whoever takes a variable in-out may give it its value.
            ExprKind::Unary { op: UnaryOp::Ref, operand } if self.known.var(operand).is_some() => {
                self.known.var(operand).into_iter().for_each(|var| self.assigned(var));
            }
            ExprKind::FuncLit(lit) => {
                self.captures(expr);
                let results = self.known.info.literals.get(&expr.id).map(|found| found.1.clone());
                self.literal(results.unwrap_or_default(), &lit.body);
            }
            ExprKind::Parallel(p) => {
                self.expr(&p.subject);
                p.options.iter().for_each(|option| self.expr(&option.value));
                self.captures(expr);
                self.literal(Vec::new(), &p.body);
            }
            ExprKind::Match(m) => {
                self.expr(&m.subject);
                self.branches(&m.arms, false, |this, arm| {
                    arm.guard.iter().for_each(|guard| this.expr(guard));
                    match &arm.body {
                        MatchBody::Expr(e) => {
                            this.expr(e);
                            this.after_expr(e);
                        }
                        MatchBody::Block(b) => this.block(b),
                        MatchBody::Stmt(s) => this.stmt(s),
                    }
                });
            }
            ExprKind::Recover { body, handler, .. } => {
                let before = self.missing.clone();
                match body {
                    RecoverBody::Expr(e) => self.expr(e),
                    RecoverBody::Block(b) => self.block(b),
                }
                let after_body = self.missing.take();
                self.missing = before;
                // It may have come to any place in the body.
                self.gives(|code| match body {
                    RecoverBody::Expr(e) => code.expr(e),
                    RecoverBody::Block(b) => code.block(b),
                });
                self.block(handler);
                let after_handler = self.missing.take();
                self.missing = join(after_body, after_handler);
            }
            _ => visit::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn a_channel_must_be_given() {
        check(
            r#"func f(b bool) {
	var ch chan int
	if b { ch <- 0 } else { ch = make(chan int, 1) }
	ch <- 1
	var g func()
	if b { g() } else { return }
	var h func(int) int
	h = func(n int) int { return h(n - 1) }
	_ = h
	var e any
	for { e = 1; break }
	_ = e
	var o (chan int)?
	_ = o
	var k chan int
	_ = func() { k <- 1 }
	var l chan int
	for range 2 { l <- 1; var m chan int; m <- 1; m = l }
	l = k
}
"#,
            expect![[r#"
                3: [unassigned] `ch` is used before it has a value
                6: [unassigned] `g` is used before it has a value
                16: [unassigned] `k` is used before it has a value
                18: [unassigned] `l` is used before it has a value
                18: [unassigned] `m` is used before it has a value
            "#]],
        );
    }

    #[test]
    fn one_way_that_assigns_is_enough() {
        check(
            r#"func set(c *chan int) { *c = make(chan int, 1) }
func f(b bool) {
	var ch chan int
	if b { ch = make(chan int, 1) }
	ch <- 1
	var g func() int
	for range 2 {
		if b { _ = g() }
		g = func() int { return 1 }
	}
	var h chan int
	open := func() { h = make(chan int, 1) }
	open()
	h <- 1
	var k chan int
	for { if b { break }; k = ch }
	k <- 1
	var m chan int
	set(&m)
	m <- 1
}
"#,
            expect![[r#""#]],
        );
    }
}
