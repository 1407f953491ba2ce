//! Hashes: equal values ([`super::equal`]) have equal ones.
//!
//! A folded multiplication, 16 bytes a step, with a seed of this process, so that nobody can prepare keys that collide. Nothing that
//! a program prints depends on a hash.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::view::Value;
use crate::abi::layout::{TypeDesc, TypeKind};

/// A function was to be hashed: the name of its type.
#[derive(Debug, PartialEq, Eq)]
pub struct Unhashable(pub &'static str);

static SEED: LazyLock<u64> = LazyLock::new(|| {
    if cfg!(miri) {
        return 0x9E37_79B9_7F4A_7C15;
    }
    use std::hash::BuildHasher;
    std::collections::hash_map::RandomState::new().hash_one(0_u8) | 1
});

const K: u64 = 0x2D35_8DCC_AA6C_78A5;

fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

/// Of eight bytes.
#[inline]
pub fn word(value: u64) -> u64 {
    fold(value ^ *SEED, K)
}

/// `N` bytes from a place on, as a number.
fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word[..N].copy_from_slice(&bytes[at..at + N]);
    u64::from_le_bytes(word)
}

/// The first eight bytes, which of texts of one length up to eight no two have in common.
#[inline]
pub fn first_bytes(bytes: &[u8]) -> u64 {
    match bytes.len() {
        0 => 0,
        1..4 => few(bytes),
        4..8 => number::<4>(bytes, 0) | number::<4>(bytes, bytes.len() - 4) << 32,
        _ => number::<8>(bytes, 0),
    }
}

/// Of one to three bytes.
fn few(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    u64::from(bytes[0]) | u64::from(bytes[len / 2]) << 8 | u64::from(bytes[len - 1]) << 16
}

#[inline]
pub fn bytes(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    let mut state = *SEED ^ (len as u64);
    // The beginning and the end, which overlap, so that no length needs a loop over its last bytes.
    let (first, second) = match len {
        0 => (0, 0),
        1..4 => (few(bytes), 0),
        4..8 => (number::<4>(bytes, 0), number::<4>(bytes, len - 4)),
        8..=16 => (number::<8>(bytes, 0), number::<8>(bytes, len - 8)),
        _ => {
            let mut at = 0;
            while at + 16 < len {
                state = fold(number::<8>(bytes, at) ^ state, number::<8>(bytes, at + 8) ^ K);
                at += 16;
            }
            (number::<8>(bytes, len - 16), number::<8>(bytes, len - 8))
        }
    };
    fold(first ^ state, second ^ K)
}

fn float(value: f64) -> u64 {
    // Both zeros are equal. NaN is equal to nothing: if all of them were in one place, a map of them would be a list.
    if value.is_nan() {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        return word(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    word(if value == 0.0 { 0 } else { value.to_bits() })
}

/// Of any value.
pub fn value(of: Value<'_>) -> Result<u64, Unhashable> {
    let mut hasher = Hasher { state: 0, later: Vec::new() };
    hasher.add(of)?;
    // What lies behind boxes comes after, one by one: a long list must not recurse.
    while let Some(next) = hasher.later.pop() {
        hasher.add(next)?;
    }
    Ok(hasher.state)
}

struct Hasher<'a> {
    state: u64,
    later: Vec<Value<'a>>,
}

impl<'a> Hasher<'a> {
    fn mix(&mut self, hash: u64) {
        self.state = fold(self.state ^ hash, K).wrapping_add(1);
    }

    fn add(&mut self, of: Value<'a>) -> Result<(), Unhashable> {
        match of.kind() {
            TypeKind::Float32 | TypeKind::Float64 => self.mix(float(of.float())),
            TypeKind::String => self.mix(bytes(of.bytes())),
            TypeKind::Slice if of.desc().elem().has(TypeDesc::FLAT) => self.mix(bytes(of.raw_elements())),
            TypeKind::Slice | TypeKind::Array => {
                self.mix(of.len() as u64);
                for element in of.elements() {
                    self.add(element)?;
                }
            }
            TypeKind::Struct | TypeKind::Tuple => {
                // Blank fields are not compared.
                for field in of.desc().fields().iter().filter(|field| field.name.as_str() != "_") {
                    self.later_or_now(of.field(field), field.boxed())?;
                }
            }
            TypeKind::Enum => {
                self.mix(word(of.case() as u64));
                for field in of.desc().cases()[of.case()].fields() {
                    self.later_or_now(of.field(field), field.boxed())?;
                }
            }
            TypeKind::Optional => {
                let some = of.some();
                self.mix(word(some.is_some().into()));
                self.later_or_now(some, of.desc().has(TypeDesc::BOXED))?;
            }
            TypeKind::Result => {
                let (Ok(part) | Err(part)) = of.result();
                self.mix(word(of.result().is_ok().into()));
                self.add(part)?;
            }
            TypeKind::Interface => match of.dynamic() {
                None => self.mix(0),
                Some(part) => {
                    self.mix(word(part.desc().id.into()));
                    self.add(part)?;
                }
            },
            TypeKind::Map => {
                // Equal maps may have been filled in different orders.
                let mut sum = 0_u64;
                for (k, v) in of.entries() {
                    sum = sum.wrapping_add(fold(value(k)?, value(v)? | 1));
                }
                self.mix(sum);
            }
            TypeKind::Func => return Err(Unhashable(of.desc().name())),
            _ => match of.raw() {
                &[] => self.mix(1),
                raw => self.mix(bytes(raw)),
            },
        }
        Ok(())
    }

    fn later_or_now(&mut self, part: Option<Value<'a>>, boxed: bool) -> Result<(), Unhashable> {
        match part {
            Some(part) if boxed => self.later.push(part),
            Some(part) => self.add(part)?,
            None => self.mix(2),
        }
        Ok(())
    }
}
