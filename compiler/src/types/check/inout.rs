//! Are the in-out arguments of a call apart, and does the call end before the variables do?
//!
//! Two arguments that are the same place would be changed through different names, which no other code in Goo can see
//! happening. Places with different variables, different fields or different constant indexes are apart; anything else may be
//! the same. And a task outlives the call that starts it, so nothing can be lent to one.

use super::analyses::{Code, Unit};
use super::places::{Known, unparen};
use crate::diagnostics::{self, Diagnostic, Diagnostics};
use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Builtin, Constant, Program, VarId};

/// Checks the calls of one piece of code.
pub fn check(program: &Program, unit: &Unit, diags: &mut Diagnostics) {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let mut walk = Overlaps { known, program, diags };
    match unit.code {
        Code::Body(body) => walk.block(body),
        Code::Value(value) => walk.expr(value),
    }
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
        let place = self.known.strip(place);
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
        let ExprKind::Call(call) = &unparen(started).kind else { return };
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
                .also(unparen(first).span, "and this one")
                .help("give the function different variables, or call it with copies and assign the results"),
        );
    }
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
                7: [overlap] two in-out arguments of this call may both be `xs` or a part of it
                9: [overlap] two in-out arguments of this call may both be `p` or a part of it
                10: [inout] a variable cannot be lent to a task, which may outlive it
            "#]],
        );
    }
}
