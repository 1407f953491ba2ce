//! Built-in functions.

use super::constants;
use super::predicates::is_untyped;
use super::{Checker, Context, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{Arg, BinaryOp, Call, Expr, ExprKind, UnaryOp, strip};
use crate::types::patterns::End;
use crate::types::{Builtin, Constant, Mode, Ty, TyKind, Untyped};

impl<'a> Checker<'a> {
    pub(super) fn builtin_call(
        &mut self,
        expr: &'a Expr,
        call: &'a Call,
        builtin: Builtin,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        if builtin != Builtin::Make
            && let Some(name) = call.args.iter().find_map(|arg| arg.name)
        {
            let message = format!("`{}` has no options", builtin.name());
            self.report(
                Diagnostic::error(Code::BuiltinUse, name.span, message).label("named like an option"),
            );
        }
        if call.spread && builtin != Builtin::Append {
            self.use_args(&call.args);
            let message = format!("`...` in a call of `{}`", builtin.name());
            self.report(
                Diagnostic::error(Code::BuiltinUse, expr.span, message)
                    .label("does not take any number of values"),
            );
            return Operand::error(expr);
        }
        let (least, most) = match builtin {
            Builtin::Append => (1, None),
            Builtin::Cap | Builtin::Clear | Builtin::Close | Builtin::Len | Builtin::Panic => (1, Some(1)),
            Builtin::Copy | Builtin::Delete => (2, Some(2)),
            Builtin::Make => (1, Some(3)),
            Builtin::Max | Builtin::Min => (1, None),
            _ => (0, None),
        };
        let count = call.args.iter().filter(|arg| arg.name.is_none()).count();
        let multi =
            count == 1 && matches!(strip(&call.args[0].value).kind, ExprKind::Call(_)) && most != Some(1);
        if (count < least && !multi) || most.is_some_and(|most| count > most) {
            self.use_builtin_args(builtin, &call.args);
            let (at, how) = match count < least {
                true => (call.args.last().map_or(expr.span, |arg| arg.value.span), "not enough"),
                false => (call.args[most.unwrap_or(0)].value.span, "too many"),
            };
            let wanted = match most {
                Some(most) if most == least => format!("{least}"),
                Some(most) => format!("{least} to {most}"),
                None => format!("at least {least}"),
            };
            self.report(
                Diagnostic::error(
                    Code::ArgumentCount,
                    at,
                    format!("{how} arguments for `{}`: it takes {wanted}, not {count}", builtin.name()),
                )
                .label(how),
            );
            return Operand::error(expr);
        }
        match builtin {
            Builtin::Append => self.append(expr, call, hint),
            Builtin::Len | Builtin::Cap => self.len_or_cap(expr, &call.args[0].value, builtin),
            Builtin::Clear => self.clear(expr, &call.args[0].value),
            Builtin::Close => self.close(expr, &call.args[0].value),
            Builtin::Copy => self.copy(expr, &call.args),
            Builtin::Delete => self.delete(expr, &call.args),
            Builtin::Make => self.make(expr, &call.args),
            Builtin::Max | Builtin::Min => self.min_max(expr, call, builtin, hint),
            Builtin::Panic => {
                let x = self.expr(&call.args[0].value, None);
                self.assign(x, Ty::any(), &Context::BuiltinArgument("panic"));
                Operand::new(Mode::NoValue, Ty::never(), expr)
            }
            Builtin::Print | Builtin::Println => self.print(expr, &call.args),
            Builtin::New | Builtin::Recover | Builtin::Complex | Builtin::Real | Builtin::Imag => {
                self.refused(expr, call, builtin, hint)
            }
        }
    }

    /// Arguments that cannot be checked; the first of `make` is a type.
    fn use_builtin_args(&mut self, builtin: Builtin, args: &'a [Arg]) {
        let skip = usize::from(matches!(builtin, Builtin::Make | Builtin::New));
        let (types, values) = args.split_at(skip.min(args.len()));
        types.iter().for_each(|arg| self.pass_by(&arg.value));
        self.use_args(values);
    }

    fn refused(&mut self, expr: &'a Expr, call: &'a Call, builtin: Builtin, hint: Option<Ty>) -> Operand<'a> {
        self.use_builtin_args(builtin, &call.args);
        let says = |message, help| Diagnostic::error(Code::NotInGoo, expr.span, message).help(help);
        let diagnostic = match builtin {
            // The pointer type of what it is for has been reported.
            Builtin::New if hint.is_some_and(Ty::is_error) => return Operand::error(expr),
            Builtin::New => says(
                "Goo has no `new`: there are no pointers",
                "declare a variable, or use a literal: `var x T`, `T{}`",
            ),
            Builtin::Recover => says(
                "Goo has no `recover()`: a panic crashes its task",
                "return an error (`T ! error`) for what a caller can handle; supervise the task for the rest",
            ),
            _ => super::instead::of_complex(expr.span),
        };
        self.report(diagnostic);
        Operand::error(expr)
    }

    fn bad_argument(&mut self, x: &Operand<'a>, builtin: Builtin, why: &str) -> Operand<'a> {
        // It may be what is needed: what is under its type is a mistake.
        if self.underlying(x.ty).is_error() {
            return Operand { ty: Ty::error(), ..x.clone() };
        }
        let what = self.describe(x);
        self.report(
            Diagnostic::error(
                Code::BuiltinUse,
                x.span,
                format!("`{}` does not work on {what}", builtin.name()),
            )
            .label(why),
        );
        Operand { ty: Ty::error(), ..x.clone() }
    }

    /// `&x` or `x`: built-in functions that change their argument take both.
    fn changed_argument(&mut self, arg: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        if let ExprKind::Unary { op: UnaryOp::Ref, operand } = &strip(arg).kind {
            let x = self.changed_argument(operand, hint);
            self.record(&Operand { expr: Some(arg), span: arg.span, ..x.clone() });
            return x;
        }
        let x = self.expr(arg, hint);
        self.see_through(strip(arg));
        x
    }

    /// `[]byte(b)`, where `b` is a slice: in Go both have the same elements.
    fn see_through(&mut self, arg: &'a Expr) {
        let ExprKind::Call(call) = &arg.kind else { return };
        let info = &self.program.info;
        let mode = info.exprs.get(&strip(&call.callee).id).map(|callee| callee.mode);
        let ([from], Some(Mode::Type)) = (call.args.as_slice(), mode) else { return };
        let types = [arg, &from.value].map(|e| info.exprs.get(&e.id).map_or(Ty::error(), |e| e.ty));
        let [to, original] = types.map(|ty| self.underlying(ty));
        if let (TyKind::Slice(_), TyKind::Slice(_)) | (TyKind::Map(..), TyKind::Map(..)) =
            (to.kind(), original.kind())
        {
            self.program.info.seen_through.insert(arg.id);
            self.see_through(strip(&from.value));
        }
    }

    fn append(&mut self, expr: &'a Expr, call: &'a Call, hint: Option<Ty>) -> Operand<'a> {
        let first = &call.args[0].value;
        let mut list = self.raw_expr(first, hint);
        // `append(f())` of a function with several results.
        let mut rest: Option<Vec<Operand<'a>>> = None;
        if let (TyKind::Tuple(types), false) = (list.ty.kind(), list.is_error())
            && call.args.len() == 1
        {
            rest = Some(types[1..].iter().map(|ty| Operand::synthetic(*ty, first.span)).collect());
            list = Operand::synthetic(types[0], first.span);
        }
        self.single_value(&mut list);
        if list.is_error() {
            self.use_args(&call.args[1..]);
            return Operand::error(expr);
        }
        let core = self.core_string(list.ty).unwrap_or(list.ty);
        let elem = match core.kind() {
            TyKind::Slice(elem) => *elem,
            TyKind::Error => Ty::error(),
            _ => {
                self.use_args(&call.args[1..]);
                self.bad_argument(&list, Builtin::Append, "not a slice");
                return Operand::error(expr);
            }
        };
        if call.spread && call.args.len() == 2 {
            let x = self.expr(&call.args[1].value, Some(list.ty));
            self.append_all(x, elem);
        } else if call.spread {
            self.use_args(&call.args[1..]);
            self.report(
                Diagnostic::error(Code::ArgumentCount, expr.span, "`append` takes one slice with `...`")
                    .label("either single values, or one slice"),
            );
        } else {
            let context = Context::BuiltinArgument("append");
            let values = match rest {
                Some(rest) => rest,
                None => call.args[1..].iter().map(|arg| self.generic_expr(&arg.value, Some(elem))).collect(),
            };
            for x in values {
                self.assign(x, elem, &context);
            }
        }
        Operand::value(list.ty, expr)
    }

    /// `append(s, t...)`.
    fn append_all(&mut self, mut x: Operand<'a>, elem: Ty) {
        if x.is_error() {
            return;
        }
        let core = self.core_string(x.ty).unwrap_or(x.ty);
        if matches!(core.kind(), TyKind::String | TyKind::Untyped(Untyped::String))
            && self.underlying(elem) == Ty::byte()
        {
            self.use_default(&mut x);
            return;
        }
        if matches!(core.kind(), TyKind::Slice(e) if *e == elem) {
            return;
        }
        self.assign(x, Ty::slice(elem), &Context::BuiltinArgument("append"));
    }

    fn len_or_cap(&mut self, expr: &'a Expr, arg: &'a Expr, builtin: Builtin) -> Operand<'a> {
        let mut x = self.expr(arg, None);
        if x.is_error() {
            return Operand::error(expr);
        }
        if let (Some(Constant::Str(bytes)), Mode::Const, Builtin::Len) = (&x.constant, x.mode, builtin) {
            let len = bytes.len();
            self.use_default(&mut x);
            return Operand::constant(Ty::int(), Constant::Int(len.into()), expr);
        }
        let ok = match x.ty.kind() {
            TyKind::Param(param) => {
                let terms = self.terms(*param).unwrap_or_default();
                !terms.is_empty()
                    && terms.iter().all(|t| {
                        let under = self.underlying(t.ty);
                        has_length(under, builtin)
                    })
            }
            _ => {
                let under = self.underlying(x.ty);
                if let TyKind::Array(len, _) = under.kind()
                    && !self.runs_code(arg)
                {
                    return Operand::constant(Ty::int(), Constant::Int((*len).into()), expr);
                }
                has_length(under, builtin)
            }
        };
        if !ok {
            self.bad_argument(&x, builtin, "has no length");
            return Operand::error(expr);
        }
        self.use_default(&mut x);
        Operand::value(Ty::int(), expr)
    }

    /// Whether an expression calls a function or receives: then its length is not a constant.
    fn runs_code(&self, expr: &Expr) -> bool {
        let any = |args: &[Arg]| args.iter().any(|arg| self.runs_code(&arg.value));
        match &expr.kind {
            ExprKind::Name(_) | ExprKind::Lit(_) | ExprKind::FuncLit(_) => false,
            ExprKind::Paren(inner) => self.runs_code(inner),
            ExprKind::Select { base, .. } => self.runs_code(base),
            ExprKind::Index { base, args } => {
                self.runs_code(base) || args.iter().any(|arg| self.runs_code(arg))
            }
            ExprKind::Unary { op, operand } => *op == UnaryOp::Recv || self.runs_code(operand),
            ExprKind::Binary { left, right, .. } => self.runs_code(left) || self.runs_code(right),
            ExprKind::Composite { elems, .. } => elems
                .iter()
                .any(|e| self.runs_code(&e.value) || e.key.as_ref().is_some_and(|key| self.runs_code(key))),
            ExprKind::Call(call) => {
                let info = &self.program.info;
                let constant = info.exprs.get(&expr.id).is_some_and(|info| info.constant.is_some());
                let conversion = info.types.contains_key(&strip(&call.callee).id);
                !constant && (!conversion || any(&call.args))
            }
            _ => true,
        }
    }

    fn clear(&mut self, expr: &'a Expr, arg: &'a Expr) -> Operand<'a> {
        let x = self.changed_argument(arg, None);
        if x.is_error() {
            return Operand::error(expr);
        }
        if !self.all(x.ty, |ty| matches!(ty.kind(), TyKind::Map(..) | TyKind::Slice(_) | TyKind::Error)) {
            self.bad_argument(&x, Builtin::Clear, "not a map or slice");
            return Operand::error(expr);
        }
        Operand::new(Mode::NoValue, Ty::unit(), expr)
    }

    fn close(&mut self, expr: &'a Expr, arg: &'a Expr) -> Operand<'a> {
        let x = self.expr(arg, None);
        if x.is_error() {
            return Operand::error(expr);
        }
        if !self.all(x.ty, |ty| matches!(ty.kind(), TyKind::Chan { .. } | TyKind::Error)) {
            self.bad_argument(&x, Builtin::Close, "not a channel");
            return Operand::error(expr);
        }
        if !self.all(x.ty, |ty| End::of_kind(ty.kind()).is_none_or(|end| end.closes)) {
            let what = self.describe(&x);
            let sends = self.end_of(x.ty).is_some_and(|end| end.sends.any());
            let why = if sends { "it ends with its last use" } else { "this end can only receive" };
            self.report(
                Diagnostic::error(Code::WrongEnd, x.span, format!("`close` does not work on {what}"))
                    .label(why),
            );
            return Operand::error(expr);
        }
        Operand::new(Mode::NoValue, Ty::unit(), expr)
    }

    fn copy(&mut self, expr: &'a Expr, args: &'a [Arg]) -> Operand<'a> {
        let [to, from] = args else { return self.results_to_change(expr, args, Builtin::Copy) };
        let to = self.changed_argument(&to.value, None);
        let mut from = self.expr(&from.value, Some(to.ty));
        if to.is_error() || from.is_error() {
            return Operand::error(expr);
        }
        let to_core = self.core_type(to.ty).unwrap_or(to.ty);
        let TyKind::Slice(elem) = to_core.kind() else {
            self.bad_argument(&to, Builtin::Copy, "not a slice");
            return Operand::error(expr);
        };
        let from_core = self.core_string(from.ty).unwrap_or(from.ty);
        let ok = match from_core.kind() {
            TyKind::String | TyKind::Untyped(Untyped::String) => self.underlying(*elem) == Ty::byte(),
            TyKind::Slice(other) => other == elem,
            TyKind::Error => true,
            _ => {
                self.bad_argument(&from, Builtin::Copy, "not a slice");
                return Operand::error(expr);
            }
        };
        if !ok {
            let (a, b) = (self.type_name(to.ty), self.type_name(from.ty));
            self.report(
                Diagnostic::error(Code::Mismatch, to.span, format!("cannot copy from `{b}` to `{a}`"))
                    .label("their elements differ in type"),
            );
            return Operand::error(expr);
        }
        if is_untyped(from.ty) {
            self.use_default(&mut from);
        }
        Operand::value(Ty::int(), expr)
    }

    /// `copy(f())` with two results: what is changed must be a variable, which a result is not.
    fn results_to_change(&mut self, expr: &'a Expr, args: &'a [Arg], builtin: Builtin) -> Operand<'a> {
        self.use_args(args);
        if let [arg] = args {
            let message =
                format!("`{}` changes its first argument, so that must be a variable", builtin.name());
            self.report(
                Diagnostic::error(Code::BuiltinUse, arg.value.span, message)
                    .label("a result is a copy, which nobody keeps")
                    .help("give the results names first, and call it with these"),
            );
        }
        Operand::error(expr)
    }

    fn delete(&mut self, expr: &'a Expr, args: &'a [Arg]) -> Operand<'a> {
        let [map, key] = args else { return self.results_to_change(expr, args, Builtin::Delete) };
        let map = self.changed_argument(&map.value, None);
        if map.is_error() {
            self.expr(&key.value, None);
            return Operand::error(expr);
        }
        let core = self.core_type(map.ty).unwrap_or(map.ty);
        let TyKind::Map(key_ty, _) = core.kind() else {
            self.expr(&key.value, None);
            self.bad_argument(&map, Builtin::Delete, "not a map");
            return Operand::error(expr);
        };
        let k = self.expr(&key.value, Some(*key_ty));
        self.assign(k, *key_ty, &Context::BuiltinArgument("delete"));
        Operand::new(Mode::NoValue, Ty::unit(), expr)
    }

    fn print(&mut self, expr: &'a Expr, args: &'a [Arg]) -> Operand<'a> {
        for arg in args {
            let mut x = self.raw_expr(&arg.value, None);
            // `println(f())` prints all results of `f`.
            let several = args.len() == 1 && matches!(x.ty.kind(), TyKind::Tuple(_));
            if !several && self.single_value(&mut x) {
                self.use_default(&mut x);
            }
        }
        Operand::new(Mode::NoValue, Ty::unit(), expr)
    }

    fn min_max(&mut self, expr: &'a Expr, call: &'a Call, builtin: Builtin, hint: Option<Ty>) -> Operand<'a> {
        let mut values: Vec<Operand<'a>> = call.args.iter().map(|arg| self.expr(&arg.value, hint)).collect();
        if values.iter().any(Operand::is_error) {
            return Operand::error(expr);
        }
        for x in &values {
            if !self.all_ordered(x.ty) {
                self.bad_argument(x, builtin, "its values have no order");
                return Operand::error(expr);
            }
        }
        let op = if builtin == Builtin::Min { BinaryOp::Lt } else { BinaryOp::Gt };
        let mut rest = values.drain(..);
        let Some(mut x) = rest.next() else { return Operand::error(expr) };
        let mut all = vec![x.clone()];
        for mut y in rest {
            self.match_types(&mut x, &mut y);
            if x.is_error() || y.is_error() {
                return Operand::error(expr);
            }
            if x.ty != y.ty {
                let (a, b) = (self.type_name(x.ty), self.type_name(y.ty));
                self.report(
                    Diagnostic::error(
                        Code::Mismatch,
                        y.span,
                        format!("`{}` needs values of one type, not `{a}` and `{b}`", builtin.name()),
                    )
                    .label(format!("of type `{b}`"))
                    .also(x.span, format!("of type `{a}`")),
                );
                return Operand::error(expr);
            }
            all.push(y.clone());
            match (&x.constant, &y.constant) {
                (Some(a), Some(b)) if x.mode == Mode::Const && y.mode == Mode::Const => {
                    if constants::compare(b, op, a) {
                        x.constant = y.constant.clone();
                    }
                }
                _ => {
                    x.mode = Mode::Value;
                    x.constant = None;
                }
            }
        }
        // A value (and not a constant) has a type, and all arguments have it.
        if x.mode != Mode::Const {
            x.mode = Mode::Value;
            let ty = super::conversions::default_type(x.ty);
            for operand in &all {
                if let Some(arg) = operand.expr {
                    self.update_expr_type(arg, ty);
                }
            }
            x.ty = ty;
        }
        Operand { expr: Some(expr), span: expr.span, generic: None, ..x }
    }
}

fn has_length(under: Ty, builtin: Builtin) -> bool {
    match under.kind() {
        TyKind::String | TyKind::Untyped(Untyped::String) | TyKind::Map(..) => builtin == Builtin::Len,
        TyKind::Array(..) | TyKind::Slice(_) | TyKind::Chan { .. } | TyKind::Error => true,
        _ => false,
    }
}
