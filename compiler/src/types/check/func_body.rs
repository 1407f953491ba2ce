//! The body of a function, literal or test: statements, then what can only be said about all of it.

use super::stmts::{FuncBody, FuncContext, FuncKind};
use super::{Checker, Operand, labels, terminating};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, StmtKind, TestDecl, strip};
use crate::syntax::visit::Visitor;
use crate::types::{Ty, TyKind, VarKind};

impl<'a> Checker<'a> {
    /// Checks a body: statements, flow, "declared and not used", missing `return`. Tells whether what it gives is a
    /// mistake that has been reported there.
    pub fn func_body(&mut self, body: FuncBody<'a>) -> bool {
        let result = body.sig.result;
        let mut context = FuncContext::new(FuncKind::Function, body.literal, result, body.results);
        context.damaged = body.damaged;
        let scope = std::mem::replace(&mut self.scope, body.scope);
        let mut unsettled = false;
        self.body(context, body.block, |this| {
            this.stmts(&body.block.stmts);
            unsettled = this.funcs.last().is_some_and(|func| func.unsettled);
        });
        self.scope = scope;
        let unread = self.is_damaged(body.block.span) || (result.is_error() && !self.is_undamaged());
        let damaged = unread || unsettled;
        if needs_return(result) && !damaged && !terminating::block_terminates(&self.program.info, body.block)
        {
            if self.is_bare_fail(body.block) || self.advises(body.block, "return") {
                return unsettled;
            }
            let end = body.block.span.end;
            let brace = Span { start: end.saturating_sub(1).max(body.block.span.start), ..body.block.span };
            let ty = self.type_name(result);
            self.report(
                Diagnostic::error(Code::MissingReturn, brace, "missing `return`")
                    .label(format!("the function ends here without a value of type `{ty}`")),
            );
        }
        unsettled
    }

    /// Whether the body ends with a bare `fail`, which leaves, too, and has been told what it lacks.
    fn is_bare_fail(&self, block: &Block) -> bool {
        let Some(StmtKind::Expr(last)) = block.stmts.last().map(|stmt| &stmt.kind) else { return false };
        matches!(last.kind, ExprKind::Name(name) if name.as_str() == "fail" && self.lookup(name).is_none())
    }

    /// Whether the body ends with a value that is not used: most likely it is what the function gives, and the error says so.
    pub(super) fn advises(&mut self, block: &Block, word: &str) -> bool {
        let Some(StmtKind::Expr(last)) = block.stmts.last().map(|stmt| &stmt.kind) else { return false };
        let text = self.source_text(last.span);
        let unused =
            self.diagnostics.iter_mut().rev().find(|diagnostic| diagnostic.primary.span == last.span);
        let Some(unused) = unused.filter(|diagnostic| diagnostic.code == Code::UnusedResult) else {
            return false;
        };
        let before = Span { end: last.span.start, ..last.span };
        *unused = unused
            .clone()
            .help(format!("write `{word} {text}`"))
            .guess(format!("write `{word}`"), vec![(before, format!("{word} "))]);
        true
    }

    /// Checks the body of a `test`.
    pub fn test_body(&mut self, test: &'a TestDecl) {
        let context = FuncContext::new(FuncKind::Test, None, Ty::unit(), Vec::new());
        self.body(context, &test.body, |this| this.block(&test.body));
    }

    /// Runs `check` over a body inside a function context, and then the checks of a whole outermost function.
    pub fn body(&mut self, context: FuncContext, block: &'a Block, check: impl FnOnce(&mut Self)) {
        let outermost = self.funcs.is_empty();
        let narrowed = std::mem::take(&mut self.narrowed);
        let target = self.flow.target.take();
        if outermost {
            self.flow.changed = self.changed_names();
            self.flow.changed.block(block);
        } else {
            // The literal may run later: only what is never assigned is still known then.
            self.narrowed = narrowed.clone();
            let names = std::mem::take(&mut self.flow.changed);
            self.forget_names(&names, |names| &names.all);
            self.flow.changed = names;
        }
        let first_var = self.program.vars.len();
        self.funcs.push(context);
        check(self);
        self.funcs.pop();
        self.narrowed = narrowed;
        self.flow.target = target;
        if outermost {
            self.unused_variables(first_var);
            // What a branch leads to may be damaged.
            if !self.is_damaged(block.span) {
                labels::check(block, &mut self.diagnostics);
            }
        }
    }

    /// Reports the local variables, made since `first`, that nothing reads.
    fn unused_variables(&mut self, first: usize) {
        let switches = std::mem::take(&mut self.flow.switch_vars);
        for switch in &switches {
            let used = switch.vars.iter().any(|var| self.used_vars.contains(var));
            self.used_vars.extend(&switch.vars);
            if !used && !self.may_be_used(switch.name, switch.span) {
                self.report_unused(switch.name.as_str(), switch.span);
            }
        }
        for index in first..self.program.vars.len() {
            let var = &self.program.vars[index];
            let (name, span) = (var.name.as_str(), var.span);
            let lost = self.may_be_used(var.name, span);
            if var.kind != VarKind::Local || name == "_" || var.ty.is_error() || lost {
                continue;
            }
            if !self.used_vars.contains(&crate::types::VarId(index as u32)) {
                self.report_unused(name, span);
            }
        }
    }

    fn report_unused(&mut self, name: &str, span: Span) {
        let edits = self.without_name(span);
        self.report(
            Diagnostic::error(Code::UnusedVariable, span, format!("declared and not used: `{name}`"))
                .guess("write `_`", edits),
        );
    }

    /// The edits that leave a variable's name out: a `:=` that declares nothing else is a `=` then.
    fn without_name(&self, span: Span) -> Vec<(Span, String)> {
        let text = &self.program.sources.file(span.file).text;
        let (before, behind) = (&text[..span.start as usize], &text[span.end as usize..]);
        let line = before[before.rfind('\n').map_or(0, |at| at + 1)..].trim();
        let gap = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        let alone = line.is_empty() || line == "for" && behind[gap..].starts_with(":= range ");
        let mut edits = vec![(span, "_".to_owned())];
        if alone && behind[gap..].starts_with(":=") {
            let at = span.end as usize + gap;
            edits.push((Span::new(span.file, at, at + 2), "=".to_owned()));
        }
        edits
    }

    /// `match`, `try`, `recover`, `go`, `go parallel for`, `go supervise` as expressions; `within`.
    pub fn flow_expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let read = self.flow.reads.len();
        let operand = self.flow_operand(expr, hint);
        self.forget_changed_inside(expr, read);
        operand
    }

    fn flow_operand(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        match &expr.kind {
            ExprKind::Match(m) => self.match_expr(expr, m, hint, true),
            ExprKind::Try(inner) => self.try_expr(expr, inner, hint),
            ExprKind::Recover { body, name, handler } => {
                self.recover_expr(expr, body, name.as_ref(), handler, hint, true)
            }
            ExprKind::Go(call) => self.go_expr(expr, call),
            ExprKind::Parallel(p) => self.parallel_expr(expr, p, hint),
            ExprKind::GoSupervise(s) => {
                self.supervise(s);
                Operand::value(Ty::new(TyKind::Supervisor), expr)
            }
            ExprKind::Within { call, limit } => self.within(expr, call, limit),
            _ => {
                let message = "this is not available yet";
                self.report(Diagnostic::error(Code::NotAvailable, expr.span, message));
                Operand::error(expr)
            }
        }
    }

    /// The same for an expression statement, whose value nobody wants.
    pub fn unused_flow_expr(&mut self, expr: &'a Expr) -> Operand<'a> {
        let inner = strip(expr);
        let operand = match &inner.kind {
            ExprKind::Match(m) => self.match_expr(inner, m, None, false),
            ExprKind::Recover { body, name, handler } => {
                self.recover_expr(inner, body, name.as_ref(), handler, None, false)
            }
            _ => self.raw_expr(inner, None),
        };
        self.record(&operand);
        operand
    }
}

fn needs_return(result: Ty) -> bool {
    match result.kind() {
        TyKind::Unit | TyKind::Never => false,
        TyKind::Result(value, _) => needs_return(*value),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn assigning_is_not_using() {
        check(
            r#"func f() {
	a := 1
	b := 2
	b = 3
	c := 4
	c++
	var d, e int
	_ = e
	s := struct{ x int }{1}
	s.x = 2
	func() { g := 1; g = 2 }()
	for i, x := range []int{1} { _ = x }
}
"#,
            expect![[r#"
                2: [unused-variable] declared and not used: `a`
                3: [unused-variable] declared and not used: `b`
                7: [unused-variable] declared and not used: `d`
                11: [unused-variable] declared and not used: `g`
                12: [unused-variable] declared and not used: `i`
            "#]],
        );
    }

    #[test]
    fn a_type_switch_variable_is_one_to_the_user() {
        check(
            r#"func f(x any) {
	switch v := x.(type) {
	case int:
		_ = v
	case string:
	}
	switch w := x.(type) {
	case int:
	}
}
"#,
            expect![[r#"
                7: [unused-variable] declared and not used: `w`
            "#]],
        );
    }
}
