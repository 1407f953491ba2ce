//! What kind of type is this?
//!
//! Questions about a type parameter are about all types of its type set: an operation is allowed when every one of
//! them allows it.

use super::Checker;
use crate::types::subst::subst;
use crate::types::{InterfaceTy, Term, Ty, TyKind, TypeParamId, Untyped};

/// Whether the kind (of an underlying type) is an integer type, untyped ones included.
pub(crate) fn is_integer(ty: Ty) -> bool {
    matches!(
        ty.kind(),
        TyKind::Int(_) | TyKind::Duration | TyKind::Untyped(Untyped::Int | Untyped::Rune) | TyKind::Error
    )
}

pub(crate) fn is_float(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Float(_) | TyKind::Untyped(Untyped::Float) | TyKind::Error)
}

pub(crate) fn is_numeric(ty: Ty) -> bool {
    is_integer(ty) || is_float(ty)
}

pub(crate) fn is_string(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::String | TyKind::Untyped(Untyped::String) | TyKind::Error)
}

pub(crate) fn is_boolean(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Bool | TyKind::Untyped(Untyped::Bool) | TyKind::Error)
}

pub(crate) fn is_untyped(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Untyped(_))
}

/// Whether a constant can have the type.
pub(crate) fn is_const_type(ty: Ty) -> bool {
    is_numeric(ty) || is_string(ty) || is_boolean(ty)
}

pub(crate) fn is_param(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Param(_))
}

/// Whether the type is a declared one or predeclared or a type parameter: what assignability calls "named".
pub(crate) fn has_name(ty: Ty) -> bool {
    !matches!(
        ty.kind(),
        TyKind::Array(..)
            | TyKind::Slice(_)
            | TyKind::Map(..)
            | TyKind::Chan { .. }
            | TyKind::Func(_)
            | TyKind::Struct(_)
            | TyKind::Interface(_)
            | TyKind::Optional(_)
            | TyKind::Result(..)
            | TyKind::Tuple(_)
    )
}

impl<'a> Checker<'a> {
    /// What is under a declared type, its type arguments filled in; other types are under themselves, type
    /// parameters too, unless their constraint is a mistake.
    pub fn underlying(&mut self, ty: Ty) -> Ty {
        match ty.kind() {
            TyKind::Named(def, args) => {
                if !self.complete(*def) {
                    return Ty::error();
                }
                let def = &self.program.types[def.0 as usize];
                subst(def.underlying, &def.params, args)
            }
            TyKind::Param(param) if self.is_lost_param(*param) => Ty::error(),
            _ => ty,
        }
    }

    /// Whether the constraint of a type parameter is a mistake, so that its types may be able to do everything.
    fn is_lost_param(&self, param: TypeParamId) -> bool {
        let constraint = self.program.type_params[param.0 as usize].constraint;
        match constraint.kind() {
            TyKind::Error => true,
            // Not completed for the question: what is under the constraint may be what asks.
            TyKind::Named(def, _) if self.is_incomplete(*def) => false,
            TyKind::Named(def, _) => match self.program.types[def.0 as usize].underlying.kind() {
                TyKind::Interface(interface) => interface.is_lost(),
                under => matches!(under, TyKind::Error),
            },
            TyKind::Interface(interface) => interface.is_lost(),
            _ => false,
        }
    }

    /// Whether the type is an interface of values, and not a type parameter.
    pub fn is_interface(&mut self, ty: Ty) -> bool {
        matches!(self.underlying(ty).kind(), TyKind::Interface(_))
    }

    /// The interface under a type parameter's constraint. `[T int]` means the interface of the one type `int`.
    pub fn constraint(&mut self, param: TypeParamId) -> Ty {
        let constraint = self.program.type_params[param.0 as usize].constraint;
        self.constraint_interface(constraint)
    }

    /// The interface that a constraint means.
    pub fn constraint_interface(&mut self, constraint: Ty) -> Ty {
        let under = self.underlying(constraint);
        match under.kind() {
            TyKind::Interface(_) => under,
            TyKind::Error => Ty::any(),
            _ => {
                let terms = Some(vec![Term { tilde: false, ty: constraint }]);
                Ty::new(TyKind::Interface(InterfaceTy { terms, ..InterfaceTy::default() }))
            }
        }
    }

    /// The terms of a type parameter's type set; `None` when it has all types (with some methods).
    pub fn terms(&mut self, param: TypeParamId) -> Option<&'static [Term]> {
        match self.constraint(param).kind() {
            TyKind::Interface(interface) => interface.terms.as_deref(),
            _ => None,
        }
    }

    /// Whether `test` holds for the underlying type, or for all those of a type parameter (which must have some).
    pub fn all(&mut self, ty: Ty, test: fn(Ty) -> bool) -> bool {
        match ty.kind() {
            TyKind::Param(param) if !self.is_lost_param(*param) => match self.terms(*param) {
                Some(terms) => !terms.is_empty() && terms.iter().all(|term| test(self.underlying(term.ty))),
                None => false,
            },
            _ => test(self.underlying(ty)),
        }
    }

    pub fn all_integer(&mut self, ty: Ty) -> bool {
        self.all(ty, is_integer)
    }

    pub fn all_numeric(&mut self, ty: Ty) -> bool {
        self.all(ty, is_numeric)
    }

    pub fn all_string(&mut self, ty: Ty) -> bool {
        self.all(ty, is_string)
    }

    pub fn all_boolean(&mut self, ty: Ty) -> bool {
        self.all(ty, is_boolean)
    }

    pub fn all_numeric_or_string(&mut self, ty: Ty) -> bool {
        self.all(ty, |ty| is_numeric(ty) || is_string(ty))
    }

    pub fn all_ordered(&mut self, ty: Ty) -> bool {
        self.all_numeric_or_string(ty)
    }

    /// The type that all types of a type parameter's type set have under them; for another type what is under it.
    /// `None` when there is no such type. Channels may differ in direction.
    pub fn core_type(&mut self, ty: Ty) -> Option<Ty> {
        let under = self.underlying(ty);
        let TyKind::Param(param) = under.kind() else { return Some(under) };
        let terms = self.terms(*param)?;
        let mut core: Option<Ty> = None;
        for term in terms {
            let under = self.underlying(term.ty);
            core = Some(match core {
                None => under,
                Some(core) if core == under => core,
                Some(core) => common_channel(core, under)?,
            });
        }
        core
    }

    /// As [`Checker::core_type`], but byte slices and strings together count as `string` (indexing, `append`, `copy`).
    pub fn core_string(&mut self, ty: Ty) -> Option<Ty> {
        let under = self.underlying(ty);
        let TyKind::Param(param) = under.kind() else { return Some(under) };
        let terms = self.terms(*param)?;
        let bytes = Ty::slice(Ty::byte());
        let mut strings = false;
        let mut core: Option<Ty> = None;
        for term in terms {
            let mut under = self.underlying(term.ty);
            if is_string(under) {
                strings = true;
                under = bytes;
            }
            match core {
                None => core = Some(under),
                Some(core) if core == under => {}
                Some(_) => return None,
            }
        }
        match (core, strings) {
            (Some(core), true) if core == bytes => Some(Ty::string()),
            (core, _) => core,
        }
    }

    /// Why `==` is not defined for the type; `None` when it is. Everything but functions compares, by structure.
    pub fn incomparable(&mut self, ty: Ty) -> Option<String> {
        self.incomparable_part(ty, 0)
    }

    /// Whether `==` is defined.
    pub fn comparable(&mut self, ty: Ty) -> bool {
        self.incomparable(ty).is_none()
    }

    fn incomparable_part(&mut self, ty: Ty, depth: u32) -> Option<String> {
        // A type that contains itself does so through something that was looked at already.
        if depth > 12 {
            return None;
        }
        let part = |checker: &mut Self, what: &str, ty: Ty| {
            let why = checker.incomparable_part(ty, depth + 1)?;
            Some(format!("{what}: {why}"))
        };
        match self.underlying(ty).kind() {
            TyKind::Func(_) => Some("functions cannot be compared".to_owned()),
            TyKind::Array(_, elem) | TyKind::Slice(elem) | TyKind::Optional(elem) => {
                part(self, "its elements", *elem)
            }
            TyKind::Map(_, value) => part(self, "its values", *value),
            TyKind::Struct(fields) => {
                fields.iter().find_map(|f| part(self, &format!("its field `{}`", f.name), f.ty))
            }
            TyKind::Enum(cases) => cases
                .iter()
                .flat_map(|case| case.fields.iter().map(move |(_, ty)| (case.name, *ty)))
                .find_map(|(name, ty)| part(self, &format!("its case `{name}`"), ty)),
            TyKind::Result(value, error) => {
                let why = part(self, "its value", *value);
                why.or_else(|| part(self, "its error", *error))
            }
            TyKind::Param(param) => {
                let TyKind::Interface(interface) = self.constraint(*param).kind() else { return None };
                match &interface.terms {
                    Some(terms) if terms.is_empty() => Some("its type set is empty".to_owned()),
                    _ if interface.comparable => None,
                    None => Some(format!("`{}` may be a type without `==`", self.type_name(ty))),
                    Some(terms) => terms.iter().find_map(|term| self.incomparable_part(term.ty, depth + 1)),
                }
            }
            _ => None,
        }
    }
}

/// The channel type that two channel types agree on, if they differ in direction only.
fn common_channel(a: Ty, b: Ty) -> Option<Ty> {
    use crate::syntax::ast::ChanDir;
    let (
        TyKind::Chan { pattern, dir: da, elem, reply },
        TyKind::Chan { pattern: pb, dir: db, elem: eb, reply: rb },
    ) = (a.kind(), b.kind())
    else {
        return None;
    };
    if (pattern, elem, reply) != (pb, eb, rb) {
        return None;
    }
    match (da, db) {
        (ChanDir::Both, _) => Some(b),
        (_, ChanDir::Both) => Some(a),
        _ => None,
    }
}
