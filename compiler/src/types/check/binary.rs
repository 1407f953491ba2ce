//! Unary and binary operators.

use super::assignability::quoted_text;
use super::constants::{self, MAX_BITS};
use super::conversions::default_type;
use super::predicates::{is_integer, is_param, is_untyped};
use super::{Checker, ObjectKind, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::types::{Constant, Entity, Mode, Ty, TyKind, Untyped, VarId};

/// More bytes than this in all constant strings that are put together from others are a mistake: each may be the double of
/// the one before.
const MAX_STRINGS: usize = 64 << 20;

impl<'a> Checker<'a> {
    pub(super) fn unary(
        &mut self,
        expr: &'a Expr,
        op: UnaryOp,
        operand: &'a Expr,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        match op {
            UnaryOp::Ref => return self.misplaced_ref(expr, operand, hint),
            UnaryOp::Deref => return self.deref(expr, operand),
            UnaryOp::Recv => return self.receive(expr, operand),
            _ => {}
        }
        let mut x = self.expr(operand, hint);
        if x.is_error() {
            return Operand::error(expr);
        }
        let ok = match op {
            UnaryOp::Neg | UnaryOp::Plus => self.all_numeric(x.ty),
            UnaryOp::BitNot => self.all_integer(x.ty),
            _ => self.all_boolean(x.ty),
        };
        let text = match op {
            UnaryOp::Neg => "-",
            UnaryOp::Plus => "+",
            UnaryOp::BitNot => "^",
            _ => "!",
        };
        if !ok {
            let what = self.describe(&x);
            let mut diagnostic = Diagnostic::error(
                Code::InvalidOperation,
                x.span,
                format!("operator `{text}` is not defined for {what}"),
            );
            if op == UnaryOp::Not && x.mode != Mode::Const && self.all_numeric(x.ty) {
                let operand = self.source_text(x.span);
                let (op, other) = match self.denied.filter(|(denied, ..)| *denied == expr.id) {
                    Some((_, BinaryOp::Eq, other)) => ("!=", self.source_text(other)),
                    Some((.., other)) => ("==", self.source_text(other)),
                    None => ("==", "0".to_owned()),
                };
                diagnostic = diagnostic.help(format!("write `{operand} {op} {other}`"));
            }
            self.report(diagnostic);
            return Operand::error(expr);
        }
        x.expr = Some(expr);
        x.span = expr.span;
        let Some(value) = x.constant.clone() else {
            x.mode = Mode::Value;
            return x;
        };
        let under = self.underlying(x.ty);
        x.constant = match (op, &value) {
            (UnaryOp::Neg, Constant::Int(int)) => Some(Constant::Int(-int)),
            (UnaryOp::Neg, Constant::Float(float)) => Some(Constant::Float(-float)),
            (UnaryOp::BitNot, value) => {
                constants::to_int(value).map(|int| Constant::Int(constants::complement(&int, under)))
            }
            (UnaryOp::Not, Constant::Bool(b)) => Some(Constant::Bool(!b)),
            _ => Some(value),
        };
        self.overflow(&mut x, expr.span);
        x
    }

    /// A constant result must fit its type; untyped integers must not grow without end. `at` is the operator.
    pub(super) fn overflow(&mut self, x: &mut Operand<'a>, at: Span) {
        let Some(value) = &x.constant else { return };
        let too_large = match value {
            Constant::Int(int) => {
                (is_untyped(x.ty) && int.bits() > MAX_BITS).then(|| format!("more than {MAX_BITS} bits"))
            }
            Constant::Float(_) => constants::is_too_large(value).then(|| "beyond any use".to_owned()),
            Constant::Str(bytes) => {
                self.constant_bytes += bytes.len();
                (self.constant_bytes > MAX_STRINGS)
                    .then(|| "with this, the program's constant strings are too long together".to_owned())
            }
            Constant::Bool(_) => None,
        };
        if let Some(why) = too_large {
            self.report(
                Diagnostic::error(Code::ConstantOverflow, at, "this constant is too large for any type")
                    .label(why),
            );
            x.ty = Ty::error();
        }
        if x.ty.is_error() || is_untyped(x.ty) {
            return;
        }
        let under = self.underlying(x.ty);
        match constants::represent(value, under) {
            Ok(value) => x.constant = Some(value),
            Err(misfit) => {
                let ty = x.ty;
                self.report_misfit(x, ty, Some(misfit));
                x.ty = Ty::error();
            }
        }
    }

    /// `&x` where no in-out argument is expected.
    fn misplaced_ref(&mut self, expr: &'a Expr, operand: &'a Expr, hint: Option<Ty>) -> Operand<'a> {
        let inner = self.expr(operand, None);
        if inner.is_error() || hint.is_some_and(Ty::is_error) {
            return Operand::error(expr);
        }
        let amp = Span { end: expr.span.start + 1, ..expr.span };
        let text = self.source_text(operand.span);
        self.report(
            Diagnostic::error(
                Code::PointerType,
                expr.span,
                "`&` is only for an in-out argument: Goo has no pointer values",
            )
            .label("makes a pointer in Go")
            .help(format!(
                "use the value itself, `{text}`; a function that changes it takes `*T` and is called with `&`"
            ))
            .guess("remove the `&`", vec![(amp, String::new())]),
        );
        Operand::error(expr)
    }

    /// The in-out parameter that an expression names, if it does.
    pub fn inout_var(&self, expr: &Expr) -> Option<VarId> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.inout_var(inner),
            ExprKind::Name(_) => match self.program.info.uses.get(&expr.id) {
                Some(Entity::Var(var)) if self.var(*var).inout => Some(*var),
                _ => None,
            },
            _ => None,
        }
    }

    /// `*p`: the variable behind an in-out parameter.
    fn deref(&mut self, expr: &'a Expr, operand: &'a Expr) -> Operand<'a> {
        let x = self.expr_or_type(operand, None);
        if x.is_error() {
            return Operand::error(expr);
        }
        if x.is_type() {
            return self.pointer_type(expr.span, operand, x.ty, expr);
        }
        if self.inout_var(operand).is_some() {
            return Operand { expr: Some(expr), span: expr.span, ..x };
        }
        let what = self.describe(&x);
        self.report(
            Diagnostic::error(Code::PointerType, expr.span, format!("{what} is not an in-out parameter"))
                .label("`*` reads the variable behind an in-out parameter")
                .help("use the value without `*`"),
        );
        Operand::error(expr)
    }

    fn receive(&mut self, expr: &'a Expr, operand: &'a Expr) -> Operand<'a> {
        let x = self.expr(operand, None);
        if x.is_error() {
            return Operand::error(expr);
        }
        match self.receives(&x) {
            // What a task gives may be an error, and is taken apart as such.
            Some(elem) if matches!(x.ty.kind(), TyKind::Task(_)) => Operand::value(elem, expr),
            Some(elem) => Operand::new(Mode::CommaOk, elem, expr),
            None => Operand::error(expr),
        }
    }

    pub(super) fn binary(
        &mut self,
        expr: &'a Expr,
        op: BinaryOp,
        left: &'a Expr,
        right: &'a Expr,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        if op == BinaryOp::Default {
            return self.default_operator(expr, left, right, hint);
        }
        let hint = if op.is_comparison() { None } else { hint };
        if let (BinaryOp::Eq | BinaryOp::Ne, ExprKind::Unary { op: UnaryOp::Not, .. }) = (op, &left.kind) {
            self.denied = Some((left.id, op, right.span));
        }
        let x = if is_none(right) { self.whole_expr(left) } else { self.expr(left, hint) };
        // Operands have one type: what the left one has is what the right one's literal is for.
        let hint = match op {
            _ if op.is_shift() => None,
            _ if op.is_comparison() && x.is_error() => Some(Ty::error()),
            _ if is_untyped(x.ty) || x.is_error() => hint,
            _ => Some(x.ty),
        };
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        if equality && !x.is_error() && self.report_nil_length(expr, &x, op, right) {
            return Operand::error(expr);
        }
        // The right side of `&&` runs only if the left one holds, that of `||` only if it does not.
        let y = match op {
            BinaryOp::LogAnd => self.assuming(left, true, |checker| checker.expr(right, hint)),
            BinaryOp::LogOr => self.assuming(left, false, |checker| checker.expr(right, hint)),
            _ if is_none(left) => self.whole_expr(right),
            _ => self.expr(right, hint),
        };
        if x.is_error() || y.is_error() {
            return Operand::error(expr);
        }
        self.operate(Some(expr), expr.span, op, x, y)
    }

    /// `xs == nil`, which asks whether a slice or map is empty.
    fn report_nil_length(&mut self, expr: &'a Expr, x: &Operand<'a>, op: BinaryOp, right: &'a Expr) -> bool {
        let ExprKind::Name(name) = right.kind else { return false };
        let nil = self.lookup(name).is_some_and(|id| matches!(self.object(id).kind, ObjectKind::Nil));
        if !nil || !matches!(self.underlying(x.ty).kind(), TyKind::Slice(_) | TyKind::Map(..)) {
            return false;
        }
        let write = format!("len({}) {} 0", self.source_text(x.span), op.text());
        self.report(
            Diagnostic::error(Code::Nil, right.span, "Goo has no `nil`")
                .label("a slice or map is empty, never missing")
                .help(format!("write `{write}`"))
                .fix(format!("write `{write}`"), vec![(expr.span, write.clone())]),
        );
        true
    }

    /// `x op y` of two operands. `expr` is the whole expression; it is absent for `x op= y`.
    pub fn operate(
        &mut self,
        expr: Option<&'a Expr>,
        span: Span,
        op: BinaryOp,
        mut x: Operand<'a>,
        mut y: Operand<'a>,
    ) -> Operand<'a> {
        let wrap = |x: Operand<'a>| Operand { expr, span, ..x };
        if x.is_error() || y.is_error() {
            x.ty = Ty::error();
            return wrap(x);
        }
        if op.is_shift() {
            self.shift(&mut x, &mut y, op, span);
            return wrap(x);
        }
        if op.is_logical() {
            let wrong = if self.operator_defined(op, x.ty) { &y } else { &x };
            if !self.operator_defined(op, wrong.ty) {
                self.report_undefined_operator(wrong, op);
                x.ty = Ty::error();
                return wrap(x);
            }
        }
        self.match_types(&mut x, &mut y);
        if x.is_error() || y.is_error() {
            x.ty = Ty::error();
            return wrap(x);
        }
        if op.is_comparison() {
            self.comparison(&mut x, &mut y, op, false);
            return wrap(x);
        }
        if x.ty != y.ty {
            self.report_operand_types(&x, &y, op);
            x.ty = Ty::error();
            return wrap(x);
        }
        if !self.operator_defined(op, x.ty) {
            self.report_undefined_operator(&x, op);
            x.ty = Ty::error();
            return wrap(x);
        }
        if matches!(op, BinaryOp::Div | BinaryOp::Rem)
            && (x.mode == Mode::Const || self.all_integer(x.ty))
            && y.constant.as_ref().is_some_and(constants::is_zero)
        {
            self.report(
                Diagnostic::error(Code::DivisionByZero, y.span, "division by zero").label("this is zero"),
            );
            x.ty = Ty::error();
            return wrap(x);
        }
        match (&x.constant, &y.constant) {
            (Some(a), Some(b)) if x.mode == Mode::Const && y.mode == Mode::Const => {
                let integer = is_integer(self.underlying(x.ty));
                // What has been cut off cannot be computed with.
                let cut = [a, b].into_iter().find(|x| constants::is_too_large(x)).cloned();
                x.constant = cut.or_else(|| constants::binary(a, op, b, integer));
                x = wrap(x);
                self.overflow(&mut x, span);
            }
            _ => {
                x.mode = Mode::Value;
                x.constant = None;
            }
        }
        wrap(x)
    }

    fn report_undefined_operator(&mut self, x: &Operand<'a>, op: BinaryOp) {
        let what = self.describe(x);
        let mut diagnostic = Diagnostic::error(
            Code::InvalidOperation,
            x.span,
            format!("operator `{}` is not defined for {what}", op.text()),
        );
        if op.is_logical() && x.mode != Mode::Const {
            let text = self.source_text(x.span);
            let write = match self.underlying(x.ty).kind() {
                TyKind::Optional(_) => Some(format!("{text} != none")),
                _ if self.all_numeric(x.ty) => Some(format!("{text} != 0")),
                _ if self.all_string(x.ty) => Some(format!("{text} != \"\"")),
                _ => None,
            };
            if let Some(write) = write {
                diagnostic = diagnostic.help(format!("write `{write}`"));
            }
        }
        self.report(diagnostic);
    }

    /// How to come by the value in an operand that only holds one, as the other operand is one.
    fn unwrapping(&mut self, x: &Operand<'a>, other: &Operand<'a>) -> Option<String> {
        let text = self.source_text(x.span);
        Some(match self.underlying(x.ty).kind() {
            TyKind::Optional(_) => {
                format!("unwrap the optional: `if v := {text} {{ … }}`, or `({text} ?? default)`")
            }
            TyKind::Result(..) => {
                format!("handle the error first: `(try {text})`, or `({text} recover err {{ … }})`")
            }
            TyKind::Task(_) => {
                format!("a receive waits for what the task returns: `(<-{text} recover crash {{ … }})`")
            }
            TyKind::Interface(_) if !is_param(x.ty) && !self.is_interface(other.ty) => {
                let ty = self.type_name(default_type(other.ty));
                format!("take the value out of the interface: `{text}.({ty})`")
            }
            _ => return None,
        })
    }

    fn report_operand_types(&mut self, x: &Operand<'a>, y: &Operand<'a>, op: BinaryOp) {
        // What is under one of them was a mistake of its own.
        if self.underlying(x.ty).is_error() || self.underlying(y.ty).is_error() {
            return;
        }
        let (a, b) = (self.type_name(x.ty), self.type_name(y.ty));
        let mut diagnostic = Diagnostic::error(
            Code::Mismatch,
            x.span,
            format!("`{}` needs two operands of one type, not `{a}` and `{b}`", op.text()),
        )
        .label(format!("of type `{a}`"))
        .also(y.span, format!("of type `{b}`"));
        if let Some(help) = self.unwrapping(x, y).or_else(|| self.unwrapping(y, x)) {
            self.report(diagnostic.help(help));
            return;
        }
        let constant = x.mode == Mode::Const && y.mode == Mode::Const;
        if op == BinaryOp::Add && !constant && self.all_string(x.ty) != self.all_string(y.ty) {
            let (left, right) = (self.source_text(x.span), self.source_text(y.span));
            let other = if self.all_string(x.ty) { y } else { x };
            diagnostic =
                diagnostic.help(match other.ty == Ty::rune() || other.untyped() == Some(Untyped::Rune) {
                    true => format!("make text of the rune: `string({})`", self.source_text(other.span)),
                    false => format!("make one text of them: `fmt.Sprint({left}, {right})`"),
                });
        }
        let numbers = self.all_numeric(x.ty) && self.all_numeric(y.ty);
        if numbers && !is_param(x.ty) {
            // A float keeps more of an integer than an integer of a float, and what is a time remains one.
            let to_float = self.all_integer(x.ty) && !self.all_integer(y.ty) && !is_param(y.ty);
            let (side, ty) = if to_float || y.ty == Ty::duration() { (x, b) } else { (y, a) };
            let text = self.source_text(side.span);
            diagnostic = diagnostic.help(format!("convert one of them: `{ty}({text})`"));
        }
        self.report(diagnostic);
    }

    fn operator_defined(&mut self, op: BinaryOp, ty: Ty) -> bool {
        use BinaryOp::*;
        match op {
            Add => self.all_numeric_or_string(ty),
            Sub | Mul | Div => self.all_numeric(ty),
            LogAnd | LogOr => self.all_boolean(ty),
            _ => self.all_integer(ty),
        }
    }

    /// Gives untyped operands the other one's type, where that is possible at all.
    pub fn match_types(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>) {
        if !self.may_match(x, y) {
            return;
        }
        let (x_ty, y_ty) = (x.ty, y.ty);
        if self.implicit_type(x, y_ty).is_err() && is_untyped(x.ty) && is_untyped(y.ty) {
            return;
        }
        self.convert_untyped(x, y_ty);
        if !x.is_error() {
            let target = x.ty;
            self.convert_untyped(y, if is_untyped(x_ty) { target } else { x_ty });
        }
    }

    fn may_match(&mut self, x: &Operand<'a>, y: &Operand<'a>) -> bool {
        if !is_untyped(x.ty) && !is_untyped(y.ty) {
            return false;
        }
        let optional = |checker: &mut Self, ty| matches!(checker.underlying(ty).kind(), TyKind::Optional(_));
        // `none` stays what it is: comparing with it needs no `==` of the type.
        if x.is_none() || y.is_none() {
            return false;
        }
        if optional(self, x.ty) || optional(self, y.ty) {
            return true;
        }
        if self.all_numeric(x.ty) != self.all_numeric(y.ty) {
            let interface = self.is_interface(x.ty) || self.is_interface(y.ty);
            return interface;
        }
        if self.is_interface(x.ty) || self.is_interface(y.ty) {
            return true;
        }
        self.all_boolean(x.ty) == self.all_boolean(y.ty) && self.all_string(x.ty) == self.all_string(y.ty)
    }

    /// `x op y` for a comparison; the result is an untyped `bool`. In a `switch`, `x` is the case's value and the
    /// error stands there.
    pub fn comparison(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, op: BinaryOp, in_switch: bool) {
        if x.is_error() || y.is_error() {
            x.ty = Ty::error();
            return;
        }
        let matches = self.assignable(x, y.ty).is_ok() || self.assignable(y, x.ty).is_ok();
        if !matches {
            let (a, b) = (self.type_name(x.ty), self.type_name(y.ty));
            let (at, other) = if in_switch { (x.span, y.span) } else { (y.span, x.span) };
            let (at_ty, other_ty) = if in_switch { (&a, &b) } else { (&b, &a) };
            let mut diagnostic = Diagnostic::error(
                Code::Mismatch,
                at,
                format!("`{a}` and `{b}` cannot be compared with each other"),
            )
            .label(format!("of type `{at_ty}`"))
            .also(other, format!("of type `{other_ty}`"));
            if x.is_none() || y.is_none() {
                diagnostic = diagnostic.help("only an optional (`T?`) or an interface can be `none`");
            } else {
                let help = self.instead_of_chain(x, y, op).or_else(|| self.instead_of_rune(x, y));
                let help = help.or_else(|| self.unwrapping(x, y)).or_else(|| self.unwrapping(y, x));
                if let Some(help) = help {
                    diagnostic = diagnostic.help(help);
                }
            }
            self.report(diagnostic);
            x.ty = Ty::error();
            return;
        }
        if let Some((span, why)) = self.comparison_fault(x, y, op) {
            let at = if in_switch { x.span } else { span };
            self.report(
                Diagnostic::error(
                    Code::NotComparable,
                    at,
                    format!("operator `{}` is not defined here", op.text()),
                )
                .label(why),
            );
            x.ty = Ty::error();
            return;
        }
        match (&x.constant, &y.constant) {
            (Some(a), Some(b)) if x.mode == Mode::Const && y.mode == Mode::Const => {
                x.constant = Some(Constant::Bool(constants::compare(a, op, b)));
            }
            _ => {
                for (side, other) in [(&*x, &*y), (&*y, &*x)] {
                    if let Some(expr) = side.expr {
                        let ty = if side.is_none() { other.ty } else { default_type(side.ty) };
                        self.update_expr_type(expr, ty);
                    }
                }
                x.mode = Mode::Value;
                x.constant = None;
            }
        }
        x.ty = Ty::untyped(Untyped::Bool);
        x.generic = None;
    }

    /// `s == 'x'`.
    fn instead_of_rune(&mut self, x: &Operand<'a>, y: &Operand<'a>) -> Option<String> {
        let rune = [x, y].into_iter().find(|side| side.untyped() == Some(Untyped::Rune))?;
        let string = self.all_string(x.ty) || self.all_string(y.ty);
        let literal = self.source_text(rune.span);
        quoted_text(&literal).filter(|_| string)
    }

    /// `0 < x < 5`, and `x < 0 | y < 0`, where the `|` is of the operands in the middle.
    fn instead_of_chain(&self, x: &Operand<'a>, y: &Operand<'a>, op: BinaryOp) -> Option<String> {
        let ExprKind::Binary { op: first, left, right, .. } = &x.expr?.kind else { return None };
        if !first.is_comparison() {
            return None;
        }
        let text = |span| self.source_text(span);
        let (left, last) = (format!("{} {}", text(left.span), first.text()), text(y.span));
        let both = |a: Span, joined: &str, b: Span| {
            format!("{left} {} {joined} {} {} {last}", text(a), text(b), op.text())
        };
        Some(match &right.kind {
            ExprKind::Binary { op: BinaryOp::Or, left: a, right: b, .. } => {
                format!("`||` joins conditions: write `{}`", both(a.span, "||", b.span))
            }
            ExprKind::Binary { op: BinaryOp::And, left: a, right: b, .. } => {
                format!("`&&` joins conditions: write `{}`", both(a.span, "&&", b.span))
            }
            _ => format!("comparisons do not chain: write `{}`", both(right.span, "&&", right.span)),
        })
    }

    /// Which operand the comparison is not defined for, and why.
    fn comparison_fault(&mut self, x: &Operand<'a>, y: &Operand<'a>, op: BinaryOp) -> Option<(Span, String)> {
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            if x.is_none() || y.is_none() {
                let other = if x.is_none() { y } else { x };
                let known = !other.is_none() && self.has_none(other.ty);
                return (!known).then(|| (y.span, "`none` needs an optional to compare with".to_owned()));
            }
            let fault = self.incomparable(x.ty).map(|why| (x.span, why));
            return fault.or_else(|| self.incomparable(y.ty).map(|why| (y.span, why)));
        }
        for side in [x, y] {
            if !self.all_ordered(side.ty) {
                let name = self.type_name(side.ty);
                return Some((side.span, format!("values of type `{name}` have no order")));
            }
        }
        None
    }

    /// `opt ?? default`.
    fn default_operator(
        &mut self,
        expr: &'a Expr,
        left: &'a Expr,
        right: &'a Expr,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        let hint =
            hint.map(|ty| if matches!(ty.kind(), TyKind::Optional(_)) { ty } else { Ty::optional(ty) });
        let x = self.expr(left, hint);
        let inner = match self.underlying(x.ty).kind() {
            TyKind::Optional(inner) => *inner,
            // Flow has shown that the value is there: the default is never needed, but not wrong.
            _ if self.program.info.narrowed.contains(&left.id) => x.ty,
            _ => {
                if !x.is_error() {
                    let what = self.describe(&x);
                    let message = format!("`??` needs an optional on its left, not {what}");
                    let error = Diagnostic::error(Code::Mismatch, x.span, message);
                    let error = match self.underlying(x.ty).kind() {
                        TyKind::Result(..) => {
                            let (call, default) = (self.source_text(x.span), self.source_text(right.span));
                            error
                                .label("may fail with an error, not with `none`")
                                .help(format!("write `{call} recover _ {{ {default} }}`"))
                        }
                        _ => error.label("always has a value"),
                    };
                    self.report(error);
                }
                self.expr(right, None);
                return Operand::error(expr);
            }
        };
        let y = self.expr(right, Some(inner));
        if y.is_error() {
            return Operand::error(expr);
        }
        // `a ?? b ?? 0`: an optional default leaves an optional.
        if y.ty == x.ty || (y.is_none() && !self.has_none(inner)) {
            let y = self.assign(y, x.ty, &super::Context::Other("as the default of `??`"));
            return Operand::value(if y.is_error() { Ty::error() } else { x.ty }, expr);
        }
        let y = self.assign(y, inner, &super::Context::Other("as the default of `??`"));
        Operand::value(if y.is_error() { Ty::error() } else { inner }, expr)
    }
}

/// Whether `none` is written here.
fn is_none(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => is_none(inner),
        ExprKind::Name(name) => name.as_str() == "none",
        _ => false,
    }
}
