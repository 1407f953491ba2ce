//! Go's quoted strings and characters, both ways.

use super::unicode::is_print;
use crate::value::string::{decode, push_rune};

/// Which characters stay as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// What `strconv.IsPrint` says.
    Printable,
    Ascii,
    /// Spaces of all kinds, too.
    Graphic,
}

/// `"…"` or `'…'`.
pub fn quote(text: &[u8], mark: u8, keep: Keep) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(mark);
    let mut rest = text;
    while !rest.is_empty() {
        let (rune, width) = decode(rest);
        if width == 1 && rune == 0xFFFD {
            out.extend_from_slice(format!("\\x{:02x}", rest[0]).as_bytes());
        } else {
            escape(&mut out, rune, mark, keep);
        }
        rest = &rest[width..];
    }
    out.push(mark);
    out
}

/// `'x'`.
pub fn quote_rune(rune: i64, keep: Keep) -> Vec<u8> {
    let rune = u32::try_from(rune).ok().filter(|&rune| char::from_u32(rune).is_some()).unwrap_or(0xFFFD);
    let mut out = vec![b'\''];
    escape(&mut out, rune, b'\'', keep);
    out.push(b'\'');
    out
}

fn escape(out: &mut Vec<u8>, rune: u32, mark: u8, keep: Keep) {
    if rune == u32::from(mark) || rune == u32::from(b'\\') {
        out.extend_from_slice(&[b'\\', rune as u8]);
        return;
    }
    let kept = match keep {
        Keep::Printable => is_print(rune),
        Keep::Ascii => rune < 0x80 && is_print(rune),
        Keep::Graphic => super::unicode::is_graphic(rune),
    };
    if kept {
        return push_rune(out, rune.into());
    }
    let short = match rune {
        7 => b'a',
        8 => b'b',
        12 => b'f',
        10 => b'n',
        13 => b'r',
        9 => b't',
        11 => b'v',
        _ => {
            let text = match rune {
                0..0x20 | 0x7F => format!("\\x{rune:02x}"),
                0x20..0x1_0000 => format!("\\u{rune:04x}"),
                _ => format!("\\U{rune:08x}"),
            };
            return out.extend_from_slice(text.as_bytes());
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Whether the text can stand between backquotes, on one line.
pub fn can_backquote(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    text.chars().all(|c| match c {
        '\u{FEFF}' | '`' | '\u{7F}' => false,
        '\t' => true,
        c => c >= ' ',
    })
}

/// What a quoted string (any of the three kinds of quotes) says, or `None` if it is not one.
pub fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let (&mark, rest) = text.split_first()?;
    let (&last, body) = rest.split_last()?;
    if mark != last {
        return None;
    }
    match mark {
        b'`' => {
            if body.contains(&b'`') {
                return None;
            }
            Some(body.iter().copied().filter(|&byte| byte != b'\r').collect())
        }
        b'"' | b'\'' => {
            if body.contains(&b'\n') {
                return None;
            }
            let mut out = Vec::with_capacity(body.len());
            let mut rest = body;
            let mut count = 0;
            while !rest.is_empty() {
                rest = unquote_char(rest, mark, &mut out)?;
                count += 1;
            }
            // Go takes `''` as well.
            (mark == b'"' || count <= 1).then_some(out)
        }
        _ => None,
    }
}

/// Takes one character or escape off the front; what is left.
pub fn unquote_char<'a>(text: &'a [u8], mark: u8, out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&first, rest) = text.split_first()?;
    if first == mark && (mark == b'"' || mark == b'\'') {
        return None;
    }
    if first >= 0x80 {
        // What is not UTF-8 becomes U+FFFD.
        let (rune, width) = decode(text);
        push_rune(out, rune.into());
        return Some(&text[width..]);
    }
    if first != b'\\' {
        out.push(first);
        return Some(rest);
    }
    let (&kind, rest) = rest.split_first()?;
    let plain = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if kind == mark => kind,
        b'x' => return hex(rest, 2, out),
        b'u' => return hex(rest, 4, out),
        b'U' => return hex(rest, 8, out),
        b'0'..=b'7' => {
            let digits = std::iter::once(&kind).chain(rest.get(..2)?);
            let mut value = 0_u32;
            for &digit in digits {
                value = value * 8 + (digit as char).to_digit(8)?;
            }
            out.push(u8::try_from(value).ok()?);
            return Some(&rest[2..]);
        }
        _ => return None,
    };
    out.push(plain);
    Some(rest)
}

fn hex<'a>(text: &'a [u8], digits: usize, out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let digits_text = std::str::from_utf8(text.get(..digits)?).ok()?;
    if !digits_text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits_text, 16).ok()?;
    if digits == 2 {
        out.push(value as u8);
    } else {
        char::from_u32(value)?;
        push_rune(out, value.into());
    }
    Some(&text[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_back() {
        let check = |text: &[u8], quoted: &str| {
            assert_eq!(quote(text, b'"', Keep::Printable), quoted.as_bytes());
            assert_eq!(unquote(quoted.as_bytes()).as_deref(), Some(text));
        };
        check(b"hello", r#""hello""#);
        check("a\"b\\\n\t\x01\u{7f}é\u{a0}\u{10ffff}".as_bytes(), r#""a\"b\\\n\t\x01\x7fé\u00a0\U0010ffff""#);
        check(b"\xff", r#""\xff""#);
        assert_eq!(quote_rune('☺' as i64, Keep::Ascii), br"'\u263a'");
        assert_eq!(unquote(br"'ab'"), None);
        assert_eq!(unquote(b"`a\\n`").as_deref(), Some(&b"a\\n"[..]));
    }
}
