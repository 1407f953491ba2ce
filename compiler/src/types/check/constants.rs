//! Arithmetic of constants, exact, and which constants fit into which types.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::predicates::{is_boolean, is_float, is_integer, is_string};
use crate::syntax::ast::BinaryOp;
use crate::syntax::real::{self, Real};
use crate::types::{Constant, FloatTy, Ty, TyKind, Untyped};

/// Why a constant does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Misfit {
    /// A fraction that an integer type would lose.
    Truncated,
    /// Too large (or negative, for an unsigned type).
    Overflow,
    /// Another kind of value.
    Kind,
}

/// Untyped integers must not grow without end; Go's bound.
pub(crate) const MAX_BITS: u64 = 512;

/// The value of a numeric constant as an integer, if it is one.
pub(crate) fn to_int(value: &Constant) -> Option<BigInt> {
    match value {
        Constant::Int(int) => Some(int.clone()),
        Constant::Float(float) if float.is_integer() => Some(float.to_integer()),
        _ => None,
    }
}

/// The value of a numeric constant as a fraction.
pub(crate) fn to_float(value: &Constant) -> Option<BigRational> {
    match value {
        Constant::Int(int) => Some(BigRational::from_integer(int.clone())),
        Constant::Float(float) => Some(float.clone()),
        _ => None,
    }
}

/// Whether a float is so large that it is not exact any more, nor close: see [`real`].
pub(crate) fn is_too_large(value: &Constant) -> bool {
    matches!(value, Constant::Float(float) if real::is_too_large(float))
}

pub(crate) fn is_zero(value: &Constant) -> bool {
    match value {
        Constant::Int(int) => int.is_zero(),
        Constant::Float(float) => float.is_zero(),
        _ => false,
    }
}

/// The constant as a value of the (underlying) type: rounded for floats, an integer for integers.
pub(crate) fn represent(value: &Constant, ty: Ty) -> Result<Constant, Misfit> {
    match ty.kind() {
        TyKind::Error => Ok(value.clone()),
        _ if is_integer(ty) => {
            let Some(int) = to_int(value) else {
                return Err(match value {
                    Constant::Float(_) => Misfit::Truncated,
                    _ => Misfit::Kind,
                });
            };
            match fits_integer(&int, ty) {
                true => Ok(Constant::Int(int)),
                false => Err(Misfit::Overflow),
            }
        }
        _ if is_float(ty) => {
            let float = to_float(value).ok_or(Misfit::Kind)?;
            let rounded = match ty.kind() {
                TyKind::Float(FloatTy::F32) => round(&float, 24, -126, 127),
                TyKind::Float(FloatTy::F64) => round(&float, 53, -1022, 1023),
                _ => Some(float),
            };
            rounded.map(Constant::Float).ok_or(Misfit::Overflow)
        }
        _ if is_string(ty) && matches!(value, Constant::Str(_)) => Ok(value.clone()),
        _ if is_boolean(ty) && matches!(value, Constant::Bool(_)) => Ok(value.clone()),
        _ => Err(Misfit::Kind),
    }
}

fn fits_integer(value: &BigInt, ty: Ty) -> bool {
    let (bits, signed) = match ty.kind() {
        TyKind::Int(int) => (int.bits(), int.signed()),
        TyKind::Duration => (64, true),
        _ => return true,
    };
    match signed {
        false => !value.is_negative() && value.bits() <= u64::from(bits),
        true => {
            let limit = BigInt::one() << (bits - 1);
            *value < limit && *value >= -limit
        }
    }
}

/// Rounds to a binary float of `precision` bits, to nearest, ties to even; `None` when it is too large.
///
/// On numerator and denominator as they are: bringing fractions to lowest terms would take quadratic time in their length.
fn round(value: &BigRational, precision: i64, min_exp: i64, max_exp: i64) -> Option<BigRational> {
    if value.is_zero() {
        return Some(value.clone());
    }
    let exponent = floor_log2(value);
    if exponent > max_exp {
        return None;
    }
    // Below the smallest normal number there are fewer bits.
    let lowest = exponent.max(min_exp) - (precision - 1);
    let (numer, denom) = scaled(value.numer().abs(), value.denom().clone(), -lowest);
    let mut integer = &numer / &denom;
    let rest: BigInt = (numer - &integer * &denom) << 1u32;
    if rest > denom || (rest == denom && integer.bit(0)) {
        integer += 1;
    }
    if integer.is_zero() {
        return Some(BigRational::zero());
    }
    if integer.bits() as i64 - 1 + lowest > max_exp {
        return None;
    }
    if value.is_negative() {
        integer = -integer;
    }
    Some(times_power(integer, lowest))
}

/// `numer * 2^by / denom`, the power on the side where it is a whole number.
fn scaled(numer: BigInt, denom: BigInt, by: i64) -> (BigInt, BigInt) {
    match by >= 0 {
        true => (numer << by.unsigned_abs(), denom),
        false => (numer, denom << by.unsigned_abs()),
    }
}

/// `integer * 2^by`, in lowest terms; the integer is not zero.
fn times_power(integer: BigInt, by: i64) -> BigRational {
    if by >= 0 {
        return BigRational::from_integer(integer << by.unsigned_abs());
    }
    let common = integer.trailing_zeros().unwrap_or(0).min(by.unsigned_abs());
    BigRational::new_raw(integer >> common, BigInt::one() << (by.unsigned_abs() - common))
}

fn floor_log2(value: &BigRational) -> i64 {
    let guess = value.numer().bits() as i64 - value.denom().bits() as i64;
    let (numer, denom) = scaled(value.numer().abs(), value.denom().clone(), -guess);
    if numer < denom { guess - 1 } else { guess }
}

/// As many bits as an exact fraction may have.
const MAX_EXACT: u64 = 1024;

fn size(value: &BigRational) -> u64 {
    value.numer().bits().max(value.denom().bits())
}

/// `a op b` for fractions: exact, unless that would become long.
fn fraction(a: BigRational, op: BinaryOp, b: BigRational) -> Option<BigRational> {
    let long = size(&a).max(size(&b)) > MAX_EXACT;
    if long {
        let (a, b) = (Real::of(&a), Real::of(&b));
        return Some(
            match op {
                BinaryOp::Add => a + b,
                BinaryOp::Sub => a + -b,
                BinaryOp::Mul => a * b,
                BinaryOp::Div => a / b,
                _ => return None,
            }
            .into_fraction(),
        );
    }
    let exact = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        _ => return None,
    };
    Some(if size(&exact) > MAX_EXACT { Real::of(&exact).into_fraction() } else { exact })
}

/// The value of `left op right`, both of one type; `integer` when that is an integer type. The divisor is not zero.
pub(crate) fn binary(left: &Constant, op: BinaryOp, right: &Constant, integer: bool) -> Option<Constant> {
    use BinaryOp::*;
    Some(match (left, right) {
        (Constant::Bool(a), Constant::Bool(b)) => Constant::Bool(match op {
            LogAnd => *a && *b,
            LogOr => *a || *b,
            _ => return None,
        }),
        (Constant::Str(a), Constant::Str(b)) if op == Add => {
            Constant::Str(a.iter().chain(b.iter()).copied().collect())
        }
        (Constant::Int(a), Constant::Int(b)) if integer => Constant::Int(match op {
            Add => a + b,
            Sub => a - b,
            Mul => a * b,
            Div => a / b,
            Rem => a % b,
            And => a & b,
            Or => a | b,
            Xor => a ^ b,
            AndNot => a & !b,
            _ => return None,
        }),
        _ => {
            let (a, b) = (to_float(left)?, to_float(right)?);
            Constant::Float(fraction(a, op, b)?)
        }
    })
}

/// The value of a comparison.
pub(crate) fn compare(left: &Constant, op: BinaryOp, right: &Constant) -> bool {
    use std::cmp::Ordering;
    let order = match (left, right) {
        (Constant::Bool(a), Constant::Bool(b)) => a.cmp(b),
        (Constant::Str(a), Constant::Str(b)) => a.cmp(b),
        _ => match (to_float(left), to_float(right)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => Ordering::Equal,
        },
    };
    match op {
        BinaryOp::Eq => order.is_eq(),
        BinaryOp::Ne => order.is_ne(),
        BinaryOp::Lt => order.is_lt(),
        BinaryOp::Le => order.is_le(),
        BinaryOp::Gt => order.is_gt(),
        _ => order.is_ge(),
    }
}

/// `value << count` or `value >> count`.
pub(crate) fn shift(value: &BigInt, op: BinaryOp, count: u32) -> BigInt {
    match op {
        BinaryOp::Shl => value << count,
        _ => value >> count,
    }
}

/// `^value`; within the width of an unsigned type.
pub(crate) fn complement(value: &BigInt, ty: Ty) -> BigInt {
    let flipped = -value - BigInt::one();
    match ty.kind() {
        TyKind::Int(int) if !int.signed() => flipped & ((BigInt::one() << int.bits()) - BigInt::one()),
        _ => flipped,
    }
}

/// A constant as an array index or length.
pub(crate) fn to_index(value: &Constant) -> Option<i64> {
    to_int(value)?.to_i64()
}

/// The kind of the result where two untyped numeric constants meet: the later in int, rune, float.
pub(crate) fn larger(a: Untyped, b: Untyped) -> Option<Untyped> {
    let numeric = |kind| matches!(kind, Untyped::Int | Untyped::Rune | Untyped::Float);
    match a == b {
        true => Some(a),
        false if numeric(a) && numeric(b) => Some(a.max(b)),
        false => None,
    }
}

/// A constant in a message.
pub(crate) fn show(value: &Constant) -> String {
    match value {
        Constant::Bool(b) => b.to_string(),
        Constant::Int(int) => int.to_string(),
        Constant::Float(float) => match float.to_f64() {
            Some(float) => float.to_string(),
            None => float.to_string(),
        },
        Constant::Str(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
    }
}
