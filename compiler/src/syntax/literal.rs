//! The values of literals, read from their text.
//!
//! The lexer has reported what is wrong in a literal; here a wrong one just gets some value.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::Zero;

use super::ast::Lit;
use super::lex::UNITS;
use super::real::Real;
use super::token::Tok;

/// More digits than any constant that the checker accepts can have; those of a literal that count.
const MAX_DIGITS: usize = 800;

/// A literal is exact up to this power of its base; beyond, it is as precise as a [`Real`]. So no literal costs more than its
/// length.
const MAX_EXACT: i64 = 1_200;

/// The value of a literal token.
pub fn value(tok: Tok, text: &str) -> Lit {
    match tok {
        Tok::Int => Lit::Int(integer(text)),
        Tok::Float => Lit::Float(float(text)),
        Tok::Duration => Lit::Duration(duration(text).unwrap_or(0)),
        Tok::Rune => Lit::Rune(rune(text)),
        Tok::Str => Lit::Str(unescape(inside(text, '"'))),
        Tok::RawStr => Lit::Str(inside(text, '`').bytes().filter(|b| *b != b'\r').collect()),
        _ => Lit::Imaginary,
    }
}

/// The text between the quotes; the closing one may be missing.
fn inside(text: &str, quote: char) -> &str {
    let text = text.strip_prefix(quote).unwrap_or(text);
    text.strip_suffix(quote).unwrap_or(text)
}

fn integer(text: &str) -> BigInt {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (digits, radix) = match lower.as_deref() {
        Some("0x") => (&digits[2..], 16),
        Some("0b") => (&digits[2..], 2),
        Some("0o") => (&digits[2..], 8),
        _ if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        _ => (digits.as_str(), 10),
    };
    // One that is cut off still does not fit anywhere.
    let digits = digits.trim_start_matches('0');
    BigInt::parse_bytes(digits.get(..MAX_DIGITS).unwrap_or(digits).as_bytes(), radix).unwrap_or_default()
}

/// The value of a decimal or hexadecimal float.
fn float(text: &str) -> BigRational {
    let text: String = text.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
    let (mantissa, radix, marker) = match text.strip_prefix("0x") {
        Some(rest) => (rest, 16, 'p'),
        None => (text.as_str(), 10, 'e'),
    };
    let (mantissa, exponent) = mantissa.split_once(marker).unwrap_or((mantissa, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.parse::<i64>().unwrap_or(match exponent {
        // A mistake that the lexer has reported.
        "" | "+" | "-" => 0,
        _ if exponent.starts_with('-') => i64::MIN / 4,
        _ => i64::MAX / 4,
    });
    let exponent = exponent.clamp(i64::MIN / 4, i64::MAX / 4);
    let places = |digits: usize| digits as i64 * if radix == 16 { 4 } else { 1 };
    let all = format!("{whole}{fraction}");
    let mut digits = all.trim_start_matches('0').to_owned();
    let mut exponent = exponent - places(fraction.len());
    if digits.len() > MAX_DIGITS {
        exponent += places(digits.len() - MAX_DIGITS);
        // A value between two floats stays on its side of the middle.
        let more = digits.bytes().skip(MAX_DIGITS).any(|digit| digit != b'0');
        digits.truncate(MAX_DIGITS);
        if more {
            digits.push('1');
            exponent -= places(1);
        }
    }
    let digits = BigUint::parse_bytes(digits.as_bytes(), radix).unwrap_or_default();
    if digits.is_zero() {
        return BigRational::zero();
    }
    match radix {
        16 => Real::binary(digits, exponent).into_fraction(),
        _ if exponent.abs() <= MAX_EXACT => exact(digits, exponent),
        _ => Real::decimal(digits, exponent).into_fraction(),
    }
}

/// `digits * 10^exponent`, exactly. The digits are not zero.
fn exact(digits: BigUint, exponent: i64) -> BigRational {
    let power = BigUint::from(10u32).pow(exponent.unsigned_abs() as u32);
    if exponent >= 0 {
        return BigRational::from_integer(BigInt::from(digits * power));
    }
    // One division first: finding what two long numbers have in common takes quadratic time.
    let common = (&power % &digits).gcd(&digits);
    BigRational::new_raw(BigInt::from(digits / &common), BigInt::from(power / common))
}

/// The nanoseconds of `1h30m`, `1.5s`; `None` if they do not fit, or if the text is none.
pub(super) fn duration(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    let mut rest = text.as_str();
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let (unit, nanos) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit))?;
        rest = &tail[unit.len()..];
        total = total.checked_add(part(number, *nanos)?)?;
    }
    Some(total)
}

/// `number` units of `nanos` nanoseconds, cut to whole nanoseconds.
fn part(number: &str, nanos: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()? };
    // A nanosecond is at most the 14th decimal place of an hour.
    let fraction = &fraction[..fraction.len().min(14)];
    let places = fraction.bytes().fold(0i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    let extra = places * i128::from(nanos) / 10i128.pow(fraction.len() as u32);
    whole.checked_mul(nanos)?.checked_add(i64::try_from(extra).ok()?)
}

fn rune(text: &str) -> u32 {
    let text = inside(text, '\'');
    if let Some(escape) = text.strip_prefix('\\') {
        let mut out = Vec::new();
        return escaped(escape, &mut out).0;
    }
    text.chars().next().map_or(0, u32::from)
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(backslash) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..backslash]);
        let escape = &rest[backslash + 1..];
        let (_, length) = escaped(escape, &mut out);
        rest = &escape[length..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Reads the escape behind a backslash: appends its bytes and gives its value and its length.
fn escaped(escape: &str, out: &mut Vec<u8>) -> (u32, usize) {
    let Some(c) = escape.chars().next() else { return (0, 0) };
    let simple = match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        'x' => return numeric(escape, 1, 2, 16, out),
        'u' => return numeric(escape, 1, 4, 16, out),
        'U' => return numeric(escape, 1, 8, 16, out),
        '0'..='7' => return numeric(escape, 0, 3, 8, out),
        _ => {
            let mut buffer = [0; 4];
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
            return (u32::from(c), c.len_utf8());
        }
    };
    out.push(simple);
    (u32::from(simple), 1)
}

/// `xff`, `377` (bytes), `u00e9`, `U0001F600` (code points).
fn numeric(escape: &str, prefix: usize, digits: usize, radix: u32, out: &mut Vec<u8>) -> (u32, usize) {
    let length = escape[prefix..].chars().take(digits).take_while(|c| c.is_digit(radix)).count();
    let value = u32::from_str_radix(&escape[prefix..prefix + length], radix).unwrap_or(0);
    if digits > 3 {
        let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        let mut buffer = [0; 4];
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    } else {
        out.push(value as u8);
    }
    (value, prefix + length)
}

#[cfg(test)]
mod tests {
    use num_traits::Signed;

    use super::*;

    #[test]
    fn durations_add_up() {
        assert_eq!(duration("1h30m"), Some(5_400_000_000_000));
        assert_eq!(duration("1.5s"), Some(1_500_000_000));
        assert_eq!(duration("10\u{b5}s"), Some(10_000));
        assert_eq!(duration("9999999999h"), None);
    }

    #[test]
    fn floats_are_exact() {
        assert_eq!(float("0x1p-2"), BigRational::new(1.into(), 4.into()));
        assert_eq!(float("1_0.25e1"), BigRational::new(205.into(), 2.into()));
        // Too small for any float, and still a fraction.
        assert!(!float("1e-999999999999999999999").is_integer());
        assert_eq!(float("3e"), BigRational::from_integer(3.into()));
        assert_eq!(float("12.50e-3"), BigRational::new(1.into(), 80.into()));
    }

    #[test]
    fn long_literals_are_rounded() {
        let digits = "3".repeat(5_000);
        let third = float(&format!("0.{digits}")) - BigRational::new(1.into(), 3.into());
        assert!(third.abs() < BigRational::new(1.into(), BigInt::from(1) << 1_000));
        assert!(integer(&digits).bits() > 512);
        // No literal costs more than its length.
        for huge in ["1e99999999", "0x1p99999999", "1e-99999999", "0x1p-99999999"] {
            assert!(float(huge).numer().bits() + float(huge).denom().bits() < 100_000, "{huge}");
        }
    }

    #[test]
    fn integers_in_each_base() {
        for (text, value) in
            [("0x_ff", 255), ("0b101", 5), ("0o17", 15), ("017", 15), ("1_000", 1000), ("0", 0)]
        {
            assert_eq!(integer(text), BigInt::from(value), "{text}");
        }
    }

    #[test]
    fn strings_keep_bytes() {
        assert_eq!(value_of("\"a\\xff\\u00e9\\n\\101\""), b"a\xff\xc3\xa9\nA");
        assert_eq!(value_of("\"\\\\\""), b"\\");
    }

    fn value_of(text: &str) -> Vec<u8> {
        match value(Tok::Str, text) {
            Lit::Str(bytes) => bytes,
            other => panic!("{other:?}"),
        }
    }
}
