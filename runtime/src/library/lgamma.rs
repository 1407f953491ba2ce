//! Package `math`: the logarithm of the gamma function, by the method of FreeBSD's `msun` (`e_lgamma_r.c`; Sun Microsystems, 1993),
//! each step in the same order, so that the last bit is Go's.

#![expect(clippy::excessive_precision, reason = "constants as they were published")]

use std::f64::consts::PI;

use super::math::{cos, log, sin};
use super::special::polynomial;

const A: [f64; 12] = [
    7.721_566_490_153_286_554_94e-2,
    3.224_670_334_241_135_916_11e-1,
    6.735_230_105_312_926_818_24e-2,
    2.058_080_843_251_673_328_06e-2,
    7.385_550_860_814_028_839_57e-3,
    2.890_513_836_734_156_290_91e-3,
    1.192_707_631_833_620_678_45e-3,
    5.100_697_921_535_113_366_08e-4,
    2.208_627_907_139_083_855_57e-4,
    1.080_115_672_475_839_399_54e-4,
    2.521_445_654_512_573_269_39e-5,
    4.486_409_496_189_151_601_50e-5,
];
const R: [f64; 7] = [
    1.0,
    1.392_005_334_676_210_459_58,
    7.219_355_475_671_380_695_25e-1,
    1.719_338_656_328_030_789_93e-1,
    1.864_591_917_156_529_013_44e-2,
    7.779_424_963_818_935_964_34e-4,
    7.326_684_307_446_256_361_89e-6,
];
const S: [f64; 7] = [
    -7.721_566_490_153_286_554_94e-2,
    2.149_824_159_606_088_525_01e-1,
    3.257_787_964_089_309_817_87e-1,
    1.463_504_726_524_644_528_05e-1,
    2.664_227_030_336_386_095_60e-2,
    1.840_284_514_073_377_156_52e-3,
    3.194_753_265_841_008_676_17e-5,
];
const T: [f64; 15] = [
    4.838_361_227_238_100_470_42e-1,
    -1.475_877_229_945_939_117_52e-1,
    6.462_494_023_913_338_547_78e-2,
    -3.278_854_107_598_596_495_65e-2,
    1.797_067_508_118_203_871_26e-2,
    -1.031_422_412_983_414_374_50e-2,
    6.100_538_702_462_913_326_35e-3,
    -3.684_520_167_811_382_567_60e-3,
    2.259_647_809_006_124_722_50e-3,
    -1.403_464_699_892_328_438_13e-3,
    8.810_818_824_376_540_113_82e-4,
    -5.385_953_053_567_405_467_15e-4,
    3.156_320_709_036_259_503_61e-4,
    -3.127_541_683_751_208_605_18e-4,
    3.355_291_926_355_190_735_43e-4,
];
const U: [f64; 6] = [
    -7.721_566_490_153_286_554_94e-2,
    6.328_270_640_250_933_665_17e-1,
    1.454_922_501_372_347_687_37,
    9.777_175_279_633_727_456_03e-1,
    2.289_637_280_646_924_510_92e-1,
    1.338_109_185_367_876_603_77e-2,
];
const V: [f64; 6] = [
    1.0,
    2.455_977_937_130_411_348_22,
    2.128_489_763_798_933_953_61,
    7.692_851_504_566_727_838_25e-1,
    1.042_226_455_933_691_342_54e-1,
    3.217_092_422_824_239_118_10e-3,
];
const W: [f64; 7] = [
    4.189_385_332_046_727_250_52e-1,
    8.333_333_333_333_296_788_49e-2,
    -2.777_777_777_287_755_364_70e-3,
    7.936_505_586_430_195_585_00e-4,
    -5.951_875_574_503_399_631_35e-4,
    8.363_399_189_962_821_391_26e-4,
    -1.630_929_340_965_752_739_89e-3,
];

/// Where the gamma function has its minimum, its logarithm there, and what both leave out.
const MINIMUM: f64 = 1.461_632_144_968_362_245_76;
const AT_MINIMUM: f64 = -1.214_862_905_358_496_114_61e-1;
const BELOW: f64 = -3.638_676_997_039_505_365_41e-18;

/// From here on all numbers are whole.
const TWO_52: f64 = (1_u64 << 52) as f64;

/// `-sin(πx)` for a positive x.
fn minus_sin_pi(x: f64) -> f64 {
    if x < 0.25 {
        return -sin(PI * x);
    }
    let (rest, eighth) = if x.floor() != x {
        let rest = x % 2.0;
        (rest, (rest * 4.0) as i64)
    } else if x >= 2.0 * TWO_52 {
        (0.0, 0)
    } else {
        // The last bit of the whole number.
        let whole = if x < TWO_52 { x + TWO_52 } else { x };
        let odd = whole.to_bits() & 1;
        (odd as f64, (odd << 2) as i64)
    };
    -match eighth {
        0 => sin(PI * rest),
        1 | 2 => cos(PI * (0.5 - rest)),
        3 | 4 => sin(PI * (1.0 - rest)),
        5 | 6 => -cos(PI * (rest - 1.5)),
        _ => sin(PI * (rest - 2.0)),
    }
}

/// The logarithm of the absolute value of the gamma function, and the function's sign.
pub fn lgamma(x: f64) -> (f64, i64) {
    const TINY: f64 = 1.0 / (1_u128 << 70) as f64;
    if !x.is_finite() {
        return (x, 1);
    }
    if x == 0.0 {
        return (f64::INFINITY, 1);
    }
    let z = x.abs();
    if z < TINY {
        return (-log(z), if x < 0.0 { -1 } else { 1 });
    }
    if x > 0.0 {
        return (positive(x), 1);
    }
    if z >= TWO_52 {
        return (f64::INFINITY, 1);
    }
    let t = minus_sin_pi(z);
    if t == 0.0 {
        return (f64::INFINITY, 1);
    }
    let sign = if t < 0.0 { -1 } else { 1 };
    // At 1 and 2 the sine is 0: what is left is not whole.
    (log(PI / (t * z).abs()) - positive(z), sign)
}

fn positive(x: f64) -> f64 {
    const TWO_58: f64 = (1_u64 << 58) as f64;
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    if x < 2.0 {
        return below_two(x);
    }
    if x < 8.0 {
        let whole = x as i64;
        let y = x - whole as f64;
        let p = y * polynomial(y, &S);
        let value = 0.5 * y + p / polynomial(y, &R);
        // The recurrence down to 2.
        let product = (2..whole).rev().fold(1.0, |product, i| product * (y + i as f64));
        return if whole > 2 { value + log(product) } else { value };
    }
    if x < TWO_58 {
        let (t, z) = (log(x), 1.0 / x);
        let w = W[0] + z * polynomial(z * z, &W[1..]);
        return (x - 0.5) * (t - 1.0) + w;
    }
    x * (log(x) - 1.0)
}

/// Below 2: three expansions, at 2, at the minimum and at 1, and the same one further down.
fn below_two(x: f64) -> f64 {
    let (start, one) = if x <= 0.9 { (-log(x), 0.0) } else { (0.0, 1.0) };
    if x >= 0.731_632_144_968_362_245 + one {
        let y = (1.0 + one) - x;
        let z = y * y;
        let every_other = |from: usize| (from..12).step_by(2).rev().fold(0.0, |sum, i| A[i] + z * sum);
        let p = y * every_other(0) + z * every_other(1);
        start + (p - 0.5 * y)
    } else if x >= 0.191_632_144_968_362_245 + one {
        let y = if one == 0.0 { x - (MINIMUM - 1.0) } else { x - MINIMUM };
        let z = y * y;
        let w = z * y;
        let every_third = |from: usize| (from..15).step_by(3).rev().fold(0.0, |sum, i| T[i] + w * sum);
        let p = z * every_third(0) - (BELOW - w * (every_third(1) + y * every_third(2)));
        start + (AT_MINIMUM + p)
    } else {
        let y = x - one;
        start + (-0.5 * y + y * polynomial(y, &U) / polynomial(y, &V))
    }
}
