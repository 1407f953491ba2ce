//! `supervise` blocks: strategies, options, children and their clauses.

use rustc_hash::FxHashMap;

use super::{Checker, Context};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::{Span, Symbol};
use crate::types::Ty;

const STRATEGIES: &[&str] = &["one_for_one", "one_for_all", "rest_for_one"];
const RESTARTS: &[&str] = &["permanent", "transient", "temporary"];

impl<'a> Checker<'a> {
    pub fn supervise(&mut self, s: &'a Supervise) {
        if let Some(strategy) = s.strategy {
            self.one_of(strategy, STRATEGIES, "strategy");
        }
        let mut given: FxHashMap<Symbol, Span> = FxHashMap::default();
        for option in &s.options {
            self.supervise_option(option);
            if let Some(name) = option.name
                && let Some(first) = given.insert(name.name, name.span)
            {
                let message = format!("the option `{}` is given twice", name.name);
                self.report(Diagnostic::error(Code::Supervise, name.span, message).also(first, "first here"));
            }
        }
        let mut names: FxHashMap<Symbol, Span> = FxHashMap::default();
        for child in &s.children {
            self.child(child, &names);
            if let Some(name) = child.name
                && let Some(first) = names.insert(name.name, name.span)
            {
                let message = format!("two children are called `{}`", name.name);
                self.report(
                    Diagnostic::error(Code::Supervise, name.span, message).also(first, "the other one"),
                );
            }
        }
    }

    fn one_of(&mut self, name: Ident, known: &[&str], what: &str) {
        if !known.contains(&name.name.as_str()) {
            let message = format!("there is no {what} `{}`", name.name);
            self.report(
                Diagnostic::error(Code::Supervise, name.span, message)
                    .help(format!("it is one of {}", known.join(", "))),
            );
        }
    }

    fn option_error(&mut self, span: Span, message: &str, help: &str) {
        self.report(Diagnostic::error(Code::Supervise, span, message).help(help));
    }

    fn supervise_option(&mut self, option: &'a Arg) {
        let span = option.value.span;
        match option.name.map(|name| name.name.as_str()) {
            Some("max") => match &option.value.kind {
                ExprKind::Per { count, period } => {
                    self.typed(count, Ty::int(), "in `max`");
                    self.typed(period, Ty::duration(), "in `max`");
                }
                _ => {
                    self.raw_expr(&option.value, None);
                    self.option_error(
                        span,
                        "`max` is a number of restarts in a time",
                        "write `max: 5 per 10s`",
                    );
                }
            },
            Some("backoff") => match &option.value.kind {
                ExprKind::Interval { low, high } => {
                    self.typed(low, Ty::duration(), "in `backoff`");
                    self.typed(high, Ty::duration(), "in `backoff`");
                }
                _ => self.typed(&option.value, Ty::duration(), "in `backoff`"),
            },
            Some(name) => {
                let span = option.name.map_or(span, |name| name.span);
                let message = format!("`supervise` has no option `{name}`");
                self.option_error(span, &message, "it has `max: n per d` and `backoff: a..b`");
            }
            None => {
                let help = "write `max: n per d` or `backoff: a..b`";
                self.option_error(span, "an option of `supervise` needs its name", help);
            }
        }
    }

    fn typed(&mut self, expr: &'a Expr, ty: Ty, what: &'static str) {
        let operand = self.expr(expr, Some(ty));
        self.assign(operand, ty, &Context::Other(what));
    }

    fn child(&mut self, child: &'a Child, earlier: &FxHashMap<Symbol, Span>) {
        match &child.kind {
            ChildKind::Go(call) => {
                // A result is dropped, as Go's `go` does: the supervisor has no use for it.
                self.suspended_call("go", call);
            }
            ChildKind::Supervise(inner) => self.supervise(inner),
        }
        for clause in &child.clauses {
            match clause {
                ChildClause::Workers(count) => self.typed(count, Ty::int(), "as a number of workers"),
                ChildClause::Shutdown(limit) => self.typed(limit, Ty::duration(), "as the time to shut down"),
                ChildClause::Restart(kind) => self.one_of(*kind, RESTARTS, "restart"),
                ChildClause::After(names) => self.after(names, earlier),
                ChildClause::Significant(_) => {}
            }
        }
    }

    /// `after a, b`: children that stand above.
    fn after(&mut self, names: &[Ident], earlier: &FxHashMap<Symbol, Span>) {
        for name in names.iter().filter(|name| !earlier.contains_key(&name.name)) {
            let message = format!("no child `{}` stands above this one", name.name);
            let help =
                "children start in order: name the other one (`db := go …`), and put it before this one";
            self.option_error(name.span, &message, help);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn options_and_children() {
        check(
            r#"func w(n int) { }
func f() {
	supervise rest_for_one (max: 5 per 10s, backoff: 10ms..1s) {
		db := go w(1)
		go w(2) after db workers 4 shutdown 5s restart temporary
		supervise one_for_all { go w(3) }
	}
	supervise one_for_two (speed: 3, max: 5) {
		go w("x")
		go w(1) after db restart often
	}
	s := go supervise { go w(1) }
	s.Stop("w")
}
"#,
            expect![[r#"
                8: [supervise] there is no strategy `one_for_two`
                8: [supervise] `supervise` has no option `speed`
                8: [supervise] `max` is a number of restarts in a time
                9: [wrong-type] cannot use the constant `"x"` as `int` as an argument of `w`
                10: [supervise] no child `db` stands above this one
                10: [supervise] there is no restart `often`
            "#]],
        );
    }
}
