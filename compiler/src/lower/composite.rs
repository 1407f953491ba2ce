//! Composite literals.

use super::Lower;
use super::function::{Builder, Val, int, zero};
use super::instances::ice;
use crate::mir::{Local, Operand, Place, Proj, Rvalue};
use crate::syntax::Symbol;
use crate::syntax::ast::{Element, Expr, ExprKind, strip};
use crate::types::{Constant, FieldTy, Ty, TyKind};
use num_traits::ToPrimitive;

/// Longer array literals are filled element by element rather than built at once.
const MAX_AGGREGATE: u64 = 64;

impl Builder<'_, '_> {
    pub fn composite(&mut self, e: &Expr, elems: &[Element]) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        // In a literal of optionals, `{…}` is the value inside.
        let ty = match self.kind(ty) {
            TyKind::Optional(inner) => *inner,
            _ => ty,
        };
        match self.kind(ty) {
            TyKind::Struct(_) => self.struct_literal(e, ty, elems),
            TyKind::Array(len, elem) => self.array_literal(ty, *len, *elem, elems),
            TyKind::Slice(elem) => self.slice_literal(ty, *elem, elems),
            TyKind::Map(key, value) => self.map_literal(ty, *key, *value, elems),
            _ => ice(e.span, "a composite literal of a type that has none"),
        }
    }

    fn struct_literal(&mut self, e: &Expr, ty: Ty, elems: &[Element]) -> Lower<Val> {
        let fields = self.world.fields(ty).unwrap_or_default();
        if elems.is_empty() {
            return Ok(Val::new(zero(ty), ty));
        }
        if elems.iter().any(|elem| self.is_promoted(fields, elem)) {
            return self.struct_by_field(ty, elems);
        }
        let mut ops: Vec<Operand> = fields.iter().map(|field| zero(field.ty)).collect();
        for (position, elem) in elems.iter().enumerate() {
            let index = match key_name(elem)? {
                None => Some(position),
                Some(name) => fields.iter().position(|field| field.name == name),
            };
            let Some(field) = index.and_then(|index| fields.get(index)) else {
                return ice(e.span, "no such field");
            };
            let op = self.expr_to(&elem.value, field.ty)?;
            ops[index.unwrap_or_default()] = self.settle(op, field.ty);
        }
        Ok(self.eval(Rvalue::Aggregate(ty, ops), ty))
    }

    /// Whether a key names a field of an embedded struct.
    fn is_promoted(&self, fields: &[FieldTy], elem: &Element) -> bool {
        matches!(key_name(elem), Ok(Some(name)) if fields.iter().all(|field| field.name != name))
    }

    /// A literal that names fields of embedded structs: the fields are set one by one.
    fn struct_by_field(&mut self, ty: Ty, elems: &[Element]) -> Lower<Val> {
        let result = self.assign_temp(Rvalue::Use(zero(ty)), ty);
        for elem in elems {
            let path = key_name(elem)?.and_then(|name| self.world.find_field(ty, name));
            let Some((path, field)) = path else { return ice(elem.value.span, "no such field") };
            let op = self.expr_to(&elem.value, field)?;
            let place = path.into_iter().fold(Place::local(result), |place, index| place.field(index));
            self.assign(place, Rvalue::Use(op));
        }
        Ok(Val::new(result, ty))
    }

    /// Elements with their positions; a key is a constant index.
    fn positions<'e>(&self, elems: &'e [Element]) -> Lower<Vec<(u64, &'e Expr)>> {
        let mut next = 0;
        let mut out = Vec::new();
        for elem in elems {
            if let Some(key) = &elem.key {
                let info = self.world.program.info.exprs.get(&strip(key).id);
                match info.and_then(|info| info.constant.as_ref()) {
                    Some(Constant::Int(index)) => next = index.to_u64().unwrap_or(next),
                    _ => return ice(key.span, "an index that is not constant"),
                }
            }
            out.push((next, &elem.value));
            next += 1;
        }
        Ok(out)
    }

    fn array_literal(&mut self, ty: Ty, len: u64, elem: Ty, elems: &[Element]) -> Lower<Val> {
        if elems.is_empty() {
            return Ok(Val::new(zero(ty), ty));
        }
        let positions = self.positions(elems)?;
        if len > MAX_AGGREGATE {
            let array = self.assign_temp(Rvalue::Use(zero(ty)), ty);
            self.fill(array, elem, &positions)?;
            return Ok(Val::new(array, ty));
        }
        let ops = self.elements(len, elem, &positions)?;
        Ok(self.eval(Rvalue::Aggregate(ty, ops), ty))
    }

    fn slice_literal(&mut self, ty: Ty, elem: Ty, elems: &[Element]) -> Lower<Val> {
        if elems.is_empty() {
            return Ok(Val::new(zero(ty), ty));
        }
        let positions = self.positions(elems)?;
        let len = positions.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
        if len > 2 * elems.len() as u64 + 16 {
            let args = vec![int(len as i64), int(len as i64)];
            let slice = self.native("goo_slice_make", vec![elem], args, ty);
            let Some(local) = self.place_of(slice.op, ty).as_local() else {
                return ice(self.span, "a new slice is in a local");
            };
            self.fill(local, elem, &positions)?;
            return Ok(Val::new(local, ty));
        }
        let ops = self.elements(len, elem, &positions)?;
        Ok(self.eval(Rvalue::Slice(ty, ops), ty))
    }

    fn elements(&mut self, len: u64, elem: Ty, positions: &[(u64, &Expr)]) -> Lower<Vec<Operand>> {
        let mut ops = vec![zero(elem); len as usize];
        for (index, value) in positions {
            let op = self.expr_to(value, elem)?;
            if let Some(slot) = ops.get_mut(*index as usize) {
                *slot = self.settle(op, elem);
            }
        }
        Ok(ops)
    }

    fn fill(&mut self, into: Local, elem: Ty, positions: &[(u64, &Expr)]) -> Lower<()> {
        for (index, value) in positions {
            let op = self.expr_to(value, elem)?;
            let index = Box::new(int(*index as i64));
            self.assign(Place::local(into).then(Proj::Index { index, checked: true }), Rvalue::Use(op));
        }
        Ok(())
    }

    fn map_literal(&mut self, ty: Ty, key: Ty, value: Ty, elems: &[Element]) -> Lower<Val> {
        if elems.is_empty() {
            return Ok(Val::new(zero(ty), ty));
        }
        let map = self.native("goo_map_make", vec![ty], vec![int(elems.len() as i64)], ty);
        let place = self.place_of(map.op, ty);
        for elem in elems {
            let Some(key_expr) = &elem.key else { return ice(elem.value.span, "an entry without a key") };
            let key = self.expr_to(key_expr, key)?;
            let value = self.expr_to(&elem.value, value)?;
            let address = self.reference(place.clone(), ty);
            self.native("goo_map_set", vec![ty], vec![address, key, value], Ty::unit());
        }
        Ok(Val::new(place, ty))
    }

    /// Only operands whose storage a later element could invalidate are copied: the value in an optional that was known to
    /// be there.
    pub fn settle(&mut self, op: Operand, ty: Ty) -> Operand {
        match &op {
            Operand::Copy(place) if place.proj.contains(&Proj::Some) => self.snapshot(op, ty),
            _ => op,
        }
    }
}

/// The field that an element names.
fn key_name(elem: &Element) -> Lower<Option<Symbol>> {
    match elem.key.as_ref().map(|key| (&strip(key).kind, key.span)) {
        None => Ok(None),
        Some((ExprKind::Name(name), _)) => Ok(Some(*name)),
        Some((_, span)) => ice(span, "a field's name is expected"),
    }
}
