//! Binary operators.

use super::Lower;
use super::function::{Builder, Val, boolean, int};
use super::instances::ice;
use crate::mir::{Operand, Place, Rvalue, UnaryOp};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, strip};
use crate::types::{Constant, FieldTy, Ty, TyKind, Untyped};

/// Structs with more fields are compared by the runtime.
const MAX_FIELDS: usize = 4;

impl Builder<'_, '_> {
    pub fn binary(&mut self, e: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Lower<Val> {
        match op {
            BinaryOp::LogAnd | BinaryOp::LogOr => {
                let ty = self.expr_ty(e)?;
                self.short_circuit(e, ty)
            }
            BinaryOp::Default => self.default_operator(e, left, right),
            _ if op.is_comparison() => self.comparison(e, op, left, right),
            BinaryOp::Shl | BinaryOp::Shr => {
                let ty = self.expr_ty(e)?;
                let left = self.expr_to(left, ty)?;
                let count = self.value(right)?;
                let count = self.shift_count(count);
                Ok(self.eval(Rvalue::Binary(op, left, count), ty))
            }
            BinaryOp::Add if self.is_string_expr(e) => self.concat(e),
            _ => {
                let ty = self.expr_ty(e)?;
                let left = self.expr_to(left, ty)?;
                let right = self.expr_to(right, ty)?;
                Ok(self.eval(Rvalue::Binary(op, left, right), ty))
            }
        }
    }

    /// A shift count that was an untyped constant is an `int`.
    pub fn shift_count(&mut self, count: Val) -> Operand {
        match count.op {
            Operand::Const(crate::mir::Const::Int(value), ty) if !matches!(self.kind(ty), TyKind::Int(_)) => {
                int(value)
            }
            op => op,
        }
    }

    fn is_string_expr(&self, e: &Expr) -> bool {
        self.expr_ty(e).is_ok_and(|ty| self.world.is_string(ty))
    }

    /// `a + b + c` of strings as one call.
    fn concat(&mut self, e: &Expr) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let mut parts = Vec::new();
        self.concat_parts(e, ty, &mut parts)?;
        Ok(self.concat_values(parts, ty))
    }

    pub fn concat_values(&mut self, mut parts: Vec<Operand>, ty: Ty) -> Val {
        match parts.len() {
            1 => Val::new(parts.remove(0), ty),
            2 => self.native("goo_string_concat", Vec::new(), parts, ty),
            count => {
                let array = Ty::new(TyKind::Array(count as u64, Ty::string()));
                let parts = self.eval(Rvalue::Aggregate(array, parts), array).op;
                let args = vec![parts, int(count as i64)];
                self.native("goo_string_concat_n", Vec::new(), args, ty)
            }
        }
    }

    fn concat_parts(&mut self, e: &Expr, ty: Ty, parts: &mut Vec<Operand>) -> Lower<()> {
        let inner = strip(e);
        let constant = self.world.program.info.exprs.get(&inner.id).and_then(|info| info.constant.as_ref());
        match &inner.kind {
            ExprKind::Binary { op: BinaryOp::Add, left, right, .. } if constant.is_none() => {
                self.concat_parts(left, ty, parts)?;
                self.concat_parts(right, ty, parts)
            }
            _ if matches!(constant, Some(Constant::Str(text)) if text.is_empty()) => Ok(()),
            _ => {
                parts.push(self.expr_to(e, ty)?);
                Ok(())
            }
        }?;
        if parts.is_empty() {
            parts.push(Operand::Const(crate::mir::Const::Str([].into()), ty));
        }
        Ok(())
    }

    fn comparison(&mut self, e: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Lower<Val> {
        let result = self.expr_ty(e)?;
        let left = self.value(left)?;
        let right = self.value(right)?;
        let op = self.compare(op, left, right)?;
        Ok(Val::new(self.retype_bool(op, result), result))
    }

    fn retype_bool(&mut self, op: Operand, ty: Ty) -> Operand {
        match ty.kind() {
            TyKind::Named(..) => self.retype(op, ty),
            _ => op,
        }
    }

    /// The result of a comparison, a `bool`.
    pub fn compare(&mut self, op: BinaryOp, left: Val, right: Val) -> Lower<Operand> {
        if is_none(&right) {
            return self.compare_none(op, left);
        }
        if is_none(&left) {
            return self.compare_none(op, right);
        }
        let ty = self.common_type(left.ty, right.ty);
        let left = self.coerce(left, ty)?;
        let right = self.coerce(right, ty)?;
        match self.kind(ty) {
            TyKind::Bool | TyKind::Int(_) | TyKind::Float(_) | TyKind::Duration | TyKind::String => {
                Ok(self.eval(Rvalue::Binary(op, left, right), Ty::bool()).op)
            }
            TyKind::Enum(cases) if cases.iter().all(|case| case.fields.is_empty()) => {
                let [left, right] = [left, right].map(|value| {
                    let place = self.place_of(value, ty);
                    self.eval(Rvalue::Discriminant(place), Ty::int()).op
                });
                Ok(self.eval(Rvalue::Binary(op, left, right), Ty::bool()).op)
            }
            TyKind::Struct(fields) if self.is_simple_struct(fields) => {
                let equal = self.compare_fields(fields, left, right, ty)?;
                Ok(match op {
                    BinaryOp::Ne => self.eval(Rvalue::Unary(UnaryOp::Not, equal), Ty::bool()).op,
                    _ => equal,
                })
            }
            _ => {
                let name = match self.holds_interface(ty) {
                    true => "goo_value_equal_any",
                    false => "goo_value_equal",
                };
                let equal = self.native(name, vec![ty], vec![left, right], Ty::bool()).op;
                match op {
                    BinaryOp::Eq => Ok(equal),
                    BinaryOp::Ne => Ok(self.eval(Rvalue::Unary(UnaryOp::Not, equal), Ty::bool()).op),
                    _ => ice(self.span, "values of this type have no order"),
                }
            }
        }
    }

    /// Few fields that are compared by an instruction or two each.
    fn is_simple_struct(&self, fields: &[FieldTy]) -> bool {
        fields.len() <= MAX_FIELDS
            && fields.iter().all(|field| self.world.is_scalar(field.ty) || self.world.is_string(field.ty))
    }

    /// Whether two structs are equal, field by field. Fields without a name do not count, as in Go.
    fn compare_fields(
        &mut self,
        fields: &[FieldTy],
        left: Operand,
        right: Operand,
        ty: Ty,
    ) -> Lower<Operand> {
        let left = self.place_of(left, ty);
        let right = self.place_of(right, ty);
        let result = self.temp(Ty::bool());
        let [differ, join] = [self.block(), self.block()];
        for (index, field) in fields.iter().enumerate() {
            if field.name.as_str() == "_" {
                continue;
            }
            let sides = [&left, &right].map(|place| Val::new(place.field(index as u32), field.ty));
            let [a, b] = sides;
            let same = self.compare(BinaryOp::Eq, a, b)?;
            let next = self.block();
            self.branch(same, next, differ);
            self.start(next);
        }
        self.assign(result, Rvalue::Use(boolean(true)));
        self.goto(join);
        self.start(differ);
        self.assign(result, Rvalue::Use(boolean(false)));
        self.goto_start(join);
        Ok(result.into())
    }

    /// Comparing such values may crash: an interface value in them can hold a function.
    fn holds_interface(&self, ty: Ty) -> bool {
        match self.kind(ty) {
            TyKind::Interface(_) => true,
            TyKind::Array(_, inner) | TyKind::Optional(inner) | TyKind::Slice(inner) => {
                self.holds_interface_inside(*inner)
            }
            TyKind::Map(a, b) | TyKind::Result(a, b) => {
                self.holds_interface_inside(*a) || self.holds_interface_inside(*b)
            }
            TyKind::Struct(fields) => fields.iter().any(|field| self.holds_interface_inside(field.ty)),
            TyKind::Tuple(parts) => parts.iter().any(|part| self.holds_interface_inside(*part)),
            TyKind::Enum(cases) => cases
                .iter()
                .flat_map(|case| &case.fields)
                .any(|(_, field)| self.holds_interface_inside(*field)),
            _ => false,
        }
    }

    /// Declared types may contain themselves, so below the top they are taken to hold one.
    fn holds_interface_inside(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Named(..) => !self.world.is_scalar(ty) && !self.world.is_string(ty),
            _ => self.holds_interface(ty),
        }
    }

    fn compare_none(&mut self, op: BinaryOp, value: Val) -> Lower<Operand> {
        let place = self.place_of(value.op, value.ty);
        let empty = match self.kind(value.ty) {
            TyKind::Interface(_) => self.eval(Rvalue::IsEmptyInterface(place.into()), Ty::bool()).op,
            _ => {
                let absent = self.tag_is(place, BinaryOp::Eq);
                return Ok(match op {
                    BinaryOp::Ne => self.eval(Rvalue::Unary(UnaryOp::Not, absent), Ty::bool()).op,
                    _ => absent,
                });
            }
        };
        Ok(match op {
            BinaryOp::Ne => self.eval(Rvalue::Unary(UnaryOp::Not, empty), Ty::bool()).op,
            _ => empty,
        })
    }

    /// Whether the discriminant at a place is (`Eq`) or is not (`Ne`) 0.
    pub fn tag_is(&mut self, place: Place, op: BinaryOp) -> Operand {
        let tag = self.eval(Rvalue::Discriminant(place), Ty::int()).op;
        self.eval(Rvalue::Binary(op, tag, int(0)), Ty::bool()).op
    }

    /// The type in which two values are compared.
    fn common_type(&self, left: Ty, right: Ty) -> Ty {
        if left == right {
            return left;
        }
        match (left.kind(), right.kind()) {
            (TyKind::Untyped(kind), TyKind::Untyped(_)) => return super::consts::default_type(*kind),
            (TyKind::Untyped(_), _) => return right,
            (_, TyKind::Untyped(_)) => return left,
            _ => {}
        }
        match (self.kind(left), self.kind(right)) {
            (TyKind::Optional(_), _) => left,
            (_, TyKind::Optional(_)) => right,
            (TyKind::Interface(a), TyKind::Interface(b)) if b.methods.len() < a.methods.len() => right,
            (TyKind::Interface(_), _) => left,
            (_, TyKind::Interface(_)) => right,
            // Of a declared type and what is under it, the declared one.
            (_, _) if matches!(left.kind(), TyKind::Named(..)) => left,
            _ => right,
        }
    }

    /// `opt ?? default`; the default is evaluated only where it is needed.
    fn default_operator(&mut self, e: &Expr, left: &Expr, right: &Expr) -> Lower<Val> {
        let ty = self.expr_ty(e)?;
        let value = self.value(left)?;
        let (inner, present) = match self.kind(value.ty) {
            TyKind::Optional(inner) => (*inner, BinaryOp::Ne),
            TyKind::Result(inner, _) => (*inner, BinaryOp::Eq),
            _ => return Ok(value),
        };
        let place = self.place_of(value.op, value.ty);
        let result = self.temp(ty);
        let [some, none, join] = [self.block(), self.block(), self.block()];
        let cond = self.tag_is(place.clone(), present);
        self.branch(cond, some, none);
        self.start(some);
        let step = match present {
            BinaryOp::Ne => crate::mir::Proj::Some,
            _ => crate::mir::Proj::Ok,
        };
        let unwrapped = self.coerce(Val::new(place.then(step), inner), ty)?;
        self.store(result.into(), unwrapped);
        self.goto(join);
        self.start(none);
        let default = self.expr_to(right, ty)?;
        self.store(result.into(), default);
        self.goto_start(join);
        Ok(Val::new(result, ty))
    }
}

fn is_none(value: &Val) -> bool {
    matches!(value.op, Operand::Const(crate::mir::Const::Zero, _))
        && matches!(value.ty.kind(), TyKind::Untyped(Untyped::None))
        || matches!(
            (&value.op, value.ty.kind()),
            (Operand::Const(crate::mir::Const::Zero, _), TyKind::Optional(_))
        )
}
