//! May this value be stored in a variable of that type?

use super::{Checker, Operand};
use crate::types::Ty;

/// What a value is given to, for the message.
#[derive(Clone, Debug)]
pub(crate) enum Context {
    Assignment,
    /// The name of the function called.
    Argument(String),
    Return,
    Send,
    RangeClause,
    StructLiteral,
    ElementLiteral,
    MapKey,
    Declaration,
    Fail,
    Other(&'static str),
}

impl<'a> Checker<'a> {
    /// Gives the operand the type `ty`, implicitly converted (untyped constants, `T` to `T?`, to interfaces), or
    /// reports why not and gives an error operand.
    pub fn assign(&mut self, operand: Operand<'a>, ty: Ty, context: &Context) -> Operand<'a> {
        let _ = (ty, context);
        operand
    }
}
