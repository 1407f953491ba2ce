//! Expressions: the way in, and what each kind leads to.

use super::selectors::is_exported;
use super::{Checker, FuncBody, ObjId, ObjectKind, Operand, imports};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{Expr, ExprKind, FuncLit, Lit};
use crate::syntax::{Symbol, real};
use crate::types::{Constant, Entity, Mode, Ty, TyKind, Untyped, VarKind};

impl<'a> Checker<'a> {
    /// An expression that must have exactly one value. `hint` is the type that the context would like: literals
    /// without a type, `none`, enum cases and closures use it; it is not enforced.
    pub fn expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let mut operand = self.raw_expr(expr, hint);
        self.single_value(&mut operand);
        if operand.generic.is_some() {
            operand = match hint {
                Some(ty) => self.instantiate_for(operand, ty),
                None => self.report_uninstantiated(operand),
            };
        }
        operand
    }

    /// As [`Checker::expr`], but a generic function may stay without its type arguments.
    pub fn generic_expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let mut operand = self.raw_expr(expr, hint);
        self.single_value(&mut operand);
        operand
    }

    /// A value or a type (for `T(x)`, `case` lists, `make`).
    pub fn expr_or_type(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let mut operand = self.raw_expr(expr, hint);
        if !operand.is_type() {
            self.single_value(&mut operand);
        }
        operand
    }

    /// Anything: a value, no value, a tuple, a type, a package, a built-in function. For expression statements.
    pub fn raw_expr(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let operand = self.expr_kind(expr, hint);
        self.record(&operand);
        operand
    }

    /// Reports an operand that is not exactly one value, and makes it an error; says whether it is one.
    pub fn single_value(&mut self, operand: &mut Operand<'a>) -> bool {
        if operand.is_error() {
            return false;
        }
        if matches!(operand.mode, Mode::NoValue) && self.lacks_result(operand) {
            operand.ty = Ty::error();
            return false;
        }
        if let (Mode::Package, Some(Expr { kind: ExprKind::Name(name), .. })) = (operand.mode, operand.expr)
            && let Some(package) = self.lookup(*name)
        {
            self.object_mut(package).used = true;
        }
        let text = || self.source_text(operand.span);
        let diagnostic = match (operand.mode, operand.ty.kind()) {
            (Mode::NoValue, _) | (Mode::Value, TyKind::Unit) => {
                Diagnostic::error(Code::NotValue, operand.span, format!("`{}` has no value", text()))
                    .label("used as a value here")
            }
            (Mode::Type, _) => {
                let text = text();
                let diagnostic = Diagnostic::error(
                    Code::NotValue,
                    operand.span,
                    format!("`{text}` is a type, not a value"),
                )
                .label("a value is needed here");
                match self.underlying(operand.ty).kind() {
                    TyKind::Struct(_) | TyKind::Array(..) | TyKind::Slice(_) | TyKind::Map(..) => {
                        diagnostic.help(format!("a value of this type is written `{text}{{}}`"))
                    }
                    _ => diagnostic,
                }
            }
            (Mode::Builtin(_), _) => {
                Diagnostic::error(Code::NotValue, operand.span, format!("`{}` must be called", text()))
                    .label("a built-in function is not a value")
            }
            (Mode::Package, _) => Diagnostic::error(
                Code::NotValue,
                operand.span,
                format!("`{}` is a package, not a value", text()),
            )
            .label("a value is needed here"),
            (_, TyKind::Tuple(types)) => {
                let message = format!("`{}` gives {} values where one is needed", text(), types.len());
                Diagnostic::error(Code::ValueCount, operand.span, message)
                    .label("assign them to variables first")
            }
            _ => return true,
        };
        self.report(diagnostic);
        operand.ty = Ty::error();
        false
    }

    fn expr_kind(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        match &expr.kind {
            ExprKind::Name(name) => self.name_expr(expr, *name, hint),
            ExprKind::Lit(lit) => self.literal(expr, lit),
            ExprKind::Paren(inner) => {
                let inner = self.raw_expr(inner, hint);
                Operand { expr: Some(expr), span: expr.span, ..inner }
            }
            ExprKind::Select { base, name } => self.selector(expr, base, *name, hint),
            ExprKind::Index { base, args } => self.index_expr(expr, base, args),
            ExprKind::Slice { base, low, high, max } => {
                self.slice_expr(expr, base, [low.as_deref(), high.as_deref(), max.as_deref()])
            }
            ExprKind::Call(call) => self.call(expr, call, hint),
            ExprKind::TypeAssert { base, ty } => self.type_assertion(expr, base, ty),
            ExprKind::Unary { op, operand } => self.unary(expr, *op, operand, hint),
            ExprKind::Binary { op, left, right, .. } => self.binary(expr, *op, left, right, hint),
            ExprKind::Composite { ty, elems } => self.composite(expr, ty.as_deref(), elems, None),
            ExprKind::FuncLit(literal) => self.func_literal(expr, literal),
            ExprKind::Send { chan, value } => self.send_expr(expr, chan, value),
            ExprKind::Try(_)
            | ExprKind::Recover { .. }
            | ExprKind::Match(_)
            | ExprKind::Go(_)
            | ExprKind::Parallel(_)
            | ExprKind::GoSupervise(_)
            | ExprKind::Within { .. } => self.flow_expr(expr, hint),
            ExprKind::Endpoint { chan, address, .. } => self.endpoint(expr, chan, address),
            ExprKind::Interval { .. } | ExprKind::Per { .. } => {
                let text = self.source_text(expr.span);
                self.report(
                    Diagnostic::error(Code::InvalidOperation, expr.span, format!("`{text}` is not a value"))
                        .label("only options and patterns are written so"),
                );
                Operand::error(expr)
            }
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType(_)
            | ExprKind::FuncType(_)
            | ExprKind::StructType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::EnumType(_)
            | ExprKind::OptionalType(_)
            | ExprKind::ResultType { .. }
            | ExprKind::PointerType(_)
            | ExprKind::Union(_) => {
                let ty = self.type_expr(expr);
                Operand::new(Mode::Type, ty, expr)
            }
            ExprKind::Error => Operand::error(expr),
        }
    }

    fn literal(&mut self, expr: &'a Expr, lit: &Lit) -> Operand<'a> {
        if let Lit::Float(value) = lit
            && real::is_too_large(value)
            && huge_exponent(self.program.sources.text(expr.span))
        {
            self.report(
                Diagnostic::error(Code::ConstantOverflow, expr.span, "this number is too large for any type")
                    .label("its exponent is beyond any use"),
            );
            return Operand::error(expr);
        }
        let (kind, value) = match lit {
            Lit::Int(int) => (Untyped::Int, Constant::Int(int.clone())),
            Lit::Float(float) => (Untyped::Float, Constant::Float(float.clone())),
            Lit::Rune(rune) => (Untyped::Rune, Constant::Int((*rune).into())),
            Lit::Str(bytes) => (Untyped::String, Constant::Str(bytes.as_slice().into())),
            Lit::Duration(nanos) => {
                return Operand::constant(Ty::duration(), Constant::Int((*nanos).into()), expr);
            }
            Lit::Imaginary => {
                self.report(super::instead::of_complex(expr.span));
                return Operand::error(expr);
            }
        };
        if let Constant::Int(int) = &value
            && int.bits() > super::constants::MAX_BITS
        {
            self.report(
                Diagnostic::error(Code::ConstantOverflow, expr.span, "this number is too large for any type")
                    .label("more than 512 bits"),
            );
            return Operand::error(expr);
        }
        Operand::constant(Ty::untyped(kind), value, expr)
    }

    fn name_expr(&mut self, expr: &'a Expr, name: Symbol, hint: Option<Ty>) -> Operand<'a> {
        if name.as_str() == "_" {
            self.report(
                Diagnostic::error(Code::NotValue, expr.span, "`_` has no value")
                    .label("`_` only takes values, on the left of `=`"),
            );
            return Operand::error(expr);
        }
        let Some(object) = self.lookup(name) else {
            if let Some(case) = self.case_by_name(expr, name, hint) {
                return case;
            }
            self.report_undefined(expr.span, name);
            return Operand::error(expr);
        };
        // What the program declares hides what is predeclared.
        let universe = self.universe.scope;
        if self.lookup_in(universe, name) == Some(object)
            && let Some(case) = self.case_by_name(expr, name, hint)
        {
            return case;
        }
        self.object_expr(expr, object, hint)
    }

    /// A use of an object, by its name or as a member of a package.
    pub fn object_expr(&mut self, expr: &'a Expr, object: ObjId, hint: Option<Ty>) -> Operand<'a> {
        self.resolve(object, expr.span);
        // A package is used by its members only.
        if !matches!(self.object(object).kind, ObjectKind::Package(_)) {
            self.object_mut(object).used = true;
        }
        let entity = self.entity(object);
        self.program.info.uses.insert(expr.id, entity);
        match self.object(object).kind.clone() {
            ObjectKind::Var(var) => {
                self.depend_on_var(var);
                self.note_capture(var);
                self.note_turned_round(var, expr);
                let ty = self.use_variable(var, expr);
                Operand::new(Mode::Variable, ty, expr)
            }
            ObjectKind::Const { ty, value } => match value {
                Some(value) if !ty.is_error() => Operand::constant(ty, value, expr),
                _ => Operand::error(expr),
            },
            ObjectKind::Iota => match self.iota {
                Some(iota) => Operand::constant(Ty::untyped(Untyped::Int), Constant::Int(iota.into()), expr),
                None => {
                    self.report(
                        Diagnostic::error(
                            Code::NotConstant,
                            expr.span,
                            "`iota` is only known in a constant declaration",
                        )
                        .label("not in a `const`"),
                    );
                    Operand::error(expr)
                }
            },
            ObjectKind::Func(func) => self.func_expr(expr, func),
            ObjectKind::Type(ty) => {
                self.program.info.types.insert(expr.id, ty);
                Operand::new(Mode::Type, ty, expr)
            }
            ObjectKind::GenericType(def) => {
                self.report_bare_generic(def, expr.span);
                Operand::error(expr)
            }
            ObjectKind::Builtin(builtin) => Operand::new(Mode::Builtin(builtin), Ty::unit(), expr),
            ObjectKind::Package(_) => Operand::new(Mode::Package, Ty::unit(), expr),
            ObjectKind::None => Operand::value(Ty::untyped(Untyped::None), expr),
            ObjectKind::Nil => self.report_nil(expr, hint),
            ObjectKind::Unknown | ObjectKind::MissingPackage => Operand::error(expr),
        }
    }

    /// Go's `nil`: what to write depends on what is wanted. Where that is a type which has been refused, most likely a
    /// pointer, `nil` is part of the same mistake.
    pub fn report_nil(&mut self, expr: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        if hint.is_some_and(Ty::is_error) {
            return Operand::error(expr);
        }
        let under = hint.map(|ty| self.underlying(ty));
        let name = hint.map(|ty| self.type_name(ty)).unwrap_or_default();
        let (write, why) = match under.map(Ty::kind) {
            Some(TyKind::Slice(_)) => (format!("{name}{{}}"), "the empty slice"),
            Some(TyKind::Map(..)) => (format!("{name}{{}}"), "the empty map"),
            Some(TyKind::Func(_) | TyKind::Chan { .. } | TyKind::Struct(_)) => {
                let optional = hint.map(|ty| self.type_name(Ty::optional(ty))).unwrap_or_default();
                self.report(
                    Diagnostic::error(Code::Nil, expr.span, "Goo has no `nil`")
                        .label(format!("`{name}` always has a value"))
                        .help(format!("what may be missing is a `{optional}`, and `none` if it is")),
                );
                return Operand::error(expr);
            }
            _ => ("none".to_owned(), "an optional or interface without a value"),
        };
        self.report(
            Diagnostic::error(Code::Nil, expr.span, "Goo has no `nil`")
                .label(format!("write `{write}`, {why}"))
                .fix(format!("write `{write}`"), vec![(expr.span, write.clone())]),
        );
        Operand::error(expr)
    }

    /// A variable of a function around this one is used: every literal between them captures it.
    fn note_capture(&mut self, var: crate::types::VarId) {
        let Some(&level) = self.var_levels.get(&var) else { return };
        let mut captured = false;
        for context in self.funcs.iter().skip(level) {
            if let Some(literal) = context.literal {
                captured = true;
                let captures = self.program.info.captures.entry(literal).or_default();
                if !captures.contains(&var) {
                    captures.push(var);
                }
            }
        }
        if captured {
            self.var_mut(var).captured = true;
        }
    }

    /// Reports a name that nothing declares, with what may have been meant.
    pub fn report_undefined(&mut self, span: crate::syntax::Span, name: Symbol) {
        let imported = is_exported(name) && self.lost_dot_imports.contains(&self.file);
        if imported || self.may_be_declared(name, span) {
            return;
        }
        if self.is_lost_name(name) {
            return;
        }
        if matches!(name.as_str(), "complex64" | "complex128") {
            return self.report(super::instead::of_complex(span));
        }
        let mut diagnostic =
            Diagnostic::error(Code::Undefined, span, format!("`{name}` is not declared")).label("not found");
        let text = &self.program.sources.file(span.file).text;
        let (before, behind) = (&text[..span.start as usize], &text[span.end as usize..]);
        let line = before[before.rfind('\n').map_or(0, |at| at + 1)..].trim_start();
        let selected = behind.starts_with('.');
        if name.as_str() == "init" {
            diagnostic = diagnostic.help("the functions `init` run before `main`, and nothing can call them");
        } else if let Some(path) = imports::package_named(name.as_str()).filter(|_| selected) {
            let edit = imports::import_edit(text, &self.files[self.file], path);
            diagnostic = diagnostic
                .help(format!("import it: `import {path:?}`"))
                .fix(format!("import `{path}`"), vec![edit]);
        } else if let Some((close, path)) = self.similar_package(name).filter(|_| selected) {
            let mut edits = vec![(span, close.to_string())];
            let mut help = format!("did you mean `{close}`?");
            if let Some(path) = path {
                edits.push(imports::import_edit(text, &self.files[self.file], path));
                help += &format!(" Import it, too: `import {path:?}`");
            }
            diagnostic = diagnostic.help(help).guess(format!("write `{close}`"), edits);
        } else if matches!(name.as_str().to_ascii_lowercase().as_str(), "null" | "nill" | "nul") {
            diagnostic = diagnostic
                .help("an optional without a value is `none`")
                .guess("write `none`", vec![(span, "none".to_owned())]);
        } else if name.as_str() == "assert" {
            diagnostic = diagnostic.help("a statement checks a condition: `assert x == y`");
        } else if name.as_str() == "fail" {
            diagnostic = diagnostic.help("a function fails with an error: `fail err`");
        } else if self.flow.defining.contains(&name) {
            let sig = "func(…) …";
            diagnostic = diagnostic.label("only declared behind this literal").help(format!(
                "a function that calls itself is declared first: `var {name} {sig}`, then `{name} = func…`"
            ));
        } else if let Some(close) = self.similar_name(name) {
            diagnostic = diagnostic
                .help(format!("did you mean `{close}`?"))
                .guess(format!("write `{close}`"), vec![(span, close.to_string())]);
        } else if !self.funcs.is_empty() && behind.starts_with(" = ") && !line.starts_with("var ") {
            diagnostic = diagnostic.help(format!("`{name} := …` declares a variable"));
        }
        self.report(diagnostic);
    }

    /// `func(…) … { … }`.
    fn func_literal(&mut self, expr: &'a Expr, literal: &'a FuncLit) -> Operand<'a> {
        let scope = self.new_scope(Some(self.scope));
        let (sig, params, results) = self.signature(&literal.sig, scope, VarKind::Param);
        self.program.info.literals.insert(expr.id, (params, results.clone()));
        self.program.info.captures.entry(expr.id).or_default();
        let body = FuncBody {
            literal: Some(expr.id),
            sig: sig.clone(),
            results,
            scope,
            block: &literal.body,
            damaged: literal.sig.damaged,
        };
        let mut unsettled = false;
        match self.funcs.is_empty() {
            // The body may use what is being declared at package level just now.
            true => self.delay(move |checker| {
                checker.func_body(body);
            }),
            false => unsettled = self.func_body(body),
        }
        // Its results are not those that are meant.
        if literal.sig.damaged || unsettled {
            return Operand::error(expr);
        }
        Operand::value(Ty::new(TyKind::Func(sig)), expr)
    }

    fn type_assertion(&mut self, expr: &'a Expr, base: &'a Expr, ty: &'a Expr) -> Operand<'a> {
        let x = self.expr(base, None);
        let target = self.var_type(ty);
        if target.is_error() {
            return Operand::error(expr);
        }
        // What the value is asked for is known, even if nothing is known of the value.
        if self.underlying(x.ty).is_error() {
            return Operand::new(Mode::CommaOk, target, expr);
        }
        if !self.is_interface(x.ty) {
            let what = self.describe(&x);
            self.report(
                Diagnostic::error(Code::InvalidOperation, x.span, format!("{what} is not an interface"))
                    .label("its type is known: there is nothing to assert"),
            );
            return Operand::error(expr);
        }
        self.possible_assertion(x.ty, target, ty.span);
        Operand::new(Mode::CommaOk, target, expr)
    }

    /// Reports an assertion (or type switch case) of a type that cannot be in the interface.
    pub fn possible_assertion(&mut self, interface: Ty, target: Ty, span: crate::syntax::Span) -> bool {
        if target.is_error() || matches!(target.kind(), TyKind::Param(_)) || self.is_interface(target) {
            return true;
        }
        let Err(why) = self.implements(target, interface) else { return true };
        let (name, wanted) = (self.type_name(target), self.type_name(interface));
        self.report(
            Diagnostic::error(
                Code::ImpossibleCase,
                span,
                format!("`{wanted}` never holds a value of type `{name}`, which does not implement it"),
            )
            .label(why),
        );
        false
    }

    /// What the tables say about an identifier that is not an expression of its own.
    pub fn record_use(&mut self, id: crate::syntax::NodeId, entity: Entity) {
        self.program.info.uses.insert(id, entity);
    }
}

/// Whether the exponent of a decimal number is so large that Go refuses it, too.
fn huge_exponent(text: &str) -> bool {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let Some((_, exponent)) = text.split_once(['e', 'E']).filter(|_| !hexadecimal) else { return false };
    let digits = exponent.trim_start_matches('+').trim_start_matches('0').replace('_', "");
    digits.len() > 9 || digits.parse::<u64>().is_ok_and(|exponent| exponent > 646_456_993)
}
