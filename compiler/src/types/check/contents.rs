//! What can a value of a type have inside it?

use rustc_hash::FxHashSet;

use crate::types::subst::subst;
use crate::types::{Program, Ty, TyKind};

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

/// Whether a variable of the type must be given a value: it is, or holds, a channel, function, interface or handle.
pub fn needs_value(program: &Program, ty: Ty) -> bool {
    fn go(program: &Program, ty: Ty, seen: &mut FxHashSet<Ty>) -> bool {
        if !seen.insert(ty) || seen.len() > 1000 {
            return false;
        }
        match ty.kind() {
            TyKind::Chan { .. }
            | TyKind::Func(_)
            | TyKind::Interface(_)
            | TyKind::Task(_)
            | TyKind::Supervisor
            | TyKind::Mutex(_)
            | TyKind::Counter => true,
            TyKind::Array(len, inner) => *len > 0 && go(program, *inner, seen),
            TyKind::Struct(fields) => fields.iter().any(|field| go(program, field.ty, seen)),
            // The zero value of an enum is its first case.
            TyKind::Enum(cases) => cases
                .first()
                .is_some_and(|case| case.fields.iter().any(|(_, field)| go(program, *field, seen))),
            TyKind::Named(def, args) => {
                let def = &program.types[def.0 as usize];
                go(program, subst(def.underlying, &def.params, args), seen)
            }
            _ => false,
        }
    }
    go(program, ty, &mut FxHashSet::default())
}

/// A type in a few words, where the checker and its scopes are gone.
pub fn short_name(program: &Program, ty: Ty) -> String {
    match ty.kind() {
        TyKind::Named(def, _) => program.types[def.0 as usize].name.to_string(),
        TyKind::Int(int) => format!("{int:?}").to_lowercase(),
        TyKind::Float(crate::types::FloatTy::F32) => "float32".into(),
        TyKind::Float(crate::types::FloatTy::F64) => "float64".into(),
        TyKind::Bool => "bool".into(),
        TyKind::String => "string".into(),
        TyKind::Duration => "duration".into(),
        TyKind::Slice(elem) => format!("[]{}", short_name(program, *elem)),
        TyKind::Array(len, elem) => format!("[{len}]{}", short_name(program, *elem)),
        TyKind::Map(key, value) => {
            format!("map[{}]{}", short_name(program, *key), short_name(program, *value))
        }
        TyKind::Optional(inner) => format!("{}?", short_name(program, *inner)),
        TyKind::Func(_) => "func".into(),
        TyKind::Struct(_) => "struct".into(),
        _ => "this".into(),
    }
}
