//! Strings, raw strings and runes: where they end, and what is wrong inside them.
//!
//! Values are read later ([`crate::syntax::literal`]); here every escape is only checked.

use super::LexError;
use crate::diagnostics::Code;
use crate::syntax::token::Tok;

/// Scans the literal whose quote stands at `start` and gives its end.
pub(super) fn scan(tok: Tok, text: &str, start: usize, errors: &mut Vec<LexError>) -> usize {
    let mut scan = Scan { text, start, at: start + 1, errors };
    match tok {
        Tok::RawStr => scan.raw(),
        Tok::Str => scan.string(),
        _ => scan.rune(),
    }
    scan.at
}

struct Scan<'a> {
    text: &'a str,
    start: usize,
    at: usize,
    errors: &'a mut Vec<LexError>,
}

impl Scan<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn fail(&mut self, start: usize, end: usize, message: impl Into<String>, help: &str) {
        let help = if help.is_empty() { None } else { Some(help.to_owned()) };
        self.errors.push(LexError {
            code: Code::LexString,
            start: start as u32,
            end: end as u32,
            message: message.into(),
            help,
        });
    }

    fn raw(&mut self) {
        match self.text[self.at..].find('`') {
            Some(n) => self.at += n + 1,
            None => {
                self.at = self.text.len();
                self.fail(self.start, self.start + 1, "string is not terminated", "write a ` where it ends");
            }
        }
    }

    fn string(&mut self) {
        loop {
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return;
                }
                Some('\\') => {
                    self.escape('"');
                }
                Some('\n') => {
                    let help = "write a \" where the string ends, or ` around a string of several lines";
                    self.fail(self.start, self.at, "newline in string", help);
                    return;
                }
                None => {
                    self.fail(self.start, self.at, "string is not terminated", "write a \" where it ends");
                    return;
                }
                Some(c) => self.at += c.len_utf8(),
            }
        }
    }

    fn rune(&mut self) {
        let before = self.errors.len();
        let mut count = 0;
        loop {
            match self.peek() {
                Some('\'') => {
                    self.at += 1;
                    break;
                }
                Some('\\') => {
                    self.escape('\'');
                }
                Some('\n') => {
                    self.once(
                        before,
                        "newline in rune literal",
                        "a rune literal is one character: 'x', '\\n'",
                    );
                    return;
                }
                None => {
                    self.once(before, "rune literal is not terminated", "write a ' where it ends");
                    return;
                }
                Some(c) => self.at += c.len_utf8(),
            }
            count += 1;
        }
        match count {
            0 => self.once(
                before,
                "empty rune literal or unescaped ' in rune literal",
                "the quote itself is '\\''",
            ),
            1 => {}
            _ => self.once(
                before,
                "more than one character in rune literal",
                "a string stands in double quotes: \"…\"",
            ),
        }
    }

    /// An error about the whole literal, unless there has been one inside it.
    fn once(&mut self, before: usize, message: &str, help: &str) {
        if self.errors.len() == before {
            self.fail(self.start, self.at, message, help);
        }
    }

    /// Checks the escape that begins here.
    fn escape(&mut self, quote: char) {
        let start = self.at;
        self.at += 1;
        let Some(c) = self.peek() else { return };
        let (digits, radix, max, name) = match c {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => {
                self.at += 1;
                return;
            }
            _ if c == quote => {
                self.at += 1;
                return;
            }
            '0'..='7' => (3, 8, 255, "octal"),
            'x' => (2, 16, 255, "hexadecimal"),
            'u' => (4, 16, 0x10_ffff, "Unicode"),
            'U' => (8, 16, 0x10_ffff, "Unicode"),
            // The line break is the literal's own mistake.
            '\n' => return,
            _ => {
                self.at += c.len_utf8();
                let help = "a backslash itself is written \\\\";
                self.fail(start, self.at, format!("unknown escape `\\{c}`"), help);
                return;
            }
        };
        if radix == 16 {
            self.at += 1;
        }
        self.numeric_escape(start, digits, radix, max, name);
    }

    fn numeric_escape(&mut self, start: usize, digits: u32, radix: u32, max: u32, name: &str) {
        let mut value: u32 = 0;
        for _ in 0..digits {
            match self.peek().map(|c| (c, c.to_digit(radix))) {
                Some((_, Some(digit))) => {
                    value = value.wrapping_mul(radix).wrapping_add(digit);
                    self.at += 1;
                }
                Some((c, None)) if c != '\n' => {
                    let message = format!("invalid character {c:?} in {name} escape");
                    self.fail(start, self.at, message, "");
                    return;
                }
                _ => return,
            }
        }
        if value > max && radix == 8 {
            self.fail(start, self.at, format!("octal escape value {value} > 255"), "");
        } else if value > max || (max > 255 && (0xd800..0xe000).contains(&value)) {
            self.fail(start, self.at, format!("escape is invalid Unicode code point U+{value:04X}"), "");
        }
    }
}
