//! Who handles the error of a `T ! E`: `try`, `fail` and `recover`.
//!
//! An error goes to the innermost `try { … } recover` block of the same function, else out of the function, whose
//! result must then be a `T ! E` that takes it. There is no other way, so that every error has a visible handler.

use super::stmts::{FuncKind, TryBlock};
use super::{Checker, Context, Operand, terminating};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::types::{Mode, Ty, TyKind, VarKind};

impl<'a> Checker<'a> {
    pub fn try_expr(&mut self, expr: &'a Expr, inner: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let operand = self.raw_expr(inner, hint);
        if operand.is_error() {
            return Operand::error(expr);
        }
        let TyKind::Result(value, error) = operand.ty.kind() else {
            self.report_cannot_fail(inner, operand.ty, "try");
            return Operand::error(expr);
        };
        self.route_error(expr.span, *error, "try");
        self.value_of(expr, *value)
    }

    fn value_of(&self, expr: &'a Expr, ty: Ty) -> Operand<'a> {
        let mode = if matches!(ty.kind(), TyKind::Unit) { Mode::NoValue } else { Mode::Value };
        Operand::new(mode, ty, expr)
    }

    fn report_cannot_fail(&mut self, inner: &Expr, ty: Ty, word: &str) {
        let name = self.type_name(ty);
        let text = self.source_text(inner.span);
        let mut diagnostic = Diagnostic::error(
            Code::Try,
            inner.span,
            format!("`{text}` cannot fail, so there is nothing to `{word}`"),
        )
        .label(format!("this is of type `{name}`, not `T ! E`"));
        if ty == self.universe.error {
            diagnostic = diagnostic.help(
                "an `error` that is given as a value is only that; a function that can fail has the result `! error`, and says `fail err`",
            );
        }
        self.report(diagnostic);
    }

    /// `fail err`.
    pub fn fail_stmt(&mut self, span: Span, error: &'a Expr) {
        let wanted = self.error_type();
        let mut operand = self.expr(error, wanted);
        if operand.is_error() {
            return;
        }
        match wanted {
            Some(ty) => {
                self.assign(operand, ty, &Context::Fail);
            }
            None => {
                self.use_default(&mut operand);
                self.route_error(span, operand.ty, "fail");
            }
        }
    }

    fn in_try_block(&self) -> bool {
        self.flow.tries.last().is_some_and(|block| block.depth == self.funcs.len())
    }

    /// The error type of the function around, where errors go out of it.
    fn error_type(&self) -> Option<Ty> {
        if self.in_try_block() {
            return None;
        }
        match self.funcs.last()?.result.kind() {
            TyKind::Result(_, error) => Some(*error),
            _ => None,
        }
    }

    /// Sends an error of type `error` to whoever handles errors here.
    fn route_error(&mut self, span: Span, error: Ty, word: &str) {
        if self.in_try_block() {
            self.flow.tries.last_mut().expect("just seen").errors.push(error);
            return;
        }
        if let Some(wanted) = self.error_type() {
            self.assign(Operand::synthetic(error, span), wanted, &Context::Fail);
            return;
        }
        let place = match self.funcs.last().map(|context| context.kind) {
            // What the function gives could not be read.
            _ if !self.is_undamaged() && self.funcs.last().is_some_and(|f| f.result.is_error()) => return,
            // The test fails.
            Some(FuncKind::Test) => return,
            None => "the initialisation of a package variable has nobody to give the error to",
            Some(FuncKind::Parallel) => "the turn of a `go parallel for` has nobody to give the error to",
            Some(FuncKind::Function) => "this function has no error result",
        };
        if let Some(func) = self.funcs.last_mut().filter(|_| word == "fail") {
            func.unsettled = true;
        }
        let name = self.type_name(error);
        self.report(
            Diagnostic::error(Code::Try, span, format!("`{word}` is not possible here: {place}"))
                .label(format!("the error is of type `{name}`"))
                .help("give the function a result `T ! E` (or `! E`), or handle the error with `recover err { … }`"),
        );
    }

    /// `x recover err { … }` and `try { … } recover err { … }`.
    pub fn recover_expr(
        &mut self,
        expr: &'a Expr,
        body: &'a RecoverBody,
        name: Option<&'a Ident>,
        handler: &'a Block,
        hint: Option<Ty>,
        wanted: bool,
    ) -> Operand<'a> {
        let (value, error) = match body {
            RecoverBody::Expr(inner) => match self.fallible(inner, hint) {
                Some(found) => found,
                None => (Ty::error(), Ty::error()),
            },
            RecoverBody::Block(block) => self.try_block(block, hint, wanted),
        };
        let before = self.narrowed.clone();
        if let RecoverBody::Block(block) = body {
            self.forget_assigned_in(|names| crate::syntax::visit::Visitor::block(names, block));
        }
        let hint = if matches!(value.kind(), TyKind::Unit | TyKind::Never | TyKind::Error) {
            hint
        } else {
            Some(value)
        };
        let given = self.in_scope(|this| {
            if let Some(name) = name {
                let var = this.declare_var(*name, error, VarKind::Local);
                // Naming the error is enough: a handler that ignores it says so by its body.
                this.used_vars.insert(var);
            }
            match value.kind() {
                TyKind::Unit => this.block_value(handler, hint, false),
                _ if wanted => this.block_value(handler, hint, true),
                _ => {
                    this.handler_stmts(handler, hint);
                    None
                }
            }
        });
        self.narrowed.retain(|var| before.contains(var));
        // Nobody takes the value, and the handler may have given one of another type.
        let value = if wanted || value.is_error() { value } else { Ty::unit() };
        let ty = self.handled(value, given);
        if value.is_error() && !matches!(body, RecoverBody::Block(_)) {
            return Operand::error(expr);
        }
        self.value_of(expr, ty)
    }

    /// A handler whose value nobody takes; it may give one all the same.
    fn handler_stmts(&mut self, handler: &'a Block, hint: Option<Ty>) {
        match handler.stmts.split_last() {
            Some((Stmt { kind: StmtKind::Expr(value), .. }, before)) => {
                self.stmts(before);
                self.raw_expr(value, hint);
            }
            _ => self.stmts(&handler.stmts),
        }
    }

    /// The type of a handled value: that of the body, which the handler's value must have, too.
    fn handled(&mut self, value: Ty, given: Option<Operand<'a>>) -> Ty {
        let Some(mut given) = given else { return value };
        match value.kind() {
            TyKind::Error | TyKind::Unit => value,
            // The body never gives a value, so the handler decides.
            TyKind::Never => {
                self.use_default(&mut given);
                given.ty
            }
            _ if matches!(given.ty.kind(), TyKind::Never) => value,
            _ => {
                self.assign(given, value, &Context::Other("as the value of this `recover`"));
                value
            }
        }
    }

    /// Value and error types of an expression that can fail.
    fn fallible(&mut self, inner: &'a Expr, hint: Option<Ty>) -> Option<(Ty, Ty)> {
        let operand = self.raw_expr(inner, hint);
        if operand.is_error() {
            return None;
        }
        match operand.ty.kind() {
            TyKind::Result(value, error) => Some((*value, *error)),
            _ => {
                self.report_cannot_fail(inner, operand.ty, "recover");
                None
            }
        }
    }

    /// The value of a `try` block and the type of the errors that come out of it.
    fn try_block(&mut self, block: &'a Block, hint: Option<Ty>, wanted: bool) -> (Ty, Ty) {
        self.flow.tries.push(TryBlock { depth: self.funcs.len(), errors: Vec::new() });
        let given = self.in_scope(|this| this.block_value(block, hint, wanted));
        let mut errors = self.flow.tries.pop().map(|block| block.errors).unwrap_or_default();
        errors.retain(|ty| !ty.is_error());
        errors.dedup();
        let error = match errors.as_slice() {
            [one] => *one,
            _ => self.universe.error,
        };
        let value = match given {
            Some(mut operand) => {
                if !matches!(operand.ty.kind(), TyKind::Unit) {
                    self.use_default(&mut operand);
                }
                operand.ty
            }
            None => Ty::unit(),
        };
        (value, error)
    }

    /// Checks a block whose last statement may be its value. Gives that value if one is wanted: of type
    /// [`TyKind::Never`] when the block does not come to its end.
    pub fn block_value(&mut self, block: &'a Block, hint: Option<Ty>, wanted: bool) -> Option<Operand<'a>> {
        if !wanted {
            self.stmts(&block.stmts);
            return None;
        }
        let last = block.stmts.iter().rposition(|stmt| !matches!(stmt.kind, StmtKind::Empty));
        let (before, last) = match last {
            Some(index) => (&block.stmts[..index], Some(&block.stmts[index])),
            None => (&block.stmts[..], None),
        };
        self.stmts(before);
        if let Some(Stmt { kind: StmtKind::Expr(value), .. }) = last
            && !terminating::never_returns(&self.program.info, value)
        {
            let operand = self.raw_expr(value, hint);
            if terminating::never_returns(&self.program.info, value) {
                return Some(Operand::synthetic(Ty::never(), value.span));
            }
            if matches!(operand.ty.kind(), TyKind::Unit | TyKind::Tuple(_)) {
                self.report_no_value(strip(value).span);
                return Some(Operand::error(value));
            }
            return Some(operand);
        }
        if let Some(last) = last {
            self.stmt(last);
        }
        if !terminating::leaves(&self.program.info, &block.stmts) {
            self.report_no_value(block.span);
            return None;
        }
        Some(Operand::synthetic(Ty::never(), block.span))
    }

    fn report_no_value(&mut self, span: Span) {
        self.report(
            Diagnostic::error(Code::NotValue, span, "this gives no value, and one is needed here").help(
                "end the block with an expression, or leave it by `return`, `fail`, `break` or `continue`",
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn errors_need_a_handler() {
        check(
            r#"func g() int ! error { return 1 }
func h() ! error { }
func a() int ! error { return try g() }
func b() int { return try g() }
func c() { g()
	h()
	_ = g()
	x := g() recover err { _ = err; 3 }
	_ = x
	try { try g(); try h() } recover err { _ = err }
	h() recover _ { } }
func d() int ! error { n := try 1; return n }
func e() int ! error { return g() }
func i(err error) int ! error { if true { fail err }; fail 1 }
func j(err error) { fail err }
func k() int { return g() recover err { } }
"#,
            expect![[r#"
                4: [try] `try` is not possible here: this function has no error result
                5: [unhandled-error] `g()` can fail, and nothing handles that
                6: [unhandled-error] `h()` can fail, and nothing handles that
                12: [try] `1` cannot fail, so there is nothing to `try`
                14: [missing-method] cannot use the constant `1` as `error` as this function's error
                15: [try] `fail` is not possible here: this function has no error result
                16: [not-value] this gives no value, and one is needed here
            "#]],
        );
    }
}
