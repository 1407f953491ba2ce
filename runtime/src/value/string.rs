//! Strings: slices of bytes that nobody changes, usually UTF-8.

use super::desc::{RUNE, STRING};
use super::slice::{self, EMPTY};
use crate::abi::layout::Slice;
use crate::abi::native::lent_bytes;

/// The bytes one after the other, in one new string.
pub fn concat(parts: &[&[u8]]) -> Slice {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    if len == 0 {
        return EMPTY;
    }
    let owner = slice::new_storage(&super::desc::BYTE, len as i64);
    let mut to = slice::data(owner);
    // SAFETY: the storage has room for all of them.
    unsafe {
        for part in parts {
            std::ptr::copy_nonoverlapping(part.as_ptr(), to, part.len());
            to = to.add(part.len());
        }
        (*owner).init = len as i64;
    }
    Slice { owner, ptr: slice::data(owner), len: len as i64 }
}

/// A string that shares what it was given, when that is all of the result: `a + ""`.
pub fn concat_slices(parts: &[Slice]) -> Slice {
    let mut full = parts.iter().filter(|part| part.len > 0);
    match (full.next(), full.next()) {
        (None, _) => EMPTY,
        (Some(only), None) => only.retained(),
        _ => {
            // SAFETY: strings lent for the call (rule 2).
            let bytes: smallvec::SmallVec<[&[u8]; 8]> =
                parts.iter().map(|part| unsafe { lent_bytes(part) }).collect();
            concat(&bytes)
        }
    }
}

/// The first character and how many bytes it takes: `(U+FFFD, 1)` for what is not UTF-8, `(U+FFFD, 0)` at the end.
pub fn decode(bytes: &[u8]) -> (u32, usize) {
    let Some(&first) = bytes.first() else { return (0xFFFD, 0) };
    if first < 0x80 {
        return (first.into(), 1);
    }
    let width = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (0xFFFD, 1),
    };
    match bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
        Some(text) => (text.chars().next().map_or(0xFFFD, u32::from), width),
        None => (0xFFFD, 1),
    }
}

/// The last character and how many bytes it takes.
pub fn decode_last(bytes: &[u8]) -> (u32, usize) {
    let len = bytes.len();
    if len == 0 {
        return (0xFFFD, 0);
    }
    // It begins at the last byte that does not continue a character.
    let first = (1..=len.min(4)).find(|back| bytes[len - back] & 0xC0 != 0x80);
    if let Some(back) = first {
        let (rune, width) = decode(&bytes[len - back..]);
        if width == back {
            return (rune, width);
        }
    }
    (0xFFFD, 1)
}

/// A rune as Go converts it: what is no character becomes U+FFFD.
pub fn character(rune: i64) -> char {
    u32::try_from(rune).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}')
}

pub fn push_rune(out: &mut Vec<u8>, rune: i64) {
    let mut buffer = [0; 4];
    out.extend_from_slice(character(rune).encode_utf8(&mut buffer).as_bytes());
}

/// The characters of a string, as Go's `range` finds them, with their positions.
pub fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, u32)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (rune, width) = decode(&bytes[at..]);
        let here = at;
        at += width;
        (width > 0).then_some((here, rune))
    })
}

pub fn from_rune(rune: i64) -> Slice {
    let mut buffer = [0; 4];
    slice::from_bytes(character(rune).encode_utf8(&mut buffer).as_bytes())
}

pub fn from_runes(runes: &[i32]) -> Slice {
    let mut out = Vec::with_capacity(runes.len());
    for &rune in runes {
        push_rune(&mut out, rune.into());
    }
    slice::from_bytes(&out)
}

pub fn to_runes(bytes: &[u8]) -> Slice {
    slice::from_values(&RUNE, runes(bytes).map(|(_, rune)| rune as i32).collect())
}

/// A `[]string`.
pub fn slice_of(strings: Vec<Slice>) -> Slice {
    slice::from_values(&STRING, strings)
}
