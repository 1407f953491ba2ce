//! Calls: which function, which arguments, which results.

use super::predicates::is_param;
use super::{Checker, Context, GenericFunc, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{Arg, Call, Expr, ExprKind, UnaryOp, strip};
use crate::types::{BuiltinMethod, FuncTy, Mode, ParamTy, Selection, Ty, TyKind};

impl<'a> Checker<'a> {
    /// The values of a list on the right of `=`, `:=` or `return`: one call may give several. `hints` are the types
    /// that are wanted, by position. With `want` 2, a single comma-ok expression gives `(T, bool)`, an optional `(T,
    /// bool)` and a `T ! E` its value and its error: `E?`, or `E` where that is wanted and is an interface, which can be
    /// `none` anyway. Does not report a wrong number of values: see [`Checker::report_count`].
    pub fn multi_value(&mut self, exprs: &'a [Expr], hints: &[Option<Ty>], want: usize) -> Vec<Operand<'a>> {
        if let [single] = exprs {
            let hint = if let [hint] = hints { *hint } else { None };
            // `v, ok := x` asks an optional whether it holds a value, also where flow has shown it.
            let mut x = if want == 2 { self.whole_raw_expr(single) } else { self.raw_expr(single, hint) };
            if let (TyKind::Tuple(types), false) = (x.ty.kind(), x.is_error()) {
                return types.iter().map(|ty| Operand::synthetic(*ty, single.span)).collect();
            }
            if x.generic.is_some() && hint.is_none() {
                x = self.report_uninstantiated(x);
            }
            if !self.single_value(&mut x) {
                // One mistake, however many values were wanted.
                let error = Operand::synthetic(Ty::error(), single.span);
                return vec![error; want.max(1)];
            }
            return match want {
                2 => self.pair_of(x, single, hints.get(1).copied().flatten()),
                1 => vec![self.lone_error(x, hint)],
                _ => vec![x],
            };
        }
        exprs
            .iter()
            .enumerate()
            .map(|(index, expr)| {
                let hint = hints.get(index).copied().flatten();
                let mut x = self.generic_expr(expr, hint);
                if x.generic.is_some() && hint.is_none() {
                    x = self.report_uninstantiated(x);
                }
                x
            })
            .collect()
    }

    /// `err := f()` of an `f` that gives no value: the error is all there is to unwrap. A variable that is declared
    /// as a result takes the result.
    fn lone_error(&mut self, x: Operand<'a>, hint: Option<Ty>) -> Operand<'a> {
        match x.ty.kind() {
            TyKind::Result(value, error)
                if matches!(value.kind(), TyKind::Unit)
                    && !hint.is_some_and(|ty| matches!(ty.kind(), TyKind::Result(..))) =>
            {
                Operand::synthetic(Ty::optional(*error), x.span)
            }
            _ => x,
        }
    }

    /// The two values of a comma-ok expression, if it is one; else the one that there is.
    fn pair_of(&mut self, x: Operand<'a>, expr: &'a Expr, second: Option<Ty>) -> Vec<Operand<'a>> {
        let under = self.underlying(x.ty);
        let (first, second) = match under.kind() {
            _ if matches!(x.mode, Mode::CommaOk | Mode::MapIndex) => {
                let pair = Ty::tuple(vec![x.ty, Ty::bool()]);
                self.retype_comma_ok(expr, pair);
                (x.ty, Ty::untyped(crate::types::Untyped::Bool))
            }
            TyKind::Optional(inner) => (*inner, Ty::untyped(crate::types::Untyped::Bool)),
            TyKind::Result(value, error) => {
                let plain = second == Some(*error) && self.has_none(*error);
                let error = if plain { *error } else { Ty::optional(*error) };
                if matches!(value.kind(), TyKind::Unit) {
                    return vec![Operand::synthetic(error, expr.span)];
                }
                (*value, error)
            }
            _ => return vec![x],
        };
        vec![Operand::synthetic(first, expr.span), Operand::synthetic(second, expr.span)]
    }

    /// `v, ok := ` uses an expression: its type in the tables is then the pair, through parentheses too.
    pub fn retype_comma_ok(&mut self, expr: &'a Expr, pair: Ty) {
        if let Some(info) = self.program.info.exprs.get_mut(&expr.id) {
            info.ty = pair;
            info.mode = Mode::CommaOk;
        }
        if let ExprKind::Paren(inner) = &expr.kind {
            self.retype_comma_ok(inner, pair);
        }
    }

    pub(super) fn call(&mut self, expr: &'a Expr, call: &'a Call, hint: Option<Ty>) -> Operand<'a> {
        let read = self.flow.reads.len();
        let result = self.checked_call(expr, call, hint);
        self.forget_changed(expr, call, read);
        result
    }

    fn checked_call(&mut self, expr: &'a Expr, call: &'a Call, hint: Option<Ty>) -> Operand<'a> {
        self.callee = Some(strip(&call.callee).id);
        let x = self.raw_expr(&call.callee, hint);
        self.callee = None;
        if x.is_error() {
            match call.args.as_slice() {
                // A conversion to a type that has been refused, which may be what `nil` or `&` is for.
                [arg] if is_pointer_type(&call.callee) => drop(self.raw_expr(&arg.value, Some(Ty::error()))),
                args => self.use_args(args),
            }
            return Operand::error(expr);
        }
        match x.mode {
            Mode::Type => return self.conversion_call(expr, call, x.ty),
            Mode::Builtin(builtin) => return self.builtin_call(expr, call, builtin, hint),
            _ => {}
        }
        if let Some(Selection::Builtin(BuiltinMethod::Subscribe)) =
            self.program.info.selections.get(&strip(&call.callee).id)
        {
            return self.subscribe(expr, call, x.ty);
        }
        self.refuse_named(&call.args);
        if let Some(&(def, index)) = self.open_cases.get(&strip(&call.callee).id) {
            return self.open_case_call(expr, call, def, index);
        }
        let mut x = x;
        if !self.single_value(&mut x) {
            self.use_args(&call.args);
            return Operand::error(expr);
        }
        if let Some(generic) = x.generic.clone() {
            return self.generic_call(expr, call, x, *generic);
        }
        let under = self.core_type(x.ty).unwrap_or(x.ty);
        let TyKind::Func(sig) = under.kind() else {
            if let Some(reply) = self.request_call(expr, call, under) {
                return reply;
            }
            if !under.is_error() {
                self.report_not_callable(&x, under);
            }
            self.use_args(&call.args);
            return Operand::error(expr);
        };
        self.arguments(call, sig);
        self.call_result(expr, sig.result)
    }

    fn report_not_callable(&mut self, x: &Operand<'a>, under: Ty) {
        let what = self.describe(x);
        let mut diagnostic = Diagnostic::error(Code::NotCallable, x.span, format!("cannot call {what}"))
            .label("not a function");
        if let TyKind::Optional(_) = under.kind() {
            diagnostic = diagnostic.help("unwrap the optional first: `if f := x { f() }`");
        }
        self.report(diagnostic);
    }

    pub(super) fn call_result(&mut self, expr: &'a Expr, result: Ty) -> Operand<'a> {
        match result.kind() {
            TyKind::Unit => Operand::new(Mode::NoValue, result, expr),
            _ => Operand::value(result, expr),
        }
    }

    /// Arguments of a call that cannot be checked: what they use is used.
    pub(super) fn use_args(&mut self, args: &'a [Arg]) {
        for arg in args {
            match &arg.value.kind {
                ExprKind::Unary { op: UnaryOp::Ref, operand } => self.raw_expr(operand, None),
                _ => self.raw_expr(&arg.value, None),
            };
        }
    }

    /// Named arguments are options, and only some built-in forms have those.
    fn refuse_named(&mut self, args: &'a [Arg]) {
        // Who names one names all.
        if let Some(name) = args.iter().find_map(|arg| arg.name) {
            self.report(
                Diagnostic::error(
                    Code::BuiltinUse,
                    name.span,
                    format!("an argument cannot be named here: `{}:`", name.name),
                )
                .label("only the options of `make` and of a few statements have names")
                .help("arguments stand in the order of the parameters"),
            );
        }
    }

    fn conversion_call(&mut self, expr: &'a Expr, call: &'a Call, ty: Ty) -> Operand<'a> {
        let name = self.type_name(ty);
        if let Some(named) = call.args.iter().find_map(|arg| arg.name) {
            self.use_args(&call.args);
            self.report(
                Diagnostic::error(
                    Code::BuiltinUse,
                    named.span,
                    format!("a conversion to `{name}` takes one value, without a name"),
                )
                .label("fields are named in a literal")
                .help(format!("a literal stands in braces: `{name}{{{}: …}}`", named.name)),
            );
            return Operand::error(expr);
        }
        let [arg] = call.args.as_slice() else {
            self.use_args(&call.args);
            let (at, why) = match call.args.last() {
                None => (expr.span, "an argument is missing"),
                Some(last) => (last.value.span, "too many arguments"),
            };
            self.report(
                Diagnostic::error(
                    Code::ArgumentCount,
                    at,
                    format!("a conversion to `{name}` takes one value"),
                )
                .label(why),
            );
            return Operand::error(expr);
        };
        let mut x = self.generic_expr(&arg.value, Some(ty));
        if x.generic.is_some() {
            x = self.instantiate_for(x, ty);
        }
        if call.spread {
            self.report(Diagnostic::error(
                Code::ArgumentCount,
                arg.value.span,
                "`...` has no meaning in a conversion",
            ));
            return Operand::error(expr);
        }
        if !x.is_error() && self.is_constraint(ty) {
            self.report(Diagnostic::error(
                Code::InvalidType,
                expr.span,
                format!("`{name}` is a constraint, so no value has it as its type"),
            ));
            return Operand::error(expr);
        }
        self.convert(&mut x, ty);
        Operand { expr: Some(expr), span: expr.span, generic: None, ..x }
    }

    /// The operands of a call's arguments: one call with several results fills several parameters.
    pub(super) fn argument_operands(&mut self, call: &'a Call, sig: &FuncTy, open: bool) -> Vec<Operand<'a>> {
        let count = call.args.len();
        if let [arg] = call.args.as_slice()
            && !is_ref(&arg.value)
        {
            let param = param_at(sig, 0, call.spread);
            let hint = param.filter(|_| !open).map(|param| param.ty);
            let x = self.argument(&arg.value, param, hint);
            if let (TyKind::Tuple(types), false) = (x.ty.kind(), x.is_error()) {
                return types.iter().map(|ty| Operand::synthetic(*ty, arg.value.span)).collect();
            }
            let mut x = x;
            if !call.spread
                && sig.takes_apart(x.ty)
                && let Some(parts) = self.value_and_error(&x)
            {
                return parts;
            }
            self.single_value(&mut x);
            return vec![x];
        }
        (0..count)
            .map(|index| {
                let param = param_at(sig, index, call.spread);
                let hint = param.filter(|_| !open).map(|param| param.ty);
                let mut x = self.argument(&call.args[index].value, param, hint);
                self.single_value(&mut x);
                x
            })
            .collect()
    }

    /// What a call that may fail hands on where several values are wanted: its value, or values, and its error.
    pub fn value_and_error(&mut self, x: &Operand<'a>) -> Option<Vec<Operand<'a>>> {
        let TyKind::Result(value, error) = x.ty.kind() else { return None };
        let is_call = x.expr.is_some_and(|expr| matches!(strip(expr).kind, ExprKind::Call(_)));
        let mut types = match value.kind() {
            _ if !is_call => return None,
            TyKind::Unit => return None,
            TyKind::Tuple(types) => types.clone(),
            _ => vec![*value],
        };
        types.push(if self.has_none(*error) { *error } else { Ty::optional(*error) });
        Some(types.into_iter().map(|ty| Operand::synthetic(ty, x.span)).collect())
    }

    /// One argument. For an in-out parameter it is a variable, with `&` before it or itself such a parameter.
    fn argument(&mut self, arg: &'a Expr, param: Option<ParamTy>, hint: Option<Ty>) -> Operand<'a> {
        if !param.is_some_and(|param| param.inout) {
            return self.raw_expr(arg, hint);
        }
        if let ExprKind::Unary { op: UnaryOp::Ref, operand } = &strip(arg).kind {
            // A parameter `*T?` gets the optional itself, which the function may make `none`.
            let optional = param.is_some_and(|param| matches!(param.ty.kind(), TyKind::Optional(_)));
            let x = if optional { self.whole_expr(operand) } else { self.expr(operand, None) };
            if x.is_error() {
                return Operand::error(arg);
            }
            if x.mode != Mode::Variable {
                let what = self.describe(&x);
                let why = match x.mode {
                    Mode::MapIndex => "an element of a map is not a variable",
                    _ => "not a variable",
                };
                self.report(
                    Diagnostic::error(
                        Code::Inout,
                        x.span,
                        format!("an in-out argument must be a variable, not {what}"),
                    )
                    .label(why)
                    .help("put the value into a variable first"),
                );
                return Operand::error(arg);
            }
            let place = Operand { expr: Some(arg), span: arg.span, ..x };
            self.record(&place);
            self.record(&Operand { expr: Some(strip(arg)), ..place.clone() });
            return place;
        }
        let x = self.raw_expr(arg, hint);
        if x.is_error() || self.inout_var(arg).is_some() || self.lends_itself(&x, param) || self.is_new(arg) {
            return x;
        }
        let text = self.source_text(arg.span);
        let variable = x.mode == Mode::Variable;
        let mut diagnostic = Diagnostic::error(
            Code::Inout,
            arg.span,
            format!("the function changes this argument, so it needs a variable with `&`, not `{text}`"),
        )
        .label("the parameter is in-out (`*T`)");
        diagnostic = match variable {
            true => {
                let start = Span { end: arg.span.start, ..arg.span };
                diagnostic
                    .help(format!("write `&{text}`"))
                    .fix(format!("write `&{text}`"), vec![(start, "&".to_owned())])
            }
            false => diagnostic.help("put the value into a variable first, and pass `&` of it"),
        };
        self.report(diagnostic);
        Operand::error(arg)
    }

    /// Whether an argument can do without `&`: the parameter is of an interface type, and no method of it changes what stands
    /// behind the argument (`os.Stdout` for a `*io.Writer`).
    fn lends_itself(&mut self, x: &Operand<'a>, param: Option<ParamTy>) -> bool {
        let Some(param) = param else { return false };
        let TyKind::Interface(interface) = self.underlying(param.ty).kind() else { return false };
        !interface.methods.is_empty() && self.implements(x.ty, param.ty).is_ok()
    }

    /// Whether an argument is made in its place by `make`, so that nobody can want to see its change: `os.Stdin.Read(make([]byte, 1))`
    /// waits for a key.
    fn is_new(&self, arg: &Expr) -> bool {
        let ExprKind::Call(call) = &strip(arg).kind else { return false };
        self.known().builtin(&call.callee) == Some(crate::types::Builtin::Make)
    }

    /// Checks a call's arguments against a signature without type parameters of its own.
    pub(super) fn arguments(&mut self, call: &'a Call, sig: &FuncTy) {
        let operands = self.argument_operands(call, sig, false);
        if !self.argument_count(call, sig, &operands) {
            return;
        }
        self.assign_arguments(call, sig, operands);
    }

    pub(super) fn assign_arguments(&mut self, call: &'a Call, sig: &FuncTy, operands: Vec<Operand<'a>>) {
        for (index, x) in operands.into_iter().enumerate() {
            let Some(param) = param_at(sig, index, call.spread) else { continue };
            if param.inout {
                self.inout_argument(&x, param.ty);
                continue;
            }
            let rest = sig.variadic && !call.spread && index + 1 >= sig.params.len();
            let function = call.callee.span;
            let context = if rest { Context::RestArgument(function) } else { Context::Argument(function) };
            self.assign(x, param.ty, &context);
        }
    }

    /// An in-out argument has exactly the parameter's type; `*any` takes a variable of any type.
    fn inout_argument(&mut self, x: &Operand<'a>, ty: Ty) {
        if x.is_error() || ty.is_error() || x.ty == ty {
            return;
        }
        if ty == Ty::any() {
            self.program.info.lent.insert(x.ty);
            return;
        }
        // A type that differs in its name only is stored in the same way.
        let (have, want) = (self.underlying(x.ty), self.underlying(ty));
        if have == want
            && (!super::predicates::has_name(x.ty) || !super::predicates::has_name(ty))
            && !is_param(x.ty)
        {
            return;
        }
        if self.is_interface(ty) && self.implements_lent(x.ty, ty).is_ok() {
            self.program.info.lent.insert(x.ty);
            return;
        }
        let (have, want) = (self.type_name(x.ty), self.type_name(ty));
        self.report(
            Diagnostic::error(
                Code::WrongType,
                x.span,
                format!("the in-out parameter needs a variable of type `{want}`, not `{have}`"),
            )
            .label(format!("of type `{have}`")),
        );
    }

    /// Reports a wrong number of arguments, where Go does: at the first that is too many, or the last that is there.
    pub(super) fn argument_count(&mut self, call: &'a Call, sig: &FuncTy, operands: &[Operand<'a>]) -> bool {
        let (have, want) = (operands.len(), sig.params.len());
        if call.spread && sig.variadic && have > want {
            let last = self.source_text(operands[have - 1].span);
            let slice = self.type_name(sig.params[want - 1].ty);
            let rest = slice.replacen("[]", "...", 1);
            let others: Vec<_> =
                operands[want - 1..have - 1].iter().map(|x| self.source_text(x.span)).collect();
            let others = others.join(", ");
            let diagnostic = Diagnostic::error(
                Code::ArgumentCount,
                operands[want - 1].span,
                format!("`{last}...` stands alone for the parameter `{rest}`"),
            )
            .label("not together with this")
            .help(format!("append to the others: `append({slice}{{{others}}}, {last}...)...`"));
            self.report(diagnostic);
            return false;
        }
        if call.spread && !sig.variadic {
            let name = self.source_text(call.callee.span);
            let diagnostic = Diagnostic::error(
                Code::ArgumentCount,
                call.callee.span,
                format!("`...` in a call of `{name}`, which does not take any number of arguments"),
            );
            self.report(diagnostic.label("not variadic"));
            return false;
        }
        let ok = match sig.variadic && !call.spread {
            true => have + 1 >= want,
            false => have == want,
        };
        if ok {
            return true;
        }
        if operands.iter().any(Operand::is_error) && call.args.len() == 1 && have == 1 && want != 1 {
            return false;
        }
        let name = self.source_text(call.callee.span);
        let too_many = have > want;
        let at = match (too_many, operands.last()) {
            (true, _) => operands[want].span,
            (false, Some(last)) => last.span,
            (false, None) => call.callee.span,
        };
        let known = !operands.iter().any(|operand| operand.ty.has_error())
            && !sig.params.iter().any(|param| param.ty.has_error());
        let given = self.type_list(operands.iter().map(|operand| operand.ty));
        let wanted = self.type_name(Ty::new(TyKind::Func(FuncTy { result: Ty::unit(), ..sig.clone() })));
        let wanted = wanted.trim_start_matches("func");
        let least = if sig.variadic { format!("at least {}", want - 1) } else { want.to_string() };
        let mut diagnostic = Diagnostic::error(
            Code::ArgumentCount,
            at,
            format!(
                "{} arguments for `{name}`: it takes {least}, not {have}",
                if too_many { "too many" } else { "not enough" }
            ),
        )
        .label(if too_many { "this one is too many" } else { "more must follow" });
        if known {
            diagnostic = diagnostic.help(format!("given {given}, wanted {wanted}"));
        }
        self.report(diagnostic);
        false
    }

    /// A call of a generic function: what type arguments were not given are inferred from the arguments.
    fn generic_call(
        &mut self,
        expr: &'a Expr,
        call: &'a Call,
        callee: Operand<'a>,
        generic: GenericFunc,
    ) -> Operand<'a> {
        let operands = self.argument_operands(call, &generic.sig, true);
        if !self.argument_count(call, &generic.sig, &operands) {
            return Operand::error(expr);
        }
        let Some((sig, operands)) = self.infer_call(call, &generic, operands) else {
            return Operand::error(expr);
        };
        let callee = Operand { ty: Ty::new(TyKind::Func(sig.clone())), generic: None, ..callee };
        self.record(&callee);
        self.assign_arguments(call, &sig, operands);
        self.call_result(expr, sig.result)
    }

    /// A case of a generic enum: `Some(3)`.
    fn open_case_call(
        &mut self,
        expr: &'a Expr,
        call: &'a Call,
        def: crate::types::TypeDefId,
        index: u32,
    ) -> Operand<'a> {
        let params = self.program.types[def.0 as usize].params.clone();
        let fresh = self.fresh_params(&params);
        let args: Vec<Ty> = fresh.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        let fields = self.enum_fields_with(def, index, &args);
        let sig = FuncTy::of(fields, Ty::new(TyKind::Named(def, args)));
        let operands = self.argument_operands(call, &sig, true);
        if !self.argument_count(call, &sig, &operands) {
            return Operand::error(expr);
        }
        let pairs: Vec<_> = sig.params.iter().map(|p| p.ty).zip(operands.iter().cloned()).collect();
        let given = vec![None; fresh.len()];
        let Some(found) = self.infer(call.callee.span, &fresh, given, &pairs) else {
            return Operand::error(expr);
        };
        let sig = crate::types::subst::map_func(&sig, &mut |param| {
            fresh.iter().position(|p| *p == param).map(|index| found[index])
        });
        let callee = Operand::value(Ty::new(TyKind::Func(sig.clone())), &call.callee);
        self.record(&callee);
        self.assign_arguments(call, &sig, operands);
        Operand::value(sig.result, expr)
    }
}

/// The parameter that an argument is for. Without `...` after the last argument, those beyond the last parameter of a
/// variadic function are its elements.
pub(super) fn param_at(sig: &FuncTy, index: usize, spread: bool) -> Option<ParamTy> {
    let last = sig.params.len().checked_sub(1);
    match sig.variadic && last.is_some_and(|last| index >= last) && !spread {
        true => sig.params.last().map(|param| match param.ty.kind() {
            TyKind::Slice(elem) => ParamTy { ty: *elem, inout: param.inout },
            _ => *param,
        }),
        false => sig.params.get(index).copied(),
    }
}

/// `(*T)`.
fn is_pointer_type(callee: &Expr) -> bool {
    matches!(strip(callee).kind, ExprKind::PointerType(_) | ExprKind::Unary { op: UnaryOp::Deref, .. })
}

fn is_ref(expr: &Expr) -> bool {
    matches!(strip(expr).kind, ExprKind::Unary { op: UnaryOp::Ref, .. })
}
