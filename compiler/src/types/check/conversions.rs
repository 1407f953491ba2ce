//! Conversions `T(x)`, and the types that untyped values get.

use super::{Checker, Operand};
use crate::types::{Ty, TyKind, Untyped};

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

impl<'a> Checker<'a> {
    /// Converts an untyped operand to `ty`, or reports that it does not fit. Typed operands stay.
    pub fn convert_untyped(&mut self, operand: &mut Operand<'a>, ty: Ty) {
        let _ = (operand, ty);
    }

    /// Gives an untyped operand its default type; `none` is reported, as it has none.
    pub fn use_default(&mut self, operand: &mut Operand<'a>) {
        let _ = operand;
    }
}
