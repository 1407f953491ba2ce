//! `match`: its arms and their value. [`patterns`] says what a pattern means, [`reduce`] what of it decides whether every
//! value is handled.

use super::exhaustive::{self, Pat};
use super::optionals::Ends;
use super::{Checker, Context, Operand, terminating};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::visit::Visitor;
use crate::types::{Mode, Ty, TyKind};
use patterns::Names;
use reduce::Reduce;

mod patterns;
mod reduce;

impl<'a> Checker<'a> {
    /// `match x { … }`; `wanted` says whether somebody takes its value.
    pub fn match_expr(
        &mut self,
        expr: &'a Expr,
        m: &'a Match,
        hint: Option<Ty>,
        wanted: bool,
    ) -> Operand<'a> {
        let mut subject = self.whole_expr(&m.subject);
        self.use_default(&mut subject);
        let ty = subject.ty;
        let mut values = Vec::new();
        let mut told = false;
        let outer_broken = std::mem::take(&mut self.flow.broken_match);
        // An arm may run after the guards of those before it.
        self.forget_assigned_in(|names| {
            m.arms.iter().flat_map(|arm| &arm.guard).for_each(|guard| names.expr(guard))
        });
        self.branches(&m.arms, false, |this, arm| {
            let broken = this.flow.broken_match;
            let value = this.in_scope(|this| this.match_arm(arm, ty, hint, wanted, &mut told));
            this.flow.broken_match |= broken;
            let leaves = match &arm.body {
                MatchBody::Expr(e) => terminating::never_returns(&this.program.info, e),
                MatchBody::Block(b) => terminating::leaves(&this.program.info, &b.stmts),
                MatchBody::Stmt(s) => terminating::leaves(&this.program.info, std::slice::from_ref(s)),
            };
            values.extend(value);
            if leaves { Ends::Leaves } else { Ends::GoesOn }
        });
        if !ty.is_error() && !self.flow.broken_match {
            self.check_arms(m, ty);
        }
        self.flow.broken_match = outer_broken;
        let result = if wanted { self.arms_type(values, hint) } else { Ty::unit() };
        let mode = if matches!(result.kind(), TyKind::Unit) { Mode::NoValue } else { Mode::Value };
        Operand::new(mode, result, expr)
    }

    fn match_arm(
        &mut self,
        arm: &'a MatchArm,
        ty: Ty,
        hint: Option<Ty>,
        wanted: bool,
        told: &mut bool,
    ) -> Option<Operand<'a>> {
        let mut names = Names::default();
        self.pattern(&arm.pattern, ty, &mut names);
        if let Some(guard) = &arm.guard {
            self.condition(guard, "match");
            self.assume(guard, true);
        }
        match &arm.body {
            MatchBody::Expr(value) if wanted => {
                let operand = self.raw_expr(value, hint);
                if terminating::never_returns(&self.program.info, value) {
                    return Some(Operand::synthetic(Ty::never(), value.span));
                }
                if matches!(operand.ty.kind(), TyKind::Unit) {
                    self.report(Diagnostic::error(
                        Code::NotValue,
                        value.span,
                        "this arm gives no value, and the others do",
                    ));
                    return Some(Operand::error(value));
                }
                Some(operand)
            }
            // That the value of the `match` is lost is one mistake, however many arms have one.
            MatchBody::Expr(value) if only_computes(value) => {
                let operand = self.raw_expr(value, None);
                if !operand.is_error() && !std::mem::replace(told, true) {
                    self.report_unused_arm(value);
                }
                None
            }
            MatchBody::Expr(value) => {
                self.expr_stmt(value);
                None
            }
            MatchBody::Block(block) => self.in_scope(|this| this.block_value(block, hint, wanted)),
            MatchBody::Stmt(stmt) => {
                self.stmt(stmt);
                if wanted && !terminating::leaves(&self.program.info, std::slice::from_ref(stmt)) {
                    self.report(Diagnostic::error(
                        Code::NotValue,
                        stmt.span,
                        "this arm gives no value, and one is needed here",
                    ));
                }
                None
            }
        }
    }

    fn report_unused_arm(&mut self, value: &'a Expr) {
        if let Some(func) = self.funcs.last_mut() {
            func.unsettled = true;
        }
        let text = self.source_text(value.span);
        self.report(
            Diagnostic::error(Code::UnusedResult, value.span, format!("`{text}` is not used"))
                .label("nothing takes the value of this `match`")
                .help("write `return match …` or `x := match …`; an arm that does something is a call or a block"),
        );
    }

    /// The one type that all arms have.
    fn arms_type(&mut self, values: Vec<Operand<'a>>, hint: Option<Ty>) -> Ty {
        let values: Vec<_> =
            values.into_iter().filter(|value| !matches!(value.ty.kind(), TyKind::Never)).collect();
        if values.is_empty() {
            return Ty::never();
        }
        let wanted = hint.filter(|ty| !matches!(ty.kind(), TyKind::Untyped(_) | TyKind::Error));
        let typed = || values.iter().find(|value| value.untyped().is_none() && !value.is_error());
        let result = wanted.or_else(|| typed().map(|value| value.ty));
        let result = match result {
            Some(ty) => ty,
            None if values.iter().any(Operand::is_error) => Ty::error(),
            None => {
                // All are untyped: the widest kind decides, as in `1 + 2.5`.
                let widest = values.iter().max_by_key(|value| value.untyped()).expect("not empty").clone();
                let mut widest = widest;
                self.use_default(&mut widest);
                widest.ty
            }
        };
        for value in values {
            self.assign(value, result, &Context::Other("as a value of this `match`"));
        }
        result
    }

    /// Reports forgotten values and arms that never run.
    fn check_arms(&mut self, m: &'a Match, ty: Ty) {
        let reduce = Reduce { program: &self.program };
        let mut rows: Vec<Pat> = Vec::new();
        let mut unreachable = Vec::new();
        let mut broken = false;
        for arm in &m.arms {
            let Some(pat) = reduce.pattern(&arm.pattern, ty) else {
                broken = true;
                continue;
            };
            if !exhaustive::reachable(&reduce, &rows, &pat, ty) {
                unreachable.push(arm.pattern.span);
            }
            if arm.guard.is_none() {
                rows.push(pat);
            }
        }
        let missing = if broken { None } else { exhaustive::missing(&reduce, &rows, ty) };
        for span in unreachable {
            self.report(
                Diagnostic::error(Code::UnreachableArm, span, "this arm never runs")
                    .label("the arms before it match all of this"),
            );
        }
        if let Some(missing) = missing {
            let headline = if missing == "_" {
                "this `match` does not handle every value".to_owned()
            } else {
                format!("this `match` does not handle `{missing}`")
            };
            self.report(
                Diagnostic::error(Code::NotExhaustive, m.subject.span, headline)
                    .help(format!("add an arm `{missing} => …`")),
            );
        }
    }
}

/// Whether an arm does nothing but give its value, as far as its form tells.
fn only_computes(value: &Expr) -> bool {
    match &strip(value).kind {
        ExprKind::Name(_)
        | ExprKind::Lit(_)
        | ExprKind::Select { .. }
        | ExprKind::Index { .. }
        | ExprKind::Binary { .. }
        | ExprKind::Composite { .. } => true,
        ExprKind::Unary { op, .. } => *op != UnaryOp::Recv,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn a_forgotten_case_is_named() {
        check(
            r#"type Shape enum { Circle(r float64); Rect(w, h float64); Empty }
func f(s Shape, o int?, b bool, n uint8, t string) int {
	match s { Circle(_) => {}
		Empty => {} }
	match s { Circle(_) | Rect(_, _) => {}
		Empty => {} }
	match o { none => {}
		0 => {} }
	match b { true => {} }
	match n { 0..9 => {}
		20..255 => {} }
	match t { "a" => {} }
	return match s { Rect(w, _) if w > 1 => 1
		Rect(_, _) => 2
		_ => 3 }
}
"#,
            expect![[r#"
                3: [not-exhaustive] this `match` does not handle `Rect(_, _)`
                7: [not-exhaustive] this `match` does not handle `-1`
                9: [not-exhaustive] this `match` does not handle `false`
                10: [not-exhaustive] this `match` does not handle `10`
                12: [not-exhaustive] this `match` does not handle every value
            "#]],
        );
    }

    #[test]
    fn patterns_must_fit() {
        check(
            r#"type Shape enum { Circle(r float64); Empty }
type P struct { x, y int }
func f(s Shape, n int, p P) {
	match s { Round => {}
		_ => {} }
	match s { Circle(a, b) => { _, _ = a, b }
		_ => {} }
	match n { "a" => {}
		_ => {} }
	match n { 9..1 => {}
		_ => {} }
	match n { _ => {}
		1 => {} }
	match p { P{x: 0, y} => { _ = y }
		P{z: 1} => {}
		_ => {} }
	match n { none => {}
		_ => {} }
}
"#,
            expect![[r#"
                4: [pattern] `Shape` has no case `Round`
                6: [pattern] `Circle` has 1 field, the pattern 2
                8: [wrong-type] cannot use the constant `"a"` as `int` in this pattern
                10: [pattern] this range is empty: its low end is above its high end
                13: [unreachable-arm] this arm never runs
                15: [pattern] `P` has no field `z`
                17: [pattern] a value of type `int` is never `none`
            "#]],
        );
    }

    #[test]
    fn arms_have_one_type() {
        check(
            r#"type E enum { A; B; C }
func f(e E) float64 {
	x := match e { A => 1
		B => 2.5
		C => panic("c") }
	s := match e { A => "a"
		_ => 1 }
	_ = s
	return x
}
"#,
            expect![[r#"
                7: [wrong-type] cannot use the constant `1` as `string` as a value of this `match`
            "#]],
        );
    }
}
