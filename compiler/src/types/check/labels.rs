//! Where `break`, `continue` and `fallthrough` lead, and whether labels are defined and used.
//!
//! One pass over the tree, once for each function body: labels and loops of a function are not those of the literals in it.
//! A `go parallel for` is a boundary, too: its turns are tasks of their own, so that nothing in them can leave a
//! loop outside; `continue` ends a turn.

use rustc_hash::FxHashMap;

use super::names::closest;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{Span, Symbol};

/// Checks the body of a function, and of all literals in it.
pub fn check(body: &Block, diags: &mut Diagnostics) {
    let mut pass = Labels { scope: Scope::default(), diags };
    pass.function(body, Vec::new());
}

struct Labels<'d> {
    scope: Scope,
    diags: &'d mut Diagnostics,
}

/// What is known inside one function body.
#[derive(Default)]
struct Scope {
    /// The labels seen so far: where, and whether something uses them.
    labels: FxHashMap<Symbol, (Span, bool)>,
    /// In source order, so that output does not depend on hashing.
    order: Vec<Symbol>,
    /// The statements around, innermost last.
    targets: Vec<Target>,
    /// The label just before the statement that comes next.
    pending: Option<Symbol>,
    /// Source that could not be read may have held the use of a label.
    broken: bool,
    /// The labels of `goto`, which may stand before the label itself.
    gotos: Vec<Ident>,
    /// Where a `fallthrough` may stand: at the end of this statement list.
    fall: Fall,
}

#[derive(Clone, Copy)]
struct Target {
    label: Option<Symbol>,
    kind: TargetKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TargetKind {
    Loop,
    Switch,
    TypeSwitch,
    Select,
    /// `go parallel for`.
    Parallel,
    /// A labelled statement that is none of these.
    Other,
}

/// What a `fallthrough` in this place would be.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Fall {
    #[default]
    Misplaced,
    Allowed,
    LastCase,
    TypeSwitch,
}

impl Labels<'_> {
    fn function(&mut self, body: &Block, targets: Vec<Target>) {
        let outer = std::mem::replace(&mut self.scope, Scope { targets, ..Scope::default() });
        visit::walk_block(self, body);
        let scope = std::mem::replace(&mut self.scope, outer);
        // One error for a `goto` is enough, whether its label is there or not.
        if scope.broken {
            self.scope.broken = true;
            return;
        }
        for name in scope.order {
            let (span, used) = scope.labels[&name];
            if !used && !scope.gotos.iter().any(|label| label.name == name) {
                self.error(span, format!("label `{name}` is defined and not used"));
            }
        }
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diags.push(Diagnostic::error(Code::Label, span, message));
    }

    fn declare(&mut self, label: &Ident) {
        if label.name.as_str() == "_" {
            return;
        }
        if let Some(&(first, _)) = self.scope.labels.get(&label.name) {
            let message = format!("label `{}` is already defined", label.name);
            self.diags
                .push(Diagnostic::error(Code::Label, label.span, message).also(first, "first defined here"));
            return;
        }
        self.scope.labels.insert(label.name, (label.span, false));
        self.scope.order.push(label.name);
        self.scope.pending = Some(label.name);
    }

    /// Runs `body` inside a statement that a branch may lead to.
    fn inside(&mut self, label: Option<Symbol>, kind: TargetKind, body: impl FnOnce(&mut Self)) {
        self.scope.targets.push(Target { label, kind });
        body(self);
        self.scope.targets.pop();
    }

    fn list(&mut self, stmts: &[Stmt], fall: Fall) {
        let last = stmts.iter().rposition(|stmt| !matches!(stmt.kind, StmtKind::Empty));
        for (i, stmt) in stmts.iter().enumerate() {
            self.scope.fall =
                if Some(i) == last || fall == Fall::TypeSwitch { fall } else { Fall::Misplaced };
            self.stmt(stmt);
        }
    }

    fn branch(&mut self, span: Span, label: Option<&Ident>, is_break: bool) {
        match label {
            Some(label) => self.labelled_branch(label, is_break),
            None => self.plain_branch(span, is_break),
        }
    }

    fn plain_branch(&mut self, span: Span, is_break: bool) {
        let target = self.scope.targets.iter().rev().find(|target| match target.kind {
            TargetKind::Loop | TargetKind::Parallel => true,
            TargetKind::Other => false,
            _ => is_break,
        });
        match target {
            Some(target) if is_break && target.kind == TargetKind::Parallel => self.parallel_break(span),
            Some(_) => {}
            None if is_break => self.error(span, "`break` is not in a loop, `switch` or `select`"),
            None => self.error(span, "`continue` is not in a loop"),
        }
    }

    fn parallel_break(&mut self, span: Span) {
        let message = "`break` cannot end a `go parallel for`, whose turns run at the same time";
        self.diags.push(
            Diagnostic::error(Code::Label, span, message)
                .help("`continue` ends this turn; the others go on. Use a plain `for` to stop early"),
        );
    }

    fn labelled_branch(&mut self, label: &Ident, is_break: bool) {
        let word = if is_break { "break" } else { "continue" };
        let Some((_, used)) = self.scope.labels.get_mut(&label.name) else {
            let message = format!("`{word}` label `{}` is not defined", label.name);
            let around = self.scope.targets.iter().filter_map(|target| target.label);
            let mut diagnostic = Diagnostic::error(Code::Label, label.span, message);
            if let Some(close) = closest(label.name, around) {
                diagnostic = diagnostic
                    .help(format!("did you mean `{close}`?"))
                    .guess(format!("write `{close}`"), vec![(label.span, close.to_string())]);
            }
            return self.diags.push(diagnostic);
        };
        *used = true;
        let target = self.scope.targets.iter().rev().find(|target| target.label == Some(label.name));
        let fits = target.is_some_and(|target| match target.kind {
            TargetKind::Loop => true,
            TargetKind::Switch | TargetKind::TypeSwitch | TargetKind::Select => is_break,
            TargetKind::Parallel | TargetKind::Other => false,
        });
        if !fits {
            let what = if is_break { "a loop, `switch` or `select`" } else { "a loop" };
            let message =
                format!("invalid `{word}` label `{}`: it is not that of {what} around this", label.name);
            self.error(label.span, message);
        }
    }

    fn fallthrough(&mut self, span: Span) {
        match self.scope.fall {
            Fall::Allowed => {}
            Fall::LastCase => self.error(span, "cannot `fallthrough` the last case of a `switch`"),
            Fall::TypeSwitch => self.error(span, "cannot `fallthrough` in a type switch"),
            Fall::Misplaced => {
                self.error(span, "`fallthrough` is out of place: it ends a case of a `switch`")
            }
        }
    }

    fn switch(&mut self, label: Option<Symbol>, cases: &[SwitchCase], kind: TargetKind) {
        for (i, case) in cases.iter().enumerate() {
            case.values.iter().flatten().for_each(|value| self.expr(value));
            let fall = match kind {
                TargetKind::TypeSwitch => Fall::TypeSwitch,
                _ if i + 1 == cases.len() => Fall::LastCase,
                _ => Fall::Allowed,
            };
            self.inside(label, kind, |this| this.list(&case.body, fall));
        }
    }
}

impl<'a> Visitor<'a> for Labels<'_> {
    fn block(&mut self, block: &'a Block) {
        self.list(&block.stmts, Fall::Misplaced);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        let label = self.scope.pending.take();
        let fall = self.scope.fall;
        if !matches!(stmt.kind, StmtKind::Fallthrough | StmtKind::Labeled { .. }) {
            self.scope.fall = Fall::Misplaced;
        }
        match &stmt.kind {
            StmtKind::Error(_) => self.scope.broken = true,
            StmtKind::Fallthrough => self.fallthrough(stmt.span),
            StmtKind::Goto(label) => self.scope.gotos.push(*label),
            StmtKind::Break(label) => self.branch(stmt.span, label.as_ref(), true),
            StmtKind::Continue(label) => self.branch(stmt.span, label.as_ref(), false),
            StmtKind::Labeled { label, stmt } => {
                self.declare(label);
                self.scope.fall = fall;
                self.stmt(stmt);
                self.scope.pending = None;
            }
            StmtKind::For(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                s.cond.iter().for_each(|cond| self.expr(cond));
                s.post.iter().for_each(|post| self.stmt(post));
                self.inside(label, TargetKind::Loop, |this| this.block(&s.body));
            }
            StmtKind::Range(s) => {
                self.expr(&s.subject);
                self.inside(label, TargetKind::Loop, |this| this.block(&s.body));
            }
            StmtKind::Switch(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                s.tag.iter().for_each(|tag| self.expr(tag));
                self.switch(label, &s.cases, TargetKind::Switch);
            }
            StmtKind::TypeSwitch(s) => {
                s.init.iter().for_each(|init| self.stmt(init));
                self.expr(&s.subject);
                self.switch(label, &s.cases, TargetKind::TypeSwitch);
            }
            StmtKind::Select(s) => {
                for case in &s.cases {
                    self.inside(label, TargetKind::Select, |this| {
                        this.scope.fall = Fall::Misplaced;
                        visit::walk_select_case(this, case);
                    });
                }
            }
            _ => self.inside(label, TargetKind::Other, |this| visit::walk_stmt(this, stmt)),
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::FuncLit(lit) => self.function(&lit.body, Vec::new()),
            ExprKind::Parallel(p) => {
                self.expr(&p.subject);
                p.options.iter().for_each(|arg| self.expr(&arg.value));
                self.function(&p.body, vec![Target { label: None, kind: TargetKind::Parallel }]);
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
    fn branches_need_a_target() {
        check(
            r#"func f() {
	break
	continue
	for {
		func() { break }()
		break
	}
	switch { default: continue }
}
"#,
            expect![[r#"
                2: [label] `break` is not in a loop, `switch` or `select`
                3: [label] `continue` is not in a loop
                5: [label] `break` is not in a loop, `switch` or `select`
                8: [label] `continue` is not in a loop
            "#]],
        );
    }

    #[test]
    fn labels_are_used_once_defined() {
        check(
            r#"func f() {
outer:
	for {
	inner:
		for {
			break outer
		}
	}
	for { continue outer }
	for { break nowhere }
}
"#,
            expect![[r#"
                4: [label] label `inner` is defined and not used
                9: [label] invalid `continue` label `outer`: it is not that of a loop around this
                10: [label] `break` label `nowhere` is not defined
            "#]],
        );
    }

    #[test]
    fn fallthrough_ends_a_case_that_is_not_the_last() {
        check(
            r#"func f(n int, x any) {
	switch n {
	case 1:
		if n > 0 { fallthrough }
		fallthrough
	case 2:
		fallthrough
	}
	switch x.(type) {
	case int:
		fallthrough
	case string:
	}
	fallthrough
}
"#,
            expect![[r#"
                4: [label] `fallthrough` is out of place: it ends a case of a `switch`
                7: [label] cannot `fallthrough` the last case of a `switch`
                11: [label] cannot `fallthrough` in a type switch
                14: [label] cannot `fallthrough` in a type switch
            "#]],
        );
    }

    #[test]
    fn a_parallel_loop_is_a_boundary() {
        check(
            r#"func f() {
outer:
	for {
		go parallel for i := range 3 {
			if i == 1 { continue }
			break
		}
		break outer
	}
}
"#,
            expect![[r#"
                6: [label] `break` cannot end a `go parallel for`, whose turns run at the same time
            "#]],
        );
    }
}
