//! `switch` over values and over types: what a case may be, and that none stands twice.

use rustc_hash::FxHashMap;

use super::optionals::Ends;
use super::stmts::SwitchVars;
use super::{Checker, Operand, terminating};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::visit::Visitor;
use crate::syntax::{Span, Symbol};
use crate::types::{Constant, Mode, Ty, TyKind, VarKind};

/// The constants that cases have had so far. Booleans are left out, as Go's compilers do.
type Seen = FxHashMap<(Ty, Constant), Span>;

impl<'a> Checker<'a> {
    pub fn switch_stmt(&mut self, s: &'a Switch) {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init);
        }
        if let Some(tag) = s.tag.as_ref().filter(|_| self.asks_for_types(s)) {
            self.unmarked_type_switch(tag, s);
            return self.close_scope();
        }
        let tag = s.tag.as_ref().map(|tag| self.switch_tag(tag));
        self.one_default(s.cases.iter().map(|case| (case.values.is_none(), case.span)), "switch");
        // A case may run after the conditions of those before it.
        self.forget_assigned_in(|names| {
            s.cases.iter().flat_map(|case| case.values.iter().flatten()).for_each(|value| names.expr(value))
        });
        let mut seen = Seen::default();
        let mut falls = false;
        // What is known when no case before has matched.
        let mut entry = self.narrowed.clone();
        let has_default = s.cases.iter().any(|case| case.values.is_none());
        self.branches(&s.cases, !has_default, |this, case| {
            this.narrowed.clone_from(&entry);
            match &tag {
                Some(tag) => this.case_values(tag, case, &mut seen),
                None => this.case_conditions(case),
            }
            if let (None, Some([only]), false) = (&tag, case.values.as_deref(), falls) {
                this.assume(only, true);
            }
            let inside = std::mem::replace(&mut this.narrowed, std::mem::take(&mut entry));
            for cond in case.values.iter().flatten() {
                this.pass_over(cond);
                match &s.tag {
                    Some(tag) => this.assume_not(tag, cond),
                    None => this.assume(cond, false),
                }
            }
            entry = std::mem::replace(&mut this.narrowed, inside);
            if falls {
                // The case before may have assigned anything on its way here.
                this.narrowed.clear();
            }
            this.in_scope(|this| this.stmts(&case.body));
            let last = case.body.iter().rev().find(|stmt| !matches!(stmt.kind, StmtKind::Empty));
            falls = matches!(last, Some(Stmt { kind: StmtKind::Fallthrough, .. }));
            this.case_ends(&case.body)
        });
        self.close_scope();
    }

    /// Whether the cases are types, as in a type switch: `none` and what nothing declares may stand among them.
    fn asks_for_types(&mut self, s: &'a Switch) -> bool {
        let values: Vec<&'a Expr> =
            s.cases.iter().filter_map(|case| case.values.as_ref()).flatten().collect();
        let open = |name: Symbol| name.as_str() == "none" || self.lookup(name).is_none();
        let fits = |value: &Expr| {
            self.stands_for_type(value) || matches!(strip(value).kind, ExprKind::Name(name) if open(name))
        };
        values.iter().any(|value| self.stands_for_type(value)) && values.iter().all(|value| fits(value))
    }

    fn stands_for_type(&self, expr: &Expr) -> bool {
        match strip(expr).kind {
            ExprKind::Name(name) => {
                self.lookup(name).is_some_and(|id| matches!(self.object(id).kind, super::ObjectKind::Type(_)))
            }
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType(_)
            | ExprKind::FuncType(_)
            | ExprKind::StructType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::OptionalType(_) => true,
            _ => false,
        }
    }

    /// A type switch without its `.(type)`: one mistake, and the clauses are as they should be.
    fn unmarked_type_switch(&mut self, tag: &'a Expr, s: &'a Switch) {
        let operand = self.expr(tag, None);
        if !operand.is_error() {
            let text = self.source_text(tag.span);
            self.report(
                Diagnostic::error(
                    Code::NotValue,
                    tag.span,
                    format!("the cases are types, and `{text}` is a value"),
                )
                .label("a type switch asks for its type")
                .help(format!("write `switch {text}.(type) {{`, or `switch v := {text}.(type) {{`"))
                .guess("write `.(type)`", vec![(tag.span.after(), ".(type)".to_owned())]),
            );
        }
        let mut seen = Vec::new();
        let has_default = s.cases.iter().any(|case| case.values.is_none());
        self.branches(&s.cases, !has_default, |this, case| {
            this.case_types(None, case, &mut seen);
            this.in_scope(|this| this.stmts(&case.body));
            this.case_ends(&case.body)
        });
    }

    /// How a case ends: a `break` leads to the end of the `switch`, with what is known there.
    pub fn case_ends(&mut self, body: &[Stmt]) -> Ends {
        if terminating::breaks_out(body) {
            // What is known differs from one `break` to the next; nothing is certain.
            self.narrowed.clear();
            return Ends::GoesOn;
        }
        if terminating::leaves(&self.program.info, body) { Ends::Leaves } else { Ends::GoesOn }
    }

    fn switch_tag(&mut self, tag: &'a Expr) -> Operand<'a> {
        let mut operand = self.whole_expr(tag);
        if operand.is_error() {
            return operand;
        }
        if matches!(operand.ty.kind(), TyKind::Unit) {
            self.report(Diagnostic::error(Code::NotValue, tag.span, "this call gives no value"));
            return Operand::error(tag);
        }
        self.use_default(&mut operand);
        // It is held in a variable of its own while the cases are tried.
        operand.mode = Mode::Value;
        operand.constant = None;
        if !operand.is_error() && !self.comparable(operand.ty) {
            let ty = self.type_name(operand.ty);
            self.report(
                Diagnostic::error(
                    Code::NotComparable,
                    tag.span,
                    format!("cannot switch on `{}`", self.source_text(tag.span)),
                )
                .label(format!("values of type `{ty}` cannot be compared")),
            );
            return Operand::error(tag);
        }
        operand
    }

    fn case_values(&mut self, tag: &Operand<'a>, case: &'a SwitchCase, seen: &mut Seen) {
        for value in case.values.iter().flatten() {
            let hint = (!tag.is_error()).then_some(tag.ty);
            let operand = self.expr(value, hint);
            if operand.is_error() || self.is_stray_condition(&operand, tag) {
                continue;
            }
            // Two that are the same are so whatever they are compared with.
            let compared = if tag.is_error() { Some(operand) } else { self.compare_case(operand, tag) };
            let Some(operand) = compared else { continue };
            let Some(constant) = operand.constant.filter(|value| !matches!(value, Constant::Bool(_))) else {
                continue;
            };
            match seen.get(&(operand.ty, constant.clone())) {
                Some(&first) => {
                    let message =
                        format!("duplicate case `{}` in expression switch", self.source_text(value.span));
                    self.report(
                        Diagnostic::error(Code::DuplicateCase, value.span, message)
                            .also(first, "the same case is here already"),
                    );
                }
                None => {
                    seen.insert((operand.ty, constant), value.span);
                }
            }
        }
    }

    /// Reports `case x > 5` in a `switch x`.
    fn is_stray_condition(&mut self, operand: &Operand<'a>, tag: &Operand<'a>) -> bool {
        let fits = tag.is_error() || self.all_boolean(tag.ty) || self.assignable(operand, tag.ty).is_ok();
        if fits || !self.all_boolean(operand.ty) {
            return false;
        }
        let (what, ty) = (self.describe(operand), self.type_name(tag.ty));
        self.report(
            Diagnostic::error(Code::Mismatch, operand.span, format!("{what} is not of type `{ty}`"))
                .also(tag.span, "the cases are compared with this")
                .help("conditions stand in a `switch` without a value: `switch {`"),
        );
        true
    }

    /// A `switch` without a value: each case is a condition.
    fn case_conditions(&mut self, case: &'a SwitchCase) {
        for value in case.values.iter().flatten() {
            let operand = self.expr(value, Some(Ty::bool()));
            if operand.is_error() {
                continue;
            }
            if !self.all_boolean(operand.ty)
                && self.assignable(&operand, Ty::bool()).is_err()
                && !self.is_interface(operand.ty)
            {
                let what = self.describe(&operand);
                self.report(
                    Diagnostic::error(Code::Mismatch, operand.span, format!("{what} is not a condition"))
                        .label("the `switch` has no value to compare this with")
                        .help("write that value, `switch x {`, or a condition here"),
                );
                continue;
            }
            let truth = Operand {
                constant: Some(Constant::Bool(true)),
                mode: Mode::Const,
                ..Operand::synthetic(Ty::bool(), value.span)
            };
            self.compare_case(operand, &truth);
        }
    }

    /// Compares the value of a case with that of the `switch`; gives the value with the type that it got.
    fn compare_case(&mut self, mut operand: Operand<'a>, tag: &Operand<'a>) -> Option<Operand<'a>> {
        self.convert_untyped(&mut operand, tag.ty);
        if operand.is_error() {
            return None;
        }
        let mut compared = operand.clone();
        self.comparison(&mut compared, &mut tag.clone(), BinaryOp::Eq, true);
        (!compared.is_error()).then_some(operand)
    }

    /// At most one `default`.
    pub fn one_default(&mut self, cases: impl Iterator<Item = (bool, Span)>, what: &str) {
        let mut first = None;
        for (_, span) in cases.filter(|(default, _)| *default) {
            match first {
                None => first = Some(span),
                Some(first) => self.report(
                    Diagnostic::error(
                        Code::DuplicateCase,
                        span,
                        format!("this `{what}` has several `default`s"),
                    )
                    .also(first, "the first one is here"),
                ),
            }
        }
    }

    pub fn type_switch_stmt(&mut self, s: &'a TypeSwitch) {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init);
        }
        let mut binding = s.binding;
        if let Some(name) = binding.filter(|name| name.name.as_str() == "_") {
            if !self.is_damaged(name.span) {
                self.report(
                    Diagnostic::error(Code::NoNewVariable, name.span, "no new variable on left side of `:=`")
                        .help("write `switch x.(type)` to look at the type only"),
                );
            }
            binding = None;
        }
        let subject = self.type_switch_subject(&s.subject);
        self.one_default(s.cases.iter().map(|case| (case.values.is_none(), case.span)), "switch");
        let mut seen: Vec<(Option<Ty>, Span)> = Vec::new();
        let mut vars = Vec::new();
        let has_default = s.cases.iter().any(|case| case.values.is_none());
        self.branches(&s.cases, !has_default, |this, case| {
            let ty = this.case_types(subject.as_ref(), case, &mut seen);
            this.in_scope(|this| {
                if let Some(name) = binding {
                    let id = Ident { id: case.id, ..name };
                    vars.push(this.declare_var(id, ty, VarKind::Local));
                }
                this.stmts(&case.body);
            });
            this.case_ends(&case.body)
        });
        if let Some(name) = binding {
            self.flow.switch_vars.push(SwitchVars { name: name.name, span: name.span, vars });
        }
        self.close_scope();
    }

    /// The value of a type switch: of an interface type, perhaps an optional one.
    fn type_switch_subject(&mut self, expr: &'a Expr) -> Option<Operand<'a>> {
        let operand = self.expr(expr, None);
        if self.underlying(operand.ty).is_error() {
            return None;
        }
        let text = self.source_text(expr.span);
        if matches!(operand.ty.kind(), TyKind::Param(_)) {
            self.report(
                Diagnostic::error(
                    Code::InvalidOperation,
                    expr.span,
                    format!("cannot use a type switch on `{text}`, whose type is a type parameter"),
                )
                .help("convert it first: `switch any(x).(type)`"),
            );
            return None;
        }
        let inner = match self.underlying(operand.ty).kind() {
            TyKind::Optional(inner) => *inner,
            _ => operand.ty,
        };
        if !matches!(self.underlying(inner).kind(), TyKind::Interface(_)) {
            let ty = self.type_name(operand.ty);
            self.report(
                Diagnostic::error(Code::InvalidOperation, expr.span, format!("`{text}` is not an interface"))
                    .label(format!("this is of type `{ty}`, which is known already")),
            );
            return None;
        }
        Some(operand)
    }

    /// Checks the types of a clause. Gives the type that the variable has in it.
    fn case_types(
        &mut self,
        subject: Option<&Operand<'a>>,
        case: &'a SwitchCase,
        seen: &mut Vec<(Option<Ty>, Span)>,
    ) -> Ty {
        let whole = subject.map_or(Ty::error(), |subject| subject.ty);
        let Some(types) = &case.values else { return whole };
        let mut only = whole;
        for expr in types {
            let found = if self.is_none_name(expr) { None } else { Some(self.var_type(expr)) };
            only = found.unwrap_or(whole);
            if only.is_error() {
                continue;
            }
            if let Some((_, first)) = seen.iter().find(|(ty, _)| *ty == found) {
                let message = format!("duplicate case `{}` in type switch", self.source_text(expr.span));
                self.report(
                    Diagnostic::error(Code::DuplicateCase, expr.span, message)
                        .also(*first, "the same case is here already"),
                );
                continue;
            }
            seen.push((found, expr.span));
            if let (Some(subject), Some(ty)) = (subject, found) {
                let interface = match self.underlying(subject.ty).kind() {
                    TyKind::Optional(inner) => *inner,
                    _ => subject.ty,
                };
                self.possible_assertion(interface, ty, expr.span);
            }
        }
        if types.len() == 1 { only } else { whole }
    }

    fn is_none_name(&mut self, expr: &'a Expr) -> bool {
        let inner = strip(expr);
        let ExprKind::Name(name) = inner.kind else { return false };
        let Some(object) = self.lookup(name) else { return false };
        if !matches!(self.object(object).kind, super::ObjectKind::None) {
            return false;
        }
        self.program.info.uses.insert(inner.id, crate::types::Entity::None);
        true
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn cases_stand_once() {
        check(
            r#"func f(n int, s string) {
	switch n {
	case 1, 2:
	case 3, 1:
	default:
	default:
	}
	switch s {
	case "a":
	case "a":
	}
	switch {
	case n == 1:
	case n == 1:
	case n:
	}
	switch n {
	case "x":
	}
	switch f {
	}
}
"#,
            expect![[r#"
                4: [duplicate-case] duplicate case `1` in expression switch
                6: [duplicate-case] this `switch` has several `default`s
                10: [duplicate-case] duplicate case `"a"` in expression switch
                15: [mismatch] `n` (a variable of type `int`) is not a condition
                18: [mismatch] the constant `"x"` is not of type `int`
                20: [not-comparable] cannot switch on `f`
            "#]],
        );
    }

    #[test]
    fn types_of_a_type_switch() {
        check(
            r#"type S interface { String() string }
func f(x any, s S, n int) {
	switch x.(type) {
	case int, string:
	case int:
	case none:
	case none:
	}
	switch s.(type) {
	case int:
	}
	switch n.(type) {
	}
	switch _ := x.(type) {
	}
}
"#,
            expect![[r#"
                5: [duplicate-case] duplicate case `int` in type switch
                7: [duplicate-case] duplicate case `none` in type switch
                10: [impossible-case] `S` never holds a value of type `int`, which does not implement it
                12: [invalid-operation] `n` is not an interface
                14: [no-new-variable] no new variable on left side of `:=`
            "#]],
        );
    }
}
