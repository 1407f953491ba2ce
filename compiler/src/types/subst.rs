//! Substitution of type parameters, and what is under a declared type.

use super::program::Program;
use super::ty::{CaseTy, FieldTy, FuncTy, InterfaceTy, MethodTy, ParamTy, Term, Ty, TyKind, TypeParamId};

/// Replaces the type parameters `params` by `args`, one for one; others stay.
pub fn subst(ty: Ty, params: &[TypeParamId], args: &[Ty]) -> Ty {
    if params.is_empty() {
        return ty;
    }
    map(ty, &mut |param| params.iter().position(|p| *p == param).and_then(|i| args.get(i).copied()))
}

/// Replaces each type parameter for which `find` gives a type.
pub fn map(ty: Ty, find: &mut dyn FnMut(TypeParamId) -> Option<Ty>) -> Ty {
    let kind = match ty.kind() {
        TyKind::Param(param) => return find(*param).unwrap_or(ty),
        TyKind::Named(_, args) if args.is_empty() => return ty,
        TyKind::Named(def, args) => TyKind::Named(*def, map_all(args, find)),
        TyKind::Array(len, elem) => TyKind::Array(*len, map(*elem, find)),
        TyKind::Slice(elem) => TyKind::Slice(map(*elem, find)),
        TyKind::Map(key, value) => TyKind::Map(map(*key, find), map(*value, find)),
        TyKind::Chan { pattern, dir, elem, reply } => TyKind::Chan {
            pattern: *pattern,
            dir: *dir,
            elem: map(*elem, find),
            reply: reply.map(|reply| map(reply, find)),
        },
        TyKind::Func(func) => TyKind::Func(map_func(func, find)),
        TyKind::Struct(fields) => TyKind::Struct(
            fields.iter().map(|field| FieldTy { ty: map(field.ty, find), ..field.clone() }).collect(),
        ),
        TyKind::Enum(cases) => TyKind::Enum(
            cases
                .iter()
                .map(|case| CaseTy {
                    name: case.name,
                    fields: case.fields.iter().map(|(name, ty)| (*name, map(*ty, find))).collect(),
                })
                .collect(),
        ),
        TyKind::Interface(interface) => TyKind::Interface(InterfaceTy {
            methods: interface
                .methods
                .iter()
                .map(|method| MethodTy { name: method.name, sig: map(method.sig, find) })
                .collect(),
            terms: interface.terms.as_ref().map(|terms| {
                terms.iter().map(|term| Term { tilde: term.tilde, ty: map(term.ty, find) }).collect()
            }),
            comparable: interface.comparable,
        }),
        TyKind::Optional(inner) => TyKind::Optional(map(*inner, find)),
        TyKind::Result(value, error) => TyKind::Result(map(*value, find), map(*error, find)),
        TyKind::Tuple(types) => TyKind::Tuple(map_all(types, find)),
        TyKind::Task(result) => TyKind::Task(map(*result, find)),
        TyKind::Mutex(value) => TyKind::Mutex(map(*value, find)),
        TyKind::Ref(inner) => TyKind::Ref(map(*inner, find)),
        TyKind::Cell(inner) => TyKind::Cell(map(*inner, find)),
        TyKind::Error
        | TyKind::Bool
        | TyKind::Int(_)
        | TyKind::Float(_)
        | TyKind::String
        | TyKind::Duration
        | TyKind::Untyped(_)
        | TyKind::Unit
        | TyKind::Never
        | TyKind::Supervisor
        | TyKind::Counter => return ty,
    };
    Ty::new(kind)
}

fn map_all(types: &[Ty], find: &mut dyn FnMut(TypeParamId) -> Option<Ty>) -> Vec<Ty> {
    types.iter().map(|ty| map(*ty, find)).collect()
}

/// [`map`] for a function type.
pub fn map_func(func: &FuncTy, find: &mut dyn FnMut(TypeParamId) -> Option<Ty>) -> FuncTy {
    FuncTy {
        params: func.params.iter().map(|p| ParamTy { ty: map(p.ty, find), inout: p.inout }).collect(),
        variadic: func.variadic,
        result: map(func.result, find),
    }
}

impl Program {
    /// What is under a declared type, its parameters replaced; any other type is itself.
    pub fn underlying(&self, ty: Ty) -> Ty {
        match ty.kind() {
            TyKind::Named(def, args) => {
                let def = &self.types[def.0 as usize];
                subst(def.underlying, &def.params, args)
            }
            _ => ty,
        }
    }
}
