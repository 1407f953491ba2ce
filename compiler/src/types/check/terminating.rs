//! Does a function that must give a value always leave by `return`, `fail` or a crash?
//!
//! The rules are Go's "terminating statements": they look at the form of the last statement, not at values, so that
//! everybody can see from the text whether a `return` is missing. Goo adds the statements that Go does not have: `fail`,
//! a `match` whose arms all leave, `try { … } recover { … }` whose blocks both leave, and any expression of type
//! [`TyKind::Never`].

use crate::syntax::Symbol;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Info, TyKind};

/// Whether control cannot reach the end of the block.
pub fn block_terminates(info: &Info, block: &Block) -> bool {
    list_terminates(info, &block.stmts)
}

/// Whether control cannot reach the end of the statements; empty ones at the end do not count.
pub fn list_terminates(info: &Info, stmts: &[Stmt]) -> bool {
    let last = stmts.iter().rev().find(|stmt| !matches!(stmt.kind, StmtKind::Empty));
    last.is_some_and(|stmt| terminates(info, stmt, None))
}

/// Whether control does not go on after the statements: they terminate, or end in a branch to somewhere else.
pub fn leaves(info: &Info, stmts: &[Stmt]) -> bool {
    let last = stmts.iter().rev().find(|stmt| !matches!(stmt.kind, StmtKind::Empty));
    last.is_some_and(|last| match &last.kind {
        StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Goto(_) => true,
        StmtKind::Fallthrough => false,
        StmtKind::Block(block) => leaves(info, &block.stmts),
        StmtKind::If(s) => {
            leaves(info, &s.then.stmts)
                && s.otherwise.as_ref().is_some_and(|otherwise| leaves(info, std::slice::from_ref(otherwise)))
        }
        _ => terminates(info, last, None),
    })
}

/// Whether a `break` of any kind may lead out of a loop with this body.
pub fn breaks_out(body: &[Stmt]) -> bool {
    struct Breaks(bool);
    impl<'a> Visitor<'a> for Breaks {
        fn stmt(&mut self, stmt: &'a Stmt) {
            self.0 |= matches!(stmt.kind, StmtKind::Break(_));
            visit::walk_stmt(self, stmt);
        }
    }
    let mut breaks = Breaks(false);
    body.iter().for_each(|stmt| breaks.stmt(stmt));
    breaks.0
}

/// `label` is the label that stands directly before the statement.
fn terminates(info: &Info, stmt: &Stmt, label: Option<Symbol>) -> bool {
    use StmtKind::*;
    match &stmt.kind {
        Return(_) | Fail(_) | Fallthrough | Goto(_) => true,
        // An error was reported here; a second one for the end of the function would say nothing new.
        Error(_) => true,
        Expr(expr) => never_returns(info, expr),
        Labeled { label, stmt } => terminates(info, stmt, Some(label.name)),
        Block(block) => block_terminates(info, block),
        If(s) => {
            block_terminates(info, &s.then)
                && s.otherwise.as_ref().is_some_and(|otherwise| terminates(info, otherwise, None))
        }
        Switch(s) => cases_terminate(info, &s.cases, label),
        TypeSwitch(s) => cases_terminate(info, &s.cases, label),
        Select(s) => s
            .cases
            .iter()
            .all(|case| list_terminates(info, &case.body) && !breaks_in_list(&case.body, label, true)),
        // A loop over a range ends with the range; one without a condition ends by `break` only.
        For(s) => s.cond.is_none() && !breaks_in_list(&s.body.stmts, label, true),
        _ => false,
    }
}

fn cases_terminate(info: &Info, cases: &[SwitchCase], label: Option<Symbol>) -> bool {
    cases.iter().any(|case| case.values.is_none())
        && cases
            .iter()
            .all(|case| list_terminates(info, &case.body) && !breaks_in_list(&case.body, label, true))
}

/// An expression that control does not come back from.
pub fn never_returns(info: &Info, expr: &Expr) -> bool {
    if info.exprs.get(&expr.id).is_some_and(|found| matches!(found.ty.kind(), TyKind::Never)) {
        return true;
    }
    match &expr.kind {
        ExprKind::Paren(inner) => never_returns(info, inner),
        ExprKind::Match(m) => {
            // A `break` in an arm leaves the loop around the match, so it also leaves the match.
            !m.arms.is_empty()
                && m.arms.iter().all(|arm| match &arm.body {
                    MatchBody::Expr(e) => never_returns(info, e),
                    MatchBody::Block(b) => block_terminates(info, b),
                    MatchBody::Stmt(s) => terminates(info, s, None),
                })
        }
        ExprKind::Recover { body: RecoverBody::Block(body), handler, .. } => {
            block_terminates(info, body) && block_terminates(info, handler)
        }
        _ => false,
    }
}

/// Whether a `break` in the statements leaves the statement around them: one with its label, or one without a label
/// that is not inside a further loop, `switch` or `select` (`implicit`).
fn breaks_in_list(stmts: &[Stmt], label: Option<Symbol>, implicit: bool) -> bool {
    stmts.iter().any(|stmt| breaks_in(stmt, label, implicit))
}

fn breaks_in(stmt: &Stmt, label: Option<Symbol>, implicit: bool) -> bool {
    use StmtKind::*;
    let list = |stmts: &[Stmt], implicit| breaks_in_list(stmts, label, implicit);
    match &stmt.kind {
        Break(None) => implicit,
        Break(Some(to)) => Some(to.name) == label,
        Labeled { stmt, .. } => breaks_in(stmt, label, implicit),
        Block(block) => list(&block.stmts, implicit),
        If(s) => {
            list(&s.then.stmts, implicit)
                || s.otherwise.as_ref().is_some_and(|stmt| breaks_in(stmt, label, implicit))
        }
        Expr(e) => breaks_in_expr(e, label, implicit),
        // Inside these a `break` without label is theirs.
        Switch(s) => label.is_some() && s.cases.iter().any(|case| list(&case.body, false)),
        TypeSwitch(s) => label.is_some() && s.cases.iter().any(|case| list(&case.body, false)),
        Select(s) => label.is_some() && s.cases.iter().any(|case| list(&case.body, false)),
        For(s) => label.is_some() && list(&s.body.stmts, false),
        Range(s) => label.is_some() && list(&s.body.stmts, false),
        _ => false,
    }
}

/// `match` and `try` blocks contain statements; only where they are statements themselves, as their value is needed otherwise.
fn breaks_in_expr(expr: &Expr, label: Option<Symbol>, implicit: bool) -> bool {
    match &expr.kind {
        ExprKind::Match(m) => m.arms.iter().any(|arm| match &arm.body {
            MatchBody::Expr(e) => breaks_in_expr(e, label, implicit),
            MatchBody::Block(b) => breaks_in_list(&b.stmts, label, implicit),
            MatchBody::Stmt(s) => breaks_in(s, label, implicit),
        }),
        ExprKind::Recover { body, handler, .. } => {
            let body = match body {
                RecoverBody::Expr(e) => breaks_in_expr(e, label, implicit),
                RecoverBody::Block(b) => breaks_in_list(&b.stmts, label, implicit),
            };
            body || breaks_in_list(&handler.stmts, label, implicit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn the_form_of_the_last_statement_decides() {
        check(
            r#"func a(n int) int { if n > 0 { return 1 } }
func b(n int) int { if n > 0 { return 1 } else { panic("no") } }
func c() int { for {} }
func d() int { for { break } }
func e() int { L: for { for { break L } } }
func g(n int) int { switch n { case 1: return 1; default: return 2 } }
func h(n int) int { switch n { case 1: return 1 } }
func i() int { select {} }
func j() int { for range 3 { return 1 } }
func k() (n int) { n = 1; { return } }
"#,
            expect![[r#"
                1: [missing-return] missing `return`
                4: [missing-return] missing `return`
                5: [missing-return] missing `return`
                7: [missing-return] missing `return`
                9: [missing-return] missing `return`
            "#]],
        );
    }

    #[test]
    fn goo_has_further_ways_to_leave() {
        check(
            r#"type E enum { A; B }
func a(e E) int { match e { A => return 1
	B => panic("b") } }
func b() int ! error { fail c() }
func c() error { for {} }
func d() ! error { }
"#,
            expect![[""]],
        );
    }
}
