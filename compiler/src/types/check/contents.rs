//! What can a value of a type have inside it?

use rustc_hash::FxHashSet;

use crate::types::subst::subst;
use crate::types::{Program, Ty, TyKind};

/// Whether a type parameter is part of the type.
pub fn mentions_param(ty: Ty) -> bool {
    let mut found = false;
    crate::types::subst::map(ty, &mut |_| {
        found = true;
        None
    });
    found
}

/// Whether a value of the type can have a function in it, and so a closure.
pub fn may_hold_function(program: &Program, ty: Ty) -> bool {
    fn go(program: &Program, ty: Ty, seen: &mut FxHashSet<Ty>) -> bool {
        if !seen.insert(ty) {
            return false;
        }
        // A generic type that contains ever larger instances of itself is refused elsewhere; stop here all the same.
        if seen.len() > 1000 {
            return true;
        }
        match ty.kind() {
            TyKind::Func(_) | TyKind::Interface(_) | TyKind::Param(_) => true,
            TyKind::Array(_, inner) | TyKind::Slice(inner) | TyKind::Optional(inner) => {
                go(program, *inner, seen)
            }
            TyKind::Map(a, b) | TyKind::Result(a, b) => go(program, *a, seen) || go(program, *b, seen),
            TyKind::Struct(fields) => fields.iter().any(|field| go(program, field.ty, seen)),
            TyKind::Enum(cases) => {
                cases.iter().any(|case| case.fields.iter().any(|(_, field)| go(program, *field, seen)))
            }
            TyKind::Tuple(types) => types.iter().any(|ty| go(program, *ty, seen)),
            TyKind::Named(def, args) => {
                let def = &program.types[def.0 as usize];
                go(program, subst(def.underlying, &def.params, args), seen)
            }
            _ => false,
        }
    }
    go(program, ty, &mut FxHashSet::default())
}

/// What a variable of a type is before anything was assigned to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zero {
    /// A value, as good as any other.
    Value,
    /// Nothing: a channel, a function, a handle.
    Missing,
    /// An interface without a value in it: it can be looked at, but has no methods.
    Empty,
}

/// The zero value of a type, if it has one. What is inside a struct or array is the care of `absent`, and of the runtime.
pub fn zero(program: &Program, ty: Ty) -> Zero {
    match program.underlying(ty).kind() {
        TyKind::Chan { .. }
        | TyKind::Func(_)
        | TyKind::Task(_)
        | TyKind::Supervisor
        | TyKind::Mutex(_)
        | TyKind::Counter => Zero::Missing,
        TyKind::Interface(_) => Zero::Empty,
        _ => Zero::Value,
    }
}
