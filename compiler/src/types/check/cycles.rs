//! Types that would contain themselves.
//!
//! A value holds its struct fields and array elements in itself; slices, maps, optionals, enum cases, functions and
//! channels stand elsewhere, so a type may contain itself through them.

use super::Checker;
use crate::types::subst::subst;
use crate::types::{Ty, TyKind, TypeDefId};

/// Instances of generic types may grow at each step; one this deep does not end.
const MAX_DEPTH: usize = 64;

impl<'a> Checker<'a> {
    /// Reports a declared type that contains itself.
    pub fn check_recursion(&mut self, def: TypeDefId) {
        if self.aliases.contains(&def) || self.sound_types.contains(&def) || self.broken_types.contains(&def)
        {
            return;
        }
        let params = &self.program.types[def.0 as usize].params;
        let args = params.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        let mut path = Vec::new();
        self.walk(Ty::new(TyKind::Named(def, args)), &mut path);
    }

    /// Follows what the type contains in itself; `true` when a cycle was found and reported.
    fn walk(&mut self, ty: Ty, path: &mut Vec<Ty>) -> bool {
        match ty.kind() {
            TyKind::Named(def, args) => {
                if self.broken_types.contains(def) || (args.is_empty() && self.sound_types.contains(def)) {
                    return false;
                }
                if let Some(at) = path.iter().position(|t| *t == ty) {
                    self.report_cycle(&path[at..]);
                    return true;
                }
                if path.len() > MAX_DEPTH {
                    self.report_cycle(&path[path.len() - 1..]);
                    return true;
                }
                path.push(ty);
                // As it was written: `type A B` contains a `B`, not only what is under that.
                let inner = self.contents(*def, args);
                let cyclic = self.walk(inner, path);
                path.pop();
                if !cyclic && args.is_empty() {
                    self.sound_types.insert(*def);
                }
                cyclic
            }
            TyKind::Array(_, elem) => self.walk(*elem, path),
            TyKind::Struct(fields) => fields.iter().any(|field| self.walk(field.ty, path)),
            TyKind::Result(value, error) => self.walk(*value, path) || self.walk(*error, path),
            TyKind::Tuple(types) => types.iter().any(|ty| self.walk(*ty, path)),
            // A constraint is made of the types in its unions.
            TyKind::Interface(interface) => {
                let terms = interface.terms.iter().flatten();
                terms.map(|term| term.ty).any(|ty| self.walk(ty, path))
            }
            _ => false,
        }
    }

    fn contents(&mut self, def: TypeDefId, args: &[Ty]) -> Ty {
        self.complete(def);
        let info = &self.program.types[def.0 as usize];
        let written = self.written.get(&def).copied().unwrap_or(info.underlying);
        subst(written, &info.params, args)
    }

    fn report_cycle(&mut self, cycle: &[Ty]) {
        let mut defs: Vec<TypeDefId> = Vec::new();
        for ty in cycle {
            if let TyKind::Named(def, _) = ty.kind()
                && !defs.contains(def)
            {
                defs.push(*def);
            }
        }
        self.report_recursive(&defs);
    }
}
