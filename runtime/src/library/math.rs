//! Packages `math` and `math/bits`: what the machine or the C library has, and where programs would print a difference to Go (the last
//! digit of a sine, say), Go's way of computing it.

#![expect(clippy::excessive_precision, reason = "constants as they were published")]

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, FRAC_PI_4, LOG2_E, PI};

use super::lgamma::lgamma;
use super::{bessel, special};
use crate::natives;

/// `x = fraction * 2^exponent`, the fraction from ½ up to 1.
fn frexp(x: f64) -> (f64, i64) {
    if x == 0.0 || x.is_nan() || x.is_infinite() {
        return (x, 0);
    }
    // Subnormal numbers have their exponent in the mantissa.
    let (x, extra) = if x.abs() < f64::MIN_POSITIVE { (x * 2_f64.powi(52), -52) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as i64 - 1022;
    (f64::from_bits(bits & !(0x7FF << 52) | 1022 << 52), exponent + extra)
}

pub fn ldexp(fraction: f64, exponent: i64) -> f64 {
    if fraction == 0.0 || !fraction.is_finite() {
        return fraction;
    }
    let (fraction, extra) = frexp(fraction);
    let exponent = exponent.saturating_add(extra);
    if exponent > 1024 {
        return f64::INFINITY.copysign(fraction);
    }
    if exponent < -1074 {
        return 0_f64.copysign(fraction);
    }
    // A subnormal result is rounded once: by the last multiplication, of a number that is not.
    let (exponent, last) =
        if exponent < -1021 { (exponent + 53, 1.0 / (1_u64 << 53) as f64) } else { (exponent, 1.0) };
    let bits = fraction.to_bits() & !(0x7FF << 52) | ((exponent + 1022) as u64) << 52;
    last * f64::from_bits(bits)
}

/// The upper bits of ln 2, so few that a small whole number times them is exact; and the rest of it.
pub const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-1;
pub const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;

/// The logarithm of the largest number.
pub const MAX_LOG: f64 = 7.097_827_128_933_839_730_96e2;

/// The series of FreeBSD's logarithms, in `s²` for `s = f / (2 + f)`.
pub const LOG_SERIES: [f64; 7] = [
    6.666_666_666_666_735_130e-1,
    3.999_999_999_940_941_908e-1,
    2.857_142_874_366_239_149e-1,
    2.222_219_843_214_978_396e-1,
    1.818_357_216_161_805_012e-1,
    1.531_383_769_920_937_332e-1,
    1.479_819_860_511_658_591e-1,
];

/// The natural logarithm, by FreeBSD's approximation, which Go uses, too.
pub fn log(x: f64) -> f64 {
    const L: [f64; 7] = LOG_SERIES;
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = frexp(x);
    if fraction < FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = exponent as f64;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (L[0] + s4 * (L[2] + s4 * (L[4] + s4 * L[6])));
    let even = s4 * (L[1] + s4 * (L[3] + s4 * L[5]));
    let half = 0.5 * f * f;
    k * LN2_HI - ((half - (s * (half + (odd + even)) + k * LN2_LO)) - f)
}

fn log2(x: f64) -> f64 {
    let (fraction, exponent) = frexp(x);
    // Powers of two are exact.
    if fraction == 0.5 {
        return (exponent - 1) as f64;
    }
    log(fraction) * LOG2_E + exponent as f64
}

fn odd(x: f64) -> bool {
    x.abs() < 9.007_199_254_740_992e15 && x.trunc() == x && x.trunc() as i64 & 1 == 1
}

/// `x^y`, by squaring for the whole part of `y`.
fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if y == 1.0 {
        return x;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        let signed = odd(y);
        return match y < 0.0 {
            true if signed => f64::INFINITY.copysign(x),
            true => f64::INFINITY,
            false if signed => x,
            false => 0.0,
        };
    }
    if y.is_infinite() {
        return huge_pow(x, y);
    }
    if x.is_infinite() {
        return match x < 0.0 {
            true => pow(1.0 / x, -y),
            false if y < 0.0 => 0.0,
            false => f64::INFINITY,
        };
    }
    if y == 0.5 {
        return x.sqrt();
    }
    if y == -0.5 {
        return 1.0 / x.sqrt();
    }
    finite_pow(x, y)
}

/// Where `y` is so large that the power is 0, 1 or infinite.
fn huge_pow(x: f64, y: f64) -> f64 {
    match x == -1.0 {
        true => 1.0,
        false if (x.abs() < 1.0) == (y > 0.0) => 0.0,
        false => f64::INFINITY,
    }
}

fn finite_pow(x: f64, y: f64) -> f64 {
    let mut whole = y.abs().trunc();
    let mut rest = y.abs().fract();
    if rest != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 2_f64.powi(63) {
        return huge_pow(x, y);
    }
    let (mut result, mut power) = (1.0, 0_i64);
    if rest != 0.0 {
        if rest > 0.5 {
            rest -= 1.0;
            whole += 1.0;
        }
        result = exp(rest * log(x));
    }
    let (mut square, mut exponent) = frexp(x);
    let mut bits = whole as i64;
    while bits != 0 {
        if !(-4096..=4096).contains(&exponent) {
            // Far out of range already: the result is zero or infinite.
            power += exponent;
            break;
        }
        if bits & 1 == 1 {
            result *= square;
            power += exponent;
        }
        square *= square;
        exponent <<= 1;
        if square < 0.5 {
            square += square;
            exponent -= 1;
        }
        bits >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        power = -power;
    }
    ldexp(result, power)
}

/// Beyond, subtracting multiples of π/4 loses too much.
const REDUCE: f64 = 536_870_912.0;

/// Octant of an angle that is not negative, and what is left of it, by Cephes' three-part π/4.
fn octant(x: f64) -> (u64, f64) {
    const PI4: [f64; 3] = [7.853_981_256_484_985e-1, 3.774_894_707_930_798e-8, 2.695_151_429_079_059_5e-15];
    let mut octant = (x * (4.0 / PI)) as u64;
    let mut multiple = octant as f64;
    if octant & 1 == 1 {
        octant += 1;
        multiple += 1.0;
    }
    (octant & 7, ((x - multiple * PI4[0]) - multiple * PI4[1]) - multiple * PI4[2])
}

fn sine_part(z: f64) -> f64 {
    const C: [f64; 6] = [
        1.589_623_015_765_465_6e-10,
        -2.505_074_776_285_780_7e-8,
        2.755_731_362_138_572_2e-6,
        -1.984_126_982_958_954e-4,
        8.333_333_333_322_118e-3,
        -1.666_666_666_666_663e-1,
    ];
    let zz = z * z;
    z + z * zz * ((((((C[0] * zz) + C[1]) * zz + C[2]) * zz + C[3]) * zz + C[4]) * zz + C[5])
}

fn cosine_part(z: f64) -> f64 {
    const C: [f64; 6] = [
        -1.135_853_652_138_768_2e-11,
        2.087_570_084_197_473e-9,
        -2.755_731_417_929_674e-7,
        2.480_158_728_885_170_4e-5,
        -1.388_888_888_887_305_6e-3,
        4.166_666_666_666_659_5e-2,
    ];
    let zz = z * z;
    1.0 - 0.5 * zz + zz * zz * ((((((C[0] * zz) + C[1]) * zz + C[2]) * zz + C[3]) * zz + C[4]) * zz + C[5])
}

pub fn sin(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    if x.is_infinite() || x.abs() >= REDUCE {
        return x.sin();
    }
    let (octant, z) = octant(x.abs());
    let value = if matches!(octant & 3, 1 | 2) { cosine_part(z) } else { sine_part(z) };
    if (x < 0.0) != (octant > 3) { -value } else { value }
}

pub fn cos(x: f64) -> f64 {
    if !x.is_finite() || x.abs() >= REDUCE {
        return x.cos();
    }
    let (octant, z) = octant(x.abs());
    let quarter = octant & 3;
    let value = if matches!(quarter, 1 | 2) { sine_part(z) } else { cosine_part(z) };
    if (octant > 3) != (quarter > 1) { -value } else { value }
}

fn tan(x: f64) -> f64 {
    const P: [f64; 3] = [-1.309_369_391_813_837_9e4, 1.153_516_648_385_874_2e6, -1.795_652_519_764_848_8e7];
    const Q: [f64; 4] = [
        1.368_129_634_706_929_6e4,
        -1.320_892_344_402_109_7e6,
        2.500_838_018_233_579e7,
        -5.386_957_559_294_546_4e7,
    ];
    if x == 0.0 || !x.is_finite() || x.abs() >= REDUCE {
        return x.tan();
    }
    let (octant, z) = octant(x.abs());
    let zz = z * z;
    let mut value = z;
    if zz > 1e-14 {
        value = z + z
            * (zz * (((P[0] * zz) + P[1]) * zz + P[2])
                / ((((zz + Q[0]) * zz + Q[1]) * zz + Q[2]) * zz + Q[3]));
    }
    if octant & 2 == 2 {
        value = -1.0 / value;
    }
    if x < 0.0 { -value } else { value }
}

/// e to the power of x, by Shibata's method with fused steps, as Go computes it on this machine.
pub fn exp(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOW: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    const TAYLOR: [f64; 7] = [
        1.984_126_984_126_984_127_0e-4,
        1.388_888_888_888_888_888_9e-3,
        8.333_333_333_333_333_333_3e-3,
        4.166_666_666_666_666_666_7e-2,
        1.666_666_666_666_666_666_7e-1,
        0.5,
        1.0,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x > MAX_LOG {
        return f64::INFINITY;
    }
    if x < -745.2 {
        return 0.0;
    }
    let power = (x * LOG2_E).round_ties_even();
    let rest = (-power).mul_add(LN2_LOW, (-power).mul_add(LN2_HIGH, x)) * 0.0625;
    let series = TAYLOR.iter().fold(2.480_158_730_158_730_158_7e-5_f64, |sum, &c| sum.mul_add(rest, c));
    // exp(16 r) - 1 of exp(r) - 1, by squaring four times.
    let mut value = rest * series;
    for _ in 0..3 {
        value *= value + 2.0;
    }
    ldexp(value.mul_add(value + 2.0, 1.0), power as i64)
}

fn exp2(x: f64) -> f64 {
    const P: [f64; 5] = [
        1.666_666_666_666_666_574_15e-01,
        -2.777_777_777_701_559_338_42e-03,
        6.613_756_321_437_934_361_17e-05,
        -1.653_390_220_546_525_153_90e-06,
        4.138_136_797_057_238_460_39e-08,
    ];
    if x.is_nan() || x == f64::INFINITY || x > 1024.0 {
        return if x > 1024.0 { f64::INFINITY } else { x };
    }
    if x < -1074.0 {
        return 0.0;
    }
    let power = if x > 0.0 { (x + 0.5).trunc() } else { (x - 0.5).trunc() };
    let rest = x - power;
    let (high, low) = (rest * LN2_HI, -rest * LN2_LO);
    let r = high - low;
    let t = r * r;
    let c = r - t * special::polynomial(t, &P);
    ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), power as i64)
}

fn cosh(x: f64) -> f64 {
    let x = x.abs();
    let power = exp(x);
    if x > 21.0 { power * 0.5 } else { (power + 1.0 / power) * 0.5 }
}

fn sinh(x: f64) -> f64 {
    const P: [f64; 4] = [
        -0.630_767_364_049_771_699_118_478_725_1e+6,
        -0.899_127_202_203_950_935_539_801_351_1e+5,
        -0.289_421_135_598_956_380_728_466_036_6e+4,
        -0.263_056_321_339_749_706_281_948_9e+2,
    ];
    const Q: [f64; 3] = [
        -0.630_767_364_049_771_699_121_207_727_7e+6,
        0.152_151_737_879_001_907_069_648_517_6e+5,
        -0.173_678_953_558_233_699_533_450_911e+3,
    ];
    let positive = x.abs();
    let value = if positive > 21.0 {
        exp(positive) * 0.5
    } else if positive > 0.5 {
        let power = exp(positive);
        (power - 1.0 / power) * 0.5
    } else {
        let sq = positive * positive;
        (((P[3] * sq + P[2]) * sq + P[1]) * sq + P[0]) * positive / (((sq + Q[2]) * sq + Q[1]) * sq + Q[0])
    };
    value.copysign(x)
}

/// The arc tangent of a number from 0 to 0.66, by Cephes.
fn small_atan(x: f64) -> f64 {
    const P: [f64; 5] = [
        -8.750_608_600_031_904_122_785e-01,
        -1.615_753_718_733_365_076_637e+01,
        -7.500_855_792_314_704_667_340e+01,
        -1.228_866_684_490_136_173_410e+02,
        -6.485_021_904_942_025_371_773e+01,
    ];
    const Q: [f64; 5] = [
        2.485_846_490_142_306_297_962e+01,
        1.650_270_098_316_988_542_046e+02,
        4.328_810_604_912_902_668_951e+02,
        4.853_903_996_359_136_964_868e+02,
        1.945_506_571_482_613_964_425e+02,
    ];
    let z = x * x;
    let z = z * ((((P[0] * z + P[1]) * z + P[2]) * z + P[3]) * z + P[4])
        / (((((z + Q[0]) * z + Q[1]) * z + Q[2]) * z + Q[3]) * z + Q[4]);
    x * z + x
}

/// The arc tangent of a number that is not negative.
fn positive_atan(x: f64) -> f64 {
    // What is lost in π/2, and the tangent of 3π/8.
    const MORE: f64 = 6.123_233_995_736_765_886_130e-17;
    const TAN_3PI_8: f64 = 2.414_213_562_373_095_048_80;
    if x <= 0.66 {
        small_atan(x)
    } else if x > TAN_3PI_8 {
        FRAC_PI_2 - small_atan(1.0 / x) + MORE
    } else {
        FRAC_PI_4 + small_atan((x - 1.0) / (x + 1.0)) + 0.5 * MORE
    }
}

fn atan(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    positive_atan(x.abs()).copysign(x)
}

fn atan2(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() || x == 0.0 || y == 0.0 || x.is_infinite() || y.is_infinite() {
        return y.atan2(x);
    }
    let angle = atan(y / x);
    match x < 0.0 {
        true if angle <= 0.0 => angle + PI,
        true => angle - PI,
        false => angle,
    }
}

fn asin(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    let positive = x.abs();
    if positive.is_nan() || positive > 1.0 {
        return f64::NAN;
    }
    let other = (1.0 - positive * positive).sqrt();
    let angle = if positive > 0.7 {
        FRAC_PI_2 - positive_atan(other / positive)
    } else {
        positive_atan(positive / other)
    };
    angle.copysign(x)
}

fn hypot(p: f64, q: f64) -> f64 {
    if p.is_infinite() || q.is_infinite() {
        return f64::INFINITY;
    }
    let (large, small) = (p.abs().max(q.abs()), p.abs().min(q.abs()));
    if large == 0.0 || p.is_nan() || q.is_nan() {
        return p.abs() + q.abs();
    }
    let ratio = small / large;
    large * (1.0 + ratio * ratio).sqrt()
}

fn max(x: f64, y: f64) -> f64 {
    if x == f64::INFINITY || y == f64::INFINITY {
        return f64::INFINITY;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 && y == 0.0 {
        return if x.is_sign_negative() { y } else { x };
    }
    if x > y { x } else { y }
}

unsafe extern "C" {
    safe fn nextafter(x: f64, y: f64) -> f64;
    safe fn remainder(x: f64, y: f64) -> f64;
}

/// `(float64, int)`
#[repr(C)]
pub struct FloatInt {
    float: f64,
    int: i64,
}

/// `(uint64, uint64)`
#[repr(C)]
pub struct Pair {
    high: u64,
    low: u64,
}

natives! { pub static MATH;
    /// `func Sqrt(x float64) float64`
    Pure fn goo_math_Sqrt(x: F64) -> F64 { x.sqrt() }
    /// `func Floor(x float64) float64`
    Pure fn goo_math_Floor(x: F64) -> F64 { x.floor() }
    /// `func Ceil(x float64) float64`
    Pure fn goo_math_Ceil(x: F64) -> F64 { x.ceil() }
    /// `func Trunc(x float64) float64`
    Pure fn goo_math_Trunc(x: F64) -> F64 { x.trunc() }
    /// `func Round(x float64) float64`
    Pure fn goo_math_Round(x: F64) -> F64 { x.round() }
    /// `func RoundToEven(x float64) float64`
    Pure fn goo_math_RoundToEven(x: F64) -> F64 { x.round_ties_even() }
    /// `func Abs(x float64) float64`
    Pure fn goo_math_Abs(x: F64) -> F64 { x.abs() }
    /// `func Copysign(f, sign float64) float64`
    Pure fn goo_math_Copysign(x: F64, sign: F64) -> F64 { x.copysign(sign) }
    /// `func Max(x, y float64) float64`
    Pure fn goo_math_Max(x: F64, y: F64) -> F64 { max(x, y) }
    /// `func Min(x, y float64) float64`
    Pure fn goo_math_Min(x: F64, y: F64) -> F64 { -max(-x, -y) }
    /// `func Mod(x, y float64) float64`
    Pure fn goo_math_Mod(x: F64, y: F64) -> F64 { x % y }
    /// `func Remainder(x, y float64) float64`
    Pure fn goo_math_Remainder(x: F64, y: F64) -> F64 { remainder(x, y) }
    /// `func FMA(x, y, z float64) float64`
    Pure fn goo_math_FMA(x: F64, y: F64, z: F64) -> F64 { x.mul_add(y, z) }
    /// `func Pow(x, y float64) float64`
    Pure fn goo_math_Pow(x: F64, y: F64) -> F64 { pow(x, y) }
    /// `func Exp(x float64) float64`
    Pure fn goo_math_Exp(x: F64) -> F64 { exp(x) }
    /// `func Exp2(x float64) float64`
    Pure fn goo_math_Exp2(x: F64) -> F64 { exp2(x) }
    /// `func Expm1(x float64) float64`
    Pure fn goo_math_Expm1(x: F64) -> F64 { special::expm1(x) }
    /// `func Log(x float64) float64`
    Pure fn goo_math_Log(x: F64) -> F64 { log(x) }
    /// `func Log2(x float64) float64`
    Pure fn goo_math_Log2(x: F64) -> F64 { log2(x) }
    /// `func Log10(x float64) float64`
    Pure fn goo_math_Log10(x: F64) -> F64 { log(x) * std::f64::consts::LOG10_E }
    /// `func Log1p(x float64) float64`
    Pure fn goo_math_Log1p(x: F64) -> F64 { special::log1p(x) }
    /// `func Sin(x float64) float64`
    Pure fn goo_math_Sin(x: F64) -> F64 { sin(x) }
    /// `func Cos(x float64) float64`
    Pure fn goo_math_Cos(x: F64) -> F64 { cos(x) }
    /// `func Tan(x float64) float64`
    Pure fn goo_math_Tan(x: F64) -> F64 { tan(x) }
    /// `func Asin(x float64) float64`
    Pure fn goo_math_Asin(x: F64) -> F64 { asin(x) }
    /// `func Acos(x float64) float64`
    Pure fn goo_math_Acos(x: F64) -> F64 { FRAC_PI_2 - asin(x) }
    /// `func Atan(x float64) float64`
    Pure fn goo_math_Atan(x: F64) -> F64 { atan(x) }
    /// `func Atan2(y, x float64) float64`
    Pure fn goo_math_Atan2(y: F64, x: F64) -> F64 { atan2(y, x) }
    /// `func Sinh(x float64) float64`
    Pure fn goo_math_Sinh(x: F64) -> F64 { sinh(x) }
    /// `func Cosh(x float64) float64`
    Pure fn goo_math_Cosh(x: F64) -> F64 { cosh(x) }
    /// `func Tanh(x float64) float64`
    Pure fn goo_math_Tanh(x: F64) -> F64 { special::tanh(x) }
    /// `func Asinh(x float64) float64`
    Pure fn goo_math_Asinh(x: F64) -> F64 { special::asinh(x) }
    /// `func Acosh(x float64) float64`
    Pure fn goo_math_Acosh(x: F64) -> F64 { special::acosh(x) }
    /// `func Atanh(x float64) float64`
    Pure fn goo_math_Atanh(x: F64) -> F64 { special::atanh(x) }
    /// `func Cbrt(x float64) float64`
    Pure fn goo_math_Cbrt(x: F64) -> F64 { special::cbrt(x) }
    /// `func Hypot(p, q float64) float64`
    Pure fn goo_math_Hypot(p: F64, q: F64) -> F64 { hypot(p, q) }
    /// `func Lgamma(x float64) (lgamma float64, sign int)`
    Plain fn goo_math_Lgamma(x: F64) -> Address(FloatInt) {
        let (float, int) = lgamma(x);
        FloatInt { float, int }
    }
    /// `func Erf(x float64) float64`
    Pure fn goo_math_Erf(x: F64) -> F64 { special::erf(x) }
    /// `func Erfc(x float64) float64`
    Pure fn goo_math_Erfc(x: F64) -> F64 { special::erfc(x) }
    /// `func J0(x float64) float64`
    Pure fn goo_math_J0(x: F64) -> F64 { bessel::j0(x) }
    /// `func J1(x float64) float64`
    Pure fn goo_math_J1(x: F64) -> F64 { bessel::j1(x) }
    /// `func Y0(x float64) float64`
    Pure fn goo_math_Y0(x: F64) -> F64 { bessel::y0(x) }
    /// `func Y1(x float64) float64`
    Pure fn goo_math_Y1(x: F64) -> F64 { bessel::y1(x) }
    /// `func Jn(n int, x float64) float64`
    Pure fn goo_math_Jn(n: I64, x: F64) -> F64 { bessel::jn(n, x) }
    /// `func Yn(n int, x float64) float64`
    Pure fn goo_math_Yn(n: I64, x: F64) -> F64 { bessel::yn(n, x) }
    /// `func Erfinv(x float64) float64`
    Pure fn goo_math_Erfinv(x: F64) -> F64 { special::erfinv(x) }
    /// `func Pow10(n int) float64`
    Pure fn goo_math_Pow10(n: I64) -> F64 { special::pow10(n) }
    /// `func Nextafter(x, y float64) float64`
    Pure fn goo_math_Nextafter(x: F64, y: F64) -> F64 { if x == y { x } else { nextafter(x, y) } }
    /// `func Ldexp(frac float64, exp int) float64`
    Pure fn goo_math_Ldexp(fraction: F64, exponent: I64) -> F64 { ldexp(fraction, exponent) }
    /// `func Frexp(f float64) (float64, int)`
    Plain fn goo_math_Frexp(x: F64) -> Address(FloatInt) {
        let (float, int) = frexp(x);
        FloatInt { float, int }
    }
    /// `func Float64bits(f float64) uint64`
    Pure fn goo_math_Float64bits(x: F64) -> I64 { x.to_bits() }
    /// `func Float64frombits(b uint64) float64`
    Pure fn goo_math_Float64frombits(bits: I64) -> F64 { f64::from_bits(bits as u64) }
    /// `func Float32bits(f float32) uint32`
    Pure fn goo_math_Float32bits(x: F32) -> I64 { x.to_bits() }
    /// `func Float32frombits(b uint32) float32`
    Pure fn goo_math_Float32frombits(bits: I64) -> F32 { f32::from_bits(bits as u32) }
}

natives! { pub static BITS;
    /// `func LeadingZeros64(x uint64) int`
    Pure fn goo_math_bits_LeadingZeros64(x: I64) -> I64 { x.leading_zeros() }
    /// `func TrailingZeros64(x uint64) int`
    Pure fn goo_math_bits_TrailingZeros64(x: I64) -> I64 { x.trailing_zeros() }
    /// `func OnesCount64(x uint64) int`
    Pure fn goo_math_bits_OnesCount64(x: I64) -> I64 { x.count_ones() }
    /// `func Reverse64(x uint64) uint64`
    Pure fn goo_math_bits_Reverse64(x: I64) -> I64 { x.reverse_bits() }
    /// `func ReverseBytes64(x uint64) uint64`
    Pure fn goo_math_bits_ReverseBytes64(x: I64) -> I64 { x.swap_bytes() }
    /// `func Mul64(x, y uint64) (uint64, uint64)`
    Plain fn goo_math_bits_Mul64(x: I64, y: I64) -> Address(Pair) {
        let wide = u128::from(x as u64) * u128::from(y as u64);
        Pair { high: (wide >> 64) as u64, low: wide as u64 }
    }
    /// `func divide(hi, lo, y uint64) (uint64, uint64)`
    Plain fn goo_math_bits_divide(high: I64, low: I64, by: I64) -> Address(Pair) {
        let wide = u128::from(high as u64) << 64 | u128::from(low as u64);
        let by = u128::from(by as u64);
        Pair { high: (wide / by) as u64, low: (wide % by) as u64 }
    }
}
