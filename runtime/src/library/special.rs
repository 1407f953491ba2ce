//! Package `math`: hyperbolic and error functions, and the cube root, computed in Go's way, so that the last digit is Go's. The methods and
//! their constants are those of FreeBSD's `msun` and of Cephes.

#![expect(clippy::excessive_precision, reason = "constants as they were published")]

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

use super::math::{LN2_HI, LN2_LO, LOG_SERIES, MAX_LOG, exp, log};

/// Above this, 1 is nothing beside the square.
const LARGE: f64 = (1 << 28) as f64;

/// `c[0] + c[1] x + c[2] x² + …`
pub fn polynomial(x: f64, c: &[f64]) -> f64 {
    c.iter().rev().fold(0.0, |sum, &c| c + x * sum)
}

/// `y * 2^k`, for results that are not subnormal.
fn scale(y: f64, k: i64) -> f64 {
    f64::from_bits(y.to_bits().wrapping_add((k << 52) as u64))
}

/// `e^x - 1`: `msun`'s `s_expm1.c`.
pub fn expm1(x: f64) -> f64 {
    const LN2_56: f64 = 3.881_624_211_135_693_732_74e1;
    const LN2_HALF_3: f64 = 1.039_720_770_839_917_964_13;
    const LN2_HALF: f64 = 3.465_735_902_799_726_547_09e-1;
    const Q: [f64; 6] = [
        1.0,
        -3.333_333_333_333_313_164_28e-2,
        1.587_301_587_254_814_601_65e-3,
        -7.936_507_578_674_879_424_73e-5,
        4.008_217_827_329_362_395_52e-6,
        -2.010_992_181_836_243_713_26e-7,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    let z = x.abs();
    if z >= LN2_56 && x < 0.0 {
        return -1.0;
    }
    if z >= MAX_LOG {
        return f64::INFINITY;
    }
    if z <= LN2_HALF {
        return if z < 1.0 / (1_u64 << 54) as f64 { x } else { expm1_near_zero(x, &Q) };
    }
    // x = k ln 2 + rest + c
    let (k, hi, lo) = if z < LN2_HALF_3 {
        if x > 0.0 { (1, x - LN2_HI, LN2_LO) } else { (-1, x + LN2_HI, -LN2_LO) }
    } else {
        let k = (LOG2_E * x + 0.5_f64.copysign(x)) as i64;
        (k, x - k as f64 * LN2_HI, k as f64 * LN2_LO)
    };
    let rest = hi - lo;
    let c = (hi - rest) - lo;
    let (e, hxs) = expm1_error(rest, &Q);
    let e = (rest * (e - c) - c) - hxs;
    match k {
        -1 => 0.5 * (rest - e) - 0.5,
        1 if rest < -0.25 => -2.0 * (e - (rest + 0.5)),
        1 => 1.0 + 2.0 * (rest - e),
        // 1 is little beside the power, or the power beside 1.
        ..=-2 | 57.. => scale(1.0 - (e - rest), k) - 1.0,
        0..20 => {
            let t = 1.0 - scale(1.0, -k);
            scale(t - (e - rest), k)
        }
        _ => scale(rest - (e + scale(1.0, -k)) + 1.0, k),
    }
}

/// What is to be taken from x in `expm1(x) = x - (x e - x²/2)`, and `x²/2`.
fn expm1_error(x: f64, q: &[f64]) -> (f64, f64) {
    let half = 0.5 * x;
    let hxs = x * half;
    let r = polynomial(hxs, q);
    let t = 3.0 - r * half;
    (hxs * ((r - t) / (6.0 - x * t)), hxs)
}

fn expm1_near_zero(x: f64, q: &[f64]) -> f64 {
    let (e, hxs) = expm1_error(x, q);
    x - (x * e - hxs)
}

/// `log(1 + x)`: `msun`'s `s_log1p.c`.
pub fn log1p(x: f64) -> f64 {
    const SQRT2_MINUS_1: f64 = 4.142_135_623_730_950_488_017e-1;
    const HALF_SQRT2_MINUS_1: f64 = -2.928_932_188_134_524_755_992e-1;
    const TWO_53: f64 = (1_u64 << 53) as f64;
    const SQRT2_MANTISSA: u64 = 0x6_A09E_667F_3BCD;
    if x < -1.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == -1.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY {
        return x;
    }
    let z = x.abs();
    if z < 1.0 / (1 << 29) as f64 {
        return if z < 1.0 / (1_u64 << 54) as f64 { x } else { x - x * x * 0.5 };
    }
    if z < SQRT2_MINUS_1 && x > HALF_SQRT2_MINUS_1 {
        let (half, s, r) = log1p_parts(x);
        return x - (half - s * (half + r));
    }
    // 1 + x is 2^k (1 + f), and c is what it was rounded by.
    let whole = if z < TWO_53 { 1.0 + x } else { x };
    let mut k = (whole.to_bits() >> 52) as i64 - 1023;
    let c = match (z < TWO_53, k > 0) {
        (false, _) => 0.0,
        (true, true) => (1.0 - (whole - x)) / whole,
        (true, false) => (x - (whole - 1.0)) / whole,
    };
    let mantissa = whole.to_bits() & ((1 << 52) - 1);
    let below_sqrt2 = mantissa < SQRT2_MANTISSA;
    let exponent = if below_sqrt2 { 1023 } else { 1022 };
    k += i64::from(!below_sqrt2);
    let f = f64::from_bits(mantissa | exponent << 52) - 1.0;
    let k = k as f64;
    let tiny = if below_sqrt2 { mantissa == 0 } else { ((1 << 52) - mantissa) >> 2 == 0 };
    if tiny {
        if f == 0.0 {
            return if k == 0.0 { 0.0 } else { k * LN2_HI + (c + k * LN2_LO) };
        }
        let r = 0.5 * f * f * (1.0 - 0.666_666_666_666_666_66 * f);
        return if k == 0.0 { f - r } else { k * LN2_HI - ((r - (k * LN2_LO + c)) - f) };
    }
    let (half, s, r) = log1p_parts(f);
    if k == 0.0 {
        return f - (half - s * (half + r));
    }
    k * LN2_HI - ((half - (s * (half + r) + (k * LN2_LO + c))) - f)
}

/// `f²/2`, `s = f / (2 + f)` and R in `log(1 + f) = f - (f²/2 - s (f²/2 + R))`.
fn log1p_parts(f: f64) -> (f64, f64, f64) {
    let s = f / (2.0 + f);
    let z = s * s;
    (0.5 * f * f, s, z * polynomial(z, &LOG_SERIES))
}

pub fn tanh(x: f64) -> f64 {
    const FLAT: f64 = 0.5 * 8.802_969_193_111_305_429_598_8e+01;
    const P: [f64; 3] =
        [-1.614_687_684_417_084_479_52e3, -9.928_772_310_019_185_865_64e1, -9.643_991_794_250_522_386_28e-1];
    const Q: [f64; 4] =
        [4.844_063_053_251_254_860_48e3, 2.235_488_390_601_004_485_83e3, 1.128_116_784_916_329_314_02e2, 1.0];
    let z = x.abs();
    if z > FLAT {
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
    x + x * s * polynomial(s, &P) / polynomial(s, &Q)
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

/// The inverse of `erf`: Wichura's algorithm AS 241 (Applied Statistics 37, 1988), its PPND16 scaled from the normal distribution.
pub fn erfinv(x: f64) -> f64 {
    const A: [f64; 8] = [
        1.197_532_311_567_091_256_457_8,
        4.707_268_811_238_397_801_228_5e1,
        6.970_626_653_438_959_823_846_5e2,
        4.854_886_889_384_388_679_464_8e3,
        1.623_586_251_516_757_538_425_2e4,
        2.378_204_138_211_438_573_125_2e4,
        1.181_949_334_706_229_440_427_8e4,
        8.870_940_696_254_551_483_020_0e2,
    ];
    const B: [f64; 8] = [
        1.000_000_000_000_000_000_0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ];
    const C: [f64; 8] = [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ];
    const D: [f64; 8] = [
        SQRT_2,
        2.903_651_444_541_994_617_313_329_5,
        2.370_766_162_602_453_236_597_122_5,
        9.754_783_200_178_742_718_689_483_7e-1,
        2.094_506_521_051_274_912_828_844_2e-1,
        2.149_416_038_425_287_677_709_729_7e-2,
        7.744_145_906_515_770_916_557_721_8e-4,
        1.485_985_001_984_035_590_549_787_6e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ];
    const F: [f64; 8] = [
        SQRT_2,
        8.482_908_416_595_164_588_112_026e-1,
        1.936_480_946_950_659_106_176_712e-1,
        2.103_693_768_272_068_968_719_679e-2,
        1.112_800_997_078_859_844_711_555e-3,
        2.611_088_405_080_593_625_138_020e-5,
        2.010_321_207_683_943_062_279_931e-7,
        2.891_024_605_872_965_461_538_222e-15,
    ];
    let z = x.abs();
    if z.is_nan() || z > 1.0 {
        return f64::NAN;
    }
    if z == 1.0 {
        return f64::INFINITY.copysign(x);
    }
    let value = if z <= 0.85 {
        let r = 0.180_625 - 0.25 * z * z;
        z * polynomial(r, &A) / polynomial(r, &B)
    } else {
        let r = (LN_2 - log(1.0 - z)).sqrt();
        if r <= 5.0 {
            polynomial(r - 1.6, &C) / polynomial(r - 1.6, &D)
        } else {
            polynomial(r - 5.0, &E) / polynomial(r - 5.0, &F)
        }
    };
    value.copysign(x)
}

/// 10 to the power of n: exact tables of one factor for each 32 powers, and one below that.
pub fn pow10(n: i64) -> f64 {
    const SMALL: [f64; 32] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
    ];
    const LARGE: [f64; 10] = [1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288];
    const BELOW: [f64; 11] =
        [1e0, 1e-32, 1e-64, 1e-96, 1e-128, 1e-160, 1e-192, 1e-224, 1e-256, 1e-288, 1e-320];
    let (blocks, rest) = ((n.unsigned_abs() / 32) as usize, (n.unsigned_abs() % 32) as usize);
    match n {
        0..=308 => LARGE[blocks] * SMALL[rest],
        -323..0 => BELOW[blocks] / SMALL[rest],
        309.. => f64::INFINITY,
        _ => 0.0,
    }
}
