//! `go`: starting tasks, their handles, and `go parallel for`.

use super::stmts::{FuncContext, FuncKind};
use super::{Checker, Context, Operand, constants};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::types::{Mode, Ty, TyKind};

impl<'a> Checker<'a> {
    pub fn go_stmt(&mut self, expr: &'a Expr) {
        self.depend_on(super::Dep::Task);
        match &strip(expr).kind {
            ExprKind::Parallel(_) | ExprKind::GoSupervise(_) | ExprKind::Go(_) => self.expr_stmt(expr),
            _ => {
                self.suspended_call("go", expr);
            }
        }
    }

    /// `go f(x)` as a value: the handle of the task.
    pub fn go_expr(&mut self, expr: &'a Expr, call: &'a Expr) -> Operand<'a> {
        self.depend_on(super::Dep::Task);
        match self.suspended_call("go", call) {
            Some(result) => Operand::value(Ty::new(TyKind::Task(result)), expr),
            None => Operand::error(expr),
        }
    }

    /// `go parallel for`: the results of the turns, in order, if they `yield` any.
    pub fn parallel_expr(&mut self, expr: &'a Expr, p: &'a Parallel, hint: Option<Ty>) -> Operand<'a> {
        self.depend_on(super::Dep::Task);
        let (subject, turns) = self.range_subject(&p.subject, &p.bind);
        self.parallel_options(&p.options);
        let elem = hint.and_then(|hint| match self.underlying(hint).kind() {
            TyKind::Slice(elem) => Some(*elem),
            _ => None,
        });
        if let RangeBind::Assign(targets) = &p.bind {
            let span = targets.first().map_or(p.span, |target| target.span);
            self.report(
                Diagnostic::error(
                    Code::Parallel,
                    span,
                    "the turns of a `go parallel for` need variables of their own",
                )
                .help("declare them: write `:=` instead of `=`"),
            );
        }
        self.flow.yields.push(elem);
        let before = self.flow.yielded;
        self.flow.yielded = false;
        let context = FuncContext::new(FuncKind::Parallel, Some(expr.id), Ty::unit(), Vec::new());
        self.body(context, &p.body, |this| {
            this.in_scope(|this| {
                if !matches!(p.bind, RangeBind::Assign(_)) {
                    this.range_bind(&p.bind, subject, turns, p.span);
                }
                this.block(&p.body);
            });
        });
        let yielded = std::mem::replace(&mut self.flow.yielded, before);
        match self.flow.yields.pop().flatten().filter(|_| yielded) {
            Some(ty) => Operand::value(Ty::slice(ty), expr),
            None => Operand::new(Mode::NoValue, Ty::unit(), expr),
        }
    }

    fn parallel_options(&mut self, options: &'a [Arg]) {
        for option in options {
            let value = self.expr(&option.value, Some(Ty::int()));
            match option.name.map(|name| (name.name.as_str(), name.span)) {
                Some(("workers", _)) => self.number_of_workers(value, 1),
                Some((name, span)) => {
                    let message = format!("`go parallel for` has no option `{name}`");
                    self.report(Diagnostic::error(Code::Parallel, span, message).help("it has `workers: n`"));
                }
                None => {
                    let message = "an option of `go parallel for` needs its name";
                    self.report(
                        Diagnostic::error(Code::Parallel, option.value.span, message)
                            .help("write `workers: n`"),
                    );
                }
            }
        }
    }

    /// A number of tasks that do the same, which is `least` or more: a constant tells before the program runs.
    pub(super) fn number_of_workers(&mut self, count: Operand<'a>, least: i64) {
        let count = self.assign(count, Ty::int(), &Context::Other("as a number of workers"));
        let known = count.constant.as_ref().filter(|_| count.mode == Mode::Const).and_then(constants::to_int);
        if let Some(known) = known.filter(|known| *known < least.into()) {
            self.report(
                Diagnostic::error(Code::IndexRange, count.span, format!("there cannot be {known} workers"))
                    .label(format!("must be at least {least}")),
            );
        }
    }

    /// `yield v`.
    pub fn yield_stmt(&mut self, span: Span, value: &'a Expr) {
        if self.funcs.last().is_none_or(|context| context.kind != FuncKind::Parallel) {
            self.expr(value, None);
            self.report(
                Diagnostic::error(Code::Parallel, span, "`yield` is not in a `go parallel for`")
                    .help("a function gives its result by `return`"),
            );
            return;
        }
        let wanted = self.flow.yields.last().copied().flatten();
        let mut operand = self.expr(value, wanted);
        match wanted {
            Some(ty) => {
                self.assign(operand, ty, &Context::Other("as a result of this `go parallel for`"));
            }
            None => {
                let ty = self.variable_type(&mut operand);
                if let Some(slot) = self.flow.yields.last_mut() {
                    *slot = Some(ty);
                }
            }
        }
        self.flow.yielded = true;
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn parallel_loops() {
        check(
            r#"func f(xs []int) {
	squares := go parallel for _, x := range xs (workers: 2) { yield x * x }
	var ys []int = squares
	_ = ys
	yield 1
	go parallel for x := range xs (speed: 3) { _ = x; return }
	t := go f(xs)
	t.Cancel()
}
"#,
            expect![[r#"
                5: [parallel] `yield` is not in a `go parallel for`
                6: [parallel] `go parallel for` has no option `speed`
                6: [return] `return` cannot leave a `go parallel for`
            "#]],
        );
    }
}
