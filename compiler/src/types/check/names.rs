//! How types and operands are named in messages.

use super::Checker;
use crate::types::Ty;

impl<'a> Checker<'a> {
    /// A type as the user would write it.
    pub fn type_name(&self, ty: Ty) -> String {
        format!("{ty:?}")
    }
}
