//! `supervise` blocks: strategies, options, children and their clauses.

use rustc_hash::FxHashMap;

use super::{Checker, Context, dependencies};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::{Span, Symbol};
use crate::types::Ty;

const STRATEGIES: &[&str] = &["one_for_one", "one_for_all", "rest_for_one"];
const AUTO_SHUTDOWNS: &[&str] = &["any", "all", "never"];
const RESTARTS: &[&str] = &["permanent", "transient", "temporary"];

impl<'a> Checker<'a> {
    pub fn supervise(&mut self, s: &'a Supervise) {
        self.depend_on(super::Dep::Task);
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
        for name in s.children.iter().filter_map(|child| child.name) {
            if let Some(first) = names.insert(name.name, name.span) {
                let message = format!("two children are called `{}`", name.name);
                self.report(
                    Diagnostic::error(Code::Supervise, name.span, message).also(first, "the other one"),
                );
            }
        }
        for child in &s.children {
            self.child(child, &names);
        }
        self.significant_for_nothing(s);
        if let Err(cycle) = dependencies::order(&s.children) {
            self.cycle(&cycle);
        }
    }

    /// `significant` in a supervisor that was told never to shut down by itself.
    fn significant_for_nothing(&mut self, s: &'a Supervise) {
        let never = s.options.iter().find(|option| {
            option.name.is_some_and(|name| name.name.as_str() == "auto_shutdown")
                && matches!(&option.value.kind, ExprKind::Name(name) if name.as_str() == "never")
        });
        let Some(never) = never else { return };
        for clause in s.children.iter().flat_map(|child| &child.clauses) {
            if let ChildClause::Significant(span) = clause {
                let message = "a child is significant for the supervisor's shutdown, which this one never does by itself";
                self.report(
                    Diagnostic::error(Code::Supervise, *span, message)
                        .also(never.value.span, "said here")
                        .help("leave out `significant`, or write `auto_shutdown: any` or `all`"),
                );
            }
        }
    }

    /// Children that are `after` each other.
    fn cycle(&mut self, cycle: &[Ident]) {
        let Some(last) = cycle.last() else { return };
        let names: Vec<_> = cycle.iter().map(|name| format!("`{}`", name.name)).collect();
        let message = match cycle {
            [alone] => format!("`{}` is after itself", alone.name),
            _ => format!("none of {} can be the first to start: each is after the next", names.join(", ")),
        };
        let mut diagnostic = Diagnostic::error(Code::Supervise, last.span, message);
        for name in &cycle[..cycle.len() - 1] {
            diagnostic = diagnostic.also(name.span, format!("one waits for `{}` here", name.name));
        }
        self.report(
            diagnostic.help("leave out one `after`: a channel lets children meet once they have started"),
        );
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
            Some("auto_shutdown") => match &option.value.kind {
                ExprKind::Name(name) => {
                    let name = Ident { name: *name, span, id: option.value.id };
                    self.one_of(name, AUTO_SHUTDOWNS, "`auto_shutdown`");
                }
                _ => self.option_error(
                    span,
                    "`auto_shutdown` is one of three words",
                    "write `any`, `all` or `never`",
                ),
            },
            Some("watch") => {
                let ty = self.universe.chan_of_ends(ChanDir::Send);
                self.typed(&option.value, ty, "in `watch`");
            }
            Some(name) => {
                let span = option.name.map_or(span, |name| name.span);
                let message = format!("`supervise` has no option `{name}`");
                let help =
                    "it has `max: n per d`, `backoff: a..b`, `auto_shutdown: any` and `watch: channel`";
                self.option_error(span, &message, help);
            }
            None => {
                let help = "write `max: n per d`, `backoff: a..b`, `auto_shutdown: any` or `watch: channel`";
                self.option_error(span, "an option of `supervise` needs its name", help);
            }
        }
    }

    fn typed(&mut self, expr: &'a Expr, ty: Ty, what: &'static str) {
        let operand = self.expr(expr, Some(ty));
        self.assign(operand, ty, &Context::Other(what));
    }

    fn child(&mut self, child: &'a Child, siblings: &FxHashMap<Symbol, Span>) {
        match &child.kind {
            ChildKind::Go(call) => {
                // A result is dropped, as Go's `go` does: the supervisor has no use for it.
                self.suspended_call("go", call);
            }
            ChildKind::Supervise(inner) => self.supervise(inner),
        }
        for clause in &child.clauses {
            match clause {
                ChildClause::Workers(count) => {
                    let count = self.expr(count, Some(Ty::int()));
                    self.number_of_workers(count, 0);
                }
                ChildClause::Shutdown(limit) => self.typed(limit, Ty::duration(), "as the time to shut down"),
                ChildClause::Restart(kind) => self.one_of(*kind, RESTARTS, "restart"),
                ChildClause::Start(limit) => self.typed(limit, Ty::duration(), "as the time to start"),
                ChildClause::After(names) => self.after(names, siblings),
                ChildClause::Significant(span) => self.significant(child, *span),
            }
        }
    }

    /// What is started again after every end never ends by itself.
    fn significant(&mut self, child: &'a Child, span: Span) {
        let restart = child.clauses.iter().find_map(|clause| match clause {
            ChildClause::Restart(kind) => Some(kind.name.as_str()),
            _ => None,
        });
        if matches!(restart, None | Some("permanent")) {
            let help = "say when it is done: `restart transient` (after a normal end) or `restart temporary` (after any)";
            self.option_error(span, "a significant child must be one that can be done", help);
        }
    }

    /// `after a, b`: other children of the block.
    fn after(&mut self, names: &[Ident], siblings: &FxHashMap<Symbol, Span>) {
        for name in names.iter().filter(|name| !siblings.contains_key(&name.name)) {
            let message = format!("no child of this `supervise` is called `{}`", name.name);
            let help = format!("name the other one: `{} := go …`", name.name);
            self.option_error(name.span, &message, &help);
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
                10: [supervise] no child of this `supervise` is called `db`
                10: [supervise] there is no restart `often`
            "#]],
        );
    }
}
