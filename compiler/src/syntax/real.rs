//! Fractions whose size is bounded, whatever their value: what constants are where exact arithmetic would cost too much.
//!
//! Exact fractions are brought to lowest terms, which takes quadratic time in their length, and their length has no limit. So
//! beyond some thousand bits a constant is `mantissa * 2^exponent`, as in Go's compilers, with as many bits as theirs.

use num_bigint::{BigInt, BigUint, Sign};
use num_rational::BigRational;
use num_traits::Zero;

/// How many bits of a fraction are right, at least.
const PRECISION: u64 = 512;

/// How many are kept meanwhile.
const WORKING: u64 = PRECISION + 64;

/// Above this power of two a number is as good as any other that no type can hold, and below its inverse one that no float
/// can tell from zero. Go asks for exponents of 16 bits, which is less.
const MAX_EXPONENT: i64 = 40_000;

/// `mantissa * 2^exponent`.
#[derive(Debug, Clone)]
pub struct Real {
    mantissa: BigInt,
    exponent: i64,
}

impl Real {
    fn new(mantissa: BigInt, exponent: i64) -> Real {
        let extra = mantissa.bits().saturating_sub(WORKING);
        Real { mantissa: mantissa >> extra, exponent: exponent + extra as i64 }
    }

    /// The number of a fraction.
    pub fn of(value: &BigRational) -> Real {
        let (numer, denom) = (value.numer(), value.denom());
        match denom.magnitude().trailing_zeros() {
            // A power of two.
            Some(zeros) if zeros + 1 == denom.bits() => Real::new(numer.clone(), -(zeros as i64)),
            _ => Real::quotient(numer, denom),
        }
    }

    fn quotient(numer: &BigInt, denom: &BigInt) -> Real {
        let shift = (WORKING + 1 + denom.bits()).saturating_sub(numer.bits());
        Real::new((numer << shift) / denom, -(shift as i64))
    }

    /// `digits * 10^exponent`.
    pub fn decimal(digits: BigUint, exponent: i64) -> Real {
        // A decimal digit is log2(10) = 3.3219… bits.
        let bits = (digits.bits() as i64).saturating_add(exponent.saturating_mul(33_219) / 10_000);
        if bits.abs() > MAX_EXPONENT {
            return Real { mantissa: BigInt::from(1), exponent: bits };
        }
        // 10^n = 5^n * 2^n; the power of two is exact.
        let digits = Real::new(BigInt::from(digits), exponent);
        let five = Real::power_of_five(exponent.unsigned_abs());
        if exponent >= 0 { digits * five } else { digits / five }
    }

    /// `5^n`, by squaring.
    fn power_of_five(n: u64) -> Real {
        let mut result = Real { mantissa: BigInt::from(1), exponent: 0 };
        for bit in (0..u64::BITS - n.leading_zeros()).rev() {
            result = result.clone() * result;
            if n >> bit & 1 == 1 {
                result = Real::new(result.mantissa * 5, result.exponent);
            }
        }
        result
    }

    /// `mantissa * 2^exponent`.
    pub fn binary(mantissa: BigUint, exponent: i64) -> Real {
        Real::new(BigInt::from(mantissa), exponent)
    }

    /// As a fraction. One of a size that no type can hold is cut off, so that it is still one: see [`is_too_large`].
    pub fn into_fraction(self) -> BigRational {
        if self.mantissa.is_zero() {
            return BigRational::zero();
        }
        let size = self.mantissa.bits() as i64 + self.exponent;
        if size.abs() > MAX_EXPONENT {
            let one = BigInt::from_biguint(self.mantissa.sign(), BigUint::from(1u32));
            return power_of_two(one, if size > 0 { MAX_EXPONENT } else { -MAX_EXPONENT });
        }
        power_of_two(self.mantissa, self.exponent)
    }
}

/// Whether a number is so large that no type can hold it, and that it may have been cut off.
pub fn is_too_large(value: &BigRational) -> bool {
    value.numer().bits() as i64 - value.denom().bits() as i64 >= MAX_EXPONENT
}

/// `mantissa * 2^exponent` in lowest terms; the mantissa is not zero.
fn power_of_two(mantissa: BigInt, exponent: i64) -> BigRational {
    let by = exponent.unsigned_abs();
    if exponent >= 0 {
        return BigRational::from_integer(mantissa << by);
    }
    let common = mantissa.trailing_zeros().unwrap_or(0).min(by);
    BigRational::new_raw(
        mantissa >> common,
        BigInt::from_biguint(Sign::Plus, BigUint::from(1u32)) << (by - common),
    )
}

impl std::ops::Mul for Real {
    type Output = Real;

    fn mul(self, other: Real) -> Real {
        Real::new(self.mantissa * other.mantissa, self.exponent.saturating_add(other.exponent))
    }
}

impl std::ops::Div for Real {
    type Output = Real;

    /// The divisor is not zero.
    fn div(self, other: Real) -> Real {
        let quotient = Real::quotient(&self.mantissa, &other.mantissa);
        Real { exponent: quotient.exponent + self.exponent - other.exponent, ..quotient }
    }
}

impl std::ops::Add for Real {
    type Output = Real;

    fn add(self, other: Real) -> Real {
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let by = (high.exponent - low.exponent) as u64;
        // So far above that the other is less than what is kept of it.
        if by > 2 * WORKING && !high.mantissa.is_zero() {
            return high;
        }
        if high.mantissa.is_zero() {
            return low;
        }
        Real::new((high.mantissa << by) + low.mantissa, low.exponent)
    }
}

impl std::ops::Neg for Real {
    type Output = Real;

    fn neg(self) -> Real {
        Real { mantissa: -self.mantissa, ..self }
    }
}

#[cfg(test)]
mod tests {
    use num_traits::Signed;

    use super::*;

    fn ten(exponent: i64) -> Real {
        Real::decimal(BigUint::from(1u32), exponent)
    }

    /// Whether two numbers have the same first 500 bits.
    fn close(a: Real, b: &BigRational) -> bool {
        let off = (a.into_fraction() - b).abs();
        off * BigRational::from_integer(BigInt::from(1) << 500) < b.abs()
    }

    #[test]
    fn arithmetic_keeps_its_precision() {
        let int = |n: i64| BigRational::from_integer(n.into());
        assert!(close(ten(5_000) * ten(-5_000), &int(1)));
        assert!(close(ten(9_001) / ten(9_000), &int(10)));
        assert!(close(ten(5_000) / ten(4_999) + -ten(0), &int(9)));
        assert!(close(ten(3) + ten(-5_000), &int(1_000)));
        let third = BigRational::new(1.into(), 3.into());
        assert!(close(Real::of(&third), &third));
        let eighth = BigRational::new((-3).into(), 8.into());
        assert_eq!(Real::of(&eighth).into_fraction(), eighth);
    }

    #[test]
    fn size_is_bounded() {
        let huge = ten(i64::MAX / 8).into_fraction();
        assert!(is_too_large(&huge) && huge.numer().bits() < 50_000);
        let tiny = ten(i64::MIN / 8).into_fraction();
        assert!(!is_too_large(&tiny) && tiny.denom().bits() < 50_000 && tiny.is_positive());
        assert!(!is_too_large(&ten(9_000).into_fraction()));
    }
}
