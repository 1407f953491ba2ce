//! Constants as operands.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::function::{Builder, Val, zero};
use crate::mir::{Const, Operand};
use crate::types::{Constant, FloatTy, Ty, TyKind, Untyped};

impl Builder<'_, '_> {
    /// A constant of this type. A constant whose type is not a constant's (an interface's, say) has its default type.
    pub fn constant(&mut self, constant: &Constant, ty: Ty) -> Val {
        let ty = match self.kind(ty) {
            TyKind::Bool | TyKind::Int(_) | TyKind::Float(_) | TyKind::String | TyKind::Duration => ty,
            TyKind::Untyped(kind) => default_type(*kind),
            TyKind::Optional(inner) => {
                let inner = *inner;
                return self.constant(constant, inner);
            }
            _ => match constant {
                Constant::Bool(_) => Ty::bool(),
                Constant::Int(_) => Ty::int(),
                Constant::Float(_) => Ty::float64(),
                Constant::Str(_) => Ty::string(),
            },
        };
        match self.constant_operand(constant, ty) {
            Some(op) => Val { op, ty },
            None => Val { op: zero(ty), ty },
        }
    }

    /// The constant as a value of a type that constants can have.
    fn constant_operand(&self, constant: &Constant, ty: Ty) -> Option<Operand> {
        let value = match (constant, self.kind(ty)) {
            (Constant::Bool(value), TyKind::Bool) => Const::Bool(*value),
            (Constant::Int(value), TyKind::Int(_) | TyKind::Duration) => Const::Int(wrapped(value)),
            (Constant::Float(value), TyKind::Int(_) | TyKind::Duration) => {
                Const::Int(wrapped(&value.to_integer()))
            }
            (Constant::Int(value), TyKind::Float(size)) => {
                Const::Float(rounded(&BigRational::from_integer(value.clone()), *size))
            }
            (Constant::Float(value), TyKind::Float(size)) => Const::Float(rounded(value, *size)),
            (Constant::Str(value), TyKind::String) => Const::Str(value.clone()),
            _ => return None,
        };
        Some(Operand::Const(value, ty))
    }

    /// A constant that already is an operand, as one of another type.
    pub fn retype_constant(&self, value: &Const, to: Ty) -> Option<Operand> {
        let value = match (value, self.kind(to)) {
            (Const::Int(value), TyKind::Float(_)) => Const::Float(*value as f64),
            (Const::Float(value), TyKind::Int(_) | TyKind::Duration) => Const::Int(*value as i64),
            (Const::Int(_), TyKind::Int(_) | TyKind::Duration)
            | (Const::Float(_), TyKind::Float(_))
            | (Const::Bool(_), TyKind::Bool)
            | (Const::Str(_), TyKind::String)
            | (Const::Zero, _) => value.clone(),
            _ => return None,
        };
        Some(Operand::Const(value, to))
    }
}

/// The type of an untyped constant where nothing asks for another.
pub(super) fn default_type(kind: Untyped) -> Ty {
    match kind {
        Untyped::Bool => Ty::bool(),
        Untyped::Int => Ty::int(),
        Untyped::Rune => Ty::rune(),
        Untyped::Float => Ty::float64(),
        Untyped::String => Ty::string(),
        Untyped::None => Ty::unit(),
    }
}

/// The low 64 bits in two's complement.
fn wrapped(value: &BigInt) -> i64 {
    value
        .to_i64()
        .or_else(|| value.to_u64().map(|value| value as i64))
        .unwrap_or_else(|| value.iter_u64_digits().next().unwrap_or(0) as i64)
}

/// The closest float, rounded once.
fn rounded(value: &BigRational, size: FloatTy) -> f64 {
    match size {
        FloatTy::F64 => nearest_f64(value),
        FloatTy::F32 => f64::from(nearest_f32(value)),
    }
}

/// Through decimal text where plain conversion would round twice: parsing rounds correctly.
fn nearest_f64(value: &BigRational) -> f64 {
    match (value.numer().to_i64(), value.denom().to_i64()) {
        // Both exact as floats: one division rounds once.
        (Some(n), Some(d)) if n.unsigned_abs() < 1 << 53 && d.unsigned_abs() < 1 << 53 => n as f64 / d as f64,
        _ => decimal(value).parse().unwrap_or(0.0),
    }
}

fn nearest_f32(value: &BigRational) -> f32 {
    match (value.numer().to_i64(), value.denom().to_i64()) {
        (Some(n), Some(d)) if n.unsigned_abs() < 1 << 24 && d.unsigned_abs() < 1 << 24 => n as f32 / d as f32,
        _ => decimal(value).parse().unwrap_or(0.0),
    }
}

/// `digits e exponent` with so many digits that rounding them gives what rounding the value gives.
fn decimal(value: &BigRational) -> String {
    const DIGITS: i64 = 800;
    let magnitude = value.numer().bits() as i64 - value.denom().bits() as i64;
    let exponent = DIGITS - magnitude * 30103 / 100_000;
    let scale = num_traits::pow(BigInt::from(10), exponent.unsigned_abs() as usize);
    let scaled = if exponent >= 0 { value * scale } else { value / scale };
    format!("{}e{}", scaled.to_integer(), -exponent)
}
