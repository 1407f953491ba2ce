//! Source text to tokens.
//!
//! logos finds where each token begins and the whole of those that are always written the same; [`number`] and
//! [`quoted`] scan the rest of a literal by hand and say what is wrong in it. The lexer never fails: a bad
//! literal is still a literal, a bad character is reported and dropped, so that the parser can go on.
//!
//! Semicolons: as in Go, a line break becomes [`Tok::Newline`] where [`Tok::ends_statement`] holds for the token
//! before it, and disappears elsewhere. A comment that contains a line break counts as one.

mod number;
mod quoted;

use logos::Logos;

pub(super) use number::UNITS;

use super::token::{Tok, Token};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::{FileId, Span};

/// The tokens of a file, and what was found between them.
#[derive(Debug, Default)]
pub struct Lexed {
    /// All tokens, the last of which is [`Tok::Eof`].
    pub tokens: Vec<Token>,
    /// All comments in source order.
    pub comments: Vec<Comment>,
    pub errors: Vec<LexError>,
}

/// A comment: the bytes `start..end`, without the line break that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    pub start: u32,
    pub end: u32,
    /// The index of the token that follows it.
    pub before: u32,
    /// Nothing but blanks stands before it on its line.
    pub own_line: bool,
}

/// A mistake within a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexError {
    pub code: Code,
    pub start: u32,
    pub end: u32,
    pub message: String,
    pub help: Option<String>,
}

impl LexError {
    /// The mistake as it is shown.
    pub fn into_diagnostic(self, file: FileId) -> Diagnostic {
        let span = Span { file, start: self.start, end: self.end };
        let diagnostic = Diagnostic::error(self.code, span, self.message);
        match self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

/// Splits a text into tokens. Texts of 4 GiB or more are refused before they come here.
pub fn tokens(text: &str) -> Lexed {
    let mut lexed = Lexed { tokens: Vec::with_capacity(text.len() / 4), ..Lexed::default() };
    let mut logos = Tok::lexer(text);
    // A byte-order mark may open a file, as in Go.
    if text.starts_with('\u{feff}') {
        logos.bump('\u{feff}'.len_utf8());
    }
    let mut run = Run { text, out: lexed, ends_statement: false, fresh_line: true };
    while let Some(found) = logos.next() {
        let start = logos.span().start;
        let end = run.token(found, start, logos.span().end);
        logos.bump(end - logos.span().end);
    }
    run.finish();
    lexed = run.out;
    lexed
}

/// The state of one run over a text.
struct Run<'a> {
    text: &'a str,
    out: Lexed,
    /// A line break here would end a statement.
    ends_statement: bool,
    /// Nothing but blanks has been seen on this line.
    fresh_line: bool,
}

impl Run<'_> {
    /// Takes what logos found at `start..end` and gives where the whole token ends.
    fn token(&mut self, found: Result<Tok, ()>, start: usize, end: usize) -> usize {
        match found {
            Ok(Tok::Newline) => {
                self.newline(start, end);
                end
            }
            Ok(Tok::Ident) => {
                let end = self.identifier_end(end);
                self.push(Tok::Ident, start, end);
                end
            }
            Ok(Tok::Int | Tok::Float) => {
                let (tok, end) = number::scan(self.text, start, &mut self.out.errors);
                self.push(tok, start, end);
                end
            }
            Ok(tok @ (Tok::Str | Tok::RawStr | Tok::Rune)) => {
                let end = quoted::scan(tok, self.text, start, &mut self.out.errors);
                self.push(tok, start, end);
                end
            }
            Ok(Tok::LineComment) => {
                let end = self.text[start..].find('\n').map_or(self.text.len(), |n| start + n);
                self.comment(
                    start,
                    end - usize::from(self.text[start..end].ends_with('\r')),
                    self.fresh_line,
                );
                end
            }
            Ok(Tok::BlockComment) => self.block_comment(start),
            Ok(tok) => {
                self.push(tok, start, end);
                end
            }
            Err(()) => self.unknown(start),
        }
    }

    fn push(&mut self, tok: Tok, start: usize, end: usize) {
        self.out.tokens.push(Token { tok, start: start as u32, end: end as u32 });
        self.ends_statement = tok.ends_statement();
        self.fresh_line = false;
    }

    fn newline(&mut self, start: usize, end: usize) {
        if self.ends_statement {
            self.push(Tok::Newline, start, end);
        }
        self.fresh_line = true;
    }

    /// Where an identifier ends that goes on beyond its ASCII letters.
    fn identifier_end(&self, mut end: usize) -> usize {
        let rest = &self.text[end..];
        if rest.as_bytes().first().is_some_and(|b| !b.is_ascii()) {
            end += rest.find(|c: char| !is_identifier_char(c)).unwrap_or(rest.len());
        }
        end
    }

    fn comment(&mut self, start: usize, end: usize, own_line: bool) {
        self.fresh_line = false;
        self.out.comments.push(Comment {
            start: start as u32,
            end: end as u32,
            before: self.out.tokens.len() as u32,
            own_line,
        });
    }

    fn block_comment(&mut self, start: usize) -> usize {
        let own_line = self.fresh_line;
        let end = match self.text[start + 2..].find("*/") {
            Some(n) => start + 2 + n + 2,
            None => {
                self.error(
                    Code::LexComment,
                    start,
                    start + 2,
                    "comment is not terminated",
                    Some("write `*/` where it ends"),
                );
                self.text.len()
            }
        };
        if let Some(n) = self.text[start..end].find('\n') {
            self.newline(start + n, start + n + 1);
        }
        self.comment(start, end, own_line);
        end
    }

    /// A character that begins no ASCII token: a letter beyond ASCII, or a mistake.
    fn unknown(&mut self, start: usize) -> usize {
        let c = self.text[start..].chars().next().unwrap_or('\0');
        let end = start + c.len_utf8();
        if c.is_alphabetic() {
            let rest = &self.text[end..];
            let end = end + rest.find(|c: char| !is_identifier_char(c)).unwrap_or(rest.len());
            self.push(Tok::Ident, start, end);
            return end;
        }
        let (message, help) = match c {
            '\u{feff}' => ("byte-order mark in the middle of a file".to_owned(), None),
            '\0' => ("invalid NUL character".to_owned(), None),
            '“' | '”' | '„' => (unknown_char(c), Some("strings stand in plain quotes: \"…\"")),
            '‘' | '’' => (unknown_char(c), Some("a single character stands in plain quotes: 'x'")),
            '#' => (unknown_char(c), Some("comments begin with `//`")),
            '$' => (unknown_char(c), Some("names are letters, digits and `_`")),
            _ if c.is_numeric() => (format!("identifier cannot begin with digit {}", code_point(c)), None),
            _ => (unknown_char(c), None),
        };
        // A run of the same bad character is one mistake.
        let end = end + self.text[end..].find(|d: char| d != c).unwrap_or(self.text.len() - end);
        self.error(Code::LexCharacter, start, end, message, help);
        end
    }

    fn error(
        &mut self,
        code: Code,
        start: usize,
        end: usize,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        self.out.errors.push(LexError {
            code,
            start: start as u32,
            end: end as u32,
            message: message.into(),
            help: help.map(str::to_owned),
        });
    }

    fn finish(&mut self) {
        // Inside comments and strings as well; outside, it has been seen as a character that begins no token.
        for (at, mark) in self.text.match_indices('\u{feff}').filter(|(at, _)| *at > 0) {
            let inside = |e: &LexError| (e.start..e.end).contains(&(at as u32));
            if !self.out.errors.iter().any(inside) {
                let message = "byte-order mark in the middle of a file";
                self.error(Code::LexCharacter, at, at + mark.len(), message, None);
            }
        }
        let end = self.text.len();
        self.newline(end, end);
        self.push(Tok::Eof, end, end);
    }
}

fn is_identifier_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn unknown_char(c: char) -> String {
    format!("invalid character {}", code_point(c))
}

/// A character as messages show it: `U+0040 '@'`.
fn code_point(c: char) -> String {
    if c.is_control() { format!("U+{:04X}", c as u32) } else { format!("U+{:04X} '{c}'", c as u32) }
}

#[cfg(test)]
mod tests;
