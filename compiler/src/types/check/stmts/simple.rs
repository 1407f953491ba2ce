//! Statements without statements inside: expressions, sends, `x++`, `return`, `defer`, `assert`.

use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::types::check::{Checker, Context, FuncKind, Operand};
use crate::types::{Builtin, Entity, Mode, Ty, TyKind};

impl<'a> Checker<'a> {
    /// An expression as a statement: a call, a receive, or one of the expressions that are really statements.
    pub fn expr_stmt(&mut self, expr: &'a Expr) {
        let operand = match &strip(expr).kind {
            ExprKind::Match(_) | ExprKind::Recover { .. } => self.unused_flow_expr(expr),
            _ => self.raw_expr(expr, None),
        };
        if operand.is_error() {
            return;
        }
        match operand.mode {
            Mode::Builtin(builtin) => {
                self.unused(expr, format!("`{}` must be called", builtin.name()));
            }
            Mode::Type => {
                self.unused(expr, format!("`{}` is a type, not an expression", self.source_text(expr.span)))
            }
            Mode::Package => {}
            _ if self.stands_alone(expr) => self.unhandled_result(expr, operand.ty),
            _ => self.unused(expr, format!("`{}` is not used", self.source_text(expr.span))),
        }
    }

    fn unused(&mut self, expr: &'a Expr, message: String) {
        let mut diagnostic = Diagnostic::error(Code::UnusedResult, expr.span, message);
        if let ExprKind::Call(call) = &strip(expr).kind
            && let (Some(Mode::Builtin(Builtin::Append)), Some(first)) =
                (self.callee_mode(&call.callee), call.args.first())
            && matches!(first.value.kind, ExprKind::Name(_) | ExprKind::Select { .. })
        {
            let (slice, all) = (self.source_text(first.value.span), self.source_text(expr.span));
            diagnostic = diagnostic.help(format!("`append` gives the longer slice: `{slice} = {all}`"));
        }
        self.report(diagnostic);
    }

    /// Whether the expression does something, so that it may be a statement.
    fn stands_alone(&self, expr: &Expr) -> bool {
        let expr = strip(expr);
        match &expr.kind {
            ExprKind::Call(call) => !self.only_gives(&call.callee),
            ExprKind::Unary { op: UnaryOp::Recv, .. }
            | ExprKind::Try(_)
            | ExprKind::Go(_)
            | ExprKind::GoSupervise(_)
            | ExprKind::Parallel(_)
            | ExprKind::Match(_)
            | ExprKind::Recover { .. }
            | ExprKind::Within { .. }
            | ExprKind::Error => true,
            _ => false,
        }
    }

    /// A conversion, or a built-in function that does nothing but give a result.
    fn only_gives(&self, callee: &Expr) -> bool {
        use Builtin::*;
        match self.callee_mode(callee) {
            Some(Mode::Type) => true,
            Some(Mode::Builtin(builtin)) => {
                matches!(builtin, Append | Cap | Complex | Imag | Len | Make | Max | Min | New | Real)
            }
            _ => false,
        }
    }

    pub(crate) fn callee_mode(&self, callee: &Expr) -> Option<Mode> {
        let callee = strip(callee);
        if let Some(Entity::Builtin(builtin)) = self.program.info.uses.get(&callee.id) {
            return Some(Mode::Builtin(*builtin));
        }
        if self.program.info.types.contains_key(&callee.id) {
            return Some(Mode::Type);
        }
        self.program.info.exprs.get(&callee.id).map(|info| info.mode)
    }

    /// A `T ! E` that nobody looks at.
    fn unhandled_result(&mut self, expr: &'a Expr, ty: Ty) {
        let TyKind::Result(_, error) = ty.kind() else { return };
        let error = self.type_name(*error);
        self.report(
            Diagnostic::error(Code::UnhandledError, expr.span, format!("`{}` can fail, and nothing handles that", self.source_text(expr.span)))
                .label(format!("may give an error of type `{error}`"))
                .help("write `try` before it to pass the error on, `recover err { … }` after it to handle it, or `_ =` before it to ignore it"),
        );
    }

    pub fn send_stmt(&mut self, span: Span, chan: &'a Expr, value: &'a Expr) {
        let channel = self.send_target(chan);
        let Some(elem) = self.send_elem(&channel, span) else {
            self.expr(value, None);
            return;
        };
        let value = self.expr(value, Some(elem));
        self.assign(value, elem, &Context::Send);
    }

    /// A send whose failure is handled around it.
    pub fn send_expr(&mut self, expr: &'a Expr, chan: &'a Expr, value: &'a Expr) -> Operand<'a> {
        let channel = self.send_target(chan);
        let Some(elem) = self.send_elem(&channel, expr.span) else {
            self.expr(value, None);
            return Operand::error(expr);
        };
        let operand = self.expr(value, Some(elem));
        if let (TyKind::Result(..), false) = (operand.ty.kind(), operand.ty == elem) {
            let text = self.source_text(value.span);
            self.report(
                Diagnostic::error(
                    Code::UnhandledError,
                    value.span,
                    format!("`{text}` can fail, and nothing handles that"),
                )
                .label("the `try` or `recover` here is for the send, not for the value")
                .help(format!(
                    "handle it by itself: `… <- (try {text})`, or `… <- ({text} recover err {{ … }})`"
                )),
            );
            return Operand::error(expr);
        }
        self.assign(operand, elem, &Context::Send);
        let result = Ty::new(TyKind::Result(Ty::unit(), self.universe.full));
        Operand::value(result, expr)
    }

    pub fn defer_stmt(&mut self, expr: &'a Expr) {
        self.suspended_call("defer", expr);
    }

    /// The call of a `go` or `defer`. Gives the type of its result.
    pub fn suspended_call(&mut self, keyword: &str, expr: &'a Expr) -> Option<Ty> {
        let inner = strip(expr);
        let ExprKind::Call(call) = &inner.kind else {
            // What it names is used, all the same.
            if !self.raw_expr(expr, None).is_error() {
                self.report(
                    Diagnostic::error(
                        Code::CallRequired,
                        expr.span,
                        format!("the expression in `{keyword}` must be a function call"),
                    )
                    .help("put `()` after it"),
                );
            }
            return None;
        };
        let operand = self.raw_expr(expr, None);
        if operand.is_error() {
            return None;
        }
        if self.only_gives(&call.callee) {
            let message = match self.callee_mode(&call.callee) {
                Some(Mode::Type) => format!("`{keyword}` requires a function call, not a conversion"),
                _ => format!("`{keyword}` discards the result of `{}`", self.source_text(expr.span)),
            };
            self.report(Diagnostic::error(Code::CallRequired, expr.span, message));
            return None;
        }
        Some(operand.ty)
    }

    pub fn return_stmt(&mut self, span: Span, values: &'a [Expr]) {
        let Some(context) = self.funcs.last().cloned() else { return };
        // What the function gives could not be read.
        if context.result.is_error() && !self.is_undamaged() {
            self.check_all(values);
            return;
        }
        match context.kind {
            FuncKind::Parallel => {
                self.check_all(values);
                self.report(
                    Diagnostic::error(Code::Return, span, "`return` cannot leave a `go parallel for`")
                        .help("its turns are tasks: `continue` ends this one, `yield v` gives its result"),
                );
                return;
            }
            FuncKind::Test if !values.is_empty() => {
                self.check_all(values);
                self.report(Diagnostic::error(Code::Return, span, "a test has no result to return"));
                return;
            }
            _ => {}
        }
        if values.is_empty() && !context.results.is_empty() {
            self.shadowed_results(span, &context.results);
            return;
        }
        self.return_values(span, values, context.result);
    }

    /// Checks expressions whose values are of no use, so that what they name counts as used.
    fn check_all(&mut self, exprs: &'a [Expr]) {
        for expr in exprs {
            self.raw_expr(expr, None);
        }
    }

    /// A bare `return` gives the named results: they must be what their names mean here.
    fn shadowed_results(&mut self, span: Span, results: &[crate::types::VarId]) {
        for &result in results {
            let name = self.var(result).name;
            let Some(found) = self.lookup(name) else { continue };
            if self.var_objects.get(&result) == Some(&found) {
                continue;
            }
            let inner = self.object(found).span;
            self.report(
                Diagnostic::error(
                    Code::Return,
                    span,
                    format!("the result `{name}` is not in scope at this `return`"),
                )
                .also(inner, format!("another `{name}` is declared here")),
            );
        }
    }

    fn return_values(&mut self, span: Span, values: &'a [Expr], result: Ty) {
        let (wanted, error) = match result.kind() {
            TyKind::Result(value, error) => (*value, Some(*error)),
            _ => (result, None),
        };
        let wanted: Vec<Ty> = match wanted.kind() {
            TyKind::Unit => Vec::new(),
            TyKind::Tuple(types) => types.clone(),
            _ => vec![wanted],
        };
        if let (Some(_), [value]) = (error, values) {
            self.return_fallible(span, value, &wanted, result);
            return;
        }
        let hints: Vec<Option<Ty>> = wanted.iter().map(|ty| Some(*ty)).collect();
        let mut operands = if values.is_empty() { Vec::new() } else { self.multi_value(values, &hints, 0) };
        if let [operand] = operands.as_slice()
            && wanted.len() > 1
            && let Some(parts) = self.value_and_error(operand)
        {
            operands = parts;
        }
        self.give_results(span, operands, &wanted);
    }

    /// `return v` where the function may fail: `v` is its value, or a `T ! E` that is passed on as it is.
    fn return_fallible(&mut self, span: Span, value: &'a Expr, wanted: &[Ty], result: Ty) {
        let hints: Vec<Option<Ty>> = wanted.iter().map(|ty| Some(*ty)).collect();
        let mut operands = self.multi_value(std::slice::from_ref(value), &hints, 0);
        if let [operand] = operands.as_slice()
            && let TyKind::Result(..) = operand.ty.kind()
        {
            let operand = operands.remove(0);
            self.assign(operand, result, &Context::Return);
            return;
        }
        self.give_results(span, operands, wanted);
    }

    fn give_results(&mut self, span: Span, operands: Vec<Operand<'a>>, wanted: &[Ty]) {
        if operands.len() != wanted.len() {
            // One that is a mistake may stand for several, and a result that could not be read may be several.
            let unread = !self.is_undamaged() && wanted.iter().any(|ty| ty.is_error());
            if unread || operands.iter().any(Operand::is_error) {
                return;
            }
            self.report_return_count(span, &operands, wanted);
            return;
        }
        for (operand, ty) in operands.into_iter().zip(wanted) {
            self.assign(operand, *ty, &Context::Return);
        }
    }

    fn report_return_count(&mut self, span: Span, operands: &[Operand<'a>], wanted: &[Ty]) {
        if let Some(func) = self.funcs.last_mut() {
            func.unsettled = true;
        }
        let (have, want) = (operands.len(), wanted.len());
        let at = match operands.get(want).or(operands.last()) {
            Some(operand) => operand.span,
            None => span,
        };
        let few = if have < want { "not enough" } else { "too many" };
        let listed = self.type_list(operands.iter().map(|operand| operand.ty));
        let wanted = self.type_list(wanted.iter().copied());
        let diagnostic = Diagnostic::error(Code::ValueCount, at, format!("{few} values to return"))
            .label(format!("this gives {listed}, the function {wanted}"));
        // As in Go, where the error is one more result.
        let error = self.funcs.last().map(|func| func.result.kind()).and_then(|result| match result {
            TyKind::Result(_, error) => Some(*error),
            _ => None,
        });
        let last = operands.last().filter(|_| have == want + 1);
        let diagnostic = match (error, last) {
            (Some(_), Some(last)) if last.is_none() => {
                diagnostic.help("return the value alone: an error goes out by `fail`, and so there is none")
            }
            (Some(error), Some(last)) if self.assignable(last, error).is_ok() => {
                let text = self.source_text(last.span);
                diagnostic.help(format!("an error goes out without another value: `fail {text}`"))
            }
            _ => diagnostic,
        };
        self.report(diagnostic);
    }

    pub fn assert_stmt(&mut self, cond: &'a Expr, message: Option<&'a Expr>) {
        self.condition(cond, "assert");
        if let Some(message) = message {
            let operand = self.expr(message, Some(Ty::string()));
            self.assign(operand, Ty::any(), &Context::Other("as the message of `assert`"));
        }
    }

    /// An expression as it stands before `!=`.
    fn comparable_text(&self, expr: &'a Expr) -> String {
        let text = self.source_text(expr.span);
        match expr.kind {
            ExprKind::Binary { op, .. } if op.is_comparison() || matches!(op, BinaryOp::Default) => {
                format!("({text})")
            }
            _ => text,
        }
    }

    /// A condition: boolean.
    pub fn condition(&mut self, cond: &'a Expr, what: &str) {
        let mut operand = self.expr(cond, None);
        if operand.is_error() {
            return;
        }
        if self.all_boolean(operand.ty) || matches!(operand.ty.kind(), TyKind::Never) {
            self.use_default(&mut operand);
            return;
        }
        let ty = self.type_name(operand.ty);
        let mut diagnostic =
            Diagnostic::error(Code::Condition, cond.span, format!("non-boolean condition in `{what}`"))
                .label(format!("this is of type `{ty}`"));
        if matches!(operand.ty.kind(), TyKind::Optional(_)) {
            diagnostic = diagnostic.help("write `if v := … {`, or compare with `none`");
        } else if operand.mode == Mode::Const {
            // It holds always or never: nobody can tell what was meant.
        } else if self.all_numeric(operand.ty) {
            diagnostic = diagnostic.help(format!("write `{} != 0`", self.comparable_text(cond)));
        } else if self.all_string(operand.ty) {
            diagnostic = diagnostic.help(format!("write `{} != \"\"`", self.comparable_text(cond)));
        }
        self.report(diagnostic);
    }
}
