//! Are the in-out arguments of a call apart, and does the call end before the variables do?
//!
//! Two arguments that are the same place would be changed through different names, which no other code in Goo can see
//! happening. Places with different variables, different fields or different constant indexes are apart; anything else may be
//! the same. And a task outlives the call that starts it, so nothing can be lent to one; a deferred call is made when much else
//! has happened, so it can be lent only what stays a part of its variable.

use super::analyses::Unit;
use super::places::Known;
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Builtin, Constant, Program, Ty, TyKind, VarId};

/// Checks the calls of one piece of code.
pub fn check(program: &Program, unit: &Unit, diags: &mut Diagnostics) {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk = Overlaps { known, program, diags };
    unit.code.walk(&mut walk);
}

struct Overlaps<'p, 'd> {
    known: Known<'p>,
    program: &'p Program,
    diags: &'d mut Diagnostics,
}

#[derive(PartialEq, Eq, Debug)]
enum Step {
    Field(Symbol),
    /// `None`: an index that is not known now.
    Element(Option<Constant>),
}

impl Overlaps<'_, '_> {
    fn path(&self, place: &Expr) -> Option<(VarId, Vec<Step>)> {
        let place = strip_ref(place);
        if let Some(var) = self.known.var(place) {
            return Some((var, Vec::new()));
        }
        match &place.kind {
            ExprKind::Select { base, name } => {
                let (var, mut steps) = self.path(base)?;
                steps.push(Step::Field(name.name));
                Some((var, steps))
            }
            ExprKind::Index { base, args } => {
                let (var, mut steps) = self.path(base)?;
                let index = args.first().and_then(|arg| self.known.info.exprs.get(&arg.id));
                steps.push(Step::Element(index.and_then(|info| info.constant.clone())));
                Some((var, steps))
            }
            // A part of a slice may be any of its elements.
            ExprKind::Slice { base, .. } => {
                let (var, mut steps) = self.path(base)?;
                steps.push(Step::Element(None));
                Some((var, steps))
            }
            _ => None,
        }
    }

    fn call(&mut self, call: &Call) {
        // `copy(x[1:], x)` is made for that.
        if matches!(self.known.builtin(&call.callee), Some(Builtin::Copy)) {
            return;
        }
        let places = self.known.changed_places(call);
        for (i, second) in places.iter().enumerate().skip(1) {
            for first in &places[..i] {
                let (Some(a), Some(b)) = (self.path(first), self.path(second)) else { continue };
                if a.0 == b.0 && !apart(&a.1, &b.1) {
                    self.report(first, second, a.0);
                    return;
                }
            }
        }
    }

    /// A call that a task runs.
    fn started(&mut self, started: &Expr) {
        let ExprKind::Call(call) = &strip(started).kind else { return };
        if let Some(place) = self.known.changed_places(call).first() {
            let mut diagnostic = Diagnostic::error(
                diagnostics::Code::Inout,
                place.span,
                "a variable cannot be lent to a task, which may outlive it",
            )
            .label("an in-out argument of a call that starts a task");
            if self.known.builtin(&call.callee).is_none() {
                diagnostic = diagnostic
                    .help("pass the value, and get the new one from the task's handle or over a channel");
            }
            self.diags.push(diagnostic);
        }
    }

    /// A call that is made when the function ends: what is lent to it must be there then, whatever happens meanwhile.
    fn deferred(&mut self, deferred: &Expr) {
        let ExprKind::Call(call) = &strip(deferred).kind else { return };
        for place in self.known.changed_places(call) {
            let Some(loose) = self.loose(place) else { continue };
            let (what, why) = match loose {
                Loose::Element(ty) => (
                    format!("an element of a {ty}"),
                    format!("the {ty} may have changed by the time that the call is made"),
                ),
                Loose::Optional => (
                    "what an optional holds".to_owned(),
                    "the optional may be `none` by the time that the call is made".to_owned(),
                ),
            };
            self.diags.push(
                Diagnostic::error(
                    diagnostics::Code::Inout,
                    place.span,
                    format!("{what} cannot be lent to a deferred call"),
                )
                .label(why)
                .help("defer a closure, which finds the place when it runs: `defer func() { … }()`"),
            );
        }
    }

    /// What may take a place away from its variable.
    fn loose(&self, place: &Expr) -> Option<Loose> {
        let place = strip_ref(place);
        if self.known.info.narrowed.contains(&place.id) {
            return Some(Loose::Optional);
        }
        match &place.kind {
            ExprKind::Index { base, .. } | ExprKind::Slice { base, .. } => {
                let under = self.known.ty(base).map(|ty| self.program.underlying(ty));
                match under.map(Ty::kind) {
                    Some(TyKind::Array(..)) => self.loose(base),
                    Some(TyKind::Map(..)) => Some(Loose::Element("map")),
                    Some(TyKind::Slice(_)) => Some(Loose::Element("slice")),
                    _ => None,
                }
            }
            ExprKind::Select { base, .. } if self.known.var(place).is_none() => self.loose(base),
            _ => None,
        }
    }

    fn children(&mut self, s: &Supervise) {
        for child in &s.children {
            match &child.kind {
                ChildKind::Go(call) => self.started(call),
                ChildKind::Supervise(inner) => self.children(inner),
            }
        }
    }

    fn report(&mut self, first: &Expr, second: &Expr, var: VarId) {
        let name = self.program.vars[var.0 as usize].name;
        let message = format!("two in-out arguments of this call may both be `{name}` or a part of it");
        self.diags.push(
            Diagnostic::error(diagnostics::Code::Overlap, second.span, message)
                .label("this one")
                .also(strip(first).span, "and this one")
                .help("give the function different variables, or call it with copies and assign the results"),
        );
    }
}

/// What is not a part of its variable for as long as that lives.
enum Loose {
    Element(&'static str),
    Optional,
}

/// Whether the paths part for certain.
fn apart(a: &[Step], b: &[Step]) -> bool {
    a.iter().zip(b).any(|(a, b)| match (a, b) {
        (Step::Field(a), Step::Field(b)) => a != b,
        (Step::Element(Some(a)), Step::Element(Some(b))) => a != b,
        _ => false,
    })
}

impl<'a> Visitor<'a> for Overlaps<'_, '_> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(call) => self.call(call),
            ExprKind::Go(started) => self.started(started),
            ExprKind::GoSupervise(s) => self.children(s),
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Go(started) => self.started(started),
            StmtKind::Defer(deferred) => self.deferred(deferred),
            StmtKind::Supervise(s) => self.children(s),
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn two_names_for_one_place() {
        check(
            r#"type P struct { x, y int }
func swap(a, b *int) { *a, *b = *b, *a }
func f(xs []int, p P, i, j int) {
	swap(&i, &j)
	swap(&i, &i)
	swap(&xs[0], &xs[1])
	swap(&xs[i], &xs[j])
	swap(&p.x, &p.y)
	swap(&p.x, &p.x)
	go swap(&i, &j)
}
"#,
            expect![[r#"
                5: [overlap] two in-out arguments of this call may both be `i` or a part of it
                6: warning: [lost-change] the change of `xs` is lost: the parameter is a copy
                7: [overlap] two in-out arguments of this call may both be `xs` or a part of it
                8: warning: [lost-change] the change of `p` is lost: the parameter is a copy
                9: [overlap] two in-out arguments of this call may both be `p` or a part of it
                10: [inout] a variable cannot be lent to a task, which may outlive it
            "#]],
        );
    }

    #[test]
    fn what_may_be_gone_by_then() {
        check(
            r#"type P struct { x int; xs []int}
func set(n *int) { *n = 1 }
func f(xs []int, ys *[]int, p P, q P?, m map[string]int) {
	var a [3]int
	defer set(&p.x)
	defer set(&a[1])
	defer set(&xs[0])
	defer set(&(*ys)[0])
	defer set(&p.xs[1])
	if q != none { defer set(&q.x) }
	defer clear(m)
	defer func() { set(&xs[0]) }()
}
"#,
            expect![[r#"
                5: warning: [lost-change] the change of `p` is lost: the parameter is a copy
                7: [inout] an element of a slice cannot be lent to a deferred call
                7: warning: [lost-change] the change of `xs` is lost: the parameter is a copy
                8: [inout] an element of a slice cannot be lent to a deferred call
                9: [inout] an element of a slice cannot be lent to a deferred call
                10: [inout] what an optional holds cannot be lent to a deferred call
                11: warning: [lost-change] the change of `m` is lost: the parameter is a copy
            "#]],
        );
    }
}
