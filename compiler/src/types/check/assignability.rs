//! May this value be stored in a variable of that type?

use super::conversions::default_type;
use super::predicates::{has_name, is_untyped};
use super::{Checker, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::syntax::ast::ChanDir;
use crate::types::{Entity, Mode, Ty, TyKind, Untyped};

/// What a value is given to, for the message.
#[derive(Clone, Debug)]
pub(crate) enum Context {
    Assignment,
    /// The function that is called, as it stands there.
    Argument(Span),
    /// The same, for the parameter that takes any number of them.
    RestArgument(Span),
    BuiltinArgument(&'static str),
    Return,
    Send,
    StructLiteral,
    ElementLiteral,
    MapKey,
    Declaration,
    Fail,
    Other(&'static str),
}

impl Context {
    fn text(&self, checker: &Checker<'_>) -> String {
        match self {
            Context::Assignment => "in this assignment".to_owned(),
            Context::Argument(function) | Context::RestArgument(function) => {
                format!("as an argument of `{}`", checker.source_text(*function))
            }
            Context::BuiltinArgument(function) => format!("as an argument of `{function}`"),
            Context::Return => "as a result of this function".to_owned(),
            Context::Send => "as a message of this channel".to_owned(),
            Context::StructLiteral => "as a field of this literal".to_owned(),
            Context::ElementLiteral => "as an element of this literal".to_owned(),
            Context::MapKey => "as a key of this map".to_owned(),
            Context::Declaration => "in this declaration".to_owned(),
            Context::Fail => "as this function's error".to_owned(),
            Context::Other(text) => (*text).to_owned(),
        }
    }
}

/// Instead of a rune literal, where a text is wanted.
pub(super) fn quoted_text(literal: &str) -> Option<String> {
    let rune = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(format!("a text stands in double quotes: `\"{rune}\"`"))
}

impl<'a> Checker<'a> {
    /// Gives the operand the type `ty`, implicitly converted (untyped constants, `T` to `T?`, to interfaces), or
    /// reports why not and gives an error operand.
    ///
    /// The expression keeps its own type in the tables (`int` where an `int?` or `any` is wanted): whoever stores it
    /// converts. Only `none` is recorded with the type that it gets.
    pub fn assign(&mut self, mut operand: Operand<'a>, ty: Ty, context: &Context) -> Operand<'a> {
        // An untyped value would have fitted the type that is meant, for all that is known.
        if !self.single_value(&mut operand) || ty.is_error() {
            operand.ty = Ty::error();
            return operand;
        }
        if operand.generic.is_some() {
            operand = self.instantiate_for(operand, ty);
            if operand.is_error() {
                return operand;
            }
        }
        if is_untyped(operand.ty) {
            match self.implicit_type(&operand, ty) {
                Ok((new, value)) => self.retype(&mut operand, new, value),
                Err(Some(misfit)) => {
                    // In an interface a constant has its default type, and it is that which is too small.
                    let own = if self.is_interface(ty) { default_type(operand.ty) } else { ty };
                    self.report_misfit(&operand, own, Some(misfit));
                    operand.ty = Ty::error();
                    return operand;
                }
                Err(None) => {
                    let interface = !operand.is_none() && self.is_interface(ty);
                    let own = default_type(operand.ty);
                    let why = if interface { self.implements(own, ty).err() } else { None };
                    self.report_unassignable(&operand, ty, context, why);
                    operand.ty = Ty::error();
                    return operand;
                }
            }
        }
        match self.assignable(&operand, ty) {
            Ok(()) => operand.ty = ty,
            Err(why) => {
                self.report_unassignable(&operand, ty, context, why);
                operand.ty = Ty::error();
            }
        }
        if operand.mode == Mode::Const && !super::predicates::is_const_type(self.underlying(ty)) {
            operand.mode = Mode::Value;
            operand.constant = None;
        }
        operand
    }

    fn report_unassignable(&mut self, operand: &Operand<'a>, ty: Ty, context: &Context, why: Option<String>) {
        let what = self.describe(operand);
        let (name, from) = (self.type_name(ty), operand.ty);
        let message = format!("cannot use {what} as `{name}` {}", context.text(self));
        let interface = !operand.is_none() && self.is_interface(ty) && self.implements(from, ty).is_err();
        let code = if interface { Code::MissingMethod } else { Code::WrongType };
        let mut diagnostic = Diagnostic::error(code, operand.span, message);
        diagnostic = match &why {
            Some(why) => diagnostic.label(why.clone()),
            None if operand.is_none() => diagnostic.label(format!("`{name}` always has a value")),
            None => diagnostic.label(format!("not of type `{name}`")),
        };
        if let TyKind::Optional(inner) = from.kind()
            && *inner == ty
        {
            diagnostic = diagnostic.help("give a default with `??`, or unwrap it: `if v := x { … }`");
        } else if let TyKind::Result(value, _) = from.kind()
            && *value == ty
        {
            diagnostic = diagnostic.help("handle the error: `try x`, `x recover err { … }` or `v, err := x`");
        } else if let Some(span) = self.hiding_param(ty) {
            diagnostic = diagnostic.also(span, format!("`{name}` is a type parameter here"));
        } else if let Some((label, span)) = self.missing_method_place(from, ty) {
            diagnostic = diagnostic.also(span, label);
        } else if let Some(help) = self.instead_of(operand, ty, context) {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
    }

    /// Where a type parameter is declared that hides a predeclared type, as the receiver `Stack[int]` declares one.
    fn hiding_param(&self, ty: Ty) -> Option<Span> {
        let TyKind::Param(param) = ty.kind() else { return None };
        let param = &self.program.type_params[param.0 as usize];
        self.lookup_in(self.universe.scope, param.name).map(|_| param.span)
    }

    /// What to write instead of a value of another type.
    fn instead_of(&self, operand: &Operand<'a>, ty: Ty, context: &Context) -> Option<String> {
        let text = self.source_text(operand.span);
        let string = matches!(operand.ty.kind(), TyKind::String | TyKind::Untyped(Untyped::String));
        if matches!(context, Context::Fail) && string {
            return Some(format!("make an error of it: `fail errors.New({text})`"));
        }
        if matches!((context, operand.ty.kind()), (Context::RestArgument(_), TyKind::Slice(elem)) if *elem == ty)
        {
            return Some(format!("hand on its elements: `{text}...`"));
        }
        if matches!(ty.kind(), TyKind::String) && operand.untyped() == Some(Untyped::Rune) {
            return quoted_text(&text);
        }
        let case = self.program.info.uses.get(&operand.expr?.id);
        match operand.ty.kind() {
            TyKind::Func(case_of) if case_of.result == ty && matches!(case, Some(Entity::Case(..))) => {
                Some(format!("this case holds something: `{text}(…)`"))
            }
            _ => None,
        }
    }

    /// Whether the operand can be given to a variable of the type without a conversion; the reason if there is one.
    pub fn assignable(&mut self, operand: &Operand<'a>, ty: Ty) -> Result<(), Option<String>> {
        let from = operand.ty;
        if from.is_error() || ty.is_error() || from == ty || matches!(from.kind(), TyKind::Never) {
            return Ok(());
        }
        if is_untyped(from) {
            return self.untyped_assignable(operand, ty);
        }
        self.type_assignable(from, ty)
    }

    fn untyped_assignable(&mut self, operand: &Operand<'a>, ty: Ty) -> Result<(), Option<String>> {
        if let TyKind::Param(param) = self.underlying(ty).kind() {
            let terms = self.terms(*param).unwrap_or_default();
            let fits = !terms.is_empty() && terms.iter().all(|t| self.implicit_type(operand, t.ty).is_ok());
            return if fits { Ok(()) } else { Err(None) };
        }
        match self.implicit_type(operand, ty) {
            Ok(_) => Ok(()),
            Err(misfit) => Err(misfit.map(|m| m.text().to_owned())),
        }
    }

    /// Whether a value of type `from` (not untyped) can be given to a variable of type `ty`.
    pub fn type_assignable(&mut self, from: Ty, ty: Ty) -> Result<(), Option<String>> {
        if from == ty || from.is_error() || ty.is_error() || matches!(from.kind(), TyKind::Never) {
            return Ok(());
        }
        let (from_under, under) = (self.underlying(from), self.underlying(ty));
        let from_param = matches!(from.kind(), TyKind::Param(_));
        let to_param = matches!(ty.kind(), TyKind::Param(_));
        if from_under.is_error() || under.is_error() || from.has_error() || ty.has_error() {
            return Ok(());
        }
        // A type and what was declared by such a one differ in nothing but the name.
        if (from_under.has_error() || under.has_error())
            && (!has_name(from) || !has_name(ty))
            && std::mem::discriminant(from_under.kind()) == std::mem::discriminant(under.kind())
        {
            return Ok(());
        }
        if from_under == under && !from_param && !to_param && (!has_name(from) || !has_name(ty)) {
            return Ok(());
        }
        // What is missing for the value that the optional holds is missing for the optional.
        let mut missing = None;
        if let TyKind::Optional(inner) = under.kind() {
            match self.type_assignable(from, *inner) {
                Ok(()) => return Ok(()),
                Err(why) => missing = why.filter(|_| self.is_interface(*inner)),
            }
        }
        // `none` is a value of every interface, so an optional one is no more than that.
        if let (TyKind::Optional(inner), TyKind::Interface(wanted)) = (from_under.kind(), under.kind())
            && !wanted.methods.is_empty()
            && self.is_interface(*inner)
            && self.implements(*inner, ty).is_ok()
        {
            return Ok(());
        }
        if !to_param && self.is_interface(ty) {
            match self.implements(from, ty) {
                Ok(()) => return Ok(()),
                Err(why) if !from_param => return Err(Some(why)),
                Err(_) => {}
            }
        }
        if !from_param && self.is_interface(from) && self.implements(ty, from).is_ok() {
            let name = self.type_name(ty);
            return Err(Some(format!("needs a type assertion: `.({name})`")));
        }
        if let (
            TyKind::Chan { pattern: pa, dir: ChanDir::Both, elem: a, reply: ra },
            TyKind::Chan { pattern: pb, elem: b, reply: rb, .. },
        ) = (from_under.kind(), under.kind())
            && (pa, a, ra) == (pb, b, rb)
            && (!has_name(from) || !has_name(ty))
        {
            return Ok(());
        }
        match (from.kind(), ty.kind()) {
            (_, TyKind::Param(param)) if !has_name(from) => {
                let terms = self.terms(*param).unwrap_or_default();
                let fits =
                    !terms.is_empty() && terms.iter().all(|t| self.type_assignable(from, t.ty).is_ok());
                if fits { Ok(()) } else { Err(None) }
            }
            (TyKind::Param(param), _) if !has_name(ty) => {
                let terms = self.terms(*param).unwrap_or_default();
                let fits = !terms.is_empty() && terms.iter().all(|t| self.type_assignable(t.ty, ty).is_ok());
                if fits { Ok(()) } else { Err(None) }
            }
            _ => Err(missing),
        }
    }
}
