//! Conversions `T(x)`, and the types that untyped values get.

use super::constants::{self, Misfit};
use super::predicates::{is_boolean, is_const_type, is_float, is_integer, is_numeric, is_string, is_untyped};
use super::{Checker, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind};
use crate::types::{Constant, FieldTy, FuncTy, InterfaceTy, MethodTy, Mode, ParamTy, Ty, TyKind, Untyped};

/// The type that an untyped value gets when nothing asks for another one; others stay. `none` has none.
pub(crate) fn default_type(ty: Ty) -> Ty {
    match ty.kind() {
        TyKind::Untyped(Untyped::Bool) => Ty::bool(),
        TyKind::Untyped(Untyped::Int) => Ty::int(),
        TyKind::Untyped(Untyped::Rune) => Ty::rune(),
        TyKind::Untyped(Untyped::Float) => Ty::float64(),
        TyKind::Untyped(Untyped::String) => Ty::string(),
        _ => ty,
    }
}

impl Misfit {
    pub fn text(self) -> &'static str {
        match self {
            Misfit::Truncated => "its fraction would be lost",
            Misfit::Overflow => "does not fit",
            Misfit::Kind => "another kind of value",
        }
    }
}

/// The type and value that an untyped operand gets where another type is wanted, or why it cannot; the reason is
/// absent where the kinds of the two types say enough.
type Implicit = Result<(Ty, Option<Constant>), Option<Misfit>>;

impl<'a> Checker<'a> {
    /// What an untyped operand becomes where a `target` is wanted.
    pub fn implicit_type(&mut self, operand: &Operand<'a>, target: Ty) -> Implicit {
        let Some(kind) = operand.untyped() else { return Ok((operand.ty, None)) };
        if target.is_error() {
            return Ok((operand.ty, None));
        }
        if let TyKind::Untyped(other) = target.kind() {
            return constants::larger(kind, *other).map(|kind| (Ty::untyped(kind), None)).ok_or(None);
        }
        let under = self.underlying(target);
        if kind == Untyped::None {
            return match self.has_none(target) {
                true => Ok((target, None)),
                false => Err(None),
            };
        }
        match under.kind() {
            TyKind::Error => Ok((operand.ty, None)),
            TyKind::Interface(interface) => match interface.methods.is_empty() {
                true => self.implicit_default(operand),
                false => Err(None),
            },
            TyKind::Optional(inner) => self.implicit_type(operand, *inner),
            TyKind::Param(param) => {
                let terms = self.terms(*param).unwrap_or_default();
                let fits = !terms.is_empty()
                    && terms.iter().all(|term| self.implicit_type(operand, term.ty).is_ok());
                if fits { Ok((target, None)) } else { Err(None) }
            }
            _ if !is_const_type(under) => Err(None),
            _ => match &operand.constant {
                Some(value) => constants::represent(value, under)
                    .map(|value| (target, Some(value)))
                    .map_err(|misfit| (misfit != Misfit::Kind).then_some(misfit)),
                None => {
                    let fits = match kind {
                        Untyped::Bool => is_boolean(under),
                        Untyped::Int | Untyped::Rune | Untyped::Float => is_numeric(under),
                        Untyped::String => is_string(under),
                        Untyped::None => false,
                    };
                    if fits { Ok((target, None)) } else { Err(None) }
                }
            },
        }
    }

    /// What an untyped operand becomes where any type will do.
    fn implicit_default(&mut self, operand: &Operand<'a>) -> Implicit {
        let ty = default_type(operand.ty);
        match &operand.constant {
            Some(value) => constants::represent(value, ty).map(|value| (ty, Some(value))).map_err(Some),
            None => Ok((ty, None)),
        }
    }

    /// Whether `none` is a value of the type: an optional, or an interface (that then holds nothing).
    pub fn has_none(&mut self, ty: Ty) -> bool {
        matches!(self.underlying(ty).kind(), TyKind::Optional(_) | TyKind::Interface(_) | TyKind::Error)
    }

    /// Gives an untyped operand (and its parts) its new type and value.
    pub fn retype(&mut self, operand: &mut Operand<'a>, ty: Ty, value: Option<Constant>) {
        if let Some(value) = value {
            if let Some(info) = operand.expr.and_then(|expr| self.program.info.exprs.get_mut(&expr.id)) {
                info.constant = Some(value.clone());
            }
            operand.constant = Some(value);
        }
        if ty != operand.ty {
            operand.ty = ty;
            if let Some(expr) = operand.expr {
                self.update_expr_type(expr, ty);
            }
        }
        if operand.mode == Mode::Const && matches!(ty.kind(), TyKind::Param(_)) {
            operand.mode = Mode::Value;
        }
    }

    /// Converts an untyped operand to `ty`, or reports that it does not fit. Typed operands stay.
    pub fn convert_untyped(&mut self, operand: &mut Operand<'a>, ty: Ty) {
        if !is_untyped(operand.ty) {
            return;
        }
        match self.implicit_type(operand, ty) {
            Ok((new, value)) => self.retype(operand, new, value),
            Err(misfit) => {
                self.report_misfit(operand, ty, misfit);
                operand.ty = Ty::error();
            }
        }
    }

    pub fn report_misfit(&mut self, operand: &Operand<'a>, ty: Ty, misfit: Option<Misfit>) {
        let (what, name) = (self.describe(operand), self.type_name(ty));
        let value = operand.constant.as_ref().map(constants::show);
        let diagnostic = match misfit {
            Some(Misfit::Overflow) => {
                let message = format!("{what} does not fit into `{name}`");
                Diagnostic::error(Code::ConstantOverflow, operand.span, message)
                    .label(value.map_or_else(String::new, |value| format!("its value is {value}")))
            }
            Some(Misfit::Truncated) => {
                let message = format!("{what} is not a whole number, and `{name}` holds only those");
                Diagnostic::error(Code::ConstantOverflow, operand.span, message)
                    .label(value.map_or_else(String::new, |value| format!("its value is {value}")))
            }
            _ => Diagnostic::error(Code::Mismatch, operand.span, format!("{what} is not of type `{name}`")),
        };
        self.report(diagnostic);
    }

    /// Gives an untyped operand its default type; `none` is reported, as it has none.
    pub fn use_default(&mut self, operand: &mut Operand<'a>) {
        if operand.is_none() {
            let message = "`none` alone does not say which type is missing its value";
            self.report(
                Diagnostic::error(Code::Mismatch, operand.span, message)
                    .label("the type is not known here")
                    .help("name the type: `var x int? = none`"),
            );
            operand.ty = Ty::error();
            return;
        }
        let target = default_type(operand.ty);
        self.convert_untyped(operand, target);
    }

    /// Records the type that an untyped expression got from its context, in it and in those of its parts that have
    /// the same type. A final type must suit: a shifted operand must be an integer, a constant must fit.
    pub fn update_expr_type(&mut self, expr: &'a Expr, ty: Ty) {
        let Some(old) = self.program.info.exprs.get(&expr.id) else { return };
        if !is_untyped(old.ty) {
            return;
        }
        let (constant, mode, old_ty) = (old.constant.clone(), old.mode, old.ty);
        match &expr.kind {
            ExprKind::Paren(inner) => self.update_expr_type(inner, ty),
            // The parts of a constant never become values of their own.
            ExprKind::Unary { operand, .. } if constant.is_none() => self.update_expr_type(operand, ty),
            ExprKind::Binary { op, left, right, .. } if constant.is_none() => match op {
                _ if op.is_comparison() => {}
                BinaryOp::Shl | BinaryOp::Shr => self.update_expr_type(left, ty),
                _ => {
                    self.update_expr_type(left, ty);
                    self.update_expr_type(right, ty);
                }
            },
            _ => {}
        }
        if is_untyped(ty) {
            if let Some(info) = self.program.info.exprs.get_mut(&expr.id) {
                info.ty = ty;
            }
            return;
        }
        if self.shift_operands.contains(&expr.id) && !self.all_integer(ty) {
            self.shift_operands.remove(&expr.id);
            let (text, name) = (self.source_text(expr.span), self.type_name(ty));
            self.report(
                Diagnostic::error(
                    Code::InvalidOperation,
                    expr.span,
                    format!("`{text}` is shifted, so it must be an integer, but its type is `{name}`"),
                )
                .label(format!("gets the type `{name}` here"))
                .help("write the integer type: `int(1) << n`"),
            );
            return;
        }
        let mut value = constant;
        if let Some(constant) = &value {
            let under = self.underlying(ty);
            match (is_const_type(under), constants::represent(constant, under)) {
                (true, Ok(fitting)) => value = Some(fitting),
                (true, Err(misfit)) => {
                    let operand = Operand {
                        mode,
                        ty: old_ty,
                        constant: value,
                        span: expr.span,
                        expr: Some(expr),
                        generic: None,
                    };
                    self.report_misfit(&operand, ty, Some(misfit));
                    return;
                }
                (false, _) => {}
            }
        }
        if let Some(info) = self.program.info.exprs.get_mut(&expr.id) {
            info.ty = ty;
            info.constant = value;
        }
    }

    /// `T(x)`: gives the operand the type, or reports that there is no such conversion.
    pub fn convert(&mut self, operand: &mut Operand<'a>, ty: Ty) {
        if operand.is_error() || ty.is_error() {
            operand.ty = Ty::error();
            return;
        }
        let under = self.underlying(ty);
        if under.is_error() || self.underlying(operand.ty).is_error() {
            operand.ty = ty;
            return;
        }
        if operand.is_none() {
            match self.has_none(ty) {
                true => self.retype(operand, ty, None),
                false => self.report_conversion(operand, ty, None),
            }
            operand.mode = Mode::Value;
            return;
        }
        if let TyKind::Optional(inner) = under.kind()
            && is_untyped(operand.ty)
        {
            self.convert(operand, *inner);
            operand.mode = Mode::Value;
            operand.constant = None;
            operand.ty = if operand.is_error() { Ty::error() } else { ty };
            return;
        }
        let constant = operand.constant.clone().filter(|_| operand.mode == Mode::Const);
        let mut reported = false;
        let ok = match &constant {
            Some(value) if is_const_type(under) => match self.convert_constant(value, operand.ty, under) {
                Ok(value) => {
                    operand.constant = Some(value);
                    true
                }
                Err(misfit) => {
                    let from = self.underlying(operand.ty);
                    if misfit != Misfit::Kind && is_numeric(from) {
                        self.report_misfit(operand, ty, Some(misfit));
                        reported = true;
                    }
                    false
                }
            },
            Some(value) if matches!(ty.kind(), TyKind::Param(_)) => {
                operand.mode = Mode::Value;
                self.constant_to_param(operand, value, ty)
            }
            _ => {
                operand.mode = Mode::Value;
                self.convertible(operand, ty)
            }
        };
        if !ok {
            if !reported {
                self.report_conversion(operand, ty, None);
            }
            operand.ty = Ty::error();
            return;
        }
        if is_untyped(operand.ty) {
            let from = operand.ty;
            // What is converted gets its own default type where the target is not a type of constants, as `"a"` in
            // `[]byte("a")`; and the integer in `string(65)` stays untyped, because it may be too large for any type.
            let own =
                matches!(under.kind(), TyKind::Interface(_)) || (constant.is_some() && !is_const_type(under));
            let last = if own { default_type(from) } else { ty };
            let number_to_text = constant.is_some() && is_integer(from) && self.all_string(ty);
            if let (Some(expr), false) = (operand.expr, number_to_text) {
                self.update_expr_type(expr, last);
            }
        }
        if operand.mode != Mode::Const {
            operand.constant = None;
        }
        operand.ty = ty;
    }

    fn report_conversion(&mut self, operand: &mut Operand<'a>, ty: Ty, help: Option<&str>) {
        let (what, name) = (self.describe(operand), self.type_name(ty));
        let mut diagnostic = Diagnostic::error(
            Code::InvalidConversion,
            operand.span,
            format!("cannot convert {what} to `{name}`"),
        )
        .label(format!("has no meaning as `{name}`"));
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
        operand.ty = Ty::error();
    }

    fn convert_constant(&mut self, value: &Constant, from: Ty, to: Ty) -> Result<Constant, Misfit> {
        let from = self.underlying(from);
        match constants::represent(value, to) {
            Ok(value) => Ok(value),
            Err(_) if is_integer(from) && is_string(to) => {
                let code = constants::to_index(value).and_then(|code| u32::try_from(code).ok());
                let text = code.and_then(char::from_u32).unwrap_or('\u{fffd}').to_string();
                Ok(Constant::Str(text.into_bytes().into()))
            }
            Err(misfit) => Err(misfit),
        }
    }

    fn constant_to_param(&mut self, operand: &Operand<'a>, value: &Constant, ty: Ty) -> bool {
        let TyKind::Param(param) = ty.kind() else { return false };
        let terms = self.terms(*param).unwrap_or_default();
        !terms.is_empty()
            && terms.iter().all(|term| {
                let under = self.underlying(term.ty);
                let from = self.underlying(operand.ty);
                (is_string(from) && self.bytes_or_runes(under))
                    || (is_const_type(under) && self.convert_constant(value, operand.ty, under).is_ok())
            })
    }

    /// Whether `T(x)` is a conversion of a value.
    fn convertible(&mut self, operand: &Operand<'a>, ty: Ty) -> bool {
        self.assignable(operand, ty).is_ok() || self.type_convertible(operand.ty, ty)
    }

    fn type_convertible(&mut self, from: Ty, ty: Ty) -> bool {
        if self.type_assignable(from, ty).is_ok() && !is_untyped(from) {
            return true;
        }
        let from_param = if let TyKind::Param(param) = from.kind() { Some(*param) } else { None };
        let to_param = if let TyKind::Param(param) = ty.kind() { Some(*param) } else { None };
        if let Some(param) = from_param {
            let terms = self.terms(param).unwrap_or_default();
            return !terms.is_empty() && terms.iter().all(|term| self.type_convertible(term.ty, ty));
        }
        if let Some(param) = to_param {
            let terms = self.terms(param).unwrap_or_default();
            return !terms.is_empty() && terms.iter().all(|term| self.type_convertible(from, term.ty));
        }
        let (from_under, under) = (self.underlying(from), self.underlying(ty));
        if from_under.is_error() || under.is_error() || without_tags(from_under) == without_tags(under) {
            return true;
        }
        let number = |ty| is_integer(ty) || is_float(ty);
        if number(from_under) && number(under) {
            return true;
        }
        if is_string(under) && (is_integer(from_under) || self.bytes_or_runes(from_under)) {
            return true;
        }
        if is_string(from_under) && self.bytes_or_runes(under) {
            return true;
        }
        matches!((from_under.kind(), under.kind()), (TyKind::Slice(a), TyKind::Array(_, b)) if a == b)
    }

    /// Whether this is `[]byte` or `[]rune` (or a type like them).
    pub fn bytes_or_runes(&mut self, ty: Ty) -> bool {
        let TyKind::Slice(elem) = self.underlying(ty).kind() else { return false };
        let elem = self.underlying(*elem);
        elem == Ty::byte() || elem == Ty::rune()
    }
}

/// A type without the tags of its fields, at any depth.
fn without_tags(ty: Ty) -> Ty {
    let kind = match ty.kind() {
        TyKind::Struct(fields) => TyKind::Struct(
            fields
                .iter()
                .map(|field| FieldTy { tag: None, ty: without_tags(field.ty), ..field.clone() })
                .collect(),
        ),
        TyKind::Array(len, elem) => TyKind::Array(*len, without_tags(*elem)),
        TyKind::Slice(elem) => TyKind::Slice(without_tags(*elem)),
        TyKind::Optional(inner) => TyKind::Optional(without_tags(*inner)),
        TyKind::Map(key, value) => TyKind::Map(without_tags(*key), without_tags(*value)),
        TyKind::Chan { pattern, dir, elem, reply } => {
            TyKind::Chan { pattern: *pattern, dir: *dir, elem: without_tags(*elem), reply: *reply }
        }
        TyKind::Tuple(types) => TyKind::Tuple(types.iter().map(|ty| without_tags(*ty)).collect()),
        TyKind::Func(func) => TyKind::Func(FuncTy {
            params: func
                .params
                .iter()
                .map(|param| ParamTy { ty: without_tags(param.ty), inout: param.inout })
                .collect(),
            variadic: func.variadic,
            result: without_tags(func.result),
        }),
        TyKind::Interface(interface) => TyKind::Interface(InterfaceTy {
            methods: interface
                .methods
                .iter()
                .map(|method| MethodTy { name: method.name, sig: without_tags(method.sig) })
                .collect(),
            ..interface.clone()
        }),
        _ => return ty,
    };
    Ty::new(kind)
}
