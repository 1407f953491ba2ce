//! What an expression turned out to be, while it is being checked.

use super::Checker;
use crate::syntax::ast::Expr;
use crate::syntax::{NodeId, Span};
use crate::types::{Constant, ExprInfo, FuncId, FuncTy, Mode, Ty, TyKind, TypeParamId, Untyped};

/// An expression's mode, type and value. An operand whose type is [`Ty::error`] has been reported: no check
/// complains about it again.
#[derive(Clone, Debug)]
pub(crate) struct Operand<'a> {
    pub mode: Mode,
    pub ty: Ty,
    /// The value, with mode [`Mode::Const`].
    pub constant: Option<Constant>,
    pub span: Span,
    /// The expression; absent for the parts of a call with several results and for what `range` gives.
    pub expr: Option<&'a Expr>,
    /// A generic function without all its type arguments; `ty` is then its signature over its own parameters.
    pub generic: Option<Box<GenericFunc>>,
}

/// A generic function that still needs type arguments.
#[derive(Clone, Debug)]
pub(crate) struct GenericFunc {
    pub func: FuncId,
    /// Fresh parameters, one for each of the function's own, so that a recursive call does not confuse the two.
    pub params: Vec<TypeParamId>,
    pub sig: FuncTy,
    /// The type arguments that were written; the rest must be inferred.
    pub given: Vec<Ty>,
    /// Where the instance is recorded.
    pub node: NodeId,
}

impl<'a> Operand<'a> {
    pub fn new(mode: Mode, ty: Ty, expr: &'a Expr) -> Operand<'a> {
        Operand { mode, ty, constant: None, span: expr.span, expr: Some(expr), generic: None }
    }

    pub fn value(ty: Ty, expr: &'a Expr) -> Operand<'a> {
        Operand::new(Mode::Value, ty, expr)
    }

    pub fn constant(ty: Ty, value: Constant, expr: &'a Expr) -> Operand<'a> {
        Operand { constant: Some(value), ..Operand::new(Mode::Const, ty, expr) }
    }

    /// An operand that has been reported.
    pub fn error(expr: &'a Expr) -> Operand<'a> {
        Operand::new(Mode::Value, Ty::error(), expr)
    }

    /// A value without an expression of its own.
    pub fn synthetic(ty: Ty, span: Span) -> Operand<'a> {
        Operand { mode: Mode::Value, ty, constant: None, span, expr: None, generic: None }
    }

    pub fn is_error(&self) -> bool {
        self.ty.is_error()
    }

    /// Whether this is a type, a package or a built-in function, and not a value.
    pub fn is_type(&self) -> bool {
        self.mode == Mode::Type
    }

    pub fn untyped(&self) -> Option<Untyped> {
        match self.ty.kind() {
            TyKind::Untyped(kind) => Some(*kind),
            _ => None,
        }
    }

    /// The literal or constant `none`.
    pub fn is_none(&self) -> bool {
        self.untyped() == Some(Untyped::None)
    }
}

impl<'a> Checker<'a> {
    /// Writes down what an expression is. Untyped expressions are written again once they get a type.
    pub fn record(&mut self, operand: &Operand<'a>) {
        if let Some(expr) = operand.expr {
            let info = ExprInfo { ty: operand.ty, mode: operand.mode, constant: operand.constant.clone() };
            self.program.info.exprs.insert(expr.id, info);
        }
    }
}
