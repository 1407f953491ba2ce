//! Package `math/rand`: the program's own random numbers, and the tables of its two distributions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::math::{exp, log};
use super::rand_state::SCRAMBLED;
use super::slices::elements;
use crate::abi::layout::Slice;
use crate::natives;

static STATE: AtomicU64 = AtomicU64::new(0);

/// SplitMix64, from a state that all tasks share.
fn random() -> u64 {
    if STATE.load(Ordering::Relaxed) == 0 {
        use std::hash::BuildHasher;
        let fresh = std::collections::hash_map::RandomState::new().hash_one(0_u8) | 1;
        let _ = STATE.compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed);
    }
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
    let state = STATE.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
    let mixed = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Makes the program's own random numbers those of a seed.
pub(crate) fn seed_random(seed: u64) {
    SEEDED.store(false, Ordering::Relaxed);
    // 0 stands for no seed.
    STATE.store(seed.wrapping_mul(2) | 1, Ordering::Relaxed);
}

/// The state that a seed begins with. Lehmer's generator, `x = 48271 x` modulo 2^31 - 1, gives three numbers for each of the state's;
/// the first 20 are left out.
fn seeded(seed: i64) -> impl Iterator<Item = u64> {
    const PRIME: i64 = (1 << 31) - 1;
    let seed = match seed.rem_euclid(PRIME) {
        0 => 89_482_311,
        seed => seed as u64,
    };
    let mut numbers = std::iter::successors(Some(seed), |x| Some(x * 48_271 % PRIME as u64)).skip(21);
    SCRAMBLED.iter().map(move |start| {
        let drawn = (0..3).rev().fold(0, |bits, third| bits ^ numbers.next().unwrap_or(0) << (20 * third));
        start ^ drawn
    })
}

/// What `rand.Seed` leaves: the generator of package `math/rand`, whose numbers all tasks share from then on.
struct Lagged {
    state: Vec<u64>,
    tap: usize,
    feed: usize,
}

static SEEDED: AtomicBool = AtomicBool::new(false);
static LAGGED: Mutex<Lagged> = Mutex::new(Lagged { state: Vec::new(), tap: 0, feed: 0 });

#[cold]
fn lagged() -> u64 {
    let mut of = LAGGED.lock().unwrap_or_else(PoisonError::into_inner);
    let last = of.state.len() - 1;
    let (tap, feed) = (of.tap.checked_sub(1).unwrap_or(last), of.feed.checked_sub(1).unwrap_or(last));
    let sum = of.state[feed].wrapping_add(of.state[tap]);
    of.state[feed] = sum;
    (of.tap, of.feed) = (tap, feed);
    sum
}

/// One strip of a ziggurat: below `inside`, a number of the first width times `width` is under the curve, which has `height` at the
/// strip's right end.
#[derive(Clone, Copy, Default)]
struct Strip {
    inside: u32,
    width: f32,
    height: f32,
}

/// Marsaglia and Tsang, "The Ziggurat Method for Generating Random Variables" (Journal of Statistical Software 5, 2000): strips of
/// `area` each, from the tail that begins at `right` up. `inverse` undoes `curve`; numbers have a width of `scale`.
fn ziggurat<const N: usize>(
    scale: f64,
    right: f64,
    area: f64,
    curve: fn(f64) -> f64,
    inverse: fn(f64) -> f64,
) -> [Strip; N] {
    let mut strips = [Strip::default(); N];
    let base = area / curve(right);
    strips[0] = Strip { inside: (right / base * scale) as u32, width: (base / scale) as f32, height: 1.0 };
    let (mut x, mut before) = (right, right);
    strips[N - 1].width = (x / scale) as f32;
    strips[N - 1].height = curve(x) as f32;
    for i in (1..N - 1).rev() {
        x = inverse(area / x + curve(x));
        strips[i + 1].inside = (x / before * scale) as u32;
        before = x;
        strips[i].width = (x / scale) as f32;
        strips[i].height = curve(x) as f32;
    }
    strips
}

static NORMAL: LazyLock<[Strip; 128]> = LazyLock::new(|| {
    ziggurat(
        f64::from(1_u32 << 31),
        3.442_619_855_899,
        9.912_563_035_262_17e-3,
        |x| exp(-0.5 * x * x),
        |y| (-2.0 * log(y)).sqrt(),
    )
});

static EXPONENTIAL: LazyLock<[Strip; 256]> = LazyLock::new(|| {
    ziggurat((1_u64 << 32) as f64, 7.697_117_470_131_05, 3.949_659_822_581_572e-3, |x| exp(-x), |y| -log(y))
});

/// What the package knows of a strip.
#[repr(C)]
pub struct Seen {
    inside: u32,
    width: f32,
    height: f32,
    above: f32,
}

impl Seen {
    fn of(strips: &[Strip], i: i64) -> Seen {
        let Strip { inside, width, height } = strips[i as usize];
        // The lowest strip has a tail instead.
        let above = if i == 0 { 0.0 } else { strips[i as usize - 1].height };
        Seen { inside, width, height, above }
    }
}

natives! { pub static RAND;
    /// `func next() uint64`
    Pure fn goo_math_rand_next() -> I64 {
        if SEEDED.load(Ordering::Relaxed) { lagged() } else { random() }
    }
    /// `func start(state *[]uint64, seed int64)`
    Pure fn goo_math_rand_start(state: Ref(Slice), seed: I64) {
        // SAFETY: the package has just made the slice.
        let state = unsafe { elements::<u64>(state) };
        state.iter_mut().zip(seeded(seed)).for_each(|(to, number)| *to = number);
    }
    /// `func share(state []uint64, feed int)`
    Plain fn goo_math_rand_share(state: Slots(u64), feed: I64) {
        let mut of = LAGGED.lock().unwrap_or_else(PoisonError::into_inner);
        *of = Lagged { state: state.to_vec(), tap: 0, feed: feed as usize };
        SEEDED.store(true, Ordering::Relaxed);
    }
    /// `func exp(x float64) float64`: the package does without `math`, which each program that imports it would read.
    Pure fn goo_math_rand_exp(x: F64) -> F64 { exp(x) }
    /// `func log(x float64) float64`
    Pure fn goo_math_rand_log(x: F64) -> F64 { log(x) }
    /// `func floor(x float64) float64`
    Pure fn goo_math_rand_floor(x: F64) -> F64 { x.floor() }
    /// `func normalStrip(i int) (inside uint32, width, height, above float32)`
    Plain fn goo_math_rand_normalStrip(i: I64) -> Address(Seen) { Seen::of(&*NORMAL, i) }
    /// `func expStrip(i int) (inside uint32, width, height, above float32)`
    Plain fn goo_math_rand_expStrip(i: I64) -> Address(Seen) { Seen::of(&*EXPONENTIAL, i) }
}
