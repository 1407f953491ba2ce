//! Conversions: those that an assignment makes by itself ([`Builder::coerce`]) and those that are written `T(x)`
//! ([`Builder::convert`]).

use super::Lower;
use super::consts::default_type;
use super::function::{Builder, Val, int, zero};
use super::instances::ice;
use crate::mir::{Const, Operand, Place, Proj, Rvalue};
use crate::syntax::ast::BinaryOp;
use crate::types::{FloatTy, IntTy, Ty, TyKind};

impl Builder<'_, '_> {
    /// A value as one of the type that the place it goes to has.
    pub fn coerce(&mut self, value: Val, to: Ty) -> Lower<Operand> {
        let Val { op, ty: from } = value;
        if from == to || matches!(to.kind(), TyKind::Error) {
            return Ok(op);
        }
        if matches!(from.kind(), TyKind::Never | TyKind::Unit) || is_none(&op, from) {
            return Ok(zero(to));
        }
        if let TyKind::Untyped(kind) = from.kind() {
            return self.coerce_untyped(op, default_type(*kind), to);
        }
        match (self.kind(from), self.kind(to)) {
            (TyKind::Interface(_), TyKind::Interface(_)) => {
                self.unit.interfaces.insert(self.world.underlying(to));
                Ok(self.eval(Rvalue::Retype(op, to), to).op)
            }
            // `error?` as `error`: `none` is the interface that holds nothing.
            (TyKind::Optional(source), TyKind::Interface(wanted))
                if !wanted.methods.is_empty() && matches!(self.kind(*source), TyKind::Interface(_)) =>
            {
                let place = self.place_of(op, from);
                self.map_present(place, *source, to, Rvalue::Discriminant, |this, value| {
                    Ok(Rvalue::Use(this.coerce(value, to)?))
                })
            }
            (TyKind::Optional(inner), TyKind::Interface(_))
                if matches!(self.kind(*inner), TyKind::Interface(_)) =>
            {
                self.flatten(op, from, *inner, to)
            }
            (_, TyKind::Interface(_)) => {
                self.unit.boxed.insert(from);
                self.unit.interfaces.insert(self.world.underlying(to));
                Ok(self.eval(Rvalue::Interface { value: op, from, to }, to).op)
            }
            (_, TyKind::Optional(inner)) => self.coerce_to_optional(op, from, to, *inner),
            (_, TyKind::Result(inner, error)) => self.coerce_to_result(op, from, to, (*inner, *error)),
            (TyKind::Tuple(parts), TyKind::Tuple(targets)) if parts.len() == targets.len() => {
                let place = self.place_of(op, from);
                let mut ops = Vec::new();
                for (index, (part, target)) in parts.iter().zip(targets).enumerate() {
                    ops.push(self.coerce(Val::new(place.field(index as u32), *part), *target)?);
                }
                Ok(self.eval(Rvalue::Aggregate(to, ops), to).op)
            }
            _ => Ok(self.retype(op, to)),
        }
    }

    /// `error?` as `any`: the error in it, or nothing. So what holds no error looks and prints as a nil error does in Go.
    fn flatten(&mut self, op: Operand, from: Ty, inner: Ty, to: Ty) -> Lower<Operand> {
        let place = self.place_of(op, from);
        let result = self.temp(to);
        let [present, absent, join] = [self.block(), self.block(), self.block()];
        let cond = self.tag_is(place.clone(), BinaryOp::Ne);
        self.branch(cond, present, absent);
        self.start(present);
        let value = self.coerce(Val::new(place.then(Proj::Some), inner), to)?;
        self.store(Place::local(result), value);
        self.goto(join);
        self.start(absent);
        self.store(Place::local(result), zero(to));
        self.goto(join);
        self.start(join);
        Ok(Val::new(Place::local(result), to).op)
    }

    fn coerce_untyped(&mut self, op: Operand, default: Ty, to: Ty) -> Lower<Operand> {
        if let Operand::Const(constant, _) = &op
            && let Some(op) = self.retype_constant(constant, to)
        {
            return Ok(op);
        }
        if self.world.underlying(default) == self.world.underlying(to) {
            return Ok(self.retype(op, to));
        }
        self.coerce(Val { op, ty: default }, to)
    }

    /// The same bits under another type.
    pub fn retype(&mut self, op: Operand, to: Ty) -> Operand {
        if let Operand::Const(constant, _) = &op
            && let Some(op) = self.retype_constant(constant, to)
        {
            return op;
        }
        self.eval(Rvalue::Retype(op, to), to).op
    }

    fn coerce_to_optional(&mut self, op: Operand, from: Ty, to: Ty, inner: Ty) -> Lower<Operand> {
        match self.kind(from) {
            TyKind::Optional(source) if *source == inner => Ok(self.retype(op, to)),
            TyKind::Optional(source) if !matches!(self.kind(inner), TyKind::Optional(_)) => {
                let place = self.place_of(op, from);
                self.map_present(place, *source, to, Rvalue::Discriminant, |this, value| {
                    let value = this.coerce(value, inner)?;
                    Ok(Rvalue::Some(to, value))
                })
            }
            // The error of a result without a value.
            TyKind::Result(value, error) if matches!(value.kind(), TyKind::Unit) => {
                let (place, error) = (self.place_of(op, from), *error);
                self.error_of(place, error, to)
            }
            _ => {
                let value = self.coerce(Val { op, ty: from }, inner)?;
                Ok(self.eval(Rvalue::Some(to, value), to).op)
            }
        }
    }

    /// The error of a result as an optional.
    pub fn error_of(&mut self, place: crate::mir::Place, error: Ty, to: Ty) -> Lower<Operand> {
        let TyKind::Optional(inner) = self.kind(to) else {
            return ice(self.span, "the error of a result is an optional");
        };
        let (result, [failed, join]) = (self.temp(to), [self.block(), self.block()]);
        self.assign(result, Rvalue::Use(zero(to)));
        let tag = self.eval(Rvalue::Discriminant(place.clone()), Ty::int()).op;
        let failed_cond = self.is_not_zero(tag);
        self.branch(failed_cond, failed, join);
        self.start(failed);
        let error = self.coerce(Val::new(place.then(Proj::Err), error), *inner)?;
        self.assign(result, Rvalue::Some(to, error));
        self.goto_start(join);
        Ok(result.into())
    }

    /// `tag != 0`.
    pub fn is_not_zero(&mut self, tag: Operand) -> Operand {
        self.eval(Rvalue::Binary(crate::syntax::ast::BinaryOp::Ne, tag, int(0)), Ty::bool()).op
    }

    /// The zero value of `to`, or, if the optional at the place holds a value, what `f` makes of it.
    fn map_present(
        &mut self,
        place: crate::mir::Place,
        source: Ty,
        to: Ty,
        tag: fn(crate::mir::Place) -> Rvalue,
        f: impl FnOnce(&mut Self, Val) -> Lower<Rvalue>,
    ) -> Lower<Operand> {
        let (result, [present, join]) = (self.temp(to), [self.block(), self.block()]);
        self.assign(result, Rvalue::Use(zero(to)));
        let tag = self.eval(tag(place.clone()), Ty::int()).op;
        let cond = self.is_not_zero(tag);
        self.branch(cond, present, join);
        self.start(present);
        let value = f(self, Val::new(place.then(Proj::Some), source))?;
        self.assign(result, value);
        self.goto_start(join);
        Ok(result.into())
    }

    fn coerce_to_result(&mut self, op: Operand, from: Ty, to: Ty, parts: (Ty, Ty)) -> Lower<Operand> {
        let (value, error) = parts;
        let TyKind::Result(from_value, from_error) = self.kind(from) else {
            let ok = match value.kind() {
                TyKind::Unit => None,
                _ => Some(self.coerce(Val { op, ty: from }, value)?),
            };
            return Ok(self.eval(Rvalue::Ok(to, ok), to).op);
        };
        if (*from_value, *from_error) == parts {
            return Ok(self.retype(op, to));
        }
        let place = self.place_of(op, from);
        let result = self.temp(to);
        let [ok, failed, join] = [self.block(), self.block(), self.block()];
        let tag = self.eval(Rvalue::Discriminant(place.clone()), Ty::int()).op;
        let cond = self.is_not_zero(tag);
        self.branch(cond, failed, ok);
        self.start(failed);
        let failure = self.coerce(Val::new(place.then(Proj::Err), *from_error), error)?;
        self.assign(result, Rvalue::Err(to, failure));
        self.goto(join);
        self.start(ok);
        let payload = match value.kind() {
            TyKind::Unit => None,
            _ => Some(self.coerce(Val::new(place.then(Proj::Ok), *from_value), value)?),
        };
        self.assign(result, Rvalue::Ok(to, payload));
        self.goto_start(join);
        Ok(result.into())
    }

    /// `T(x)`.
    pub fn convert(&mut self, value: Val, to: Ty) -> Lower<Operand> {
        let from = match value.ty.kind() {
            TyKind::Untyped(kind) => default_type(*kind),
            _ => value.ty,
        };
        if from == to {
            return Ok(value.op);
        }
        let bytes = |kind: &TyKind| matches!(kind, TyKind::Slice(elem) if self.is_int(*elem, IntTy::Uint8));
        let runes = |kind: &TyKind| matches!(kind, TyKind::Slice(elem) if self.is_int(*elem, IntTy::Int32));
        let (source, target) = (self.kind(from), self.kind(to));
        let native = match (source, target) {
            (TyKind::Int(_), TyKind::String) => {
                // Out of range for an `int` is out of range for a rune.
                let rune = self.as_int(Val { op: value.op, ty: from });
                return self.native_as("goo_string_from_rune", vec![rune], to);
            }
            (TyKind::String, slice) if runes(slice) => Some("goo_string_to_runes"),
            (slice, TyKind::String) if runes(slice) => Some("goo_string_from_runes"),
            (TyKind::String, slice) if bytes(slice) => None,
            (slice, TyKind::String) if bytes(slice) => None,
            (TyKind::Slice(elem), TyKind::Array(len, _)) => {
                let (elem, len) = (*elem, *len as i64);
                let array = self.assign_temp(Rvalue::Use(zero(to)), to);
                let into = self.reference(array.into(), to);
                self.native("goo_slice_to_array", vec![elem], vec![value.op, into, int(len)], Ty::unit());
                return Ok(array.into());
            }
            _ if self.world.is_numeric(from) && self.world.is_numeric(to) => {
                return Ok(self.cast(value.op, from, to));
            }
            _ => return self.coerce(Val { op: value.op, ty: from }, to),
        };
        match native {
            Some(name) => self.native_as(name, vec![value.op], to),
            None => Ok(self.eval(Rvalue::Retype(value.op, to), to).op),
        }
    }

    /// A call of a runtime function whose result has the representation of `ty`.
    fn native_as(&mut self, name: &'static str, args: Vec<Operand>, ty: Ty) -> Lower<Operand> {
        Ok(self.native(name, Vec::new(), args, ty).op)
    }

    fn is_int(&self, ty: Ty, int: IntTy) -> bool {
        matches!(self.kind(ty), TyKind::Int(kind) if *kind == int)
    }

    fn cast(&mut self, op: Operand, from: Ty, to: Ty) -> Operand {
        if let Operand::Const(Const::Int(value), _) = &op
            && let TyKind::Float(size) = self.kind(to)
            && *size == FloatTy::F64
            && self.is_int(from, IntTy::Int)
        {
            return Operand::Const(Const::Float(*value as f64), to);
        }
        if self.world.underlying(from) == self.world.underlying(to) {
            return self.retype(op, to);
        }
        self.eval(Rvalue::Cast(op, to), to).op
    }
}

/// Whether the operand is the value `none` that got no type.
fn is_none(op: &Operand, ty: Ty) -> bool {
    matches!(op, Operand::Const(Const::Zero, _))
        && matches!(ty.kind(), TyKind::Untyped(crate::types::Untyped::None))
}
