//! What does `Sscan` find in a text? Go's scanning of blanks, tokens and formats.
//!
//! Errors are texts; `EOF` and `unexpected EOF` stand for the values of package `io`, which the Goo side puts in their place.

use super::number::{Wrong, parse_float, parse_int, parse_uint};
use super::quote::{quote, unquote};
use super::unicode::is_space;
use crate::abi::layout::{Interface, Slice, TypeDesc, TypeKind};
use crate::value::string::decode;
use crate::value::{count, slice};

/// Which function of `fmt` scans.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Newlines are blanks.
    Scan,
    /// A newline ends the scanning.
    Scanln,
    Scanf,
}

/// How a scan went.
pub struct Scanned {
    /// Arguments that have got values.
    pub count: i64,
    /// How much of the text was used.
    pub used: usize,
    /// Empty when nothing is wrong.
    pub error: String,
}

const EOF: &str = "EOF";

/// Scans the text into the arguments: variables, as interface values of their types.
pub fn scan(mode: Mode, text: &[u8], format: &[u8], args: &mut [Interface]) -> Scanned {
    let mut scanner = Scanner { text, at: 0, mode, width: None, count: 0 };
    let result = match mode {
        Mode::Scanf => scanner.formatted(format, args),
        _ => scanner.plain(args),
    };
    Scanned { count: scanner.count, used: scanner.at, error: result.err().unwrap_or_default() }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    mode: Mode,
    /// Characters that the value may still take.
    width: Option<usize>,
    count: i64,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u32> {
        if self.width == Some(0) {
            return None;
        }
        let (rune, width) = decode(&self.text[self.at..]);
        (width > 0).then_some(rune)
    }

    fn next(&mut self) -> Option<u32> {
        let rune = self.peek()?;
        self.at += decode(&self.text[self.at..]).1;
        if let Some(width) = &mut self.width {
            *width -= 1;
        }
        Some(rune)
    }

    fn peek_byte(&self) -> Option<u8> {
        self.peek().and_then(|rune| u8::try_from(rune).ok())
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let found = self.peek_byte().is_some_and(|byte| set.contains(&byte));
        if found {
            self.next();
        }
        found
    }

    fn skip_space(&mut self) -> Result<(), String> {
        while let Some(rune) = self.peek() {
            if rune == u32::from(b'\r') && self.text[self.at..].starts_with(b"\r\n") {
                self.next();
                continue;
            }
            if rune == u32::from(b'\n') {
                if self.mode == Mode::Scan {
                    self.next();
                    continue;
                }
                return Err("unexpected newline".into());
            }
            if !is_space(rune) {
                break;
            }
            self.next();
        }
        Ok(())
    }

    fn not_at_end(&self) -> Result<(), String> {
        if self.peek().is_none() { Err(EOF.into()) } else { Ok(()) }
    }

    fn plain(&mut self, args: &mut [Interface]) -> Result<(), String> {
        for arg in args {
            self.one('v', arg)?;
            self.count += 1;
        }
        if self.mode == Mode::Scanln {
            // Only blanks may follow, up to the newline.
            while let Some(rune) = self.next() {
                if rune == u32::from(b'\n') {
                    break;
                }
                if !is_space(rune) {
                    return Err("expected newline".into());
                }
            }
        }
        Ok(())
    }

    fn one(&mut self, verb: char, arg: &mut Interface) -> Result<(), String> {
        // SAFETY: descriptors are static.
        let Some(desc) = (unsafe { arg.desc.as_ref() }) else {
            return Err("can't scan type: <nil>".into());
        };
        match desc.kind {
            TypeKind::Bool => {
                let value = self.bool(verb)?;
                arg.data = value.into();
            }
            TypeKind::Int32 if verb == 'c' => {
                self.not_at_end()?;
                arg.data = self.next().unwrap_or(0).into();
            }
            TypeKind::Int
            | TypeKind::Int8
            | TypeKind::Int16
            | TypeKind::Int32
            | TypeKind::Int64
            | TypeKind::Duration => {
                let value = self.int(verb, desc.size as u32 * 8)?;
                arg.data = masked(value as u64, desc);
            }
            TypeKind::Uint
            | TypeKind::Uint8
            | TypeKind::Uint16
            | TypeKind::Uint32
            | TypeKind::Uint64
            | TypeKind::Uintptr => arg.data = masked(self.uint(verb, desc.size as u32 * 8)?, desc),
            TypeKind::Float64 => arg.data = self.float(verb, 64)?.to_bits(),
            TypeKind::Float32 => arg.data = (self.float(verb, 32)? as f32).to_bits().into(),
            TypeKind::String => store(arg, slice::from_bytes(&self.string(verb)?)),
            TypeKind::Slice if desc.elem().kind == TypeKind::Uint8 => {
                store(arg, slice::from_bytes(&self.string(verb)?));
            }
            _ => return Err(format!("can't scan type: {}", desc.name())),
        }
        Ok(())
    }

    fn check_verb(verb: char, good: &str, what: &str) -> Result<(), String> {
        if good.contains(verb) { Ok(()) } else { Err(format!("bad verb '%{verb}' for {what}")) }
    }

    fn bool(&mut self, verb: char) -> Result<bool, String> {
        self.skip_space()?;
        self.not_at_end()?;
        Self::check_verb(verb, "tv", "boolean")?;
        let wrong = || Err("syntax error scanning boolean".to_owned());
        match self.next().and_then(|rune| u8::try_from(rune).ok()) {
            Some(b'0') => Ok(false),
            Some(b'1') => Ok(true),
            Some(b't' | b'T') => {
                if self.accept(b"rR") && !(self.accept(b"uU") && self.accept(b"eE")) {
                    return wrong();
                }
                Ok(true)
            }
            Some(b'f' | b'F') => {
                if self.accept(b"aA") && !(self.accept(b"lL") && self.accept(b"sS") && self.accept(b"eE")) {
                    return wrong();
                }
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    /// Digits of the verb's base, after a prefix if the verb allows one: the text, and the base.
    fn digits(&mut self, verb: char) -> Result<(Vec<u8>, u32), String> {
        let mut base = match verb {
            'b' => 2,
            'o' => 8,
            'x' | 'X' | 'U' => 16,
            _ => 10,
        };
        let mut text = Vec::new();
        let mut underscores = false;
        if verb == 'v' && self.peek_byte() == Some(b'0') {
            text.push(b'0');
            self.next();
            for (letters, of) in [(b"bB", 2), (b"oO", 8), (b"xX", 16)] {
                if self.accept(letters) {
                    base = of;
                    text.clear();
                }
            }
            // A zero alone is the prefix of an octal number, too.
            if base == 10 {
                base = 8;
            }
            underscores = true;
        }
        let start = text.len();
        while let Some(byte) = self.peek_byte() {
            let digit = (byte as char).to_digit(36).is_some_and(|digit| digit < base);
            if !digit && !(byte == b'_' && (underscores || verb == 'v')) {
                break;
            }
            if digit {
                text.push(byte);
            }
            self.next();
        }
        if text.len() == start && start == 0 {
            return Err("expected integer".into());
        }
        Ok((text, base))
    }

    fn int(&mut self, verb: char, bits: u32) -> Result<i64, String> {
        if verb == 'c' {
            self.not_at_end()?;
            return Ok(self.next().unwrap_or(0).into());
        }
        self.skip_space()?;
        self.not_at_end()?;
        Self::check_verb(verb, "bdoUxXv", "integer")?;
        let mut text = Vec::new();
        if verb == 'U' {
            if !(self.accept(b"U") && self.accept(b"+")) {
                return Err("bad unicode format ".into());
            }
        } else if let Some(sign @ (b'+' | b'-')) = self.peek_byte() {
            text.push(sign);
            self.next();
        }
        let (digits, base) = self.digits(verb)?;
        text.extend(digits);
        let shown = String::from_utf8_lossy(&text).into_owned();
        match parse_int(&text, base, bits) {
            Ok(value) => Ok(value),
            Err(Wrong::Range(_)) if parse_int(&text, base, 64).is_ok() => {
                Err(format!("integer overflow on token {shown}"))
            }
            Err(_) => Err(format!("strconv.ParseInt: parsing \"{shown}\": value out of range")),
        }
    }

    fn uint(&mut self, verb: char, bits: u32) -> Result<u64, String> {
        if verb == 'c' {
            self.not_at_end()?;
            return Ok(self.next().unwrap_or(0).into());
        }
        self.skip_space()?;
        self.not_at_end()?;
        Self::check_verb(verb, "bdoUxXv", "integer")?;
        if verb == 'U' && !(self.accept(b"U") && self.accept(b"+")) {
            return Err("bad unicode format ".into());
        }
        let (text, base) = self.digits(verb)?;
        let shown = String::from_utf8_lossy(&text).into_owned();
        match parse_uint(&text, base, bits) {
            Ok(value) => Ok(value),
            Err(Wrong::Range(_)) if parse_uint(&text, base, 64).is_ok() => {
                Err(format!("unsigned integer overflow on token {shown}"))
            }
            Err(_) => Err(format!("strconv.ParseUint: parsing \"{shown}\": value out of range")),
        }
    }

    fn float(&mut self, verb: char, bits: u32) -> Result<f64, String> {
        self.skip_space()?;
        self.not_at_end()?;
        Self::check_verb(verb, "beEfFgGv", "float64")?;
        let start = self.at;
        if self.accept(b"nN") {
            let _ = self.accept(b"aA") && self.accept(b"nN");
        } else {
            self.accept(b"+-");
            if self.accept(b"iI") {
                let _ = self.accept(b"nN") && self.accept(b"fF");
            } else {
                self.float_digits();
            }
        }
        let token: Vec<u8> = self.text[start..self.at].iter().copied().filter(|&byte| byte != b'_').collect();
        parse_float(&token, bits).map_err(|wrong| {
            let why = if wrong == Wrong::Syntax { "invalid syntax" } else { "value out of range" };
            format!("strconv.ParseFloat: parsing \"{}\": {why}", String::from_utf8_lossy(&token))
        })
    }

    fn float_digits(&mut self) {
        let mut digits: &[u8] = b"0123456789_";
        let mut exponent: &[u8] = b"eEpP";
        if self.accept(b"0") && self.accept(b"xX") {
            digits = b"0123456789aAbBcCdDeEfF_";
            exponent = b"pP";
        }
        while self.accept(digits) {}
        if self.accept(b".") {
            while self.accept(digits) {}
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            while self.accept(b"0123456789_") {}
        }
    }

    fn string(&mut self, verb: char) -> Result<Vec<u8>, String> {
        Self::check_verb(verb, "svqxX", "string")?;
        self.skip_space()?;
        self.not_at_end()?;
        let start = self.at;
        match verb {
            'q' => self.quoted(),
            'x' | 'X' => self.hex(),
            _ => {
                while self.peek().is_some_and(|rune| !is_space(rune)) {
                    self.next();
                }
                Ok(self.text[start..self.at].to_vec())
            }
        }
    }

    fn quoted(&mut self) -> Result<Vec<u8>, String> {
        let start = self.at;
        let mark = self.next();
        if !matches!(mark, Some(0x22 | 0x60)) {
            return Err("expected quoted string".into());
        }
        loop {
            match self.next() {
                None => return Err("unexpected EOF".into()),
                Some(0x5C) if mark == Some(0x22) => {
                    self.next();
                }
                rune if rune == mark => break,
                _ => {}
            }
        }
        let token = &self.text[start..self.at];
        unquote(token).ok_or_else(|| {
            let shown = quote(token, b'"', super::quote::Keep::Printable);
            format!("invalid quoted string {}", String::from_utf8_lossy(&shown))
        })
    }

    fn hex(&mut self) -> Result<Vec<u8>, String> {
        let digit = |scanner: &Self| scanner.peek().and_then(char::from_u32).and_then(|c| c.to_digit(16));
        let mut out = Vec::new();
        while let Some(high) = digit(self) {
            self.next();
            let Some(low) = digit(self) else { return Err("illegal hex digit".into()) };
            self.next();
            out.push((high << 4 | low) as u8);
        }
        if out.is_empty() { Err("no hex data for %x string".into()) } else { Ok(out) }
    }

    // ------------------------------------------------------------ formats

    fn formatted(&mut self, format: &[u8], args: &mut [Interface]) -> Result<(), String> {
        let mut rest = format;
        let mut args = args.iter_mut();
        while !rest.is_empty() {
            if rest[0] != b'%' || rest.get(1) == Some(&b'%') {
                rest = self.literal(rest)?;
                continue;
            }
            let mut at = 1;
            let mut width = None;
            while let Some(digit) = rest.get(at).filter(|byte| byte.is_ascii_digit()) {
                width = Some(width.unwrap_or(0) * 10 + usize::from(digit - b'0'));
                at += 1;
            }
            let (rune, size) = decode(&rest[at..]);
            if size == 0 {
                return Err("too few operands for format '%'".into());
            }
            rest = &rest[at + size..];
            let verb = char::from_u32(rune).unwrap_or('\u{FFFD}');
            if verb != 'c' {
                self.skip_space_in_line()?;
            }
            let Some(arg) = args.next() else {
                return Err(format!("too few operands for format '%{verb}'"));
            };
            self.width = width;
            let done = self.one(verb, arg);
            self.width = None;
            done?;
            self.count += 1;
        }
        if args.next().is_some() {
            return Err("too many operands".into());
        }
        Ok(())
    }

    fn skip_space_in_line(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(|rune| is_space(rune) && rune != u32::from(b'\n')) {
            self.next();
        }
        Ok(())
    }

    /// Follows the format up to its next verb: what is left of it.
    fn literal<'f>(&mut self, format: &'f [u8]) -> Result<&'f [u8], String> {
        let (rune, size) = decode(format);
        if is_space(rune) {
            return self.blanks(format);
        }
        let (wanted, taken) = if rune == u32::from(b'%') { (rune, 2) } else { (rune, size) };
        if rune == u32::from(b'%') {
            self.skip_space_in_line()?;
        }
        if self.peek() == Some(wanted) {
            self.next();
            return Ok(&format[taken..]);
        }
        Err(if self.peek().is_none() { "unexpected EOF" } else { "input does not match format" }.into())
    }

    /// Blanks in the format match blanks in the text, newlines newlines.
    fn blanks<'f>(&mut self, format: &'f [u8]) -> Result<&'f [u8], String> {
        let mut at = 0;
        let mut newlines = 0;
        while at < format.len() && is_space(decode(&format[at..]).0) {
            newlines += usize::from(format[at] == b'\n');
            at += decode(&format[at..]).1;
        }
        for _ in 0..newlines {
            self.skip_space_in_line()?;
            match self.peek() {
                Some(rune) if rune == u32::from(b'\n') => {
                    self.next();
                }
                None => {}
                Some(_) => return Err("newline in format does not match input".into()),
            }
        }
        self.skip_space_in_line()?;
        if newlines == 0 && self.peek() == Some(u32::from(b'\n')) {
            return Err("newline in input does not match format".into());
        }
        Ok(&format[at..])
    }
}

/// The bits of a word that a value of this type takes.
fn masked(value: u64, desc: &TypeDesc) -> u64 {
    if desc.size >= 8 { value } else { value & ((1 << (desc.size * 8)) - 1) }
}

/// Gives a boxed string (or byte slice) another value.
fn store(arg: &mut Interface, value: Slice) {
    let mut header = arg.data as *mut crate::abi::layout::Header;
    // SAFETY: the argument holds a string or slice, in a box, which is made its own; descriptors are static.
    unsafe {
        let desc: &'static TypeDesc = &*arg.desc;
        let place = crate::abi::values::goo_box_unique(desc, &raw mut header) as *mut Slice;
        arg.data = header as u64;
        count::release_value(desc, place.cast());
        place.write(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::desc::{INT, STRING};
    use crate::value::testing::{any, any_string};

    fn check(mode: Mode, text: &str, format: &str, expected: (i64, &str), values: &[i64]) {
        let mut args: Vec<Interface> = (0..2).map(|_| any(&INT, &0_i64)).collect();
        let scanned = scan(mode, text.as_bytes(), format.as_bytes(), &mut args);
        assert_eq!((scanned.count, scanned.error.as_str()), expected, "{text}");
        let found: Vec<i64> = args.iter().take(values.len()).map(|arg| arg.data as i64).collect();
        assert_eq!(found, values, "{text}");
    }

    #[test]
    fn as_go_scans() {
        check(Mode::Scan, "", "", (0, "EOF"), &[]);
        check(Mode::Scan, "1", "", (1, "EOF"), &[1]);
        check(Mode::Scan, "abc", "", (0, "expected integer"), &[]);
        check(Mode::Scan, "12abc 5", "", (1, "expected integer"), &[12]);
        check(Mode::Scan, "1\n0x1F", "", (2, ""), &[1, 31]);
        check(Mode::Scan, "1_000 -7", "", (2, ""), &[1000, -7]);
        check(Mode::Scanln, "1\n2", "", (1, "unexpected newline"), &[1]);
        check(Mode::Scanln, "1 2 3", "", (2, "expected newline"), &[1, 2]);
        check(Mode::Scanf, "10:20", "%d:%d", (2, ""), &[10, 20]);
        check(Mode::Scanf, "10 :20", "%d:%d", (1, "input does not match format"), &[10]);
        check(Mode::Scanf, "12345", "%2d%3d", (2, ""), &[12, 345]);
        check(Mode::Scanf, "5", "%d %d", (1, "EOF"), &[5]);
        check(Mode::Scanf, "5 6", "%d", (1, "too many operands"), &[5]);
        check(Mode::Scanf, "1 2", "%d\n%d", (1, "newline in format does not match input"), &[1]);
        check(Mode::Scanf, "1\n2", "%d %d", (1, "newline in input does not match format"), &[1]);
    }

    #[test]
    fn strings_get_new_values() {
        let mut args = [any_string("old"), any(&STRING, &slice::EMPTY)];
        let scanned = scan(Mode::Scanf, b"\"a b\" z", b"%q %s", &mut args);
        assert_eq!(scanned.count, 2, "{}", scanned.error);
        let texts: Vec<&[u8]> = args
            .iter()
            .map(|arg| crate::value::view::local(&crate::value::view::ANY, arg).dynamic().unwrap().bytes())
            .collect();
        assert_eq!(texts, [&b"a b"[..], b"z"]);
    }
}
