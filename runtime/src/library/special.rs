//! Package `math`: hyperbolic and error functions, and the cube root, computed in Go's way, so that the last digit is Go's. The methods and
//! their constants are those of FreeBSD's `msun` and of Cephes.

#![expect(clippy::excessive_precision, reason = "constants as they were published")]

use std::f64::consts::LN_2;

use super::math::{exp, log};

/// Above this, 1 is nothing beside the square.
const LARGE: f64 = (1 << 28) as f64;

/// `c[0] + c[1] x + c[2] x² + …`
fn polynomial(x: f64, c: &[f64]) -> f64 {
    c.iter().rev().fold(0.0, |sum, &c| c + x * sum)
}

fn log1p(x: f64) -> f64 {
    x.ln_1p()
}

pub fn tanh(x: f64) -> f64 {
    const MAX_LOG: f64 = 8.802_969_193_111_305_429_598_8e+01;
    const P: [f64; 3] =
        [-1.614_687_684_417_084_479_52e3, -9.928_772_310_019_185_865_64e1, -9.643_991_794_250_522_386_28e-1];
    const Q: [f64; 3] =
        [4.844_063_053_251_254_860_48e3, 2.235_488_390_601_004_485_83e3, 1.128_116_784_916_329_314_02e2];
    let z = x.abs();
    if z > 0.5 * MAX_LOG {
        return x.signum();
    }
    if z >= 0.625 {
        let s = exp(2.0 * z);
        return (1.0 - 2.0 / (s + 1.0)).copysign(x);
    }
    if x == 0.0 {
        return x;
    }
    let s = x * x;
    x + x * s * ((P[2] * s + P[1]) * s + P[0]) / (((s + Q[2]) * s + Q[1]) * s + Q[0])
}

pub fn asinh(x: f64) -> f64 {
    if !x.is_finite() {
        return x;
    }
    let z = x.abs();
    let value = if z > LARGE {
        log(z) + LN_2
    } else if z > 2.0 {
        log(2.0 * z + 1.0 / ((z * z + 1.0).sqrt() + z))
    } else if z < 1.0 / LARGE {
        z
    } else {
        log1p(z + z * z / (1.0 + (1.0 + z * z).sqrt()))
    };
    value.copysign(x)
}

pub fn acosh(x: f64) -> f64 {
    if x.is_nan() || x < 1.0 {
        return f64::NAN;
    }
    if x == 1.0 {
        return 0.0;
    }
    if x >= LARGE {
        return log(x) + LN_2;
    }
    if x > 2.0 {
        return log(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()));
    }
    let t = x - 1.0;
    log1p(t + (2.0 * t + t * t).sqrt())
}

pub fn atanh(x: f64) -> f64 {
    let z = x.abs();
    if z.is_nan() || z > 1.0 {
        return f64::NAN;
    }
    let value = if z == 1.0 {
        f64::INFINITY
    } else if z < 1.0 / LARGE {
        z
    } else if z < 0.5 {
        let twice = z + z;
        0.5 * log1p(twice + twice * z / (1.0 - z))
    } else {
        0.5 * log1p((z + z) / (1.0 - z))
    };
    value.copysign(x)
}

pub fn cbrt(x: f64) -> f64 {
    const NORMAL: u64 = 715_094_163 << 32;
    const SUBNORMAL: u64 = 696_219_795 << 32;
    const C: f64 = 5.428_571_428_571_428_159_06e-01;
    const D: f64 = -7.053_061_224_489_796_110_50e-01;
    const E: f64 = 1.414_285_714_285_714_368_19e+00;
    const F: f64 = 1.607_142_857_142_857_206_30e+00;
    const G: f64 = 3.571_428_571_428_571_507_87e-01;
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let z = x.abs();
    // To five bits, from the exponent; then to 23, then once by Newton's method.
    let mut t = f64::from_bits(z.to_bits() / 3 + NORMAL);
    if z < f64::MIN_POSITIVE {
        t = (1_u64 << 54) as f64 * z;
        t = f64::from_bits(t.to_bits() / 3 + SUBNORMAL);
    }
    let mut r = t * t / z;
    let mut s = C + r * t;
    t *= G + F / (s + E + D / s);
    t = f64::from_bits((t.to_bits() & (0xF_FFFF_FFFC << 28)) + (1 << 30));
    s = t * t;
    r = z / s;
    let w = t + t;
    r = (r - t) / (w + r);
    (t + t * r).copysign(x)
}

/// 0.84506291151, to as many bits as a `float32` has.
const ERX: f64 = 8.450_629_115_104_675_292_97e-01;

/// What `erf` is near 0, without the `x` that it begins with: `(erf(x) - x) / x`.
fn erf_near_zero(x: f64) -> f64 {
    const P: [f64; 5] = [
        1.283_791_670_955_125_585_61e-01,
        -3.250_421_072_470_014_993_70e-01,
        -2.848_174_957_559_851_047_66e-02,
        -5.770_270_296_489_441_591_57e-03,
        -2.376_301_665_665_016_260_84e-05,
    ];
    const Q: [f64; 6] = [
        1.0,
        3.979_172_239_591_553_528_19e-01,
        6.502_224_998_876_729_444_85e-02,
        5.081_306_281_875_765_627_76e-03,
        1.324_947_380_043_216_445_26e-04,
        -3.960_228_278_775_368_123_20e-06,
    ];
    let z = x * x;
    polynomial(z, &P) / polynomial(z, &Q)
}

/// `erf(x) - ERX` for x from 0.84375 to 1.25.
fn erf_near_one(x: f64) -> f64 {
    const P: [f64; 7] = [
        -2.362_118_560_752_659_440_77e-03,
        4.148_561_186_837_483_316_66e-01,
        -3.722_078_760_357_013_238_47e-01,
        3.183_466_199_011_617_536_74e-01,
        -1.108_946_942_823_966_774_76e-01,
        3.547_830_432_561_823_593_71e-02,
        -2.166_375_594_868_790_843_00e-03,
    ];
    const Q: [f64; 7] = [
        1.0,
        1.064_208_804_008_442_282_86e-01,
        5.403_979_177_021_710_489_37e-01,
        7.182_865_441_419_626_628_68e-02,
        1.261_712_198_087_616_421_12e-01,
        1.363_708_391_202_905_073_62e-02,
        1.198_449_984_679_910_741_70e-02,
    ];
    let s = x - 1.0;
    polynomial(s, &P) / polynomial(s, &Q)
}

/// `erfc(x)` for x above 1.25.
fn erfc_far(x: f64) -> f64 {
    const RA: [f64; 8] = [
        -9.864_944_034_847_148_227_05e-03,
        -6.938_585_727_071_817_643_72e-01,
        -1.055_862_622_532_329_098_14e+01,
        -6.237_533_245_032_600_603_96e+01,
        -1.623_966_694_625_734_703_55e+02,
        -1.846_050_929_067_110_359_94e+02,
        -8.128_743_550_630_659_342_46e+01,
        -9.814_329_344_169_145_485_92e+00,
    ];
    const SA: [f64; 9] = [
        1.0,
        1.965_127_166_743_925_712_92e+01,
        1.376_577_541_435_190_426_00e+02,
        4.345_658_774_752_292_288_21e+02,
        6.453_872_717_332_678_803_36e+02,
        4.290_081_400_275_678_333_86e+02,
        1.086_350_055_417_794_351_34e+02,
        6.570_249_770_319_281_701_35e+00,
        -6.042_441_521_485_809_874_38e-02,
    ];
    const RB: [f64; 7] = [
        -9.864_942_924_700_099_285_97e-03,
        -7.992_832_376_805_230_065_74e-01,
        -1.775_795_491_775_475_198_89e+01,
        -1.606_363_848_558_219_160_62e+02,
        -6.375_664_433_683_896_277_22e+02,
        -1.025_095_131_611_077_249_54e+03,
        -4.835_191_916_086_513_970_19e+02,
    ];
    const SB: [f64; 8] = [
        1.0,
        3.033_806_074_348_245_829_24e+01,
        3.257_925_129_965_739_188_26e+02,
        1.536_729_586_084_436_959_94e+03,
        3.199_858_219_508_595_539_08e+03,
        2.553_050_406_433_164_425_83e+03,
        4.745_285_412_069_553_672_15e+02,
        -2.244_095_244_658_581_833_62e+01,
    ];
    let s = 1.0 / (x * x);
    let quotient = match x < 1.0 / 0.35 {
        true => polynomial(s, &RA) / polynomial(s, &SA),
        false => polynomial(s, &RB) / polynomial(s, &SB),
    };
    // The upper half of x, whose square is exact.
    let z = f64::from_bits(x.to_bits() & 0xFFFF_FFFF_0000_0000);
    exp(-z * z - 0.5625) * exp((z - x) * (z + x) + quotient) / x
}

pub fn erf(x: f64) -> f64 {
    const EFX: f64 = 1.283_791_670_955_125_863_16e-01;
    if x.is_nan() {
        return x;
    }
    let z = x.abs();
    let value = if z < 1.0 / LARGE {
        z + EFX * z
    } else if z < 0.84375 {
        z + z * erf_near_zero(z)
    } else if z < 1.25 {
        ERX + erf_near_one(z)
    } else if z < 6.0 {
        1.0 - erfc_far(z)
    } else {
        1.0
    };
    value.copysign(x)
}

pub fn erfc(x: f64) -> f64 {
    const TINY: f64 = 1.0 / (1_u64 << 56) as f64;
    if x.is_nan() {
        return x;
    }
    let (z, negative) = (x.abs(), x < 0.0);
    if z < 0.84375 {
        let value = if z < TINY {
            z
        } else if z < 0.25 {
            z + z * erf_near_zero(z)
        } else {
            0.5 + (z * erf_near_zero(z) + (z - 0.5))
        };
        return if negative { 1.0 + value } else { 1.0 - value };
    }
    if z < 1.25 {
        let rest = erf_near_one(z);
        return if negative { 1.0 + ERX + rest } else { 1.0 - ERX - rest };
    }
    match negative {
        true if z > 6.0 => 2.0,
        true => 2.0 - erfc_far(z),
        false if z < 28.0 => erfc_far(z),
        false => 0.0,
    }
}
