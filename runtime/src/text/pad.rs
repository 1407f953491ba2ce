//! Width, precision and flags: how `fmt` writes scalars and strings.

use super::float;
use super::quote::{self, Keep};
use super::unicode::is_print;
use crate::value::string::{character, decode, push_rune};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub minus: bool,
    pub plus: bool,
    pub sharp: bool,
    pub space: bool,
    pub zero: bool,
    /// `%+v` and `%#v`, for which the flags themselves are off.
    pub plus_v: bool,
    pub sharp_v: bool,
}

impl Flags {
    /// What a directive asks: its flags, one bit for each of `+-# 0`, its width and precision, or -1, and its verb.
    pub fn directive(&self, verb: char) -> [i64; 4] {
        let flags = [self.plus || self.plus_v, self.minus, self.sharp || self.sharp_v, self.space, self.zero];
        let bits = flags.iter().enumerate().map(|(bit, &on)| i64::from(on) << bit).sum();
        let number = |number: Option<usize>| number.map_or(-1, |number| number as i64);
        [bits, number(self.width), number(self.precision), verb as i64]
    }
}

/// Text that is being written, and how.
#[derive(Default)]
pub struct Writer {
    pub out: Vec<u8>,
    pub flags: Flags,
}

impl Writer {
    pub fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    fn padding(&mut self, count: usize) {
        // Zeros go to the left only.
        let byte = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        self.out.resize(self.out.len() + count, byte);
    }

    /// Writes the text with the width that is asked for.
    pub fn pad(&mut self, text: &[u8]) {
        let Some(width) = self.flags.width.filter(|&width| width > 0) else {
            return self.out.extend_from_slice(text);
        };
        let missing = width.saturating_sub(count_runes(text));
        if !self.flags.minus {
            self.padding(missing);
        }
        self.out.extend_from_slice(text);
        if self.flags.minus {
            self.padding(missing);
        }
    }

    /// [`Self::pad`] with blanks, for what has its own zeros.
    fn pad_blank(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    pub fn bool(&mut self, value: bool) {
        self.pad(if value { b"true" } else { b"false" });
    }

    /// `magnitude` in a base, with the sign and the prefix that flags and verb ask for.
    pub fn integer(&mut self, magnitude: u64, negative: bool, base: u32, verb: char) {
        let flags = self.flags;
        let signed = negative || flags.plus || flags.space;
        let least = match (flags.precision, flags.width) {
            (Some(0), _) if magnitude == 0 => {
                let width = flags.width.unwrap_or(0);
                let zero = std::mem::replace(&mut self.flags.zero, false);
                self.padding(width);
                self.flags.zero = zero;
                return;
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => width.saturating_sub(signed.into()),
            _ => 0,
        };
        let mut digits = in_base(magnitude, base, verb == 'X');
        if digits.len() < least {
            let zeros = least - digits.len();
            digits.splice(0..0, std::iter::repeat_n(b'0', zeros));
        }
        let mut text = Vec::with_capacity(digits.len() + 4);
        if negative {
            text.push(b'-');
        } else if flags.plus {
            text.push(b'+');
        } else if flags.space {
            text.push(b' ');
        }
        if verb == 'O' {
            text.extend_from_slice(b"0o");
        }
        if flags.sharp {
            match base {
                2 => text.extend_from_slice(b"0b"),
                8 if digits[0] != b'0' => text.push(b'0'),
                16 => text.extend_from_slice(if verb == 'X' { b"0X" } else { b"0x" }),
                _ => {}
            }
        }
        text.extend_from_slice(&digits);
        self.pad_blank(&text);
    }

    /// `0x2a`, whatever the flags say.
    pub fn hex(&mut self, value: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefix);
        self.integer(value, false, 16, 'v');
        self.flags.sharp = sharp;
    }

    pub fn float(&mut self, value: f64, bits: u32, verb: char, default: i64) {
        let precision = self.flags.precision.map_or(default, |precision| precision as i64);
        let letter = if verb == 'v' { b'g' } else { verb as u8 };
        let mut text = float::format(value, letter, precision, bits);
        if text[0] != b'-' && text[0] != b'+' {
            text.insert(0, b'+');
        }
        let flags = self.flags;
        if flags.space && text[0] == b'+' && !flags.plus {
            text[0] = b' ';
        }
        if matches!(text[1], b'I' | b'N') {
            let plain = text[1] == b'N' && !flags.space && !flags.plus;
            return self.pad_blank(&text[usize::from(plain)..]);
        }
        if flags.sharp && verb != 'b' {
            keep_zeros(&mut text, verb, precision);
        }
        if !flags.plus && text[0] == b'+' {
            return self.pad(&text[1..]);
        }
        let zeros = flags.width.unwrap_or(0).saturating_sub(text.len());
        if flags.zero && !flags.minus && zeros > 0 {
            // The sign comes before the zeros.
            self.byte(text[0]);
            self.padding(zeros);
            return self.out.extend_from_slice(&text[1..]);
        }
        self.pad(&text);
    }

    /// `%s`.
    pub fn string(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        self.pad(text);
    }

    /// As much of a text as the precision allows.
    fn truncated<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let Some(precision) = self.flags.precision else { return text };
        let mut at = 0;
        for _ in 0..precision {
            at += decode(&text[at..]).1;
        }
        &text[..at]
    }

    /// `%q`.
    pub fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.flags.sharp && quote::can_backquote(text) {
            return self.pad(&[b"`", text, b"`"].concat());
        }
        self.pad(&quote::quote(text, b'"', self.keep()));
    }

    fn keep(&self) -> Keep {
        if self.flags.plus { Keep::Ascii } else { Keep::Printable }
    }

    /// `%x` and `%X` of bytes.
    pub fn hex_bytes(&mut self, bytes: &[u8], upper: bool) {
        let flags = self.flags;
        let bytes = &bytes[..bytes.len().min(flags.precision.unwrap_or(usize::MAX))];
        let mut text = Vec::with_capacity(bytes.len() * 2);
        for (i, byte) in bytes.iter().enumerate() {
            if flags.space && i > 0 {
                text.push(b' ');
            }
            if flags.sharp && (flags.space || i == 0) {
                text.extend_from_slice(if upper { b"0X" } else { b"0x" });
            }
            let digits = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
            text.extend_from_slice(digits.as_bytes());
        }
        self.pad(&text);
    }

    /// `%c`.
    pub fn character(&mut self, value: u64) {
        let mut text = Vec::new();
        push_rune(&mut text, i64::try_from(value).unwrap_or(-1));
        self.pad(&text);
    }

    /// `%q` of a number.
    pub fn quoted_character(&mut self, value: u64) {
        let text = quote::quote_rune(i64::try_from(value).unwrap_or(-1), self.keep());
        self.pad(&text);
    }

    /// `%U`.
    pub fn unicode(&mut self, value: u64) {
        let digits = self.flags.precision.unwrap_or(4).max(4);
        let mut text = format!("U+{value:0digits$X}");
        if self.flags.sharp && u32::try_from(value).is_ok_and(is_print) {
            text.push_str(&format!(" '{}'", character(value as i64)));
        }
        self.pad_blank(text.as_bytes());
    }
}

pub fn count_runes(text: &[u8]) -> usize {
    if text.is_ascii() { text.len() } else { crate::value::string::runes(text).count() }
}

pub fn in_base(mut value: u64, base: u32, upper: bool) -> Vec<u8> {
    if base == 10 {
        return Decimal::of(value, false).bytes().to_vec();
    }
    let mut digits = [0_u8; 64];
    let mut at = digits.len();
    let base = u64::from(base);
    loop {
        at -= 1;
        let digit = (value % base) as u8;
        digits[at] = match digit {
            0..10 => b'0' + digit,
            _ if upper => b'A' + digit - 10,
            _ => b'a' + digit - 10,
        };
        value /= base;
        if value == 0 {
            return digits[at..].to_vec();
        }
    }
}

/// The decimal digits of a number, behind its sign.
pub struct Decimal {
    buffer: [u8; DIGITS],
    start: usize,
}

/// Room for any integer in decimal, its sign included.
pub const DIGITS: usize = 24;

impl Decimal {
    #[inline]
    pub fn of(value: u64, negative: bool) -> Decimal {
        let mut buffer = [0; DIGITS];
        let start = Decimal::write(value, negative, &mut buffer);
        Decimal { buffer, start }
    }

    /// Writes at the end of the room that there is; gives where the text starts.
    #[inline]
    pub fn write(mut value: u64, negative: bool, buffer: &mut [u8; DIGITS]) -> usize {
        // Two digits for each division.
        const PAIRS: [[u8; 2]; 100] = {
            let mut pairs = [[0; 2]; 100];
            let mut i = 0;
            while i < 100 {
                pairs[i] = [b'0' + i as u8 / 10, b'0' + i as u8 % 10];
                i += 1;
            }
            pairs
        };
        let mut start = buffer.len();
        // No number has more pairs: the bound spares the checks of `start`.
        for pair in 1..=10 {
            if value < 10 {
                break;
            }
            start = DIGITS - 2 * pair;
            buffer[start..start + 2].copy_from_slice(&PAIRS[(value % 100) as usize]);
            value /= 100;
        }
        if value > 0 || start == buffer.len() {
            start -= 1;
            buffer[start] = b'0' + value as u8;
        }
        if negative {
            start -= 1;
            buffer[start] = b'-';
        }
        start
    }

    pub fn of_signed(value: i64) -> Decimal {
        Decimal::of(value.unsigned_abs(), value < 0)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }
}

/// The `#` flag for floats: always a point, and zeros at the end up to the precision. `text` starts with its sign.
fn keep_zeros(text: &mut Vec<u8>, verb: char, precision: i64) {
    let mut missing = match verb {
        'v' | 'g' | 'G' | 'x' if precision < 0 => 6,
        'v' | 'g' | 'G' | 'x' => precision,
        _ => 0,
    };
    let hex = matches!(verb, 'x' | 'X');
    let exponent = text
        .iter()
        .position(|byte| matches!(byte, b'p' | b'P') || (!hex && matches!(byte, b'e' | b'E')))
        .unwrap_or(text.len());
    let tail = text.split_off(exponent);
    let mut point = false;
    let mut significant = false;
    for &byte in &text[1..] {
        if byte == b'.' {
            point = true;
            continue;
        }
        significant |= byte != b'0';
        missing -= i64::from(significant);
    }
    if !point {
        if text.len() == 2 && text[1] == b'0' {
            missing -= 1;
        }
        text.push(b'.');
    }
    text.resize(text.len() + missing.max(0) as usize, b'0');
    text.extend_from_slice(&tail);
}
