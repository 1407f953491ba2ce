//! Which methods does a type have, and does it implement an interface?

use super::Checker;
use crate::types::{Ty, TyKind};

impl<'a> Checker<'a> {
    /// What is under a declared type, its type arguments filled in; other types are under themselves.
    pub fn underlying(&mut self, ty: Ty) -> Ty {
        ty
    }

    /// Whether `==` is defined.
    pub fn comparable(&mut self, ty: Ty) -> bool {
        !matches!(self.underlying(ty).kind(), TyKind::Func(_))
    }

    /// The type that all types of a type parameter's type set have under them; a type's own underlying type
    /// otherwise. `None` when there is no such type.
    pub fn core_type(&mut self, ty: Ty) -> Option<Ty> {
        Some(self.underlying(ty))
    }
}
