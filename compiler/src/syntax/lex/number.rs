//! Numbers: integers and floats in Go's four bases, imaginary literals, and Goo's durations (`100ms`, `1h30m`).
//!
//! Mistakes are worded as Go words them. Digits that do not fit the base are still eaten, so that one bad digit is
//! one error.

use super::LexError;
use crate::diagnostics::Code;
use crate::syntax::token::Tok;

/// The units of duration literals, in nanoseconds. The longer of two that begin alike stands first.
pub(crate) const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The most digits that a number may have, which is Go's limit: reading more takes quadratic time.
const MAX_LENGTH: usize = 10_000;

/// Scans the number at `start` and gives its kind and end.
pub(super) fn scan(text: &str, start: usize, errors: &mut Vec<LexError>) -> (Tok, usize) {
    let mut scan = Scan { text, start, at: start, errors, failed: false };
    let tok = scan.number();
    let end = scan.at;
    if !scan.failed && end - start > MAX_LENGTH {
        scan.fail(start, end, format!("number of {} characters is too long", end - start));
    }
    (tok, end)
}

struct Scan<'a> {
    text: &'a str,
    start: usize,
    at: usize,
    errors: &'a mut Vec<LexError>,
    failed: bool,
}

/// How the digits before the point are written.
#[derive(Clone, Copy, PartialEq)]
enum Base {
    Decimal,
    Hex,
    Binary,
    /// `0o17`.
    Octal,
    /// `017`: decimal after all, if a point, an exponent or an `i` follows.
    OldOctal,
}

impl Base {
    fn name(self) -> &'static str {
        match self {
            Base::Decimal => "decimal",
            Base::Hex => "hexadecimal",
            Base::Binary => "binary",
            Base::Octal | Base::OldOctal => "octal",
        }
    }

    fn radix(self) -> u8 {
        match self {
            Base::Decimal => 10,
            Base::Hex => 16,
            Base::Binary => 2,
            Base::Octal | Base::OldOctal => 8,
        }
    }
}

/// What a run of digits was like.
#[derive(Default)]
struct Digits {
    count: usize,
    /// The first digit that the base does not have.
    invalid: Option<usize>,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn fail(&mut self, start: usize, end: usize, message: impl Into<String>) {
        self.fail_with(start, end, message, None);
    }

    fn fail_with(&mut self, start: usize, end: usize, message: impl Into<String>, help: Option<String>) {
        // One number, one error.
        if !self.failed {
            self.failed = true;
            self.errors.push(LexError {
                code: Code::LexNumber,
                start: start as u32,
                end: end as u32,
                message: message.into(),
                help,
            });
        }
    }

    fn number(&mut self) -> Tok {
        let (base, mut digits) = self.whole_part();
        let mut float = false;
        // `1..5` is an interval of two integers.
        if self.peek(0) == b'.' && self.peek(1) != b'.' {
            float = true;
            let point = self.at;
            self.at += 1;
            if matches!(base, Base::Binary | Base::Octal) {
                self.fail(point, point + 1, format!("invalid radix point in {} literal", base.name()));
            }
            let radix = if base == Base::Hex { 16 } else { 10 };
            digits.count += self.digits(radix).count;
        }
        if digits.count == 0 {
            let example = match base {
                Base::Hex => "0x1F",
                Base::Binary => "0b101",
                _ => "0o17",
            };
            let help = Some(format!("digits follow the prefix: `{example}`"));
            self.fail_with(self.start, self.at, format!("{} literal has no digits", base.name()), help);
        }
        let exponent = self.exponent(base, float);
        float |= exponent;
        self.ending(base, float, exponent, &digits)
    }

    /// The prefix and the digits before the point.
    fn whole_part(&mut self) -> (Base, Digits) {
        if self.peek(0) == b'.' {
            return (Base::Decimal, Digits::default());
        }
        let base = match (self.peek(0), self.peek(1) | 0x20) {
            (b'0', b'x') => Base::Hex,
            (b'0', b'b') => Base::Binary,
            (b'0', b'o') => Base::Octal,
            (b'0', _) if self.peek(1).is_ascii_digit() || self.peek(1) == b'_' => Base::OldOctal,
            _ => Base::Decimal,
        };
        match base {
            Base::Decimal => {}
            Base::OldOctal => self.at += 1,
            _ => self.at += 2,
        }
        let mut digits = self.digits(base.radix());
        if base == Base::OldOctal {
            digits.count += 1;
        }
        (base, digits)
    }

    /// A run of digits and `_`.
    fn digits(&mut self, radix: u8) -> Digits {
        let mut found = Digits::default();
        // A prefix counts as a digit for `_`: `0x_1` is good.
        let mut after_digit = self.at > self.start && self.text.as_bytes()[self.at - 1] != b'.';
        loop {
            let c = self.peek(0);
            if c == b'_' {
                let next = self.peek(1);
                let digit_next = if radix == 16 { next.is_ascii_hexdigit() } else { next.is_ascii_digit() };
                if !after_digit || !digit_next {
                    let help = Some("one `_` stands between two digits: `1_000_000`".to_owned());
                    self.fail_with(self.at, self.at + 1, "`_` must separate successive digits", help);
                }
                after_digit = false;
            } else if c.is_ascii_digit() || (radix == 16 && c.is_ascii_hexdigit()) {
                if radix < 10 && c - b'0' >= radix && found.invalid.is_none() {
                    found.invalid = Some(self.at);
                }
                found.count += 1;
                after_digit = true;
            } else {
                return found;
            }
            self.at += 1;
        }
    }

    /// `e-5`, `p10`; tells whether there was one.
    fn exponent(&mut self, base: Base, float: bool) -> bool {
        let marker = self.peek(0) | 0x20;
        // Hexadecimal digits have eaten an `e`.
        if !matches!(marker, b'e' | b'p') {
            if base == Base::Hex && float {
                self.fail(self.start, self.at, "hexadecimal mantissa requires a `p` exponent");
            }
            return false;
        }
        if marker == b'e' && !matches!(base, Base::Decimal | Base::OldOctal) {
            self.fail(self.at, self.at + 1, "`e` exponent requires decimal mantissa");
        }
        if marker == b'p' && base != Base::Hex {
            self.fail(self.at, self.at + 1, "`p` exponent requires hexadecimal mantissa");
        }
        self.at += 1;
        if matches!(self.peek(0), b'+' | b'-') {
            self.at += 1;
        }
        if self.digits(10).count == 0 {
            self.fail(self.start, self.at, "exponent has no digits");
        }
        true
    }

    /// What stands behind the digits, and what kind of literal that makes.
    fn ending(&mut self, base: Base, float: bool, exponent: bool, digits: &Digits) -> Tok {
        let next_is_word = |scan: &Self| scan.peek(1).is_ascii_alphanumeric() || scan.peek(1) == b'_';
        if self.peek(0) == b'i' && !next_is_word(self) {
            self.at += 1;
            return Tok::Imaginary;
        }
        if matches!(base, Base::Decimal | Base::OldOctal) && !exponent && self.duration() {
            return Tok::Duration;
        }
        if float {
            return Tok::Float;
        }
        if let Some(at) = digits.invalid {
            let digit = self.text.as_bytes()[at] as char;
            let help = (base == Base::OldOctal).then(|| {
                "a number that begins with `0` is octal, as `0o17` is; a decimal one has no `0` before it"
                    .to_owned()
            });
            let message = format!("invalid digit '{digit}' in {} literal", base.name());
            self.fail_with(at, at + 1, message, help);
        }
        Tok::Int
    }

    /// `ms`, `h30m`, after the first number of a duration; tells whether it is one.
    fn duration(&mut self) -> bool {
        let Some(first) = self.unit() else { return false };
        self.at += first;
        loop {
            let before = self.at;
            if !self.peek(0).is_ascii_digit() {
                break;
            }
            self.digits(10);
            if self.peek(0) == b'.' && self.peek(1).is_ascii_digit() {
                self.at += 1;
                self.digits(10);
            }
            match self.unit() {
                Some(length) => self.at += length,
                None => {
                    self.at = before;
                    break;
                }
            }
        }
        let word = self.text[self.at..].find(|c: char| !super::is_identifier_char(c));
        let word = word.unwrap_or(self.text.len() - self.at);
        if word > 0 {
            let end = self.at + word;
            self.fail(self.start, end, "invalid duration: the units are ns, us, ms, s, m and h");
            self.at = end;
        } else if !self.failed && crate::syntax::literal::duration(&self.text[self.start..self.at]).is_none()
        {
            self.fail(self.start, self.at, "duration does not fit in 64 bits of nanoseconds");
        }
        true
    }

    /// The length of the unit that stands here, if what follows it can follow a unit.
    fn unit(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let (unit, _) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        let next = rest[unit.len()..].chars().next().unwrap_or(' ');
        (next.is_ascii_digit() || !super::is_identifier_char(next)).then_some(unit.len())
    }
}
