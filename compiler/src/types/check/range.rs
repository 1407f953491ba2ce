//! `for … range`: what can be gone over, and what it gives.

use super::{Checker, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::types::{FuncTy, Ty, TyKind, VarKind};

/// What a range gives for each turn.
#[derive(Clone, Copy)]
pub(crate) struct Turns {
    key: Option<Ty>,
    value: Option<Ty>,
}

impl<'a> Checker<'a> {
    pub fn range_stmt(&mut self, s: &'a Range) {
        let (operand, turns) = self.range_subject(&s.subject, &s.bind);
        self.in_scope(|this| {
            this.range_bind(&s.bind, operand, turns, s.span);
            this.forget_assigned_in(|names| crate::syntax::visit::Visitor::block(names, &s.body));
            let around = this.narrowed.clone();
            this.block(&s.body);
            this.narrowed = around;
        });
    }

    /// The value gone over, and what it gives; too many variables are reported.
    pub fn range_subject(&mut self, subject: &'a Expr, bind: &RangeBind) -> (Operand<'a>, Turns) {
        let operand = self.expr(subject, None);
        let unknown = Turns { key: None, value: None };
        if self.underlying(operand.ty).is_error() {
            return (operand, unknown);
        }
        let text = self.source_text(subject.span);
        let names = bound_spans(bind);
        let turns = match self.turns(operand.ty) {
            // `for topic, m := range s`, `for from, m := range r` take the envelope apart.
            Ok(Turns { key: Some(received), value: None }) if names.len() == 2 => {
                let parts = self.envelope_parts(operand.ty);
                Turns {
                    key: parts.map_or(Some(received), |(key, _)| Some(key)),
                    value: parts.map(|(_, message)| message),
                }
            }
            Ok(turns) => turns,
            Err(cause) => {
                let ty = self.type_name(operand.ty);
                let mut diagnostic =
                    Diagnostic::error(Code::Range, subject.span, format!("cannot range over `{text}`"))
                        .label(format!("this is of type `{ty}`"));
                if let Some(cause) = cause {
                    diagnostic = diagnostic.help(cause);
                }
                self.report(diagnostic);
                return (Operand::error(subject), unknown);
            }
        };
        let too_many = match (turns.key, turns.value) {
            (None, _) if !names.is_empty() => {
                Some((names[0], format!("range over `{text}` permits no iteration variables")))
            }
            (_, None) if names.len() > 1 => {
                Some((names[1], format!("range over `{text}` permits only one iteration variable")))
            }
            _ if names.len() > 2 => {
                Some((names[2], "range clause permits at most two iteration variables".into()))
            }
            _ => None,
        };
        if let Some((span, message)) = too_many {
            self.report(Diagnostic::error(Code::Range, span, message));
        }
        (operand, turns)
    }

    /// What a range over the type gives, or why there is none.
    fn turns(&mut self, ty: Ty) -> Result<Turns, Option<String>> {
        let give = |key, value| Ok(Turns { key, value });
        let int = Some(Ty::int());
        let Some(core) = self.core_type(ty) else {
            return Err(Some("the types that this type parameter stands for have nothing in common".into()));
        };
        match core.kind() {
            TyKind::String | TyKind::Untyped(crate::types::Untyped::String) => give(int, Some(Ty::rune())),
            TyKind::Int(_) | TyKind::Untyped(crate::types::Untyped::Int | crate::types::Untyped::Rune) => {
                give(Some(ty), None)
            }
            // `range 10.0` is an integer constant; whether it is one is found out when it gets its type.
            TyKind::Untyped(crate::types::Untyped::Float) => Err(None),
            TyKind::Array(_, elem) | TyKind::Slice(elem) => give(int, Some(*elem)),
            TyKind::Map(key, value) => give(Some(*key), Some(*value)),
            TyKind::Chan { .. } => match self.received_ty(core) {
                Some(received) => give(Some(received), None),
                None => Err(Some("this channel is for sending only: one cannot receive from it".into())),
            },
            TyKind::Func(func) => self.iterator_turns(func).map_err(|why| {
                Some(format!("a function to range over is a `func(yield func(K, V) bool)`: {why}"))
            }),
            TyKind::Optional(_) => Err(Some("it may be `none`: unwrap it first".into())),
            TyKind::Result(..) => {
                Err(Some("handle the error first: `range try f()`, or `f() recover err { … }`".into()))
            }
            _ => Err(None),
        }
    }

    fn iterator_turns(&mut self, func: &FuncTy) -> Result<Turns, &'static str> {
        let [param] = func.params.as_slice() else { return Err("wrong number of arguments") };
        if !matches!(func.result.kind(), TyKind::Unit) {
            return Err("it must not have results");
        }
        let core = self.core_type(param.ty);
        let Some(TyKind::Func(body)) = core.map(Ty::kind) else {
            return Err("the argument is not a function");
        };
        if body.params.len() > 2 {
            return Err("`yield` has too many parameters");
        }
        if body.result != Ty::bool() {
            return Err("`yield` does not give a `bool`");
        }
        if body.variadic {
            return Err("`yield` must not be variadic");
        }
        let mut types = body.params.iter().map(|param| param.ty);
        Ok(Turns { key: types.next(), value: types.next() })
    }

    /// Declares or assigns the variables of a range.
    pub fn range_bind(&mut self, bind: &'a RangeBind, mut subject: Operand<'a>, turns: Turns, stmt: Span) {
        // An integer range's variable takes the type that the number gets, which for `=` is the variable's.
        let over_number = self.is_integer_range(&subject);
        match bind {
            RangeBind::None => {
                if over_number {
                    self.use_default(&mut subject);
                }
            }
            RangeBind::Define(names) => {
                if over_number || subject.untyped().is_some() {
                    self.use_default(&mut subject);
                }
                let key = if over_number { Some(subject.ty) } else { turns.key };
                let types = [key, turns.value];
                for (name, ty) in names.iter().zip(types.into_iter().chain(std::iter::repeat(None))) {
                    self.declare_var(*name, ty.unwrap_or(Ty::error()), VarKind::Local);
                }
                if names.iter().all(|name| name.name.as_str() == "_" && !self.is_damaged(name.span))
                    && !names.is_empty()
                {
                    self.report(
                        Diagnostic::error(Code::NoNewVariable, stmt, "no new variables on left side of `:=`")
                            .help("write `for range x` where no variable is wanted"),
                    );
                }
            }
            RangeBind::Assign(targets) => {
                if over_number {
                    if let Some(target) = targets.first() {
                        self.assign_number(target, subject);
                    }
                    return;
                }
                self.use_default(&mut subject);
                for (target, ty) in targets.iter().zip([turns.key, turns.value]) {
                    if let Some(ty) = ty {
                        self.assign_to(target, Operand::synthetic(ty, target.span));
                    }
                }
            }
        }
    }

    /// `for x = range 10`: the number takes the variable's type, which must be an integer's.
    fn assign_number(&mut self, target: &'a Expr, number: Operand<'a>) {
        let reported = self.diagnostics.iter().count();
        self.assign_to(target, number);
        let ty = self.program.info.exprs.get(&target.id).map(|info| info.ty);
        if let Some(ty) = ty.filter(|ty| !self.all_integer(*ty) && !ty.is_error())
            && self.diagnostics.iter().count() == reported
        {
            let name = self.type_name(ty);
            let message = format!("cannot use an iteration variable of type `{name}`");
            self.report(
                Diagnostic::error(Code::Range, target.span, message)
                    .label("a range over a number gives integers"),
            );
        }
    }

    fn is_integer_range(&mut self, operand: &Operand<'a>) -> bool {
        use crate::types::Untyped;
        let core = self.core_type(operand.ty);
        matches!(core.map(Ty::kind), Some(TyKind::Int(_) | TyKind::Untyped(Untyped::Int | Untyped::Rune)))
    }
}

fn bound_spans(bind: &RangeBind) -> Vec<Span> {
    match bind {
        RangeBind::None => Vec::new(),
        RangeBind::Define(names) => names.iter().map(|name| name.span).collect(),
        RangeBind::Assign(targets) => targets.iter().map(|target| target.span).collect(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn what_can_be_gone_over() {
        check(
            r#"func f(m map[string]int, s <-chan int, t chan<- int, it func(yield func(int) bool), bad func(int)) {
	for i := range 10 { _ = i }
	for i, c := range "abc" { _, _ = i, c }
	for k, v := range m { _, _ = k, v }
	for v := range s { _ = v }
	for v := range it { _ = v }
	for range it { }
	for i, j := range 10 { _, _ = i, j }
	for k, v := range s { _, _ = k, v }
	for range t { }
	for range bad { }
	for range 1.5 { }
	for _ := range m { }
	var x int8
	for x = range 5 { }
	_ = x
}
"#,
            expect![[r#"
                8: [range] range over `10` permits only one iteration variable
                9: [range] range over `s` permits only one iteration variable
                10: [range] cannot range over `t`
                11: [range] cannot range over `bad`
                12: [range] cannot range over `1.5`
                13: [no-new-variable] no new variables on left side of `:=`
            "#]],
        );
    }
}
