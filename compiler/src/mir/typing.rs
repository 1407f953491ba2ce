//! The types of places and operands.

use super::{Const, Function, Module, Operand, Place, PlaceBase, Proj};
use crate::types::{Program, Ty, TyKind};

/// Finds types in one function.
#[derive(Clone, Copy)]
pub struct Typing<'a> {
    pub program: &'a Program,
    pub module: &'a Module,
    pub function: &'a Function,
}

impl Typing<'_> {
    /// The type of a place. The error type when a step does not fit, which the verifier reports.
    pub fn place(&self, place: &Place) -> Ty {
        let base = self.base(place.base);
        place.proj.iter().fold(base, |ty, step| step_type(self.program, ty, step))
    }

    /// The type of a place's base.
    pub fn base(&self, base: PlaceBase) -> Ty {
        match base {
            PlaceBase::Local(local) => {
                self.function.locals.get(local.0 as usize).map_or_else(Ty::error, |decl| decl.ty)
            }
            PlaceBase::Global(global) => {
                self.module.globals.get(global.0 as usize).map_or_else(Ty::error, |decl| decl.ty)
            }
            PlaceBase::Capture(index) => {
                self.function.captures.get(index as usize).copied().unwrap_or_else(Ty::error)
            }
        }
    }

    pub fn operand(&self, operand: &Operand) -> Ty {
        match operand {
            Operand::Copy(place) => self.place(place),
            Operand::Move(local) => self.base(PlaceBase::Local(*local)),
            Operand::Const(_, ty) => *ty,
        }
    }
}

/// The type one step into a value of this type; the error type when there is no such step.
pub fn step_type(program: &Program, ty: Ty, step: &Proj) -> Ty {
    let under = program.underlying(ty);
    match (step, under.kind()) {
        (Proj::Field(index), TyKind::Struct(fields)) => {
            fields.get(*index as usize).map_or_else(Ty::error, |field| field.ty)
        }
        (Proj::Field(index), TyKind::Tuple(types)) => {
            types.get(*index as usize).copied().unwrap_or_else(Ty::error)
        }
        (Proj::Case(case, field), TyKind::Enum(cases)) => cases
            .get(*case as usize)
            .and_then(|case| case.fields.get(*field as usize))
            .map_or_else(Ty::error, |(_, ty)| *ty),
        (Proj::Some, TyKind::Optional(inner))
        | (Proj::Ok, TyKind::Result(inner, _))
        | (Proj::Err, TyKind::Result(_, inner))
        | (Proj::Index { .. }, TyKind::Array(_, inner) | TyKind::Slice(inner))
        | (Proj::Deref, TyKind::Ref(inner))
        | (Proj::Cell, TyKind::Cell(inner)) => *inner,
        (Proj::Index { .. }, TyKind::String) => Ty::byte(),
        _ => Ty::error(),
    }
}

/// Whether values of this type hold counted objects.
pub fn is_counted(program: &Program, ty: Ty) -> bool {
    match program.underlying(ty).kind() {
        TyKind::String
        | TyKind::Slice(_)
        | TyKind::Map(..)
        | TyKind::Chan { .. }
        | TyKind::Func(_)
        | TyKind::Interface(_)
        | TyKind::Task(_)
        | TyKind::Supervisor
        | TyKind::Mutex(_)
        | TyKind::Counter
        | TyKind::Cell(_) => true,
        // A type that contains itself does so through an optional or an enum field, which are then boxes, and counted.
        TyKind::Optional(inner) => is_boxed(program, ty, *inner) || is_counted(program, *inner),
        TyKind::Array(len, inner) => *len > 0 && is_counted(program, *inner),
        TyKind::Struct(fields) => fields.iter().any(|field| is_counted(program, field.ty)),
        TyKind::Tuple(types) => types.iter().any(|ty| is_counted(program, *ty)),
        TyKind::Enum(cases) => cases
            .iter()
            .flat_map(|case| &case.fields)
            .any(|(_, field)| is_boxed(program, ty, *field) || is_counted(program, *field)),
        TyKind::Result(value, error) => is_counted(program, *value) || is_counted(program, *error),
        _ => false,
    }
}

/// Whether an optional or enum contains itself through this inner type or case field, which is then a pointer to a box.
pub fn is_boxed(program: &Program, ty: Ty, part: Ty) -> bool {
    contains(program, part, program.underlying(ty), &mut Vec::new())
}

/// Whether a copy of a `ty` copies references to a `target`'s storage or box.
pub fn may_hold(program: &Program, ty: Ty, target: Ty) -> bool {
    contains(program, ty, program.underlying(target), &mut Vec::new())
}

/// Whether a value of type `ty` holds, inline or through optionals and enum fields, a value of the type `target`
/// (given as what is under it).
fn contains(program: &Program, ty: Ty, target: Ty, seen: &mut Vec<Ty>) -> bool {
    let under = program.underlying(ty);
    if under == target {
        return true;
    }
    if seen.contains(&under) {
        return false;
    }
    seen.push(under);
    match under.kind() {
        TyKind::Optional(inner) | TyKind::Array(_, inner) => contains(program, *inner, target, seen),
        TyKind::Struct(fields) => fields.iter().any(|field| contains(program, field.ty, target, seen)),
        TyKind::Tuple(types) => types.iter().any(|ty| contains(program, *ty, target, seen)),
        TyKind::Enum(cases) => cases
            .iter()
            .flat_map(|case| &case.fields)
            .any(|(_, field)| contains(program, *field, target, seen)),
        TyKind::Result(value, error) => {
            contains(program, *value, target, seen) || contains(program, *error, target, seen)
        }
        _ => false,
    }
}

/// The type of a constant operand that has none of its own is its operand's; this is for tests and printing.
pub fn const_text(value: &Const) -> String {
    match value {
        Const::Bool(value) => value.to_string(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Str(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Const::Zero => "zero".to_owned(),
        Const::Func(id) => format!("fn{}", id.0),
    }
}
